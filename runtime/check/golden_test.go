package check_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// small is the catalog of testdata's two small APIs. The embedded specs grow; goldens
// that list what is known must not change with them.
var small = sync.OnceValues(func() (*catalog.Catalog, error) {
	sources, err := smallSources()
	if err != nil {
		return nil, err
	}
	cat, found := catalog.Open("", sources)
	return cat, found.Err()
})

// smallSources reads testdata's two small APIs.
func smallSources() ([]catalog.Source, error) {
	var sources []catalog.Source
	for _, s := range []struct{ name, spec, overlay string }{{"shop", "shop.yaml", ""}, {"books", "books.yaml", "books-overlay.yaml"}} {
		src := catalog.Source{Name: s.name}
		var err error
		if src.Spec, err = os.ReadFile("testdata/" + s.spec); err != nil {
			return nil, err
		}
		if s.overlay != "" {
			if src.Overlay, err = os.ReadFile("testdata/" + s.overlay); err != nil {
				return nil, err
			}
		}
		sources = append(sources, src)
	}
	return sources, nil
}

func openSmall(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := small()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// golden compares got with what the file holds, or rewrites it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", file, diff)
	}
}

// TestGoldenFindings reads every testdata/*.txtar: the first file is a plan, the file
// "want" what is found in it.
func TestGoldenFindings(t *testing.T) {
	cat := openSmall(t)
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := fill(t, cat, string(a.Files[0].Data))
			p, found := plan.Parse(a.Files[0].Name, []byte(text))
			if len(found) > 0 {
				t.Fatal(render(found))
			}
			c, found := check.Check(p, cat)
			if (c == nil) != found.HasErrors() {
				t.Errorf("Checked is nil: %v, errors: %v", c == nil, found.HasErrors())
			}
			inPlace(t, p, found)
			got := unfill(cat, render(found))
			if *update {
				a.Files = append(a.Files[:1], txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if len(a.Files) != 2 {
				t.Fatal("want two files: the plan and what is found (run with -update)")
			}
			if diff := cmp.Diff(string(a.Files[1].Data), got); diff != "" {
				t.Errorf("findings differ (-want +got):\n%s", diff)
			}
		})
	}
}

// inPlace holds every finding to a place in the text, a message and a severity.
func inPlace(t *testing.T, p *plan.Plan, found diag.List) {
	t.Helper()
	for _, d := range found {
		if d.Line < 1 || d.Column < 1 || d.Message == "" || d.Pointer == "" || d.File != p.File() {
			t.Errorf("a finding without its place: %+v", d)
		}
	}
}
