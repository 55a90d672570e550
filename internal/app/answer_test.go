package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/runtime/engine"
)

const memoPlan = `planwright: 1
name: memo-with-a-person
goal: When an opportunity is closed-won in Salesforce, ask for the terms and make a draft invoice in Xero.
apis:
  salesforce: {spec: "SPEC(salesforce)", overlay: "OVERLAY(salesforce)"}
  xero: {spec: "SPEC(xero)", overlay: "OVERLAY(xero)"}
trigger: {api: salesforce, kind: change, object: Opportunity, as: opportunity, when: "${opportunity.IsWon}", key: "${opportunity.Id}"}
steps:
  - {id: terms, ask: "Which payment terms apply?", show: {Deal: "${opportunity.Name}"}, answers: ["net 30", net60]}
  - id: contact
    ensure: xero.Contact
    find: {Name: "${opportunity.Name}"}
    create: {Name: "${opportunity.Name}", ContactNumber: "${string(opportunity.Id)}"}
  - id: memo
    write: xero.updateOrCreateInvoices
    repeat: ask
    body:
      Type: ACCREC
      Contact: {ContactID: "${contact.ContactID}"}
      Date: ${opportunity.CloseDate}
      LineAmountTypes: NoTax
      Reference: ${terms}
      LineItems: [{Description: "${opportunity.Name}", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: NONE}]
outputs: {memo: "${string(memo.InvoiceID)}", terms: "${terms}", owed: "${memo.Total}"}
`

// written proposes and approves a plan that a person wrote.
func (h *house) written(text string) {
	h.t.Helper()
	ctx := h.t.Context()
	l, err := h.app.open()
	if err != nil {
		h.t.Fatal(err)
	}
	for _, api := range l.cat.APIs() {
		text = strings.NewReplacer("SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest).Replace(text)
	}
	file := filepath.Join(h.dir, "plan.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	checked, found, err := h.app.Check(file, []byte(text))
	if err != nil || checked == nil {
		h.t.Fatalf("check: %v %v", err, found)
	}
	h.name = checked.Plan.Name
	if _, err := h.app.Propose(ctx, checked, dana); err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.app.Decide(ctx, file, true, dana, "as written"); err != nil {
		h.t.Fatal(err)
	}
}

// TestAnswers asks a person for the terms, loses the answer to a write that nothing but a
// person can settle, and lets them name the record it made.
func TestAnswers(t *testing.T) {
	h := newHouse(t)
	h.written(memoPlan)
	before := len(h.xero.Invoices())
	deal := h.win(1)[0]
	if r := h.drive(); r.Held != 1 {
		t.Fatalf("got %+v, want one run held", r)
	}
	v := h.run(deal)
	if want := "planwright runs answer " + v.ID + " 'net 30', or net60 in its place"; v.Next != want {
		t.Errorf("next is %q, want %q", v.Next, want)
	}
	say := func(answer, record string) error {
		return h.app.Answer(t.Context(), deal, engine.Reply{Answer: answer, Record: record, By: dana})
	}
	if err := say("net90", ""); err == nil || !strings.Contains(err.Error(), "not one of the answers") {
		t.Errorf("got %v, want that the answer is refused", err)
	}
	if err := say("net 30", ""); err != nil {
		t.Fatal(err)
	}
	if err := h.faults.Set([]wire.Fault{{Operation: "POST /api.xro/2.0/Invoices", Nth: 1, Kind: wire.DropAfter}}); err != nil {
		t.Fatal(err)
	}
	h.drive()
	v = h.run(deal)
	if v.Hold == nil || v.Hold.Code != engine.HoldUnknown {
		t.Fatalf("got %s %+v, want a lost write", v.State, v.Hold)
	}
	if want := "planwright runs answer " + v.ID + " done --record ID, or not-done in its place"; v.Next != want {
		t.Errorf("next is %q, want %q", v.Next, want)
	}
	made := h.xero.Invoices()[before]
	if err := say(engine.Happened, fmt.Sprint(made["InvoiceID"])); err != nil {
		t.Fatal(err)
	}
	h.drive()
	v = h.run(deal)
	if v.State != engine.Done || len(h.xero.Invoices()) != before+1 {
		t.Fatalf("got %s (%s) and %d new invoices, want done and one", v.State, v.Why(), len(h.xero.Invoices())-before)
	}
	want := []Given{{"memo", fmt.Sprint(made["InvoiceID"])}, {"owed", "10.00"}, {"terms", "net 30"}}
	if got := v.Gave(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("gave %v, want %v", got, want)
	}
	var told strings.Builder
	for _, l := range v.Story {
		told.WriteString(l.Text + "\n")
	}
	for _, text := range []string{"terms: net 30, by " + dana, "memo: done (" + fmt.Sprint(made["InvoiceID"]) + "), by " + dana, "done: memo "} {
		if !strings.Contains(told.String(), text) {
			t.Errorf("the story does not say %q:\n%s", text, told.String())
		}
	}
}
