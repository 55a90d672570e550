package apicall

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// msdates is the date form of older .NET services: milliseconds since 1970 in UTC; the
// offset that may follow says nothing about the value.
var msdates = regexp.MustCompile(`^/Date\((-?\d{1,15})([+-]\d{4})?\)/$`)

// instants are the forms in which vendors write a point in time, besides msdates. The
// last has no zone; vendors that use it mean UTC. Go accepts a fraction after seconds
// without being told.
var instants = []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05"}

// normaliser brings vendor values into run-time form. A value that does not have the form
// of its type is kept as it came: the reader of the field must see what was there.
type normaliser struct {
	objects schema.Source
	absent  []string
	// query is set for rows: a list of theirs is rows in the same wrapping, or null without
	// any. cut names one that was not answered to its end.
	query *catalog.Query
	cut   string
}

// all brings the elements of a list into run-time form.
func (n *normaliser) all(list []any, t schema.Type) []any {
	out := make([]any, 0, len(list))
	for _, e := range list {
		if v := n.value(e, t); v != nil {
			out = append(out, v)
		}
	}
	return out
}

// children gives the rows of a list within a row; ok is false for what is no such list.
func (n *normaliser) children(name string, v any, t schema.Type) (rows []any, ok bool) {
	if n.query == nil || t.Kind != schema.List || t.Elem == nil {
		return nil, false
	}
	if v == nil {
		return []any{}, true
	}
	wrapped, _ := v.(map[string]any)
	list, ok := wrapped[n.query.Rows].([]any)
	if !ok {
		return nil, false
	}
	if done, said := wrapped[n.query.Done].(bool); said && !done || n.query.Next != "" && wrapped[n.query.Next] != nil {
		n.cut = name
	}
	return n.all(list, *t.Elem), true
}

// value returns nil for what is absent.
func (n *normaliser) value(v any, t schema.Type) any {
	if s, ok := v.(string); ok && n.isAbsent(s) {
		return nil
	}
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		elem := schema.Type{Kind: schema.Any}
		if t.Kind == schema.List && t.Elem != nil {
			elem = *t.Elem
		}
		out := make([]any, 0, len(v))
		for _, e := range v {
			if e = n.value(e, elem); e != nil {
				out = append(out, e)
			}
		}
		return out
	case map[string]any:
		return n.members(v, t)
	}
	if t.Kind == schema.List && t.Elem != nil { // one element where a list was promised
		return []any{n.value(v, *t.Elem)}
	}
	return n.scalar(v, t)
}

func (n *normaliser) isAbsent(s string) bool {
	return slices.ContainsFunc(n.absent, func(a string) bool { return s == a || a == strconv.Quote(s) })
}

// members keeps the fields that the object has: others cannot be used by a plan, and need
// not lie in a journal. Untyped objects are kept whole.
func (n *normaliser) members(m map[string]any, t schema.Type) any {
	var object *schema.Object
	if t.Kind == schema.ObjectK && n.objects != nil {
		object, _ = n.objects.Object(t.Ref)
	}
	out := make(map[string]any, len(m))
	for name, v := range m {
		member := schema.Type{Kind: schema.Any}
		if t.Kind == schema.Map && t.Elem != nil {
			member = *t.Elem
		}
		if object != nil {
			var ok bool
			if member, ok = memberType(object, name); !ok {
				continue
			}
			if rows, ok := n.children(name, v, member); ok {
				out[name] = rows
				continue
			}
		}
		if v = n.value(v, member); v != nil {
			out[name] = v
		}
	}
	return out
}

func (n *normaliser) scalar(v any, t schema.Type) any {
	text, isText := v.(string)
	number, isNumber := v.(json.Number)
	switch t.Kind {
	case schema.Int, schema.Decimal:
		if isText {
			number = json.Number(strings.TrimSpace(text))
		}
		if isText || isNumber {
			return exactNumber(number, v, t.Kind)
		}
	case schema.Bool:
		if b, err := strconv.ParseBool(text); isText && err == nil {
			return b
		}
	case schema.Date:
		if day, ok := date(text); ok {
			return day
		}
	case schema.Instant:
		if at, ok := instant(text); ok {
			return at.Format(time.RFC3339Nano)
		}
	case schema.String:
		if isNumber {
			return string(number)
		}
	default:
		if isNumber {
			return exactNumber(number, v, schema.Decimal)
		}
	}
	return v
}

// exactNumber writes a number in plain digits, an integral 4.0 of an int as 4.
func exactNumber(number json.Number, asCame any, kind schema.Kind) any {
	d, err := decimal.Parse(string(number))
	if err != nil {
		return asCame
	}
	if kind == schema.Int && d.Places() == 0 {
		return json.Number(d.Canonical())
	}
	return json.Number(d.String())
}

// date reads a vendor's calendar date. One written as milliseconds is midnight UTC of that
// day; one written with a time keeps its own day. No zone ever moves it.
func date(s string) (string, bool) {
	if msdates.MatchString(s) {
		at, ok := instant(s)
		return at.Format(time.DateOnly), ok
	}
	if len(s) > len(time.DateOnly) && s[len(time.DateOnly)] == 'T' {
		s = s[:len(time.DateOnly)]
	}
	_, err := time.Parse(time.DateOnly, s)
	return s, err == nil
}

// instant reads a vendor's instant, in UTC.
func instant(s string) (time.Time, bool) {
	if m := msdates.FindStringSubmatch(s); m != nil {
		ms, err := strconv.ParseInt(m[1], 10, 64)
		at := time.UnixMilli(ms).UTC()
		return at, err == nil && at.Year() >= 1 && at.Year() <= 9999
	}
	for _, layout := range instants {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}
