package expr_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/specs/schema"
)

// TestVars holds a program to know the variables it looks at, whatever its text hides them
// behind: a loop's own name of the same word, a quote that ends no text, a remark.
func TestVars(t *testing.T) {
	env := expr.New(schema.Set{}).WithVar("a", schema.Type{Kind: schema.String}).WithVar("b", schema.Type{Kind: schema.String})
	for text, want := range map[string][]string{
		`'a'`:                          nil,
		`b + a + b`:                    {"a", "b"},
		`['x'].map(a, a).join('')`:     nil,
		`['x'].map(a, a).join('') + a`: {"a"},
		`['x'].map(a, a + b).join('')`: {"b"},
		`[a].exists(a, a == 'x')`:      {"a"},
		`r"\" + a + "\""`:              {"a"},
		`'''it's ''' + a + ''' it'''`:  {"a"},
		"a // + b":                     {"a"},
		"'x' // ' \n + b //'":          {"b"},
	} {
		prog, found := env.Compile(text)
		if prog == nil {
			t.Errorf("%s: %v", text, found)
			continue
		}
		if diff := cmp.Diff(want, prog.Vars(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
