package openapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/schema"
)

// Limits bounds what Load reads. Zero members take the values of [DefaultLimits].
type Limits struct {
	Bytes   int // size of the file
	Depth   int // nesting
	Nodes   int // values in the file, after aliases are expanded
	Aliased int // values that come from expanded YAML aliases
}

// DefaultLimits leaves room for a whole Salesforce org (18.9 MB, 700,000 values).
func DefaultLimits() Limits {
	return Limits{Bytes: 64 << 20, Depth: 200, Nodes: 8_000_000, Aliased: 200_000}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	return Limits{
		Bytes: cmp.Or(l.Bytes, d.Bytes), Depth: cmp.Or(l.Depth, d.Depth),
		Nodes: cmp.Or(l.Nodes, d.Nodes), Aliased: cmp.Or(l.Aliased, d.Aliased),
	}
}

// Document is one description after its overlay. It is immutable.
type Document struct {
	Name    string // of the API, "xero"; the first part of every type name
	Title   string
	Version string
	Server  string // first server URL, "" when there is none
	// Operations in the order of the file.
	Operations []Operation
	// Objects are the named types, components first, in the order of the file.
	Objects []*schema.Object
	// Keywords are the x-pw-… members of the root.
	Keywords []Keyword
	// Scopes are those the security schemes describe, sorted.
	Scopes []string
	// Places tell where each object stands in the file, by full name.
	Places map[string]Place
	// Schemes are the ways of signing in, the one that is asked for first at the front.
	Schemes []Scheme

	root *tree
}

// Place is where an object stands in the file, and which properties it lists as required,
// in whatever direction.
type Place struct {
	Pointer  string
	Required []string
}

// Keyword is one x-pw-… member, as written, with its place.
type Keyword struct {
	Name    string          // "x-pw-effect"
	Value   json.RawMessage // any JSON
	Pointer string
	File    string // the spec or its overlay, as diagnostics call it
	Line    int
	Column  int
}

// Diagnostic returns a finding of this package's [CodeKeyword] at the keyword.
func (k Keyword) Diagnostic(message, hint string) diag.Diagnostic {
	return diag.Diagnostic{
		Code: CodeKeyword, Severity: diag.Error, File: k.File, Pointer: k.Pointer,
		Line: k.Line, Column: k.Column, Message: message, Hint: hint,
	}
}

// Load reads the description data and applies the overlay, which may be empty. Name is
// what the API is called: it begins every type name and stands for the file in
// diagnostics. The document is nil when the findings have errors that leave nothing
// to read; a faulty overlay or keyword gives errors and a document without it.
func Load(name string, data, overlay []byte, lim Limits) (*Document, diag.List) {
	lim = lim.orDefault()
	r := &reporter{name: name}
	root := read(r, name, data, lim, fromSpec)
	if root == nil {
		return nil, r.list
	}
	if !isOpenAPI(root, r) {
		return nil, r.list
	}
	if len(bytes.TrimSpace(overlay)) > 0 {
		if o := read(r, overlayFile(name), overlay, lim, fromOverlay); o != nil {
			applyOverlay(root, o, r)
		}
	}
	if !onlyLocalRefs(root, r) {
		return nil, r.list
	}
	d := &Document{
		Name:    name,
		Title:   root.at("info", "title").str(),
		Version: root.at("info", "version").str(),
		Server:  firstServer(root),
		root:    root,
	}
	c := newCompiler(name, root, r)
	d.Server = c.server()
	c.components()
	d.Operations = c.operations()
	d.Objects, d.Places = c.objects, c.places
	d.Keywords = c.keywords(root, "", rootKeywords)
	d.Scopes = knownScopes(root)
	if root.get("x-pw-auth").get("flow") == nil { // else the overlay has the say
		d.Schemes = c.schemes()
		c.together()
	}
	c.unused()
	return d, r.close()
}

// JSON returns the document with its overlay applied, as a [Validator] takes it.
func (d *Document) JSON() []byte { return d.root.appendJSON(nil) }

func read(r *reporter, file string, data []byte, lim Limits, from source) *tree {
	if len(data) > lim.Bytes {
		r.tooLarge(file, len(data), lim.Bytes)
		return nil
	}
	var t *tree
	var err error
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if first := bytes.TrimLeft(data, " \t\r\n"); len(first) > 0 && first[0] == '{' {
		t, err = readJSON(string(data), lim, from)
	} else {
		t, err = readYAML(data, lim, from)
	}
	if err != nil {
		r.unreadable(file, err, from == fromOverlay)
		return nil
	}
	if t.kind != object {
		r.unreadable(file, &syntaxError{line: int(t.line), col: int(t.col), cause: "the document is not an object"}, from == fromOverlay)
		return nil
	}
	return t
}

func isOpenAPI(root *tree, r *reporter) bool {
	v := root.get("openapi")
	if v == nil {
		if s := root.get("swagger"); s != nil {
			r.version(s, "Swagger "+s.str())
			return false
		}
		r.notOpenAPI(root)
		return false
	}
	if s := v.str(); s != "3.0" && s != "3.1" && !strings.HasPrefix(s, "3.0.") && !strings.HasPrefix(s, "3.1.") {
		r.version(v, s)
		return false
	}
	return true
}

// onlyLocalRefs reports every $ref that leaves the file. Examples and defaults are
// data, where a member called $ref means nothing.
func onlyLocalRefs(root *tree, r *reporter) bool {
	ok := true
	var visit func(t *tree, pointer []string, names bool)
	visit = func(t *tree, pointer []string, names bool) {
		for i, c := range t.items {
			if t.kind == object {
				k := t.keys[i]
				if !names && k == "$ref" && c.kind == text && !strings.HasPrefix(c.text, "#") {
					r.externalRef(c, "/"+strings.Join(append(pointer, "$ref"), "/"), c.text)
					ok = false
				}
				if c.kind < list || !names && (isData(k) || strings.HasPrefix(k, "x-")) {
					continue
				}
				visit(c, append(pointer, escape(k)), !names && holdsNames(k))
				continue
			}
			if c.kind >= list {
				visit(c, append(pointer, childName(t, i)), false)
			}
		}
	}
	visit(root, make([]string, 0, 64), false)
	return ok
}

func isData(key string) bool {
	return slices.Contains([]string{"example", "examples", "default", "enum", "const"}, key)
}

// holdsNames reports whether the members of that member are named by the author of
// the file, so that one called "example" is not an example.
func holdsNames(key string) bool {
	return slices.Contains([]string{
		"properties", "patternProperties", "schemas", "parameters", "responses", "headers",
		"requestBodies", "callbacks", "paths", "pathItems", "webhooks", "$defs", "content", "links",
	}, key)
}
