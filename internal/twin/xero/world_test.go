package xero_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
)

func TestUnusableWorlds(t *testing.T) {
	now := wire.NewVirtual(start).Now
	tests := map[string]xero.Options{
		"Now is missing":                    {},
		`region "MOON" is not one of`:       {Now: now, Region: "MOON"},
		`collection "Cats" is not one`:      {Now: now, Collections: map[string][]map[string]any{"Cats": {}}},
		"'Total' is not a number":           {Now: now, Collections: map[string][]map[string]any{"Invoices": {{"Total": "much"}}}},
		`the contact of invoice "X" is not`: {Now: now, Collections: map[string][]map[string]any{"Invoices": {{"Type": "ACCREC", "InvoiceNumber": "X", "Contact": object{"ContactID": harbour}}}}},
		"is not ACCREC or ACCPAY":           {Now: now, Collections: map[string][]map[string]any{"Contacts": {{"ContactID": harbour, "Name": "A"}}, "Invoices": {{"Contact": object{"ContactID": harbour}}}}},
		harbour + " is there twice":         {Now: now, Collections: map[string][]map[string]any{"Contacts": {{"ContactID": harbour, "Name": "A"}, {"ContactID": harbour, "Name": "B"}}}},
		"a record has no TaxType":           {Now: now, Collections: map[string][]map[string]any{"TaxRates": {{"Name": "A"}}}},
		"'OrganisationID' is not an id":     {Now: now, Organisation: object{"OrganisationID": "x"}},
		"'LineItems[0]' is not an object":   {Now: now, Collections: map[string][]map[string]any{"Invoices": {{"LineItems": []any{1}}}}},
		"'Contact' is not an object":        {Now: now, Collections: map[string][]map[string]any{"Invoices": {{"Contact": "A"}}}},
		"'UpdatedDateUTC' is not a date":    {Now: now, Collections: map[string][]map[string]any{"Items": {{"UpdatedDateUTC": "now"}}}},
		"'IsSold' is not true or false":     {Now: now, Collections: map[string][]map[string]any{"Items": {{"IsSold": "perhaps"}}}},
		"'Code' is not text":                {Now: now, Collections: map[string][]map[string]any{"Items": {{"Code": []any{}}}}},
	}
	for want, o := range tests {
		if _, err := xero.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestWorldsAreData: what a twin holds makes another twin that holds the same.
func TestWorldsAreData(t *testing.T) {
	b := open(t, shop)
	b.call("PUT", "/Invoices?unitdp=4", `{"Invoices":[`+sale("A", line("1.5", "10.1234"))+`]}`).want(200)
	if err := b.twin.Pay("A", dec("3"), "2026-11-21"); err != nil {
		t.Fatal(err)
	}
	want := b.twin.Snapshot()
	collections := b.twin.Snapshot()
	organisation := collections["Organisation"][0]
	delete(collections, "Organisation")
	again, err := xero.New(xero.Options{Now: b.clock.Now, Organisation: organisation, Collections: collections})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, again.Snapshot()); diff != "" {
		t.Error(diff)
	}
}

func TestSeedsDecideIDs(t *testing.T) {
	ids := func(seed uint64) string {
		b := open(t, func(o *xero.Options) { o.Seed = seed })
		return b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"A"}]}`).text("Contacts", 0, "ContactID") + b.twin.Tenant()
	}
	if first, again := ids(1), ids(1); first != again || first == ids(2) {
		t.Error("ids must follow from the seed")
	}
}

func TestUsers(t *testing.T) {
	b := open(t, shop)
	b.call("PUT", "/Invoices", `{"Invoices":[`+sale("A", line("1", "10"))+`,`+sale("B", line("1", "10"))+`,`+sale("C", line("1", "10"))+`]}`).want(200)
	b.clock.Advance(time.Minute)
	refused := map[string]error{
		"no such invoice":    b.twin.Void("NONE"),
		"no such contact":    b.twin.Merge("NONE", harbour),
		"no such record":     b.twin.Archive("NONE"),
		"no such collection": b.twin.Change("Cats", "x", nil),
		"exceeds":            b.twin.Pay("A", dec("99"), ""),
		"is not a date":      b.twin.Change("Invoices", "A", object{"Date": "soon"}),
	}
	for want, err := range refused {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := b.twin.Add("Cats", nil); err == nil {
		t.Error("a collection of cats was accepted")
	}
	for _, err := range []error{
		b.twin.Void("A"), b.twin.Pay("B", dec("11.5"), "2026-11-23"), b.twin.Merge(harbour, northern),
		b.twin.Change("Accounts", "200", object{"Status": "ARCHIVED"}), b.twin.Change("Contacts", northern, object{"AccountNumber": nil}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := b.twin.Void("A"); err == nil {
		t.Error("an invoice was voided twice")
	}
	id, err := b.twin.Add("Contacts", object{"Name": "By Hand"})
	if err != nil {
		t.Fatal(err)
	}
	b.get("/Contacts/" + id).want(200)
	a := b.get("/Contacts/" + harbour).want(200)
	if a.text("Contacts", 0, "MergedToContactID") != northern || a.text("Contacts", 0, "ContactStatus") != "ARCHIVED" {
		t.Errorf("loser of a merge: %s", a.body)
	}
	a = b.get("/Invoices/B").want(200)
	if a.text("Invoices", 0, "Contact", "ContactID") != northern || a.text("Invoices", 0, "Status") != "PAID" || a.text("Invoices", 0, "FullyPaidOnDate") != "/Date(1795392000000+0000)/" {
		t.Errorf("invoice of a merged contact: %s", a.body)
	}
	if got := b.get("/Invoices/A").text("Invoices", 0, "UpdatedDateUTCString"); got != "2026-11-22T10:09:01Z" {
		t.Errorf("changed at %s", got)
	}
	b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale("D", line("1", "1")), harbour, northern)+`]}`).want(400)
}

func TestMissingDateIsTodayThere(t *testing.T) {
	for region, want := range map[string]string{"NZ": "2026-11-23", "US": "2026-11-22"} {
		b := open(t, func(o *xero.Options) { shop(o); o.Region = region; o.Collections["Items"] = nil })
		b.clock.Set(time.Date(2026, 11, 22, 23, 30, 0, 0, time.UTC))
		b.token = b.signIn("")
		draft := `{"Type":"ACCREC","Contact":{"ContactID":"` + harbour + `"},"LineItems":[{"Description":"x"}]}`
		if got := b.call("PUT", "/Invoices", `{"Invoices":[`+draft+`]}`).want(200).text("Invoices", 0, "DateString"); got != want+"T00:00:00" {
			t.Errorf("%s: date %s, want %s", region, got, want)
		}
	}
}

// TestLateCommit is the story behind "no second create before a look-up answered absent
// later than the first could still commit".
func TestLateCommit(t *testing.T) {
	b := open(t, func(o *xero.Options) { shop(o); o.MinuteLimit = 2 })
	fault := wire.Fault{Operation: "PUT */Invoices", Kind: wire.Late, After: wire.Duration(31 * time.Minute), Nth: 1}
	if err := b.faults.Set([]wire.Fault{fault}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.try(b.keyed("PUT", "/Invoices", `{"Invoices":[`+sale("A", line("1", "10"))+`]}`, "k")); err == nil {
		t.Fatal("a late request was answered")
	}
	b.get("/Invoices/A").want(404)
	b.clock.Advance(30 * time.Minute)
	b.token = b.signIn("")
	b.get("/Invoices/A").want(404)
	b.clock.Advance(time.Minute - time.Second)
	b.get("/Invoices/A").want(404)
	b.clock.Advance(2 * time.Second) // the token of the late request has run out by now, but it was good on arrival
	a := b.get("/Invoices/A").want(200)
	if got := a.text("Invoices", 0, "UpdatedDateUTCString"); got != "2026-11-22T10:39:01Z" {
		t.Errorf("committed at %s", got)
	}
	if s := b.twin.Stats(); s.Calls["PUT Invoices"] != 1 || s.Limited != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestManyAtOnce(t *testing.T) {
	b := open(t, shop)
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[int]int{}
	for i := range 40 {
		wg.Go(func() {
			r := b.keyed("PUT", "/Invoices", `{"Invoices":[`+sale(fmt.Sprint("N-", i%20), line("1", "10"))+`]}`, fmt.Sprint("key ", i))
			a := b.send(r)
			b.get("/Invoices?page=1&pageSize=5")
			_ = b.twin.Snapshot()
			_ = b.twin.Void(fmt.Sprint("N-", i))
			mu.Lock()
			codes[a.code]++
			mu.Unlock()
		})
	}
	wg.Wait()
	if codes[200] != 20 || codes[400] != 20 || len(b.twin.Invoices()) != 20 {
		t.Errorf("answers %v, %d invoices; want 20 made and 20 refused", codes, len(b.twin.Invoices()))
	}
}

// world makes a twin for benchmarks: no limits, and n invoices.
func world(b *testing.B, n int) (http.RoundTripper, string) {
	o := xero.Options{Now: wire.NewVirtual(start).Now, Region: "NZ", MinuteLimit: -1, DayLimit: -1, Concurrent: -1}
	shop(&o)
	for i := range n {
		o.Collections["Invoices"] = append(o.Collections["Invoices"], map[string]any{
			"Type": "ACCREC", "InvoiceNumber": fmt.Sprint("OLD-", i), "Contact": object{"ContactID": harbour},
			"LineItems": []any{object{"Description": "x", "UnitAmount": "10", "AccountCode": "200"}},
		})
	}
	twin, err := xero.New(o)
	if err != nil {
		b.Fatal(err)
	}
	t := wire.RoundTripper(twin)
	r, err := http.NewRequestWithContext(b.Context(), "POST", "http://x/connect/token", strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(xero.DefaultClientID, xero.DefaultClientSecret)
	a := decode(b, t, r)
	return t, "Bearer " + a.text("access_token")
}

func decode(b *testing.B, t http.RoundTripper, r *http.Request) answer {
	resp, err := t.RoundTrip(r)
	if err != nil {
		b.Fatal(err)
	}
	a, err := read(resp)
	if err != nil {
		b.Fatal(err)
	}
	return a
}

func benchmark(b *testing.B, n int, method string, path func(int) string, body func(int) string) {
	t, token := world(b, n)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		r, err := http.NewRequestWithContext(b.Context(), method, "http://x/api.xro/2.0"+path(i), strings.NewReader(body(i)))
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", token)
		r.Header.Set("Accept", "application/json")
		resp, err := t.RoundTrip(r)
		if err != nil || resp.StatusCode != 200 {
			b.Fatal(resp, err)
		}
		_ = resp.Body.Close() // in memory
	}
	b.ReportMetric(float64(i)/b.Elapsed().Seconds(), "requests/s")
}

func nothing(int) string { return "" }

func BenchmarkCreateInvoice(b *testing.B) {
	benchmark(b, 0, "PUT", func(int) string { return "/Invoices?summarizeErrors=false" }, func(i int) string {
		return `{"Invoices":[` + sale(fmt.Sprint("SF-", i), line("1", "10"), line("2", "20"), line("3", "30")) + `]}`
	})
}

func BenchmarkInvoiceByNumber(b *testing.B) {
	benchmark(b, 10000, "GET", func(i int) string { return fmt.Sprint("/Invoices/OLD-", i%10000) }, nothing)
}

func BenchmarkInvoicesWhere(b *testing.B) {
	path := where("Invoices", `Status=="DRAFT" AND Contact.Name=="Harbour Tools Ltd"`, "page", "1")
	benchmark(b, 10000, "GET", func(int) string { return path }, nothing)
}
