package loop

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/plan"
)

// zero stands for the digests that plans in testdata leave open.
const zero = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

// shelf is every plan in the repository's testdata that reads as one, by file.
func shelf(t testing.TB) map[string]*plan.Plan {
	t.Helper()
	out := map[string]*plan.Plan{}
	for _, pattern := range []string{"*/plans/*.yaml", "*/testdata/*.yaml", "*/*/testdata/*.yaml", "*/*/testdata/*.txtar", "*/*/testdata/*/*.txtar", "*/*/testdata/*/*.yaml"} {
		files, err := filepath.Glob("../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for i, part := range strings.Split("\n"+string(data), "\n-- ") {
				if _, body, cut := strings.Cut(part, " --\n"); cut {
					part = body
				}
				if !strings.Contains(part, "planwright: 1") {
					continue
				}
				for _, api := range []string{"shop", "books", "salesforce", "xero"} {
					part = strings.NewReplacer("SPEC("+api+")", zero, "OVERLAY("+api+")", zero).Replace(part)
				}
				if p, list := plan.Parse(file, []byte(part)); !list.HasErrors() {
					out[file+"#"+string(rune('0'+i))] = p
				}
			}
		}
	}
	if len(out) < 20 {
		t.Fatalf("only %d plans found", len(out))
	}
	return out
}

// TestSubmissionKeepsThePlan: a plan that is submitted and read back is the same plan.
func TestSubmissionKeepsThePlan(t *testing.T) {
	kept := 0
	for file, p := range shelf(t) {
		data, err := Submission(p)
		if err != nil {
			if held(p) {
				t.Errorf("%s: %v", file, err)
			}
			continue
		}
		kept++
		c := compose(data, p.Goal, func(api string) (plan.APIRef, bool) { ref, ok := p.APIs[api]; return ref, ok })
		q, list := c.parse()
		if list.HasErrors() {
			t.Errorf("%s: %v", file, list)
			continue
		}
		if p.Digest() != q.Digest() {
			t.Errorf("%s: another plan:\n%s", file, cmp.Diff(string(p.Canonical()), string(q.Canonical())))
		}
		// Every place of the plan has a place in the answer.
		p.Walk(func(pointer string, _ plan.Value) {
			if at := c.at(pointer); !pointsAt(data, at) || c.where[pointer] == "" {
				t.Errorf("%s: %s is said at %s, which is nowhere", file, pointer, at)
			}
		})
	}
	if kept < 20 {
		t.Errorf("only %d plans kept", kept)
	}
}

// held reports whether a plan is one the form should hold: it uses the APIs it pins, sends
// nothing empty, and leaves to the catalog which effect a write has.
func held(p *plan.Plan) bool {
	whole := true
	p.Walk(func(_ string, v plan.Value) { whole = whole && (v.Kind != plan.Literal || v.Literal != nil) })
	p.All(func(_ string, s *plan.Step) { whole = whole && s.Effect == "" })
	text := string(p.Canonical())
	for api := range p.APIs {
		whole = whole && (strings.Contains(text, `"`+api+".") || p.Trigger.API == api)
	}
	return whole
}

// pointsAt follows a JSON pointer.
func pointsAt(data []byte, pointer string) bool {
	var v any
	if json.Unmarshal(data, &v) != nil {
		return false
	}
	for _, token := range strings.Split(pointer, "/")[1:] {
		switch in := v.(type) {
		case map[string]any:
			inner, ok := in[token]
			if !ok {
				return false
			}
			v = inner
		case []any:
			i := 0
			for _, d := range token {
				i = i*10 + int(d-'0')
			}
			if i < 0 || i >= len(in) {
				return false
			}
			v = in[i]
		default:
			return false
		}
	}
	return true
}

// TestSchemaIsStrict holds the schema to what strict modes of all providers take.
func TestSchemaIsStrict(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(answerSchema().JSON, &root); err != nil {
		t.Fatal(err)
	}
	allowed := map[string]bool{
		"type": true, "properties": true, "required": true, "additionalProperties": true, "items": true,
		"anyOf": true, "enum": true, "$ref": true, "$defs": true, "description": true,
	}
	if root["type"] != "object" || root["anyOf"] != nil {
		t.Error("the root must be an object")
	}
	var walk func(at string, s map[string]any)
	walk = func(at string, s map[string]any) {
		for key := range s {
			if !allowed[key] {
				t.Errorf("%s: %s is outside the strict subset", at, key)
			}
		}
		props, _ := s["properties"].(map[string]any)
		if s["type"] == "object" {
			required, _ := s["required"].([]any)
			if len(required) != len(props) || s["additionalProperties"] != false {
				t.Errorf("%s: every property is required and there are no others", at)
			}
		}
		if ref, ok := s["$ref"].(string); ok {
			defs, _ := root["$defs"].(map[string]any)
			if defs[strings.TrimPrefix(ref, "#/$defs/")] == nil {
				t.Errorf("%s: %s is not there", at, ref)
			}
		}
		defs, _ := s["$defs"].(map[string]any)
		for name, p := range props {
			walk(at+"/"+name, p.(map[string]any))
		}
		for name, p := range defs {
			walk("#"+name, p.(map[string]any))
		}
		if items, ok := s["items"].(map[string]any); ok {
			walk(at+"[]", items)
		}
		ways, _ := s["anyOf"].([]any)
		for _, one := range ways {
			walk(at+"|", one.(map[string]any))
		}
	}
	walk("", root)
	if !bytes.Equal(answerSchema().JSON, submissionSchema) {
		t.Error("the schema is handed out changed")
	}
}
