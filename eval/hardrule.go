package eval

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// The hard rules are judged here anew, from the names alone and by other means than the
// matcher's own, so that a mistake there does not excuse itself.

// measures finds a number with its unit.
var measures = regexp.MustCompile(`(?i)(\d+(?:[.,]\d+)?)\s*-?\s*(months?|mths?|mo|m|years?|yrs?|days?|hours?|hrs?|users?|seats?|tb|gb|mb|ml|kg|mm|cm|inch|packs?)\b`)

// units folds spellings of one unit.
var units = map[string]string{
	"month": "month", "mth": "month", "mo": "month", "m": "month", "year": "year", "yr": "year", "day": "day", "hour": "hour", "hr": "hour",
	"user": "user", "seat": "user", "pack": "pack",
}

// contrasts are words of which a name has one or another, never both meanings at once.
var contrasts = map[string]map[string]string{
	"edition": {
		"standard": "standard", "std": "standard", "premium": "premium", "prem": "premium", "basic": "basic", "professional": "professional",
		"pro": "professional", "enterprise": "enterprise", "ent": "enterprise", "lite": "lite", "starter": "starter", "plus": "plus",
	},
	"region": {
		"au": "AU", "aus": "AU", "australia": "AU", "nz": "NZ", "uk": "UK", "gb": "UK", "us": "US", "usa": "US", "eu": "EU", "ca": "CA", "sg": "SG", "za": "ZA",
	},
}

var word = regexp.MustCompile(`[A-Za-z]+`)

// hardRule names the rule that taking right for left would break, or nothing.
func hardRule(left, right Item) string {
	if why := taxRule(left, right); why != "" {
		return why
	}
	a, b := quantities(left.Name), quantities(right.Name)
	for _, unit := range slices.Sorted(maps.Keys(a)) {
		if b[unit] != "" && a[unit] != b[unit] {
			return fmt.Sprintf("%s %s is not %s %s", a[unit], unit, b[unit], unit)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(contrasts)) {
		x, y := chosen(left.Name, contrasts[what]), chosen(right.Name, contrasts[what])
		if len(x) > 0 && len(y) > 0 && !slices.ContainsFunc(x, func(w string) bool { return slices.Contains(y, w) }) {
			return fmt.Sprintf("%s %s is not %s", what, strings.Join(x, "/"), strings.Join(y, "/"))
		}
	}
	return ""
}

// taxRule keeps sales and purchases apart, and rates of another percentage or out of use.
func taxRule(left, right Item) string {
	may := func(b *bool) bool { return b == nil || *b }
	switch {
	case left.Document == "ACCREC" && !may(right.Revenue):
		return "the rate is not for sales"
	case left.Document == "ACCPAY" && !may(right.Expenses):
		return "the rate is not for purchases"
	case !may(right.Active):
		return "the rate is out of use"
	case left.Rate != "" && right.Rate != "" && !sameNumber(left.Rate, right.Rate):
		return fmt.Sprintf("%s %% is not %s %%", left.Rate, right.Rate)
	}
	return ""
}

func sameNumber(a, b string) bool {
	x, err := decimal.Parse(a)
	y, err2 := decimal.Parse(b)
	return err == nil && err2 == nil && x.Equal(y)
}

// quantities are the numbers of a name by unit; a year is twelve months.
func quantities(name string) map[string]string {
	all := map[string][]string{}
	for _, m := range measures.FindAllStringSubmatch(name, -1) {
		unit := strings.ToLower(m[2])
		if u, ok := units[strings.TrimSuffix(unit, "s")]; ok {
			unit = u
		}
		n, err := decimal.Parse(strings.ReplaceAll(m[1], ",", "."))
		if err != nil {
			continue
		}
		if unit == "year" {
			unit, n = "month", n.Mul(decimal.FromInt(12))
		}
		all[unit] = append(all[unit], n.Canonical())
	}
	out := map[string]string{}
	for unit, list := range all {
		slices.Sort(list)
		out[unit] = strings.Join(slices.Compact(list), "+")
	}
	return out
}

// chosen are the meanings of a name's words, sorted.
func chosen(name string, meanings map[string]string) (out []string) {
	for _, w := range word.FindAllString(name, -1) {
		if len(w) == 2 && w != strings.ToUpper(w) {
			continue // "us" is a word, US a country
		}
		if m, ok := meanings[strings.ToLower(w)]; ok {
			out = append(out, m)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
