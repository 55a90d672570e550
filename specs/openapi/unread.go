package openapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/schema"
)

// What a description may say and this reader does not use is told here, with its place.
// Bounds of numbers, patterns and formats are not: a value that breaks them is refused by
// the vendor, and the type is right all the same.

// unused tells of whole parts of the description that nothing reads.
func (c *compiler) unused() {
	if hooks := c.root.get("webhooks"); hooks != nil && len(hooks.items) > 0 {
		c.r.unread(hooks, "/webhooks", "webhooks are not read: changes are found by asking")
	}
}

// ignored tells of keywords of a schema that change what it allows and are not read. Its
// type is made without them.
func (c *compiler) ignored(t *tree, pointer string) {
	for i, k := range t.keys {
		if slices.Contains([]string{
			"not", "if", "then", "else", "patternProperties", "dependentSchemas", "dependentRequired",
			"propertyNames", "prefixItems", "contains", "unevaluatedProperties", "$dynamicRef", "$recursiveRef",
		}, k) {
			c.r.unread(t.items[i], pointer+"/"+k, fmt.Sprintf("keyword %s of a schema is not read", k))
		}
	}
}

// beside tells of what stands beside a $ref and would narrow it: only what is said about
// the member itself is read there.
func (c *compiler) beside(t *tree, pointer string) {
	if t.get("$ref") == nil {
		return
	}
	for i, k := range t.keys {
		if slices.Contains([]string{"enum", "const", "maxLength", "properties", "required", "allOf", "oneOf", "anyOf", "additionalProperties"}, k) {
			c.r.unread(t.items[i], pointer+"/"+k, fmt.Sprintf("keyword %s beside a $ref is not read", k))
		}
	}
}

// vague tells of a schema that says more than "any value" and could not be typed.
func (c *compiler) vague(t *tree, pointer string) {
	switch kind := t.get("type"); {
	case kind != nil && kind.kind == list:
		c.r.unread(kind, pointer+"/type", "a value of several types counts as any value")
	case kind != nil && kind.str() != "object" && kind.str() != "null":
		c.r.unread(kind, pointer+"/type", fmt.Sprintf("type %.20q is not known; it counts as any value", kind.str()))
	case t.get("enum") != nil:
		c.r.unread(t.get("enum"), pointer+"/enum", "an enum of other things than text counts as any value")
	case t.get("allOf") != nil:
		c.r.unread(t.get("allOf"), pointer+"/allOf", "what this is composed of has no members; it counts as any value")
	}
}

// constant gives the type of a schema that allows one value.
func constant(v *tree) (schema.Type, bool) {
	switch {
	case v.kind == text && v.text != "":
		return schema.Type{Kind: schema.String, Enum: []string{v.text}}, true
	case v.kind == boolean:
		return schema.Type{Kind: schema.Bool}, true
	case v.kind == number && !strings.ContainsAny(v.text, ".eE"):
		return schema.Type{Kind: schema.Int}, true
	case v.kind == number:
		return schema.Type{Kind: schema.Decimal}, true
	}
	return schema.Type{}, false
}

// oneOf gives the type that all alternatives but null share: text with the members and
// the length of all of them, or the one object, list or scalar they agree on. Any other
// mixture is any value.
func (c *compiler) oneOf(alts []*tree, owner, pointer string) schema.Type {
	var out schema.Type
	for i, a := range alts {
		if r := c.ref(a); r != nil && r.get("type").str() == "null" {
			continue
		}
		t := c.typeOf(a, owner, fmt.Sprintf("%s/%d", pointer, i))
		switch {
		case out.Kind == "":
			out = t
		case out.Kind == schema.String && t.Kind == schema.String:
			out = eitherText(out, t)
		case !same(out, t):
			c.r.unread(a, pointer, "alternatives of different types count as any value")
			return schema.Type{Kind: schema.Any}
		}
	}
	if out.Kind == "" {
		out.Kind = schema.Any
	}
	return out
}

func same(a, b schema.Type) bool {
	if a.Kind != b.Kind || a.Ref != b.Ref || (a.Elem == nil) != (b.Elem == nil) {
		return false
	}
	return a.Elem == nil || same(*a.Elem, *b.Elem)
}

// eitherText allows what one of two texts allows.
func eitherText(a, b schema.Type) schema.Type {
	out := schema.Type{Kind: schema.String}
	if len(a.Enum) > 0 && len(b.Enum) > 0 {
		out.Enum = slices.Clone(a.Enum)
		for _, e := range b.Enum {
			if !slices.Contains(out.Enum, e) {
				out.Enum = append(out.Enum, e)
			}
		}
	}
	if a.MaxLength > 0 && b.MaxLength > 0 {
		out.MaxLength = max(a.MaxLength, b.MaxLength)
	}
	return out
}
