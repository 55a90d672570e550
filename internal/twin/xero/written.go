package xero

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// written is a record that is written as its shape says without the tree that
// [shape.write] makes of it: lists hold many.
type written struct {
	shape *shape
	rec   record
	dp    int32
}

func (w written) tree() map[string]any { return w.shape.write(w.rec, w.dp) }

// column is one member of an answer.
type column struct {
	name    string
	opening string // its name in quotes and the colon
	field   field
	second  bool // the text that some dates have beside their msdate
}

// lay puts the members of answers in the order in which they are written.
func (s *shape) lay() {
	for _, f := range s.exact {
		s.columns = append(s.columns, column{name: f.name, field: f})
		if f.kind == kindDate || f.kind == kindStamp {
			s.columns = append(s.columns, column{name: f.name + "String", field: f, second: true})
		}
	}
	slices.SortFunc(s.columns, func(a, b column) int { return cmp.Compare(a.name, b.name) })
	for i, c := range s.columns {
		s.columns[i].opening = `"` + c.name + `":`
	}
}

// appendRecord writes what appendJSON writes of [shape.write].
func (s *shape) appendRecord(b []byte, r record, dp int32) ([]byte, error) {
	if r == nil {
		return appendObject(b, s.write(r, dp))
	}
	start, known := len(b), 0
	var err error
	b = append(b, '{')
	for i := range s.columns {
		c := &s.columns[i]
		v, ok := r[c.field.name]
		if !ok {
			continue
		}
		if !c.second {
			known++
		}
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		if b, err = c.append(append(b, c.opening...), v, dp); err != nil {
			return nil, err
		}
	}
	if known < len(r) { // members that the shape does not know lie between the others
		return appendObject(b[:start], s.write(r, dp))
	}
	return append(b, '}'), nil
}

func (c *column) append(b []byte, v any, dp int32) ([]byte, error) {
	f := &c.field
	switch f.kind {
	case kindObject:
		if m, ok := v.(record); ok && f.of != nil {
			return f.of.appendRecord(b, m, dp)
		}
	case kindList:
		if items, ok := v.([]any); ok && f.of != nil {
			return f.of.appendRecords(b, items, dp)
		}
	case kindDate, kindDay, kindStamp, kindInstant, kindCreated:
		return appendText(b, f.when(v.(string), c.second))
	case kindUnit:
		return appendJSON(b, number(toDecimal(v), dp))
	default: // travels as it is kept
	}
	return appendJSON(b, v)
}

func (s *shape) appendRecords(b []byte, items []any, dp int32) ([]byte, error) {
	var err error
	b = append(b, '[')
	for i, e := range items {
		if i > 0 {
			b = append(b, ',')
		}
		if m, ok := e.(record); ok {
			b, err = s.appendRecord(b, m, dp)
		} else {
			b, err = appendJSON(b, e)
		}
		if err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// when writes a date or an instant: as an msdate, or in the second form that some have.
func (f *field) when(text string, second bool) string {
	switch {
	case second && f.kind == kindDate:
		return text + "T00:00:00"
	case second:
		return text[:19] + "Z"
	case f.kind == kindDate || f.kind == kindDay:
		return msDay(text)
	case f.kind == kindCreated:
		return msInstant(text) + ")/"
	}
	return msInstant(text) + "+0000)/"
}

// appendNumber writes plain digits as they are and leaves other numbers to json.Marshal.
func appendNumber(b []byte, n json.Number) ([]byte, error) {
	whole, places, pointed := strings.Cut(strings.TrimPrefix(n.String(), "-"), ".")
	if digits(whole) && (len(whole) == 1 || whole[0] != '0') && (!pointed || digits(places)) {
		return append(b, n...), nil
	}
	text, err := json.Marshal(n)
	return append(b, text...), err
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
