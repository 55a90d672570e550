package web

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/pubsub"
)

// TestEventsOnConnections: the page says how the following of change events stands, and what
// a person does where it has stopped.
func TestEventsOnConnections(t *testing.T) {
	h := newHouse(t)
	j, err := h.app.Journal()
	if err != nil {
		t.Fatal(err)
	}
	now := h.clock.Now()
	place, err := json.Marshal(pubsub.Place{
		API: "salesforce", Object: "Opportunity", State: pubsub.Stopped, Since: now, Next: now, Owed: true, Problem: "select the <entity> in Setup",
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.Commit(t.Context(), journal.Batch{Set: []journal.Pair{{Key: "events/salesforce/Opportunity", Value: place}}}); err != nil {
		t.Fatal(err)
	}
	h.enter(dana)
	res := h.get(dana, "/connections")
	for _, want := range []string{"Opportunity", "stopped since", "tried again at", "never", "select the &lt;entity&gt; in Setup", "may have been lost", "planwright events --retry"} {
		if !strings.Contains(strings.ToLower(res.Text), strings.ToLower(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
	var told struct{ Events []pubsub.Place }
	if code := h.jsonOf(dana, "/connections", &told); code != 200 || len(told.Events) != 1 || told.Events[0].State != pubsub.Stopped {
		t.Errorf("%d: %+v", code, told)
	}
}
