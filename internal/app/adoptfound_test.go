package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/runtime/engine"
)

// standing is a house with two deals for which somebody typed invoices with another reference,
// and those invoices. The runs of as many deals are held, whose numbers they carry.
func standing(t *testing.T, held int, number func(i int, is string) string) (h *house, deals, invoices []string) {
	t.Helper()
	h = newHouse(t)
	h.adopt(invoicing)
	h.name = invoicing
	h.mapped()
	deals = h.company.Close[:2]
	invoices = h.byHand(deals, number)
	for _, id := range invoices {
		h.must(h.xero.Change("Invoices", id, map[string]any{"Reference": "typed on Monday"}))
	}
	if r := h.drive(); r.Held != held {
		t.Fatalf("got %+v, want %d runs held", r, held)
	}
	return h, deals, invoices
}

func asNumbered(_ int, is string) string { return is }

// TestAdoptFound takes the invoice that stands under a run's number for it: what differs is
// shown and needs a word, nothing is sent, the link is written back, and all of it is told.
func TestAdoptFound(t *testing.T) {
	h, deals, invoices := standing(t, 2, asNumbered)
	ctx, before := t.Context(), len(h.xero.Invoices())
	v := h.run(deals[0])
	if want := "planwright runs adopt " + v.ID + " " + invoices[0]; v.Adopt != want {
		t.Errorf("proposes %q, want %q", v.Adopt, want)
	}
	account, _ := h.reconciled()
	if !slices.ContainsFunc(account.Discrepancies, func(d Discrepancy) bool { return d.Cause == NoLink && d.Run == v.ID && d.Repair == v.Adopt }) {
		t.Errorf("reconcile does not propose %q: %+v", v.Adopt, account.Discrepancies)
	}
	puts := h.sent("PUT", "/Invoices")
	got, err := h.app.Adopt(ctx, deals[0], "", AdoptWord{By: dana})
	h.must(err)
	if got.Adopted || len(got.Differences) != 1 || got.Differences[0].Field != "Reference" || got.Differences[0].There != "typed on Monday" {
		t.Fatalf("got %+v, want the reference shown and nothing done", got)
	}
	if v := h.run(deals[0]); v.State != engine.Held {
		t.Fatalf("it is %s", v.State)
	}
	got, err = h.app.Adopt(ctx, deals[0], invoices[0], AdoptWord{By: dana, Despite: true, Why: "our bookkeeper made it"})
	h.must(err)
	if !got.Adopted {
		t.Fatalf("got %+v, want it adopted", got)
	}
	h.drive()
	v = h.run(deals[0])
	if v.State != engine.Done || h.namedInvoice(deals[0]) != invoices[0] || len(h.xero.Invoices()) != before || h.sent("PUT", "/Invoices") != puts {
		t.Errorf("%s (%s), linked to %q, %d invoices more, %d more sent", v.State, v.Why(), h.namedInvoice(deals[0]), len(h.xero.Invoices())-before, h.sent("PUT", "/Invoices")-puts)
	}
	if !slices.ContainsFunc(v.Story, func(l Line) bool {
		return l.Kind == engine.KindAdopted && strings.Contains(l.Text, `despite Reference "typed on Monday"`) && strings.Contains(l.Text, "by "+dana)
	}) {
		t.Errorf("the story does not tell it: %+v", v.Story)
	}
	told := false
	h.must(h.app.Audit(time.Time{}, func(act Act) error {
		told = told || act.What == ActAdopted && act.By == dana && strings.Contains(act.How, invoices[0]) && act.Why == "our bookkeeper made it"
		return nil
	}))
	if !told {
		t.Error("the audit does not tell it")
	}
	h.replayed()
	if made := h.ledger("", deals[0]); !slices.ContainsFunc(made, func(m Made) bool { return m.ID == invoices[0] }) {
		t.Errorf("the ledger does not know it: %+v", made)
	}
	if _, err := h.app.Adopt(ctx, deals[0], invoices[0], AdoptWord{By: dana}); err == nil {
		t.Error("a run that is done adopts")
	}
}

// TestAdoptOnce never lets two runs own the same invoice, by whatever word: not one that was
// made, not one that another has found or adopted, not one that comes to carry its number.
func TestAdoptOnce(t *testing.T) {
	h, deals, invoices := standing(t, 1, func(i int, is string) string { return []string{is, "HAND-9"}[i] })
	ctx, third := t.Context(), h.company.Close[2]
	refused := func(deal, invoice string) {
		t.Helper()
		if got, err := h.app.Adopt(ctx, deal, invoice, AdoptWord{By: dana, Despite: true}); err == nil || !strings.Contains(err.Error(), "belongs to run") {
			t.Errorf("got %+v, %v; want it refused", got, err)
		}
	}
	refused(deals[0], h.namedInvoice(deals[1]))
	got, err := h.app.Adopt(ctx, deals[0], invoices[1], AdoptWord{By: dana, Despite: true})
	h.must(err)
	if !got.Adopted || !slices.ContainsFunc(got.Differences, func(d engine.Difference) bool { return d.Field == "InvoiceNumber" && d.There == "HAND-9" }) {
		t.Fatalf("got %+v, want it adopted, with its number among the differences", got)
	}
	h.drive() // the plan's own assertion speaks of the adopted invoice: its lines are another deal's
	h.must(h.app.Retry(ctx, deals[0], dana, true))
	h.drive()
	h.must(h.xero.Change("Invoices", invoices[1], map[string]any{"InvoiceNumber": "SF-" + third}))
	h.must(h.sf.CloseWon(third))
	h.clock.Advance(time.Minute)
	h.drive()
	for range 2 {
		if v := h.run(third); v.State != engine.Held || !strings.Contains(v.Hold.Message, "belongs to run "+h.run(deals[0]).ID) {
			t.Fatalf("got %s: %s", v.State, v.Why())
		}
		refused(third, invoices[1])
		h.must(h.app.Retry(ctx, third, dana, true)) // who accepts what it is held for does not get it either
		h.drive()
	}
	if a, b := h.namedInvoice(deals[0]), h.namedInvoice(third); a != invoices[1] || b != "" {
		t.Errorf("linked to %q and %q, want the first alone: %s", a, b, h.run(deals[0]).Why())
	}
	h.replayed()
}

// TestAdoptMoved holds again when the record is not any more what the person saw, and when it
// is gone.
func TestAdoptMoved(t *testing.T) {
	h, deals, invoices := standing(t, 2, asNumbered)
	h.xero.SetOffline(true)
	if _, err := h.app.Adopt(t.Context(), deals[0], "no-such", AdoptWord{By: dana, Despite: true}); err == nil || !strings.Contains(err.Error(), "could not be read") {
		t.Errorf("adopting while the vendor is away: %v", err)
	}
	h.xero.SetOffline(false)
	if _, err := h.app.Adopt(t.Context(), deals[0], "no-such", AdoptWord{By: dana, Despite: true}); err == nil || !strings.Contains(err.Error(), "is found") {
		t.Errorf("got %v, want that there is none", err)
	}
	seen, err := h.app.Adopt(t.Context(), deals[0], "", AdoptWord{By: dana, Look: true})
	h.must(err)
	h.must(h.xero.Change("Invoices", invoices[0], map[string]any{"Reference": "typed on Tuesday"}))
	got, err := h.app.Adopt(t.Context(), deals[0], "", AdoptWord{By: dana, Despite: true, Seen: seen.Seen()})
	h.must(err)
	if got.Adopted {
		t.Fatal("it was adopted with differences that nobody saw")
	}
	got, err = h.app.Adopt(t.Context(), deals[0], "", AdoptWord{By: dana, Despite: true, Seen: got.Seen()})
	h.must(err)
	h.must(h.xero.Change("Invoices", invoices[0], map[string]any{"Reference": "typed on Wednesday"}))
	h.drive()
	if v := h.run(deals[0]); !got.Adopted || v.State != engine.Held || !strings.Contains(v.Hold.Message, "has another Reference by now") {
		t.Fatalf("got %s: %s", v.State, v.Why())
	}
	got, err = h.app.Adopt(t.Context(), deals[0], "", AdoptWord{By: dana, Despite: true})
	h.must(err)
	h.drive()
	if v := h.run(deals[0]); v.State != engine.Done || h.namedInvoice(deals[0]) != invoices[0] {
		t.Errorf("got %s (%s), linked to %q", v.State, v.Why(), h.namedInvoice(deals[0]))
	}
	h.replayed()
}

// TestAdoptLost takes the record that a lost write made, without a difference and without a
// further word.
func TestAdoptLost(t *testing.T) {
	h := newHouse(t)
	plan := slices.DeleteFunc(strings.Split(memoPlan, "\n"), func(line string) bool { return strings.Contains(line, "id: terms") })
	h.written(strings.NewReplacer(`terms: "${terms}", `, "", "${terms}", "none").Replace(strings.Join(plan, "\n")))
	before := len(h.xero.Invoices())
	h.must(h.faults.Set([]wire.Fault{{Operation: "POST /api.xro/2.0/Invoices", Nth: 1, Kind: wire.DropAfter}}))
	deal := h.win(1)[0]
	h.drive()
	made := fmt.Sprint(h.xero.Invoices()[before]["InvoiceID"])
	if v := h.run(deal); v.Hold == nil || v.Hold.Code != engine.HoldUnknown || !strings.HasSuffix(v.Adopt, " RECORD") {
		t.Fatalf("got %s (%s), %q", v.State, v.Why(), v.Adopt)
	}
	if _, err := h.app.Adopt(t.Context(), deal, "", AdoptWord{By: dana}); err == nil {
		t.Error("adopted without a record")
	}
	got, err := h.app.Adopt(t.Context(), deal, made, AdoptWord{By: dana})
	h.must(err)
	h.drive()
	if v := h.run(deal); !got.Adopted || v.State != engine.Done || len(h.xero.Invoices()) != before+1 {
		t.Errorf("got %+v, %s (%s)", got, v.State, v.Why())
	}
	h.replayed()
}
