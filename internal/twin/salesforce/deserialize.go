package salesforce

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/decimal"
)

// readRecord takes the body of a write as the vendor's reader does: from front to back,
// each member against its field. The first that names no field, comes twice or has a value
// of the wrong form ends it, before any rule of the record is asked; the answer says where.
func (t *Twin) readRecord(o *object, n *jsonNode) (map[string]any, *apiError) {
	if n.kind != '{' {
		return nil, errParser("The HTTP entity body is required to be a JSON object" + n.place.String())
	}
	in := make(map[string]any, len(n.members))
	seen := make(map[string]bool, len(n.members))
	for _, m := range n.members {
		low := strings.ToLower(m.name)
		if seen[low] {
			return nil, errParser("Duplicate field '" + m.name + "'" + m.place.String())
		}
		seen[low] = true
		if refusal := t.readMember(o, m); refusal != nil {
			return nil, refusal
		}
		in[m.name] = m.value.value()
	}
	return in, nil
}

func (t *Twin) readMember(o *object, m jsonMember) *apiError {
	if m.name == "attributes" {
		return nil
	}
	f, ok := o.find(m.name)
	if !ok {
		if _, up := o.parent(m.name); up && (m.value.kind == '{' || m.value.kind == 'n') {
			return nil // a parent by its key: looked up on saving
		}
		if f, err := o.named(m.name); err == nil && t.otherwise[doubtHiddenWrite] {
			return errNotWritable(f.name)
		}
		return errNoColumn(m.name, o.name)
	}
	wrong := f.deserialize(m.value.value())
	if f.kind.number() && m.value.kind == '"' && t.otherwise[doubtTextNumbers] {
		wrong = tokenOf(m.value.text)
	}
	if wrong != "" {
		return errDeserialize(f.kind, wrong+m.value.place.in())
	}
	return nil
}

// in words a place at the end of a refusal of deserialisation.
func (p place) in() string { return " or request may be missing a required field" + p.String() }

// deserialize returns what the vendor's reader says of a value whose form the field cannot
// take, empty when it can. Whether the field will have the value is another matter.
func (f *field) deserialize(v any) string {
	s, isText := v.(string)
	switch {
	case f.kind == kindAddress:
		return "" // it reads well, and is refused as what nobody writes
	case v == nil:
		if f.kind == kindBool {
			return tokenOf(v)
		}
		return ""
	case f.kind == kindBool:
		if _, ok := v.(bool); ok {
			return ""
		}
		return tokenOf(v)
	case f.kind.number():
		return f.deserializeNumber(v)
	case !isText:
		return tokenOf(v)
	case s == "":
		return ""
	case f.kind == kindDate:
		if t, err := time.Parse(time.DateOnly, s); err != nil || !inYears(t) {
			return tokenOf(v)
		}
	case f.kind == kindDateTime:
		if _, ok := parseInstant(s); !ok {
			return tokenOf(v)
		}
	}
	return ""
}

// deserializeNumber takes a JSON number and a text that holds one. An integer has no
// fraction, 5.0 included.
func (f *field) deserializeNumber(v any) string {
	s, ok := v.(string)
	if n, is := v.(json.Number); is {
		s, ok = n.String(), true
	}
	if !ok {
		return tokenOf(v)
	}
	if s == "" {
		return ""
	}
	d, err := decimal.Parse(s)
	if err != nil || f.kind == kindInt && d.Places() > 0 {
		return tokenOf(v)
	}
	return ""
}

// inYears reports whether the vendor knows dates of that year.
func inYears(t time.Time) bool { return t.Year() >= 1700 && t.Year() <= 4000 }

// tokenOf names a JSON value as the vendor's parser does.
func tokenOf(v any) string {
	switch v := v.(type) {
	case string:
		return "VALUE_STRING value " + v
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "VALUE_NUMBER_FLOAT value " + v.String()
		}
		return "VALUE_NUMBER_INT value " + v.String()
	case bool:
		return strings.ToUpper(fmt.Sprintf("VALUE_%v", v)) + fmt.Sprintf(" value %v", v)
	case []any:
		return "START_ARRAY value ["
	case map[string]any:
		return "START_OBJECT value {"
	}
	return "VALUE_NULL value null"
}
