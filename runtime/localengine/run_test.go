package localengine_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/specs/catalog"
)

// running starts Run and returns what stops it and says how it ended.
func (h *house) running(interval time.Duration) (stop func() error) {
	ctx, cancel := context.WithCancel(h.t.Context())
	done := make(chan error, 1)
	go func() { done <- h.engine.Run(ctx, interval) }()
	return func() error {
		cancel()
		return <-done
	}
}

// stands demands how the runs stand when everybody has come to rest.
func (h *house) stands(want string) {
	h.t.Helper()
	synctest.Wait()
	st, err := h.engine.Status(h.t.Context(), "")
	if err != nil {
		h.t.Fatal(err)
	}
	if got := states(st); got != want {
		h.t.Errorf("got %q, want %q: %v", got, want, h.holds())
	}
}

// pass lets virtual time go by.
func (h *house) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// TestRun takes up events the moment they are admitted, holds the moment they release
// themselves, decisions the moment it is woken, and anything else within its interval.
func TestRun(t *testing.T) {
	bubble(t, func(h *house) {
		stop := h.running(time.Minute)
		h.stands("")
		deals := h.admit(2)
		h.stands("2 done")

		h.vendor.script[getAccount] = times(1, refuse(catalog.ClassLimit, 2*time.Minute))
		deals = append(deals, h.admit(1)...)
		h.stands("1 held, 2 done")
		h.pass(2*time.Minute - 1)
		h.stands("1 held, 2 done")
		h.pass(1)
		h.stands("3 done")

		row := h.consent.rows["product 01tA"]
		for _, wake := range []bool{true, false} {
			h.consent.change(func(c *consent) { delete(c.rows, "product 01tA") })
			deals = append(deals, h.admit(1)...)
			synctest.Wait()
			h.hold(deals[len(deals)-1], engine.HoldUnmapped)
			h.consent.change(func(c *consent) { c.rows["product 01tA"] = row })
			if wake {
				h.engine.Wake()
			} else {
				h.pass(time.Minute)
			}
			synctest.Wait()
		}
		h.stands("5 done")
		if err := stop(); !errors.Is(err, context.Canceled) {
			h.t.Errorf("got %v, want cancelled", err)
		}
		h.settled(deals)
	})
}

// TestRunStopsInACall ends an engine while a vendor is silent. What it had sent is on
// record without an outcome, and the next engine adopts what came of it.
func TestRunStopsInACall(t *testing.T) {
	tests := []struct {
		name  string
		turn  turn
		sends int
	}{
		{"the invoice was made", turn{hang: true}, 1},
		{"the invoice never arrived", turn{hang: true, lost: true}, 2},
		{"an answer of a caller that was stopped is not trusted", turn{hang: true, out: answer(catalog.ClassData, 0)}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(h *house) {
				h.vendor.script[newInvoice] = []turn{tt.turn}
				stop := h.running(time.Minute)
				deals := h.admit(1)
				h.pass(time.Hour)
				if err := stop(); !errors.Is(err, context.Canceled) {
					h.t.Errorf("got %v, want cancelled", err)
				}
				want := []string{"started", "answered trigger", "answered account", "answered lines", "answered contact/find/0", "rows", "intent invoice"}
				if diff := cmp.Diff(want, h.record(deals[0])); diff != "" {
					h.t.Errorf("record (-want +got):\n%s", diff)
				}
				h.reopen()
				h.drain(time.Hour, "1 done")
				if got := h.vendor.count(newInvoice); got != tt.sends {
					h.t.Errorf("%d invoices were sent, want %d", got, tt.sends)
				}
				if h.vendor.count(getInvoice) == 0 {
					h.t.Error("nobody looked whether the invoice is there")
				}
				h.settled(deals)
			})
		})
	}
}

// TestWorkers drives as many runs at once as there are workers.
func TestWorkers(t *testing.T) {
	for workers, want := range map[int]int{0: 6, 1: 1, 3: 3, 20: 6} {
		bubble(t, func(h *house) {
			h.workers = workers
			h.reopen()
			h.vendor.script[getDeal] = times(10, turn{hang: true})
			stop := h.running(time.Minute)
			h.admit(6)
			h.pass(time.Hour)
			if got := h.vendor.count(getDeal); got != want {
				h.t.Errorf("%d workers: %d runs at once, want %d", workers, got, want)
			}
			h.ended(stop())
		})
	}
}

// TestRunStopsInAWait ends an engine while it waits to call again.
func TestRunStopsInAWait(t *testing.T) {
	bubble(t, func(h *house) {
		h.vendor.script[getAccount] = times(1, refuse(catalog.ClassLimit, time.Minute))
		stop := h.running(time.Hour)
		deals := h.admit(1)
		h.pass(time.Second)
		if err := stop(); !errors.Is(err, context.Canceled) {
			h.t.Errorf("got %v, want cancelled", err)
		}
		h.drain(0, "1 done")
		h.settled(deals)
	})
}

// TestRunEndsWithTheJournal holds that Run comes back when a commit fails, and that a
// broken Wait ends it instead of turning it into a busy loop.
func TestRunEndsWithTheJournal(t *testing.T) {
	bubble(t, func(h *house) {
		broken := errors.New("broken")
		h.hook = func(p localengine.Point, _ string) error {
			if p == localengine.BeforeSend {
				return broken
			}
			return nil
		}
		h.reopen()
		stop := h.running(time.Minute)
		h.admit(1)
		synctest.Wait()
		if err := stop(); !errors.Is(err, broken) {
			h.t.Errorf("got %v, want %v", err, broken)
		}
		e := localengine.New(localengine.Config{
			Journal: h.journal, Consent: h.consent, Now: time.Now, Hook: func(localengine.Point, string) error { return nil },
			Wait: func(context.Context, time.Duration) error { return broken },
		})
		h.vendor.mu.Lock()
		defer h.vendor.mu.Unlock()
		if err := e.Cancel(h.t.Context(), runID("006D000"), "Dana", "not now"); err != nil {
			h.t.Error(err)
		}
		if err := e.Run(h.t.Context(), time.Minute); !errors.Is(err, broken) {
			h.t.Errorf("got %v, want %v", err, broken)
		}
	})
}

// TestStartStop starts and stops one engine again and again at any moment of its work,
// while others admit, wake and drain. Every deal has one invoice in the end.
func TestStartStop(t *testing.T) {
	for seed := range uint64(4) {
		bubble(t, func(h *house) {
			rng := rand.New(rand.NewPCG(seed, 1))
			var mu sync.Mutex
			left, cancel := 0, context.CancelFunc(func() {})
			h.hook = func(localengine.Point, string) error {
				mu.Lock()
				defer mu.Unlock()
				if left--; left == 0 {
					cancel()
				}
				return nil
			}
			h.workers = 4
			h.reopen()
			var deals []string
			for range 40 {
				ctx, stop := context.WithCancel(h.t.Context())
				mu.Lock()
				left, cancel = 1+rng.IntN(60), stop
				mu.Unlock()
				var group sync.WaitGroup
				group.Go(func() { h.ended(h.engine.Run(ctx, time.Minute)) })
				if rng.IntN(4) == 0 {
					group.Go(func() {
						_, err := h.engine.Drain(ctx, time.Minute)
						if err != nil {
							h.ended(err)
						}
					})
				}
				h.engine.Wake()
				if len(deals) < 30 {
					deals = append(deals, h.admit(rng.IntN(3))...)
				}
				h.pass(time.Duration(rng.IntN(20)) * time.Second)
				stop()
				group.Wait()
			}
			mu.Lock()
			left = 0
			mu.Unlock()
			st, err := h.engine.Drain(h.t.Context(), 3*time.Hour)
			if err != nil || st.State[engine.Done] != len(deals) {
				h.t.Errorf("seed %d: got %v, %v; want %d done: %v", seed, st, err, len(deals), h.holds())
			}
			slices.Sort(deals)
			h.settled(slices.Compact(deals))
		})
	}
}

// ended demands that an engine that was stopped says so and nothing else.
func (h *house) ended(err error) {
	if !errors.Is(err, context.Canceled) {
		h.t.Errorf("stopped with %v", err)
	}
}
