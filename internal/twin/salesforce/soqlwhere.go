package salesforce

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/planwright/planwright/internal/decimal"
)

// maxText is the longest string literal of a condition, in characters.
const maxText = 4000

// matcher decides whether a record satisfies a condition.
type matcher func(*row) bool

// filter is a compiled condition: how to judge a record, and where records that may
// satisfy it are to be found.
type filter struct {
	match matcher
	// found returns the records that an index gives, nil when there is none for it.
	found func() []*row
	// bounds are those of the indexed instants that every match lies within, by field.
	bounds map[string]bounds
}

// scope says where in a statement a condition stands.
type scope struct {
	under condOp // OR or NOT when below one
	read  func(expr) (path, func(*row) any, *apiError)
}

// filter compiles the WHERE of the statement.
func (s *scan) filter(c *cond) (filter, *apiError) {
	if c == nil {
		return filter{match: func(*row) bool { return true }}, nil
	}
	return s.compile(c, scope{read: s.plain})
}

// plain resolves the left side of a condition in WHERE, where functions have no place.
func (s *scan) plain(e expr) (path, func(*row) any, *apiError) {
	if e.fn != "" {
		return path{}, nil, s.malformed(e.pos, "MALFORMED_QUERY", "unexpected token: '('")
	}
	p, refusal := s.resolve(e.field)
	return p, func(r *row) any { return s.t.value(r, p) }, refusal
}

func (s *scan) compile(c *cond, at scope) (filter, *apiError) {
	if len(c.parts) == 0 {
		return s.comparison(c, at)
	}
	if c.op != condAnd {
		at.under = c.op
	}
	parts := make([]filter, len(c.parts))
	for i, part := range c.parts {
		f, refusal := s.compile(part, at)
		if refusal != nil {
			return filter{}, refusal
		}
		parts[i] = f
	}
	switch c.op {
	case condNot:
		return filter{match: func(r *row) bool { return !parts[0].match(r) }}, nil
	case condAnd:
		return allOf(parts), nil
	default: // condOr: the others compare, and have no parts
		return anyOf(parts), nil
	}
}

// comparison compiles one comparison of a field with literals.
func (s *scan) comparison(c *cond, at scope) (filter, *apiError) {
	p, value, refusal := at.read(c.left)
	if refusal != nil {
		return filter{}, refusal
	}
	f := p.field
	switch {
	case !f.filterable():
		return filter{}, s.malformed(c.pos, "INVALID_FIELD", "field '%s' can not be filtered in a query call", f.name)
	case c.sub != nil:
		return s.join(c, p, at)
	case !f.takes(c.op):
		return filter{}, s.malformed(c.pos, "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on %s field", f.kind)
	case c.op == condLike:
		return s.like(c, f, value)
	case c.op == condHas || c.op == condHasn:
		return s.includes(c, f, value)
	}
	wants := make([]any, len(c.values))
	for i, lit := range c.values {
		if wants[i], refusal = s.literal(f, lit); refusal != nil {
			return filter{}, refusal
		}
		if wants[i] == nil && c.op != condEq && c.op != condNe && c.op != condIn && c.op != condOut {
			return filter{}, s.malformed(lit.pos, "INVALID_QUERY_FILTER_OPERATOR", "null can only be compared with = and !=")
		}
	}
	out := filter{match: f.judge(c.op, wants, value)}
	if c.left.fn == "" && len(p.hops) == 0 {
		out.found, out.bounds = s.probe(f, c.op, wants), boundsOf(f, c.op, wants)
	}
	return out, nil
}

// takes reports whether an operator may be used on a field.
func (f *field) takes(op condOp) bool {
	switch op {
	case condLike:
		return slices.Contains([]kind{kindString, kindTextArea, kindPick, kindCombo, kindEmail, kindPhone, kindURL}, f.kind)
	case condHas, condHasn:
		return f.kind == kindMulti
	case condIn, condOut:
		return f.kind != kindMulti
	case condEq, condNe:
		return true
	default: // an order
		return f.kind != kindBool && f.kind != kindMulti
	}
}

// judge compares what a record has with the values of a condition; each is a value of
// the field, nil for null, or a stretch of time.
func (f *field) judge(op condOp, wants []any, value func(*row) any) matcher {
	meets := func(got, want any) bool {
		if within, is := want.(stretch); is {
			return within.holds(f, condEq, got)
		}
		return f.same(got, want)
	}
	switch op {
	case condIn, condOut:
		return func(r *row) bool {
			got := value(r)
			return slices.ContainsFunc(wants, func(w any) bool { return meets(got, w) }) == (op == condIn)
		}
	case condEq, condNe: // a null is unequal to anything else, as the vendor has it
		return func(r *row) bool { return meets(value(r), wants[0]) == (op == condEq) }
	default: // an order, below
	}
	if within, is := wants[0].(stretch); is {
		return func(r *row) bool {
			got := value(r)
			return got != nil && within.holds(f, op, got)
		}
	}
	return func(r *row) bool {
		got := value(r)
		return got != nil && holds(op, f.compare(got, wants[0]))
	}
}

func (f *field) same(a, b any) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return f.compare(a, b) == 0
}

func holds(op condOp, c int) bool {
	switch op {
	case condLt:
		return c < 0
	case condLe:
		return c <= 0
	case condGt:
		return c > 0
	default: // condGe: orders only come here
		return c >= 0
	}
}

// literal turns a literal into a value of the field, or says which kind it must have.
func (s *scan) literal(f *field, t token) (any, *apiError) {
	word := ""
	if t.kind == tokName || t.kind == tokSpan {
		word = strings.ToUpper(t.text)
	}
	if word == "NULL" {
		return nil, nil
	}
	wrong := func(kind, quotes string) *apiError {
		return s.malformed(t.pos, "INVALID_FIELD", "value of filter criterion for field '%s' must be of type %s and should %sbe enclosed in quotes", f.name, kind, quotes)
	}
	timed := f.kind == kindDate || f.kind == kindDateTime
	switch {
	case timed && isStretch(word):
		return s.calendar().stretch(word), nil
	case f.kind == kindBool && (word == "TRUE" || word == "FALSE"):
		return word == "TRUE", nil
	case f.kind.number() && t.kind == tokNumber:
		return json.Number(decimal.Must(t.text).String()), nil // the lexer parsed it
	case f.kind == kindDate && t.kind == tokDate:
		return t.text, nil
	case f.kind == kindDateTime && t.kind == tokDateTime && strings.Contains(t.text, ".") && s.t.otherwise[doubtFraction]:
		return nil, s.malformed(t.pos, "MALFORMED_QUERY", "line 1:%d no viable alternative at character '.'", t.pos)
	case f.kind == kindDateTime && t.kind == tokDateTime:
		at, _ := parseInstant(t.text) // the lexer did, too
		return at.UTC().Format(stampLayout), nil
	case f.kind == kindDateTime:
		return nil, wrong("dateTime", "not ")
	case timed || f.kind == kindBool || f.kind.number():
		return nil, wrong(string(f.kind), "not ")
	case t.kind != tokString:
		return nil, wrong("string", "")
	}
	return s.quoted(f, t)
}

// quoted reads a string literal for a field of ids or text.
func (s *scan) quoted(f *field, t token) (any, *apiError) {
	ps, refusal := s.unescape(t, false)
	if refusal != nil {
		return nil, refusal
	}
	text := textOf(ps)
	if f.kind == kindID || f.kind == kindRef {
		id, ok := LongID(text)
		if !ok && text != "" {
			return nil, s.malformed(t.pos, "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: %s", text)
		}
		text = id
	}
	if text == "" {
		return nil, nil // an empty text is null
	}
	return text, nil
}

// unescape reads a string literal, which may not be too long.
func (s *scan) unescape(t token, like bool) ([]pattern, *apiError) {
	ps, refusal := unescape(s.q.src, t, like)
	if refusal == nil && len(ps) > maxText {
		return nil, s.malformed(t.pos, "MALFORMED_QUERY", "a string in a condition can have at most %d characters", maxText)
	}
	return ps, refusal
}

// like compiles a LIKE comparison.
func (s *scan) like(c *cond, f *field, value func(*row) any) (filter, *apiError) {
	lit := c.values[0]
	if lit.kind != tokString {
		return filter{}, s.malformed(lit.pos, "INVALID_FIELD", "value of filter criterion for field '%s' must be of type string and should be enclosed in quotes", f.name)
	}
	ps, refusal := s.unescape(lit, true)
	if refusal != nil {
		return filter{}, refusal
	}
	var buffer []rune // one statement at a time judges one record after another
	return filter{match: func(r *row) bool {
		text, ok := value(r).(string)
		buffer = buffer[:0]
		for _, c := range text {
			buffer = append(buffer, c)
		}
		return ok && matchLike(buffer, ps)
	}}, nil
}

// includes compiles INCLUDES and EXCLUDES: any of the literals is met by a record that
// has all the values it joins with semicolons.
func (s *scan) includes(c *cond, f *field, value func(*row) any) (filter, *apiError) {
	var sets [][]string
	for _, lit := range c.values {
		v, refusal := s.literal(f, lit)
		if refusal != nil {
			return filter{}, refusal
		}
		text, _ := v.(string)
		sets = append(sets, strings.Split(strings.ToLower(text), ";"))
	}
	return filter{match: func(r *row) bool {
		text, _ := value(r).(string)
		has := strings.Split(strings.ToLower(text), ";")
		met := slices.ContainsFunc(sets, func(set []string) bool {
			return !slices.ContainsFunc(set, func(v string) bool { return !slices.Contains(has, v) })
		})
		return met == (c.op == condHas)
	}}, nil
}

// matchLike matches without regard to case, in time proportional to the product of
// the lengths at worst: on a mismatch only the last '%' takes one character more.
func matchLike(s []rune, ps []pattern) bool {
	i, j := 0, 0
	star, mark := -1, 0
	for i < len(s) {
		switch {
		case j < len(ps) && ps[j].wild == '%':
			star, mark = j, i
			j++
		case j < len(ps) && (ps[j].wild == '_' || ps[j].wild == 0 && unicode.ToLower(ps[j].r) == unicode.ToLower(s[i])):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = mark, star+1
		default:
			return false
		}
	}
	for j < len(ps) && ps[j].wild == '%' {
		j++
	}
	return j == len(ps)
}
