package openapi

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readYAML reads one YAML document into a tree. Aliases are expanded, and what they
// add is bounded, so that a few hundred bytes cannot become gigabytes.
func readYAML(data []byte, lim Limits, from source) (*tree, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, yamlError(err)
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil, &syntaxError{line: 1, col: 1, cause: "the file is empty"}
	}
	c := &converter{lim: lim, from: from}
	return c.node(doc.Content[0], 0, false)
}

// yamlError finds the line in the library's text, which is the only place it is given.
func yamlError(err error) error {
	s := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &syntaxError{line: 1, col: 1, cause: s}
	if rest, ok := strings.CutPrefix(s, "line "); ok {
		if n, cause, ok := strings.Cut(rest, ": "); ok {
			if line, err := strconv.Atoi(n); err == nil {
				e.line, e.cause = line, cause
			}
		}
	}
	e.bound = strings.Contains(s, "exceeded max depth")
	return e
}

type converter struct {
	lim     Limits
	from    source
	nodes   int
	aliased int
	open    []*yaml.Node // aliases being expanded
}

func (c *converter) node(n *yaml.Node, depth int, aliased bool) (*tree, error) {
	bound := func(cause string) error {
		return &syntaxError{line: n.Line, col: n.Column, cause: cause, bound: true}
	}
	if depth > c.lim.Depth {
		return nil, bound(fmt.Sprintf("nested deeper than %d levels", c.lim.Depth))
	}
	if c.nodes++; c.nodes > c.lim.Nodes {
		return nil, bound(fmt.Sprintf("more than %d values", c.lim.Nodes))
	}
	if aliased {
		if c.aliased++; c.aliased > c.lim.Aliased {
			return nil, bound(fmt.Sprintf("aliases expand to more than %d values", c.lim.Aliased))
		}
	}
	t := &tree{from: c.from, line: int32(n.Line), col: int32(n.Column)}
	switch n.Kind {
	case yaml.AliasNode:
		if slices.Contains(c.open, n.Alias) {
			return nil, bound("an alias that contains itself")
		}
		c.open = append(c.open, n.Alias)
		defer func() { c.open = c.open[:len(c.open)-1] }()
		return c.node(n.Alias, depth, true)
	case yaml.MappingNode:
		return t, c.mapping(t, n, depth, aliased)
	case yaml.SequenceNode:
		t.kind = list
		for _, e := range n.Content {
			v, err := c.node(e, depth+1, aliased)
			if err != nil {
				return nil, err
			}
			t.items = append(t.items, v)
		}
		return t, nil
	case yaml.DocumentNode, yaml.ScalarNode: // a document's value is taken before
	}
	scalar(t, n)
	return t, nil
}

func (c *converter) mapping(t *tree, n *yaml.Node, depth int, aliased bool) error {
	t.kind = object
	at := make(map[string]int, len(n.Content)/2) // where a member is in t
	merged := map[string]bool{}                  // members that "<<" brought
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		v, err := c.node(n.Content[i+1], depth+1, aliased)
		if err != nil {
			return err
		}
		if k.Tag == "!!merge" {
			merge(t, v, at, merged)
			continue
		}
		if k.Kind == yaml.AliasNode {
			k = k.Alias
		}
		if k.Kind != yaml.ScalarNode {
			return &syntaxError{line: k.Line, col: k.Column, cause: "a member name that is not text"}
		}
		have, taken := at[k.Value]
		switch {
		case taken && !merged[k.Value]:
			return &syntaxError{line: k.Line, col: k.Column, cause: fmt.Sprintf("member %.80q is written twice", k.Value)}
		case taken:
			t.items[have] = v // an explicit member replaces a merged one
			delete(merged, k.Value)
		default:
			at[k.Value] = len(t.keys)
			t.keys, t.items = append(t.keys, k.Value), append(t.items, v)
		}
	}
	return nil
}

// merge adds the members of a "<<" value that t does not have yet.
func merge(t, v *tree, at map[string]int, merged map[string]bool) {
	switch v.kind {
	case object:
		for i, k := range v.keys {
			if _, taken := at[k]; !taken {
				at[k], merged[k] = len(t.keys), true
				t.keys, t.items = append(t.keys, k), append(t.items, v.items[i].clone())
			}
		}
	case list:
		for _, e := range v.items {
			merge(t, e, at, merged)
		}
	default: // nothing to merge
	}
}

// scalar types a plain YAML scalar as JSON would. Dates and the like stay text, and a
// number JSON cannot write (hexadecimal, infinity) becomes a plain one or text.
func scalar(t *tree, n *yaml.Node) {
	t.kind, t.text = text, n.Value
	switch n.ShortTag() {
	case "!!null":
		t.kind = null
	case "!!bool":
		t.kind, t.text = boolean, strings.ToLower(n.Value)
	case "!!int":
		if len(n.Value) > 100 {
			return // no number anybody means, and slow to convert
		}
		if i, ok := new(big.Int).SetString(strings.ReplaceAll(n.Value, "_", ""), 0); ok {
			t.kind, t.text = number, i.String()
		}
	case "!!float":
		if isJSONNumber(n.Value) {
			t.kind = number
		}
	}
}

func isJSONNumber(s string) bool {
	t, err := readJSON(s, Limits{Nodes: 1, Depth: 1}, fromSpec)
	return err == nil && t.kind == number
}
