package expr_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/expr"
)

func worlds(t *testing.T) map[string]any {
	t.Helper()
	return tree(t, `{
		"xero": {"Invoices": [
			{"InvoiceNumber": "SF-1", "Total": 115.00, "LineItems": [{"Quantity": 2, "UnitAmount": 0.1}]},
			{"InvoiceNumber": "SF-2", "Total": 0.30, "Reference": null}
		], "Contacts": []},
		"plan": {"name": "w1", "limits": {"invoices_per_day": 200}},
		"runs": [{"state": "done"}, {"state": "held"}]
	}`)
}

func TestAssertions(t *testing.T) {
	vars := worlds(t)
	vars["rows"] = []map[string]any{{"N": json.Number("1.10")}, {"N": json.Number("2")}}
	vars["sides"] = map[string][]map[string]any{"Lead": {{"Name": "A"}}}
	for _, src := range []string{
		`xero.Invoices.size() == 2`,
		`2 == size(xero.Invoices)`,
		`xero.Contacts.size() == 0`,
		`xero.Invoices[0].Total == 115`,
		`xero.Invoices[0].Total == 115.0 && 115 == xero.Invoices[0].Total`,
		`0.1 + 0.2 == 0.3`,
		`0.1 + 0.2 == xero.Invoices[1].Total`,
		`xero.Invoices[0].LineItems.map(l, l.Quantity * l.UnitAmount).sum() == 0.2`,
		`xero.Invoices.map(i, i.Total).sum() - 0.3 == 115`,
		`xero.Invoices.exists(i, i.InvoiceNumber == "SF-2" && i.Total < 1)`,
		`!xero.Invoices.exists(i, i.Total > 115)`,
		`xero.Invoices.exists_one(i, i.Total >= 115)`,
		`xero.Invoices.all(i, i.InvoiceNumber.startsWith("SF-"))`,
		`xero.Invoices.map(i, i.InvoiceNumber).distinct().size() == xero.Invoices.size()`,
		`["a", "b", "a"].distinct() == ["a", "b"]`,
		`!has(xero.Invoices[0].Reference) && xero.Invoices[1].Reference == null`,
		`"SF-1" in xero.Invoices.map(i, i.InvoiceNumber)`,
		`2 in [1, 2.0]`,
		`plan.limits["invoices_per_day"] == 200`,
		`-1 < 0 && dec("1.50") == 1.5 && string(1.50) == "1.5"`,
		`runs.filter(r, r.state == "held").size() == 1`,
		`rows[0].N * 2 == 2.2 && rows[1].N > rows[0].N`,
		`sides.Lead[0].Name + "!" == "A!" && "a" < "b" && ([1] + [2]).size() == 2`,
		`(runs.size() == 2 ? 1 : 2) == 1`,
	} {
		a, err := expr.CompileAssertion(src, "xero", "plan", "runs", "rows", "sides")
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if ok, err := a.Holds(vars); !ok || err != nil {
			t.Errorf("%s: got %v, %v; want true", src, ok, err)
		}
		if a.String() != src {
			t.Errorf("%s: prints as %s", src, a)
		}
	}
}

func TestAssertionsThatDoNotHold(t *testing.T) {
	for _, src := range []string{
		`xero.Invoices.size() == 1`, `xero.Invoices[0].Total == 115.01`, `1 == 2`, `"1" == 1`, `xero.Invoices[0].Total < 115`,
	} {
		a, err := expr.CompileAssertion(src, "xero")
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if ok, err := a.Holds(worlds(t)); ok || err != nil {
			t.Errorf("%s: got %v, %v; want false", src, ok, err)
		}
	}
}

func TestAssertionErrors(t *testing.T) {
	for src, want := range map[string]string{
		``:                           "it is empty",
		`xero.Invoices.size() =`:     "column",
		`books.Invoices.size() == 1`: "undeclared reference to 'books'",
		`1 + 1`:                      "",
		`"text"`:                     "not true or false",
		`xero.Invoices[0].Totl == 1`: "no such key: Totl",
		`xero.Invoices[9].Total > 1`: "out of bounds",
		`xero.Invoices > 1`:          "both must be numbers",
		`"a" * 2 == 4`:               "both must be numbers",
		`xero.Invoices.map(i, i.InvoiceNumber).sum() == 1`: "both must be numbers",
		`-"a" == 1`:                        "only a number",
		`dec("x") == 1`:                    "is not a number",
		`dec(true) == 1`:                   "dec() takes",
		`string(true) == "true"`:           "string() takes",
		`size(1) == 1`:                     "size() takes",
		`sum(1) == 1`:                      "sum() takes",
		`distinct(1) == []`:                "distinct() takes",
		`1.123456789012345678 == 1`:        "more digits",
		`now() == 1`:                       "undeclared reference",
		`xero.Invoices[0]`:                 "not true or false",
		strings.Repeat("(", 5000):          "longer",
		`matches("aaaaaaaaaaa", "(a+)+$")`: "undeclared reference",
	} {
		a, err := expr.CompileAssertion(src, "xero")
		if err == nil {
			var ok bool
			if ok, err = a.Holds(worlds(t)); err == nil {
				t.Errorf("%.40s: got %v, want an error", src, ok)
				continue
			}
		}
		if !strings.HasPrefix(err.Error(), "assertion: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %q, want %q in it", src, err, want)
		}
	}
}

// TestAssertionCost: a question that would take too long is given up.
func TestAssertionCost(t *testing.T) {
	long := make([]any, 3000)
	for i := range long {
		long[i] = json.Number("1")
	}
	a, err := expr.CompileAssertion(`x.all(a, x.all(b, a == b))`, "x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Holds(map[string]any{"x": long}); !errors.Is(err, expr.ErrCost) {
		t.Errorf("got %v, want ErrCost", err)
	}
}

func FuzzAssertion(f *testing.F) {
	f.Add(`xero.Invoices.size() == 1`)
	f.Add(`xero.Invoices.map(i, i.Total).sum() > 0.5`)
	f.Fuzz(func(t *testing.T, src string) {
		if a, err := expr.CompileAssertion(src, "xero"); err == nil {
			_, _ = a.Holds(worlds(t))
		}
	})
}
