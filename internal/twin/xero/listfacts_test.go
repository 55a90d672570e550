package xero_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/xero"
)

// Pages of the vendor's documentation that rows below name.
const (
	pageRequests = "documentation/api/accounting/requests-and-responses"
	pageInvoices = "documentation/api/accounting/invoices"
	pageContacts = "documentation/api/accounting/contacts"
)

// shelf is the shop with three invoices, changed one second after another: A of Harbour
// Tools in May, B of the café in June, C of Harbour Tools, which is a draft.
func shelf(o *xero.Options) {
	shop(o)
	invoice := func(number, contact, status, day string, second int) object {
		return object{
			"Type": "ACCREC", "InvoiceNumber": number, "Reference": "ref " + strings.ToLower(number), "Contact": object{"ContactID": contact}, "Status": status,
			"Date": day, "DueDate": day, "UpdatedDateUTC": start.Truncate(time.Second).Add(time.Duration(second-60) * time.Second).Format(time.RFC3339),
			"LineItems": []any{object{"Description": "Work", "Quantity": "1", "UnitAmount": "10", "AccountCode": "200"}},
		}
	}
	o.Collections["Invoices"] = []map[string]any{
		invoice("A", harbour, "AUTHORISED", "2026-05-01", 1), invoice("B", northern, "AUTHORISED", "2026-06-01", 2), invoice("C", harbour, "DRAFT", "2026-06-02", 3),
	}
}

// lists makes the check that a path answers the records of those numbers or names, in that order.
func lists(path, want string, headers ...string) func(*testing.T, func(*xero.Options), bool) {
	return func(t *testing.T, change func(*xero.Options), _ bool) {
		b := open(t, func(o *xero.Options) { shelf(o); change(o) })
		if got := named(b.get(path, headers...).want(200)); got != want {
			t.Errorf("%s answers %q, want %q", path, got, want)
		}
	}
}

// named joins the numbers or names of the records in an answer.
func named(a answer) string {
	var out []string
	for _, collection := range []string{"Invoices", "Contacts"} {
		for i := range a.list(collection) {
			name := a.text(collection, i, "InvoiceNumber")
			if collection == "Contacts" {
				name = a.text(collection, i, "Name")
			}
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

func since(second int, layout string) (name, value string) {
	return "If-Modified-Since", start.Truncate(time.Second).Add(time.Duration(second-60) * time.Second).Format(layout)
}

// listFacts are what is known of lists.
func listFacts() []fact {
	facts := append(pageFacts(), stampFacts()...)
	_, iso := since(2, "2006-01-02T15:04:05")
	_, offset := since(2, "2006-01-02T15:04:05Z")
	_, date := since(2, "Mon, 02 Jan 2006 15:04:05 GMT")
	for _, f := range []struct{ name, source, path, want, header string }{
		{"records come in the order of their stamps", pageRequests, "/Invoices?page=1", "A B C", ""},
		{"an order may have several keys", pageRequests, "/Invoices?page=1&order=Contact.Name+DESC,Date+ASC", "A C B", ""},
		{"== compares", pageRequests, where("Invoices", `InvoiceNumber=="B"`, "page", "1"), "B", ""},
		{"a single = compares as well", "documentation/api/accounting/payments", where("Invoices", `InvoiceNumber="B"`, "page", "1"), "B", ""},
		{"text is compared without case", "recorded 13 September 2026", where("Contacts", `Name=="HARBOUR tools ltd"`), "Harbour Tools Ltd", ""},
		{"contacts are compared without accents", pageContacts, where("Contacts", `Name=="cafe northern"`), "Café Nørthern", ""},
		{"a GUID is a literal of its own", pageRequests, where("Invoices", `Contact.ContactID==guid("`+northern+`")`, "page", "1"), "B", ""},
		{"a date is a literal of its own", pageRequests, where("Invoices", `Date>=DateTime(2026, 06, 01) AND Date<DateTime(2026,6,2)`, "page", "1"), "B", ""},
		{"OR and parentheses join", pageRequests, where("Invoices", `Status=="AUTHORISED" && (InvoiceNumber=="C" OR InvoiceNumber=="A")`, "page", "1"), "A", ""},
		{"null finds what was never set", pageContacts, where("Contacts", `EmailAddress!=null`), "Harbour Tools Ltd", ""},
		{"text methods find parts", pageContacts, where("Contacts", `Name.ToLower().Contains("tools")`), "Harbour Tools Ltd", ""},
		{"IDs names records", "OpenAPI description: getContacts", "/Contacts?IDs=" + northern + "," + harbour, "Harbour Tools Ltd Café Nørthern", ""},
		{"InvoiceNumbers names invoices", "OpenAPI description: getInvoices", "/Invoices?InvoiceNumbers=B,A,Z", "A B", ""},
		{"ContactIDs names invoices by contact", "OpenAPI description: getInvoices", "/Invoices?ContactIDs=" + harbour, "A C", ""},
		{"Statuses names invoices by status", "OpenAPI description: getInvoices", "/Invoices?Statuses=DRAFT,PAID", "C", ""},
		{"searchTerm looks into the reference of invoices", "OpenAPI description: getInvoices", "/Invoices?searchTerm=REF+b", "B", ""},
		{"searchTerm looks into the e-mail address of contacts", pageContacts, "/Contacts?searchTerm=AP@harbour", "Harbour Tools Ltd", ""},
		{"archived contacts are left out", pageContacts, "/Contacts?searchTerm=closed", "", ""},
		{"archived contacts come when asked for", pageContacts, "/Contacts?searchTerm=closed&includeArchived=true", "Closed Shop", ""},
		{"createdByMyApp leaves out what others made", "OpenAPI description: getInvoices", "/Invoices?createdByMyApp=true", "", ""},
		{"If-Modified-Since is UTC when it has no zone", pageContacts, "/Invoices?page=1", "C", iso},
		{"If-Modified-Since may have a zone", "OpenAPI description: ifModifiedSince", "/Invoices?page=1", "C", offset},
		{"If-Modified-Since may be an HTTP date", "seen of the vendor's clients", "/Invoices?page=1", "C", date},
	} {
		var headers []string
		if f.header != "" {
			headers = []string{"If-Modified-Since", f.header, "X-Off-Spec", "forms of the header"}
		}
		facts = append(facts, fact{name: f.name, source: f.source, check: lists(f.path, f.want, headers...)})
	}
	return facts
}

// pageFacts are what is known of paging and of what lists leave out.
func pageFacts() []fact {
	return []fact{
		{
			name: "page sizes outside 1 to 1,000 are clamped", source: pageRequests,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { shelf(o); change(o) })
				for size, want := range map[string]string{"0": "1", "-5": "1", "2": "2", "1000": "1000", "1001": "1000"} {
					name, why := odd("a size out of range")
					if got := b.get("/Invoices?page=1&pageSize="+size, name, why).want(200).text("pagination", "pageSize"); got != want {
						t.Errorf("size %s is taken for %s, want %s", size, got, want)
					}
				}
			},
		},
		{
			name: "a page says how many there are", source: "OpenAPI description: Pagination",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { shelf(o); change(o) })
				a := b.get("/Invoices?page=2&pageSize=2").want(200)
				if got := fmt.Sprint(a.at("pagination")); got != "map[itemCount:3 page:2 pageCount:2 pageSize:2]" || named(a) != "C" {
					t.Errorf("pagination %s with %s", got, named(a))
				}
				if got := b.get("/Invoices?page=1&pageSize=3").want(200).text("pagination", "pageCount"); got != "1" {
					t.Errorf("three records make %s pages of three", got)
				}
				if a := b.get("/Invoices").want(200); a.at("pagination") != nil {
					t.Error("a list without pages has a pagination block")
				}
			},
		},
		{
			name: "a page after the last is empty", source: "seen of a client; not confirmed", doubt: "past-page-refused",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, func(o *xero.Options) { shelf(o); change(o) })
				a := b.get("/Invoices?page=2")
				if otherwise {
					a.want(400)
				} else if len(a.want(200).list("Invoices")) != 0 || a.text("pagination", "itemCount") != "3" {
					t.Errorf("answer %s", a.body)
				}
				b.get("/Invoices?Statuses=PAID").want(200) // the first page is always there
			},
		},
		{
			name: "a new record is in lists at once", source: "not confirmed", doubt: "list-lag",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, func(o *xero.Options) { shelf(o); change(o) })
				b.call("PUT", "/Invoices", put(sale("D", line("1", "1")))).want(200)
				found := func() string {
					return named(b.get("/Invoices?page=1&pageSize=9")) + "," + named(b.get(where("Invoices", `InvoiceNumber=="D"`))) + "," + named(b.get("/Invoices?InvoiceNumbers=D")) + "," + named(b.get("/Invoices/D"))
				}
				want := "A B C D,D,D,D"
				if otherwise {
					equal(t, found(), "A B C,,D,D")
					b.clock.Advance(5 * time.Second)
				}
				equal(t, found(), want)
			},
		},
		{
			name: "lists without pages leave out lines and details", source: pageInvoices + ", " + pageContacts,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { shelf(o); change(o) })
				bare, paged := b.get("/Invoices").want(200), b.get("/Invoices?page=1").want(200)
				if lines, _ := bare.at("Invoices", 0, "LineItems").([]any); len(lines) != 0 {
					t.Errorf("lines %v in a list without pages", lines)
				}
				if lines, _ := paged.at("Invoices", 0, "LineItems").([]any); len(lines) != 1 {
					t.Errorf("lines %v in a page", lines)
				}
				person := func(path string) any { return b.get(path).want(200).at("Contacts", 0, "ContactPersons") }
				all := where("Contacts", `ContactNumber=="SF-001"`)
				if person(all) != nil || person(all+"&page=1") == nil || person(all+"&summaryOnly=true") != nil {
					t.Errorf("contact persons: bare %v, paged %v, summary %v", person(all), person(all+"&page=1"), person(all+"&summaryOnly=true"))
				}
			},
		},
		{
			name: "summaryOnly and Statuses force pages", source: pageContacts + ", " + pageInvoices,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { shelf(o); change(o) })
				for _, path := range []string{"/Contacts?summaryOnly=true", "/Invoices?summaryOnly=true", "/Invoices?Statuses=DRAFT"} {
					if b.get(path).want(200).text("pagination", "pageSize") != "100" {
						t.Errorf("%s is not paged", path)
					}
				}
			},
		},
	}
}

// stampFacts are what is known of the stamp by which changes are found.
func stampFacts() []fact {
	return []fact{
		{
			name: "nothing changed is an empty list", source: "not confirmed", doubt: "not-modified",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, func(o *xero.Options) { shelf(o); change(o) })
				name, value := since(120, "2006-01-02T15:04:05Z")
				a := b.get("/Invoices?page=1", name, value)
				if otherwise {
					if a.want(304).body != "" {
						t.Errorf("body %s", a.body)
					}
					return
				}
				if len(a.want(200).list("Invoices")) != 0 {
					t.Errorf("answer %s", a.body)
				}
			},
		},
		{
			name: "a record of the very instant is left out", source: "not documented", doubt: "since-inclusive",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, func(o *xero.Options) { shelf(o); change(o) })
				name, value := since(2, "2006-01-02T15:04:05Z")
				want := "C"
				if otherwise {
					want = "B C"
				}
				if got := named(b.get("/Invoices?page=1", name, value).want(200)); got != want {
					t.Errorf("since the stamp of B: %s, want %s", got, want)
				}
			},
		},
		{
			name: "a new due date on a part-paid invoice does not move its stamp", source: pageRequests,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { shelf(o); change(o) })
				stamps := func() string { return b.get("/Invoices/A").want(200).text("Invoices", 0, "UpdatedDateUTC") }
				move := func(body string) {
					b.clock.Advance(time.Minute)
					b.call("POST", "/Invoices/A", `{"Invoices":[`+body+`]}`).want(200)
				}
				before := stamps()
				move(`{"DueDate":"2026-12-24"}`)
				open := stamps()
				if err := b.twin.Pay("A", dec("1"), ""); err != nil {
					t.Fatal(err)
				}
				paid := stamps()
				move(`{"DueDate":"2026-12-25"}`)
				if got := b.get("/Invoices/A").text("Invoices", 0, "DueDateString"); !strings.HasPrefix(got, "2026-12-25") {
					t.Errorf("due %s", got)
				}
				after := stamps()
				move(`{"Reference":"other"}`)
				if before == open || paid != after || after == stamps() {
					t.Errorf("stamps: %s, due date moved %s, paid %s, due date moved %s, reference changed %s", before, open, paid, after, stamps())
				}
			},
		},
		{
			name: "becoming a customer does not move a contact's stamp", source: pageRequests,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { shop(o); change(o) })
				contact := func(member string) string {
					return b.get("/Contacts/"+harbour).want(200).text("Contacts", 0, member)
				}
				before := contact("UpdatedDateUTC")
				b.clock.Advance(time.Minute)
				b.call("PUT", "/Invoices", `{"Invoices":[`+sale("A", line("1", "10"))+`]}`).want(200)
				if contact("IsCustomer") != "true" || contact("UpdatedDateUTC") != before {
					t.Errorf("customer %s, stamp %s, before %s", contact("IsCustomer"), contact("UpdatedDateUTC"), before)
				}
			},
		},
	}
}
