package xero

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/decimal"
)

// valueType is the type of a where expression, by the name the vendor's errors use.
type valueType string

const (
	typeNull valueType = "null"
	typeBool valueType = "Boolean"
	typeText valueType = "String"
	typeNum  valueType = "Decimal"
	typeTime valueType = "DateTime"
	typeGUID valueType = "Guid"
)

// node is one part of a parsed where expression. A leaf is a literal or a member path;
// the others have an operator: || && ! == != < <= > >=, or a text method.
type node struct {
	op   string
	typ  valueType
	args []*node
	path []string // of members
	kind kind     // of members
	lit  any      // bool, string, decimal.Decimal, time.Time or nil
}

const (
	opLit    = "literal"
	opMember = "member"
)

// queryError is what is wrong with an expression, in the vendor's words where known.
type queryError string

func (e queryError) Error() string { return string(e) }

func badQuery(format string, args ...any) error { return queryError(fmt.Sprintf(format, args...)) }

// Bounds of an expression, so that no text makes parsing or judging it dear.
const (
	maxWhere = 16 << 10 // bytes
	maxDepth = 64
)

// parseWhere reads a where expression over the members of s. Its grammar is the
// documented one: comparisons by == (or =), !=, <, <=, >, >=; AND, OR, &&, ||, ! and
// parentheses; text in double quotes with \ before a quote; guid("…"),
// DateTime(y,m,d[,h,mi,s]), numbers, true, false, null; dotted member paths; and the
// text methods Contains, StartsWith, EndsWith, ToLower and ToUpper.
func parseWhere(s *shape, text string) (*node, error) {
	if len(text) > maxWhere {
		return nil, badQuery("the expression is too long")
	}
	if !utf8.ValidString(text) {
		return nil, badQuery("the expression is not UTF-8 text")
	}
	p := &whereParser{shape: s, rest: text}
	n, err := p.either(0)
	if err != nil {
		return nil, err
	}
	if p.skip(); p.rest != "" {
		return nil, p.syntax()
	}
	if n.typ != typeBool {
		return nil, badQuery("Expression of type 'Boolean' expected")
	}
	return n, nil
}

type whereParser struct {
	shape *shape
	rest  string
	read  int // characters consumed so far
}

func (p *whereParser) syntax() error {
	return badQuery("Syntax error at position %d", p.read)
}

func (p *whereParser) advance(n int) string {
	s := p.rest[:n]
	p.rest, p.read = p.rest[n:], p.read+utf8.RuneCountInString(s)
	return s
}

func (p *whereParser) skip() {
	p.advance(len(p.rest) - len(strings.TrimLeft(p.rest, " \t\r\n")))
}

// symbol takes the first of the given symbols that comes next.
func (p *whereParser) symbol(symbols ...string) string {
	p.skip()
	for _, s := range symbols {
		if strings.HasPrefix(p.rest, s) {
			return p.advance(len(s))
		}
	}
	return ""
}

// word takes the next name, without a point.
func (p *whereParser) word() string {
	p.skip()
	i := 0
	for i < len(p.rest) && (isLetter(p.rest[i]) || i > 0 && isDigit(p.rest[i])) {
		i++
	}
	return p.advance(i)
}

// keyword takes a whole word whatever its case.
func (p *whereParser) keyword(w string) bool {
	before := *p
	if strings.EqualFold(p.word(), w) {
		return true
	}
	*p = before
	return false
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }

func (p *whereParser) either(depth int) (*node, error) {
	return p.chain(depth, "||", "OR", p.both)
}

func (p *whereParser) both(depth int) (*node, error) {
	return p.chain(depth, "&&", "AND", p.comparison)
}

// chain reads operands joined by a symbol or its keyword.
func (p *whereParser) chain(depth int, symbol, word string, operand func(int) (*node, error)) (*node, error) {
	first, err := operand(depth)
	if err != nil {
		return nil, err
	}
	n := &node{op: symbol, typ: typeBool, args: []*node{first}}
	for p.symbol(symbol) != "" || p.keyword(word) {
		next, err := operand(depth)
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, next)
	}
	if len(n.args) == 1 {
		return first, nil
	}
	for _, a := range n.args {
		if a.typ != typeBool {
			return nil, badQuery("Operator '%s' incompatible with operand type '%s'", symbol, a.typ)
		}
	}
	return n, nil
}

func (p *whereParser) comparison(depth int) (*node, error) {
	left, err := p.operand(depth)
	if err != nil {
		return nil, err
	}
	op := p.symbol("==", "!=", "<=", ">=", "=", "<", ">")
	if op == "" {
		return left, nil
	}
	if op == "=" {
		op = "=="
	}
	right, err := p.operand(depth)
	if err != nil {
		return nil, err
	}
	if !mayCompare(op, left.typ, right.typ) {
		return nil, badQuery("Operator '%s' incompatible with operand types '%s' and '%s'", op, left.typ, right.typ)
	}
	return &node{op: op, typ: typeBool, args: []*node{left, right}}, nil
}

// mayCompare says which types an operator compares: equal ones, any with null, and in
// order only numbers and times.
func mayCompare(op string, a, b valueType) bool {
	if op == "==" || op == "!=" {
		return a == b || a == typeNull || b == typeNull
	}
	return a == b && (a == typeNum || a == typeTime)
}

func (p *whereParser) operand(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, badQuery("the expression is nested too deeply")
	}
	p.skip()
	switch {
	case p.rest == "":
		return nil, p.syntax()
	case p.rest[0] == '!':
		p.advance(1)
		n, err := p.operand(depth + 1)
		if err != nil {
			return nil, err
		}
		if n.typ != typeBool {
			return nil, badQuery("Operator '!' incompatible with operand type '%s'", n.typ)
		}
		return &node{op: "!", typ: typeBool, args: []*node{n}}, nil
	case p.rest[0] == '(':
		p.advance(1)
		n, err := p.either(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.symbol(")") == "" {
			return nil, p.syntax()
		}
		return p.methods(n)
	case p.rest[0] == '"':
		text, err := p.text()
		if err != nil {
			return nil, err
		}
		return p.methods(&node{op: opLit, typ: typeText, lit: text})
	case p.rest[0] == '-' || isDigit(p.rest[0]):
		return p.number()
	case isLetter(p.rest[0]):
		return p.name()
	}
	return nil, p.syntax()
}

// text reads a quoted text; a backslash keeps the character after it.
func (p *whereParser) text() (string, error) {
	var b strings.Builder
	for i := 1; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == '"':
			p.advance(i + 1)
			return b.String(), nil
		case c == '\\' && i+1 < len(p.rest):
			i++
			b.WriteByte(p.rest[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", badQuery("Unterminated string literal")
}

func (p *whereParser) number() (*node, error) {
	i := 1
	for i < len(p.rest) && (isDigit(p.rest[i]) || p.rest[i] == '.') {
		i++
	}
	d, err := decimal.Parse(p.advance(i))
	if err != nil {
		return nil, p.syntax()
	}
	if p.rest != "" && (p.rest[0] == 'm' || p.rest[0] == 'M') {
		p.advance(1) // the suffix of decimal literals
	}
	return &node{op: opLit, typ: typeNum, lit: d}, nil
}

// name reads what begins with a letter: a constant, a constructor or a member path.
func (p *whereParser) name() (*node, error) {
	switch w := p.word(); {
	case strings.EqualFold(w, "null"):
		return &node{op: opLit, typ: typeNull}, nil
	case strings.EqualFold(w, "true"), strings.EqualFold(w, "false"):
		return &node{op: opLit, typ: typeBool, lit: strings.EqualFold(w, "true")}, nil
	case strings.EqualFold(w, "guid"):
		return p.guid()
	case w == "DateTime":
		return p.dateTime()
	default:
		return p.member(w)
	}
}

func (p *whereParser) guid() (*node, error) {
	if p.symbol("(") == "" || p.symbol(`"`) == "" {
		return nil, p.syntax()
	}
	text, _, ok := strings.Cut(p.rest, `"`)
	id := strings.ToLower(text)
	if !ok || !isGUID(id) {
		return nil, badQuery("'%.40s' is not a Guid", text)
	}
	p.advance(len(text) + 1)
	if p.symbol(")") == "" {
		return nil, p.syntax()
	}
	return &node{op: opLit, typ: typeGUID, lit: id}, nil
}

func (p *whereParser) dateTime() (*node, error) {
	if p.symbol("(") == "" {
		return nil, p.syntax()
	}
	part := [6]int{}
	n := 0
	for ; n < len(part); n++ {
		if n > 0 && p.symbol(",") == "" {
			break
		}
		p.skip()
		i := 0
		for i < len(p.rest) && isDigit(p.rest[i]) {
			i++
		}
		v, err := strconv.Atoi(p.advance(i))
		if err != nil {
			return nil, p.syntax()
		}
		part[n] = v
	}
	if n < 3 || p.symbol(")") == "" {
		return nil, p.syntax()
	}
	if part[0] < 1 || part[0] > 9999 {
		return nil, badQuery("Year, Month, and Day parameters describe an un-representable DateTime.")
	}
	t := time.Date(part[0], time.Month(part[1]), part[2], part[3], part[4], part[5], 0, time.UTC)
	if got := [6]int{t.Year(), int(t.Month()), t.Day(), t.Hour(), t.Minute(), t.Second()}; got != part {
		return nil, badQuery("Year, Month, and Day parameters describe an un-representable DateTime.")
	}
	return &node{op: opLit, typ: typeTime, lit: t}, nil
}

// member reads the rest of a path whose first name is given, and methods on it.
func (p *whereParser) member(name string) (*node, error) {
	s, n := p.shape, &node{op: opMember}
	for {
		f, ok := s.field(name)
		if !ok {
			return nil, badQuery("No property or field '%s' exists in type '%s'", name, s.name)
		}
		n.path = append(n.path, name)
		if f.kind != kindObject {
			n.kind, n.typ = f.kind, typeOf(f.kind)
			break
		}
		if f.of == nil || p.symbol(".") == "" {
			return nil, badQuery("Property '%s' cannot be compared", name)
		}
		s, name = f.of, p.word()
	}
	if n.typ == "" {
		return nil, badQuery("Property '%s' cannot be compared", name)
	}
	return p.methods(n)
}

// typeOf returns the type that members of a kind compare as, "" when they do not.
func typeOf(k kind) valueType {
	switch {
	case k == kindText:
		return typeText
	case k == kindID:
		return typeGUID
	case k == kindBool:
		return typeBool
	case k.numeric():
		return typeNum
	case k == kindList || k == kindObject:
		return ""
	}
	return typeTime
}

// methods reads text methods called on n.
func (p *whereParser) methods(n *node) (*node, error) {
	for {
		before := *p
		if p.symbol(".") == "" {
			return n, nil
		}
		name := p.word()
		typ := typeBool
		switch name {
		case "ToLower", "ToUpper":
			typ = typeText
		case "Contains", "StartsWith", "EndsWith":
		default:
			*p = before
			return nil, badQuery("No applicable method '%s' exists in type '%s'", name, n.typ)
		}
		if n.typ != typeText || p.symbol("(") == "" {
			return nil, badQuery("No applicable method '%s' exists in type '%s'", name, n.typ)
		}
		called := &node{op: name, typ: typ, args: []*node{n}}
		if typ == typeBool {
			if p.skip(); p.rest == "" || p.rest[0] != '"' {
				return nil, p.syntax()
			}
			text, err := p.text()
			if err != nil {
				return nil, err
			}
			called.args = append(called.args, &node{op: opLit, typ: typeText, lit: text})
		}
		if p.symbol(")") == "" {
			return nil, p.syntax()
		}
		n = called
	}
}
