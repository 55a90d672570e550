package salesforce

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/decimal"
)

// tokenKind is the kind of a SOQL token.
type tokenKind string

const (
	tokEnd      tokenKind = "end"
	tokName     tokenKind = "name" // a word, or words joined by points
	tokString   tokenKind = "string"
	tokNumber   tokenKind = "number"
	tokDate     tokenKind = "date"
	tokDateTime tokenKind = "datetime"
	tokSign     tokenKind = "sign"    // operator, bracket or comma
	tokSpan     tokenKind = "literal" // a span of days, LAST_N_DAYS:30; those without a number are names
)

// token is one token; pos is its byte offset in the query.
type token struct {
	kind tokenKind
	text string // of a string: what stands between the quotes, escapes and all
	pos  int
}

// maxQuery is the longest statement, in characters.
const maxQuery = 100000

// malformed refuses a query and shows the place, as the vendor does: the text around
// it, a caret below, then row and column from 1.
func malformed(src string, pos int, code, format string, args ...any) *apiError {
	before := src[:min(pos, len(src))]
	row := strings.Count(before, "\n") + 1
	start := strings.LastIndexByte(before, '\n') + 1
	column := utf8.RuneCountInString(before[start:]) + 1
	line, _, _ := strings.Cut(src[start:], "\n")
	shown, caret := window(line, column)
	message := fmt.Sprintf("\n%s\n%s^\nERROR at Row:%d:Column:%d\n%s", shown, strings.Repeat(" ", caret), row, column, fmt.Sprintf(format, args...))
	return badRequest(code, message)
}

// window cuts a long line around a column and says where in the cut the column is.
func window(line string, column int) (string, int) {
	const around = 30
	runes := []rune(line)
	from := max(0, min(column-1, len(runes))-around)
	to := min(len(runes), column-1+around)
	return string(runes[from:to]), max(0, column-1-from)
}

var (
	spanForm     = regexp.MustCompile(`^[A-Za-z_]+:\d+`)
	nameForm     = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*`)
	literalForm  = regexp.MustCompile(`^[+-]?[0-9][0-9A-Za-z:.+-]*`)
	dateForm     = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)
	dateTimeForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}T`)
)

// lex splits a query into tokens, the last of kind tokEnd.
func lex(src string) ([]token, *apiError) {
	if len(src) > maxQuery && utf8.RuneCountInString(src) > maxQuery {
		return nil, badRequest("MALFORMED_QUERY", fmt.Sprintf("SOQL statements cannot be longer than %d characters.", maxQuery))
	}
	if !utf8.ValidString(src) {
		return nil, badRequest("MALFORMED_QUERY", "the query is not UTF-8 text")
	}
	var out []token
	for pos := 0; pos < len(src); {
		switch src[pos] {
		case ' ', '\t', '\n', '\r':
			pos++
			continue
		case '\'':
			t, refusal := lexString(src, pos)
			if refusal != nil {
				return nil, refusal
			}
			out = append(out, t)
			pos += len(t.text) + 2
			continue
		}
		t, refusal := lexPlain(src, pos)
		if refusal != nil {
			return nil, refusal
		}
		out = append(out, t)
		pos += len(t.text)
	}
	return append(out, token{kind: tokEnd, pos: len(src)}), nil
}

func lexString(src string, pos int) (token, *apiError) {
	for i := pos + 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '\'':
			return token{kind: tokString, text: src[pos+1 : i], pos: pos}, nil
		}
	}
	return token{}, malformed(src, pos, "MALFORMED_QUERY", "unterminated string: a quote is opened here and not closed")
}

func lexPlain(src string, pos int) (token, *apiError) {
	rest := src[pos:]
	if s := spanForm.FindString(rest); s != "" {
		return token{kind: tokSpan, text: s, pos: pos}, nil
	}
	if s := nameForm.FindString(rest); s != "" {
		return token{kind: tokName, text: s, pos: pos}, nil
	}
	if s := literalForm.FindString(rest); s != "" {
		return lexLiteral(src, s, pos)
	}
	for _, sign := range []string{"!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","} {
		if strings.HasPrefix(rest, sign) {
			return token{kind: tokSign, text: sign, pos: pos}, nil
		}
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return token{}, malformed(src, pos, "MALFORMED_QUERY", "unexpected token: '%c'", r)
}

func lexLiteral(src, s string, pos int) (token, *apiError) {
	switch {
	case dateForm.MatchString(s):
		if t, err := time.Parse(time.DateOnly, s); err == nil && t.Year() >= 1700 && t.Year() <= 4000 {
			return token{kind: tokDate, text: s, pos: pos}, nil
		}
	case dateTimeForm.MatchString(s):
		if _, ok := parseInstant(s); ok {
			return token{kind: tokDateTime, text: s, pos: pos}, nil
		}
	default:
		if _, err := decimal.Parse(s); err == nil {
			return token{kind: tokNumber, text: s, pos: pos}, nil
		}
	}
	return token{}, malformed(src, pos, "MALFORMED_QUERY", "invalid date, datetime or number: %s", s)
}

// pattern is one character of a string literal; wild is '%' or '_' where a LIKE
// operand has that wildcard, else zero.
type pattern struct {
	r    rune
	wild byte
}

// unescape reads the escapes of a string literal. The wildcards of LIKE may be escaped
// only there; any other backslash is an error.
func unescape(src string, t token, like bool) ([]pattern, *apiError) {
	var out []pattern
	rs := []rune(t.text)
	for i := 0; i < len(rs); i++ {
		r := rs[i]
		if r != '\\' {
			wild := byte(0)
			if like && (r == '%' || r == '_') {
				wild = byte(r)
			}
			out = append(out, pattern{r, wild})
			continue
		}
		i++ // the lexer lets no literal end in a lone backslash
		plain, used, ok := unescapeOne(rs[i:], like)
		if !ok {
			return nil, malformed(src, t.pos, "MALFORMED_QUERY", "illegal character sequence '\\%c' in string literal", rs[i])
		}
		out = append(out, pattern{r: plain})
		i += used - 1
	}
	return out, nil
}

// unescapeOne reads what follows a backslash and says how many runes that was.
func unescapeOne(rs []rune, like bool) (plain rune, used int, ok bool) {
	switch rs[0] {
	case 'n', 'N':
		return '\n', 1, true
	case 'r', 'R':
		return '\r', 1, true
	case 't', 'T':
		return '\t', 1, true
	case 'b', 'B':
		return '\b', 1, true
	case 'f', 'F':
		return '\f', 1, true
	case '"', '\'', '\\':
		return rs[0], 1, true
	case '%', '_':
		return rs[0], 1, like
	case 'u', 'U':
		return unescapeUnicode(rs)
	}
	return 0, 0, false
}

func unescapeUnicode(rs []rune) (plain rune, used int, ok bool) {
	if len(rs) < 5 {
		return 0, 0, false
	}
	for _, r := range rs[1:5] {
		d := strings.IndexRune("0123456789abcdef", lowerRune(r))
		if d < 0 {
			return 0, 0, false
		}
		plain = plain*16 + rune(d)
	}
	return plain, 5, true
}

func lowerRune(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r - 'A' + 'a'
	}
	return r
}

func textOf(ps []pattern) string {
	var b strings.Builder
	for _, p := range ps {
		b.WriteRune(p.r)
	}
	return b.String()
}
