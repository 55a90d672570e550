package pubsub_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/pubsub"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/specs/eventbus"
)

const topic = "/data/OpportunityChangeEvent"

func earliest(n int32) *eventbus.FetchRequest {
	return &eventbus.FetchRequest{Topic: topic, Preset: eventbus.Earliest, Requested: n}
}

func custom(id []byte) *eventbus.FetchRequest {
	return &eventbus.FetchRequest{Topic: topic, Preset: eventbus.Custom, ReplayID: id, Requested: 10}
}

// house is a bus behind gRPC in memory, and a client that knows nothing but the protocol.
type house struct {
	t       *testing.T
	clock   *wire.Clock
	company demo.Company
	sf      *salesforce.Twin
	bus     *pubsub.Bus
	conn    *grpc.ClientConn
	edits   int
	idle    chan struct{} // each send makes what the bus waits for due

	mu   sync.Mutex
	wait time.Duration // the bus waited last for what became due
}

func newHouse(t *testing.T, otherwise ...string) *house {
	t.Helper()
	h := &house{t: t, company: demo.New(7), idle: make(chan struct{})}
	h.clock = wire.NewClock(demo.Start(), time.Now)
	h.clock.Freeze(true)
	var err error
	h.sf, err = salesforce.New(salesforce.Options{Now: h.clock.Now, World: h.company.World})
	h.must(err)
	h.bus, err = pubsub.New(pubsub.Options{Twin: h.sf, Otherwise: otherwise, Wait: func(ctx context.Context, d time.Duration) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.idle:
			h.mu.Lock()
			defer h.mu.Unlock()
			h.wait = d
			return nil
		}
	}})
	h.must(err)
	ln, server := bufconn.Listen(1<<20), h.bus.Server()
	var group sync.WaitGroup
	group.Go(func() { _ = server.Serve(ln) })
	h.conn, err = grpc.NewClient("passthrough:///twin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(eventbus.Codec{})),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return ln.DialContext(ctx) }))
	h.must(err)
	t.Cleanup(func() { h.conn.Close(); server.Stop(); group.Wait() })
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) waited() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wait
}

// edit saves deals n times, each a change of its own.
func (h *house) edit(n int) {
	h.t.Helper()
	for range n {
		h.edits++
		h.must(h.sf.Update("Opportunity", h.company.Close[h.edits%4], map[string]any{"NextStep": fmt.Sprint(h.edits)}))
	}
}

// headers sign in.
func (h *house) headers() metadata.MD {
	h.t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://twin/services/oauth2/token", strings.NewReader(
		"grant_type=client_credentials&client_id="+salesforce.DefaultClientID+"&client_secret="+salesforce.DefaultClientSecret))
	h.must(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := wire.RoundTripper(h.sf).RoundTrip(req)
	h.must(err)
	defer res.Body.Close()
	var a struct {
		Token string `json:"access_token"`
	}
	h.must(json.NewDecoder(res.Body).Decode(&a))
	return metadata.Pairs("accesstoken", a.Token, "instanceurl", "http://twin", "tenantid", h.sf.OrgID())
}

func (h *house) call(method string, ask, answer any) error {
	return h.conn.Invoke(metadata.NewOutgoingContext(h.t.Context(), h.headers()), method, ask, answer)
}

// stream is a subscription whose answers are read as they come.
type stream struct {
	grpc.ClientStream
	h       *house
	answers chan answer
}

type answer struct {
	got *eventbus.FetchResponse
	err error
}

func (h *house) subscribe(first *eventbus.FetchRequest) *stream {
	h.t.Helper()
	return h.subscribeAs(h.headers(), first)
}

func (h *house) subscribeAs(md metadata.MD, first *eventbus.FetchRequest) *stream {
	h.t.Helper()
	ctx, cancel := context.WithCancel(metadata.NewOutgoingContext(h.t.Context(), md))
	raw, err := h.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, eventbus.Subscribe)
	h.must(err)
	s := &stream{raw, h, make(chan answer, 100)}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			var got eventbus.FetchResponse
			err := raw.RecvMsg(&got)
			s.answers <- answer{&got, err}
			if err != nil {
				return
			}
		}
	})
	h.t.Cleanup(func() { cancel(); group.Wait() })
	s.send(first)
	return s
}

func (s *stream) send(m *eventbus.FetchRequest) {
	s.h.t.Helper()
	if err := s.SendMsg(m); err != nil && !errors.Is(err, io.EOF) { // that it has ended is read
		s.h.t.Fatal(err)
	}
}

func (s *stream) ask(n int32) {
	s.h.t.Helper()
	s.send(&eventbus.FetchRequest{Topic: topic, Requested: n})
}

// next is the next answer.
func (s *stream) next() (*eventbus.FetchResponse, error) {
	s.h.t.Helper()
	select {
	case a := <-s.answers:
		return a.got, a.err
	case <-time.After(20 * time.Second):
		s.h.t.Fatal("nothing came")
		return nil, nil
	}
}

// want reads answers until they hold n events, or one for none, and demands what is still
// owed then. It returns all events in one.
func (h *house) want(s *stream, n int, owed int32) *eventbus.FetchResponse {
	h.t.Helper()
	var all eventbus.FetchResponse
	for first := true; first || len(all.Events) < n; first = false {
		got, err := s.next()
		h.must(err)
		got.Events = append(all.Events, got.Events...)
		all = *got
	}
	if len(all.Events) != n || all.Pending != owed || all.RPCID == "" && n > 0 {
		h.t.Fatalf("%d events, %d owed, rpc id %q; want %d and %d", len(all.Events), all.Pending, all.RPCID, n, owed)
	}
	return &all
}

// end is what the stream ended with, and the vendor's code without its prefix.
func (s *stream) end() (code string, err error) {
	s.h.t.Helper()
	for {
		if _, err = s.next(); err != nil {
			code = strings.Join(s.Trailer().Get("error-code"), "")
			return strings.TrimPrefix(code, "sfdc.platform.eventbus.grpc."), err
		}
	}
}
