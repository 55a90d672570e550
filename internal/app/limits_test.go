package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/engine"
)

// crowd is the Xero twin with a vendor's slowness, so that calls overlap; it counts how many.
type crowd struct {
	twin   http.Handler
	inside atomic.Int64
	most   atomic.Int64
}

func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := c.inside.Add(1)
	defer c.inside.Add(-1)
	for most := c.most.Load(); now > most && !c.most.CompareAndSwap(most, now); most = c.most.Load() {
	}
	slow, cancel := context.WithTimeout(r.Context(), 2*time.Millisecond)
	defer cancel()
	<-slow.Done()
	c.twin.ServeHTTP(w, r)
}

// limited is a house whose Xero twin counts calls, behind real HTTP, with many runs at once.
func limited(t *testing.T, day int) (*house, *crowd) {
	t.Helper()
	h := automated(t)
	org, books := h.company.World.Books()
	var err error
	h.xero, err = xero.New(xero.Options{Now: h.clock.Now, Region: "NZ", Organisation: org, Collections: books, DayLimit: day, Hooks: h.hooks})
	h.must(err)
	h.must(h.app.Close())
	slow := &crowd{twin: h.xero}
	servers := map[string]*url.URL{}
	for port, twin := range map[string]http.Handler{"8401": h.sf, "8402": slow} {
		server := httptest.NewServer(h.seen.Wrap(twin))
		t.Cleanup(server.Close)
		servers[port], err = url.Parse(server.URL)
		h.must(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	h.app = New(Config{
		Dir: h.dir, Now: h.clock.Now, Random: rand.Reader, Workers: 30,
		HTTP: roundTrip(func(r *http.Request) (*http.Response, error) {
			to := servers[r.URL.Port()]
			if to == nil {
				return nil, fmt.Errorf("no such host %s", r.URL.Host)
			}
			r = r.Clone(r.Context())
			r.URL.Host = to.Host
			return transport.RoundTrip(r)
		}),
		Wait: func(ctx context.Context, d time.Duration) error {
			h.clock.Advance(d)
			return ctx.Err()
		},
	})
	t.Cleanup(func() { h.app.Close() })
	return h, slow
}

// allAtOnce runs all four automations at the same time, a while later. A look for events that
// the limit does not allow is made up for by the next.
func (h *house) allAtOnce(later time.Duration) {
	h.t.Helper()
	h.clock.Advance(later)
	var group sync.WaitGroup
	for _, name := range []string{invoicing, payments, contacts, overdue} {
		group.Go(func() {
			if _, err := h.app.RunOnce(h.t.Context(), name); err != nil && !strings.Contains(err.Error(), "xero answered limit") {
				h.t.Errorf("%s: %v", name, err)
			}
		})
	}
	group.Wait()
}

// busy wins deals and makes accounts, runs all plans until nothing waits, and returns the
// holds for limits that were seen between.
func (h *house) busy(rounds int, later time.Duration) []engine.Hold {
	h.t.Helper()
	deals := h.win(len(h.company.Close))
	for i := range 20 {
		_, err := h.sf.Create("Account", world.Record{"Name": fmt.Sprintf("Crowd %d Ltd", i)})
		h.must(err)
	}
	var holds []engine.Hold
	for range rounds {
		h.allAtOnce(later)
		held, err := h.app.Runs(engine.Held, "")
		h.must(err)
		for _, r := range held {
			if r.Hold.Code == engine.HoldLimit {
				holds = append(holds, *r.Hold)
			}
		}
		if len(held) == 0 && len(h.invoiced()) == len(deals) {
			break
		}
	}
	h.settled(deals)
	return holds
}

// TestLimitsOfOneConnection has many runs of four plans share one connection: the vendor never
// sees more at once than it allows, and turns none away.
func TestLimitsOfOneConnection(t *testing.T) {
	h, slow := limited(t, 0)
	h.busy(20, time.Minute)
	most := slow.most.Load()
	if s := h.xero.Stats(); s.Limited != 0 || s.Peak > 5 || most > 5 || most < 2 || s.Passed <= 60 {
		t.Errorf("%d calls, at most %d at once, %d turned away; want more than a minute's 60, 2 to 5, and none", s.Passed, most, s.Limited)
	}
}

// TestDayUsedUp has the day's calls run out: runs are held for that limit, by name and with a
// time, one call a day at most finds out when the day ends, and in the end everything is done.
func TestDayUsedUp(t *testing.T) {
	h, slow := limited(t, 120)
	begun := h.clock.Now()
	holds := h.busy(40, 4*time.Hour)
	if len(holds) == 0 {
		t.Fatal("no run was held for a limit")
	}
	for _, hold := range holds {
		if hold.API != "xero" || hold.Limit == "" || hold.Until.IsZero() || !strings.Contains(hold.Message, "xero") {
			t.Errorf("a hold that does not say whose limit, which, or until when: %+v", hold)
		}
	}
	days := int(h.clock.Now().Sub(begun)/(24*time.Hour)) + 1
	if s := h.xero.Stats(); slow.most.Load() > 5 || s.Limited > days {
		t.Errorf("at most %d calls at once, %d turned away in %d days; want at most 5, and one a day", slow.most.Load(), s.Limited, days)
	}
}
