package check

import (
	"strings"
	"unicode"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/specs/schema"
)

// words names a type for a person, with its article.
func words(t schema.Type) string {
	switch t.Kind {
	case schema.String:
		switch {
		case t.Nominal != "":
			return "a " + t.Nominal
		case len(t.Enum) > 0:
			return "one of the values the API lists"
		}
		return "text"
	case schema.Int:
		return "a whole number"
	case schema.Decimal:
		return "a number"
	case schema.Bool:
		return "true or false"
	case schema.Date:
		return "a date"
	case schema.Instant:
		return "an instant"
	case schema.List:
		if t.Elem == nil {
			return "a list"
		}
		return "a list of " + strings.TrimPrefix(strings.TrimPrefix(words(*t.Elem), "an "), "a ")
	case schema.Map:
		return "a map"
	case schema.ObjectK:
		return "a " + t.Ref
	case schema.Any:
		return "a value without a type"
	}
	return "a value"
}

// exprWords names the type of an expression.
func exprWords(t expr.Type) string {
	if t.Optional {
		return words(t.Type) + " that may be absent"
	}
	return words(t.Type)
}

// objectOf returns the object that a nominal id or code belongs to:
// "xero.Contact" for "xero.Contact.ContactID".
func objectOf(nominal string) string { return nominal[:max(strings.LastIndexByte(nominal, '.'), 0)] }

// short returns the last part of a full name.
func short(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// apiOf returns the API of a full name.
func apiOf(name string) string {
	api, _, _ := strings.Cut(name, ".")
	return api
}

// LimitNames returns what limits call an object, "credit_note", and what a plan calls the
// limits on creating it: how many a day, "credit_notes_per_day", and how much each,
// "amount_per_credit_note".
func LimitNames(object string) (noun, perDay, amount string) {
	var b strings.Builder
	for i, r := range short(object) {
		if unicode.IsUpper(r) && i > 0 {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	noun = b.String()
	return noun, noun + "s_per_day", "amount_per_" + noun
}
