package xero_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/xero"
)

func TestMail(t *testing.T) {
	bill := with(sale("BILL", with(line("1", "1"), "200", "300")), "ACCREC", "ACCPAY")
	mute := with(sale("MUTE", line("1", "1")), harbour, northern)
	b := open(t, func(o *xero.Options) { shop(o); o.Organisation = object{"Class": "TRIAL"} })
	b.call("PUT", "/Invoices", `{"Invoices":[`+bill+`,`+mute+`,`+sale("A", line("1", "10"))+`,`+sale("VOID", line("1", "10"))+`]}`).want(200)
	b.call("POST", "/Invoices/VOID", `{"Invoices":[{"Status":"VOIDED"}]}`).want(200)
	for number, want := range map[string]string{
		"BILL": "Only sales invoices can be sent by email", "MUTE": "The contact of the invoice has no email address",
		"VOID": "Invoice not of valid status to be sent by email",
	} {
		if got := b.call("POST", "/Invoices/"+number+"/Email", `{}`).want(400).problems(); !contains(got, []string{want}) {
			t.Errorf("%s: %q, want %s", number, got, want)
		}
	}
	b.call("POST", "/Invoices/NONE/Email", `{}`).want(404)
	b.call("GET", "/Invoices/A/Email", "", "X-Off-Spec", "no such operation").want(404)
	for range 20 {
		b.call("POST", "/Invoices/A/Email", `{}`).want(204)
	}
	if got := b.call("POST", "/Invoices/A/Email", `{}`).want(400).problems(); !contains(got, []string{"The daily limit of emails has been reached"}) {
		t.Errorf("21st e-mail of the day: %q", got)
	}
	b.clock.Advance(14 * time.Hour)
	b.token = b.signIn("")
	b.call("POST", "/Invoices/A/Email", `{}`).want(204)
	if got := b.twin.Stats().Calls["POST Invoices/Email"]; got != 26 {
		t.Errorf("%d calls counted", got)
	}
}

// TestMailOfPartPaid: what is set on an invoice with money on it does not move its
// change stamp, so that lists by If-Modified-Since miss it.
func TestMailOfPartPaid(t *testing.T) {
	b := open(t, paying)
	b.call("PUT", "/Invoices", `{"Invoices":[`+sale("A", line("1", "10"))+`,`+sale("B", line("1", "10"))+`]}`).want(200)
	if err := b.twin.Pay("A", dec("1"), ""); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(time.Minute)
	for number, want := range map[string]string{"A": "2026-11-22T10:08:01Z", "B": "2026-11-22T10:09:01Z"} {
		b.call("POST", "/Invoices/"+number+"/Email", `{}`).want(204)
		if got := b.get("/Invoices/"+number).text("Invoices", 0, "UpdatedDateUTCString"); got != want {
			t.Errorf("%s changed at %s, want %s", number, got, want)
		}
	}
}

func TestPaper(t *testing.T) {
	b := open(t, shop)
	b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale(`A (1\2)`, line("1", "10")), harbour, northern)+`]}`).want(200)
	id := b.twin.Invoices()[0]["InvoiceID"].(string)
	plain := b.get("/Invoices/"+id, "Accept", "application/pdf").want(200)
	named := b.get("/Invoices/" + id + "/pdf").want(200)
	if plain.body != named.body || plain.header.Get("Content-Type") != "application/pdf" {
		t.Errorf("two papers of one invoice, as %s", plain.header.Get("Content-Type"))
	}
	for _, want := range []string{"%PDF-1.4\n", `(ACCREC A \(1\\2\)) Tj`, "(Caf? N?rthern) Tj", "(2026-11-20) Tj", "(NZD 11.50) Tj", "%%EOF\n"} {
		if !strings.Contains(plain.body, want) {
			t.Errorf("no %s in %q", want, plain.body)
		}
	}
	var start int
	if _, err := fmt.Sscan(plain.body[strings.Index(plain.body, "startxref")+9:], &start); err != nil || !strings.HasPrefix(plain.body[start:], "xref\n") {
		t.Errorf("the table of objects is not at %d: %v", start, err)
	}
	for i := range 5 {
		var at int
		entry := strings.Split(plain.body[start:], "\n")[3+i]
		if _, err := fmt.Sscanf(entry, "%010d", &at); err != nil || !strings.HasPrefix(plain.body[at:], fmt.Sprint(i+1, " 0 obj")) {
			t.Errorf("object %d is not at %d", i+1, at)
		}
	}
	b.get("/Invoices/NONE/pdf").want(404)
	b.get("/Invoices/NONE", "Accept", "application/pdf").want(404)
}

func TestHistory(t *testing.T) {
	b := open(t, shop)
	made := b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"A"}]}`).want(200).text("Contacts", 0, "ContactID")
	b.clock.Advance(time.Second)
	path := "/Contacts/" + made + "/History"
	a := b.call("PUT", path, `{"HistoryRecords":[{"Details":"first"},{"Details":"second"}]}`).want(200)
	if got := a.text("HistoryRecords", 1, "Details") + a.text("HistoryRecords", 1, "DateUTCString"); got != "second2026-11-22T10:08:02" {
		t.Errorf("answer %s", got)
	}
	b.call("PUT", path, `{"HistoryRecords":[{"Details":"`+strings.Repeat("x", 2501)+`"}]}`).want(400)
	b.call("PUT", path, `{"HistoryRecords":[{"Details":""}]}`).want(400)
	b.call("PUT", path, `{"HistoryRecords":[{"Details":"`+strings.Repeat("x", 2500)+`"}]}`).want(200)
	b.call("POST", "/Contacts", `{"Contacts":[{"ContactID":"`+made+`","ContactStatus":"ARCHIVED"}]}`).want(200)
	a = b.get(path).want(200)
	if got := fmt.Sprint(len(a.list("HistoryRecords")), a.text("HistoryRecords", 0, "Changes"), a.text("HistoryRecords", 4, "Changes"), a.text("HistoryRecords", 4, "User")); got != "5ArchivedCreatedSystem Generated" {
		t.Errorf("history %s: %s", got, a.body)
	}
	b.get("/Contacts/" + closed + "/History").want(200)
	b.get("/Contacts/NONE/History").want(404)
	b.call("PUT", "/Contacts/NONE/History", `{"HistoryRecords":[{"Details":"x"}]}`).want(404)
	b.call("GET", "/History", "", "X-Off-Spec", "no such operation").want(404)
	b.call("GET", "/Contacts/"+made+"/Cats", "", "X-Off-Spec", "no such operation").want(404)

	again, err := xero.New(xero.Options{Now: b.clock.Now, Collections: map[string][]map[string]any{
		"Contacts": b.twin.All("Contacts"), "Items": b.twin.All("Items"), "History": b.twin.All("History"), "TaxRates": b.twin.All("TaxRates"),
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(again.All("History")); got != 5 {
		t.Errorf("a world of %d entries", got)
	}
}

// TestWorldsGoOn: a twin of another's world makes ids that the world does not hold.
func TestWorldsGoOn(t *testing.T) {
	b := open(t, shop)
	b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"A"},{"Name":"B"}]}`).want(200)
	held := b.twin.Snapshot()
	organisation := held["Organisation"][0]
	delete(held, "Organisation")
	more := open(t, func(o *xero.Options) { o.Organisation, o.Collections = organisation, held })
	for _, name := range []string{"C", "D", "E"} {
		more.call("PUT", "/Contacts", `{"Contacts":[{"Name":"`+name+`"}]}`).want(200)
	}
	if got, notes := len(more.twin.Contacts()), len(more.twin.All("History")); got != 8 || notes != 5 {
		t.Errorf("%d contacts and %d entries of history, want 8 and 5", got, notes)
	}
}
