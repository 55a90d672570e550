package openapi

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// kind is the shape of a tree node.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

// source tells which file a node was written in.
type source uint8

const (
	fromSpec source = iota
	fromOverlay
)

// tree is one node of a JSON or YAML document. Members of an object keep their order:
// keys[i] names items[i]. Scalars keep their text, numbers as written.
type tree struct {
	kind      kind
	from      source
	line, col int32
	text      string
	keys      []string
	items     []*tree
}

// get returns the member of that name, or nil; a nil tree has none.
func (t *tree) get(key string) *tree {
	if t == nil || t.kind != object {
		return nil
	}
	if i := slices.Index(t.keys, key); i >= 0 {
		return t.items[i]
	}
	return nil
}

// at follows member names from t.
func (t *tree) at(keys ...string) *tree {
	for _, k := range keys {
		t = t.get(k)
	}
	return t
}

// str returns the text of a scalar, "" for anything else.
func (t *tree) str() string {
	if t == nil || t.kind == list || t.kind == object || t.kind == null {
		return ""
	}
	return t.text
}

// yes reports whether t is true. Vendors also write it as text.
func (t *tree) yes() bool {
	return t != nil && (t.kind == boolean || t.kind == text) && strings.EqualFold(t.text, "true")
}

// num returns the whole number t holds, else 0.
func (t *tree) num() int {
	if t == nil || (t.kind != number && t.kind != text) {
		return 0
	}
	n, err := strconv.Atoi(t.text)
	if err != nil {
		return 0
	}
	return n
}

// strs returns the scalar texts of a list.
func (t *tree) strs() []string {
	if t == nil || t.kind != list {
		return nil
	}
	out := make([]string, 0, len(t.items))
	for _, e := range t.items {
		if e.kind != list && e.kind != object && e.kind != null {
			out = append(out, e.text)
		}
	}
	return out
}

// set puts a member, replacing one of the same name.
func (t *tree) set(key string, v *tree) {
	if i := slices.Index(t.keys, key); i >= 0 {
		t.items[i] = v
		return
	}
	t.keys = append(t.keys, key)
	t.items = append(t.items, v)
}

// clone copies t and all below it.
func (t *tree) clone() *tree {
	c := *t
	c.keys = slices.Clone(t.keys)
	if t.items != nil {
		c.items = make([]*tree, len(t.items))
		for i, e := range t.items {
			c.items[i] = e.clone()
		}
	}
	return &c
}

// appendJSON writes t as JSON, members in their order.
func (t *tree) appendJSON(b []byte) []byte {
	switch t.kind {
	case null:
		return append(b, "null"...)
	case boolean, number:
		return append(b, t.text...)
	case text:
		return appendString(b, t.text)
	case list:
		b = append(b, '[')
		for i, e := range t.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = e.appendJSON(b)
		}
		return append(b, ']')
	case object: // below
	}
	b = append(b, '{')
	for i, e := range t.items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, t.keys[i]), ':')
		b = e.appendJSON(b)
	}
	return append(b, '}')
}

func appendString(b []byte, s string) []byte {
	q, err := json.Marshal(s)
	if err != nil {
		panic(err) // unreachable: a string always encodes
	}
	return append(b, q...)
}

// escape makes one part of a JSON pointer.
func escape(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
}
