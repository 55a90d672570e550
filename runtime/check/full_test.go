package check_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

var anyDigest = regexp.MustCompile(`sha256:[0-9a-f]{64}`)

func checked(t testing.TB, cat *catalog.Catalog, file string) *check.Checked {
	t.Helper()
	c, found := check.Check(readPlan(t, cat, file), cat)
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	return c
}

// TestGoldenText holds the drawing and the permission sheet of a plan with every kind of
// step; both are printed as a person sees them.
func TestGoldenText(t *testing.T) {
	c := checked(t, openSmall(t), "testdata/full.yaml")
	golden(t, "testdata/full.text", anyDigest.ReplaceAllString(c.Text(), "sha256:…"))
	golden(t, "testdata/full.sheet", anyDigest.ReplaceAllString(c.Sheet().String(), "sha256:…"))
	data, err := json.MarshalIndent(c.Sheet(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/full.sheet.json", anyDigest.ReplaceAllString(string(data), "sha256:…")+"\n")
}

// TestW1 holds the main plan to check without a warning against the embedded specs.
func TestW1(t *testing.T) {
	c := checked(t, openEmbedded(t), "testdata/w1.yaml")
	text := c.Text()
	for _, want := range []string{
		"WRITES invoice: xero.createInvoices CREATES xero.Invoice",
		"sent once (key InvoiceNumber ← 'SF-' + string(opportunity.Id))",
		"UPDATES salesforce.Opportunity",
		"← product(line.Product2Id).Code",
		"xero.Item.Code",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the drawing does not say %q:\n%s", want, text)
		}
	}
	sheet := c.Sheet()
	if sheet.Plan != c.Digest || c.Digest != c.Plan.Digest() {
		t.Error("the sheet belongs to another digest")
	}
	var effects []string
	for _, o := range sheet.Operations {
		if o.Effect != catalog.EffectNone {
			effects = append(effects, o.Name)
		}
	}
	want := []string{"salesforce.Opportunity.update", "xero.createContacts", "xero.createInvoices"}
	if diff := cmp.Diff(want, effects); diff != "" {
		t.Errorf("operations with an effect (-want +got):\n%s", diff)
	}
}

// TestW1AgainstTheVendorsFile checks the same plan against the file that Xero publishes,
// under the overlay we ship.
func TestW1AgainstTheVendorsFile(t *testing.T) {
	const file = "../../../shared/specs/xero_accounting.yaml"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Skipf("skipped, no copy of the vendor's file: %v", err)
	}
	overlay, _ := specs.Overlay("xero")
	sources := []catalog.Source{{Name: "xero", Spec: data, Overlay: overlay}}
	for _, s := range specs.Embedded() {
		if s.Name != "xero" {
			sources = append(sources, s)
		}
	}
	cat, found := catalog.Open("", sources)
	if found.HasErrors() {
		t.Fatal(found)
	}
	c := checked(t, cat, "testdata/w1.yaml")
	if c.Expr("/steps/5/body/LineItems/do/Quantity") == nil {
		t.Error("no program for the quantity")
	}
}

func TestCheckedAnswersTheEngine(t *testing.T) {
	c := checked(t, openSmall(t), "testdata/full.yaml")
	c.Plan.Walk(func(at string, v plan.Value) {
		if (v.Kind == plan.Expression) != (c.Expr(at) != nil) {
			t.Errorf("%s is a %s, has a program: %v", at, v.Kind, c.Expr(at) != nil)
		}
	})
	for at, want := range map[string]schema.Kind{
		"/trigger/when": schema.Bool, "/trigger/key": schema.String,
		"/steps/5/body/Lines/do/Quantity": schema.Decimal, "/steps/5/body/Lines/each": schema.List,
		"/steps/6/steps/0/when": schema.Bool, "/steps/4/find/1/Name": schema.String,
	} {
		if p := c.Expr(at); p == nil || p.Type().Kind != want {
			t.Errorf("%s: %+v, want a %s", at, p, want)
		}
	}
	for id, want := range map[plan.StepID]string{
		"customer": "shop.Customer.get → shop.Customer", "lines": "shop.query → list(step.lines)",
		"party": "books.createParties → books.Party", "bill": "books.createBills → books.Bill",
		"back": "shop.Order.update → ", "agent_row": " → mapping.agent", "agrees": " → ", "every": " → ", "extra": "books.createBills → books.Bill",
	} {
		info := c.Step(id)
		got := " → "
		if info.Operation != nil {
			got = info.Operation.Name() + got
		}
		if info.Value.Kind != "" {
			got += info.Value.String()
		}
		if got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	if e := c.Step("party").Entity; e.Object != "books.Party" || e.Create != "createParties" {
		t.Errorf("the entity of party is %+v", e)
	}
	if r := c.Step("bill").Request; r.Ref != "books.Bill" {
		t.Errorf("the request of bill is %v", r)
	}
	if got := c.Step("nobody"); got.Pointer != "" || got.Operation != nil {
		t.Error("a step that is not there has facts")
	}
}

func TestReads(t *testing.T) {
	c := checked(t, openSmall(t), "testdata/full.yaml")
	reads := c.Reads()
	want := map[string][]string{
		"shop.Order":     {"Country", "CustomerId", "Id", "Labels", "Modified", "Number", "Paid", "PlacedAt", "Total"},
		"shop.Customer":  {"Email", "Id", "Name"},
		"shop.OrderLine": {"Id", "OrderId", "Price", "ProductId", "Quantity", "Title"},
		"shop.Product":   {"Id", "Name"},
		"books.Party":    {"Name", "PartyID", "Ref"},
		"books.Bill":     {"BillID", "Number", "Total"},
	}
	if diff := cmp.Diff(want, reads); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}
	reads["shop.Order"][0] = "changed"
	if slices.Contains(c.Reads()["shop.Order"], "changed") {
		t.Error("a caller can change what is read")
	}
}

func TestRowTypes(t *testing.T) {
	c := checked(t, openSmall(t), "testdata/full.yaml")
	for name, want := range map[string]string{
		"step.lines":         "Id:shop.OrderLine.Id ProductId:shop.Product.Id Quantity:decimal Price:decimal Title:string Product:step.lines.Product",
		"step.lines.Product": "Name:string",
		"mapping.item":       "Code:books.Item.Code Sales:mapping.item.Sales",
		"mapping.item.Sales": "AccountCode:books.Account.Code",
		"mapping.agent":      "Ref:string",
	} {
		o, ok := c.Object(name)
		if !ok {
			t.Errorf("no object %s", name)
			continue
		}
		var got []string
		for _, f := range o.Fields {
			got = append(got, f.Name+":"+f.Type.String())
			if !f.Always {
				t.Errorf("%s.%s may be absent", name, f.Name)
			}
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%s has %s, want %s", name, g, want)
		}
	}
}

// TestWorstCase counts the calls that one event may cause: the sheet is what a person
// compares with an API's daily allowance.
func TestWorstCase(t *testing.T) {
	sheet := checked(t, openSmall(t), "testdata/full.yaml").Sheet()
	calls := map[string][2]int{}
	for _, o := range sheet.Operations {
		calls[o.Name] = [2]int{o.Calls, o.Spare}
	}
	want := map[string][2]int{
		"shop.Order.get": {1, 0}, "shop.query": {1, 0}, "shop.Customer.get": {1, 0}, "shop.Order.update": {1, 0},
		"books.getParties": {2, 1}, "books.createParties": {1, 0}, // two ways to find, one look-up after a lost answer
		"books.createBills": {11, 0}, "books.sendBill": {10, 0}, "books.getBills": {0, 11}, // ten times the inner steps
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Errorf("calls and look-ups (-want +got):\n%s", diff)
	}
	if sheet.APIs[0].Name != "books" || sheet.APIs[0].Calls != 24 || sheet.APIs[0].Spare != 12 {
		t.Errorf("books: %+v", sheet.APIs[0])
	}
	if diff := cmp.Diff([]string{"amount_per_bill", "bills_per_day"}, []string{sheet.Limits[0].Name, sheet.Limits[1].Name}); diff != "" {
		t.Error(diff)
	}
	if !slices.Contains(sheet.Unlimited, "partys_per_day") {
		t.Errorf("not said to be unlimited: %v", sheet.Unlimited)
	}
}

func TestFindingsAreCappedAndSorted(t *testing.T) {
	cat := openSmall(t)
	var b strings.Builder
	b.WriteString(`planwright: 1
name: many
apis: {shop: {spec: "SPEC(shop)"}}
trigger: {api: shop, kind: change, object: Order, as: order, when: true, key: "${order.Id}"}
steps:
`)
	for range 150 {
		b.WriteString("  - {id: same, assert: \"${order.Nope}\"}\n")
	}
	p, found := plan.Parse("many.yaml", []byte(fill(t, cat, b.String())))
	if len(found) > 0 {
		t.Fatal(found)
	}
	_, found = check.Check(p, cat)
	if len(found) != 101 || found[100].Code != "more-findings" {
		t.Fatalf("got %d findings, the last %v", len(found), found[len(found)-1])
	}
	for i := range 99 {
		if found[i].Line > found[i+1].Line {
			t.Fatalf("finding %d is out of order", i)
		}
	}
}

// TestPlanThatWasNeverText checks a plan made by a program: it has no places, and the
// findings must still have pointers.
func TestPlanThatWasNeverText(t *testing.T) {
	p := &plan.Plan{
		Planwright: 1, Name: "made",
		Trigger: plan.Trigger{API: "shop", Kind: "change", Object: "Order", As: "order", When: plan.Value{Kind: plan.Literal, Literal: true}, Key: plan.Value{Kind: plan.Expression, Expr: "order.Id"}},
		Steps:   []plan.Step{{ID: "a", Kind: plan.Assert, That: &plan.Value{Kind: plan.Expression, Expr: "order.Nope"}}},
	}
	c, found := check.Check(p, openSmall(t))
	if c != nil || !found.HasErrors() {
		t.Fatal("accepted")
	}
	for _, d := range found {
		if d.Pointer == "" || d.Line != 0 {
			t.Errorf("%+v", d)
		}
	}
}
