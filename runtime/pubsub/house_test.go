package pubsub_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/planwright/planwright/internal/twin/demo"
	twinbus "github.com/planwright/planwright/internal/twin/pubsub"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/pubsub"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

var embedded = sync.OnceValues(func() (*catalog.Catalog, error) {
	cat, found := catalog.Open("", specs.Embedded())
	return cat, found.Err()
})

// house is a bus of the twin's over real gRPC in memory, a journal, and a client of it.
type house struct {
	t       *testing.T
	clock   *wire.Clock
	company demo.Company
	sf      *salesforce.Twin
	bus     *twinbus.Bus
	change  []func(*twinbus.Options)
	ln      *bufconn.Listener
	server  *grpc.Server
	client  *pubsub.Bus
	idle    chan struct{} // each receive makes the twin's keepalive due
	dir     string
	journal *journal.Journal
	sink    *sink

	mu      sync.Mutex
	renewed int            // tokens that were refused
	stood   []pubsub.Place // how it stood at each wait
	silent  chan struct{}  // each receive makes the client's patience end
	long    bool           // waits last until they are cut short
	bad     bool           // sign in with a token that is none
	tenant  string
}

// sink notes what it is told, and stores places as an inbox does.
type sink struct {
	h    *house
	news chan string
	fail func(what string) error
	// noSweep fails the nth sweep since it was set.
	noSweep func(n int) error
	sweeps  int
}

func (s *sink) Hint(ctx context.Context, h pubsub.Hint, place journal.Pair) error {
	what := "at"
	if len(h.IDs)+len(h.Gone) > 0 {
		what = strings.TrimSpace(strings.Join(h.IDs, " ") + " -" + strings.Join(h.Gone, " -"))
		what = strings.TrimSuffix(what, " -")
	}
	if s.fail != nil {
		if err := s.fail(what); err != nil {
			return err
		}
	}
	b := journal.Batch{Set: []journal.Pair{place}}
	for _, id := range append(slices.Clone(h.IDs), h.Gone...) {
		b.Entries = append(b.Entries, journal.Draft{Stream: "hints", After: journal.Any, Kind: "hint", Data: id})
	}
	if _, err := s.h.journal.Commit(ctx, b); err != nil {
		return err
	}
	s.news <- what
	return nil
}

func (s *sink) Sweep(context.Context, string, string) error {
	if s.noSweep != nil {
		s.sweeps++
		return s.noSweep(s.sweeps)
	}
	s.news <- "sweep"
	return nil
}

func newHouse(t *testing.T, change ...func(*twinbus.Options)) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), change: change, idle: make(chan struct{}), silent: make(chan struct{})}
	h.clock = wire.NewClock(demo.Start(), time.Now)
	h.clock.Freeze(true)
	h.company = demo.New(7)
	h.settle("")
	h.sink = &sink{h: h, news: make(chan string, 1000)}
	h.openJournal()
	t.Cleanup(func() { h.journal.Close() })
	return h
}

// settle makes an org, and serves its bus.
func (h *house) settle(org string) {
	h.t.Helper()
	var err error
	if h.sf, err = salesforce.New(salesforce.Options{Now: h.clock.Now, World: h.company.World, OrgID: org}); err != nil {
		h.t.Fatal(err)
	}
	o := twinbus.Options{Twin: h.sf, Wait: func(ctx context.Context, d time.Duration) error {
		if d > 270*time.Second {
			h.t.Errorf("a keepalive after %v", d)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-h.idle:
			return nil
		}
	}}
	for _, f := range h.change {
		f(&o)
	}
	if h.bus, err = twinbus.New(o); err != nil {
		h.t.Fatal(err)
	}
	h.serve()
	h.tenant = h.sf.OrgID()
}

func (h *house) openJournal() {
	h.t.Helper()
	var err error
	if h.journal, err = journal.Open(filepath.Join(h.dir, "journal.db"), journal.Options{Now: h.clock.Now}); err != nil {
		h.t.Fatal(err)
	}
}

// token signs in to the twin.
func (h *house) token() string {
	h.t.Helper()
	rt := wire.RoundTripper(h.sf)
	req, err := http.NewRequest(http.MethodPost, "http://twin/services/oauth2/token", strings.NewReader(
		"grant_type=client_credentials&client_id="+salesforce.DefaultClientID+"&client_secret="+salesforce.DefaultClientSecret))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := rt.RoundTrip(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	var a struct {
		Token string `json:"access_token"`
	}
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil || a.Token == "" {
		h.t.Fatalf("no token: %v", err)
	}
	return a.Token
}

// follow begins to follow opportunities; stop ends it as a kill would, and returns what the
// following ended with.
func (h *house) follow() (stop func() error) {
	h.t.Helper()
	cat, err := embedded()
	if err != nil {
		h.t.Fatal(err)
	}
	api, _ := cat.API("salesforce")
	bus, err := pubsub.Open(pubsub.Config{
		API: api, Address: "http://127.0.0.1:1", Now: h.clock.Now, Jitter: func() float64 { return 0 }, Log: slog.New(slog.DiscardHandler),
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return h.listener().DialContext(ctx) },
		Access: func(_ context.Context, refused *pubsub.Access) (pubsub.Access, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			if refused != nil {
				h.renewed++
			}
			token := "00D-none"
			if !h.bad {
				token = h.token()
			}
			return pubsub.Access{Headers: map[string]string{"accesstoken": token, "instanceurl": "http://twin", "tenantid": h.tenant}}, nil
		},
		Wait: func(ctx context.Context, d time.Duration) error {
			if d == pubsub.Silence {
				return h.silence(ctx)
			}
			h.mu.Lock()
			h.stood = append(h.stood, h.place())
			h.mu.Unlock()
			h.sink.news <- "wait " + d.String()
			if h.long {
				<-ctx.Done()
			}
			h.clock.Advance(d)
			return ctx.Err()
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.client = bus
	ctx, cancel := context.WithCancel(h.t.Context())
	ended := make(chan error, 1)
	go func() {
		err := bus.Follow(ctx, h.journal, "Opportunity", h.sink)
		h.sink.news <- "ended"
		ended <- err
	}()
	over := sync.OnceValue(func() error {
		cancel()
		err := <-ended
		return errors.Join(err, bus.Close())
	})
	h.t.Cleanup(func() { _ = over() })
	return func() error {
		err := over()
		for len(h.sink.news) > 0 {
			<-h.sink.news
		}
		return err
	}
}

// next demands what the sink is told next.
func (h *house) next(want ...string) {
	h.t.Helper()
	for _, w := range want {
		select {
		case got := <-h.sink.news:
			if got != w {
				h.t.Fatalf("got %q, want %q", got, w)
			}
		case <-time.After(20 * time.Second):
			h.t.Fatalf("nothing came, want %q", w)
		}
	}
}

// alive waits for a keepalive to be sent and taken.
func (h *house) alive() {
	h.t.Helper()
	select {
	case h.idle <- struct{}{}:
	case <-time.After(20 * time.Second):
		h.t.Fatal("nobody listens")
	}
	h.next("at")
}

// edit saves a deal anew.
func (h *house) edit(deal int, text string) string {
	h.t.Helper()
	id := h.company.Close[deal]
	if err := h.sf.Update("Opportunity", id, map[string]any{"NextStep": text}); err != nil {
		h.t.Fatal(err)
	}
	long, _ := salesforce.LongID(id)
	return long
}

func (h *house) place() pubsub.Place {
	h.t.Helper()
	list, err := pubsub.Places(h.journal)
	if err != nil || len(list) != 1 {
		h.t.Fatalf("places %v: %v", list, err)
	}
	return list[0]
}

// hints are the ids of the records that were hinted at durably, in order.
func (h *house) hints() (ids []string) {
	h.t.Helper()
	entries, err := h.journal.Stream("hints")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, e := range entries {
		var id string
		if err := json.Unmarshal(e.Data, &id); err != nil {
			h.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func (h *house) String() string { return fmt.Sprint(h.place()) }
