package plan_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the expected findings in testdata")

// base is the smallest plan; cases put other text in place of parts of it.
const base = `planwright: 1
name: small
apis:
  xero: {spec: "sha256:00000000000000000000000000000000000000000000000000000000000000aa"}
trigger: {api: xero, kind: change, object: Invoice, as: invoice, when: true, key: "${invoice.InvoiceID}"}
steps:
  - {id: a, assert: true}
`

func mustParse(t *testing.T, text string) *plan.Plan {
	t.Helper()
	p, found := plan.Parse("plan.yaml", []byte(text))
	if len(found) > 0 {
		t.Fatalf("%v\n%s", found, text)
	}
	return p
}

func readW1(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/w1.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// render prints findings as goldens hold them: place, code, message, pointer, hint.
func render(found diag.List) string {
	var b strings.Builder
	for _, d := range found {
		fmt.Fprintf(&b, "%s\n", d)
		if d.Pointer != "" {
			fmt.Fprintf(&b, "    at %s\n", d.Pointer)
		}
		if d.Hint != "" {
			fmt.Fprintf(&b, "    %s\n", d.Hint)
		}
	}
	return b.String()
}

// TestGoldenFindings reads every testdata/*.txtar: the first file is a plan, the file
// "want" what Parse finds.
func TestGoldenFindings(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, found := plan.Parse(a.Files[0].Name, a.Files[0].Data)
			got := render(found)
			if *update {
				a.Files = append(a.Files[:1], txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(a.Files) != 2 {
				t.Fatal("want two files: the plan and what is found (run with -update)")
			}
			if diff := cmp.Diff(string(a.Files[1].Data), got); diff != "" {
				t.Errorf("findings differ (-want +got):\n%s", diff)
			}
			if len(found) == 0 {
				t.Error("the case provokes nothing")
			}
		})
	}
}

func TestParseW1(t *testing.T) {
	p := mustParse(t, string(readW1(t)))
	if got := len(p.Steps); got != 8 {
		t.Fatalf("got %d steps, want 8", got)
	}
	invoice := p.Steps[5]
	if invoice.Kind != plan.Write || invoice.Target != "xero.createInvoices" {
		t.Errorf("step 5 is %s %s", invoice.Kind, invoice.Target)
	}
	lines := invoice.Body.Members["LineItems"]
	if lines.Kind != plan.EachV || lines.Each.As != "line" || lines.Each.Over.Expr != "lines" {
		t.Errorf("LineItems = %+v", lines)
	}
	if got := lines.Each.Do.Members["Quantity"].Expr; got != "line.Quantity" {
		t.Errorf("Quantity = %q", got)
	}
	if got := invoice.Body.Members["Type"]; got.Kind != plan.Literal || got.Literal != "ACCREC" {
		t.Errorf("Type = %+v", got)
	}
	if got := len(p.Steps[4].Find); got != 2 {
		t.Errorf("got %d ways to find the contact, want 2", got)
	}
	if p.Steps[0].Else != plan.Hold || p.Steps[3].Else != plan.Refuse {
		t.Errorf("else = %s, %s", p.Steps[0].Else, p.Steps[3].Else)
	}
	if p.Limits["amount_per_invoice"] != 50000 {
		t.Errorf("limits = %v", p.Limits)
	}
}

func TestPlaces(t *testing.T) {
	p := mustParse(t, string(readW1(t)))
	for _, tt := range []struct {
		pointer        string
		value, key, in plan.Place
	}{
		{"/steps/5/body/LineItems/do/Quantity", plan.Place{Line: 52, Column: 21}, plan.Place{Line: 52, Column: 11}, plan.Place{Line: 52, Column: 23}},
		{"/steps/4/find/1/Name", plan.Place{Line: 33, Column: 16}, plan.Place{Line: 33, Column: 10}, plan.Place{Line: 33, Column: 19}},
		{"/steps/0/assert", plan.Place{Line: 18, Column: 31}, plan.Place{Line: 18, Column: 23}, plan.Place{Line: 18, Column: 34}},
		{"/steps/5/body/LineItems/do/Missing", plan.Place{Line: 50, Column: 11}, plan.Place{Line: 50, Column: 11}, plan.Place{Line: 50, Column: 11}},
		{"/steps/99", plan.Place{Line: 18, Column: 3}, plan.Place{Line: 18, Column: 3}, plan.Place{Line: 18, Column: 3}},
		{"", plan.Place{Line: 1, Column: 1}, plan.Place{Line: 1, Column: 1}, plan.Place{Line: 1, Column: 1}},
	} {
		if got := p.PlaceOf(tt.pointer); got != tt.value {
			t.Errorf("PlaceOf(%s) = %v, want %v", tt.pointer, got, tt.value)
		}
		if got := p.KeyPlaceOf(tt.pointer); got != tt.key {
			t.Errorf("KeyPlaceOf(%s) = %v, want %v", tt.pointer, got, tt.key)
		}
		if got := p.PlaceIn(tt.pointer, 1, 1); got != tt.in {
			t.Errorf("PlaceIn(%s) = %v, want %v", tt.pointer, got, tt.in)
		}
	}
	if got := (&plan.Plan{}).PlaceOf("/steps/0"); got != (plan.Place{}) {
		t.Errorf("a plan without text has the place %v", got)
	}
}

func TestPlacesInJSON(t *testing.T) {
	text := "{\n\t\"planwright\": 1, \"name\": \"é\",\n\t\"steps\": [ {\"id\": \"a\" } ]\n}"
	_, found := plan.Parse("plan.json", []byte(text))
	got := render(found)
	for _, want := range []string{"plan.json:2:27: error bad-name", "plan.json:3:13: error step-kind", "plan.json:1:1: error missing-key"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestLiteralsAndExpressions(t *testing.T) {
	for _, tt := range []struct {
		text string // as YAML
		want plan.Value
	}{
		{`hello`, lit("hello")},
		{`yes`, lit("yes")}, // YAML 1.1 would make it true
		{`no`, lit("no")},
		{`on`, lit("on")},
		{`2026-11-22`, lit("2026-11-22")}, // and this a timestamp
		{`12:30:45`, lit("12:30:45")},     // and this a number of base 60
		{`1_000`, lit("1_000")},
		{`1.2.3`, lit("1.2.3")},
		{`true`, lit(true)},
		{`"true"`, lit("true")},
		{`'1'`, lit("1")},
		{`null`, lit(nil)},
		{`~`, lit(nil)},
		{`""`, lit("")},
		{`19.90`, num("19.9")},
		{`1e3`, num("1000")},
		{`-0.0`, num("0")},
		{`12345678901234567890.123456789`, num("12345678901234567890.123456789")},
		{`${ a.b }`, expr("a.b")},
		{`"${'a}' + {'x': 1}.x}"`, expr("'a}' + {'x': 1}.x")},
		{"|\n        ${a &&\n         b}\n", expr("a &&\n b")},
		{`$${a}`, lit("${a}")},
		{`$$${a}`, lit("$${a}")},
		{`$5`, lit("$5")},
		{`$$5`, lit("$$5")},
		{`a ${b}`, lit("a ${b}")},
	} {
		text := strings.Replace(base, "{id: a, assert: true}", "id: a\n    write: xero.x\n    body: {}", 1)
		text = strings.Replace(text, "body: {}", "body:\n      V: "+tt.text, 1)
		got := mustParse(t, text).Steps[0].Body.Members["V"]
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestSameDigest(t *testing.T) {
	first := mustParse(t, base)
	for name, text := range map[string]string{
		"comment":         "# mine\n" + base,
		"default else":    strings.Replace(base, "assert: true", "assert: true, else: hold", 1),
		"empty parts":     base + "limits: {}\nmappings: {}\nsettings: {}\nnotes: {}\ngoal: \"\"\n",
		"byte order mark": "\ufeff" + base,
		"windows":         strings.ReplaceAll(base, "\n", "\r\n"),
		"quotes":          strings.Replace(base, "name: small", `'name': "small"`, 1),
	} {
		if got := mustParse(t, text).Digest(); got != first.Digest() {
			t.Errorf("%s: the digest changed", name)
		}
	}
	for name, text := range map[string]string{
		"name":    strings.Replace(base, "small", "smaller", 1),
		"literal": strings.Replace(base, "when: true", `when: "true"`, 1),
		"goal":    base + "goal: something\n",
		"else":    strings.Replace(base, "assert: true", "assert: true, else: refuse", 1),
		"note":    base + "notes: {/trigger/when: a}\n",
	} {
		if got := mustParse(t, text).Digest(); got == first.Digest() {
			t.Errorf("%s: the digest did not change", name)
		}
	}
}

// TestDigestIsKnown holds the encoding to the byte: approvals in journals depend on it.
func TestDigestIsKnown(t *testing.T) {
	p := mustParse(t, base)
	const canonical = `{"apis":{"xero":{"spec":"sha256:00000000000000000000000000000000000000000000000000000000000000aa"}},"name":"small","planwright":1,"steps":[{"assert":true,"else":"hold","id":"a"}],"trigger":{"api":"xero","as":"invoice","key":"${invoice.InvoiceID}","kind":"change","object":"Invoice","when":true}}`
	if diff := cmp.Diff(canonical, string(p.Canonical())); diff != "" {
		t.Errorf("canonical form (-want +got):\n%s", diff)
	}
	const digest = "sha256:9db1fb166f444ceb944c9665fb70e2e862ddef96ffcd3507ab9ca3612d18bd42"
	if got := p.Digest(); got != digest {
		t.Errorf("digest %s, want %s", got, digest)
	}
}

func TestBounds(t *testing.T) {
	steps := strings.Repeat("  - {id: a, assert: true}\n", 1001)
	deep := strings.Repeat("[", 70) + strings.Repeat("]", 70)
	for name, tt := range map[string]struct {
		text string
		want diag.Code
	}{
		"size":        {base + strings.Repeat("#", 1<<20), "plan-too-large"},
		"steps":       {strings.Replace(base, "  - {id: a, assert: true}\n", steps, 1), "too-many-steps"},
		"depth":       {base + "limits: " + deep + "\n", "too-deep"},
		"depth, JSON": {`{"limits": ` + deep + `}`, "too-deep"},
		"JSON bomb":   {`{"a":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "}", "too-deep"},
		"values":      {"a: [" + strings.Repeat("1,", 60_000) + "]", "plan-too-large"},
		"values JSON": {`{"a":[1` + strings.Repeat(",1", 60_000) + "]}", "plan-too-large"},
		"key":         {base + strings.Repeat("k", 600) + ": 1\n", "bad-key"},
		"number":      {strings.Replace(base, "when: true", "when: 1e400", 1), "bad-number"},
		"not text":    {"\xff\xfe", "not-text"},
		"aliases":     {"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "yaml-alias"},
	} {
		p, found := plan.Parse("plan.yaml", []byte(tt.text))
		if p != nil || len(found) == 0 {
			t.Errorf("%s: accepted", name)
			continue
		}
		if !hasCode(found, tt.want) {
			t.Errorf("%s: got %.400s, want %s", name, found, tt.want)
		}
	}
}

func hasCode(found diag.List, code diag.Code) bool {
	for _, d := range found {
		if d.Code == code {
			return true
		}
	}
	return false
}

func TestWalk(t *testing.T) {
	p := mustParse(t, string(readW1(t)))
	var got []string
	p.Walk(func(pointer string, v plan.Value) {
		got = append(got, pointer)
		if v.Kind == "" {
			t.Errorf("%s has no kind", pointer)
		}
	})
	for _, want := range []string{
		"/trigger/when", "/trigger/key", "/steps/0/assert", "/steps/2/where/OpportunityId", "/steps/4/find/0/ContactNumber",
		"/steps/4/create", "/steps/4/create/Name", "/steps/5/key/InvoiceNumber", "/steps/5/body/LineItems/each", "/steps/5/body/LineItems/do/TaxType",
	} {
		if n := count(got, want); n != 1 {
			t.Errorf("%s is visited %d times", want, n)
		}
	}
	if n := count(got, "/steps/5/body/LineItems/as"); n != 0 {
		t.Error("a name is visited as a value")
	}
}

func count(list []string, s string) int {
	n := 0
	for _, x := range list {
		if x == s {
			n++
		}
	}
	return n
}

func lit(v any) plan.Value     { return plan.Value{Kind: plan.Literal, Literal: v} }
func expr(s string) plan.Value { return plan.Value{Kind: plan.Expression, Expr: s} }
