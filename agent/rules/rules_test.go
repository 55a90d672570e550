package rules_test

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/rules"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

var embedded = sync.OnceValue(func() *catalog.Catalog {
	cat, list := catalog.Open("", specs.Embedded())
	if list.HasErrors() {
		panic(list)
	}
	return cat
})

var planner = sync.OnceValue(func() *rules.Planner { return rules.New(embedded()) })

// ask plans one goal and fails the test unless the answer is one of the three.
func ask(t testing.TB, p *rules.Planner, goal string) agent.Answer {
	t.Helper()
	a, err := p.Plan(t.Context(), agent.Goal{Text: goal})
	if err != nil {
		t.Fatalf("%q: %v", goal, err)
	}
	if err := a.Validate(); err != nil {
		t.Fatalf("%q: %v", goal, err)
	}
	return a
}

// drafted wants a draft that passes the check.
func drafted(t testing.TB, p *rules.Planner, cat *catalog.Catalog, goal string) *plan.Plan {
	t.Helper()
	a := ask(t, p, goal)
	if a.Draft == nil {
		t.Errorf("%q: no draft: %s", goal, bad(a))
		return nil
	}
	if _, list := check.Check(a.Draft.Plan, cat); list.HasErrors() {
		t.Errorf("%q: the draft does not check:\n%v", goal, list)
	}
	return a.Draft.Plan
}

// bad renders questions and reasons for a failure text.
func bad(a agent.Answer) string {
	var out []string
	for _, q := range a.Questions {
		out = append(out, "? "+string(q.Code)+" "+strings.Join(q.About, "|")+": "+q.Text)
	}
	if a.Refusal != nil {
		for _, r := range a.Refusal.Reasons {
			out = append(out, "! "+string(r.Code)+" "+strings.Join(r.About, "|")+": "+r.Text)
		}
	}
	return strings.Join(out, "\n  ")
}

// core is a plan without the words it was made from.
func core(p *plan.Plan) string {
	c := *p
	c.Goal, c.Notes = "", nil
	return string(c.Canonical())
}

// lines reads a file of goals: one a line, # begins a comment.
func lines(t testing.TB, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for l := range strings.Lines(string(data)) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			out = append(out, l)
		}
	}
	return out
}

// TestWordings: every wording of the first automation gives one and the same plan.
func TestWordings(t *testing.T) {
	dev := lines(t, "testdata/w1-dev.txt")
	first := drafted(t, planner(), embedded(), dev[0])
	if first == nil {
		return
	}
	for _, file := range []string{"testdata/w1-dev.txt", "testdata/w1-heldout.txt"} {
		for _, goal := range lines(t, file) {
			p := drafted(t, planner(), embedded(), goal)
			if p == nil {
				continue
			}
			if diff := cmp.Diff(core(first), core(p)); diff != "" {
				t.Errorf("%q: another plan (-first +this):\n%s", goal, diff)
			}
			if p.Goal != goal {
				t.Errorf("%q: the plan's goal is %q", goal, p.Goal)
			}
		}
	}
}

// freshPlanner compiles everything again.
func freshPlanner(t testing.TB) *rules.Planner {
	t.Helper()
	cat, list := catalog.Open("", specs.Embedded())
	if list.HasErrors() {
		t.Fatal(list)
	}
	return rules.New(cat)
}

// parsePlan reads a printed plan back.
func parsePlan(data []byte) (*plan.Plan, diag.List) { return plan.Parse("draft.yaml", data) }
