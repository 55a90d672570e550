package openapi

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
)

// minimal is the smallest description with one operation.
const minimal = `openapi: 3.0.3
info: {title: T, version: "1"}
servers: [{url: "https://a.test/v1"}]
paths:
  /things/{id}:
    get:
      summary: Read a thing
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}}
components:
  schemas:
    Thing: {type: object, properties: {id: {type: string}, size: {type: number}}}
`

func load(t *testing.T, spec, overlay string) *Document {
	t.Helper()
	d, list := Load("api", []byte(spec), []byte(overlay), Limits{})
	list = slices.DeleteFunc(list, func(f diag.Diagnostic) bool { return f.Code == CodeUnread }) // unread_test.go has those
	if len(list) > 0 {
		t.Fatalf("findings:\n%v", list)
	}
	return d
}

func TestLoad(t *testing.T) {
	for name, spec := range map[string]string{"YAML": minimal, "JSON": asJSON(t, minimal), "byte order mark": "\ufeff" + minimal} {
		t.Run(name, func(t *testing.T) {
			d := load(t, spec, "")
			if d.Title != "T" || d.Version != "1" || d.Server != "https://a.test/v1" || d.Name != "api" {
				t.Errorf("got %q %q %q %q", d.Title, d.Version, d.Server, d.Name)
			}
			if len(d.Operations) != 1 || d.Operations[0].ID != "things.get" || d.Operations[0].Response.Type.Ref != "api.Thing" {
				t.Errorf("operations %+v", d.Operations)
			}
		})
	}
}

func asJSON(t *testing.T, yaml string) string {
	t.Helper()
	root, err := readYAML([]byte(yaml), DefaultLimits(), fromSpec)
	if err != nil {
		t.Fatal(err)
	}
	return string(root.appendJSON(nil))
}

// TestRefused feeds what must never be read further.
func TestRefused(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	var bomb strings.Builder
	bomb.WriteString("openapi: 3.0.0\na: &a [x,x,x,x,x,x,x,x,x,x]\n")
	for i := range 8 {
		name, before := string(rune('b'+i)), string(rune('a'+i))
		fmt.Fprintf(&bomb, "%s: &%s [%s]\n", name, name, strings.TrimSuffix(strings.Repeat("*"+before+",", 10), ","))
	}
	ref := func(to string) string {
		return strings.Replace(minimal, "#/components/schemas/Thing", to, 1)
	}
	for _, c := range []struct {
		name, spec string
		lim        Limits
		code       diag.Code
		line       int
		part       string
	}{
		{"too large", minimal, Limits{Bytes: 100}, CodeSize, 0, "100"},
		{"deep JSON", `{"openapi":` + deep(1000) + `}`, Limits{}, CodeBound, 1, "levels"},
		{"deep YAML", "openapi: " + deep(1000), Limits{}, CodeBound, 1, "levels"},
		{"very deep YAML", "openapi: " + deep(20000), Limits{}, CodeBound, 0, ""},
		{"many values", `{"openapi":[` + strings.Repeat("1,", 1000) + `1]}`, Limits{Nodes: 500}, CodeBound, 1, "values"},
		{"alias bomb", bomb.String(), Limits{}, CodeBound, 0, "alias"},
		{"self alias", "openapi: &a [*a]\n", Limits{}, CodeBound, 1, "contains itself"},
		{"empty", "", Limits{}, CodeSyntax, 1, "empty"},
		{"list", "- openapi\n", Limits{}, CodeSyntax, 1, "not an object"},
		{"broken JSON", "{\n \"openapi\": \"3.0.0\",\n \"info\" {}}", Limits{}, CodeSyntax, 3, "expected :"},
		{"trailing comma", `{"openapi": "3.0.0",}`, Limits{}, CodeSyntax, 1, "member name"},
		{"text after the end", `{"openapi": "3.0.0"} {}`, Limits{}, CodeSyntax, 1, "after the end"},
		{"cut JSON", `{"openapi": "3.0`, Limits{}, CodeSyntax, 1, "ends inside"},
		{"not UTF-8", "{\"openapi\": \"\xff\"}", Limits{}, CodeSyntax, 1, "UTF-8"},
		{"broken number", `{"openapi": 3.0.0}`, Limits{}, CodeSyntax, 1, "number"},
		{"broken YAML", "openapi: 3.0.0\ninfo: [\n", Limits{}, CodeSyntax, 2, ""},
		{"member twice", "openapi: 3.0.0\ninfo: {}\ninfo: {}\n", Limits{}, CodeSyntax, 3, "twice"},
		{"not OpenAPI", "name: x\n", Limits{}, CodeNotOpenAPI, 1, "openapi"},
		{"Swagger 2", "swagger: '2.0'\n", Limits{}, CodeVersion, 1, "2.0"},
		{"OpenAPI 4", "openapi: 4.0.0\n", Limits{}, CodeVersion, 1, "4.0.0"},
		{"HTTP ref", ref("https://evil.test/schema.json"), Limits{}, CodeExternalRef, 9, "not fetched"},
		{"file ref", ref("file:///etc/passwd"), Limits{}, CodeExternalRef, 9, "not fetched"},
		{"relative ref", ref("../other.yaml#/Thing"), Limits{}, CodeExternalRef, 9, "not fetched"},
		{"ref in a property called example", "openapi: 3.0.0\ncomponents: {schemas: {A: {properties: {example: {$ref: 'http://x/y'}}}}}\n", Limits{}, CodeExternalRef, 2, "fetched"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, list := Load("api", []byte(c.spec), nil, c.lim)
			if d != nil {
				t.Error("a document came back")
			}
			if len(list) == 0 {
				t.Fatal("no finding")
			}
			f := list[0]
			if f.Code != c.code || f.Severity != diag.Error || !strings.Contains(f.Message, c.part) || f.Hint == "" || f.File != "api" {
				t.Errorf("got %+v, want code %s with %q", f, c.code, c.part)
			}
			if c.line > 0 && f.Line != c.line {
				t.Errorf("line %d, want %d", f.Line, c.line)
			}
		})
	}
}

func TestExternalRefPointer(t *testing.T) {
	_, list := Load("api", []byte(strings.Replace(minimal, "#/components/schemas/Thing", "x.yaml", 1)), nil, Limits{})
	if want := "/paths/~1things~1{id}/get/responses/200/content/application~1json/schema/$ref"; list[0].Pointer != want {
		t.Errorf("pointer %q, want %q", list[0].Pointer, want)
	}
}

// TestTolerated loads what breaks the rules of OpenAPI and is common all the same.
func TestTolerated(t *testing.T) {
	for name, spec := range map[string]string{
		"type beside $ref":            strings.Replace(minimal, `{$ref: "#/components/schemas/Thing"}`, `{$ref: "#/components/schemas/Thing", type: string}`, 1),
		"text default on a boolean":   minimal + "    B: {type: object, properties: {on: {type: boolean, default: 'false'}}}\n",
		"no info, no paths":           "openapi: 3.1.0\n",
		"ref inside an example":       minimal + "    E: {type: object, properties: {a: {type: string}}, example: {$ref: 'http://x/y'}}\n",
		"cyclic schemas":              minimal + "    A: {properties: {b: {$ref: '#/components/schemas/B'}}}\n    B: {properties: {a: {$ref: '#/components/schemas/A'}, self: {type: array, items: {$ref: '#/components/schemas/B'}}}}\n",
		"list of itself":              minimal + "    L: {type: array, items: {$ref: '#/components/schemas/L'}}\n    O: {properties: {l: {$ref: '#/components/schemas/L'}}}\n",
		"choice of itself":            minimal + "    L: {oneOf: [{$ref: '#/components/schemas/L'}, {$ref: '#/components/schemas/L'}]}\n    O: {properties: {l: {$ref: '#/components/schemas/L'}}}\n",
		"composed of itself":          minimal + "    L: {allOf: [{$ref: '#/components/schemas/L'}, {$ref: '#/components/schemas/L'}]}\n    O: {properties: {l: {$ref: '#/components/schemas/L'}}}\n",
		"paths of the wrong type":     "openapi: 3.0.0\npaths: [1, 2]\ncomponents: 7\n",
		"operation of the wrong type": "openapi: 3.0.0\npaths: {/a: {get: x, put: {parameters: 3, requestBody: [], responses: [1]}, parameters: {}}, b: {}, /c: 1}\n",
	} {
		t.Run(name, func(t *testing.T) { load(t, spec, "") })
	}
}

func TestBrokenRefIsReportedOnce(t *testing.T) {
	spec := minimal + "    A: {properties: {x: {$ref: '#/nowhere'}, y: {$ref: '#/nowhere'}}}\n"
	d, list := Load("api", []byte(spec), nil, Limits{})
	if d == nil || len(list) != 1 || list[0].Code != CodeBrokenRef || list[0].Severity != diag.Warning || list[0].Line == 0 {
		t.Errorf("document %v, findings %v", d != nil, list)
	}
}

// TestLongChains follows references far enough to exhaust a stack that trusted them.
func TestLongChains(t *testing.T) {
	for _, form := range []string{
		"    S%d: {type: array, items: {$ref: '#/components/schemas/S%d'}}\n",
		"    S%d: {allOf: [{$ref: '#/components/schemas/S%d'}, {properties: {}}]}\n",
		"    S%d: {oneOf: [{$ref: '#/components/schemas/S%d'}]}\n",
		"    S%d: {$ref: '#/components/schemas/S%d'}\n",
		"    S%[1]d: {properties: {next: {properties: {a: {$ref: '#/components/schemas/S%[2]d'}}}}}\n",
	} {
		var b strings.Builder
		b.WriteString(minimal)
		for i := range 10000 {
			fmt.Fprintf(&b, form, i, i+1)
		}
		b.WriteString("    Start: {properties: {s: {$ref: '#/components/schemas/S0'}}}\n")
		if d, _ := Load("api", []byte(b.String()), nil, Limits{}); d == nil {
			t.Errorf("%s: not loaded", form)
		}
	}
}

// TestManyPaths makes a file whose schemas branch, so that following every path would
// take longer than the universe has.
func TestManyPaths(t *testing.T) {
	for _, keyword := range []string{"allOf", "oneOf"} {
		var b strings.Builder
		b.WriteString(minimal)
		for i := range 100 {
			fmt.Fprintf(&b, "    S%d: {%s: [{$ref: '#/components/schemas/S%d'}, {$ref: '#/components/schemas/S%d'}]}\n", i, keyword, i+1, i+1)
		}
		b.WriteString("    S100: {type: object, properties: {x: {type: string}}}\n")
		load(t, b.String(), "")
	}
}

func TestJSONKeepsOrderAndText(t *testing.T) {
	in := `{"openapi":"3.0.0","z":1.50,"a":"\u00e9\"\\","l":[true,null,{}],"n":-1e-7}`
	d := load(t, in, "")
	if diff := cmp.Diff(`{"openapi":"3.0.0","z":1.50,"a":"é\"\\","l":[true,null,{}],"n":-1e-7}`, string(d.JSON())); diff != "" {
		t.Error(diff)
	}
}

func TestYAMLScalars(t *testing.T) {
	root, err := readYAML([]byte("a: 0x10\nb: 1_000\nc: .inf\nd: 2026-11-22\ne: ~\nf: True\ng: 1.5e3\nh: '1'\ni: &x {p: 1, q: 2}\nj: {<<: *x, q: 3}\nk: {q: 4, <<: [*x]}\nl: no\n"), DefaultLimits(), fromSpec)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"a":16,"b":1000,"c":".inf","d":"2026-11-22","e":null,"f":true,"g":1.5e3,"h":"1","i":{"p":1,"q":2},"j":{"p":1,"q":3},"k":{"q":4,"p":1},"l":"no"}`
	if diff := cmp.Diff(want, string(root.appendJSON(nil))); diff != "" {
		t.Error(diff)
	}
}

func TestPlaces(t *testing.T) {
	for name, spec := range map[string]string{
		"yaml": "openapi: 3.0.0\npaths:\n  /a:\n    get:\n      x-pw-nonsense: 1\n      responses: {}\n",
		"json": "{\"openapi\": \"3.0.0\",\n\"paths\": {\n  \"/a\": {\n    \"get\": {\n      \"x-pw-nonsense\": 1, \"responses\": {}}}}}",
	} {
		t.Run(name, func(t *testing.T) {
			_, list := Load("api", []byte(spec), nil, Limits{})
			if len(list) != 1 || list[0].Line != 5 || list[0].Pointer != "/paths/~1a/get/x-pw-nonsense" {
				t.Errorf("findings %+v", list)
			}
		})
	}
}

// seeds are real documents for fuzzing, where they are to hand.
func seeds(f *testing.F) {
	f.Add([]byte(minimal))
	f.Add([]byte(`{"openapi":"3.1.0","paths":{"/a":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"type":["string","null"]}}}}}}}}}`))
	f.Add([]byte("openapi: 3.0.0\na: &a [*a]\n"))
	for _, name := range []string{"../xero/xero.yaml", "../salesforce/salesforce.yaml"} {
		if data, err := os.ReadFile(filepath.FromSlash(name)); err == nil {
			f.Add(data)
		}
	}
}

func FuzzLoad(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		d, list := Load("api", data, nil, Limits{Bytes: 1 << 20, Nodes: 50_000, Aliased: 2_000})
		if d == nil {
			if !list.HasErrors() {
				t.Fatal("neither a document nor an error")
			}
			return
		}
		again, more := Load("api", d.JSON(), nil, Limits{})
		if again == nil {
			t.Fatalf("what was written cannot be read: %v", more)
		}
		if string(again.JSON()) != string(d.JSON()) {
			t.Fatal("writing and reading changes the document")
		}
		if len(again.Operations) != len(d.Operations) || len(again.Objects) != len(d.Objects) {
			t.Fatal("the written document means something else")
		}
	})
}

func FuzzOverlay(f *testing.F) {
	f.Add([]byte("overlay: 1.0.0\nactions: [{target: $, update: {x: 1}}]\n"))
	f.Add([]byte("overlay: 1.0.0\nactions: [{target: \"$..[?@.type == 'string']\", remove: true}]\n"))
	f.Add([]byte("overlay: 1.0.0\nactions: [{target: \"$.paths['/things/{id}'].get.parameters\", update: {name: q, in: query}}]\n"))
	for _, name := range []string{"../overlay/xero.yaml", "../overlay/salesforce.yaml"} {
		if data, err := os.ReadFile(filepath.FromSlash(name)); err == nil {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, list := Load("api", []byte(minimal), data, Limits{Bytes: 1 << 16, Nodes: 20_000, Aliased: 1_000})
		if d == nil && !list.HasErrors() {
			t.Fatal("neither a document nor an error")
		}
	})
}
