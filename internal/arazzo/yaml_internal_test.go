package arazzo

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// TestYAML holds that whatever text stands in a plan is read back as that text: as a value,
// as a name, and within lists.
func TestYAML(t *testing.T) {
	texts := []string{
		"", " ", "a", "a b", " a", "a ", "a  b", "yes", "No", "on", "y", "true", "FALSE", "null", "~", "1", "1.0", "0x1F", "1e3", ".5", ".inf", "-.INF", ".nan", ".", "..", "-", "- a", "---", "...",
		"a: b", "a:", ":a", "a #b", "#a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "{a}", "[a]", "a, b", "?a", "'a'", `"a"`, `\`, "=", "<<", "a\nb", "a\tb", "a\rb", "\x00", "\x1b[31m", "\x7f", "\u0085",
		"\u2028", "\ufeff", "\u202e", "ü", "日本", "😀", "\U000e0041", "2026-11-22", "12:30:45", "0o17", "/steps/0", "./x.json", "a/b", "a(b)", "$inputs.a", "{$inputs.a}", "a-b", "Null", "~a",
	}
	var list []any
	tree := pairs{}
	seen := map[string]bool{}
	for _, s := range texts {
		list = append(list, s)
		if !seen[s] {
			tree = append(tree, pair{s, s})
		}
		seen[s] = true
	}
	tree = append(tree, pair{"list of all", list}, pair{"deep", []any{pairs{{"list", []any{[]any{"x"}, pairs{}, []any{}, nil, true, json.Number("1.50")}}}, pairs{{"a", pairs{{"b", "c"}}}}}})
	var fromYAML, fromJSON any
	if err := yaml.Unmarshal(write(tree), &fromYAML); err != nil {
		t.Fatalf("%v\n%s", err, write(tree))
	}
	text, err := tree.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &fromJSON); err != nil {
		t.Fatal(err)
	}
	for _, s := range texts {
		if got := fromYAML.(map[string]any)[s]; got != s {
			t.Errorf("%q is read as %#v", s, got)
		}
	}
	if diff := cmp.Diff(fromJSON, fromYAML); diff != "" {
		t.Errorf("as JSON and as YAML:\n%s", diff)
	}
}
