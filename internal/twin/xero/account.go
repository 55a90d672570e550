package xero

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// writeFirst runs save over the first element of a body, which is all that the
// one-at-a-time collections look at, and answers a refusal with a 400: these know no
// summarizeErrors. at is the record the path names, if it names one.
func (t *Twin) writeFirst(tb *table, q *call, id string, save func(in record, at *row) outcome) (reply, error) {
	in, err := elements(q, tb)
	if err != nil {
		return reply{}, err
	}
	var at *row
	if id != "" {
		if at = t.one(tb, id); at == nil {
			return reply{}, refuseAbsent()
		}
	}
	o := save(in[0], at)
	shown := t.show(tb, q, in[0], o, false)
	if len(o.problems) > 0 {
		return reply{}, refuseValidation([]any{shown})
	}
	return reply{name: tb.name, list: []any{shown}}, nil
}

// accountTypes are the types of accounts; classOf puts them into classes.
func accountTypes() []string {
	return []string{
		"BANK", "CURRENT", "CURRLIAB", "DEPRECIATN", "DIRECTCOSTS", "EQUITY", "EXPENSE", "FIXED", "INVENTORY", "LIABILITY",
		"NONCURRENT", "OTHERINCOME", "OVERHEADS", "PREPAYMENT", "REVENUE", "SALES", "TERMLIAB", "PAYG",
	}
}

// writeAccount answers PUT of a new account and POST of one that is there.
func (t *Twin) writeAccount(tb *table, q *call, id string) (reply, error) {
	return t.writeFirst(tb, q, id, func(in record, at *row) outcome {
		var o outcome
		rec := record{"Status": "ACTIVE", "EnablePaymentsToAccount": false, "ShowInExpenseClaims": false, "HasAttachments": false}
		if at != nil {
			o.id, rec = at.id, clone(at.rec)
		}
		maps.Copy(rec, in)
		rec["Class"], rec["UpdatedDateUTC"] = classOf(str(rec, "Type")), stamp(q.now)
		if taxType := t.usualTax(rec); str(rec, "TaxType") == "" && taxType != "" {
			rec["TaxType"] = taxType
		}
		t.checkAccount(rec, at, &o)
		if len(o.problems) > 0 {
			return o
		}
		rec["AccountID"] = o.id
		if at == nil {
			rec["AccountID"] = t.newID()
		}
		o.row = t.store(tb, rec, q.client)
		return o
	})
}

// usualTax is the tax type of a new account that was given none.
func (t *Twin) usualTax(account record) string {
	p, _ := presetOf(t.o.Region)
	taxType := p.none
	switch str(account, "Class") {
	case "REVENUE":
		taxType = p.sales
	case "EXPENSE":
		taxType = p.costs
	}
	if t.tables["TaxRates"].byID[taxType] == nil {
		return ""
	}
	return taxType
}

// checkAccount judges a whole account before it is stored in place of at (nil: as new).
func (t *Twin) checkAccount(rec record, at *row, o *outcome) {
	code, name := str(rec, "Code"), str(rec, "Name")
	status := str(rec, "Status")
	if at != nil && str(at.rec, "SystemAccount") != "" && status != "ACTIVE" {
		o.add(textSystemAccount)
	}
	if at != nil && str(at.rec, "Status") == statusDeleted {
		o.add(textAccountGone)
	}
	if !slices.Contains([]string{"ACTIVE", "ARCHIVED", statusDeleted}, status) || at == nil && status != "ACTIVE" {
		o.add(textAccountStatus)
	}
	if !slices.Contains(accountTypes(), str(rec, "Type")) {
		o.add(textAccountType)
	}
	if len([]rune(code)) > 10 {
		o.add("Account Code is too long. Maximum of 10 characters allowed")
	}
	if code == "" && str(rec, "Type") != "BANK" {
		o.add(textAccountCode)
	}
	if name == "" || t.takenBy(at, "Name", name) {
		o.add("Please enter a unique Name.")
	}
	if code != "" && t.takenBy(at, "Code", code) {
		o.add("Please enter a unique Code.")
	}
	if str(rec, "Type") == "BANK" && str(rec, "BankAccountNumber") == "" && at == nil {
		o.add(textBankNumber)
	}
	if currency := str(rec, "CurrencyCode"); currency != "" && t.tables["Currencies"].byID[currency] == nil {
		o.add("The current organisation is not subscribed to currency '" + currency + "'.")
	}
	if taxType := str(rec, "TaxType"); taxType != "" && t.tables["TaxRates"].byID[taxType] == nil {
		o.add(textTaxTypeUnknown(taxType))
	}
	t.shapes.account.lengths(record{"Name": name}, o.add)
}

// takenBy says whether another account than at, not a deleted one, has the value.
func (t *Twin) takenBy(at *row, member, value string) bool {
	return slices.ContainsFunc(t.tables["Accounts"].find(member, value), func(r *row) bool {
		return r != at && str(r.rec, "Status") != statusDeleted
	})
}

// deleteAccount answers DELETE of an account that nothing was posted to.
func (t *Twin) deleteAccount(tb *table, q *call, id string) (reply, error) {
	at := t.one(tb, id)
	if at == nil {
		return reply{}, refuseAbsent()
	}
	switch {
	case str(at.rec, "SystemAccount") != "":
		return reply{}, refuseRecord(tb, at, textSystemAccount)
	case str(at.rec, "Status") == statusDeleted:
		return reply{}, refuseRecord(tb, at, textAccountGone)
	case t.used("AccountID", at.id):
		return reply{}, refuseRecord(tb, at, textAccountUsed)
	}
	rec := clone(at.rec)
	rec["Status"], rec["UpdatedDateUTC"] = statusDeleted, stamp(q.now)
	return reply{name: tb.name, list: []any{t.render(tb, t.store(tb, rec, q.client), q.dp, viewFull)}}, nil
}

// used says whether a line of any document has the value. It looks at all of them, for
// deletions are rare.
func (t *Twin) used(member, value string) bool {
	for _, tb := range t.tables {
		if !has(tb.shape, "LineItems") {
			continue
		}
		for _, r := range tb.ordered {
			if slices.ContainsFunc(linesOf(r.rec), func(line record) bool { return strings.EqualFold(str(line, member), value) }) {
				return true
			}
		}
	}
	return false
}

// actions answers GET /Organisation/Actions: what the plan and the user allow. A world
// names in the organisation's Actions what is not allowed.
func (t *Twin) actions(_ *table, _ *call, id string) (reply, error) {
	if id != "Actions" {
		return reply{}, refuseAbsent()
	}
	list := []any{}
	for _, name := range []string{
		"CreateApprovedInvoice", "CreateDraftInvoice", "CreateApprovedBill", "CreateDraftBill", "CreateInvoicePayment", "UseMulticurrency",
		"AttachFilesIntoInvoice", "CreateRepeatingInvoice", "CreateRepeatingBill", "CreateDraftQuote", "CreateSentQuote",
		"CreateDraftPurchaseOrder", "CreateApprovedPurchaseOrder", "ApproveTransactionsBeforePeriodLockDate",
	} {
		list = append(list, map[string]any{"Name": name, "Status": t.mayDo(name)})
	}
	return reply{name: "Actions", list: list}, nil
}

// mayDo is the status of an action. Adviser's rights, which lock dates do not stop, are
// not the app's unless the world says so.
func (t *Twin) mayDo(action string) string {
	list, _ := t.organisation()["Actions"].([]any)
	for _, e := range list {
		if a, ok := e.(record); ok && str(a, "Name") == action {
			return cmp.Or(str(a, "Status"), "ALLOWED")
		}
	}
	if action == "ApproveTransactionsBeforePeriodLockDate" {
		return "NOT-ALLOWED"
	}
	return "ALLOWED"
}
