package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/plan"
)

const byClock = `trigger: {kind: schedule, at: "08:00 mon-fri", zone: Pacific/Auckland, as: due}`

// onClock is base with another trigger.
func onClock(trigger string) string {
	before, after, _ := strings.Cut(base, "trigger: ")
	_, after, _ = strings.Cut(after, "\n")
	return before + trigger + "\n" + after
}

// TestSchedule reads a trigger that names times in place of records, and prints it as it was.
func TestSchedule(t *testing.T) {
	p := mustParse(t, onClock(byClock))
	want := plan.Trigger{Kind: plan.OnSchedule, At: "08:00 mon-fri", Zone: "Pacific/Auckland", As: "due"}
	if diff := cmp.Diff(want, p.Trigger); diff != "" {
		t.Errorf("trigger (-want +got):\n%s", diff)
	}
	if text := string(p.YAML()); !strings.Contains(text, "trigger:\n  kind: schedule\n  at: \"08:00 mon-fri\"\n  zone: Pacific/Auckland\n  as: due\n") {
		t.Errorf("printed:\n%s", text)
	}
	for name, text := range map[string][]byte{"plan.yaml": p.YAML(), "plan.json": p.Canonical()} {
		if again, found := plan.Parse(name, text); len(found) > 0 || again.Digest() != p.Digest() {
			t.Errorf("%s: %v\n%s", name, found, text)
		}
	}
	p.Walk(func(pointer string, _ plan.Value) {
		if strings.HasPrefix(pointer, "/trigger") {
			t.Errorf("a value at %s, where none is", pointer)
		}
	})
}

func TestScheduleFaults(t *testing.T) {
	for name, tt := range map[string]struct{ trigger, want string }{
		"a condition":    {strings.Replace(byClock, "as:", "when: true, as:", 1), `unknown key "when"`},
		"an object":      {strings.Replace(byClock, "as:", "object: Invoice, as:", 1), `unknown key "object"`},
		"no zone":        {strings.Replace(byClock, "zone: Pacific/Auckland, ", "", 1), "the key zone is missing"},
		"an empty time":  {strings.Replace(byClock, `"08:00 mon-fri"`, `""`, 1), "the key at is missing"},
		"a bare time":    {strings.Replace(byClock, `"08:00 mon-fri"`, "8", 1), "text is needed here"},
		"a time besides": {strings.Replace(byClock, "kind: schedule", "kind: change", 1), `unknown key "at"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, found := plan.Parse("plan.yaml", []byte(onClock(tt.trigger)))
			if !strings.Contains(render(found), tt.want) {
				t.Errorf("got %s\nwant %s", render(found), tt.want)
			}
		})
	}
}
