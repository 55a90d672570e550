package app

import (
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/engine"
)

// TestReapprovedWhileWaiting: a new version of the plan is approved while runs of the old
// one wait for their day. They finish on the version they began with, and no event is
// taken twice.
func TestReapprovedWhileWaiting(t *testing.T) {
	h := automated(t)
	deals := h.win(2)
	h.must(h.all())
	h.clock.Advance(24 * time.Hour)
	_, err := h.app.Decide(t.Context(), h.propose(overdue, "Priority: High", "Priority: Normal"), true, dana, "")
	h.must(err)
	h.must(h.all())
	h.pastDue()
	h.must(h.all())
	h.tasks(map[string]string{deals[0]: "open", deals[1]: "open"})
	for _, task := range h.sf.All("Task") {
		if task["Priority"] != "High" {
			t.Errorf("task %v has priority %v, want that of the version its run began with", task["Id"], task["Priority"])
		}
	}
	h.ended(2)
}

// TestRevokedWhileWaiting: the approval is taken back while a run waits. When its day has
// come it writes nothing and is held as stale; approved again, it writes once.
func TestRevokedWhileWaiting(t *testing.T) {
	h := automated(t)
	deal := h.win(1)[0]
	h.must(h.all())
	_, err := h.app.Decide(t.Context(), overdue, false, dana, "")
	h.must(err)
	h.pastDue()
	_, err = h.app.RunOnce(t.Context(), payments)
	h.must(err)
	h.tasks(map[string]string{})
	runs, err := h.app.Runs(engine.Held, overdue)
	h.must(err)
	if len(runs) != 1 || runs[0].Hold.Code != engine.HoldStale || !strings.Contains(runs[0].Next, "approve again") {
		t.Errorf("held: %+v", runs)
	}
	h.adopt(overdue)
	for range 2 {
		h.must(h.all())
		h.tasks(map[string]string{deal: "open"})
	}
	h.ended(1)
}
