package xero_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/xero"
)

// refusedFact is a row about a text of refusal: a new invoice gets exactly that.
func refusedFact(name, source, invoice, text string) fact {
	return fact{name: name, source: source, check: func(t *testing.T, change func(*xero.Options), _ bool) {
		b := open(t, func(o *xero.Options) { shop(o); change(o) })
		b.call("PUT", "/Invoices", put(sale("TAKEN", line("1", "1")))).want(200)
		if err := b.twin.Change("Accounts", "400", object{"Status": "ARCHIVED"}); err != nil {
			t.Fatal(err)
		}
		a := b.call("PUT", "/Invoices", put(invoice)).want(400)
		if got := a.problems(); !slices.Equal(got, []string{text}) {
			t.Errorf("problems %q, want %q", got, text)
		}
		if n := len(b.twin.Invoices()); n != 1 {
			t.Errorf("%d invoices after a refusal", n)
		}
	}}
}

// storyFact is a row that needs the shop and no doubt.
func storyFact(name, source string, check func(t *testing.T, b *bench)) fact {
	return fact{name: name, source: source, check: func(t *testing.T, change func(*xero.Options), _ bool) {
		check(t, open(t, func(o *xero.Options) { shop(o); change(o) }))
	}}
}

func equal(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// invoiceFacts are what the product leans on when it writes invoices and their contacts.
func invoiceFacts() []fact {
	good := sale("A", line("1", "10"))
	on := func(account, more string) string { return with(good, `"200"`, `"`+account+`"`+more) }
	return slices.Concat([]fact{
		refusedFact("a sales number is used once", "XeroAPI/Xero-OpenAPI, getInvoice", with(good, `"A"`, `"TAKEN"`), "Invoice # must be unique."),
		refusedFact("an item code must be there", "XeroAPI/xero-ruby#247", with(good, `"AccountCode"`, `"ItemCode":"NONE","AccountCode"`), "Item code 'NONE' is not valid"),
		refusedFact("a line cannot stand on an unknown account", "test suites of two clients", on("999", ""), "Account code '999' is not a valid code for this document."),
		refusedFact("a line cannot stand on a bank account", "test suites of two clients", on("090", ""), "Account code '090' is not a valid code for this document."),
		refusedFact("a line cannot stand on a system account", "test suites of two clients", on("800", ""), "Account code '800' is not a valid code for this document."),
		refusedFact("a line cannot stand on an archived account", "test suites of two clients", on("400", ""), "Account code '400' has been archived, or has been deleted. Each line item must reference a valid account."),
		refusedFact("an approved line needs an account", "the Xero extension of CiviCRM", with(good, `,"AccountCode":"200"`, ""), "Account code must be specified"),
		refusedFact("a tax type must suit the account", "accounting/taxrates", on("200", `,"TaxType":"INPUT2"`), "The TaxType code 'INPUT2' cannot be used with account code '200'."),
		refusedFact("a line total must be what it computes to", "two client code bases", with(good, `"Quantity":1,"UnitAmount":10`, `"Quantity":10,"UnitAmount":10,"LineAmount":1`), "The line total 1.00 does not match the expected line total 100.00"),
		refusedFact("a currency must be subscribed", "help pages of several integrators", with(good, `"Type"`, `"CurrencyCode":"EUR","Type"`), "Organisation is not subscribed to currency EUR"),
		refusedFact("a contact block needs something to know the contact by", "XeroAPI/Xero-OpenAPI, createBankTransactions", with(good, `{"ContactID":"`+harbour+`"}`, `{"EmailAddress":"ap@harbour.test"}`),
			"The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, ContactNumber"),
	}, invoiceStories(good))
}

func invoiceStories(good string) []fact {
	return []fact{
		storyFact("POST on the collection edits the invoice whose number it meets", "freakboy3742/pyxero#328", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(good)).want(200)
			b.call("POST", "/Invoices", put(with(good, `"UnitAmount":10`, `"UnitAmount":20`))).want(200)
			equal(t, fmt.Sprint(len(b.twin.Invoices()), " ", b.twin.Invoices()[0]["Total"]), "1 23.00")
		}),
		storyFact("a default-mode batch stores its good elements behind a 400", "XeroAPI/xero-ruby#247", func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Invoices", put(good, good, sale("B", line("1", "1")))).want(400)
			equal(t, fmt.Sprint(len(a.list("Elements")), len(b.twin.Invoices())), "1 2")
		}),
		storyFact("a refused element is a 200 that echoes what was asked", "recorded", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(good)).want(200)
			id := b.twin.Invoices()[0]["InvoiceID"].(string)
			a := b.call("POST", "/Invoices?summarizeErrors=false", put(`{"InvoiceID":"`+id+`","Status":"DELETED"}`)).want(200)
			equal(t, a.text("Invoices", 0, "StatusAttributeString")+a.text("Invoices", 0, "Status")+a.text("Invoices", 0, "InvoiceID"), "ERRORDELETED"+id)
			equal(t, a.text("Invoices", 0, "ValidationErrors", 0, "Message"), "Invoice not of valid status for modification")
			equal(t, fmt.Sprint(b.twin.Invoices()[0]["Status"]), "AUTHORISED")
		}),
		storyFact("marking a draft as sent is a warning, and not done", "accounting/requests-and-responses", func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Invoices?summarizeErrors=false", put(with(draft("A", line("1", "1")), `"Type"`, `"SentToContact":true,"Type"`))).want(200)
			equal(t, a.text("Invoices", 0, "StatusAttributeString")+a.text("Invoices", 0, "SentToContact")+a.text("Invoices", 0, "Warnings", 0, "Message"),
				"WARNINGfalseOnly AUTHORISED invoices may have SentToContact updated.")
		}),
		storyFact("a name that nobody has makes a contact in silence", "a staff member of the vendor on community.xero.com", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(with(good, `"ContactID":"`+harbour+`"`, `"Name":"Harbour Tool Ltd"`), with(sale("B", line("1", "1")), `"ContactID":"`+harbour+`"`, `"Name":"Harbour Tools Ltd"`))).want(200)
			equal(t, fmt.Sprint(len(b.twin.Contacts())), "4")
		}),
		storyFact("members beside the contact's id overwrite it, and lose its persons", "accounting/invoices", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(with(good, `"`+harbour+`"`, `"`+harbour+`","EmailAddress":"new@harbour.test"`))).want(200)
			a := b.get("/Contacts/" + harbour)
			equal(t, fmt.Sprint(a.text("Contacts", 0, "EmailAddress"), len(a.at("Contacts", 0, "ContactPersons").([]any))), "new@harbour.test0")
		}),
		storyFact("lines that an update leaves out are deleted", "accounting/invoices", func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Invoices", put(draft("A", line("1", "10"), line("1", "20")))).want(200)
			kept := a.text("Invoices", 0, "LineItems", 1, "LineItemID")
			b.call("POST", "/Invoices/A", put(`{"LineItems":[{"LineItemID":"`+kept+`","Quantity":2},`+line("1", "1")+`]}`)).want(200)
			after := b.get("/Invoices/A")
			equal(t, fmt.Sprint(after.text("Invoices", 0, "SubTotal"), " ", len(after.at("Invoices", 0, "LineItems").([]any)), after.text("Invoices", 0, "LineItems", 0, "LineItemID") == kept), "41.00 2 true")
		}),
		storyFact("an update without lines leaves them alone", "accounting/invoices", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(draft("A", line("1", "10")))).want(200)
			a := b.call("POST", "/Invoices/A", put(`{"Status":"AUTHORISED","Reference":"x"}`)).want(200)
			equal(t, a.text("Invoices", 0, "Total")+a.text("Invoices", 0, "Status")+a.text("Invoices", 0, "Reference"), "11.50AUTHORISEDx")
		}),
		storyFact("an invoice with money on it cannot be voided, nor its sums changed", "the Xero extension of CiviCRM; Fooman for Magento", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(good)).want(200)
			if err := b.twin.Pay("A", dec("1"), ""); err != nil {
				t.Fatal(err)
			}
			a := b.call("POST", "/Invoices/A", put(`{"Status":"VOIDED"}`)).want(400)
			equal(t, fmt.Sprint(a.problems()), "[The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it.]")
			a = b.call("POST", "/Invoices/A", put(`{"LineItems":[`+line("1", "11")+`]}`)).want(400)
			equal(t, fmt.Sprint(a.problems()), "[This document cannot be edited as it has a payment or credit note allocated to it.]")
			b.call("POST", "/Invoices/A", put(`{"Reference":"x","DueDate":"2027-01-01"}`)).want(200)
			b.call("POST", "/Invoices/A", put(`{"Type":"ACCREC","Date":"2026-11-20","LineAmountTypes":"Exclusive","CurrencyCode":"NZD","CurrencyRate":1,"Reference":"y"}`)).want(200) // as before
			b.call("POST", "/Invoices/A", put(`{"Date":"2026-11-21"}`)).want(400)
		}),
		storyFact("numbers count on from the highest, deleted ones too", "accounting/invoices; recorded", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(draft("INV-0041", line("1", "1")))).want(200)
			b.call("POST", "/Invoices/INV-0041", put(`{"Status":"DELETED"}`)).want(200)
			a := b.call("PUT", "/Invoices", put(with(good, `"InvoiceNumber":"A",`, ""))).want(200)
			equal(t, a.text("Invoices", 0, "InvoiceNumber"), "INV-0042")
		}),
		storyFact("a missing date is today in the organisation's zone", "XeroAPI/Xero-OpenAPI, Invoice.Date", func(t *testing.T, b *bench) {
			b.clock.Set(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)) // in Auckland the day after
			b.token = b.signIn("")
			a := b.call("PUT", "/Invoices", put(with(good, `"Date":"2026-11-20",`, ""))).want(200)
			equal(t, a.text("Invoices", 0, "DateString"), "2026-11-23T00:00:00")
		}),
		storyFact("unit prices have two places unless unitdp is 4, on the way in and out", "api-guides/rounding-in-xero", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices?unitdp=4", put(sale("A", line("100", "0.1234")))).want(200)
			b.call("PUT", "/Invoices", put(sale("B", line("100", "0.1234")))).want(200)
			equal(t, b.get("/Invoices/A?unitdp=4").text("Invoices", 0, "LineItems", 0, "UnitAmount")+" "+b.get("/Invoices/A").text("Invoices", 0, "LineItems", 0, "UnitAmount")+" "+
				b.get("/Invoices/A").text("Invoices", 0, "SubTotal")+" "+b.get("/Invoices/B?unitdp=4").text("Invoices", 0, "LineItems", 0, "UnitAmount")+" "+b.get("/Invoices/B").text("Invoices", 0, "SubTotal"),
				"0.1234 0.12 12.34 0.1200 12.00")
		}),
		storyFact("an archived contact cannot be edited", "recorded", func(t *testing.T, b *bench) {
			a := b.call("POST", "/Contacts", `{"Contacts":[{"ContactID":"`+closed+`","ContactStatus":"ARCHIVED"}]}`).want(400)
			equal(t, fmt.Sprint(a.problems()), "[The specified contact details matched an archived contact. Archived contacts cannot currently be edited via the API.]")
		}),
		storyFact("a contact with unpaid invoices can be archived, and then has no new ones", "recorded; the refusal is not confirmed", func(t *testing.T, b *bench) {
			b.call("PUT", "/Invoices", put(good)).want(200)
			b.call("POST", "/Contacts", `{"Contacts":[{"ContactID":"`+harbour+`","ContactStatus":"ARCHIVED"}]}`).want(200)
			b.call("PUT", "/Invoices", put(sale("B", line("1", "1")))).want(400)
			b.call("POST", "/Invoices/A", put(`{"Status":"VOIDED"}`)).want(200)
		}),
		storyFact("a contact name is unique among active contacts, and free once archived", "recorded", func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"Harbour Tools Ltd"},{"Name":"Closed Shop"}]}`).want(400)
			equal(t, fmt.Sprint(a.problems(), " ", a.text("Elements", 0, "ContactID")), "[The contact name Harbour Tools Ltd is already assigned to another contact. The contact name must be unique across all active contacts.] 00000000-0000-0000-0000-000000000000")
			equal(t, fmt.Sprint(len(b.twin.Contacts())), "4")
		}),
		storyFact("the list of tax rates holds deleted ones", "recorded", func(t *testing.T, b *bench) {
			a := b.get(where("TaxRates", `Status=="DELETED"`)).want(200)
			equal(t, fmt.Sprint(len(a.list("TaxRates")), " ", a.text("TaxRates", 0, "EffectiveRate")), "2 12.5000")
		}),
		storyFact("an item's side that is not sold or bought is empty", "XeroAPI/Xero-OpenAPI, Item", func(t *testing.T, b *bench) {
			a := b.call("POST", "/Items/SAW", `{"Items":[{"Code":"SAW","IsSold":false}]}`).want(200)
			equal(t, fmt.Sprint(a.at("Items", 0, "SalesDetails"), a.at("Items", 0, "Description")), "map[] <nil>")
		}),
		storyFact("an item code is used once, and POST edits the item of it", "XeroAPI/Xero-OpenAPI, createItems", func(t *testing.T, b *bench) {
			equal(t, fmt.Sprint(b.call("PUT", "/Items", `{"Items":[{"Code":"SAW"}]}`).want(400).problems()), "[Price List Item with Code 'SAW' already exists]")
			b.call("POST", "/Items", `{"Items":[{"Code":"SAW","Name":"Better saw"}]}`).want(200)
			equal(t, b.get("/Items/SAW").text("Items", 0, "Name")+b.get("/Items/SAW").text("Items", 0, "Description"), "Better sawA sharp saw")
		}),
	}
}
