package check_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// TestEveryPartReplaced puts odd things in the place of every part of a whole plan, and
// takes every part away. Nothing may panic; what is accepted must still be drawn, and
// what the plan needs must not go missing in silence.
func TestEveryPartReplaced(t *testing.T) {
	cat := openSmall(t)
	p := readPlan(t, cat, "testdata/full.yaml")
	var tree any
	if err := json.Unmarshal(p.Canonical(), &tree); err != nil {
		t.Fatal(err)
	}
	odd := []any{nil, 7.0, "${order.Id}", "${nope}", map[string]any{}}
	accepted := 0
	for i, at := range pointers("", tree) {
		for _, o := range []any{remove{}, odd[i%len(odd)], odd[(i+2)%len(odd)]} {
			data, err := json.Marshal(with(tree, strings.Split(at, "/")[1:], o))
			if err != nil {
				t.Fatal(err)
			}
			q, _ := plan.Parse("plan.json", data)
			if q == nil {
				continue
			}
			c, found := check.Check(q, cat)
			if (c == nil) != found.HasErrors() {
				t.Fatalf("%s = %v: Checked is nil: %v, findings:\n%s", at, o, c == nil, render(found))
			}
			inPlace(t, q, found)
			if c != nil {
				accepted++
				if c.Text() == "" || c.Sheet().String() == "" {
					t.Errorf("%s = %v is not drawn", at, o)
				}
			}
			if _, gone := o.(remove); gone && c != nil && needed(at) {
				t.Errorf("%s may be left out", at)
			}
		}
	}
	if accepted < 20 {
		t.Errorf("only %d changed plans were accepted: the test tries nothing", accepted)
	}
}

// needed lists parts without which the plan must not pass.
func needed(at string) bool {
	return slices.Contains([]string{
		"/apis/shop", "/apis/books", "/trigger/when", "/trigger/key", "/mappings/item", "/steps/0", "/steps/1/with/Id", "/steps/2/from", "/steps/4/find",
		"/steps/4/create/Ref", "/steps/4/create/Name", "/steps/5/key", "/steps/5/key/Number", "/steps/5/body", "/steps/5/body/Party", "/steps/5/body/Lines",
		"/steps/5/body/Lines/do/Text", "/steps/6/max", "/steps/6/steps/0/key/Number", "/steps/8/with/Id",
	}, at)
}

type remove struct{}

// pointers lists every part of a tree; none of our names needs escaping but notes'.
func pointers(at string, tree any) []string {
	var out []string
	switch v := tree.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if strings.Contains(k, "/") {
				continue
			}
			out = append(append(out, at+"/"+k), pointers(at+"/"+k, v[k])...)
		}
	case []any:
		for i, x := range v {
			here := fmt.Sprintf("%s/%d", at, i)
			out = append(append(out, here), pointers(here, x)...)
		}
	}
	return out
}

// with returns a copy of the tree with another part under the path.
func with(tree any, path []string, part any) any {
	if len(path) == 0 {
		return part
	}
	switch v := tree.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, x := range v {
			if k == path[0] {
				x = with(x, path[1:], part)
			}
			if _, gone := x.(remove); !gone {
				out[k] = x
			}
		}
		return out
	case []any:
		out := []any{}
		for i, x := range v {
			if fmt.Sprint(i) == path[0] {
				x = with(x, path[1:], part)
			}
			if _, gone := x.(remove); !gone {
				out = append(out, x)
			}
		}
		return out
	}
	return tree
}
