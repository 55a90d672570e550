package salesforce

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A part may use what an earlier one was answered: @{ref.records[0].Id}. Names are those of
// the answer in their own case: a create answers id, a read Id.
var (
	referenceForm = regexp.MustCompile(`@\{([^{}]*)\}`)
	stepForm      = regexp.MustCompile(`^(?:\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\])`)
)

// nameOf returns the referenceId that a reference begins with, and its path.
func nameOf(reference string) (name, path string) {
	if i := strings.IndexAny(reference, ".["); i >= 0 {
		return reference[:i], reference[i:]
	}
	return reference, ""
}

// appendUses collects the referenceIds that the texts of a body refer to.
func appendUses(uses []string, n *jsonNode) []string {
	if n == nil {
		return uses
	}
	if n.kind == '"' {
		for _, m := range referenceForm.FindAllStringSubmatch(n.text, -1) {
			if name, _ := nameOf(m[1]); !slices.Contains(uses, name) {
				uses = append(uses, name)
			}
		}
	}
	for _, m := range n.members {
		uses = appendUses(uses, m.value)
	}
	for _, item := range n.items {
		uses = appendUses(uses, item)
	}
	return uses
}

// value returns what a reference stands for: a text, number or boolean of an answer.
func (run *partRun) value(reference string) (any, *apiError) {
	name, path := nameOf(reference)
	missing := badRequest("PROCESSING_HALTED", fmt.Sprintf("Invalid reference specified. No value for %s found in %s", reference, name))
	at, ok := run.place[name]
	if !ok || at > run.now && !run.how.anyOrder || run.results[at] == nil || run.results[at].a.status >= http.StatusMultipleChoices {
		return nil, missing
	}
	v := run.results[at].json()
	for path != "" {
		m := stepForm.FindStringSubmatch(path)
		if m == nil {
			return nil, missing
		}
		path = path[len(m[0]):]
		object, _ := v.(map[string]any)
		list, _ := v.([]any)
		i, err := strconv.Atoi(m[2])
		switch {
		case m[1] != "":
			v = object[m[1]]
		case err != nil || i >= len(list):
			return nil, missing
		default:
			v = list[i]
		}
	}
	switch v.(type) {
	case string, json.Number, bool:
		return v, nil
	}
	return nil, missing
}

// json returns the body of the answer as a reader of JSON sees it.
func (r *partResult) json() any {
	if r.read {
		return r.decoded
	}
	r.read = true
	data, err := encodeJSON(r.a.body)
	if err != nil {
		panic(fmt.Sprintf("salesforce: answer has no JSON form: %v", err)) // broken invariant
	}
	if n, refusal := parseJSON(data); refusal == nil {
		r.decoded = n.value()
	}
	return r.decoded
}

// fill returns a body with its references replaced. A text that is nothing but a reference
// takes the type of what it stands for.
func (run *partRun) fill(n *jsonNode) (*jsonNode, *apiError) {
	if n == nil || !strings.ContainsRune("{[\"", rune(n.kind)) {
		return n, nil
	}
	out := *n
	out.members, out.items = slices.Clone(n.members), slices.Clone(n.items)
	var refusal *apiError
	for i := range out.members {
		if out.members[i].value, refusal = run.fill(out.members[i].value); refusal != nil {
			return nil, refusal
		}
	}
	for i := range out.items {
		if out.items[i], refusal = run.fill(out.items[i]); refusal != nil {
			return nil, refusal
		}
	}
	if n.kind != '"' {
		return &out, nil
	}
	if m := referenceForm.FindStringSubmatch(n.text); m != nil && m[0] == n.text {
		v, refusal := run.value(m[1])
		out.text = fmt.Sprint(v)
		switch v.(type) {
		case json.Number:
			out.kind = '0'
		case bool:
			out.kind = 't'
		}
		return &out, refusal
	}
	out.text, refusal = run.replace(n.text, func(_ int, s string) string { return s })
	return &out, refusal
}

// fillURL replaces references in a URL, where a value is escaped for its place.
func (run *partRun) fillURL(target string) (string, *apiError) {
	query := strings.IndexByte(target, '?')
	return run.replace(target, func(at int, s string) string {
		if query >= 0 && at > query {
			return url.QueryEscape(s)
		}
		return url.PathEscape(s)
	})
}

func (run *partRun) replace(s string, escape func(at int, s string) string) (string, *apiError) {
	var b strings.Builder
	from := 0
	for _, m := range referenceForm.FindAllStringSubmatchIndex(s, -1) {
		v, refusal := run.value(s[m[2]:m[3]])
		if refusal != nil {
			return "", refusal
		}
		b.WriteString(s[from:m[0]])
		b.WriteString(escape(m[0], fmt.Sprint(v)))
		from = m[1]
	}
	b.WriteString(s[from:])
	return b.String(), nil
}
