package eval

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
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
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/localengine"
)

// person decides in evaluations.
const person = "Dana Ortiz"

// Where the twins are said to be; nothing listens there.
const (
	salesforcePort = "8401"
	xeroPort       = "8402"
	xeroPrefix     = "/api.xro/2.0"
)

// stage is both twins, a clock, and an App between them, for one case.
type stage struct {
	scene   Scene
	dir     string
	clock   *wire.Virtual
	company demo.Company // empty when the world is written out
	start   world.World
	sf      *salesforce.Twin
	books   *xero.Twin
	faults  *wire.Faults
	sent    wire.Recorder // what was sent, whatever came of it
	app     *app.App
	killer  *killer
	plan    string // name
	strays  strays
	struck  int
	objects []string // of Salesforce that are known, also those without records
}

// strays are hosts that were asked for and are not there.
type strays struct {
	mu    sync.Mutex
	hosts []string
}

func (s *strays) add(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts = append(s.hosts, host)
}

func (e *Evaluator) stage(ctx context.Context, scene Scene) (*stage, error) {
	dir, err := e.folder()
	if err != nil {
		return nil, err
	}
	s := &stage{scene: scene, dir: dir, killer: &killer{}}
	if w := scene.World.World; w != nil {
		s.start = w.Clone()
	} else {
		seed := scene.World.Seed
		if seed == 0 {
			seed = 7
		}
		s.company = demo.New(seed)
		s.start = s.company.World
	}
	for _, name := range e.cfg.Catalog.Objects("salesforce") {
		s.objects = append(s.objects, strings.TrimPrefix(name, "salesforce."))
	}
	s.clock = wire.NewVirtual(s.start.Start)
	s.sent.Now = s.clock.Now
	for i, p := range scene.Patch {
		if err := p.apply(&s.start); err != nil {
			return nil, fmt.Errorf("patch %d: %w", i+1, err)
		}
	}
	if err := s.twins(); err != nil {
		return nil, err
	}
	s.open()
	return s, s.connect(ctx)
}

func (s *stage) twins() (err error) {
	if s.sf, err = salesforce.New(salesforce.Options{Now: s.clock.Now, World: s.start}); err != nil {
		return err
	}
	org, books := s.start.Books()
	s.books, err = xero.New(xero.Options{
		Now: s.clock.Now, Region: "NZ", Organisation: org, Collections: books,
		MinuteLimit: -1, DayLimit: -1, // limits are faults of their own
	})
	if err != nil {
		return err
	}
	s.faults, err = wire.NewFaults(nil, wire.FaultOptions{Now: s.clock.Now, At: s.clock.At})
	return err
}

// open starts an App on the folder, as a process would. One run is driven at a time, so
// that a second evaluation gives the same bytes.
func (s *stage) open() {
	s.app = app.New(app.Config{
		Dir: s.dir, Now: s.clock.Now, Random: rand.NewChaCha8([32]byte{7}), Hook: s.killer.hook, HTTP: s.network(), Workers: 1,
		Jitter: func() float64 { return 0.5 },
		Wait: func(ctx context.Context, d time.Duration) error {
			s.clock.Advance(d)
			return ctx.Err()
		},
	})
}

func (s *stage) close() error {
	return errors.Join(s.app.Close(), os.RemoveAll(s.dir))
}

func (s *stage) connect(ctx context.Context) error {
	for _, c := range []app.Connection{
		{
			Name: "salesforce", API: "salesforce", Base: "http://127.0.0.1:" + salesforcePort,
			Client: salesforce.DefaultClientID, Secret: salesforce.DefaultClientSecret, AllowPrivate: true,
		},
		{
			Name: "xero", API: "xero", Base: "http://127.0.0.1:" + xeroPort + xeroPrefix, Token: "http://127.0.0.1:" + xeroPort + "/connect/token",
			Client: xero.DefaultClientID, Secret: xero.DefaultClientSecret, AllowPrivate: true, Tenant: s.books.Tenant(),
		},
	} {
		if _, err := s.app.Connect(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// network carries requests to the twins by port.
func (s *stage) network() http.RoundTripper {
	sf := wire.RoundTripper(s.sent.Wrap(s.faults.Wrap(s.sf)))
	books := wire.RoundTripper(s.sent.Wrap(s.faults.Wrap(s.books)))
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		switch r.URL.Port() {
		case salesforcePort:
			return sf.RoundTrip(r)
		case xeroPort:
			return books.RoundTrip(r)
		}
		s.strays.add(r.URL.Host)
		return nil, fmt.Errorf("no such host %s", r.URL.Host)
	})
}

var errKilled = errors.New("killed")

// killer dies at chosen passings of points, and from then on at every point: nothing that
// a dead process would have done is done.
type killer struct {
	mu   sync.Mutex
	next []Kill
	seen map[localengine.Point]int
	dead bool
	died int
}

func (k *killer) hook(p localengine.Point, _ string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead {
		return errKilled
	}
	if len(k.next) == 0 || p != k.next[0].At {
		return nil
	}
	if k.seen == nil {
		k.seen = map[localengine.Point]int{}
	}
	if k.seen[p]++; k.seen[p] < k.next[0].Nth {
		return nil
	}
	k.next, k.seen, k.dead = k.next[1:], nil, true
	k.died++
	return errKilled
}

// revive lets the next process live until the next kill.
func (k *killer) revive() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.dead = false
}

// approve lays the plan before the person, who approves it, and decides the rows.
func (s *stage) approve(ctx context.Context, checked *check.Checked) error {
	s.plan = checked.Plan.Name
	if _, err := s.app.Propose(ctx, checked, "planner"); err != nil {
		return err
	}
	if _, err := s.app.Decide(ctx, s.plan, true, person, "as shown"); err != nil {
		return err
	}
	if s.scene.Decide != "nobody" {
		if err := s.decideAll(ctx, checked); err != nil {
			return err
		}
	}
	return s.decide(ctx, s.scene.Rows)
}

// decideAll decides the product and tax rows of the deals that will be won, as the
// company's person would.
func (s *stage) decideAll(ctx context.Context, checked *check.Checked) error {
	products, countries := s.needed()
	var rows []Row
	for _, name := range slices.Sorted(maps.Keys(checked.Plan.Mappings)) {
		switch checked.Plan.Mappings[name].To {
		case "xero.Item":
			for _, p := range s.company.Products {
				if products[p.Product] {
					rows = append(rows, Row{Mapping: name, Key: []string{p.Product}, To: p.Item})
				}
			}
		case "xero.TaxRate":
			for _, x := range s.company.Taxes {
				if countries[x.Country] {
					rows = append(rows, Row{Mapping: name, Key: []string{x.Country, x.Family}, To: x.TaxType})
				}
			}
		}
	}
	return s.decide(ctx, rows)
}

// needed returns the products and countries of the deals that the events win.
func (s *stage) needed() (products, countries map[string]bool) {
	deals, accounts := map[any]bool{}, map[any]bool{}
	for _, e := range s.events() {
		for _, id := range s.deals(e) {
			deals[id] = true
		}
	}
	for _, o := range s.sf.All("Opportunity") {
		if deals[o["Id"]] {
			accounts[o["AccountId"]] = true
		}
	}
	products, countries = map[string]bool{}, map[string]bool{}
	for _, a := range s.sf.All("Account") {
		if country, ok := a["BillingCountry"].(string); ok && accounts[a["Id"]] {
			countries[country] = true
		}
	}
	for _, l := range s.sf.All("OpportunityLineItem") {
		if id, ok := l["Product2Id"].(string); ok && deals[l["OpportunityId"]] {
			products[id] = true
		}
	}
	return products, countries
}

func (s *stage) decide(ctx context.Context, rows []Row) error {
	for _, r := range rows {
		d := app.RowDecision{Approve: r.To != "", To: r.To, By: person}
		if _, err := s.app.DecideRow(ctx, s.plan, r.Mapping, r.Key, d); err != nil {
			return fmt.Errorf("row %s %q: %w", r.Mapping, r.Key, err)
		}
	}
	return nil
}

// drive runs the engine once, started again after every kill.
func (s *stage) drive(ctx context.Context) (app.Report, error) {
	for {
		report, err := s.app.RunOnce(ctx, s.plan)
		if !errors.Is(err, errKilled) {
			return report, err
		}
		if err := s.app.Close(); err != nil && !errors.Is(err, errKilled) {
			return report, err
		}
		s.killer.revive()
		s.open()
	}
}

// patience bounds how often the engine is driven once the faults are over.
const patience = 8

// settle ends all faults and drives until nothing goes on without a person. Holds that
// release themselves are waited for.
func (s *stage) settle(ctx context.Context) error {
	for _, f := range []wire.Kind{wire.DropBefore, wire.DropAfter, wire.Status, wire.StatusAfter, wire.Late, wire.Reset, wire.Slow, wire.Truncate, wire.HTML} {
		s.struck += s.faults.Struck(f)
	}
	if err := s.faults.Set(nil); err != nil {
		return err
	}
	s.books.SetOffline(false)
	for range patience {
		s.clock.Advance(10 * time.Minute) // late commits are over, and idempotency keys forgotten
		report, err := s.drive(ctx)
		if err != nil {
			return err
		}
		until := time.Time{}
		for _, h := range report.Holds {
			if h.Hold != nil && !h.Hold.Until.IsZero() && (until.IsZero() || h.Hold.Until.Before(until)) {
				until = h.Hold.Until
			}
		}
		if until.IsZero() {
			return nil
		}
		if until.After(s.clock.Now()) {
			s.clock.Set(until)
		}
	}
	return nil
}
