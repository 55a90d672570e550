package plan

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/diag"
)

// node is a document as written: what YAML and JSON have in common, with places.
type node struct {
	kind    nodeKind
	at      Place
	scalar  any    // string, bool, json.Number or nil
	text    string // a scalar as written, for messages
	members []member
	items   []*node
}

type nodeKind int

const (
	scalarNode nodeKind = iota
	mapNode
	listNode
)

type member struct {
	key   string
	at    Place
	value *node
}

func (n *node) member(key string) *node {
	i := slices.IndexFunc(n.members, func(m member) bool { return m.key == key })
	if i < 0 {
		return nil
	}
	return n.members[i].value
}

func (n *node) describe() string {
	switch n.kind {
	case mapNode:
		return "a map"
	case listNode:
		return "a list"
	default:
	}
	switch n.scalar.(type) {
	case nil:
		return "nothing"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	default:
		return "text"
	}
}

// shapeHint says what to write when the value can be guessed from what was written.
func (n *node) shapeHint(want string) string {
	plain := n.kind == scalarNode && n.scalar != nil
	switch {
	case want == wantText && plain:
		return "put it in quotes: " + quote(n.text)
	case want == wantText:
		return "write one text"
	case want == wantSteps:
		return "begin every step with a dash"
	case strings.HasPrefix(want, "a list") && plain:
		return "write [" + n.text + "]"
	case strings.HasPrefix(want, "a list"):
		return "write [first, second]"
	case want == wantMap:
		return "write name: value on lines of their own, or {name: value}"
	}
	return "write ${…}"
}

// source is one text being read: it collects findings and places.
type source struct {
	file  string
	lines []string
	found diag.List
	nodes int
	full  bool // a bound was passed: nothing more is read
}

// within reports whether one more node may be read, and gives reading up when not, so
// that no text can cost much more than its size.
func (s *source) within(pointer string, depth int, at Place) bool {
	s.nodes++
	switch {
	case s.full:
	case depth > maxDepth || len(pointer) > maxPointer:
		s.add(errTooDeep(), clip(pointer), at)
		s.full = true
	case s.nodes > maxNodes:
		s.add(errTooMany(), clip(pointer), at)
		s.full = true
	}
	return !s.full
}

func (s *source) add(d diag.Diagnostic, pointer string, at Place) {
	d.File, d.Pointer, d.Line, d.Column = s.file, pointer, at.Line, at.Column
	s.found = append(s.found, d)
}

// jsonNumber is the number grammar of RFC 8259.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// likeNumber matches what other readers of YAML take for numbers.
var likeNumber = regexp.MustCompile(`^[-+]?(\.?[0-9][0-9.]*([eE][-+]?[0-9]+)?|0x[0-9a-fA-F]+|0o[0-7]+|\.(inf|Inf|INF))$|^\.(nan|NaN|NAN)$`)

// number returns the shortest plain form of a number, or false when it is too long
// for exact arithmetic.
func number(text string) (json.Number, bool) {
	d, err := decimal.Parse(text)
	if err != nil {
		return "", false
	}
	short := d.Canonical()
	if _, err := decimal.Parse(short); err != nil {
		return "", false
	}
	return json.Number(short), true
}

// plain gives the meaning of an unquoted scalar (YAML 1.2 core, numbers as in JSON).
func (s *source) plain(text, pointer string, at Place) any {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	if jsonNumber.MatchString(text) {
		n, ok := number(text)
		if !ok {
			s.add(errNumber(text, "at most 100 digits are kept"), pointer, at)
			return json.Number("0")
		}
		return n
	}
	if likeNumber.MatchString(text) && !isVersion(text) {
		s.add(errNumber(text, "write a plain number such as 17 or 0.5, or put it in quotes if it is text"), pointer, at)
		return json.Number("0")
	}
	return text
}

// isVersion tells 1.2.3, which is text to every reader, from a malformed number.
func isVersion(text string) bool { return strings.Count(text, ".") > 1 }
