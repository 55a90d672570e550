package salesforce

import "strings"

// condOp is what a condition is.
type condOp string

const (
	condAnd  condOp = "AND"
	condOr   condOp = "OR"
	condNot  condOp = "NOT"
	condLike condOp = "LIKE"
	condIn   condOp = "IN"
	condOut  condOp = "NOT IN"
	condHas  condOp = "INCLUDES"
	condHasn condOp = "EXCLUDES"
	condEq   condOp = "="
	condNe   condOp = "!="
	condLt   condOp = "<"
	condLe   condOp = "<="
	condGt   condOp = ">"
	condGe   condOp = ">="
)

// cond is a condition: AND, OR and NOT have parts, the others a field and values, or
// after IN a query.
type cond struct {
	op     condOp
	parts  []*cond
	left   expr
	values []token
	sub    *query
	pos    int
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
	}
	return p.comparison(depth)
}

func (p *parser) comparison(depth int) (*cond, *apiError) {
	left, refusal := p.expr()
	if refusal != nil {
		return nil, refusal
	}
	c := &cond{left: left, pos: left.pos}
	op := p.take()
	word := strings.ToUpper(op.text)
	switch {
	case op.kind == tokSign && strings.Contains("= != <> < <= > >=", op.text):
		if c.op = condOp(op.text); op.text == "<>" {
			c.op = condNe
		}
	case op.kind == tokName && word == "LIKE":
		c.op = condLike
	case op.kind == tokName && (word == "IN" || word == "INCLUDES" || word == "EXCLUDES"):
		c.op = condOp(word)
		return c, p.list(c, depth)
	case op.kind == tokName && word == "NOT" && p.word("IN"):
		c.op = condOut
		return c, p.list(c, depth)
	default:
		return nil, p.unexpected(op)
	}
	v, refusal := p.literal()
	c.values = []token{v}
	return c, refusal
}

// list reads what follows IN and its kin: values, or after IN a query.
func (p *parser) list(c *cond, depth int) *apiError {
	if !p.sign("(") {
		return p.unexpected(p.peek())
	}
	if t := p.peek(); t.kind == tokName && strings.EqualFold(t.text, "SELECT") && (c.op == condIn || c.op == condOut) {
		sub, refusal := p.query(depth + 1)
		if refusal != nil {
			return refusal
		}
		if c.sub = sub; !p.sign(")") {
			return p.unexpected(p.peek())
		}
		return nil
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

// literal takes a value: a plain one, TRUE, FALSE, NULL or a span of days. Any other
// word would be a field, and fields are compared with literals only.
func (p *parser) literal() (token, *apiError) {
	t := p.take()
	switch t.kind {
	case tokString, tokNumber, tokDate, tokDateTime:
		return t, nil
	case tokName, tokSpan:
		word := strings.ToUpper(t.text)
		if word == "TRUE" || word == "FALSE" || word == "NULL" || isStretch(word) {
			return t, nil
		}
	case tokSign, tokEnd:
	}
	return token{}, p.unexpected(t)
}
