package apicall

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/jsontree"
	"github.com/planwright/planwright/specs/schema"
)

// names is the form of a field path: at most six parts, the bound SOQL states (five
// relationships and a field).
var names = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*){0,5}$`)

func isName(s string) bool { return len(s) <= 400 && names.MatchString(s) }

// encode writes a run-time value as JSON: sorted keys, no white space, numbers as plain
// digits. The error begins with the place, "/LineItems/0: …".
func encode(v any) ([]byte, error) {
	v, err := plain(v)
	if err != nil {
		return nil, err
	}
	b, err := jsontree.Append(nil, v)
	if err != nil {
		return nil, fmt.Errorf(": %w", err) // unreachable: plain leaves only what JSON can hold
	}
	return b, nil
}

// plain returns v with absent members left out and numbers in plain digits. It refuses
// what is not a run-time value, floats above all.
func plain(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool:
		return v, nil
	case string:
		if !utf8.ValidString(v) {
			return nil, errors.New(": the text is not UTF-8")
		}
		return v, nil
	case int:
		return json.Number(strconv.Itoa(v)), nil
	case int64:
		return json.Number(strconv.FormatInt(v, 10)), nil
	case json.Number:
		text, err := number(v)
		if err != nil {
			return nil, fmt.Errorf(": %w", err)
		}
		return json.Number(text), nil
	case []any:
		out := make([]any, 0, len(v))
		for i, e := range v {
			if e == nil {
				return nil, fmt.Errorf("/%d: an element is absent", i)
			}
			p, err := plain(e)
			if err != nil {
				return nil, fmt.Errorf("/%d%w", i, err)
			}
			out = append(out, p)
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, k := range sortedKeys(v) {
			if v[k] == nil {
				continue
			}
			p, err := plain(v[k])
			if err != nil {
				return nil, fmt.Errorf("/%s%w", k, err)
			}
			out[k] = p
		}
		return out, nil
	}
	return nil, fmt.Errorf(": a %T is not a run-time value", v)
}

// number returns the digits of a number without exponent.
func number(n json.Number) (string, error) {
	d, err := decimal.Parse(string(n))
	if err != nil {
		return "", errors.New("not an exact number")
	}
	return d.String(), nil
}

// paramText writes a value as parameter text. Lists are joined by commas, so an element
// with a comma in it is refused: it would be read as two.
func paramText(t schema.Type, v any) (string, error) {
	list, isList := v.([]any)
	if t.Kind == schema.List && !isList {
		list, isList = []any{v}, true
	}
	if !isList {
		return timeText(t, v)
	}
	if len(list) == 0 {
		return "", errors.New("an empty list would mean no restriction")
	}
	parts := make([]string, len(list))
	for i, e := range list {
		text, err := scalarText(e)
		switch {
		case err != nil:
			return "", err
		case text == "":
			return "", errors.New("an element is empty")
		case strings.Contains(text, ","):
			return "", errors.New("an element holds a comma, which would end it")
		}
		parts[i] = text
	}
	return strings.Join(parts, ","), nil
}

// timeText is scalarText for parameters that may be a date or an instant. Instants are
// sent in whole seconds, rounded down: that is what vendors document for "changed since",
// and the earlier moment misses nothing.
func timeText(t schema.Type, v any) (string, error) {
	s, _ := v.(string)
	switch t.Kind {
	case schema.Date:
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return "", errors.New("the value is not a date")
		}
	case schema.Instant:
		at, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return "", errors.New("the value is not an instant")
		}
		return at.UTC().Format("2006-01-02T15:04:05Z"), nil
	default: // no time
	}
	return scalarText(v)
}

func scalarText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		if !utf8.ValidString(v) {
			return "", errors.New("the text is not UTF-8")
		}
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case json.Number:
		return number(v)
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	}
	return "", fmt.Errorf("a %T cannot be a parameter", v)
}

// hasControl reports whether s holds a C0 or C1 control character or DEL.
func hasControl(s string) bool {
	return strings.ContainsFunc(s, isControl)
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r <= 0x9f }
