package app

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/wire"
)

func TestWhy(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	h.mapped()
	won := h.win(1)[0]
	h.drive()
	deal, _ := h.sf.Get("Opportunity", won)
	id := fmt.Sprint(deal["Id"])
	var open string
	for _, r := range h.company.World.Salesforce["Opportunity"] {
		if fmt.Sprint(r["StageName"]) != "Closed Won" {
			open = fmt.Sprint(r["Id"])
		}
	}
	old, _ := h.sf.Get("Opportunity", h.company.Won[0])
	for name, c := range map[string]struct {
		system, id      string
		sightings, runs int
		says            string // in a sighting or what the trigger makes of it
	}{
		"a won deal":             {"salesforce", id, 1, 1, "the condition holds"},
		"the invoice's number":   {"xero", "SF-" + id, 0, 1, ""},
		"the invoice's id":       {"xero", fmt.Sprint(deal["Xero_Invoice_Id__c"]), 0, 1, ""},
		"a deal won before":      {"salesforce", fmt.Sprint(old["Id"]), 1, 0, "before the plan began"},
		"an open deal":           {"salesforce", open, 0, 0, "does not hold: opportunity.IsWon"},
		"an id of nothing":       {"salesforce", "006000000000000AAA", 0, 0, "has no Opportunity"},
		"no id at all":           {"salesforce", "../../etc", 0, 0, "Opportunity"},
		"a text nobody has seen": {"xero", "INV-9999", 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := h.app.Why(t.Context(), c.system, c.id)
			if err != nil {
				t.Fatal(err)
			}
			var says strings.Builder
			for _, s := range v.Sightings {
				says.WriteString(s.Ignore)
			}
			for _, w := range v.Watched {
				says.WriteString(w.Text)
			}
			if len(v.Sightings) != c.sightings || len(v.Runs) != c.runs || !strings.Contains(says.String(), c.says) {
				t.Errorf("got %d sightings, %d runs, %q; want %d, %d, %q", len(v.Sightings), len(v.Runs), says.String(), c.sightings, c.runs, c.says)
			}
			for _, r := range v.Runs {
				if len(r.Story) == 0 {
					t.Error("the run comes without its story")
				}
			}
		})
	}
	if _, err := h.app.Why(t.Context(), "hubspot", "1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown system: got %v, want ErrNotFound", err)
	}
}

// A vendor that is away leaves what the journal knows.
func TestWhyWithoutTheVendor(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	won := h.win(1)[0]
	h.drive()
	if err := h.faults.Set([]wire.Fault{{Operation: "*", Kind: wire.Status, Code: 503}}); err != nil {
		t.Fatal(err)
	}
	deal, _ := h.sf.Get("Opportunity", won)
	v, err := h.app.Why(t.Context(), "salesforce", fmt.Sprint(deal["Id"]))
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Runs) != 1 || v.Runs[0].Next == "" || len(v.Watched) != 1 || v.Watched[0].Qualifies {
		t.Errorf("got %+v", v)
	}
}
