package arazzo_test

import (
	"flag"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/arazzo"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// plans are the plans that are exported, with the folder each stands in. The full one is
// over two small APIs and uses everything but what decide does: questions and outputs.
func plans() map[string]string {
	return map[string]string{
		"closed-won-to-invoice": "../../plans/", "invoice-to-opportunity": "../../plans/",
		"account-to-contact": "../../plans/", "overdue-task": "../../plans/",
		"full": "../../runtime/diff/testdata/", "decide": "../../runtime/diff/testdata/",
	}
}

// sources are the specs of all plans: the embedded ones and two small ones.
func sources() ([]catalog.Source, error) {
	out := specs.Embedded()
	for _, name := range []string{"shop", "books"} {
		src := catalog.Source{Name: name}
		var err error
		if src.Spec, err = os.ReadFile("../../runtime/check/testdata/" + name + ".yaml"); err != nil {
			return nil, err
		}
		if name == "books" {
			if src.Overlay, err = os.ReadFile("../../runtime/check/testdata/books-overlay.yaml"); err != nil {
				return nil, err
			}
		}
		out = append(out, src)
	}
	return out, nil
}

var opened = sync.OnceValues(func() (*catalog.Catalog, error) {
	list, err := sources()
	if err != nil {
		return nil, err
	}
	cat, found := catalog.Open("", list)
	return cat, found.Err()
})

func openAll(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := opened()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// judge reads and checks the text of a plan.
func judge(t testing.TB, text string) *check.Checked {
	t.Helper()
	cat := openAll(t)
	var digests []string
	for _, api := range cat.APIs() {
		digests = append(digests, "SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest)
	}
	p, found := plan.Parse("plan.yaml", []byte(strings.NewReplacer(digests...).Replace(text)))
	if found.HasErrors() {
		t.Fatal(found)
	}
	c, found := check.Check(p, cat)
	if c == nil {
		t.Fatal(found)
	}
	return c
}

func read(t testing.TB, name string) *check.Checked {
	t.Helper()
	return judge(t, source(t, name))
}

// source is the text of a plan, with placeholders for the digests.
func source(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(plans()[name] + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestGolden keeps the documents of all plans. The digest of a plan names the specs, which
// grow, so it is left out.
func TestGolden(t *testing.T) {
	for name := range plans() {
		c := read(t, name)
		d := arazzo.Export(c, openAll(t))
		got := strings.ReplaceAll(string(d.YAML()), string(c.Digest), "DIGEST")
		file := "testdata/" + name + ".arazzo.yaml"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
