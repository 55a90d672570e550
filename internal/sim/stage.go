package sim

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/engine"
)

// Plans are the texts of the four automations, by name, with SPEC(api) and OVERLAY(api) for
// the digests that a plan pins.
type Plans map[string]string

// The four automations, in the order they are run by hand.
const (
	invoicing = "closed-won-to-invoice"
	payments  = "invoice-to-opportunity"
	contacts  = "account-to-contact"
	overdue   = "overdue-task"
)

func planNames() []string { return []string{invoicing, payments, contacts, overdue} }

// dana decides.
const dana = "Dana Ortiz"

// Stage is what all seeds share: what is compiled, and a data folder for each region in
// which the plans are approved and mapped. Several goroutines may play on it.
type Stage struct {
	dir    string
	plans  Plans
	shared app.Shared
	key    *rsa.PrivateKey // of the books' tokens: a short one, because every process signs in

	mu      sync.Mutex
	regions map[string]*region
}

// region is a company whose plans are approved, as files of a data folder.
type region struct {
	name     string
	world    world.World
	files    map[string][]byte
	programs map[string]*engine.Program // by plan name
}

// NewStage returns a stage that keeps its folders in dir, which is best one in memory.
func NewStage(dir string, plans Plans) *Stage {
	return &Stage{dir: dir, plans: plans, regions: map[string]*region{}}
}

// region returns the company of a region, made on first use.
func (s *Stage) region(name string) (*region, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.regions[name]; r != nil {
		return r, nil
	}
	r, err := s.found(name)
	if err != nil {
		return nil, fmt.Errorf("region %s: %w", name, err)
	}
	s.regions[name] = r
	return r, nil
}

// found approves all plans in a new folder and decides the rows.
func (s *Stage) found(name string) (*region, error) {
	w, err := base(name)
	if err != nil {
		return nil, err
	}
	r := &region{name: name, world: w, files: map[string][]byte{}, programs: map[string]*engine.Program{}}
	clock := wire.NewVirtual(demo.Start())
	if s.key, err = rsa.GenerateKey(rand.Reader, 1024); err != nil {
		return nil, err
	}
	v, err := s.vendors(name, w, clock.Now, wire.FaultOptions{Now: clock.Now, At: clock.At}, false, nil)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(s.dir, "region-")
	if err != nil {
		return nil, err
	}
	a := app.New(app.Config{
		Dir: dir, Now: clock.Now, Random: mathrand.NewChaCha8([32]byte{1}), HTTP: v, Shared: &s.shared,
		Wait: func(ctx context.Context, d time.Duration) error { clock.Advance(d); return ctx.Err() },
	})
	err = errors.Join(s.approve(a, v, r), a.Close())
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if err == nil && e.Type().IsRegular() {
			r.files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name()))
		}
	}
	return r, err
}

// approve connects an App to both twins, and approves plans and rows.
func (s *Stage) approve(a *app.App, v *vendors, r *region) error {
	ctx := context.Background() //nolint:forbidigo // it is the root of what a person does here
	for _, c := range v.connections() {
		if _, err := a.Connect(ctx, c); err != nil {
			return err
		}
	}
	if err := a.AddHookKey("xero", xero.DefaultWebhookKey, false); err != nil {
		return err
	}
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	for _, name := range planNames() {
		text := s.plans[name]
		for _, api := range cat.APIs() {
			text = strings.NewReplacer("SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest).Replace(text)
		}
		checked, found, err := a.Check(name+".yaml", []byte(text))
		if err != nil || checked == nil {
			return fmt.Errorf("plan %s: %w", name, errors.Join(err, found.Err()))
		}
		r.programs[name] = engine.New(checked, cat)
		p, err := a.Propose(ctx, checked, "planner")
		if err != nil {
			return err
		}
		if _, err := a.Decide(ctx, p.ID, true, dana, "as shown"); err != nil {
			return err
		}
	}
	return r.rows(ctx, a)
}

// rows approves the rows that are decided at the start.
func (r *region) rows(ctx context.Context, a *app.App) error {
	for i := range products - 1 {
		if err := r.row(ctx, a, i); err != nil {
			return err
		}
	}
	for _, country := range countries(r.world) {
		for _, family := range families() {
			if country == "" {
				continue
			}
			if _, err := a.DecideRow(ctx, invoicing, "tax", []string{country, family}, app.RowDecision{Approve: true, To: taxOf(r.name, country), By: dana}); err != nil {
				return err
			}
		}
	}
	return nil
}

// row approves the row of a product.
func (r *region) row(ctx context.Context, a *app.App, product int) error {
	_, err := a.DecideRow(ctx, invoicing, "product", []string{productID(product)}, app.RowDecision{Approve: true, To: r.item(product), By: dana})
	return err
}

func productID(n int) string { return salesforce.ID("Product2", uint64(n+1)) }

// item is the code of the item of the books that stands for a product.
func (r *region) item(product int) string {
	codes := []string{}
	for _, item := range r.world.Xero["Items"] {
		codes = append(codes, item["Code"].(string))
	}
	slices.Sort(codes)
	return codes[product%len(codes)]
}

// vendors are both twins with faults on the way to them.
type vendors struct {
	sf     *salesforce.Twin
	books  *xero.Twin
	faults *wire.Faults
	routes map[string]http.RoundTripper
	plain  map[string]http.RoundTripper // the same without faults
}

func (s *Stage) vendors(region string, w world.World, now func() time.Time, o wire.FaultOptions, limits bool, hooks *xero.Hooks, unlike ...string) (*vendors, error) {
	v := &vendors{}
	var err error
	if v.faults, err = wire.NewFaults(nil, o); err != nil {
		return nil, err
	}
	v.sf, err = salesforce.New(salesforce.Options{Now: now, World: w, Otherwise: among(unlike, salesforce.Doubts())})
	if err != nil {
		return nil, err
	}
	org, books := w.Books()
	bounds := xero.Options{
		Now: now, Region: region, Organisation: org, Collections: books, Otherwise: among(unlike, xero.Doubts()), Inside: v.faults.Inside, SigningKey: s.key, Hooks: hooks,
	}
	if !limits {
		bounds.MinuteLimit, bounds.DayLimit = -1, -1
	}
	if v.books, err = xero.New(bounds); err != nil {
		return nil, err
	}
	v.route(v.sf, v.books)
	return v, nil
}

// route sets what serves each vendor.
func (v *vendors) route(sf, books http.Handler) {
	v.routes = map[string]http.RoundTripper{"8401": wire.RoundTripper(v.faults.Wrap(sf)), "8402": wire.RoundTripper(v.faults.Wrap(books))}
	v.plain = map[string]http.RoundTripper{"8401": wire.RoundTripper(sf), "8402": wire.RoundTripper(books)}
}

// among returns the names of the list that are doubts of a vendor.
func among(names []string, of []wire.Doubt) []string {
	var out []string
	for _, d := range of {
		if slices.Contains(names, d.Name) {
			out = append(out, d.Name)
		}
	}
	return out
}

// RoundTrip carries a request to the vendor it is for.
func (v *vendors) RoundTrip(r *http.Request) (*http.Response, error) {
	rt := v.routes[r.URL.Port()]
	if r.Context().Value(personal{}) != nil {
		rt = v.plain[r.URL.Port()]
	}
	if rt == nil {
		return nil, fmt.Errorf("no such host %s", r.URL.Host)
	}
	return rt.RoundTrip(r)
}

func (v *vendors) connections() []app.Connection {
	return []app.Connection{
		{
			Name: "salesforce", API: "salesforce", Base: "http://127.0.0.1:8401",
			Client: salesforce.DefaultClientID, Secret: salesforce.DefaultClientSecret, AllowPrivate: true,
		},
		{
			Name: "xero", API: "xero", Base: "http://127.0.0.1:8402/api.xro/2.0", Token: "http://127.0.0.1:8402/connect/token",
			Client: xero.DefaultClientID, Secret: xero.DefaultClientSecret, AllowPrivate: true, Tenant: v.books.Tenant(),
		},
	}
}

// doubts names everything about the vendors that nobody has confirmed.
func doubts() []string {
	var out []string
	for _, d := range slices.Concat(salesforce.Doubts(), xero.Doubts()) {
		out = append(out, d.Name)
	}
	return out
}
