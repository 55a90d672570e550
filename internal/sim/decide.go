package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
)

// onHeld lets a person do something about one held run.
func (p *play) onHeld(f func(ctx context.Context, a *app.App, v app.RunView) error) string {
	text := "— nothing is held"
	err := p.person(func(ctx context.Context, a *app.App) error {
		held, err := a.Runs(engine.Held, "")
		if err != nil || len(held) == 0 {
			return err
		}
		slices.SortFunc(held, func(x, y app.RunView) int { return strings.Compare(x.ID, y.ID) })
		v := held[p.luck.IntN(len(held))]
		text = fmt.Sprintf("%s %s: %s", v.Plan, v.ID, v.Hold.Code)
		return f(ctx, a, v)
	})
	if err != nil {
		text += " " + said(err)
	}
	return text
}

// decided counts what a person decided about a run, if it was taken.
func (p *play) decided(err error) error {
	switch {
	case err == nil:
		p.told++
	case errors.Is(err, journal.ErrStopped):
		p.unsure++
	}
	return err
}

// release lets a held run go on as a careful person would: who is asked whether a lost
// write happened looks at the vendor and says what is so.
func (p *play) release(ctx context.Context, a *app.App, v app.RunView) error {
	if v.Hold.Code != engine.HoldUnknown {
		return p.decided(a.Retry(ctx, v.ID, dana, v.Hold.Code == engine.HoldAmount))
	}
	reply := engine.Reply{Answer: engine.NotHappened, By: dana}
	if id := p.happened(v); id != "" {
		reply.Answer = engine.Happened
		if err := p.tidy(v, id); err != nil {
			return err
		}
		if v.Hold.Needs != "" {
			reply.Record = id
		}
	}
	if !slices.Contains(v.Hold.Choices(), reply.Answer) {
		return p.decided(a.Cancel(ctx, v.ID, dana, "nobody can tell"))
	}
	return p.decided(a.Answer(ctx, v.ID, reply))
}

// tidy completes a task that was made and that nobody needs any more: who is asked whether it
// is there, because the plan does not come to it, sees that its invoice is settled.
func (p *play) tidy(v app.RunView, id string) error {
	owed := slices.ContainsFunc(p.v.books.Invoices(), func(inv map[string]any) bool {
		return inv["InvoiceID"] == v.Record && inv["Status"] == "AUTHORISED"
	})
	if v.Plan != overdue || owed {
		return nil
	}
	return p.v.sf.Update("Task", id, world.Record{"Status": "Completed"})
}

// happened looks at the vendor whether the write that a run is held for is there.
func (p *play) happened(v app.RunView) string {
	natural := ""
	for _, s := range v.Hold.Show {
		if s.Name == "Key" {
			natural = s.Value
		}
	}
	if natural == "" {
		return ""
	}
	for _, task := range p.v.sf.All("Task") {
		if task["Xero_Follow_Up__c"] == natural {
			return fmt.Sprint(task["Id"])
		}
	}
	for _, inv := range p.v.books.Invoices() {
		if inv["InvoiceNumber"] == natural {
			return fmt.Sprint(inv["InvoiceID"])
		}
	}
	for _, c := range p.v.books.Contacts() {
		if c["ContactNumber"] == natural {
			return fmt.Sprint(c["ContactID"])
		}
	}
	return ""
}

// heal stops all faults and lets the product come to rest: first by itself, then with
// people who decide what they are asked.
func (p *play) heal() {
	p.over = true
	p.disarm()
	p.serving = false
	p.exit()
	p.trace("faults stop")
	p.script = nil
	p.rest("by itself")
	if p.luck.one(2) {
		p.pass(45 * 24 * time.Hour) // whatever is owed is overdue then
		p.rest("after the due dates")
	}
	for range 2 {
		if !p.settle() {
			break
		}
		p.rest("after decisions")
	}
}

// rest runs the plans until nothing is left that time alone would bring forward.
func (p *play) rest(how string) {
	for _, wait := range naps() {
		p.pass(wait)
		p.round()
		p.judge()
		if len(p.restless()) == 0 {
			return
		}
	}
	for _, r := range p.restless() {
		p.broken(comesToRest, "%s: %s %s is %s: %s", how, r.Plan, r.ID, r.State, r.Why())
	}
}

// restless lists the runs that should go on without a person, and have not ended.
func (p *play) restless() []app.RunView {
	var out []app.RunView
	p.people(func(_ context.Context, a *app.App) error {
		runs, err := a.Runs("", "")
		for _, r := range p.o.Tamper.runs(runs) {
			rests := r.State.Ended() || r.Hold != nil && (r.Hold.Until.IsZero() || r.Hold.Code == engine.HoldWaiting) ||
				r.After != "" // and that one is in this list, too
			if !rests {
				out = append(out, r)
			}
		}
		return err
	})
	return out
}

// people does something at the product that must not fail, but for what an allowance puts off.
func (p *play) people(f func(ctx context.Context, a *app.App) error) {
	err := p.person(f)
	if later, ok := errors.AsType[*app.Problem](err); err != nil && (!ok || later.After == 0) {
		p.broken(noCrash, "%v", err)
	}
}

// settle lets people decide everything that is held for them, and reports whether there was
// anything.
func (p *play) settle() (some bool) {
	p.people(func(ctx context.Context, a *app.App) error {
		held, err := a.Runs(engine.Held, "")
		if err != nil {
			return err
		}
		if err := p.region.row(ctx, a, products-1); err != nil {
			return err
		}
		for _, v := range held {
			if v.Hold.Code == engine.HoldWaiting {
				continue
			}
			some = true
			err := p.release(ctx, a, v)
			p.trace("%s decides %s %s, held for %s: %s %s", dana, v.Plan, v.ID, v.Hold.Code, v.Hold.Message, said(err))
		}
		return nil
	})
	return some
}
