package localengine_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/specs/catalog"
)

// changes admits n changes of one deal, each an event of its own.
func (h *house) changes(n int) {
	h.t.Helper()
	deal := h.vendor.win(1)[0]
	var events []localengine.Event
	for i := range n {
		ev := h.event(deal)
		ev.Key += " " + string(rune('a'+i))
		events = append(events, ev)
	}
	if got, err := h.engine.Admit(h.t.Context(), events, nil); err != nil || got != n {
		h.t.Fatalf("admitted %d, %v; want %d", got, err, n)
	}
}

// TestOneAtATime: two changes of one record are not worked on side by side, however many
// workers are free: the second reads the record after the first has written.
func TestOneAtATime(t *testing.T) {
	bubble(t, func(h *house) {
		h.workers = 4
		h.reopen()
		var read []int
		look := turn{do: func() { read = append(read, h.vendor.count(getDeal)) }}
		h.vendor.script[update] = []turn{look, look, look}
		h.changes(3)
		h.drain(time.Minute, "3 done")
		if want := []int{1, 2, 3}; !slices.Equal(read, want) {
			h.t.Errorf("the record had been read %v times at each write, want %v", read, want)
		}
	})
}

// TestWriterFirst: while a run waits in the middle of a write, a later change of the same
// record starts nothing that could be overwritten by it; other records go on.
func TestWriterFirst(t *testing.T) {
	bubble(t, func(h *house) {
		h.workers = 4
		h.reopen()
		h.vendor.script[update] = append(times(1, lostAfter), times(20, refuse(catalog.ClassLimit, 5*time.Minute))...)
		h.changes(2)
		if _, err := h.engine.Drain(h.t.Context(), time.Second); err != nil {
			h.t.Fatal(err)
		}
		if got := h.vendor.count(getDeal); got != 1 {
			h.t.Errorf("the record was read %d times while its writer waited, want once", got)
		}
		if got := h.holds(); !slices.Equal(got, []string{string(engine.HoldLimit) + " back"}) {
			h.t.Errorf("holds %q", got)
		}
		h.vendor.mu.Lock()
		delete(h.vendor.script, update)
		h.vendor.mu.Unlock()
		h.admit(1)
		h.drain(time.Second, "1 done, 1 held, 1 ready")
		h.drain(time.Hour, "3 done")
		if got := h.vendor.count(getDeal); got != 3 {
			h.t.Errorf("the records were read %d times, want 3", got)
		}
	})
}

// TestHeldStandsAside: a run that has written and is held until a person decides keeps
// nothing back: the latest of the record is written. When it goes on it reads anew.
func TestHeldStandsAside(t *testing.T) {
	bubble(t, func(h *house) {
		h.workers = 4
		h.reopen()
		h.vendor.script[update] = []turn{{}, refuse(catalog.ClassData, 0)}
		h.changes(2)
		h.drain(time.Hour, "1 done, 1 held")
		if got := h.holds(); !slices.Equal(got, []string{string(engine.HoldData) + " again"}) {
			h.t.Errorf("holds %q", got)
		}
		h.reopen()
		for s, err := range h.engine.Summaries() {
			if err != nil {
				h.t.Fatal(err)
			}
			if s.State != engine.Held {
				continue
			}
			if err := h.engine.Release(h.t.Context(), s.ID, "Dana", false); err != nil {
				h.t.Fatal(err)
			}
		}
		h.drain(time.Hour, "2 done")
		if got := h.vendor.count(getDeal); got != 3 {
			h.t.Errorf("the record was read %d times, want 3", got)
		}
	}, "limits:", "  - {id: again, write: salesforce.Opportunity.update, with: {id: \"${opportunity.Id}\"}, body: {NextStep: sent}}\nlimits:")
}

// TestLostStaysFirst: the same with a write whose answer was lost. It may be sent again as
// it was, so the others wait whoever is to release it.
func TestLostStaysFirst(t *testing.T) {
	bubble(t, func(h *house) {
		h.workers = 4
		h.reopen()
		withdrawn := turn{do: func() { h.consent.change(func(c *consent) { c.refused = errors.New("withdrawn") }) }, out: lostAfter.out}
		h.vendor.script[update] = []turn{withdrawn}
		h.changes(2)
		h.drain(time.Hour, "1 held, 1 ready")
		h.consent.change(func(c *consent) { c.refused = nil })
		h.drain(time.Hour, "2 done")
	})
}
