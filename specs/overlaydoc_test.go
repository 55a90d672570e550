package specs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
)

func overlayDoc(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "docs", "overlay.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestOverlayDocNamesEveryKeyword holds docs/overlay.md and the code to name the same
// keywords at the same levels, each with an example.
func TestOverlayDocNamesEveryKeyword(t *testing.T) {
	doc := overlayDoc(t)
	root, operation, object := openapi.Keywords()
	heading := regexp.MustCompile("(?m)^### `(x-pw-[a-z0-9-]+)`(?: \\(.*\\))?$")
	for title, want := range map[string][]string{"At the root": root, "On an operation": operation, "On a schema": object} {
		_, section, ok := strings.Cut(doc, "\n## "+title+"\n")
		if !ok {
			t.Errorf("no section %q", title)
			continue
		}
		section, _, _ = strings.Cut(section, "\n## ")
		var got []string
		for _, part := range strings.Split(section, "\n### ")[1:] {
			m := heading.FindStringSubmatch("### " + strings.SplitN(part, "\n", 2)[0])
			if m == nil {
				t.Errorf("odd heading %q", strings.SplitN(part, "\n", 2)[0])
				continue
			}
			got = append(got, m[1])
			_, example, _ := strings.Cut(part, "```yaml\n")
			example, _, _ = strings.Cut(example, "\n```")
			if !strings.Contains(example, m[1]+":") || strings.Count(example, "\n") < 1 {
				t.Errorf("%s has no example of two lines", m[1])
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-code +doc):\n%s", title, diff)
		}
	}
	if !strings.Contains(doc, openapi.Optional) {
		t.Errorf("the document does not speak of %s", openapi.Optional)
	}
}

// TestOverlayDocExamples applies each example of a keyword where it belongs: none may
// be refused.
func TestOverlayDocExamples(t *testing.T) {
	const spec = `
openapi: 3.0.0
x-pw-gate-names: {"tier:advanced": Named}
x-pw-auth: {flow: client_credentials, token: t, known: {accounting.invoices: Known}}
paths:
  /Things: {get: {operationId: query, parameters: [{name: contact, in: query, schema: {type: string}}, {name: where, in: query, schema: {type: string}}, {name: page, in: query, schema: {type: integer}}, {name: pageSize, in: query, schema: {type: integer}}], responses: {}}, put: {operationId: create, responses: {}}}
  /a: {get: {operationId: getItems, x-pw-filter: {param: where, language: xero}, parameters: [{name: where, in: query, schema: {type: string}}], responses: {}}, put: {operationId: createItems, responses: {}}}
  /d: {get: {operationId: getDeleted, parameters: [{name: kind, in: query, schema: {type: string}}, {name: from, in: query, schema: {type: string, format: date-time}}, {name: to, in: query, schema: {type: string, format: date-time}}], responses: {}}}
  /b: {get: {operationId: getInvoices, parameters: [{name: If-Modified-Since, in: header, schema: {type: string, format: date-time}}], responses: {}}}
components: {schemas: {Item: {properties: {Code: {type: string}, Name: {type: string}}}, Invoice: {properties: {Total: {type: number}}}}}
`
	_, doc, _ := strings.Cut(overlayDoc(t), "\n## At the root\n")
	n := 0
	for _, part := range []struct{ title, target string }{
		{"", "$"}, {"On an operation", "$.paths['/Things'].get"}, {"On a schema", "$.components.schemas.Item"},
	} {
		section := doc
		if part.title != "" {
			_, section, _ = strings.Cut(doc, "\n## "+part.title+"\n")
		}
		section, _, _ = strings.Cut(section, "\n## ")
		for _, block := range strings.Split(section, "```yaml\n")[1:] {
			block, _, _ = strings.Cut(block, "\n```")
			n++
			indented := "      " + strings.ReplaceAll(block, "\n", "\n      ")
			overlay := "overlay: 1.0.0\nactions:\n  - target: \"" + part.target + "\"\n    update:\n" + indented + "\n"
			_, list := catalog.Open("", []catalog.Source{{Name: "a", Spec: []byte(spec), Overlay: []byte(overlay)}})
			if len(list) > 0 {
				t.Errorf("%s\n%v", block, list)
			}
		}
	}
	if root, operation, object := openapi.Keywords(); n != len(root)+len(operation)+len(object) {
		t.Errorf("%d examples for %d keywords", n, len(root)+len(operation)+len(object))
	}
}

// TestEveryKeywordIsUsed keeps keywords from outliving their use: each stands in one of
// our overlays, or in the list of those a vendor may need.
func TestEveryKeywordIsUsed(t *testing.T) {
	spare := []string{"x-pw-relations", "x-pw-write-only"}
	var all strings.Builder
	for _, s := range specs.Embedded() {
		all.WriteString(string(s.Overlay))
	}
	root, operation, object := openapi.Keywords()
	for _, k := range slices.Concat(root, operation, object) {
		if !strings.Contains(all.String(), k+":") && !slices.Contains(spare, k) {
			t.Errorf("%s is used in no overlay", k)
		}
	}
}

// TestOverlayLinesHaveReasons wants a comment or a description for whatever an overlay
// of ours claims.
func TestOverlayLinesHaveReasons(t *testing.T) {
	for _, s := range specs.Embedded() {
		actions := strings.Split(string(s.Overlay), "\n  - target: ")[1:]
		for _, a := range actions {
			target, _, _ := strings.Cut(a, "\n")
			if !strings.Contains(a, "description: ") && !strings.Contains(a, "# ") {
				t.Errorf("%s overlay: %s has neither description nor comment", s.Name, target)
			}
		}
	}
}
