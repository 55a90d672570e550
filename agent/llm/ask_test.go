package llm_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/internal/diag"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// echo is a model that answers what it was made with.
type echo struct {
	resp llm.Response
	err  error
}

func (echo) Name() string   { return "echo" }
func (echo) Caps() llm.Caps { return llm.Caps{} }
func (e echo) Complete(context.Context, llm.Request) (llm.Response, error) {
	return e.resp, e.err
}

func says(text string) echo {
	return echo{resp: llm.Response{Text: text, Finish: llm.Stop, Usage: llm.Usage{Input: 3, Output: 4}}}
}

const planSchema = `{
  "type": "object", "additionalProperties": false, "required": ["name", "count", "mode", "steps"],
  "properties": {
    "name": {"type": ["string", "null"]},
    "count": {"type": "number"},
    "mode": {"type": "string", "enum": ["draft", "authorised"]},
    "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}}
  },
  "$defs": {
    "step": {"anyOf": [
      {"type": "object", "additionalProperties": false, "required": ["kind", "operation"],
       "properties": {"kind": {"const": "read"}, "operation": {"type": "string"}}},
      {"type": "object", "additionalProperties": false, "required": ["kind", "that"],
       "properties": {"kind": {"const": "assert"}, "that": {"$ref": "#/$defs/leaf"}}},
      {"type": "null"}
    ]},
    "leaf": {"anyOf": [{"type": "string"}, {"type": "null"}]}
  }
}`

var schema = &llm.Schema{Name: "plan", JSON: json.RawMessage(planSchema)}

const good = `{"name": null, "count": 12345678901234567890.10, "mode": "draft", "steps": [{"kind": "read", "operation": "a\u0062"}]}`

func TestAskFindsTheOneValue(t *testing.T) {
	for name, text := range map[string]string{
		"plain":               good,
		"white space around":  " \n" + good + "\n\n",
		"byte order mark":     "\ufeff" + good,
		"fenced":              "```json\n" + good + "\n```",
		"fenced, no language": "```\n" + good + "\n```\n",
		"fenced in prose":     "Here you are:\n\n```json\n" + good + "\n```\nAnything else?",
		"indented fence":      "1. the plan\n   ```json\n" + good + "\n   ```",
		"fence not closed":    "```json\n" + good,
		"other fence too":     "```sh\nls\n```\n```json\n" + good + "\n```",
		"prose around":        "Sure! " + good + " Tell me if it fits.",
		"brace in prose":      "I used {x} for {the thing. " + good,
		"thinking aloud":      "<think>maybe {\"a\": 1}?</think>\n" + good,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := llm.Ask(t.Context(), says(text), llm.Request{Schema: schema})
			if err != nil {
				t.Fatal(err)
			}
			if string(got.JSON) != good {
				t.Errorf("got %s", got.JSON)
			}
			want := map[string]any{
				"name": nil, "count": json.Number("12345678901234567890.10"), "mode": "draft",
				"steps": []any{map[string]any{"kind": "read", "operation": "ab"}},
			}
			if diff := cmp.Diff(want, got.Value); diff != "" {
				t.Error(diff)
			}
			if got.Usage.Output != 4 {
				t.Errorf("the usage is lost: %v", got.Usage)
			}
		})
	}
}

func TestAskRefuses(t *testing.T) {
	step := func(s string) string {
		return `{"name": "n", "count": 1, "mode": "draft", "steps": [` + s + `]}`
	}
	for _, tc := range []struct{ name, text, want string }{
		{"no JSON", "I cannot do that, sorry.", "answer-no-json  the answer holds no JSON object"},
		{"cut", `{"name": "n", "steps": [{"kind": "read"}, {"kind": "re`, `answer-cut  the JSON ends before it is complete, after "\"steps\": [{\"kind\": \"read\"}, {\"kind\": \"re"`},
		{"cut in a fence", "```json\n{\"name\": [1, 2", "answer-cut  the JSON ends before it is complete"},
		{"half an answer holds a whole object", `Here: {"name": "n", "steps": [` + good + `,`, "answer-cut"},
		{"two", good + "\n" + good, "answer-many  the answer holds 2 JSON values"},
		{"two blocks", "```\n" + good + "\n```\n```\n" + good + "\n```", "answer-many  the answer holds 2 JSON values"},
		{"one and a half", good + ` or {"name":`, "answer-many"},
		{"trailing comma", `{"name": "n",}`, `answer-syntax  the text is not JSON from character 14 on, after "{\"name\": \"n\",}": invalid character '}' looking for beginning of object key string`},
		{"comment", "{\"name\": \"n\" // the name\n}", "answer-syntax"},
		{"not text", "{\"name\": \"\xff\"}", "answer-not-text"},
		{"twice", `{"name": "a", "name": "b"}`, `answer-duplicate-key /name the key "name" stands twice in one object`},
		{"twice, deeper", step(`{"kind": "read", "operation": "a", "operation": "b"}`), "answer-duplicate-key /steps/0/operation "},
		{"escaped twice", `{"na\u006de": "a", "name": "b"}`, "answer-duplicate-key /name "},
		{"too deep", strings.Repeat("[", 70) + strings.Repeat("]", 70), "answer-too-deep /0/0"},
		{"long number", `{"count": 1e999999999}`, "answer-number /count the number has more than 100 digits"},
		{"top is a list", "[]", "answer-type  here is an array, where the schema asks for an object"},
		{"missing", `{"name": "n", "count": 1}`, `answer-missing-key  the object lacks "mode" and "steps"`},
		{"wrong type", `{"name": "n", "count": "1", "mode": "draft", "steps": []}`, "answer-type /count here is a string, where the schema asks for a number"},
		{"two types", `{"name": 1, "count": 1, "mode": "draft", "steps": []}`, "answer-type /name here is a number, where the schema asks for a string or null"},
		{"choice", `{"name": "n", "count": 1, "mode": "drafts", "steps": []}`, `answer-choice /mode here is "drafts", where the schema allows "draft" or "authorised" (did you mean draft?)`},
		{"unknown key", `{"nam": "n", "name": "n", "count": 1, "mode": "draft", "steps": []}`, `answer-unknown-key /nam the schema has no key "nam" here (did you mean name?)`},
		{"form by tag", step(`{"kind": "read"}`), `answer-missing-key /steps/0 the object lacks "operation"`},
		{"key of another form", step(`{"kind": "read", "operation": "x", "that": "y"}`), `answer-unknown-key /steps/0/that the schema has no key "that" here`},
		{"no such form", step(`{"kind": "write", "operation": "x"}`), `answer-choice /steps/0/kind here is "write", where the schema allows "read" or "assert"`},
		{"misspelt form", step(`{"kind": "raed", "operation": "x"}`), `answer-choice /steps/0/kind here is "raed", where the schema allows "read" or "assert" (did you mean "read"?)`},
		{"form of another type", step(`7`), "answer-type /steps/0 here is a number, where the schema asks for an object or null"},
		{"nullable inside a form", step(`{"kind": "assert", "that": 5}`), "answer-type /steps/0/that here is a number, where the schema asks for a string or null"},
		{"no tag", step(`{}`), "answer-variant /steps/0 the value fits none of the 3 forms"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := llm.Ask(t.Context(), says(tc.text), llm.Request{Schema: schema})
			var bad *llm.BadOutput
			if !errors.As(err, &bad) {
				t.Fatalf("got %v, want BadOutput", err)
			}
			d := bad.Found[0]
			line := fmt.Sprintf("%s %s %s", d.Code, d.Pointer, d.Message)
			if d.Hint != "" {
				line += " (" + d.Hint + ")"
			}
			if !strings.HasPrefix(line, tc.want) {
				t.Errorf("got  %s\nwant %s", line, tc.want)
			}
			if got.Text != tc.text || bad.Text != tc.text || got.Usage.Input != 3 {
				t.Errorf("the response is lost: %+v", got.Response)
			}
			if got.JSON != nil || got.Value != nil {
				t.Errorf("a refused answer has a value: %s", got.JSON)
			}
		})
	}
}

func TestAskCapsFindings(t *testing.T) {
	text := `{"name": "n", "count": 1, "mode": "draft", "steps": [` + strings.Repeat("1,", 200) + `1]}`
	_, err := llm.Ask(t.Context(), says(text), llm.Request{Schema: schema})
	var bad *llm.BadOutput
	if !errors.As(err, &bad) || len(bad.Found) != 21 {
		t.Fatalf("got %v", err)
	}
}

// TestAskIsQuick holds hostile text to a time that only a bounded walk can keep.
func TestAskIsQuick(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("{", llm.MaxAnswer), strings.Repeat("{x}", llm.MaxAnswer/3), strings.Repeat(`{"`, llm.MaxAnswer/2),
		strings.Repeat("```\n{\n", llm.MaxAnswer/6), strings.Repeat("[", llm.MaxAnswer),
	} {
		if _, err := llm.Ask(t.Context(), says(text), llm.Request{Schema: schema}); err == nil {
			t.Errorf("%.10s… passed", text)
		}
	}
}

func TestAskWithoutSchemaTakesAnyValue(t *testing.T) {
	got, err := llm.Ask(t.Context(), says("[1, 2]"), llm.Request{})
	if err != nil || string(got.JSON) != "[1, 2]" {
		t.Errorf("got %s, %v", got.JSON, err)
	}
}

func TestAskRefusesBrokenSchema(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":        `{`,
		"not a schema":   `{"type": 7}`,
		"leads outside":  `{"$ref": "https://example.com/schema.json"}`,
		"reads a file":   `{"$ref": "file:///etc/passwd"}`,
		"foreign schema": `{"$schema": "https://example.com/draft", "type": "object"}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := llm.Ask(t.Context(), says(good), llm.Request{Schema: &llm.Schema{Name: "plan", JSON: json.RawMessage(text)}})
			var bad *llm.BadOutput
			if err == nil || errors.As(err, &bad) || !strings.HasPrefix(err.Error(), "schema plan: ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEnded(t *testing.T) {
	for _, tc := range []struct {
		in   llm.Response
		want error
	}{
		{llm.Response{Text: "x", Finish: llm.Stop}, nil},
		{llm.Response{Text: "x", Finish: llm.Tool}, nil},
		{llm.Response{Text: "I  will\nnot\x00", Finish: llm.Refusal}, &llm.Refused{What: "I will not"}},
		{llm.Response{Text: "{", Finish: llm.Length}, &llm.Truncated{Text: "{"}},
		{llm.Response{Text: strings.Repeat("x", llm.MaxAnswer+1), Finish: llm.Stop}, &llm.TooLong{Limit: llm.MaxAnswer}},
	} {
		if _, err := llm.Ended(tc.in); !cmp.Equal(err, tc.want) {
			t.Errorf("%.20v: got %v, want %v", tc.in, err, tc.want)
		}
	}
	_, err := llm.Ended(llm.Response{Text: " \n", Finish: llm.Stop})
	var bad *llm.BadOutput
	if !errors.As(err, &bad) || bad.Found[0].Code != "answer-empty" {
		t.Errorf("an empty answer is %v", err)
	}
}

// TestFailureTexts shows every failure as a person reads it.
func TestFailureTexts(t *testing.T) {
	for want, err := range map[string]error{
		"the model's provider limits calls: try again in 9s":                    &llm.RateLimited{RetryAfter: 9 * time.Second},
		"the model's provider limits calls":                                     &llm.RateLimited{},
		"the model is not available: the connection broke off":                  &llm.Unavailable{What: "the connection broke off"},
		"the model's provider does not accept the key (status 401)":             &llm.Auth{Status: 401},
		`the endpoint has no model "gpt-0"`:                                     &llm.UnknownModel{Name: "gpt-0"},
		"the model's endpoint refused the request: status 400":                  &llm.BadRequest{What: "status 400"},
		"the model declined to answer: No.":                                     &llm.Refused{What: "No."},
		"the model declined to answer":                                          &llm.Refused{},
		"the model's answer was cut short":                                      &llm.Truncated{},
		"the model's answer does not end: more than 9 bytes":                    &llm.TooLong{Limit: 9},
		"the model's answer cannot be read":                                     &llm.BadOutput{},
		"the model's answer cannot be read: here is null, and it should not be": &llm.BadOutput{Found: diag.List{{Message: "here is null, and it should not be"}}},
	} {
		if err.Error() != want {
			t.Errorf("got %q, want %q", err, want)
		}
	}
}

func TestBrief(t *testing.T) {
	for in, want := range map[string]string{
		"a\n\tb  c":                 "a b c",
		"a\x00\u202eb\xff":          "ab",
		strings.Repeat("x", 300):    strings.Repeat("x", 300),
		strings.Repeat("x", 301):    strings.Repeat("x", 297) + "…",
		strings.Repeat("ü", 160):    strings.Repeat("ü", 148) + "…",
		strings.Repeat(" y ", 9000): strings.Repeat("y ", 148) + "y…",
	} {
		if got := llm.Brief(in); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestUsageAdds(t *testing.T) {
	if got := (llm.Usage{Input: 1, Output: 2}).Plus(llm.Usage{Input: 10, Output: 20}); got != (llm.Usage{Input: 11, Output: 22}) {
		t.Errorf("got %v", got)
	}
}

// TestAskExplainsOtherRules covers what a schema outside the subset can ask for: such
// findings name the rule, and never pass.
func TestAskExplainsOtherRules(t *testing.T) {
	for rule, want := range map[string]string{
		`{"minLength": 9}`:                        `the value breaks the rule "minLength" of the schema`,
		`{"not": {"type": "string"}}`:             `the value breaks the rule "not" of the schema`,
		`{"allOf": [{"maxLength": 1}]}`:           `the value breaks the rule "maxLength" of the schema`,
		`false`:                                   `the value breaks the rule "false" of the schema`,
		`{"enum": [{"a": 1}, ["b"], null, 2.50]}`: `here is "text", where the schema allows an object or a list or null or 2.50`,
	} {
		_, err := llm.Ask(t.Context(), says(`"text"`), llm.Request{Schema: &llm.Schema{Name: "x", JSON: json.RawMessage(rule)}})
		var bad *llm.BadOutput
		if !errors.As(err, &bad) || bad.Found[0].Message != want {
			t.Errorf("%s: got %v", rule, err)
		}
	}
}

func TestAskPassesFailures(t *testing.T) {
	want := &llm.Auth{Status: 401}
	if _, err := llm.Ask(t.Context(), echo{err: want}, llm.Request{}); !errors.Is(err, want) {
		t.Errorf("got %v", err)
	}
	_, err := llm.Ask(t.Context(), echo{resp: llm.Response{Text: "{", Finish: llm.Length}}, llm.Request{})
	var cut *llm.Truncated
	if !errors.As(err, &cut) {
		t.Errorf("got %v", err)
	}
}

// TestGoldenSystemTexts shows what a model is told when its provider cannot enforce the
// schema: weaker means say more.
func TestGoldenSystemTexts(t *testing.T) {
	r := llm.Request{System: "Be exact.", Schema: &llm.Schema{Name: "yes", JSON: json.RawMessage("{ \"type\":\n\"object\" }")}}
	var b strings.Builder
	for _, c := range []llm.Caps{{StrictSchema: true, ForcedTool: true, JSONMode: true}, {ForcedTool: true, JSONMode: true}, {JSONMode: true}, {}} {
		fmt.Fprintf(&b, "== %s\n%s\n", c.Means(), r.SystemFor(c.Means()))
	}
	fmt.Fprintf(&b, "== no system text\n%s\n", llm.Request{Schema: r.Schema}.SystemFor(llm.ByTool))
	fmt.Fprintf(&b, "== no schema\n%s\n", llm.Request{System: "Be exact."}.SystemFor(llm.ByText))
	path := filepath.Join("testdata", "system.txt")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	const marker = "sk-marker-41"
	type holder struct {
		Key   llm.Secret
		inner llm.Secret
		Ptr   *llm.Secret
	}
	s := llm.NewSecret(marker)
	h := holder{s, s, &s}
	_ = h.inner
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&b, verb+"\n", s)
		fmt.Fprintf(&b, verb+"\n", h)
		fmt.Fprintf(&b, verb+"\n", &h)
	}
	out, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(out)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "key", s, "holder", h)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "key", s, "holder", h)
	if strings.Contains(b.String(), marker) || strings.Contains(b.String(), fmt.Sprintf("%x", marker)) {
		t.Errorf("the secret shows:\n%s", b.String())
	}
	if !strings.Contains(b.String(), "[hidden]") {
		t.Errorf("nothing says that a secret is there:\n%s", b.String())
	}
	if s.Reveal() != marker || (llm.Secret{}).Reveal() != "" || !llm.NewSecret("").IsZero() || (llm.Secret{}).String() != "" {
		t.Error("Reveal, IsZero or String of the zero secret")
	}
}
