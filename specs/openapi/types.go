package openapi

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/schema"
)

// compiler turns a tree into types. Component schemas of objects are named after
// themselves; other objects after the place where they are met.
type compiler struct {
	name    string // of the API
	suffix  string // taken off component names, "SObject"
	root    *tree
	refs    *resolver
	r       *reporter
	objects []*schema.Object
	places  map[string]Place
	byName  map[string]bool
	named   map[*tree]string // objects that have a name, also while they are being read
	broken  map[string]bool
	types   map[*tree]schema.Type // of schemas that are not named objects
	chain   int                   // how many of them are being read, one inside another
	// composed remembers which schemas have members, of their own or by composition.
	composed map[*tree]bool
}

func newCompiler(name string, root *tree, r *reporter) *compiler {
	c := &compiler{
		name: name, root: root, r: r, refs: newResolver(root),
		places: map[string]Place{}, byName: map[string]bool{}, named: map[*tree]string{}, broken: map[string]bool{},
		types: map[*tree]schema.Type{}, composed: map[*tree]bool{},
	}
	c.suffix = root.get("x-pw-type-suffix").str()
	return c
}

// maxChain bounds how far a schema is followed through others, so that a long chain of
// references cannot exhaust the stack.
const maxChain = 500

const schemasAt = "/components/schemas"

// components names every component schema that is an object, then reads their fields.
func (c *compiler) components() {
	schemas := c.root.at("components", "schemas")
	if schemas == nil || schemas.kind != object {
		return
	}
	for i, s := range schemas.items {
		if c.isObject(s) {
			short := schemas.keys[i]
			if cut, ok := strings.CutSuffix(short, c.suffix); ok && cut != "" {
				short = cut
			}
			c.named[s] = c.unique(c.name + "." + clean(short))
		}
	}
	for i, s := range schemas.items {
		pointer := schemasAt + "/" + escape(schemas.keys[i])
		if name := c.named[s]; name != "" {
			c.object(s, name, pointer)
			continue
		}
		c.keywords(s, pointer, schemaKeywords) // reported if unknown; without effect on a scalar
	}
}

// clean makes a name that an expression can spell.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, s)
}

func (c *compiler) unique(name string) string {
	for c.byName[name] {
		name += "_"
	}
	c.byName[name] = true
	return name
}

// ref follows $ref until something else is met; nil when it leads nowhere.
func (c *compiler) ref(t *tree) *tree {
	for range 20 {
		ref := t.get("$ref")
		if ref == nil || ref.kind != text {
			return t
		}
		next := c.refs.find(ref.text)
		if next == nil {
			if !c.broken[ref.text] {
				c.broken[ref.text] = true
				c.r.brokenRef(ref, "", ref.text)
			}
			return nil
		}
		t = next
	}
	return nil
}

// isObject reports whether a schema has members of its own.
func (c *compiler) isObject(t *tree) bool {
	if t == nil || t.kind != object || t.get("$ref") != nil {
		return false
	}
	if _, alias := c.alias(t); alias {
		return false
	}
	return c.hasMembers(t, 0)
}

// hasMembers looks through references and compositions, at each schema once: a file
// may nest them so that following every path would never end.
func (c *compiler) hasMembers(t *tree, depth int) bool {
	if t = c.ref(t); t == nil || t.kind != object {
		return false
	}
	if known, ok := c.composed[t]; ok {
		return known
	}
	if p := t.get("properties"); p != nil && p.kind == object && len(p.keys) > 0 {
		c.composed[t] = true
		return true
	}
	c.composed[t] = false // what it adds to itself
	all := t.get("allOf")
	if all != nil && all.kind == list && depth < maxChain {
		c.composed[t] = slices.ContainsFunc(all.items, func(e *tree) bool { return c.hasMembers(e, depth+1) })
	}
	return c.composed[t]
}

// alias recognises allOf with one reference and nothing of its own, the way OpenAPI
// 3.0 puts a description beside a $ref.
func (c *compiler) alias(t *tree) (*tree, bool) {
	all := t.get("allOf")
	if all == nil || all.kind != list || len(all.items) != 1 || t.get("properties") != nil {
		return nil, false
	}
	if all.items[0].get("$ref") == nil {
		return nil, false
	}
	return all.items[0], true
}

// typeOf returns the type of a schema met at owner, which names it if it is an object
// without a name.
func (c *compiler) typeOf(t *tree, owner, pointer string) schema.Type {
	outer := t
	c.beside(t, pointer)
	if t = c.ref(t); t == nil || t.kind != object {
		if t != nil && t.kind == boolean && !t.yes() {
			c.r.unread(t, pointer, "a value that may not be there counts as any value")
		}
		return schema.Type{Kind: schema.Any}
	}
	if name := c.named[t]; name != "" {
		return schema.ObjectOf(name)
	}
	out, known := c.types[t]
	if !known {
		out = schema.Type{Kind: schema.Any}
		c.types[t] = out // what it is inside itself: a list of lists of …
		if c.chain++; c.chain <= maxChain {
			out = c.unnamed(t, owner, pointer)
		}
		c.chain--
		c.types[t] = out
	}
	if out.Kind == schema.String && outer != t {
		return msdate(outer, out)
	}
	return out
}

func (c *compiler) unnamed(t *tree, owner, pointer string) schema.Type {
	if one, ok := c.alias(t); ok {
		return c.typeOf(one, owner, pointer)
	}
	if c.isObject(t) {
		name := c.unique(c.name + "." + owner)
		c.named[t] = name
		c.object(t, name, pointer)
		return schema.ObjectOf(name)
	}
	c.ignored(t, pointer)
	if key, alts := alternatives(t); alts != nil {
		return c.oneOf(alts, owner, pointer+"/"+key)
	}
	if v := t.get("const"); v != nil && t.get("format") == nil {
		if out, ok := constant(v); ok {
			return out
		}
	}
	switch jsonType(t) {
	case "string":
		return msdate(t, textType(t))
	case "number":
		return schema.Type{Kind: schema.Decimal}
	case "integer":
		return schema.Type{Kind: schema.Int}
	case "boolean":
		return schema.Type{Kind: schema.Bool}
	case "array":
		if items := t.get("items"); items != nil {
			return schema.ListOf(c.typeOf(items, owner, pointer+"/items"))
		}
		return schema.ListOf(schema.Type{Kind: schema.Any})
	case "object":
		if extra := t.get("additionalProperties"); extra != nil && extra.kind == object && len(extra.keys) > 0 {
			elem := c.typeOf(extra, owner+"_value", pointer+"/additionalProperties")
			return schema.Type{Kind: schema.Map, Elem: &elem}
		}
	}
	c.vague(t, pointer)
	return schema.Type{Kind: schema.Any}
}

// jsonType returns the declared type, or the one the other keywords imply.
func jsonType(t *tree) string {
	switch v := t.get("type"); {
	case v == nil:
	case v.kind == text:
		return v.text
	case v.kind == list:
		types := slices.DeleteFunc(v.strs(), func(s string) bool { return s == "null" })
		if len(types) == 1 {
			return types[0]
		}
		return ""
	}
	switch {
	case t.get("items") != nil:
		return "array"
	case t.get("additionalProperties") != nil:
		return "object"
	case t.get("enum") != nil && !slices.ContainsFunc(t.get("enum").items, func(e *tree) bool { return e.kind != text }):
		return "string"
	}
	return ""
}

// msdate applies Xero's marks: the schema says string, the wire is /Date(…)/.
func msdate(t *tree, out schema.Type) schema.Type {
	switch {
	case t.get("x-is-msdate").yes():
		return schema.Type{Kind: schema.Date, Wire: "msdate"}
	case t.get("x-is-msdate-time").yes():
		return schema.Type{Kind: schema.Instant, Wire: "msdate"}
	}
	return out
}

// uuidLength is how long the text of a UUID is (RFC 9562, section 4).
const uuidLength = 36

func textType(t *tree) schema.Type {
	switch t.get("format").str() {
	case "date":
		return schema.Type{Kind: schema.Date}
	case "date-time":
		return schema.Type{Kind: schema.Instant}
	}
	out := schema.Type{Kind: schema.String, MaxLength: max(t.get("maxLength").num(), 0)}
	if t.get("format").str() == "uuid" && out.MaxLength == 0 {
		out.MaxLength = uuidLength
	}
	for _, e := range t.get("enum").strs() {
		if e != "" { // vendors list "" for "not set"
			out.Enum = append(out.Enum, e)
		}
	}
	return out
}

func alternatives(t *tree) (string, []*tree) {
	for _, k := range []string{"oneOf", "anyOf"} {
		if v := t.get(k); v != nil && v.kind == list {
			return k, v.items
		}
	}
	return "", nil
}
