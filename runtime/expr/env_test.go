package expr_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/specs/schema"
)

func codes(found diag.List) []string {
	var out []string
	for _, d := range found {
		out = append(out, string(d.Code))
	}
	return out
}

func TestPromise(t *testing.T) {
	bare := env()
	e := bare.Promise("opportunity.Amount", "opportunity.Account", "opportunity.Account.Parent")
	for _, src := range []string{`opportunity.Amount * 2`, `opportunity.Account.Name`, `opportunity.Account.Parent.Name`} {
		if p, _ := bare.Compile(src); p != nil {
			t.Errorf("%s: compiled without a promise", src)
		}
		compile(t, e, src)
	}
	for _, src := range []string{`opportunity.Probability`, `opportunity.Account.BillingCountry`, `opportunity.Account.Parent.Parent.Name`} {
		if _, found := e.Compile(src); !slices.Contains(codes(found), "expr-absent") {
			t.Errorf("%s: promised too much: %v", src, found)
		}
	}
	if _, found := e.WithVar("opportunity", schema.ObjectOf("salesforce.Opportunity")).Compile(`opportunity.Amount`); found == nil {
		t.Error("a promise outlived the variable it was made of")
	}
	if _, found := e.Compile(`lines.map(opportunity, opportunity.Discount)`); !slices.Contains(codes(found), "expr-absent") {
		t.Errorf("a promise leaked to a name that hides its variable: %v", found)
	}
}

// TestBrokenPromise: what was promised is looked at all the same.
func TestBrokenPromise(t *testing.T) {
	p := compile(t, env().Promise("opportunity.Amount"), `opportunity.Amount`)
	_, _, err := p.Eval(tree(t, `{"opportunity": {}}`), nil)
	var data *expr.DataError
	if !errors.As(err, &data) || data.Path != "opportunity.Amount" {
		t.Errorf("got %v, want a DataError", err)
	}
}

// TestPromisesRoundTrip: what one expression promises lets the next use it bare.
func TestPromisesRoundTrip(t *testing.T) {
	p := compile(t, env(), `has(opportunity.?Account.Parent) && opportunity.IsWon && has(opportunity.AccountId) && lines.all(l, has(l.Discount))`)
	if diff := cmp.Diff([]string{"opportunity.Account", "opportunity.Account.Parent", "opportunity.AccountId"}, p.Promises()); diff != "" {
		t.Fatal(diff)
	}
	compile(t, env().Promise(p.Promises()...), `opportunity.Account.Parent.Name + string(opportunity.AccountId)`)
	if got := compile(t, env(), `has(opportunity.AccountId) || opportunity.IsWon`).Promises(); len(got) > 0 {
		t.Errorf("an or promises nothing, got %v", got)
	}
}

func TestEnvIsImmutable(t *testing.T) {
	a := expr.New(objects())
	b := a.WithVar("x", text)
	c := b.WithVar("x", whole).WithMapping("m", expr.Mapping{Result: schema.ObjectOf("mapping.tax")})
	if p, _ := a.Compile(`x`); p != nil {
		t.Error("WithVar changed the Env it was called on")
	}
	if p, _ := b.Compile(`m().TaxType`); p != nil {
		t.Error("WithMapping changed the Env it was called on")
	}
	compile(t, b, `x + "a"`)
	compile(t, c, `x + 1`)
	got, _, err := compile(t, c, `m().TaxType`).Eval(nil, table{"m()": {"TaxType": "T"}})
	if err != nil || got != "T" {
		t.Errorf("m() = %v (%v)", got, err)
	}
}

// counting is a source that notes what is asked of it.
type counting struct {
	schema.Set
	mu    sync.Mutex
	asked map[string]int
}

func (c *counting) Object(name string) (*schema.Object, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[name]++
	return c.Set.Object(name)
}

func TestObjectsAreLookedUpWhenUsed(t *testing.T) {
	src := &counting{Set: objects(), asked: map[string]int{}}
	e := expr.New(src).WithVar("opportunity", schema.ObjectOf("salesforce.Opportunity")).WithVar("lines", schema.ListOf(schema.ObjectOf("step.lines")))
	for range 3 {
		compile(t, e, `opportunity.IsWon`)
	}
	if diff := cmp.Diff(map[string]int{"salesforce.Opportunity": 1}, src.asked); diff != "" {
		t.Error(diff)
	}
}

func TestMappingNamedLikeAFunction(t *testing.T) {
	e := env().WithMapping("string", expr.Mapping{Inputs: []schema.Type{text}, Result: schema.ObjectOf("mapping.tax")})
	if _, found := e.Compile(`string("x").TaxType`); !slices.Contains(codes(found), "expr-refused") {
		t.Errorf("got %v", found)
	}
	compile(t, e, `opportunity.Name`)
}

// TestOpenTypes: what a spec leaves open is untyped, not a hole in the checking.
func TestOpenTypes(t *testing.T) {
	set := schema.Set{"o": object("o", always("None", schema.Type{}), always("Odd", kind("odd")), always("List", kind(schema.List)))}
	e := expr.New(set).WithVar("o", schema.ObjectOf("o")).WithVar("v", schema.Type{}).WithMapping("m", expr.Mapping{Inputs: []schema.Type{{}}, Result: schema.Type{}})
	for _, src := range []string{`o.None + 1`, `o.Odd == o.Odd`, `v.x`, `o.List.map(x, x + 1)`, `o.List.sum()`, `m(v) + 1`, `string(o.None)`} {
		if p, found := e.Compile(src); p != nil || found[0].Code != "expr-untyped" && found[0].Code != "expr-arguments" {
			t.Errorf("%s: %v", src, found)
		}
	}
	for _, src := range []string{`o.None`, `o.List`, `o.List.size()`, `v`, `o.List.first()`} {
		compile(t, e, src)
	}
}

func TestVariableNamedLikeAnAPI(t *testing.T) {
	set := objects()
	set["salesforce.Opportunity.Name"] = object("salesforce.Opportunity.Name")
	e := expr.New(set).WithVar("salesforce", schema.ObjectOf("salesforce.Account"))
	got, _, err := compile(t, e, `salesforce.Name`).Eval(tree(t, `{"salesforce": {"Name": "n"}}`), nil)
	if err != nil || got != "n" {
		t.Errorf("got %v (%v)", got, err)
	}
}

func TestTooBig(t *testing.T) {
	for name, src := range map[string]string{
		"bytes": strings.Repeat(" ", 4097),
		"depth": strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300),
		"lists": strings.Repeat("[", 200) + "1" + strings.Repeat("]", 200),
		"nodes": "lines.map(a, lines.map(b, " + strings.TrimSuffix(strings.Repeat("[[[[[[[[1]]]]]]]],", 200), ",") + "))",
	} {
		p, found := env().Compile(src)
		if p != nil || len(found) == 0 || found[0].Line != 1 {
			t.Errorf("%s: got %v", name, found)
		}
		if name != "nodes" && found[0].Code != "expr-too-big" {
			t.Errorf("%s: got %v, want expr-too-big", name, found)
		}
	}
	if _, found := env().Compile(" \n"); !slices.Equal(codes(found), []string{"expr-syntax"}) {
		t.Errorf("an empty expression gives %v", found)
	}
	compile(t, env(), "1"+strings.Repeat(" + 1", 90))
}

func TestNames(t *testing.T) {
	for src, want := range map[string]string{
		`opportunity.Name + account.Name`:                                "account opportunity",
		`lines.map(l, l.Quantity * rate)`:                                "lines rate",
		`lines.map(l, l.Quantity).map(q, q * l.x)`:                       "l lines",
		`lines.filter(l, lines.exists(m, m.Id == l.Id && has(o.X)))`:     "lines o",
		`has(a.b) && [c, ?d].first().optMap(e, e + f) == optional.of(g)`: "a c d f g",
		`product(line.Product2Id).Code`:                                  "line",
		`"lines" + 'x.y'`:                                                "",
		`{"k": v, w: 1}`:                                                 "v w",
		`T{f: x}`:                                                        "x",
		`x.?y.orValue(z)`:                                                "x z",
		`a +`:                                                            "",
	} {
		if got := strings.Join(expr.Names(src), " "); got != want {
			t.Errorf("Names(%s) = %q, want %q", src, got, want)
		}
	}
}

func TestValidName(t *testing.T) {
	for name, want := range map[string]bool{
		"opportunity": true, "_x1": true, "Step2": true, "size": true,
		"": false, "1x": false, "a-b": false, "a.b": false, "größe": false, "in": false, "for": false, "package": false, "optional": false, "a b": false,
	} {
		if got := expr.ValidName(name); got != want {
			t.Errorf("ValidName(%q) = %v", name, got)
		}
		if name == "" || name == "optional" {
			continue
		}
		p, _ := expr.New(objects()).WithVar(name, text).Compile(name)
		if (p != nil) != want {
			t.Errorf("a variable %q compiles: %v", name, p != nil)
		}
	}
}

// TestDocumentedCodes holds the page and the code to one list.
func TestDocumentedCodes(t *testing.T) {
	page, err := os.ReadFile("../../docs/expressions.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, m := range regexp.MustCompile("(?m)^### `(expr-[a-z-]+)`$").FindAllStringSubmatch(string(page), -1) {
		documented = append(documented, m[1])
	}
	var have []string
	for _, c := range expr.Codes() {
		have = append(have, string(c))
	}
	slices.Sort(documented)
	slices.Sort(have)
	if diff := cmp.Diff(have, documented); diff != "" {
		t.Errorf("Codes and docs/expressions.md differ (-code +page)\n%s", diff)
	}
	golden, err := os.ReadFile("testdata/refused.golden")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range have {
		if c != "expr-too-big" && !strings.Contains(string(golden), " "+c+":") {
			t.Errorf("no expression in testdata/refused.golden provokes %s", c)
		}
	}
}

// TestCompared names the literal texts that fields are compared with, wherever they stand.
func TestCompared(t *testing.T) {
	p := compile(t, env(), `(opportunity.StageName == "Closed Won" || "Prospecting" != opportunity.StageName) && opportunity.?Description.orValue("") in ["New", "Old"]
		&& opportunity.Name + "" == "no field alone" && "a" == "a" && lines.exists(l, l.Product2.Name == "Pen")`)
	var got []string
	for _, c := range p.Compared() {
		got = append(got, c.Object+"."+c.Field+" "+c.Value)
	}
	want := []string{
		"salesforce.Opportunity.Description New", "salesforce.Opportunity.Description Old",
		"salesforce.Opportunity.StageName Closed Won", "salesforce.Opportunity.StageName Prospecting", "step.lines.Product2.Name Pen",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("compared (-want +got):\n%s", diff)
	}
}
