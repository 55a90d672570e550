package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/mapping"
)

// demoGoal is the one sentence it all starts from.
const demoGoal = "When an opportunity is closed-won in Salesforce, create an approved invoice with the line items in Xero, due in 20 days."

// demoPerson decides in the demonstration.
const demoPerson = "Dana Ortiz"

// demoResult is what demo --json prints; the counts come from the twins.
type demoResult struct {
	Goal             string `json:"goal"`
	PlanDigest       string `json:"plan_digest"`
	OpportunitiesWon int    `json:"opportunities_won"`
	Invoices         int    `json:"invoices"`
	Duplicates       int    `json:"duplicates"`
	Dropped          int    `json:"dropped"`
	Held             int    `json:"held"`
	Kills            int    `json:"kills"`
	XeroCalls        int    `json:"xero_calls"`
	SalesforceCalls  int    `json:"salesforce_calls"`
	TotalMatches     bool   `json:"total_matches"`
	ElapsedMS        int64  `json:"elapsed_ms"`
}

func (p *program) demoCommand() *cobra.Command {
	var yes, serve bool
	var listen string
	cmd := &cobra.Command{
		Use: "demo", Short: "See the main job against two stand-in vendors, with the engine killed as it works", Args: args(),
		Long: `Starts stand-ins for Salesforce and Xero on this machine with a made-up company, drafts the plan from
one sentence, shows it with its permission sheet and the product matches, lets ` + demoPerson + ` decide, wins
25 deals, runs the plan while killing its own engine process, and accounts for every deal.

On a terminal it asks; with --yes, --json, or without a terminal the decisions are scripted.

With --serve it opens the pages instead: you decide in the browser, and deals are won while you watch.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := &demonstration{p: p, began: now(), scripted: yes || p.json || !isTerminal(p.in)}
			if serve {
				return d.pages(cmd.Context(), listen)
			}
			return d.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&serve, "serve", false, "open the pages on a living world instead")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8480", "host and port of the pages, with --serve")
	cmd.Flags().BoolVar(&yes, "yes", false, "take every scripted decision without asking")
	return cmd
}

func isTerminal(r io.Reader) bool {
	if again, ok := r.(*replayed); ok {
		r = again.from
	}
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull) // a character device too, and nobody is there
	return err == nil && !os.SameFile(info, null)
}

// demonstration is one run of the demo.
type demonstration struct {
	p        *program
	began    time.Time
	scripted bool
	dir      string
	plan     string // file
	name     string
	company  demo.Company
	twins    *twins
	before   int // invoices in the books at the start
	res      demoResult
	asker    *asker
}

func (d *demonstration) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	if err := d.start(ctx); err != nil {
		return err
	}
	defer d.twins.Close()
	steps := []func(context.Context) error{d.goal, d.match, d.approve, d.win, d.execute, d.account}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// start makes the data folder and serves the twins.
func (d *demonstration) start(ctx context.Context) error {
	d.dir = d.p.dir
	if d.dir == "" {
		dir, err := os.MkdirTemp("", "planwright-demo-")
		if err != nil {
			return err
		}
		d.dir = dir
	}
	if _, err := os.Stat(filepath.Join(d.dir, "journal.db")); err == nil {
		return &app.Problem{
			Err:  fmt.Errorf("demo: %s already holds a journal", d.dir),
			Next: "choose an empty folder with --data, or none",
		}
	}
	d.p.dir = d.dir
	d.plan = filepath.Join(d.dir, "plan.yaml")
	d.asker = &asker{in: d.p.in, out: d.p.err, scripted: d.scripted}
	d.company = demo.New(uint64(d.began.UnixNano()))
	var err error
	// A call takes a while, as over the internet; the minute limit of 60 would make the demo
	// wait for the next minute, so it is lifted.
	d.twins, err = startTwins(d.company.World, twinOptions{minute: -1, latency: 60 * time.Millisecond})
	if err != nil {
		return err
	}
	d.before = len(d.twins.xero.Invoices())
	a := d.p.open()
	defer a.Close()
	// A minute of Xero's allowance would be spent before the first deal is won.
	if err := lift(a, "minute: 60\n", "minute: 60000\n"); err != nil {
		return err
	}
	return d.twins.connect(ctx, func(ctx context.Context, name, base, token, client, secret string) error {
		_, err := a.Connect(ctx, app.Connection{
			Name: name, API: name, Base: base, Token: token, Client: client, Secret: secret, AllowPrivate: true,
		})
		return err
	})
}

func (d *demonstration) say(format string, args ...any) {
	if !d.p.json {
		fmt.Fprintf(d.p.out, format+"\n", args...)
	}
}

func (d *demonstration) head(n int, title string) {
	d.say("\n%d  %s\n%s", n, title, strings.Repeat("─", 72))
}

// goal drafts the plan and shows it.
func (d *demonstration) goal(ctx context.Context) error {
	d.say("planwright demo · Kea Systems of Wellington, %d customers, %d products, %d open deals",
		len(d.company.World.Salesforce["Account"]), len(d.company.Products), len(d.company.World.Salesforce["Opportunity"])-len(d.company.Won))
	d.say("Salesforce and Xero are stand-ins on this machine: %s and %s", d.twins.SalesforceURL, d.twins.XeroURL)
	d.say("Each answer takes 60 ms, as over the internet; Xero's limit of 60 calls a minute is lifted, to be quick.")
	if d.scripted {
		d.say("The decisions of %s are scripted in this run.", demoPerson)
	}
	d.head(1, "One sentence becomes a plan")
	d.say("“%s”\n", demoGoal)
	d.res.Goal = demoGoal
	a := d.p.open()
	defer a.Close()
	answer, err := a.Draft(ctx, demoGoal, "rules")
	if err != nil {
		return err
	}
	if answer.Draft == nil {
		return fmt.Errorf("demo: the planner gave no draft")
	}
	if err := os.WriteFile(d.plan, answer.Draft.Plan.YAML(), 0o600); err != nil {
		return err
	}
	checked, err := d.checked(a)
	if err != nil {
		return err
	}
	d.name, d.res.PlanDigest = checked.Plan.Name, string(checked.Digest)
	d.say("%s\n%s", checked.Text(), checked.Sheet())
	_, err = a.Propose(ctx, checked, "planner: rules")
	return err
}

func (d *demonstration) checked(a *app.App) (*check.Checked, error) {
	checked, _, err := d.p.judged(a, d.plan)
	return checked, err
}

// match shows the product matches and decides the ones a person must.
func (d *demonstration) match(ctx context.Context) error {
	d.head(2, "Products and items, matched by code and name")
	a := d.p.open()
	defer a.Close()
	views, err := patiently(ctx, d.p, func() ([]app.MappingView, error) { return a.Match(ctx, d.name) })
	if err != nil {
		return err
	}
	for _, v := range views {
		if len(v.From) != 1 {
			continue
		}
		d.showMatches(v)
		if d.asker.yes(fmt.Sprintf("Approve the %d rows that agree exactly?", sure(v))) {
			if _, err := patiently(ctx, d.p, func() ([]app.RowView, error) {
				return a.ApproveExact(ctx, d.name, v.Name, nil, demoPerson, "agrees exactly")
			}); err != nil {
				return err
			}
		}
		if err := d.decideRest(ctx, a, v); err != nil {
			return err
		}
	}
	return nil
}

// sure counts the rows that may be accepted together.
func sure(v app.MappingView) (n int) {
	for _, r := range v.Rows {
		if r.Sure {
			n++
		}
	}
	return n
}

func (d *demonstration) showMatches(v app.MappingView) {
	var rows [][]string
	for _, r := range v.Rows {
		mark := "  ="
		if !r.Sure {
			mark = "  ~"
		}
		rows = append(rows, []string{mark, cut(r.From, 52), "→ " + cut(r.Target, 48), cut(strings.Join(r.Reasons, "; "), 72)})
	}
	for _, o := range v.Open {
		nearest := ""
		if len(o.Candidates) > 0 {
			nearest = "  " + cut(o.Candidates[0].String(), 48)
		}
		rows = append(rows, []string{"  ?", cut(o.From, 52), nearest, "a person must say"})
	}
	if !d.p.json {
		table(d.p.out, []string{"", "SALESFORCE PRODUCT", "XERO ITEM", "WHY"}, rows)
		fmt.Fprintln(d.p.out)
	}
}

// cut shortens a text to what fits a column.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// decideRest asks about each product that no rule could place, or is not sure of.
func (d *demonstration) decideRest(ctx context.Context, a *app.App, v app.MappingView) error {
	open := v.Open
	for _, r := range v.Rows {
		if r.State == mapping.Proposed && !r.Sure {
			open = append(open, app.OpenKey{Key: r.Key, From: r.From})
		}
	}
	for _, o := range open {
		item := ""
		for _, c := range d.company.Products {
			if c.Product == o.Key[0] {
				item = c.Item
			}
		}
		row, err := d.decide(ctx, a, v.Name, o, fmt.Sprintf("Which item is “%s”?", o.From), item)
		if err != nil {
			return err
		}
		if row != nil {
			d.say("  %s decides: %s → %s", demoPerson, o.From, row.Target)
		}
	}
	return nil
}

// decide asks what an open key stands for until the answer is a record, or leaves it open.
func (d *demonstration) decide(ctx context.Context, a *app.App, m string, o app.OpenKey, question, scripted string) (*app.RowView, error) {
	for {
		code := d.asker.text(question, scripted)
		if code == "" {
			return nil, nil
		}
		row, err := patiently(ctx, d.p, func() (app.RowView, error) {
			return a.DecideRow(ctx, d.name, m, o.Key, app.RowDecision{Approve: true, To: code, By: demoPerson, Comment: "decided in the demo"})
		})
		var p *app.Problem
		if errors.As(err, &p) && !d.asker.scripted {
			d.p.say("  %v (%s)", err, p.Next)
			continue
		}
		return &row, err
	}
}

func (d *demonstration) approve(ctx context.Context) error {
	d.head(3, "A person approves the digest of the plan")
	a := d.p.open()
	defer a.Close()
	if !d.asker.yes("Approve the plan as shown?") {
		d.say("Not approved: nothing is written to any vendor. %s --data %s plans", d.p.self, d.dir)
		return app.ErrWaiting
	}
	v, err := a.Decide(ctx, d.name, true, demoPerson, "read the sheet")
	if err != nil {
		return err
	}
	d.say("%s approved %s (%s)", demoPerson, v.ID, short(v.Digest))
	return nil
}

// win closes the deals in Salesforce.
func (d *demonstration) win(ctx context.Context) error {
	// Stamps have the precision of a second: the deals are won in the second after the approval.
	if err := wait(ctx, 1100*time.Millisecond); err != nil {
		return err
	}
	for _, id := range d.company.Close {
		if err := d.twins.salesforce.CloseWon(id); err != nil {
			return err
		}
	}
	d.res.OpportunitiesWon = len(d.company.Close)
	return nil
}
