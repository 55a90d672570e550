package xero

import (
	"maps"
	"slices"
)

// Texts of refused bank transactions, all believed.
const (
	textBankType    = "Bank transaction type must be RECEIVE or SPEND, or one of an overpayment or a prepayment"
	textBankAccount = "The bank account of the transaction is not valid"
	textBankStatus  = "Bank transaction not of valid status for modification"
	textBankLine    = "An overpayment has one line item"
	textBankUsed    = "The bank transaction cannot be deleted because its credit has been refunded or allocated"
	textBankFixed   = "Overpayments and prepayments can only be deleted"
	textBankTotal   = "The total of a bank transaction must be more than zero"
	textBankSettled = "The bank transaction has been reconciled and cannot be changed"
)

// writeBankTransactions answers PUT and POST of bank transactions. One of an overpayment
// or a prepayment makes that credit; deleting the one voids the other.
func (t *Twin) writeBankTransactions(tb *table, q *call, id string) (reply, error) {
	return t.write(tb, q, id, func(in record, m mode, at *row) outcome {
		if given := str(in, "BankTransactionID"); m == modeUpsert && given != "" {
			at = tb.byID[given]
		}
		if at != nil {
			return t.updateBank(q, in, at)
		}
		return t.createBank(q, in)
	})
}

// creditMade names the collection of the credit that a bank transaction makes, if any.
func creditMade(kind string) string {
	switch kind {
	case typeReceivePrepayment, typeSpendPrepayment:
		return "Prepayments"
	case typeReceiveOverpayment, typeSpendOverpayment:
		return "Overpayments"
	}
	return ""
}

func (t *Twin) createBank(q *call, in record) outcome {
	d := &invoiceDraft{q: q, in: in, rec: t.newBank(q, in)}
	kind := str(in, "Type")
	if kind != typeReceive && kind != typeSpend && creditMade(kind) == "" {
		d.o.add(textBankType)
	}
	if str(d.rec, "Status") != statusAuthorised {
		d.o.add(textBankStatus)
	}
	block, _ := in["Contact"].(record)
	d.contact, d.made = t.pickContact(q, block, &d.o)
	t.setBankLines(d, t.bankLines(d))
	t.judgeBank(d)
	if len(d.o.problems) > 0 {
		return d.o
	}
	d.rec["BankTransactionID"] = t.newID()
	t.conclude(d, d.rec)
	t.makeCredit(q, d.rec)
	d.o.row = t.store(t.tables["BankTransactions"], d.rec, q.client)
	return d.o
}

// newBank fills what every bank transaction has. Amounts include tax unless said
// otherwise, as the description's example shows; those of overpayments have none.
func (t *Twin) newBank(q *call, in record) record {
	rec := record{
		"Status": statusAuthorised, "LineAmountTypes": inclusive, "Reference": "", "Date": t.today(q),
		"IsReconciled": false, "HasAttachments": false,
	}
	maps.Copy(rec, in)
	if creditMade(str(in, "Type")) == "Overpayments" {
		rec["LineAmountTypes"] = noTax
	}
	account, _ := t.payingAccount(record{"Account": in["BankAccount"]})
	if account != nil && str(rec, "CurrencyCode") == "" {
		rec["CurrencyCode"] = account.rec["CurrencyCode"]
	}
	if str(rec, "CurrencyCode") == "" {
		rec["CurrencyCode"] = t.base()
	}
	return rec
}

// bankLines judges the lines of a new transaction. The line of an overpayment stands on
// the receivables or payables, which no other line may.
func (t *Twin) bankLines(d *invoiceDraft) []record {
	kind := str(d.rec, "Type")
	j := t.lineJudge(d)
	var out []record
	for _, line := range linesOf(d.in) {
		delete(line, "LineItemID")
		if creditMade(kind) == "Overpayments" {
			out = append(out, t.overpaidLine(j, line, kind))
			continue
		}
		out = append(out, j.line(line, d.q.dp))
	}
	return out
}

func (t *Twin) setBankLines(d *invoiceDraft, lines []record) {
	list := make([]any, len(lines))
	for i, line := range lines {
		list[i] = line
	}
	d.rec["LineItems"] = list
	sums(d.rec)
	delete(d.rec, "IsDiscounted")
}

func (t *Twin) overpaidLine(j lineJudge, line record, kind string) record {
	system := "DEBTORS"
	if buys(kind) {
		system = "CREDITORS"
	}
	accounts := t.tables["Accounts"].ordered
	i := slices.IndexFunc(accounts, func(r *row) bool { return str(r.rec, "SystemAccount") == system })
	if code := str(line, "AccountCode"); code != "" && (i < 0 || code != str(accounts[i].rec, "Code")) {
		j.o.add(textAccount(code))
	}
	for _, name := range []string{"AccountCode", "AccountID", "TaxType", "ItemCode"} {
		delete(line, name)
	}
	j.approved = false // the account comes below
	out := j.line(line, 2)
	if i >= 0 {
		account := accounts[i].rec
		out["AccountID"], out["AccountCode"], out["TaxType"] = accounts[i].id, account["Code"], account["TaxType"]
	}
	return out
}

func (t *Twin) judgeBank(d *invoiceDraft) {
	rec, add := d.rec, d.o.add
	account, _ := t.payingAccount(record{"Account": rec["BankAccount"]})
	if account == nil || str(account.rec, "Type") != "BANK" {
		add(textBankAccount)
	} else {
		rec["BankAccount"] = record{"AccountID": account.id, "Code": str(account.rec, "Code")}
	}
	switch n := len(linesOf(rec)); {
	case n == 0:
		add(textNoLines)
	case n > 1 && creditMade(str(rec, "Type")) == "Overpayments":
		add(textBankLine)
	}
	if toDecimal(rec["Total"]).Sign() <= 0 && len(linesOf(rec)) > 0 {
		add(textBankTotal)
	}
	t.shapes.bankTransaction.lengths(d.in, add)
	t.judgeDocument(d)
	t.judgeLocks(d)
}

// makeCredit stores the overpayment or prepayment that comes of a bank transaction.
func (t *Twin) makeCredit(q *call, bank record) {
	collection := creditMade(str(bank, "Type"))
	if collection == "" {
		return
	}
	tb := t.tables[collection]
	rec := clone(omit(bank, "BankTransactionID", "BankAccount", "IsReconciled", "Url"))
	rec[tb.key] = t.newID()
	rec["RemainingCredit"], rec["Allocations"], rec["Payments"] = rec["Total"], []any{}, []any{}
	if str(bank, "Type") == typeReceivePrepayment {
		rec["InvoiceNumber"] = t.nextNumber()
		rec["Reference"] = rec["InvoiceNumber"]
	}
	bank[tb.key] = rec[tb.key]
	t.store(tb, rec, q.client)
}

// updateBank deletes a bank transaction, or merges what was sent into one that made no
// credit.
func (t *Twin) updateBank(q *call, in record, at *row) outcome {
	d := &invoiceDraft{q: q, in: in, at: at, rec: clone(at.rec), o: outcome{id: at.id}}
	collection := creditMade(str(at.rec, "Type"))
	ends := str(in, "Status") == statusDeleted || str(in, "Status") == statusVoided
	switch {
	case str(at.rec, "Status") != statusAuthorised:
		d.o.add(textBankStatus)
	case at.rec["IsReconciled"] == true:
		d.o.add(textBankSettled)
	case collection != "" && !ends:
		d.o.add(textBankFixed)
	}
	if kind := str(in, "Type"); kind != "" && kind != str(at.rec, "Type") {
		d.o.add(textTypeFixed)
	}
	if len(d.o.problems) > 0 {
		return d.o
	}
	if ends {
		return t.endBank(d, collection)
	}
	maps.Copy(d.rec, in)
	d.rec["BankTransactionID"], d.rec["Contact"] = at.id, at.rec["Contact"]
	if block, ok := in["Contact"].(record); ok {
		d.contact, d.made = t.pickContact(q, block, &d.o)
	}
	t.setBankLines(d, t.mergeLines(d))
	t.judgeBank(d)
	if len(d.o.problems) == 0 {
		t.conclude(d, d.rec)
		d.o.row = t.store(t.tables["BankTransactions"], d.rec, q.client)
	}
	return d.o
}

// endBank deletes a bank transaction and voids its credit, unless that is in use.
func (t *Twin) endBank(d *invoiceDraft, collection string) outcome {
	t.judgeLocks(d)
	if collection != "" {
		tb := t.tables[collection]
		credit := tb.byID[str(d.rec, tb.key)]
		if used(credit.rec) {
			d.o.add(textBankUsed)
		}
		if len(d.o.problems) == 0 {
			rec := maps.Clone(credit.rec)
			rec["Status"], rec["UpdatedDateUTC"] = statusVoided, stamp(d.q.now)
			settleCredit(rec)
			t.store(tb, rec, "")
		}
	}
	if len(d.o.problems) == 0 {
		d.rec["Status"], d.rec["UpdatedDateUTC"] = statusDeleted, stamp(d.q.now)
		d.o.row = t.store(t.tables["BankTransactions"], d.rec, d.q.client)
	}
	return d.o
}
