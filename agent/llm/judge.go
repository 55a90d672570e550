package llm

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/planwright/planwright/internal/diag"
)

// schemaURL names the schema while it is compiled; nothing is read from it.
const schemaURL = "schema:answer"

// judge is a compiled schema, with its document to look up what else was possible.
type judge struct {
	doc    any
	schema *jsonschema.Schema
}

// sealed is the loader of references that lead out of the document: there is none.
type sealed struct{}

func (sealed) Load(string) (any, error) {
	return nil, errors.New("references out of the schema are not followed")
}

// newJudge compiles a schema. What is wrong with it is a bug of whoever wrote it, never the
// model's, and is found before anything is sent.
func newJudge(s Schema) (*judge, error) {
	doc, found := decode(string(s.JSON))
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("schema %s: %w", s.Name, err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(sealed{})
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource(schemaURL, doc); err != nil {
		return nil, fmt.Errorf("schema %s: %w", s.Name, err)
	}
	compiled, err := c.Compile(schemaURL)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", s.Name, err)
	}
	return &judge{doc, compiled}, nil
}

// judge returns what in a decoded value does not fit.
func (j *judge) judge(v any) diag.List {
	err := j.schema.Validate(v)
	if err == nil {
		return nil
	}
	var bad *jsonschema.ValidationError
	if !errors.As(err, &bad) {
		return diag.List{answerRule("", "schema")} // unreachable: decode makes only values the library knows
	}
	var found diag.List
	for _, m := range j.misfits(bad) {
		found = append(found, m.finding)
	}
	return found
}

// misfit is one finding, with what it found and what would do as data.
type misfit struct {
	finding diag.Diagnostic
	got     string
	wants   []string
}

// misfits turns the library's tree of failures into a flat list: one finding a cause, and
// of several forms only the one that was meant.
func (j *judge) misfits(e *jsonschema.ValidationError) (out []misfit) {
	at := pointer(e.InstanceLocation)
	add := func(d diag.Diagnostic) { out = append(out, misfit{finding: d}) }
	switch k := e.ErrorKind.(type) {
	case *kind.Type:
		out = append(out, typed(at, article(k.Got), k.Want))
	case *kind.Required:
		add(answerMissing(at, both(k.Missing)))
	case *kind.AdditionalProperties:
		for _, key := range k.Properties {
			add(answerExtra(at+"/"+escape(key), key, j.nearestKey(e.SchemaURL, key)))
		}
	case *kind.Enum:
		out = append(out, choice(at, k.Got, k.Want))
	case *kind.Const:
		out = append(out, choice(at, k.Got, []any{k.Want}))
	case *kind.AnyOf, *kind.OneOf:
		return j.variants(e)
	case *kind.Not:
		add(answerRule(at, "not"))
	case *kind.FalseSchema:
		add(answerRule(at, "false"))
	default:
		for _, cause := range e.Causes {
			out = append(out, j.misfits(cause)...)
		}
		if len(e.Causes) == 0 {
			add(answerRule(at, strings.Join(e.ErrorKind.KeywordPath(), " ")))
		}
	}
	return out
}

// variants explains a value that fits none of several forms. Forms whose type or whose tag
// (the member that says which form it is) differs were not meant; when one remains, only
// what is wrong with that one is said.
func (j *judge) variants(e *jsonschema.ValidationError) []misfit {
	at := pointer(e.InstanceLocation)
	var meant [][]misfit
	var types, tags []misfit
	for _, cause := range e.Causes {
		form := j.misfits(cause)
		i := slices.IndexFunc(form, func(m misfit) bool { return m.isOtherForm(at) })
		switch {
		case i < 0:
			meant = append(meant, form)
		case form[i].finding.Code == "answer-type":
			types = append(types, form[i])
		default:
			tags = append(tags, form[i])
		}
	}
	switch {
	case len(meant) == 1:
		return meant[0]
	case len(meant) == 0 && len(tags) > 0 && sameplace(tags):
		var wants []string
		for _, m := range tags {
			wants = append(wants, m.wants...)
		}
		m := tags[0]
		hint := ""
		if near := diag.Nearest(m.got, wants); near != "" {
			hint = "did you mean " + near + "?"
		}
		return []misfit{{answerChoice(m.finding.Pointer, m.got, strings.Join(wants, " or "), hint), m.got, wants}}
	case len(meant) == 0 && len(tags) == 0 && len(types) > 0:
		var wants []string
		for _, m := range types {
			wants = append(wants, m.wants...)
		}
		return []misfit{typed(at, types[0].got, wants)}
	}
	return []misfit{{finding: answerVariant(at, len(e.Causes))}}
}

// isOtherForm says that a misfit means "this is another form" rather than "this is wrong":
// the type of the value itself, or a tag, which is a member that may be one thing only.
func (m misfit) isOtherForm(at string) bool {
	rest, below := strings.CutPrefix(m.finding.Pointer, at+"/")
	switch m.finding.Code {
	case "answer-type":
		return m.finding.Pointer == at
	case "answer-choice":
		return m.finding.Pointer == at || below && !strings.Contains(rest, "/") && len(m.wants) == 1
	}
	return false
}

func sameplace(ms []misfit) bool {
	return !slices.ContainsFunc(ms, func(m misfit) bool { return m.finding.Pointer != ms[0].finding.Pointer })
}

// nearestKey looks up the keys that the schema has where one too many was written.
func (j *judge) nearestKey(url, key string) string {
	_, path, _ := strings.Cut(url, "#")
	node := j.doc
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch n := node.(type) {
		case map[string]any:
			if part != "" {
				node = n[part]
			}
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(n) {
				return "" // unreachable: the library points into the document
			}
			node = n[i]
		}
	}
	object, _ := node.(map[string]any)
	properties, _ := object["properties"].(map[string]any)
	if len(properties) == 0 {
		return ""
	}
	return diag.DidYouMean(key, slices.Sorted(maps.Keys(properties)))
}

func typed(at, got string, kinds []string) misfit {
	var wants []string
	for _, k := range kinds {
		if w := article(k); !slices.Contains(wants, w) {
			wants = append(wants, w)
		}
	}
	if i := slices.Index(wants, "null"); i >= 0 {
		wants = append(slices.Delete(wants, i, i+1), "null") // last: it is seldom what was meant
	}
	return misfit{answerType(at, got, strings.Join(wants, " or ")), got, kinds}
}

func choice(at string, got any, want []any) misfit {
	var names, words []string
	for _, w := range want {
		names = append(names, literal(w))
		if s, ok := w.(string); ok {
			words = append(words, s)
		}
	}
	hint := ""
	if s, ok := got.(string); ok && len(words) > 1 {
		if near := diag.Nearest(s, words); near != "" {
			hint = "did you mean " + near + "?"
		}
	}
	shown, more := names, ""
	if len(names) > 20 {
		shown, more = names[:20], fmt.Sprintf(" or %d others", len(names)-20)
	}
	return misfit{answerChoice(at, literal(got), strings.Join(shown, " or ")+more, hint), literal(got), names}
}

// literal writes a value as JSON, cut when it is long.
func literal(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case map[string]any:
		return "an object"
	case []any:
		return "a list"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "a value" // unreachable: only decoded values come here
	}
	return Brief(string(text))
}

func quote(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "…"
	}
	return strconv.Quote(s)
}

func pointer(parts []string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteByte('/')
		b.WriteString(escape(p))
	}
	return b.String()
}

func article(kind string) string {
	switch kind {
	case "null":
		return kind
	case "object", "array", "integer":
		return "an " + kind
	}
	return "a " + kind
}

func both(keys []string) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = quote(k)
	}
	return strings.Join(out, " and ")
}
