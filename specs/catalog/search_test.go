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
	{"find a contact", []string{"xero.getContact", "xero.getContacts", "salesforce.Contact.get"}},
	{"contact by contact number", []string{"xero.getContactByContactNumber"}},
	{"update the contact", []string{"xero.updateContact", "salesforce.Contact.update"}},
	{"update the contact in xero", []string{"xero.updateContact"}},
	{"upsert the deal in salesforce", []string{"salesforce.Opportunity.upsert"}},
	{"delete the task", []string{"salesforce.Task.delete"}},
	{"read the price book entry", []string{"salesforce.PricebookEntry.get"}},
	{"limits of salesforce", []string{"salesforce.limits"}},
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
	{"allocate a credit note to an invoice", []string{"xero.createCreditNoteAllocation"}},
	{"allocate an overpayment", []string{"xero.createOverpaymentAllocations"}},
	{"add a note to an invoice", []string{"xero.createInvoiceHistory"}},
	{"add a comment to a contact", []string{"xero.createContactHistory"}},
	{"list payments", []string{"xero.getPayments"}},
	{"list all credit notes", []string{"xero.getCreditNotes"}},
	{"read one prepayment", []string{"xero.getPrepayment"}},
	{"all overpayments", []string{"xero.getOverpayments"}},
	{"create a contact group", []string{"xero.createContactGroup"}},
	{"allowed actions of the organisation", []string{"xero.getOrganisationActions"}},
	{"add a currency", []string{"xero.createCurrency"}},
	{"tracking categories", []string{"xero.getTrackingCategories"}},
	{"update an item", []string{"xero.updateItem"}},
	{"read an account in xero", []string{"xero.getAccount"}},
	{"list connections", []string{"xero.getConnections"}},
}

func TestSearchFindsOperations(t *testing.T) {
	t.Run("ours", func(t *testing.T) { findsOperations(t, specs.Embedded()) })
	t.Run("the vendor's", func(t *testing.T) {
		sources := specs.Embedded()
		real, err := os.ReadFile("../../../shared/specs/xero_accounting.yaml")
		if err != nil {
			t.Skipf("the vendor's Xero description is not here: %v", err)
		}
		sources[1].Spec = real // four times as many operations to go wrong with
		findsOperations(t, sources)
	})
}

// findsOperations searches for every phrase that the sources have an operation for.
func findsOperations(t *testing.T, sources []catalog.Source) {
	c, list := catalog.Open("", sources)
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	first, third, n := 0, 0, 0
	for _, p := range phrases {
		if !slices.ContainsFunc(p.want, func(name string) bool { _, ok := c.Operation(name); return ok }) {
			continue
		}
		n++
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
	t.Logf("first %d, among three %d, of %d", first, third, n)
	if n < 40 || first*100 < 85*n || third*100 < 95*n {
		t.Errorf("first %d and among three %d of %d; want 85%% and 95%% of 40 or more", first, third, n)
	}
}

func TestSearch(t *testing.T) {
	c, _ := catalog.Open("", specs.Embedded())
	for _, w := range []struct {
		say  string
		kind catalog.HitKind
		name string
		why  string // one of the reasons
	}{
		{"raise a bill", catalog.HitOperation, "xero.createInvoices", `"bill" means invoice`},
		{"createInvoices", catalog.HitOperation, "xero.createInvoices", "its own name"},
		{"update the deal", catalog.HitOperation, "salesforce.Opportunity.update", `"deal" means opportunity`},
		{"get an account in salesforce", catalog.HitOperation, "salesforce.Account.get", "names salesforce"},
		{"get an account in xero", catalog.HitOperation, "xero.getAccount", "names xero"},
		{"tax rate", catalog.HitObject, "xero.TaxRate", "tax"},
		{"invoice due date", catalog.HitField, "xero.Invoice.DueDate", "due"},
		{"opportunity close date", catalog.HitField, "salesforce.Opportunity.CloseDate", "close"},
		{"deal amount", catalog.HitField, "salesforce.Opportunity.Amount", "amount"},
	} {
		hits := c.Search(w.say, 5)
		if len(hits) == 0 || hits[0].Kind != w.kind || hits[0].Name != w.name {
			t.Errorf("%q: %+v, want %s %s", w.say, hits, w.kind, w.name)
			continue
		}
		if h := hits[0]; h.Score < 1 || h.Score > 100 || !slices.Contains(h.Why, w.why) {
			t.Errorf("%q: score %d, reasons %q, want %q among them", w.say, h.Score, h.Why, w.why)
		}
	}
}

func TestSearchBounds(t *testing.T) {
	c, _ := catalog.Open("", specs.Embedded())
	for _, say := range []string{"", "   ", "the of", "zzz qqq", "\x00\xff", "create"} {
		if hits := c.Search(say, 10); len(hits) != 0 {
			t.Errorf("%q found %v", say, hits[0])
		}
	}
	if n := len(c.Search("invoice", 3)); n != 3 {
		t.Errorf("%d hits, want 3", n)
	}
	for _, limit := range []int{0, -1} {
		if n := len(c.Search("invoice", limit)); n != 0 {
			t.Errorf("limit %d gave %d hits", limit, n)
		}
	}
	hits := c.Search("invoice", 1000)
	if !slices.IsSortedFunc(hits, func(a, b catalog.Hit) int { return b.Score - a.Score }) {
		t.Error("hits are not sorted by score")
	}
	again := c.Search("invoice", 1000)
	for i := range hits {
		if hits[i].Name != again[i].Name {
			t.Fatalf("two searches differ at %d: %s, %s", i, hits[i].Name, again[i].Name)
		}
	}
}
