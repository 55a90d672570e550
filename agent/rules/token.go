package rules

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind tells tokens apart.
type kind int

const (
	word   kind = iota // letters, and whatever clings to them
	number             // digits, perhaps with a currency sign and a k or m
	quoted             // text in quotation marks
	mark               // one character of punctuation
)

// token is one piece of a goal. Several tokens may come from one written word:
// "don't" gives "do" and "not".
type token struct {
	kind kind
	text string // as written; without its marks for quoted text
	norm string // what rules compare: lower case, plain apostrophes
	// value is the plain digits of a number, and sign the currency sign before it.
	value, sign string
	from, to    int // bytes of the goal
}

// capital reports whether the token was written with a capital letter or a digit first,
// as names of stages and families are.
func (t token) capital() bool {
	r, _ := utf8.DecodeRuneInString(t.text)
	return unicode.IsUpper(r) || unicode.IsDigit(r)
}

// patterns are the forms of numbers.
var patterns = struct{ sign, grouped, plain *regexp.Regexp }{
	sign:    regexp.MustCompile(`^(?:[A-Za-z]{0,3}[$£€¥₹][ \x{a0}]?|[A-Z]{3})`),
	grouped: regexp.MustCompile(`^\d{1,3}(?:[, \x{a0}\x{202f}\x{2009}]\d{3})+(?:\.\d+)?`),
	plain:   regexp.MustCompile(`^\d+(?:\.\d+)?`),
}

// contractions are written words that stand for two.
var contractions = map[string][2]string{
	"don't": {"do", "not"}, "dont": {"do", "not"}, "doesn't": {"does", "not"},
	"won't": {"will", "not"}, "shouldn't": {"should", "not"}, "mustn't": {"must", "not"},
	"can't": {"can", "not"}, "cannot": {"can", "not"}, "isn't": {"is", "not"},
	"aren't": {"are", "not"}, "hasn't": {"has", "not"}, "i'd": {"i", "would"},
	"we'd": {"we", "would"}, "i'll": {"i", "will"}, "we'll": {"we", "will"},
}

// unseen returns the first character that a reader of the goal cannot see: controls,
// direction marks, zero-width characters, private-use ones and broken encoding.
func unseen(s string) (rune, bool) {
	for _, r := range s {
		if r == '\n' || r == '\r' || r == '\t' {
			continue
		}
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Variation_Selector) {
			return r, true
		}
	}
	return 0, false
}

// tokenize cuts a goal into tokens. Nothing but white space and the hyphens inside
// words is dropped.
func tokenize(s string) []token {
	var out []token
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.IsSpace(r):
			i += size
		case isQuote(r) && closing(s, i, r) > 0:
			end := closing(s, i, r)
			_, closeSize := utf8.DecodeLastRuneInString(s[:end])
			text := strings.TrimSpace(s[i+size : end-closeSize])
			out = append(out, token{kind: quoted, text: text, norm: strings.ToLower(text), from: i, to: end})
			i = end
		case startsNumber(s[i:]):
			t, n := scanNumber(s[i:])
			t.from, t.to = i, i+n
			out = append(out, t)
			i += n
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			n := wordLength(s[i:])
			out = append(out, splitWord(s[i:i+n], i)...)
			i += n
		case isHyphen(r) && joins(s, i, size):
			i += size
		default:
			out = append(out, token{kind: mark, text: s[i : i+size], norm: apostrophe(s[i : i+size]), from: i, to: i + size})
			i += size
		}
	}
	return out
}

func isQuote(r rune) bool { return strings.ContainsRune(`"“”'‘«`, r) }

func isHyphen(r rune) bool { return strings.ContainsRune("-‐‑–", r) }

// joins reports whether the hyphen at i stands between two letters or digits.
func joins(s string, i, size int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i+size:])
	return i > 0 && (unicode.IsLetter(before) || unicode.IsDigit(before)) && (unicode.IsLetter(after) || unicode.IsDigit(after))
}

// closing returns the byte after the mark that closes the quotation opened at i, or 0.
func closing(s string, i int, open rune) int {
	ends := map[rune]string{'"': `"”`, '“': `"”`, '”': `"”`, '\'': `'’`, '‘': `'’`, '«': "»"}[open]
	if i > 0 && open == '\'' {
		if before, _ := utf8.DecodeLastRuneInString(s[:i]); unicode.IsLetter(before) || unicode.IsDigit(before) {
			return 0
		}
	}
	start := i + utf8.RuneLen(open)
	for j, r := range s[start:] {
		if !strings.ContainsRune(ends, r) || strings.TrimSpace(s[start:start+j]) == "" {
			continue
		}
		end := start + j + utf8.RuneLen(r)
		after, _ := utf8.DecodeRuneInString(s[end:])
		if (r == '\'' || r == '’') && (unicode.IsLetter(after) || unicode.IsDigit(after)) {
			continue // an apostrophe inside the quotation
		}
		return end
	}
	return 0
}

// startsNumber reports whether digits come next, perhaps after a currency sign or code.
func startsNumber(s string) bool {
	rest := s[len(patterns.sign.FindString(s)):]
	return rest != "" && rest[0] >= '0' && rest[0] <= '9'
}

// scanNumber reads one number and returns its length in bytes. Digits that run into
// letters other than k and m are a word: no rule knows "2nd" or "5e3".
func scanNumber(s string) (token, int) {
	sign := patterns.sign.FindString(s)
	rest := s[len(sign):]
	digits := patterns.grouped.FindString(rest)
	if digits == "" || nextIsDigit(rest[len(digits):]) {
		digits = patterns.plain.FindString(rest)
	}
	n := len(sign) + len(digits)
	value := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || r == '.' {
			return r
		}
		return -1
	}, digits)
	tail := s[n:]
	for suffix, zeros := range map[string]int{"k": 3, "K": 3, "m": 6, "M": 6} {
		if strings.HasPrefix(tail, suffix) && wordLength(tail) == 1 {
			value, n, tail = shift(value, zeros), n+1, tail[1:]
			break
		}
	}
	if l := wordLength(tail); l > 0 {
		return token{kind: word, text: s[:n+l], norm: strings.ToLower(s[:n+l])}, n + l
	}
	return token{kind: number, text: s[:n], norm: value, value: value, sign: strings.TrimSpace(sign)}, n
}

func nextIsDigit(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }

// shift multiplies plain digits by a power of ten.
func shift(value string, zeros int) string {
	whole, part, _ := strings.Cut(value, ".")
	part += strings.Repeat("0", max(zeros-len(part), 0))
	whole, part = whole+part[:zeros], part[zeros:]
	if part != "" {
		whole += "." + part
	}
	return whole
}

// wordLength counts the bytes of the word at the start of s, apostrophes inside it
// included.
func wordLength(s string) int {
	n := 0
	for i, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_':
			n = i + utf8.RuneLen(r)
		case (r == '\'' || r == '’') && n == i && i > 0:
			after, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if !unicode.IsLetter(after) {
				return n
			}
		default:
			return n
		}
	}
	return n
}

// apostrophe brings text into the form that rules compare.
func apostrophe(s string) string { return strings.ReplaceAll(strings.ToLower(s), "’", "'") }

// splitWord undoes contractions and sets possessive endings apart.
func splitWord(text string, at int) []token {
	norm := apostrophe(text)
	if two, ok := contractions[norm]; ok {
		return []token{
			{text: text, norm: two[0], from: at, to: at + len(text)},
			{text: text, norm: two[1], from: at, to: at + len(text)},
		}
	}
	if cut, ok := strings.CutSuffix(norm, "'s"); ok {
		head := text[:len(text)-len(text[strings.LastIndexAny(text, "'’"):])]
		return []token{
			{text: head, norm: cut, from: at, to: at + len(head)},
			{text: text[len(head):], norm: "'s", from: at + len(head), to: at + len(text)},
		}
	}
	return []token{{text: text, norm: norm, from: at, to: at + len(text)}}
}
