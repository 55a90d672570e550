package diff_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/diff"
	"github.com/planwright/planwright/runtime/plan"
)

// TestNothingIsPassedOver changes every value of a plan, one at a time, and demands a change
// that names it; with the plans the other way round, too.
func TestNothingIsPassedOver(t *testing.T) {
	n := 0
	for _, name := range []string{"full", "decide"} {
		n += passedOver(t, side(t, base(t, name), false))
	}
	if n < 250 {
		t.Errorf("only %d mutants were plans", n)
	}
}

func passedOver(t *testing.T, old diff.Side) (n int) {
	t.Helper()
	for _, m := range mutants(t, old.Plan) {
		p, found := plan.Parse("mutant.yaml", m.text)
		if found.HasErrors() || p.Digest() == old.Plan.Digest() {
			continue // not a plan of the language, or the same one
		}
		n++
		for _, d := range []diff.Diff{diff.Compare(old, diff.Side{Plan: p}), diff.Compare(diff.Side{Plan: p}, old)} {
			if d.Same || len(d.Changes) == 0 {
				t.Fatalf("%s: no difference", m.what)
			}
			for _, c := range d.Changes {
				if c.Text == "" || c.Kind == "" || c.Weight == "" || strings.Contains(c.Text, "do the same") {
					t.Errorf("%s: %+v", m.what, c)
				}
			}
		}
	}
	return n
}

type mutant struct {
	what string
	text []byte
}

// mutants are plans with one scalar changed or one member taken away.
func mutants(t *testing.T, p *plan.Plan) (out []mutant) {
	t.Helper()
	var tree any
	if err := json.Unmarshal(p.Canonical(), &tree); err != nil {
		t.Fatal(err)
	}
	keep := func(what string) {
		text, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, mutant{what, text})
	}
	var walk func(at string, v any, set func(any))
	walk = func(at string, v any, set func(any)) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				was := v[k]
				delete(v, k)
				keep(at + "/" + k + " taken away")
				v[k] = was
				walk(at+"/"+k, was, func(x any) { v[k] = x })
			}
		case []any:
			for i := range v {
				walk(fmt.Sprintf("%s/%d", at, i), v[i], func(x any) { v[i] = x })
			}
		case string:
			other := v + "x"
			if inner, ok := strings.CutSuffix(v, "}"); ok {
				other = inner + " + 1}"
			}
			set(other)
			keep(at + " has other text")
			set(v)
		case float64:
			set(v + 1)
			keep(at + " is one more")
			set(v)
		case bool:
			set(!v)
			keep(at + " is the opposite")
			set(v)
		}
	}
	walk("", tree, nil)
	return out
}

// TestNeverWiderWithoutProof holds that a condition that merely differs is not said to be
// wider, and that quoted text, nesting and alternatives do not mislead.
func TestNeverWiderWithoutProof(t *testing.T) {
	const at = "  when: ${order.Paid && order.Total > 0}\n"
	for _, c := range []struct {
		before, after string
		want          diff.Weight
	}{
		{"order.Paid && order.Total > 0", "order.Paid", diff.Widens},
		{"order.Paid", "order.Paid && order.Total > 0", diff.Narrows},
		{"order.Paid", "order.Paid || order.Total > 0", diff.Changes},
		{"order.Paid && order.Total > 0", "order.Paid || order.Total > 0", diff.Changes},
		{"order.Number == 'a' && order.Paid", "order.Number == 'b' && order.Paid", diff.Changes},
		{"order.Number == 'a && order.Paid'", "order.Number == 'a '", diff.Changes},
		{"order.Number == 'a' && order.Number == 'a  b'", "order.Number == 'a' && order.Number == 'a b'", diff.Changes},
		{"!(order.Paid && order.Total > 0)", "!(order.Paid)", diff.Changes},
		{"order.Paid ? true : order.Total > 0 && order.Paid", "order.Paid ? true : order.Total > 0", diff.Changes},
		{"order.Paid && (order.Total > 0 || order.Total < 0)", "order.Total > 0 || order.Total < 0", diff.Changes},
		{"order.Paid && (order.Total > 0 || order.Total < 0)", "(order.Total > 0 || order.Total < 0)", diff.Widens},
		{"order.Paid && order.Total > 0", "order.Total > 0 && order.Paid", diff.Wording},
		{"order.Paid && order.Paid", "order.Paid", diff.Wording},
		{"order.Total > 0", "order.Total > -1", diff.Changes},
	} {
		text := base(t, "full")
		with := func(cond string) diff.Side {
			return side(t, edit(t, text, []string{at + "=>\n" + "  when: \"${" + cond + "}\"\n"}), false)
		}
		d := diff.Compare(with(c.before), with(c.after))
		if len(d.Changes) != 1 || d.Changes[0].Weight != c.want {
			t.Errorf("%s → %s: %+v, want one change that %s", c.before, c.after, d.Changes, c.want)
		}
	}
}

// TestRenamed holds that a name that stands for something else now is a difference, and
// another name for the same is none.
func TestRenamed(t *testing.T) {
	const two = `planwright: 1
name: two
apis: {shop: {spec: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}}
trigger: {api: shop, kind: change, object: Order, as: %[1]s, when: "${%[1]s.Paid}", key: "${%[1]s.Id}"}
steps:
  - {id: %[2]s, read: shop.a, with: {Id: "${%[1]s.Id}"}}
  - {id: %[3]s, read: shop.b, with: {Id: "${%[1]s.Number}"}}
  - {id: back, write: shop.c, body: {From: "${%[4]s.Id}"}}
`
	plan := func(names ...any) diff.Side { return side(t, fmt.Sprintf(two, names...), false) }
	old := plan("order", "first", "second", "first")
	for _, c := range []struct {
		now  diff.Side
		want []string
	}{
		{plan("deal", "one", "second", "one"), []string{
			"step first is called one now", "the record that starts a run has another name",
		}},
		{plan("order", "second", "first", "first"), []string{ // the names are exchanged
			"step first calls another operation", "step second calls another operation",
			"step first moved; no write lies between", "first passes Id from another source", "second passes Id from another source",
		}},
		{plan("order", "third", "first", "first"), []string{"*"}},
		{plan("order", "first", "second", "second"), []string{"back sets From from another source"}},
	} {
		var got []string
		for _, ch := range diff.Compare(old, c.now).Changes {
			if ch.Weight != diff.Wording || strings.Contains(ch.Text, "name") || strings.Contains(ch.Text, "called") {
				got = append(got, ch.Text)
			}
		}
		slices.Sort(got)
		slices.Sort(c.want)
		if c.want[0] == "*" && len(got) > 1 {
			continue
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
	}
}

// TestJSON holds the shape that docs/plan.md promises.
func TestJSON(t *testing.T) {
	old := side(t, base(t, "full"), true)
	d := diff.Compare(old, side(t, strings.Replace(base(t, "full"), "Copies: 2", "Copies: 3", 1), true))
	got, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"same":false,"a":{"name":"order-to-bill","digest":%q},"b":{"name":"order-to-bill","digest":%q},"changes":[`+
		`{"kind":"field","weight":"changes","text":"bill sets Copies, but another value","step":"bill","a":"/steps/5/body/Copies","b":"/steps/5/body/Copies","before":"2","after":"3"}]}`,
		d.A.Digest, d.B.Digest)
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, _ := json.Marshal(diff.Compare(old, old)); !strings.Contains(string(got), `"same":true`) || !strings.Contains(string(got), `"changes":[]`) {
		t.Errorf("the same plan: %s", got)
	}
}

// TestHostileText holds that what a terminal would obey does not reach it.
func TestHostileText(t *testing.T) {
	text := strings.Replace(base(t, "full"), "goal: When an order is paid, write a bill for it.", `goal: "a\x1b[31mb\u202ec"`, 1)
	out := diff.Compare(side(t, base(t, "full"), false), side(t, text, false)).String()
	if strings.ContainsAny(out, "\x1b\u202e") || !strings.Contains(out, "the goal") {
		t.Errorf("%q", out)
	}
}
