package pubsub_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	twinbus "github.com/planwright/planwright/internal/twin/pubsub"
	"github.com/planwright/planwright/runtime/pubsub"
)

func TestFollow(t *testing.T) {
	h := newHouse(t)
	stop := h.follow()
	h.next("sweep") // it begins with now, and what was before is looked for
	h.alive()
	a := h.edit(0, "call")
	h.next(a)
	if p := h.place(); p.State != pubsub.Live || p.Events != 1 || p.Problem != "" || len(p.Replay) == 0 {
		t.Errorf("place %+v", p)
	}
	if err := h.sf.Delete("Opportunity", a); err != nil {
		t.Fatal(err)
	}
	h.next("-" + a)
	if err := h.sf.Undelete("Opportunity", a); err != nil {
		t.Fatal(err)
	}
	h.next(a)
	_ = stop()
	b := h.edit(1, "while it was stopped")
	c := h.edit(2, "and this")
	h.follow()
	got := <-h.sink.news
	if got == b {
		got += " " + <-h.sink.news
	}
	if got != b+" "+c {
		t.Errorf("after a restart got %q, want %s and %s", got, b, c)
	}
}

// TestKilled kills the client between what it was told and the commit, at each event: every
// record is hinted at durably, whichever commit was the last.
func TestKilled(t *testing.T) {
	h := newHouse(t)
	stop := h.follow()
	h.next("sweep")
	h.alive()
	killed := errors.New("killed")
	var want []string
	for i := range 5 {
		h.sink.fail = func(string) error { return killed }
		want = append(want, h.edit(i, "x"))
		if err := stop(); !errors.Is(err, killed) && err != nil && !strings.Contains(err.Error(), "canceled") {
			t.Fatal(err)
		}
		if slices.Contains(h.hints(), want[i]) {
			t.Fatal("the test killed too late")
		}
		h.sink.fail = nil
		if err := h.journal.Close(); err != nil {
			t.Fatal(err)
		}
		h.openJournal()
		stop = h.follow()
		h.next(want[i])
	}
	_ = stop()
	if diff := cmp.Diff(want, h.hints()); diff != "" {
		t.Errorf("hints (-want +got):\n%s", diff)
	}
}

// TestCodes ends the stream with each of the vendor's codes, and demands what follows.
func TestCodes(t *testing.T) {
	const first, live = "wait 1s", "live"
	stopped := []string{"wait 5m0s", live} // and looked for whether it was mended
	tests := map[string][]string{
		"service.unavailable":                           {first, live},
		"topic.api.unavailable":                         {first, live},
		"schema.api.unavailable":                        {first, live},
		"subscription.internal.error":                   {first, live},
		"subscription.fetch.replay.repeated":            {first, live},
		"something.new":                                 {first, live},
		"service.auth.error":                            {live},
		"service.protection.triggered":                  {"wait 5m0s", live},
		"service.protection.stream.limit.triggered":     {"wait 5m0s", live},
		"concurrent.client.limit.exceeded":              {"wait 15m0s", live},
		"subscription.limit.exceeded":                   {"wait 3h0m0s", live},
		"subscription.fetch.replayid.corrupted":         {"sweep", live},
		"service.auth.headers.invalid":                  stopped,
		"service.auth.refresh.invalid":                  stopped,
		"service.tenant.license":                        stopped,
		"topic.meta.permission":                         stopped,
		"schema.meta.permission":                        stopped,
		"subscription.topic.cannot.subscribe":           stopped,
		"topic.not.found":                               stopped,
		"topic.validation.empty":                        stopped,
		"subscription.fetch.replayid.validation.failed": stopped,
		"subscription.fetch.requested.events.invalid":   stopped,
		"subscription.fetch.overflow":                   stopped,
		"subscription.fetch.topic.mismatch":             stopped,
	}
	for code, want := range tests {
		t.Run(code, func(t *testing.T) {
			h := newHouse(t)
			h.bus.Fail("Subscribe", code)
			h.follow()
			h.next("sweep")
			for _, w := range want {
				switch w {
				case live:
					if code != "subscription.fetch.replayid.corrupted" {
						h.next("sweep")
					}
					h.alive()
				default:
					h.next(w)
				}
			}
			if p := h.place(); p.State != pubsub.Live || p.Problem != "" || !p.Next.IsZero() {
				t.Errorf("place %+v", p)
			}
			for _, p := range h.stood {
				if (p.State == pubsub.Stopped) != (&want[0] == &stopped[0]) || !strings.Contains(p.Problem, code) || !p.Next.After(p.Since) {
					t.Errorf("while it waited: %+v", p)
				}
			}
			if (h.renewed == 1) != (code == "service.auth.error") {
				t.Errorf("%d new tokens", h.renewed)
			}
		})
	}
}

// TestLost: a replay id that is too old, or of an org that has moved, sweeps and then reads
// from the oldest event; nothing begins with now in silence.
func TestLost(t *testing.T) {
	for name, lose := range map[string]func(h *house){
		"older than 72 hours": func(h *house) { h.clock.Advance(73 * time.Hour); h.edit(3, "kept") },
		"the org moved":       func(h *house) { h.bus.MoveOrg() },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			stop := h.follow()
			h.next("sweep")
			h.alive()
			h.next(func() string { return h.edit(0, "a") }())
			_ = stop()
			missed := h.edit(1, "missed")
			lose(h)
			h.follow()
			h.next("sweep")
			if name == "the org moved" {
				got := <-h.sink.news
				if !strings.Contains(got, missed) {
					t.Errorf("got %q, want %s", got, missed)
				}
			} else {
				if got := <-h.sink.news; strings.Contains(got, missed) || got == "at" {
					t.Errorf("got %q", got)
				}
			}
			if p := h.place(); p.Earliest || p.Sweeps != 2 {
				t.Errorf("place %+v", p)
			}
		})
	}
}

func TestGapAndOverflow(t *testing.T) {
	h := newHouse(t)
	h.follow()
	h.next("sweep")
	h.alive()
	if err := h.bus.Gap("Opportunity", "UPDATE", "006A", "006B"); err != nil {
		t.Fatal(err)
	}
	h.next("006A 006B")
	if err := h.bus.Gap("Opportunity", "DELETE", "006C"); err != nil {
		t.Fatal(err)
	}
	h.next("-006C")
	if err := h.bus.Overflow("Opportunity"); err != nil {
		t.Fatal(err)
	}
	h.next("sweep", "at")
	h.next(h.edit(0, "goes on"))
}

// TestAllocation: the day's deliveries are used up; the stream waits for hours with its
// place, and goes on where it was.
func TestAllocation(t *testing.T) {
	h := newHouse(t, func(o *twinbus.Options) { o.Allocation = 2 })
	h.follow()
	h.next("sweep")
	h.alive()
	h.next(h.edit(0, "1"))
	h.next(h.edit(1, "2"))
	third := h.edit(2, "3")
	for range 8 {
		h.next("wait 3h0m0s")
	}
	h.next(third)
	if p := h.place(); p.State != pubsub.Live || p.Events != 3 {
		t.Errorf("place %+v", p)
	}
}

func TestTwice(t *testing.T) {
	h := newHouse(t)
	h.bus.Repeat(true)
	h.follow()
	h.next("sweep")
	h.alive()
	h.next(h.edit(0, "1"))
	h.next(h.edit(1, "2"))
	if p := h.place(); p.Twice == 0 {
		t.Errorf("place %+v", p)
	}
}

// TestManyEvents needs more than one request, and a schema that changes on the way.
func TestManyEvents(t *testing.T) {
	h := newHouse(t)
	stop := h.follow()
	h.next("sweep")
	h.alive()
	_ = stop()
	for i := range 250 {
		if i == 120 {
			if err := h.sf.AddField("Opportunity", map[string]any{"Name": "Late__c", "Type": "string", "Length": 20}); err != nil {
				t.Fatal(err)
			}
		}
		h.edit(i%4, fmt.Sprint(i))
	}
	h.follow()
	for n := 0; n < 250; n += len(strings.Fields(<-h.sink.news)) {
	}
	if p := h.place(); p.Events != 250 || p.Twice != 0 {
		t.Errorf("place %+v", p)
	}
}

// TestLater: a vendor that does not answer the read leaves the place where it was.
func TestLater(t *testing.T) {
	h := newHouse(t)
	h.follow()
	h.next("sweep")
	h.alive()
	tries := 0
	h.sink.fail = func(what string) error {
		if tries++; what != "at" && tries < 3 {
			return fmt.Errorf("read: %w", pubsub.ErrLater)
		}
		return nil
	}
	a := h.edit(0, "1")
	h.next("wait 1s", "wait 2s", a)
}

// TestSignedOut: a token that has ended is replaced, and not for ever at full speed.
func TestSignedOut(t *testing.T) {
	h := newHouse(t)
	h.bad = true
	h.follow()
	h.next("sweep", "sweep", "wait 2s", "sweep", "wait 4s")
	h.mu.Lock()
	h.bad = false
	h.mu.Unlock()
}

func TestAccessIsHidden(t *testing.T) {
	a := pubsub.Access{Headers: map[string]string{"accesstoken": "s3cret"}}
	if text := fmt.Sprintf("%v %+v %#v %s", a, a, a, a); strings.Contains(text, "s3cret") {
		t.Error(text)
	}
}
