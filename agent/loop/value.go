package loop

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
)

// value turns a tagged value into what a plan file would hold at the pointer.
func (c *composer) value(n node, at string) any {
	c.where[at] = n.at
	switch kind := c.kind(n); kind {
	case "text":
		return escape(c.text(c.object(n, "kind", "text")["text"]))
	case "number":
		m := c.object(n, "kind", "number")["number"]
		text := c.text(m)
		if !jsonNumber.MatchString(text) {
			c.add(errForm(m.at, "a number is written like 19.90, in digits"))
			return nil
		}
		return json.Number(text)
	case "bool":
		m := c.object(n, "kind", "bool")["bool"]
		b, ok := m.v.(bool)
		if !ok && m.at != "" {
			c.add(errForm(m.at, "this must be true or false"))
		}
		return b
	case "expression":
		return c.expression(c.object(n, "kind", "expression")["expression"], at)
	case "object":
		return c.members(c.object(n, "kind", "members")["members"], at)
	case "list":
		items := []any{}
		for i, item := range c.list(c.object(n, "kind", "items")["items"]) {
			items = append(items, c.value(item, at+"/"+strconv.Itoa(i)))
		}
		return items
	case "each":
		f := c.object(n, "kind", "over", "as", "do")
		return map[string]any{
			"each": c.expression(f["over"], at+"/each"),
			"as":   c.text(f["as"]),
			"do":   c.value(f["do"], at+"/do"),
		}
	default:
		c.add(errForm(n.at, "a value is one of text, number, bool, expression, object, list and each"))
		return nil
	}
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// escape is literal text as a plan file holds it: what would begin an expression gets a
// second $.
func escape(text string) string {
	if rest := strings.TrimLeft(text, "$"); strings.HasPrefix(rest, "{") && len(rest) < len(text) {
		return "$" + text
	}
	return text
}

// expression is the text of an expression as a plan file holds it. One that came with the
// ${ } of plan files means the same.
func (c *composer) expression(n node, at string) string {
	c.where[at] = n.at
	text := strings.TrimSpace(c.text(n))
	if inner, ok := strings.CutPrefix(text, "${"); ok {
		text = strings.TrimSuffix(inner, "}")
	}
	return "${" + text + "}"
}

// members is a list of names and values as a map.
func (c *composer) members(n node, at string) map[string]any {
	value := func(f map[string]node, at string) any { return c.value(f["value"], at) }
	out := c.named(n, at, value, "name", "value")
	if _, loop := out["each"]; loop {
		c.add(errForm(n.at, "a member cannot be called each: write a value of kind each"))
	}
	return out
}

// named turns a list of objects with a name into a map; read makes one of them.
func (c *composer) named(n node, at string, read func(f map[string]node, at string) any, keys ...string) map[string]any {
	c.where[at] = n.at
	out := map[string]any{}
	for _, item := range c.list(n) {
		f := c.object(item, keys...)
		name := c.text(f["name"])
		if _, twice := out[name]; twice {
			c.add(errForm(f["name"].at, "the name "+strconv.Quote(clip(name))+" stands here twice"))
		}
		inner := plan.Join(at, name)
		c.where[inner] = item.at
		out[name] = read(f, inner)
	}
	return out
}

// object returns the members of an object that has exactly these.
func (c *composer) object(n node, keys ...string) map[string]node {
	m, ok := n.v.(map[string]any)
	if !ok {
		c.add(errForm(n.at, "this must be an object with "+strings.Join(keys, ", ")))
		return nil
	}
	out := map[string]node{}
	for _, key := range keys {
		v, there := m[key]
		if !there {
			c.add(errForm(n.at, key+" is missing"))
			continue
		}
		out[key] = node{v, n.at + "/" + key}
	}
	for key := range m {
		if !slices.Contains(keys, key) {
			c.add(errForm(plan.Join(n.at, clip(key)), "there is no such member here; there are "+strings.Join(keys, ", ")))
		}
	}
	return out
}

// kind reads the tag of a step or a value.
func (c *composer) kind(n node) string {
	m, _ := n.v.(map[string]any)
	kind, _ := m["kind"].(string)
	return kind
}

// The readers below are silent about a node without a place: its absence was reported.

func (c *composer) text(n node) string {
	s, ok := n.v.(string)
	if !ok && n.at != "" {
		c.add(errForm(n.at, "this must be text"))
	}
	return s
}

func (c *composer) whole(n node) any {
	num, ok := n.v.(json.Number)
	if _, err := strconv.Atoi(num.String()); (!ok || err != nil) && n.at != "" {
		c.add(errForm(n.at, "this must be a whole number"))
		return nil
	}
	return num
}

func (c *composer) list(n node) []node {
	items, ok := n.v.([]any)
	if !ok && n.at != "" {
		c.add(errForm(n.at, "this must be a list"))
	}
	out := make([]node, 0, len(items))
	for i, v := range items {
		out = append(out, node{v, n.at + "/" + strconv.Itoa(i)})
	}
	return out
}

func (c *composer) texts(n node) []string {
	out := []string{}
	for _, item := range c.list(n) {
		out = append(out, c.text(item))
	}
	return out
}
