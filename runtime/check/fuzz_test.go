package check_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzCheck holds that judging never panics, that findings have places, that the same
// plan is judged the same however it was written, and that what passes can be drawn.
func FuzzCheck(f *testing.F) {
	cat := openWhole(f)
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(fill(f, cat, string(a.Files[0].Data)))
	}
	full, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(fill(f, cat, string(full)))
	for _, text := range sorted(rightPlans(f)) {
		f.Add(fill(f, cat, text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, found := plan.Parse("plan.yaml", []byte(text))
		if len(found) > 0 {
			return
		}
		c, found := check.Check(p, cat)
		if (c == nil) != found.HasErrors() {
			t.Fatal("a Checked comes with errors, or none without")
		}
		again, listed := plan.Parse("plan.yaml", p.YAML())
		if len(listed) > 0 {
			t.Fatal(listed)
		}
		_, twice := check.Check(again, cat)
		if len(twice) != len(found) {
			t.Fatalf("printed and read again the plan has %d findings, not %d:\n%s\n%s", len(twice), len(found), render(found), render(twice))
		}
		if c == nil {
			return
		}
		if c.Text() == "" || c.Sheet().String() == "" {
			t.Fatal("nothing is drawn")
		}
		c.Plan.Walk(func(at string, v plan.Value) {
			if v.Kind == plan.Expression && c.Expr(at) == nil {
				t.Fatalf("no program at %s", at)
			}
		})
	})
}
