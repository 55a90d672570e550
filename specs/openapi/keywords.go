package openapi

import (
	"fmt"
	"slices"
	"strings"
)

const prefix = "x-pw-"

// level says where a keyword may stand.
type level string

const (
	rootKeywords      level = "the root"
	operationKeywords level = "an operation"
	schemaKeywords    level = "a schema"
)

// Keywords returns the keywords that may stand at each level: the document's root, an
// operation, a schema of an object. docs/overlay.md explains each.
func Keywords() (root, operation, object []string) {
	root = []string{
		"x-pw-absent", "x-pw-auth", "x-pw-changes", "x-pw-deletes", "x-pw-describe", "x-pw-entities", "x-pw-errors",
		"x-pw-events",
		"x-pw-gate-names", "x-pw-limits", "x-pw-published", "x-pw-snapshot", "x-pw-type-suffix",
		"x-pw-webhooks", "x-pw-words",
	}
	operation = []string{
		"x-pw-absent-on-404", "x-pw-alike", "x-pw-batch", "x-pw-effect", "x-pw-entity", "x-pw-filter", "x-pw-fixed", "x-pw-gates",
		"x-pw-ids", "x-pw-paging", "x-pw-query", "x-pw-repeat", "x-pw-scopes", "x-pw-select",
		"x-pw-sum", "x-pw-touches", "x-pw-verb",
	}
	object = []string{
		"x-pw-always", "x-pw-children", "x-pw-decimals", "x-pw-ids", "x-pw-key", "x-pw-lengths",
		"x-pw-lifecycle", "x-pw-money", "x-pw-natural", "x-pw-read-only", "x-pw-relations",
		"x-pw-required-on-create", "x-pw-write-only",
	}
	return root, operation, object
}

func allowed(l level) []string {
	root, operation, object := Keywords()
	switch l {
	case rootKeywords:
		return root
	case operationKeywords:
		return operation
	case schemaKeywords:
	}
	return object
}

// keywords returns the x-pw-… members of t and reports unknown ones.
func (c *compiler) keywords(t *tree, pointer string, l level) []Keyword {
	var out []Keyword
	for i, k := range t.keys {
		if !strings.HasPrefix(k, prefix) {
			continue
		}
		v, at := t.items[i], pointer+"/"+escape(k)
		if !slices.Contains(allowed(l), k) {
			c.r.keyword(v, at, fmt.Sprintf("no keyword %s may stand on %s", k, l), "the keywords are listed in docs/overlay.md")
			continue
		}
		file := c.name
		if v.from == fromOverlay {
			file = overlayFile(c.name)
		}
		out = append(out, Keyword{
			Name: k, Value: v.appendJSON(nil), Pointer: at, File: file, Line: int(v.line), Column: int(v.col),
		})
	}
	return out
}

// fields reads a keyword that lists properties of the schema, reporting a wrong shape.
// A name the schema does not have is left out in silence: one overlay serves several
// versions of a file, and orgs that hide fields.
func (c *compiler) fields(t *tree, pointer, keyword string) map[string]bool {
	v := t.get(keyword)
	if v == nil {
		return nil
	}
	out := map[string]bool{}
	ok := v.kind == list
	for _, e := range v.items {
		ok = ok && e.kind == text
		out[e.text] = true
	}
	if !ok {
		c.r.keyword(v, pointer+"/"+keyword, keyword+" is a list of property names", "write "+keyword+": [Name, Code]")
		return nil
	}
	return out
}

// table reads a keyword that says something about named properties.
func (c *compiler) table(t *tree, pointer, keyword, hint string, fits func(*tree) bool) map[string]*tree {
	v := t.get(keyword)
	if v == nil {
		return nil
	}
	if v.kind != object {
		c.r.keyword(v, pointer+"/"+keyword, keyword+" is an object by property name", hint)
		return nil
	}
	out := make(map[string]*tree, len(v.keys))
	for i, k := range v.keys {
		if !fits(v.items[i]) {
			c.r.keyword(v.items[i], pointer+"/"+keyword+"/"+escape(k), keyword+" has a value of the wrong shape", hint)
			continue
		}
		out[k] = v.items[i]
	}
	return out
}
