package app

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/planwright/planwright/runtime/trigger"
)

// pollShare is the part of an API's calls a day that polling may use: one in five. The
// others are for the work itself.
const pollShare = 5

// spacing is the least time between two polls of a plan whose trigger asks the API: all
// plans that ask it share its allowance. It is 0 for an API that names none.
func (l *live) spacing(api string, plans []string) time.Duration {
	a, ok := l.cat.API(api)
	if !ok || a.Limits.Day == 0 {
		return 0
	}
	asking := 0
	for _, name := range plans {
		if l.system(name) == api {
			asking++
		}
	}
	return 24 * time.Hour * time.Duration(asking) / time.Duration(max(a.Limits.Day/pollShare, 1))
}

// pollAll polls each plan once an interval, or less often where an API allows few calls a
// day, and a plan that waits for a clock at the instants it is due as well: those cost no
// calls. What cannot be polled now is logged and tried again; only an error of the journal
// ends it.
func (l *live) pollAll(ctx context.Context, interval time.Duration, names []string) error {
	r := polls{l: l, next: map[string]time.Time{}, clocks: map[string]time.Time{}}
	for {
		now := names
		if len(now) == 0 {
			now = l.approved()
		}
		if err := l.lookAtHints(ctx); err != nil { // those that came while a vendor was away
			return err
		}
		for _, name := range now {
			if l.app.cfg.Now().Before(r.next[name]) {
				continue
			}
			if err := r.poll(ctx, name, now); err != nil {
				return err
			}
		}
		if err := r.wait(ctx, interval); err != nil {
			return err
		}
	}
}

// polls is what [live.pollAll] knows of the plans that it polls.
type polls struct {
	l      *live
	next   map[string]time.Time // when a plan may be polled again
	clocks map[string]time.Time // when a plan is due that waits for a clock
}

// poll polls one plan.
func (r *polls) poll(ctx context.Context, name string, all []string) error {
	delete(r.clocks, name)
	w, err := r.l.ready(name)
	if err == nil {
		err = r.l.pollOrSweep(ctx, w)
		now := r.l.app.cfg.Now()
		r.next[name] = now.Add(r.l.spacing(w.Checked.Plan.Trigger.API, all))
		if at := w.Due(now); !at.IsZero() {
			r.clocks[name] = at
		}
	}
	var u *trigger.Unreachable
	var p *Problem
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &u), errors.As(err, &p):
		r.l.app.cfg.Log.Warn("not polled", "plan", name, "err", err)
	default:
		return err
	}
	return nil
}

// wait lets an interval pass, and polls each plan meanwhile whose clock shows its time.
func (r *polls) wait(ctx context.Context, interval time.Duration) error {
	cfg := &r.l.app.cfg
	for end := cfg.Now().Add(interval); ; {
		left, first := min(end.Sub(cfg.Now()), interval), ""
		for name, at := range r.clocks {
			if d := at.Sub(cfg.Now()); d < left {
				left, first = d, name
			}
		}
		if err := cfg.Wait(ctx, max(left, 0)); err != nil || first == "" {
			return err
		}
		if err := r.poll(ctx, first, nil); err != nil {
			return err
		}
	}
}

// SweepEvery sets how often serving asks for everything that qualifies, in place of what
// changed; 0 is never. It is called before [App.Serve].
func (a *App) SweepEvery(every time.Duration) {
	if a.cfg.SweepEvery = every; every <= 0 {
		a.cfg.SweepEvery = -1
	}
}

// pollOrSweep polls, or sweeps when the last sweep is a day ago.
func (l *live) pollOrSweep(ctx context.Context, w trigger.Watch) error {
	last, err := l.poller.SweptAt(w)
	if err != nil {
		return err
	}
	swept, err := l.sweptSince(w)
	if err != nil {
		return err
	}
	ask := (*trigger.Poller).Poll
	if !swept {
		ask = (*trigger.Poller).Sweep
	} else if every := l.app.cfg.SweepEvery; every >= 0 && !l.app.cfg.Now().Before(last.Add(cmp.Or(every, 24*time.Hour))) {
		ask = (*trigger.Poller).Sweep
	}
	_, err = ask(l.poller, ctx, w)
	return err
}

// sweptSince reports whether a plan was swept since the journal was put back, if it ever was:
// what was seen meanwhile is forgotten, and a watermark alone does not find it again.
func (l *live) sweptSince(w trigger.Watch) (bool, error) {
	since := l.since.Load()
	if since == 0 {
		return true, nil
	}
	last, err := l.poller.SweptAt(w)
	return last.UnixNano() > since, err
}
