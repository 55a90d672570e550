package plans_test

import (
	"strings"
	"testing"

	"github.com/planwright/planwright/plans"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// TestFollowingPlansPass holds the plans that keep links and payments current to pass the
// check without a finding of any kind, and no two of all shipped plans to wake each other
// without end.
func TestFollowingPlansPass(t *testing.T) {
	cat, _ := catalog.Open("", specs.Embedded())
	all := plans.All(cat)
	checked := map[string]*check.Checked{}
	for name, p := range all {
		checked[name], _ = check.Check(p, cat)
	}
	for _, name := range []string{"account-renamed", "account-merged", "contact-retired", "refund-to-opportunity"} {
		if all[name] == nil {
			t.Errorf("%s is not shipped", name)
			continue
		}
		_, found := check.Check(all[name], cat)
		for _, f := range found {
			t.Errorf("%s: %s %s at %s", name, f.Code, f.Message, f.Pointer)
		}
	}
	for name, c := range checked {
		for other, d := range checked {
			life := strings.HasPrefix(other, "deal-") || strings.HasPrefix(name, "deal-") // which bound themselves
			if c == nil || d == nil || life {
				continue
			}
			if f := c.Rounds(d); f != nil {
				t.Errorf("%s and %s: %s", name, other, f.Message)
			}
		}
	}
}
