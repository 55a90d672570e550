package llm

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// FuzzExtract holds the way from text to value to what its callers rely on: it ends, it
// never makes up bytes, and what it accepts is one JSON value that decodes again to itself.
func FuzzExtract(f *testing.F) {
	for _, seed := range []string{
		`{"a": 1}`, "```json\n{\"a\": [1, null, \"x\"]}\n```", `so {"a": {"b": true}} it is`, `{"a": 1, "a": 2}`, `{"a": 1e400}`,
		`{"a": "\ud800"}`, "<think>{}</think>[1]", `{{{`, "```\n```", `{"a": "}"} {`, `"x"`, "\ufeff{}", `{"a": 1} {"b": 2}`, "", `[[[[]]]]`,
	} {
		f.Add(seed)
	}
	schema, err := newJudge(Schema{Name: "any", JSON: json.RawMessage(
		`{"anyOf": [{"type": "object", "properties": {"a": {"enum": ["x", 1]}}, "additionalProperties": false}, {"type": ["array", "null"]}]}`)})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		raw, found := extract(text)
		if len(found) > 0 {
			return
		}
		if !strings.Contains(text, raw) {
			// A fenced block is joined from lines; only its line ends may differ.
			flat := strings.NewReplacer("\r", "", "\n", "")
			if !strings.Contains(flat.Replace(text), flat.Replace(raw)) {
				t.Fatalf("%q is not part of the text", raw)
			}
		}
		v, found := decode(raw)
		if len(found) > 0 {
			if v != nil {
				t.Error("a value and findings")
			}
			return
		}
		if !json.Valid([]byte(raw)) {
			t.Fatalf("accepted %q", raw)
		}
		out, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		again, found := decode(string(out))
		if len(found) > 0 {
			t.Fatalf("%s does not decode again: %v", out, found)
		}
		back, err := json.Marshal(again)
		if err != nil || !bytes.Equal(out, back) {
			t.Fatalf("%s became %s (%v)", out, back, err)
		}
		for _, d := range schema.judge(v) {
			if d.Message == "" || len(d.Message) > 1000 {
				t.Errorf("finding %+v", d)
			}
		}
	})
}
