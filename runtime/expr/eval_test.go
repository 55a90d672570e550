package expr_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/specs/schema"
)

func compile(t testing.TB, e *expr.Env, src string) *expr.Program {
	t.Helper()
	p, found := e.Compile(src)
	if p == nil {
		t.Fatalf("%s: %v", src, found)
	}
	if len(found) > 0 {
		t.Fatalf("%s: a program and findings: %v", src, found)
	}
	return p
}

// TestDataErrors gives values that contradict their types. Each must be refused with its
// place, and the text of the error must not repeat the value.
func TestDataErrors(t *testing.T) {
	for _, tc := range []struct{ src, world, path string }{
		{`opportunity.Name`, `{"opportunity": {"Name": 7771}}`, "opportunity.Name"},
		{`opportunity.Name`, `{"opportunity": {}}`, "opportunity.Name"},
		{`opportunity.Name`, `{"opportunity": {"Name": null}}`, "opportunity.Name"},
		{`opportunity.Id`, `{"opportunity": {"Id": true}}`, "opportunity.Id"},
		{`opportunity.?Amount`, `{"opportunity": {"Amount": "7771"}}`, "opportunity.Amount"},
		{`opportunity.?Amount`, `{"opportunity": {"Amount": 7771e999}}`, "opportunity.Amount"},
		{`opportunity.?Probability`, `{"opportunity": {"Probability": 7771.5}}`, "opportunity.Probability"},
		{`opportunity.?Probability`, `{"opportunity": {"Probability": 77719223372036854775808}}`, "opportunity.Probability"},
		{`opportunity.IsWon`, `{"opportunity": {"IsWon": "7771"}}`, "opportunity.IsWon"},
		{`opportunity.IsWon`, `{"opportunity": {"IsWon": 7771}}`, "opportunity.IsWon"},
		{`opportunity.CloseDate`, `{"opportunity": {"CloseDate": "7771-13-01"}}`, "opportunity.CloseDate"},
		{`opportunity.CloseDate`, `{"opportunity": {"CloseDate": "7771-01-01T00:00:00Z"}}`, "opportunity.CloseDate"},
		{`opportunity.LastModifiedDate`, `{"opportunity": {"LastModifiedDate": "7771-01-01"}}`, "opportunity.LastModifiedDate"},
		{`opportunity.?Account.Name`, `{"opportunity": {"Account": "7771"}}`, "opportunity.Account"},
		{`opportunity.?Account.?Parent.Name`, `{"opportunity": {"Account": {"Parent": {"Name": {"x": 7771}}}}}`, "opportunity.Account.Parent.Name"},
		{`opportunity.?Tags`, `{"opportunity": {"Tags": ["a", 7771]}}`, "opportunity.Tags[1]"},
		{`opportunity.?Tags`, `{"opportunity": {"Tags": ["a", null]}}`, "opportunity.Tags[1]"},
		{`opportunity.?Tags`, `{"opportunity": {"Tags": "7771"}}`, "opportunity.Tags"},
		{`lines.size()`, `{"lines": {"a": 7771}}`, "lines"},
		{`lines.map(l, l.Quantity).sum()`, `{"lines": [{"Quantity": 1}, {"Quantity": "7771"}]}`, "lines[1].Quantity"},
		{`lines.map(l, l.Product2.Name)`, `{"lines": [{"Product2": {"Name": 7771}}]}`, "lines[0].Product2.Name"},
		{`lines.exists(l, l.Quantity > 1) || true`, `{"lines": [{"Quantity": [7771]}]}`, "lines[0].Quantity"},
		{`opportunity`, `{}`, "opportunity"},
		{`opportunity`, `{"opportunity": null}`, "opportunity"},
		{`opportunity.IsWon`, `{"opportunity": [7771]}`, "opportunity"},
	} {
		_, present, err := compile(t, env(), tc.src).Eval(tree(t, tc.world), rows())
		var data *expr.DataError
		if !errors.As(err, &data) || data.Path != tc.path || present {
			t.Errorf("%s over %s: got %v, want a DataError at %s", tc.src, tc.world, err, tc.path)
			continue
		}
		if !strings.Contains(err.Error(), tc.path) || strings.Contains(err.Error(), "7771") {
			t.Errorf("%s over %s: the error must name the place and not the value: %v", tc.src, tc.world, err)
		}
	}
}

// TestGoFloatsAreRefused: nothing may hand binary fractions in by mistake.
func TestGoFloatsAreRefused(t *testing.T) {
	for _, v := range []any{1.5, 3, int64(3), float32(1), []string{"a"}} {
		_, _, err := compile(t, env(), `opportunity.?Amount`).Eval(map[string]any{"opportunity": map[string]any{"Amount": v}}, nil)
		var data *expr.DataError
		if !errors.As(err, &data) {
			t.Errorf("a Go %T was taken as a decimal: %v", v, err)
		}
	}
}

// TestIntegralNumbers: vendors write whole numbers with a point or an exponent.
func TestIntegralNumbers(t *testing.T) {
	for in, want := range map[string]string{"5": "5", "5.0": "5", "5.000": "5", "1.0E3": "1000", "-0": "0", "0.0": "0"} {
		vars := tree(t, `{"opportunity": {"Probability": `+in+`}}`)
		got, _, err := compile(t, env(), `opportunity.?Probability`).Eval(vars, nil)
		if err != nil || got != json.Number(want) {
			t.Errorf("%s became %v (%v), want %s", in, got, err, want)
		}
	}
}

// TestUnmapped: a missing row comes out as itself from wherever it was asked for, even
// where the library would swallow it.
func TestUnmapped(t *testing.T) {
	for src, key := range map[string][]string{
		`tax("GB", "x").TaxType`:                                                   {"GB", "x"},
		`lines.map(l, tax(l.Product2.Name, "x").TaxType)`:                          {"Widget", "x"},
		`lines.filter(l, string(tax("GB", l.Product2.Name).TaxType) == "").size()`: {"GB", "Widget"},
		`lines.exists(l, l.Product2Id == lines.first().Product2Id.orValue(l.Product2Id) || tax("a", "b").TaxType == tax("a", "b").TaxType)`: nil,
		`lines.exists(l, tax("a", "b").TaxType == tax("a", "b").TaxType) || true`:                                                           {"a", "b"},
		`lines.all(l, string(tax("a", "b").TaxType) != "") && false`:                                                                        {"a", "b"},
		`opportunity.?Account.optMap(a, tax(a.Name, "").TaxType)`:                                                                           {"Acme", ""},
		`lines.map(l, lines.map(m, tax(m.Product2.Name, l.Product2.Name).TaxType)).size()`:                                                  {"Widget", "Widget"},
		`opportunity.IsWon ? tax("t", "").TaxType : tax("f", "").TaxType`:                                                                   {"t", ""},
		`band(dec("1.50")).TaxType`: {"1.50"},
		`band(7).TaxType`:           {"7"},
	} {
		_, _, err := compile(t, env(), src).Eval(tree(t, worldJSON), rows())
		var missing *expr.Unmapped
		switch {
		case key == nil:
			if err != nil {
				t.Errorf("%s: %v", src, err)
			}
		case !errors.As(err, &missing):
			t.Errorf("%s: got %v, want an Unmapped", src, err)
		default:
			if !slices.Equal(missing.Key, key) || strings.Contains(err.Error(), key[0]+" ") {
				t.Errorf("%s: got key %q (%v), want %q", src, missing.Key, err, key)
			}
		}
	}
}

func TestMappingWithoutRows(t *testing.T) {
	_, _, err := compile(t, env(), `tax("", "").TaxType`).Eval(tree(t, worldJSON), nil)
	var missing *expr.Unmapped
	if !errors.As(err, &missing) || missing.Mapping != "tax" {
		t.Errorf("got %v, want an Unmapped of tax", err)
	}
	bad := table{"tax(,)": {"TaxType": json.Number("7")}}
	_, _, err = compile(t, env(), `tax("", "").TaxType`).Eval(tree(t, worldJSON), bad)
	var data *expr.DataError
	if !errors.As(err, &data) || data.Path != "tax(…).TaxType" {
		t.Errorf("got %v, want a DataError in the row", err)
	}
}

// TestCost: no expression, however written, runs for long.
func TestCost(t *testing.T) {
	many := make([]any, 1500)
	for i := range many {
		many[i] = map[string]any{"Quantity": json.Number("1.5"), "Product2": map[string]any{"Name": strings.Repeat("x", 20)}}
	}
	vars := map[string]any{"lines": many}
	for _, src := range []string{
		`lines.map(a, lines.map(b, a.Quantity * b.Quantity).sum()).sum()`,
		`lines.all(a, lines.all(b, a.Quantity == b.Quantity))`,
		`lines.map(a, lines.map(b, b.Quantity)).size()`,
		`lines.map(a, a.Product2.Name).map(n, lines.map(a, a.Product2.Name).join(n).size()).sum()`,
	} {
		_, _, err := compile(t, env(), src).Eval(vars, nil)
		if !errors.Is(err, expr.ErrCost) {
			t.Errorf("%s: got %v, want ErrCost", src, err)
		}
	}
	if _, _, err := compile(t, env(), `lines.map(l, (l.Quantity * dec("1.1")).cents()).sum()`).Eval(vars, nil); err != nil {
		t.Errorf("one pass over 1500 lines must be fine: %v", err)
	}
}

// TestGrowth: numbers and texts that an expression blows up are refused, not built.
func TestGrowth(t *testing.T) {
	big := "9" + strings.Repeat("0", 90)
	vars := map[string]any{"opportunity": map[string]any{"Amount": json.Number(big), "Name": strings.Repeat("x", 1<<19)}}
	e := env().Promise("opportunity.Amount")
	square := "opportunity.Amount" + strings.Repeat(" * opportunity.Amount", 90)
	long := "opportunity.Name" + strings.Repeat(" + opportunity.Name", 40)
	for _, src := range []string{
		square, "[" + square + "].sum()", long, `opportunity.Name.replace("x", "xyz")`, `opportunity.Name.replace("", opportunity.Name)`,
		`[opportunity.Name, opportunity.Name, opportunity.Name].join("")`,
	} {
		_, _, err := compile(t, e, src).Eval(vars, nil)
		if err == nil || !strings.Contains(err.Error(), "grows past") {
			t.Errorf("%.60s…: got %v, want a refusal", src, err)
		}
	}
}

// TestResultsAreTrees: whatever comes out can go straight into a body.
func TestResultsAreTrees(t *testing.T) {
	for src, want := range map[string]any{
		`opportunity.?Amount`:              json.Number("1234567890123456.78"),
		`lines.size()`:                     json.Number("3"),
		`opportunity.CloseDate`:            "2026-01-31",
		`opportunity.IsWon`:                true,
		`lines.map(l, l.Quantity).first()`: json.Number("3"),
		`dec("1e3") * dec("1e3")`:          json.Number("1000000"),
		`dec("1e-3")`:                      json.Number("0.001"),
	} {
		got, present, err := compile(t, env(), src).Eval(tree(t, worldJSON), nil)
		if err != nil || !present || got != want {
			t.Errorf("%s = %#v (%v), want %#v", src, got, err, want)
		}
	}
	got, _, err := compile(t, env(), `lines`).Eval(tree(t, worldJSON), nil)
	if list, ok := got.([]any); err != nil || !ok || len(list) != 3 || list[0].(map[string]any)["Id"] != "l1" {
		t.Errorf("lines = %#v (%v)", got, err)
	}
}

// TestVariableOfEveryKind: variables are not always objects.
func TestVariableOfEveryKind(t *testing.T) {
	for _, tc := range []struct {
		t    schema.Type
		v    any
		src  string
		want string
	}{
		{text, "a", `v + "b"`, "ab"},
		{accountID, "001", `string(v)`, "001"},
		{whole, json.Number("4"), `string(v + 1)`, "5"},
		{number, json.Number("0.10"), `string(v + dec("0.2"))`, "0.30"},
		{truth, false, `string(!v)`, "true"},
		{date, "2024-02-29", `string(v.addMonths(12))`, "2025-02-28"},
		{instant, "2026-01-01T00:30:00+02:00", `string(v)`, "2025-12-31T22:30:00Z"},
		{schema.ListOf(date), []any{"2026-01-01"}, `string(v.first().orValue(date("2000-01-01")))`, "2026-01-01"},
		{schema.ListOf(schema.ListOf(whole)), []any{[]any{json.Number("1")}, []any{}}, `string(v.map(x, x.sum()).sum())`, "1"},
	} {
		p := compile(t, expr.New(schema.Set{}).WithVar("v", tc.t), tc.src)
		got, _, err := p.Eval(map[string]any{"v": tc.v, "unused": 1.5}, nil)
		if err != nil || fmt.Sprint(got) != tc.want {
			t.Errorf("%s with %v = %v (%v), want %s", tc.src, tc.v, got, err, tc.want)
		}
	}
}
