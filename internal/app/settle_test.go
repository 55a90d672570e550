package app

import (
	"testing"

	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/engine"
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

// TestLockedPeriod: Xero takes no invoice in a period that is locked. The run is held and says
// so; once it is unlocked and a person lets the run go on, the deal is invoiced, once.
func TestLockedPeriod(t *testing.T) {
	h := automated(t)
	h.must(h.xero.Change("Organisation", "", map[string]any{"PeriodLockDate": "2027-12-31"}))
	deals := h.win(1)
	h.must(h.all())
	if n := len(h.invoiced()); n != 0 {
		t.Fatalf("%d invoices in a locked period", n)
	}
	h.heldFor(invoicing, "lock date", 1)
	h.must(h.xero.Change("Organisation", "", map[string]any{"PeriodLockDate": "2020-12-31"}))
	h.quiet()
	runs, err := h.app.Runs(engine.Held, invoicing)
	h.must(err)
	h.must(h.app.Retry(t.Context(), runs[0].ID, dana, false))
	h.must(h.all())
	h.settled(deals)
	h.verified()
}
