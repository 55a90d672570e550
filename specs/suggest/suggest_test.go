package suggest_test

import (
	"compress/gzip"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/suggest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func overlay(t *testing.T, name string, spec []byte) []byte {
	t.Helper()
	doc, list := openapi.Load(name, spec, nil, openapi.Limits{})
	if doc == nil {
		t.Fatal(list)
	}
	return suggest.Overlay(doc)
}

// applies opens the spec under the overlay: no finding but what the spec alone has.
func applies(t *testing.T, name string, spec, over []byte) *catalog.Catalog {
	t.Helper()
	cat, list := catalog.Open("", []catalog.Source{{Name: name, Spec: spec, Overlay: over}})
	for _, d := range list {
		if d.Severity == diag.Error || strings.Contains(d.File, "overlay") {
			t.Errorf("%s", d)
		}
	}
	return cat
}

func TestGolden(t *testing.T) {
	for _, file := range []string{"parcel.yaml", "caseboard.json"} {
		name, _, _ := strings.Cut(file, ".")
		t.Run(name, func(t *testing.T) {
			spec, err := os.ReadFile(filepath.Join("..", "testdata", "third", file))
			if err != nil {
				t.Fatal(err)
			}
			got := overlay(t, name, spec)
			golden := filepath.Join("testdata", name+".overlay.yaml")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-golden +got):\n%s", diff)
			}
			applies(t, name, spec, got)
		})
	}
}

// TestSuggested holds the effect of a suggestion, beyond its text.
func TestSuggested(t *testing.T) {
	spec, err := os.ReadFile(filepath.Join("..", "testdata", "third", "parcel.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	cat := applies(t, "parcel", spec, overlay(t, "parcel", spec))
	api, _ := cat.API("parcel")
	want := catalog.Entity{
		Object: "parcel.Shipment", Get: "getShipment", List: "listShipments", Create: "createShipment", Update: "updateShipment",
		Match: []string{"reference"},
	}
	if diff := cmp.Diff(want, api.Entities["Shipment"]); diff != "" {
		t.Errorf("entity (-want +got):\n%s", diff)
	}
	list, _ := cat.Operation("parcel.listCustomers")
	if diff := cmp.Diff(&catalog.Paging{Page: "page", Size: "limit", MaxSize: 50}, list.Paging); diff != "" {
		t.Errorf("paging (-want +got):\n%s", diff)
	}
	ship, _ := cat.Object("parcel.Shipment")
	if f, _ := ship.Field("customer_id"); f.Type.Nominal != "parcel.Customer.id" {
		t.Errorf("customer_id is %s", f.Type)
	}
	cancel, _ := cat.Operation("parcel.cancelShipment")
	if cancel.Effect != catalog.EffectUpdate || cancel.Entity != "parcel.Shipment" || cancel.Params[0].Type.Nominal != "parcel.Shipment.id" {
		t.Errorf("cancel: %s of %s, %v", cancel.Effect, cancel.Entity, cancel.Params)
	}
}

// TestNothingUnsafe holds that no suggestion claims that a write is safe to repeat, or that
// a POST changes nothing: those wait for a person.
func TestNothingUnsafe(t *testing.T) {
	for name, spec := range all(t) {
		t.Run(name, func(t *testing.T) {
			bare, _ := catalog.Open("", []catalog.Source{{Name: name, Spec: spec}})
			cat := applies(t, name, spec, overlay(t, name, spec))
			for _, o := range cat.Operations(name) {
				before, ok := bare.Operation(o.Name())
				if !ok {
					t.Fatalf("%s is new", o.Name())
				}
				if before.Effect != catalog.EffectNone && (o.Effect == catalog.EffectNone || o.Repeat == nil || o.Repeat.Way != catalog.WayAsk) {
					t.Errorf("%s: effect %s, %v", o.Name(), o.Effect, o.Repeat)
				}
			}
		})
	}
}

// all is every description at hand: ours, the two of another style, and the vendors' own.
func all(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{"odd": []byte(`{"openapi": "3.1.0", "paths": {"/it's [a] \"b\"/{x}": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A~1b's"}}}}},
		"get": {"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A~1b's"}}}}, "404": {}}}}},
		"components": {"schemas": {"A/b's": {"properties": {"id": {"type": "string"}, "yes": {"type": "string"}, "a: b # c id": {"type": "string"}}, "required": ["id", "yes"]}}}}`)}
	for _, s := range specs.Embedded() {
		out[s.Name] = s.Spec
	}
	for _, file := range []string{"testdata/third/parcel.yaml", "testdata/third/caseboard.json", "../../shared/specs/xero_accounting.yaml", "../../shared/specs/salesforce-org-v59.oas.json.gz"} {
		f, err := os.Open(filepath.Join("..", file))
		if err != nil {
			t.Logf("SKIPPED: %s is not here", file)
			continue
		}
		defer f.Close()
		var r io.Reader = f
		if strings.HasSuffix(file, ".gz") {
			if testing.Short() {
				continue
			}
			if r, err = gzip.NewReader(f); err != nil {
				t.Fatal(err)
			}
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.NewReplacer("-", "", "_", "").Replace(strings.Split(filepath.Base(file), ".")[0])] = data
	}
	return out
}
