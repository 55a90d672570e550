package rules_test

import (
	"strings"
	"testing"
)

const base = "When an opportunity is closed-won in Salesforce, create an invoice with the line items in Xero"

// variations: what is added to the base goal, or a whole goal that begins with a
// capital, and what the plan must hold (or, after !, must not).
var variations = []struct {
	goal string
	want []string
}{
	// Amounts.
	{"When an opportunity over 5,000 is won, create an invoice in Xero.", []string{"opportunity.IsWon && opportunity.?Amount.orValue(0) > 5000"}},
	{"When a deal worth at least £10k is won in Salesforce, raise a Xero invoice.", []string{"orValue(0) >= 10000", "!GBP"}},
	{"When an opportunity over $5,000 is won, create an invoice in Xero.", []string{"opportunity.?Amount.orValue(0) > 5000"}},
	{"For each opportunity with stage Closed Won and amount greater than 5000, create an invoice in Xero.", []string{"opportunity.IsWon && opportunity.?Amount.orValue(0) > 5000"}},
	{" but skip deals under 1000", []string{"opportunity.?Amount.orValue(0) >= 1000"}},
	{", except for deals of at least 900k", []string{"orValue(0) < 900000"}},
	{", but only for deals in GBP", []string{"opportunity.?CurrencyIsoCode.orValue(\"\") == 'GBP'", "!CurrencyCode"}},
	{"Create an invoice in Xero for every won deal in GBP.", []string{"? in GBP"}},
	{"When an opportunity is won and its amount is greater than 1 000.50, create an invoice in Xero.", []string{`.orValue(0) > dec('1000.5')`}},
	{"Create a Xero invoice for every won deal of more than NZ$5000.", []string{"> 5000", "!NZD"}},
	{"For won deals between 1,000 and 2,500, create an invoice in Xero.", []string{">= 1000", "<= 2500"}},
	{"When a deal under 20k is won, create an invoice in Xero.", []string{"has(opportunity.Amount) && opportunity.?Amount.orValue(0) < 20000"}},
	{"When a deal of 5000 or more is won, create an invoice in Xero.", []string{">= 5000"}},
	{", if the amount is at least five thousand", []string{">= 5000"}},
	{", only for deals over 1.5m", []string{"> 1500000"}},
	{"When a deal whose amount exceeds 750 is won, create an invoice in Xero.", []string{"> 750"}},
	// Stages, types and other conditions.
	{`When the stage becomes Contract Signed, create an invoice in Xero.`, []string{"opportunity.StageName == 'Contract Signed'", "!IsWon"}},
	{`When an opportunity moves to "contract signed" in Salesforce, create an invoice in Xero.`, []string{"opportunity.StageName == 'contract signed'"}},
	{"When a deal reaches the stage Ready to Bill, create an invoice in Xero.", []string{"? to"}},
	{`When a deal reaches the stage "Ready to Bill", create an invoice in Xero.`, []string{"== 'Ready to Bill'"}},
	{"When a new business deal is won, create an invoice in Xero.", []string{"opportunity.?Type.orValue(\"\") == 'New Business'"}},
	{"Create an invoice in Xero for won new business opportunities.", []string{"== 'New Business'"}},
	{`When an opportunity of type "Renewal" is won, create an invoice in Xero.`, []string{"== 'Renewal'"}},
	{`When an opportunity is won and its lead source is Web, create an invoice in Xero.`, []string{"opportunity.?LeadSource.orValue(\"\") == 'Web'"}},
	{", only if the probability is at least 90", []string{"Probability", ">= 90"}},
	// Status.
	{" as a draft", []string{"Status: DRAFT"}},
	{" and approve it", []string{"Status: AUTHORISED"}},
	{"When a deal is won, create an approved invoice in Xero.", []string{"Status: AUTHORISED"}},
	{"When a deal is won, draft an invoice in Xero.", []string{"Status: DRAFT"}},
	{", authorised", []string{"Status: AUTHORISED"}},
	{" and leave it as a draft", []string{"Status: DRAFT"}},
	{" with status SUBMITTED", []string{"Status: SUBMITTED"}},
	{". Do not approve it", []string{"Status: DRAFT"}},
	{" and mark it as approved", []string{"Status: AUTHORISED"}},
	{" and set its status to authorised", []string{"Status: AUTHORISED"}},
	{" (draft)", []string{"Status: DRAFT"}},
	// Due dates.
	{" and due date 14 days out", []string{"addDays(14)"}},
	{" (net 14)", []string{"addDays(14)"}},
	{" with payment due in 60 days", []string{"addDays(60)"}},
	{", due in 14 days", []string{"addDays(14)"}},
	{", payable within two weeks", []string{"addDays(14)"}},
	{", with no write-back", []string{"!salesforce.Opportunity.update"}},
	{", net 45", []string{"addDays(45)"}},
	{" with 60-day terms", []string{"addDays(60)"}},
	{" on thirty days' payment terms", []string{"addDays(30)"}},
	{", due twenty-one days after the close date", []string{"addDays(21)"}},
	{", due immediately", []string{"DueDate: ${opportunity.CloseDate}"}},
	{", due 10 days after the invoice date", []string{"addDays(10)"}},
	{". It should be payable within 7 days", []string{"addDays(7)"}},
	{" with payment terms of 90 days", []string{"addDays(90)"}},
	// References and other fields.
	{", use the opportunity name as the reference", []string{"Reference: ${opportunity.Name}"}},
	{", with reference 'Sales'", []string{"Reference: Sales"}},
	{". Set the reference to the deal's next step", []string{"Reference: ${opportunity.?NextStep}"}},
	{", with the account's name as reference", []string{"Reference: ${account.Name}"}},
	{". Use the opportunity's description as its reference", []string{"Reference: ${truncate(opportunity.?Description.orValue(\"\"), 255)}"}},
	// Currency.
	{" in GBP", []string{"CurrencyCode: GBP"}},
	{" in the opportunity's currency", []string{"CurrencyCode: ${opportunity.?CurrencyIsoCode}"}},
	{" in euros", []string{"CurrencyCode: EUR"}},
	// Tax.
	{". Amounts include tax", []string{"LineAmountTypes: Inclusive", "invoice.Total =="}},
	{", tax exclusive", []string{"LineAmountTypes: Exclusive", "invoice.SubTotal =="}},
	{", prices are inclusive of VAT", []string{"LineAmountTypes: Inclusive"}},
	{", excluding GST", []string{"LineAmountTypes: Exclusive"}},
	{" with no tax", []string{"LineAmountTypes: NoTax"}},
	{" with tax included in the prices", []string{"LineAmountTypes: Inclusive"}},
	{"When a deal is won, create a tax-inclusive invoice in Xero.", []string{"LineAmountTypes: Inclusive"}},
	// Families.
	{", only software products", []string{"lines.filter(l, l.Product2.?Family.orValue(\"\") == 'Software')", "of the family Software"}},
	{", only lines in family Hardware", []string{"== 'Hardware').map(l, l.TotalPrice).sum()", "each: ${lines.filter"}},
	{" but only the products in the 'Professional Services' family", []string{"== 'Professional Services'"}},
	{", for the Hardware family only", []string{"== 'Hardware'"}},
	// Write-back.
	{" and write the invoice number back to the opportunity", []string{"Xero_Invoice_Number__c: ${invoice.InvoiceNumber}"}},
	{" and store the invoice id on the deal in Salesforce", []string{"Xero_Invoice_Id__c"}},
	{". Do not update the opportunity", []string{"!Xero_Invoice_Id__c", "!salesforce.Opportunity.update"}},
	{" without writing anything back to Salesforce", []string{"!salesforce.Opportunity.update"}},
	{" and leave the opportunity unchanged", []string{"!salesforce.Opportunity.update"}},
	{". Don't write anything back", []string{"!salesforce.Opportunity.update"}},
	// Limits.
	{", at most 50 invoices a day", []string{"invoices_per_day: 50"}},
	{", never above 20,000 per invoice", []string{"amount_per_invoice: 20000"}},
	{". No invoice over 75k", []string{"amount_per_invoice: 75000"}},
	{". Limit it to twenty invoices per day", []string{"invoices_per_day: 20"}},
	// Accounts.
	{" to account 200", []string{`AccountCode: "200"`, "!with: [SalesDetails.AccountCode]"}},
	{", revenue account 4000", []string{`AccountCode: "4000"`}},
	{", using revenue account 4000", []string{`AccountCode: "4000"`}},
	{". Post the lines to account code 260", []string{`AccountCode: "260"`}},
	// What the plan does anyhow.
	{", find or create the contact", []string{"ensure: xero.Contact"}},
	{" and create the contact if it does not exist", []string{"ensure: xero.Contact"}},
	{", mapping items and tax codes", []string{"${product(line.Product2Id).Code}"}},
	{". Never invoice it twice", []string{"'SF-' + string(opportunity.Id)"}},
	{", only if it has products", []string{"lines.size() > 0"}},
	{", one line per product", []string{"each: ${lines}"}},
	{"When a deal is won, create an accounts receivable invoice in Xero.", []string{"ACCREC"}},
	// Other ways to say the same.
	{"When an opportunity is Closed/Won, create an invoice in Xero.", []string{"when: ${opportunity.IsWon}"}},
	{"When an opportunity is Closed - Won, create an invoice in Xero.", []string{"when: ${opportunity.IsWon}"}},
	{"When IsWon is true, create an invoice in Xero.", []string{"when: ${opportunity.IsWon}"}},
	{"When StageName = 'Closed Won', create an invoice in Xero.", []string{"opportunity.StageName == 'Closed Won'"}},
	{". Set the due date to 21 days after the close date", []string{"addDays(21)"}},
	{". Use the close date as the invoice date", []string{"Date: ${opportunity.CloseDate}"}},
	{". Use the account number as the reference", []string{"? account number"}},
	{". Use the account's account number as the reference", []string{"Reference: ${account.?AccountNumber}"}},
	// Combined.
	{"Whenever a new business deal over 10k is won, issue an approved Xero invoice for its software products only", []string{"?"}},
	{
		"Whenever a new business deal over 10k is won, issue an approved Xero invoice with only the software products, net 14, in the deal's currency, tax inclusive, to account 201, at most 5 invoices a day, and do not update the deal.",
		[]string{"New Business", "> 10000", "AUTHORISED", "'Software'", "addDays(14)", "CurrencyIsoCode", "Inclusive", `"201"`, "invoices_per_day: 5", "!Opportunity.update"},
	},
}

func TestVariations(t *testing.T) {
	for _, v := range variations {
		goal := v.goal
		if c := goal[0]; c < 'A' || c > 'Z' {
			goal = base + goal
		}
		if strings.HasPrefix(v.want[0], "?") {
			if a := ask(t, planner(), goal); a.Draft != nil {
				t.Errorf("%q: a draft, want a question about %s", goal, v.want[0])
			} else if word := strings.TrimSpace(v.want[0][1:]); !strings.Contains(bad(a), word) {
				t.Errorf("%q: the answer does not name %q: %s", goal, word, bad(a))
			}
			continue
		}
		p := drafted(t, planner(), embedded(), goal)
		if p == nil {
			continue
		}
		c := *p
		c.Goal, c.Notes = "", nil
		text := string(c.YAML())
		for _, w := range v.want {
			if not, ok := strings.CutPrefix(w, "!"); ok == strings.Contains(text, strings.TrimPrefix(w, "!")) {
				t.Errorf("%q: want %q (unwanted: %v) in\n%s", goal, not, ok, text[strings.Index(text, "trigger:"):])
			}
		}
	}
}
