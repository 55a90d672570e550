package config

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/planwright/planwright/agent/llm"
)

// Setting is one row of the table of settings.
type Setting struct {
	Key     string // in the file, with a dot: model.name
	Flag    string // without the dashes; "" when it has none
	Env     string
	Default string
	Secret  bool
	Words   string // what it does, for the manual
}

// setting is a row with the way its text is read. An empty text is "not set".
type setting struct {
	Setting
	set func(c *Config, text string) error
}

// Settings returns the table, in the order of the documentation. A program defines its
// flags from it.
func Settings() (out []Setting) {
	for _, row := range settings() {
		out = append(out, row.Setting)
	}
	return out
}

// row fills in flag and variable, which follow from the key.
func row(key, value, words string, set func(*Config, string) error) setting {
	s := Setting{Key: key, Default: value, Words: words}
	s.Flag = strings.NewReplacer(".", "-", "_", "-").Replace(key)
	s.Env = "PLANWRIGHT_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
	switch key {
	case "model.name":
		s.Env, s.Flag = "PLANWRIGHT_MODEL", "model"
	case "model.key":
		s.Flag, s.Secret = "", true // a flag is seen by everybody on the machine
	}
	return setting{s, set}
}

// settings is the whole table: the reading, the printing and the documentation follow it.
func settings() []setting {
	return []setting{
		row("model.provider", "none", "Whose model drafts plans: `none`, `openai` (any OpenAI-compatible address), `azure`, `anthropic`, `ollama`. With `none` no model is asked and nothing is sent.", func(c *Config, t string) error {
			c.Model.Provider = None
			for _, p := range []Provider{OpenAI, Azure, Anthropic, Ollama} {
				if Provider(t) == p {
					c.Model.Provider = p
				}
			}
			if t != "" && Provider(t) != c.Model.Provider {
				return fmt.Errorf("%.40q is none of none, openai, azure, anthropic and ollama", t)
			}
			return nil
		}),
		row("model.name", "", "The model's name as the provider has it; with `azure` the name of the deployment. Needed with every provider.", func(c *Config, t string) error {
			c.Model.Name = t
			return name(t)
		}),
		row("model.url", "", "Base address. Empty is the provider's own: `https://api.openai.com/v1`, `https://api.anthropic.com/v1`, `http://127.0.0.1:11434` for `ollama`. Needed with `azure`. A key goes over https only, except to this machine.", func(c *Config, t string) error {
			if err := address(t); err != nil {
				return err
			}
			c.Model.URL = strings.TrimRight(t, "/")
			return nil
		}),
		row("model.key", "", "The provider's key. There is no flag and no place in the file for it, so that it is neither seen in a list of processes nor kept in a backup of the settings.", func(c *Config, t string) error {
			t = strings.TrimSpace(t)
			if err := header(t); err != nil {
				return err
			}
			c.Model.Key = llm.NewSecret(t)
			return nil
		}),
		row("model.key_file", "", "A file that holds the key and nothing else, read when `PLANWRIGHT_MODEL_KEY` is not set. A relative path is within the data folder. Let nobody else read it.", func(c *Config, t string) error {
			c.Model.KeyFile = t
			return nil
		}),
		row("model.api_version", "", "The version of Azure's interface; empty is one that is known to work.", func(c *Config, t string) error {
			c.Model.APIVersion = t
			return name(t)
		}),
		row("model.caps", "auto", "What the model can be held to: a list of `strict` (decodes along the schema), `tool` (can be made to call one tool), `json` (answers JSON), `seed`; or `none`. The strongest is used. `auto` takes the provider's usual ones. Set it when an endpoint refuses requests.", func(c *Config, t string) (err error) {
			c.Model.Caps, err = caps(t)
			return err
		}),
		row("model.max_tokens", "16000", "Longest answer, in tokens, 16 to 1000000.", func(c *Config, t string) (err error) {
			c.Model.MaxTokens, err = number(t, 16, 1_000_000)
			return err
		}),
		row("model.timeout", "2m", "Longest wait for one answer, `1s` to `1h`.", func(c *Config, t string) (err error) {
			c.Model.Timeout, err = duration(t, time.Second, time.Hour)
			return err
		}),
		row("model.retries", "3", "How often a request is repeated when the provider is busy or the connection breaks, 0 to 10. Pauses follow what the provider asks for, up to a minute.", func(c *Config, t string) (err error) {
			c.Model.Retries, err = number(t, 0, 10)
			return err
		}),
		row("planner.calls", "4", "Most calls of the model for one draft, repairs included, 1 to 100.", func(c *Config, t string) (err error) {
			c.Planner.Calls, err = number(t, 1, 100)
			return err
		}),
		row("planner.tokens", "200000", "Most tokens for one draft, both ways, 1000 to 100000000.", func(c *Config, t string) (err error) {
			c.Planner.Tokens, err = number(t, 1000, 100_000_000)
			return err
		}),
		row("planner.time", "5m", "Longest time for one draft, `1s` to `1h`.", func(c *Config, t string) (err error) {
			c.Planner.Time, err = duration(t, time.Second, time.Hour)
			return err
		}),
		row("match.model", "false", "Lets the model judge short lists of candidates for mapping rows. Names of your records are then sent to the provider. It only re-orders or rejects; a person decides as before.", func(c *Config, t string) (err error) {
			c.Match.Model, err = boolean(t)
			return err
		}),
	}
}

func name(t string) error {
	if len(t) > 200 || strings.ContainsFunc(t, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return errors.New("it has white space or more than 200 characters")
	}
	return nil
}

// address judges a URL. Its errors do not repeat it: people put passwords into URLs.
func address(t string) error {
	if t == "" {
		return nil
	}
	u, err := url.Parse(t)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("it is not an http or https address")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("it holds more than scheme, host and path")
	}
	return nil
}

// header judges a key, which travels in a header. It never repeats it.
func header(t string) error {
	if strings.ContainsFunc(t, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return errors.New("a key is one line of ASCII without spaces")
	}
	return nil
}

func caps(t string) (*llm.Caps, error) {
	switch t {
	case "", "auto":
		return nil, nil
	case "none":
		return new(llm.Caps), nil
	}
	out := new(llm.Caps)
	for word := range strings.SplitSeq(t, ",") {
		switch strings.TrimSpace(word) {
		case "strict":
			out.StrictSchema = true
		case "tool":
			out.ForcedTool = true
		case "json":
			out.JSONMode = true
		case "seed":
			out.Seed = true
		default:
			return nil, fmt.Errorf("%.40q is none of strict, tool, json and seed", word)
		}
	}
	return out, nil
}

func number(t string, least, most int) (int, error) {
	n, err := strconv.Atoi(t)
	if err != nil || n < least || n > most {
		return least, fmt.Errorf("it is not a whole number from %d to %d", least, most)
	}
	return n, nil
}

func duration(t string, least, most time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(t)
	if err != nil || d < least || d > most {
		return least, fmt.Errorf("it is not a time from %v to %v, such as 90s", least, most)
	}
	return d, nil
}

func boolean(t string) (bool, error) {
	switch t {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errors.New("it is neither true nor false")
}
