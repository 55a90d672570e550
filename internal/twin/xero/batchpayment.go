package xero

import (
	"maps"
	"slices"

	"github.com/planwright/planwright/internal/decimal"
)

// Texts of refused batch payments, all believed.
const (
	textBatchEmpty  = "A batch payment must have at least one payment"
	textBatchMixed  = "The payments of a batch must all be of sales invoices or all of bills"
	textBatchTarget = "The payments of a batch must be of invoices, each in it once"
	textBatchBank   = "A batch payment must be made from a bank account"
	textBatchChange = "Batch payments can only be deleted, and only once"
)

// writeBatchPayments answers PUT of batch payments, and POST that deletes one.
func (t *Twin) writeBatchPayments(tb *table, q *call, id string) (reply, error) {
	return t.write(tb, q, id, func(in record, m mode, at *row) outcome {
		if m == modeUpsert {
			at = tb.byID[str(in, "BatchPaymentID")]
		}
		switch {
		case at != nil:
			return t.deleteBatch(q, tb, in, at)
		case m == modeUpsert:
			var o outcome
			o.add(textBatchChange)
			return o
		}
		return t.createBatch(q, tb, in)
	})
}

// createBatch stores all payments of a batch, or none.
func (t *Twin) createBatch(q *call, tb *table, in record) outcome {
	var o outcome
	t.shapes.batchPayment.lengths(in, o.add)
	list, _ := in["Payments"].([]any)
	if len(list) == 0 {
		o.add(textBatchEmpty)
	}
	id, day := "", str(in, "Date")
	if day == "" {
		day = t.today(q)
	}
	drafts := make([]*paymentDraft, 0, len(list))
	for _, e := range list {
		payment := maps.Clone(e.(record))
		payment["Account"], payment["Date"] = in["Account"], day
		if str(payment, "Reference") == "" {
			payment["Reference"] = str(in, "Reference")
		}
		d := t.judgePayment(q, payment)
		o.problems = append(o.problems, d.o.problems...)
		drafts = append(drafts, d)
	}
	t.judgeBatch(drafts, &o)
	if len(o.problems) > 0 {
		return o
	}
	id = t.newID()
	rec := omit(in, "Payments", "Status")
	kept, sum := []any{}, decimal.Zero()
	for _, d := range drafts {
		d.batch = id
		made := t.storePayment(q, d)
		entry := record{
			"PaymentID": made.id, "Amount": made.rec["Amount"], "BankAmount": number(d.bank, 2), "Reference": made.rec["Reference"],
			"Invoice": record{"InvoiceID": d.at.id},
		}
		kept, sum = append(kept, entry), sum.Add(d.bank)
	}
	rec["BatchPaymentID"], rec["Date"], rec["Payments"], rec["TotalAmount"] = id, day, kept, number(sum, 2)
	rec["Account"] = record{"AccountID": drafts[0].account.id, "Code": str(drafts[0].account.rec, "Code")}
	rec["Type"] = of([2]string{"RECBATCH", "PAYBATCH"}, str(drafts[0].at.rec, "Type"))
	rec["Status"], rec["IsReconciled"], rec["UpdatedDateUTC"] = statusAuthorised, false, stamp(q.now)
	o.row = t.store(tb, rec, q.client)
	return o
}

func (t *Twin) judgeBatch(drafts []*paymentDraft, o *outcome) {
	var seen []*row
	for _, d := range drafts {
		if d.at == nil || d.account == nil {
			return // said already
		}
		if d.of.collection != "Invoices" || slices.Contains(seen, d.at) {
			o.add(textBatchTarget)
		}
		if len(seen) > 0 && buys(str(d.at.rec, "Type")) != buys(str(seen[0].rec, "Type")) {
			o.add(textBatchMixed)
		}
		seen = append(seen, d.at)
	}
	if len(drafts) > 0 && str(drafts[0].account.rec, "Type") != "BANK" {
		o.add(textBatchBank)
	}
}

// deleteBatch deletes a batch payment with all its payments.
func (t *Twin) deleteBatch(q *call, tb *table, in record, at *row) outcome {
	o := outcome{id: at.id}
	switch {
	case str(in, "Status") != statusDeleted || str(at.rec, "Status") == statusDeleted:
		o.add(textBatchChange)
	case at.rec["IsReconciled"] == true && !t.otherwise[doubtReconciled]:
		o.add(textReconciled)
	}
	t.closedDay(str(at.rec, "Date"), &o)
	if len(o.problems) > 0 {
		return o
	}
	list, _ := at.rec["Payments"].([]any)
	for _, e := range list {
		payment, _ := e.(record)
		t.unpay(q, t.tables["Payments"].byID[str(payment, "PaymentID")])
	}
	rec := maps.Clone(at.rec)
	rec["Status"], rec["Payments"], rec["UpdatedDateUTC"] = statusDeleted, []any{}, stamp(q.now)
	o.row = t.store(tb, rec, q.client)
	return o
}
