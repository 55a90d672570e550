package openapi

import (
	"fmt"
	"strconv"
	"strings"
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
