package diff_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/diff"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// small is the catalog of the two small APIs of runtime/check's tests.
var small = sync.OnceValues(func() (*catalog.Catalog, error) {
	var sources []catalog.Source
	for _, name := range []string{"shop", "books"} {
		src := catalog.Source{Name: name}
		var err error
		if src.Spec, err = os.ReadFile("../check/testdata/" + name + ".yaml"); err != nil {
			return nil, err
		}
		if name == "books" {
			if src.Overlay, err = os.ReadFile("../check/testdata/books-overlay.yaml"); err != nil {
				return nil, err
			}
		}
		sources = append(sources, src)
	}
	cat, found := catalog.Open("", sources)
	return cat, found.Err()
})

// base is the text of a plan: full has every kind of step but asks, decide asks and gives.
func base(t testing.TB, name string) string {
	t.Helper()
	cat, err := small()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	for _, api := range cat.APIs() {
		digests = append(digests, "SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest)
	}
	return strings.NewReplacer(digests...).Replace(string(text))
}

// side reads a plan and judges it, if it may be judged.
func side(t testing.TB, text string, judged bool) diff.Side {
	t.Helper()
	p, found := plan.Parse("plan.yaml", []byte(text))
	if found.HasErrors() {
		t.Fatalf("%v\n%s", found, text)
	}
	if !judged {
		return diff.Side{Plan: p}
	}
	cat, err := small()
	if err != nil {
		t.Fatal(err)
	}
	c, found := check.Check(p, cat)
	if c == nil {
		t.Fatalf("%v\n%s", found, text)
	}
	return diff.Of(c)
}

// edit applies the edits of a case: pairs of texts, what stands and what is put there.
func edit(t testing.TB, text string, edits []string) string {
	t.Helper()
	for _, e := range edits {
		old, now, ok := strings.Cut(e, "\n=>\n")
		old, now = strings.TrimSuffix(old, "\n"), strings.TrimSuffix(now, "\n")
		if !ok || strings.Count(text, old) != 1 {
			t.Fatalf("%q stands %d times", old, strings.Count(text, old))
		}
		text = strings.Replace(text, old, now, 1)
	}
	return text
}

// TestGolden reads testdata/*.txtar: files "edit…" change the plan, "want" is what the
// comparison prints. A file "base" names another plan than full; a file "unjudged" says that
// the new plan is not to be checked.
func TestGolden(t *testing.T) {
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
			var edits []string
			judged, from, want, at := true, "full", "", -1
			for i, f := range a.Files {
				switch {
				case strings.HasPrefix(f.Name, "edit"):
					edits = append(edits, string(f.Data))
				case f.Name == "base":
					from = strings.TrimSpace(string(f.Data))
				case f.Name == "unjudged":
					judged = false
				case f.Name == "want":
					want, at = string(f.Data), i
				}
			}
			old := base(t, from)
			got := diff.Compare(side(t, old, true), side(t, edit(t, old, edits), judged)).String()
			if *update {
				if at < 0 {
					a.Files, at = append(a.Files, txtar.File{Name: "want"}), len(a.Files)
				}
				a.Files[at].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}
