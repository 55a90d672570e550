package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/schema"
)

// moneyNames are signs and names of money that stand for one currency.
var moneyNames = map[string]string{
	"£": "GBP", "€": "EUR", "₹": "INR", "nz$": "NZD", "au$": "AUD", "a$": "AUD", "us$": "USD", "ca$": "CAD", "c$": "CAD", "s$": "SGD", "hk$": "HKD",
	"pounds": "GBP", "pounds sterling": "GBP", "euros": "EUR", "us dollars": "USD", "australian dollars": "AUD", "new zealand dollars": "NZD",
}

// currencyTerm accounts for a currency in a comparison: where records carry one it is
// compared too, where they do not the note says that amounts are compared as they are.
func (d *drafter) currencyTerm(v, written, said string, say func(expr, note string)) string {
	code := moneyNames[strings.ToLower(written)]
	if code == "" && len(written) == 3 && d.lex.codes[written] {
		code = written
	}
	f, ok := currencyField(d.source)
	switch {
	case !ok:
		d.remark("%s carries no currency, so %q is compared as a plain number.", sentence(human(d.source)), said)
		return fmt.Sprintf("; %s carries no currency, so %s is not compared", human(d.source), written)
	case code == "":
		d.problem(ask(codeNumber, said, nil, "Which currency does %q stand for?", written))
		return ""
	}
	say(fmt.Sprintf("%s == %s", d.field(v, f).or(`""`), celText(code)), fromWords(said, f.Name+" is "+code))
	return ""
}

// currencyField is the field that holds a record's currency code.
func currencyField(o *schema.Object) (schema.Field, bool) {
	for _, f := range o.Fields {
		w := words(f.Name)
		if f.Type.Kind == schema.String && w[0] == "currency" && (len(w) == 1 || slices.Contains([]string{"code", "iso"}, w[1])) {
			return f, true
		}
	}
	return schema.Field{}, false
}
