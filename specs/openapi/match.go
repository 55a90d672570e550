package openapi

import (
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// match is one node a path selected: enough to change or remove it.
type match struct {
	node    *tree
	parent  *tree
	pointer string
}

// find returns the nodes p selects below root, in document order, each once.
func (p path) find(root *tree) []match {
	at := []match{{node: root}}
	for _, seg := range p.segments {
		var next []match
		seen := map[*tree]bool{}
		add := func(m match) {
			if !seen[m.node] {
				seen[m.node] = true
				next = append(next, m)
			}
		}
		for _, m := range at {
			if !seg.deep {
				seg.children(root, m, add)
				continue
			}
			walk(m, func(m match) { seg.children(root, m, add) })
		}
		at = next
	}
	return at
}

func walk(m match, visit func(match)) {
	visit(m)
	for i, c := range m.node.items {
		walk(match{node: c, parent: m.node, pointer: m.pointer + "/" + childName(m.node, i)}, visit)
	}
}

func childName(t *tree, i int) string {
	if t.kind == object {
		return escape(t.keys[i])
	}
	return strconv.Itoa(i)
}

func (s segment) children(root *tree, m match, add func(match)) {
	t := m.node
	child := func(i int) {
		add(match{node: t.items[i], parent: t, pointer: m.pointer + "/" + childName(t, i)})
	}
	for _, sel := range s.selectors {
		switch {
		case sel.name != nil:
			if t.kind == object {
				if i := slices.Index(t.keys, *sel.name); i >= 0 {
					child(i)
				}
			}
		case sel.index != nil:
			i := *sel.index
			if i < 0 {
				i += len(t.items)
			}
			if t.kind == list && i >= 0 && i < len(t.items) {
				child(i)
			}
		default:
			for i, c := range t.items {
				if sel.all || sel.filter.holds(root, c) {
					child(i)
				}
			}
		}
	}
}

func (e or) holds(root, at *tree) bool {
	return slices.ContainsFunc(e, func(x expr) bool { return x.holds(root, at) })
}

func (e and) holds(root, at *tree) bool {
	return !slices.ContainsFunc(e, func(x expr) bool { return !x.holds(root, at) })
}

func (e not) holds(root, at *tree) bool { return !e.e.holds(root, at) }

func (e exists) holds(root, at *tree) bool { return e.o.value(root, at) != nil }

func (o operand) value(root, at *tree) *tree {
	if o.literal != nil {
		return o.literal
	}
	if o.root {
		at = root
	}
	if m := o.path.find(at); len(m) > 0 {
		return m[0].node
	}
	return nil
}

func (e compare) holds(root, at *tree) bool {
	l, r := e.l.value(root, at), e.r.value(root, at)
	if e.op == "==" || e.op == "!=" {
		return equal(l, r) == (e.op == "==")
	}
	c, ok := order(l, r)
	if !ok {
		return false
	}
	switch e.op {
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	}
	return c >= 0
}

// equal compares two values; two absent ones are equal (RFC 9535, 2.3.5.2.2).
func equal(l, r *tree) bool {
	if l == nil || r == nil {
		return l == r
	}
	if l.kind != r.kind {
		return false
	}
	if l.kind == number {
		c, ok := order(l, r)
		return ok && c == 0
	}
	return string(l.appendJSON(nil)) == string(r.appendJSON(nil))
}

func order(l, r *tree) (int, bool) {
	if l == nil || r == nil || l.kind != r.kind {
		return 0, false
	}
	switch l.kind {
	case text:
		return strings.Compare(l.text, r.text), true
	case number:
		a, errA := decimal.Parse(l.text)
		b, errB := decimal.Parse(r.text)
		return a.Cmp(b), errA == nil && errB == nil
	default: // RFC 9535 orders numbers and texts only
		return 0, false
	}
}
