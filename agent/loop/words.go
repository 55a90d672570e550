package loop

import (
	"strings"
	"unicode"
)

// words are the words of a text, lower case, without the s of a plural.
func words(s string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(w) > 3 && !strings.HasSuffix(w, "ss") {
			w = strings.TrimSuffix(w, "s")
		}
		out[w] = true
	}
	return out
}

// split sets the words of a name apart: "OpportunityLineItem" is "Opportunity Line Item".
func split(name string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(last) || unicode.IsDigit(r) != unicode.IsDigit(last) {
			b.WriteByte(' ')
		}
		if r == '_' || r == '.' {
			r = ' '
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}
