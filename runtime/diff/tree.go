package diff

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// side is one plan taken apart. The tree is the canonical form, so that members which the
// language gets later are compared, too.
type side struct {
	Side
	tree  map[string]any
	steps []*node // in the order they run
}

// node is one step where it stands.
type node struct {
	plan.Step
	at     string // pointer
	tree   map[string]any
	parent *node
	twin   *node // the same step in the other plan; nil without one
	writes bool
}

func open(s Side) side {
	out := side{Side: s}
	dec := json.NewDecoder(bytes.NewReader(s.Plan.Canonical()))
	dec.UseNumber()
	if err := dec.Decode(&out.tree); err != nil {
		panic(err) // unreachable: the canonical form is JSON
	}
	acts := map[string]bool{}
	if s.Sheet != nil {
		for _, op := range s.Sheet.Operations {
			for _, id := range op.Steps {
				acts[id] = acts[id] || acting(op)
			}
		}
	}
	out.walk(nil, "/steps", s.Plan.Steps, members(out.tree["steps"]), acts)
	return out
}

func acting(op check.SheetOperation) bool { return op.Effect != catalog.EffectNone && op.Effect != "" }

func (s *side) walk(parent *node, at string, steps []plan.Step, trees []any, acts map[string]bool) {
	for i, st := range steps {
		n := &node{Step: st, at: plan.Join(at, strconv.Itoa(i)), parent: parent}
		n.tree, _ = trees[i].(map[string]any)
		n.writes = st.Kind == plan.Write || st.Kind == plan.Ensure || acts[string(st.ID)]
		s.steps = append(s.steps, n)
		s.walk(n, n.at+"/steps", st.Steps, members(n.tree["steps"]), acts)
	}
}

func members(v any) []any {
	list, _ := v.([]any)
	return list
}

func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// leaf is one value that is no object and no list, with the way to it.
type leaf struct {
	path  string // "LineItems[].Quantity"
	at    string // pointer
	value any
	each  string // the name of the element, when the value is the list that is repeated over
}

// leaves lists the leaves of a value in the order of their names.
func leaves(path, at string, v any) (out []leaf) {
	switch v := v.(type) {
	case nil:
		return nil
	case map[string]any:
		if over, as, do, ok := repeated(v); ok {
			out = append(out, leaf{path: path + "[]", at: at + "/each", value: over, each: as})
			return append(out, leaves(path+"[]", at+"/do", do)...)
		}
		for _, name := range sorted(v) {
			sub := name
			if path != "" {
				sub = path + "." + name
			}
			out = append(out, leaves(sub, plan.Join(at, name), v[name])...)
		}
	case []any:
		for i, item := range v {
			out = append(out, leaves(path+"["+strconv.Itoa(i)+"]", plan.Join(at, strconv.Itoa(i)), item)...)
		}
	default:
		return []leaf{{path: path, at: at, value: v}}
	}
	if len(out) == 0 {
		return []leaf{{path: path, at: at, value: v}} // empty, and that says something
	}
	return out
}

// repeated takes {each, as, do} apart.
func repeated(m map[string]any) (over any, as string, do any, ok bool) {
	as, named := m["as"].(string)
	over, has := m["each"]
	do, does := m["do"]
	return over, as, do, named && has && does && len(m) == 3
}

// expression returns the text between ${ and }, and whether the value is one.
func expression(v any) (string, bool) {
	s, ok := v.(string)
	if !ok || !strings.HasPrefix(s, "${") || !strings.HasSuffix(s, "}") {
		return "", false
	}
	return s[2 : len(s)-1], true
}

// show prints a value as the plan has it.
func show(v any) string {
	if v == nil {
		return ""
	}
	if text, ok := expression(v); ok {
		return "${" + strings.Join(strings.Fields(text), " ") + "}"
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // unreachable: it was JSON
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// both lists the keys of two maps, sorted.
func both[V any](a, b map[string]V) []string {
	keys := slices.Concat(sorted(a), sorted(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}
