package app

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/test/bufconn"

	twinbus "github.com/planwright/planwright/internal/twin/pubsub"
	"github.com/planwright/planwright/runtime/pubsub"
)

// TestEventFirst: a won deal is heard of by its change event, long before a poll would see
// it, becomes one invoice, and the poll that sees it afterwards makes no other.
func TestEventFirst(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	h.mapped()
	// Each receive makes the vendor's sign of life due.
	idle := make(chan struct{})
	bus, err := twinbus.New(twinbus.Options{Twin: h.sf, Wait: func(ctx context.Context, _ time.Duration) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-idle:
			return nil
		}
	}})
	h.must(err)
	ln := bufconn.Listen(1 << 20)
	server := bus.Server()
	var group sync.WaitGroup
	group.Go(func() { _ = server.Serve(ln) })
	t.Cleanup(func() { server.Stop(); group.Wait() })
	h.must(h.app.Close())
	h.open(nil)
	h.app.cfg.Events = "http://127.0.0.1:1"
	h.app.cfg.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) { return ln.DialContext(ctx) }

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	heard := make(chan struct{}, 1) // the follower has stored what it heard, and listens again
	// Nobody polls a second time: every long wait lasts until the end.
	h.app.cfg.Wait = func(ctx context.Context, d time.Duration) error {
		if d == pubsub.Silence {
			select {
			case heard <- struct{}{}:
			default: // it is known already
			}
		}
		if d >= pubsub.Silence {
			<-ctx.Done()
			return ctx.Err()
		}
		h.clock.Advance(d)
		return ctx.Err()
	}
	served := make(chan error, 1)
	go func() { served <- h.app.Serve(ctx, time.Hour, h.name) }()
	j, err := h.app.Journal()
	h.must(err)
	until := func(what string, ok func() bool) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
		defer stop()
		for {
			_, changed := j.Changed()
			if ok() {
				return
			}
			select {
			case <-changed:
			case <-heard:
			case <-ctx.Done():
				t.Fatalf("still not: %s", what)
			}
		}
	}
	stands := func() Subscription {
		list, err := h.app.Subscriptions()
		h.must(err)
		if len(list) != 1 {
			return Subscription{}
		}
		return list[0]
	}
	idle <- struct{}{}
	until("the stream lives", func() bool { return stands().State == pubsub.Live })
	deals := h.win(1)
	until("the invoice is there", func() bool {
		deal, _ := h.sf.Get("Opportunity", deals[0])
		return deal["Xero_Invoice_Id__c"] != nil
	})
	until("our own write was heard of", func() bool { return stands().Own > 0 })
	stop()
	if err := <-served; err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	h.clock.Advance(time.Minute)
	_, err = h.app.RunOnce(t.Context(), h.name)
	h.must(err)
	h.settled(deals)
	why, err := h.app.Why(t.Context(), "salesforce", deals[0])
	h.must(err)
	if len(why.Sightings) != 1 || why.Sightings[0].Seen != "event" {
		t.Errorf("seen %+v, want once, by an event", why.Sightings)
	}
	for _, x := range h.seen.Exchanges() {
		if strings.Contains(x.URL, "accesstoken") {
			t.Error("a token in an address")
		}
	}
}
