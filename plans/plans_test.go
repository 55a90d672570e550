package plans_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/plans"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// TestPlansPass holds the four automations to pass the check on the embedded specs without
// a finding of any kind.
func TestPlansPass(t *testing.T) {
	cat, found := catalog.Open("", specs.Embedded())
	if len(found) > 0 {
		t.Fatal(found)
	}
	var names []string
	for name, p := range plans.Automations(cat) {
		names = append(names, name)
		checked, found := check.Check(p, cat)
		for _, f := range found {
			t.Errorf("%s: %s %s at %s", name, f.Code, f.Message, f.Pointer)
		}
		if checked == nil {
			continue
		}
		if unlimited := checked.Sheet().Unlimited; len(unlimited) > 0 {
			t.Errorf("%s: without the limits %q", name, unlimited)
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"account-to-contact", "closed-won-to-invoice", "invoice-to-opportunity", "overdue-task"}, names); diff != "" {
		t.Errorf("plans (-want +got):\n%s", diff)
	}
}

// TestLifePlansPass holds the plans for what comes after an invoice to pass the check; that a
// successor's number grows is a warning.
func TestLifePlansPass(t *testing.T) {
	cat, _ := catalog.Open("", specs.Embedded())
	all := plans.All(cat)
	for _, name := range []string{"deal-after-invoice", "deal-deleted", "reissued-invoice-to-deal"} {
		if all[name] == nil {
			t.Errorf("%s is not shipped", name)
			continue
		}
		_, found := check.Check(all[name], cat)
		for _, f := range found {
			if f.Code != "may-be-too-long" {
				t.Errorf("%s: %s %s at %s", name, f.Code, f.Message, f.Pointer)
			}
		}
	}
}
