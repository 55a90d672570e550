package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/trigger"
)

const (
	morning     = "morning"
	morningPlan = `
planwright: 1
name: morning
apis: {xero: {spec: "SPEC(xero)", overlay: "OVERLAY(xero)"}}
trigger: {kind: schedule, at: "08:00", zone: Pacific/Auckland, as: due}
steps:
  - id: contact
    ensure: xero.Contact
    find: [{ContactNumber: "${'day ' + string(due.Date)}"}]
    create: {Name: "${'Day ' + string(due.Date)}", ContactNumber: "${'day ' + string(due.Date)}"}
outputs: {at: "${due.At}", date: "${due.Date}"}
`
)

// scheduled approves the plan of the morning at an instant.
func (h *house) scheduled(at string) {
	h.t.Helper()
	h.clock.Set(h.moment(at))
	_, err := h.app.Decide(h.t.Context(), h.proposeText(morning, morningPlan), true, dana, "")
	h.must(err)
}

func (h *house) moment(text string) time.Time {
	h.t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	h.must(err)
	return at
}

// mornings tells which instants ran to their end, and demands that none stands in between and
// that each made one contact.
func (h *house) mornings() []string {
	h.t.Helper()
	runs, err := h.app.Runs("", morning)
	h.must(err)
	out := []string{}
	for _, r := range runs {
		if r.State != engine.Done || string(r.Outputs["at"]) != fmt.Sprintf("%q", r.Key) {
			h.t.Errorf("run %s is %s and gives %s: %s", r.Key, r.State, r.Outputs["at"], r.Why())
		}
		out = append(out, r.Key)
	}
	slices.Sort(out)
	made := 0
	for _, c := range h.xero.All("Contacts") {
		if n, _ := c["ContactNumber"].(string); len(n) > 4 && n[:4] == "day " {
			made++
		}
	}
	if made != len(out) {
		h.t.Errorf("%d contacts of %d mornings", made, len(out))
	}
	return out
}

// TestScheduleOverDST serves over the night in which clocks are put back: every morning runs at
// eight by the wall, on the minute, although polls come at odd times and hours apart.
func TestScheduleOverDST(t *testing.T) {
	h := newHouse(t)
	h.scheduled("2027-04-01T19:00:00Z") // eight o'clock itself: what was due when it began is over
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	end := h.moment("2027-04-06T01:00:00Z")
	h.app.cfg.Wait = func(_ context.Context, d time.Duration) error {
		if h.clock.Advance(d).After(end) {
			cancel()
		}
		return ctx.Err()
	}
	l, err := h.app.open()
	h.must(err)
	if err := l.pollAll(ctx, 7*time.Hour+13*time.Minute, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	h.app.cfg.Wait = func(ctx context.Context, d time.Duration) error {
		h.clock.Advance(d)
		return ctx.Err()
	}
	_, err = h.app.RunOnce(t.Context(), morning)
	h.must(err)
	want := []string{"2027-04-02T19:00:00Z", "2027-04-03T20:00:00Z", "2027-04-04T20:00:00Z", "2027-04-05T20:00:00Z"}
	if diff := cmp.Diff(want, h.mornings()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	runs, err := h.app.Runs("", morning)
	h.must(err)
	for _, r := range runs {
		if late := r.Begun.Sub(h.moment(r.Key)); late > time.Second {
			t.Errorf("%s began %s late", r.Key, late)
		}
	}
}

// TestScheduleDowntime runs the latest of the mornings that nobody was there for, once, and
// tells how many others there were.
func TestScheduleDowntime(t *testing.T) {
	h := newHouse(t)
	h.scheduled("2026-11-02T00:00:00Z")
	h.clock.Set(h.moment("2026-11-06T03:00:00Z"))
	h.reopen(nil)
	got, err := h.app.RunOnce(t.Context(), morning)
	h.must(err)
	want := &trigger.Missed{From: h.moment("2026-11-02T00:00:00Z"), To: h.moment("2026-11-05T19:00:00Z"), Times: 3}
	if diff := cmp.Diff(want, got.Missed); diff != "" || got.Admitted != 1 {
		t.Errorf("%d admitted, missed (-want +got):\n%s", got.Admitted, diff)
	}
	for _, at := range []string{"2026-11-06T03:01:00Z", "2026-11-04T00:00:00Z", "2026-11-06T18:59:59Z"} { // on, put back, and on
		h.clock.Set(h.moment(at))
		if got, err = h.app.SweepOnce(t.Context(), morning); err != nil || got.Admitted != 0 || got.Missed != nil {
			t.Errorf("at %s: %+v, %v", at, got, err)
		}
	}
	h.clock.Set(h.moment("2026-11-06T19:00:00Z"))
	got, err = h.app.RunOnce(t.Context(), morning)
	h.must(err)
	if got.Missed != nil {
		t.Errorf("missed %+v", got.Missed)
	}
	if diff := cmp.Diff([]string{"2026-11-05T19:00:00Z", "2026-11-06T19:00:00Z"}, h.mornings()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestScheduleKilled dies at every point of one morning's work and of recovering from that:
// the morning runs once, and makes one contact.
func TestScheduleKilled(t *testing.T) {
	start := newHouse(t)
	start.scheduled("2026-11-02T00:00:00Z")
	start.must(start.app.Close())
	died := 1
	for first := 0; died > 0; first++ {
		h := start.again()
		h.clock.Set(h.moment("2026-11-02T19:00:10Z"))
		died = 0
		for _, n := range []int{first, first%5 + 1, 1 << 30} {
			k := &killer{n: n}
			h.reopen(k.hook)
			_, err := h.app.RunOnce(t.Context(), morning)
			if k.dead {
				died++
				continue
			}
			h.must(err)
		}
		if got := h.mornings(); len(got) != 1 {
			t.Fatalf("died first at point %d: mornings %v", first, got)
		}
		if first > 200 {
			t.Fatal("there is always another point to die at")
		}
	}
}

// TestScheduleChanged begins anew when the times are others, and goes on when they are not.
func TestScheduleChanged(t *testing.T) {
	for name, tt := range map[string]struct {
		old, with string
		want      int
	}{
		"other outputs": {`, date: "${due.Date}"`, "", 1},
		"other times":   {`"08:00"`, `"08:00 mon-sat"`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.scheduled("2026-11-02T00:00:00Z")
			h.clock.Set(h.moment("2026-11-03T00:00:00Z")) // a morning passed unseen
			_, err := h.app.Decide(t.Context(), h.proposeText(morning, strings.Replace(morningPlan, tt.old, tt.with, 1)), true, dana, "")
			h.must(err)
			got, err := h.app.RunOnce(t.Context(), morning)
			h.must(err)
			if got.Admitted != tt.want {
				t.Errorf("%d mornings, want %d", got.Admitted, tt.want)
			}
			for what, err := range map[string]error{
				"a record": func() error { _, err := h.app.RunRecords(t.Context(), morning, []string{"x"}); return err }(),
				"a try":    func() error { _, err := h.app.DryRun(t.Context(), morning, nil, 1); return err }(),
			} {
				if err == nil || err.Error() != "plan morning waits for the clock: no record can be named for it" {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}
