package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// mark begins a cell that holds JSON. The package comment says when it is used.
const mark = "json:"

func textCell(s string) string {
	if strings.HasPrefix(s, mark) || strings.Contains(s, "\r") {
		return mark + string(encode(s))
	}
	return s
}

// valueCell writes a present value; an empty cell means an absent one.
func valueCell(v any) string {
	if s, ok := v.(string); ok && s != "" {
		return textCell(s)
	}
	return mark + string(encode(v))
}

func listCell[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	return mark + string(encode(list))
}

func timeCell(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

var (
	errNotJSON  = errors.New(`holds no JSON value after "json:"`)
	errNotText  = errors.New("holds JSON that is not text")
	errNotLeaf  = errors.New("holds null; leave the cell empty for an absent field")
	errNotTime  = errors.New("holds no time like 2026-11-22T10:08:01Z")
	errNotInt   = errors.New("holds no whole number in range")
	errOverlap  = errors.New("lies within another column's value")
	errNotState = errors.New("holds no state: proposed, approved, rejected or withdrawn")
)

func parseJSON(cell string, into any) error {
	dec := json.NewDecoder(strings.NewReader(strings.TrimPrefix(cell, mark)))
	dec.UseNumber()
	if dec.Decode(into) != nil {
		return errNotJSON
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errNotJSON
	}
	return nil
}

func parseText(cell string) (string, error) {
	if !strings.HasPrefix(cell, mark) {
		return cell, nil
	}
	var v any
	if err := parseJSON(cell, &v); err != nil {
		return "", err
	}
	s, ok := v.(string)
	if !ok {
		return "", errNotText
	}
	return s, nil
}

// parseValue reads what valueCell wrote.
func parseValue(cell string) (any, error) {
	if !strings.HasPrefix(cell, mark) {
		return cell, nil
	}
	var v any
	if err := parseJSON(cell, &v); err != nil {
		return nil, err
	}
	if v == nil {
		return nil, errNotLeaf
	}
	return v, nil
}

// parseList reads what listCell wrote. Plain text is refused.
func parseList[T any](cell string) ([]T, error) {
	if cell == "" {
		return nil, nil
	}
	var out []T
	if !strings.HasPrefix(cell, mark) {
		return nil, errNotJSON
	}
	if err := parseJSON(cell, &out); err != nil || len(out) == 0 {
		return nil, err
	}
	return out, nil
}

// parseReasons also takes plain text, as one reason.
func parseReasons(cell string) ([]string, error) {
	if cell != "" && !strings.HasPrefix(cell, mark) {
		return []string{cell}, nil
	}
	return parseList[string](cell)
}

func parseTime(cell string) (time.Time, error) {
	if cell == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, cell)
	if err != nil {
		return time.Time{}, errNotTime
	}
	return t.UTC(), nil
}

func parseState(cell string) (State, error) {
	switch s := State(cell); s {
	case "":
		return Proposed, nil
	case Proposed, Approved, Rejected, Withdrawn:
		return s, nil
	}
	return "", errNotState
}

// leaves adds the paths of all leaves of a value: what is not a map with members.
func leaves(v map[string]any, at string, add func(path string, leaf any)) {
	for _, name := range slices.Sorted(maps.Keys(v)) {
		path := join(at, name)
		if m, ok := v[name].(map[string]any); ok && len(m) > 0 {
			leaves(m, path, add)
			continue
		}
		add(path, v[name])
	}
}

// setLeaf puts a value at a path; false when another value is in the way.
func setLeaf(v map[string]any, path string, x any) bool {
	for {
		name, rest, more := strings.Cut(path, ".")
		if !more {
			_, taken := v[name]
			v[name] = x
			return !taken
		}
		switch inner := v[name].(type) {
		case nil:
			m := map[string]any{}
			v[name], v = m, m
		case map[string]any:
			v = inner
		default:
			return false
		}
		path = rest
	}
}

// separator guesses from the first line what stands between cells: some programs write
// semicolons or tabs where a comma is the decimal point.
func separator(data []byte) rune {
	first, _, _ := bytes.Cut(data, []byte("\n"))
	for _, c := range []byte{',', ';', '\t'} {
		if bytes.IndexByte(first, c) >= 0 {
			return rune(c)
		}
	}
	return ','
}
