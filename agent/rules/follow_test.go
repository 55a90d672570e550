package rules_test

import (
	"os"
	"regexp"
	"slices"
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
// wordings, the plan it gives, and what that plan does beside the wordings.
var follows = []struct{ file, shipped, more string }{
	{"testdata/w2.txt", "testdata/w2.plan.yaml", ", and close the follow-up task."},
	{"testdata/w3.txt", "account-to-contact", ""},
	{"testdata/w4.txt", "testdata/w4.plan.yaml", ""},
}

// TestFollowWordings: every wording gives that plan, to the step and the field.
func TestFollowWordings(t *testing.T) {
	for _, f := range follows {
		want := bare(wanted(t, f.shipped))
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

// wanted is a plan that ships, or the one of a file. The draft for payments is simpler than
// the plan that ships: it knows no settings and does not look for a person's edits.
func wanted(t *testing.T, name string) *plan.Plan {
	t.Helper()
	if !strings.HasSuffix(name, ".yaml") {
		return plans.All(embedded())[name]
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p, list := plan.Parse(name, []byte(plans.Pin(string(text), embedded())))
	if list.HasErrors() {
		t.Fatal(list)
	}
	return p
}

// followGoals are one of each automation that follows a record.
var followGoals = []string{
	"When an account is created in Salesforce, find or create the contact in Xero, and keep the link on both sides.",
	"When a Xero invoice is paid, part-paid, credited or voided, update the opportunity and its payment fields in Salesforce, and close the follow-up task.",
	"When a Xero invoice is overdue, create a follow-up task for the owner in Salesforce after 1, 7 and 30 days, with low priority, due in 3 days, at most 20 tasks a day.",
}

// TestFollowStrangers puts a word that means nothing between any two of a goal: no draft
// ignores it.
func TestFollowStrangers(t *testing.T) {
	for _, goal := range followGoals {
		said := strings.Fields(goal)
		for i := range len(said) + 1 {
			w := strangers[(i*7)%len(strangers)]
			if w == "~" || w == "/" || w == "--" || w == "twice" {
				w = "purple"
			}
			odd := strings.Join(slices.Concat(said[:i], []string{w}, said[i:]), " ")
			a := ask(t, planner(), odd)
			if a.Draft != nil {
				t.Errorf("%q: a draft that ignores %q", odd, w)
			}
		}
	}
}
