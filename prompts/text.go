package prompts

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How many characters of one text of others are shown to a model.
const (
	maxData  = 160
	maxWords = 400
)

// Data is text that others wrote: a vendor's description, a record's name. Printed, by a
// template or anything else, it is clean, on one line, cut and in double quotes; a
// template has no way to print it raw.
type Data string

// String implements fmt.Stringer.
func (d Data) String() string { return strconv.Quote(Clean(string(d), maxData)) }

// Words is [Data] that may be longer: a finding, which quotes what it is about.
type Words string

// String implements fmt.Stringer.
func (w Words) String() string { return strconv.Quote(Clean(string(w), maxWords)) }

// Name is what a spec calls something: "xero.createInvoices". One that is not made of
// letters, digits and the few marks of full names is printed as [Data].
type Name string

var plainName = regexp.MustCompile(`^[A-Za-z0-9_.()-]{1,120}$`)

// String implements fmt.Stringer.
func (n Name) String() string {
	if plainName.MatchString(string(n)) {
		return string(n)
	}
	return Data(n).String()
}

// Clean returns text that a person can be shown without being misled: on one line, white
// space levelled, without characters that a reader cannot see, at most limit characters.
func Clean(s string, limit int) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case r == utf8.RuneError || hidden(r):
		default:
			b.WriteRune(r)
		}
	}
	out := strings.Join(strings.Fields(b.String()), " ")
	if r := []rune(out); len(r) > limit {
		out = strings.TrimSpace(string(r[:max(limit-1, 0)])) + "…"
	}
	return out
}

// link is an address within a text, up to the next blank.
var link = regexp.MustCompile(`(?i)(?:\b[a-z][a-z0-9+.-]*:)?//\S*|\bwww\.\S*|\b(?:mailto|javascript|data):\S*|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/\S*`)

// Plain returns a model's text as a person may be shown it: clean, at most limit
// characters, without addresses of pages.
func Plain(s string, limit int) string {
	return Clean(link.ReplaceAllString(Clean(s, 10*limit), "(address left out)"), limit)
}

// Unseen returns the first character that a reader of the text cannot see: controls other
// than line breaks and tabs, direction marks, zero-width and private-use characters,
// blanks that count as letters, and broken encoding.
func Unseen(s string) (r rune, found bool) {
	for _, r := range s {
		if r == '\n' || r == '\r' || r == '\t' {
			continue
		}
		if r == utf8.RuneError || hidden(r) {
			return r, true
		}
	}
	return 0, false
}

func hidden(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800': // letters that look like nothing
		return true
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Variation_Selector)
}
