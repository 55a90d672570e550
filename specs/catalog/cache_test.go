package catalog_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// everything reads all a catalog holds.
func everything(c *catalog.Catalog) map[string]any {
	out := map[string]any{}
	for _, a := range c.APIs() {
		out["api "+a.Name] = a
		out["operations "+a.Name] = c.Operations(a.Name)
		out["objects "+a.Name] = c.Objects(a.Name)
		for _, name := range c.Objects(a.Name) {
			out["object "+name], _ = c.Object(name)
		}
	}
	return out
}

func open(t testing.TB, dir string, sources []catalog.Source) *catalog.Catalog {
	t.Helper()
	c, found := catalog.Open(dir, sources)
	if found.HasErrors() {
		t.Fatal(found)
	}
	return c
}

func cacheFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestWarmEqualsCold(t *testing.T) {
	dir := t.TempDir()
	cold, first := catalog.Open(dir, specs.Embedded())
	want := everything(cold)
	if n := len(cacheFiles(t, dir)); n != 2 {
		t.Fatalf("%d cache files, want 2", n)
	}
	warm, second := catalog.Open(dir, specs.Embedded())
	if diff := cmp.Diff(want, everything(warm)); diff != "" {
		t.Errorf("warm differs from cold:\n%s", diff)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("findings differ:\n%s", diff)
	}
	if diff := cmp.Diff(cold.Search("raise an invoice", 5), warm.Search("raise an invoice", 5)); diff != "" {
		t.Errorf("search differs:\n%s", diff)
	}
	if plain, _ := catalog.Open("", specs.Embedded()); !cmp.Equal(want, everything(plain)) {
		t.Error("a catalog without a cache differs")
	}
}

func TestFindingsAreKept(t *testing.T) {
	dir := t.TempDir()
	src := []catalog.Source{{Name: "a", Spec: []byte("openapi: 3.0.0\npaths: {/x: {get: {x-pw-effect: fun}}}\n")}}
	_, cold := catalog.Open(dir, src)
	_, warm := catalog.Open(dir, src)
	if len(cold) != 1 || !cmp.Equal(cold, warm) {
		t.Errorf("cold %v, warm %v", cold, warm)
	}
}

// TestDamagedCache flips, cuts and empties a cache file at every place that matters
// and everywhere else in steps: the catalog must come out the same, without a word.
func TestDamagedCache(t *testing.T) {
	dir := t.TempDir()
	src := []catalog.Source{specs.Embedded()[1]}
	c, _ := catalog.Open(dir, src)
	want, err := json.Marshal(everything(c))
	if err != nil {
		t.Fatal(err)
	}
	path := cacheFiles(t, dir)[0]
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c, list := catalog.Open(dir, src)
		got, err := json.Marshal(everything(c))
		if err != nil || string(got) != string(want) || len(list) > 0 {
			t.Errorf("%s: another catalog came out (error %v, findings %v)", name, err, list)
		}
	}
	for _, n := range []int{0, 1, 7, 8, 12, 15, 16, 17, 100, len(good) / 2, len(good) - 1} {
		try(fmt.Sprintf("cut at %d", n), good[:n])
	}
	flips := []int{0, 7, 8, 9, 11, 12, 15, 16, 17, 20, len(good) - 1}
	for i := 1; i < 24; i++ {
		flips = append(flips, i*len(good)/24)
	}
	for _, i := range flips {
		bad := append([]byte{}, good...)
		bad[i] ^= 0x41
		try(fmt.Sprintf("flipped at %d", i), bad)
	}
	try("something else", []byte(strings.Repeat("nonsense ", 10000)))
	try("whole again", good)
}

// TestCacheGoesBadWhileOpen damages the file after the index was read.
func TestCacheGoesBadWhileOpen(t *testing.T) {
	for name, harm := range map[string]func(string) error{
		"removed":   os.Remove,
		"emptied":   func(p string) error { return os.Truncate(p, 0) },
		"scrambled": func(p string) error { return scramble(p) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			src := specs.Embedded()
			cold, _ := catalog.Open(dir, src)
			warm, _ := catalog.Open(dir, src)
			for _, f := range cacheFiles(t, dir) {
				if err := harm(f); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(everything(cold), everything(warm)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func scramble(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for i := range data {
		data[i] ^= 0xff
	}
	return os.WriteFile(path, data, 0o600)
}

func TestCacheFollowsSpecAndOverlay(t *testing.T) {
	dir := t.TempDir()
	spec := "openapi: 3.0.0\ninfo: {title: %s}\npaths: {/x: {get: {responses: {}}}}\n"
	overlay := "overlay: 1.0.0\nactions: [{target: $, update: {x-pw-words: [%s]}}]\n"
	for _, title := range []string{"one", "two"} {
		for _, word := range []string{"red", "blue"} {
			c, list := catalog.Open(dir, []catalog.Source{{Name: "a", Spec: fmt.Appendf(nil, spec, title), Overlay: fmt.Appendf(nil, overlay, word)}})
			a, ok := c.API("a")
			if !ok || len(list) > 0 || a.Title != title || a.Words[0] != word {
				t.Fatalf("%s %s: %+v %v", title, word, a, list)
			}
		}
	}
	if files := cacheFiles(t, dir); len(files) != 1 {
		t.Errorf("old cache files were left: %v", files)
	}
}

func TestEmbeddedIsNotPartOfTheKey(t *testing.T) {
	dir := t.TempDir()
	src := specs.Embedded()
	open(t, dir, src)
	src[0].Embedded = false
	if a, _ := open(t, dir, src).API(src[0].Name); a.Embedded {
		t.Error("a user's spec is called embedded")
	}
}

func TestUnusableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		c, list := catalog.Open(dir, specs.Embedded())
		if len(list) > 0 || len(c.APIs()) != 2 {
			t.Errorf("%s: %d APIs, findings %v", dir, len(c.APIs()), list)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			c, list := catalog.Open(dir, specs.Embedded())
			if len(list) > 0 {
				t.Errorf("findings %v", list)
			}
			var inner sync.WaitGroup
			for range 4 {
				inner.Go(func() {
					everything(c)
					c.Search("invoice", 3)
				})
			}
			inner.Wait()
		})
	}
	wg.Wait()
	for _, f := range cacheFiles(t, dir) {
		if strings.HasSuffix(f, ".tmp") {
			t.Errorf("%s was left behind", f)
		}
	}
}

func TestNamesOfSources(t *testing.T) {
	spec := []byte("openapi: 3.0.0\n")
	for _, c := range []struct {
		names []string
		apis  int
		code  diag.Code
	}{
		{[]string{"a", "b_2"}, 2, ""},
		{[]string{"a", "a"}, 1, catalog.CodeName},
		{[]string{""}, 0, catalog.CodeName},
		{[]string{"../x"}, 0, catalog.CodeName},
		{[]string{"a.b"}, 0, catalog.CodeName},
		{[]string{"Xero"}, 0, catalog.CodeName},
		{[]string{"2x"}, 0, catalog.CodeName},
		{[]string{strings.Repeat("a", 41)}, 0, catalog.CodeName},
	} {
		var src []catalog.Source
		for _, n := range c.names {
			src = append(src, catalog.Source{Name: n, Spec: spec})
		}
		got, list := catalog.Open(t.TempDir(), src)
		if len(got.APIs()) != c.apis || (c.code == "") != (len(list) == 0) || len(list) > 0 && list[0].Code != c.code {
			t.Errorf("%q: %d APIs, findings %v", c.names, len(got.APIs()), list)
		}
	}
}

func TestUnknownNames(t *testing.T) {
	c, _ := catalog.Open("", specs.Embedded())
	if _, ok := c.API("nobody"); ok {
		t.Error("an unknown API")
	}
	for _, name := range []string{"", "xero", "xero.", "xero.nothing", "nobody.getInvoices", "Invoice"} {
		if _, ok := c.Operation(name); ok {
			t.Errorf("operation %q", name)
		}
		if _, ok := c.Object(name); ok {
			t.Errorf("object %q", name)
		}
		if _, ok := c.Entity(name); ok {
			t.Errorf("entity %q", name)
		}
	}
	if c.Operations("nobody") != nil || c.Objects("nobody") != nil {
		t.Error("operations or objects of an unknown API")
	}
	bad, list := catalog.Open("", []catalog.Source{{Name: "a", Spec: []byte("hello")}})
	if !list.HasErrors() || len(bad.APIs()) != 0 {
		t.Errorf("an unreadable spec gave %d APIs and %v", len(bad.APIs()), list)
	}
}

// vendors returns the vendors' own documents, or skips.
func vendors(b testing.TB) map[string]catalog.Source {
	b.Helper()
	out := map[string]catalog.Source{}
	for _, s := range specs.Embedded() {
		file := map[string]string{"xero": "xero_accounting.yaml", "salesforce": "salesforce-org-v59.oas.json.gz"}[s.Name]
		s.Spec = vendorFile(b, file)
		out[s.Name] = s
	}
	return out
}

func BenchmarkCold(b *testing.B) {
	for name, src := range vendors(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var m runtime.MemStats
			for b.Loop() {
				open(b, "", []catalog.Source{src})
			}
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.HeapSys)/(1<<20), "MB-heap")
		})
	}
}

func BenchmarkWarm(b *testing.B) {
	for name, src := range vendors(b) {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			open(b, dir, []catalog.Source{src})
			b.ReportAllocs()
			for b.Loop() {
				open(b, dir, []catalog.Source{src})
			}
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	for name, src := range vendors(b) {
		b.Run(name, func(b *testing.B) {
			c, _ := catalog.Open("", []catalog.Source{src})
			c.Search("warm up", 1)
			for b.Loop() {
				c.Search("create an invoice for the customer", 10)
			}
		})
	}
}
