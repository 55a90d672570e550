package xero

import (
	"github.com/planwright/planwright/internal/decimal"
)

// Types of credits.
const (
	typeSaleCredit = "ACCRECCREDIT"
	typeBillCredit = "ACCPAYCREDIT"

	typeReceive            = "RECEIVE"
	typeSpend              = "SPEND"
	typeReceivePrepayment  = "RECEIVE-PREPAYMENT"
	typeSpendPrepayment    = "SPEND-PREPAYMENT"
	typeReceiveOverpayment = "RECEIVE-OVERPAYMENT"
	typeSpendOverpayment   = "SPEND-OVERPAYMENT"
)

// moneyOperations are those on payments, credits, bank transactions and currencies.
func (t *Twin) moneyOperations() map[string]operation {
	out := map[string]operation{"PUT Currencies": t.writeCurrencies}
	for name, write := range map[string]operation{
		"Payments": t.writePayments, "CreditNotes": t.writeCreditNotes,
		"BankTransactions": t.writeBankTransactions, "BatchPayments": t.writeBatchPayments,
	} {
		out["PUT "+name], out["POST "+name], out["POST "+name+"/{id}"] = write, write, write
	}
	for _, name := range []string{"CreditNotes", "Prepayments", "Overpayments"} {
		out["PUT "+name+"/{id}/Allocations"] = t.writeAllocations
		out["DELETE "+name+"/{id}/Allocations/{id}"] = t.deleteAllocation
	}
	return out
}

// buys says whether a document of a type is about what the organisation buys.
func buys(kind string) bool {
	switch kind {
	case typeBill, typeBillCredit, typeSpend, typeSpendPrepayment, typeSpendOverpayment:
		return true
	}
	return false
}

// Members of invoices that sum the money on them.
const (
	byPayment = "AmountPaid"
	byCredit  = "AmountCredited"
)

// claim is a document that payments go against: an invoice, or a credit to be refunded.
type claim struct {
	collection string // "CreditNotes"
	member     string // of a payment: "CreditNote"
	number     string // member by which it may be named, or ""
	shownAs    [2]string
	payment    [2]string
}

// claims lists the four kinds. Both pairs are for sales, then purchases: the type that a
// payment shows its document as, and the type of the payment.
func claims() []claim {
	return []claim{
		{"Invoices", "Invoice", "InvoiceNumber", [2]string{typeSale, typeBill}, [2]string{"ACCRECPAYMENT", "ACCPAYPAYMENT"}},
		{"CreditNotes", "CreditNote", "CreditNoteNumber", [2]string{typeSaleCredit, typeBillCredit}, [2]string{"ARCREDITPAYMENT", "APCREDITPAYMENT"}},
		{"Prepayments", "Prepayment", "", [2]string{"ARPREPAYMENT", "APPREPAYMENT"}, [2]string{"ARPREPAYMENTPAYMENT", "APPREPAYMENTPAYMENT"}},
		{"Overpayments", "Overpayment", "", [2]string{"AROVERPAYMENT", "APOVERPAYMENT"}, [2]string{"AROVERPAYMENTPAYMENT", "APOVERPAYMENTPAYMENT"}},
	}
}

// of picks from a pair of claims by the type of a document.
func of(pair [2]string, kind string) string {
	if buys(kind) {
		return pair[1]
	}
	return pair[0]
}

// document finds what a payment was made against, by the id it shows.
func (t *Twin) document(id string) (claim, *row) {
	for _, c := range claims() {
		if at := t.tables[c.collection].byID[id]; at != nil {
			return c, at
		}
	}
	return claim{}, nil
}

// outstanding is what can still be paid of an invoice, or used of a credit.
func outstanding(rec record) decimal.Decimal {
	if rec["AmountDue"] != nil {
		return toDecimal(rec["AmountDue"])
	}
	return toDecimal(rec["RemainingCredit"])
}

// post puts an amount on a document, or takes it off when negative, and stores what
// follows: sums, status, the day it was settled, and its change stamp. member says which
// sum of an invoice it belongs to.
func (t *Twin) post(q *call, collection string, rec record, member string, amount decimal.Decimal) {
	was := str(rec, "Status")
	if collection == "Invoices" {
		rec[member] = number(toDecimal(rec[member]).Add(amount), 2)
		rec["FullyPaidOnDate"] = settledOn(rec)
		settle(rec)
	} else {
		rec["RemainingCredit"] = number(toDecimal(rec["RemainingCredit"]).Sub(amount), 2)
		rec["FullyPaidOnDate"] = t.usedOn(rec)
		settleCredit(rec)
	}
	if was == statusPaid && t.otherwise[doubtPaidReturns] {
		rec["Status"] = statusPaid
	}
	if str(rec, "Status") != statusPaid || !has(t.tables[collection].shape, "FullyPaidOnDate") {
		delete(rec, "FullyPaidOnDate")
	}
	rec["UpdatedDateUTC"] = stamp(q.now)
	t.store(t.tables[collection], rec, "")
}

// settleCredit gives a credit the status that follows from what is left of it: PAID
// when used up, and back. That a credit of total zero is PAID at once is believed.
func settleCredit(rec record) {
	left := toDecimal(rec["RemainingCredit"])
	switch status := str(rec, "Status"); {
	case status == statusVoided || status == statusDeleted:
		rec["RemainingCredit"] = number(decimal.Zero(), 2)
	case status == statusAuthorised && left.IsZero():
		rec["Status"] = statusPaid
	case status == statusPaid && !left.IsZero():
		rec["Status"] = statusAuthorised
	}
}

// settledOn is the last day on which money or credit came onto an invoice. A credit
// counts from the later one of the two documents' dates.
func settledOn(rec record) string {
	last := latest(rec["Payments"], "")
	for _, list := range []string{"CreditNotes", "Prepayments", "Overpayments"} {
		if uses, _ := rec[list].([]any); len(uses) > 0 {
			last = max(last, latest(rec[list], str(rec, "Date")))
		}
	}
	return last
}

// usedOn is the last day on which a credit was refunded or allocated.
func (t *Twin) usedOn(rec record) string {
	last := latest(rec["Payments"], str(rec, "Date"))
	list, _ := rec["Allocations"].([]any)
	for _, e := range list {
		target, _ := e.(record)["Invoice"].(record)
		if at := t.tables["Invoices"].byID[str(target, "InvoiceID")]; at != nil {
			last = max(last, str(at.rec, "Date"))
		}
	}
	return last
}

// latest is the last Date in a list, or least when that is later.
func latest(list any, least string) string {
	entries, _ := list.([]any)
	for _, e := range entries {
		if entry, ok := e.(record); ok {
			least = max(least, str(entry, "Date"))
		}
	}
	return least
}

// without returns a list less its first entry that holds all the given members.
func without(list any, match record) []any {
	entries, _ := list.([]any)
	kept, gone := []any{}, false
	for _, e := range entries {
		entry, _ := e.(record)
		same := !gone
		for name, v := range match {
			same = same && entry[name] == v
		}
		if same {
			gone = true
			continue
		}
		kept = append(kept, e)
	}
	return kept
}

// with returns a list and one more entry.
func with(list any, entry record) []any {
	entries, _ := list.([]any)
	return append(append([]any{}, entries...), entry)
}

// closedDay refuses money on or before a lock date, as documents are.
func (t *Twin) closedDay(day string, o *outcome) {
	d := &invoiceDraft{rec: record{"Date": day}}
	t.judgeLocks(d)
	o.problems = append(o.problems, d.o.problems...)
}

// today is the day it is where the organisation is.
func (t *Twin) today(q *call) string { return q.now.In(t.zone).Format(dayLayout) }
