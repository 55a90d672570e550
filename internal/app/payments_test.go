package app

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/engine"
)

// fields of an opportunity that tell of its payment.
const (
	statusField = "Xero_Payment_Status__c"
	amountField = "Xero_Amount_Paid__c"
)

// unpay takes back the payments of a deal's invoice.
func (h *house) unpay(deal string) {
	h.t.Helper()
	for _, p := range h.xero.All("Payments") {
		inv, _ := p["Invoice"].(map[string]any)
		if inv["InvoiceNumber"] == "SF-"+deal && p["Status"] == "AUTHORISED" {
			h.must(h.xero.Unpay(fmt.Sprint(p["PaymentID"])))
		}
	}
}

// share is a part of what is owed on a deal's invoice.
func (h *house) share(deal, part string) decimal.Decimal {
	h.t.Helper()
	return decimal.Must(h.owed(deal)).Mul(decimal.Must(part)).Cents()
}

// TestPaymentStories takes invoices through what bookkeepers do, by the books' own rules,
// and judges what each opportunity shows at the end. It is then left alone: two more rounds
// start no run and send no write.
func TestPaymentStories(t *testing.T) {
	type deed func(h *house, deal string)
	credit := func(part string) deed {
		return func(h *house, deal string) {
			_, err := h.xero.Credit("SF-"+deal, h.share(deal, part), "")
			h.must(err)
		}
	}
	pay := func(part string) deed {
		return func(h *house, deal string) { h.pay(deal, h.share(deal, part).String()) }
	}
	void := func(h *house, deal string) { h.must(h.xero.Void("SF-" + deal)) }
	overpay := func(h *house, deal string) {
		_, err := h.xero.Overpay("SF-"+deal, h.share(deal, "1").Add(decimal.Must("5")), "")
		h.must(err)
	}
	both := func(a, b deed) deed { return func(h *house, deal string) { a(h, deal); b(h, deal) } }
	stories := []struct {
		name   string
		story  []deed // one a round
		status string
		paid   string // of what was owed
		writes int    // the link included
	}{
		{"paid", []deed{pay("1")}, "Paid", "1", 2},
		{"part paid", []deed{pay("0.5")}, "Part paid", "0.5", 2},
		{"paid in two", []deed{pay("0.5"), pay("1")}, "Paid", "1", 3},
		{"paid in two at once", []deed{both(pay("0.5"), pay("1"))}, "Paid", "1", 2},
		{"over-paid", []deed{overpay}, "Overpaid", "1", 2},
		{"credited", []deed{credit("1")}, "Credited", "0", 2},
		{"part credited", []deed{credit("0.5")}, "Part credited", "0", 2},
		{"half credited, half paid", []deed{credit("0.5"), pay("1")}, "Paid", "0.5", 3},
		{"voided", []deed{void}, "Voided", "0", 2},
		{"bounced", []deed{pay("1"), (*house).unpay}, "Unpaid", "0", 3},
		{"bounced, then voided", []deed{pay("1"), both((*house).unpay, void)}, "Voided", "0", 3},
	}
	h := automated(t)
	deals := h.win(len(stories))
	h.must(h.all())
	totals := map[string]decimal.Decimal{}
	for _, deal := range deals {
		totals[deal] = decimal.Must(h.owed(deal))
	}
	for round := range 2 {
		for i, tt := range stories {
			if round < len(tt.story) {
				tt.story[round](h, deals[i])
			}
		}
		h.must(h.all())
	}
	for i, tt := range stories {
		t.Log(tt.name)
		h.shows(deals[i], tt.status, totals[deals[i]].Mul(decimal.Must(tt.paid)).Cents().String(), tt.writes)
	}
	h.quiet()
	h.verified()
	h.ended(len(stories)) // each waits for its due date
}

// TestPaymentBehind: a payment whose update was lost is held when the look after it is refused.
// The next payment waits for that one, since what was lost may still arrive, and says so.
func TestPaymentBehind(t *testing.T) {
	h := automated(t)
	deal := h.win(1)[0]
	h.must(h.all())
	h.pay(deal, h.share(deal, "0.5").String())
	h.must(h.faults.Set([]wire.Fault{
		{Operation: "PATCH /services/data/*/Opportunity/*", Nth: 1, Kind: wire.DropAfter},
		{Operation: "GET /services/data/*/query?*Xero_Payment_Mark__c*LIKE*", Nth: 2, Kind: wire.Status, Code: 403},
	}))
	h.must(h.all())
	h.pay(deal, h.share(deal, "1").String())
	h.must(h.all())
	held, err := h.app.Runs(engine.Held, payments)
	h.must(err)
	waits, err := h.app.Runs(engine.Ready, payments)
	h.must(err)
	if len(held) != 1 || len(waits) != 1 || waits[0].After != held[0].ID || !strings.Contains(waits[0].Why(), "waits for run "+held[0].ID) {
		t.Fatalf("held %+v, and behind it %+v", held, waits)
	}
	if v := h.run(waits[0].ID); v.After != held[0].ID || v.Next != "planwright runs show "+held[0].ID {
		t.Errorf("of itself it says: %s, next %q", v.Why(), v.Next)
	}
	h.must(h.app.Retry(t.Context(), held[0].ID, "Dana Ortiz", false))
	h.must(h.all())
	h.ends(deal, "Paid", engine.Done)
}

// quiet demands that nothing wakes any plan any more: no new run, no write.
func (h *house) quiet() {
	h.t.Helper()
	runs, err := h.app.Runs("", "")
	h.must(err)
	before, sent := len(runs), len(h.seen.Exchanges())
	for range 2 {
		h.must(h.all())
	}
	if runs, err = h.app.Runs("", ""); err != nil || len(runs) != before {
		h.t.Errorf("%d runs after all was said, want %d (%v)", len(runs), before, err)
	}
	for _, x := range h.seen.Exchanges()[sent:] {
		if x.Method != "GET" && !strings.HasSuffix(x.URL, "/token") {
			h.t.Errorf("%s %s after all was said", x.Method, x.URL)
		}
	}
}

// TestEditedByPerson: what a person has written into the payment fields is not written over,
// unless the plan's settings or a person say so; what nobody changed is no edit.
func TestEditedByPerson(t *testing.T) {
	type edit struct {
		name   string
		set    world.Record
		status string
		state  engine.RunState
	}
	disputed := world.Record{statusField: "Disputed"}
	for setting, edits := range map[string][]edit{
		"ask": {{"a status", disputed, "Disputed", engine.Held}, {"the word that is due", world.Record{statusField: "Paid"}, "Paid", engine.Held}},
		"keep": {
			{"a status", disputed, "Disputed", engine.Refused},
			{"an amount", world.Record{amountField: 1}, "Part paid", engine.Refused},
			{"cleared", world.Record{statusField: nil}, "<nil>", engine.Refused},
			{"another field", world.Record{"NextStep": "call"}, "Paid", engine.Done},
		},
		"overwrite": {{"a status", disputed, "Paid", engine.Done}},
	} {
		t.Run(setting, func(t *testing.T) {
			h := automated(t)
			if setting != "ask" { // which is how the plan comes
				file := h.propose(payments, "edited: {value: ask", "edited: {value: "+setting)
				_, err := h.app.Decide(t.Context(), file, true, dana, "as shown")
				h.must(err)
			}
			deals := h.win(len(edits))
			h.must(h.all())
			for _, deal := range deals {
				h.pay(deal, "10.00")
			}
			h.must(h.all())
			for i, deal := range deals {
				h.shows(deal, "Part paid", "10", 2)
				h.must(h.sf.Update("Opportunity", deal, edits[i].set))
				h.pay(deal, h.owed(deal))
			}
			h.must(h.all())
			for i, e := range edits {
				h.ends(deals[i], e.status, e.state)
			}
			if setting != "ask" {
				return
			}
			h.allow(payments)
			h.must(h.all())
			for _, deal := range deals {
				h.ends(deal, "Paid", engine.Done)
			}
			h.quiet()
		})
	}
}

// ends judges what a deal shows, and how the last run about its payment stands.
func (h *house) ends(deal, status string, state engine.RunState) {
	h.t.Helper()
	rec, _ := h.sf.Get("Opportunity", deal)
	if got := fmt.Sprint(rec[statusField]); got != status {
		h.t.Errorf("the deal shows %s, want %s", got, status)
	}
	runs, err := h.app.Runs("", payments)
	h.must(err)
	for _, r := range runs {
		if r.Record == rec["Xero_Invoice_Id__c"] {
			if r.State != state {
				h.t.Errorf("the run is %s (%s), want %s", r.State, r.Why(), state)
			}
			return
		}
	}
	h.t.Errorf("no run about %s", deal)
}

// allow lets every held run of a plan go on as a person who has looked.
func (h *house) allow(planName string) {
	h.t.Helper()
	runs, err := h.app.Runs(engine.Held, planName)
	h.must(err)
	if len(runs) == 0 {
		h.t.Errorf("no run of %s is held", planName)
	}
	for _, r := range runs {
		h.must(h.app.Retry(h.t.Context(), r.ID, dana, true))
	}
}

// TestRefunds: the refund of a credit note for a paid invoice shows on the opportunity, and
// later changes of the invoice leave it there.
func TestRefunds(t *testing.T) {
	h := automated(t)
	h.adopt("refund-to-opportunity")
	round := func() {
		h.must(h.all())
		_, err := h.app.RunOnce(t.Context(), "refund-to-opportunity")
		h.must(err)
	}
	deal := h.win(1)[0]
	round()
	full := h.owed(deal)
	h.pay(deal, full)
	round()
	inv := h.invoiced()[deal]
	contact, _ := inv["Contact"].(map[string]any)
	note, err := h.xero.Add("CreditNotes", map[string]any{
		"Type": "ACCRECCREDIT", "Status": "AUTHORISED", "Contact": map[string]any{"ContactID": contact["ContactID"]}, "Date": "2026-11-02",
		"CurrencyCode": inv["CurrencyCode"], "LineAmountTypes": "NoTax", "Reference": inv["InvoiceNumber"],
		"LineItems": []any{map[string]any{"Description": "Sent back", "Quantity": json.Number("1"), "UnitAmount": json.Number(full), "AccountCode": "200"}},
	})
	h.must(err)
	round()
	h.shows(deal, "Paid", full, 2)
	h.must(h.xero.Refund(note, decimal.Must("1.00"), ""))
	round()
	h.shows(deal, "Part refunded", full, 3)
	h.must(h.xero.Refund(note, decimal.Must(full).Sub(decimal.Must("1.00")), ""))
	round()
	h.shows(deal, "Refunded", full, 4)
	h.must(h.xero.Change("Invoices", "SF-"+deal, map[string]any{"Reference": "looked at"}))
	round()
	h.shows(deal, "Refunded", full, 4)
	h.quiet()
}
