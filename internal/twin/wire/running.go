package wire

import (
	"sync"
	"time"
)

// Clock is a clock for twins that serve people: it goes on with the machine's time from
// any moment, can be stopped, and moved forward. Its methods may be called by several
// goroutines.
type Clock struct {
	machine func() time.Time

	mu     sync.Mutex
	stands time.Time // the moment it stands at, or stood at when machine said since
	since  time.Time
	frozen bool
}

// NewClock returns a clock that starts at start and goes on as machine does.
func NewClock(start time.Time, machine func() time.Time) *Clock {
	return &Clock{machine: machine, stands: start.UTC(), since: machine()}
}

// Now returns the moment it is.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time {
	if c.frozen {
		return c.stands
	}
	return c.stands.Add(c.machine().Sub(c.since))
}

// Set moves the clock to t; it stands or goes on as before.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stands, c.since = t.UTC(), c.machine()
}

// Advance moves the clock by d and returns the new moment.
func (c *Clock) Advance(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stands, c.since = c.now().Add(d), c.machine()
	return c.stands
}

// Freeze stops the clock, or lets it go on.
func (c *Clock) Freeze(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stands, c.since = c.now(), c.machine()
	c.frozen = on
}

// Frozen reports whether the clock stands still.
func (c *Clock) Frozen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frozen
}
