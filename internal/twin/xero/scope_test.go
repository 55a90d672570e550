package xero_test

import (
	"testing"

	"github.com/planwright/planwright/internal/twin/xero"
)

// TestScopes goes through the collections: the scope that reads, the one that writes, and a
// scope that does neither. A route that the twin has not answers 404 or 501 once let in.
func TestScopes(t *testing.T) {
	const transactions = "accounting.transactions"
	b := open(t, nil)
	in := func(scope, method, path string) bool {
		b.token = b.signIn(scope)
		body := ""
		if method != "GET" {
			body = `{}`
		}
		return b.call(method, path, body, "X-Off-Spec", "scopes alone").code != 401
	}
	for _, tt := range []struct{ path, scope, broad string }{
		{"/Invoices", "accounting.invoices", transactions},
		{"/CreditNotes", "accounting.invoices", transactions},
		{"/Quotes", "accounting.invoices", transactions},
		{"/PurchaseOrders", "accounting.invoices", transactions},
		{"/RepeatingInvoices", "accounting.invoices", transactions},
		{"/LinkedTransactions", "accounting.invoices", transactions},
		{"/Items", "accounting.settings", ""},
		{"/Items", "accounting.invoices", ""},
		{"/Payments", "accounting.payments", transactions},
		{"/BatchPayments", "accounting.payments", transactions},
		{"/Overpayments", "accounting.payments", transactions},
		{"/Prepayments", "accounting.payments", transactions},
		{"/BankTransactions", "accounting.banktransactions", transactions},
		{"/BankTransfers", "accounting.banktransactions", transactions},
		{"/ManualJournals", "accounting.manualjournals", transactions},
		{"/ExpenseClaims", "accounting.classicexpenses", transactions},
		{"/Receipts", "accounting.classicexpenses", transactions},
		{"/Contacts", "accounting.contacts", ""},
		{"/ContactGroups", "accounting.contacts", ""},
		{"/Accounts", "accounting.settings", ""},
		{"/BrandingThemes", "accounting.settings", ""},
		{"/Currencies", "accounting.settings", ""},
		{"/InvoiceReminders/Settings", "accounting.settings", ""},
		{"/Organisation", "accounting.settings", ""},
		{"/TaxRates", "accounting.settings", ""},
		{"/TrackingCategories", "accounting.settings", ""},
		{"/Users", "accounting.settings", ""},
		{"/Invoices/1/History", "accounting.invoices", transactions},
		{"/Invoices/1/Attachments", "accounting.attachments", ""},
		{"/Contacts/1/Attachments/a.pdf", "accounting.attachments", ""},
	} {
		t.Run(tt.path+" "+tt.scope, func(t *testing.T) {
			b.t = t
			if !in(tt.scope+".read", "GET", tt.path) || !in(tt.scope, "GET", tt.path) || !in(tt.scope, "PUT", tt.path) {
				t.Error("its scope is not enough")
			}
			if in(tt.scope+".read", "PUT", tt.path) {
				t.Error("a reading scope writes")
			}
			other := "accounting.manualjournals"
			if tt.scope == other {
				other = "accounting.contacts"
			}
			if in(other, "GET", tt.path) {
				t.Errorf("%s is enough", other)
			}
			if got := in(transactions+".read", "GET", tt.path); got != (tt.broad != "") {
				t.Errorf("the broad scope reads: %v", got)
			}
			if got := in(transactions, "PUT", tt.path); got != (tt.broad != "") {
				t.Errorf("the broad scope writes: %v", got)
			}
		})
	}
	b.t = t
	for path, scope := range map[string]string{
		"/Reports/AgedReceivablesByContact": "accounting.reports.aged.read", "/Reports/TrialBalance": "accounting.reports.trialbalance.read",
		"/Journals": "accounting.journals.read", "/Budgets": "accounting.budgets.read",
	} {
		if !in(scope, "GET", path) || in("accounting.settings", "GET", path) {
			t.Errorf("%s is not read by %s alone", path, scope)
		}
	}
	if !in("accounting.reports.read", "GET", "/Reports/BalanceSheet") || in("accounting.reports.aged.read", "GET", "/Reports/BalanceSheet") {
		t.Error("a report is not read by its own scope and the broad one alone")
	}
}

func TestScopesOfAnApp(t *testing.T) {
	b := open(t, func(o *xero.Options) { o.Scopes = []string{"accounting.contacts"} })
	form := map[string][]string{"grant_type": {"client_credentials"}, "scope": {"accounting.settings"}}
	if got := b.exchange(xero.DefaultClientID, xero.DefaultClientSecret, form).want(400).text("error"); got != "invalid_scope" {
		t.Errorf("error %s", got)
	}
	b.get("/Contacts").want(200)
	b.get("/Items").want(401)
}
