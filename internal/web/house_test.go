package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
)

const (
	goal  = "When an opportunity is closed-won in Salesforce, create an approved invoice with the line items in Xero."
	dana  = "Dana Ortiz"
	lee   = "Lee Brandt"
	place = "http://127.0.0.1:8480"
)

// house is the pages over a real App, both twins in process, and a clock that moves only
// when somebody waits.
type house struct {
	t       testing.TB
	clock   *wire.Virtual
	company demo.Company
	sf      *salesforce.Twin
	xero    *xero.Twin
	app     *app.App
	web     *Web
	cookies map[string][]*http.Cookie // by person
	beats   chan time.Time
	plan    string
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{
		t: t, clock: wire.NewVirtual(demo.Start()), company: demo.New(7), cookies: map[string][]*http.Cookie{}, beats: make(chan time.Time),
	}
	var err error
	if h.sf, err = salesforce.New(salesforce.Options{Now: h.clock.Now, World: h.company.World}); err != nil {
		t.Fatal(err)
	}
	org, books := h.company.World.Books()
	if h.xero, err = xero.New(xero.Options{Now: h.clock.Now, Region: "NZ", Organisation: org, Collections: books, MinuteLimit: -1, DayLimit: -1}); err != nil {
		t.Fatal(err)
	}
	h.app = app.New(app.Config{
		Dir: t.TempDir(), Now: h.clock.Now, Random: rand.Reader, HTTP: h.network(), Workers: 3,
		Wait: func(ctx context.Context, d time.Duration) error {
			h.clock.Advance(d)
			return ctx.Err()
		},
	})
	t.Cleanup(func() { h.app.Close() })
	h.open(place)
	return h
}

// open makes the pages as they are under an address.
func (h *house) open(public string) {
	h.t.Helper()
	base, err := url.Parse(public)
	if err != nil {
		h.t.Fatal(err)
	}
	h.web, err = New(Config{
		App: h.app, Now: h.clock.Now, Random: rand.Reader, Public: base, Version: "0.0-test",
		Log:  slog.New(slog.NewTextHandler(h.t.Output(), nil)),
		Tick: func() (<-chan time.Time, func()) { return h.beats, func() {} },
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(h.web.Close)
}

func (h *house) network() http.RoundTripper {
	sf, xero := wire.RoundTripper(h.sf), wire.RoundTripper(h.xero)
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		switch r.URL.Port() {
		case "8401":
			return sf.RoundTrip(r)
		case "8402":
			return xero.RoundTrip(r)
		}
		return nil, fmt.Errorf("no such host %s", r.URL.Host)
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (h *house) connect() {
	h.t.Helper()
	for _, c := range []app.Connection{
		{
			Name: "salesforce", API: "salesforce", Base: "http://127.0.0.1:8401",
			Client: salesforce.DefaultClientID, Secret: salesforce.DefaultClientSecret, AllowPrivate: true,
		},
		{
			Name: "xero", API: "xero", Base: "http://127.0.0.1:8402/api.xro/2.0", Token: "http://127.0.0.1:8402/connect/token",
			Client: xero.DefaultClientID, Secret: xero.DefaultClientSecret, AllowPrivate: true, Tenant: h.xero.Tenant(),
		},
	} {
		if _, err := h.app.Connect(h.t.Context(), c); err != nil {
			h.t.Fatal(err)
		}
	}
}

// response is an answer with its page read.
type response struct {
	*http.Response
	Text string
	Page *node
}

// do sends a request as a browser of a person would; nobody is "".
func (h *house) do(r *http.Request, person string) response {
	h.t.Helper()
	if r.Host == "" || r.Host == "example.com" {
		r.Host = h.web.cfg.Public.Host
	}
	for _, c := range h.cookies[person] {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.web.Handler().ServeHTTP(w, r)
	res := response{Response: w.Result(), Text: w.Body.String()}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && res.StatusCode != http.StatusSeeOther {
		page, err := parseHTML(res.Text)
		if err != nil {
			h.t.Fatalf("%s %s: the page is not sound: %v", r.Method, r.URL, err)
		}
		res.Page = page
	}
	return res
}

func (h *house) get(person, path string) response {
	h.t.Helper()
	return h.do(httptest.NewRequest(http.MethodGet, path, nil), person)
}

func (h *house) post(person, path string, pairs ...string) response {
	h.t.Helper()
	return h.do(postRequest(path, pairs...), person)
}

func postRequest(path string, pairs ...string) *http.Request {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// page gets a page that must be there.
func (h *house) page(person, path string) *node {
	h.t.Helper()
	res := h.get(person, path)
	if res.StatusCode != http.StatusOK || res.Page == nil {
		h.t.Fatalf("GET %s: got %d, want a page\n%s", path, res.StatusCode, res.Text)
	}
	return res.Page
}

// goes confirms that a change was made and returns where it leads.
func (h *house) goes(res response) string {
	h.t.Helper()
	if res.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("%s: got %d, want 303\n%s", res.Header.Get("Location"), res.StatusCode, res.Text)
	}
	return res.Header.Get("Location")
}

// enter signs a person in.
func (h *house) enter(person string) {
	h.t.Helper()
	link, err := h.web.Link(person)
	if err != nil {
		h.t.Fatal(err)
	}
	u, err := url.Parse(link)
	if err != nil {
		h.t.Fatal(err)
	}
	res := h.post("", "/sign-in", "token", u.Query().Get("token"))
	h.goes(res)
	h.cookies[person] = res.Cookies()
}

// drafted drafts the goal and returns the draft's page.
func (h *house) drafted(person, text string) string {
	h.t.Helper()
	return h.goes(h.post(person, "/drafts", "goal", text))
}

// proposed drafts the goal and lays it before an approver.
func (h *house) proposed(person string) string {
	h.t.Helper()
	at := h.goes(h.post(person, h.drafted(person, goal)+"/propose"))
	h.plan, _, _ = strings.Cut(strings.TrimPrefix(at, "/plans/"), "@")
	return at
}

// approved goes all the way to a plan in force.
func (h *house) approved(maker, approver string) string {
	h.t.Helper()
	at := h.proposed(maker)
	digest, _ := h.page(approver, at).one(h.t, "input", "name", "digest").attr("value")
	h.goes(h.post(approver, at+"/decision", "digest", digest, "answer", "approve", "comment", "as shown"))
	return at
}

// win closes the first n deals and lets the plan run as far as it goes.
func (h *house) win(n int) {
	h.t.Helper()
	h.clock.Advance(2 * time.Second)
	for _, id := range h.company.Close[:n] {
		if err := h.sf.CloseWon(id); err != nil {
			h.t.Fatal(err)
		}
	}
	h.runOnce()
}

func (h *house) runOnce() {
	h.t.Helper()
	if _, err := h.app.RunOnce(h.t.Context(), h.plan); err != nil {
		h.t.Fatal(err)
	}
}

// jsonOf gets a page as a program would.
func (h *house) jsonOf(person, path string, into any) int {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "application/json")
	res := h.do(r, person)
	if err := json.Unmarshal([]byte(res.Text), into); err != nil {
		h.t.Fatalf("GET %s as JSON: %v\n%s", path, err, res.Text)
	}
	return res.StatusCode
}

var serveAt = flag.String("serve", "", "serve the pages of the demonstration's company on this address, to look at them, until the test times out")

// TestServe is for looking at the pages: go test -run TestServe -serve 127.0.0.1:8480
func TestServe(t *testing.T) {
	if *serveAt == "" {
		t.Skip("only with -serve")
	}
	h := newHouse(t)
	h.open("http://" + *serveAt)
	h.enter(dana)
	t.Logf("empty house: /empty")
	h.connect()
	h.enter(lee)
	h.approved(lee, dana)
	h.goes(h.post(dana, "/mappings/"+h.plan))
	h.win(12)
	h.goes(h.post(lee, h.drafted(lee, "When an opportunity is closed-won in Salesforce, create a draft invoice with the line items in Xero, due in 14 days.")+"/propose"))
	for _, text := range []string{
		"When an opportunity is closed-won in Salesforce, frobnicate the invoice in Xero twice.",
		"When something happens in Salesforce, create an invoice in Xero.",
		"When an opportunity is closed-won, create an invoice in Xero with the line items, due soon.",
		"Delete all invoices in Xero.",
		"When an opportunity is closed-won in Salesforce, create an invoice with the line items in Xero and email it, due in 30 days.",
	} {
		fmt.Println("draft", h.drafted(lee, text), text)
	}
	listen, err := net.Listen("tcp", *serveAt)
	if err != nil {
		t.Fatal(err)
	}
	link, err := h.web.Link(dana)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println(link)
	fmt.Println("cookie", h.cookies[dana][0].Name+"="+h.cookies[dana][0].Value)
	t.Log(http.Serve(listen, h.web.Handler()))
}
