package xero

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// appendJSON writes a tree as json.Marshal does, members in alphabetical order. Answers
// are trees of few types, which need none of what makes the general encoder slow.
func appendJSON(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case string:
		return appendText(b, v)
	case json.Number:
		return appendNumber(b, v)
	case written:
		return v.shape.appendRecord(b, v.rec, v.dp)
	case int:
		return strconv.AppendInt(b, int64(v), 10), nil
	case map[string]any:
		return appendObject(b, v)
	case []any:
		if v == nil {
			return append(b, "null"...), nil
		}
		var err error
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = appendJSON(b, e); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	}
	text, err := json.Marshal(v)
	return append(b, text...), err
}

func appendObject(b []byte, v map[string]any) ([]byte, error) {
	if v == nil {
		return append(b, "null"...), nil
	}
	var few [48]string // most objects have fewer members, and need no list on the heap
	names := slices.AppendSeq(few[:0], maps.Keys(v))
	slices.Sort(names)
	var err error
	b = append(b, '{')
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendText(b, name); err != nil {
			return nil, err
		}
		if b, err = appendJSON(append(b, ':'), v[name]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendText quotes plain text as it is and leaves what needs escaping to json.Marshal.
func appendText(b []byte, s string) ([]byte, error) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			text, err := json.Marshal(s)
			return append(b, text...), err
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"'), nil
}
