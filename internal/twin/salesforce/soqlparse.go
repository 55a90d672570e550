package salesforce

import (
	"strconv"
	"strings"
)

// query is a parsed SELECT statement; names are as written and not yet looked up.
type query struct {
	src    string
	count  bool     // SELECT COUNT()
	fields []token  // paths
	subs   []*query // child subqueries
	from   token
	where  *cond // nil when there is none
	order  []ordering
	limit  int // -1 when there is none
	offset int
}

// condOp is what a condition is.
type condOp string

const (
	condAnd  condOp = "AND"
	condOr   condOp = "OR"
	condNot  condOp = "NOT"
	condLike condOp = "LIKE"
	condIn   condOp = "IN"
	condOut  condOp = "NOT IN"
	condEq   condOp = "="
	condNe   condOp = "!="
	condLt   condOp = "<"
	condLe   condOp = "<="
	condGt   condOp = ">"
	condGe   condOp = ">="
)

// cond is a condition: AND, OR and NOT have parts, the others a field and values.
type cond struct {
	op     condOp
	parts  []*cond
	field  token
	values []token
	pos    int
}

// ordering is one ORDER BY item. Nulls come first unless the query says otherwise.
type ordering struct {
	field     token
	down      bool
	nullsLast bool
}

const (
	maxDepth  = 50   // nesting of conditions; ours, against hostile input
	maxOffset = 2000 // the vendor's
)

type parser struct {
	src  string
	toks []token
	at   int
}

// parseSOQL reads a SELECT statement of the subset that the package comment lists.
func parseSOQL(src string) (*query, *apiError) {
	toks, refusal := lex(src)
	if refusal != nil {
		return nil, refusal
	}
	p := &parser{src: src, toks: toks}
	q, refusal := p.query(false)
	if refusal != nil {
		return nil, refusal
	}
	if t := p.peek(); t.kind != tokEnd {
		return nil, p.unexpected(t)
	}
	return q, nil
}

func (p *parser) peek() token { return p.toks[p.at] }

func (p *parser) take() token {
	t := p.toks[p.at]
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

// word takes the next token if it is that keyword, in any case.
func (p *parser) word(w string) bool {
	if t := p.peek(); t.kind == tokName && strings.EqualFold(t.text, w) {
		p.at++
		return true
	}
	return false
}

func (p *parser) sign(s string) bool {
	if t := p.peek(); t.kind == tokSign && t.text == s {
		p.at++
		return true
	}
	return false
}

func (p *parser) fail(t token, format string, args ...any) *apiError {
	return malformed(p.src, t.pos, "MALFORMED_QUERY", format, args...)
}

func (p *parser) unexpected(t token) *apiError {
	if t.kind == tokEnd {
		return p.fail(t, "unexpected end of query")
	}
	return p.fail(t, "unexpected token: '%s'", t.text)
}

func (p *parser) query(sub bool) (*query, *apiError) {
	q := &query{src: p.src, limit: -1}
	if !p.word("SELECT") {
		return nil, p.unexpected(p.peek())
	}
	if refusal := p.selected(q, sub); refusal != nil {
		return nil, refusal
	}
	if !p.word("FROM") {
		return nil, p.unexpected(p.peek())
	}
	q.from = p.take()
	if q.from.kind != tokName || strings.Contains(q.from.text, ".") {
		return nil, p.unexpected(q.from)
	}
	if p.word("WHERE") {
		c, refusal := p.condition(0)
		if refusal != nil {
			return nil, refusal
		}
		q.where = c
	}
	return q, p.tail(q)
}

func (p *parser) selected(q *query, sub bool) *apiError {
	for {
		switch t := p.peek(); {
		case t.kind == tokSign && t.text == "(":
			if sub {
				return p.fail(t, "a subquery cannot hold another")
			}
			p.take()
			s, refusal := p.query(true)
			if refusal != nil {
				return refusal
			}
			if !p.sign(")") {
				return p.unexpected(p.peek())
			}
			q.subs = append(q.subs, s)
		case t.kind == tokName && !reserved(t.text):
			p.take()
			if p.sign("(") {
				return p.counted(q, t, sub)
			}
			q.fields = append(q.fields, t)
		default:
			return p.unexpected(t)
		}
		if !p.sign(",") {
			return nil
		}
	}
}

// counted reads what follows "COUNT(". Other functions are beyond the subset.
func (p *parser) counted(q *query, name token, sub bool) *apiError {
	if !strings.EqualFold(name.text, "COUNT") || !p.sign(")") {
		return p.fail(name, "unexpected token: '(': of the functions only COUNT() is answered here")
	}
	if sub || len(q.fields) > 0 || len(q.subs) > 0 || p.peek().text == "," {
		return p.fail(name, "COUNT() must be the only element of a query")
	}
	q.count = true
	return nil
}

func reserved(word string) bool {
	switch strings.ToUpper(word) {
	case "SELECT", "FROM", "WHERE", "ORDER", "LIMIT", "OFFSET", "AND", "OR", "NOT", "IN", "LIKE", "BY", "GROUP", "HAVING":
		return true
	}
	return false
}

func (p *parser) tail(q *query) *apiError {
	if p.word("ORDER") {
		if !p.word("BY") {
			return p.unexpected(p.peek())
		}
		if refusal := p.orderings(q); refusal != nil {
			return refusal
		}
	}
	var refusal *apiError
	if p.word("LIMIT") {
		if q.limit, refusal = p.natural(); refusal != nil {
			return refusal
		}
	}
	if p.word("OFFSET") {
		at := p.peek()
		if q.offset, refusal = p.natural(); refusal != nil {
			return refusal
		}
		if q.offset > maxOffset {
			return malformed(p.src, at.pos, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is %d", maxOffset)
		}
	}
	return nil
}

func (p *parser) orderings(q *query) *apiError {
	for {
		o := ordering{field: p.take()}
		if o.field.kind != tokName || reserved(o.field.text) {
			return p.unexpected(o.field)
		}
		if p.word("DESC") {
			o.down = true
		} else {
			p.word("ASC")
		}
		if p.word("NULLS") {
			if o.nullsLast = p.word("LAST"); !o.nullsLast && !p.word("FIRST") {
				return p.unexpected(p.peek())
			}
		}
		q.order = append(q.order, o)
		if !p.sign(",") {
			return nil
		}
	}
}

func (p *parser) natural() (int, *apiError) {
	t := p.take()
	n, err := strconv.Atoi(t.text)
	if t.kind != tokNumber || err != nil || n < 0 {
		return 0, p.unexpected(t)
	}
	return n, nil
}

// condition reads operands joined by one of AND and OR. Mixing the two without
// parentheses is an error in SOQL.
func (p *parser) condition(depth int) (*cond, *apiError) {
	first, refusal := p.operand(depth)
	if refusal != nil {
		return nil, refusal
	}
	join := &cond{parts: []*cond{first}, pos: first.pos}
	for {
		t := p.peek()
		op := condOp(strings.ToUpper(t.text))
		if t.kind != tokName || op != condAnd && op != condOr {
			break
		}
		if join.op != "" && join.op != op {
			return nil, p.fail(t, "unexpected token: '%s': AND and OR cannot be mixed without parentheses", t.text)
		}
		join.op = op
		p.take()
		next, refusal := p.operand(depth)
		if refusal != nil {
			return nil, refusal
		}
		join.parts = append(join.parts, next)
	}
	if join.op == "" {
		return first, nil
	}
	return join, nil
}

func (p *parser) operand(depth int) (*cond, *apiError) {
	t := p.peek()
	if depth > maxDepth {
		return nil, p.fail(t, "conditions are nested too deeply")
	}
	switch {
	case p.word("NOT"):
		inner, refusal := p.operand(depth + 1)
		if refusal != nil {
			return nil, refusal
		}
		return &cond{op: condNot, parts: []*cond{inner}, pos: t.pos}, nil
	case p.sign("("):
		inner, refusal := p.condition(depth + 1)
		if refusal != nil {
			return nil, refusal
		}
		if !p.sign(")") {
			return nil, p.unexpected(p.peek())
		}
		return inner, nil
	case t.kind != tokName || reserved(t.text):
		return nil, p.unexpected(t)
	}
	return p.comparison()
}

func (p *parser) comparison() (*cond, *apiError) {
	c := &cond{field: p.take()}
	c.pos = c.field.pos
	op := p.take()
	switch {
	case op.kind == tokSign && strings.Contains("= != <> < <= > >=", op.text):
		if c.op = condOp(op.text); op.text == "<>" {
			c.op = condNe
		}
	case op.kind == tokName && strings.EqualFold(op.text, "LIKE"):
		c.op = condLike
	case op.kind == tokName && strings.EqualFold(op.text, "IN"):
		c.op = condIn
		return c, p.list(c)
	case op.kind == tokName && strings.EqualFold(op.text, "NOT") && p.word("IN"):
		c.op = condOut
		return c, p.list(c)
	default:
		return nil, p.unexpected(op)
	}
	v, refusal := p.literal()
	c.values = []token{v}
	return c, refusal
}

func (p *parser) list(c *cond) *apiError {
	if !p.sign("(") {
		return p.unexpected(p.peek())
	}
	for {
		v, refusal := p.literal()
		if refusal != nil {
			return refusal
		}
		c.values = append(c.values, v)
		if p.sign(")") {
			return nil
		}
		if !p.sign(",") {
			return p.unexpected(p.peek())
		}
	}
}

// literal takes a value. Words other than TRUE, FALSE and NULL are date literals such
// as TODAY, whose meaning depends on the calling user; they are beyond the subset.
func (p *parser) literal() (token, *apiError) {
	t := p.take()
	switch t.kind {
	case tokString, tokNumber, tokDate, tokDateTime:
		return t, nil
	case tokName:
		switch strings.ToUpper(t.text) {
		case "TRUE", "FALSE", "NULL":
			return t, nil
		}
	case tokSign, tokEnd:
	}
	return token{}, p.unexpected(t)
}
