// Package suggest writes a starting overlay for a description that nobody prepared.
//
// It concludes from names and shapes alone, so every line says in a comment what it was
// concluded from. What can do no harm when it is wrong stands there; what could make a
// write unsafe, or needs knowledge that no description has (how long does the vendor remember a
// key?), is commented out and asks its question. A person reads the file, answers, and adds it.
package suggest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/schema"
)

// Overlay returns the text of a starting overlay for the description. It applies to it
// without a finding.
func Overlay(doc *openapi.Document) []byte {
	s := &suggester{doc: doc, objects: map[string]*schema.Object{}, keys: map[string]string{}}
	for _, o := range doc.Objects {
		s.objects[o.Name] = o
	}
	s.entities()
	actions := []action{s.root()}
	for _, op := range doc.Operations {
		actions = append(actions, s.operation(op))
	}
	for _, o := range doc.Objects {
		actions = append(actions, s.object(o))
	}
	return print(doc, actions)
}

// suggester holds what is known of the description.
type suggester struct {
	doc     *openapi.Document
	objects map[string]*schema.Object
	keys    map[string]string // objects that are records, with their key field
	order   []string          // the same in the order of the file
}

// action is one action of the overlay.
type action struct {
	target string
	lines  []line
}

// line is one member of an update, with the reason above it. An unsure one is commented out.
type line struct {
	why  string
	text string
	sure bool
}

func (a *action) add(sure bool, why, format string, args ...any) {
	a.lines = append(a.lines, line{why: why, text: fmt.Sprintf(format, args...), sure: sure})
}

// entities finds the objects that are records: some read answers them, and a field is
// called like an id of theirs.
func (s *suggester) entities() {
	for _, op := range s.doc.Operations {
		if op.Method != "GET" || op.Response == nil || op.Response.Type.Kind != schema.ObjectK {
			continue
		}
		name := op.Response.Type.Ref
		if s.keys[name] != "" {
			continue
		}
		if key := keyOf(s.short(name), s.objects[name]); key != "" {
			s.keys[name] = key
			s.order = append(s.order, name)
		}
	}
}

// keyOf returns the field that is the object's own id: named after it, else called id.
func keyOf(short string, o *schema.Object) string {
	if o == nil {
		return ""
	}
	own := strings.Join(catalog.Words(short), "")
	for _, fits := range []func(string) bool{
		func(w string) bool { return w == own+"id" },
		func(w string) bool { return w == "id" },
		func(w string) bool { return w == "uuid" || w == own+"uuid" },
	} {
		for _, f := range o.Fields {
			if f.Type.Kind == schema.String && fits(strings.Join(catalog.Words(f.Name), "")) {
				return f.Name
			}
		}
	}
	return ""
}

func (s *suggester) short(name string) string { return strings.TrimPrefix(name, s.doc.Name+".") }

// named returns the record whose short name is that of the words, "" when there is none:
// customer for [customer], and [customer, id].
func (s *suggester) named(words []string) string {
	if n := len(words); n > 1 && (words[n-1] == "id" || words[n-1] == "uuid") {
		words = words[:n-1]
	}
	want := strings.Join(words, "")
	for _, name := range s.order {
		if want != "" && strings.Join(catalog.Words(s.short(name)), "") == want {
			return name
		}
	}
	return ""
}

// inPath returns the record that the path is about: that of its last literal part that
// names one.
func (s *suggester) inPath(path string) string {
	parts := strings.Split(strings.Trim(path, "/"), "/")
	slices.Reverse(parts)
	for _, part := range parts {
		if strings.HasPrefix(part, "{") {
			continue
		}
		if name := s.named(catalog.Words(part)); name != "" {
			return name
		}
	}
	return ""
}

// component returns the JSONPath of an object that is a component, "" for one written where
// it is used.
func (s *suggester) component(name string) string {
	part, ok := strings.CutPrefix(s.doc.Places[name].Pointer, "/components/schemas/")
	if !ok || strings.Contains(part, "/") {
		return ""
	}
	return "$.components.schemas[" + quoted(unescape(part)) + "]"
}

func (s *suggester) target(op openapi.Operation) string {
	return "$.paths[" + quoted(op.Path) + "]." + strings.ToLower(op.Method)
}

func unescape(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
}

// quoted writes a name as JSONPath quotes it.
func quoted(name string) string {
	return "'" + strings.ReplaceAll(strings.ReplaceAll(name, `\`, `\\`), "'", `\'`) + "'"
}

// word writes a name as YAML takes it, within braces and brackets too.
func word(name string) string {
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return text(name)
		}
	}
	if slices.Contains([]string{"", "y", "n", "yes", "no", "on", "off", "true", "false", "null"}, strings.ToLower(name)) {
		return text(name)
	}
	return name
}

// text writes a text in quotes that YAML and JSON share.
func text(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""` // unreachable: text can be encoded
	}
	return string(b)
}

func words(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = word(n)
	}
	return "[" + strings.Join(out, ", ") + "]"
}
