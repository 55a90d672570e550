package xero_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/xero"
)

// partyFacts are what the product leans on of contacts, numbers, statuses and locks.
func partyFacts() []fact {
	return append(append(contactFacts(), numberFacts()...), eventFacts()...)
}

// contact is the body of a write of one contact.
func contact(members string) string { return `{"Contacts":[{` + members + `}]}` }

func contactFacts() []fact {
	refused := func(members, text string) func(t *testing.T, b *bench) {
		return func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Contacts", contact(members), "X-Off-Spec", "what is refused").want(400)
			if got := a.problems(); len(got) != 1 || text != "" && got[0] != text {
				t.Errorf("problems %q", got)
			}
			equal(t, fmt.Sprint(len(b.twin.Contacts())), "3")
		}
	}
	return []fact{
		storyFact("a contact number is used once", pageContacts, refused(`"Name":"New","ContactNumber":"SF-001"`, "")),
		storyFact("a contact number stays used when its contact is archived", "not confirmed; as editing one is", refused(`"Name":"New","ContactNumber":"SF-003"`, "")),
		storyFact("a name has at most 255 characters", "XeroAPI/Xero-OpenAPI, Contact", refused(`"Name":"`+strings.Repeat("n", 256)+`"`, "")),
		storyFact("a name has no angle brackets", pageContacts, refused(`"Name":"A <B>"`, "")),
		storyFact("an e-mail address must be one", "documentation/getting-started/http-response-codes", refused(`"Name":"New","EmailAddress":"jürgen@harbour.test"`, "Email address must be valid.")),
		storyFact("a contact number has at most 50 characters", "XeroAPI/Xero-OpenAPI, Contact", refused(`"Name":"New","ContactNumber":"`+strings.Repeat("9", 51)+`"`, "")),
		storyFact("POST finds a contact by number before name, and by name gives it the number", pageContacts, func(t *testing.T, b *bench) {
			b.call("POST", "/Contacts", contact(`"Name":"Harbour Renamed","ContactNumber":"SF-001"`)).want(200)
			b.call("POST", "/Contacts", contact(`"Name":"Café Nørthern","ContactNumber":"SF-002"`)).want(200)
			equal(t, b.get("/Contacts/"+harbour).text("Contacts", 0, "Name")+" "+b.get("/Contacts/SF-002").text("Contacts", 0, "ContactID")+fmt.Sprint(" ", len(b.twin.Contacts())), "Harbour Renamed "+northern+" 3")
		}),
		storyFact("members that are not sent stay, persons are replaced as a whole", pageContacts, func(t *testing.T, b *bench) {
			b.call("POST", "/Contacts/"+harbour, contact(`"ContactPersons":[{"FirstName":"Bob"}]`)).want(200)
			a := b.get("/Contacts/" + harbour)
			equal(t, a.text("Contacts", 0, "EmailAddress")+a.text("Contacts", 0, "ContactPersons", 0, "FirstName")+fmt.Sprint(len(a.at("Contacts", 0, "ContactPersons").([]any))), "ap@harbour.testBob1")
		}),
		storyFact("a document finds its contact by id, number, then name", "the vendor's prompt library", func(t *testing.T, b *bench) {
			by := func(number, block string) string {
				return with(sale(number, line("1", "1")), `{"ContactID":"`+harbour+`"}`, block)
			}
			a := b.call("PUT", "/Invoices", put(by("A", `{"ContactNumber":"SF-001","Name":"Café Nørthern"}`), by("B", `{"Name":"café nørthern"}`), by("C", `{"ContactID":"`+northern+`"}`))).want(200)
			equal(t, a.text("Invoices", 0, "Contact", "ContactID")+a.text("Invoices", 1, "Contact", "ContactID")+a.text("Invoices", 2, "Contact", "ContactID"), harbour+northern+northern)
		}),
		storyFact("a refused document makes no contact and edits none", "recorded of refusals", func(t *testing.T, b *bench) {
			bad := with(sale("A", line("1", "1")), `"200"`, `"999"`)
			b.call("PUT", "/Invoices", put(with(bad, `"ContactID":"`+harbour+`"`, `"Name":"Nobody"`), with(bad, `"`+harbour+`"`, `"`+harbour+`","EmailAddress":"x@x.test"`))).want(400)
			equal(t, fmt.Sprint(len(b.twin.Contacts()), b.get("/Contacts/"+harbour).text("Contacts", 0, "EmailAddress")), "3ap@harbour.test")
		}),
		storyFact("a merged contact is archived, points at the other, and its documents have moved", "XeroAPI/Xero-OpenAPI, Contact.MergedToContactID", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(sale("A", line("1", "1")))).want(200)
			b.must(b.twin.Merge(harbour, northern))
			a := b.get("/Contacts/" + harbour).want(200)
			equal(t, a.text("Contacts", 0, "ContactStatus")+a.text("Contacts", 0, "MergedToContactID")+b.get("/Invoices/A").text("Invoices", 0, "Contact", "ContactID"), "ARCHIVED"+northern+northern)
			b.call("PUT", "/Invoices", put(sale("B", line("1", "1")))).want(400)
		}),
	}
}

func numberFacts() []fact {
	bill := func(number string) string {
		return with(draft(number, with(line("1", "10"), "200", "300")), "ACCREC", "ACCPAY")
	}
	return []fact{
		storyFact("a number in a path is the sale's, though a bill had it first", pageInvoices, func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(bill("A"), sale("A", line("1", "1")))).want(200)
			equal(t, b.get("/Invoices/A").want(200).text("Invoices", 0, "Type"), "ACCREC")
			equal(t, b.call("POST", "/Invoices/A", put(`{"Reference":"x"}`)).want(200).text("Invoices", 0, "Type"), "ACCREC")
			equal(t, fmt.Sprint(len(b.get("/Invoices?InvoiceNumbers=A").list("Invoices"))), "2")
		}),
		storyFact("a number is freed by another one before the invoice is voided", "vendors' help pages", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(sale("A", line("1", "1")))).want(200)
			b.call("POST", "/Invoices/A", put(`{"InvoiceNumber":"A-void"}`)).want(200)
			b.call("POST", "/Invoices/A-void", put(`{"Status":"VOIDED"}`)).want(200)
			b.call("PUT", "/Invoices", put(sale("A", line("1", "1")))).want(200)
			b.call("POST", "/Invoices/A", put(`{"InvoiceNumber":"A-VOID"}`)).want(400)
		}),
		storyFact("POST of a number that is voided or paid edits nothing", "help.writeupp.com; Emersion", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(sale("V", line("1", "1")), sale("P", line("1", "1")))).want(200)
			b.call("POST", "/Invoices/V", put(`{"Status":"VOIDED"}`)).want(200)
			b.must(b.twin.Pay("P", dec("1.15"), ""))
			equal(t, fmt.Sprint(b.call("POST", "/Invoices", put(sale("V", line("1", "2")))).want(400).problems()), "[Invoice not of valid status for modification]")
			b.call("POST", "/Invoices", put(sale("P", line("1", "2")))).want(400)
			equal(t, b.get("/Invoices/P").text("Invoices", 0, "Total"), "1.15")
		}),
		storyFact("an automatic number is one that no sale has", pageInvoices, func(t *testing.T, b *bench) {
			auto := with(sale("A", line("1", "1")), `"InvoiceNumber":"A",`, "")
			b.call("PUT", "/Invoices", put(sale("inv-0001", line("1", "1")))).want(200)
			a := b.call("PUT", "/Invoices", put(auto)).want(200)
			equal(t, a.text("Invoices", 0, "InvoiceNumber"), "INV-0002")
		}),
		storyFact("an invoice goes from draft to approved and ends voided; drafts are deleted", "documentation/api/accounting/types", func(_ *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(draft("A", line("1", "1")), draft("B", line("1", "1")))).want(200)
			for _, step := range []struct {
				number, status string
				code           int
			}{
				{"A", "VOIDED", 400},
				{"A", "PAID", 400},
				{"A", "SUBMITTED", 200},
				{"A", "DRAFT", 200},
				{"A", "AUTHORISED", 200},
				{"A", "DRAFT", 400},
				{"A", "DELETED", 400},
				{"A", "VOIDED", 200},
				{"A", "AUTHORISED", 400},
				{"B", "DELETED", 200},
				{"B", "DRAFT", 400},
			} {
				if a := b.call("POST", "/Invoices/"+step.number, put(`{"Status":"`+step.status+`"}`)); a.code != step.code {
					b.t.Errorf("%s to %s: %d", step.number, step.status, a.code)
				}
			}
		}),
		storyFact("an invoice whose credit and payments were taken back can be voided", "XeroAPI/Xero-OpenAPI, deletePayment", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(sale("A", line("1", "100")))).want(200)
			id := b.credited()
			b.allocate("CreditNotes/"+id, allocation("A", "23")).want(200)
			payment := b.call("PUT", "/Payments", `{"Payments":[`+pay(ofA, "92")+`]}`).want(200).text("Payments", 0, "PaymentID")
			b.expect("sums", b.sums("A"), "115.00 due 0.00 paid 92.00 credited 23.00 PAID")
			b.call("DELETE", "/CreditNotes/"+id+"/Allocations/"+b.get("/CreditNotes/"+id).text("CreditNotes", 0, "Allocations", 0, "AllocationID"), "").want(200)
			b.expect("sums", b.sums("A"), "115.00 due 23.00 paid 92.00 credited 0.00 AUTHORISED")
			b.call("POST", "/Invoices/A", put(`{"Status":"VOIDED"}`)).want(400)
			b.call("POST", "/Payments/"+payment, `{"Status":"DELETED"}`).want(200)
			b.call("POST", "/Invoices/A", put(`{"Status":"VOIDED"}`)).want(200)
			equal(t, b.left("CreditNotes/"+id), "23.00 AUTHORISED")
		}),
		storyFact("a voided invoice owes nothing", "documentation/api/accounting/types", func(_ *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(sale("A", line("1", "100")))).want(200)
			b.call("POST", "/Invoices/A", put(`{"Status":"VOIDED"}`)).want(200)
			b.expect("sums", b.sums("A"), "115.00 due 0.00 paid 0.00 credited 0.00 VOIDED")
		}),
		storyFact("nothing in a locked period is edited, voided, or moved out of it", pageInvoices, func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(sale("A", line("1", "1")))).want(200)
			b.must(b.twin.Change("Organisation", "", object{"EndOfYearLockDate": "2026-11-20"}))
			for _, body := range []string{`{"Reference":"x"}`, `{"Status":"VOIDED"}`, `{"Date":"2026-12-01"}`} {
				b.call("POST", "/Invoices/A", put(body)).refused("The document date cannot be before the end of year lock date, currently set at ")
			}
			b.call("PUT", "/Invoices", put(draft("B", line("1", "1")))).want(400)
			equal(t, fmt.Sprint(b.twin.Invoices()[0]["Status"], len(b.twin.Invoices())), "AUTHORISED1")
		}),
	}
}

// eventFacts are what the product leans on when it is told of changes.
func eventFacts() []fact {
	const overview = "documentation/webhooks/overview"
	heardFact := func(name, source string, check func(t *testing.T, b *bench, c *receiver)) fact {
		return fact{name: name, source: source, check: func(t *testing.T, change func(*xero.Options), _ bool) {
			b, c := listen(t, change)
			check(t, b, c)
		}}
	}
	failing := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	return []fact{
		heardFact("an event names tenant, record and instant, and nothing of what changed", "xero-webhooks.yaml", func(t *testing.T, b *bench, c *receiver) {
			b.sell("A")
			b.deliver()
			body := c.bodies[0]
			id := b.get("/Invoices/A").text("Invoices", 0, "InvoiceID")
			for _, want := range []string{
				`"resourceUrl":"https://api.xero.com/api.xro/2.0/Invoices/` + id + `"`, `"resourceId":"` + id + `"`, `"eventDateUtc":"2026-11-22T10:08:01.160"`,
				`"eventType":"CREATE","eventCategory":"INVOICE","tenantId":"` + b.twin.Tenant() + `","tenantType":"ORGANISATION"}`,
			} {
				if !strings.Contains(body, want) {
					t.Errorf("no %s in %s", want, body)
				}
			}
		}),
		heardFact("a day of failure ends deliveries, and what waited comes in order once the intent passes again", overview, func(t *testing.T, b *bench, c *receiver) {
			c.answer = failing
			b.sell("A")
			for range 24*4 + 2 {
				b.deliver()
				b.clock.Advance(15 * time.Minute)
			}
			b.token = b.signIn("")
			b.sell("B")
			if got := b.deliver(); got.Live || got.Calls != 0 {
				t.Errorf("delivered %+v", got)
			}
			c.answer = nil
			c.take(t)
			if got, err := b.twin.Intent(t.Context()); err != nil || !got.Passed {
				t.Fatalf("intent %+v, %v", got, err)
			}
			b.deliver()
			if got := heard(c.take(t)); !slices.Equal(got, []string{"CREATE INVOICE", "CREATE INVOICE"}) {
				t.Errorf("heard %v", got)
			}
		}),
		heardFact("an answer with a body or a cookie, or of another status, is none", "documentation/webhooks/configuring-your-server", func(t *testing.T, b *bench, c *receiver) {
			for _, answer := range []http.HandlerFunc{
				func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) },
				func(w http.ResponseWriter, _ *http.Request) { http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"}) },
				func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) },
			} {
				c.answer = answer
				b.sell(fmt.Sprint("A", len(b.twin.Invoices())))
				if got := b.deliver(); got.Failed != got.Calls || got.Calls == 0 {
					t.Errorf("delivered %+v", got)
				}
				b.clock.Advance(15 * time.Minute)
				b.token = b.signIn("")
			}
		}),
	}
}
