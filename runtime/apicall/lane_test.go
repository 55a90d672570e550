package apicall

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

// TestLanesOfSlots gives out one slot: who creates money records goes first, and who is behind
// still has a turn.
func TestLanesOfSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &queue{}
		var order []Lane
		given := make(chan Lane)
		for _, lane := range slices.Concat(slices.Repeat([]Lane{LaneRead}, 2), slices.Repeat([]Lane{LaneMoney}, 20), []Lane{LaneSync}) {
			go func() {
				if q.enter(t.Context(), lane) == nil {
					given <- lane
				}
			}()
			synctest.Wait()
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if q.enter(gone, LaneMoney) == nil {
			t.Error("entered after it was cancelled")
		}
		for range 23 {
			q.leave()
			order = append(order, <-given)
		}
		if i := slices.Index(order, LaneSync); order[0] != LaneMoney || i < fair || i > fair+2 {
			t.Errorf("the order is %v", order)
		}
		if i := slices.Index(order, LaneRead); i < fair || i > fair+2 {
			t.Errorf("the order is %v", order)
		}
	})
}

// TestLanesOfAllowance uses up minutes and days by lanes.
func TestLanesOfAllowance(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	used := func(l *line, lane Lane) (n int) {
		for range 2000 {
			if k, wait, _ := l.reserve(now, lane); wait > 0 {
				return n
			} else {
				l.sent(k)
			}
			n++
		}
		return n
	}
	limits := catalog.Limits{Minute: 60, Day: 1000}
	if l := newLine("xero", limits, nil); used(l, LaneRead) != 60 {
		t.Error("a lane alone does not have the whole minute")
	}
	l := newLine("xero", limits, nil)
	if _, wait, _ := l.reserve(now, LaneMoney); wait > 0 {
		t.Error("the first is withheld")
	}
	if n := used(l, LaneRead); n != 44 {
		t.Errorf("behind money, reads had %d of the minute, want 44", n)
	}
	if n := used(l, LaneSync); n != 9 {
		t.Errorf("behind money, writes had %d of the minute, want 9", n)
	}
	if n := used(l, LaneMoney); n != 3 { // 5 of 100 are left to those that were turned away
		t.Errorf("money had %d of what is left, want 3", n)
	}

	l = newLine("xero", limits, nil)
	l.state.DayLeft, l.state.Seen, l.told24 = 55, now, true
	if got := []int{used(l, LaneRead), used(l, LaneSync), used(l, LaneMoney)}; !slices.Equal(got, []int{0, 5, 50}) {
		t.Errorf("of a day with 55 left the lanes had %v", got)
	}
	l.state.DayLeft = 55
	if _, wait, why := l.reserve(now, LaneRead); wait != dayProbe || why != "day" {
		t.Errorf("withheld for %v of the %q", wait, why)
	}
	now = now.Add(dayProbe)
	if _, wait, _ := l.reserve(now, LaneRead); wait != 0 {
		t.Error("nobody asks whether the day has ended")
	}
}
