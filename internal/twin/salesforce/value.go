package salesforce

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/decimal"
)

// stampLayout is how the vendor writes an instant: milliseconds, and an offset
// without a colon, so it is not RFC 3339. Stamps have second precision, in UTC.
const stampLayout = "2006-01-02T15:04:05.000-0700"

func stamp(t time.Time) string { return t.UTC().Truncate(time.Second).Format(stampLayout) }

// convert checks a value from a request or a world against its field and returns
// the form the twin keeps: string, bool, json.Number in shortest form, or nil.
func (f *field) convert(v any) (any, *apiError) {
	if v == nil {
		return f.convertNull()
	}
	if wrong := f.deserialize(v); wrong != "" {
		return nil, errDeserialize(f.kind, wrong+" or request may be missing a required field")
	}
	switch {
	case v == "":
		return f.convertNull() // an empty text is stored as null
	case f.kind == kindBool:
		return v, nil
	case f.kind.number():
		return f.convertNumber(v)
	}
	return f.convertText(v.(string))
}

func (f *field) convertNull() (any, *apiError) {
	switch {
	case f.kind == kindPick && f.limited && f.needed:
		return nil, errPicklist(f, "null")
	case f.needed:
		return nil, errRequired(f.name)
	}
	return nil, nil
}

func (f *field) convertText(s string) (any, *apiError) {
	switch f.kind {
	case kindDate:
		return s, nil
	case kindDateTime:
		at, _ := parseInstant(s)
		return stamp(at), nil
	case kindID, kindRef:
		id, ok := LongID(s)
		if !ok {
			return nil, badRequest("MALFORMED_ID", fmt.Sprintf("%s: id value of incorrect type: %s", f.label, s), f.name)
		}
		return id, nil
	case kindEmail:
		if !emailForm.MatchString(s) {
			return nil, badRequest("INVALID_EMAIL_ADDRESS", f.label+": invalid email address: "+s, f.name)
		}
	case kindPick, kindMulti:
		if refusal := f.checkList(s); refusal != nil {
			return nil, refusal
		}
	default: // any text will do
	}
	if f.lengthOf(s) > f.length {
		return nil, errTooLong(f, s)
	}
	return s, nil
}

// lengthOf counts a text as the field's length does.
func (f *field) lengthOf(s string) int {
	if f.runes {
		return utf8.RuneCountInString(s)
	}
	return len(utf16.Encode([]rune(s)))
}

// checkList refuses what a restricted list does not have. A record may have several values
// of a multipicklist, with semicolons between.
func (f *field) checkList(s string) *apiError {
	if !f.limited {
		return nil
	}
	parts := []string{s}
	if f.kind == kindMulti {
		parts = strings.Split(s, ";")
	}
	for _, part := range parts {
		switch {
		case slices.Contains(f.values, part):
		case f.name == currencyField:
			return badRequest("INVALID_CURRENCY_ISO", "invalid currency ISO code: "+part, f.name)
		default:
			return errPicklist(f, part)
		}
	}
	return nil
}

var emailForm = regexp.MustCompile(`^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$`)

// convertNumber rounds a number half up to the field's scale.
func (f *field) convertNumber(v any) (any, *apiError) {
	s := fmt.Sprint(v)
	d := decimal.Must(s) // deserialize read it before
	r, err := d.Round(int32(f.scale), decimal.HalfUp)
	if err != nil {
		return nil, errRange(f, s)
	}
	if !f.fits(r) {
		return nil, errRange(f, s)
	}
	return json.Number(r.Canonical()), nil
}

// fits reports whether the digits before the point are within precision less scale.
func (f *field) fits(d decimal.Decimal) bool {
	whole := strings.TrimPrefix(d.Canonical(), "-")
	whole, _, _ = strings.Cut(whole, ".")
	return whole == "0" || len(whole) <= f.precision-f.scale
}

// parseInstant reads the forms the API takes for a datetime: seconds or milliseconds,
// and an offset as Z, +hh:mm or +hhmm.
func parseInstant(s string) (time.Time, bool) {
	layout := time.RFC3339 // fractions are read with either
	if n := len(s); n > 5 && (s[n-5] == '+' || s[n-5] == '-') {
		layout = "2006-01-02T15:04:05-0700"
	}
	t, err := time.Parse(layout, s)
	if err != nil || !inYears(t) {
		return time.Time{}, false
	}
	return t.UTC(), true
}

// plainText writes a kept value as text, null as none.
func plainText(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// amount returns a kept number, or zero for null.
func amount(v any) decimal.Decimal {
	n, ok := v.(json.Number)
	if !ok {
		return decimal.Zero()
	}
	return decimal.Must(n.String()) // kept numbers went through decimal.Parse
}

// kept rounds d half up to the scale of f, in the form the twin keeps.
func (f *field) kept(d decimal.Decimal) json.Number { return f.rounded(d, decimal.HalfUp) }

func (f *field) rounded(d decimal.Decimal, mode decimal.Mode) json.Number {
	r, err := d.Round(int32(f.scale), mode)
	if err != nil {
		panic(err) // unreachable: scales are 0 to 2 and operands are bounded by convert
	}
	return json.Number(r.Canonical())
}

// member and ordered make JSON objects that keep their order, as the vendor's do:
// attributes first, then fields as selected or described.
type member struct {
	name  string
	value any
}

type ordered []member

// MarshalJSON writes the members in order.
func (o ordered) MarshalJSON() ([]byte, error) { return appendJSON(nil, o) }

// encodeJSON is json.Marshal without the escaping of <, > and &.
func encodeJSON(v any) ([]byte, error) { return appendJSON(nil, v) }

// appendJSON writes the few types that answers are mostly made of itself, and leaves the
// rest to package json, which checks and copies what nested objects have written anew.
func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		if asIs(v) {
			return append(append(append(b, '"'), v...), '"'), nil
		}
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case ordered:
		return appendMembers(b, v)
	case []ordered:
		return appendList(b, v)
	case []any:
		return appendList(b, v)
	}
	w := bytes.NewBuffer(b)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(w.Bytes(), []byte("\n")), err
}

func appendMembers(b []byte, o ordered) ([]byte, error) {
	var err error
	b = append(b, '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, m.name); err != nil {
			return nil, err
		}
		if b, err = appendJSON(append(b, ':'), m.value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendList[T any](b []byte, list []T) ([]byte, error) {
	if list == nil {
		return append(b, "null"...), nil
	}
	var err error
	b = append(b, '[')
	for i, e := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendJSON(b, e); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// asIs reports whether a text stands in JSON as it is.
func asIs(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
