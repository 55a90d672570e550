package check_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

const settingPlan = `
planwright: 1
name: case
apis:
  salesforce: {spec: "SPEC(salesforce)", overlay: "OVERLAY(salesforce)"}
  xero: {spec: "SPEC(xero)", overlay: "OVERLAY(xero)"}
trigger: {api: salesforce, kind: change, object: Opportunity, as: deal, when: "${deal.IsWon && has(deal.Amount)}", key: "${deal.Id}"}
settings:
  days: 30
  least: 0.5
  account: "200"
  status: {value: AUTHORISED, allowed: [DRAFT, AUTHORISED]}
steps:
  - {id: enough, assert: "${deal.Amount > settings.least}", else: refuse, message: too little}
  - id: invoice
    write: xero.createInvoices
    key: {InvoiceNumber: "${'SF-' + string(deal.Id)}"}
    body:
      Type: ACCREC
      Status: ${settings.status}
      Contact: {ContactID: "7f0c2e1e-6f5b-4c8e-9a0e-0a4b7f3c2d11"}
      Date: ${deal.CloseDate}
      DueDate: ${deal.CloseDate.addDays(settings.days)}
      LineAmountTypes: Exclusive
      LineItems:
        - {Description: "${deal.Name}", Quantity: 1, UnitAmount: "${deal.Amount}", AccountCode: "${settings.account}", TaxType: OUTPUT2}
limits: {invoices_per_day: 5, amount_per_invoice: 100}
notes: {/settings/days: what the contract says}
`

// TestSettings holds a plan's settings to what they are for: constants that fit where the
// same literal would, that a run need not be given, and that a person is shown.
func TestSettings(t *testing.T) {
	cat := openEmbedded(t)
	p, found := plan.Parse("plan.yaml", []byte(fill(t, cat, settingPlan)))
	if len(found) > 0 {
		t.Fatal(found)
	}
	c, found := check.Check(p, cat)
	if c == nil {
		t.Fatal(found)
	}
	for pointer, want := range map[string]any{
		"/steps/1/body/Status":                  "AUTHORISED",
		"/steps/1/body/LineItems/0/AccountCode": "200",
		"/steps/1/body/DueDate":                 "2026-03-03",
	} {
		got, present, err := c.Expr(pointer).Eval(map[string]any{"deal": map[string]any{"CloseDate": "2026-02-01"}}, nil)
		if got != want || !present || err != nil {
			t.Errorf("%s gives %v, %v, %v; want %v", pointer, got, present, err, want)
		}
		for _, name := range c.Expr(pointer).Vars() {
			if name != "deal" {
				t.Errorf("%s wants to be given %s", pointer, name)
			}
		}
	}
	want := []check.SheetSetting{
		{Name: "account", Value: "200"},
		{Name: "days", Value: "30"},
		{Name: "least", Value: "0.5"},
		{Name: "status", Value: "AUTHORISED", Allowed: []string{"DRAFT", "AUTHORISED"}},
	}
	if d := cmp.Diff(want, c.Sheet().Settings); d != "" {
		t.Errorf("sheet (-want +got):\n%s", d)
	}
	if o := c.Outline().Settings; len(o) != 4 || o[1].Note != "what the contract says" || o[1].Value != "30" {
		t.Errorf("outline: %+v", o)
	}
	for name, text := range map[string]string{"sheet": c.Sheet().String(), "drawing": c.Text()} {
		if !strings.Contains(text, "AUTHORISED") || !strings.Contains(text, "may be DRAFT") {
			t.Errorf("the %s does not show the settings:\n%s", name, text)
		}
	}
}

// TestSettingFits refuses a setting one of whose allowed values cannot be sent, whichever it
// has now.
func TestSettingFits(t *testing.T) {
	cat := openEmbedded(t)
	for _, status := range []string{"{value: DRAFT, allowed: [DRAFT, SENT]}", "SENT"} {
		text := strings.Replace(settingPlan, "{value: AUTHORISED, allowed: [DRAFT, AUTHORISED]}", status, 1)
		p, _ := plan.Parse("plan.yaml", []byte(fill(t, cat, text)))
		if c, found := check.Check(p, cat); c != nil || !strings.Contains(found.Err().Error(), "SENT") {
			t.Errorf("a status that Xero does not know passes: %v", found)
		}
	}
}
