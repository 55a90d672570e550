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

// matcher compiles a condition over records of an object.
func (t *Twin) matcher(src string, o *object, c *cond) (matcher, *apiError) {
	if c == nil {
		return func(*row) bool { return true }, nil
	}
	if len(c.parts) == 0 {
		return t.comparison(src, o, c)
	}
	parts := make([]matcher, len(c.parts))
	for i, part := range c.parts {
		m, refusal := t.matcher(src, o, part)
		if refusal != nil {
			return nil, refusal
		}
		parts[i] = m
	}
	switch c.op {
	case condNot:
		return func(r *row) bool { return !parts[0](r) }, nil
	case condAnd:
		return func(r *row) bool {
			return !slices.ContainsFunc(parts, func(m matcher) bool { return !m(r) })
		}, nil
	default: // condOr: the others compare, and have no parts
		return func(r *row) bool {
			return slices.ContainsFunc(parts, func(m matcher) bool { return m(r) })
		}, nil
	}
}

// comparison compiles one comparison of a field with literals.
func (t *Twin) comparison(src string, o *object, c *cond) (matcher, *apiError) {
	p, refusal := t.schema.resolve(src, o, c.field)
	if refusal != nil {
		return nil, refusal
	}
	f := p.field
	if !f.filterable() {
		return nil, malformed(src, c.pos, "INVALID_FIELD", "field '%s' can not be filtered in a query call", f.name)
	}
	if c.op == condLike {
		return t.like(src, c, p)
	}
	if f.kind == kindBool && c.op != condEq && c.op != condNe {
		return nil, malformed(src, c.pos, "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on boolean field")
	}
	var wants []any
	for _, lit := range c.values {
		v, refusal := f.literal(src, lit)
		if refusal != nil {
			return nil, refusal
		}
		wants = append(wants, v)
	}
	switch c.op {
	case condIn, condOut:
		return func(r *row) bool {
			got := t.value(r, p)
			in := slices.ContainsFunc(wants, func(w any) bool { return f.same(got, w) })
			return in == (c.op == condIn)
		}, nil
	case condEq:
		return func(r *row) bool { return f.same(t.value(r, p), wants[0]) }, nil
	case condNe: // true of a null, as the vendor has it
		return func(r *row) bool { return !f.same(t.value(r, p), wants[0]) }, nil
	default: // an order, below
	}
	if wants[0] == nil {
		return nil, malformed(src, c.values[0].pos, "INVALID_QUERY_FILTER_OPERATOR", "null can only be compared with = and !=")
	}
	return func(r *row) bool {
		got := t.value(r, p)
		return got != nil && holds(c.op, f.compare(got, wants[0]))
	}, nil
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
func (f *field) literal(src string, t token) (any, *apiError) {
	word := ""
	if t.kind == tokName {
		word = strings.ToUpper(t.text)
	}
	if word == "NULL" {
		return nil, nil
	}
	wrong := func(kind, quotes string) *apiError {
		return malformed(src, t.pos, "INVALID_FIELD", "value of filter criterion for field '%s' must be of type %s and should %sbe enclosed in quotes", f.name, kind, quotes)
	}
	switch f.kind {
	case kindBool:
		if word != "" {
			return word == "TRUE", nil
		}
		return nil, wrong("boolean", "not ")
	case kindInt, kindDouble, kindCurrency, kindPercent:
		if t.kind == tokNumber {
			return json.Number(decimal.Must(t.text).String()), nil // the lexer parsed it
		}
		return nil, wrong(string(f.kind), "not ")
	case kindDate:
		if t.kind == tokDate {
			return t.text, nil
		}
		return nil, wrong("date", "not ")
	case kindDateTime:
		if at, ok := parseInstant(t.text); ok && t.kind == tokDateTime {
			return at.UTC().Format(stampLayout), nil
		}
		return nil, wrong("dateTime", "not ")
	default: // ids and texts, below
	}
	if t.kind != tokString {
		return nil, wrong("string", "")
	}
	ps, refusal := unescape(src, t, false)
	if refusal != nil {
		return nil, refusal
	}
	if len(ps) > maxText {
		return nil, malformed(src, t.pos, "MALFORMED_QUERY", "a string in a condition can have at most %d characters", maxText)
	}
	s := textOf(ps)
	if f.kind == kindID || f.kind == kindRef {
		id, ok := LongID(s)
		if !ok && s != "" {
			return nil, malformed(src, t.pos, "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: %s", s)
		}
		s = id
	}
	if s == "" {
		return nil, nil // an empty text is null
	}
	return s, nil
}

// like compiles a LIKE comparison.
func (t *Twin) like(src string, c *cond, p path) (matcher, *apiError) {
	switch p.field.kind {
	case kindString, kindTextArea, kindPick, kindCombo, kindEmail, kindPhone, kindURL:
	default:
		return nil, malformed(src, c.pos, "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on %s field", p.field.kind)
	}
	lit := c.values[0]
	if lit.kind != tokString {
		return nil, malformed(src, lit.pos, "INVALID_FIELD", "value of filter criterion for field '%s' must be of type string and should be enclosed in quotes", p.field.name)
	}
	ps, refusal := unescape(src, lit, true)
	if refusal != nil {
		return nil, refusal
	}
	return func(r *row) bool {
		s, ok := t.value(r, p).(string)
		return ok && matchLike([]rune(s), ps)
	}, nil
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

// candidates returns the records a query has to look at: by id or reference when the
// condition is bound to one, else all of the object.
func (t *Twin) candidates(o *object, c *cond) []*row {
	parts := []*cond{c}
	if c != nil && c.op == condAnd {
		parts = c.parts
	}
	for _, part := range parts {
		if part == nil || part.op != condEq || part.values[0].kind != tokString {
			continue
		}
		f, ok := o.find(part.field.text)
		id, good := LongID(part.values[0].text)
		switch {
		case !ok || !good:
		case f.kind == kindID:
			if r := t.store.ids[id]; r != nil && r.o == o {
				return []*row{r}
			}
			return nil
		case f.kind == kindRef:
			return t.store.referring(o.name, f.name, id)
		}
	}
	return t.store.rows[o.name]
}
