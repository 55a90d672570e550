package plan

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Canonical returns the one encoding of the plan: JSON with sorted keys, no white
// space, numbers in shortest plain form, text with no needless escapes, and without
// empty parts. Two plans are the same plan when their canonical forms are equal.
func (p *Plan) Canonical() []byte {
	var b bytes.Buffer
	writeCanonical(&b, p.tree())
	return b.Bytes()
}

// Digest returns the SHA-256 of the canonical form.
func (p *Plan) Digest() Digest {
	sum := sha256.Sum256(p.Canonical())
	return Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// MarshalJSON returns the canonical form.
func (p *Plan) MarshalJSON() ([]byte, error) { return p.Canonical(), nil }

// pair is a member of a map whose order matters to people; canonical output sorts it.
type pair struct {
	key   string
	value any // pairs, []any, string, bool, json.Number or nil
}

type pairs []pair

// add appends a member unless its value says nothing.
func (m *pairs) add(key string, value any) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case pairs:
		if len(v) == 0 {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	}
	*m = append(*m, pair{key, value})
}

// tree is the plan as nested pairs, in the order people read it.
func (p *Plan) tree() pairs {
	apis, mappings, limits, notes := pairs{}, pairs{}, pairs{}, pairs{}
	for _, name := range sortedKeys(p.APIs) {
		ref := pairs{}
		ref.add("spec", string(p.APIs[name].Spec))
		ref.add("overlay", string(p.APIs[name].Overlay))
		apis = append(apis, pair{name, ref})
	}
	for _, name := range sortedKeys(p.Mappings) {
		m, from, one := p.Mappings[name], pairs{}, pairs{}
		for _, input := range sortedKeys(m.From) {
			from = append(from, pair{input, m.From[input]})
		}
		one.add("from", from)
		one.add("to", m.To)
		one.add("with", textList(m.With))
		mappings = append(mappings, pair{name, one})
	}
	for _, name := range sortedKeys(p.Limits) {
		limits = append(limits, pair{name, json.Number(strconv.FormatInt(p.Limits[name], 10))})
	}
	for _, at := range sortedKeys(p.Notes) {
		notes = append(notes, pair{at, p.Notes[at]})
	}
	t := p.Trigger
	out := pairs{{"planwright", json.Number(strconv.Itoa(p.Planwright))}}
	out.add("name", p.Name)
	out.add("goal", p.Goal)
	out.add("apis", apis)
	trigger := pairs{}
	trigger.add("api", t.API)
	trigger.add("kind", t.Kind)
	trigger.add("object", t.Object)
	trigger.add("at", t.At)
	trigger.add("zone", t.Zone)
	trigger.add("as", t.As)
	if t.Kind != OnSchedule {
		trigger = append(trigger, pair{"when", t.When.tree()}, pair{"key", t.Key.tree()})
	}
	out = append(out, pair{"trigger", trigger})
	out.add("settings", settingTrees(p.Settings))
	out.add("mappings", mappings)
	out.add("steps", stepTrees(p.Steps))
	out.add("limits", limits)
	out.add("outputs", memberTrees(p.Outputs))
	out.add("notes", notes)
	return out
}

func stepTrees(steps []Step) []any {
	var out []any
	for i := range steps {
		out = append(out, steps[i].tree())
	}
	return out
}

func (s *Step) tree() pairs {
	out := pairs{}
	out.add("id", string(s.ID))
	one := func(key string, v *Value) {
		if v != nil {
			out = append(out, pair{key, v.tree()})
		}
	}
	switch s.Kind {
	case Each:
		one("each", s.Over)
	case Assert:
		one("assert", s.That)
	case Wait:
		one("wait", s.Until)
	case Ask:
		one("ask", s.Question)
	default:
		out = append(out, pair{string(s.Kind), s.Target})
	}
	one("when", s.When)
	out.add("with", memberTrees(s.With))
	out.add("select", textList(s.Select))
	out.add("from", s.From)
	out.add("where", s.Where.tree())
	out.add("order", textList(s.Order))
	var find []any
	for _, f := range s.Find {
		find = append(find, memberTrees(f))
	}
	out.add("find", find)
	one("create", s.Create)
	out.add("key", memberTrees(s.Key))
	one("body", s.Body)
	out.add("repeat", string(s.Repeat))
	out.add("effect", s.Effect)
	out.add("show", memberTrees(s.Show))
	out.add("answers", textList(s.Answers))
	out.add("as", s.As)
	if s.Max != 0 {
		out = append(out, pair{"max", json.Number(strconv.Itoa(s.Max))})
	}
	out.add("steps", stepTrees(s.Steps))
	if s.Kind == Assert {
		out.add("else", string(s.orHold()))
	}
	out.add("message", s.Message)
	return out
}

func (s *Step) orHold() Else {
	if s.Else == "" {
		return Hold
	}
	return s.Else
}

// memberTrees puts short values first, lists last, so that a person sees the frame of a
// body before its lines.
func memberTrees(m map[string]Value) pairs {
	rank := func(name string) int {
		switch m[name].Kind {
		case ObjectV:
			return 1
		case ListV, EachV:
			return 2
		default:
			return 0
		}
	}
	out := pairs{}
	for _, name := range slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	}) {
		out = append(out, pair{name, m[name].tree()})
	}
	return out
}

func (v Value) tree() any {
	switch v.Kind {
	case Expression:
		return "${" + v.Expr + "}"
	case ObjectV:
		return memberTrees(v.Members)
	case ListV:
		out := []any{}
		for _, item := range v.Items {
			out = append(out, item.tree())
		}
		return out
	case EachV:
		return pairs{{"each", v.Each.Over.tree()}, {"as", v.Each.As}, {"do", v.Each.Do.tree()}}
	case Literal:
	}
	switch l := v.Literal.(type) {
	case string:
		return escape(l)
	case json.Number:
		if n, ok := number(l.String()); ok {
			return n
		}
		return l
	default:
		return l
	}
}

func textList(s []string) []any {
	var out []any
	for _, t := range s {
		out = append(out, t)
	}
	return out
}

func writeCanonical(b *bytes.Buffer, v any) {
	switch v := v.(type) {
	case pairs:
		sorted := slices.SortedFunc(slices.Values(v), func(x, y pair) int { return bytes.Compare([]byte(x.key), []byte(y.key)) })
		for i, m := range sorted {
			b.WriteByte("{,"[min(i, 1)])
			writeText(b, m.key)
			b.WriteByte(':')
			writeCanonical(b, m.value)
		}
		if len(v) == 0 {
			b.WriteByte('{')
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			if i > 0 {
				b.WriteByte(',')
			}
			writeCanonical(b, item)
		}
		b.WriteByte(']')
	case string:
		writeText(b, v)
	case json.Number:
		b.WriteString(v.String())
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case nil:
		b.WriteString("null")
	default:
		panic(fmt.Sprintf("plan: a literal of type %T", v)) // broken invariant: Value.Literal
	}
}

func writeText(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // unreachable: text always encodes
	}
	b.Truncate(b.Len() - 1) // the encoder ends with a line break
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
