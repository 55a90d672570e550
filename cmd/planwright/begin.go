package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
)

// asks reports whether a person at a terminal can be asked.
func (p *program) asks() bool { return !p.json && (p.terminal || isTerminal(p.in)) }

// begin returns how a plan that is approved begins: what the flags say, or else what a person
// at a terminal answers; a script is told what happens without either.
func (p *program) begin(ctx context.Context, a *app.App, ref string, from app.Begin) (app.Begin, error) {
	o, err := a.Activation(ref)
	switch {
	case err != nil || !o.Asked || from.How != "":
		return from, nil //nolint:nilerr // the decision says what is wrong
	case !p.asks():
		text := "what qualifies already is left alone, for ever; --start adopt or --start backfill takes it in"
		if o.Again {
			text = "the plan goes on from where it was, with what happened since; --start now leaves that alone"
		}
		p.say("no --start: %s", text)
		return from, nil
	}
	if o, err = a.Outlook(ctx, ref); err != nil {
		return from, err
	}
	return askBegin(&asker{in: p.in, out: p.err}, o)
}

// askBegin asks a person how a plan begins, with what each way would take in.
func askBegin(ask *asker, o app.Outlook) (app.Begin, error) {
	fmt.Fprintf(ask.out, "%d %s qualify now and never ran. What becomes of them?\n", o.Records, plural(o.Records, o.Object))
	fmt.Fprintf(ask.out, "  now       all %d are left alone, for ever\n", o.Records)
	fmt.Fprintf(ask.out, "  adopt     what exists for the %d is linked; nothing is created\n", o.Records)
	fmt.Fprintf(ask.out, "  backfill  those that changed since a day run; what exists is linked, the rest is created\n")
	choice := "[now, adopt, backfill; empty is now] "
	if o.Again {
		fmt.Fprintf(ask.out, "  go on     the %d that changed since the plan looked last run; the others are left alone\n", o.Behind)
		choice = "[now, adopt, backfill, go on] "
	}
	for {
		answer := strings.ToLower(ask.ask("How does the plan begin? " + choice))
		switch {
		case ask.scripted:
			return app.Begin{}, usagef("planwright approve PLAN --start now", "nobody said how the plan begins: nothing was approved")
		case answer == "now", answer == "adopt", answer == "" && !o.Again:
			if answer == "" {
				answer = "now"
			}
			return app.Begin{How: app.Start(answer)}, nil
		case answer == "go on" && o.Again:
			return app.Begin{}, nil
		case answer == "backfill":
			if since, ok := askSince(ask, o); ok {
				return app.Begin{How: "backfill", Since: since}, nil
			}
		}
	}
}

// askSince asks since when, until a person confirms how many that takes; !ok is a no.
func askSince(ask *asker, o app.Outlook) (since time.Time, ok bool) {
	for !ask.scripted {
		text := ask.ask("Changed since which day? [2026-10-01] ")
		since, err := dayOf(text)
		if err != nil {
			fmt.Fprintf(ask.out, "%q is no day\n", text)
			continue
		}
		return since, ask.agreed(fmt.Sprintf("%d of %d %s changed since %s. Run them?", o.Since(since), o.Records, plural(o.Records, o.Object), text))
	}
	return since, false
}

// backfill counts what changed since a day, asks or takes yes for an answer, and runs it.
func (p *program) backfill(ctx context.Context, a *app.App, ref string, since time.Time, yes bool) (app.Report, error) {
	o, n, err := a.BackfillCount(ctx, ref, since)
	if err != nil {
		return app.Report{}, err
	}
	p.say("%d %s changed since %s, qualify and never ran", n, plural(n, o.Object), since.Format(time.RFC3339))
	switch {
	case yes || n == 0:
	case !p.asks():
		return app.Report{}, usagef("planwright run PLAN --since DAY --yes", "a backfill of %d runs needs a person's word: nothing was done", n)
	case !(&asker{in: p.in, out: p.err}).agreed("Run them? What exists for them is linked, the rest is created."):
		return app.Report{}, &app.Problem{Err: fmt.Errorf("run %s: not confirmed: nothing was done", ref), Next: "planwright run PLAN --record ID runs for one record"}
	}
	return a.Backfill(ctx, ref, since)
}
