package config

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/llm/langchain"
	"github.com/planwright/planwright/agent/llm/openaicompat"
	"github.com/planwright/planwright/agent/llm/transport"
	"github.com/planwright/planwright/internal/diag"
)

// Outside is what a model needs beyond settings. Wait is required.
type Outside struct {
	// Base carries requests; nil means connections of the program's own.
	Base http.RoundTripper
	// Wait returns after d, or earlier with ctx's error.
	Wait func(ctx context.Context, d time.Duration) error
	// Jitter returns a number in [0, 1); nil means 0.5.
	Jitter func() float64
}

// Open returns the model of the settings, or nil when there is to be none. Nothing is sent.
func (c *Config) Open(o Outside) (llm.Model, error) {
	m := c.Model
	if m.Provider == None || m.Provider == "" {
		return nil, nil
	}
	road := transport.New(transport.Options{Base: o.Base, Attempts: m.Retries + 1, Timeout: m.Timeout, Wait: o.Wait, Jitter: o.Jitter})
	if m.Provider == Anthropic || m.Provider == Ollama {
		return langchain.New(langchain.Config{
			Dialect: langchain.Dialect(m.Provider), URL: m.URL, Model: m.Name, Key: m.Key, Caps: m.Caps, MaxTokens: m.MaxTokens, Transport: road,
		})
	}
	return openaicompat.New(openaicompat.Config{
		URL: m.URL, Model: m.Name, Key: m.Key, Azure: m.Provider == Azure, APIVersion: m.APIVersion, Caps: m.Caps, MaxTokens: m.MaxTokens, Transport: road,
	})
}

// Host returns where questions to the model go, as host and port, and "" when nowhere: what
// a person wants to see before anything is sent.
func (c *Config) Host() string {
	u, err := url.Parse(c.address())
	if err != nil {
		return "" // unreachable: Load judged the address
	}
	return u.Host
}

func (c *Config) address() string {
	switch {
	case c.Model.Provider == None:
		return ""
	case c.Model.URL != "":
		return c.Model.URL
	}
	return map[Provider]string{OpenAI: openaicompat.Home, Anthropic: langchain.AnthropicHome, Ollama: langchain.OllamaHome}[c.Model.Provider]
}

// judge finds what single values cannot show.
func (c *Config) judge() (found diag.List) {
	m := c.Model
	if m.Provider == None {
		if c.Match.Model {
			found = append(found, unused("match.model", "no model.provider is set"))
		}
		return found
	}
	if m.Name == "" {
		found = append(found, missing("model.name", "PLANWRIGHT_MODEL", m.Provider))
	}
	if m.Provider == Azure && m.URL == "" {
		found = append(found, missing("model.url", "PLANWRIGHT_MODEL_URL", m.Provider))
	}
	if m.Provider != Azure && m.APIVersion != "" {
		found = append(found, unused("model.api_version", "the provider is "+string(m.Provider)))
	}
	u, err := url.Parse(c.address())
	if err != nil {
		return found // said when the address was read
	}
	near := transport.IsLoopback(u.Hostname())
	switch {
	case m.Provider == Ollama && !m.Key.IsZero():
		found = append(found, unused("model.key", "Ollama has no keys; for one behind a gate use the provider openai with its address that ends in /v1"))
	case m.Provider == Ollama:
	case m.Key.IsZero() && !near && m.KeyFile == "":
		found = append(found, noKey(m.Provider))
	case !m.Key.IsZero() && !near && u.Scheme == "http":
		found = append(found, plainHTTP())
	}
	return found
}
