package rules

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// amount is a number as a goal states it.
type amount struct {
	value decimal.Decimal
	sign  string // currency sign or code written before it, "NZ$"
	// odd says that readers of different countries read different numbers: 5.000.
	odd bool
}

// numerals are the words for numbers.
var numerals = struct{ small, tens, scales map[string]int64 }{
	small: map[string]int64{
		"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
		"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
		"seventeen": 17, "eighteen": 18, "nineteen": 19,
	},
	tens: map[string]int64{
		"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
	},
	scales: map[string]int64{"hundred": 100, "thousand": 1000, "k": 1000, "million": 1000000, "m": 1000000},
}

// currencies are the ISO 4217 codes in use. A spec that lists codes adds its own.
const currencies = `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF
IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT
MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR
SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST
XAF XCD XOF XPF YER ZAR ZMW ZWG`

// lexical decides the classes that need no catalog: number, quoted and code.
func lexical(class string, tokens []token, i int) []found {
	t := tokens[i]
	switch class {
	case "number":
		if a, n, ok := numberAt(tokens, i); ok {
			return []found{{n, a}}
		}
	case "quoted":
		if t.kind == quoted {
			return []found{{1, t.text}}
		}
	case "code":
		// An account code is digits, perhaps with letters or a point: 200, 4-1000, S200.
		if t.kind == quoted || (t.sign == "" && strings.ContainsAny(t.text, "0123456789")) {
			return []found{{1, t.text}}
		}
	}
	return nil
}

// numberAt reads a number at token i, in digits or in words up to a hundred, each
// perhaps followed by thousand or million.
func numberAt(tokens []token, i int) (amount, int, bool) {
	t := tokens[i]
	var a amount
	n := 1
	switch t.kind {
	case number:
		v, err := decimal.Parse(t.value)
		if err != nil {
			return amount{}, 0, false
		}
		_, part, _ := strings.Cut(t.value, ".")
		a = amount{value: v, sign: t.sign, odd: len(part) == 3 && !strings.ContainsAny(t.text, ", kKmM")}
	case word:
		v, used, ok := wordsAt(tokens, i)
		if !ok {
			return amount{}, 0, false
		}
		a, n = amount{value: decimal.FromInt(v)}, used
	default:
		return amount{}, 0, false
	}
	if i+n < len(tokens) && tokens[i+n].kind == word {
		if scale, ok := numerals.scales[tokens[i+n].norm]; ok {
			a.value, n = a.value.Mul(decimal.FromInt(scale)), n+1
		}
	}
	return a, n, true
}

// wordsAt reads "fourteen", "twenty five", "a hundred".
func wordsAt(tokens []token, i int) (value int64, n int, ok bool) {
	w := tokens[i].norm
	next := ""
	if i+1 < len(tokens) {
		next = tokens[i+1].norm
	}
	if v, ok := numerals.small[w]; ok {
		return v, 1, true
	}
	if v, ok := numerals.tens[w]; ok {
		if unit, ok := numerals.small[next]; ok && unit > 0 && unit < 10 {
			return v + unit, 2, true
		}
		return v, 1, true
	}
	if w == "a" && numerals.scales[next] > 1 {
		return 1, 1, true
	}
	return 0, 0, false
}

// loose finds one to three plain words whose meaning only the record knows, such as a
// product family typed without capitals: words that neither the grammar nor the catalog
// uses for anything. The grammar wants it only between fixed words.
func (l *lexicon) loose(tokens []token, i int) []found {
	var out []found
	var text string
	for n := 1; n <= 3 && i+n <= len(tokens); n++ {
		t := tokens[i+n-1]
		if t.kind != word || !strings.ContainsFunc(t.norm, isASCIILetter) || l.literals[t.norm] || l.apis[t.norm] != nil || l.entities[t.norm] != nil {
			break
		}
		text = strings.TrimPrefix(text+" "+t.text, " ")
		out = append(out, found{n, name{text: text}})
	}
	return out
}

// unknown finds one to three words between which the grammar wants a source that it
// cannot name; they lead to a question, never to a value.
func unknown(tokens []token, i int) []found {
	var out []found
	for n := 1; n <= 3 && i+n <= len(tokens) && tokens[i+n-1].kind == word; n++ {
		if slices.Contains([]string{"as", "for", "and", "in", "into", "with", "to", "then", "but"}, tokens[i+n-1].norm) {
			break
		}
		out = append(out, found{n: n})
	}
	return out
}

func isASCIILetter(r rune) bool { return r >= 'a' && r <= 'z' }
