// Package config reads the settings that a person gives the program: flags before
// environment before the file config.yaml in the data folder before what is built in.
//
// Each setting is one row of a table (settings.go): its name in the file, its flag, its
// variable, what it is without them, and how its text is read. Each value knows where it
// came from, so that [Config.Values] can say which of four places to look at.
//
// The file is strict: an unknown key, a value out of bounds or a key for a model written into
// it is a diagnostic with its place. A secret has no flag and no row in the file; it comes from
// the environment or from a file of its own, and prints as [hidden].
//
// Nothing is sent anywhere unless a provider is set. [Config.Open] makes the model out of
// the settings; what to ask it is left to the planners.
package config

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/internal/diag"
)

// FileName is the name of the settings file within the data folder.
const FileName = "config.yaml"

// Provider says whose model is asked, and so in which dialect.
type Provider string

// The closed list of providers.
const (
	None      Provider = "none" // no model: nothing leaves this machine for one
	OpenAI    Provider = "openai"
	Azure     Provider = "azure"
	Anthropic Provider = "anthropic"
	Ollama    Provider = "ollama"
)

// Config is all settings. Use [Load] to make one.
type Config struct {
	Model   Model
	Planner Planner
	Match   Match

	from map[string]string // where each value came from, by key
	text map[string]string // each usable value as it was written, by key; no secrets
}

// Model is which language model is asked, and how.
type Model struct {
	Provider   Provider
	Name       string
	URL        string // "" is the provider's own address
	Key        llm.Secret
	KeyFile    string
	APIVersion string
	Caps       *llm.Caps // nil: what the provider's models can usually be held to
	MaxTokens  int
	Timeout    time.Duration
	Retries    int
}

// Planner bounds what one draft may cost.
type Planner struct {
	Calls  int
	Tokens int
	Time   time.Duration
}

// Match says how mapping rows are matched.
type Match struct {
	// Model lets the model judge short lists of candidates. Names of records then leave
	// this machine for the provider, so that it is off unless somebody turns it on.
	Model bool
}

// Sources is where settings come from. Flags are by name, without the dashes, those that
// were given only.
type Sources struct {
	Dir   string // the data folder
	Env   map[string]string
	Flags map[string]string
}

// Load reads the settings. The Config is whole also when there are findings; it must not be
// used when they hold errors.
func Load(s Sources) (*Config, diag.List) {
	c := &Config{from: map[string]string{}, text: map[string]string{}}
	file, found := readFile(s.Dir)
	for _, row := range settings() {
		won := strongest(row.Setting, s, file)
		c.from[row.Key] = won.from
		err := row.set(c, won.text)
		switch {
		case err != nil: // what cannot be used is not kept: a password may stand in an address
			found = append(found, badValue(row.Key, won.from, won.place, err))
		case !row.Secret:
			c.text[row.Key] = won.text
		}
	}
	found = append(found, unknownVariables(s.Env)...)
	found = append(found, c.readKeyFile(s.Dir)...)
	return c, append(found, c.judge()...).Sorted()
}

// given is a value with where it came from.
type given struct {
	written
	from string
}

// strongest returns the value that wins for one setting. An empty flag sets the empty
// value; an empty variable is as good as none, because shells cannot unset one for a command.
func strongest(row Setting, s Sources, file map[string]written) given {
	if text, ok := s.Flags[row.Flag]; ok && row.Flag != "" {
		return given{written{text: text}, "flag --" + row.Flag}
	}
	if text := s.Env[row.Env]; text != "" {
		return given{written{text: text}, "environment " + row.Env}
	}
	if v, ok := file[row.Key]; ok {
		return given{v, FileName}
	}
	return given{written{text: row.Default}, "default"}
}

// unknownVariables finds variables that look like settings and are none: a misspelt one
// would be ignored without a word.
func unknownVariables(env map[string]string) (found diag.List) {
	var known []string
	for _, row := range settings() {
		known = append(known, row.Env)
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if slices.Contains(known, name) {
			continue
		}
		for _, prefix := range []string{"PLANWRIGHT_MODEL", "PLANWRIGHT_PLANNER", "PLANWRIGHT_MATCH"} {
			if strings.HasPrefix(name, prefix) {
				found = append(found, unknownVariable(name, diag.DidYouMean(name, known)))
				break
			}
		}
	}
	return found
}

// Value is one setting as it is, for people.
type Value struct {
	Key   string `json:"key"`
	Value string `json:"value"` // a secret says [hidden]
	From  string `json:"from"`  // "flag --model-url", "environment PLANWRIGHT_MODEL", "config.yaml", "default"
}

// Values returns every setting in the order of the documentation. Secrets are hidden.
func (c *Config) Values() (out []Value) {
	for _, row := range settings() {
		v := Value{row.Key, c.text[row.Key], c.from[row.Key]}
		if row.Secret {
			v.Value = c.Model.Key.String()
			if !c.Model.Key.IsZero() && v.From == "default" {
				v.From = "the file of model.key_file"
			}
		}
		out = append(out, v)
	}
	return out
}

// String prints the settings, one a line, with secrets hidden.
func (c *Config) String() string {
	var b strings.Builder
	for _, v := range c.Values() {
		b.WriteString(v.Key + ": " + v.Value + "  # " + v.From + "\n")
	}
	return b.String()
}
