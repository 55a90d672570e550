package rules_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/plans"
	"github.com/planwright/planwright/runtime/plan"
)

// spaces are those between the parts of an expression, and of a printed plan.
var spaces = regexp.MustCompile(`\s+`)

// bare is a plan without its words and its name: what it does.
func bare(p *plan.Plan) string {
	c, _ := plan.Parse("plan.yaml", p.YAML())
	c.Goal, c.Name, c.Notes = "", "", nil
	c.All(func(_ string, s *plan.Step) {
		if s.Kind == plan.Assert && s.Else == "" {
			s.Else = plan.Hold // what leaving it out means
		}
	})
	text := spaces.ReplaceAllString(string(c.YAML()), " ")
	// A draft closes the follow-ups of every stage, whose marks begin as that of the one stage.
	return strings.ReplaceAll(text, "Xero_Follow_Up__c: startsWith: ", "Xero_Follow_Up__c: ")
}

// follows: the automations that follow a record into another API, each with the file of its
// wordings, the plan that ships for it, and what that plan does beside the wordings.
var follows = []struct{ file, shipped, more string }{
	{"testdata/w2.txt", "invoice-to-opportunity", ", and close the follow-up task."},
	{"testdata/w3.txt", "account-to-contact", ""},
	{"testdata/w4.txt", "overdue-task", ""},
}

// TestFollowWordings: every wording gives the plan that ships, to the step and the field.
func TestFollowWordings(t *testing.T) {
	for _, f := range follows {
		want := bare(plans.All(embedded())[f.shipped])
		for _, goal := range lines(t, f.file) {
			if f.more != "" && !strings.Contains(goal, "close") {
				goal = strings.TrimSuffix(goal, ".") + f.more
			}
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
