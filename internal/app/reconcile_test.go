package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/runtime/trigger"
)

// reconciled returns the account of invoicing, and its discrepancies by record.
func (h *house) reconciled() (Reconciled, map[string][]Cause) {
	h.t.Helper()
	all, err := h.app.Reconcile(h.t.Context(), invoicing)
	h.must(err)
	if len(all) != 1 {
		h.t.Fatalf("%d accounts", len(all))
	}
	causes := map[string][]Cause{}
	for _, d := range all[0].Discrepancies {
		if d.Text == "" || d.Repair == "" {
			h.t.Errorf("%s of %s says nothing, or proposes nothing: %+v", d.Cause, d.Record, d)
		}
		causes[d.Record] = append(causes[d.Record], d.Cause)
	}
	return all[0], causes
}

// TestReconcile lets one thing after the other come apart, and demands that each is told
// with its cause, and nothing else.
func TestReconcile(t *testing.T) {
	h := automated(t)
	won := h.company.Close[:8]
	h.clock.Advance(time.Minute)
	for _, id := range won {
		h.must(h.sf.CloseWon(id))
	}
	_, causes := h.reconciled()
	for _, id := range won {
		if !slices.Equal(causes[id], []Cause{NeverSeen}) {
			t.Errorf("before any poll %s is %v", id, causes[id])
		}
	}
	for _, id := range h.company.Won {
		if !slices.Equal(causes[id], []Cause{LeftAlone}) {
			t.Errorf("%s was won before the plan began and is %v", id, causes[id])
		}
	}
	h.must(h.all())
	h.must(h.all())
	r, causes := h.reconciled()
	if r.Agreed != len(won) || r.Made != len(won) || len(causes) != len(h.company.Won) {
		t.Fatalf("when all is done %d of %d agree: %+v", r.Agreed, len(won), r.Discrepancies)
	}
	sum := decimal.Zero()
	for _, inv := range h.xero.Invoices() {
		if strings.HasPrefix(fmt.Sprint(inv["InvoiceNumber"]), "SF-") {
			sum = sum.Add(decimal.Must(fmt.Sprint(inv["SubTotal"])))
		}
	}
	if got := r.Sums["SubTotal NZD"]; got == "" || !decimal.Must(got).Equal(sum) {
		t.Errorf("sums %v, the books %s", r.Sums, sum)
	}

	invoice := func(deal string) string {
		rec, _ := h.sf.Get("Opportunity", deal)
		return fmt.Sprint(rec["Xero_Invoice_Id__c"])
	}
	h.must(h.xero.Void(invoice(won[0])))
	h.update("Opportunity", won[1], map[string]any{"StageName": "Negotiation/Review"})
	h.update("Opportunity", won[2], map[string]any{"Xero_Invoice_Number__c": "another"})
	h.must(h.xero.Pay(invoice(won[3]), decimal.FromInt(10), ""))
	h.must(h.xero.Change("Invoices", invoice(won[4]), map[string]any{"Reference": "edited by hand"}))
	h.must(h.sf.Delete("Opportunity", won[5]))
	// Nobody knows who made these; the deal of the second is not won, and the others are no deal's.
	for _, of := range []string{h.company.Close[8], h.company.Close[9], "1", h.company.Close[9] + "-2"} {
		if _, err := h.xero.Add("Invoices", map[string]any{
			"Type": "ACCREC", "Status": "AUTHORISED", "InvoiceNumber": "SF-" + of, "Date": "2026-11-01", "DueDate": "2026-12-01",
			"Contact":   map[string]any{"ContactID": h.xero.Contacts()[0]["ContactID"]},
			"LineItems": []any{map[string]any{"Description": "by hand", "Quantity": "1", "UnitAmount": "5", "AccountCode": "200"}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	h.must(h.sf.CloseWon(h.company.Close[8]))
	r, causes = h.reconciled()
	for _, id := range h.company.Won {
		delete(causes, id)
	}
	want := map[string][]Cause{
		won[0]: {Dead}, won[1]: {Withdrawn}, won[2]: {NoLink}, won[3]: {NotShown}, won[4]: {ChangedThen}, won[5]: {Withdrawn},
		h.company.Close[8]: {NeverSeen, Stranger}, h.company.Close[9]: {Stranger},
	}
	if diff := cmp.Diff(want, causes); diff != "" {
		t.Errorf("discrepancies (-want +got):\n%s", diff)
	}
	if r.Agreed != 2 {
		t.Errorf("%d agree, want 2", r.Agreed)
	}

	h.xero.SetOffline(true)
	if _, causes = h.reconciled(); !slices.Equal(causes[""], []Cause{Unreachable}) {
		t.Errorf("with Xero off line: %v", causes)
	}
}

// TestReconcileNamesWhoIsAway: what cannot be read is named, whichever side it is.
func TestReconcileNamesWhoIsAway(t *testing.T) {
	for api, path := range map[string]string{"salesforce": "GET /services/data/*", "xero": "GET /api.xro/*"} {
		h := automated(t)
		h.must(h.faults.Set([]wire.Fault{{Operation: path, Kind: wire.Status, Code: 503}}))
		r, _ := h.reconciled()
		if len(r.Discrepancies) != 1 || r.Discrepancies[0].Cause != Unreachable || r.Discrepancies[0].Label != api {
			t.Errorf("%s is away: %+v", api, r.Discrepancies)
		}
	}
}

// TestReconcileAdopted: a deal that had nothing to adopt is left alone, and nothing is gone.
func TestReconcileAdopted(t *testing.T) {
	h := newHouse(t)
	deal := h.win(1)[0]
	h.clock.Advance(time.Minute)
	h.decideFrom(trigger.Begin{How: trigger.StartAdopt})
	h.drive()
	if _, causes := h.reconciled(); !slices.Equal(causes[deal], []Cause{LeftAlone}) {
		t.Errorf("it is %v, want left alone", causes[deal])
	}
}

// TestReconcileRowsDecided: a run waits for the rows that are still open, and for nobody when
// none is.
func TestReconcileRowsDecided(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	deal := h.win(1)[0]
	h.drive()
	if _, causes := h.reconciled(); !slices.Equal(causes[deal], []Cause{IsHeld}) {
		t.Fatalf("without rows it is %v", causes[deal])
	}
	h.mapped()
	if _, causes := h.reconciled(); !slices.Equal(causes[deal], []Cause{UnderWay}) {
		t.Errorf("with every row decided it is %v", causes[deal])
	}
}
