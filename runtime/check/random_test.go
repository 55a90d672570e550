package check_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// TestRandomMutations changes right plans at random. Nothing may panic; a refusal has places,
// messages and hints; and what is accepted still runs: over data as the specs describe it no
// expression fails on a type, on something absent, or gives nothing where it promised a value.
func TestRandomMutations(t *testing.T) {
	cat := openWhole(t)
	tried, accepted, values := 0, 0, 0
	for file, text := range sorted(rightPlans(t)) {
		p, found := plan.Parse(file, []byte(fill(t, cat, text)))
		if len(found) > 0 {
			t.Fatal(found)
		}
		var tree any
		if err := json.Unmarshal(p.Canonical(), &tree); err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(24) {
			m := &mutator{rnd: rand.New(rand.NewPCG(seed, uint64(len(text)))), tree: tree}
			var what []string
			if seed > 0 { // the first is the plan as it is
				for range 1 + m.rnd.IntN(2) {
					what = append(what, m.change())
				}
			}
			data, err := json.Marshal(m.tree)
			if err != nil {
				t.Fatal(err)
			}
			tried++
			q, found := plan.Parse("plan.json", data)
			var c *check.Checked
			if q != nil {
				c, found = check.Check(q, cat)
			}
			if (c == nil) != found.HasErrors() {
				t.Fatalf("%s %v: Checked is nil: %v, findings:\n%s", file, what, c == nil, render(found))
			}
			for _, d := range found {
				if d.Line < 1 || d.Column < 1 || d.Message == "" || d.Hint == "" && d.Code != "more-findings" {
					t.Errorf("%s %v: a finding without its place, words or hint: %+v", file, what, d)
				}
			}
			if c == nil {
				continue
			}
			accepted++
			r := &rehearsal{t: t, c: c, rnd: m.rnd, about: fmt.Sprint(file, " ", what)}
			for range 8 {
				r.run()
			}
			values += r.values
		}
	}
	t.Logf("%d plans, %d accepted, %d values", tried, accepted, values)
	if accepted < 60 || accepted > tried/2 || values < 5000 {
		t.Errorf("of %d plans %d were accepted and %d values computed: the test tries nothing", tried, accepted, values)
	}
}

// sorted visits a map in the order of its keys.
func sorted[V any](m map[string]V) func(func(string, V) bool) {
	return func(yield func(string, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}

// mutator changes a plan's tree as a careless editor might.
type mutator struct {
	rnd  *rand.Rand
	tree any
}

// change makes one change, and says which.
func (m *mutator) change() string {
	all := pointers("", m.tree)
	at := all[m.rnd.IntN(len(all))]
	path := strings.Split(at, "/")[1:]
	was := partAt(m.tree, path)
	put := func(part any) { m.tree = with(m.tree, path, part) }
	switch m.rnd.IntN(6) {
	case 0:
		put(remove{})
		return "without " + at
	case 1: // another value of the plan in its place
		other := all[m.rnd.IntN(len(all))]
		put(partAt(m.tree, strings.Split(other, "/")[1:]))
		return at + " = " + other
	case 2:
		kinds := []any{nil, true, 1.0, "text", []any{was}, map[string]any{"x": was}, "${1}", "2026-01-31", []any{}}
		put(kinds[m.rnd.IntN(len(kinds))])
		return at + " of another type"
	case 3: // under another name
		if parent, ok := partAt(m.tree, path[:len(path)-1]).(map[string]any); ok {
			renamed := maps.Clone(parent)
			name := path[len(path)-1]
			delete(renamed, name)
			renamed[name[:len(name)-1]+string(rune('a'+m.rnd.IntN(26)))] = was
			m.tree = with(m.tree, path[:len(path)-1], renamed)
			return at + " renamed"
		}
	}
	if text, ok := was.(string); ok && strings.HasPrefix(text, "${") {
		put(m.edit(text))
		return fmt.Sprintf("%s = %s", at, partAt(m.tree, path))
	}
	put(m.expression())
	return at + " = " + fmt.Sprint(partAt(m.tree, path))
}

// edit changes the text of an expression.
func (m *mutator) edit(text string) string {
	edits := []string{
		".?", ".", ".", ".?", "==", "<", ">", "!=", "&&", "||", "string(", "dec(", ".orValue('')", "", "has(", "!has(", ".Id", ".Name", "Name", "Id",
		"sum()", "first()", "size()", "last()", "map(", "filter(", "'", "", ".date('Europe/London')", "", "dec('0')", "0", "0", "dec('0')",
	}
	i := m.rnd.IntN(len(edits)/2) * 2
	for range len(edits) / 2 {
		if strings.Contains(text, edits[i]) {
			return strings.Replace(text, edits[i], edits[i+1], 1)
		}
		i = (i + 2) % len(edits)
	}
	return m.expression()
}

// expression gives an expression from elsewhere in the plan.
func (m *mutator) expression() string {
	var all []string
	for _, at := range pointers("", m.tree) {
		if text, ok := partAt(m.tree, strings.Split(at, "/")[1:]).(string); ok && strings.HasPrefix(text, "${") {
			all = append(all, text)
		}
	}
	if len(all) == 0 {
		return "${1}"
	}
	return all[m.rnd.IntN(len(all))]
}

// partAt returns the part of a tree under a path.
func partAt(tree any, path []string) any {
	for _, key := range path {
		switch v := tree.(type) {
		case map[string]any:
			tree = v[key]
		case []any:
			for i, x := range v {
				if fmt.Sprint(i) == key {
					tree = x
				}
			}
		}
	}
	return tree
}

// rehearsal computes every value of an accepted plan over made-up data.
type rehearsal struct {
	t      *testing.T
	c      *check.Checked
	rnd    *rand.Rand
	about  string
	values int
}

func (r *rehearsal) run() {
	p := r.c.Plan
	vars := map[string]any{p.Trigger.As: r.value(schema.ObjectOf(p.Trigger.API+"."+p.Trigger.Object), 0)}
	for range 20 { // until a record qualifies
		if r.holds("/trigger/when", vars) {
			break
		}
		vars[p.Trigger.As] = r.value(schema.ObjectOf(p.Trigger.API+"."+p.Trigger.Object), 0)
	}
	if !r.holds("/trigger/when", vars) {
		return
	}
	r.eval("/trigger/key", vars)
	if r.steps("/steps", p.Steps, vars) {
		for name, v := range p.Outputs {
			r.compute(plan.Join("/outputs", name), v, vars)
		}
	}
}

// steps reports whether the run went through all of them: an assertion ends it that does not
// hold.
func (r *rehearsal) steps(at string, steps []plan.Step, vars map[string]any) bool {
	for i := range steps {
		s, here := &steps[i], fmt.Sprintf("%s/%d", at, i)
		if s.When != nil && !r.holds(here+"/when", vars) {
			continue
		}
		skip := "\x00"
		s.Walk(here, func(pointer string, v plan.Value) {
			if pointer == here+"/when" || strings.HasPrefix(pointer, skip) {
				return
			}
			r.compute(pointer, v, vars)
			if v.Kind == plan.EachV {
				skip = pointer + "/"
			}
		})
		switch {
		case s.Kind == plan.Assert && s.Else != "continue" && !r.holds(here+"/assert", vars):
			return false
		case s.Kind == plan.Each:
			list, _ := r.eval(here+"/each", vars).([]any)
			for _, elem := range list[:min(len(list), s.Max)] {
				inner := maps.Clone(vars)
				inner[s.As] = elem
				if !r.steps(here+"/steps", s.Steps, inner) {
					return false
				}
			}
		}
		if info := r.c.Step(s.ID); info.Value.Kind != "" {
			vars[string(s.ID)] = r.value(info.Value, 0)
		}
	}
	return true
}

// compute evaluates one value; what it holds is visited by itself, but for the element of an
// each, which needs its name.
func (r *rehearsal) compute(at string, v plan.Value, vars map[string]any) {
	switch v.Kind {
	case plan.Expression:
		r.eval(at, vars)
	case plan.EachV:
		list, _ := r.eval(at+"/each", vars).([]any)
		for _, elem := range list {
			inner := maps.Clone(vars)
			inner[v.Each.As] = elem
			r.inside(at+"/do", v.Each.Do, inner)
		}
	case plan.Literal, plan.ObjectV, plan.ListV:
	}
}

// inside computes a value and all that it holds.
func (r *rehearsal) inside(at string, v plan.Value, vars map[string]any) {
	r.compute(at, v, vars)
	for name, m := range v.Members {
		r.inside(plan.Join(at, name), m, vars)
	}
	for i, item := range v.Items {
		r.inside(fmt.Sprintf("%s/%d", at, i), item, vars)
	}
}

func (r *rehearsal) holds(at string, vars map[string]any) bool {
	v, _ := r.eval(at, vars).(bool)
	return v
}

// eval evaluates the expression at the pointer and judges what comes of it.
func (r *rehearsal) eval(at string, vars map[string]any) any {
	prog := r.c.Expr(at)
	if prog == nil {
		r.t.Errorf("%s: no program at %s", r.about, at)
		return nil
	}
	r.values++
	v, present, err := prog.Eval(vars, r)
	switch {
	case err != nil && !errors.Is(err, expr.ErrCost) && !arithmetic(err):
		r.t.Errorf("%s: %s: accepted, and then %v", r.about, at, err)
	case err == nil && !present && !prog.Type().Optional:
		r.t.Errorf("%s: %s: nothing, although its type is %s", r.about, at, prog.Type())
	}
	return v
}

// arithmetic tells the failures that no type can rule out.
func arithmetic(err error) bool {
	return slices.ContainsFunc([]string{"integer overflow", "division by zero", "grows past", "the date leaves", "the text is not", "number too long"},
		func(s string) bool { return strings.Contains(err.Error(), s) })
}

// Row implements expr.Rows: every key has a row.
func (r *rehearsal) Row(mapping string, _ []string) (map[string]any, bool) {
	row, ok := r.value(schema.ObjectOf("mapping."+mapping), 0).(map[string]any)
	return row, ok
}

// value makes data of a type: what is always there, and by chance the rest.
func (r *rehearsal) value(t schema.Type, depth int) any {
	switch t.Kind {
	case schema.String:
		if len(t.Enum) > 0 {
			return t.Enum[r.rnd.IntN(len(t.Enum))]
		}
		return []string{"SF-1", "", "GBP", "Straße 1", "2026-01-31"}[r.rnd.IntN(5)]
	case schema.Int:
		return json.Number(fmt.Sprint(r.rnd.IntN(50)))
	case schema.Decimal:
		return json.Number(fmt.Sprintf("%d.%02d", r.rnd.IntN(100000), r.rnd.IntN(100)))
	case schema.Bool:
		return r.rnd.IntN(2) == 0
	case schema.Date:
		return fmt.Sprintf("20%02d-%02d-%02d", 10+r.rnd.IntN(30), 1+r.rnd.IntN(12), 1+r.rnd.IntN(28))
	case schema.Instant:
		return fmt.Sprintf("2026-%02d-%02dT23:30:00Z", 1+r.rnd.IntN(12), 1+r.rnd.IntN(28))
	case schema.List:
		list := []any{}
		for range r.rnd.IntN(3) {
			list = append(list, r.value(*t.Elem, depth+1))
		}
		return list
	case schema.Map:
		return map[string]any{"k": "v"}
	case schema.ObjectK:
		return r.record(t.Ref, depth)
	case schema.Any:
	}
	return "anything"
}

func (r *rehearsal) record(name string, depth int) any {
	o, ok := r.c.Object(name)
	if !ok {
		return map[string]any{}
	}
	out := map[string]any{}
	for _, f := range o.Fields {
		if f.Always && !f.WriteOnly || depth < 2 && r.rnd.IntN(4) > 0 {
			out[f.Name] = r.value(f.Type, depth+1)
		}
	}
	return out
}
