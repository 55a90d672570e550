package arazzo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// pair is a member of an object whose order is for people.
type pair struct {
	key   string
	value any // pairs, []any, string, json.Number, int, bool or nil
}

type pairs []pair

// say appends a text unless it is empty.
func (p *pairs) say(key, text string) {
	if text != "" {
		*p = append(*p, pair{key, text})
	}
}

// list appends a list unless it is empty.
func (p *pairs) list(key string, items []any) {
	if len(items) > 0 {
		*p = append(*p, pair{key, items})
	}
}

// MarshalJSON keeps the order of the members.
func (p pairs) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(m.key)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// write prints a tree in block style. Texts that could be read as anything but text are
// quoted.
func write(tree pairs) []byte {
	var b bytes.Buffer
	writeMembers(&b, tree, "")
	return b.Bytes()
}

func writeMembers(b *bytes.Buffer, p pairs, indent string) {
	for i, m := range p {
		if i > 0 {
			b.WriteString(indent)
		}
		b.WriteString(scalar(m.key) + ":")
		writeValue(b, m.value, indent)
	}
}

// writeValue prints what follows a key.
func writeValue(b *bytes.Buffer, v any, indent string) {
	switch v := v.(type) {
	case pairs:
		if len(v) == 0 {
			b.WriteString(" {}\n")
			return
		}
		b.WriteString("\n" + indent + "  ")
		writeMembers(b, v, indent+"  ")
	case []any:
		if len(v) == 0 {
			b.WriteString(" []\n")
			return
		}
		b.WriteByte('\n')
		for _, item := range v {
			b.WriteString(indent + "  -")
			writeItem(b, item, indent+"    ")
		}
	default:
		b.WriteString(" " + scalar(v) + "\n")
	}
}

// writeItem prints what follows a dash.
func writeItem(b *bytes.Buffer, v any, indent string) {
	switch v := v.(type) {
	case pairs:
		if len(v) > 0 {
			b.WriteByte(' ')
			writeMembers(b, v, indent)
			return
		}
		b.WriteString(" {}\n")
	case []any:
		writeValue(b, v, indent)
	default:
		b.WriteString(" " + scalar(v) + "\n")
	}
}

// plain is text that no reader of YAML takes for anything else. Words that one version or
// another reads as truth, nothing or a number are left out below.
var plain = regexp.MustCompile(`^[A-Za-z./][A-Za-z0-9_./()-]*( [A-Za-z0-9_./()-]+)*$`)

var taken = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|\.nan|\.inf|\.)$|^\.[0-9]`)

func scalar(v any) string {
	s, ok := v.(string)
	switch {
	case !ok && v == nil:
		return "null"
	case !ok:
		return fmt.Sprint(v)
	case plain.MatchString(s) && !taken.MatchString(s):
		return s
	}
	return quote(s)
}

// quote writes a text as JSON does, with everything escaped that cannot be printed: beyond
// 16 bits in the way of YAML, which does not know pairs of surrogates.
func quote(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // unreachable: text always encodes
	}
	var out strings.Builder
	for _, r := range strings.TrimSuffix(b.String(), "\n") {
		switch {
		case unicode.IsPrint(r):
			out.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&out, `\U%08x`, r)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}
