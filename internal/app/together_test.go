package app

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/plans"
)

// TestAllPlansAtOnce runs every shipped plan at the same time, while deals are won, paid,
// voided and renamed, and owners leave: each deal has one invoice that it points at and one
// task a stage, shows how it was paid, and then nothing wakes anything.
func TestAllPlansAtOnce(t *testing.T) {
	h := newHouse(t)
	for _, name := range plans.Names() {
		h.adopt(name)
	}
	for _, name := range []string{invoicing, afterInvoice} {
		h.name = name
		h.mapped()
	}
	together := func() {
		h.clock.Advance(5 * time.Minute)
		var group sync.WaitGroup
		for _, name := range plans.Names() {
			group.Go(func() {
				if _, err := h.app.RunOnce(t.Context(), name); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		group.Wait()
	}
	together()
	deals := h.win(4)
	for i, deal := range deals {
		rec, _ := h.sf.Get("Opportunity", deal)
		deals[i] = fmt.Sprint(rec["Id"])
	}
	fresh := h.account("Brand New Ltd")
	for range 3 {
		together()
	}
	h.settled(deals)
	h.linked(fresh)
	paid, voided, part, owed := deals[0], deals[1], deals[2], deals[3]
	full := h.owed(paid)
	h.clock.Advance(31 * 24 * time.Hour) // past the first stage
	h.pay(paid, full)
	h.must(h.xero.Void("SF-" + voided))
	h.pay(part, "10.00")
	h.must(h.sf.Update("Account", fresh, world.Record{"Name": "Not So New Ltd"}))
	for range 3 {
		together()
	}
	h.shows(paid, "Paid", full, 2)
	h.shows(voided, "Voided", "0", 2)
	h.shows(part, "Part paid", "10", 2)
	h.followed(map[string][]string{part: {"2026-12-01 day 1 open"}, owed: {"2026-12-01 day 1 open"}})
	h.heldFor("account-renamed", "Rename the contact?", 1)
	h.heldFor(afterInvoice, "", 1) // the deal whose invoice was voided is won, and none counts
	runs, err := h.app.Runs("", "")
	h.must(err)
	together()
	again, err := h.app.Runs("", "")
	h.must(err)
	if len(again) != len(runs) {
		t.Errorf("%d runs after all was said, want %d", len(again), len(runs))
	}
	h.intended()
	h.verified()
}
