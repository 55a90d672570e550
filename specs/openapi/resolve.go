package openapi

import (
	"strconv"
	"strings"
)

// resolver follows references within one document. It remembers what it found and
// keeps the members of large objects by name, so that a file with half a million
// references to half a million schemas takes time in proportion to its size.
type resolver struct {
	root    *tree
	refs    map[string]*tree
	members map[*tree]map[string]*tree
}

func newResolver(root *tree) *resolver {
	return &resolver{root: root, refs: map[string]*tree{}, members: map[*tree]map[string]*tree{}}
}

// find returns what a local reference such as "#/components/schemas/Contact" points at,
// nil when that is nothing.
func (r *resolver) find(ref string) *tree {
	t, known := r.refs[ref]
	if !known {
		t = r.walk(ref)
		r.refs[ref] = t
	}
	return t
}

func (r *resolver) walk(ref string) *tree {
	t := r.root
	if ref == "#" {
		return t
	}
	rest, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil
	}
	for part := range strings.SplitSeq(rest, "/") {
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		switch {
		case t == nil:
			return nil
		case t.kind == list:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(t.items) {
				return nil
			}
			t = t.items[i]
		default:
			t = r.member(t, part)
		}
	}
	return t
}

func (r *resolver) member(t *tree, key string) *tree {
	if len(t.keys) < 32 {
		return t.get(key)
	}
	m := r.members[t]
	if m == nil {
		m = make(map[string]*tree, len(t.keys))
		for i, k := range t.keys {
			if _, twice := m[k]; !twice {
				m[k] = t.items[i]
			}
		}
		r.members[t] = m
	}
	return m[key]
}
