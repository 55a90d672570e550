package model

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/planwright/planwright/agent/llm"
)

// anthropic is the dialect of messages.
type anthropic struct{}

func (anthropic) name() Dialect { return Anthropic }

func (anthropic) key(h http.Header) string { return h.Get("X-Api-Key") }

func (anthropic) read(r *http.Request, body []byte) (a Asked, bad string) {
	a.Dialect = Anthropic
	var in struct {
		Model     string
		System    json.RawMessage
		Messages  []wireMessage
		MaxTokens int `json:"max_tokens"`
		Stream    bool
		Tools     []struct {
			Name  string
			Input json.RawMessage `json:"input_schema"`
		}
		Choice struct{ Type, Name string } `json:"tool_choice"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return a, "The request body is not valid JSON: " + err.Error()
	}
	a.Model, a.MaxTokens, a.Stream = in.Model, in.MaxTokens, in.Stream
	a.take(in.Messages)
	a.System = wireMessage{Content: in.System}.text()
	if len(in.Tools) == 1 && (in.Choice.Type == "any" || in.Choice.Name == in.Tools[0].Name) {
		a.Tool, a.Schema = in.Tools[0].Name, in.Tools[0].Input
	}
	switch {
	case r.Header.Get("Anthropic-Version") == "":
		return a, "anthropic-version: header is required"
	case in.MaxTokens < 1:
		return a, "max_tokens: Field required"
	case len(in.Messages) == 0:
		return a, "messages: at least one message is required"
	}
	for _, m := range in.Messages {
		if m.Role != "user" && m.Role != "assistant" {
			return a, fmt.Sprintf("messages: Unexpected role %q. The Messages API accepts a top-level `system` parameter, not \"system\" as an input message role.", m.Role)
		}
	}
	return a, ""
}

func (anthropic) write(w io.Writer, h http.Header, a Asked, r Reply) {
	h.Set("Content-Type", "application/json")
	content := []object{{"type": "text", "text": r.Text}}
	stop := map[llm.Finish]string{llm.Stop: "end_turn", llm.Length: "max_tokens", llm.Tool: "tool_use", llm.Refusal: "refusal"}[r.Finish]
	switch {
	case r.Finish == llm.Tool && json.Valid([]byte(r.Text)) && strings.HasPrefix(strings.TrimSpace(r.Text), "{"):
		content = []object{{"type": "tool_use", "id": "toolu_1", "name": a.Tool, "input": json.RawMessage(r.Text)}}
	case r.Text == "":
		content = []object{}
	}
	encode(w, object{
		"id": "msg_1", "type": "message", "role": "assistant", "model": a.Model, "content": content, "stop_reason": stop, "stop_sequence": nil,
		"usage": object{"input_tokens": r.Usage.Input, "output_tokens": r.Usage.Output},
	})
}

func (anthropic) open() string {
	return `{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"text","text":"on `
}

func (anthropic) fail(status int, kind errorKind, detail string) any {
	typ, message := "invalid_request_error", detail
	switch {
	case kind == wrongKey:
		typ, message = "authentication_error", "invalid x-api-key"
	case kind == unknownModel:
		typ, message = "not_found_error", "model: "+detail
	case status == http.StatusTooManyRequests:
		typ, message = "rate_limit_error", "This request would exceed your organization's rate limit."
	case status == 529:
		typ, message = "overloaded_error", "Overloaded"
	case status >= 500:
		typ, message = "api_error", "Internal server error"
	}
	return object{"type": "error", "error": object{"type": typ, "message": message}}
}
