package openaicompat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/llm/openaicompat"
	"github.com/planwright/planwright/agent/llm/transport"
	"github.com/planwright/planwright/internal/twin/model"
	"github.com/planwright/planwright/internal/twin/wire"
)

func road(h http.Handler) *transport.Transport {
	return transport.New(transport.Options{Base: wire.RoundTripper(h), Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
}

var request = llm.Request{
	System: "Be exact.", Messages: []llm.Message{{Role: llm.User, Text: "invoice"}}, MaxTokens: 77,
	Schema: &llm.Schema{Name: "yes", JSON: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["count"],"properties":{"count":{"type":"number"}},"$defs":{"unused":{"type":["string","null"]}}}`)},
}

// TestWire shows what is sent by each means and under each name.
func TestWire(t *testing.T) {
	schema := string(request.Schema.JSON)
	for _, tc := range []struct {
		name  string
		c     openaicompat.Config
		url   string
		has   []string
		hasNo []string
	}{
		{
			"home",
			openaicompat.Config{Model: "gpt-4.1"},
			"https://api.openai.com/v1/chat/completions",
			[]string{`"max_completion_tokens":77`, `"response_format":{"type":"json_schema","json_schema":{"name":"yes","schema":` + schema + `,"strict":true}}`},
			[]string{`"max_tokens"`, "temperature", "tools", "seed"},
		},
		{
			"elsewhere",
			openaicompat.Config{URL: "https://vllm.example.com/v1/", Model: "qwen3"},
			"https://vllm.example.com/v1/chat/completions",
			[]string{`"max_tokens":77`},
			[]string{"max_completion_tokens"},
		},
		{
			"a name the library trips over",
			openaicompat.Config{URL: "http://127.0.0.1:8000/v1", Model: "gpt-5-local", Caps: &llm.Caps{ForcedTool: true}},
			"http://127.0.0.1:8000/v1/chat/completions",
			[]string{`"max_completion_tokens":77`, `"parameters":` + schema, `"tool_choice":{"type":"function","function":{"name":"submit"}}`, "calling the tool submit"},
			[]string{`"max_tokens"`, "response_format"},
		},
		{
			"azure",
			openaicompat.Config{URL: "https://us.example.com/", Model: "my.deployment-3.5", Azure: true},
			"https://us.example.com/openai/deployments/my.deployment-3.5/chat/completions?api-version=2024-10-21",
			[]string{`"max_completion_tokens":77`},
			nil,
		},
		{
			"azure, version",
			openaicompat.Config{URL: "https://us.example.com", Model: "d", Azure: true, APIVersion: "2030-01-01"},
			"https://us.example.com/openai/deployments/d/chat/completions?api-version=2030-01-01",
			nil, nil,
		},
		{
			"JSON mode",
			openaicompat.Config{URL: "https://x.example.com/v1", Model: "m", Caps: &llm.Caps{JSONMode: true}},
			"https://x.example.com/v1/chat/completions",
			[]string{`"response_format":{"type":"json_object"}`, "fits the JSON Schema below"},
			[]string{"json_schema"},
		},
		{
			"text",
			openaicompat.Config{URL: "https://x.example.com/v1", Model: "m", Caps: &llm.Caps{}},
			"https://x.example.com/v1/chat/completions",
			[]string{"one fenced block"},
			[]string{"response_format", "tools"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			twin := model.New(model.Options{Behaviour: model.Answers(map[string]string{"invoice": `{"count": 1}`})})
			tc.c.Transport = road(host{t, twin, tc.url})
			m, err := openaicompat.New(tc.c)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = llm.Ask(t.Context(), m, request); err != nil {
				t.Fatal(err)
			}
			body := string(twin.Seen()[0].Body)
			for _, want := range tc.has {
				if !strings.Contains(body, want) {
					t.Errorf("%s is not in\n%s", want, body)
				}
			}
			for _, no := range tc.hasNo {
				if strings.Contains(body, no) {
					t.Errorf("%s is in\n%s", no, body)
				}
			}
		})
	}
}

// host checks the whole address before it hands a request on.
type host struct {
	t    *testing.T
	next http.Handler
	want string
}

func (h host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if got := r.URL.Scheme + "://" + r.Host + r.RequestURI; got != h.want {
		h.t.Errorf("asked %s, want %s", got, h.want)
	}
	h.next.ServeHTTP(w, r)
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []openaicompat.Config{
		{URL: "model", Model: "m"}, {URL: "::", Model: "m"}, {Model: ""}, {Azure: true, Model: "m"}, {Azure: true, URL: "https://x.example.com", Model: "a/b"},
	} {
		c.Transport = road(nil)
		if _, err := openaicompat.New(c); err == nil {
			t.Errorf("%+v is fine", c)
		}
	}
}

// TestLibraryRefusals shows that what the client library refuses by itself is a failure
// with its reason, not a silence.
func TestLibraryRefusals(t *testing.T) {
	m, err := openaicompat.New(openaicompat.Config{Model: "text-davinci-003", Transport: road(http.NotFoundHandler())})
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.Complete(t.Context(), request)
	var bad *llm.BadRequest
	if !errors.As(err, &bad) || bad.Status != 0 || bad.What == "" {
		t.Errorf("got %v", err)
	}
}

func TestEndings(t *testing.T) {
	for _, tc := range []struct {
		name, choice, want string
	}{
		{"content filter", `{"message": {"content": "half"}, "finish_reason": "content_filter"}`, "the model declined to answer: the provider's content filter stopped the answer"},
		{"refusal", `{"message": {"content": "", "refusal": "I may not"}, "finish_reason": "stop"}`, "the model declined to answer: I may not"},
		{"foreign tool", `{"message": {"content": "", "tool_calls": [{"type": "function", "function": {"name": "other", "arguments": "{}"}}]}, "finish_reason": "tool_calls"}`, "the model's answer cannot be read: the answer is empty"},
		{"tool cut short", `{"message": {"tool_calls": [{"type": "function", "function": {"name": "submit", "arguments": "{\"a\":"}}]}, "finish_reason": "length"}`, "the model's answer was cut short"},
		{"no choice", ``, "the model is not available: its answer is not what this dialect has"},
		{"no ending", `{"message": {"content": "{\"count\": 1}"}}`, "<nil>"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprintf(w, `{"id": "x", "choices": [%s]}`, tc.choice)
			})
			m, err := openaicompat.New(openaicompat.Config{Model: "m", Transport: road(h)})
			if err != nil {
				t.Fatal(err)
			}
			_, err = llm.Ask(t.Context(), m, request)
			if got := fmt.Sprint(err); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}
