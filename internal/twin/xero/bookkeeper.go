package xero

import (
	"fmt"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// What follows is done by a person in the vendor's web pages, by the same rules as calls.
// Documents are named by id or number; dates are "2006-01-02", today when empty.

// person is a call that nobody made.
func (t *Twin) person() *call { return &call{now: t.o.Now(), dp: 4} }

// failure is the error of a refused deed.
func (o outcome) failure(deed, name string) error {
	if len(o.problems) == 0 {
		return nil
	}
	return fmt.Errorf("%s %s: %s", deed, name, strings.Join(o.problems, "; "))
}

// Pay records a payment on an approved invoice, from the first bank account in the
// invoice's currency, else from the first bank account.
func (t *Twin) Pay(invoice string, amount decimal.Decimal, date string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.one(t.tables["Invoices"], invoice)
	if at == nil {
		return fmt.Errorf("pay invoice %s: no such invoice", invoice)
	}
	return t.settleBy(claims()[0], at, amount, date).failure("pay invoice", invoice)
}

// Refund pays a credit note, overpayment or prepayment back to the contact.
func (t *Twin) Refund(credit string, amount decimal.Decimal, date string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range claims()[1:] {
		if at := t.one(t.tables[c.collection], credit); at != nil {
			return t.settleBy(c, at, amount, date).failure("refund", credit)
		}
	}
	return fmt.Errorf("refund %s: no such credit", credit)
}

func (t *Twin) settleBy(c claim, at *row, amount decimal.Decimal, date string) outcome {
	in := record{
		c.member: record{t.tables[c.collection].key: at.id}, "Amount": number(amount, 2),
		"Account": t.bankFor(str(at.rec, "CurrencyCode")),
	}
	if date != "" {
		in["Date"] = date
	}
	return t.createPayment(t.person(), in)
}

// bankFor names the bank account that a person would take for a currency.
func (t *Twin) bankFor(currency string) record {
	var first *row
	for _, r := range t.tables["Accounts"].ordered {
		if str(r.rec, "Type") != "BANK" || str(r.rec, "Status") != "ACTIVE" {
			continue
		}
		if t.currencyOf(r.rec) == currency {
			return record{"AccountID": r.id}
		}
		if first == nil {
			first = r
		}
	}
	if first == nil {
		return nil
	}
	return record{"AccountID": first.id}
}

// Unpay deletes a payment by its id.
func (t *Twin) Unpay(payment string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.tables["Payments"].byID[strings.ToLower(payment)]
	if at == nil {
		return fmt.Errorf("delete payment %s: no such payment", payment)
	}
	return t.deletePayment(t.person(), record{"Status": statusDeleted}, at).failure("delete payment", payment)
}

// Credit makes an approved credit note over an amount, tax included, for the contact of
// an invoice, allocates all of it to that invoice, and returns its id.
func (t *Twin) Credit(invoice string, amount decimal.Decimal, date string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.one(t.tables["Invoices"], invoice)
	if at == nil {
		return "", fmt.Errorf("credit invoice %s: no such invoice", invoice)
	}
	if amount.Cmp(outstanding(at.rec)) > 0 {
		return "", fmt.Errorf("credit invoice %s: %s", invoice, textAllocateOver)
	}
	q := t.person()
	if date == "" {
		date = t.today(q)
	}
	kind, account := typeSaleCredit, "200"
	if buys(str(at.rec, "Type")) {
		kind = typeBillCredit
	}
	for _, line := range linesOf(at.rec) {
		account = str(line, "AccountCode")
	}
	contact, _ := at.rec["Contact"].(record)
	o := t.createCredit(q, record{
		"Type": kind, "Status": statusAuthorised, "Contact": record{"ContactID": str(contact, "ContactID")}, "Date": date,
		"CurrencyCode": at.rec["CurrencyCode"], "LineAmountTypes": inclusive, "LineItems": []any{
			record{"Description": "Credit", "LineAmount": number(amount, 2), "AccountCode": account},
		},
	})
	if err := o.failure("credit invoice", invoice); err != nil {
		return "", err
	}
	used := t.allocate(q, t.tables["CreditNotes"], o.row, record{
		"Invoice": record{"InvoiceID": at.id}, "Amount": number(amount, 2), "Date": date,
	})
	return o.row.id, used.failure("credit invoice", invoice)
}

// Overpay records money of which a part is more than an invoice asks for: what is due
// pays the invoice, the rest becomes an overpayment, whose id is returned.
func (t *Twin) Overpay(invoice string, amount decimal.Decimal, date string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.one(t.tables["Invoices"], invoice)
	if at == nil {
		return "", fmt.Errorf("overpay invoice %s: no such invoice", invoice)
	}
	due := outstanding(at.rec)
	rest := amount.Sub(due)
	if rest.Sign() <= 0 {
		return "", fmt.Errorf("overpay invoice %s: the amount does not exceed what is due", invoice)
	}
	if due.Sign() > 0 {
		if err := t.settleBy(claims()[0], at, due, date).failure("overpay invoice", invoice); err != nil {
			return "", err
		}
	}
	contact, _ := at.rec["Contact"].(record)
	in := record{
		"Type":    of([2]string{typeReceiveOverpayment, typeSpendOverpayment}, str(at.rec, "Type")),
		"Contact": record{"ContactID": str(contact, "ContactID")}, "CurrencyCode": at.rec["CurrencyCode"],
		"BankAccount": t.bankFor(str(at.rec, "CurrencyCode")),
		"LineItems":   []any{record{"Description": "Overpayment", "LineAmount": number(rest, 2)}},
	}
	if date != "" {
		in["Date"] = date
	}
	o := t.createBank(t.person(), in)
	if err := o.failure("overpay invoice", invoice); err != nil {
		return "", err
	}
	return str(o.row.rec, "OverpaymentID"), nil
}
