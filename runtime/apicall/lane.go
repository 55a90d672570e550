package apicall

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

// Lane orders the calls that share a connection's allowance: those for creating money records
// go first, then what keeps systems in step, then polling and reads for people. Which lane a
// call is in follows from what its overlay says, and from what its run is for.
type Lane int

// The closed list of lanes, the last to go first.
const (
	LaneMoney Lane = iota // runs that create what x-pw-sum can add up
	LaneSync              // other runs that write
	LaneRead              // polling, sweeps, reads for people
	lanes
)

// String returns the lane's name.
func (l Lane) String() string { return [...]string{"money", "sync", "read"}[l] }

type laneKey struct{}

// InLane returns a context whose calls are in a lane.
func InLane(ctx context.Context, l Lane) context.Context {
	return context.WithValue(ctx, laneKey{}, l)
}

// laneOf is the lane of a call: that of its context, or of what it does if that is ahead.
func laneOf(ctx context.Context, op *catalog.Operation) Lane {
	l, ok := ctx.Value(laneKey{}).(Lane)
	if !ok {
		l = LaneRead
	}
	return min(l, LaneOf(op))
}

// LaneOf is the lane of a run that calls the operation.
func LaneOf(op *catalog.Operation) Lane {
	switch {
	case op.Effect == catalog.EffectCreate && op.Money != nil:
		return LaneMoney
	case op.Effect != catalog.EffectNone:
		return LaneSync
	}
	return LaneRead
}

// fair is how often a lane that waits for a slot is passed over before it has a turn.
const fair = 8

// queue gives out the slots of a connection.
type queue struct {
	mu      sync.Mutex
	free    int
	waiting [lanes][]chan struct{}
	passed  [lanes]int
}

// enter waits for a slot.
func (q *queue) enter(ctx context.Context, lane Lane) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	q.mu.Lock()
	if q.free > 0 { // then nobody waits
		q.free--
		q.mu.Unlock()
		return nil
	}
	mine := make(chan struct{})
	q.waiting[lane] = append(q.waiting[lane], mine)
	q.mu.Unlock()
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	q.mu.Lock()
	i := slices.Index(q.waiting[lane], mine)
	if i >= 0 {
		q.waiting[lane] = slices.Delete(q.waiting[lane], i, i+1)
	}
	q.mu.Unlock()
	if i < 0 { // it was given while nobody wanted it any more
		q.leave()
	}
	return ctx.Err()
}

// leave gives the slot to whoever is first.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	next := lanes
	for lane := range lanes {
		switch {
		case len(q.waiting[lane]) == 0:
			q.passed[lane] = 0
		case next == lanes || q.passed[lane] >= fair && q.passed[lane] > q.passed[next]:
			next = lane
		}
	}
	if next == lanes {
		q.free++
		return
	}
	for lane := range lanes {
		if lane != next && len(q.waiting[lane]) > 0 {
			q.passed[lane]++
		}
	}
	q.passed[next] = 0
	first := q.waiting[next][0]
	q.waiting[next] = q.waiting[next][1:]
	close(first)
}

// keep is the share of an allowance that a lane leaves to those ahead of it, in percent.
var keepMinute, keepDay = [lanes]int{0, 10, 25}, [lanes]int{0, 5, 10}

// behind is the share of a minute that the first lane leaves to one that was turned away.
const behind = 5

// kept is how many requests of a minute's allowance a lane leaves to others. Those that have
// asked for nothing in the last minute are left nothing. l.mu is held.
func (l *line) kept(now time.Time, lane Lane) int {
	asked := func(t time.Time) bool { return !t.IsZero() && now.Sub(t) < minute && !t.After(now) }
	for ahead := range lane {
		if asked(l.wanted[ahead]) {
			return l.limits.Minute * keepMinute[lane] / 100
		}
	}
	for b := lane + 1; b < lanes; b++ {
		if asked(l.turned[b]) {
			return l.limits.Minute * behind / 100
		}
	}
	return 0
}
