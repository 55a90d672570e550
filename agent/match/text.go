package match

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// plainLetters are letters with marks and ligatures, and what they are written as
// without.
var plainLetters = map[rune]string{
	'à': "a", 'á': "a", 'â': "a", 'ã': "a", 'ä': "a", 'å': "a", 'ā': "a", 'ă': "a", 'ą': "a", 'æ': "ae", 'ç': "c", 'ć': "c", 'č': "c",
	'ď': "d", 'đ': "d", 'ð': "d", 'è': "e", 'é': "e", 'ê': "e", 'ë': "e", 'ē': "e", 'ė': "e", 'ę': "e", 'ě': "e", 'ğ': "g", 'ģ': "g",
	'ì': "i", 'í': "i", 'î': "i", 'ï': "i", 'ī': "i", 'į': "i", 'ı': "i", 'ķ': "k", 'ļ': "l", 'ľ': "l", 'ł': "l", 'ñ': "n", 'ń': "n",
	'ň': "n", 'ņ': "n", 'ò': "o", 'ó': "o", 'ô': "o", 'õ': "o", 'ö': "o", 'ø': "o", 'ō': "o", 'ő': "o", 'œ': "oe", 'ŕ': "r", 'ř': "r",
	'ś': "s", 'š': "s", 'ş': "s", 'ș': "s", 'ß': "ss", 'ť': "t", 'ţ': "t", 'ț': "t", 'þ': "th", 'ù': "u", 'ú': "u", 'û': "u", 'ü': "u",
	'ū': "u", 'ů': "u", 'ű': "u", 'ų': "u", 'ý': "y", 'ÿ': "y", 'ź': "z", 'ž': "z", 'ż': "z",
}

// tokens cuts text into words and numbers: lower case, without accents, & as "and".
// Digits are set apart from letters, so that 12mo and 12 mo are the same.
func tokens(s string) []string {
	var out []string
	var cur strings.Builder
	flush := func() {
		if cur.Len() > 0 {
			out = append(out, cur.String())
			cur.Reset()
		}
	}
	var last rune
	rs := []rune(s)
	for i, r := range rs {
		if r >= '！' && r <= '～' {
			r -= '！' - '!' // full-width forms
		}
		r = unicode.ToLower(r)
		next := rune(0)
		if i+1 < len(rs) {
			next = rs[i+1]
		}
		switch {
		case unicode.Is(unicode.Mn, r):
			continue // an accent written apart
		case r == '&' || r == '+' && unicode.IsSpace(next) && (i == 0 || unicode.IsSpace(rs[i-1])):
			flush()
			out = append(out, "and")
		case unicode.IsDigit(r):
			if unicode.IsLetter(last) {
				flush()
			}
			cur.WriteRune(r)
		case unicode.IsLetter(r):
			if unicode.IsDigit(last) {
				flush()
			}
			if p, ok := plainLetters[r]; ok {
				cur.WriteString(p)
			} else {
				cur.WriteRune(r)
			}
		case (r == '.' || r == ',') && unicode.IsDigit(last) && unicode.IsDigit(next):
			if r == '.' || !thousands(rs[i+1:]) {
				cur.WriteRune('.')
			}
			continue
		case strings.ContainsRune("%#+±<>≤≥×°", r) || unicode.IsNumber(r):
			flush()
			out = append(out, string(r)) // signs and fractions tell products apart: C#, 5 °, ½
		default:
			flush()
		}
		last = r
	}
	flush()
	return out
}

// thousands reports whether a comma before these characters groups digits: exactly three
// follow. Any other comma between digits is a decimal one.
func thousands(rs []rune) bool {
	n := 0
	for n < len(rs) && unicode.IsDigit(rs[n]) {
		n++
	}
	return n == 3
}

// level is text with everything gone that spelling may vary in.
func level(s string) string { return strings.Join(tokens(s), " ") }

// levelCode keeps only the letters and digits of a code.
func levelCode(s string) string { return strings.Join(tokens(s), "") }

// idle words say nothing about which product it is.
var idle = []string{"and", "the", "a", "an", "of", "for", "per", "with", "in", "to", "by", "incl", "including"}

// stems are the words of a text for counting: short forms written out, plurals folded,
// idle words left out.
func stems(s string) []string {
	var out []string
	for _, t := range tokens(s) {
		if long, ok := shortForms[t]; ok {
			t = long
		}
		if slices.Contains(idle, t) {
			continue
		}
		if len(t) > 3 && strings.HasSuffix(t, "s") && !strings.HasSuffix(t, "ss") {
			t = t[:len(t)-1]
		}
		out = append(out, t)
	}
	return out
}

// shortForms are the ways ledgers shorten words.
var shortForms = map[string]string{
	"mo": "month", "mos": "month", "mth": "month", "mths": "month", "mthly": "month", "mnthly": "month", "yr": "year", "yrs": "year",
	"pa": "year", "yearly": "year", "annually": "year", "annual": "year", "ann": "year",
	"hourly": "hour", "daily": "day", "monthly": "month", "quarterly": "quarter", "weekly": "week", "hr": "hour", "hrs": "hour", "wk": "week", "wkly": "week",
	"qtr": "quarter", "qtrly": "quarter", "std": "standard", "prem": "premium", "ent": "enterprise", "pro": "professional", "prof": "professional",
	"adv": "advanced", "sm": "small", "sml": "small", "med": "medium", "lg": "large", "lge": "large", "lrg": "large", "snr": "senior", "sr": "senior",
	"jnr": "junior", "jr": "junior", "lic": "licence", "license": "licence", "svc": "service", "svcs": "service", "maint": "maintenance",
	"impl": "implementation", "mgmt": "management", "mgr": "manager", "pkg": "package", "pk": "pack", "pcs": "piece", "ea": "each", "qty": "quantity",
	"addl": "additional", "dev": "development", "int": "international", "intl": "international", "eqpt": "equipment", "equip": "equipment", "nz": "nz",
}

// kinds are the words of which two names must use the same ones, by what they say.
var kinds = map[string][]string{
	"period":  {"fortnightly", "perpetual", "hour", "day", "week", "month", "quarter", "year"},
	"edition": {"lite", "starter", "basic", "essential", "standard", "plus", "professional", "advanced", "premium", "enterprise", "ultimate", "business", "team", "gold", "silver", "bronze", "platinum", "deluxe", "comfort", "core", "growth", "scale"},
	"size":    {"small", "medium", "large", "xs", "s", "m", "l", "xl", "xxl", "mini", "midi", "maxi", "half", "full", "single", "double", "dual"},
	"level":   {"junior", "senior", "principal", "associate", "lead", "partner", "director", "graduate"},
	"region":  {"au", "aus", "australia", "nz", "uk", "gb", "us", "usa", "eu", "emea", "apac", "ie", "ireland", "sg", "za", "ca", "canada", "de", "fr", "domestic", "international", "overseas", "export"},
	"kind":    {"renewal", "new", "upgrade", "downgrade", "additional", "extra", "setup", "deposit", "refund", "discount", "credit", "rental", "hire", "purchase", "onsite", "remote", "online", "used", "refurbished", "left", "right"},
	"colour":  {"black", "white", "blue", "red", "green", "yellow", "grey", "gray", "orange", "clear"},
	"unit":    {"mm", "cm", "km", "kg", "g", "mg", "ml", "kw", "gb", "tb", "mb", "inch", "ft", "ltr", "litre", "user", "seat", "pack", "box", "pair", "each", "piece", "percent", "%"},
}

// facts are the parts of a name on which likeness has no say.
type facts struct {
	numbers []string
	words   map[string][]string // by kind
}

func factsOf(name string) facts {
	f := facts{words: map[string][]string{}}
	for _, t := range stems(name) {
		if t[0] >= '0' && t[0] <= '9' {
			f.numbers = append(f.numbers, strings.TrimLeft(t, "0"))
			continue
		}
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			if slices.Contains(kinds[kind], t) {
				f.words[kind] = append(f.words[kind], t)
			}
		}
	}
	f.numbers = unique(f.numbers)
	for kind, w := range f.words {
		f.words[kind] = unique(w)
	}
	return f
}

// differs names every fact in which two names disagree.
func (f facts) differs(g facts) []string {
	return f.compare(g, func(a, b []string) bool { return !slices.Equal(a, b) })
}

// contradicts is differs where both sides speak: a size that one name leaves out is no
// contradiction.
func (f facts) contradicts(g facts) []string {
	return f.compare(g, func(a, b []string) bool { return len(a) > 0 && len(b) > 0 && !slices.Equal(a, b) })
}

func (f facts) compare(g facts, clash func(a, b []string) bool) []string {
	var out []string
	say := func(what string, a, b []string) {
		if clash(a, b) {
			out = append(out, what+": "+unlike(a, b))
		}
	}
	say("numbers", f.numbers, g.numbers)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		say(kind, f.words[kind], g.words[kind])
	}
	return out
}

// unlike says in words that two lists are not the same.
func unlike(a, b []string) string {
	switch {
	case len(b) == 0:
		return "only the first says " + strings.Join(a, " ")
	case len(a) == 0:
		return "only the second says " + strings.Join(b, " ")
	}
	return strings.Join(a, " ") + " is not " + strings.Join(b, " ")
}
