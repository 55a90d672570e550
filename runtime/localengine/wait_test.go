package localengine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/engine"
)

// TestWaitStep: a run waits four days, over a restart, at no cost, and then judges the
// record anew; a person may shorten the wait, by saying so.
func TestWaitStep(t *testing.T) {
	bubble(t, func(h *house) {
		until := time.Date(2000, 1, 5, 0, 0, 0, 0, time.UTC)
		deals := h.admit(2)
		if st := h.drain(time.Hour, "2 held"); !st.Next.Equal(until) {
			h.t.Errorf("goes on at %v, want %v", st.Next, until)
		}
		for _, d := range deals {
			if hold := h.hold(d, engine.HoldWaiting); hold.Path != "calm" || !hold.Until.Equal(until) {
				h.t.Errorf("%s: held %+v", d, hold)
			}
		}
		h.reopen()
		calls := h.vendor.count(getDeal)
		h.drain(24*time.Hour, "2 held")
		if got := h.vendor.count(getDeal); got != calls {
			h.t.Errorf("%d calls were made while it waited", got-calls)
		}
		if err := h.engine.Release(h.t.Context(), runID(deals[1]), "Dana", true); err != nil {
			h.t.Fatal(err)
		}
		h.drain(time.Hour, "1 done, 1 held")
		h.drain(10*24*time.Hour, "2 done")
		if now := time.Now(); now.Before(until) || now.After(until.Add(time.Minute)) {
			h.t.Errorf("it went on at %v, want %v", now, until)
		}
		h.settled(deals)
		want := []string{"started", "answered trigger", "held calm", "released time", "answered trigger", "answered account"}
		if got := h.record(deals[0]); len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
			h.t.Errorf("record %q, want it to begin %q", got, want)
		}
	}, "  - id: account\n", "  - {id: calm, wait: \"${instant('2000-01-05T00:00:00Z')}\"}\n  - id: account\n")
}

// TestWaitAfterWrite: a run that waits for days after it has written keeps no later change
// of its record back, and reads anew what it goes on with: it would write what was true
// days ago.
func TestWaitAfterWrite(t *testing.T) {
	bubble(t, func(h *house) {
		h.changes(2)
		h.drain(time.Hour, "2 held")
		if got := h.holds(); !slices.Equal(got, []string{"waiting calm", "waiting calm"}) {
			h.t.Errorf("holds %q", got)
		}
		before, writes := h.vendor.count(getDeal), h.vendor.count(update)
		h.drain(10*24*time.Hour, "2 done")
		if got := h.vendor.count(getDeal) - before; got != 2 {
			h.t.Errorf("the record was read %d times after the wait, want twice", got)
		}
		if got := h.vendor.count(update) - writes; got != 2 {
			h.t.Errorf("%d writes after the wait, want 2: nothing is written again", got)
		}
	}, "limits:", "  - {id: calm, wait: \"${instant('2000-01-05T00:00:00Z')}\"}\n"+
		"  - {id: again, write: salesforce.Opportunity.update, with: {id: \"${opportunity.Id}\"}, body: {NextStep: \"${opportunity.Name}\"}}\nlimits:")
}
