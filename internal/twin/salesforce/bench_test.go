package salesforce_test

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

	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
)

// many is how many opportunities the large org holds.
const many = 100_000

// largeOrg is an org with so many opportunities, spread over accounts.
func largeOrg(opportunities int) salesforce.Options {
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	var accounts, deals []world.Record
	for i := range opportunities / 10 {
		accounts = append(accounts, world.Record{"Id": salesforce.ID("Account", uint64(i+1)), "Name": fmt.Sprintf("Customer %d", i), "BillingCountry": "New Zealand"})
	}
	for i := range opportunities {
		moment := at.Add(time.Duration(i-opportunities) * time.Second).Format("2006-01-02T15:04:05.000-0700")
		deals = append(deals, world.Record{
			"Id": salesforce.ID("Opportunity", uint64(i+1)), "Name": fmt.Sprintf("Deal %d", i), "AccountId": accounts[i%len(accounts)]["Id"],
			"StageName": []string{"Prospecting", "Closed Won"}[i%2], "CloseDate": "2026-11-20", "Amount": json.Number("120.50"),
			"CreatedDate": moment, "LastModifiedDate": moment, "SystemModstamp": moment,
		})
	}
	return salesforce.Options{
		Now: func() time.Time { return at }, DailyLimit: 1 << 30,
		World: world.World{Start: at, Salesforce: map[string][]world.Record{"Account": accounts, "Opportunity": deals}},
	}
}

// caller sends requests to a twin and wants success.
type caller struct {
	client      *http.Client
	base, token string
}

func newCaller(tb testing.TB, client *http.Client, base string) *caller {
	tb.Helper()
	c := &caller{client: client, base: base}
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {salesforce.DefaultClientID}, "client_secret": {salesforce.DefaultClientSecret},
	}
	text, err := c.send(http.MethodPost, "/services/oauth2/token", "application/x-www-form-urlencoded", form.Encode())
	if err != nil {
		tb.Fatal(err)
	}
	var got struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(text, &got); err != nil || got.Token == "" {
		tb.Fatalf("no token: %v", err)
	}
	c.token = got.Token
	return c
}

func (c *caller) send(method, path, media, body string) ([]byte, error) {
	r, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	r.Header.Set("Content-Type", media)
	resp, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(resp.Body)
	if closed := resp.Body.Close(); err == nil {
		err = closed
	}
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %d %.300s", method, path, resp.StatusCode, text)
	}
	return text, err
}

func (c *caller) call(method, path, body string) error {
	_, err := c.send(method, "/services/data/v67.0/"+path, "application/json", body)
	return err
}

// BenchmarkTwinCalls measures calls a second to an org with 100,000 opportunities, in
// process and over loopback.
func BenchmarkTwinCalls(b *testing.B) {
	twin, err := salesforce.New(largeOrg(many))
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(twin)
	defer server.Close()
	n := 0
	deal := func() string { n++; return salesforce.ID("Opportunity", uint64(n*7919%many+1)) }
	query := func(text string) string { return "query?q=" + url.QueryEscape(text) }
	calls := []struct {
		name string
		call func(c *caller) error
	}{
		{"get", func(c *caller) error { return c.call("GET", "sobjects/Opportunity/"+deal(), "") }},
		{"query-id", func(c *caller) error {
			return c.call("GET", query("SELECT Id, Name, StageName, Account.Name FROM Opportunity WHERE Id = '"+deal()+"'"), "")
		}},
		{"query-changed", func(c *caller) error {
			return c.call("GET", query("SELECT Id, Name, StageName FROM Opportunity WHERE IsWon = true AND SystemModstamp > 2026-11-22T09:59:50Z AND SystemModstamp < 2026-11-22T09:59:59Z ORDER BY SystemModstamp, Id"), "")
		}},
		{"page2000", func(c *caller) error { return c.call("GET", query("SELECT Id, Name FROM Opportunity LIMIT 2000"), "") }},
		{"create", func(c *caller) error {
			return c.call("POST", "sobjects/Opportunity", `{"Name":"New","StageName":"Prospecting","CloseDate":"2026-12-01","AccountId":"`+salesforce.ID("Account", uint64(n%(many/10)+1))+`"}`)
		}},
		{"update", func(c *caller) error {
			return c.call("PATCH", "sobjects/Opportunity/"+deal(), `{"StageName":"Qualification"}`)
		}},
	}
	for _, way := range []struct {
		name   string
		client *http.Client
		base   string
	}{
		{"inprocess", &http.Client{Transport: wire.RoundTripper(twin)}, "https://twin.my.salesforce.com"},
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

// BenchmarkTwinOrg measures what 100,000 opportunities take: memory, loading and dumping.
func BenchmarkTwinOrg(b *testing.B) {
	for b.Loop() {
		o := largeOrg(many)
		before := heap()
		began := time.Now()
		twin, err := salesforce.New(o)
		if err != nil {
			b.Fatal(err)
		}
		loaded := time.Since(began)
		after := heap()
		began = time.Now()
		all := twin.Snapshot()
		b.ReportMetric(loaded.Seconds(), "load-s")
		b.ReportMetric(time.Since(began).Seconds(), "dump-s")
		b.ReportMetric(float64(after-before)/many, "B/opportunity")
		if len(all["Opportunity"]) != many {
			b.Fatalf("%d opportunities", len(all["Opportunity"]))
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
