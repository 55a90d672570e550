package rules

import (
	"slices"

	"github.com/planwright/planwright/specs/schema"
)

// moneyNames are signs and names of money that stand for one currency.
var moneyNames = map[string]string{
	"£": "GBP", "€": "EUR", "₹": "INR", "nz$": "NZD", "au$": "AUD", "a$": "AUD", "us$": "USD", "ca$": "CAD", "c$": "CAD", "s$": "SGD", "hk$": "HKD",
	"pounds": "GBP", "pounds sterling": "GBP", "euros": "EUR", "us dollars": "USD", "australian dollars": "AUD", "new zealand dollars": "NZD",
}

// currencyNote accounts for a currency in a comparison: amounts are compared as they are.
// The field that holds a record's currency is not read for it, because organisations with
// one currency do not have the field.
func (d *drafter) currencyNote(written, said string) string {
	d.remark("%q is compared with amounts as they are; %s in them is not compared with the currency of the %s.", said, written, human(d.source))
	return "; " + written + " is not compared"
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
