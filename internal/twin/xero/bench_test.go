package xero_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
)

// many is how many invoices the large books hold.
const many = 100_000

// largeBooks returns options with so many invoices of three lines, spread over contacts.
func largeBooks(invoices int) xero.Options {
	contacts, list := []map[string]any{}, []map[string]any{}
	contact := func(i int) string { return fmt.Sprintf("c0000000-0000-4000-8000-%012d", i) }
	for i := range max(invoices/10, 1) {
		contacts = append(contacts, map[string]any{"ContactID": contact(i), "Name": fmt.Sprintf("Customer %d", i), "ContactNumber": fmt.Sprintf("N%d", i)})
	}
	for i := range invoices {
		lines := []any{}
		for j := range 3 {
			lines = append(lines, map[string]any{
				"Description": fmt.Sprintf("Line %d of deal %d", j, i), "Quantity": json.Number("2"), "UnitAmount": json.Number("19.95"),
				"AccountCode": "200", "TaxType": "OUTPUT2",
			})
		}
		list = append(list, map[string]any{
			"InvoiceID": fmt.Sprintf("d0000000-0000-4000-8000-%012d", i), "Type": "ACCREC", "InvoiceNumber": fmt.Sprintf("INV-%06d", i),
			"Contact": map[string]any{"ContactID": contact(i % len(contacts))}, "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
			"Date": "2026-11-01", "DueDate": "2026-12-01", "CurrencyCode": "NZD", "LineItems": lines,
			"UpdatedDateUTC": start.Add(time.Duration(i-invoices) * time.Second).Format(time.RFC3339),
		})
	}
	return xero.Options{
		Now: func() time.Time { return start }, Region: "NZ", MinuteLimit: -1, DayLimit: -1, Concurrent: -1, AppMinuteLimit: -1,
		Collections: map[string][]map[string]any{"Contacts": contacts, "Invoices": list},
	}
}

// caller sends requests to a twin and wants 200.
type caller struct {
	client *http.Client
	base   string
	token  string
}

func newCaller(tb testing.TB, client *http.Client, base string) *caller {
	tb.Helper()
	c := &caller{client: client, base: base}
	form := url.Values{"grant_type": {"client_credentials"}}
	r, err := http.NewRequest(http.MethodPost, base+"/connect/token", strings.NewReader(form.Encode()))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(xero.DefaultClientID, xero.DefaultClientSecret)
	resp, err := client.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct {
		Token string `json:"access_token"`
		Error string `json:"error"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got.Token == "" {
		tb.Fatalf("no token: %v %s", err, got.Error)
	}
	c.token = got.Token
	return c
}

func (c *caller) call(method, path, body string) error {
	r, err := http.NewRequest(method, c.base+"/api.xro/2.0/"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(r)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(resp.Body)
	if closed := resp.Body.Close(); err == nil {
		err = closed
	}
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %d %.300s", method, path, resp.StatusCode, text)
	}
	return err
}

// BenchmarkTwinCalls measures calls a second to books with 100,000 invoices, in process
// and over loopback.
func BenchmarkTwinCalls(b *testing.B) {
	twin, err := xero.New(largeBooks(many))
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(twin)
	defer server.Close()
	server.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = 64
	n := 0
	calls := []struct {
		name string
		call func(c *caller) error
	}{
		{"get", func(c *caller) error {
			n++
			return c.call("GET", fmt.Sprintf("Invoices/d0000000-0000-4000-8000-%012d", n*7919%many), "")
		}},
		{"page100", func(c *caller) error { n++; return c.call("GET", fmt.Sprintf("Invoices?page=%d", 1+n%900), "") }},
		{"number", func(c *caller) error {
			n++
			return c.call("GET", fmt.Sprintf("Invoices?InvoiceNumbers=INV-%06d", n*7919%many), "")
		}},
		{"where", func(c *caller) error {
			n++
			return c.call("GET", "Invoices?page=1&where="+url.QueryEscape(fmt.Sprintf(`InvoiceNumber=="INV-%06d"`, n*7919%many)), "")
		}},
		{"create", func(c *caller) error {
			n++
			return c.call("PUT", "Invoices", fmt.Sprintf(`{"Invoices":[{"Type":"ACCREC","InvoiceNumber":"NEW-%d","Contact":{"ContactID":"c0000000-0000-4000-8000-%012d"},"Status":"AUTHORISED",`+
				`"LineAmountTypes":"Exclusive","Date":"2026-11-01","DueDate":"2026-12-01","LineItems":[{"Description":"a","Quantity":1,"UnitAmount":10,"AccountCode":"200","TaxType":"OUTPUT2"},`+
				`{"Description":"b","Quantity":2,"UnitAmount":19.95,"AccountCode":"200","TaxType":"OUTPUT2"},{"Description":"c","Quantity":1,"UnitAmount":3,"AccountCode":"200","TaxType":"OUTPUT2"}]}]}`, n, n%(many/10)))
		}},
		{"update", func(c *caller) error {
			n++
			return c.call("POST", fmt.Sprintf("Invoices/d0000000-0000-4000-8000-%012d", n*7919%many), fmt.Sprintf(`{"Reference":"R%d"}`, n))
		}},
	}
	for _, way := range []struct {
		name   string
		client *http.Client
		base   string
	}{
		{"inprocess", &http.Client{Transport: wire.RoundTripper(twin)}, "https://api.xero.com"},
		{"loopback", server.Client(), server.URL},
	} {
		c := newCaller(b, way.client, way.base)
		for _, k := range calls {
			b.Run(way.name+"/"+k.name, func(b *testing.B) {
				for b.Loop() {
					if err := k.call(c); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
			})
		}
	}
}

// BenchmarkTwinContact measures changes of invoices when one contact has all 100,000.
func BenchmarkTwinContact(b *testing.B) {
	o := largeBooks(many)
	for _, invoice := range o.Collections["Invoices"] {
		invoice["Contact"] = map[string]any{"ContactID": o.Collections["Contacts"][0]["ContactID"]}
	}
	twin, err := xero.New(o)
	if err != nil {
		b.Fatal(err)
	}
	c := newCaller(b, &http.Client{Transport: wire.RoundTripper(twin)}, "https://api.xero.com")
	n := 0
	for b.Loop() {
		n++
		if err := c.call("POST", fmt.Sprintf("Invoices/d0000000-0000-4000-8000-%012d", n*7919%many), fmt.Sprintf(`{"Reference":"R%d"}`, n)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// BenchmarkTwinBooks measures what 100,000 invoices of three lines take: memory, loading
// and dumping.
func BenchmarkTwinBooks(b *testing.B) {
	for b.Loop() {
		o := largeBooks(many)
		before := heap()
		began := time.Now()
		twin, err := xero.New(o)
		if err != nil {
			b.Fatal(err)
		}
		loaded := time.Since(began)
		after := heap()
		began = time.Now()
		all := twin.Snapshot()
		b.ReportMetric(loaded.Seconds(), "load-s")
		b.ReportMetric(time.Since(began).Seconds(), "dump-s")
		b.ReportMetric(float64(after-before)/many, "B/invoice")
		if len(all["Invoices"]) != many {
			b.Fatalf("%d invoices", len(all["Invoices"]))
		}
		runtime.KeepAlive(twin)
		runtime.KeepAlive(o)
	}
}

// heap is the memory in use after a collection.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
