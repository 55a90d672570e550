package xero_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/xero"
)

// till is a shop with one approved invoice, A, over 115.00, and currencies.
func till(t *testing.T, change func(*xero.Options)) *bench {
	t.Helper()
	b := open(t, func(o *xero.Options) {
		shop(o)
		o.Collections["Currencies"] = []map[string]any{
			{"Code": "NZD", "Description": "New Zealand Dollar"},
			{"Code": "USD", "Rates": []any{object{"Date": "2026-01-01", "Rate": "0.6"}, object{"Date": "2026-11-21", "Rate": "0.5"}}},
		}
		if change != nil {
			change(o)
		}
	})
	b.call("PUT", "/Invoices", `{"Invoices":[`+sale("A", line("1", "100"))+`]}`).want(200)
	return b
}

// pay is the JSON of a payment of 855, the clearing account; more goes before its end.
func pay(target, amount string, more ...string) string {
	return fmt.Sprintf(`{%s,"Account":{"Code":"855"},"Date":"2026-11-21","Amount":%s%s}`, target, amount, strings.Join(append([]string{""}, more...), ","))
}

const ofA = `"Invoice":{"InvoiceNumber":"A"}`

// creditNote is the JSON of an approved credit note of a customer; 100 makes 115.00.
func creditNote(number, amount string) string {
	return fmt.Sprintf(`{"Type":"ACCRECCREDIT","Status":"AUTHORISED","CreditNoteNumber":%q,"Contact":{"ContactID":%q},"Date":"2026-11-20","LineItems":[{"Description":"Back","Quantity":1,"UnitAmount":%s,"AccountCode":"200"}]}`, number, harbour, amount)
}

// allocation is the JSON of an allocation to the invoice of a number.
func allocation(invoice, amount string) string {
	return fmt.Sprintf(`{"Invoice":{"InvoiceNumber":%q},"Amount":%s,"Date":"2026-11-21"}`, invoice, amount)
}

// bank is the JSON of money that came or went outside of invoices.
func bank(kind, amount string) string {
	line := `"Description":"Money","LineAmount":` + amount
	if strings.HasSuffix(kind, "RECEIVE") || strings.HasSuffix(kind, "PREPAYMENT") {
		line += `,"AccountCode":"200"`
	}
	return fmt.Sprintf(`{"Type":%q,"Contact":{"ContactID":%q},"Date":"2026-11-20","BankAccount":{"Code":"090"},"LineItems":[{%s}]}`, kind, harbour, line)
}

// sums are the four figures of an invoice and its status.
func (b *bench) sums(number string) string {
	b.t.Helper()
	a := b.get("/Invoices/" + number).want(200)
	return fmt.Sprint(a.text("Invoices", 0, "Total"), " due ", a.text("Invoices", 0, "AmountDue"), " paid ", a.text("Invoices", 0, "AmountPaid"),
		" credited ", a.text("Invoices", 0, "AmountCredited"), " ", a.text("Invoices", 0, "Status"))
}

func (b *bench) expect(what, got, want string) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// refused wants a 400 with a text.
func (a answer) refused(text string) {
	a.t.Helper()
	if got := a.want(400).problems(); !contains(got, []string{text}) {
		a.t.Errorf("problems %q, want %q", got, text)
	}
}

// paymentFact checks a payment on a fresh till.
func paymentFact(check func(b *bench, put func(body string) answer)) func(*testing.T, func(*xero.Options), bool) {
	return func(t *testing.T, change func(*xero.Options), _ bool) {
		b := till(t, change)
		check(b, func(body string) answer { return b.call("PUT", "/Payments", `{"Payments":[`+body+`]}`) })
	}
}

// moneyFacts are what is known of payments.
func moneyFacts() []fact {
	const types = "developer.xero.com types#invoices"
	return []fact{
		{name: "a payment in part leaves an invoice approved and lists itself on it", source: spec + " createPayments", check: paymentFact(func(b *bench, put func(string) answer) {
			put(pay(ofA, "15")).want(200)
			b.expect("sums", b.sums("A"), "115.00 due 100.00 paid 15.00 credited 0.00 AUTHORISED")
			a := b.get("/Invoices/A")
			b.expect("payment", a.text("Invoices", 0, "Payments", 0, "Amount")+" "+a.text("Invoices", 0, "FullyPaidOnDate"), "15.00 ")
		})},
		{name: "a payment in full makes an invoice PAID on the day of the last payment", source: spec + " getInvoice", check: paymentFact(func(b *bench, put func(string) answer) {
			put(pay(ofA, "15") + "," + strings.Replace(pay(ofA, "100"), "11-21", "11-19", 1)).want(200)
			b.expect("sums", b.sums("A"), "115.00 due 0.00 paid 115.00 credited 0.00 PAID")
			b.expect("day", b.get("/Invoices/A").text("Invoices", 0, "FullyPaidOnDate"), "/Date(1795219200000+0000)/")
		})},
		{name: "a payment above the amount due is refused", source: spec + " createPayments", check: paymentFact(func(b *bench, put func(string) answer) {
			put(pay(ofA, "115.01")).refused("Payment amount exceeds the amount outstanding on this document")
			b.expect("sums", b.sums("A"), "115.00 due 115.00 paid 0.00 credited 0.00 AUTHORISED")
		})},
		{name: "payments in one call see each other", source: spec + " createPayments", check: paymentFact(func(b *bench, put func(string) answer) {
			put(pay(ofA, "60") + "," + pay(ofA, "60")).refused("Payment amount exceeds the amount outstanding on this document")
			b.expect("sums", b.sums("A"), "115.00 due 55.00 paid 60.00 credited 0.00 AUTHORISED")
		})},
		{name: "the same payment again is another payment", source: payments, check: paymentFact(func(b *bench, put func(string) answer) {
			put(pay(ofA, "10")).want(200)
			put(pay(ofA, "10")).want(200)
			b.expect("sums", b.sums("A"), "115.00 due 95.00 paid 20.00 credited 0.00 AUTHORISED")
		})},
		{name: "only approved documents take payments", source: "CiviCRM and Fooman clients", check: paymentFact(func(b *bench, put func(string) answer) {
			b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale("D", line("1", "1")), "AUTHORISED", "DRAFT")+`]}`).want(200)
			put(pay(`"Invoice":{"InvoiceNumber":"D"}`, "1")).refused("Payments can only be made against Authorised documents")
		})},
		{name: "a payment names exactly one document", source: payments, check: paymentFact(func(b *bench, put func(string) answer) {
			put(pay(`"Reference":"x"`, "1")).want(400)
			put(pay(ofA+`,"CreditNoteNumber":"CN-1"`, "1")).want(400)
		})},
		{name: "a payment may name its invoice by number beside it", source: payments, check: paymentFact(func(b *bench, put func(string) answer) {
			put(pay(`"InvoiceNumber":"A"`, "1")).want(200)
		})},
		{name: "money goes to bank accounts and to those that take payments, by id or code", source: payments, check: paymentFact(func(b *bench, put func(string) answer) {
			put(with(pay(ofA, "1"), `"Code":"855"`, `"AccountID":"ac993f75-035b-433c-82e0-7b7a2d40802c"`)).want(200)
			put(with(pay(ofA, "1"), `"Account":{"Code":"855"}`, `"Code":"091"`)).want(200)
			put(with(pay(ofA, "1"), "855", "200")).refused("The account of the payment is not valid")
		})},
		{name: "a payment on or before the lock date is refused", source: "help.dext.com lock dates", check: paymentFact(func(b *bench, put func(string) answer) {
			b.must(b.twin.Change("Organisation", "", object{"PeriodLockDate": "2026-11-21"}))
			put(pay(ofA, "1")).refused("The document date cannot be before the period lock date")
			put(with(pay(ofA, "1"), "11-21", "11-22")).want(200)
		})},
		{name: "a payment within a locked period stays", source: "help.dext.com lock dates", check: paymentFact(func(b *bench, put func(string) answer) {
			id := put(pay(ofA, "1")).text("Payments", 0, "PaymentID")
			b.must(b.twin.Change("Organisation", "", object{"EndOfYearLockDate": "2026-11-21"}))
			b.call("POST", "/Payments/"+id, `{"Status":"DELETED"}`).refused("The document date cannot be before the end of year lock date")
		})},
		{name: "a number that a bill has too means the sale", source: "developer.xero.com invoices", check: paymentFact(func(b *bench, put func(string) answer) {
			b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale("B", with(line("1", "10"), "200", "300")), "ACCREC", "ACCPAY")+`,`+sale("B", line("1", "10"))+`]}`).want(200)
			a := put(pay(`"InvoiceNumber":"B"`, "1")).want(200)
			b.expect("type", a.text("Payments", 0, "PaymentType"), "ACCRECPAYMENT")
		})},
		{name: "a payment is deleted by a POST of its status, and its invoice owes again", source: spec + " deletePayment", doubt: "paid-returns", check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
			b := till(t, change)
			id := b.call("PUT", "/Payments", `{"Payments":[`+pay(ofA, "115")+`]}`).want(200).text("Payments", 0, "PaymentID")
			a := b.call("POST", "/Payments/"+id, `{"Status":"DELETED"}`).want(200)
			b.expect("status", a.text("Payments", 0, "Status"), "DELETED")
			if otherwise {
				b.expect("sums", b.sums("A"), "115.00 due 115.00 paid 0.00 credited 0.00 PAID")
				return
			}
			b.expect("sums", b.sums("A"), "115.00 due 115.00 paid 0.00 credited 0.00 AUTHORISED")
			b.expect("what is left of it", fmt.Sprint(b.get("/Invoices/A").at("Invoices", 0, "Payments"))+b.get("/Invoices/A").text("Invoices", 0, "FullyPaidOnDate"), "[]")
		}},
		{name: "a payment cannot be changed, nor deleted twice", source: payments, check: paymentFact(func(b *bench, put func(string) answer) {
			id := put(pay(ofA, "1")).text("Payments", 0, "PaymentID")
			b.call("POST", "/Payments/"+id, `{"Status":"AUTHORISED"}`).want(400)
			b.call("POST", "/Payments", `{"PaymentID":"`+id+`","Status":"DELETED"}`).want(200)
			b.call("POST", "/Payments/"+id, `{"Status":"DELETED"}`).want(400)
			b.expect("sums", b.sums("A"), "115.00 due 115.00 paid 0.00 credited 0.00 AUTHORISED")
		})},
		{name: "a reconciled payment cannot be deleted", source: "not confirmed; a client's text", doubt: "reconciled-payments", check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
			b := till(t, change)
			id := b.call("PUT", "/Payments", `{"Payments":[`+pay(ofA, "1", `"IsReconciled":true`)+`]}`).want(200).text("Payments", 0, "PaymentID")
			a := b.call("POST", "/Payments/"+id, `{"Status":"DELETED"}`)
			if otherwise {
				a.want(200)
				return
			}
			a.refused("This payment has been reconciled and cannot be deleted")
		}},
		{name: "a deleted payment is listed among those changed since", source: "not confirmed", doubt: "deleted-payments", check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
			b := till(t, change)
			id := b.call("PUT", "/Payments", `{"Payments":[`+pay(ofA, "1")+`]}`).want(200).text("Payments", 0, "PaymentID")
			b.clock.Advance(time.Minute)
			since := b.clock.Now().UTC().Add(-time.Second).Format("2006-01-02T15:04:05")
			b.call("POST", "/Payments/"+id, `{"Status":"DELETED"}`).want(200)
			b.get("/Payments/" + id).want(200)
			want := "DELETED"
			if otherwise {
				want = ""
			}
			b.expect("status", b.get("/Payments?page=1", "If-Modified-Since", since).text("Payments", 0, "Status"), want)
		}},
		{name: "a payment moves the change stamp of its invoice", source: spec + " createPayments", check: paymentFact(func(b *bench, put func(string) answer) {
			b.clock.Advance(time.Minute)
			put(pay(ofA, "1")).want(200)
			b.expect("stamp", b.get("/Invoices/A").text("Invoices", 0, "UpdatedDateUTCString"), "2026-11-22T10:09:01Z")
		})},
		{name: "one payment shows its whole invoice, a list a summary", source: spec + " getPayments, getPayment", check: paymentFact(func(b *bench, put func(string) answer) {
			a := put(pay(ofA, "15")).want(200)
			b.expect("made", a.text("Payments", 0, "Invoice", "AmountDue")+" "+a.text("Payments", 0, "Account", "Name")+" "+a.text("Payments", 0, "BankAmount"), "100.00 Clearing Account 15.00")
			b.expect("read", b.get("/Payments/"+a.text("Payments", 0, "PaymentID")).text("Payments", 0, "Invoice", "Total"), "115.00")
			list := b.get("/Payments?page=1")
			b.expect("list", list.text("Payments", 0, "Invoice", "InvoiceNumber")+" "+list.text("Payments", 0, "Invoice", "CurrencyCode")+list.text("Payments", 0, "Invoice", "Total")+list.text("Payments", 0, "Account", "Name"), "A NZD")
		})},
		{name: "a paid invoice takes no more", source: spec + " createPayments", check: paymentFact(func(b *bench, put func(string) answer) {
			put(pay(ofA, "115")).want(200)
			put(pay(ofA, "0.01")).refused("Payment amount exceeds the amount outstanding on this document")
		})},
		{name: "an invoice with money on it cannot be voided", source: "CiviCRM client", check: paymentFact(func(b *bench, put func(string) answer) {
			put(pay(ofA, "1")).want(200)
			b.call("POST", "/Invoices/A", `{"Status":"VOIDED"}`, "X-Off-Spec", "a bare object").refused("The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it.")
		})},
		{name: "bills are paid by payments of their own type", source: types, check: paymentFact(func(b *bench, put func(string) answer) {
			b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale("B", with(line("1", "10"), "200", "300")), "ACCREC", "ACCPAY")+`]}`).want(200)
			a := put(pay(`"Invoice":{"InvoiceNumber":"B"}`, "1")).want(200)
			b.expect("type", a.text("Payments", 0, "PaymentType")+" "+a.text("Payments", 0, "Invoice", "Type"), "ACCPAYPAYMENT ACCPAY")
		})},
	}
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}
