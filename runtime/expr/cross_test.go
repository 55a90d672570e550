package expr_test

import (
	"strings"
	"testing"

	"github.com/planwright/planwright/specs/schema"
)

// samples is one expression of every type that there is.
var samples = map[string]string{
	"text":       `opportunity.Name`,
	"member":     `opportunity.StageName`,
	"literal":    `"a"`,
	"id":         `opportunity.Id`,
	"other id":   `account.Id`,
	"int":        `3`,
	"decimal":    `invoice.SubTotal`,
	"bool":       `opportunity.IsWon`,
	"date":       `opportunity.CloseDate`,
	"instant":    `opportunity.LastModifiedDate`,
	"untyped":    `opportunity.Fiscal`,
	"map":        `opportunity.Labels`,
	"object":     `account`,
	"objects":    `lines`,
	"ints":       `[1, 2]`,
	"decimals":   `lines.map(l, l.Quantity)`,
	"texts":      `["a", "b"]`,
	"empty":      `[]`,
	"lists":      `[[1], [2]]`,
	"opt int":    `opportunity.?Probability`,
	"opt text":   `opportunity.?Description`,
	"opt number": `opportunity.?Amount`,
	"opt object": `opportunity.?Account`,
	"opt list":   `opportunity.?Tags`,
	"none":       `optional.none()`,
}

// TestEveryOperatorOnEveryType: both checkers agree on all pairs, what is accepted runs,
// and the pairs accepted are the ones listed.
func TestEveryOperatorOnEveryType(t *testing.T) {
	textual := []string{"text", "member", "literal"}
	same := func(names ...string) map[string]bool {
		out := map[string]bool{}
		for _, a := range names {
			for _, b := range names {
				out[a+"|"+b] = true
			}
		}
		return out
	}
	merge := func(ms ...map[string]bool) map[string]bool {
		out := map[string]bool{}
		for _, m := range ms {
			for k := range m {
				out[k] = true
			}
		}
		return out
	}
	numbers := same("int", "decimal")
	ordered := merge(numbers, same(textual...), same("date"), same("instant"))
	equal := merge(ordered, same("id"), same("other id"), same("bool"), same("ints", "empty"), same("decimals", "empty"), same("texts", "empty"), same("lists", "empty"))
	for k := range map[string]bool{"member|literal": true, "literal|member": true} {
		delete(equal, k) // "a" is not a stage
	}
	lists := merge(same("ints", "empty"), same("decimals", "empty"), same("texts", "empty"), same("lists", "empty"), same("objects", "empty"))
	delete(lists, "empty|empty") // a list of nothing known
	allowed := map[string]map[string]bool{
		"+": merge(numbers, same(textual...), lists), "-": numbers, "*": numbers, "/": {}, "%": {},
		"<": ordered, "<=": ordered, ">": ordered, ">=": ordered, "==": equal, "!=": equal,
		"&&": same("bool"), "||": same("bool"),
	}
	e, vars := env(), tree(t, worldJSON)
	for op, pairs := range allowed {
		for a, left := range samples {
			for b, right := range samples {
				src := left + " " + op + " " + right
				if got, want := judge(t, e, vars, src), pairs[a+"|"+b]; got != want {
					t.Errorf("%s: accepted %v, want %v", src, got, want)
				}
			}
		}
	}
}

// TestEveryFunctionOnEveryType calls every function with every type in front, and with
// every type as an argument.
func TestEveryFunctionOnEveryType(t *testing.T) {
	e, vars := env(), tree(t, worldJSON)
	members := strings.Fields(`size contains startsWith endsWith trim upperAscii lowerAscii replace split substring truncate nonEmpty
		div round cents abs date addDays addMonths addHours addMinutes startOfMonth endOfMonth daysUntil year month day sum min max distinct reverse join first last orValue or hasValue value unwrapOpt`)
	globals := strings.Fields(`size truncate string dec date instant optional.of optional.none optional.ofNonZeroValue product tax band dyn type int`)
	count := map[string]int{}
	try := func(name, src string) {
		if judge(t, e, vars, src) {
			count[name]++
		}
	}
	for _, a := range samples {
		for _, name := range members {
			try("."+name, a+"."+name+"()")
			try("."+name, a+"."+name+`(2, "up")`)
			try("."+name, a+"."+name+`("UTC")`)
			for _, b := range samples {
				try("."+name, a+"."+name+"("+b+")")
			}
		}
		for _, name := range globals {
			try(name, name+"("+a+")")
			try(name, name+"("+a+", "+samples["text"]+")")
			try(name, name+"("+a+", 2)")
		}
		for _, name := range []string{"map", "filter", "all", "exists", "existsOne", "groupBy", "sortBy", "optMap", "optFlatMap"} {
			for _, b := range samples {
				try("."+name, a+"."+name+"(x, "+b+")")
			}
			try("."+name, a+"."+name+"(x, x)")
		}
	}
	for _, name := range members {
		refused := name == "value" || name == "unwrapOpt"
		three := name == "replace" || name == "div" // take more than this test gives
		if got := count["."+name]; (got == 0) != (refused || three) {
			t.Errorf(".%s: %d calls compiled", name, got)
		}
	}
	for _, name := range globals {
		refused := name == "dyn" || name == "type" || name == "optional.none" || name == "optional.ofNonZeroValue" || name == "product"
		if got := count[name]; (got == 0) != refused {
			t.Errorf("%s: %d calls compiled", name, got)
		}
	}
}

// TestPlaces: a finding points to what a person would point to.
func TestPlaces(t *testing.T) {
	e := env().WithVar("ü", schema.ObjectOf("salesforce.Account")) // not a name anybody can write
	for src, want := range map[string]string{
		"opportunity.Nme":                             "1:13",
		"opportunity\n  .Nme":                         "2:4",
		"\"größe\" +\n\topportunity.Nme":              "2:14",
		"opportunity.?Nme.orValue(\"x\")":             "1:14",
		"opportunity.`odd-nam`":                       "1:14",
		"opportunity.Name.trimm()":                    "1:18",
		"opportunity.Name.trimm ( )":                  "1:18",
		"lines.map(l,\n  l.Nme)":                      "2:5",
		"lines.map(l, lines.map(m, lines.map(n, 1)))": "1:33",
		"1 + nothing":                                 "1:5",
		"'é' + 1":                                     "1:5",
		"dec(\"1,5\")":                                "1:5",
		"truncate(1, 2)":                              "1:1",
		"  product(1)":                                "1:3",
		"opportunity.IsWon ? 1 : 'x'":                 "1:19",
		"[1, 'x']":                                    "1:5",
		"lines[0]":                                    "1:6",
		"\n\n opportunity.Name +":                     "3:20",
	} {
		_, found := e.Compile(src)
		if len(found) == 0 {
			t.Errorf("%q compiled", src)
			continue
		}
		if got := strings.TrimSuffix(strings.SplitN(found[0].String(), ": ", 2)[0], ":"); got != "input:"+want {
			t.Errorf("%q: %s, want %s (%s)", src, got, want, found[0].Message)
		}
	}
}

// TestFindingsAreCollected: one pass names everything that is wrong, in reading order.
func TestFindingsAreCollected(t *testing.T) {
	_, found := env().Compile("opportunity.Nme + 1.5 > nothing &&\n  opportunity.Amount > 3 &&\n  opportunity.StageName == 'won'")
	var got []string
	for _, d := range found {
		got = append(got, string(d.Code))
	}
	if want := "expr-unknown-field expr-binary-fraction expr-unknown-name expr-absent expr-member"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
