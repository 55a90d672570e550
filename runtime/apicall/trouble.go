package apicall

import (
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

// A vendor in trouble is not asked by every run again and again: after so many failures in a
// row on one connection, whoever asks, one call at a time tries whether it is back, and all
// others are told when to come again without anything being sent.
const (
	manyFailures = 8
	firstPause   = 10 * time.Second
	longestPause = 5 * time.Minute
	// probeTakes is how long others stay away while one tries.
	probeTakes = 5 * time.Second
)

// trouble is how a connection has been doing.
type trouble struct {
	failures int       // in a row
	until    time.Time // nobody is let through before
	probe    time.Time // when the one that tries was let through; zero when none does
}

// troubled says how long to stay away; 0 lets the call through, perhaps as the one that tries.
func (l *line) troubled(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := &l.bad
	switch {
	case b.failures < manyFailures || b.until.Sub(now) > maxWait: // the clock went back
		return 0
	case now.Before(b.until):
		return b.until.Sub(now)
	case !b.probe.IsZero() && now.Sub(b.probe) < DefaultTimeout && !b.probe.After(now):
		return probeTakes
	}
	b.probe = now
	return 0
}

// went notes how a call went. What was not sent says nothing.
func (l *line) went(out Outcome, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := &l.bad
	b.probe = time.Time{}
	switch {
	case out.Class == catalog.ClassLimit || out.Class == catalog.ClassBug || out.Class == catalog.ClassPerson && out.Status == 0:
	case out.Status >= 500 || out.Status == 0:
		if b.failures++; b.failures >= manyFailures {
			pause := min(firstPause<<min(b.failures-manyFailures, 10), longestPause)
			b.until = now.Add(max(pause, out.RetryAfter))
		}
	default:
		*b = trouble{}
	}
}
