package model

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/planwright/planwright/agent/llm"
)

// openai is the dialect of chat completions, which Azure varies in address, key header and
// errors.
type openai struct{ azure bool }

func (o openai) name() Dialect {
	if o.azure {
		return Azure
	}
	return OpenAI
}

func (o openai) key(h http.Header) string {
	if o.azure {
		return h.Get("Api-Key")
	}
	return strings.TrimPrefix(h.Get("Authorization"), "Bearer ")
}

type openaiRequest struct {
	Model     string
	Messages  []wireMessage
	MaxTokens int `json:"max_tokens"`
	MaxNew    int `json:"max_completion_tokens"`
	Seed      *int64
	Stream    bool
	Format    struct {
		Type   string
		Schema struct {
			Name   string
			Strict bool
			Schema json.RawMessage
		} `json:"json_schema"`
	} `json:"response_format"`
	Tools []struct {
		Function struct {
			Name       string
			Strict     bool
			Parameters json.RawMessage
		}
	}
	Choice json.RawMessage `json:"tool_choice"`
}

// wireMessage is a message whose content is text, or a list of parts with text.
type wireMessage struct {
	Role    string
	Content json.RawMessage
}

func (m wireMessage) text() string {
	var text string
	if json.Unmarshal(m.Content, &text) == nil {
		return text
	}
	var parts []struct{ Text string }
	_ = json.Unmarshal(m.Content, &parts) // another shape has no text
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

func (o openai) read(r *http.Request, body []byte) (a Asked, bad string) {
	a.Dialect = o.name()
	var in openaiRequest
	if err := json.Unmarshal(body, &in); err != nil {
		return a, "We could not parse the JSON body of your request."
	}
	a.Model, a.MaxTokens, a.Seed, a.Stream = in.Model, max(in.MaxTokens, in.MaxNew), in.Seed, in.Stream
	a.JSON = in.Format.Type == "json_object"
	a.take(in.Messages)
	if o.azure {
		_, rest, _ := strings.Cut(r.URL.Path, "/openai/deployments/")
		a.Model, _, _ = strings.Cut(rest, "/")
		if r.URL.Query().Get("api-version") == "" {
			return a, "Missing required query parameter: 'api-version'."
		}
	}
	strict := false
	if in.Format.Type == "json_schema" {
		a.Schema, strict = in.Format.Schema.Schema, in.Format.Schema.Strict
	}
	if len(in.Tools) == 1 && strings.Contains(string(in.Choice), `"`+in.Tools[0].Function.Name+`"`) {
		f := in.Tools[0].Function
		a.Tool, a.Schema, strict = f.Name, f.Parameters, f.Strict
	}
	switch {
	case len(a.Messages) == 0:
		return a, "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead."
	case in.MaxTokens > 0 && isReasoning(a.Model):
		return a, "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
	case a.JSON && !a.mentions("json"):
		return a, "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
	}
	if strict {
		if why := notStrict(a.Schema); why != "" {
			return a, fmt.Sprintf("Invalid schema for response_format: %s.", why)
		}
	}
	return a, ""
}

// take splits messages into the system text and the turns.
func (a *Asked) take(messages []wireMessage) {
	for _, m := range messages {
		switch m.Role {
		case "system", "developer":
			a.System = strings.TrimLeft(a.System+"\n\n"+m.text(), "\n")
		case "assistant":
			a.Messages = append(a.Messages, llm.Message{Role: llm.Assistant, Text: m.text()})
		default:
			a.Messages = append(a.Messages, llm.Message{Role: llm.User, Text: m.text()})
		}
	}
}

// mentions reports whether any text of the request has a word, whatever its case.
func (a Asked) mentions(word string) bool {
	var text strings.Builder
	text.WriteString(a.System)
	for _, m := range a.Messages {
		text.WriteString(m.Text)
	}
	return strings.Contains(strings.ToLower(text.String()), word)
}

func isReasoning(model string) bool {
	for _, p := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(model, p) {
			return true
		}
	}
	return false
}

type object map[string]any

func (o openai) write(w io.Writer, h http.Header, a Asked, r Reply) {
	message := object{"role": "assistant", "content": r.Text, "refusal": nil}
	finish := map[llm.Finish]string{llm.Stop: "stop", llm.Length: "length", llm.Tool: "tool_calls", llm.Refusal: "stop"}[r.Finish]
	switch {
	case r.Finish == llm.Tool && a.Tool != "":
		message["content"] = nil
		message["tool_calls"] = []object{{"id": "call_1", "type": "function", "function": object{"name": a.Tool, "arguments": r.Text}}}
		finish = "stop" // what the provider says when the choice was forced
	case r.Finish == llm.Refusal:
		message["content"], message["refusal"] = nil, r.Text
	}
	if a.Stream {
		h.Set("Content-Type", "text/event-stream")
		o.stream(w, a, r, finish)
		return
	}
	h.Set("Content-Type", "application/json")
	encode(w, object{
		"id": "chatcmpl-1", "object": "chat.completion", "created": 1760000000, "model": a.Model,
		"choices": []object{{"index": 0, "message": message, "logprobs": nil, "finish_reason": finish}},
		"usage":   object{"prompt_tokens": r.Usage.Input, "completion_tokens": r.Usage.Output, "total_tokens": r.Usage.Input + r.Usage.Output},
	})
}

// stream writes server-sent events: the role, the text in pieces, the ending, [DONE].
func (o openai) stream(w io.Writer, a Asked, r Reply, finish string) {
	event := func(delta object, finish any) {
		_, _ = io.WriteString(w, "data: ") // a reader that went away needs no answer
		encode(w, object{
			"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1760000000, "model": a.Model,
			"choices": []object{{"index": 0, "delta": delta, "finish_reason": finish}},
		})
		_, _ = io.WriteString(w, "\n") // as above
	}
	event(object{"role": "assistant", "content": ""}, nil)
	for _, piece := range pieces(r.Text) {
		if a.Tool != "" {
			event(object{"tool_calls": []object{{"index": 0, "function": object{"name": a.Tool, "arguments": piece}}}}, nil)
		} else {
			event(object{"content": piece}, nil)
		}
	}
	event(object{}, finish)
	_, _ = io.WriteString(w, "data: [DONE]\n\n") // as above
}

// pieces cuts text as streams do, in the middle of words but not of characters.
func pieces(text string) (out []string) {
	runes := []rune(text)
	for len(runes) > 0 {
		n := min(16, len(runes))
		out, runes = append(out, string(runes[:n])), runes[n:]
	}
	return out
}

func (o openai) open() string {
	return `{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"on `
}

func (o openai) fail(status int, kind errorKind, detail string) any {
	message, typ, code := detail, "invalid_request_error", any(nil)
	switch {
	case kind == wrongKey && o.azure:
		return object{"error": object{"code": "401", "message": "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}
	case kind == wrongKey:
		message, code = "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys.", "invalid_api_key"
	case kind == unknownModel && o.azure:
		return object{"error": object{"code": "DeploymentNotFound", "message": "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}
	case kind == unknownModel:
		message, code = fmt.Sprintf("The model `%s` does not exist or you do not have access to it.", detail), "model_not_found"
	case status == http.StatusTooManyRequests && o.azure:
		return object{"error": object{"code": "429", "message": "Requests to the ChatCompletions_Create Operation have exceeded call rate limit of your current pricing tier."}}
	case status == http.StatusTooManyRequests:
		message, typ, code = "Rate limit reached for requests", "requests", "rate_limit_exceeded"
	case status >= 500:
		message, typ = "The server had an error while processing your request. Sorry about that!", "server_error"
	}
	return object{"error": object{"message": message, "type": typ, "param": nil, "code": code}}
}
