package check_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// TestGoldenDecide holds what a person reads of a plan that asks people: the drawing, the
// sheet and the outline.
func TestGoldenDecide(t *testing.T) {
	c := checked(t, openSmall(t), "testdata/decide.yaml")
	golden(t, "testdata/decide.text", anyDigest.ReplaceAllString(c.Text(), "sha256:…"))
	golden(t, "testdata/decide.sheet", anyDigest.ReplaceAllString(c.Sheet().String(), "sha256:…"))
	data, err := json.MarshalIndent(c.Outline(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/decide.outline.json", anyDigest.ReplaceAllString(string(data), "sha256:…")+"\n")
	want := "For each order, if its Paid is true: creates 1 party if none is found, creates 1 to 13 bills; asks a person up to 14 times; reads 1 thing; at most 17 calls (14 more if answers are lost)"
	if got := c.Outline().Summary(); got != want {
		t.Errorf("the summary is %q, want %q", got, want)
	}
}

// TestValuesOfDecisions holds which steps of that plan have a value, and of which type.
func TestValuesOfDecisions(t *testing.T) {
	c := checked(t, openSmall(t), "testdata/decide.yaml")
	got := map[plan.StepID]string{}
	c.Plan.All(func(_ string, s *plan.Step) {
		if v := c.Step(s.ID).Value; v.Kind != "" {
			got[s.ID] = v.String()
		}
	})
	want := map[plan.StepID]string{
		"large": "bool", "terms": "string", "sure": "bool", "party": "books.Party", "bill": "books.Bill", "ok": "bool", "extra": "books.Bill",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"net30", "net60"}, c.Step("terms").Value.Enum); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
	maybe := map[string]bool{}
	for _, o := range c.Outline().Outputs {
		maybe[o.Name] = o.Maybe
	}
	if diff := cmp.Diff(map[string]bool{"bill": false, "terms": false, "sure": true, "note": true}, maybe); diff != "" {
		t.Errorf("outputs that may be absent (-want +got):\n%s", diff)
	}
}

// TestNestedCost holds that the bound of a loop counts for every pass of the loops around it.
func TestNestedCost(t *testing.T) {
	sheet := checked(t, openSmall(t), "testdata/decide.yaml").Sheet()
	for _, o := range sheet.Operations {
		if o.Name == "books.createBills" && (o.Calls != 12 || o.Calls > check.MaxCalls) {
			t.Errorf("%s: %d calls, want 4 times 3", o.Name, o.Calls)
		}
	}
	if diff := cmp.Diff([]string{"terms", "sure", "ok"}, sheet.Asks); diff != "" {
		t.Errorf("asks (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"bill"}, sheet.Lost); diff != "" {
		t.Errorf("asks after a lost answer (-want +got):\n%s", diff)
	}
}
