package catalog_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
)

// FuzzOpen opens any description under any overlay: whatever they hold, the catalog answers
// for everything that it lists, and a second reading is the same.
func FuzzOpen(f *testing.F) {
	for _, s := range specs.Embedded() {
		f.Add(s.Spec, s.Overlay)
	}
	over := []byte("overlay: 1.0.0\nactions: [{target: '$..get', update: {x-pw-paging: {link: true}, x-pw-entity: Order}}]\n")
	for _, file := range []string{"../testdata/third/parcel.yaml", "../testdata/third/caseboard.json", "../../../shared/specs/xero_accounting.yaml", "../../../shared/specs/salesforce-org-v59.oas.json.gz"} {
		for _, piece := range pieces(f, file) {
			f.Add(piece, over)
		}
	}
	f.Fuzz(func(t *testing.T, spec, overlay []byte) {
		if len(spec) > 64<<10 || len(overlay) > 32<<10 {
			return
		}
		cat, list := catalog.Open("", []catalog.Source{{Name: "api", Spec: spec, Overlay: overlay}})
		if _, ok := cat.API("api"); !ok {
			if !list.HasErrors() {
				t.Fatal("neither an API nor an error")
			}
			return
		}
		for _, o := range cat.Operations("api") {
			if o.Effect != catalog.EffectNone && o.Repeat == nil {
				t.Errorf("%s has an effect and no way", o.ID)
			}
		}
		for _, name := range cat.Objects("api") {
			if _, ok := cat.Object(name); !ok {
				t.Errorf("%s is listed and not there", name)
			}
		}
		cat.Search("create an order", 5)
		again, more := catalog.Open("", []catalog.Source{{Name: "api", Spec: spec, Overlay: overlay}})
		if len(more) != len(list) || len(again.Operations("api")) != len(cat.Operations("api")) {
			t.Errorf("read again it is another: %d findings, then %d", len(list), len(more))
		}
	})
}

// pieces cuts a description into small ones, of one path each with what it refers to. A
// file that is not here gives none; of a large one some are taken.
func pieces(f *testing.F, file string) [][]byte {
	f.Helper()
	in, err := os.Open(filepath.FromSlash(file))
	if err != nil {
		f.Logf("SKIPPED: %s is not here", file)
		return nil
	}
	defer in.Close()
	var r io.Reader = in
	if strings.HasSuffix(file, ".gz") {
		if testing.Short() {
			return nil
		}
		if r, err = gzip.NewReader(in); err != nil {
			f.Fatal(err)
		}
	}
	data, err := io.ReadAll(r)
	if err != nil {
		f.Fatal(err)
	}
	doc, list := openapi.Load("api", data, nil, openapi.Limits{})
	if doc == nil {
		f.Fatal(list)
	}
	var whole struct {
		OpenAPI    string                     `json:"openapi"`
		Paths      map[string]json.RawMessage `json:"paths"`
		Components map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal(doc.JSON(), &whole); err != nil {
		f.Fatal(err)
	}
	var out [][]byte
	paths := slices.Sorted(maps.Keys(whole.Paths))
	step := max(1, len(paths)/12)
	for i := 0; i < len(paths); i += step {
		parts := map[string]map[string]json.RawMessage{"securitySchemes": whole.Components["securitySchemes"]}
		follow(whole.Components, whole.Paths[paths[i]], parts, 40)
		piece, err := json.Marshal(map[string]any{
			"openapi": whole.OpenAPI, "paths": map[string]any{paths[i]: whole.Paths[paths[i]]}, "components": parts,
		})
		if err == nil && len(piece) < 64<<10 {
			out = append(out, piece)
		}
	}
	return out
}

var refs = regexp.MustCompile(`"\$ref":\s*"#/components/([A-Za-z]+)/([^"/]+)"`)

// follow adds the components that a text refers to, and those they do, most of them at most.
func follow(from map[string]map[string]json.RawMessage, text json.RawMessage, to map[string]map[string]json.RawMessage, most int) {
	for _, m := range refs.FindAllSubmatch(text, -1) {
		kind, name := string(m[1]), string(m[2])
		part, ok := from[kind][name]
		if _, have := to[kind][name]; have || !ok || len(to[kind]) >= most {
			continue
		}
		if to[kind] == nil {
			to[kind] = map[string]json.RawMessage{}
		}
		to[kind][name] = part
		follow(from, part, to, most)
	}
}

// FuzzOverlay changes one action of our overlays at a time over our descriptions: what is
// wrong is a finding with a place or the name of what is wrong, never a panic.
func FuzzOverlay(f *testing.F) {
	for _, s := range specs.Embedded() {
		actions := strings.Split(string(s.Overlay), "\n  - target: ")
		for _, a := range actions[1:] {
			f.Add("overlay: 1.0.0\nactions:\n  - target: " + a)
		}
	}
	third, err := os.ReadFile(filepath.FromSlash("../testdata/third/parcel.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, overlay string) {
		if len(overlay) > 32<<10 {
			return
		}
		_, list := catalog.Open("", []catalog.Source{{Name: "parcel", Spec: third, Overlay: []byte(overlay)}})
		for _, d := range list {
			if d.Severity == diag.Error && (d.Message == "" || d.File == "") {
				t.Errorf("a finding without words or file: %+v", d)
			}
		}
	})
}
