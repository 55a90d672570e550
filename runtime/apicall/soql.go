package apicall

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/planwright/planwright/specs/schema"
)

// maxLiteral is the longest string SOQL allows in a condition (SOQL limits).
const maxLiteral = 4000

// soql writes a query as SOQL text. Names must look like names; values are escaped by
// kind, so no value can end its literal.
func soql(api string, q Query, objects schema.Source) (string, error) {
	if !isName(q.From) || strings.Contains(q.From, ".") {
		return "", errors.New("query: from is not an object name")
	}
	if len(q.Select) == 0 {
		return "", errors.New("query: no fields are selected")
	}
	for _, f := range q.Select {
		if !isName(f) {
			return "", errors.New("query: a selected field is not a field path")
		}
	}
	var b strings.Builder
	b.WriteString("SELECT " + strings.Join(q.Select, ", ") + " FROM " + q.From)
	for i, c := range q.Where {
		text, err := condition(api+"."+q.From, c, objects)
		if err != nil {
			return "", fmt.Errorf("query: condition on %s: %w", place(c.Field), err)
		}
		b.WriteString([]string{" AND ", " WHERE "}[btoi(i == 0)] + text)
	}
	for i, o := range q.Order {
		field, direction, _ := strings.Cut(o, " ")
		if !isName(field) || direction != "" && direction != "ASC" && direction != "DESC" {
			return "", errors.New("query: an order is not a field path with ASC or DESC")
		}
		b.WriteString([]string{", ", " ORDER BY "}[btoi(i == 0)] + o)
	}
	if q.Limit < 0 {
		return "", errors.New("query: the limit is negative")
	}
	if q.Limit > 0 {
		b.WriteString(" LIMIT " + strconv.Itoa(q.Limit))
	}
	return b.String(), nil
}

// place names a field in an error, unless its name could carry anything else.
func place(field string) string {
	if isName(field) {
		return field
	}
	return "a field"
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func condition(object string, c Cond, objects schema.Source) (string, error) {
	if !isName(c.Field) {
		return "", errors.New("it is not a field path")
	}
	t := c.Type
	if t.Kind == "" {
		t, _ = typeAt(objects, schema.ObjectOf(object), c.Field)
	}
	switch c.Op {
	case "in":
		return inList(c, t)
	case "=", "!=":
		if c.Value == nil {
			return c.Field + " " + c.Op + " null", nil
		}
	case "<", "<=", ">", ">=":
	default:
		return "", errors.New("it has an operator that is not one of = != < <= > >= in")
	}
	text, err := literal(c.Value, t, c.Op)
	if err != nil {
		return "", err
	}
	return c.Field + " " + c.Op + " " + text, nil
}

func inList(c Cond, t schema.Type) (string, error) {
	list, ok := c.Value.([]any)
	if !ok || len(list) == 0 {
		return "", errors.New("in needs a list with an element")
	}
	parts := make([]string, len(list))
	for i, v := range list {
		text, err := literal(v, t, "=")
		if err != nil {
			return "", err
		}
		parts[i] = text
	}
	return c.Field + " IN (" + strings.Join(parts, ", ") + ")", nil
}

// literal writes one value. A kind that the value cannot have is refused rather than
// quoted: a date in quotes would compare as text.
func literal(v any, t schema.Type, op string) (string, error) {
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
		return instantLiteral(v, op)
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

// instantLiteral writes whole seconds, the only documented form. A fraction is rounded to
// the side that finds more rows, and refused where there is no such side.
func instantLiteral(v any, op string) (string, error) {
	s, _ := v.(string)
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || !inYears(at) {
		return "", errors.New("the value is not an instant between 1700 and 4000")
	}
	whole := at.UTC().Truncate(time.Second)
	if !whole.Equal(at) {
		switch op {
		case ">", ">=":
		case "<", "<=":
			whole = whole.Add(time.Second)
		default:
			return "", errors.New("an instant with a fraction of a second cannot be matched exactly")
		}
	}
	return whole.Format("2006-01-02T15:04:05Z"), nil
}

// quoted writes a string literal (SOQL guide, quoted string escape sequences).
func quoted(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", errors.New("the text is not UTF-8")
	}
	if utf8.RuneCountInString(s) > maxLiteral {
		return "", fmt.Errorf("the text is longer than %d characters", maxLiteral)
	}
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		switch r {
		case '\\', '\'':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		case '\t':
			b.WriteString(`\t`)
		case '\b':
			b.WriteString(`\b`)
		case '\f':
			b.WriteString(`\f`)
		default:
			if isControl(r) {
				fmt.Fprintf(&b, `\u%04X`, r)
				continue
			}
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
	return b.String(), nil
}
