package check

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/specs/schema"
)

// literalWords names what a literal is.
func literalWords(l any) string {
	switch v := l.(type) {
	case nil:
		return "nothing"
	case bool:
		return fmt.Sprint(v)
	case json.Number:
		return "the number " + clip(v.String())
	default:
		return "text"
	}
}

func (c *checker) assignLiteral(l any, s slot) {
	switch v := l.(type) {
	case nil:
		c.at(s.at, errNull(s.what))
	case bool:
		if s.typ.Kind != schema.Bool && s.typ.Kind != schema.Any {
			c.at(s.at, errWrongType(words(s.typ), literalWords(l), quoteHint(s.typ, fmt.Sprint(v))))
		}
	case json.Number:
		c.literalNumber(v, s)
	case string:
		c.literalText(v, s)
	}
}

func quoteHint(t schema.Type, text string) string {
	if t.Kind == schema.String {
		return fmt.Sprintf("put it in quotes: %q", text)
	}
	return ""
}

func (c *checker) literalNumber(n json.Number, s slot) {
	d, err := decimal.Parse(n.String())
	switch {
	case s.typ.Kind == schema.Any:
	case err != nil || s.typ.Kind != schema.Int && s.typ.Kind != schema.Decimal:
		c.at(s.at, errWrongType(words(s.typ), literalWords(n), quoteHint(s.typ, n.String())))
	case s.typ.Kind == schema.Int && d.Places() > 0:
		c.at(s.at, errWrongType(words(s.typ), literalWords(n), ""))
	case s.typ.Scale > 0 && int(d.Places()) > s.typ.Scale:
		c.at(s.at, errNumberRange(fmt.Sprintf("the number has %d decimal places; at most %d can be sent", d.Places(), s.typ.Scale)))
	case s.typ.Precision > 0 && digits(d) > s.typ.Precision:
		c.at(s.at, errNumberRange(fmt.Sprintf("the number has %d digits; at most %d can be sent", digits(d), s.typ.Precision)))
	}
}

func digits(d decimal.Decimal) int {
	return len(strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(d.Canonical()), "0"))
}

func (c *checker) literalText(text string, s slot) {
	if strings.Contains(text[min(1, len(text)):], "${") {
		c.at(s.at, errTemplateText())
	}
	t := s.typ
	switch t.Kind {
	case schema.Any:
	case schema.String:
		c.literalString(text, s)
	case schema.Date:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			c.at(s.at, errBadDate(t.Kind, c.exprHint(text)))
		}
	case schema.Instant:
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			c.at(s.at, errBadDate(t.Kind, c.exprHint(text)))
		}
	default:
		hint := ""
		switch {
		case c.exprHint(text) != "":
			hint = c.exprHint(text)
		case t.Kind == schema.Bool:
			hint = "write true or false without quotes"
		case t.Kind == schema.Int || t.Kind == schema.Decimal:
			hint = "write the number without quotes"
		}
		c.at(s.at, errWrongType(words(t), "text", hint))
	}
}

// exprHint recognises an expression whose ${ } was forgotten.
func (c *checker) exprHint(text string) string {
	if name, _, _ := strings.Cut(text, "."); c.all[name] == "" {
		return ""
	}
	return "write ${" + clip(text) + "} if it is an expression"
}

func (c *checker) literalString(text string, s slot) {
	switch n := utf8.RuneCountInString(text); {
	case len(s.typ.Enum) > 0 && !slices.Contains(s.typ.Enum, text):
		c.at(s.at, errWrongEnum(text, s.typ.Enum))
	case s.typ.MaxLength > 0 && n > s.typ.MaxLength:
		c.at(s.at, errTooLong(n, s.typ.MaxLength))
	default:
		c.literalID(s)
	}
}

// literalID warns of a text that stands in the plan where an id of the vendor goes.
func (c *checker) literalID(s slot) {
	switch {
	case len(s.typ.AnyOf) > 0:
		c.at(s.at, errLiteralID(strings.Join(s.typ.AnyOf, " or ")))
	case s.typ.Nominal != "" && c.isVendorID(s.typ.Nominal):
		c.at(s.at, errLiteralID(s.typ.Nominal))
	}
}

// isVendorID tells ids that a vendor gives from codes that people choose or know, such as
// a tax type, which is the key of its record all the same.
func (c *checker) isVendorID(nominal string) bool {
	o, ok := c.cat.Object(objectOf(nominal))
	return ok && o.Key != "" && short(nominal) == o.Key && !slices.Contains(o.Natural, o.Key)
}
