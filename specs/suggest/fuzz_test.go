package suggest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/suggest"
)

// FuzzOverlay holds that what is suggested for any description that can be read applies to
// it: no name in it can break out of its place.
func FuzzOverlay(f *testing.F) {
	for _, file := range []string{"parcel.yaml", "caseboard.json"} {
		data, err := os.ReadFile(filepath.Join("..", "testdata", "third", file))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"openapi":"3.0.0","info":{"title":"a\nb: c"},"paths":{"/a'b\\/{x y}":{"get":{"operationId":"x","parameters":[{"name":"page: 1","in":"query"}],"responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/a.b"}}}}}}}},"components":{"schemas":{"a.b":{"properties":{"id":{"type":"string"},"# no":{"type":"string"}}}}}}`))
	f.Fuzz(func(t *testing.T, spec []byte) {
		doc, _ := openapi.Load("api", spec, nil, openapi.Limits{Bytes: 64 << 10, Nodes: 20_000, Aliased: 1_000})
		if doc == nil {
			return
		}
		_, bare := catalog.Open("", []catalog.Source{{Name: "api", Spec: spec}})
		over := suggest.Overlay(doc)
		_, list := catalog.Open("", []catalog.Source{{Name: "api", Spec: spec, Overlay: over}})
		if bare.HasErrors() {
			return // keywords of the description itself
		}
		for _, d := range list {
			if d.Severity == diag.Error || strings.Contains(d.File, "overlay") {
				t.Errorf("%s\n%s", d, over)
			}
		}
	})
}
