package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
)

// TestSpentSurvives reads back what was noted, also after a line that was cut short, and
// forgets what is older than a day.
func TestSpentSurvives(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), spentFile)
	open := func() *spent {
		s := openSpent(path, func() time.Time { return now }, slog.New(slog.DiscardHandler))
		t.Cleanup(func() { s.Close() })
		return s
	}
	first := open()
	first.Sent("xero", now)
	first.Sent("salesforce", now)
	first.Sent("xero", now.Add(time.Second))
	told := apicall.Budget{Connection: "xero", MinuteLeft: 58, DayLeft: 998, Seen: now}
	first.Told(told)
	cut, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cut.WriteString(`{"t":17939`); err != nil || cut.Close() != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds what the first wrote anew
		again := open()
		b, sent := again.Load("xero")
		if diff := cmp.Diff([]time.Time{now, now.Add(time.Second)}, sent); diff != "" || b != told {
			t.Errorf("got %+v, %s", b, diff)
		}
		again.Sent("salesforce", now)
	}
	now = now.Add(25 * time.Hour)
	if _, sent := open().Load("xero"); len(sent) != 0 {
		t.Errorf("a day later: %v", sent)
	}
}

// TestAllowanceSurvivesARestart uses up a minute, restarts and goes on: no minute of the vendor
// sees more than it allows, and every deal gets its invoice.
func TestAllowanceSurvivesARestart(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	h.mapped()
	deals := h.win(12)
	if _, err := h.app.RunOnce(t.Context(), h.name); err != nil {
		t.Fatal(err)
	}
	before, err := h.app.Quota()
	if err != nil {
		t.Fatal(err)
	}
	h.reopen(nil)
	after, err := h.app.Quota()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, after); diff != "" || len(after.Connections) != 2 {
		t.Errorf("after a restart (-before +after):\n%s", diff)
	}
	if x := after.Connections[1]; x.Connection != "xero" || x.DayUsed == 0 || x.DayUsed+x.DayLeft != x.Day {
		t.Errorf("quota: %+v", x)
	}
	if len(after.Costs) != 2 || after.Costs[1].Lane != "money" || after.Costs[1].Calls == 0 || after.Costs[1].Events <= 0 {
		t.Errorf("costs: %+v", after.Costs)
	}
	h.once(12, 0)
	h.settled(deals)
}
