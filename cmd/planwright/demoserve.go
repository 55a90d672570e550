package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/approval"
)

// pace is how often a deal is won in the living world, and beat how often the plan is polled
// there: a person watches.
const (
	pace = 4 * time.Second
	beat = time.Second
)

// pages opens the demonstration in a browser: the plan is drafted and laid before the person,
// and once it is approved a deal is won every few seconds.
func (d *demonstration) pages(ctx context.Context, listen string) error {
	if err := d.start(ctx); err != nil {
		return err
	}
	defer d.twins.Close()
	a := d.p.open()
	defer a.Close()
	draft, err := a.NewDraft(ctx, demoGoal, app.Rules, demoPerson)
	if err != nil {
		return err
	}
	plan, err := a.ProposeDraft(ctx, draft.ID, "planner: rules")
	if err != nil {
		return err
	}
	d.name = plan.Name
	if _, err := a.Match(ctx, d.name); err != nil {
		return err
	}
	g, err := d.p.openPages(a, serving{listen: listen})
	if err != nil {
		return err
	}
	link, err := g.Link(demoPerson)
	if err == nil {
		err = d.p.emit(map[string]any{
			"link": link, "person": demoPerson, "data": d.dir, "salesforce": d.twins.SalesforceURL, "xero": d.twins.XeroURL,
		}, func(w io.Writer) { d.welcome(w, link) })
	}
	if err == nil {
		err = d.live(ctx, a)
	}
	return errors.Join(err, g.close())
}

func (d *demonstration) welcome(w io.Writer, link string) {
	fmt.Fprintf(w, `Kea Systems of Wellington sells to %d customers. Salesforce and Xero are stand-ins on this machine.

Open this once, within 15 minutes, to sign in as %s:
  %s

A plan waits for you. Approve it, and a deal is won every %v until all %d are; the first runs wait until
you say which tax applies. Everything is in %s. Interrupt to stop.
`, len(d.company.World.Salesforce["Account"]), demoPerson, link, pace, len(d.company.Close), d.dir)
}

// live runs plans and lets the world go on, until interrupted.
func (d *demonstration) live(ctx context.Context, a *app.App) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	world := make(chan error, 1)
	go func() {
		err := d.winAll(ctx, a)
		if err != nil {
			cancel(err)
		}
		world <- err
	}()
	err := d.p.runUntilInterrupted(ctx, a, beat)
	cancel(nil)
	if e := <-world; e != nil && !errors.Is(e, context.Canceled) {
		return e
	}
	return err
}

// winAll wins the company's deals one after the other, beginning when the plan is approved.
func (d *demonstration) winAll(ctx context.Context, a *app.App) error {
	left := d.company.Close
	for len(left) > 0 {
		if err := wait(ctx, pace); err != nil {
			return err
		}
		ok, err := d.approved(ctx, a)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := d.twins.salesforce.CloseWon(left[0]); err != nil {
			return err
		}
		left = left[1:]
	}
	d.p.say("all %d deals are won; the pages stay until you interrupt", len(d.company.Close))
	return nil
}

func (d *demonstration) approved(ctx context.Context, a *app.App) (bool, error) {
	plans, err := a.Plans(ctx)
	for _, v := range plans {
		if v.Name == d.name && v.State == approval.Approved {
			return true, err
		}
	}
	return false, err
}
