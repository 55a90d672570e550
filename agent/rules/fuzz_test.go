package rules_test

import (
	"slices"
	"testing"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/runtime/check"
)

// FuzzPlan: whatever the goal, there is exactly one kind of answer, and a draft passes
// the check and survives printing. No choice is refused.
func FuzzPlan(f *testing.F) {
	for _, goal := range slices.Concat(plainGoals, namedGoals, followGoals) {
		f.Add(goal)
	}
	for _, o := range others {
		f.Add(o.goal)
	}
	for _, v := range followVariations {
		f.Add(v.goal)
	}
	f.Fuzz(func(t *testing.T, goal string) {
		a, err := planner().Plan(t.Context(), agent.Goal{Text: goal})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Validate(); err != nil {
			t.Fatal(err)
		}
		if a.Draft == nil {
			for _, q := range a.Questions {
				for _, to := range goals(q) {
					if next := ask(t, planner(), to); next.Refusal != nil {
						t.Fatalf("%q: the choice %q is refused: %s", goal, to, bad(next))
					}
				}
			}
			return
		}
		if _, list := check.Check(a.Draft.Plan, embedded()); list.HasErrors() {
			t.Fatalf("%q: %v", goal, list)
		}
		if p, list := parsePlan(a.Draft.Plan.YAML()); list.HasErrors() || p.Digest() != a.Draft.Plan.Digest() {
			t.Fatalf("%q: the printed plan is another one: %v", goal, list)
		}
	})
}
