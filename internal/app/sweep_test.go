package app

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

// TestSweep finds what became visible later than any poll looks back, once, by command and
// once a day while serving; a late save within the overlap is found by the poll.
func TestSweep(t *testing.T) {
	h := newHouse(t)
	h.adopt(invoicing)
	h.name = invoicing
	h.mapped()
	deals := h.company.Close[:3]
	h.clock.Advance(time.Minute)
	commit := h.sf.SaveLate("Opportunity", deals[0], world.Record{"StageName": "Closed Won"})
	h.clock.Advance(5 * time.Minute)
	h.must(h.sf.CloseWon(deals[1]))
	once := func(run func(context.Context, string) (Report, error), admitted int) {
		t.Helper()
		h.clock.Advance(time.Minute)
		if r, err := run(t.Context(), invoicing); err != nil || r.Admitted != admitted {
			t.Errorf("admitted %d, %v; want %d", r.Admitted, err, admitted)
		}
	}
	once(h.app.RunOnce, 1)
	h.must(commit())
	once(h.app.RunOnce, 1) // the overlap reaches it
	commit = h.sf.SaveLate("Opportunity", deals[2], world.Record{"StageName": "Closed Won"})
	h.clock.Advance(time.Hour)
	h.must(h.sf.CloseWon(h.company.Close[3]))
	once(h.app.RunOnce, 1)
	h.must(commit()) // an hour late: no vendor promises that, and it is found all the same
	once(h.app.RunOnce, 0)
	once(h.app.SweepOnce, 1)
	once(h.app.SweepOnce, 0)
	h.settled(h.company.Close[:4])
	if diff := cmp.Diff([]string{"poll", "poll", "poll", "sweep"}, h.paths()); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

// TestServeSweeps sweeps once a day, whatever else is polled.
func TestServeSweeps(t *testing.T) {
	h := newHouse(t)
	h.adopt(invoicing)
	l, err := h.app.open()
	h.must(err)
	begun := h.clock.Now()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sweeps := map[time.Time]bool{}
	h.app.cfg.Wait = func(_ context.Context, d time.Duration) error {
		w, err := l.ready(invoicing)
		h.must(err)
		swept, err := l.poller.SweptAt(w)
		h.must(err)
		if swept.After(begun) {
			sweeps[swept] = true
		}
		if h.clock.Advance(d).After(begun.Add(73 * time.Hour)) {
			cancel()
		}
		return ctx.Err()
	}
	_ = l.pollAll(ctx, time.Hour, nil)
	if len(sweeps) != 3 {
		t.Errorf("swept %d times in three days", len(sweeps))
	}
}
