package model

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"

	"github.com/planwright/planwright/agent/llm"
)

// ollama is the dialect of /api/chat. It streams lines of JSON unless told not to, has no
// keys and no refusals.
type ollama struct{}

func (ollama) name() Dialect { return Ollama }

func (ollama) key(http.Header) string { return "" }

func (ollama) read(_ *http.Request, body []byte) (a Asked, bad string) {
	a.Dialect = Ollama
	var in struct {
		Model    string
		Messages []wireMessage
		Stream   *bool
		Format   json.RawMessage
		Options  struct {
			Seed       *int64
			NumPredict int `json:"num_predict"`
		}
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return a, err.Error()
	}
	a.Model, a.MaxTokens, a.Seed = in.Model, in.Options.NumPredict, in.Options.Seed
	a.Stream = in.Stream == nil || *in.Stream
	a.take(in.Messages)
	switch format := string(in.Format); {
	case format == `"json"`:
		a.JSON = true
	case len(format) > 0 && format[0] == '{':
		a.Schema = in.Format
	case format != "" && format != `""` && format != "null":
		return a, fmt.Sprintf("invalid format: %q; expected \"json\" or a valid JSON Schema object", format)
	}
	if in.Model == "" {
		return a, "model is required"
	}
	return a, ""
}

func (ollama) write(w io.Writer, h http.Header, a Asked, r Reply) {
	line := func(content string, more object) {
		out := object{"model": a.Model, "created_at": "2026-01-02T03:04:05Z", "message": object{"role": "assistant", "content": content}, "done": false}
		maps.Copy(out, more)
		encode(w, out)
	}
	end := object{
		"done": true, "done_reason": map[llm.Finish]string{llm.Stop: "stop", llm.Length: "length", llm.Tool: "stop", llm.Refusal: "stop"}[r.Finish],
		"prompt_eval_count": r.Usage.Input, "eval_count": r.Usage.Output,
	}
	if !a.Stream {
		h.Set("Content-Type", "application/json; charset=utf-8")
		line(r.Text, end)
		return
	}
	h.Set("Content-Type", "application/x-ndjson")
	for _, piece := range pieces(r.Text) {
		line(piece, nil)
	}
	line("", end)
}

func (ollama) open() string {
	return `{"model":"m","created_at":"2026-01-02T03:04:05Z","message":{"role":"assistant","content":"on `
}

func (ollama) fail(status int, kind errorKind, detail string) any {
	switch {
	case kind == unknownModel:
		return object{"error": fmt.Sprintf("model '%s' not found", detail)}
	case kind == badRequest:
		return object{"error": detail}
	case status == http.StatusServiceUnavailable:
		return object{"error": "server busy, please try again.  maximum pending requests exceeded"}
	}
	return object{"error": "llama runner process has terminated"}
}
