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

// refusal is what an answer says about why. Messages are in order of depth, the deepest
// first, because they are the most exact; codes the other way round, because records
// inside an answer have codes of their own.
type refusal struct{ messages, codes []string }

// collect gathers the members that the overlay names, at any depth. Those of one depth
// keep the order of lists and of member names. A name of the form "Parent.Member" counts
// only directly below that parent.
func collect(e catalog.Errors, tree any) refusal {
	c := collector{errors: e}
	c.walk("", tree, 0)
	slices.SortStableFunc(c.messages, func(a, b found) int { return b.depth - a.depth })
	slices.SortStableFunc(c.codes, func(a, b found) int { return a.depth - b.depth })
	return refusal{messages: texts(c.messages), codes: texts(c.codes)}
}

type found struct {
	text  string
	depth int
}

type collector struct {
	errors          catalog.Errors
	messages, codes []found
}

func (c *collector) walk(parent string, v any, depth int) {
	switch v := v.(type) {
	case []any:
		for _, m := range v {
			c.walk(parent, m, depth+1)
		}
	case map[string]any:
		for _, name := range sortedKeys(v) {
			text, scalar := scalar(v[name])
			if !scalar {
				c.walk(name, v[name], depth+1)
				continue
			}
			if named(c.errors.Messages, parent, name) {
				c.messages = append(c.messages, found{text, depth})
			}
			if named(c.errors.Codes, parent, name) {
				c.codes = append(c.codes, found{text, depth})
			}
		}
	}
}

// texts returns each text once, without blank ones.
func texts(list []found) []string {
	var out []string
	for _, f := range list {
		if text := strings.TrimSpace(f.text); text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
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
