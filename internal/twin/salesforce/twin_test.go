package salesforce

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
)

var start = time.Date(2026, 11, 22, 10, 8, 1, 0, time.UTC)

// client talks to a twin over a real server.
type client struct {
	t     *testing.T
	twin  *Twin
	clock *wire.Virtual
	rec   wire.Recorder
	url   string
	token string
}

const base = "/services/data/v67.0"

// serve starts a twin that holds the small world and logs in.
func serve(t *testing.T, change func(*Options)) *client {
	t.Helper()
	c := &client{t: t, clock: wire.NewVirtual(start.Add(700 * time.Millisecond))}
	opt := Options{Now: c.clock.Now, World: smallWorld()}
	if change != nil {
		change(&opt)
	}
	twin, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	c.twin = twin
	srv := httptest.NewServer(c.rec.Wrap(twin))
	t.Cleanup(func() {
		srv.Close()
		validate(t, c.rec.Exchanges())
	})
	c.url = srv.URL
	c.login()
	return c
}

func (c *client) login() {
	c.t.Helper()
	status, body := c.form(url.Values{
		"grant_type": {"client_credentials"}, "client_id": {DefaultClientID}, "client_secret": {DefaultClientSecret},
	}, nil)
	if status != http.StatusOK {
		c.t.Fatalf("token call: status %d, body %v", status, body)
	}
	c.token = body.(map[string]any)["access_token"].(string)
}

func (c *client) form(v url.Values, change func(*http.Request)) (int, any) {
	c.t.Helper()
	req := c.formRequest("/services/oauth2/token", v)
	if change != nil {
		change(req)
	}
	return c.send(req, nil)
}

// post sends a form without a token.
func (c *client) post(path string, v url.Values) (int, any) {
	c.t.Helper()
	return c.send(c.formRequest(path, v), nil)
}

func (c *client) formRequest(path string, v url.Values) *http.Request {
	c.t.Helper()
	req, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url+path, strings.NewReader(v.Encode()))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

// do sends a call below the version path, or any path that begins with /services.
func (c *client) do(method, path, body string) (int, any) {
	c.t.Helper()
	status, got, _ := c.exchange(method, path, body, nil)
	return status, got
}

func (c *client) exchange(method, path, body string, header map[string]string) (int, any, http.Header) {
	c.t.Helper()
	if !strings.HasPrefix(path, "/services") {
		path = base + path
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	var answered http.Header
	status, got := c.send(req, &answered)
	return status, got, answered
}

func (c *client) send(req *http.Request, header *http.Header) (int, any) {
	c.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if header != nil {
		*header = resp.Header
	}
	if len(data) == 0 {
		return resp.StatusCode, nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		c.t.Fatalf("%s %s: body is not JSON: %v\n%s", req.Method, req.URL, err, data)
	}
	return resp.StatusCode, v
}

// plain sends a request and returns the answer as text.
func (c *client) plain(req *http.Request) (int, string) {
	c.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// query runs SOQL and returns the rows without their attributes.
func (c *client) query(q string) []any {
	c.t.Helper()
	status, body := c.do(http.MethodGet, "/query?q="+url.QueryEscape(q), "")
	if status != http.StatusOK {
		c.t.Fatalf("query %s: status %d: %v", q, status, body)
	}
	rows := body.(map[string]any)["records"].([]any)
	stripAttributes(rows)
	return rows
}

func stripAttributes(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			stripAttributes(e)
		}
	case map[string]any:
		delete(v, "attributes")
		for _, e := range v {
			stripAttributes(e)
		}
	}
}

// refused runs a call and returns status and error code.
func (c *client) refused(method, path, body string) (int, string, string) {
	c.t.Helper()
	status, got := c.do(method, path, body)
	list, ok := got.([]any)
	if !ok || len(list) == 0 {
		c.t.Fatalf("%s %s %s: status %d, body %v, want an error array", method, path, body, status, got)
	}
	item := list[0].(map[string]any)
	return status, item["errorCode"].(string), item["message"].(string)
}

func num(s string) json.Number { return json.Number(s) }

// Ids of the small world.
var (
	acme, bolt       = ID("Account", 1), ID("Account", 2)
	book, standard   = ID("Pricebook2", 2), ID("Pricebook2", 1)
	widget, gadget   = ID("Product2", 1), ID("Product2", 2)
	widgetAt, gadgAt = ID("PricebookEntry", 3), ID("PricebookEntry", 4)
	deal, bare       = ID("Opportunity", 1), ID("Opportunity", 2)
	line1, line2     = ID("OpportunityLineItem", 1), ID("OpportunityLineItem", 2)
)

// smallWorld has two accounts, two products in two books, a deal with two lines and
// one without.
func smallWorld() world.World {
	return world.World{Start: start, Salesforce: map[string][]world.Record{
		"Account": {
			{"Id": acme, "Name": "Acme Ltd", "BillingCity": "Auckland", "BillingCountry": "New Zealand", "AnnualRevenue": num("1200000")},
			{"Id": bolt, "Name": `O'Brien & "Sons"`},
		},
		"Contact":    {{"Id": ID("Contact", 1), "AccountId": acme, "FirstName": "Ana", "LastName": "Reid", "Email": "ana@acme.example"}},
		"Product2":   {{"Id": widget, "Name": "Widget", "ProductCode": "W-1", "Family": "Hardware", "IsActive": true}, {"Id": gadget, "Name": "Gadget", "ProductCode": "G-1", "IsActive": true}},
		"Pricebook2": {{"Id": standard, "Name": "Standard", "IsActive": true, "IsStandard": true}, {"Id": book, "Name": "Direct", "IsActive": true}},
		"PricebookEntry": {
			{"Id": ID("PricebookEntry", 1), "Pricebook2Id": standard, "Product2Id": widget, "UnitPrice": num("10"), "IsActive": true},
			{"Id": ID("PricebookEntry", 2), "Pricebook2Id": standard, "Product2Id": gadget, "UnitPrice": num("20"), "IsActive": true},
			{"Id": widgetAt, "Pricebook2Id": book, "Product2Id": widget, "UnitPrice": num("9.5"), "IsActive": true},
			{"Id": gadgAt, "Pricebook2Id": book, "Product2Id": gadget, "UnitPrice": num("19.99"), "IsActive": true},
		},
		"Opportunity": {
			{"Id": deal, "AccountId": acme, "Name": "Acme renewal", "StageName": "Proposal/Price Quote", "CloseDate": "2026-11-30", "Pricebook2Id": book},
			{"Id": bare, "Name": "No lines", "StageName": "Prospecting", "CloseDate": "2026-12-24", "Amount": num("500")},
		},
		"OpportunityLineItem": {
			{"Id": line1, "OpportunityId": deal, "PricebookEntryId": widgetAt, "Quantity": num("3"), "UnitPrice": num("9.50"), "Discount": num("12.5"), "SortOrder": num("1")},
			{"Id": line2, "OpportunityId": deal, "PricebookEntryId": gadgAt, "Quantity": num("1.5"), "UnitPrice": num("19.99"), "SortOrder": num("2"), "Description": "Extra"},
		},
	}}
}

func TestWorldIsDerivedOnLoad(t *testing.T) {
	c := serve(t, nil)
	got := c.query("SELECT Name, Amount, TotalOpportunityQuantity, ExpectedRevenue, Probability, IsWon, IsClosed, ForecastCategoryName, HasOpportunityLineItem, Fiscal, LastStageChangeDate, CreatedDate FROM Opportunity ORDER BY Name")
	want := []any{
		// 3 × 9.50 less 12.5 % is 24.9375, so 24.94; 1.5 × 19.99 is 29.985, so 29.99.
		map[string]any{
			"Name": "Acme renewal", "Amount": num("54.93"), "TotalOpportunityQuantity": num("4.5"), "ExpectedRevenue": num("41.2"), "Probability": num("75.0"),
			"IsWon": false, "IsClosed": false, "ForecastCategoryName": "Best Case", "HasOpportunityLineItem": true, "Fiscal": "2026 4",
			"LastStageChangeDate": nil, "CreatedDate": "2026-11-22T10:08:01.000+0000",
		},
		map[string]any{
			"Name": "No lines", "Amount": num("500.0"), "TotalOpportunityQuantity": nil, "ExpectedRevenue": num("50.0"), "Probability": num("10.0"),
			"IsWon": false, "IsClosed": false, "ForecastCategoryName": "Pipeline", "HasOpportunityLineItem": false, "Fiscal": "2026 4",
			"LastStageChangeDate": nil, "CreatedDate": "2026-11-22T10:08:01.000+0000",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("opportunities (-want +got):\n%s", diff)
	}
}

func TestSnapshotLoadsAgain(t *testing.T) {
	c := serve(t, nil)
	if err := c.twin.CloseWon(deal); err != nil {
		t.Fatal(err)
	}
	if err := c.twin.Update("OpportunityLineItem", line2, world.Record{"TotalPrice": 30, "Quantity": 7}); err != nil {
		t.Fatal(err)
	}
	first := c.twin.Snapshot()
	again, err := New(Options{World: world.World{Start: start, Salesforce: first}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again.Snapshot()); diff != "" {
		t.Errorf("snapshot after loading the snapshot (-first +second):\n%s", diff)
	}
}

func TestNewRefusesWorlds(t *testing.T) {
	tests := map[string]struct {
		change func(map[string][]world.Record)
		want   string
	}{
		"unknown object":    {func(w map[string][]world.Record) { w["Acount"] = []world.Record{{}} }, "Acount: no such object"},
		"object case":       {func(w map[string][]world.Record) { w["account"] = nil }, "account: no such object"},
		"unknown field":     {func(w map[string][]world.Record) { w["Account"][0]["Nmae"] = "x" }, "Account 0: Nmae: no such field"},
		"field case":        {func(w map[string][]world.Record) { w["Account"][0]["phone"] = "x" }, "phone: no such field"},
		"id of another":     {func(w map[string][]world.Record) { w["Account"][0]["Id"] = ID("Contact", 9) }, "not an id of Account"},
		"id twice":          {func(w map[string][]world.Record) { w["Account"][1]["Id"] = acme }, "given twice"},
		"missing name":      {func(w map[string][]world.Record) { delete(w["Account"][1], "Name") }, "REQUIRED_FIELD_MISSING"},
		"broken reference":  {func(w map[string][]world.Record) { w["Contact"][0]["AccountId"] = ID("Account", 99) }, "no record"},
		"reference of kind": {func(w map[string][]world.Record) { w["Contact"][0]["AccountId"] = deal }, "no record"},
		"unknown stage":     {func(w map[string][]world.Record) { w["Opportunity"][0]["StageName"] = "Won" }, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"},
		"line without":      {func(w map[string][]world.Record) { delete(w["OpportunityLineItem"][0], "UnitPrice") }, "a line needs"},
		"bad organisation":  {func(w map[string][]world.Record) { w["Organization"] = []world.Record{{"Id": "x"}} }, "organisation id x: not an id"},
		"number as float":   {func(w map[string][]world.Record) { w["Account"][0]["AnnualRevenue"] = 1.5 }, "JSON_PARSER_ERROR"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := smallWorld()
			tt.change(w.Salesforce)
			_, err := New(Options{World: w})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("New error = %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestManyClients lets readers and writers loose together; the race detector judges,
// and the sum must be right at the end.
func TestManyClients(t *testing.T) {
	c := serve(t, func(o *Options) { o.BatchSize = 1 })
	var group sync.WaitGroup
	const clients, rounds = 8, 15
	for range clients {
		group.Go(func() {
			hc := http.Client{Transport: wire.RoundTripper(c.twin)}
			call := func(method, path, body string) {
				req, err := http.NewRequestWithContext(t.Context(), method, c.url+base+path, strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("Authorization", "Bearer "+c.token)
				req.Header.Set("Content-Type", "application/json")
				resp, err := hc.Do(req)
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
				if resp.StatusCode >= 300 {
					t.Errorf("%s %s: status %d", method, path, resp.StatusCode)
				}
			}
			for range rounds {
				call(http.MethodPost, "/sobjects/OpportunityLineItem", `{"OpportunityId":"`+bare+`","PricebookEntryId":"`+widgetAt+`","Quantity":1,"UnitPrice":0.1}`)
				call(http.MethodGet, "/query?q=SELECT+Id,Name+FROM+Account", "")
				call(http.MethodPatch, "/sobjects/Account/"+acme, `{"Fax":"1"}`)
				c.twin.Snapshot()
				c.twin.Requests()
				c.clock.Advance(time.Second)
			}
		})
	}
	group.Wait()
	opp, _ := c.twin.Get("Opportunity", bare)
	if opp["Amount"] != num("12") {
		t.Errorf("amount = %v, want 12: eight clients, fifteen lines of 0.10 each", opp["Amount"])
	}
	if got := c.twin.Count(http.MethodPatch, "/sobjects/Account/{id}"); got != clients*rounds {
		t.Errorf("%d updates counted, want %d", got, clients*rounds)
	}
}
