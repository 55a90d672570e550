package expr_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/specs/schema"
)

// judge holds for every expression: what compiles is sound. It reports whether it did.
func judge(t *testing.T, e *expr.Env, vars map[string]any, src string) bool {
	t.Helper()
	p, found := e.Compile(src)
	if (p == nil) != (len(found) > 0) {
		t.Errorf("%q: program %v with findings %v", src, p != nil, found)
	}
	for _, d := range found {
		if d.Line < 1 || d.Column < 1 || d.Message == "" || !known(d.Code) {
			t.Errorf("%q: a finding without place, words or code: %+v", src, d)
		}
		if strings.Contains(d.Message, "does not fit together") || strings.Contains(d.Message, "cannot be planned") {
			t.Errorf("%q: the two checkers disagree: %s", src, d.Message)
		}
	}
	if p == nil {
		return false
	}
	v, present, err := p.Eval(vars, rows())
	var missing *expr.Unmapped
	var data *expr.DataError
	if err != nil && !errors.As(err, &missing) && !errors.As(err, &data) && !errors.Is(err, expr.ErrCost) && !arithmetic(err) {
		t.Errorf("%q: failed on something that checking should have caught: %v", src, err)
	}
	if err == nil && !present && !p.Type().Optional {
		t.Errorf("%q: absent, but its type %s says it never is", src, p.Type())
	}
	if err == nil && present {
		if _, err := json.Marshal(v); err != nil {
			t.Errorf("%q: the result is no JSON tree: %v", src, err)
		}
		bounded(t, src, p.Type().Type, v)
	}
	return true
}

// bounded holds texts, and those in lists, to the length that their type states. The text
// of a field may break its spec, so only what the world of the tests keeps is asked.
func bounded(t *testing.T, src string, typ schema.Type, v any) {
	t.Helper()
	switch v := v.(type) {
	case string:
		if n, ok := expr.Bound(typ); ok && utf8.RuneCountInString(v) > n {
			t.Errorf("%q: %q is longer than its type allows, %d", src, v, n)
		}
	case []any:
		for _, x := range v {
			bounded(t, src, *typ.Elem, x)
		}
	}
}

func known[C ~string](c C) bool {
	for _, k := range expr.Codes() {
		if string(k) == string(c) {
			return true
		}
	}
	return false
}

// arithmetic tells the failures that no type can rule out.
func arithmetic(err error) bool {
	for _, s := range []string{"integer overflow", "division by zero", "grows past", "the date leaves", "the text is not", "number too long", "not a whole number"} {
		if strings.Contains(err.Error(), s) {
			return true
		}
	}
	return false
}

// phrases makes sentences over the world of the tests, by what kind of value is wanted. One
// choice in twelve goes wrong, in ways a person might.
type phrases struct {
	rnd *rand.Rand
	own int // how many names l0, l1, … are bound
}

var kinds = []string{"decimal", "int", "text", "bool", "date", "lines", "decimals", "opt"}

func (p *phrases) pick(options ...string) string { return options[p.rnd.IntN(len(options))] }

func (p *phrases) of(kind string, depth int) string {
	if p.rnd.IntN(12) == 0 {
		kind = p.pick(kinds...)
	}
	if depth == 0 {
		return p.leaf(kind)
	}
	sub := func(kind string) string { return p.of(kind, p.rnd.IntN(depth)) }
	switch p.rnd.IntN(8) {
	case 0:
		return "(" + sub("bool") + " ? " + sub(kind) + " : " + sub(kind) + ")"
	case 1:
		return p.pick(`opportunity.?Amount`, `l0.?Discount`, `lines.first().Quantity`, sub("opt")) + ".orValue(" + sub(kind) + ")"
	}
	switch kind {
	case "decimal":
		return p.pick("("+sub("decimal")+p.pick(" + ", " - ", " * ")+sub(p.pick("decimal", "int"))+")", "-"+sub("decimal"),
			sub("decimals")+".sum()", sub("decimal")+p.pick(".cents()", ".abs()", `.div(3, 2, "half_up")`, `.round(1, "down")`), "dec("+sub("int")+")")
	case "int":
		return p.pick("("+sub("int")+p.pick(" + ", " - ", " * ")+sub("int")+")", sub("text")+".size()", "size("+sub("lines")+")",
			sub("date")+".daysUntil("+sub("date")+")", sub("date")+p.pick(".year()", ".day()"), "["+sub("int")+", "+sub("int")+"].sum()")
	case "text":
		return p.pick("("+sub("text")+" + "+sub("text")+")", "string("+sub(p.pick(kinds...))+")", sub("text")+p.pick(".trim()", ".lowerAscii()", ".truncate(3)"),
			sub("text")+".substring("+sub("int")+", "+sub("int")+")", `string(tax("", `+sub("text")+").TaxType)", sub("text")+".split("+sub("text")+").join(\"-\")")
	case "bool":
		return p.pick("("+sub("bool")+p.pick(" && ", " || ")+sub("bool")+")", "!"+sub("bool"), p.compare(sub), "has("+p.pick("opportunity.Amount", "l0.Discount",
			"opportunity.?Account.Parent")+") && "+sub("bool"), p.loop("lines", p.pick("all", "exists", "existsOne"), "bool", depth), sub("opt")+".hasValue()",
			"("+sub("decimal")+" in ["+sub("decimal")+", "+sub("int")+"])")
	case "date":
		return sub("date") + p.pick(".addDays(", ".addMonths(") + sub("int") + ")"
	case "lines":
		return p.loop(sub("lines"), "filter", "bool", depth)
	case "decimals":
		return p.pick(p.loop(sub("lines"), "map", "decimal", depth), "["+sub("decimal")+", "+sub("int")+"]", sub("decimals")+" + "+sub("decimals"))
	}
	return p.pick("optional.of("+sub(p.pick(kinds...))+")", sub("opt")+".or("+sub("opt")+")", sub("decimals")+p.pick(".first()", ".last()", "[?0]"),
		sub("opt")+".optMap(l0, "+sub("decimal")+")", sub("opt")+".optFlatMap(l1, "+sub("opt")+")", sub("text")+".nonEmpty()")
}

func (p *phrases) compare(sub func(string) string) string {
	kind := p.pick("decimal", "int", "text", "date")
	return "(" + sub(kind) + p.pick(" == ", " != ", " < ", " >= ") + sub(kind) + ")"
}

// loop binds a name that leaves inside may use.
func (p *phrases) loop(over, macro, body string, depth int) string {
	name := fmt.Sprintf("l%d", p.own%2)
	p.own++
	inner := p.of(body, p.rnd.IntN(depth))
	p.own--
	return over + "." + macro + "(" + name + ", " + inner + ")"
}

func (p *phrases) leaf(kind string) string {
	if p.own > 0 && p.rnd.IntN(2) == 0 {
		switch kind {
		case "decimal":
			return p.pick("l0.Quantity", "l0.UnitPrice", "l0.Discount", "product(l0.Product2Id).Rate")
		case "text":
			return p.pick("l0.Product2.Name", "string(l0.Id)", "l0.Description")
		case "opt":
			return p.pick("l0.?Discount", "l0.?Product2.?Family")
		}
	}
	switch kind {
	case "decimal":
		return p.pick(`dec("1.5")`, `dec("0")`, `invoice.SubTotal`, `opportunity.Amount`, `2`, `1.5`)
	case "int":
		return p.pick(`0`, `1`, `-3`, `40`, `9223372036854775807`)
	case "text":
		return p.pick(`"a"`, `""`, `"Closed Won"`, `opportunity.Name`, `opportunity.StageName`, `opportunity.Id`)
	case "bool":
		return p.pick(`true`, `opportunity.IsWon`, `has(opportunity.Amount)`, `opportunity.StageName == "Closed Won"`)
	case "date":
		return p.pick(`opportunity.CloseDate`, `date("2024-02-29")`, `opportunity.LastModifiedDate.date("Europe/London")`)
	case "lines":
		return p.pick(`lines`, `[]`, `opportunity.?Tags`)
	case "decimals":
		return p.pick(`[dec("1.5"), 2]`, `[]`, `lines.map(l0, l0.Quantity)`)
	}
	return p.pick(`opportunity.?Amount`, `opportunity.?Account.Name`, `optional.none()`, `opportunity.?Probability`, `opportunity.?Account`)
}

// TestSoundness makes sentences at random and holds them to judge.
func TestSoundness(t *testing.T) {
	p := &phrases{rnd: rand.New(rand.NewPCG(7, 8))}
	e, vars := env(), tree(t, worldJSON)
	accepted := 0
	for range 3000 {
		if src := p.of(p.pick(kinds...), 3); judge(t, e, vars, src) {
			accepted++
		}
	}
	if accepted < 600 {
		t.Errorf("only %d of 3000 sentences compiled: the grammar tests too little", accepted)
	}
}

// planExpressions are the expressions of the plans that the project holds.
func planExpressions(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"../../plans/*.yaml", "../check/testdata/*.yaml", "../check/testdata/*.txtar", "../engine/testdata/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files (%v)", pattern, len(files), err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, rest := range strings.Split(string(data), "${")[1:] {
				line, _, _ := strings.Cut(rest, "\n")
				if end := strings.LastIndexByte(line, '}'); end > 0 {
					src, _, _ := strings.Cut(line[:end], `}"`)
					out = append(out, src)
				}
			}
		}
	}
	return out
}

func FuzzCompile(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.golden")
	for _, file := range files {
		golden, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for line := range strings.Lines(string(golden)) {
			if !strings.HasPrefix(line, " ") && !strings.HasPrefix(line, "# ") {
				f.Add(strings.TrimSuffix(line, "\n"))
			}
		}
	}
	for _, src := range planExpressions(f) {
		f.Add(src)
	}
	e := env()
	f.Fuzz(func(t *testing.T, src string) {
		judge(t, e, tree(t, worldJSON), src)
		expr.Names(src)
	})
}

// TestMoneyAgainstRationals prices random lines with an expression and by rationals.
func TestMoneyAgainstRationals(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	net := compile(t, env(), `lines.map(l, l.Quantity * l.UnitPrice * (100 - l.?Discount.orValue(0))).sum()`)
	cents := compile(t, env(), `lines.map(l, (l.Quantity * l.UnitPrice * (100 - l.?Discount.orValue(0))).div(100, 2, "half_up")).sum()`)
	for range 300 {
		exact, rounded := new(big.Rat), new(big.Rat)
		lines := make([]any, rnd.IntN(12))
		for i := range lines {
			q, u, d := digits(rnd, 1000, 3), digits(rnd, 10_000_000, 4), digits(rnd, 100, 2)
			line := map[string]any{"Quantity": q, "UnitPrice": u}
			product := new(big.Rat).Mul(rat(q), rat(u))
			if rnd.IntN(3) > 0 {
				line["Discount"] = d
				product.Mul(product, new(big.Rat).Sub(big.NewRat(100, 1), rat(d)))
			} else {
				product.Mul(product, big.NewRat(100, 1))
			}
			lines[i] = line
			exact.Add(exact, product)
			rounded.Add(rounded, halfUpCents(product))
		}
		vars := map[string]any{"lines": lines}
		check := func(p *expr.Program, want *big.Rat) {
			t.Helper()
			got, _, err := p.Eval(vars, nil)
			if err != nil || rat(got.(json.Number)).Cmp(want) != 0 {
				t.Fatalf("over %v: got %v (%v), want %s", lines, got, err, want.FloatString(8))
			}
		}
		check(net, exact)
		check(cents, rounded)
	}
}

func digits(rnd *rand.Rand, below, places int) json.Number {
	return json.Number(fmt.Sprintf("%d.%0*d", rnd.IntN(below), places, rnd.IntN(100)))
}

func rat(n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		panic("not plain digits: " + n)
	}
	return r
}

// halfUpCents is a hundredth of a positive amount, rounded to two places.
func halfUpCents(amount *big.Rat) *big.Rat {
	n := new(big.Rat).Add(amount, big.NewRat(1, 2))
	whole := new(big.Int).Quo(n.Num(), n.Denom())
	return new(big.Rat).SetFrac(whole, big.NewInt(100))
}

// TestDatesAgainstTheCalendar compares date arithmetic with definitions of it.
func TestDatesAgainstTheCalendar(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	e := expr.New(objects()).WithVar("d", date).WithVar("n", whole)
	days := compile(t, e, `d.daysUntil(d.addDays(n))`)
	months := compile(t, e, `d.addMonths(n)`)
	end := compile(t, e, `d.endOfMonth()`)
	for range 3000 {
		d := time.Date(1600+rnd.IntN(800), time.Month(1+rnd.IntN(12)), 1+rnd.IntN(31), 0, 0, 0, 0, time.UTC)
		n := rnd.IntN(800) - 400
		vars := map[string]any{"d": d.Format(time.DateOnly), "n": json.Number(fmt.Sprint(n))}
		eval := func(p *expr.Program) string {
			t.Helper()
			v, _, err := p.Eval(vars, nil)
			if err != nil {
				t.Fatalf("%v: %v", vars, err)
			}
			return fmt.Sprint(v)
		}
		if got := eval(days); got != fmt.Sprint(n) {
			t.Fatalf("%v: %s days, want %d", vars, got, n)
		}
		got, err := time.Parse(time.DateOnly, eval(months))
		if err != nil {
			t.Fatal(err)
		}
		gap := (got.Year()-d.Year())*12 + int(got.Month()-d.Month())
		last := got.AddDate(0, 0, 1).Month() != got.Month()
		if gap != n || got.Day() != d.Day() && (!last || got.Day() > d.Day()) {
			t.Fatalf("%v: %d months later is %s", vars, n, got.Format(time.DateOnly))
		}
		if got := eval(end); got != time.Date(d.Year(), d.Month()+1, 0, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) {
			t.Fatalf("%v: the month ends on %s", vars, got)
		}
	}
}

// TestConcurrentUse shares an Env and its programs; the race detector judges.
func TestConcurrentUse(t *testing.T) {
	e := env()
	sources := []string{
		`lines.map(l, product(l.Product2Id).Rate * l.Quantity).sum()`,
		`has(opportunity.Amount) && opportunity.Amount > 5000`,
		`tax("NZ", lines.first().?Product2.?Family.orValue("")).TaxType`,
	}
	shared := make([]*expr.Program, len(sources))
	want := make([]any, len(sources))
	vars := tree(t, worldJSON)
	for i, src := range sources {
		shared[i] = compile(t, e, src)
		want[i], _, _ = shared[i].Eval(vars, rows())
	}
	fresh := env()
	var wg sync.WaitGroup
	for g := range 50 {
		wg.Go(func() {
			own := fresh.WithVar(fmt.Sprintf("v%d", g%5), text).Promise("opportunity.Amount")
			for i := range 8 {
				n := (g + i) % len(sources)
				if got, _, err := shared[n].Eval(vars, rows()); err != nil || got != want[n] {
					t.Errorf("%s = %v (%v), want %v", sources[n], got, err, want[n])
				}
				if p, found := own.Compile(sources[n] + " == " + sources[n]); p == nil {
					t.Error(found)
				}
				if p, found := fresh.Compile(sources[n]); p == nil {
					t.Error(found)
				}
			}
		})
	}
	wg.Wait()
}
