package check_test

import (
	"os"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// TestAroundAnInvoice puts steps behind those of the invoice automation, each with what
// stands around an invoice in Xero, right and wrong.
func TestAroundAnInvoice(t *testing.T) {
	cat := openEmbedded(t)
	text, err := os.ReadFile("testdata/w1.yaml")
	if err != nil {
		t.Fatal(err)
	}
	before, _, ok := strings.Cut(string(text), "  - id: back\n")
	if !ok {
		t.Fatal("w1.yaml has no step back")
	}
	const paid = `
  - id: more
    write: xero.createPayments
    key: {Reference: "${'SF-' + string(opportunity.Id)}"}
    body: {Invoice: {InvoiceID: "${invoice.InvoiceID}"}, Account: {Code: "090"}, Date: "${opportunity.CloseDate}", Amount: "${invoice.AmountDue}"}
`
	const credit = `
  - id: more
    write: xero.createCreditNotes
    key: {CreditNoteNumber: "${'CN-' + string(opportunity.Id)}"}
    body:
      Type: ACCRECCREDIT
      Status: AUTHORISED
      Contact: {ContactID: "${contact.ContactID}"}
      Date: ${opportunity.CloseDate}
      LineAmountTypes: Exclusive
      LineItems: [{Description: Goodwill, Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: OUTPUT2}]
`
	for _, c := range []struct{ what, steps, want string }{
		{"a payment", paid, ""},
		{"a payment and its end", paid + "  - {id: undo, write: xero.deletePayment, with: {PaymentID: \"${more.PaymentID}\"}, body: {Status: DELETED}}\n", ""},
		{"a payment without a mark of ours", strings.Replace(paid, "    key: {Reference: \"${'SF-' + string(opportunity.Id)}\"}\n", "", 1), "missing-write-key"},
		{"a payment that was never one", strings.Replace(paid, "body: {", "body: {Status: DELETED, ", 1), "wrong-first-state"},
		{"a payment of a contact", strings.Replace(paid, "{InvoiceID: \"${invoice.InvoiceID}\"}", "{InvoiceID: \"${contact.ContactID}\"}", 1), "wrong-id"},
		{"a deletion that is none", paid + "  - {id: undo, write: xero.deletePayment, with: {PaymentID: \"${more.PaymentID}\"}, body: {Status: AUTHORISED}}\n", "wrong-enum"},
		{"a credit note that is allocated", credit + `
  - id: used
    write: xero.createCreditNoteAllocation
    with: {CreditNoteID: "${more.CreditNoteID}"}
    body: {Invoice: {InvoiceID: "${invoice.InvoiceID}"}, Amount: 10, Date: "${opportunity.CloseDate}"}
`, ""},
		{"an allocation of an invoice", credit + `
  - id: used
    write: xero.createCreditNoteAllocation
    with: {CreditNoteID: "${invoice.InvoiceID}"}
    body: {Invoice: {InvoiceID: "${invoice.InvoiceID}"}, Amount: 10, Date: "${opportunity.CloseDate}"}
`, "wrong-id"},
		{"an allocation without an amount", credit + `
  - id: used
    write: xero.createCreditNoteAllocation
    with: {CreditNoteID: "${more.CreditNoteID}"}
    body: {Invoice: {InvoiceID: "${invoice.InvoiceID}"}, Date: "${opportunity.CloseDate}"}
`, "missing-field"},
		{"a paid credit note", strings.Replace(credit, "Status: AUTHORISED", "Status: PAID", 1), "wrong-first-state"},
		{"an email", "  - {id: more, write: xero.emailInvoice, with: {InvoiceID: \"${invoice.InvoiceID}\"}, body: {}}\n", ""},
		{"an address", "  - {id: more, read: xero.getOnlineInvoice, with: {InvoiceID: \"${invoice.InvoiceID}\"}}\n  - {id: there, assert: \"${more.size() == 1}\"}\n", ""},
		{"a note", "  - {id: more, write: xero.createInvoiceHistory, with: {InvoiceID: \"${invoice.InvoiceID}\"}, body: {Details: From a deal}}\n", ""},
		{"a note in another's name", "  - {id: more, write: xero.createInvoiceHistory, with: {InvoiceID: \"${invoice.InvoiceID}\"}, body: {Details: x, User: Ann}}\n", "read-only-field"},
		{"a note without text", "  - {id: more, write: xero.createInvoiceHistory, with: {InvoiceID: \"${invoice.InvoiceID}\"}, body: {}}\n", "missing-field"},
		{"a void", "  - {id: more, write: xero.updateInvoice, with: {InvoiceID: \"${invoice.InvoiceID}\"}, body: {Status: VOIDED}}\n", ""},
		{"paid by decree", "  - {id: more, write: xero.updateInvoice, with: {InvoiceID: \"${invoice.InvoiceID}\"}, body: {Status: PAID}}\n", "unreachable-state"},
		{"a group and a member", `
  - {id: more, ensure: xero.ContactGroup, find: {Name: Won}, create: {Name: Won}}
  - {id: member, write: xero.createContactGroupContacts, with: {ContactGroupID: "${more.ContactGroupID}"}, body: {ContactID: "${contact.ContactID}"}}
  - {id: out, write: xero.deleteContactGroupContact, with: {ContactGroupID: "${more.ContactGroupID}", ContactID: "${contact.ContactID}"}}
`, ""},
		{"a contact forgotten by decree", "  - {id: more, write: xero.updateContact, with: {ContactID: \"${contact.ContactID}\"}, body: {ContactStatus: GDPRREQUEST}}\n", "unreachable-state"},
		{"a currency", "  - {id: more, write: xero.createCurrency, key: {Code: \"${account.Name}\"}, body: {}}\n", ""},
		{"an item by its code", "  - {id: more, write: xero.updateOrCreateItems, body: {Code: SEAT, Name: Seat}}\n", ""},
		{"who is connected", "  - {id: more, read: xero.getConnections}\n  - {id: one, assert: \"${more.size() == 1}\"}\n", ""},
		{"what is allowed", "  - {id: more, read: xero.getOrganisationActions}\n  - {id: may, assert: \"${more.exists(a, a.Name == 'CreateApprovedInvoice' && a.Status == 'ALLOWED')}\"}\n", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			p, found := plan.Parse("plan.yaml", []byte(fill(t, cat, before+strings.TrimPrefix(c.steps, "\n"))))
			if len(found) > 0 {
				t.Fatal(render(found))
			}
			_, found = check.Check(p, cat)
			var codes []string
			for _, d := range found {
				if d.Severity == "error" {
					codes = append(codes, string(d.Code))
				}
			}
			if got := strings.Join(codes, " "); got != c.want {
				t.Errorf("found %q, want %q:\n%s", got, c.want, render(found))
			}
		})
	}
}
