package xero

import (
	"github.com/planwright/planwright/internal/decimal"
)

// writePayments answers PUT of payments on approved invoices.
func (t *Twin) writePayments(tb *table, q *call, id string) (reply, error) {
	return t.write(tb, q, id, func(in record, _ mode, _ *row) outcome {
		var o outcome
		invoice := t.paidInvoice(in)
		if invoice == nil {
			o.add(textPaymentTarget)
			return o
		}
		account := t.paidFrom(in)
		if account == nil {
			o.add(textPaymentAccount)
		}
		amount := toDecimal(in["Amount"])
		switch {
		case str(invoice.rec, "Status") != statusAuthorised:
			o.add(textPaymentState)
		case amount.Sign() <= 0 || amount.Cmp(toDecimal(invoice.rec["AmountDue"])) > 0:
			o.add(textPaymentOver)
		}
		if len(o.problems) > 0 {
			return o
		}
		o.row = t.pay(q, invoice, in, account)
		return o
	})
}

func (t *Twin) paidInvoice(in record) *row {
	target, _ := in["Invoice"].(record)
	if id := str(target, "InvoiceID"); id != "" {
		return t.tables["Invoices"].byID[id]
	}
	return t.saleByNumber(str(target, "InvoiceNumber"))
}

// paidFrom finds the account: a bank account, or one that payments are enabled on.
func (t *Twin) paidFrom(in record) *row {
	target, _ := in["Account"].(record)
	r := t.tables["Accounts"].byID[str(target, "AccountID")]
	if r == nil && str(target, "Code") != "" {
		r = t.tables["Accounts"].first(str(target, "Code"), "Code")
	}
	if r == nil || str(r.rec, "Type") != "BANK" && r.rec["EnablePaymentsToAccount"] != true {
		return nil
	}
	return r
}

// pay stores a payment and what it changes on its invoice.
func (t *Twin) pay(q *call, invoice *row, in record, account *row) *row {
	kind := "ACCRECPAYMENT"
	if str(invoice.rec, "Type") == typeBill {
		kind = "ACCPAYPAYMENT"
	}
	date := str(in, "Date")
	if date == "" {
		date = q.now.In(t.zone).Format(dayLayout)
	}
	amount := number(toDecimal(in["Amount"]), 2)
	rec := record{
		"PaymentID": t.newID(), "Date": date, "Amount": amount, "Reference": str(in, "Reference"),
		"CurrencyRate": number(decimal.FromInt(1), 10), "PaymentType": kind, "Status": statusAuthorised,
		"IsReconciled": in["IsReconciled"] == true, "HasAccount": true, "UpdatedDateUTC": stamp(q.now),
		"Account": record{"AccountID": account.id, "Code": str(account.rec, "Code")},
		"Invoice": record{
			"InvoiceID": invoice.id, "InvoiceNumber": invoice.rec["InvoiceNumber"], "Type": invoice.rec["Type"],
			"Contact": invoice.rec["Contact"],
		},
	}
	changed := clone(invoice.rec)
	list, _ := changed["Payments"].([]any)
	changed["Payments"] = append(list, record{
		"PaymentID": rec["PaymentID"], "Date": date, "Amount": amount, "Reference": rec["Reference"],
		"CurrencyRate": rec["CurrencyRate"], "HasAccount": true, "HasValidationErrors": false,
	})
	t.reapply(q, changed)
	return t.store(t.tables["Payments"], rec, q.client)
}

// reapply recomputes an invoice whose payments have changed, and stores it.
func (t *Twin) reapply(q *call, invoice record) {
	paid, last := decimal.Zero(), ""
	list, _ := invoice["Payments"].([]any)
	for _, e := range list {
		if p, ok := e.(record); ok {
			paid = paid.Add(toDecimal(p["Amount"]))
			last = max(last, str(p, "Date"))
		}
	}
	invoice["AmountPaid"] = number(paid, 2)
	invoice["FullyPaidOnDate"] = last
	settle(invoice)
	if str(invoice, "Status") != statusPaid {
		delete(invoice, "FullyPaidOnDate")
	}
	invoice["UpdatedDateUTC"] = stamp(q.now)
	t.store(t.tables["Invoices"], invoice, "")
}

// deletePayment answers POST of Status DELETED to one payment, the only change there is.
func (t *Twin) deletePayment(tb *table, q *call, id string) (reply, error) {
	return t.write(tb, q, id, func(in record, _ mode, at *row) outcome {
		o := outcome{id: at.id}
		if str(in, "Status") != statusDeleted || str(at.rec, "Status") == statusDeleted {
			o.add(textPaymentChange)
			return o
		}
		target, _ := at.rec["Invoice"].(record)
		invoice := clone(t.tables["Invoices"].byID[str(target, "InvoiceID")].rec)
		kept := []any{}
		list, _ := invoice["Payments"].([]any)
		for _, e := range list {
			if p, ok := e.(record); ok && str(p, "PaymentID") != at.id {
				kept = append(kept, p)
			}
		}
		invoice["Payments"] = kept
		t.reapply(q, invoice)
		rec := clone(at.rec)
		rec["Status"], rec["UpdatedDateUTC"] = statusDeleted, stamp(q.now)
		o.row = t.store(tb, rec, q.client)
		return o
	})
}
