package plan

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

// isJSON decides which reader a text gets. YAML readers take most JSON, but not tabs
// or paired surrogates, so text that is JSON is read as JSON.
func isJSON(file string, data []byte) bool {
	if strings.EqualFold(filepath.Ext(file), ".json") {
		return true
	}
	return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) && json.Valid(data)
}

// jsonReader walks the tokens of one JSON text.
type jsonReader struct {
	*source
	data []byte
	dec  *json.Decoder
	// The last place that was asked for, which is never behind the next one.
	line, column, last int
}

const jsonHint = "put names and texts in double quotes and a comma between members, none after the last; JSON has no comments"

func (s *source) readJSON(data []byte) *node {
	if len(bytes.TrimSpace(data)) == 0 {
		s.add(errNoPlan(), "", Place{1, 1})
		return nil
	}
	r := &jsonReader{source: s, data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1, column: 1}
	r.dec.UseNumber()
	if !json.Valid(data) {
		var any any
		err := json.Unmarshal(data, &any)
		at := Place{1, 1}
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			at = r.place(max(int(syntax.Offset)-1, 0))
		}
		s.add(errSyntax("this is not JSON: "+err.Error(), jsonHint), "", at)
		return nil
	}
	return r.value("", 0)
}

// next returns the next token and where it begins.
func (r *jsonReader) next() (json.Token, Place) {
	i := int(r.dec.InputOffset())
	for i < len(r.data) && strings.IndexByte(" \t\r\n,:", r.data[i]) >= 0 {
		i++
	}
	t, err := r.dec.Token()
	if err != nil {
		panic(err) // unreachable: the text was found valid before
	}
	return t, r.place(i)
}

func (r *jsonReader) place(offset int) Place {
	offset = min(offset, len(r.data))
	for ; r.last < offset; r.last++ {
		switch {
		case r.data[r.last] == '\n':
			r.line, r.column = r.line+1, 1
		case utf8.RuneStart(r.data[r.last]):
			r.column++
		}
	}
	return Place{r.line, r.column}
}

func (r *jsonReader) value(pointer string, depth int) *node {
	t, at := r.next()
	n := &node{at: at}
	if !r.within(pointer, depth, at) {
		return n
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			n.kind = mapNode
			r.members(n, pointer, depth)
			return n
		}
		n.kind = listNode
		for i := 0; !r.full && r.dec.More(); i++ {
			n.items = append(n.items, r.value(index(pointer, i), depth+1))
		}
		r.end()
	case json.Number:
		n.text = t.String()
		n.scalar = r.plain(n.text, pointer, at)
	case string:
		n.text, n.scalar = t, t
	case bool:
		n.text, n.scalar = "false", t
		if t {
			n.text = "true"
		}
	}
	return n
}

func (r *jsonReader) members(n *node, pointer string, depth int) {
	seen := map[string]Place{}
	for !r.full && r.dec.More() {
		t, at := r.next()
		key, _ := t.(string) // a key of valid JSON is text
		inner := Join(pointer, clip(key))
		if len(key) <= maxKey {
			inner = Join(pointer, key)
		} else {
			r.add(errBadKey(), inner, at)
		}
		v := r.value(inner, depth+1)
		if first, dup := seen[key]; dup {
			r.add(errDuplicateKey(key, first), inner, at)
			continue
		}
		seen[key] = at
		n.members = append(n.members, member{key, at, v})
	}
	r.end()
}

// end takes the closing bracket, unless reading was given up.
func (r *jsonReader) end() {
	if !r.full {
		r.next()
	}
}
