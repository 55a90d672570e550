package xero_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/xero"
)

// credited makes an approved credit note CN-7 of 23.00 and returns its id.
func (b *bench) credited() string {
	b.t.Helper()
	return b.call("PUT", "/CreditNotes", `{"CreditNotes":[`+creditNote("CN-7", "20")+`]}`).want(200).text("CreditNotes", 0, "CreditNoteID")
}

// allocate puts one allocation below a credit.
func (b *bench) allocate(credit, body string) answer {
	b.t.Helper()
	return b.call("PUT", "/"+credit+"/Allocations", `{"Allocations":[`+body+`]}`)
}

// received books money and returns the id of the credit it made.
func (b *bench) received(kind, amount, credit string) string {
	b.t.Helper()
	return b.call("PUT", "/BankTransactions", `{"BankTransactions":[`+bank(kind, amount)+`]}`).want(200).text("BankTransactions", 0, credit)
}

// left is what remains of a credit, and its status.
func (b *bench) left(credit string) string {
	b.t.Helper()
	collection, _, _ := strings.Cut(credit, "/")
	a := b.get("/" + credit).want(200)
	return a.text(collection, 0, "RemainingCredit") + " " + a.text(collection, 0, "Status")
}

// tillFact checks something on a fresh till.
func tillFact(check func(b *bench)) func(*testing.T, func(*xero.Options), bool) {
	return func(t *testing.T, change func(*xero.Options), _ bool) { check(till(t, change)) }
}

// creditFacts are what is known of credit notes and allocations.
func creditFacts() []fact {
	const notes = "developer.xero.com creditnotes"
	return []fact{
		{name: "a credit note needs no more than type and contact, and gets the next number", source: notes, check: tillFact(func(b *bench) {
			least := `{"Type":"ACCRECCREDIT","Contact":{"ContactID":"` + harbour + `"}}`
			a := b.call("PUT", "/CreditNotes", `{"CreditNotes":[`+least+`,`+least+`]}`).want(200)
			b.expect("notes", a.text("CreditNotes", 0, "Status")+" "+a.text("CreditNotes", 0, "CreditNoteNumber")+" "+a.text("CreditNotes", 1, "CreditNoteNumber"), "DRAFT CN-0001 CN-0002")
		})},
		{name: "automatic numbers stay above those in use", source: notes, check: tillFact(func(b *bench) {
			a := b.call("PUT", "/CreditNotes", `{"CreditNotes":[`+creditNote("CN-0100", "1")+`,`+creditNote("", "1")+`]}`).want(200)
			b.expect("number", a.text("CreditNotes", 1, "CreditNoteNumber"), "CN-0101")
		})},
		{name: "a credit note in use keeps its lines", source: "developer.xero.com invoices, of credit notes believed", check: tillFact(func(b *bench) {
			id := b.credited()
			b.allocate("CreditNotes/"+id, allocation("A", "3")).want(200)
			b.call("POST", "/CreditNotes", `{"CreditNotes":[`+creditNote("CN-7", "30")+`]}`).want(400)
			b.call("POST", "/CreditNotes/"+id, `{"CreditNotes":[{"Reference":"R-1"}]}`).want(200)
			b.expect("reference and credit", b.get("/CreditNotes/"+id).text("CreditNotes", 0, "Reference")+" "+b.left("CreditNotes/"+id), "R-1 20.00 AUTHORISED")
		})},
		{name: "a supplier's credit note has no reference, and the purchase side of its items", source: spec + " CreditNote", check: tillFact(func(b *bench) {
			b.call("PUT", "/Items", `{"Items":[{"Code":"BUY","SalesDetails":{"UnitPrice":9,"AccountCode":"200"},"PurchaseDetails":{"UnitPrice":5,"AccountCode":"300"}}]}`).want(200)
			a := b.call("PUT", "/CreditNotes", `{"CreditNotes":[{"Type":"ACCPAYCREDIT","Reference":"R","Contact":{"ContactID":"`+harbour+`"},"LineItems":[{"ItemCode":"BUY","Description":"x"}]}]}`).want(200)
			b.expect("note", a.text("CreditNotes", 0, "LineItems", 0, "AccountCode")+" "+a.text("CreditNotes", 0, "SubTotal")+a.text("CreditNotes", 0, "Reference"), "300 5.00")
		})},
		{name: "a credit note of nothing is PAID at once", source: "not confirmed; as of invoices", check: tillFact(func(b *bench) {
			a := b.call("PUT", "/CreditNotes", `{"CreditNotes":[`+creditNote("CN-0", "0")+`]}`).want(200)
			b.expect("status", a.text("CreditNotes", 0, "Status"), "PAID")
		})},
		{name: "the number of a customer's credit note is unique, a supplier's is not", source: notes, check: tillFact(func(b *bench) {
			b.credited()
			b.call("PUT", "/CreditNotes", `{"CreditNotes":[`+creditNote("CN-7", "1")+`]}`).refused("must be unique")
			supplier := with(creditNote("CN-7", "1"), "ACCRECCREDIT", "ACCPAYCREDIT", "200", "300")
			b.call("PUT", "/CreditNotes", `{"CreditNotes":[`+supplier+`,`+supplier+`]}`).want(200)
		})},
		{name: "POST edits the credit note of a number", source: notes, check: tillFact(func(b *bench) {
			id := b.credited()
			a := b.call("POST", "/CreditNotes", `{"CreditNotes":[`+creditNote("CN-7", "30")+`]}`).want(200)
			b.expect("note", a.text("CreditNotes", 0, "CreditNoteID")+" "+a.text("CreditNotes", 0, "RemainingCredit"), id+" 34.50")
		})},
		{name: "an unknown credit note is named as such", source: spec + " createCreditNotes", check: tillFact(func(b *bench) {
			unknown := with(creditNote("CN-9", "1"), `"Type"`, `"CreditNoteID":"`+harbour+`","Type"`)
			for _, method := range []string{"PUT", "POST"} {
				b.call(method, "/CreditNotes", `{"CreditNotes":[`+unknown+`]}`).refused("An existing Credit Note with the specified CreditNoteID could not be found")
			}
		})},
		{name: "PUT of a credit note that is there is refused", source: "developer.xero.com requests and responses", check: tillFact(func(b *bench) {
			b.call("PUT", "/CreditNotes", `{"CreditNotes":[{"CreditNoteID":"`+b.credited()+`","Reference":"x"}]}`).want(400)
			b.expect("reference", b.get("/CreditNotes/CN-7").text("CreditNotes", 0, "Reference"), "")
		})},
		{name: "credit notes take no discounts", source: spec + " LineItem", check: tillFact(func(b *bench) {
			b.call("PUT", "/CreditNotes", `{"CreditNotes":[`+with(creditNote("CN-7", "20"), `"Quantity"`, `"DiscountRate":5,"Quantity"`)+`]}`).want(400)
		})},
		{name: "an allocation lowers both what is due and what remains", source: notes, check: tillFact(func(b *bench) {
			id := b.credited()
			b.allocate("CreditNotes/"+id, allocation("A", "3")).want(200)
			b.expect("invoice", b.sums("A"), "115.00 due 112.00 paid 0.00 credited 3.00 AUTHORISED")
			b.expect("credit", b.left("CreditNotes/"+id), "20.00 AUTHORISED")
			a := b.get("/Invoices/A")
			b.expect("on the invoice", a.text("Invoices", 0, "CreditNotes", 0, "CreditNoteNumber")+" "+a.text("Invoices", 0, "CreditNotes", 0, "AppliedAmount"), "CN-7 3.00")
			a = b.get("/CreditNotes/CN-7")
			b.expect("on the note", a.text("CreditNotes", 0, "Allocations", 0, "Invoice", "InvoiceNumber")+" "+a.text("CreditNotes", 0, "Allocations", 0, "Amount"), "A 3.00")
		})},
		{name: "an allocation moves the change stamps of both documents, and so does its end", source: "not confirmed; no more than believed", check: tillFact(func(b *bench) {
			id := b.credited()
			stamps := func() string {
				return b.get("/Invoices/A").text("Invoices", 0, "UpdatedDateUTCString") + " " + b.get("/CreditNotes/"+id).text("CreditNotes", 0, "UpdatedDateUTCString")
			}
			b.clock.Advance(time.Minute)
			b.allocate("CreditNotes/"+id, allocation("A", "3")).want(200)
			b.expect("stamps", stamps(), "2026-11-22T10:09:01Z 2026-11-22T10:09:01Z")
			b.clock.Advance(time.Minute)
			b.call("DELETE", "/CreditNotes/"+id+"/Allocations/"+b.get("/CreditNotes/"+id).text("CreditNotes", 0, "Allocations", 0, "AllocationID"), "").want(200)
			b.expect("stamps", stamps(), "2026-11-22T10:10:01Z 2026-11-22T10:10:01Z")
		})},
		{name: "credit takes effect on the later one of the documents' dates", source: notes, check: tillFact(func(b *bench) {
			id := b.call("PUT", "/CreditNotes", `{"CreditNotes":[`+with(creditNote("CN-7", "100"), "2026-11-20", "2026-11-18")+`]}`).want(200).text("CreditNotes", 0, "CreditNoteID")
			b.allocate("CreditNotes/"+id, allocation("A", "115")).want(200)
			b.expect("days", b.get("/Invoices/A").text("Invoices", 0, "FullyPaidOnDate")+" "+b.get("/CreditNotes/"+id).text("CreditNotes", 0, "FullyPaidOnDate"),
				"/Date(1795132800000+0000)/ /Date(1795132800000+0000)/")
			b.expect("sums", b.sums("A"), "115.00 due 0.00 paid 0.00 credited 115.00 PAID")
		})},
		{name: "an invoice with credit on it cannot be voided", source: "CiviCRM client", check: tillFact(func(b *bench) {
			b.allocate("CreditNotes/"+b.credited(), allocation("A", "1")).want(200)
			b.call("POST", "/Invoices/A", `{"Invoices":[{"Status":"VOIDED"}]}`).refused("The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it.")
		})},
		{name: "credit within a locked period is neither allocated nor taken back", source: "help.dext.com lock dates", check: tillFact(func(b *bench) {
			id := b.credited()
			b.allocate("CreditNotes/"+id, allocation("A", "1")).want(200)
			b.must(b.twin.Change("Organisation", "", object{"PeriodLockDate": "2026-11-20"}))
			b.allocate("CreditNotes/"+id, allocation("A", "1")).refused("period lock date")
			b.call("DELETE", "/CreditNotes/"+id+"/Allocations/"+b.get("/CreditNotes/"+id).text("CreditNotes", 0, "Allocations", 0, "AllocationID"), "").want(400)
			b.expect("credit", b.left("CreditNotes/"+id), "22.00 AUTHORISED")
		})},
		{name: "one bad allocation does not stop the others", source: "developer.xero.com requests and responses", check: tillFact(func(b *bench) {
			id := b.credited()
			a := b.call("PUT", "/CreditNotes/"+id+"/Allocations?summarizeErrors=false", `{"Allocations":[`+allocation("A", "99")+`,`+allocation("A", "3")+`]}`).want(200)
			b.expect("elements", a.text("Allocations", 0, "StatusAttributeString")+" "+a.text("Allocations", 1, "StatusAttributeString"), "ERROR OK")
			b.expect("credit", b.left("CreditNotes/"+id), "20.00 AUTHORISED")
		})},
		{name: "a list of credit notes has lines only in pages", source: "developer.xero.com requests and responses", check: tillFact(func(b *bench) {
			b.credited()
			bare, paged := b.get("/CreditNotes"), b.get("/CreditNotes?page=1")
			b.expect("lines", fmt.Sprintf("%d %d %v", len(bare.at("CreditNotes", 0, "LineItems").([]any)), len(paged.at("CreditNotes", 0, "LineItems").([]any)), paged.at("pagination", "itemCount")), "0 1 1")
		})},
		{name: "the same allocation again is another one while credit remains", source: spec + " createCreditNoteAllocation", check: tillFact(func(b *bench) {
			id := b.credited()
			b.allocate("CreditNotes/"+id, allocation("A", "12")).want(200)
			b.allocate("CreditNotes/"+id, allocation("A", "11")).want(200)
			b.expect("credit", b.left("CreditNotes/"+id), "0.00 PAID")
			b.expect("invoice", b.sums("A"), "115.00 due 92.00 paid 0.00 credited 23.00 AUTHORISED")
			b.allocate("CreditNotes/"+id, allocation("A", "0.01")).want(400)
		})},
		{name: "an allocation is deleted, and both documents have it back", source: spec + " deleteCreditNoteAllocations", check: tillFact(func(b *bench) {
			id := b.credited()
			b.allocate("CreditNotes/"+id, allocation("A", "12")).want(200)
			allocated := b.get("/CreditNotes/"+id).text("CreditNotes", 0, "Allocations", 0, "AllocationID")
			a := b.call("DELETE", "/CreditNotes/"+id+"/Allocations/"+allocated, "").want(200)
			b.expect("answer", a.text("IsDeleted")+" "+a.text("AllocationID"), "true "+allocated)
			b.expect("credit", b.left("CreditNotes/"+id), "23.00 AUTHORISED")
			b.expect("invoice", b.sums("A"), "115.00 due 115.00 paid 0.00 credited 0.00 AUTHORISED")
			b.expect("lists", fmt.Sprint(b.get("/Invoices/A").at("Invoices", 0, "CreditNotes"), b.get("/CreditNotes/"+id).at("CreditNotes", 0, "Allocations")), "[] []")
			b.call("DELETE", "/CreditNotes/"+id+"/Allocations/"+allocated, "").want(404)
		})},
		{name: "the answer to an allocation carries its id", source: "not confirmed; the description's example has none", doubt: "allocation-ids", check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
			b := till(t, change)
			id := b.credited()
			a := b.allocate("CreditNotes/"+id, allocation("A", "12")).want(200)
			if got := a.text("Allocations", 0, "AllocationID"); (got == "") != otherwise {
				t.Errorf("AllocationID %q", got)
			}
		}},
		{name: "a credit note in use cannot be voided, an unused one can", source: notes, check: tillFact(func(b *bench) {
			id := b.credited()
			b.allocate("CreditNotes/"+id, allocation("A", "1")).want(200)
			void := `{"CreditNotes":[{"Status":"VOIDED"}]}`
			b.call("POST", "/CreditNotes/"+id, void).want(400)
			allocated := b.get("/CreditNotes/"+id).text("CreditNotes", 0, "Allocations", 0, "AllocationID")
			b.call("DELETE", "/CreditNotes/"+id+"/Allocations/"+allocated, "").want(200)
			b.call("POST", "/CreditNotes/"+id, void).want(200)
			b.expect("credit", b.left("CreditNotes/"+id), "0.00 VOIDED")
		})},
		{name: "a credit note is refunded by a payment, which shows it as an invoice", source: spec + " getPayments", check: tillFact(func(b *bench) {
			id := b.credited()
			a := b.call("PUT", "/Payments", `{"Payments":[`+pay(`"CreditNote":{"CreditNoteNumber":"CN-7"}`, "23")+`]}`).want(200)
			b.expect("payment", a.text("Payments", 0, "PaymentType")+" "+a.text("Payments", 0, "Invoice", "Type")+" "+a.text("Payments", 0, "Invoice", "InvoiceID"), "ARCREDITPAYMENT ACCRECCREDIT "+id)
			b.expect("credit", b.left("CreditNotes/"+id), "0.00 PAID")
			found := b.get(where("Payments", `Invoice.InvoiceID==guid("`+id+`")`))
			b.call("POST", "/Payments/"+found.text("Payments", 0, "PaymentID"), `{"Status":"DELETED"}`).want(200)
			b.expect("credit", b.left("CreditNotes/"+id), "23.00 AUTHORISED")
		})},
	}
}

// bankFacts are what is known of overpayments, prepayments and batch payments.
func bankFacts() []fact {
	return []fact{
		{name: "an overpayment comes of a bank transaction, and is allocated or refunded", source: "developer.xero.com overpayments", check: tillFact(func(b *bench) {
			id := b.received("RECEIVE-OVERPAYMENT", "50", "OverpaymentID")
			b.expect("credit", b.left("Overpayments/"+id), "50.00 AUTHORISED")
			a := b.get("/Overpayments/" + id)
			b.expect("line", a.text("Overpayments", 0, "LineAmountTypes")+" "+a.text("Overpayments", 0, "TotalTax")+" "+a.text("Overpayments", 0, "LineItems", 0, "AccountCode"), "NoTax 0.00 610")
			b.allocate("Overpayments/"+id, allocation("A", "20")).want(200)
			b.expect("invoice", b.sums("A"), "115.00 due 95.00 paid 0.00 credited 20.00 AUTHORISED")
			b.expect("on the invoice", b.get("/Invoices/A").text("Invoices", 0, "Overpayments", 0, "OverpaymentID"), id)
			a = b.call("PUT", "/Payments", `{"Payments":[`+pay(`"Overpayment":{"OverpaymentID":"`+id+`"}`, "30")+`]}`).want(200)
			b.expect("payment", a.text("Payments", 0, "PaymentType"), "AROVERPAYMENTPAYMENT")
			b.expect("credit", b.left("Overpayments/"+id), "0.00 PAID")
		})},
		{name: "deleting a bank transaction voids the unused credit it made", source: "not confirmed; no more than believed", check: tillFact(func(b *bench) {
			a := b.call("PUT", "/BankTransactions", `{"BankTransactions":[`+bank("SPEND-OVERPAYMENT", "50")+`]}`).want(200)
			b.call("POST", "/BankTransactions/"+a.text("BankTransactions", 0, "BankTransactionID"), `{"BankTransactions":[{"Status":"DELETED"}]}`, "X-Off-Spec", "members left out").want(200)
			b.expect("credit", b.left("Overpayments/"+a.text("BankTransactions", 0, "OverpaymentID")), "0.00 VOIDED")
		})},
		{name: "an overpayment is found by its reference", source: spec + " getOverpayments", check: tillFact(func(b *bench) {
			b.received("RECEIVE-OVERPAYMENT", "1", "OverpaymentID")
			b.call("PUT", "/BankTransactions", `{"BankTransactions":[`+with(bank("RECEIVE-OVERPAYMENT", "2"), `"Type"`, `"Reference":"SF-O","Type"`)+`]}`).want(200)
			a := b.get("/Overpayments?References=SF-O,SF-P").want(200)
			b.expect("found", fmt.Sprintf("%d %s", len(a.list("Overpayments")), a.text("Overpayments", 0, "Total")), "1 2.00")
		})},
		{name: "amounts of bank transactions include tax unless said otherwise", source: spec + " createBankTransactions", check: tillFact(func(b *bench) {
			a := b.call("PUT", "/BankTransactions", `{"BankTransactions":[`+bank("RECEIVE", "11.50")+`]}`).want(200)
			b.expect("sums", a.text("BankTransactions", 0, "LineAmountTypes")+" "+a.text("BankTransactions", 0, "SubTotal")+" "+a.text("BankTransactions", 0, "Total"), "Inclusive 10.00 11.50")
		})},
		{name: "a prepayment has tax and takes a number of the invoices", source: spec + " getPrepayments", check: tillFact(func(b *bench) {
			id := b.received("RECEIVE-PREPAYMENT", "11.50", "PrepaymentID")
			a := b.get("/Prepayments/" + id)
			b.expect("sums", a.text("Prepayments", 0, "SubTotal")+" "+a.text("Prepayments", 0, "TotalTax")+" "+a.text("Prepayments", 0, "Total"), "10.00 1.50 11.50")
			b.expect("number", a.text("Prepayments", 0, "InvoiceNumber")+" "+a.text("Prepayments", 0, "Reference"), "INV-0001 INV-0001")
			b.allocate("Prepayments/"+id, allocation("A", "11.50")).want(200)
			b.expect("credit", b.left("Prepayments/"+id), "0.00 PAID")
		})},
		{name: "a batch payment pays several invoices, and its payments go only with it", source: payments, check: tillFact(func(b *bench) {
			b.call("PUT", "/Invoices", `{"Invoices":[`+sale("B", line("1", "10"))+`]}`).want(200)
			part := func(number, amount string) string {
				return `{"Invoice":{"InvoiceNumber":"` + number + `"},"Amount":` + amount + `}`
			}
			a := b.call("PUT", "/BatchPayments", `{"BatchPayments":[{"Account":{"Code":"090"},"Date":"2026-11-21","Reference":"run","Payments":[`+part("A", "115")+`,`+part("B", "1.5")+`]}]}`).want(200)
			b.expect("batch", a.text("BatchPayments", 0, "Type")+" "+a.text("BatchPayments", 0, "TotalAmount"), "RECBATCH 116.50")
			payment := a.text("BatchPayments", 0, "Payments", 0, "PaymentID")
			b.call("POST", "/Payments/"+payment, `{"Status":"DELETED"}`).refused("Payments within a batch cannot be deleted.")
			b.expect("day", b.get("/Payments/"+payment).text("Payments", 0, "Date"), "/Date(1795219200000+0000)/")
			batch := a.text("BatchPayments", 0, "BatchPaymentID")
			b.expect("batch of the payment", b.get("/Payments/"+payment).text("Payments", 0, "BatchPaymentID"), batch)
			b.call("POST", "/BatchPayments", `{"BatchPaymentID":"`+batch+`","Status":"DELETED"}`).want(200)
			b.expect("invoice", b.sums("A"), "115.00 due 115.00 paid 0.00 credited 0.00 AUTHORISED")
			b.expect("payment", b.get("/Payments/"+payment).text("Payments", 0, "Status"), "DELETED")
			b.expect("batch", b.get("/BatchPayments/"+batch).text("BatchPayments", 0, "Status"), "DELETED")
			b.call("POST", "/BatchPayments/"+batch, `{"Status":"DELETED"}`).want(400)
		})},
	}
}

// currencyFacts are what is known of documents and payments in other currencies.
func currencyFacts() []fact {
	return []fact{
		{name: "a currency must be subscribed to before a document uses it", source: "invoiced docs, Xero errors", check: tillFact(func(b *bench) {
			in := func(code string) string {
				return `{"Invoices":[` + with(sale("E-"+code, line("1", "10")), `"Type"`, `"CurrencyCode":"`+code+`","Type"`) + `]}`
			}
			b.call("PUT", "/Invoices", in("EUR")).refused("Organisation is not subscribed to currency EUR")
			b.call("PUT", "/Currencies", `{"Code":"EUR","Description":"Euro"}`).want(200)
			b.call("PUT", "/Invoices", in("EUR")).want(200)
			if got := b.get(where("Currencies", `Code=="EUR"`)).want(200); len(got.list("Currencies")) != 1 {
				b.t.Errorf("currencies %s", got.body)
			}
		})},
		{name: "subscribing to a currency again is refused", source: "not confirmed", doubt: "currency-again", check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
			b := till(t, change)
			name, why := odd("the description has no answer of 400 here")
			a := b.call("PUT", "/Currencies", `{"Code":"USD"}`, name, why)
			if want := 400; !otherwise && a.code != want || otherwise && a.code != 200 {
				t.Errorf("status %d", a.code)
			}
		}},
		{name: "a document in another currency takes the day's rate unless it brings one", source: spec + " Invoice.CurrencyRate", check: tillFact(func(b *bench) {
			for _, tt := range [][3]string{{"2026-11-20", "", "0.6000000000"}, {"2026-11-21", "", "0.5000000000"}, {"2026-11-21", `"CurrencyRate":0.55,`, "0.5500000000"}} {
				body := with(sale("", line("1", "10")), `"Type"`, tt[1]+`"CurrencyCode":"USD","Type"`, "2026-11-20", tt[0])
				b.expect(tt[0], b.call("PUT", "/Invoices", `{"Invoices":[`+body+`]}`).want(200).text("Invoices", 0, "CurrencyRate"), tt[2])
			}
			id := b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale("K", line("1", "10")), `"Type"`, `"CurrencyRate":0.55,"CurrencyCode":"USD","Type"`)+`]}`).want(200).text("Invoices", 0, "InvoiceID")
			b.expect("kept", b.call("POST", "/Invoices/"+id, `{"Invoices":[{"Reference":"x"}]}`).want(200).text("Invoices", 0, "CurrencyRate"), "0.5500000000")
			if list := b.get("/Currencies").want(200); strings.Contains(list.body, "Rate") {
				b.t.Errorf("currencies show the twin's own rates: %s", list.body)
			}
			b.expect("base", b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale("", line("1", "10")), `"Type"`, `"CurrencyRate":3,"Type"`)+`]}`).text("Invoices", 0, "CurrencyRate"), "1.0000000000")
		})},
		{name: "a rate far from the day's is warned of", source: "developer.xero.com changelog 7 April 2026", check: tillFact(func(b *bench) {
			body := with(sale("", line("1", "10")), `"Type"`, `"CurrencyRate":5,"CurrencyCode":"USD","Type"`)
			a := b.call("PUT", "/Invoices?summarizeErrors=false", `{"Invoices":[`+body+`]}`).want(200)
			b.expect("status", a.text("Invoices", 0, "StatusAttributeString"), "WARNING")
		})},
		{name: "a payment is in the invoice's currency, and the bank's amount follows the rate", source: spec + " Payment", check: tillFact(func(b *bench) {
			b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale("U", line("1", "100")), `"Type"`, `"CurrencyCode":"USD","Type"`)+`]}`).want(200)
			a := b.call("PUT", "/Payments", `{"Payments":[`+pay(`"Invoice":{"InvoiceNumber":"U"}`, "50")+`]}`).want(200)
			b.expect("payment", a.text("Payments", 0, "Amount")+" "+a.text("Payments", 0, "BankAmount")+" "+a.text("Payments", 0, "CurrencyRate"), "50.00 100.00 0.5000000000")
			a = b.call("PUT", "/Payments", `{"Payments":[`+pay(`"Invoice":{"InvoiceNumber":"U"}`, "50", `"CurrencyRate":0.4`)+`]}`).want(200)
			b.expect("payment", a.text("Payments", 0, "BankAmount"), "125.00")
			a = b.call("PUT", "/Payments", `{"Payments":[`+with(pay(`"Invoice":{"InvoiceNumber":"U"}`, "1"), `"Amount":1`, `"BankAmount":2`)+`]}`).want(200)
			b.expect("from the bank's side", a.text("Payments", 0, "Amount"), "1.00")
			b.must(b.twin.Change("Accounts", "091", object{"CurrencyCode": "USD"}))
			dollars := with(pay(`"Invoice":{"InvoiceNumber":"U"}`, "5"), "855", "091")
			b.expect("own currency", b.call("PUT", "/Payments", `{"Payments":[`+dollars+`]}`).want(200).text("Payments", 0, "BankAmount"), "5.00")
			dollars = with(pay(ofA, "10"), "855", "091")
			b.expect("other way", b.call("PUT", "/Payments", `{"Payments":[`+dollars+`]}`).want(200).text("Payments", 0, "BankAmount"), "5.00")
			b.expect("sums", b.sums("U"), "115.00 due 9.00 paid 106.00 credited 0.00 AUTHORISED")
		})},
	}
}

// Where most of this is from.
const (
	payments = "developer.xero.com payments"
	spec     = "xero_accounting.yaml"
)

// TestAllocationAcrossLock has an allocation take effect on the later one of both dates.
func TestAllocationAcrossLock(t *testing.T) {
	b := till(t, nil) // A is of 20 November
	a := b.call("PUT", "/CreditNotes", `{"CreditNotes":[`+with(creditNote("C", "10"), "2026-11-20", "2026-11-10")+`]}`).want(200)
	if err := b.twin.Change("Organisation", "", object{"EndOfYearLockDate": "2026-11-15"}); err != nil {
		t.Fatal(err)
	}
	b.call("PUT", "/CreditNotes/"+a.text("CreditNotes", 0, "CreditNoteID")+"/Allocations", `{"Allocations":[`+allocation("A", "5")+`]}`).want(200)
}
