package openapi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// path is a parsed JSONPath (RFC 9535): the subset that overlays use. It knows name,
// index and wildcard selectors, several of them in one pair of brackets, descendants
// (..), and filters of comparisons and existence tests joined by &&, || and !.
// Slices and functions are not part of it.
type path struct{ segments []segment }

type segment struct {
	deep      bool // .. looks at every descendant
	selectors []selector
}

// selector chooses children of a node. Exactly one member is used.
type selector struct {
	name   *string
	index  *int
	all    bool
	filter expr
}

// expr is a filter: true or false for one child.
type expr interface {
	holds(root, current *tree) bool
}

type (
	or      []expr
	and     []expr
	not     struct{ e expr }
	exists  struct{ o operand }
	compare struct {
		op   string
		l, r operand
	}
)

// operand is a literal, or a path from @ or $.
type operand struct {
	literal *tree
	root    bool
	path    path
}

// parsePath reads a JSONPath. Errors name the column.
func parsePath(s string) (path, error) {
	p := &pathParser{s: s}
	if !p.eat("$") {
		return path{}, p.fail("a target begins with $")
	}
	out, err := p.segments()
	if err != nil {
		return path{}, err
	}
	if p.i < len(s) {
		return path{}, p.fail(fmt.Sprintf("%q is not understood here", s[p.i:]))
	}
	return out, nil
}

type pathParser struct {
	s     string
	i     int
	depth int
}

func (p *pathParser) fail(cause string) error {
	return fmt.Errorf("column %d: %s", p.i+1, cause)
}

func (p *pathParser) space() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] == '\t' || p.s[p.i] == '\n' || p.s[p.i] == '\r') {
		p.i++
	}
}

func (p *pathParser) eat(token string) bool {
	if strings.HasPrefix(p.s[p.i:], token) {
		p.i += len(token)
		return true
	}
	return false
}

func (p *pathParser) segments() (path, error) {
	var out path
	for p.i < len(p.s) {
		var seg segment
		switch {
		case p.eat(".."):
			seg.deep = true
			if !strings.HasPrefix(p.s[p.i:], "[") {
				sel, err := p.short()
				if err != nil {
					return path{}, err
				}
				seg.selectors = []selector{sel}
				out.segments = append(out.segments, seg)
				continue
			}
		case p.eat("."):
			sel, err := p.short()
			if err != nil {
				return path{}, err
			}
			seg.selectors = []selector{sel}
			out.segments = append(out.segments, seg)
			continue
		case strings.HasPrefix(p.s[p.i:], "["):
		default:
			return out, nil
		}
		sels, err := p.brackets()
		if err != nil {
			return path{}, err
		}
		seg.selectors = sels
		out.segments = append(out.segments, seg)
	}
	return out, nil
}

// short reads what may follow a dot: a star, or a name without quotes.
func (p *pathParser) short() (selector, error) {
	if p.eat("*") {
		return selector{all: true}, nil
	}
	start := p.i
	for p.i < len(p.s) {
		c := p.s[p.i]
		if c == '_' || c >= 0x80 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' && p.i > start ||
			c == '-' && p.i > start { // RFC 9535 wants quotes round a hyphen; every library takes x-names bare
			p.i++
			continue
		}
		break
	}
	if p.i == start {
		return selector{}, p.fail("expected a name or *")
	}
	name := p.s[start:p.i]
	return selector{name: &name}, nil
}

func (p *pathParser) brackets() ([]selector, error) {
	p.eat("[")
	var out []selector
	for {
		p.space()
		sel, err := p.selector()
		if err != nil {
			return nil, err
		}
		out = append(out, sel)
		p.space()
		if p.eat("]") {
			return out, nil
		}
		if !p.eat(",") {
			return nil, p.fail("expected , or ]")
		}
	}
}

func (p *pathParser) selector() (selector, error) {
	switch {
	case p.eat("*"):
		return selector{all: true}, nil
	case p.eat("?"):
		e, err := p.or()
		return selector{filter: e}, err
	case p.i < len(p.s) && (p.s[p.i] == '\'' || p.s[p.i] == '"'):
		name, err := p.quoted()
		return selector{name: &name}, err
	}
	start := p.i
	for p.i < len(p.s) && (p.s[p.i] == '-' || p.s[p.i] >= '0' && p.s[p.i] <= '9') {
		p.i++
	}
	n, err := strconv.Atoi(p.s[start:p.i])
	if err != nil {
		return selector{}, p.fail("expected a name in quotes, a number, * or ?")
	}
	return selector{index: &n}, nil
}

func (p *pathParser) quoted() (string, error) {
	quote := p.s[p.i]
	var b strings.Builder
	for p.i++; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case c == quote:
			p.i++
			return b.String(), nil
		case c == '\\' && p.i+1 < len(p.s):
			p.i++
			if c := p.s[p.i]; c != quote && c != '\\' && c != '/' {
				return "", p.fail("only quotes, \\ and / may follow a \\")
			}
			b.WriteByte(p.s[p.i])
		default:
			b.WriteByte(c)
		}
	}
	return "", p.fail("a quote is not closed")
}

func (p *pathParser) or() (expr, error) {
	if p.depth++; p.depth > 50 {
		return nil, p.fail("filter nested too deep")
	}
	defer func() { p.depth-- }()
	var out or
	for {
		var all and
		for {
			e, err := p.unary()
			if err != nil {
				return nil, err
			}
			all = append(all, e)
			if p.space(); !p.eat("&&") {
				break
			}
		}
		out = append(out, all)
		if p.space(); !p.eat("||") {
			return out, nil
		}
	}
}

func (p *pathParser) unary() (expr, error) {
	p.space()
	negate := p.eat("!")
	p.space()
	var e expr
	var err error
	if p.eat("(") {
		if e, err = p.or(); err == nil {
			if p.space(); !p.eat(")") {
				err = p.fail("expected )")
			}
		}
	} else {
		e, err = p.comparison()
	}
	if err != nil {
		return nil, err
	}
	if negate {
		return not{e}, nil
	}
	return e, nil
}

func (p *pathParser) comparison() (expr, error) {
	l, err := p.operand()
	if err != nil {
		return nil, err
	}
	p.space()
	for _, op := range []string{"==", "!=", "<=", ">=", "<", ">"} {
		if p.eat(op) {
			p.space()
			r, err := p.operand()
			return compare{op: op, l: l, r: r}, err
		}
	}
	if l.literal != nil {
		return nil, p.fail("a literal needs something to be compared with")
	}
	return exists{l}, nil
}

func (p *pathParser) operand() (operand, error) {
	switch {
	case p.eat("@"):
		q, err := p.segments()
		return operand{path: q}, err
	case p.eat("$"):
		q, err := p.segments()
		return operand{root: true, path: q}, err
	case p.i < len(p.s) && (p.s[p.i] == '\'' || p.s[p.i] == '"'):
		s, err := p.quoted()
		return operand{literal: &tree{kind: text, text: s}}, err
	}
	start := p.i
	for p.i < len(p.s) && !strings.ContainsRune(" \t\r\n&|)]=!<>,", rune(p.s[p.i])) {
		p.i++
	}
	t, err := readJSON(p.s[start:p.i], Limits{Nodes: 1, Depth: 1}, fromOverlay)
	if err != nil {
		return operand{}, p.fail("expected @, $, a quoted text, a number, true, false or null")
	}
	return operand{literal: t}, nil
}

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
	}
	return 0, false
}
