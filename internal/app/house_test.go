package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/localengine"
)

const (
	goal = "When an opportunity is closed-won in Salesforce, create an approved invoice with the line items in Xero."
	dana = "Dana Ortiz"
)

// house is both twins in process, a clock that only moves when somebody waits, and a data
// folder.
type house struct {
	t       testing.TB
	clock   *wire.Virtual
	company demo.Company
	sf      *salesforce.Twin
	xero    *xero.Twin
	faults  *wire.Faults
	seen    wire.Recorder
	dir     string
	app     *App
	name    string // of the plan
	// unlike names the doubts in which the vendors are not as believed.
	unlike []string
	// hooks are the webhooks that the Xero twin sends; nil is none.
	hooks *xero.Hooks
	// workers bounds the runs that are driven at once; zero is 3.
	workers int
}

// newHouse builds a house whose App is connected to both twins.
func newHouse(t testing.TB, unlike ...string) *house {
	t.Helper()
	h := &house{t: t, clock: wire.NewVirtual(demo.Start()), company: demo.New(7), dir: t.TempDir(), unlike: unlike}
	h.twins()
	h.open(nil)
	h.connect()
	t.Cleanup(h.replayed)
	return h
}

// replayed demands, at the end of a story, that every run gone through again from its record
// alone does what is on record.
func (h *house) replayed() {
	if h.t.Failed() {
		return
	}
	if err := h.app.ReplayAll(context.Background(), "", func(v ReplayView) error {
		if !v.Same {
			h.t.Errorf("run %s of %s does not replay: %s", v.ID, v.Plan, v.Trouble)
		}
		return nil
	}); err != nil {
		h.t.Error(err)
	}
}

// again returns a house with the same data folder, copied, and fresh twins.
func (h *house) again() *house {
	h.t.Helper()
	n := &house{t: h.t, clock: wire.NewVirtual(h.clock.Now()), company: h.company, dir: h.t.TempDir(), name: h.name, unlike: h.unlike, workers: h.workers}
	if err := os.CopyFS(n.dir, os.DirFS(h.dir)); err != nil {
		h.t.Fatal(err)
	}
	for _, secret := range []string{"key", "connections.json", "journal.db"} {
		if err := os.Chmod(filepath.Join(n.dir, secret), 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
	n.twins()
	n.open(nil)
	n.t.Cleanup(n.replayed)
	return n
}

func (h *house) twins() {
	h.t.Helper()
	t := h.t
	var err error
	if h.sf, err = salesforce.New(salesforce.Options{Now: h.clock.Now, World: h.company.World, Otherwise: h.doubts(salesforce.Doubts())}); err != nil {
		t.Fatal(err)
	}
	org, books := h.company.World.Books()
	if h.xero, err = xero.New(xero.Options{
		Now: h.clock.Now, Region: "NZ", Organisation: org, Collections: books, MinuteLimit: -1, DayLimit: -1, Otherwise: h.doubts(xero.Doubts()), Hooks: h.hooks,
	}); err != nil {
		t.Fatal(err)
	}
	if h.faults, err = wire.NewFaults(nil, wire.FaultOptions{Now: h.clock.Now, At: h.clock.At}); err != nil {
		t.Fatal(err)
	}
}

// doubts returns which of a vendor's doubts the house turns over.
func (h *house) doubts(of []wire.Doubt) []string {
	var names []string
	for _, d := range of {
		if slices.Contains(h.unlike, d.Name) {
			names = append(names, d.Name)
		}
	}
	return names
}

func (h *house) connect() {
	h.t.Helper()
	t := h.t
	for _, c := range []Connection{
		{
			Name: "salesforce", API: "salesforce", Base: "http://127.0.0.1:8401",
			Client: salesforce.DefaultClientID, Secret: salesforce.DefaultClientSecret, AllowPrivate: true,
		},
		{
			Name: "xero", API: "xero", Base: "http://127.0.0.1:8402/api.xro/2.0", Token: "http://127.0.0.1:8402/connect/token",
			Client: xero.DefaultClientID, Secret: xero.DefaultClientSecret, AllowPrivate: true, Tenant: h.xero.Tenant(),
		},
	} {
		if _, err := h.app.Connect(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

// open starts an App on the folder, as a process would; the old one must be closed.
func (h *house) open(hook func(localengine.Point, string) error) {
	h.app = New(Config{
		Dir: h.dir, Now: h.clock.Now, Random: rand.Reader, Hook: hook, HTTP: h.network(), Workers: cmp.Or(h.workers, 3),
		Wait: func(ctx context.Context, d time.Duration) error {
			h.clock.Advance(d)
			return ctx.Err()
		},
	})
	h.t.Cleanup(func() { h.app.Close() })
}

func (h *house) reopen(hook func(localengine.Point, string) error) {
	h.t.Helper()
	if err := h.app.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.open(hook)
}

// network carries requests to the twins by port, recorded and with faults.
func (h *house) network() http.RoundTripper {
	sf := wire.RoundTripper(h.seen.Wrap(h.faults.Wrap(h.sf)))
	xero := wire.RoundTripper(h.seen.Wrap(h.faults.Wrap(h.xero)))
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

// approved drafts, proposes and approves the plan of a goal.
func (h *house) approved(goal string) {
	h.t.Helper()
	ctx := h.t.Context()
	answer, err := h.app.Draft(ctx, goal, "rules")
	if err != nil || answer.Draft == nil {
		h.t.Fatalf("draft %q: got %+v, %v; want a draft", goal, answer, err)
	}
	file := filepath.Join(h.dir, "plan.yaml")
	if err := os.WriteFile(file, answer.Draft.Plan.YAML(), 0o600); err != nil {
		h.t.Fatal(err)
	}
	checked, found, err := h.app.Check(file, answer.Draft.Plan.YAML())
	if err != nil || checked == nil {
		h.t.Fatalf("check: %v %v", err, found)
	}
	h.name = checked.Plan.Name
	if _, err := h.app.Propose(ctx, checked, "planner"); err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.app.Decide(ctx, file, true, dana, "as shown"); err != nil {
		h.t.Fatal(err)
	}
}

// mapped decides every product and tax row that the company's person would.
func (h *house) mapped() {
	h.t.Helper()
	ctx := h.t.Context()
	for _, p := range h.company.Products {
		if p.Item != "" {
			h.decide(ctx, "product", []string{p.Product}, p.Item)
		}
	}
	for _, x := range h.company.Taxes {
		h.decide(ctx, "tax", []string{x.Country, x.Family}, x.TaxType)
	}
}

func (h *house) decide(ctx context.Context, m string, key []string, to string) {
	h.t.Helper()
	if _, err := h.app.DecideRow(ctx, h.name, m, key, RowDecision{Approve: true, To: to, By: dana}); err != nil {
		h.t.Fatalf("approve %s %q → %s: %v", m, key, to, err)
	}
}

// win closes the first n deals that can be invoiced, a second later.
func (h *house) win(n int) []string {
	h.t.Helper()
	h.clock.Advance(2 * time.Second)
	deals := h.company.Close[:n]
	for _, id := range deals {
		if err := h.sf.CloseWon(id); err != nil {
			h.t.Fatal(err)
		}
	}
	return deals
}

// invoiced returns the invoices that were not there at the start, by the deal they are
// for; a deal with two, or an invoice without a deal, fails the test.
func (h *house) invoiced() map[string]map[string]any {
	h.t.Helper()
	old := map[string]bool{}
	for _, inv := range h.company.World.Xero["Invoices"] {
		old[fmt.Sprint(inv["InvoiceNumber"])] = true
	}
	out := map[string]map[string]any{}
	for _, inv := range h.xero.Invoices() {
		number := fmt.Sprint(inv["InvoiceNumber"])
		if old[number] {
			continue
		}
		deal, ok := strings.CutPrefix(number, "SF-")
		if !ok || out[deal] != nil {
			h.t.Errorf("invoice %s: twice, or for no deal", number)
		}
		out[deal] = inv
	}
	return out
}

// settled confirms that each won deal has its invoice, and nobody else has one.
func (h *house) settled(deals []string) {
	h.t.Helper()
	got := h.invoiced()
	if len(got) != len(deals) {
		h.t.Errorf("got %d invoices for %d deals", len(got), len(deals))
	}
	for _, id := range deals {
		deal, _ := h.sf.Get("Opportunity", id)
		inv := got[fmt.Sprint(deal["Id"])]
		switch {
		case inv == nil:
			h.t.Errorf("deal %s was forgotten", id)
		case fmt.Sprint(inv["SubTotal"]) != fmt.Sprint(deal["Amount"]) && !sameNumber(inv["SubTotal"], deal["Amount"]):
			h.t.Errorf("deal %s: invoice before tax %v, deal %v", id, inv["SubTotal"], deal["Amount"])
		case deal["Xero_Invoice_Number__c"] != inv["InvoiceNumber"] || deal["Xero_Invoice_Id__c"] != inv["InvoiceID"]:
			h.t.Errorf("deal %s: written back %v %v, want %v %v", id, deal["Xero_Invoice_Number__c"], deal["Xero_Invoice_Id__c"], inv["InvoiceNumber"], inv["InvoiceID"])
		}
	}
}
