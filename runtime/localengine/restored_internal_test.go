package localengine

import (
	"testing"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// TestRestoredWays says for every way to repeat how a write begins over an older copy of the
// journal that somebody took for the truth: looked up first, sent, or held for a person.
func TestRestoredWays(t *testing.T) {
	const looked, sent, held = "looked up", "sent", "held"
	for _, c := range []struct {
		way          catalog.Way
		first, later string // the first attempt, and one after an answer that was lost
	}{
		{catalog.WayUnique, looked, sent},
		{catalog.WayProbe, looked, sent}, // the machine has looked by then: it says so itself
		{catalog.WayUpsert, sent, sent},
		{catalog.WayIdempotent, sent, sent},
		{catalog.WayKeyed, held, held},
		{catalog.WayAsk, held, held},
		{"", held, held}, // an operation that says nothing
	} {
		for attempt, want := range map[int]string{1: c.first, 2: c.later} {
			a := engine.Action{Path: "invoice", Attempt: attempt, Operation: &catalog.Operation{API: "xero", ID: "create"}}
			if c.way != "" {
				a.Operation.Repeat = &catalog.Repeat{Way: c.way}
			}
			r := &run{e: &Engine{cfg: Config{Restored: func() bool { return true }}}}
			out, hold := r.before(a)
			got := sent
			switch {
			case hold.Code == engine.HoldRestored && out == nil:
				got = held
			case hold.Code == "" && out != nil && out.Class == catalog.ClassUnknown:
				got = looked
			case hold.Code != "" || out != nil:
				t.Errorf("%q, attempt %d: %v, %v", c.way, attempt, out, hold)
			}
			if got != want {
				t.Errorf("%q, attempt %d: %s, want %s", c.way, attempt, got, want)
			}
		}
	}
	a := engine.Action{Path: "invoice", Attempt: 2, Anew: true, Operation: &catalog.Operation{Repeat: &catalog.Repeat{Way: catalog.WayUnique}}}
	r := &run{e: &Engine{cfg: Config{Restored: func() bool { return true }}}}
	if out, hold := r.before(a); out == nil || hold.Code != "" {
		t.Errorf("a write made anew: %v, %v, want it looked up", out, hold)
	}
}
