package app

import (
	"testing"

	"github.com/planwright/planwright/internal/twin/world"
)

// TestLinesSavedLate: a deal is won, and its lines are saved a moment later, as quoting tools
// do: none of it is forgotten, and it is invoiced once, with all of them.
func TestLinesSavedLate(t *testing.T) {
	h := automated(t)
	deal := h.company.Close[0]
	rec, _ := h.sf.Get("Opportunity", deal)
	deal, _ = rec["Id"].(string)
	var lines []world.Record
	for _, l := range h.sf.All("OpportunityLineItem") {
		if l["OpportunityId"] != deal {
			continue
		}
		again := world.Record{}
		for _, name := range []string{"OpportunityId", "PricebookEntryId", "Quantity", "UnitPrice", "Discount", "Description"} {
			if l[name] != nil {
				again[name] = l[name]
			}
		}
		lines = append(lines, again)
		h.must(h.sf.Delete("OpportunityLineItem", l["Id"].(string)))
	}
	h.win(1)
	h.must(h.all())
	if n := len(h.invoiced()); n != 0 {
		t.Fatalf("%d invoices of a deal without lines", n)
	}
	for _, l := range lines {
		_, err := h.sf.Create("OpportunityLineItem", l)
		h.must(err)
	}
	h.must(h.all())
	h.must(h.all())
	h.settled([]string{deal})
	h.verified()
}
