package langchain_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/llm/langchain"
	"github.com/planwright/planwright/agent/llm/transport"
	"github.com/planwright/planwright/internal/twin/model"
	"github.com/planwright/planwright/internal/twin/wire"
)

func road(h http.Handler) *transport.Transport {
	return transport.New(transport.Options{Base: wire.RoundTripper(h), Attempts: 1, Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }})
}

var request = llm.Request{
	System: "Be exact.", Messages: []llm.Message{{Role: llm.User, Text: "invoice"}, {Role: llm.Assistant, Text: "no"}, {Role: llm.User, Text: "again"}},
	Schema: &llm.Schema{Name: "yes", JSON: json.RawMessage(`{"type":"object"}`)},
}

// TestEnvironmentIsNotRead sets what the library would read behind our back.
func TestEnvironmentIsNotRead(t *testing.T) {
	t.Setenv("ANTHROPIC_API_KEY", "sk-from-environment")
	t.Setenv("OLLAMA_HOST", "http://ollama.elsewhere.example.com:1")
	for _, d := range []langchain.Dialect{langchain.Anthropic, langchain.Ollama} {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if key := r.Header.Get("X-Api-Key"); strings.Contains(key, "environment") || strings.Contains(r.Host, "elsewhere") {
				t.Errorf("asked %s with key %q", r.Host, key)
			}
			w.WriteHeader(http.StatusTeapot)
		})
		m, err := langchain.New(langchain.Config{Dialect: d, Model: "m", Transport: road(h)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = m.Complete(t.Context(), request); err == nil {
			t.Error("a teapot answers")
		}
	}
}

func TestTurnsAndDefaults(t *testing.T) {
	for d, want := range map[langchain.Dialect]struct {
		url   string
		limit int
		json  bool
	}{
		langchain.Anthropic: {"https://api.anthropic.com/v1/messages", 8192, false},
		langchain.Ollama:    {"http://127.0.0.1:11434/api/chat", 0, true},
	} {
		twin := model.New(model.Options{Behaviour: model.Answers(map[string]string{"invoice": "{}"})})
		seen := ""
		m, err := langchain.New(langchain.Config{Dialect: d, Model: "m", Transport: road(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen = r.URL.Scheme + "://" + r.Host + r.URL.Path
			twin.ServeHTTP(w, r)
		}))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = llm.Ask(t.Context(), m, request); err != nil {
			t.Fatal(err)
		}
		a := twin.Seen()[0].Asked
		if seen != want.url || a.MaxTokens != want.limit || a.JSON != want.json || len(a.Messages) != 3 || a.Messages[1] != request.Messages[1] {
			t.Errorf("%s: asked %s with %+v", d, seen, a)
		}
	}
}

func TestCapsAreNotOverstated(t *testing.T) {
	all := &llm.Caps{StrictSchema: true, ForcedTool: true, JSONMode: true, Seed: true}
	for d, want := range map[langchain.Dialect]llm.Caps{langchain.Anthropic: {}, langchain.Ollama: {JSONMode: true, Seed: true}} {
		m, err := langchain.New(langchain.Config{Dialect: d, Model: "m", Caps: all, Transport: road(nil)})
		if err != nil || m.Caps() != want {
			t.Errorf("%s: %+v, %v", d, m.Caps(), err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, c := range []langchain.Config{
		{Dialect: langchain.Ollama, URL: "::", Model: "m"}, {Dialect: langchain.Anthropic, URL: "nowhere", Model: "m"}, {Dialect: langchain.Ollama}, {Dialect: "other", URL: "https://x.example.com", Model: "m"},
	} {
		c.Transport = road(nil)
		if _, err := langchain.New(c); err == nil {
			t.Errorf("%+v is fine", c)
		}
	}
}

// TestWhatTheLibraryLoses answers in ways that langchaingo passes on as success, as nothing
// or as text, and that must still come out as what they are.
func TestWhatTheLibraryLoses(t *testing.T) {
	message := func(rest string) string { return `{"id": "x", "type": "message", "model": "m", ` + rest + `}` }
	for _, tc := range []struct {
		name   string
		d      langchain.Dialect
		status int
		body   string
		want   string
	}{
		{"status without a body", langchain.Ollama, 500, "", "the model is not available: it answers with status 500"},
		{"error line in a stream", langchain.Ollama, 200, `{"message": {"content": "{"}, "done": false}` + "\n" + `{"error": "out of memory"}`, "the model is not available: its answer is not what this dialect has"},
		{"stream without an end", langchain.Ollama, 200, `{"message": {"content": "{}"}, "done": false}`, "the model is not available: its answer is not what this dialect has"},
		{"length", langchain.Ollama, 200, `{"message": {"content": "{}"}, "done": true, "done_reason": "length"}`, "the model's answer was cut short"},
		{"no content", langchain.Anthropic, 200, message(`"content": [], "stop_reason": "end_turn"`), "the model's answer cannot be read: the answer is empty"},
		{"length", langchain.Anthropic, 200, message(`"content": [{"type": "text", "text": "{}"}], "stop_reason": "max_tokens"`), "the model's answer was cut short"},
		{"refusal", langchain.Anthropic, 200, message(`"content": [{"type": "text", "text": "No."}], "stop_reason": "refusal"`), "the model declined to answer: No."},
		{"content of a kind unknown to it", langchain.Anthropic, 200, message(`"content": [{"type": "hologram"}], "stop_reason": "end_turn"`), "the model is not available: its answer is not what this dialect has"},
		{"refusal without a word", langchain.Anthropic, 200, message(`"content": [], "stop_reason": "refusal"`), "the model declined to answer"},
		{"two texts", langchain.Anthropic, 200, message(`"content": [{"type": "text", "text": "{\"a\":"}, {"type": "text", "text": "1}"}], "stop_reason": "end_turn"`), "<nil>"},
		{"another dialect", langchain.Anthropic, 200, `{"choices": []}`, "the model is not available: its answer is not what this dialect has"},
	} {
		t.Run(string(tc.d)+" "+tc.name, func(t *testing.T) {
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tc.status)
				fmt.Fprint(w, tc.body)
			})
			m, err := langchain.New(langchain.Config{Dialect: tc.d, Model: "m", Transport: road(h)})
			if err != nil {
				t.Fatal(err)
			}
			_, err = llm.Ask(t.Context(), m, request)
			if got := fmt.Sprint(err); got != tc.want {
				t.Errorf("got %s\nwant %s", got, tc.want)
			}
		})
	}
}
