package xero

import (
	"fmt"

	"github.com/planwright/planwright/internal/decimal"
)

// completeMoney fills what a world leaves out of payments and credits, and applies them.
// A payment that its document does not list, and the allocations of a credit that does
// not say what remains of it, change their documents; the others, as in a world that was
// written by a twin, have done so before.
func (t *Twin) completeMoney(collection string, rec record) (record, error) {
	switch collection {
	case "Currencies":
		t.completeCurrency(rec)
	case "Payments":
		return rec, t.completePayment(rec)
	case "CreditNotes":
		full := t.newCredit(rec)
		t.noteCredit(str(full, "CreditNoteNumber"))
		if str(full, "Type") == typeSaleCredit && str(full, "CreditNoteNumber") == "" {
			t.credit++
			full["CreditNoteNumber"] = fmt.Sprintf("%s%04d", creditPrefix, t.credit)
		}
		return full, t.completeCredit(collection, full)
	case "Prepayments", "Overpayments":
		full := t.newBank(&call{now: t.made}, rec)
		delete(full, "IsReconciled")
		if full["Payments"] == nil {
			full["Payments"] = []any{}
		}
		if full["Allocations"] == nil {
			full["Allocations"] = []any{}
		}
		return full, t.completeCredit(collection, full)
	case "BankTransactions":
		full := t.newBank(&call{now: t.made}, rec)
		return full, t.completeCredit(collection, full)
	case "BatchPayments":
		if rec["Status"] == nil {
			rec["Status"], rec["IsReconciled"] = statusAuthorised, false
		}
	}
	return rec, nil
}

// completeCredit computes a credit or bank transaction of a world from its lines.
func (t *Twin) completeCredit(collection string, rec record) error {
	block, _ := rec["Contact"].(record)
	var o outcome
	at, _ := t.pickContact(&call{now: t.made}, block, &o)
	if at == nil {
		return fmt.Errorf("the contact of a record is not there")
	}
	rec["Contact"] = record{"ContactID": at.id}
	j := lineJudge{t: t, invoice: rec, o: &o}
	lines := []any{}
	for _, line := range linesOf(rec) {
		if str(line, "LineItemID") == "" {
			line["LineItemID"] = t.newID()
		}
		lines = append(lines, j.stored(line))
	}
	rec["LineItems"] = lines
	if rec["Total"] == nil {
		sums(rec)
	}
	delete(rec, "IsDiscounted")
	for _, name := range []string{"SubTotal", "TotalTax"} {
		if rec[name] == nil {
			rec[name] = number(decimal.Zero(), 2)
		}
	}
	if rec["RemainingCredit"] != nil || collection == "BankTransactions" {
		return nil
	}
	rec["RemainingCredit"] = rec["Total"]
	return t.completeAllocations(collection, rec)
}

// completeAllocations uses a credit of a world on the invoices that its allocations name.
func (t *Twin) completeAllocations(collection string, rec record) error {
	tb := t.tables[collection]
	list, _ := rec["Allocations"].([]any)
	left := toDecimal(rec["Total"])
	for _, e := range list {
		a, _ := e.(record)
		target, _ := a["Invoice"].(record)
		at := t.tables["Invoices"].first(str(target, "InvoiceID"))
		if at == nil {
			at = t.saleByNumber(str(target, "InvoiceNumber"))
		}
		if at == nil {
			return fmt.Errorf("the invoice of an allocation is not there")
		}
		if str(a, "AllocationID") == "" {
			a["AllocationID"] = t.newID()
		}
		a["Invoice"] = record{"InvoiceID": at.id, "InvoiceNumber": str(at.rec, "InvoiceNumber")}
		if str(a, "Date") == "" {
			a["Date"] = str(rec, "Date")
		}
		left = left.Sub(toDecimal(a["Amount"]))
		invoice := clone(at.rec)
		invoice[collection] = with(invoice[collection], useOf(tb, rec, a))
		t.post(&call{now: t.made}, "Invoices", invoice, byCredit, toDecimal(a["Amount"]))
	}
	rec["RemainingCredit"] = number(left, 2)
	settleCredit(rec)
	if str(rec, "Status") == statusPaid && collection == "CreditNotes" {
		rec["FullyPaidOnDate"] = t.usedOn(rec)
	}
	return nil
}

// completePayment fills a payment of a world, and applies it unless its document lists it.
func (t *Twin) completePayment(rec record) error {
	named := record{}
	for _, c := range claims() {
		for _, name := range []string{c.member, c.number} {
			if v := rec[name]; name != "" && v != nil {
				named[name] = v
				delete(rec, name)
			}
		}
	}
	c, at, problem := t.payable(named)
	if target, _ := named["Invoice"].(record); at == nil {
		c, at = t.document(str(target, "InvoiceID")) // a credit, as payments show it
	}
	if at == nil {
		return fmt.Errorf("a payment: %s", problem)
	}
	if account, _ := t.payingAccount(rec); account != nil {
		rec["Account"] = record{"AccountID": account.id, "Code": str(account.rec, "Code")}
	}
	delete(rec, "Code")
	rec["Invoice"] = t.paid(c, at)
	for name, v := range map[string]any{
		"Status": statusAuthorised, "HasAccount": true, "IsReconciled": false, "Reference": "", "Date": t.made.In(t.zone).Format(dayLayout),
		"CurrencyRate": at.rec["CurrencyRate"], "PaymentType": of(c.payment, str(at.rec, "Type")),
	} {
		if rec[name] == nil {
			rec[name] = v
		}
	}
	id := str(rec, "PaymentID")
	listed, _ := at.rec["Payments"].([]any)
	if str(rec, "Status") == statusAuthorised && len(without(listed, record{"PaymentID": id})) == len(listed) {
		t.applyPayment(&call{now: t.made}, rec, c, at)
	}
	return nil
}
