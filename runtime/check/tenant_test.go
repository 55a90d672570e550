package check_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/tenant"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/rogpeppe/go-internal/txtar"
)

// surveyed is the catalog of the two small APIs with what tells of their tenants.
var surveyed = sync.OnceValues(func() (*catalog.Catalog, error) {
	text := map[string][]byte{}
	for _, f := range []string{"shop.yaml", "books.yaml", "books-overlay.yaml", "tenant/shop-more.yaml", "tenant/books-more.yaml"} {
		data, err := os.ReadFile("testdata/" + f)
		if err != nil {
			return nil, err
		}
		text[f] = data
	}
	cat, found := catalog.Open("", []catalog.Source{
		{Name: "shop", Spec: text["shop.yaml"], Overlay: text["tenant/shop-more.yaml"]},
		{Name: "books", Spec: text["books.yaml"], Overlay: slices.Concat(text["books-overlay.yaml"], text["tenant/books-more.yaml"])},
	})
	return cat, found.Err()
})

func openSurveyed(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := surveyed()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func snapshot(t testing.TB, data []byte) *tenant.Snapshot {
	t.Helper()
	s, err := tenant.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tenantsOf returns the snapshots a case brings along; without any those of the folder, and
// with a file "none" none.
func tenantsOf(t *testing.T, a *txtar.Archive) []*tenant.Snapshot {
	t.Helper()
	var out []*tenant.Snapshot
	for _, f := range a.Files {
		if f.Name == "none" {
			return nil
		}
		if strings.HasSuffix(f.Name, ".json") {
			out = append(out, snapshot(t, f.Data))
		}
	}
	for _, file := range []string{"books.json", "shop.json"} {
		data, err := os.ReadFile("testdata/tenant/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if len(out) < 2 && !slices.ContainsFunc(a.Files, func(f txtar.File) bool { return strings.HasSuffix(f.Name, ".json") }) {
			out = append(out, snapshot(t, data))
		}
	}
	return out
}

// TestGoldenTenants reads testdata/tenant/*.txtar: a plan, the tenants it is judged
// against, and in the last file, "want", what is found.
func TestGoldenTenants(t *testing.T) {
	cat := openSurveyed(t)
	files, err := filepath.Glob("testdata/tenant/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p, found := plan.Parse(a.Files[0].Name, []byte(fill(t, cat, string(a.Files[0].Data))))
			if len(found) > 0 {
				t.Fatal(render(found))
			}
			c, found := check.Check(p, cat, tenantsOf(t, a)...)
			if (c == nil) != found.HasErrors() {
				t.Errorf("Checked is nil: %v, errors: %v", c == nil, found.HasErrors())
			}
			inPlace(t, p, found)
			want := &a.Files[len(a.Files)-1]
			if want.Name != "want" {
				t.Fatalf("the last file is %s, not want", want.Name)
			}
			got := render(found)
			if *update {
				want.Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Errorf("findings differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGoldenPairs reads testdata/pairs/*.txtar: two plans, and what is found of them together.
func TestGoldenPairs(t *testing.T) {
	cat := openSurveyed(t)
	files, err := filepath.Glob("testdata/pairs/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var plans []*check.Checked
			for _, f := range a.Files[:2] {
				p, found := plan.Parse(f.Name, []byte(fill(t, cat, string(f.Data))))
				if len(found) > 0 {
					t.Fatal(render(found))
				}
				c, found := check.Check(p, cat)
				if c == nil {
					t.Fatal(render(found))
				}
				plans = append(plans, c)
			}
			var got strings.Builder
			for i, c := range plans {
				if d := c.Rounds(plans[1-i]); d != nil {
					inPlace(t, c.Plan, diag.List{*d})
					got.WriteString(render(diag.List{*d}))
				}
			}
			want := &a.Files[len(a.Files)-1]
			if *update {
				want.Data = []byte(got.String())
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want.Data), got.String()); diff != "" {
				t.Errorf("findings differ (-want +got):\n%s", diff)
			}
		})
	}
}
