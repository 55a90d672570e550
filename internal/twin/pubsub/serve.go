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
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/planwright/planwright/specs/eventbus"
)

// prefix begins every code of the vendor's errors.
const prefix = "sfdc.platform.eventbus.grpc."

// statuses are the gRPC statuses that go with codes; UNAVAILABLE with the others.
var statuses = map[string]codes.Code{
	"service.auth.error":                            codes.Unauthenticated,
	"service.auth.headers.invalid":                  codes.Unauthenticated,
	"service.tenant.license":                        codes.PermissionDenied,
	"topic.meta.permission":                         codes.PermissionDenied,
	"schema.meta.permission":                        codes.PermissionDenied,
	"subscription.topic.cannot.subscribe":           codes.PermissionDenied,
	"topic.not.found":                               codes.NotFound,
	"schema.not.found":                              codes.NotFound,
	"topic.validation.empty":                        codes.InvalidArgument,
	"subscription.fetch.replayid.corrupted":         codes.InvalidArgument,
	"subscription.fetch.replayid.validation.failed": codes.InvalidArgument,
	"subscription.fetch.requested.events.invalid":   codes.InvalidArgument,
	"subscription.fetch.topic.mismatch":             codes.InvalidArgument,
	"subscription.limit.exceeded":                   codes.ResourceExhausted,
	"service.protection.triggered":                  codes.ResourceExhausted,
	"concurrent.client.limit.exceeded":              codes.ResourceExhausted,
	"service.protection.stream.limit.triggered":     codes.ResourceExhausted,
}

// Server returns a gRPC server that serves the bus; whoever calls it listens and stops it.
func (b *Bus) Server() *grpc.Server { return Serve(func() *Bus { return b }) }

// Serve returns a gRPC server for whichever bus there is at the time of a call.
func Serve(bus func() *Bus) *grpc.Server {
	s := grpc.NewServer(grpc.ForceServerCodec(eventbus.Codec{}), grpc.MaxRecvMsgSize(4<<20))
	s.RegisterService(&grpc.ServiceDesc{
		ServiceName: eventbus.Service, HandlerType: (*any)(nil),
		Methods: []grpc.MethodDesc{
			{MethodName: "GetSchema", Handler: unary(func(ctx context.Context, m *eventbus.SchemaRequest) (any, error) { return bus().schema(ctx, m) })},
			{MethodName: "GetTopic", Handler: unary(func(ctx context.Context, m *eventbus.TopicRequest) (any, error) { return bus().topic(ctx, m) })},
		},
		Streams: []grpc.StreamDesc{{StreamName: "Subscribe", ServerStreams: true, ClientStreams: true, Handler: func(_ any, s grpc.ServerStream) error {
			return bus().subscribe(s)
		}}},
	}, nil)
	return s
}

func unary[M any](answer func(context.Context, *M) (any, error)) func(any, context.Context, func(any) error, grpc.UnaryServerInterceptor) (any, error) {
	return func(_ any, ctx context.Context, read func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		m := new(M)
		if err := read(m); err != nil {
			return nil, err
		}
		return answer(ctx, m)
	}
}

// refuse makes the vendor's error, with its trailer.
func (b *Bus) refuse(code string, trailer func(metadata.MD)) error {
	id := b.rpcID()
	trailer(metadata.Pairs("error-code", prefix+code, "rpc-id", id))
	c, ok := statuses[code]
	switch {
	case b.otherwise[doubtPlainRefusal]:
		c = codes.Unknown
	case !ok:
		c = codes.Unavailable
	}
	return status.Errorf(c, "%s%s. rpcId: %s", prefix, code, id)
}

func (b *Bus) rpcID() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rpc++
	return fmt.Sprintf("rpc-%06d", b.rpc)
}

// admit judges the metadata of a call, and what was asked to fail; "" is none.
func (b *Bus) admit(ctx context.Context, method string) string {
	md, _ := metadata.FromIncomingContext(ctx)
	one := func(name string) string { return strings.Join(md.Get(name), ",") }
	switch {
	case one("accesstoken") == "" || one("instanceurl") == "" || one("tenantid") == "" || one("tenantid") != b.o.Twin.OrgID():
		return "service.auth.headers.invalid"
	}
	if _, ok := b.o.Twin.Signed(one("accesstoken")); !ok {
		return "service.auth.error"
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if list := b.failures[method]; len(list) > 0 {
		b.failures[method] = list[1:]
		return list[0]
	}
	return ""
}

func (b *Bus) schema(ctx context.Context, m *eventbus.SchemaRequest) (any, error) {
	trailer := func(md metadata.MD) { _ = grpc.SetTrailer(ctx, md) }
	if code := b.admit(ctx, "GetSchema"); code != "" {
		return nil, b.refuse(code, trailer)
	}
	b.mu.Lock()
	f := b.forms[m.SchemaID]
	b.mu.Unlock()
	if f == nil {
		return nil, b.refuse("schema.not.found", trailer)
	}
	return &eventbus.SchemaInfo{JSON: f.text, SchemaID: f.id, RPCID: b.rpcID()}, nil
}

func (b *Bus) topic(ctx context.Context, m *eventbus.TopicRequest) (any, error) {
	trailer := func(md metadata.MD) { _ = grpc.SetTrailer(ctx, md) }
	if code := b.admit(ctx, "GetTopic"); code != "" {
		return nil, b.refuse(code, trailer)
	}
	object, code := b.objectOf(m.Topic)
	if code != "" {
		return nil, b.refuse(code, trailer)
	}
	f, err := formOf(object, b.o.Twin.EventFields(object))
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	b.forms[f.id] = f
	b.mu.Unlock()
	return &eventbus.TopicInfo{Topic: m.Topic, Tenant: b.o.Twin.OrgID(), CanSubscribe: true, SchemaID: f.id, RPCID: b.rpcID()}, nil
}

// objectOf returns the object of a topic.
func (b *Bus) objectOf(topic string) (object, code string) {
	if topic == "" {
		return "", "topic.validation.empty"
	}
	object, ok := strings.CutPrefix(strings.TrimSuffix(topic, "ChangeEvent"), "/data/")
	if !ok || !strings.HasSuffix(topic, "ChangeEvent") || !slices.Contains(b.o.Objects, object) {
		return "", "topic.not.found"
	}
	return object, ""
}

// stream is one subscription.
type stream struct {
	object, topic string
	after         uint64
	owed          int
	epoch         uint64
}

func (b *Bus) subscribe(s grpc.ServerStream) error {
	if code := b.admit(s.Context(), "Subscribe"); code != "" {
		return b.refuse(code, s.SetTrailer)
	}
	var first eventbus.FetchRequest
	if err := s.RecvMsg(&first); err != nil {
		return err
	}
	st, code, err := b.begin(&first)
	if err != nil {
		return err
	}
	if code != "" {
		return b.refuse(code, s.SetTrailer)
	}
	ctx, cancel := context.WithCancel(s.Context())
	defer cancel()
	requests, over := make(chan eventbus.FetchRequest), make(chan error, 1)
	go func() {
		for {
			var m eventbus.FetchRequest
			if err := s.RecvMsg(&m); err != nil {
				over <- err
				return
			}
			select {
			case requests <- m:
			case <-ctx.Done():
				return
			}
		}
	}()
	if b.otherwise[doubtFirstAnswer] {
		if err := s.SendMsg(b.alive(st)); err != nil {
			return err
		}
	}
	for {
		got, wake, more, code, err := b.next(st)
		if err != nil {
			return err
		}
		if code != "" {
			return b.refuse(code, s.SetTrailer)
		}
		if got != nil {
			got.RPCID = b.rpcID()
			if err := s.SendMsg(got); err != nil {
				return err
			}
			continue
		}
		idle := st.owed == 0 && !b.otherwise[doubtIdleStream]
		quiet, stop := b.quiet(ctx, idle)
		select {
		case m := <-requests:
			if code := st.ask(&m); code != "" {
				stop()
				return b.refuse(code, s.SetTrailer)
			}
		case err := <-over:
			stop()
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		case <-wake:
		case <-more:
		case <-quiet:
			if idle {
				stop()
				return nil
			}
			if err := s.SendMsg(b.alive(st)); err != nil {
				stop()
				return err
			}
		}
		stop()
	}
}

// alive is an answer without events. It tells a place that stays young on a quiet topic, but
// never one behind events that this stream has not had.
func (b *Bus) alive(st *stream) *eventbus.FetchResponse {
	b.mu.Lock()
	defer b.mu.Unlock()
	got := &eventbus.FetchResponse{Pending: int32(st.owed)} //nolint:gosec // at most 100
	if !slices.ContainsFunc(b.events, func(e stored) bool { return e.object == st.object && e.replay > st.after }) {
		b.last++
		st.after = b.last
		got.Latest = b.replayID(b.last)
	}
	return got
}

// quiet closes when a keepalive is due, or when an idle stream ends.
func (b *Bus) quiet(ctx context.Context, idle bool) (due <-chan struct{}, stop func()) {
	if b.o.Wait == nil {
		return nil, func() {}
	}
	d := Keepalive
	if idle {
		d = idleLife
	}
	ctx, cancel := context.WithCancel(ctx)
	ch := make(chan struct{})
	go func() {
		if b.o.Wait(ctx, d) == nil {
			close(ch)
		}
	}()
	return ch, cancel
}

// begin judges the first request of a stream.
func (b *Bus) begin(m *eventbus.FetchRequest) (*stream, string, error) {
	object, code := b.objectOf(m.Topic)
	if code != "" {
		return nil, code, nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := b.pull(); err != nil {
		return nil, "", err
	}
	st := &stream{object: object, topic: m.Topic, after: b.last, epoch: b.epoch}
	switch m.Preset {
	case eventbus.Latest:
	case eventbus.Earliest:
		st.after = 0
	case eventbus.Custom:
		if len(m.ReplayID) == 0 {
			return nil, "subscription.fetch.replayid.validation.failed", nil
		}
		var ok bool
		if st.after, ok = b.place(m.ReplayID); !ok {
			return nil, "subscription.fetch.replayid.corrupted", nil
		}
	}
	b.subscribed++
	return st, st.ask(m), nil
}

// ask adds what a request asks for; "" when it may.
func (st *stream) ask(m *eventbus.FetchRequest) string {
	switch {
	case m.Topic != "" && m.Topic != st.topic:
		return "subscription.fetch.topic.mismatch"
	case m.Requested <= 0:
		return "subscription.fetch.requested.events.invalid"
	}
	st.owed = min(st.owed+int(m.Requested), maxOwed)
	return ""
}

// next returns what is to be sent now, or what tells that there may be more.
func (b *Bus) next(st *stream) (got *eventbus.FetchResponse, wake, more <-chan struct{}, code string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if st.epoch != b.epoch {
		return nil, nil, nil, b.ended, nil
	}
	if more, err = b.pull(); err != nil {
		return nil, nil, nil, "", err
	}
	day := b.o.Twin.Now().Add(-24 * time.Hour)
	b.delivered = slices.DeleteFunc(b.delivered, func(at time.Time) bool { return !at.After(day) })
	var list []eventbus.ConsumerEvent
	for _, e := range b.events {
		if e.object != st.object || e.replay <= st.after || len(list) >= st.owed {
			continue
		}
		if len(b.delivered) >= b.o.Allocation {
			if len(list) == 0 {
				return nil, nil, nil, "subscription.limit.exceeded", nil
			}
			break
		}
		b.delivered = append(b.delivered, b.o.Twin.Now())
		st.after = e.replay
		one := eventbus.ConsumerEvent{Event: e.event, ReplayID: b.replayID(e.replay)}
		if list = append(list, one); b.twice && len(list) < st.owed {
			list = append(list, one)
		}
	}
	if list == nil {
		return nil, b.wake, more, "", nil
	}
	st.owed -= len(list)
	return &eventbus.FetchResponse{Events: list, Latest: b.replayID(b.last), Pending: int32(st.owed)}, nil, nil, "", nil //nolint:gosec // at most 100
}
