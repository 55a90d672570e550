// Package llm holds the words by which this program talks to a language model: [Request],
// [Response] and [Model], and the ways in which asking can fail.
//
// A model is never trusted for structure. What an adapter can ask a model to keep to
// differs ([Caps]); what comes back is extracted, decoded strictly and judged against the
// schema here, on this machine, whatever the model promised.
//
// Adapters are packages of their own below this folder, each the only user of its client
// library. Nothing in agent may import them: who has a Model got it from the program.
package llm

import (
	"context"
	"encoding/json"
)

// Role says who speaks.
type Role string

// The closed list of roles. Rules for the model travel in [Request.System].
const (
	User      Role = "user"
	Assistant Role = "assistant"
)

// Message is one turn of an exchange.
type Message struct {
	Role Role   `json:"role"`
	Text string `json:"text"`
}

// Schema is what an answer must look like: a JSON Schema (2020-12) in the subset that
// strict modes of all providers take. Every property is required and nullable instead of
// optional, additionalProperties is false, there are no lengths and no number bounds.
type Schema struct {
	Name string          `json:"name"` // letters, digits and underscores, at most 64
	JSON json.RawMessage `json:"json"`
}

// Request is what a model is asked. It holds no secret: it may be shown and recorded.
type Request struct {
	System   string    `json:"system,omitempty"`
	Messages []Message `json:"messages"`
	Schema   *Schema   `json:"schema,omitempty"`
	// MaxTokens bounds the answer; 0 leaves it to the provider.
	MaxTokens int    `json:"maxTokens,omitempty"`
	Seed      *int64 `json:"seed,omitempty"`
}

// Finish says why an answer ended.
type Finish string

// The closed list of endings.
const (
	Stop    Finish = "stop"    // the model had said everything
	Length  Finish = "length"  // MaxTokens, or the model's own limit, was reached
	Refusal Finish = "refusal" // the model or its provider declined
	Tool    Finish = "tool"    // the answer came as the arguments of the one tool it was given
)

// Usage counts tokens as the provider reports them; zero when it does not.
type Usage struct {
	Input  int `json:"input"`
	Output int `json:"output"`
}

// Plus returns the sum of both.
func (u Usage) Plus(v Usage) Usage { return Usage{u.Input + v.Input, u.Output + v.Output} }

// Response is what a model answered.
type Response struct {
	Text   string `json:"text"`
	Model  string `json:"model,omitempty"` // as the provider names it
	Finish Finish `json:"finish"`
	Usage  Usage  `json:"usage"`
	ID     string `json:"id,omitempty"` // the provider's, for its support
}

// Caps says what a model can be made to keep to. The strongest that is there is used:
// strict schema, one forced tool, JSON mode, else text with one fenced block.
type Caps struct {
	StrictSchema bool `json:"strictSchema,omitempty"`
	ForcedTool   bool `json:"forcedTool,omitempty"`
	JSONMode     bool `json:"jsonMode,omitempty"`
	Seed         bool `json:"seed,omitempty"`
}

// Model answers requests. Implementations may be used by several goroutines at once.
type Model interface {
	// Name is what people call it: provider and model, "openai gpt-5-mini".
	Name() string
	Caps() Caps
	// Complete asks once; what is worth retrying was retried below it. Its errors are the
	// context's and those of errors.go. An answer cut short, a refusal and an empty answer
	// are errors, not responses.
	Complete(ctx context.Context, r Request) (Response, error)
}
