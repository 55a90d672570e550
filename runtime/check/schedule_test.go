package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

const schedulePlan = `
planwright: 1
name: morning
apis:
  xero: {spec: "SPEC(xero)", overlay: "OVERLAY(xero)"}
trigger: {kind: schedule, at: "08:00 mon-fri", zone: Pacific/Auckland, as: due}
steps:
  - id: old
    read: xero.getInvoices
    where: {DueDate: {lt: "${due.Date.addDays(-30)}"}}
  - {id: some, assert: "${old.size() > 0}", else: refuse, message: nothing is old}
outputs:
  at: ${due.At}
  many: ${old.size()}
`

func checkText(t *testing.T, text string) (*check.Checked, string) {
	t.Helper()
	cat := openEmbedded(t)
	p, found := plan.Parse("plan.yaml", []byte(fill(t, cat, text)))
	if len(found) > 0 {
		t.Fatal(found)
	}
	c, found := check.Check(p, cat)
	var said []string
	for _, d := range found {
		said = append(said, string(d.Code)+" "+d.Pointer)
	}
	return c, strings.Join(said, ", ")
}

// TestScheduled types what a schedule gives, and tells people of the clock where other plans
// have a record.
func TestScheduled(t *testing.T) {
	c, found := checkText(t, schedulePlan)
	if c == nil || found != "" {
		t.Fatalf("found %s", found)
	}
	s, ok := c.Schedule()
	if at := s.Next(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)); !ok || !at.Equal(time.Date(2026, 11, 22, 19, 0, 0, 0, time.UTC)) {
		t.Errorf("due at %s, %v", at, ok)
	}
	o := c.Outline()
	if want := "At 08:00 mon-fri by the clock of Pacific/Auckland"; o.Trigger.Title != want || !strings.HasPrefix(o.Summary(), want+": writes nothing; reads 1 thing; at most 1 call") {
		t.Errorf("got %q and %q", o.Trigger.Title, o.Summary())
	}
	if want := "\nAT 08:00 mon-fri by the clock of Pacific/Auckland, called due\n     once, ever, for each due.At\n"; !strings.Contains(c.Text(), want) {
		t.Errorf("got\n%s", c.Text())
	}
	for at, want := range map[string]any{"/outputs/at": "2026-11-22T19:00:00Z"} {
		got, present, err := c.Expr(at).Eval(map[string]any{"due": map[string]any{check.DueAt: "2026-11-22T19:00:00Z", check.DueDate: "2026-11-23"}}, nil)
		if err != nil || !present || got != want {
			t.Errorf("%s: got %v, %v, want %v", at, got, err, want)
		}
	}
}

func TestScheduleMistakes(t *testing.T) {
	for name, tt := range map[string]struct{ old, with, want string }{
		"a place that is none":   {"Pacific/Auckland", "Pacific/Aukland", "bad-zone /trigger/zone"},
		"the machine's zone":     {"Pacific/Auckland", "Local", "bad-zone /trigger/zone"},
		"no time of day":         {"08:00 mon-fri", "25:00", "bad-schedule /trigger/at"},
		"a day that never comes": {"08:00 mon-fri", "0 8 30 2 *", "bad-schedule /trigger/at"},
		"an unknown field":       {"${due.At}", "${due.Hour}", "expr-unknown-field /outputs/at"},
		"an instant as a date":   {"due.Date.addDays", "due.At.addDays", "expr"},
	} {
		t.Run(name, func(t *testing.T) {
			if c, found := checkText(t, strings.Replace(schedulePlan, tt.old, tt.with, 1)); c != nil || !strings.Contains(found, tt.want) {
				t.Errorf("found %s, want %s", found, tt.want)
			}
		})
	}
}
