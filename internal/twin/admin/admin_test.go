package admin_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/admin"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/preset"
	"github.com/planwright/planwright/internal/twin/pubsub"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
)

// desk is a stage with its admin served, and the twins called in process.
type desk struct {
	t       *testing.T
	stage   *admin.Stage
	machine *wire.Virtual
	company demo.Company
	base    string
	client  *http.Client
}

func open(t *testing.T) *desk { return openWith(t, makeTwins) }

func openWith(t *testing.T, twins func(world.World, func() time.Time) (admin.Twins, error)) *desk {
	t.Helper()
	d := &desk{t: t, company: demo.New(1), machine: wire.NewVirtual(demo.Start())}
	clock := wire.NewClock(demo.Start(), d.machine.Now)
	faults, err := wire.NewFaults(nil, wire.FaultOptions{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	d.stage, err = admin.NewStage(admin.Options{
		Clock: clock, World: d.company.World, Faults: faults, Presets: preset.Faults(), Otherwise: []string{"bare-items"}, Make: twins,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(d.stage.Handler())
	t.Cleanup(s.Close)
	d.base, d.client = s.URL, s.Client()
	d.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return d
}

func makeTwins(w world.World, now func() time.Time) (admin.Twins, error) {
	return twinsWith(w, now, nil)
}

func twinsWith(w world.World, now func() time.Time, hooks *xero.Hooks) (admin.Twins, error) {
	sf, err := salesforce.New(salesforce.Options{Now: now, World: w})
	if err != nil {
		return admin.Twins{}, err
	}
	org, books := w.Books()
	x, err := xero.New(xero.Options{Now: now, Organisation: org, Collections: books, Hooks: hooks})
	return admin.Twins{Salesforce: sf, Xero: x}, err
}

// call sends a request and returns status and body.
func (d *desk) call(method, path, media, body string, header ...string) (int, string) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.base+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	resp, err := d.client.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func (d *desk) want(code int, method, path, body string) string {
	d.t.Helper()
	got, text := d.call(method, path, "application/json", body)
	if got != code {
		d.t.Fatalf("%s %s: %d %s, want %d", method, path, got, text, code)
	}
	return text
}

func (d *desk) read(path string, v any) {
	d.t.Helper()
	dec := json.NewDecoder(strings.NewReader(d.want(200, "GET", path, "")))
	dec.UseNumber()
	if err := dec.Decode(v); err != nil {
		d.t.Fatal(err)
	}
}

// twin calls the Salesforce twin without a token.
func (d *desk) twin() (int, error) {
	r, err := http.NewRequestWithContext(d.t.Context(), "GET", "http://twin.test/services/data/v67.0/limits?token=PLANTED", nil)
	if err != nil {
		d.t.Fatal(err)
	}
	resp, err := wire.RoundTripper(d.stage.Salesforce()).RoundTrip(r)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

func TestStateAndRecords(t *testing.T) {
	d := open(t)
	var state admin.State
	d.read("/api/state", &state)
	if state.Salesforce["Opportunity"] != 60 || state.Xero["Invoices"] != 12 || !state.Now.Equal(demo.Start()) || state.Frozen {
		t.Errorf("state is %+v", state)
	}
	var list []world.Record
	d.read("/api/records/xero/Invoices", &list)
	id := list[0]["InvoiceID"].(string)
	var one world.Record
	d.read("/api/records/xero/Invoices/"+id, &one)
	if diff := cmp.Diff(list[0], one); len(list) != 12 || diff != "" {
		t.Errorf("one of %d (-listed +alone):\n%s", len(list), diff)
	}
	for _, path := range []string{"/api/records/xero/Nothing", "/api/records/sap/Invoices", "/api/records/xero/Invoices/none", "/nothing"} {
		d.want(404, "GET", path, "")
	}
}

func TestActions(t *testing.T) {
	d := open(t)
	books := d.stage.Twins().Xero
	invoice := books.Invoices()[0]["InvoiceNumber"].(string)
	contact := books.Contacts()[0]["ContactID"].(string)
	other := books.Contacts()[1]["ContactID"].(string)
	deal := d.company.Close[0]
	args := map[string]string{
		"salesforce expire-sessions": ``, "salesforce use-calls": `{"calls": 15000}`,
		"salesforce close-won":         `{"id": "` + deal + `"}`,
		"salesforce create":            `{"object": "Account", "fields": {"Name": "New"}}`,
		"salesforce update":            `{"object": "Opportunity", "id": "` + d.company.Close[1] + `", "fields": {"Name": "Changed"}}`,
		"salesforce delete":            `{"object": "Opportunity", "id": "` + d.company.Close[2] + `"}`,
		"salesforce undelete":          `{"object": "Opportunity", "id": "` + d.company.Close[2] + `"}`,
		"salesforce merge":             `{"object": "Account", "master": "` + salesforce.ID("Account", 1) + `", "loser": "` + salesforce.ID("Account", 2) + `"}`,
		"salesforce hold-record":       `{"id": "` + d.company.Close[4] + `", "until": "2031-01-01T00:00:00Z"}`,
		"salesforce release-record":    `{"id": "` + d.company.Close[4] + `"}`,
		"salesforce send-for-approval": `{"id": "` + d.company.Close[5] + `"}`, "salesforce end-approval": `{"id": "` + d.company.Close[5] + `"}`,
		"salesforce read-only": ``, "salesforce writable": ``,
		"salesforce protect-field": `{"object": "Opportunity", "field": "NextStep"}`,
		"xero unpay":               `{"payment": "?"}`, "xero credit": `{"invoice": "` + books.Invoices()[2]["InvoiceNumber"].(string) + `", "amount": "1"}`,
		"xero overpay":          `{"invoice": "` + books.Invoices()[3]["InvoiceNumber"].(string) + `", "amount": "1000000"}`,
		"salesforce hide-field": `{"object": "Account", "field": "Industry"}`,
		"xero revoke-tokens":    ``, "xero disconnect": ``, "xero reconnect": ``, "xero offline": ``, "xero online": ``,
		"xero pay":             `{"invoice": "` + invoice + `", "amount": "1.50"}`,
		"xero void":            `{"invoice": "` + books.Invoices()[1]["InvoiceNumber"].(string) + `"}`,
		"xero archive-contact": `{"contact": "` + contact + `"}`,
		"xero merge-contacts":  `{"loser": "` + contact + `", "winner": "` + other + `"}`,
		"xero archive-account": `{"account": "260"}`, "xero lock-date": `{"date": "2010-01-31"}`,
		"xero change": `{"collection": "Items", "id": "SW-CORE", "members": {"Name": "Other"}}`,
		"xero add":    `{"collection": "Contacts", "members": {"Name": "By hand"}}`,
	}
	for _, a := range admin.Actions() {
		body, ok := args[a.System+" "+a.Name]
		if !ok {
			t.Errorf("%s %s has no test", a.System, a.Name)
			continue
		}
		path := "/api/actions/" + a.System + "/" + a.Name
		if a.Name == "unpay" {
			body = `{"payment": "` + d.stage.Twins().Xero.All("Payments")[0]["PaymentID"].(string) + `"}`
		}
		if a.Name == "writable" || a.Name == "undelete" || a.Name == "update" {
			d.want(200, "POST", "/api/actions/salesforce/writable", "") // by name they come after read-only
		}
		d.want(200, "POST", path, body)
		if len(a.Needs) > 0 && !strings.Contains(d.want(400, "POST", path, "{}"), "needs "+a.Needs[0]) {
			t.Errorf("%s %s without arguments does not say what it needs", a.System, a.Name)
		}
	}
	d.want(404, "POST", "/api/actions/xero/explode", "")
	d.want(400, "POST", "/api/actions/xero/pay", `{"invoice": "`+invoice+`", "amount": "much"}`)
	d.want(400, "POST", "/api/actions/xero/change", `{"collection": "Items", "id": "SW-CORE", "members": 3}`)
	d.want(400, "POST", "/api/actions/salesforce/use-calls", `{"calls": -1}`)
	d.want(400, "POST", "/api/actions/salesforce/close-won", `[`)

	text := d.want(200, "GET", "/api/diff", "")
	for _, want := range []string{"By hand", "Closed Won", "MergedToContactID", "VOIDED", "PeriodLockDate", `"AmountPaid"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the difference since the start does not tell of %s", want)
		}
	}
	d.want(200, "POST", "/api/reset", "")
	if text := d.want(200, "GET", "/api/diff", ""); text != "null\n" {
		t.Errorf("after the reset: %.300s", text)
	}
}

func TestFaultsClockAndRequests(t *testing.T) {
	d := open(t)
	d.want(200, "POST", "/api/faults", `{"preset": "salesforce-request-limit", "nth": 0, "times": 1}`)
	d.want(200, "POST", "/api/faults", `{"operation": "GET /services/*", "kind": "drop-before"}`)
	if code, err := d.twin(); code != 403 || err != nil {
		t.Errorf("first call: %d %v", code, err)
	}
	if _, err := d.twin(); err == nil {
		t.Error("the second call was answered")
	}
	d.want(200, "POST", "/api/faults/2/off", "")
	if code, err := d.twin(); code != 401 || err != nil {
		t.Errorf("third call: %d %v", code, err)
	}
	var rules []wire.Rule
	d.read("/api/faults", &rules)
	if len(rules) != 2 || rules[0].Struck != 1 || !rules[1].Off || rules[0].Fault.Name != "salesforce-request-limit" {
		t.Errorf("rules %+v", rules)
	}
	d.want(200, "POST", "/api/faults/2/on", "")
	d.want(200, "DELETE", "/api/faults/2", "")
	d.want(200, "POST", "/api/faults/1/remove", "")
	d.want(400, "DELETE", "/api/faults/1", "")
	d.want(404, "POST", "/api/faults/1/explode", "")
	if text := d.want(400, "POST", "/api/faults", `{"operation": "*", "kind": "drop"}`); !strings.Contains(text, `unknown kind \"drop\"`) {
		t.Errorf("a wrong rule: %s", text)
	}

	d.want(200, "POST", "/api/clock", `{"frozen": true, "advance": "90m"}`)
	d.machine.Advance(time.Hour)
	var state admin.State
	d.read("/api/state", &state)
	if want := demo.Start().Add(90 * time.Minute); !state.Now.Equal(want) || !state.Frozen {
		t.Errorf("clock is %v, frozen %v; want %v", state.Now, state.Frozen, want)
	}
	d.want(200, "POST", "/api/clock", `{"set": "2027-01-01T00:00:00Z", "frozen": false}`)
	for _, bad := range []string{`{"set": "tomorrow"}`, `{"advance": "a while"}`, `{"forward": "1h"}`} {
		d.want(400, "POST", "/api/clock", bad)
	}

	var seen []admin.Seen
	text := d.want(200, "GET", "/api/requests", "")
	if strings.Contains(text, "PLANTED") {
		t.Error("a token of a query is shown")
	}
	if err := json.Unmarshal([]byte(text), &seen); err != nil || len(seen) != 3 {
		t.Fatalf("%d requests, %v", len(seen), err)
	}
	cuts := 0
	for _, s := range seen {
		if s.Cut {
			cuts++
		}
	}
	if cuts != 1 {
		t.Errorf("%d requests were cut, want 1", cuts)
	}
}

func TestWorldsComeAndGo(t *testing.T) {
	d := open(t)
	d.want(200, "POST", "/api/actions/salesforce/close-won", `{"id": "`+d.company.Close[0]+`"}`)
	dump := d.want(200, "GET", "/api/world", "")
	d.want(200, "POST", "/api/reset", "")
	d.want(200, "POST", "/api/world", dump)
	if text := d.want(200, "GET", "/api/diff", ""); text != "null\n" {
		t.Errorf("a loaded world differs from itself: %.300s", text)
	}
	deal, _ := d.stage.Twins().Salesforce.Get("Opportunity", d.company.Close[0])
	if deal["IsWon"] != true {
		t.Error("the loaded world is not the dumped one")
	}
	if text := d.want(400, "POST", "/api/world", `{"salesforce": {"Nothing": [{}]}}`); !strings.Contains(text, "Nothing: no such object") {
		t.Errorf("a world that cannot be: %s", text)
	}
	var state admin.State
	d.read("/api/state", &state)
	if state.Salesforce["Opportunity"] != 60 {
		t.Error("the refused world replaced the twins")
	}
}

func TestDoubtsPresetsAndActionsAreListed(t *testing.T) {
	d := open(t)
	var doubts []admin.Decided
	d.read("/api/doubts", &doubts)
	for _, x := range doubts {
		if want := map[bool]string{true: "otherwise", false: "believed"}[x.Name == "bare-items"]; x.Decided != want {
			t.Errorf("%s %s is decided %s, want %s", x.System, x.Name, x.Decided, want)
		}
	}
	if want := len(salesforce.Doubts()) + len(pubsub.Doubts()) + len(xero.Doubts()); len(doubts) != want {
		t.Errorf("%d doubts, want %d", len(doubts), want)
	}
	var presets map[string]wire.Fault
	d.read("/api/presets", &presets)
	if len(presets) != len(preset.Faults()) {
		t.Errorf("%d presets", len(presets))
	}
	var actions []admin.Action
	d.read("/api/actions", &actions)
	if len(actions) != len(admin.Actions()) {
		t.Errorf("%d actions", len(actions))
	}
}

func TestStrangersAreRefused(t *testing.T) {
	d := open(t)
	if code, _ := d.call("POST", "/api/reset", "application/x-www-form-urlencoded", "", "Origin", "https://evil.test", "Sec-Fetch-Site", "cross-site"); code != 403 {
		t.Errorf("another site's form was answered %d", code)
	}
	if code, _ := d.call("GET", "/api/state", "", "", "Host", "evil.test"); code != 403 {
		t.Errorf("a call by another name was answered %d", code)
	}
	for _, host := range []string{"localhost:1", "127.0.0.1", "[::1]:80"} {
		if code, _ := d.call("GET", "/api/state", "", "", "Host", host); code != 200 {
			t.Errorf("a call by the name %s was answered %d", host, code)
		}
	}
}

func TestPage(t *testing.T) {
	d := open(t)
	d.want(200, "POST", "/api/actions/xero/add", `{"collection": "Contacts", "members": {"Name": "<script>alert(1)</script>"}}`)
	_, _ = d.twin()
	form := func(path string, values url.Values) (int, string) {
		return d.call("POST", path, "application/x-www-form-urlencoded", values.Encode(), "Sec-Fetch-Site", "same-origin")
	}
	for path, values := range map[string]url.Values{
		"/api/faults":                       {"preset": {"xero-429-day"}},
		"/api/clock":                        {"frozen": {"true"}},
		"/api/actions/xero/lock-date":       {"date": {"2026-10-31"}},
		"/api/actions/xero/disconnect":      {},
		"/api/faults/1/off":                 {},
		"/api/actions/salesforce/close-won": {"id": {d.company.Close[0]}},
	} {
		if path == "/api/faults/1/off" {
			continue // once the rule is there
		}
		if code, text := form(path, values); code != 303 {
			t.Errorf("form %s: %d %.300s", path, code, text)
		}
	}
	if code, _ := form("/api/faults/1/off", nil); code != 303 {
		t.Error("the rule cannot be switched off by form")
	}
	code, text := form("/api/clock", url.Values{"set": {"tomorrow"}})
	if code != 400 || !strings.Contains(text, `role="alert"`) || !strings.Contains(text, "an instant like") {
		t.Errorf("a wrong form was answered %d", code)
	}
	var file bytes.Buffer
	m := multipart.NewWriter(&file)
	part, err := m.CreateFormFile("world", "world.json")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(part, d.want(200, "GET", "/api/world", ""))
	_ = m.Close()
	if code, text := d.call("POST", "/api/world", m.FormDataContentType(), file.String(), "Sec-Fetch-Site", "same-origin"); code != 303 {
		t.Errorf("a world by form was answered %d %.300s", code, text)
	}

	code, page := d.call("GET", "/?system=xero&collection=Contacts", "", "")
	for _, want := range []string{"the clock stands still", "xero-429-day", "(off)", "&lt;script&gt;", "otherwise", "/services/data/v67.0/limits", `<a href="/?system=salesforce&amp;collection=Opportunity#records">`} {
		if code != 200 || !strings.Contains(page, want) {
			t.Errorf("page (%d) without %s", code, want)
		}
	}
	for _, bad := range []string{"<script>", "PLANTED", xero.DefaultClientSecret, salesforce.DefaultClientSecret, "style="} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	if code, page := d.call("GET", "/?system=salesforce&collection=Opportunity&id="+d.company.Close[0], "", ""); code != 200 || !strings.Contains(page, "Closed Won") {
		t.Errorf("one record: %d", code)
	}
	if code, _ := d.call("GET", "/?system=xero&collection=Nothing", "", ""); code != 404 {
		t.Errorf("no such collection: %d", code)
	}
	if code, css := d.call("GET", "/style.css", "", ""); code != 200 || !strings.Contains(css, "light dark") {
		t.Errorf("style: %d", code)
	}
}
