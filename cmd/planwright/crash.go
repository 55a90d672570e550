package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/plans"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs"
)

// crashResult is what bench crash --json prints. All but the kills is counted in the twins'
// own records, which the engine's processes cannot reach but over the wire.
type crashResult struct {
	Kills    int `json:"kills"`
	Midway   int `json:"kills_midway"` // of them, of a process that had called a vendor
	Won      int `json:"opportunities_won"`
	Accounts int `json:"accounts_created"`
	Paid     int `json:"payments"`
	Faults   int `json:"faults"` // that struck on the wire
	Invoices int `json:"invoices"`
	Contacts int `json:"contacts"`
	Tasks    int `json:"tasks"`
	Held     int `json:"held"` // runs that wait for a person at the end
	// Doubles, Losses and Wrong must be 0. Each is told in Findings.
	Doubles  int      `json:"doubles"`
	Losses   int      `json:"losses"`
	Wrong    int      `json:"wrong"`
	Replayed int      `json:"runs_replayed"`
	Findings []string `json:"findings"`
	Seed     uint64   `json:"seed"`
	Dir      string   `json:"dir"`
	Elapsed  string   `json:"elapsed"`
}

func (p *program) benchCrashCommand() *cobra.Command {
	var kills int
	var seed uint64
	cmd := &cobra.Command{
		Use: "crash", Short: "Kill the engine at random while it works on stand-ins with faults, and count doubles and losses", Args: args(),
		Long: `Serves stand-ins for both vendors on this machine, whose answers get lost, come late, break off or are
refused now and then, approves all four automations, and runs the engine in a process of its own while deals
are won, invoices paid and accounts created. That process is killed with SIGKILL at a random moment, again
and again. When the storm is over everything is let come to rest, and the stand-ins' records say what was
done twice and what was forgotten. Exit 1 on any.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if kills < 1 {
				return usagef("--kills 300", "--kills is at least 1")
			}
			c := &crash{p: p, began: now(), kills: kills, rng: rand.New(rand.NewPCG(seed, 0xc4a5)), won: map[string]string{}}
			c.res.Seed, c.res.Findings = seed, []string{}
			return c.run(cmd.Context())
		},
	}
	cmd.Flags().IntVar(&kills, "kills", 300, "how often the engine is killed")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "of what happens at the vendors, and of the moments; processes run as fast as the machine lets them, so two runs are never the same")
	return cmd
}

// crash is one run of bench crash.
type crash struct {
	p       *program
	began   time.Time
	kills   int
	rng     *rand.Rand
	dir     string
	company demo.Company
	twins   *twins
	faults  *wire.Faults
	plans   []string
	// won are the deals that were won after the approval, and on what day each was closed.
	won      map[string]string
	accounts []string // created after the approval
	res      crashResult

	calls, writes atomic.Int64 // that reached the twins, whatever came of them
}

// counted counts what is asked of a twin, with faults on the way to it.
func (c *crash) counted(twin http.Handler) http.Handler {
	next := c.faults.Wrap(twin)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.calls.Add(1)
		if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/token") {
			c.writes.Add(1)
		}
		next.ServeHTTP(w, r)
	})
}

func (c *crash) run(ctx context.Context) error {
	if err := c.start(ctx); err != nil {
		return err
	}
	defer c.twins.Close()
	for c.res.Kills < c.kills {
		if err := c.happen(); err != nil {
			return err
		}
		if err := c.life(ctx); err != nil {
			return err
		}
		if c.res.Kills%25 == 0 {
			c.p.say("%d of %d kills: %d deals won, %d invoices in the books", c.res.Kills, c.kills, len(c.won), len(c.twins.xero.Invoices())-len(c.company.World.Xero["Invoices"]))
		}
	}
	for kind := range storm() {
		c.res.Faults += c.faults.Struck(kind)
	}
	if err := c.faults.Set(nil); err != nil {
		return err
	}
	c.faults.Settle()
	c.p.say("the storm is over; letting everything come to rest: a task whose answer was lost is waited for, ten minutes from its sending")
	if err := c.rest(ctx); err != nil {
		return err
	}
	return c.report(ctx)
}

// storm are the faults on the wire, by kind, and how likely each strikes a call.
func storm() map[wire.Kind]wire.Fault {
	return map[wire.Kind]wire.Fault{
		wire.DropBefore:  {Operation: "*", Chance: 0.02},
		wire.DropAfter:   {Operation: "*", Chance: 0.04},
		wire.StatusAfter: {Operation: "*", Chance: 0.03, Code: http.StatusGatewayTimeout},
		wire.Status:      {Operation: "*", Chance: 0.03, Code: http.StatusServiceUnavailable},
		wire.Reset:       {Operation: "*", Chance: 0.02},
		wire.Truncate:    {Operation: "*", Chance: 0.02},
		wire.HTML:        {Operation: "*", Chance: 0.01},
		wire.Slow:        {Operation: "*", Chance: 0.1, After: wire.Duration(80 * time.Millisecond)},
		wire.Late:        {Operation: "PUT /api.xro/*", Chance: 0.02, After: wire.Duration(2 * time.Second)},
	}
}

// start serves the twins, connects to them, and has all four automations approved.
func (c *crash) start(ctx context.Context) error {
	c.dir = c.p.dir
	if c.dir == "" {
		dir, err := os.MkdirTemp("", "planwright-crash-")
		if err != nil {
			return err
		}
		c.dir, c.p.dir = dir, dir
	}
	c.res.Dir = c.dir
	if _, err := os.Stat(filepath.Join(c.dir, "journal.db")); err == nil {
		return &app.Problem{Err: fmt.Errorf("bench crash: %s already holds a journal", c.dir), Next: "choose an empty folder with --data, or none"}
	}
	c.company = demo.New(c.res.Seed)
	var err error
	if c.faults, err = wire.NewFaults(nil, wire.FaultOptions{Now: now, Chance: c.rng.Float64}); err != nil {
		return err
	}
	if c.twins, err = startTwins(c.company.World, twinOptions{minute: -1, day: -1, through: c.counted}); err != nil {
		return err
	}
	a := c.p.open()
	defer a.Close()
	// With the books' limits the storm would last for days.
	if err := lift(a, "minute: 60\n", "minute: 60000\n", "day: 1000\n", "day: 1000000\n"); err != nil {
		return err
	}
	if err := c.twins.connect(ctx, func(ctx context.Context, name, base, token, client, secret string) error {
		_, err := a.Connect(ctx, app.Connection{Name: name, API: name, Base: base, Token: token, Client: client, Secret: secret, AllowPrivate: true})
		return err
	}); err != nil {
		return err
	}
	if err := c.approve(ctx, a); err != nil {
		return err
	}
	var rules []wire.Fault
	for kind, f := range storm() {
		f.Kind = kind
		rules = append(rules, f)
	}
	slices.SortFunc(rules, func(x, y wire.Fault) int { return strings.Compare(string(x.Kind), string(y.Kind)) })
	return c.faults.Set(rules)
}

// lift raises the books' limits, as a user could: by an overlay of their own. Limits are what
// the overlay says and what it is to say, by turns.
func lift(a *app.App, limits ...string) error {
	for _, src := range specs.Embedded() {
		if src.Name != "xero" {
			continue
		}
		overlay := strings.NewReplacer(limits...).Replace(string(src.Overlay))
		if _, found, err := a.AddSpec(app.NewSpec{File: "xero.yaml", Name: src.Name, Data: src.Spec, Overlay: []byte(overlay)}); err != nil {
			return errors.Join(err, found.Err())
		}
	}
	return nil
}

// approve has all four automations approved, without their limits a day, and every row
// decided as the company's people do.
func (c *crash) approve(ctx context.Context, a *app.App) error {
	cat, err := a.Catalog()
	if err != nil {
		return err
	}
	reference := plans.Automations(cat)
	for _, name := range slices.Sorted(maps.Keys(reference)) {
		reference[name].Limits = nil
		checked, found, err := a.Check(name+".yaml", reference[name].YAML())
		if err == nil && found.Err() == nil {
			// So many sales in a minute are unusual, and the rest of them would wait for a person.
			reference[name].Limits = map[string]int64{}
			for _, u := range checked.Sheet().Unusual {
				reference[name].Limits[u.Name] = 1_000_000_000
			}
			checked, found, err = a.Check(name+".yaml", reference[name].YAML())
		}
		if err = errors.Join(err, found.Err()); err != nil {
			return err
		}
		if _, err := a.Propose(ctx, checked, demoPerson); err != nil {
			return err
		}
		if _, err := a.Decide(ctx, name, true, demoPerson, "for bench crash"); err != nil {
			return err
		}
		c.plans = append(c.plans, name)
		for m := range reference[name].Mappings {
			if err := c.decide(ctx, a, name, m); err != nil {
				return err
			}
		}
	}
	// Stamps have the precision of a second: what happens next happens after the approval.
	return wait(ctx, 1100*time.Millisecond)
}

func (c *crash) decide(ctx context.Context, a *app.App, name, m string) error {
	row := func(to string, key ...string) error {
		_, err := a.DecideRow(ctx, name, m, key, app.RowDecision{Approve: true, To: to, By: demoPerson})
		return err
	}
	switch m {
	case "product":
		for _, x := range c.company.Products {
			if err := row(x.Item, x.Product); err != nil {
				return err
			}
		}
	case "tax":
		for _, x := range c.company.Taxes {
			if err := row(x.TaxType, x.Country, x.Family); err != nil {
				return err
			}
		}
	default:
		return fmt.Errorf("bench crash: nobody knows how to decide mapping %s of %s", m, name)
	}
	return nil
}

// happen is what people at the vendors do between two kills.
func (c *crash) happen() error {
	for range 1 + c.rng.IntN(2) {
		if err := c.win(); err != nil {
			return err
		}
	}
	if c.rng.IntN(4) == 0 {
		id, err := c.twins.salesforce.Create("Account", world.Record{"Name": fmt.Sprintf("Crash Test %d Ltd", len(c.accounts)+1), "BillingCountry": "New Zealand"})
		if err != nil {
			return err
		}
		c.accounts = append(c.accounts, id)
	}
	if c.rng.IntN(3) != 0 {
		return nil
	}
	for _, i := range c.rng.Perm(len(c.twins.xero.Invoices())) {
		inv := c.twins.xero.Invoices()[i]
		due := amountOf(inv["AmountDue"])
		if inv["Status"] != "AUTHORISED" || inv["Type"] != "ACCREC" || !strings.HasPrefix(fmt.Sprint(inv["InvoiceNumber"]), "SF-") || due.Sign() <= 0 {
			continue
		}
		if c.rng.IntN(2) == 0 {
			if part := decimal.FromInt(10); part.Cmp(due) < 0 {
				due = part
			}
		}
		c.res.Paid++
		return c.twins.xero.Pay(fmt.Sprint(inv["InvoiceID"]), due, "")
	}
	return nil
}

// win makes another deal like one of the company's, and wins it. One in three was closed
// so long ago that its invoice is overdue at once.
func (c *crash) win() error {
	sf := c.twins.salesforce
	like := c.company.Close[c.rng.IntN(len(c.company.Close))]
	deal, ok := sf.Get("Opportunity", like)
	if !ok {
		return fmt.Errorf("bench crash: deal %s is gone", like)
	}
	day := now().UTC()
	if c.rng.IntN(3) == 0 {
		day = day.AddDate(0, 0, -45)
	}
	fresh := world.Record{"Name": fmt.Sprintf("%v, again %d", deal["Name"], len(c.won)+1), "StageName": "Prospecting", "CloseDate": day.Format(time.DateOnly)}
	for _, field := range []string{"AccountId", "OwnerId", "Pricebook2Id"} {
		fresh[field] = deal[field]
	}
	id, err := sf.Create("Opportunity", fresh)
	if err != nil {
		return fmt.Errorf("bench crash: %w", err)
	}
	for _, line := range sf.All("OpportunityLineItem") {
		if line["OpportunityId"] != deal["Id"] {
			continue
		}
		copied := world.Record{"OpportunityId": id}
		for _, field := range []string{"PricebookEntryId", "Product2Id", "Quantity", "UnitPrice", "Discount", "Description"} {
			if v := line[field]; v != nil {
				copied[field] = v
			}
		}
		if _, err := sf.Create("OpportunityLineItem", copied); err != nil {
			return fmt.Errorf("bench crash: %w", err)
		}
	}
	c.won[id] = day.Format(time.DateOnly)
	return sf.Update("Opportunity", id, world.Record{"StageName": "Closed Won"})
}

// life runs one process of the engine and kills it after a random while.
func (c *crash) life(ctx context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	before := c.calls.Load()
	var talk strings.Builder
	cmd := exec.CommandContext(ctx, exe)
	cmd.Args = []string{"planwright", "serve", "--listen", "off", "--every", "1s", "--data", c.dir}
	cmd.Stderr = &talk
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if err := c.moment(ctx, before, ended); err != nil {
		return fmt.Errorf("%w\n%s", err, talk.String())
	}
	if err := cmd.Process.Kill(); err != nil {
		return err
	}
	<-ended //nolint:errcheck // it was killed
	c.res.Kills++
	if c.calls.Load() > before {
		c.res.Midway++
	}
	return nil
}

// moment waits until the process is to die: now and then before it has called anybody,
// most often while it takes up what was left, sometimes later.
func (c *crash) moment(ctx context.Context, before int64, ended <-chan error) error {
	span := time.Duration(c.rng.IntN(400)) * time.Millisecond
	if c.rng.IntN(10) == 0 {
		span += time.Duration(c.rng.IntN(2500)) * time.Millisecond
	}
	early := c.rng.IntN(8) == 0
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	begun := now()
	var called time.Time
	for {
		select {
		case err := <-ended:
			return fmt.Errorf("bench crash: the engine process ended by itself: %w", err)
		case <-ctx.Done():
			<-ended //nolint:errcheck // the context says why
			return ctx.Err()
		case <-tick.C:
		}
		if called.IsZero() && (early || c.calls.Load() > before || now().Sub(begun) > 10*time.Second) {
			called = now()
		}
		if !called.IsZero() && now().Sub(called) >= span {
			return nil
		}
	}
}

// rest lets everything end that can: polls, drives, and as a person would, lets runs that
// wait for a vendor look again at once.
func (c *crash) rest(ctx context.Context) error {
	a := c.p.open()
	defer a.Close()
	for quiet := 0; quiet < 2; {
		if err := wait(ctx, 1100*time.Millisecond); err != nil {
			return err
		}
		moved, err := c.settle(ctx, a)
		if err != nil {
			return err
		}
		quiet++
		if moved {
			quiet = 0
		}
	}
	return nil
}

// settle runs every plan once and reports whether anything happened, or will without a person.
func (c *crash) settle(ctx context.Context, a *app.App) (moved bool, err error) {
	writes := c.writes.Load()
	held, err := a.Runs(engine.Held, "")
	if err != nil {
		return false, err
	}
	for _, v := range held {
		late := v.Hold.Code == engine.HoldLate
		if v.Hold.Code == engine.HoldVendor || v.Hold.API != "" {
			if err := a.Retry(ctx, v.ID, demoPerson, false); err != nil {
				return false, err
			}
			late = true
		}
		moved = moved || late
	}
	for _, name := range c.plans {
		r, err := a.RunOnce(ctx, name)
		if err != nil {
			return false, err
		}
		moved = moved || r.Admitted > 0
	}
	return moved || c.writes.Load() > writes, nil
}
