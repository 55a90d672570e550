package salesforce

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// aggregates reports whether a statement answers groups instead of records.
func (s *scan) aggregates() bool {
	return len(s.q.group) > 0 || slices.ContainsFunc(s.q.items, expr.aggregate)
}

func (e expr) aggregate() bool { return e.fn != "" && e.fn != fnFields }

// group is some records, all with the same values in the fields they are grouped by.
type group struct {
	rows []*row
	at   *row // the first, nil when there is none
}

// column computes one value of a group.
type column struct {
	name  string // in the answer
	field *field // whose kind the value has, nil for a count
	value func(group) any
}

// avgPlaces is how exact an average is.
const avgPlaces = 12

// groups executes a statement that aggregates.
func (s *scan) groups() ([]result, *apiError) {
	by, refusal := s.groupedBy()
	if refusal != nil {
		return nil, refusal
	}
	columns, refusal := s.columns(by)
	if refusal != nil {
		return nil, refusal
	}
	where, refusal := s.filter(s.q.where)
	if refusal != nil {
		return nil, refusal
	}
	order, refusal := s.groupOrder(by)
	if refusal != nil {
		return nil, refusal
	}
	kept, refusal := s.having(by)
	if refusal != nil {
		return nil, refusal
	}
	var rows []*row
	list, _ := s.candidates(where, nil)
	for r := range list {
		if s.visible(r) && where.match(r) {
			rows = append(rows, r)
		}
	}
	found := slices.DeleteFunc(s.gather(rows, by), func(g group) bool { return !kept(g) })
	slices.SortStableFunc(found, order)
	found = found[min(s.q.offset, len(found)):]
	if s.q.limit >= 0 {
		found = found[:min(s.q.limit, len(found))]
	}
	out := make([]result, len(found))
	for i, g := range found {
		out[i].record = ordered{{"attributes", ordered{{"type", "AggregateResult"}}}}
		for _, c := range columns {
			out[i].record = append(out[i].record, member{c.name, c.show(g)})
		}
	}
	return out, nil
}

func (c column) show(g group) any {
	v := c.value(g)
	if c.field == nil {
		return v
	}
	return c.field.printed(v)
}

// groupedBy looks up the fields of GROUP BY.
func (s *scan) groupedBy() ([]path, *apiError) {
	if len(s.q.group) == 0 && s.q.limit >= 0 {
		return nil, s.malformed(s.q.bound.pos, "MALFORMED_QUERY", "Non-grouped query that uses overall aggregate functions cannot also use LIMIT")
	}
	if len(s.q.subs) > 0 || s.q.use.text != "" {
		return nil, s.malformed(s.q.from.pos, "MALFORMED_QUERY", "a query that aggregates has no child queries and no FOR clause")
	}
	var by []path
	for _, t := range s.q.group {
		p, refusal := s.resolve(t)
		if refusal != nil {
			return nil, refusal
		}
		if !p.field.groupable() {
			return nil, s.malformed(t.pos, "MALFORMED_QUERY", "field '%s' can not be grouped in a query call", p.field.name)
		}
		by = append(by, p)
	}
	return by, nil
}

func (f *field) groupable() bool {
	return f.sortable() && (!f.kind.number() || f.kind == kindInt) && f.kind != kindDateTime
}

// columns looks up what is selected: grouped fields, and functions. Those without an
// alias are called expr0, expr1 and so on.
func (s *scan) columns(by []path) ([]column, *apiError) {
	var out []column
	unnamed := 0
	taken := map[string]bool{}
	for _, e := range s.q.items {
		c, refusal := s.column(e, by, "Field must be grouped or aggregated")
		if refusal != nil {
			return nil, refusal
		}
		switch {
		case e.alias.text != "":
			c.name = e.alias.text
		case e.aggregate():
			c.name = fmt.Sprint("expr", unnamed)
			unnamed++
		}
		if taken[strings.ToLower(c.name)] {
			return nil, s.malformed(e.pos, "MALFORMED_QUERY", "duplicate alias: %s", c.name)
		}
		taken[strings.ToLower(c.name)] = true
		out = append(out, c)
	}
	return out, nil
}

// column compiles a grouped field or a function; what is neither is refused.
func (s *scan) column(e expr, by []path, lone string) (column, *apiError) {
	if e.fn == "COUNT" && e.field.text == "" {
		return column{value: func(g group) any { return len(g.rows) }}, nil
	}
	if e.fn == fnFields {
		return column{}, s.malformed(e.pos, "MALFORMED_QUERY", "FIELDS() cannot be used in a query that aggregates")
	}
	p, refusal := s.resolve(e.field)
	switch {
	case refusal != nil:
		return column{}, refusal
	case e.fn != "":
		return s.function(e, p)
	case !slices.ContainsFunc(by, func(g path) bool { return g.String() == p.String() }):
		return column{}, s.malformed(e.pos, "MALFORMED_QUERY", "%s: %s", lone, p.field.name)
	}
	return column{name: p.field.name, field: p.field, value: func(g group) any { return s.t.value(g.at, p) }}, nil
}

// function compiles an aggregate function of a field.
func (s *scan) function(e expr, p path) (column, *apiError) {
	f := p.field
	fits := f.sortable() && f.kind != kindBool
	if e.fn == "SUM" || e.fn == "AVG" {
		fits = f.kind.number()
	}
	if !fits {
		return column{}, s.malformed(e.pos, "MALFORMED_QUERY", "field %s does not support aggregate operator %s", f.name, e.fn)
	}
	values := func(g group) []any {
		var out []any
		for _, r := range g.rows {
			if v := s.t.value(r, p); v != nil {
				out = append(out, v)
			}
		}
		return out
	}
	switch e.fn {
	case "COUNT":
		return column{value: func(g group) any { return len(values(g)) }}, nil
	case "COUNT_DISTINCT":
		return column{value: func(g group) any { return distinct(f, values(g)) }}, nil
	case "SUM", "AVG":
		return column{field: &field{kind: kindDouble}, value: func(g group) any { return total(e.fn, values(g)) }}, nil
	}
	best := func(a, b any) int { return f.compare(a, b) }
	if e.fn == "MAX" {
		best = func(a, b any) int { return f.compare(b, a) }
	}
	return column{field: f, value: func(g group) any {
		if all := values(g); len(all) > 0 {
			return slices.MinFunc(all, best)
		}
		return nil
	}}, nil
}

func distinct(f *field, values []any) int {
	slices.SortFunc(values, f.compare)
	return len(slices.CompactFunc(values, func(a, b any) bool { return f.compare(a, b) == 0 }))
}

// total adds numbers, or takes their mean; of none there is neither.
func total(fn string, values []any) any {
	if len(values) == 0 {
		return nil
	}
	sum := decimal.Zero()
	for _, v := range values {
		sum = sum.Add(amount(v))
	}
	if fn == "AVG" {
		mean, err := sum.Quo(decimal.FromInt(int64(len(values))), avgPlaces, decimal.HalfUp)
		if err != nil {
			panic(err) // unreachable: the divisor is at least 1
		}
		sum = mean
	}
	return json.Number(sum.Canonical())
}

// gather forms the groups, in the order of their values, nulls first. Without GROUP BY
// there is one of all records, even of none.
func (s *scan) gather(rows []*row, by []path) []group {
	if len(by) == 0 {
		return []group{{rows: rows}}
	}
	compare := func(a, b *row) int {
		for _, p := range by {
			if c := p.field.compareNulls(s.t.value(a, p), s.t.value(b, p), ordering{}); c != 0 {
				return c
			}
		}
		return 0
	}
	slices.SortStableFunc(rows, compare)
	var out []group
	for _, r := range rows {
		if n := len(out); n > 0 && compare(out[n-1].at, r) == 0 {
			out[n-1].rows = append(out[n-1].rows, r)
			continue
		}
		out = append(out, group{rows: []*row{r}, at: r})
	}
	return out
}

// groupOrder compiles ORDER BY over groups.
func (s *scan) groupOrder(by []path) (func(a, b group) int, *apiError) {
	var columns []column
	for _, item := range s.q.order {
		c, refusal := s.column(item.by, by, "Ordered field must be grouped or aggregated")
		if refusal != nil {
			return nil, refusal
		}
		columns = append(columns, c)
	}
	return func(a, b group) int {
		for i, c := range columns {
			if order := c.kind().compareNulls(c.number(a), c.number(b), s.q.order[i]); order != 0 {
				return order
			}
		}
		return 0
	}, nil
}

// kind returns the field whose values a column's are like.
func (c column) kind() *field {
	if c.field == nil {
		return &field{name: c.name, kind: kindInt}
	}
	return c.field
}

// number returns a value of the column, counts in the form of numbers.
func (c column) number(g group) any {
	v := c.value(g)
	if n, is := v.(int); is {
		return json.Number(fmt.Sprint(n))
	}
	return v
}

// having compiles HAVING, whose conditions are on functions and grouped fields. They
// are judged on a record that stands for its group.
func (s *scan) having(by []path) (func(group) bool, *apiError) {
	if s.q.having == nil {
		return func(group) bool { return true }, nil
	}
	var now group
	read := func(e expr) (path, func(*row) any, *apiError) {
		c, refusal := s.column(e, by, "Field must be grouped or aggregated")
		if refusal != nil {
			return path{}, nil, refusal
		}
		return path{field: c.kind()}, func(*row) any { return c.number(now) }, nil
	}
	f, refusal := s.compile(s.q.having, scope{under: condNot, read: read})
	if refusal != nil {
		return nil, refusal
	}
	return func(g group) bool {
		now = g
		return f.match(g.at)
	}, nil
}
