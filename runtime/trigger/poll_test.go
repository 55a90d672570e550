package trigger_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/trigger"
	"github.com/planwright/planwright/specs/catalog"
)

// TestPoll shows rows poll by poll and holds what becomes of them.
func TestPoll(t *testing.T) {
	type poll struct {
		shown     []row // from now on
		changed   int
		admitted  int
		watermark string
	}
	tests := []struct {
		name  string
		polls []poll
		runs  string
	}{
		{
			"nothing changes, and no clock moves the watermark",
			[]poll{{nil, 0, 0, "09:00:00"}, {nil, 0, 0, "09:00:00"}},
			"",
		},
		{
			"each once",
			[]poll{
				{[]row{{"a", "09:10:00", true}}, 1, 1, "09:10:00"},
				{nil, 1, 0, "09:10:00"},
				{[]row{{"b", "09:11:00", true}}, 2, 1, "09:11:00"},
			},
			"a b",
		},
		{
			"what does not qualify moves the watermark",
			[]poll{{[]row{{"a", "09:40:00", false}}, 1, 0, "09:40:00"}},
			"",
		},
		{
			"a row that becomes visible behind the watermark",
			[]poll{
				{[]row{{"a", "09:40:00", true}}, 1, 1, "09:40:00"},
				{[]row{{"b", "09:30:00", true}}, 2, 1, "09:40:00"},
				{[]row{{"c", "09:25:00", true}}, 3, 1, "09:40:00"},
				{nil, 3, 0, "09:40:00"},
			},
			"a b c",
		},
		{
			"as far behind as the overlap reaches, and no further",
			[]poll{
				{[]row{{"a", "09:40:00", true}}, 1, 1, "09:40:00"},
				{[]row{{"b", "09:24:59", true}}, 1, 0, "09:40:00"},
			},
			"a",
		},
		{
			"rows of the same stamp, one of them late",
			[]poll{
				{[]row{{"b", "09:40:00", true}, {"c", "09:40:00", true}}, 2, 2, "09:40:00"},
				{[]row{{"a", "09:40:00", true}, {"d", "09:40:00", true}}, 4, 2, "09:40:00"},
			},
			"a b c d",
		},
		{
			"fractions of a second",
			[]poll{
				{[]row{{"a", "09:00:00.100", true}, {"b", "09:10:00.700", true}}, 2, 2, "09:10:00.7"},
				{[]row{{"c", "09:10:00.800", true}}, 3, 1, "09:10:00.8"},
			},
			"a b c",
		},
		{
			"a row that qualifies only later",
			[]poll{
				{[]row{{"a", "09:10:00", false}}, 1, 0, "09:10:00"},
				{[]row{{"a", "09:20:00", true}}, 1, 1, "09:20:00"},
				{[]row{{"a", "09:30:00", false}}, 1, 0, "09:30:00"},
				{[]row{{"a", "09:50:00", true}}, 1, 0, "09:50:00"},
			},
			"a",
		},
		{
			"a condition that cannot be evaluated is an event",
			[]poll{{[]row{{"a", "09:10:00", nil}}, 1, 1, "09:10:00"}, {[]row{{"a", "09:10:00", true}}, 1, 0, "09:10:00"}},
			"a",
		},
		{
			"a stamp with an offset from UTC",
			[]poll{{[]row{{"a", "2026-11-02T09:30:00+00:00", true}}, 1, 1, "09:30:00"}},
			"a",
		},
		{
			"stamps of the vendor's clock may lie in its future",
			[]poll{{[]row{{"a", "2040-01-01T00:00:00Z", true}}, 1, 1, "2040-01-01T00:00:00"}},
			"a",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			for i, p := range tt.polls {
				for _, r := range p.shown {
					h.org.rows = append(slices.DeleteFunc(h.org.rows, func(old row) bool { return old.id == r.id }), r)
				}
				h.poll(p.changed, p.admitted)
				if got := h.watermark(); got != p.watermark {
					t.Errorf("poll %d: watermark %s, want %s", i, got, p.watermark)
				}
				h.reopen()
			}
			if got := h.runs(); got != tt.runs {
				t.Errorf("runs %q, want %q", got, tt.runs)
			}
		})
	}
}

// TestWatermarkNeverGoesBack takes the newest row away, as a deletion does.
func TestWatermarkNeverGoesBack(t *testing.T) {
	h := newHouse(t)
	h.org.rows = []row{{"a", "09:30:00", true}, {"b", "09:40:00", true}}
	h.poll(2, 2)
	h.org.rows = h.org.rows[:1]
	h.poll(1, 0)
	if got := h.watermark(); got != "09:40:00" {
		t.Errorf("watermark %s, want 09:40:00", got)
	}
}

// TestBaseline leaves alone what qualified before the plan was approved, for ever, and
// looks for it once.
func TestBaseline(t *testing.T) {
	h := newHouse(t)
	h.org.rows = []row{
		{"old", "08:00:00", true},
		{"older", "2019-01-01T00:00:00Z", true},
		{"open", "08:30:00", false},
		{"odd", "08:59:59", nil},
		{"new", "09:00:00", true},
	}
	got, err := h.poller.Poll(t.Context(), h.watch)
	if seen := (trigger.Seen{Changed: 2, Admitted: 1, Ignored: 3}); err != nil || !cmp.Equal(got, seen) {
		t.Errorf("got %+v, %v; want %+v: odd is seen again, as the overlap reaches behind the start", got, err, seen)
	}
	want := []string{"older baseline ignored", "old baseline ignored", "odd baseline ignored", "new poll"}
	if diff := cmp.Diff(want, h.inbox()); diff != "" {
		t.Errorf("inbox (-want +got):\n%s", diff)
	}
	h.reopen()
	h.org.rows = []row{{"old", "09:20:00", true}, {"older", "09:21:00", true}, {"open", "09:22:00", true}, {"odd", "09:23:00", true}}
	h.poll(4, 1)
	if got := h.runs(); got != "new open" {
		t.Errorf("runs %q, want those that qualified after the approval", got)
	}
	h.watch.Since = approved.Add(time.Hour) // approved again: what is known stays known
	h.poll(4, 0)
	if err := h.poller.Baseline(t.Context(), h.watch); err != nil {
		t.Error(err)
	}
	n := 0
	for _, a := range h.org.asked {
		if strings.HasPrefix(a, "<") {
			n++
		}
	}
	if n != 1 || h.org.asked[0] != "< 2026-11-02T09:00:00Z" {
		t.Errorf("asked %q, want one baseline", h.org.asked)
	}
}

// TestSlowTransaction admits a row whose transaction began before the approval and became
// visible after the baseline: it qualified after.
func TestSlowTransaction(t *testing.T) {
	h := newHouse(t)
	h.org.rows = []row{{"before", "08:58:00", true}}
	h.poll(1, 0)
	h.org.rows = append(h.org.rows, row{"slow", "08:59:00", true})
	h.poll(2, 1)
	h.poll(2, 0)
	if got := h.runs(); got != "slow" {
		t.Errorf("runs %q, want slow", got)
	}
}

// TestUnreachable leaves everything as it was while the vendor is away.
func TestUnreachable(t *testing.T) {
	for _, class := range []catalog.Class{catalog.ClassRetry, catalog.ClassLimit, catalog.ClassUnknown, catalog.ClassPerson, catalog.ClassBug} {
		t.Run(string(class), func(t *testing.T) {
			h := newHouse(t)
			h.org.rows = []row{{"old", "08:00:00", true}, {"a", "09:10:00", true}}
			away := &apicall.Outcome{Class: class, Message: "not now"}
			fails := func() {
				t.Helper()
				commits := h.commits
				_, err := h.poller.Poll(t.Context(), h.watch)
				var u *trigger.Unreachable
				if !errors.As(err, &u) || u.API != "salesforce" || u.Plan != planName || u.Outcome.Class != class || !strings.Contains(err.Error(), "not now") {
					t.Errorf("got %v, want unreachable", err)
				}
				if h.commits != commits {
					t.Error("something was stored")
				}
			}
			h.org.away = away
			fails()
			if h.watermark() != "" {
				t.Errorf("watermark %s after a baseline that failed", h.watermark())
			}
			h.org.away = nil
			h.poll(1, 1)
			h.org.rows = append(h.org.rows, row{"b", "09:20:00", true})
			h.org.away = away
			fails()
			if h.watermark() != "09:10:00" {
				t.Errorf("watermark %s, want 09:10:00", h.watermark())
			}
			h.org.away = nil
			h.poll(2, 1)
			if got := h.runs(); got != "a b" {
				t.Errorf("runs %q, want a b", got)
			}
		})
	}
}

// broken is an inbox that takes nothing, or nothing that a poll found.
type broken struct {
	to    trigger.Inbox
	after int // batches that pass
}

var errBroken = errors.New("broken")

func (b *broken) Admit(ctx context.Context, events []localengine.Event, cursor *journal.Pair) (int, error) {
	if b.after--; b.after < 0 {
		return 0, errBroken
	}
	return b.to.Admit(ctx, events, cursor)
}

// TestInboxFails breaks the inbox before and after the baseline: what it did not take is
// taken by the next poll.
func TestInboxFails(t *testing.T) {
	for after, watermark := range []string{"", "09:00:00"} {
		h := newHouse(t)
		h.org.rows = []row{{"old", "08:00:00", true}, {"a", "09:10:00", true}}
		h.poller.Inbox = &broken{h.engine, after}
		if _, err := h.poller.Poll(t.Context(), h.watch); !errors.Is(err, errBroken) {
			t.Errorf("got %v, want %v", err, errBroken)
		}
		if got := h.watermark(); got != watermark {
			t.Errorf("watermark %q, want %q", got, watermark)
		}
		h.poller.Inbox = h.engine
		h.poll(1, 1)
		if got := h.runs(); got != "a" || h.watermark() != "09:10:00" {
			t.Errorf("runs %q, watermark %s; want a, 09:10:00", got, h.watermark())
		}
	}
}

// TestOneCommit proves that events and watermark are stored together, whatever the disk does.
func TestOneCommit(t *testing.T) {
	for _, tt := range []struct {
		point     journal.Point
		watermark string
		admitted  int // by the poll after it
	}{{journal.BeforeCommit, "09:00:00", 2}, {journal.AfterCommit, "09:20:00", 0}} {
		t.Run(string(tt.point), func(t *testing.T) {
			h := newHouse(t)
			h.poll(0, 0)
			h.org.rows = []row{{"a", "09:10:00", true}, {"b", "09:20:00", true}}
			h.disk = func(p journal.Point, _ uint64) error {
				if p == tt.point {
					return errBroken
				}
				return nil
			}
			if _, err := h.poller.Poll(t.Context(), h.watch); !errors.Is(err, journal.ErrStopped) {
				t.Errorf("got %v, want a stopped journal", err)
			}
			h.disk = nil
			h.reopen()
			if got := h.watermark(); got != tt.watermark {
				t.Errorf("watermark %s, want %s", got, tt.watermark)
			}
			h.poll(2, tt.admitted)
			if got := h.runs(); got != "a b" {
				t.Errorf("runs %q, want a b", got)
			}
		})
	}
}

func TestPollStops(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.poller.Poll(ctx, h.watch); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want cancelled", err)
	}
	if got := h.watermark(); got != "" {
		t.Errorf("watermark %s, want none", got)
	}
}

// TestCannotAsk names what is missing when a plan cannot be polled.
func TestCannotAsk(t *testing.T) {
	tests := []struct{ name, api, object, want string }{
		{"unknown API", "nobody", "Opportunity", "api nobody is not known"},
		{"unknown object", "salesforce", "Dream", "changes of salesforce.Dream cannot be seen"},
		{"unseen changes", "xero", "TaxRate", "changes of xero.TaxRate cannot be seen"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHouse(t)
			p, checked := *h.watch.Checked.Plan, *h.watch.Checked
			p.Trigger.API, p.Trigger.Object = tt.api, tt.object
			checked.Plan = &p
			h.watch.Checked = &checked
			_, err := h.poller.Poll(t.Context(), h.watch)
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(h.org.asked) > 0 {
				t.Errorf("got %v after %d calls, want %q", err, len(h.org.asked), tt.want)
			}
			if err := h.poller.Baseline(t.Context(), h.watch); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("baseline: got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestCursorUnreadable stops at a cursor nobody can read instead of starting over: a new
// baseline would leave alone what must be done.
func TestCursorUnreadable(t *testing.T) {
	h := newHouse(t)
	if _, err := h.journal.Commit(t.Context(), journal.Batch{Set: []journal.Pair{{Key: "cursor/" + planName, Value: []byte("{")}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.poller.Poll(t.Context(), h.watch); err == nil || len(h.org.asked) > 0 {
		t.Errorf("got %v after %d calls, want an error at once", err, len(h.org.asked))
	}
}
