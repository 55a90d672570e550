package xero

import (
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// Texts of refused currencies, believed.
const (
	textCurrencyCode = "The currency code is not valid"
	textCurrencyHeld = "Organisation is already subscribed to currency "
	// textRate is believed; that a rate far from the day's is warned of is documented.
	textRate = "The CurrencyRate differs considerably from the rate of the day"
)

// base is the organisation's own currency.
func (t *Twin) base() string { return str(t.organisation(), "BaseCurrency") }

// writeCurrencies answers PUT of one currency: the organisation subscribes to it.
func (t *Twin) writeCurrencies(tb *table, q *call, _ string) (reply, error) {
	return t.write(tb, q, "", func(in record, _ mode, _ *row) outcome {
		var o outcome
		code := strings.ToUpper(str(in, "Code"))
		switch {
		case len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
			o.add(textCurrencyCode)
		case tb.byID[code] != nil && t.otherwise[doubtCurrencyAgain]:
			o.row = tb.byID[code]
		case tb.byID[code] != nil:
			o.add(textCurrencyHeld + code)
		default:
			rec := record{"Code": code, "Description": str(in, "Description")}
			if rec["Description"] == "" {
				rec["Description"] = code
			}
			t.completeCurrency(rec)
			o.row = t.store(tb, rec, q.client)
		}
		return o
	})
}

// perDollar gives what one US dollar is worth, roughly; enough for a twin to start from.
func perDollar(code string) string {
	switch code {
	case "AUD":
		return "1.5"
	case "CAD":
		return "1.4"
	case "EUR":
		return "0.9"
	case "GBP":
		return "0.8"
	case "JPY":
		return "150"
	case "NZD":
		return "1.7"
	case "SGD":
		return "1.35"
	case "ZAR":
		return "18"
	}
	return "1"
}

// completeCurrency gives a currency a first rate when a world names none.
func (t *Twin) completeCurrency(rec record) {
	code, base := str(rec, "Code"), t.base()
	if rec["Rates"] != nil || code == base {
		return
	}
	rate := quo(decimal.Must(perDollar(code)), decimal.Must(perDollar(base)), 6)
	rec["Rates"] = []any{record{"Date": t.made.Format(dayLayout), "Rate": number(rate, 10)}}
}

// rateOn is how many units of a currency one unit of the base currency is worth: the
// last rate known on the day, or the first one known at all.
func (t *Twin) rateOn(code, day string) decimal.Decimal {
	one := decimal.FromInt(1)
	at := t.tables["Currencies"].byID[code]
	if at == nil || code == t.base() {
		return one
	}
	rates, _ := at.rec["Rates"].([]any)
	var found, first record
	for _, e := range rates {
		r, _ := e.(record)
		if first == nil || str(r, "Date") < str(first, "Date") {
			first = r
		}
		if str(r, "Date") <= day && (found == nil || str(r, "Date") >= str(found, "Date")) {
			found = r
		}
	}
	if found == nil {
		found = first
	}
	if rate := toDecimal(found["Rate"]); rate.Sign() > 0 {
		return rate
	}
	return one
}

// fixRate gives a document the rate that goes with its currency: 1 in the base currency,
// else the one sent, the one it had, or that of its day. It says whether a rate that was
// sent looks wrong: less than half or more than twice the day's, which is believed.
func (t *Twin) fixRate(rec, in, stored record) (odd bool) {
	code, sent := str(rec, "CurrencyCode"), toDecimal(in["CurrencyRate"])
	day := t.rateOn(code, str(rec, "Date"))
	switch {
	case code == t.base():
		rec["CurrencyRate"] = number(decimal.FromInt(1), 10)
	case sent.Sign() > 0:
		rec["CurrencyRate"] = number(sent, 10)
		return sent.Add(sent).Cmp(day) < 0 || sent.Cmp(day.Add(day)) > 0
	case stored != nil && str(stored, "CurrencyCode") == code:
		rec["CurrencyRate"] = stored["CurrencyRate"]
	default:
		rec["CurrencyRate"] = number(day, 10)
	}
	return false
}
