package main

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/decimal"
)

// execute runs the plan in a process of its own, kills that process at random moments
// of its work, and starts it again until nothing is left to do without a person.
func (d *demonstration) execute(ctx context.Context) error {
	d.head(4, fmt.Sprintf("%d deals are won; the engine runs, and is killed", len(d.company.Close)))
	// The first pass ends with runs that wait for tax: contacts are made, nothing is invoiced yet.
	if err := d.engine(ctx, &killer{count: d.contacts, at: []int{1}}); err != nil {
		return err
	}
	if err := d.taxes(ctx); err != nil {
		return err
	}
	n := len(d.company.Close)
	return d.engine(ctx, &killer{count: d.invoices, at: []int{1 + mathrand.IntN(n/4), n/4 + mathrand.IntN(n/4), n/2 + mathrand.IntN(n/3)}})
}

// contacts and invoices count what the books hold beyond the start.
func (d *demonstration) contacts() int {
	return len(d.twins.xero.Contacts()) - len(d.company.World.Xero["Contacts"])
}

func (d *demonstration) invoices() int { return len(d.twins.xero.Invoices()) - d.before }

// killer kills the engine a random moment after what is counted reaches a threshold.
type killer struct {
	count func() int
	at    []int
}

// engine runs `planwright run NAME --once` until it ends by itself, killing it at each
// threshold.
func (d *demonstration) engine(ctx context.Context, k *killer) error {
	for {
		killed, err := d.once(ctx, k)
		if err != nil || !killed {
			return err
		}
	}
}

func (d *demonstration) once(ctx context.Context, k *killer) (killed bool, err error) {
	exe, err := os.Executable()
	if err != nil {
		return false, err
	}
	var out, talk strings.Builder
	cmd := exec.CommandContext(ctx, exe)
	cmd.Args = []string{"planwright", "run", d.name, "--once", "--data", d.dir}
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Start(); err != nil {
		return false, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() == exitWaiting {
				err = nil
			}
			if err != nil {
				return false, fmt.Errorf("demo: the engine process ended: %w\n%s", err, talk.String())
			}
			d.say("  engine %-7d ended by itself: %s", cmd.Process.Pid, strings.SplitN(out.String(), "\n", 2)[0])
			return false, nil
		case <-tick.C:
			if len(k.at) == 0 || k.count() < k.at[0] {
				continue
			}
			k.at = k.at[1:]
			if err := wait(ctx, time.Duration(mathrand.IntN(90))*time.Millisecond); err != nil {
				return false, err
			}
			if err := cmd.Process.Kill(); err != nil {
				continue // it had just ended
			}
			if err := <-ended; err == nil {
				return false, nil // it ended well a moment before
			}
			d.res.Kills++
			d.say("  engine %-7d SIGKILL with %2d new contacts and %2d new invoices in the books", cmd.Process.Pid, d.contacts(), d.invoices())
			return true, nil
		}
	}
}

// taxes decides the tax rows that held runs wait for.
func (d *demonstration) taxes(ctx context.Context) error {
	a := d.p.open()
	defer a.Close()
	views, err := a.Mappings(ctx, d.name)
	if err != nil {
		return err
	}
	for _, v := range views {
		for _, o := range v.Open {
			if len(o.Key) != 2 {
				continue // a product that was left open
			}
			scripted := ""
			for _, t := range d.company.Taxes {
				if t.Country == o.Key[0] && t.Family == o.Key[1] {
					scripted = t.TaxType
				}
			}
			row, err := d.decide(ctx, a, v.Name, o, fmt.Sprintf("Runs held: %d. Which tax type applies to %s?", o.Runs, o.From), scripted)
			if err != nil {
				return err
			}
			if row == nil {
				continue
			}
			d.say("  %2d held %-4s wait for tax on %-26s %s decides: %s", o.Runs, plural(o.Runs, "run"), o.From, demoPerson, row.Target)
		}
	}
	return nil
}

// account reconciles both sides from what the twins hold.
func (d *demonstration) account(ctx context.Context) error {
	rec, err := d.reconcile()
	if err != nil {
		return err
	}
	a := d.p.open()
	defer a.Close()
	held, err := a.Runs("held", d.name)
	if err != nil {
		return err
	}
	d.res.Invoices, d.res.TotalMatches = d.invoices(), rec.totals && rec.linked
	d.res.Duplicates = d.res.Invoices - rec.deals
	d.res.Held = len(held)
	d.res.Dropped = d.res.OpportunitiesWon - rec.deals - d.res.Held
	d.res.XeroCalls, d.res.SalesforceCalls = rec.xeroCalls, rec.salesforceCalls
	d.res.ElapsedMS = now().Sub(d.began).Milliseconds()
	if d.p.json {
		return d.p.emit(d.res, nil)
	}
	d.head(5, "What happened, counted in the vendors' own records")
	d.table(rec)
	if d.res.Duplicates != 0 || d.res.Dropped != 0 || !d.res.TotalMatches {
		d.p.exit = exitFailed
	}
	for _, h := range held {
		d.say("  held: %s: %s", h.Key, h.Hold.Message)
	}
	d.say("\nEverything is in %s. Next:", d.dir)
	for _, next := range []string{
		"runs list", "runs show " + d.company.Close[0], "mapping list " + d.name, "journal verify", "show " + d.plan,
	} {
		d.say("  %s --data %s %s", d.p.self, d.dir, next)
	}
	return nil
}

// reconciliation is both sides compared, deal by deal, from the twins' records.
type reconciliation struct {
	deals                      int // won deals with an invoice
	totals                     bool
	linked                     bool
	wonSum, netSum, tax, total decimal.Decimal
	xeroCalls, salesforceCalls int
}

func (d *demonstration) reconcile() (reconciliation, error) {
	r := reconciliation{totals: true, linked: true}
	byNumber := map[string]map[string]any{}
	for _, inv := range d.twins.xero.Invoices() {
		byNumber[fmt.Sprint(inv["InvoiceNumber"])] = inv
	}
	for _, id := range d.company.Close {
		deal, ok := d.twins.salesforce.Get("Opportunity", id)
		if !ok {
			return r, fmt.Errorf("demo: deal %s is gone", id)
		}
		r.wonSum = r.wonSum.Add(amountOf(deal["Amount"]))
		inv, ok := byNumber["SF-"+fmt.Sprint(deal["Id"])]
		if !ok {
			continue
		}
		r.deals++
		net := amountOf(inv["SubTotal"])
		r.netSum, r.tax, r.total = r.netSum.Add(net), r.tax.Add(amountOf(inv["TotalTax"])), r.total.Add(amountOf(inv["Total"]))
		r.totals = r.totals && net.Equal(amountOf(deal["Amount"]))
		r.linked = r.linked && deal["Xero_Invoice_Number__c"] == inv["InvoiceNumber"] && deal["Xero_Invoice_Id__c"] == inv["InvoiceID"]
	}
	r.xeroCalls = d.twins.xero.Stats().Passed
	r.salesforceCalls = len(d.twins.salesforce.Requests())
	return r, nil
}

func amountOf(v any) decimal.Decimal {
	x, err := decimal.Parse(fmt.Sprint(v))
	if err != nil {
		return decimal.Zero()
	}
	return x
}

func (d *demonstration) table(r reconciliation) {
	rows := [][]string{
		{"deals won in Salesforce", fmt.Sprint(d.res.OpportunitiesWon), "NZD " + r.wonSum.Money()},
		{"invoices in Xero for them", fmt.Sprint(d.res.Invoices), "NZD " + r.netSum.Money() + " before tax"},
		{"invoiced twice", fmt.Sprint(d.res.Duplicates), ""},
		{"forgotten", fmt.Sprint(d.res.Dropped), ""},
		{"held for a person", fmt.Sprint(d.res.Held), ""},
		{"engine killed", fmt.Sprint(d.res.Kills), ""},
		{"invoice number written back", yesNo(r.linked), ""},
		{"totals agree to the cent", yesNo(r.totals), fmt.Sprintf("tax %s, total %s", r.tax.Money(), r.total.Money())},
		{"calls", fmt.Sprint(r.xeroCalls + r.salesforceCalls), fmt.Sprintf("Xero %d, Salesforce %d", r.xeroCalls, r.salesforceCalls)},
		{"time", fmt.Sprintf("%.1f s", float64(d.res.ElapsedMS)/1000), ""},
	}
	for _, row := range rows {
		d.say("  %-30s %6s   %s", row[0], row[1], row[2])
	}
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "NO"
}
