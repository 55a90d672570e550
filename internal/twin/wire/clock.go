// Package wire is what the twins share below their vendors' dialects: a clock that
// tests move by hand, faults as data, a recorder of exchanges, and a way to call a
// handler as if over a network without opening a socket.
//
// A twin is an [http.Handler]. [Faults] and [Recorder] wrap any handler, and the
// wrapped handler serves sockets (net/http/httptest) and [RoundTripper] alike:
//
//	faults := wire.NewFaults(rules, wire.FaultOptions{Now: clock.Now})
//	client := &http.Client{Transport: wire.RoundTripper(recorder.Wrap(faults.Wrap(twin)))}
//
// Nothing here knows a vendor, and nothing here reads the machine's clock or dice.
package wire

import (
	"slices"
	"sync"
	"time"
)

// Virtual is a clock that moves only when told to. Its methods may be called by
// several goroutines. Functions scheduled with [Virtual.At] run inside
// [Virtual.Advance] and [Virtual.Set], on the caller's goroutine, each at its own
// moment, so that a late commit happens at the time it was due.
type Virtual struct {
	mu     sync.Mutex
	now    time.Time
	timers []timer // ordered by at, then by the order they were made in
}

type timer struct {
	at time.Time
	f  func()
}

// NewVirtual returns a clock that stands at start, in UTC.
func NewVirtual(start time.Time) *Virtual { return &Virtual{now: start.UTC()} }

// Now returns the moment the clock stands at.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// Advance moves the clock by d, which must not be negative, and returns the new moment.
func (v *Virtual) Advance(d time.Duration) time.Time {
	to := v.Now().Add(d)
	v.Set(to)
	return to
}

// Set moves the clock to t. What was scheduled up to t runs on the way. A t in the
// past moves the clock back and runs nothing, which is how a clock that jumps is tested.
func (v *Virtual) Set(t time.Time) {
	for {
		f := v.due(t)
		if f == nil {
			return
		}
		f()
	}
}

// due takes the next timer up to t and moves the clock to it; without one it moves
// the clock to t.
func (v *Virtual) due(t time.Time) func() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.timers) == 0 || v.timers[0].at.After(t) {
		v.now = t.UTC()
		return nil
	}
	next := v.timers[0]
	v.timers = v.timers[1:]
	if next.at.After(v.now) {
		v.now = next.at
	}
	return next.f
}

// At runs f when the clock reaches t. A t that has passed runs at the next move.
func (v *Virtual) At(t time.Time, f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	t = t.UTC()
	i, _ := slices.BinarySearchFunc(v.timers, t, func(e timer, t time.Time) int {
		if e.at.After(t) {
			return 1
		}
		return -1 // equal moments keep the order they were made in
	})
	v.timers = slices.Insert(v.timers, i, timer{at: t, f: f})
}
