// Package openaicompat reaches models over the dialect of OpenAI's chat completions, which
// most endpoints speak: OpenAI itself, Azure, and the compatible addresses of local servers
// and of other providers.
//
// It asks for the strongest thing the endpoint can be held to ([llm.Caps]) and turns what
// comes back into a response or one of the failures of package llm. Retries, time-outs and
// bounds are those of the transport below; whether the answer fits is judged above.
//
// The temperature is never sent: the library drops a zero, some models refuse any, and an
// answer that is judged here does not need it.
package openaicompat

import (
	"context"
	"errors"
	"net/url"
	"strings"

	openai "github.com/sashabaranov/go-openai"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/llm/transport"
)

// Home is where OpenAI itself is.
const Home = "https://api.openai.com/v1"

// azureVersion is the version of Azure's interface that is asked for when none is set.
const azureVersion = "2024-10-21"

// Config says which model is reached, and how.
type Config struct {
	URL   string // base address; "" is Home
	Model string // for Azure the name of the deployment
	Key   llm.Secret
	// Azure selects Azure's addresses and key header, in the version APIVersion.
	Azure      bool
	APIVersion string
	// Caps is what the endpoint can be held to; nil means everything.
	Caps *llm.Caps
	// MaxTokens bounds an answer when a request does not.
	MaxTokens int
	Transport *transport.Transport // required
}

// Model is a model behind a compatible endpoint. It implements llm.Model.
type Model struct {
	c      Config
	caps   llm.Caps
	client *openai.Client
	// modern endpoints count the answer's tokens by max_completion_tokens, others by max_tokens.
	modern bool
}

// New returns a model. Nothing is sent.
func New(c Config) (*Model, error) {
	if c.URL == "" && !c.Azure {
		c.URL = Home
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "":
		return nil, errors.New("the model's address is not an absolute URL")
	case c.Model == "":
		return nil, errors.New("the model has no name")
	case c.Azure && strings.ContainsAny(c.Model, "/?#% "):
		return nil, errors.New("the name of an Azure deployment has letters, digits, dashes, dots and underscores")
	}
	config := openai.DefaultConfig(c.Key.Reveal())
	if c.Azure {
		config = openai.DefaultAzureConfig(c.Key.Reveal(), c.URL)
		config.APIVersion = azureVersion
		if c.APIVersion != "" {
			config.APIVersion = c.APIVersion
		}
		config.AzureModelMapperFunc = func(model string) string { return model } // deployments are named by people
	}
	config.BaseURL = strings.TrimRight(c.URL, "/")
	config.HTTPClient = c.Transport.Client()
	caps := llm.Caps{StrictSchema: true, ForcedTool: true, JSONMode: true, Seed: true}
	if c.Caps != nil {
		caps = *c.Caps
	}
	modern := c.Azure || strings.EqualFold(u.Hostname(), "api.openai.com") || isReasoning(c.Model)
	return &Model{c, caps, openai.NewClientWithConfig(config), modern}, nil
}

// isReasoning mirrors a check of the client library, which refuses max_tokens by the
// beginning of the model's name before anything is sent, also for a local model that
// happens to be called so.
func isReasoning(name string) bool {
	for _, p := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// Name implements llm.Model.
func (m *Model) Name() string {
	if m.c.Azure {
		return "azure " + m.c.Model
	}
	return "openai " + m.c.Model
}

// Caps implements llm.Model.
func (m *Model) Caps() llm.Caps { return m.caps }

// Complete implements llm.Model.
func (m *Model) Complete(ctx context.Context, r llm.Request) (llm.Response, error) {
	ctx, x := transport.Watch(ctx)
	got, err := m.client.CreateChatCompletion(ctx, m.request(r))
	if err != nil || x.Status != 200 || len(got.Choices) == 0 {
		return llm.Response{}, x.Failure(m.c.Model, err)
	}
	return llm.Ended(response(got))
}

func (m *Model) request(r llm.Request) openai.ChatCompletionRequest {
	by := m.caps.Means()
	out := openai.ChatCompletionRequest{Model: m.c.Model}
	if system := r.SystemFor(by); system != "" {
		out.Messages = append(out.Messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleSystem, Content: system})
	}
	for _, msg := range r.Messages {
		out.Messages = append(out.Messages, openai.ChatCompletionMessage{Role: string(msg.Role), Content: msg.Text})
	}
	limit := r.MaxTokens
	if limit == 0 {
		limit = m.c.MaxTokens
	}
	if m.modern {
		out.MaxCompletionTokens = limit
	} else {
		out.MaxTokens = limit //nolint:staticcheck // deprecated by OpenAI, and the only one that many local servers know
	}
	if r.Seed != nil && m.caps.Seed {
		seed := int(*r.Seed)
		out.Seed = &seed
	}
	if r.Schema != nil {
		enforce(&out, *r.Schema, by)
	}
	return out
}

// enforce makes the endpoint keep to a schema, as far as these means go.
func enforce(out *openai.ChatCompletionRequest, s llm.Schema, by llm.Means) {
	switch by {
	case llm.ByStrictSchema:
		out.ResponseFormat = &openai.ChatCompletionResponseFormat{
			Type:       openai.ChatCompletionResponseFormatTypeJSONSchema,
			JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: s.Name, Schema: s.JSON, Strict: true},
		}
	case llm.ByTool:
		out.Tools = []openai.Tool{{
			Type:     openai.ToolTypeFunction,
			Function: &openai.FunctionDefinition{Name: llm.ToolName, Description: "Hands in the answer.", Parameters: s.JSON},
		}}
		out.ToolChoice = openai.ToolChoice{Type: openai.ToolTypeFunction, Function: openai.ToolFunction{Name: llm.ToolName}}
	case llm.ByJSONMode:
		out.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONObject}
	case llm.ByText:
	}
}

func response(got openai.ChatCompletionResponse) llm.Response {
	choice := got.Choices[0]
	out := llm.Response{
		Text: choice.Message.Content, Finish: llm.Stop, Model: got.Model, ID: got.ID,
		Usage: llm.Usage{Input: got.Usage.PromptTokens, Output: got.Usage.CompletionTokens},
	}
	for _, call := range choice.Message.ToolCalls {
		if call.Function.Name == llm.ToolName {
			out.Text, out.Finish = call.Function.Arguments, llm.Tool
			break
		}
	}
	switch choice.FinishReason {
	case openai.FinishReasonLength:
		out.Finish = llm.Length
	case openai.FinishReasonContentFilter:
		out.Finish, out.Text = llm.Refusal, "the provider's content filter stopped the answer"
	case openai.FinishReasonStop, openai.FinishReasonToolCalls, openai.FinishReasonFunctionCall, openai.FinishReasonNull:
	}
	if choice.Message.Refusal != "" {
		out.Finish, out.Text = llm.Refusal, choice.Message.Refusal
	}
	return out
}
