package pubsub

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/specs/catalog"
)

const (
	// firstWait and longestWait bound the back-off.
	firstWait, longestWait = time.Second, 5 * time.Minute
	// firstLook and longestLook bound how long until it is seen whether a person has mended
	// what keeps a stream from going on.
	firstLook, longestLook = 5 * time.Minute, time.Hour
)

// Silence is after how long without an answer a stream is given up and another begun. The
// vendor answers every 270 seconds at least, even when there is nothing to tell.
const Silence = 9 * time.Minute

// after does what the end of a stream asks for, and waits until it is to be tried again.
func (f *follower) after(ctx context.Context, cause error, r *refusal, tries int) error {
	state, wait, first, longest := Waiting, time.Duration(0), firstWait, longestWait
	atOnce := false
	if r != nil {
		wait = r.wait
		switch r.class {
		case catalog.ClassPerson, catalog.ClassBug:
			state, first, longest = Stopped, firstLook, longestLook
		case catalog.ClassRefresh:
			f.signed, atOnce = false, tries == 0 // with a new token
		case catalog.ClassAbsent:
			f.place.Replay, f.place.Earliest, f.place.Owed = nil, true, true
			atOnce = tries == 0
		default:
		}
	}
	if atOnce {
		f.waited = 0
		return f.enter(ctx, Connecting, "")
	}
	backoff := min(first<<min(tries, 20), longest)
	f.waited = max(wait, backoff-time.Duration(f.cfg.Jitter()*float64(backoff)/2))
	f.place.Next = f.cfg.Now().UTC().Add(f.waited)
	if err := f.enter(ctx, state, cause.Error()); err != nil {
		return err
	}
	return f.rest(ctx, f.waited)
}

// enter notes how the subscription stands.
func (f *follower) enter(ctx context.Context, s State, problem string) error {
	p := &f.place
	if s == Connecting {
		if p.Next = (time.Time{}); p.State == Waiting || p.State == Stopped {
			problem = p.Problem // it stays until something is heard
		}
	}
	if p.State != s {
		p.State, p.Since = s, f.cfg.Now().UTC()
	}
	p.Problem = problem
	pair := p.pair()
	if bytes.Equal(pair.Value, f.stored) {
		return nil
	}
	if _, err := f.j.Commit(ctx, journal.Batch{Set: []journal.Pair{pair}}); err != nil {
		return err
	}
	f.stored = pair.Value
	return nil
}

// rest waits, or until [Bus.Retry].
func (b *Bus) rest(ctx context.Context, d time.Duration) error {
	b.mu.Lock()
	nudge := b.nudge
	b.mu.Unlock()
	resting, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- b.cfg.Wait(resting, d) }()
	select {
	case err := <-ended:
		return err
	case <-nudge:
		stop()
		<-ended //nolint:errcheck // it was stopped
		return ctx.Err()
	}
}

// Retry has every stream that waits, or has stopped, tried at once.
func (b *Bus) Retry() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.nudge)
	b.nudge = make(chan struct{})
}

// sweep finds what the stream does not tell.
func (f *follower) sweep(ctx context.Context) error {
	f.place.Sweeps++
	return f.sink.Sweep(ctx, f.place.API, f.place.Object)
}

// settle does the sweep that a lost place left owed. Until it has succeeded no event is
// asked for, so that a place, once there is one again, stands for all that was before it.
func (f *follower) settle(ctx context.Context) error {
	if !f.place.Owed {
		return nil
	}
	if err := f.sweep(ctx); err != nil {
		return err
	}
	f.place.Owed = false
	return f.enter(ctx, Connecting, "")
}

// isOf begins anew where the connection leads to another tenant: a place means nothing there.
func (f *follower) isOf(tenant string) {
	if f.place.Tenant != "" && f.place.Tenant != tenant {
		f.place.Replay, f.place.Earliest = nil, false
	}
	f.place.Tenant = tenant
}

// heed lets call wait for the server. One that has gone silent, although the connection
// stands, is given up: the stream is cut.
func (f *follower) heed(ctx context.Context, call func() *refusal) *refusal {
	waiting, stop := context.WithCancel(ctx)
	silent := make(chan bool, 1)
	go func() {
		over := f.cfg.Wait(waiting, Silence) == nil
		if over {
			f.cut()
		}
		silent <- over
	}()
	r := call()
	stop()
	if over := <-silent; r != nil && over {
		return &refusal{class: catalog.ClassRetry, text: fmt.Sprintf("the stream ended: nothing was heard for %v", Silence)}
	}
	return r
}
