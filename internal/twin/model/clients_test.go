package model_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	openai "github.com/sashabaranov/go-openai"
	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/anthropic"
	"github.com/tmc/langchaingo/llms/ollama"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/internal/twin/model"
)

const answer = `{"name": "öffnen, schließen, and so on for longer than one piece"}`

var script = model.Answers(map[string]string{"Invoice": answer})

// serve starts a model on a socket, as foreign clients need it.
func serve(t *testing.T, o model.Options) (*model.Model, string) {
	t.Helper()
	m := model.New(o)
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	return m, server.URL
}

// TestOpenAIClient runs the library as it comes, without anything of ours in between.
func TestOpenAIClient(t *testing.T) {
	twin, url := serve(t, model.Options{Key: "sk-right", Models: []string{"gpt-4.1"}, Behaviour: script})
	config := openai.DefaultConfig("sk-right")
	config.BaseURL = url + "/v1"
	client := openai.NewClientWithConfig(config)
	seed := 3
	req := openai.ChatCompletionRequest{
		Model: "gpt-4.1", Seed: &seed, MaxCompletionTokens: 50,
		Messages: []openai.ChatCompletionMessage{
			{Role: "system", Content: "Be exact."},
			{Role: "user", MultiContent: []openai.ChatMessagePart{{Type: openai.ChatMessagePartTypeText, Text: "an INVOICE please"}}},
		},
	}
	got, err := client.CreateChatCompletion(t.Context(), req)
	if err != nil || got.Choices[0].Message.Content != answer || got.Choices[0].FinishReason != openai.FinishReasonStop || got.Usage.TotalTokens == 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	a := twin.Seen()[0].Asked
	if a.System != "Be exact." || a.Messages[0].Text != "an INVOICE please" || *a.Seed != 3 || a.MaxTokens != 50 || a.Dialect != model.OpenAI {
		t.Errorf("it read %+v", a)
	}
	if h := twin.Seen()[0].Header.Get("Authorization"); h != "[hidden]" {
		t.Errorf("the key is kept: %q", h)
	}

	req.Stream = true
	stream, err := client.CreateChatCompletionStream(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	text, events := "", 0
	for {
		chunk, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		events++
		text += chunk.Choices[0].Delta.Content
	}
	if text != answer || events < 4 {
		t.Errorf("streamed %q in %d events", text, events)
	}
}

func TestOpenAITool(t *testing.T) {
	twin, url := serve(t, model.Options{Behaviour: script})
	config := openai.DefaultConfig("any")
	config.BaseURL = url + "/v1"
	client := openai.NewClientWithConfig(config)
	req := openai.ChatCompletionRequest{
		Model: "m", Messages: []openai.ChatCompletionMessage{{Role: "user", Content: "invoice"}},
		Tools:      []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{Name: "submit", Parameters: json.RawMessage(`{"type": "object"}`)}}},
		ToolChoice: openai.ToolChoice{Type: openai.ToolTypeFunction, Function: openai.ToolFunction{Name: "submit"}},
	}
	got, err := client.CreateChatCompletion(t.Context(), req)
	if err != nil || len(got.Choices[0].Message.ToolCalls) != 1 || got.Choices[0].Message.ToolCalls[0].Function.Arguments != answer {
		t.Fatalf("got %+v, %v", got, err)
	}
	if a := twin.Seen()[0].Asked; a.Tool != "submit" || string(a.Schema) != `{"type":"object"}` {
		t.Errorf("it read %+v", a)
	}
	req.Stream = true
	stream, err := client.CreateChatCompletionStream(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	var text strings.Builder
	for chunk, err := stream.Recv(); err == nil; chunk, err = stream.Recv() {
		for _, call := range chunk.Choices[0].Delta.ToolCalls {
			text.WriteString(call.Function.Arguments)
		}
	}
	if text.String() != answer {
		t.Errorf("streamed %q", text.String())
	}
}

// TestOpenAIErrors holds the error bodies to what the library makes of the vendor's.
func TestOpenAIErrors(t *testing.T) {
	for _, tc := range []struct {
		name   string
		o      model.Options
		azure  bool
		status int
		code   any
	}{
		{"wrong key", model.Options{Key: "sk-right"}, false, 401, "invalid_api_key"},
		{"wrong name", model.Options{Models: []string{"other"}}, false, 404, "model_not_found"},
		{"limit", model.Options{Behaviour: model.Failing(-1, 429, 0, nil)}, false, 429, "rate_limit_exceeded"},
		{"server", model.Options{Behaviour: model.Failing(-1, 500, 0, nil)}, false, 500, 0},
		{"azure, wrong key", model.Options{Key: "sk-right"}, true, 401, "401"},
		{"azure, wrong name", model.Options{Models: []string{"other"}}, true, 404, "DeploymentNotFound"},
		{"azure, limit", model.Options{Behaviour: model.Failing(-1, 429, 0, nil)}, true, 429, "429"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, url := serve(t, tc.o)
			config := openai.DefaultConfig("sk-wrong")
			config.BaseURL = url + "/v1"
			if tc.azure {
				config = openai.DefaultAzureConfig("sk-wrong", url)
			}
			_, err := openai.NewClientWithConfig(config).CreateChatCompletion(t.Context(), openai.ChatCompletionRequest{
				Model: "m", Messages: []openai.ChatCompletionMessage{{Role: "user", Content: "invoice"}},
			})
			var api *openai.APIError
			if !errors.As(err, &api) || api.HTTPStatusCode != tc.status || api.Code != tc.code || api.Message == "" {
				t.Errorf("got %#v", err)
			}
		})
	}
}

func TestAnthropicClient(t *testing.T) {
	twin, url := serve(t, model.Options{Key: "sk-right", Models: []string{"claude"}, Behaviour: script})
	messages := []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeSystem, "Be exact."), llms.TextParts(llms.ChatMessageTypeHuman, "an invoice")}
	client := func(key, name string) llms.Model {
		c, err := anthropic.New(anthropic.WithToken(key), anthropic.WithModel(name), anthropic.WithBaseURL(url+"/v1"))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	got, err := client("sk-right", "claude").GenerateContent(t.Context(), messages)
	if err != nil || got.Choices[0].Content != answer || got.Choices[0].StopReason != "end_turn" {
		t.Errorf("got %+v, %v", got, err)
	}
	a := twin.Seen()[0].Asked
	if a.System != "Be exact." || a.Messages[0].Text != "an invoice" || a.MaxTokens != 2048 || twin.Seen()[0].Header.Get("X-Api-Key") != "[hidden]" {
		t.Errorf("it read %+v", a)
	}
	for _, tc := range [][3]string{{"sk-wrong", "claude", "401: invalid x-api-key"}, {"sk-right", "other", "404: model: other"}} {
		if _, err = client(tc[0], tc[1]).GenerateContent(t.Context(), messages); err == nil || !strings.Contains(err.Error(), tc[2]) {
			t.Errorf("%v: got %v", tc, err)
		}
	}
}

func TestOllamaClient(t *testing.T) {
	twin, url := serve(t, model.Options{Models: []string{"qwen3"}, Behaviour: script})
	client := func(name string) llms.Model {
		c, err := ollama.New(ollama.WithServerURL(url), ollama.WithModel(name))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	messages := []llms.MessageContent{llms.TextParts(llms.ChatMessageTypeHuman, "an invoice")}
	for _, options := range [][]llms.CallOption{
		{llms.WithJSONMode(), llms.WithSeed(5), llms.WithMaxTokens(9)},
		{llms.WithStreamingFunc(func(context.Context, []byte) error { return nil })},
	} {
		got, err := client("qwen3").GenerateContent(t.Context(), messages, options...)
		if err != nil || got.Choices[0].Content != answer || got.Choices[0].GenerationInfo["CompletionTokens"] == 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if a := twin.Seen()[0].Asked; !a.JSON || *a.Seed != 5 || a.MaxTokens != 9 || !a.Stream {
		t.Errorf("it read %+v", a)
	}
	if _, err := client("other").GenerateContent(t.Context(), messages); err == nil || err.Error() != "model 'other' not found" {
		t.Errorf("got %v", err)
	}
}

func post(t *testing.T, url string, header map[string]string, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestRequestsThatVendorsRefuse covers what a sloppy stand-in would let pass.
func TestRequestsThatVendorsRefuse(t *testing.T) {
	_, url := serve(t, model.Options{Behaviour: script})
	user := `"messages": [{"role": "user", "content": "invoice"}]`
	strict := func(schema string) string {
		return `{"model": "m", ` + user + `, "response_format": {"type": "json_schema", "json_schema": {"name": "x", "strict": true, "schema": ` + schema + `}}}`
	}
	chat, messages := "/v1/chat/completions", "/v1/messages"
	version := map[string]string{"Anthropic-Version": "2023-06-01"}
	for _, tc := range []struct {
		name, path string
		header     map[string]string
		body, want string // want "" is a good answer
	}{
		{"strict schema", chat, nil, strict(`{"type": "object", "additionalProperties": false, "required": ["properties"], "properties": {"properties": {"$ref": "#/$defs/minLength"}}, "$defs": {"minLength": {"anyOf": [{"type": "null"}, {"type": "string", "enum": ["a"]}]}}}`), ""},
		{"open object", chat, nil, strict(`{"type": "object", "properties": {}}`), "'additionalProperties' is required"},
		{"optional key", chat, nil, strict(`{"type": "object", "additionalProperties": false, "required": [], "properties": {"a": {"type": "string"}}}`), "Missing 'a'"},
		{"bounded text", chat, nil, strict(`{"type": "object", "additionalProperties": false, "required": ["a"], "properties": {"a": {"type": "string", "maxLength": 3}}}`), "In context=(properties, a), 'maxLength' is not permitted"},
		{"open object within", chat, nil, strict(`{"type": "object", "additionalProperties": false, "required": ["a"], "properties": {"a": {"anyOf": [{"type": "object"}]}}}`), "In context=(properties, a, anyOf)"},
		{"root is a choice", chat, nil, strict(`{"anyOf": []}`), "at its root"},
		{"schema is no object", chat, nil, strict(`[]`), "not a JSON object"},
		{"no messages", chat, nil, `{"model": "m"}`, "empty array"},
		{"no JSON", chat, nil, `{`, "could not parse"},
		{"JSON mode without the word", chat, nil, `{"model": "m", ` + user + `, "response_format": {"type": "json_object"}}`, "must contain the word 'json'"},
		{"max_tokens of a reasoning model", chat, nil, `{"model": "gpt-5-mini", "max_tokens": 5, ` + user + `}`, "max_completion_tokens"},
		{"azure without version", "/openai/deployments/d/chat/completions", nil, `{` + user + `}`, "api-version"},
		{"azure", "/openai/deployments/d/chat/completions?api-version=1", nil, `{` + user + `}`, ""},
		{"anthropic", messages, version, `{"model": "m", "max_tokens": 5, ` + user + `}`, ""},
		{"no version", messages, nil, `{"model": "m", "max_tokens": 5, ` + user + `}`, "anthropic-version"},
		{"no limit", messages, version, `{"model": "m", ` + user + `}`, "max_tokens: Field required"},
		{"nothing asked", messages, version, `{"model": "m", "max_tokens": 5}`, "at least one message"},
		{"system as a role", messages, version, `{"model": "m", "max_tokens": 5, "messages": [{"role": "system", "content": "x"}]}`, "Unexpected role"},
		{"not JSON", messages, version, `x`, "not valid JSON"},
		{"ollama format", "/api/chat", nil, `{"model": "m", "format": "yaml", ` + user + `}`, "invalid format"},
		{"ollama without model", "/api/chat", nil, `{` + user + `}`, "model is required"},
		{"ollama, not JSON", "/api/chat", nil, `x`, "invalid character"},
		{"ollama, whole", "/api/chat", nil, `{"model": "m", "stream": false, "format": {"type": "object"}, ` + user + `}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, text := post(t, url+tc.path, tc.header, tc.body)
			switch {
			case tc.want == "" && (status != 200 || !strings.Contains(text, "schlie")):
				t.Errorf("got %d %s", status, text)
			case tc.want != "" && (status != 400 || !strings.Contains(text, tc.want)):
				t.Errorf("got %d %s", status, text)
			}
		})
	}
	if status, _ := post(t, url+"/v1/embeddings", nil, "{}"); status != 404 {
		t.Errorf("an unknown address gives %d", status)
	}
}

func TestAnthropicTool(t *testing.T) {
	twin, url := serve(t, model.Options{Behaviour: script})
	_, text := post(t, url+"/v1/messages", map[string]string{"Anthropic-Version": "2023-06-01"}, `{"model": "m", "max_tokens": 5, "system": [{"type": "text", "text": "Be exact."}],
		"tools": [{"name": "submit", "input_schema": {"type": "object"}}], "tool_choice": {"type": "tool", "name": "submit"}, "messages": [{"role": "user", "content": "invoice"}]}`)
	if !strings.Contains(text, `"type":"tool_use"`) || !strings.Contains(text, `"stop_reason":"tool_use"`) {
		t.Errorf("got %s", text)
	}
	if a := twin.Seen()[0].Asked; a.System != "Be exact." || a.Tool != "submit" {
		t.Errorf("it read %+v", a)
	}
}

func TestVendorErrors(t *testing.T) {
	for status, wants := range map[int][2]string{
		429: {"rate_limit_error", "terminated"}, 529: {"overloaded_error", "terminated"}, 500: {"api_error", "terminated"}, 503: {"api_error", "server busy"},
	} {
		_, url := serve(t, model.Options{Behaviour: model.Failing(-1, status, 0, nil)})
		body := `{"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "invoice"}]}`
		if got, text := post(t, url+"/v1/messages", map[string]string{"Anthropic-Version": "1"}, body); got != status || !strings.Contains(text, wants[0]) {
			t.Errorf("anthropic %d: got %d %s", status, got, text)
		}
		if got, text := post(t, url+"/api/chat", nil, body); got != status || !strings.Contains(text, wants[1]) {
			t.Errorf("ollama %d: got %d %s", status, got, text)
		}
	}
}

func TestBehaviours(t *testing.T) {
	ask := func(texts ...string) model.Asked {
		var a model.Asked
		for i, text := range texts {
			role := llm.User
			if i%2 == 1 {
				role = llm.Assistant
			}
			a.Messages = append(a.Messages, llm.Message{Role: role, Text: text})
		}
		return a
	}
	known := model.Answers(map[string]string{"invoice": "1", "paid invoice": "2", "task": "3"})
	for text, want := range map[string]string{"make an Invoice": "1", "a PAID invoice": "2", "a task": "3", "dance": model.Unscripted} {
		if got := known(ask(text)).Text; got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
	if got := known(ask("a task", "a paid invoice?", "yes")).Text; got != "3" {
		t.Errorf("what the model said itself counts: %s", got)
	}
	weak := model.Weak(2, func(s string, turn int) string { return strings.Repeat("x", turn+1) + s }, known)
	for i, want := range []string{"x1", "xx1", "1"} {
		texts := append([]string{"invoice"}, []string{"a", "b", "c", "d"}[:2*i]...)
		if got := weak(ask(texts...)).Text; got != want {
			t.Errorf("turn %d: got %s, want %s", i, got, want)
		}
	}
	hostile := model.Hostile("a", "b")
	if got := hostile(ask("x")).Text + hostile(ask("x")).Text + hostile(ask("x")).Text; got != "aba" {
		t.Errorf("got %s", got)
	}
	if got := model.Hostile()(ask("x")).Text; got != model.Unscripted {
		t.Errorf("got %s", got)
	}
}

func TestOnlyTheNewestAreKept(t *testing.T) {
	twin := model.New(model.Options{})
	for range 1100 {
		r := httptest.NewRequest(http.MethodPost, "/api/chat", strings.NewReader(`{"model": "m", "stream": false}`))
		twin.ServeHTTP(httptest.NewRecorder(), r)
	}
	if n := len(twin.Seen()); n != 1000 {
		t.Errorf("%d are kept", n)
	}
}
