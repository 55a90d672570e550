package apicall

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/planwright/planwright/specs/catalog"
)

// maxMessage bounds Outcome.Message, in characters.
const maxMessage = 500

// refusal is what an answer says about why.
type refusal struct{ messages, codes []string }

// collect gathers the members that the overlay names, at any depth: lists in their order,
// members by name, deeper before shallower where they share a path. A name of the form
// "Parent.Member" counts only directly below that parent.
func collect(e catalog.Errors, tree any) refusal {
	var r refusal
	r.walk(e, "", tree)
	return r
}

func (r *refusal) walk(e catalog.Errors, parent string, v any) {
	switch v := v.(type) {
	case []any:
		for _, m := range v {
			r.walk(e, parent, m)
		}
	case map[string]any:
		for _, name := range sortedKeys(v) {
			text, scalar := scalar(v[name])
			if !scalar {
				r.walk(e, name, v[name])
				continue
			}
			if named(e.Messages, parent, name) {
				r.messages = add(r.messages, text)
			}
			if named(e.Codes, parent, name) {
				r.codes = add(r.codes, text)
			}
		}
	}
}

func named(names []string, parent, name string) bool {
	return slices.Contains(names, name) || parent != "" && slices.Contains(names, parent+"."+name)
}

func scalar(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return string(v), true
	case nil, bool:
		return "", true
	}
	return "", false
}

func add(list []string, text string) []string {
	if text = strings.TrimSpace(text); text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// message joins the messages.
func (r refusal) message() string { return strings.Join(r.messages, "; ") }

// code returns the first code.
func (r refusal) code() string {
	if len(r.codes) == 0 {
		return ""
	}
	return r.codes[0]
}

// says reports whether a message begins with text, case ignored.
func (r refusal) says(text string) bool {
	return text != "" && slices.ContainsFunc(r.messages, func(m string) bool { return hasPrefixFold(m, text) })
}

func (r refusal) matches(rule catalog.ErrorRule, statuses []int) bool {
	if len(rule.Status) > 0 && !slices.ContainsFunc(statuses, func(s int) bool { return slices.Contains(rule.Status, s) }) {
		return false
	}
	if rule.Code != "" && !slices.Contains(r.codes, rule.Code) {
		return false
	}
	return rule.Text == "" || r.says(rule.Text)
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// clean makes a vendor's text fit to store and show: one line, no control characters, at
// most maxMessage characters.
func clean(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	s = strings.Map(func(r rune) rune {
		if isControl(r) || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return ' ' // line breaks, escapes for terminals, and marks that turn text around
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > maxMessage {
		s = string([]rune(s)[:maxMessage-1]) + "…"
	}
	return s
}
