package localengine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/specs/catalog"
)

// refusal demands an error that says so.
func (h *house) refusal(err error, want string) {
	h.t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		h.t.Errorf("got %v, want %q", err, want)
	}
}

func TestReleaseRules(t *testing.T) {
	bubble(t, func(h *house) {
		ctx := h.t.Context()
		deals := h.admit(1)
		id := runID(deals[0])
		h.vendor.script[newInvoice] = times(2, refuse(catalog.ClassData, 0))
		h.refusal(h.engine.Release(ctx, id, "Dana", false), "it is ready, not held")
		h.drain(0, "1 held")
		h.refusal(h.engine.Release(ctx, id, "", false), "a name is needed")
		h.refusal(h.engine.Release(ctx, id, " ", false), "a name is needed")
		if err := h.engine.Release(ctx, "r-none", "Dana", false); !errors.Is(err, localengine.ErrNoRun) {
			h.t.Errorf("got %v, want no such run", err)
		}
		h.drain(time.Hour, "1 held") // nobody released it
		if err := h.engine.Release(ctx, id, "Dana", false); err != nil {
			h.t.Error(err)
		}
		h.refusal(h.engine.Release(ctx, id, "Dana", false), "it is running, not held")
		h.drain(0, "1 held")
		if err := h.engine.Release(ctx, id, "Dana", false); err != nil {
			h.t.Error(err)
		}
		h.drain(0, "1 done")
		h.refusal(h.engine.Release(ctx, id, "Dana", false), "it is done, not held")
		if got := h.vendor.count(getDeal); got != 3 {
			h.t.Errorf("the deal was read %d times, want 3: after each release anew", got)
		}
		h.settled(deals)
	})
}

// TestReleaseAllows waives a cap for one run and no other.
func TestReleaseAllows(t *testing.T) {
	bubble(t, func(h *house) {
		deals := h.admit(2)
		h.drain(0, "2 held")
		h.hold(deals[1], engine.HoldAmount)
		for _, step := range []struct {
			allow bool
			want  string
		}{{false, "2 held"}, {true, "1 done, 1 held"}} {
			if err := h.engine.Release(h.t.Context(), runID(deals[0]), "Dana", step.allow); err != nil {
				h.t.Fatal(err)
			}
			h.drain(0, step.want)
		}
		h.settled(deals[:1])
	}, "amount_per_invoice: 50000", "amount_per_invoice: 20")
}

func TestCancelRules(t *testing.T) {
	bubble(t, func(h *house) {
		ctx := h.t.Context()
		deals := h.admit(3)
		h.vendor.script[newInvoice] = times(1, refuse(catalog.ClassData, 0))
		h.refusal(h.engine.Cancel(ctx, runID(deals[0]), "", "a mistake"), "a name is needed")
		if err := h.engine.Cancel(ctx, "r-none", "Dana", ""); !errors.Is(err, localengine.ErrNoRun) {
			h.t.Errorf("got %v, want no such run", err)
		}
		if err := h.engine.Cancel(ctx, runID(deals[0]), "Dana", "a mistake"); err != nil {
			h.t.Error(err)
		}
		h.refusal(h.engine.Cancel(ctx, runID(deals[0]), "Dana", "again"), "it is cancelled")
		h.drain(0, "1 cancelled, 1 done, 1 held")
		for _, s := range h.summaries() {
			err := h.engine.Cancel(ctx, s.ID, "Dana", "no longer wanted")
			switch s.State {
			case engine.Held:
				if err != nil {
					h.t.Errorf("a refused write cannot be cancelled: %v", err)
				}
			default:
				h.refusal(err, "it is "+string(s.State))
			}
		}
		h.drain(0, "1 done, 2 cancelled")
		for _, s := range h.summaries() {
			if s.State == engine.Cancelled && s.Reason == "" {
				h.t.Errorf("run %s was cancelled and says no reason", s.ID)
			}
		}
	})
}

// TestCancelUnsettled stops a process while a write is under way: it can be cancelled only
// when it is known what became of the write.
func TestCancelUnsettled(t *testing.T) {
	bubble(t, func(h *house) {
		deals := h.admit(1)
		id := runID(deals[0])
		ctx, cancel := context.WithCancel(h.t.Context())
		h.vendor.script[newInvoice] = []turn{{do: func() {
			h.refusal(h.engine.Cancel(h.t.Context(), id, "Dana", "now"), "its answer is not known")
			cancel()
		}}}
		if _, err := h.engine.Drain(ctx, 0); !errors.Is(err, context.Canceled) {
			h.t.Errorf("got %v, want cancelled", err)
		}
		h.refusal(h.engine.Cancel(h.t.Context(), id, "Dana", "later"), "its answer is not known")
		h.reopen()
		h.refusal(h.engine.Cancel(h.t.Context(), id, "Dana", "after a restart"), "its answer is not known")
		h.drain(0, "1 done")
		h.settled(deals)
	})
}

// TestCancelWhileDriven cancels a run between two of its reads. That is a person's right
// and no reason for the engine to stop.
func TestCancelWhileDriven(t *testing.T) {
	bubble(t, func(h *house) {
		deals := h.admit(3)
		h.vendor.script[getContact] = []turn{{do: func() {
			for _, d := range deals {
				if err := h.engine.Cancel(h.t.Context(), runID(d), "Dana", "now"); err != nil {
					h.t.Error(err)
				}
			}
		}}}
		h.drain(0, "3 cancelled")
		if n := len(h.vendor.wrote); n != 0 {
			h.t.Errorf("%d writes went out for cancelled runs", n)
		}
	})
}

// TestReleasedByTwo lets a person and the clock release one hold at the same moment.
func TestReleasedByTwo(t *testing.T) {
	bubble(t, func(h *house) {
		deals := h.admit(1)
		h.vendor.script[getAccount] = times(1, refuse(catalog.ClassLimit, time.Hour))
		h.drain(0, "1 held")
		first := true
		h.hook = func(p localengine.Point, _ string) error {
			if p != localengine.BeforeCommit || !first {
				return nil
			}
			first = false // the clock is about to release it: the person is faster
			return h.engine.Release(h.t.Context(), runID(deals[0]), "Dana", false)
		}
		h.reopen()
		h.drain(time.Hour, "1 done")
		if got := strings.Join(h.record(deals[0]), ", "); strings.Count(got, "released") != 1 || !strings.Contains(got, "released Dana") {
			h.t.Errorf("record %s, want it released by Dana alone", got)
		}
		h.settled(deals)
	})
}

// TestStale holds what may not write or cannot run, and lets it go on when that is mended.
func TestStale(t *testing.T) {
	reason := errors.New("the plan was withdrawn")
	tests := []struct {
		name   string
		breaks func(*consent, error)
		path   string
		calls  int
	}{
		{"nobody lets it write", func(c *consent, err error) { c.refused = err }, "invoice", 4},
		{"the plan no longer passes its check", func(c *consent, err error) { c.broken = err }, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(h *house) {
				deals := h.admit(1)
				h.consent.change(func(c *consent) { tt.breaks(c, reason) })
				h.drain(time.Hour, "1 held")
				hold := h.hold(deals[0], engine.HoldStale)
				if hold.Path != tt.path || !strings.Contains(hold.Message, reason.Error()) || len(h.vendor.calls) != tt.calls {
					h.t.Errorf("held at %q after %d calls: %s", hold.Path, len(h.vendor.calls), hold.Message)
				}
				h.reopen()
				h.drain(time.Hour, "1 held")
				before := len(h.record(deals[0]))
				h.consent.change(func(c *consent) { tt.breaks(c, nil) })
				h.drain(0, "1 done")
				if got := h.record(deals[0])[before]; got != "released decision" {
					h.t.Errorf("after the hold came %q, want its release", got)
				}
				h.settled(deals)
			})
		})
	}
}

// TestStaleWhileHeld lets a plan break while its runs wait for something else: when that
// has come they are held for the plan, once, and the engine comes to rest.
func TestStaleWhileHeld(t *testing.T) {
	bubble(t, func(h *house) {
		deals := h.admit(2)
		row := h.consent.rows["tax NZ Software"]
		h.vendor.script[getDeal] = times(1, refuse(catalog.ClassLimit, time.Minute*10))
		h.consent.change(func(c *consent) { delete(c.rows, "tax NZ Software") })
		h.drain(0, "2 held")
		h.consent.change(func(c *consent) {
			c.broken, c.rows["tax NZ Software"] = errors.New("it no longer passes its check"), row
		})
		for range 2 {
			h.drain(time.Hour, "2 held")
			for _, d := range deals {
				h.hold(d, engine.HoldStale)
				if got := strings.Count(strings.Join(h.record(d), ", "), "held"); got != 2 {
					h.t.Errorf("%s was held %d times, want 2: %q", d, got, h.record(d))
				}
			}
		}
		h.consent.change(func(c *consent) { c.broken = nil })
		h.drain(time.Hour, "2 done")
		h.settled(deals)
	})
}

// TestUnmapped asks for every missing row at once and goes on when all are there.
func TestUnmapped(t *testing.T) {
	bubble(t, func(h *house) {
		deals := h.admit(1)
		rows := h.consent.rows
		h.consent.change(func(c *consent) { c.rows = map[string]map[string]any{} })
		h.drain(time.Hour, "1 held")
		hold := h.hold(deals[0], engine.HoldUnmapped)
		want := []engine.RowKey{{Mapping: "product", Key: []string{"01tA"}}, {Mapping: "tax", Key: []string{"NZ", "Software"}}}
		if diff := cmp.Diff(want, hold.Missing); diff != "" {
			h.t.Errorf("missing (-want +got):\n%s", diff)
		}
		for _, row := range []string{"product 01tA", "tax NZ Software"} {
			h.reopen()
			h.drain(time.Hour, "1 held")
			h.consent.change(func(c *consent) { c.rows[row] = rows[row] })
		}
		h.drain(0, "1 done")
		h.settled(deals)
	})
}
