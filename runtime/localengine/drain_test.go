package localengine_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/specs/catalog"
)

// TestFourCommits holds what a run of W1 costs and what its record says.
func TestFourCommits(t *testing.T) {
	bubble(t, func(h *house) {
		before := h.commits
		deals := h.admit(1)
		if got := h.commits - before; got != 1 {
			h.t.Errorf("the start took %d commits, want 1", got)
		}
		h.drain(0, "1 done")
		if got := h.commits - before; got != 4 {
			h.t.Errorf("the run took %d commits, want 4: started, intent, outcome with intent, end", got)
		}
		want := []string{
			"started", "answered trigger", "answered account", "answered lines", "answered contact/find/0", "rows",
			"intent invoice", "outcome invoice", "intent back", "outcome back", "finished",
		}
		if diff := cmp.Diff(want, h.record(deals[0])); diff != "" {
			h.t.Errorf("record (-want +got):\n%s", diff)
		}
		calls := []string{getDeal, getAccount, query, getContact, newInvoice, update}
		if diff := cmp.Diff(calls, h.vendor.calls); diff != "" {
			h.t.Errorf("calls (-want +got):\n%s", diff)
		}
		h.settled(deals)
		h.drain(0, "1 done") // nothing is done twice
		if got := h.commits - before; got != 4 || len(h.vendor.calls) != len(calls) {
			h.t.Errorf("an ended run took %d commits and %d calls more", got-4, len(h.vendor.calls)-len(calls))
		}
	})
}

// TestManyAtOnce shares commits between runs and still makes each invoice once.
func TestManyAtOnce(t *testing.T) {
	bubble(t, func(h *house) {
		h.workers = 8
		h.reopen()
		deals := h.admit(30)
		h.drain(0, "30 done")
		h.settled(deals)
	})
}

func TestDrainStops(t *testing.T) {
	bubble(t, func(h *house) {
		h.admit(2)
		ctx, cancel := context.WithCancelCause(h.t.Context())
		reason := errors.New("the lights go out")
		h.vendor.script[getAccount] = []turn{{do: func() { cancel(reason) }}}
		if _, err := h.engine.Drain(ctx, time.Hour); !errors.Is(err, reason) {
			h.t.Errorf("got %v, want %v", err, reason)
		}
		if got := len(h.vendor.calls); got != 2 {
			h.t.Errorf("%d calls, want 2: none after the end", got)
		}
		h.drain(0, "2 done")
	})
}

// TestVendorAway doubles the time between looks, and Drain waits no longer than asked.
func TestVendorAway(t *testing.T) {
	bubble(t, func(h *house) {
		deals := h.admit(1)
		h.vendor.script[getAccount] = times(1000, refuse(catalog.ClassRetry, 0))
		begun := time.Now()
		st := h.drain(20*time.Minute, "1 held")
		if took := time.Since(begun); took > 20*time.Minute {
			h.t.Errorf("waited %v, want at most 20m", took)
		}
		if hold := h.hold(deals[0], engine.HoldVendor); !hold.Until.Equal(st.Next) || hold.Path != "account" {
			h.t.Errorf("held at %s until %v, next %v", hold.Path, hold.Until, st.Next)
		}
		want := []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute}
		if diff := cmp.Diff(want, h.pauses(deals[0])); diff != "" {
			h.t.Errorf("pauses (-want +got):\n%s", diff)
		}
		h.vendor.script[getAccount] = nil
		h.drain(0, "1 held") // not yet
		h.drain(16*time.Minute, "1 done")
		h.settled(deals)
	})
}

// TestSetbacksStartOver holds that an answer in between makes the next pause short again,
// and that no pause is longer than an hour.
func TestSetbacksStartOver(t *testing.T) {
	bubble(t, func(h *house) {
		deals := h.admit(1)
		h.vendor.script[getAccount] = times(8*6, refuse(catalog.ClassRetry, 0))
		h.vendor.script[query] = times(6, refuse(catalog.ClassRetry, 0))
		h.drain(24*time.Hour, "1 done")
		m := time.Minute
		want := []time.Duration{m, 2 * m, 4 * m, 8 * m, 16 * m, 32 * m, 60 * m, 60 * m, m}
		if diff := cmp.Diff(want, h.pauses(deals[0])); diff != "" {
			h.t.Errorf("pauses (-want +got):\n%s", diff)
		}
	})
}

// pauses returns how long each hold of a run was to last.
func (h *house) pauses(deal string) []time.Duration {
	h.t.Helper()
	var out []time.Duration
	for _, e := range h.entries(deal) {
		if e.Kind == engine.KindHeld {
			out = append(out, as[engine.Hold](h.t, e).Until.Sub(e.At))
		}
	}
	return out
}

// TestDayLimit lets many workers share one allowance, over a restart and into other days.
func TestDayLimit(t *testing.T) {
	bubble(t, func(h *house) {
		h.workers = 8
		h.reopen()
		deals := h.admit(10)
		midnight := time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		if st := h.drain(0, "3 done, 7 held"); !st.Next.Equal(midnight) {
			h.t.Errorf("next at %v, want %v", st.Next, midnight)
		}
		if n := h.vendor.count(newInvoice); n != 3 {
			h.t.Errorf("%d invoices on the first day, want 3", n)
		}
		h.reopen()
		more := h.admit(2)
		h.drain(0, "3 done, 9 held")
		h.drain(24*time.Hour, "6 done, 6 held")
		h.reopen()
		h.drain(0, "6 done, 6 held")
		h.drain(4*24*time.Hour, "12 done")
		h.settled(slices.Concat(deals, more))
	}, "invoices_per_day: 200", "invoices_per_day: 3")
}

// TestDayLimitCountsIntents proves that what was never on record does not use up the day.
func TestDayLimitCountsIntents(t *testing.T) {
	bubble(t, func(h *house) {
		ctx, cancel := context.WithCancel(h.t.Context())
		h.hook = func(p localengine.Point, _ string) error {
			if p == localengine.BeforeCommit && h.vendor.count(getContact) == 1 {
				cancel()
			}
			return nil
		}
		h.reopen()
		deals := h.admit(1)
		if _, err := h.engine.Drain(ctx, 0); !errors.Is(err, context.Canceled) {
			h.t.Errorf("got %v, want cancelled", err)
		}
		h.drain(0, "1 done")
		h.settled(deals)
	}, "invoices_per_day: 200", "invoices_per_day: 1")
}

// TestJournalStops fails one commit after the other: the engine says so, sends nothing
// more, and goes on well in the next process.
func TestJournalStops(t *testing.T) {
	for _, p := range []journal.Point{journal.BeforeCommit, journal.AfterCommit} {
		for n := range 3 {
			t.Run(string(p), func(t *testing.T) {
				bubble(t, func(h *house) {
					deals := h.admit(2)
					broken, seen := errors.New("broken disk"), 0
					h.disk = func(at journal.Point, _ uint64) error {
						if at == p {
							if seen++; seen > n {
								return broken
							}
						}
						return nil
					}
					_, err := h.engine.Drain(h.t.Context(), time.Hour)
					if !errors.Is(err, journal.ErrStopped) || !errors.Is(err, broken) {
						h.t.Errorf("got %v, want that the journal stopped", err)
					}
					writes := len(h.vendor.wrote)
					if _, err := h.engine.Drain(h.t.Context(), time.Hour); !errors.Is(err, journal.ErrStopped) {
						h.t.Errorf("beside a stopped journal: %v", err)
					}
					if got := len(h.vendor.wrote); got != writes || writes > n {
						h.t.Errorf("%d writes, then %d, after %d commits", writes, got, n)
					}
					h.disk = nil
					h.reopen()
					h.drain(time.Hour, "2 done")
					h.settled(deals)
				})
			})
		}
	}
}
