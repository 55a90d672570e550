package catalog_test

import (
	"os"
	"slices"
	"testing"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// phrases are what people might type, with the operations that would do.
var phrases = []struct {
	say  string
	want []string
}{
	{"create an invoice", []string{"xero.createInvoices"}},
	{"raise a bill", []string{"xero.createInvoices"}},
	{"add a customer in xero", []string{"xero.createContacts"}},
	{"list all contacts", []string{"xero.getContacts"}},
	{"find a contact", []string{"xero.getContact", "xero.getContacts"}},
	{"contact by contact number", []string{"xero.getContactByContactNumber"}},
	{"update the contact", []string{"xero.updateContact"}},
	{"read one invoice", []string{"xero.getInvoice"}},
	{"email the invoice", []string{"xero.emailInvoice"}},
	{"online invoice link", []string{"xero.getOnlineInvoice"}},
	{"tax rates", []string{"xero.getTaxRates"}},
	{"vat rates in xero", []string{"xero.getTaxRates"}},
	{"chart of accounts", []string{"xero.getAccounts"}},
	{"create a credit note", []string{"xero.createCreditNotes"}},
	{"allocate a credit note", []string{"xero.createCreditNoteAllocation"}},
	{"delete a payment", []string{"xero.deletePayment"}},
	{"record a payment", []string{"xero.createPayment", "xero.createPayments"}},
	{"add a note to invoice history", []string{"xero.createInvoiceHistory"}},
	{"show invoice history", []string{"xero.getInvoiceHistory"}},
	{"attachments of an invoice", []string{"xero.getInvoiceAttachments"}},
	{"list currencies", []string{"xero.getCurrencies"}},
	{"new quote", []string{"xero.createQuotes"}},
	{"get the organisation", []string{"xero.getOrganisations"}},
	{"create items", []string{"xero.createItems"}},
	{"delete an item", []string{"xero.deleteItem"}},
	{"create a purchase order", []string{"xero.createPurchaseOrders"}},
	{"branding themes", []string{"xero.getBrandingThemes"}},
	{"balance sheet report", []string{"xero.getReportBalanceSheet"}},
	{"update the deal", []string{"salesforce.Opportunity.update"}},
	{"read the opportunity", []string{"salesforce.Opportunity.get"}},
	{"get an account in salesforce", []string{"salesforce.Account.get"}},
	{"create a product in sfdc", []string{"salesforce.Product2.create"}},
	{"describe an object in salesforce", []string{"salesforce.describe"}},
}

func TestSearchFindsOperations(t *testing.T) {
	sources := specs.Embedded()
	if real, err := os.ReadFile("../../../shared/specs/xero_accounting.yaml"); err == nil {
		sources[1].Spec = real // seven times as many operations to go wrong with
	} else {
		t.Skipf("the vendor's Xero description is not here: %v", err)
	}
	c, list := catalog.Open("", sources)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	first, third := 0, 0
	for _, p := range phrases {
		var names []string
		for _, h := range c.Search(p.say, 40) {
			if h.Kind == catalog.HitOperation {
				names = append(names, h.Name)
			}
		}
		at := slices.IndexFunc(names, func(n string) bool { return slices.Contains(p.want, n) })
		if at == 0 {
			first++
		}
		if at >= 0 && at < 3 {
			third++
		}
		if at != 0 {
			t.Logf("%q: %v at %d behind %v", p.say, p.want, at, names[:min(3, len(names))])
		}
	}
	n := len(phrases)
	t.Logf("first %d, among three %d, of %d", first, third, n)
	if first*100 < 85*n || third*100 < 95*n {
		t.Errorf("first %d and among three %d of %d; want 85%% and 95%%", first, third, n)
	}
}
