package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/trigger"
)

// decideFrom approves the invoicing plan with a way to begin and decides every row.
func (h *house) decideFrom(from trigger.Begin) {
	h.t.Helper()
	_, err := h.app.DecideFrom(h.t.Context(), h.propose(invoicing), true, dana, "", from)
	h.must(err)
	h.name = invoicing
	h.mapped()
}

// byHand makes books of what the plan would have made of deals: it is run by another house,
// whose invoices are then those of somebody who typed them in.
func (h *house) byHand(deals []string, number func(i int, is string) string) []string {
	h.t.Helper()
	h.must(h.app.Close())
	dir := h.dir
	h.dir = h.t.TempDir()
	h.open(nil)
	h.connect()
	h.adopt(invoicing)
	h.name = invoicing
	h.mapped()
	h.clock.Advance(time.Minute)
	for _, id := range deals {
		h.must(h.sf.CloseWon(id))
	}
	h.clock.Advance(time.Minute)
	_, err := h.app.RunOnce(h.t.Context(), invoicing)
	h.must(err)
	h.must(h.app.Close())
	h.dir = dir
	h.open(nil)
	var ids []string
	for i, id := range deals {
		deal, _ := h.sf.Get("Opportunity", id)
		invoice := fmt.Sprint(deal["Xero_Invoice_Id__c"])
		ids = append(ids, invoice)
		h.must(h.xero.Change("Invoices", invoice, map[string]any{"InvoiceNumber": number(i, fmt.Sprint(deal["Xero_Invoice_Number__c"]))}))
		h.must(h.sf.Update("Opportunity", id, world.Record{"Xero_Invoice_Id__c": nil, "Xero_Invoice_Number__c": nil}))
	}
	h.clock.Advance(time.Hour)
	return ids
}

// namedInvoice is the invoice that a deal names, "" for none.
func (h *house) namedInvoice(deal string) string {
	h.t.Helper()
	d, ok := h.sf.Get("Opportunity", deal)
	if !ok {
		h.t.Fatalf("no deal %s", deal)
	}
	if d["Xero_Invoice_Id__c"] == nil {
		return ""
	}
	return fmt.Sprint(d["Xero_Invoice_Id__c"])
}

// TestAdopt begins a plan where invoices exist: one under our number is linked at once, one
// under another waits for a person, a deal without one is left alone for ever; none is made.
func TestAdopt(t *testing.T) {
	for _, answer := range []string{"the invoice", engine.None} {
		t.Run(answer, func(t *testing.T) {
			h := newHouse(t)
			deals := h.company.Close[:3]
			invoices := h.byHand(deals[:2], func(i int, is string) string {
				if i == 0 {
					return is
				}
				return "HAND-7"
			})
			h.must(h.sf.CloseWon(deals[2]))
			h.clock.Advance(time.Minute)
			before := len(h.xero.Invoices())
			h.decideFrom(trigger.Begin{How: trigger.StartAdopt})
			r, err := h.app.RunOnce(t.Context(), invoicing)
			h.must(err)
			if r.Held != 1 || !strings.Contains(r.Holds[0].Hold.Message, "may be this one") {
				t.Fatalf("held %+v, want the invoice with another number", r)
			}
			if got := h.namedInvoice(deals[0]); got != invoices[0] {
				t.Errorf("the first deal is linked to %q, want %s", got, invoices[0])
			}
			said := map[string]string{"the invoice": invoices[1], engine.None: engine.None}[answer]
			h.must(h.app.Answer(t.Context(), r.Holds[0].ID, engine.Reply{Answer: said, By: dana}))
			_, err = h.app.RunOnce(t.Context(), invoicing)
			h.must(err)
			want := map[string]string{"the invoice": invoices[1]}[answer]
			if got := h.namedInvoice(deals[1]); got != want {
				t.Errorf("the second deal is linked to %q, want %q", got, want)
			}
			// Touched later, the deal that was left alone stays so.
			h.must(h.sf.Update("Opportunity", deals[2], world.Record{"NextStep": "call"}))
			h.clock.Advance(time.Minute)
			_, err = h.app.RunOnce(t.Context(), invoicing)
			h.must(err)
			if n := len(h.xero.Invoices()); n != before {
				t.Errorf("%d invoices were made", n-before)
			}
			h.clock.Advance(time.Minute)
			h.must(h.sf.CloseWon(h.company.Close[3])) // what is won from now on is invoiced
			h.clock.Advance(time.Minute)
			_, err = h.app.RunOnce(t.Context(), invoicing)
			h.must(err)
			if n := len(h.xero.Invoices()); n != before+1 {
				t.Errorf("%d invoices were made for a new deal", n-before)
			}
		})
	}
}

// TestBackfill invoices what changed since a day, links what exists, and leaves older deals
// alone.
func TestBackfill(t *testing.T) {
	h := newHouse(t)
	deals := h.company.Close[:3]
	h.must(h.sf.CloseWon(deals[0]))
	h.clock.Advance(48 * time.Hour)
	since := h.clock.Now()
	h.clock.Advance(time.Hour)
	invoices := h.byHand(deals[1:2], func(_ int, is string) string { return is })
	h.must(h.sf.CloseWon(deals[2]))
	h.clock.Advance(time.Hour)
	before := len(h.xero.Invoices())
	h.decideFrom(trigger.Begin{How: trigger.StartBackfill, Since: since})
	for range 2 {
		_, err := h.app.RunOnce(t.Context(), invoicing)
		h.must(err)
		_, err = h.app.SweepOnce(t.Context(), invoicing)
		h.must(err)
	}
	if got := h.namedInvoice(deals[1]); got != invoices[0] {
		t.Errorf("linked to %q, want %s", got, invoices[0])
	}
	if n := len(h.xero.Invoices()); n != before+1 || h.namedInvoice(deals[2]) == "" || h.namedInvoice(deals[0]) != "" {
		t.Errorf("%d invoices were made; old deal %q, new deal %q", n-before, h.namedInvoice(deals[0]), h.namedInvoice(deals[2]))
	}
}
