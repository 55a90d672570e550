package loop

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

var update = flag.Bool("update", false, "rewrite golden files")

var embedded = sync.OnceValue(func() *catalog.Catalog {
	cat, list := catalog.Open("", specs.Embedded())
	if list.HasErrors() {
		panic(list)
	}
	return cat
})

// The four automations that the program exists for.
var goals = map[string]string{
	"w1": "When an opportunity is closed-won in Salesforce, create an invoice with the line items in Xero.",
	"w2": "When a Xero invoice is paid, update the opportunity and a chosen payment field in Salesforce.",
	"w3": "When an account is created in Salesforce, match or create the Xero contact and keep the link on both sides.",
	"w4": "When a Xero invoice is overdue, create a follow-up task for the record's owner in Salesforce.",
}

// reference are the plans of the four automations as they should be drafted.
func reference(t testing.TB) map[string]*plan.Plan {
	t.Helper()
	out := map[string]*plan.Plan{}
	for name, file := range map[string]string{
		"w1": "closed-won-to-invoice", "w2": "invoice-to-opportunity", "w3": "account-to-contact", "w4": "overdue-task",
	} {
		data, err := os.ReadFile("../../plans/" + file + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		for _, api := range embedded().APIs() {
			text = strings.NewReplacer("SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest).Replace(text)
		}
		p, list := plan.Parse(file, []byte(text))
		if list.HasErrors() {
			t.Fatal(list)
		}
		out[name] = p
	}
	return out
}

// TestRetrieved: whatever the right plan for a goal uses is shown for the goal, in the
// person's words and in the plan's own.
func TestRetrieved(t *testing.T) {
	for name, p := range reference(t) {
		checked, list := check.Check(p, embedded())
		if list.HasErrors() {
			t.Fatal(list)
		}
		for _, goal := range []string{goals[name], p.Goal} {
			s := retrieve(embedded(), goal)
			shown := slices.Clone(s.objects)
			for _, op := range s.operations {
				shown = append(shown, op.Name())
				if !safe(op) {
					t.Errorf("%s: %s is shown, which the check refuses", name, op.Name())
				}
			}
			// What a result of a write looks like is the program's business; the task of
			// the second automation is in the words of its plan alone.
			shown = append(shown, "salesforce.SaveResult")
			if goal == goals["w2"] {
				shown = append(shown, "salesforce.Task", "salesforce.Task.update")
			}
			if name == "w2" { // that an invoice can be paid too much is in nobody's words
				shown = append(shown, "xero.getOverpayments", "xero.Overpayment")
			}
			sheet := checked.Sheet()
			for _, o := range sheet.Operations {
				found := o.Spare > 0 && o.Calls == 0 || slices.Equal(o.Steps, []string{"trigger"}) // called by the program itself
				p.All(func(_ string, st *plan.Step) {
					found = found || st.Kind == plan.Ensure && slices.Contains(o.Steps, string(st.ID))
				})
				if !found && !slices.Contains(shown, o.Name) {
					t.Errorf("%s: %q: the operation %s is not shown", name, goal, o.Name)
				}
			}
			for _, o := range sheet.Objects {
				if _, known := embedded().Object(o.Name); known && !slices.Contains(shown, o.Name) {
					t.Errorf("%s: %q: the object %s is not shown", name, goal, o.Name)
				}
			}
		}
	}
}

// TestReferencePlans: the right answer to each goal comes through as it is.
func TestReferencePlans(t *testing.T) {
	for name, p := range reference(t) {
		a, _ := ask(t, planner(says(submitted(t, p))), p.Goal)
		if a.Draft == nil {
			t.Errorf("%s: %+v", name, a.Refusal)
			continue
		}
		got, want := *a.Draft.Plan, *p
		got.Notes, want.Notes, got.Limits, want.Limits = nil, nil, nil, nil // the program adds to these
		if got.Digest() != want.Digest() {
			t.Errorf("%s: %s", name, cmp.Diff(string(want.Canonical()), string(got.Canonical())))
		}
		for limit, most := range p.Limits {
			if a.Draft.Plan.Limits[limit] != most {
				t.Errorf("%s: the limit %s is %d, want %d", name, limit, a.Draft.Plan.Limits[limit], most)
			}
		}
	}
}

func TestClauses(t *testing.T) {
	got := clauses("When an order is paid, write a bill and send it.")
	want := []string{"When an order is paid, write a bill and send it.", "an order is paid", "write a bill", "send it"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := len(clauses(strings.Repeat("a,b,", 5) + strings.Repeat("order x, ", 1000))); n > maxClauses {
		t.Errorf("%d clauses", n)
	}
	if n := len(clauses(longGoal())); n != maxClauses {
		t.Errorf("%d clauses of a long goal", n)
	}
}

// longGoal has more clauses than are looked up.
func longGoal() string {
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, "order %d, ", i)
	}
	return b.String()
}

// TestPrompt shows a whole prompt as a model sees it; it is the same every time. It is one
// over the small APIs, so that it changes with the prompt and not with every spec.
func TestPrompt(t *testing.T) {
	const goal = "When an order is paid in the shop, write a bill with its lines in the books."
	got := system(shop(t), goal, theExamples())
	if again := system(shop(t), goal, theExamples()); again != got {
		t.Error("the second prompt differs from the first")
	}
	const path = "testdata/bill.prompt.txt"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s: -want +got (go test ./agent/loop -update rewrites it):\n%s", path, diff)
	}
	for name, goal := range goals {
		n := len(system(embedded(), goal, theExamples()))
		if n > maxPrompt {
			t.Errorf("%s: a prompt of %d bytes", name, n)
		}
		t.Logf("%s: %d bytes", name, n)
	}
}

// shop are the two small APIs of the check's tests, over which the examples are written.
func shop(t testing.TB) *catalog.Catalog {
	t.Helper()
	read := func(name string) []byte {
		data, err := os.ReadFile("../../runtime/check/testdata/" + name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	cat, list := catalog.Open("", []catalog.Source{
		{Name: "shop", Spec: read("shop")}, {Name: "books", Spec: read("books"), Overlay: read("books-overlay")},
	})
	if list.HasErrors() {
		t.Fatal(list)
	}
	return cat
}

// TestExamplesCheck: what models are shown as right is right.
func TestExamplesCheck(t *testing.T) {
	cat := shop(t)
	for _, e := range theExamples() {
		c := compose([]byte(e.Answer), e.Goal, func(name string) (plan.APIRef, bool) { return pinned(cat, name) })
		if c.found.HasErrors() {
			t.Fatal(c.found)
		}
		if c.outcome != outcomePlan {
			continue
		}
		p, list := c.parse()
		if list.HasErrors() {
			t.Fatal(list)
		}
		if checked, list := check.Check(p, cat); len(list) > 0 {
			t.Error(list)
		} else if missing := checked.Sheet().Unlimited; len(missing) > 0 {
			t.Errorf("the example has no limits %v", missing)
		}
	}
}
