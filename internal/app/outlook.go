package app

import (
	"context"
	"time"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/trigger"
)

// Outlook says, before a proposal is approved, what each way to begin would take in.
type Outlook struct {
	// Asked says that a person is to say how the plan begins: it has records to wait for,
	// and no version of it is in force from which this one would go on.
	Asked bool `json:"asked"`
	// Again says that an approval of the plan was taken back: unless told otherwise it goes
	// on from where it was.
	Again bool `json:"again"`
	// Object is what the records are called.
	Object string `json:"object"`
	// Records is how many qualify and never ran; Behind how many of them a plan takes that
	// goes on from where it was.
	Records int `json:"records"`
	Behind  int `json:"behind"`
	stamps  []time.Time
}

// Since counts the records that changed since an instant: what a backfill would take.
func (o Outlook) Since(t time.Time) (n int) {
	for _, stamp := range o.stamps {
		if !stamp.Before(t) {
			n++
		}
	}
	return n
}

// Activation is [App.Outlook] without asking a vendor: the counts are zero.
func (a *App) Activation(ref string) (Outlook, error) {
	l, err := a.open()
	if err != nil {
		return Outlook{}, err
	}
	o, _, err := l.activation(ref)
	return o, err
}

// Outlook asks the vendor what qualifies for a proposal that waits for a decision.
func (a *App) Outlook(ctx context.Context, ref string) (Outlook, error) {
	l, err := a.open()
	if err != nil {
		return Outlook{}, err
	}
	o, w, err := l.activation(ref)
	if err != nil || !o.Asked {
		return o, err
	}
	if err := l.connected(w.Checked.Plan); err != nil {
		return o, err
	}
	all, err := l.poller.Standing(ctx, w)
	if err != nil {
		return o, unreachable(err)
	}
	o.count(all)
	return o, nil
}

func (o *Outlook) count(all []trigger.Standing) {
	o.Records = len(all)
	for _, s := range all {
		o.stamps = append(o.stamps, s.Stamp)
		if s.Behind {
			o.Behind++
		}
	}
}

// activation says whether approving a proposal makes its plan begin.
func (l *live) activation(ref string) (Outlook, trigger.Watch, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	open, err := l.openProposal(ref)
	if err != nil {
		return Outlook{}, trigger.Watch{}, err
	}
	checked, err := l.judgeAgain(open)
	if err != nil {
		return Outlook{}, trigger.Watch{}, err
	}
	t := checked.Plan.Trigger
	first := l.firstApproval(open.Name)
	_, inForce := l.records.Current(open.Name)
	return Outlook{Asked: t.Kind == plan.OnChange && !inForce, Again: !first, Object: t.Object},
		trigger.Watch{Checked: checked, Approval: string(open.ID), Since: l.app.cfg.Now(), First: first}, nil
}

// BackfillCount counts what [App.Backfill] would run for an approved plan.
func (a *App) BackfillCount(ctx context.Context, ref string, since time.Time) (Outlook, int, error) {
	l, name, err := a.plan(ref)
	if err != nil {
		return Outlook{}, 0, err
	}
	w, err := l.ready(name)
	if err != nil {
		return Outlook{}, 0, err
	}
	if err := onlyChanges(w); err != nil {
		return Outlook{}, 0, err
	}
	all, err := l.poller.Standing(ctx, w)
	if err != nil {
		return Outlook{}, 0, unreachable(err)
	}
	o := Outlook{Again: true, Object: w.Checked.Plan.Trigger.Object}
	o.count(all)
	return o, o.Since(since), nil
}

// Backfill runs an approved plan for what qualifies and changed since an instant and never
// ran, also for what was left alone when the plan began; what exists for it is linked, the
// rest is created. It drives runs like [App.RunOnce].
func (a *App) Backfill(ctx context.Context, ref string, since time.Time) (Report, error) {
	return a.runOnce(ctx, ref, func(p *trigger.Poller, ctx context.Context, w trigger.Watch) (trigger.Seen, error) {
		if err := onlyChanges(w); err != nil {
			return trigger.Seen{}, err
		}
		return p.Backfill(ctx, w, since)
	})
}
