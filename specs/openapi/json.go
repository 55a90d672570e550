package openapi

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// syntaxError is a place where a text stops being JSON, or passes a bound.
type syntaxError struct {
	line, col int
	cause     string
	bound     bool // a limit was passed, rather than the syntax broken
}

func (e *syntaxError) Error() string { return fmt.Sprintf("%d:%d: %s", e.line, e.col, e.cause) }

// scanner reads JSON into a tree, holding to the bounds while it goes. It exists
// because the standard decoder keeps neither order nor places.
type scanner struct {
	s         string
	i         int
	line      int
	lineStart int
	depth     int
	nodes     int
	lim       Limits
	from      source
}

func readJSON(s string, lim Limits, from source) (t *tree, err error) {
	sc := &scanner{s: s, line: 1, lim: lim, from: from}
	t, err = sc.value()
	if err != nil {
		return nil, err
	}
	if sc.space(); sc.i < len(s) {
		return nil, sc.fail("text after the end of the document")
	}
	return t, nil
}

func (sc *scanner) fail(cause string) error {
	return &syntaxError{line: sc.line, col: sc.i - sc.lineStart + 1, cause: cause}
}

func (sc *scanner) pass(cause string) error {
	return &syntaxError{line: sc.line, col: sc.i - sc.lineStart + 1, cause: cause, bound: true}
}

func (sc *scanner) space() {
	for ; sc.i < len(sc.s); sc.i++ {
		switch sc.s[sc.i] {
		case ' ', '\t', '\r':
		case '\n':
			sc.line++
			sc.lineStart = sc.i + 1
		default:
			return
		}
	}
}

func (sc *scanner) value() (*tree, error) {
	sc.space()
	if sc.i >= len(sc.s) {
		return nil, sc.fail("the document ends too early")
	}
	if sc.nodes++; sc.nodes > sc.lim.Nodes {
		return nil, sc.pass(fmt.Sprintf("more than %d values", sc.lim.Nodes))
	}
	t := &tree{from: sc.from, line: int32(sc.line), col: int32(sc.i - sc.lineStart + 1)}
	switch c := sc.s[sc.i]; {
	case c == '{' || c == '[':
		if sc.depth++; sc.depth > sc.lim.Depth {
			return nil, sc.pass(fmt.Sprintf("nested deeper than %d levels", sc.lim.Depth))
		}
		defer func() { sc.depth-- }()
		sc.i++
		if c == '{' {
			return t, sc.members(t)
		}
		return t, sc.elements(t)
	case c == '"':
		s, err := sc.str()
		t.kind, t.text = text, s
		return t, err
	case c == '-' || c >= '0' && c <= '9':
		return t, sc.number(t)
	}
	for _, w := range []struct {
		word string
		kind kind
	}{{"true", boolean}, {"false", boolean}, {"null", null}} {
		if len(sc.s)-sc.i >= len(w.word) && sc.s[sc.i:sc.i+len(w.word)] == w.word {
			t.kind, t.text = w.kind, w.word
			sc.i += len(w.word)
			return t, nil
		}
	}
	return nil, sc.fail("not a JSON value")
}

func (sc *scanner) members(t *tree) error {
	t.kind = object
	for first := true; ; first = false {
		sc.space()
		if sc.i >= len(sc.s) {
			return sc.fail("the document ends inside an object")
		}
		if sc.s[sc.i] == '}' {
			sc.i++
			return nil
		}
		if !first {
			if sc.s[sc.i] != ',' {
				return sc.fail("expected , or }")
			}
			sc.i++
			sc.space()
		}
		if sc.i >= len(sc.s) || sc.s[sc.i] != '"' {
			return sc.fail("expected a member name in quotes")
		}
		key, err := sc.str()
		if err != nil {
			return err
		}
		sc.space()
		if sc.i >= len(sc.s) || sc.s[sc.i] != ':' {
			return sc.fail("expected : after a member name")
		}
		sc.i++
		v, err := sc.value()
		if err != nil {
			return err
		}
		t.keys = append(t.keys, key)
		t.items = append(t.items, v)
	}
}

func (sc *scanner) elements(t *tree) error {
	t.kind = list
	for first := true; ; first = false {
		sc.space()
		if sc.i >= len(sc.s) {
			return sc.fail("the document ends inside a list")
		}
		if sc.s[sc.i] == ']' {
			sc.i++
			return nil
		}
		if !first {
			if sc.s[sc.i] != ',' {
				return sc.fail("expected , or ]")
			}
			sc.i++
		}
		v, err := sc.value()
		if err != nil {
			return err
		}
		t.items = append(t.items, v)
	}
}

// str reads a string. Text without escapes shares the bytes of the document.
func (sc *scanner) str() (string, error) {
	start := sc.i
	plain := true
	for sc.i++; sc.i < len(sc.s); sc.i++ {
		switch c := sc.s[sc.i]; {
		case c == '"':
			sc.i++
			raw := sc.s[start:sc.i]
			if plain {
				return raw[1 : len(raw)-1], nil
			}
			var s string
			if err := json.Unmarshal([]byte(raw), &s); err != nil {
				return "", sc.fail("broken text")
			}
			return s, nil
		case c == '\\':
			plain = false
			sc.i++
		case c < ' ':
			return "", sc.fail("control character inside text")
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(sc.s[sc.i:])
			if r == utf8.RuneError && n == 1 {
				return "", sc.fail("text that is not UTF-8")
			}
			sc.i += n - 1
		}
	}
	return "", sc.fail("the document ends inside text")
}

func (sc *scanner) number(t *tree) error {
	start := sc.i
	for sc.i < len(sc.s) {
		switch c := sc.s[sc.i]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
			sc.i++
			continue
		}
		break
	}
	t.kind, t.text = number, sc.s[start:sc.i]
	if !json.Valid([]byte(t.text)) {
		return sc.fail("broken number")
	}
	return nil
}
