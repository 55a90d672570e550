package plan

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// lineWidth is how wide a map or list may be to stand on one line.
const lineWidth = 76

// YAML prints the plan for people, in the order they read it. The text parses back to
// the same digest.
func (p *Plan) YAML() []byte {
	pr := &printer{}
	pr.members(p.tree(), 0, false)
	return []byte(pr.b.String())
}

type printer struct{ b strings.Builder }

// members prints a map in block form. When first is set the cursor already stands where
// the first key belongs (after "- ").
func (p *printer) members(m pairs, indent int, first bool) {
	for i, kv := range m {
		if i > 0 || !first {
			p.b.WriteString(strings.Repeat(" ", indent))
		}
		p.b.WriteString(scalarText(kv.key, false))
		p.b.WriteByte(':')
		p.below(kv.value, indent, indent+len(kv.key)+2)
	}
}

// below prints the value of a key or list mark that stands at indent: on the same line
// when it is short, else on the following ones.
func (p *printer) below(v any, indent, used int) {
	if line, ok := oneLine(v, lineWidth-used); ok {
		p.b.WriteByte(' ')
		p.b.WriteString(line)
		p.b.WriteByte('\n')
		return
	}
	p.b.WriteByte('\n')
	switch v := v.(type) {
	case pairs:
		p.members(v, indent+2, false)
	case []any:
		p.items(v, indent+2)
	}
}

func (p *printer) items(list []any, indent int) {
	for _, item := range list {
		p.b.WriteString(strings.Repeat(" ", indent))
		p.b.WriteString("-")
		m, isMap := item.(pairs)
		if _, short := oneLine(item, lineWidth-indent-2); isMap && !short {
			p.b.WriteByte(' ')
			p.members(m, indent+2, true)
			continue
		}
		p.below(item, indent, indent+2)
	}
}

// oneLine prints scalars, and maps and lists of scalars that fit the width.
func oneLine(v any, width int) (string, bool) {
	var parts []string
	braces := "{}"
	switch v := v.(type) {
	case pairs:
		for _, kv := range v {
			if !isScalar(kv.value) {
				return "", false
			}
			parts = append(parts, scalarText(kv.key, true)+": "+scalarText(kv.value, true))
		}
	case []any:
		braces = "[]"
		for _, item := range v {
			if !isScalar(item) {
				return "", false
			}
			parts = append(parts, scalarText(item, true))
		}
	default:
		return scalarText(v, false), true
	}
	line := braces[:1] + strings.Join(parts, ", ") + braces[1:]
	return line, len(line) <= width || len(parts) == 0
}

func isScalar(v any) bool {
	switch v.(type) {
	case pairs, []any:
		return false
	}
	return true
}

// scalarText prints a scalar; flow says that it stands inside { } or [ ].
func scalarText(v any, flow bool) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case string:
		if needsQuotes(v, flow) {
			return quote(v)
		}
		return v
	default:
		panic(fmt.Sprintf("plan: a literal of type %T", v)) // broken invariant: Value.Literal
	}
}

// plainText matches text that every YAML reader takes as it stands: it begins with a
// letter, / or ${, and holds nothing that could be a mark.
var plainText = regexp.MustCompile(`^(\$\{|[A-Za-z/])[^\x00-\x1f\x7f-\x{a0}]*$`)

// flowText matches what is plain inside { } and [ ] as well.
var flowText = regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./ -]*$`)

// needsQuotes errs on the side of quotes; words that YAML 1.1 readers take for values
// are quoted as well, so that no other tool misreads a plan.
func needsQuotes(s string, flow bool) bool {
	if !plainText.MatchString(s) || strings.HasSuffix(s, " ") || strings.HasSuffix(s, ":") {
		return true
	}
	if strings.Contains(s, ": ") || strings.Contains(s, " #") {
		return true
	}
	if flow && !flowText.MatchString(s) {
		return true
	}
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return true
	}
	return strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// quote writes text in double quotes with the escapes that JSON and YAML share.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == ' ' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
