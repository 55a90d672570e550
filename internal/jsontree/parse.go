package jsontree

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// The errors of [Parse]. They quote nothing of what was read.
var (
	ErrSyntax = errors.New("cut short or not JSON")
	ErrMore   = errors.New("something follows the JSON")
)

// maxDepth is how deep encoding/json goes.
const maxDepth = 10000

// Parse reads exactly one JSON value, as [json.Decoder] with UseNumber reads it into an any:
// numbers as their digits, of members with one name the last.
func Parse(text []byte) (any, error) {
	p := parser{text: text}
	v, ok := p.value()
	if !ok {
		return nil, ErrSyntax
	}
	if p.space(); p.at < len(text) {
		return nil, ErrMore
	}
	return v, nil
}

type parser struct {
	text  []byte
	at    int
	depth int
}

func (p *parser) space() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

// take moves past c, after white space, if it comes next.
func (p *parser) take(c byte) bool {
	if p.space(); p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) value() (any, bool) {
	if p.space(); p.at == len(p.text) {
		return nil, false
	}
	switch p.text[p.at] {
	case '{', '[':
		return p.nested(p.text[p.at])
	case '"':
		return p.string()
	case 't':
		return true, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return nil, p.word("null")
	}
	end, ok := number(p.text, p.at)
	if !ok {
		return nil, false
	}
	n := json.Number(p.text[p.at:end])
	p.at = end
	return n, true
}

func (p *parser) word(w string) bool {
	if len(p.text)-p.at < len(w) || string(p.text[p.at:p.at+len(w)]) != w {
		return false
	}
	p.at += len(w)
	return true
}

func (p *parser) nested(open byte) (v any, ok bool) {
	p.at++
	if p.depth++; p.depth > maxDepth {
		return nil, false
	}
	if open == '{' {
		v, ok = p.object()
	} else {
		v, ok = p.array()
	}
	p.depth--
	return v, ok
}

func (p *parser) object() (any, bool) {
	m := map[string]any{}
	if p.take('}') {
		return m, true
	}
	for {
		if p.space(); p.at == len(p.text) || p.text[p.at] != '"' {
			return nil, false
		}
		key, ok := p.string()
		if !ok || !p.take(':') {
			return nil, false
		}
		v, ok := p.value()
		if !ok {
			return nil, false
		}
		m[key.(string)] = v
		if p.take('}') {
			return m, true
		}
		if !p.take(',') {
			return nil, false
		}
	}
}

func (p *parser) array() (any, bool) {
	list := []any{}
	if p.take(']') {
		return list, true
	}
	for {
		v, ok := p.value()
		if !ok {
			return nil, false
		}
		list = append(list, v)
		if p.take(']') {
			return list, true
		}
		if !p.take(',') {
			return nil, false
		}
	}
}

// string reads a text. One with escapes, or that is not UTF-8, is left to encoding/json.
func (p *parser) string() (any, bool) {
	begin, plain := p.at, true
	for i := begin + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '"':
			quoted := p.text[begin : i+1]
			p.at = i + 1
			if plain && utf8.Valid(quoted) {
				return string(quoted[1 : len(quoted)-1]), true
			}
			var s string
			err := json.Unmarshal(quoted, &s)
			return s, err == nil
		case c == '\\':
			plain = false
			i++
		case c < 0x20:
			return nil, false
		}
	}
	return nil, false
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
