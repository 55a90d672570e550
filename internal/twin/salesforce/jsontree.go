package salesforce

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// jsonNode is one value of a request body with its place in it. The order of members, and
// members that come twice, are kept: the vendor reads bodies from front to back and stops
// at the first thing it cannot take.
type jsonNode struct {
	kind    byte   // { [ " 0 t n: object, array, text, number, boolean, null
	text    string // of a text, a number as written, "true" or "false"
	members []jsonMember
	items   []*jsonNode
	place   place
}

type jsonMember struct {
	name  string
	place place
	value *jsonNode
}

// place is where in a body something stands, both counted from one.
type place struct{ line, column int }

func (p place) String() string { return fmt.Sprintf(" at [line:%d, column:%d]", p.line, p.column) }

// value returns what encoding/json would have made of the node, numbers as json.Number.
// Of members that come twice the last one counts.
func (n *jsonNode) value() any {
	switch n.kind {
	case '{':
		m := make(map[string]any, len(n.members))
		for _, e := range n.members {
			m[e.name] = e.value.value()
		}
		return m
	case '[':
		list := make([]any, len(n.items))
		for i, e := range n.items {
			list[i] = e.value()
		}
		return list
	case '"':
		return n.text
	case '0':
		return json.Number(n.text)
	case 't':
		return n.text == "true"
	}
	return nil
}

// member returns the member of that name, or nil.
func (n *jsonNode) member(name string) *jsonNode {
	i := slices.IndexFunc(n.members, func(m jsonMember) bool { return m.name == name })
	if i < 0 {
		return nil
	}
	return n.members[i].value
}

// maxNesting is how deep a body may go.
const maxNesting = 100

// jsonReader reads a body. The texts of its refusals are those of the vendor's parser.
type jsonReader struct {
	data  string
	i     int
	line  int // of i
	first int // index of the line's first byte
}

// parseJSON reads a whole body.
func parseJSON(data []byte) (*jsonNode, *apiError) {
	r := &jsonReader{data: string(data), line: 1}
	r.space()
	if r.i == len(r.data) {
		return nil, errParser("The HTTP entity body is required, but this request has no entity body.")
	}
	if !utf8.ValidString(r.data) {
		return nil, errParser("Invalid UTF-8")
	}
	n, refusal := r.read(0)
	if refusal != nil {
		return nil, refusal
	}
	if r.space(); r.i < len(r.data) {
		return nil, r.unexpected("Expected end of input")
	}
	return n, nil
}

func (r *jsonReader) space() {
	for r.i < len(r.data) && strings.IndexByte(" \t\r\n", r.data[r.i]) >= 0 {
		if r.data[r.i] == '\n' {
			r.line, r.first = r.line+1, r.i+1
		}
		r.i++
	}
}

// here is the place of the next byte; columns count bytes.
func (r *jsonReader) here() place { return place{r.line, r.i - r.first + 1} }

func (r *jsonReader) unexpected(want string) *apiError {
	if r.i >= len(r.data) {
		return errParser("Unexpected end-of-input: " + want + r.here().String())
	}
	c, _ := utf8.DecodeRuneInString(r.data[r.i:])
	return errParser(fmt.Sprintf("Unexpected character ('%c' (code %d)): %s%s", c, c, want, r.here()))
}

// next skips blanks and reports whether c follows, which it then takes.
func (r *jsonReader) next(c byte) bool {
	r.space()
	if r.i < len(r.data) && r.data[r.i] == c {
		r.i++
		return true
	}
	return false
}

func (r *jsonReader) read(depth int) (*jsonNode, *apiError) {
	r.space()
	n := &jsonNode{place: r.here()}
	switch {
	case depth > maxNesting:
		return nil, errParser("The body is nested too deeply" + r.here().String())
	case r.i >= len(r.data):
		return nil, r.unexpected("expected a value")
	case r.next('{'):
		n.kind = '{'
		return n, r.object(n, depth)
	case r.next('['):
		n.kind = '['
		return n, r.array(n, depth)
	case r.data[r.i] == '"':
		var refusal *apiError
		n.kind = '"'
		n.text, refusal = r.text()
		return n, refusal
	case r.data[r.i] == '-' || r.data[r.i] >= '0' && r.data[r.i] <= '9':
		n.kind, n.text = '0', r.token()
	default:
		n.text = r.token()
		n.kind = map[string]byte{"true": 't', "false": 't', "null": 'n'}[n.text]
	}
	return n, r.scalar(n)
}

// token takes what runs up to the next mark of structure.
func (r *jsonReader) token() string {
	from := r.i
	for r.i < len(r.data) && strings.IndexByte(" \t\r\n,:{}[]\"", r.data[r.i]) < 0 {
		r.i++
	}
	return r.data[from:r.i]
}

func (r *jsonReader) scalar(n *jsonNode) *apiError {
	switch {
	case n.text == "": // a mark of structure where a value should be
		return r.unexpected("expected a valid value (number, String, array, object, 'true', 'false' or 'null')")
	case n.kind == 0:
		return errParser(fmt.Sprintf("Unrecognized token '%s': was expecting 'null', 'true', 'false' or NaN%s", n.text, n.place))
	case n.kind == '0' && !json.Valid([]byte(n.text)):
		return errParser(fmt.Sprintf("Invalid numeric value: %s%s", n.text, n.place))
	}
	return nil
}

func (r *jsonReader) object(n *jsonNode, depth int) *apiError {
	if r.next('}') {
		return nil
	}
	for {
		r.space()
		if r.i >= len(r.data) || r.data[r.i] != '"' {
			return r.unexpected("was expecting double-quote to start field name")
		}
		m := jsonMember{place: r.here()}
		var refusal *apiError
		if m.name, refusal = r.text(); refusal != nil {
			return refusal
		}
		if !r.next(':') {
			return r.unexpected("was expecting a colon to separate field name and value")
		}
		if m.value, refusal = r.read(depth + 1); refusal != nil {
			return refusal
		}
		n.members = append(n.members, m)
		switch {
		case r.next('}'):
			return nil
		case !r.next(','):
			return r.unexpected("was expecting comma to separate OBJECT entries")
		}
	}
}

func (r *jsonReader) array(n *jsonNode, depth int) *apiError {
	if r.next(']') {
		return nil
	}
	for {
		item, refusal := r.read(depth + 1)
		if refusal != nil {
			return refusal
		}
		n.items = append(n.items, item)
		switch {
		case r.next(']'):
			return nil
		case !r.next(','):
			return r.unexpected("was expecting comma to separate ARRAY entries")
		}
	}
}

// text takes a quoted text.
func (r *jsonReader) text() (string, *apiError) {
	from := r.i
	plain := true
	for r.i++; r.i < len(r.data); r.i++ {
		switch c := r.data[r.i]; {
		case c == '"':
			r.i++
			return r.unquote(r.data[from:r.i], plain)
		case c == '\\':
			plain = false
			r.i++
		case c < ' ':
			return "", errParser(fmt.Sprintf("Illegal unquoted character ((CTRL-CHAR, code %d)): has to be escaped using backslash to be included in string value%s", c, r.here()))
		}
	}
	r.i = len(r.data)
	return "", r.unexpected("was expecting closing quote for a string value")
}

func (r *jsonReader) unquote(quoted string, plain bool) (string, *apiError) {
	if plain {
		return quoted[1 : len(quoted)-1], nil
	}
	var s string
	if err := json.Unmarshal([]byte(quoted), &s); err != nil {
		return "", errParser("Unrecognized character escape" + r.here().String())
	}
	return s, nil
}
