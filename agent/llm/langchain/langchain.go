// Package langchain reaches models over langchaingo: those of Anthropic, and those that a
// local Ollama serves.
//
// The library loses much on the way: schemas, tool choices, statuses, endings. So nothing
// rests on it. A schema is written into the system text, Ollama is asked for JSON as such,
// and what the library does not hand up is read from the exchange that the transport below
// it remembers. Its Google adapter is not linked: it would treble the binary.
//
// Two traps are closed here: both constructors read the environment when an option is
// missing, and Ollama's ends the process over an address it cannot parse.
package langchain

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/tmc/langchaingo/llms"
	"github.com/tmc/langchaingo/llms/anthropic"
	"github.com/tmc/langchaingo/llms/ollama"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/llm/transport"
)

// Dialect selects one of the library's providers.
type Dialect string

// The closed list of dialects.
const (
	Anthropic Dialect = "anthropic"
	Ollama    Dialect = "ollama"
)

// Where the providers are when no address is set.
const (
	AnthropicHome = "https://api.anthropic.com/v1"
	OllamaHome    = "http://127.0.0.1:11434"
)

// Config says which model is reached, and how.
type Config struct {
	Dialect Dialect
	URL     string // "" is the dialect's home
	Model   string
	Key     llm.Secret // Anthropic's; Ollama has none
	// Caps is what the model can be held to; nil means what the library lets through: JSON
	// mode and the seed for Ollama, nothing for Anthropic.
	Caps *llm.Caps
	// MaxTokens bounds an answer when a request does not; Anthropic needs one, 0 means 8192.
	MaxTokens int
	Transport *transport.Transport // required
}

// Model is a model behind langchaingo. It implements llm.Model.
type Model struct {
	c    Config
	caps llm.Caps
	lc   llms.Model
}

// New returns a model. Nothing is sent.
func New(c Config) (*Model, error) {
	home, caps := OllamaHome, llm.Caps{JSONMode: true, Seed: true}
	if c.Dialect == Anthropic {
		home, caps = AnthropicHome, llm.Caps{}
		c.MaxTokens = cmp.Or(c.MaxTokens, 8192)
	}
	c.URL = strings.TrimRight(cmp.Or(c.URL, home), "/")
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" {
		return nil, errors.New("the model's address is not an absolute URL")
	}
	if c.Model == "" {
		return nil, errors.New("the model has no name")
	}
	if c.Caps != nil {
		// What the library drops cannot be promised, whatever the settings say.
		caps = llm.Caps{JSONMode: caps.JSONMode && c.Caps.JSONMode, Seed: caps.Seed && c.Caps.Seed}
	}
	lc, err := open(c)
	if err != nil {
		return nil, err
	}
	return &Model{c, caps, lc}, nil
}

func open(c Config) (llms.Model, error) {
	switch c.Dialect {
	case Anthropic:
		// The library wants a key; a model on this machine may have none.
		key := cmp.Or(c.Key.Reveal(), "none")
		return anthropic.New(anthropic.WithToken(key), anthropic.WithModel(c.Model), anthropic.WithBaseURL(c.URL), anthropic.WithHTTPClient(c.Transport.Client()))
	case Ollama:
		return ollama.New(ollama.WithServerURL(c.URL), ollama.WithModel(c.Model), ollama.WithHTTPClient(c.Transport.Client()))
	}
	return nil, errors.New("no such dialect")
}

// Name implements llm.Model.
func (m *Model) Name() string { return string(m.c.Dialect) + " " + m.c.Model }

// Caps implements llm.Model.
func (m *Model) Caps() llm.Caps { return m.caps }

// Complete implements llm.Model.
func (m *Model) Complete(ctx context.Context, r llm.Request) (llm.Response, error) {
	ctx, x := transport.Watch(ctx)
	got, err := m.lc.GenerateContent(ctx, m.messages(r), m.options(r)...)
	if x.Status != http.StatusOK {
		return llm.Response{}, x.Failure(m.c.Model, err)
	}
	end, readable := m.ending(x.Body)
	// An answer without content is an error to the library; what it was is judged here.
	if !readable || err != nil && !errors.Is(err, anthropic.ErrEmptyResponse) {
		return llm.Response{}, x.Failure(m.c.Model, err)
	}
	return llm.Ended(m.response(got, end))
}

func (m *Model) messages(r llm.Request) (out []llms.MessageContent) {
	if system := r.SystemFor(m.caps.Means()); system != "" {
		out = append(out, llms.TextParts(llms.ChatMessageTypeSystem, system))
	}
	for _, msg := range r.Messages {
		role := llms.ChatMessageTypeHuman
		if msg.Role == llm.Assistant {
			role = llms.ChatMessageTypeAI
		}
		out = append(out, llms.TextParts(role, msg.Text))
	}
	return out
}

func (m *Model) options(r llm.Request) (out []llms.CallOption) {
	if limit := cmp.Or(r.MaxTokens, m.c.MaxTokens); limit > 0 {
		out = append(out, llms.WithMaxTokens(limit))
	}
	if r.Seed != nil && m.caps.Seed {
		out = append(out, llms.WithSeed(int(*r.Seed)))
	}
	if r.Schema != nil && m.caps.JSONMode {
		out = append(out, llms.WithJSONMode())
	}
	return out
}

// ending is what the library does not hand up, read from the wire: of Anthropic's one
// object, or of the last of Ollama's lines.
type ending struct {
	ID         string
	Model      string
	StopReason string `json:"stop_reason"`
	DoneReason string `json:"done_reason"`
	Input      int    `json:"prompt_eval_count"`
	Output     int    `json:"eval_count"`
	Done       bool
	Type       string
	Usage      struct {
		Input  int `json:"input_tokens"`
		Output int `json:"output_tokens"`
	}
}

// ending reads how the answer ended; not readable means that it is not one of this dialect,
// or not whole.
func (m *Model) ending(body []byte) (end ending, readable bool) {
	body = bytes.TrimSpace(body)
	if m.c.Dialect == Ollama {
		body = body[bytes.LastIndexByte(body, '\n')+1:]
	}
	if json.Unmarshal(body, &end) != nil {
		return end, false
	}
	if m.c.Dialect == Ollama {
		end.Usage.Input, end.Usage.Output = end.Input, end.Output
		return end, end.Done
	}
	return end, end.Type == "message"
}

func (m *Model) response(got *llms.ContentResponse, end ending) llm.Response {
	out := llm.Response{
		Finish: llm.Stop, Model: end.Model, ID: end.ID,
		Usage: llm.Usage{Input: end.Usage.Input, Output: end.Usage.Output},
	}
	if got != nil {
		for _, choice := range got.Choices {
			out.Text += choice.Content
		}
	}
	switch cmp.Or(end.StopReason, end.DoneReason) {
	case "max_tokens", "length", "model_context_window_exceeded":
		out.Finish = llm.Length
	case "refusal":
		out.Finish = llm.Refusal
	}
	return out
}
