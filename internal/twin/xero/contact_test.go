package xero_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/xero"
)

func TestContactsRefused(t *testing.T) {
	const archived = "The specified contact details matched an archived contact. Archived contacts cannot currently be edited via the API."
	nameTaken := "The contact name Harbour Tools Ltd is already assigned to another contact. The contact name must be unique across all active contacts."
	tests := []struct{ fact, method, body, want string }{
		{"name taken", "PUT", `{"Name":"Harbour Tools Ltd"}`, nameTaken},
		{"name taken in another case and spacing", "PUT", `{"Name":" HARBOUR  Tools ltd "}`, "The contact name HARBOUR Tools ltd is already assigned"},
		{"number taken", "PUT", `{"Name":"New","ContactNumber":"SF-001"}`, "The contact number SF-001 is already assigned to another contact"},
		{"number of an archived contact", "PUT", `{"Name":"New","ContactNumber":"SF-003"}`, archived},
		{"no name", "PUT", `{"ContactNumber":"X"}`, "The contact name must be specified"},
		{"angle brackets", "PUT", `{"Name":"A <b>"}`, "The contact name must not contain angle brackets"},
		{"too long a name", "PUT", `{"Name":"` + strings.Repeat("n", 256) + `"}`, "The field Name must be a string with a maximum length of 255."},
		{"too long a number", "PUT", `{"Name":"New","ContactNumber":"` + strings.Repeat("9", 51) + `"}`, "The field ContactNumber must be a string with a maximum length of 50."},
		{"e-mail", "PUT", `{"Name":"New","EmailAddress":"nobody"}`, "Email address must be valid."},
		{"e-mail with an umlaut", "PUT", `{"Name":"New","EmailAddress":"jörg@x.test"}`, "Email address must be valid."},
		{"e-mail of a person", "PUT", `{"Name":"New","ContactPersons":[{"EmailAddress":"a@b@c.d"}]}`, "Email address must be valid."},
		{"six persons", "PUT", `{"Name":"New","ContactPersons":[{},{},{},{},{},{}]}`, "A contact can have at most 5 contact persons"},
		{"id on create", "PUT", `{"Name":"New","ContactID":"` + harbour + `"}`, "The ContactID must not be given when a contact is created"},
		{"archived contact by id", "POST", `{"ContactID":"` + closed + `","ContactStatus":"ACTIVE"}`, archived},
		{"archived contact by number", "POST", `{"ContactNumber":"SF-003","Name":"Closed Shop"}`, archived},
		{"number of another, with an id, which goes before it", "POST", `{"ContactID":"` + northern + `","ContactNumber":"SF-001"}`, "The contact number SF-001 is already assigned to another contact"},
		{"renamed to a taken name", "POST", `{"ContactID":"` + northern + `","Name":"Harbour Tools Ltd"}`, nameTaken},
		{"a status nobody has", "POST", `{"ContactID":"` + northern + `","ContactStatus":"GDPRREQUEST"}`, "ContactStatus must be ACTIVE or ARCHIVED"},
	}
	b := open(t, shop)
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			var headers []string
			if strings.HasPrefix(tt.fact, "too long") {
				headers = []string{"X-Off-Spec", "texts longer than the description allows"}
			}
			a := b.call(tt.method, "/Contacts", `{"Contacts":[`+tt.body+`]}`, headers...)
			a.t = t
			a.want(400)
			if got := a.problems(); !contains(got, []string{tt.want}) {
				t.Errorf("problems %q, want %q", got, tt.want)
			}
			if a.text("Elements", 0, "HasValidationErrors") != "true" || a.at("Elements", 0, "Phones") == nil {
				t.Errorf("element %s", a.body)
			}
		})
	}
	if n := len(b.twin.Contacts()); n != 3 {
		t.Errorf("%d contacts, want the 3 from before", n)
	}
}

func TestContactsStored(t *testing.T) {
	b := open(t, shop)
	a := b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"  New   One ","ContactNumber":"SF-9","Phones":[{"PhoneType":"MOBILE","PhoneNumber":"021"}],"Addresses":[{"AddressType":"STREET","City":"Oslo"}]}]}`).want(200)
	id := a.text("Contacts", 0, "ContactID")
	for path, want := range map[string]string{
		"Name": "New One", "ContactStatus": "ACTIVE", "EmailAddress": "", "FirstName": "", "IsCustomer": "false", "UpdatedDateUTC": "/Date(1795342081160+0000)/",
	} {
		if got := a.text("Contacts", 0, path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	var kinds []string
	for i := range 4 {
		kinds = append(kinds, a.text("Contacts", 0, "Phones", i, "PhoneType")+a.text("Contacts", 0, "Phones", i, "PhoneNumber"))
	}
	if got := fmt.Sprint(kinds); got != "[DEFAULT DDI FAX MOBILE021]" || a.text("Contacts", 0, "Addresses", 0, "City") != "Oslo" || a.text("Contacts", 0, "Addresses", 1, "AddressType") != "POBOX" {
		t.Errorf("phones %s, addresses %v", got, a.at("Contacts", 0, "Addresses"))
	}
	b.get("/Contacts/SF-9").want(200)

	// POST merges, and matches by number before name.
	a = b.call("POST", "/Contacts", `{"Contacts":[{"ContactNumber":"sf-9","Name":"Renamed"}]}`).want(200)
	if a.text("Contacts", 0, "ContactID") != id || a.text("Contacts", 0, "Addresses", 0, "City") != "Oslo" {
		t.Errorf("upsert by number: %s", a.body)
	}
	a = b.call("POST", "/Contacts", `{"Contacts":[{"Name":"renamed","AccountNumber":"7"}]}`).want(200)
	if a.text("Contacts", 0, "ContactID") != id || a.text("Contacts", 0, "AccountNumber") != "7" {
		t.Errorf("upsert by name: %s", a.body)
	}
	// An archived name blocks nobody, and POST by that name makes a new contact.
	a = b.call("POST", "/Contacts", `{"Contacts":[{"Name":"Closed Shop"}]}`).want(200)
	if a.text("Contacts", 0, "ContactID") == closed {
		t.Error("an archived contact was matched by its name")
	}
	b.call("POST", "/Contacts/"+id, `{"Contacts":[{"ContactStatus":"ARCHIVED"}]}`).want(200)
	b.call("POST", "/Contacts/"+id, `{"Contacts":[{"ContactStatus":"ARCHIVED"}]}`).want(400)
	b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"Renamed"}]}`).want(200)
}

func TestLists(t *testing.T) {
	b := open(t, func(o *xero.Options) {
		shop(o)
		for i := range 250 {
			o.Collections["Invoices"] = append(o.Collections["Invoices"], map[string]any{
				"InvoiceID": fmt.Sprintf("%08d-0000-4000-8000-000000000000", 250-i), "Type": "ACCREC", "Status": []string{"DRAFT", "AUTHORISED", "VOIDED"}[i%3],
				"InvoiceNumber": fmt.Sprintf("OLD-%03d", i), "Contact": object{"ContactID": []string{harbour, northern}[i%2]}, "Date": fmt.Sprintf("2026-01-%02d", 1+i%28),
				"Reference": fmt.Sprint("ref ", i), "LineItems": []any{object{"Description": "x", "UnitAmount": fmt.Sprint(i), "AccountCode": "200"}},
				"UpdatedDateUTC": fmt.Sprintf("2026-02-01T00:%02d:00Z", i%60),
			})
		}
	})
	b.call("PUT", "/Invoices", `{"Invoices":[`+sale("NEW", line("1", "10"))+`]}`).want(200)
	pages := func(query string) string {
		a := b.get("/Invoices?" + query).want(200)
		return fmt.Sprint(len(a.list("Invoices")), " ", a.text("pagination", "page"), "/", a.text("pagination", "pageCount"), " of ", a.text("pagination", "itemCount"), " by ", a.text("pagination", "pageSize"))
	}
	name, why := odd("out-of-range paging")
	for query, want := range map[string]string{
		"page=1":                       "100 1/3 of 251 by 100",
		"page=3":                       "51 3/3 of 251 by 100",
		"page=4":                       "0 4/3 of 251 by 100",
		"page=1&pageSize=1000":         "251 1/1 of 251 by 1000",
		"summaryOnly=true&page=1":      "100 1/3 of 251 by 100",
		"Statuses=VOIDED,draft":        "100 1/2 of 167 by 100",
		"page=1&createdByMyApp=true":   "1 1/1 of 1 by 100",
		"page=1&searchTerm=ref%201":    "100 1/2 of 111 by 100",
		"page=1&searchTerm=old-00":     "10 1/1 of 10 by 100",
		"page=1&ContactIDs=" + harbour: "100 1/2 of 126 by 100",
	} {
		if got := pages(query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for query, want := range map[string]string{"page=0&pageSize=0": "1", "page=x&pageSize=99999": "251", "page=-5&pageSize=-1": "1"} {
		if got := len(b.get("/Invoices?"+query, name, why).want(200).list("Invoices")); fmt.Sprint(got) != want {
			t.Errorf("%s: %d, want %s: sizes are clamped", query, got, want)
		}
	}

	// Lists without pages show no lines, and summaries of contacts.
	a := b.get("/Invoices?InvoiceNumbers=OLD-007,NEW,NONE").want(200)
	if len(a.list("Invoices")) != 2 || len(a.at("Invoices", 0, "LineItems").([]any)) != 0 || a.at("Invoices", 0, "Contact", "EmailAddress") != nil || a.at("pagination") != nil {
		t.Errorf("unpaged list: %s", a.body)
	}
	a = b.get("/Invoices?InvoiceNumbers=OLD-007&page=1").want(200)
	if len(a.at("Invoices", 0, "LineItems").([]any)) != 1 {
		t.Errorf("paged list: %s", a.body)
	}
	if a = b.get("/Invoices?summaryOnly=true&page=1&pageSize=1"); a.at("Invoices", 0, "LineItems") != nil || a.at("Invoices", 0, "Payments") != nil {
		t.Errorf("summary: %s", a.body)
	}
	if got := len(b.get("/Invoices?IDs=00000001-0000-4000-8000-000000000000,00000002-0000-4000-8000-000000000000," + harbour).want(200).list("Invoices")); got != 2 {
		t.Errorf("%d by ids, want 2", got)
	}
	b.get("/Invoices?IDs=x", name, why).want(400)

	// The default order is by change, then id; others are asked for.
	a = b.get("/Invoices?page=1&pageSize=1000")
	if a.text("Invoices", 0, "InvoiceNumber") != "OLD-240" || a.text("Invoices", 250, "InvoiceNumber") != "NEW" {
		t.Errorf("first %s, last %s", a.text("Invoices", 0, "InvoiceNumber"), a.text("Invoices", 250, "InvoiceNumber"))
	}
	a = b.get("/Invoices?page=1&order=Date%20DESC,InvoiceNumber%20DESC")
	if got := a.text("Invoices", 0, "InvoiceNumber") + " " + a.text("Invoices", 1, "InvoiceNumber"); got != "NEW OLD-223" {
		t.Errorf("ordered: %s", got)
	}

	// Changes since, to the second and beyond.
	for since, want := range map[string]int{
		"2026-02-01T00:59:00": 1, "2026-02-01T00:58:59Z": 5, "Sun, 01 Feb 2026 00:58:00 GMT": 5, "2026-11-22T10:08:01": 1, "2026-11-22T10:08:02": 0, "2026-02-01T00:58:00+00:00": 5,
	} {
		if got := len(b.get("/Invoices?page=1", "If-Modified-Since", since, name, why).want(200).list("Invoices")); got != want {
			t.Errorf("%d since %s, want %d", got, since, want)
		}
	}
	b.get("/Invoices", "If-Modified-Since", "yesterday", name, why).want(400)

	a = b.get(where("Invoices", `Contact.Name=="harbour tools ltd" AND Date>=DateTime(2026,11,1)`, "page", "1")).want(200)
	if len(a.list("Invoices")) != 1 || a.text("Invoices", 0, "InvoiceNumber") != "NEW" {
		t.Errorf("where: %s", a.body)
	}
	a = b.get(where("Invoices", `Colour=="red"`)).want(400)
	if a.text("ErrorNumber") != "16" || a.text("Type") != "QueryParseException" || a.text("Message") != "No property or field 'Colour' exists in type 'Invoice'" {
		t.Errorf("where: %s", a.body)
	}
	b.get("/Invoices?order=Colour").want(400)
	b.get("/Invoices?where=%zz", name, why).want(400)
}

func TestContactLists(t *testing.T) {
	b := open(t, shop)
	count := func(query string) int { return len(b.get("/Contacts?" + query).want(200).list("Contacts")) }
	for query, want := range map[string]int{
		"": 2, "includeArchived=true": 3, "searchTerm=HARBOUR.TEST": 1, "searchTerm=sf-00": 1, "IDs=" + harbour: 1, "IDs=" + closed: 0,
		"IDs=" + closed + "&includeArchived=true": 1, "page=1": 2, "summaryOnly=true": 2,
	} {
		if got := count(query); got != want {
			t.Errorf("%q: %d, want %d", query, got, want)
		}
	}
	for filter, want := range map[string]int{
		`Name=="HARBOUR TOOLS LTD"`: 1, `Name=="cafe northern"`: 1, `EmailAddress!=null`: 1, `ContactNumber=="SF-001"`: 1,
		`AccountNumber=="NW-77" OR EmailAddress.StartsWith("ap@")`: 2, `IsCustomer==true`: 0, `ContactStatus=="ARCHIVED"`: 0,
	} {
		if got := len(b.get(where("Contacts", filter)).want(200).list("Contacts")); got != want {
			t.Errorf("%s: %d, want %d", filter, got, want)
		}
	}
	full, bare, summary := b.get("/Contacts?page=1"), b.get("/Contacts"), b.get("/Contacts?summaryOnly=true")
	if full.at("Contacts", 0, "ContactPersons") == nil || bare.at("Contacts", 0, "ContactPersons") != nil || bare.at("Contacts", 0, "Addresses") == nil || summary.at("Contacts", 0, "Addresses") != nil {
		t.Error("lists show what only other lists show")
	}
	if got := b.get("/Contacts/"+closed).want(200).text("Contacts", 0, "ContactStatus"); got != "ARCHIVED" {
		t.Errorf("an archived contact must be readable by id: %s", got)
	}
}

func TestReferenceData(t *testing.T) {
	for _, region := range xero.Regions() {
		b := open(t, func(o *xero.Options) { o.Region = region })
		active := b.get(where("TaxRates", `Status=="ACTIVE" AND CanApplyToRevenue==true`)).want(200)
		all := b.get("/TaxRates").want(200)
		if len(active.list("TaxRates")) == 0 || len(active.list("TaxRates")) >= len(all.list("TaxRates")) {
			t.Errorf("%s: %d of %d tax rates", region, len(active.list("TaxRates")), len(all.list("TaxRates")))
		}
		revenue := b.get(where("Accounts", `Status=="ACTIVE" AND Class=="REVENUE"`, "order", "Code ASC")).want(200)
		if revenue.text("Accounts", 0, "AccountID") != "7d05a53d-613d-4eb2-a2fc-dcb6adb80b80" {
			t.Errorf("%s: revenue accounts %s", region, revenue.body)
		}
		org := b.get("/Organisation").want(200)
		if org.text("Organisations", 0, "OrganisationID") != b.twin.Tenant() || org.text("Organisations", 0, "CountryCode") != region || org.text("Organisations", 0, "PeriodLockDate") != "/Date(1254268800000+0000)/" {
			t.Errorf("%s: organisation %s", region, org.body)
		}
		if got := b.get("/Organisation/Actions").want(200).text("Actions", 0, "Status"); got != "ALLOWED" {
			t.Errorf("%s: action %s", region, got)
		}
		tax := active.text("TaxRates", 0, "TaxType")
		b.get("/TaxRates/" + tax).want(200)
		b.call("PUT", "/Invoices", `{"Invoices":[{"Type":"ACCREC","Contact":{"Name":"A"},"LineItems":[{"Description":"x","UnitAmount":1,"AccountCode":"200"}]}]}`).want(200)
	}
}
