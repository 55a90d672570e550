package pubsub_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/test/bufconn"

	twinbus "github.com/planwright/planwright/internal/twin/pubsub"
	"github.com/planwright/planwright/runtime/pubsub"
)

// TestMended: an entity that nobody selected stops the stream; each look comes later, an hour
// at most, and once it is selected the stream goes on from its place, without a restart.
func TestMended(t *testing.T) {
	h := newHouse(t)
	stop := h.follow()
	h.next("sweep")
	h.alive()
	_ = stop()
	const code = "topic.not.found"
	h.bus.Fail("Subscribe", code, code, code, code, code, code)
	missed := h.edit(0, "meanwhile")
	h.follow()
	h.next("wait 5m0s", "wait 10m0s", "wait 20m0s", "wait 40m0s", "wait 1h0m0s", "wait 1h0m0s", missed)
	for i, p := range h.stood {
		if p.State != pubsub.Stopped || !strings.Contains(p.Problem, "Change Data Capture in Setup") || p.Next.Before(h.company.World.Start) {
			t.Errorf("at look %d: %+v", i, p)
		}
	}
	if p := h.place(); p.State != pubsub.Live || p.Problem != "" || p.Sweeps != 1 {
		t.Errorf("place %+v", p)
	}
}

// TestRetry: a person who has mended it need not wait for the next look.
func TestRetry(t *testing.T) {
	h := newHouse(t)
	h.long = true
	h.bus.Fail("Subscribe", "topic.meta.permission")
	h.follow()
	h.next("sweep", "wait 5m0s")
	h.client.Retry()
	h.next("sweep")
	h.alive()
}

// TestServerGone: the server ends and another takes its place; the stream goes on from its
// place, later and later until then.
func TestServerGone(t *testing.T) {
	h := newHouse(t)
	h.follow()
	h.next("sweep")
	h.alive()
	h.server.Stop()
	h.next("wait 1s", "wait 2s", "wait 4s")
	missed := h.edit(0, "meanwhile")
	h.serve()
	for {
		got := <-h.sink.news
		if got == missed {
			break
		}
		if !strings.HasPrefix(got, "wait ") {
			t.Fatalf("got %q", got)
		}
	}
	if p := h.place(); p.State != pubsub.Live || p.Sweeps != 1 || p.Twice != 0 {
		t.Errorf("place %+v", p)
	}
}

// TestSilent: a server that keeps the connection and says nothing is given up.
func TestSilent(t *testing.T) {
	h := newHouse(t)
	h.follow()
	h.next("sweep")
	h.alive()
	h.silent <- struct{}{}
	h.next("wait 1s")
	if p := h.stood[0]; !strings.Contains(p.Problem, "nothing was heard for 9m0s") || p.State != pubsub.Waiting {
		t.Errorf("%+v", p)
	}
	h.next(h.edit(0, "goes on"))
}

// TestSweepIsOwed: a place that was lost is not forgotten when the sweep cannot be done: it is
// owed across a kill, and nothing is read from the stream before it.
func TestSweepIsOwed(t *testing.T) {
	h := newHouse(t)
	stop := h.follow()
	h.next("sweep")
	h.alive()
	_ = stop()
	h.bus.MoveOrg()
	kept := h.edit(0, "kept")
	killed := errors.New("killed")
	h.sink.noSweep = func(n int) error {
		if n < 3 {
			return fmt.Errorf("read: %w", pubsub.ErrLater)
		}
		return killed
	}
	stop = h.follow()
	h.next("wait 2s", "wait 4s", "ended")
	if p := h.place(); !p.Owed || !p.Earliest || p.Replay != nil {
		t.Errorf("place %+v", p)
	}
	if err := stop(); !errors.Is(err, killed) {
		t.Fatal(err)
	}
	h.sink.noSweep = nil
	h.follow()
	h.next("sweep", kept)
	if p := h.place(); p.Owed || p.Earliest || p.State != pubsub.Live {
		t.Errorf("place %+v", p)
	}
}

// TestShortLived: a server that ends each stream after its first answer is not asked at full
// speed: only a stream that lived longer than it was waited for begins the waits anew.
func TestShortLived(t *testing.T) {
	h := newHouse(t)
	h.follow()
	h.next("sweep")
	h.alive()
	for _, wait := range []string{"wait 1s", "wait 2s", "wait 4s"} {
		h.bus.EndStreams("service.unavailable")
		h.next(wait)
		h.alive()
	}
	h.clock.Advance(5 * time.Second)
	h.bus.EndStreams("service.unavailable")
	h.next("wait 1s")
	h.alive()
	for range 2 { // and a place that is lost again and again is not swept up at full speed
		h.bus.EndStreams("subscription.fetch.replayid.corrupted")
		for got := range h.sink.news {
			if got == "sweep" {
				break
			}
		}
		h.alive()
	}
	if last := h.stood[len(h.stood)-1]; !strings.Contains(last.Problem, "corrupted") || !last.Owed {
		t.Errorf("%+v", last)
	}
}

// TestOtherTenant: a place means nothing where the connection leads to another org.
func TestOtherTenant(t *testing.T) {
	h := newHouse(t)
	stop := h.follow()
	h.next("sweep")
	h.alive()
	if p := h.place(); p.Tenant != h.tenant || p.Replay == nil {
		t.Fatalf("place %+v", p)
	}
	_ = stop()
	h.settle("00D5g0000000099")
	h.follow()
	h.next("sweep") // it begins with now, as if there had been no place
	h.alive()
	h.next(h.edit(0, "of the other"))
	if p := h.place(); p.Tenant != h.tenant || p.Sweeps != 2 {
		t.Errorf("place %+v", p)
	}
}

// TestSchemaIsMissing: an event whose schema the vendor does not have is swept up, and does
// not keep back those behind it. One whose schema cannot be had now does.
func TestSchemaIsMissing(t *testing.T) {
	h := newHouse(t)
	h.follow()
	h.next("sweep")
	h.alive()
	h.bus.Fail("GetSchema", "schema.not.found")
	h.edit(0, "unreadable")
	h.next("sweep", "at")
	h.edit(1, "nor this one: it is not asked again")
	h.next("sweep", "at")
	h.bus.EndStreams("service.unavailable")
	h.next("wait 1s")
	h.bus.Fail("GetSchema", "schema.api.unavailable", "schema.meta.permission")
	a := h.edit(2, "later")
	h.next("wait 2s", "wait 20m0s", a)
}

// TestDoubts follows a vendor that is not as believed: events are heard of, and what an end
// means is told by its code.
func TestDoubts(t *testing.T) {
	for _, d := range twinbus.Doubts() {
		t.Run(d.Name, func(t *testing.T) {
			h := newHouse(t, func(o *twinbus.Options) { o.Otherwise = []string{d.Name} })
			h.follow()
			h.next("sweep")
			atOnce := d.Name == "event-stream-answers-at-once"
			begun := func() {
				if atOnce {
					h.next("at")
				} else {
					h.alive()
				}
			}
			begun()
			h.next(h.edit(0, "1"))
			for _, end := range []struct{ code, wait string }{{"service.unavailable", "wait 1s"}, {"topic.not.found", "wait 10m0s"}} {
				h.bus.EndStreams(end.code)
				h.next(end.wait)
				begun()
				if p := h.stood[len(h.stood)-1]; !strings.Contains(p.Problem, end.code) {
					t.Errorf("%+v", p)
				}
			}
			h.bus.EndStreams("subscription.fetch.replayid.corrupted")
			h.next("wait 4s", "sweep")
			if p := h.stood[len(h.stood)-1]; !p.Owed {
				t.Errorf("%+v", p)
			}
		})
	}
}

// serve serves the bus, in place of a server that has ended.
func (h *house) serve() {
	h.mu.Lock()
	defer h.mu.Unlock()
	ln, server := bufconn.Listen(1<<20), h.bus.Server()
	h.ln, h.server = ln, server
	var group sync.WaitGroup
	group.Go(func() { _ = server.Serve(ln) })
	h.t.Cleanup(func() { server.Stop(); group.Wait() })
}

// silence waits until the test ends the client's patience.
func (h *house) silence(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-h.silent:
		return nil
	}
}

func (h *house) listener() *bufconn.Listener {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ln
}
