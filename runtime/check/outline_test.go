package check_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

func outlineJSON(t *testing.T, o check.Outline) string {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(o); err != nil {
		t.Fatal(err)
	}
	return anyDigest.ReplaceAllString(b.String(), "sha256:…")
}

// TestGoldenOutline holds the outlines of a plan with every kind of step and of the main
// plan.
func TestGoldenOutline(t *testing.T) {
	golden(t, "testdata/full.outline.json", outlineJSON(t, checked(t, openSmall(t), "testdata/full.yaml").Outline()))
	golden(t, "testdata/w1.outline.json", outlineJSON(t, checked(t, openEmbedded(t), "testdata/w1.yaml").Outline()))
}

func TestSummary(t *testing.T) {
	for name, o := range map[string]check.Outline{
		"For each won opportunity: creates 1 contact if none is found, creates 1 invoice, updates 1 opportunity; reads 3 things; " +
			"at most 8 calls (more for long lists, 2 more if answers are lost)": checked(t, openEmbedded(t), "testdata/w1.yaml").Outline(),
		"For each order, if its Paid is true and its Total is more than 0: creates 1 party if none is found, creates 1 to 11 bills, " +
			"sends up to 10 bills, updates 1 order; reads 3 things; at most 28 calls (more for long lists, 12 more if answers are lost)": checked(t, openSmall(t), "testdata/full.yaml").Outline(),
	} {
		if got := o.Summary(); got != name {
			t.Errorf("\n got %s\nwant %s", got, name)
		}
	}
}

// TestSummaryOfOddPlans covers subjects and counts that no golden plan has.
func TestSummaryOfOddPlans(t *testing.T) {
	write := func(kind plan.Kind, effect catalog.Effect, entity string) check.OutlineStep {
		return check.OutlineStep{Kind: kind, Effect: effect, Entity: entity, Once: &check.Once{}}
	}
	maybe := write(plan.Write, catalog.EffectDelete, "crm.Company")
	maybe.When = &check.Source{Text: "x.IsOld"}
	for want, o := range map[string]check.Outline{
		"For each opportunity that has changed: writes nothing; reads 1 thing; at most 1 call": {
			Trigger: check.OutlineTrigger{Object: "Opportunity", As: "o", When: check.Source{Text: "true", Literal: true}}, Calls: 1,
		},
		"For each case that meets the condition: deletes up to 1 company; reads 1 thing; at most 2 calls": {
			Trigger: check.OutlineTrigger{Object: "Case", As: "o", When: check.Source{Text: "o.X.matches('a')"}}, Calls: 2,
			Steps: []check.OutlineStep{maybe},
		},
		"For each order, if its IsVeryOld is true: creates up to 12 tax rates that are not found, sends up to 12 records; reads 13 things; at most 36 calls": {
			Trigger: check.OutlineTrigger{Object: "Order", As: "o", When: check.Source{Text: "o.IsVeryOld", Words: "the o's IsVeryOld is true"}}, Calls: 36,
			Steps: []check.OutlineStep{{Kind: plan.Each, Max: 3, Steps: []check.OutlineStep{{Kind: plan.Each, Max: 4, Steps: []check.OutlineStep{
				{Kind: plan.Read}, write(plan.Ensure, catalog.EffectCreate, "books.TaxRate"), write(plan.Write, catalog.EffectSend, ""),
			}}}}},
		},
	} {
		if got := o.Summary(); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

// TestOutlineKeepsEverything confirms that no value of the plan is missing from its outline:
// what is approved there is all there is.
func TestOutlineKeepsEverything(t *testing.T) {
	c := checked(t, openSmall(t), "testdata/full.yaml")
	o := c.Outline()
	text := outlineJSON(t, o)
	c.Plan.Walk(func(at string, v plan.Value) {
		if v.Kind != plan.Expression {
			return
		}
		quoted, _ := json.Marshal(strings.Join(strings.Fields(v.Expr), " "))
		raw := strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(string(quoted))
		if !strings.Contains(text, raw) {
			t.Errorf("%s: %s is not in the outline", at, raw)
		}
	})
	var ids, want []string
	c.Plan.All(func(_ string, s *plan.Step) { want = append(want, string(s.ID)) })
	var walk func([]check.OutlineStep)
	walk = func(steps []check.OutlineStep) {
		for _, s := range steps {
			ids = append(ids, string(s.ID))
			walk(s.Steps)
		}
	}
	walk(o.Steps)
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	for _, note := range c.Plan.Notes {
		if !strings.Contains(text, note) {
			t.Errorf("the note %q is lost", note)
		}
	}
}
