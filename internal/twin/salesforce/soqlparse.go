package salesforce

import (
	"slices"
	"strconv"
	"strings"
)

// query is a parsed SELECT statement; names are as written and not yet looked up.
type query struct {
	src    string
	count  bool     // SELECT COUNT()
	items  []expr   // fields, functions and FIELDS(), as selected
	subs   []*query // child subqueries
	from   token
	alias  token // of the object, without text when it has none
	where  *cond // nil when there is none
	group  []token
	having *cond
	order  []ordering
	limit  int   // -1 when there is none
	bound  token // the LIMIT's keyword, for errors
	offset int
	use    token // VIEW, REFERENCE or UPDATE after FOR; empty text when there is none
}

// expr is a field or a function of one: SUM(Amount) total. FIELDS(ALL) is one, too.
type expr struct {
	fn    string // "" for a plain field
	field token
	alias token // without text when there is none
	pos   int
}

// String prints the expression without its alias.
func (e expr) String() string {
	if e.fn == "" {
		return e.field.text
	}
	return e.fn + "(" + e.field.text + ")"
}

// ordering is one ORDER BY item. Nulls come first unless the query says otherwise.
type ordering struct {
	by        expr
	down      bool
	nullsLast bool
}

const (
	maxDepth  = 50   // nesting of conditions and subqueries; ours, against hostile input
	maxOffset = 2000 // the vendor's
)

// fnFields is FIELDS(), which stands for a group of fields; the other functions
// aggregate.
const fnFields = "FIELDS"

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
	q, refusal := p.query(0)
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
		return p.fail(t, "unexpected token: '<EOF>'")
	}
	return p.fail(t, "unexpected token: '%s'", t.text)
}

func (p *parser) query(depth int) (*query, *apiError) {
	if depth > maxDepth {
		return nil, p.fail(p.peek(), "queries are nested too deeply")
	}
	q := &query{src: p.src, limit: -1}
	if !p.word("SELECT") {
		return nil, p.unexpected(p.peek())
	}
	if refusal := p.selected(q, depth); refusal != nil {
		return nil, refusal
	}
	if !p.word("FROM") {
		return nil, p.unexpected(p.peek())
	}
	q.from = p.take()
	if q.from.kind != tokName || strings.Contains(q.from.text, ".") {
		return nil, p.unexpected(q.from)
	}
	q.alias = p.alias()
	if p.word("WHERE") {
		c, refusal := p.condition(depth)
		if refusal != nil {
			return nil, refusal
		}
		q.where = c
	}
	return q, p.tail(q, depth)
}

// alias takes a name for what was just read, if one follows.
func (p *parser) alias() token {
	t := p.peek()
	if t.kind != tokName || reserved(t.text) || strings.Contains(t.text, ".") {
		return token{}
	}
	return p.take()
}

func (p *parser) selected(q *query, depth int) *apiError {
	for {
		if p.sign("(") {
			s, refusal := p.query(depth + 1)
			if refusal != nil {
				return refusal
			}
			if !p.sign(")") {
				return p.unexpected(p.peek())
			}
			q.subs = append(q.subs, s)
		} else {
			e, refusal := p.expr()
			if refusal != nil {
				return refusal
			}
			if e.fn == "COUNT" && e.field.text == "" {
				return p.counted(q, e, depth)
			}
			e.alias = p.alias()
			q.items = append(q.items, e)
		}
		if !p.sign(",") {
			return nil
		}
	}
}

// expr takes a field, or a function with its field. COUNT may stand without one.
func (p *parser) expr() (expr, *apiError) {
	t := p.take()
	if t.kind != tokName || reserved(t.text) {
		return expr{}, p.unexpected(t)
	}
	open := p.peek()
	if !p.sign("(") {
		return expr{field: t, pos: t.pos}, nil
	}
	e := expr{fn: strings.ToUpper(t.text), pos: t.pos}
	if !slices.Contains([]string{"COUNT", "COUNT_DISTINCT", "SUM", "MIN", "MAX", "AVG", fnFields}, e.fn) {
		return expr{}, p.unexpected(open)
	}
	if e.fn == "COUNT" && p.sign(")") {
		return e, nil
	}
	if e.field = p.take(); e.field.kind != tokName || reserved(e.field.text) {
		return expr{}, p.unexpected(e.field)
	}
	if !p.sign(")") {
		return expr{}, p.unexpected(p.peek())
	}
	return e, nil
}

// counted ends a selection that holds COUNT(), which must be alone.
func (p *parser) counted(q *query, e expr, depth int) *apiError {
	if depth > 0 || len(q.items) > 0 || len(q.subs) > 0 || p.peek().text == "," {
		return malformed(p.src, e.pos, "MALFORMED_QUERY", "COUNT() must be the only element of a query")
	}
	q.count = true
	return nil
}

func reserved(word string) bool {
	switch strings.ToUpper(word) {
	case "SELECT", "FROM", "WHERE", "ORDER", "LIMIT", "OFFSET", "AND", "OR", "NOT", "IN", "LIKE", "BY", "GROUP", "HAVING",
		"ASC", "DESC", "NULLS", "FOR", "USING", "WITH", "INCLUDES", "EXCLUDES", "AS":
		return true
	}
	return false
}

func (p *parser) tail(q *query, depth int) *apiError {
	var refusal *apiError
	if p.word("GROUP") {
		if refusal = p.grouping(q, depth); refusal != nil {
			return refusal
		}
	}
	if p.word("ORDER") {
		if !p.word("BY") {
			return p.unexpected(p.peek())
		}
		if refusal = p.orderings(q); refusal != nil {
			return refusal
		}
	}
	if q.bound = p.peek(); p.word("LIMIT") {
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
	if p.word("FOR") {
		q.use = p.take()
		if q.use.text = strings.ToUpper(q.use.text); depth > 0 || !slices.Contains([]string{"VIEW", "REFERENCE", "UPDATE"}, q.use.text) {
			return p.unexpected(q.use)
		}
	}
	return nil
}

// grouping reads what follows GROUP, and HAVING.
func (p *parser) grouping(q *query, depth int) *apiError {
	if !p.word("BY") {
		return p.unexpected(p.peek())
	}
	for {
		t := p.take()
		if t.kind != tokName || reserved(t.text) {
			return p.unexpected(t)
		}
		q.group = append(q.group, t)
		if !p.sign(",") {
			break
		}
	}
	var refusal *apiError
	if p.word("HAVING") {
		q.having, refusal = p.condition(depth)
	}
	return refusal
}

func (p *parser) orderings(q *query) *apiError {
	for {
		e, refusal := p.expr()
		if refusal != nil {
			return refusal
		}
		o := ordering{by: e}
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
