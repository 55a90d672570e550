// Package jsontree writes the JSON of requests and the journal as encoding/json does, without
// reflection: a run does so some thirty times. What it does not know it leaves to
// encoding/json, and tests hold the two beside each other. What vendors answer is read by
// encoding/json alone.
package jsontree

import (
	"bytes"
	"encoding/json"
	"slices"
)

// Append appends a tree as [json.Encoder] writes it with its escaping of HTML off: nil, bool,
// string, [json.Number], []any, and maps, whose keys are sorted. Anything else within it is
// left to encoding/json, whose errors come back.
func Append(b []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		if v {
			return append(b, "true"...), nil
		}
		return append(b, "false"...), nil
	case string:
		return AppendString(b, v), nil
	case json.Number:
		if end, ok := number(string(v), 0); ok && end == len(v) {
			return append(b, v...), nil
		}
	case []any:
		if v != nil {
			return appendList(b, v)
		}
	case map[string]any:
		if v != nil {
			return appendMap(b, v, Append)
		}
	case map[string]string:
		if v != nil {
			return appendMap(b, v, func(b []byte, s string) ([]byte, error) { return AppendString(b, s), nil })
		}
	}
	return appendAny(b, v)
}

func appendList(b []byte, list []any) ([]byte, error) {
	b = append(b, '[')
	for i, x := range list {
		if i > 0 {
			b = append(b, ',')
		}
		var err error
		if b, err = Append(b, x); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func appendMap[V any](b []byte, m map[string]V, one func([]byte, V) ([]byte, error)) ([]byte, error) {
	var few [16]string // on the stack
	keys := few[:0]
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(AppendString(b, k), ':')
		var err error
		if b, err = one(b, m[k]); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// AppendString appends a text in quotes.
func AppendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			b, _ = appendAny(b, s) // a text always can
			return b
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

func appendAny(b []byte, v any) ([]byte, error) {
	var w bytes.Buffer
	enc := json.NewEncoder(&w)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return b, err
	}
	return append(b, bytes.TrimSuffix(w.Bytes(), []byte("\n"))...), nil
}

// number returns where the number ends that begins at i.
func number[T string | []byte](s T, i int) (end int, ok bool) {
	digits := func() bool {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if !digits() {
		return i, false
	}
	if i < len(s) && s[i] == '.' {
		if i++; !digits() {
			return i, false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return i, false
		}
	}
	return i, true
}
