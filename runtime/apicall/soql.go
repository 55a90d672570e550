package apicall

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// maxLiteral is the longest string SOQL allows in a condition (SOQL limits).
const maxLiteral = 4000

// Limits of one query (SOQL: relationship limits).
const (
	maxChildren = 20 // child queries
	maxParents  = 55 // different relations to parents
)

// soql writes a query as SOQL text. Names must look like names; values are escaped by
// kind, so no value can end its literal. Selected fields whose first part names a list of
// the object are read by a child query under that relationship.
func soql(api string, q Query, objects schema.Source) (string, error) {
	if !isName(q.From) || strings.Contains(q.From, ".") {
		return "", errors.New("query: from is not an object name")
	}
	if len(q.Select) == 0 {
		return "", errors.New("query: no fields are selected")
	}
	element := schema.ObjectOf(api + "." + q.From)
	shape := shapeOf(q, element, objects)
	fields, err := shape.fields()
	if err != nil {
		return "", err
	}
	where, err := conditions(q.Where, soqlDialect{}, element, objects)
	if err != nil {
		return "", fmt.Errorf("query: %w", err)
	}
	if where != "" {
		where = " WHERE " + where
	}
	order, err := ordering(shape.order)
	if err != nil {
		return "", err
	}
	if q.Limit < 0 {
		return "", errors.New("query: the limit is negative")
	}
	limit := ""
	if q.Limit > 0 {
		limit = " LIMIT " + strconv.Itoa(q.Limit)
	}
	return "SELECT " + fields + " FROM " + q.From + where + order + limit, nil
}

// shape is what a query selects and in which order, its child queries apart.
type shape struct {
	own      []string
	order    []string
	names    []string // of the child queries, in the order of their first field
	children map[string]*shape
}

func shapeOf(q Query, element schema.Type, objects schema.Source) *shape {
	top := &shape{children: map[string]*shape{}}
	for _, f := range q.Select {
		s, path := top.below(f, element, objects)
		s.own = append(s.own, path)
	}
	for _, o := range q.Order {
		s, path := top.below(o, element, objects)
		s.order = append(s.order, path)
	}
	return top
}

// below gives the query that a path belongs to, and the path within it.
func (s *shape) below(path string, element schema.Type, objects schema.Source) (*shape, string) {
	relation, rest, deep := strings.Cut(path, ".")
	if !deep || !isName(relation) {
		return s, path
	}
	if t, ok := typeAt(objects, element, relation); !ok || t.Kind != schema.List {
		return s, path
	}
	child := s.children[relation]
	if child == nil {
		child = &shape{}
		s.children[relation] = child
		s.names = append(s.names, relation)
	}
	return child, rest
}

// fields writes what stands between SELECT and FROM.
func (s *shape) fields() (string, error) {
	var parts []string
	parents := map[string]bool{}
	for _, f := range s.own {
		if !isName(f) {
			return "", errors.New("query: a selected field is not a field path")
		}
		for i, r := range f {
			if r == '.' {
				parents[f[:i]] = true
			}
		}
		parts = append(parts, f)
	}
	if len(s.names) > maxChildren || len(parents) > maxParents {
		return "", fmt.Errorf("query: it follows more than %d lists or %d relations", maxChildren, maxParents)
	}
	for _, name := range s.names {
		child := s.children[name]
		if len(child.own) == 0 {
			return "", fmt.Errorf("query: the order of %s is asked for, and none of its fields", name)
		}
		fields, err := child.fields()
		if err != nil {
			return "", err
		}
		order, err := ordering(child.order)
		if err != nil {
			return "", err
		}
		parts = append(parts, "(SELECT "+fields+" FROM "+name+order+")")
	}
	return strings.Join(parts, ", "), nil
}

func ordering(order []string) (string, error) {
	for _, o := range order {
		field, direction, spaced := strings.Cut(o, " ")
		if !isName(field) || spaced && direction != "ASC" && direction != "DESC" {
			return "", errors.New("query: an order is not a field path with ASC or DESC")
		}
	}
	if len(order) == 0 {
		return "", nil
	}
	return " ORDER BY " + strings.Join(order, ", "), nil
}

// soqlDialect writes comparisons in SOQL.
type soqlDialect struct{}

func (soqlDialect) compare(field string, op plan.Op, literal string) string {
	sign := map[plan.Op]string{plan.Eq: "=", plan.Ne: "!=", plan.Lt: "<", plan.Le: "<=", plan.Gt: ">", plan.Ge: ">="}[op]
	return field + " " + sign + " " + literal
}

func (soqlDialect) list(field string, op plan.Op, literals []string) string {
	word := " IN ("
	if op == plan.NotIn {
		word = " NOT IN ("
	}
	return field + word + strings.Join(literals, ", ") + ")"
}

// text writes a LIKE: what would be a wildcard is escaped first.
func (soqlDialect) text(field string, op plan.Op, s string) (string, error) {
	if err := encodable(s); err != nil {
		return "", err
	}
	before := ""
	if op == plan.Contains {
		before = "%"
	}
	return field + " LIKE '" + before + escaped(s, "%_") + "%'", nil
}

func (soqlDialect) present(field string, there bool) string {
	if there {
		return field + " != null"
	}
	return field + " = null"
}

// literal writes one value. A kind that the value cannot have is refused rather than
// quoted: a date in quotes would compare as text.
func (soqlDialect) literal(v any, t schema.Type, op plan.Op) (string, error) {
	switch t.Kind {
	case schema.Int, schema.Decimal:
		if s, ok := v.(string); ok {
			v = json.Number(s)
		}
		if _, ok := v.(bool); ok {
			return "", errors.New("the value is not a number")
		}
		return scalarText(v)
	case schema.Bool:
		b, ok := v.(bool)
		if !ok {
			return "", errors.New("the value is not true or false")
		}
		return strings.ToUpper(strconv.FormatBool(b)), nil
	case schema.Date:
		s, ok := v.(string)
		if d, err := time.Parse(time.DateOnly, s); !ok || err != nil || !inYears(d) {
			return "", errors.New("the value is not a date between 1700 and 4000")
		}
		return s, nil
	case schema.Instant:
		s, _ := v.(string)
		at, err := wholeSecond(s, op)
		if err == nil && !inYears(at) {
			err = errors.New("the value is not an instant between 1700 and 4000")
		}
		return at.Format("2006-01-02T15:04:05Z"), err
	case schema.String:
		s, ok := v.(string)
		if !ok {
			return "", errors.New("the value is not text")
		}
		return quoted(s)
	default:
		return ownLiteral(v)
	}
}

// ownLiteral writes a value of which no type is known, as its own kind has it.
func ownLiteral(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return quoted(v)
	case bool:
		return strings.ToUpper(strconv.FormatBool(v)), nil
	case json.Number, int, int64:
		return scalarText(v)
	}
	return "", fmt.Errorf("a %T cannot be compared with", v)
}

// inYears reports whether SOQL can hold the date (SOQL date formats: 1700 to 4000).
func inYears(d time.Time) bool { return d.Year() >= 1700 && d.Year() <= 4000 }

// encodable refuses text that no literal can hold.
func encodable(s string) error {
	switch {
	case !utf8.ValidString(s):
		return errors.New("the text is not UTF-8")
	case utf8.RuneCountInString(s) > maxLiteral:
		return fmt.Errorf("the text is longer than %d characters", maxLiteral)
	}
	return nil
}

// quoted writes a string literal.
func quoted(s string) (string, error) {
	if err := encodable(s); err != nil {
		return "", err
	}
	return "'" + escaped(s, "") + "'", nil
}

// escaped writes what stands between the quotes (SOQL: quoted string escape sequences);
// a backslash is put before the characters of also, too.
func escaped(s, also string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\' || r == '\'' || strings.ContainsRune(also, r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\b':
			b.WriteString(`\b`)
		case r == '\f':
			b.WriteString(`\f`)
		case isControl(r):
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
