package plan_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/planwright/planwright/runtime/plan"
)

func num(s string) plan.Value { return lit(json.Number(s)) }

// roundTrips parses both printed forms of the plan and compares digests.
func roundTrips(t *testing.T, p *plan.Plan) {
	t.Helper()
	for name, text := range map[string][]byte{"plan.yaml": p.YAML(), "plan.json": p.Canonical()} {
		q, found := plan.Parse(name, text)
		if len(found) > 0 {
			t.Fatalf("%v\n%s", found, text)
		}
		if q.Digest() != p.Digest() {
			t.Fatalf("%s: the digest changed (-canonical +reparsed):\n%s\n%s", name, cmp.Diff(string(p.Canonical()), string(q.Canonical())), text)
		}
	}
	// Canonical JSON is YAML too: a plan saved under any name must read the same.
	q, found := plan.Parse("plan", p.Canonical())
	if len(found) > 0 || q.Digest() != p.Digest() {
		t.Fatalf("canonical form read without its name: %v", found)
	}
}

func TestRoundTripW1(t *testing.T) { roundTrips(t, mustParse(t, string(readW1(t)))) }

func TestRoundTripRandom(t *testing.T) {
	for seed := range uint64(200) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		t.Run(fmt.Sprint(seed), func(t *testing.T) { roundTrips(t, g.plan()) })
	}
}

// generator makes plans that Parse accepts, with texts chosen to be misread.
type generator struct{ *rand.Rand }

func (g generator) plan() *plan.Plan {
	p := &plan.Plan{
		Planwright: 1, Name: "p", Goal: g.text(),
		APIs:    map[string]plan.APIRef{"xero": {Spec: plan.Digest(fmt.Sprintf("sha256:%064x", g.Uint64()))}},
		Trigger: plan.Trigger{API: g.text(), Kind: "change", Object: g.text(), As: "record", When: g.leaf(), Key: g.leaf()},
	}
	for range 1 + g.IntN(4) {
		p.Steps = append(p.Steps, g.step(2))
	}
	if g.IntN(2) == 0 {
		p.Outputs = map[string]plan.Value{"number": {Kind: plan.Expression, Expr: "record.Number"}}
		p.Limits = map[string]int64{g.text(): int64(1 + g.IntN(1000))}
		p.Notes = map[string]string{g.text(): g.text()}
		p.Settings = map[string]plan.Setting{
			"text": {Value: g.text()}, "days": {Value: json.Number("30"), Allowed: []any{json.Number("30"), json.Number("0.5")}}, "on": {Value: true},
		}
		p.Mappings = map[string]plan.Mapping{"m": {From: map[string]string{"a": g.text()}, To: g.text(), With: []string{g.text()}}}
	}
	return p
}

func (g generator) step(depth int) plan.Step {
	s := plan.Step{ID: "s", Kind: []plan.Kind{plan.Read, plan.Ensure, plan.Write, plan.Lookup, plan.Each, plan.Assert, plan.Wait, plan.Ask}[g.IntN(8)], Target: g.text()}
	if s.Kind == plan.Each && depth == 0 {
		s.Kind = plan.Write
	}
	if g.IntN(3) == 0 {
		s.When = new(g.leaf())
	}
	switch s.Kind {
	case plan.Read:
		s.With, s.Where, s.Select, s.From = g.members(1), g.where(), []string{g.text()}, g.text()
	case plan.Ensure:
		s.Find, s.Create = []plan.FindBy{{"A": g.leaf()}, g.members(1)}, new(g.value(2))
	case plan.Write:
		s.With, s.Key, s.Body = g.members(1), g.members(1), new(g.value(4))
		s.Repeat = []plan.Repeat{"", plan.RepeatAsk}[g.IntN(2)]
		s.Effect = []string{"", "create", "send"}[g.IntN(3)]
	case plan.Ask:
		s.Question, s.Show = new(g.leaf()), g.members(0)
		if g.IntN(2) == 0 {
			s.Answers = []string{"net 30", "no: never"}
		}
	case plan.Lookup:
		s.With = g.members(1)
	case plan.Each:
		s.Target, s.Over, s.As, s.Max = "", new(expr("list")), "e", 1+g.IntN(50)
		s.Steps = []plan.Step{g.step(depth - 1)}
	case plan.Assert:
		s.Target, s.That, s.Message = "", new(g.leaf()), g.text()
		s.Else = []plan.Else{"", plan.Hold, plan.Refuse, plan.Continue}[g.IntN(4)]
	case plan.Wait:
		s.Target, s.Until = "", new(expr("day"))
	}
	return s
}

// where has one way or several, each with tests of one comparison or several.
func (g generator) where() plan.Where {
	w := make(plan.Where, g.IntN(4))
	for i := range w {
		w[i] = plan.Way{}
		for range 1 + g.IntN(2) {
			test := plan.Test{}
			for range 1 + g.IntN(2) {
				test[plan.Ops()[g.IntN(len(plan.Ops()))]] = g.value(1)
			}
			w[i][g.text()] = test
		}
	}
	return w
}

func (g generator) members(depth int) map[string]plan.Value {
	m := map[string]plan.Value{}
	for range 1 + g.IntN(3) {
		name := g.text()
		if name == "each" {
			name = "Each" // {each: …} is a loop
		}
		m[name] = g.value(depth - 1)
	}
	return m
}

func (g generator) value(depth int) plan.Value {
	if depth <= 0 {
		return g.leaf()
	}
	switch g.IntN(4) {
	case 0:
		return plan.Value{Kind: plan.ObjectV, Members: g.members(depth)}
	case 1:
		v := plan.Value{Kind: plan.ListV}
		for range g.IntN(3) {
			v.Items = append(v.Items, g.value(depth-1))
		}
		return v
	case 2:
		return plan.Value{Kind: plan.EachV, Each: &plan.EachValue{Over: expr("lines"), As: "line", Do: g.value(depth - 1)}}
	default:
		return g.leaf()
	}
}

func (g generator) leaf() plan.Value {
	switch g.IntN(5) {
	case 0:
		return lit([]any{nil, true, false}[g.IntN(3)])
	case 1:
		return num([]string{"0", "-1.50", "1e2", "0.000001", "12345678901234567890"}[g.IntN(5)])
	case 2:
		return expr([]string{"a.b", `{"x": 1}.x`, `'}' + "{"`, "a\n&& b", "a ? b : c # d", `"\\" + 'it\'s'`}[g.IntN(6)])
	default:
		return lit(g.text())
	}
}

// text is never empty, so that it may stand where a name is needed.
func (g generator) text() string {
	odd := []string{
		"yes", "null", "~", "true", "123", "1.5", "-", "- a", "a: b", "a #b", "#c", "'", `"`, `\`, "${", "${a}", "$${a}", "$", "$$", "{", "}", "[x]", ",",
		"é", "日本", "😀", "\u00a0", "\u2028", "\ufeff", "\x00", "\x7f", "\u0085", "a\nb", "\n", "\t", " a", "a ", "a\r\nb", "<<", "&a", "*a", "!t", "%d", "@", "`",
		"|", ">", "?", "? a", ":", "=", "2026-11-22", "0x1F", "017", ".inf", "NaN", "each", "/steps/0", "a:b", "http://x/#y", "...", "---", "--- a",
	}
	s := odd[g.IntN(len(odd))]
	if g.IntN(4) == 0 {
		s += odd[g.IntN(len(odd))]
	}
	return s
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(base))
	f.Add(readW1(f))
	f.Add([]byte(`{"planwright": 1}`))
	f.Add([]byte("a: &a [*a]\n<<: *a\n? [b]\n: c\n"))
	f.Add([]byte("steps: [{id: a, each: '${x}', as: y, max: 1, steps: [{id: b, assert: '${\"}\"}'}]}]\nx: !!str 1\n"))
	for seed := range uint64(5) {
		p := generator{rand.New(rand.NewPCG(seed, 2))}.plan()
		f.Add(p.YAML())
		f.Add(p.Canonical())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, found := plan.Parse("plan.yaml", data)
		if (p == nil) != found.HasErrors() {
			t.Fatal("a plan comes with errors, or none without")
		}
		if p == nil {
			for _, d := range found {
				if d.Line < 1 || d.Column < 1 || d.Code == "" || d.Message == "" {
					t.Fatalf("a finding without a place: %+v", d)
				}
			}
			return
		}
		roundTrips(t, p)
	})
}

func BenchmarkParse(b *testing.B) {
	data := readW1(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, found := plan.Parse("w1.yaml", data); len(found) > 0 {
			b.Fatal(found)
		}
	}
}
