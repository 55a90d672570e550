package rules_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/plans"
)

// bare is a plan without its words and its name: what it does.
func bare(p *plan.Plan) string {
	c := *p
	c.Goal, c.Name, c.Notes = "", "", nil
	return string(c.YAML())
}

// follows: the automations that follow a record into another API, each with the file of its
// wordings and the plan that ships for it.
var follows = []struct{ file, shipped string }{
	{"testdata/w3.txt", "account-to-contact"},
}

// TestFollowWordings: every wording gives the plan that ships, to the step and the field.
func TestFollowWordings(t *testing.T) {
	for _, f := range follows {
		want := bare(plans.All(embedded())[f.shipped])
		for _, goal := range lines(t, f.file) {
			p := drafted(t, planner(), embedded(), goal)
			if p == nil {
				continue
			}
			if diff := cmp.Diff(want, bare(p)); diff != "" {
				t.Errorf("%q: another plan than %s (-shipped +this):\n%s", goal, f.shipped, diff)
			}
		}
	}
}
