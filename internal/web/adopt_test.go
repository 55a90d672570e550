package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/engine"
)

const numberedPlan = `planwright: 1
name: memo-by-number
goal: When an opportunity is closed-won in Salesforce, make a draft invoice in Xero.
apis:
  salesforce: {spec: "SPEC(salesforce)", overlay: "OVERLAY(salesforce)"}
  xero: {spec: "SPEC(xero)", overlay: "OVERLAY(xero)"}
trigger: {api: salesforce, kind: change, object: Opportunity, as: opportunity, when: "${opportunity.IsWon}", key: "${opportunity.Id}"}
steps:
  - id: contact
    ensure: xero.Contact
    find: {Name: "${opportunity.Name}"}
    create: {Name: "${opportunity.Name}", ContactNumber: "${string(opportunity.Id)}"}
  - id: memo
    write: xero.createInvoices
    key: {InvoiceNumber: "${'SF-' + string(opportunity.Id)}"}
    body:
      Type: ACCREC
      Contact: {ContactID: "${contact.ContactID}"}
      Date: ${opportunity.CloseDate}
      LineAmountTypes: NoTax
      Reference: ours
      LineItems: [{Description: "${opportunity.Name}", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: NONE}]
outputs: {memo: "${string(memo.InvoiceID)}"}
`

// typed makes a run held because somebody typed an invoice under its number, and returns the
// page of the run and the invoice.
func (h *house) typed() (page, invoice string) {
	h.t.Helper()
	h.written(numberedPlan)
	invoice, err := h.xero.Add("Invoices", map[string]any{
		"Type": "ACCREC", "InvoiceNumber": "SF-" + h.company.Close[0], "Status": "DRAFT", "Reference": "typed <b>by hand</b>", "CurrencyCode": "NZD", "LineAmountTypes": "NoTax",
		"Contact":   map[string]any{"ContactID": fmt.Sprint(h.xero.Invoices()[0]["Contact"].(map[string]any)["ContactID"])},
		"LineItems": []any{map[string]any{"Description": "by hand", "Quantity": "1", "UnitAmount": "99", "AccountCode": "200"}},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.win(1)
	runs, err := h.app.Runs(engine.Held, "")
	if err != nil || len(runs) != 1 {
		h.t.Fatalf("got %+v, %v; want one run held", runs, err)
	}
	return "/runs/" + runs[0].ID, invoice
}

// TestAdoptPage compares the invoice with what was sent, and adopts it only by a tick for what
// the person saw.
func TestAdoptPage(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.enter(dana)
	at, invoice := h.typed()
	if got, _ := h.page(dana, at).one(t, "form", "action", at+"/adopt").one(t, "input", "name", "record").attr("value"); got != invoice {
		t.Errorf("the form names %q, want what the run found", got)
	}
	page := h.page(dana, at+"/adopt?record="+invoice)
	page.says(t, "What differs from what was sent", "typed <b>by hand</b>", "99.00", "It is recorded under your name")
	seen, _ := page.one(t, "input", "name", "seen").attr("value")
	for name, form := range map[string][]string{
		"no tick": {"record", invoice, "seen", seen}, "not seen": {"record", invoice, "despite", "yes"}, "seen otherwise": {"record", invoice, "despite", "yes", "seen", "other"},
		"no such": {"record", "nothing", "despite", "yes", "seen", seen},
	} {
		if got := h.post(dana, at+"/adopt", form...).StatusCode; got != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d, want 422", name, got)
		}
	}
	if got := h.goes(h.post(dana, at+"/adopt", "record", invoice, "seen", seen, "despite", "yes", "reason", "it is ours")); got != at {
		t.Errorf("leads to %s, want the run", got)
	}
	if got := h.post(dana, at+"/adopt", "record", invoice, "seen", seen, "despite", "yes").StatusCode; got != http.StatusConflict {
		t.Errorf("adopted twice: got %d, want 409", got)
	}
	h.runOnce()
	h.page(dana, at).says(t, "Everything the plan says was done.", "memo: adopts "+invoice, "by Dana Ortiz: it is ours")
}

// testAdopted compares and adopts in a real browser, without a script.
func testAdopted(t *testing.T, b *browser) {
	h, base := served(t)
	h.enter(dana)
	at, invoice := h.typed()
	x := newcomer(t, b, h, base, dana)
	x.withoutScript()
	x.open(at)
	x.audit()
	x.leave(`form[action$="/adopt"] button`)
	x.says("Is this the one?", "What differs from what was sent", "typed <b>by hand</b>")
	x.audit()
	x.shot("adopt")
	x.open(at + "/adopt?record=" + strings.Repeat("x", 20))
	x.says("It cannot be adopted", "Nothing was done")
	x.open(at + "/adopt?record=" + invoice)
	x.click(`input[name=despite]`)
	x.leave(`form[action$="/adopt"] button[type=submit]`)
	x.says("You adopted")
	h.runOnce()
	x.open(at)
	x.says("Everything the plan says was done", invoice)
}
