package xero

import (
	"maps"

	"github.com/planwright/planwright/internal/decimal"
)

// Texts of refused payments. The first two were seen; the others are believed.
const (
	textReconciled     = "This payment has been reconciled and cannot be deleted"
	textInBatch        = "Payments within a batch cannot be deleted."
	textPaymentOne     = "A payment must name exactly one invoice, credit note, prepayment or overpayment"
	textPaymentAmount  = "The amount of the payment must be more than zero"
	textPaymentArchive = "The account of the payment has been archived, or has been deleted"
)

// writePayments answers PUT and POST of payments. A payment is made or deleted, never
// changed: POST on one payment deletes it, and so does POST on the collection when it
// names one.
func (t *Twin) writePayments(tb *table, q *call, id string) (reply, error) {
	return t.write(tb, q, id, func(in record, m mode, at *row) outcome {
		if m == modeUpsert && str(in, "PaymentID") != "" {
			at = tb.byID[str(in, "PaymentID")]
		}
		if at != nil {
			return t.deletePayment(q, in, at)
		}
		return t.createPayment(q, in)
	})
}

// paymentDraft is a payment on its way to being stored.
type paymentDraft struct {
	in      record
	of      claim
	at      *row // the document
	account *row
	day     string
	amount  decimal.Decimal // in the document's currency
	bank    decimal.Decimal // in the account's
	rate    decimal.Decimal
	batch   string // id of the batch payment it belongs to
	o       outcome
}

func (t *Twin) createPayment(q *call, in record) outcome {
	d := t.judgePayment(q, in)
	if len(d.o.problems) == 0 {
		d.o.row = t.storePayment(q, d)
	}
	return d.o
}

func (t *Twin) judgePayment(q *call, in record) *paymentDraft {
	d := &paymentDraft{in: in, day: str(in, "Date")}
	if d.day == "" {
		d.day = t.today(q)
	}
	problem := ""
	if d.of, d.at, problem = t.payable(in); problem != "" {
		d.o.add(problem)
		return d
	}
	if d.account, problem = t.payingAccount(in); problem != "" {
		d.o.add(problem)
		return d
	}
	t.exchange(d)
	status := str(d.at.rec, "Status")
	if status != statusAuthorised {
		d.o.add(textPaymentState)
	}
	switch open := status == statusAuthorised || status == statusPaid; {
	case d.amount.Sign() <= 0:
		d.o.add(textPaymentAmount)
	case open && d.amount.Cmp(outstanding(d.at.rec)) > 0:
		d.o.add(textPaymentOver)
	}
	t.closedDay(d.day, &d.o)
	return d
}

// payable finds the one document that a payment names, or says what is wrong.
func (t *Twin) payable(in record) (claim, *row, string) {
	var named []claim
	for _, c := range claims() {
		if in[c.member] != nil || c.number != "" && str(in, c.number) != "" {
			named = append(named, c)
		}
	}
	if len(named) != 1 {
		return claim{}, nil, textPaymentOne
	}
	c := named[0]
	tb := t.tables[c.collection]
	target, _ := in[c.member].(record)
	at := tb.byID[str(target, tb.key)]
	if str(target, tb.key) == "" && c.number != "" {
		number := str(target, c.number)
		if number == "" {
			number = str(in, c.number)
		}
		at = t.byNumber(tb, c, number)
	}
	if at == nil {
		return c, nil, textPaymentTarget
	}
	return c, at, ""
}

// byNumber finds a document by its number: what was sold first, since only its numbers
// are unique; else what was bought, if just one has the number.
func (t *Twin) byNumber(tb *table, c claim, number string) *row {
	var bought []*row
	for _, r := range tb.find(c.number, number) {
		if !buys(str(r.rec, "Type")) {
			return r
		}
		bought = append(bought, r)
	}
	if len(bought) == 1 {
		return bought[0]
	}
	return nil
}

// payingAccount finds the account by id or code: a bank account, or one that payments
// are enabled on.
func (t *Twin) payingAccount(in record) (*row, string) {
	target, _ := in["Account"].(record)
	code := str(target, "Code")
	if code == "" {
		code = str(in, "Code")
	}
	tb := t.tables["Accounts"]
	r := tb.byID[str(target, "AccountID")]
	if r == nil && str(target, "AccountID") == "" && code != "" {
		r = tb.first(code, "Code")
	}
	switch {
	case r == nil || str(r.rec, "Type") != "BANK" && r.rec["EnablePaymentsToAccount"] != true:
		return nil, textPaymentAccount
	case str(r.rec, "Status") != "ACTIVE":
		return nil, textPaymentArchive
	}
	return r, ""
}

// exchange works out the amounts of a payment. In the document's own currency both are
// the same; across currencies the amount in the account's is given, or follows from the
// rate, which is given or the day's.
func (t *Twin) exchange(d *paymentDraft) {
	document, account := str(d.at.rec, "CurrencyCode"), str(d.account.rec, "CurrencyCode")
	base := t.base()
	if account == "" {
		account = base
	}
	d.amount, d.bank, d.rate = toDecimal(d.in["Amount"]), toDecimal(d.in["BankAmount"]), decimal.FromInt(1)
	if document != base {
		if d.rate = toDecimal(d.in["CurrencyRate"]); d.rate.Sign() <= 0 {
			d.rate = t.rateOn(document, d.day)
		}
	}
	cross := quo(t.rateOn(account, d.day), d.rate, 10) // units of the account's currency for one of the document's
	switch {
	case document == account:
		if d.in["Amount"] == nil {
			d.amount = d.bank
		}
		d.bank = d.amount
	case d.in["Amount"] == nil:
		d.amount = quo(d.bank, cross, 2)
	case d.bank.Sign() <= 0:
		d.bank = d.amount.Mul(cross).Cents()
	}
}

// storePayment stores a payment and what it changes on its document.
func (t *Twin) storePayment(q *call, d *paymentDraft) *row {
	tb := t.tables["Payments"]
	rec := record{
		"PaymentID": t.newID(), "Date": d.day, "Amount": number(d.amount, 2), "Reference": str(d.in, "Reference"),
		"CurrencyRate": number(d.rate, 10), "PaymentType": of(d.of.payment, str(d.at.rec, "Type")), "Status": statusAuthorised,
		"IsReconciled": d.in["IsReconciled"] == true, "HasAccount": true, "UpdatedDateUTC": stamp(q.now),
		"Account": record{"AccountID": d.account.id, "Code": str(d.account.rec, "Code")},
		"Invoice": t.paid(d.of, d.at),
	}
	if !d.bank.Equal(d.amount) {
		rec["BankAmount"] = number(d.bank, 2)
	}
	if d.batch != "" {
		rec["BatchPaymentID"] = d.batch
	}
	for _, name := range []string{"BankAccountNumber", "Particulars", "Details"} {
		if d.in[name] != nil {
			rec[name] = d.in[name]
		}
	}
	t.applyPayment(q, rec, d.of, d.at)
	return t.store(tb, rec, q.client)
}

// paid is how a payment keeps its document. The vendor shows credits as invoices of
// another type.
func (t *Twin) paid(c claim, at *row) record {
	tb := t.tables[c.collection]
	text := str(at.rec, c.number)
	if c.collection == "Prepayments" {
		text = str(at.rec, "InvoiceNumber")
	}
	contact, _ := at.rec["Contact"].(record)
	return record{
		"InvoiceID": str(at.rec, tb.key), "InvoiceNumber": text, "Type": of(c.shownAs, str(at.rec, "Type")),
		"Contact": record{"ContactID": str(contact, "ContactID")},
	}
}

func (t *Twin) applyPayment(q *call, payment record, c claim, at *row) {
	rec := maps.Clone(at.rec)
	rec["Payments"] = with(rec["Payments"], record{
		"PaymentID": payment["PaymentID"], "Date": payment["Date"], "Amount": payment["Amount"], "Reference": str(payment, "Reference"),
		"CurrencyRate": payment["CurrencyRate"], "HasAccount": true, "HasValidationErrors": false,
	})
	t.post(q, c.collection, rec, byPayment, toDecimal(payment["Amount"]))
}

// deletePayment answers POST of Status DELETED, the only change of a payment there is.
func (t *Twin) deletePayment(q *call, in record, at *row) outcome {
	o := outcome{id: at.id}
	switch {
	case str(in, "Status") != statusDeleted || str(at.rec, "Status") == statusDeleted:
		o.add(textPaymentChange)
	case str(at.rec, "BatchPaymentID") != "":
		o.add(textInBatch)
	case at.rec["IsReconciled"] == true && !t.otherwise[doubtReconciled]:
		o.add(textReconciled)
	}
	t.closedDay(str(at.rec, "Date"), &o)
	if len(o.problems) == 0 {
		o.row = t.unpay(q, at)
	}
	return o
}

// unpay deletes a payment and gives its document the amount back.
func (t *Twin) unpay(q *call, at *row) *row {
	target, _ := at.rec["Invoice"].(record)
	if c, document := t.document(str(target, "InvoiceID")); document != nil {
		rec := maps.Clone(document.rec)
		rec["Payments"] = without(rec["Payments"], record{"PaymentID": at.id})
		t.post(q, c.collection, rec, byPayment, toDecimal(at.rec["Amount"]).Neg())
	}
	rec := maps.Clone(at.rec)
	rec["Status"], rec["UpdatedDateUTC"] = statusDeleted, stamp(q.now)
	return t.store(t.tables["Payments"], rec, q.client)
}
