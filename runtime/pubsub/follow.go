package pubsub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/eventbus"
)

const (
	// window is how many events may be owed at once; the vendor allows no more. More are
	// asked for when half are left.
	window = 100
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
	stored []byte // place as the journal has it
	access Access
	signed bool
	cut    context.CancelFunc // ends the stream

	forms  map[string]form
	seen   map[string]bool
	order  []string      // of seen, oldest first
	heard  bool          // since the last try
	waited time.Duration // before it
}

// form is a schema, or why there is none.
type form struct {
	schema *Schema
	err    error
}

// Follow takes the changes of an object to the sink until ctx ends or the sink fails. A
// stream that ends is taken up again, whatever ended it: soon where it passes by itself,
// between five minutes and an hour later where a person has to mend something.
func (b *Bus) Follow(ctx context.Context, j *journal.Journal, object string, sink Sink) error {
	topic, ok := b.cfg.API.Events.Topics[object]
	if !ok {
		return fmt.Errorf("follow %s.%s: it has no topic", b.cfg.API.Name, object)
	}
	place, err := load(j, b.cfg.API.Name, object, topic)
	if err != nil {
		return err
	}
	f := &follower{Bus: b, j: j, sink: sink, place: place, forms: map[string]form{}, seen: map[string]bool{}}
	for tries := 0; ; tries++ {
		if err := f.enter(ctx, Connecting, ""); err != nil {
			return err
		}
		f.heard = false
		begun := f.cfg.Now()
		err := f.stream(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if f.heard && f.cfg.Now().Sub(begun) >= max(f.waited, firstWait) {
			tries = 0 // it went well for longer than it was waited for
		}
		var r *refusal
		if !errors.As(err, &r) && !errors.Is(err, ErrLater) {
			return err
		}
		f.cfg.Log.Warn("events stopped", "connection", f.place.API, "object", f.place.Object, "err", err)
		if err := f.after(ctx, err, r, tries); err != nil {
			return err
		}
	}
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
	if err := f.settle(ctx); err != nil {
		return err
	}
	if err := f.signIn(ctx); err != nil {
		return err
	}
	f.isOf(f.access.Headers[f.cfg.API.Events.Tenant])
	maps.DeleteFunc(f.forms, func(_ string, known form) bool { return known.err != nil })
	ctx, f.cut = context.WithCancel(sign(ctx, f.access))
	defer f.cut()
	f.conn.ResetConnectBackoff() // how long to wait is said here alone
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
		if r := f.heed(ctx, func() *refusal {
			if err := s.RecvMsg(&got); err != nil {
				return classed(f.cfg.API.Events, err, s.Trailer())
			}
			return nil
		}); r != nil {
			return r
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
	next.Own, next.Heard, next.Problem, next.Next = next.Own+hint.Own, now, "", time.Time{}
	next.Earliest = next.Earliest && next.Replay == nil
	if next.State != Live {
		next.State, next.Since = Live, now
	}
	pair := next.pair()
	if err := f.sink.Hint(ctx, hint, pair); err != nil {
		return err
	}
	f.place, f.stored, f.heard = next, pair.Value, true
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
	known, ok := f.forms[e.SchemaID]
	if !ok {
		var err error
		if known, err = f.ask(ctx, e.SchemaID); err != nil {
			return Change{}, err
		}
		if len(f.forms) >= schemas {
			clear(f.forms)
		}
		f.forms[e.SchemaID] = known
	}
	if known.err != nil {
		return Change{}, known.err
	}
	return known.schema.Decode(e.Payload)
}

// ask gets a schema. One that the vendor does not have, or that is none, makes its events
// unreadable and must not keep back those behind them.
func (f *follower) ask(ctx context.Context, id string) (form, error) {
	var info eventbus.SchemaInfo
	var missing *refusal
	r := f.heed(ctx, func() *refusal {
		var trailer metadata.MD
		err := f.conn.Invoke(ctx, eventbus.GetSchema, &eventbus.SchemaRequest{SchemaID: id}, &info, grpc.Trailer(&trailer))
		if err == nil {
			return nil
		}
		r := classed(f.cfg.API.Events, err, trailer)
		if c := status.Code(err); !r.known && (c == codes.NotFound || c == codes.InvalidArgument) {
			missing = r
		}
		return r
	})
	switch {
	case r == nil:
		s, err := ParseSchema(info.JSON)
		return form{s, err}, nil
	case missing != nil:
		return form{err: fmt.Errorf("%w: it has no schema: %s", ErrUnreadable, missing.text)}, nil //nolint:nilerr // the form keeps it
	}
	return form{}, r
}
