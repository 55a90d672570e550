package loop

import (
	"flag"
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

// TestRetrieved: what an automation needs is among what the model is shown.
func TestRetrieved(t *testing.T) {
	for name, want := range map[string]string{
		"w1": `salesforce.Opportunity salesforce.Account salesforce.OpportunityLineItem salesforce.Product2 salesforce.Account.get salesforce.query
			salesforce.Opportunity.update xero.createInvoices xero.createContacts xero.Invoice xero.LineItem xero.Contact xero.Item xero.TaxRate`,
		"w2": `xero.Invoice xero.getInvoice xero.Payment salesforce.Opportunity salesforce.Opportunity.update salesforce.Opportunity.get`,
		"w3": `salesforce.Account salesforce.Account.get salesforce.Account.update xero.Contact xero.createContacts xero.updateContact`,
		"w4": `xero.Invoice xero.getInvoice salesforce.User`,
	} {
		s := retrieve(embedded(), goals[name])
		var got []string
		for _, op := range s.operations {
			got = append(got, op.Name())
			if !safe(op) {
				t.Errorf("%s: %s is shown, which the check refuses", name, op.Name())
			}
		}
		got = append(got, s.objects...)
		for w := range strings.FieldsSeq(want) {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %s is missing from\n  %s", name, w, strings.Join(got, "\n  "))
			}
		}
	}
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
