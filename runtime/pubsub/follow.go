package pubsub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/eventbus"
)

const (
	// window is how many events may be owed at once; the vendor allows no more. More are
	// asked for when half are left.
	window = 100
	// firstWait and longestWait bound the back-off.
	firstWait, longestWait = time.Second, 5 * time.Minute
	// remembered is how many events are known again; a read is all that it saves.
	remembered = 4096
	// schemas is how many versions of a form are kept.
	schemas = 64
)

// follower is one object being followed.
type follower struct {
	*Bus
	j      *journal.Journal
	sink   Sink
	place  Place
	access Access
	signed bool

	forms map[string]*Schema
	seen  map[string]bool
	order []string // of seen, oldest first
	heard bool     // since the last try
}

// Follow takes the changes of an object to the sink until ctx ends, the sink fails, or the
// vendor says that it may not go on; then the place says why, and the error is nil. Whatever
// passes is tried again.
func (b *Bus) Follow(ctx context.Context, j *journal.Journal, object string, sink Sink) error {
	topic, ok := b.cfg.API.Events.Topics[object]
	if !ok {
		return fmt.Errorf("follow %s.%s: it has no topic", b.cfg.API.Name, object)
	}
	place, err := load(j, b.cfg.API.Name, object, topic)
	if err != nil {
		return err
	}
	f := &follower{Bus: b, j: j, sink: sink, place: place, forms: map[string]*Schema{}, seen: map[string]bool{}}
	for tries := 0; ; tries++ {
		if err := f.enter(ctx, Connecting, ""); err != nil {
			return err
		}
		f.heard = false
		err := f.stream(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if f.heard {
			tries = 0
		}
		var r *refusal
		if !errors.As(err, &r) && !errors.Is(err, ErrLater) {
			return err
		}
		if on, err := f.after(ctx, err, r, tries); err != nil || !on {
			return err
		}
	}
}

// after does what the end of a stream asks for; on says to try again.
func (f *follower) after(ctx context.Context, cause error, r *refusal, tries int) (on bool, err error) {
	f.cfg.Log.Warn("events stopped", "connection", f.place.API, "object", f.place.Object, "err", cause)
	wait := time.Duration(0)
	if r != nil {
		wait = r.wait
		switch r.class {
		case catalog.ClassPerson, catalog.ClassBug:
			return false, f.enter(ctx, Stopped, r.text)
		case catalog.ClassRefresh:
			f.signed = false
			if tries == 0 {
				return true, nil // at once, with a new token
			}
		case catalog.ClassAbsent:
			f.place.Replay, f.place.Earliest = nil, true
			if err := f.sweep(ctx); err != nil && !errors.Is(err, ErrLater) {
				return false, err
			} else if err == nil && tries == 0 {
				return true, nil
			}
		default:
		}
	}
	backoff := min(firstWait<<min(tries, 20), longestWait)
	wait = max(wait, backoff-time.Duration(f.cfg.Jitter()*float64(backoff)/2))
	if err := f.enter(ctx, Waiting, cause.Error()); err != nil {
		return false, err
	}
	return true, f.cfg.Wait(ctx, wait)
}

// enter notes how the subscription stands.
func (f *follower) enter(ctx context.Context, s State, problem string) error {
	if f.place.State == s && f.place.Problem == problem {
		return nil
	}
	if s == Connecting && f.place.State == Waiting {
		problem = f.place.Problem // it stays until something is heard
	}
	f.place.State, f.place.Since, f.place.Problem = s, f.cfg.Now().UTC(), problem
	_, err := f.j.Commit(ctx, journal.Batch{Set: []journal.Pair{f.place.pair()}})
	return err
}

// sweep finds what the stream does not tell.
func (f *follower) sweep(ctx context.Context) error {
	f.place.Sweeps++
	return f.sink.Sweep(ctx, f.place.API, f.place.Object)
}

// signIn gets a token, another one when the last was refused.
func (f *follower) signIn(ctx context.Context) error {
	var refused *Access
	if !f.signed && f.access.Headers != nil {
		refused = &f.access
	}
	a, err := f.cfg.Access(ctx, refused)
	var e *connection.Error
	switch {
	case err == nil:
		f.access, f.signed = a, true
		return nil
	case errors.As(err, &e) && !e.Temporary:
		return &refusal{class: catalog.ClassPerson, text: err.Error()}
	}
	return &refusal{class: catalog.ClassRetry, text: err.Error()}
}

// stream follows until something ends it. The error is a *refusal, or the sink's.
func (f *follower) stream(ctx context.Context) error {
	if err := f.signIn(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(sign(ctx, f.access))
	defer cancel()
	s, err := f.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, eventbus.Subscribe)
	if err != nil {
		return classed(f.cfg.API.Events, err, nil)
	}
	first := &eventbus.FetchRequest{Topic: f.place.Topic, Requested: window}
	begun := f.place.Replay != nil
	switch {
	case begun:
		first.Preset, first.ReplayID = eventbus.Custom, f.place.Replay
	case f.place.Earliest:
		first.Preset = eventbus.Earliest
	}
	if err := s.SendMsg(first); err != nil && !errors.Is(err, io.EOF) {
		return classed(f.cfg.API.Events, err, nil)
	}
	if !begun && !f.place.Earliest {
		// It begins with what comes from now on: what was before is swept up.
		if err := f.sweep(ctx); err != nil {
			return err
		}
	}
	for owed := window; ; {
		var got eventbus.FetchResponse
		if err := s.RecvMsg(&got); err != nil {
			return classed(f.cfg.API.Events, err, s.Trailer())
		}
		if err := f.take(ctx, &got); err != nil {
			return err
		}
		if owed -= len(got.Events); owed > window/2 {
			continue
		}
		if err := s.SendMsg(&eventbus.FetchRequest{Topic: f.place.Topic, Requested: int32(window - owed)}); err != nil && !errors.Is(err, io.EOF) { //nolint:gosec // at most 100
			return classed(f.cfg.API.Events, err, nil)
		}
		owed = window
	}
}

// take hands over what an answer says, together with the place behind it.
func (f *follower) take(ctx context.Context, got *eventbus.FetchResponse) error {
	hint := Hint{API: f.place.API, Object: f.place.Object}
	next, fresh, sweep := f.place, []string(nil), false
	for i := range got.Events {
		e := &got.Events[i]
		next.Events++
		next.Replay = e.ReplayID
		change, err := f.read(ctx, &e.Event)
		var r *refusal
		switch {
		case errors.As(err, &r):
			return r
		case err != nil || change.Object != f.place.Object || change.Kind == Overflow:
			f.cfg.Log.Warn("an event names no records: all that changed is looked for", "object", f.place.Object, "err", err)
			sweep = true
			continue
		}
		names := []string{"id/" + e.Event.ID, fmt.Sprintf("tx/%s/%d", change.Transaction, change.Sequence)}
		if slices.ContainsFunc(names, func(n string) bool { return f.seen[n] || slices.Contains(fresh, n) }) {
			next.Twice++
			continue
		}
		fresh = append(fresh, names...)
		if f.own(change) {
			hint.Own++
		}
		if change.Kind == Delete {
			hint.Gone = append(hint.Gone, change.IDs...)
		} else {
			hint.IDs = append(hint.IDs, change.IDs...)
		}
	}
	if len(got.Events) == 0 && len(got.Latest) > 0 {
		next.Replay = got.Latest
	}
	if sweep {
		if err := f.sweep(ctx); err != nil {
			return err
		}
		next.Sweeps = f.place.Sweeps
	}
	now := f.cfg.Now().UTC()
	next.Own, next.Heard, next.Problem = next.Own+hint.Own, now, ""
	next.Earliest = next.Earliest && next.Replay == nil
	if next.State != Live {
		next.State, next.Since = Live, now
	}
	if err := f.sink.Hint(ctx, hint, next.pair()); err != nil {
		return err
	}
	f.place, f.heard = next, true
	f.remember(fresh)
	return nil
}

// own reports whether a change is a write of ours.
func (f *follower) own(c Change) bool {
	origin := f.cfg.API.Events.Origin
	return origin != "" && f.access.User != "" && c.User == f.access.User && strings.HasSuffix(c.Origin, origin)
}

func (f *follower) remember(names []string) {
	for _, n := range names {
		f.seen[n] = true
	}
	f.order = append(f.order, names...)
	for ; len(f.order) > remembered; f.order = f.order[1:] {
		delete(f.seen, f.order[0])
	}
}

// read decodes an event under the schema that it names, never under a newer one.
func (f *follower) read(ctx context.Context, e *eventbus.ProducerEvent) (Change, error) {
	form := f.forms[e.SchemaID]
	if form == nil {
		var info eventbus.SchemaInfo
		var trailer metadata.MD
		if err := f.conn.Invoke(ctx, eventbus.GetSchema, &eventbus.SchemaRequest{SchemaID: e.SchemaID}, &info, grpc.Trailer(&trailer)); err != nil {
			return Change{}, classed(f.cfg.API.Events, err, trailer)
		}
		var err error
		if form, err = ParseSchema(info.JSON); err != nil {
			return Change{}, err
		}
		if len(f.forms) >= schemas {
			clear(f.forms)
		}
		f.forms[e.SchemaID] = form
	}
	return form.Decode(e.Payload)
}
