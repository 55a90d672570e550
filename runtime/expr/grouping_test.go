package expr_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/specs/schema"
)

// manyLines is a list of lines whose quantities repeat.
func manyLines(rnd *rand.Rand, n int) []any {
	out := make([]any, n)
	for i := range out {
		quantity := []string{"1", "1.0", "2", "2.50", "3"}[rnd.IntN(5)]
		out[i] = map[string]any{"Id": fmt.Sprint(i), "Quantity": json.Number(quantity), "UnitPrice": json.Number(fmt.Sprintf("%d.%02d", rnd.IntN(9), rnd.IntN(100)))}
	}
	return out
}

func run(t *testing.T, src string, lines []any) any {
	t.Helper()
	vars := tree(t, worldJSON)
	vars["lines"] = lines
	v, _, err := compile(t, env(), src).Eval(vars, rows())
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return v
}

// TestGroupsArePartition holds that groups have each element once, in order, under a key
// that no other group has, and that a sum over groups is the sum over all.
func TestGroupsArePartition(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		lines := manyLines(rnd, rnd.IntN(40))
		groups := run(t, `lines.groupBy(l, l.Quantity)`, lines).([]any)
		var seen []string
		at := map[string]int{}
		for i, g := range groups {
			key := decimal.Must(string(g.(map[string]any)["key"].(json.Number))).Canonical()
			if _, twice := at[key]; twice {
				t.Fatalf("seed %d: the key %s has two groups", seed, key)
			}
			at[key] = i
			last := -1
			for _, x := range g.(map[string]any)["items"].([]any) {
				line := x.(map[string]any)
				if got := decimal.Must(string(line["Quantity"].(json.Number))).Canonical(); got != key {
					t.Fatalf("seed %d: quantity %s in the group of %s", seed, got, key)
				}
				var n int
				if _, err := fmt.Sscan(line["Id"].(string), &n); err != nil || n <= last {
					t.Fatalf("seed %d: line %d comes after %d (%v)", seed, n, last, err)
				}
				last = n
				seen = append(seen, line["Id"].(string))
			}
		}
		if slices.Sort(seen); len(slices.Compact(seen)) != len(lines) {
			t.Fatalf("seed %d: %d of %d lines are in a group", seed, len(seen), len(lines))
		}
		sums := run(t, `lines.groupBy(l, l.Quantity).map(g, g.items.map(i, i.UnitPrice).sum()).sum()`, lines)
		if all := run(t, `lines.map(l, l.UnitPrice).sum()`, lines); !decimal.Must(string(all.(json.Number))).Equal(decimal.Must(string(sums.(json.Number)))) {
			t.Fatalf("seed %d: the groups sum to %v, the lines to %v", seed, sums, all)
		}
		if n := run(t, `lines.map(l, l.Quantity).distinct().size()`, lines); n != json.Number(fmt.Sprint(len(groups))) {
			t.Fatalf("seed %d: %v distinct quantities, %d groups", seed, n, len(groups))
		}
	}
}

// TestSortIsStable holds the order of a sort to that of the standard library.
func TestSortIsStable(t *testing.T) {
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		lines := manyLines(rnd, rnd.IntN(40))
		want := slices.Clone(lines)
		quantity := func(x any) decimal.Decimal {
			return decimal.Must(string(x.(map[string]any)["Quantity"].(json.Number)))
		}
		slices.SortStableFunc(want, func(a, b any) int { return quantity(a).Cmp(quantity(b)) })
		got := run(t, `lines.sortBy(l, l.Quantity)`, lines).([]any)
		if len(want) == 0 {
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d (-want +got):\n%s", seed, diff)
		}
		least := run(t, `lines.map(l, l.Quantity).min().orValue(0)`, lines)
		if !quantity(want[0]).Equal(decimal.Must(string(least.(json.Number)))) {
			t.Fatalf("seed %d: the least is %v, want %v", seed, least, want[0])
		}
	}
}

// TestGroupsTravel holds that a group that left one expression can be used in another, as
// the element of an each is.
func TestGroupsTravel(t *testing.T) {
	e := env()
	groups := compile(t, e, `lines.groupBy(l, l.Product2.?Family.orValue("?"))`)
	elem := *groups.Type().Elem
	inner := compile(t, e.WithVar("g", elem), `g.key + " " + string(g.items.map(l, l.Quantity).sum())`)
	vars := tree(t, worldJSON)
	list, _, err := groups.Eval(vars, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, g := range list.([]any) {
		vars["g"] = g
		v, _, err := inner.Eval(vars, nil)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v.(string))
	}
	if diff := cmp.Diff([]string{"Goods 3", "? 3.5"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOrderingsCost holds that what looks at a whole list is counted: none is dearer than
// the bound of an evaluation allows, and none is free.
func TestOrderingsCost(t *testing.T) {
	list := make([]any, 60_000)
	for i := range list {
		list[i] = json.Number(fmt.Sprint(len(list) - i))
	}
	e := expr.New(objects()).WithVar("n", schema.ListOf(schema.Type{Kind: schema.Int}))
	for src, refused := range map[string]bool{
		`n.distinct().size() + n.min().orValue(0)`: false, // a walk each
		`n.sortBy(x, x).size()`:                    true,  // the keys, and the comparisons
		`n.groupBy(x, x).size()`:                   false,
	} {
		_, _, err := compile(t, e, src).Eval(map[string]any{"n": list}, nil)
		if errors.Is(err, expr.ErrCost) != refused || err != nil && !refused {
			t.Errorf("%s: %v", src, err)
		}
	}
}
