package xero

import (
	"slices"
	"strings"
	"time"
)

// broadEnd is when broad scopes stop to work: 13 September 2027.
const broadEnd = 1820793600

// broad reports whether a scope is one of those that granular ones replace.
func broad(scope string) bool {
	return scope == "accounting.reports.read" || strings.TrimSuffix(scope, ".read") == "accounting.transactions"
}

// reports are the reports with a scope of their own, by their name in paths.
func reports() map[string]string {
	return map[string]string{
		"AgedReceivablesByContact": "aged", "AgedPayablesByContact": "aged", "BalanceSheet": "balancesheet", "BankSummary": "banksummary",
		"BudgetSummary": "budgetsummary", "ExecutiveSummary": "executivesummary", "ProfitAndLoss": "profitandloss",
		"TrialBalance": "trialbalance", "TaxReports": "taxreports",
	}
}

// scopesKnown are the scopes a client may ask for, granular and (until September 2027)
// broad.
func scopesKnown() []string {
	var out []string
	for _, s := range []string{
		"accounting.invoices", "accounting.payments", "accounting.banktransactions", "accounting.manualjournals",
		"accounting.contacts", "accounting.settings", "accounting.attachments", "accounting.transactions", "accounting.classicexpenses",
	} {
		out = append(out, s, s+".read")
	}
	for _, name := range reports() {
		out = append(out, "accounting.reports."+name+".read")
	}
	out = append(out, "accounting.reports.read", "accounting.budgets.read", "accounting.journals.read",
		"offline_access", "openid", "profile", "email")
	slices.Sort(out)
	return slices.Compact(out)
}

// appScopes are those that any app may use without an organisation.
func appScopes() []string { return []string{"app.connections", "marketplace.billing"} }

// granular names the scope of a path below the API's root, and the broad one that covers it
// too. An attachment has its scope whatever it hangs on.
func granular(path []string) (scope, wide string) {
	if len(path) > 2 && path[2] == "Attachments" {
		return "accounting.attachments", ""
	}
	const transactions = "accounting.transactions"
	switch path[0] {
	case "Invoices", "CreditNotes", "Quotes", "PurchaseOrders", "RepeatingInvoices", "LinkedTransactions":
		return "accounting.invoices", transactions
	case "Payments", "BatchPayments", "Overpayments", "Prepayments":
		return "accounting.payments", transactions
	case "BankTransactions", "BankTransfers":
		return "accounting.banktransactions", transactions
	case "ManualJournals":
		return "accounting.manualjournals", transactions
	case "ExpenseClaims", "Receipts":
		return "accounting.classicexpenses", transactions
	case "Contacts", "ContactGroups":
		return "accounting.contacts", ""
	case "Journals":
		return "accounting.journals", ""
	case "Budgets":
		return "accounting.budgets", ""
	case "Reports":
		if len(path) > 1 {
			return "accounting.reports." + reports()[path[1]], "accounting.reports"
		}
		return "accounting.reports", ""
	}
	return "accounting.settings", ""
}

// permitted reports whether one of the scopes allows a call. A read needs the scope or its
// .read form; a write the scope itself. That accounting.invoices covers Items is the scope
// page's word; the spec says otherwise.
func (t *Twin) permitted(scopes, path []string, write bool, now time.Time) bool {
	scope, wide := granular(path)
	needed := []string{scope, wide}
	if path[0] == "Items" && !t.otherwise[doubtItemsScope] {
		needed = append(needed, "accounting.invoices")
	}
	return slices.ContainsFunc(scopes, func(s string) bool {
		if broad(s) && t.house.broadGone(now) {
			return false
		}
		return slices.Contains(needed, s) || !write && strings.HasSuffix(s, ".read") && slices.Contains(needed, strings.TrimSuffix(s, ".read"))
	})
}

// broadGone reports whether broad scopes have stopped to work.
func (h *house) broadGone(now time.Time) bool {
	return h.decided(doubtBroadScopes) || now.Unix() >= broadEnd
}

// mayAsk reports whether an app may ask for all of the scopes.
func (h *house) mayAsk(a *app, scopes []string) bool {
	return !slices.ContainsFunc(scopes, func(s string) bool {
		return !slices.Contains(a.Scopes, s) || broad(s) && h.broadGone(h.o.Now())
	})
}
