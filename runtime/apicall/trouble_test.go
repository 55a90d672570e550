package apicall

import (
	"testing"
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

// TestStormIsNotMultiplied counts what a vendor in trouble sees while a hundred runs ask.
func TestStormIsNotMultiplied(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	l := newLine("xero", catalog.Limits{}, nil)
	sent, withheld := 0, time.Duration(0)
	ask := func(status int) bool {
		if withheld = l.troubled(now); withheld > 0 {
			return false
		}
		sent++
		l.went(Outcome{Status: status, Class: catalog.ClassRetry}, now)
		return true
	}
	for range 100 {
		ask(503)
	}
	if sent != manyFailures || withheld != firstPause {
		t.Errorf("%d were sent and the rest withheld for %v, want %d and %v", sent, withheld, manyFailures, firstPause)
	}
	sent = 0
	for range 3600 { // an hour of seconds, a hundred runs in each
		now = now.Add(time.Second)
		for range 100 {
			ask(503)
		}
	}
	if sent > 20 || withheld > longestPause {
		t.Errorf("%d were sent in an hour of trouble, and the rest withheld for %v", sent, withheld)
	}

	// One tries at a time; when it gets an answer, all may go on.
	now = now.Add(longestPause)
	if wait := l.troubled(now); wait != 0 {
		t.Fatalf("nobody tries for %v", wait)
	}
	if wait := l.troubled(now); wait != probeTakes {
		t.Errorf("a second one is withheld for %v", wait)
	}
	l.went(Outcome{Status: 400, Class: catalog.ClassData}, now)
	for range 10 {
		if !ask(200) {
			t.Errorf("after an answer it is withheld for %v", withheld)
		}
	}
	for range manyFailures {
		l.went(Outcome{Class: catalog.ClassLimit}, now) // not sent
		l.went(Outcome{Status: 503, Class: catalog.ClassRetry, RetryAfter: time.Hour}, now)
	}
	if wait := l.troubled(now); wait != time.Hour {
		t.Errorf("it said to wait an hour, and the wait is %v", wait)
	}
}
