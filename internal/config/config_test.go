package config_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/internal/config"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/internal/twin/model"
	"github.com/planwright/planwright/internal/twin/wire"
)

var update = flag.Bool("update", false, "rewrite the table in docs/configuration.md")

const key = "sk-planted-marker-0452"

// env makes a map of "NAME=value" words; names without a prefix get PLANWRIGHT_MODEL_.
func env(words ...string) map[string]string {
	out := map[string]string{}
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		if !strings.HasPrefix(k, "PLANWRIGHT_") {
			k = "PLANWRIGHT_MODEL_" + k
		}
		out[k] = v
	}
	return out
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestNothingSetSendsNothing(t *testing.T) {
	c, found := config.Load(config.Sources{Dir: t.TempDir()})
	if len(found) > 0 {
		t.Fatal(found)
	}
	m, err := c.Open(config.Outside{})
	if m != nil || err != nil || c.Host() != "" {
		t.Errorf("got %v, %v, host %q", m, err, c.Host())
	}
	want := config.Planner{Calls: 4, Tokens: 200000, Time: 5 * time.Minute}
	if c.Planner != want || c.Match.Model || c.Model.Provider != config.None || c.Model.Timeout != 2*time.Minute || c.Model.Retries != 3 || c.Model.MaxTokens != 16000 {
		t.Errorf("got %+v", c)
	}
}

func TestStrength(t *testing.T) {
	dir := folder(t, map[string]string{config.FileName: `
# ours
model:
  provider: ollama
  name: from-file
  url: http://127.0.0.1:1/
  caps: [json, seed]
  max_tokens:
planner: {calls: 9, time: 90s}
match:
`})
	c, found := config.Load(config.Sources{
		Dir:   dir,
		Env:   env("PLANWRIGHT_MODEL=from-env", "URL=http://127.0.0.1:2", "TIMEOUT=", "PLANWRIGHT_PLANNER_CALLS=8"),
		Flags: map[string]string{"model-url": "http://127.0.0.1:3", "planner-calls": "7"},
	})
	if len(found) > 0 {
		t.Fatal(found)
	}
	got := map[string]string{}
	for _, v := range c.Values() {
		got[v.Key] = v.Value + " <- " + v.From
	}
	want := map[string]string{
		"model.provider":    "ollama <- config.yaml",
		"model.name":        "from-env <- environment PLANWRIGHT_MODEL",
		"model.url":         "http://127.0.0.1:3 <- flag --model-url",
		"model.key":         " <- default",
		"model.key_file":    " <- default",
		"model.api_version": " <- default",
		"model.caps":        "json,seed <- config.yaml",
		"model.max_tokens":  "16000 <- default",
		"model.timeout":     "2m <- default",
		"model.retries":     "3 <- default",
		"planner.calls":     "7 <- flag --planner-calls",
		"planner.tokens":    "200000 <- default",
		"planner.time":      "90s <- config.yaml",
		"match.model":       "false <- default",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c.Model.Name != "from-env" || c.Planner.Calls != 7 || c.Planner.Time != 90*time.Second || *c.Model.Caps != (llm.Caps{JSONMode: true, Seed: true}) || c.Host() != "127.0.0.1:3" {
		t.Errorf("got %+v", c)
	}
	if text := c.String(); !strings.Contains(text, "model.name: from-env  # environment PLANWRIGHT_MODEL\n") {
		t.Errorf("got %s", text)
	}
}

// TestFindings provokes every finding there is.
func TestFindings(t *testing.T) {
	for _, tc := range []struct {
		name, file string
		env        []string
		flags      map[string]string
		want       string
	}{
		{"fine", "", []string{"PROVIDER=openai", "PLANWRIGHT_MODEL=m", "KEY=" + key}, nil, ""},
		{"empty file", "# nothing\n", nil, nil, ""},
		{"unknown section", "modle:\n  name: x\n", nil, nil, "config.yaml:1:1: error config-unknown-key: there is no setting modle (did you mean model?)"},
		{"unknown key", "model:\n  nam: x\n", nil, nil, "config.yaml:2:3: error config-unknown-key: there is no setting model.nam (did you mean name?)"},
		{"merge key", "model:\n  <<: {}\n", nil, nil, "config.yaml:2:3: error config-unknown-key: there is no setting model.<<"},
		{"not a map", "- model\n", nil, nil, "config.yaml:1:1: error config-shape: a map of settings belongs here"},
		{"section is text", "model: x\n", nil, nil, "config.yaml:1:8: error config-shape: model: a map of settings belongs here"},
		{"value is a map", "model: {name: {a: b}}\n", nil, nil, "config.yaml:1:15: error config-shape: model.name: a plain value belongs here"},
		{"alias", "model: {name: &a x, url: *a}\n", nil, nil, "config.yaml:1:26: error config-shape: model.url: a plain value belongs here"},
		{"twice", "model:\n  name: x\n  name: y\n", nil, nil, "config.yaml:3:3: error config-shape: model.name: the key stands twice"},
		{"two documents", "model:\n---\nmodel:\n", nil, nil, "config.yaml:2:1: error config-shape: the file holds more than one document"},
		{"no YAML", "model:\n\tname: x\n", nil, nil, "config.yaml:2:1: error config-syntax: the file is not YAML: found character that cannot start any token (look at"},
		{"too large", strings.Repeat("# x\n", 20000), nil, nil, "config.yaml: error config-file: the settings cannot be read: it has more than 64 kB"},
		{"secret in the file", "model:\n  key: " + key + "\n", nil, nil, "config.yaml:2:3: error config-secret: a key does not belong into this file (set PLANWRIGHT_MODEL_KEY"},
		{"provider", "model:\n  provider: opanai\n", nil, nil, `config.yaml:2:13: error config-value: model.provider, set by config.yaml, cannot be used: "opanai" is none of none, openai`},
		{"number by flag", "", nil, map[string]string{"model-retries": "11"}, "error config-value: model.retries, set by flag --model-retries, cannot be used: it is not a whole number from 0 to 10"},
		{"empty flag", "", nil, map[string]string{"planner-calls": ""}, "error config-value: planner.calls, set by flag --planner-calls, cannot be used"},
		{"time by variable", "", []string{"TIMEOUT=5"}, nil, "error config-value: model.timeout, set by environment PLANWRIGHT_MODEL_TIMEOUT, cannot be used: it is not a time from 1s to 1h0m0s, such as 90s"},
		{"caps", "model: {caps: [strict, tol]}\n", nil, nil, `config.yaml:1:15: error config-value: model.caps, set by config.yaml, cannot be used: "tol" is none of`},
		{"true", "match: {model: yes}\n", nil, nil, "config.yaml:1:16: error config-value: match.model, set by config.yaml, cannot be used: it is neither true nor false"},
		{"name", "model: {name: a b}\n", nil, nil, "config.yaml:1:15: error config-value: model.name"},
		{"address", "", []string{"URL=ftp://" + key + "@x"}, nil, "error config-value: model.url, set by environment PLANWRIGHT_MODEL_URL, cannot be used: it is not an http or https address"},
		{"password in the address", "", []string{"URL=https://me:" + key + "@x.example.com"}, nil, "error config-value: model.url, set by environment PLANWRIGHT_MODEL_URL, cannot be used: it holds more than scheme, host and path"},
		{"key of two lines", "", []string{"KEY=" + key + "\nx"}, nil, "error config-value: model.key, set by environment PLANWRIGHT_MODEL_KEY, cannot be used: a key is one line of ASCII without spaces"},
		{"no flag for keys", "", []string{"PROVIDER=anthropic", "PLANWRIGHT_MODEL=m"}, map[string]string{"": key, "model-key": key}, "error config-no-key: the provider anthropic needs a key and there is none (set PLANWRIGHT_MODEL_KEY, or"},
		{"no name", "", []string{"PROVIDER=openai", "KEY=" + key}, nil, "error config-missing: the provider openai needs model.name (set PLANWRIGHT_MODEL, or model.name in config.yaml)"},
		{"azure without address", "", []string{"PROVIDER=azure", "PLANWRIGHT_MODEL=m", "KEY=" + key}, nil, "error config-missing: the provider azure needs model.url (set PLANWRIGHT_MODEL_URL"},
		{"no key", "", []string{"PROVIDER=openai", "PLANWRIGHT_MODEL=m", "URL=https://x.example.com/v1"}, nil, "error config-no-key"},
		{"no key on this machine", "", []string{"PROVIDER=openai", "PLANWRIGHT_MODEL=m", "URL=http://localhost:8000/v1"}, nil, ""},
		{"ollama elsewhere, no key", "", []string{"PROVIDER=ollama", "PLANWRIGHT_MODEL=m", "URL=http://10.0.0.5:11434"}, nil, ""},
		{"ollama with a key", "", []string{"PROVIDER=ollama", "PLANWRIGHT_MODEL=m", "KEY=" + key}, nil, "warning config-unused: model.key has no effect"},
		{"plain http", "", []string{"PROVIDER=openai", "PLANWRIGHT_MODEL=m", "URL=http://10.0.0.5/v1", "KEY=" + key}, nil, "error config-plain-http"},
		{"version without azure", "", []string{"PROVIDER=ollama", "PLANWRIGHT_MODEL=m", "API_VERSION=1"}, nil, "warning config-unused: model.api_version has no effect: the provider is ollama"},
		{"match without a model", "match: {model: true}\n", nil, nil, "warning config-unused: match.model has no effect: no model.provider is set"},
		{"misspelt variable", "", []string{"PROVIDR=openai"}, nil, "warning config-unknown-variable: the variable PLANWRIGHT_MODEL_PROVIDR is none that is read (did you mean PLANWRIGHT_MODEL_PROVIDER?)"},
		{"no key file", "", []string{"PROVIDER=openai", "PLANWRIGHT_MODEL=m", "KEY_FILE=nowhere"}, nil, "error config-key-file: the file of model.key_file cannot be used: no such file or directory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := map[string]string{}
			if tc.file != "" {
				files[config.FileName] = tc.file
			}
			c, found := config.Load(config.Sources{Dir: folder(t, files), Env: env(tc.env...), Flags: tc.flags})
			got := ""
			if len(found) > 0 {
				got = found[0].String()
				if found[0].Hint != "" {
					got += " (" + found[0].Hint + ")"
				}
			}
			if !strings.HasPrefix(got, tc.want) || tc.want == "" && got != "" || len(found) > 1 {
				t.Errorf("got  %s\nwant %s\nall  %v", got, tc.want, found)
			}
			out, err := json.Marshal(found)
			if text := fmt.Sprintf("%s%+v%#v%v%v", out, c, c, c, c.Values()); err != nil || strings.Contains(text, key) {
				t.Errorf("the key shows: %s", text)
			}
		})
	}
}

func TestKeyFile(t *testing.T) {
	dir := folder(t, map[string]string{"key": key + "\n", "empty": " \n", "two": "a\nb"})
	vars := func(more ...string) map[string]string {
		return env(append([]string{"PROVIDER=openai", "PLANWRIGHT_MODEL=m"}, more...)...)
	}
	for _, path := range []string{"key", filepath.Join(dir, "key")} {
		c, found := config.Load(config.Sources{Dir: dir, Env: vars("KEY_FILE=" + path)})
		if len(found) > 0 || c.Model.Key.Reveal() != key {
			t.Errorf("%s: %v", path, found)
		}
		if i := slices.IndexFunc(c.Values(), func(v config.Value) bool { return v.Key == "model.key" }); c.Values()[i] != (config.Value{Key: "model.key", Value: "[hidden]", From: "the file of model.key_file"}) {
			t.Errorf("got %+v", c.Values()[i])
		}
		if strings.Contains(fmt.Sprintf("%+v %#v %s", c, *c, c), key) {
			t.Error("the key shows")
		}
	}
	if c, found := config.Load(config.Sources{Dir: dir, Env: vars("KEY_FILE=nowhere", "KEY=stronger")}); len(found) > 0 || c.Model.Key.Reveal() != "stronger" {
		t.Errorf("got %v", found)
	}
	for path, want := range map[string]string{"empty": "it is empty", "two": "one line of ASCII", ".": "is a directory"} {
		_, found := config.Load(config.Sources{Dir: dir, Env: vars("KEY_FILE=" + path)})
		if len(found) != 1 || found[0].Code != "config-key-file" || !strings.Contains(found[0].Message, want) {
			t.Errorf("%s: got %v", path, found)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "key"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, found := config.Load(config.Sources{Dir: dir, Env: vars("KEY_FILE=key")})
	if len(found) != 1 || found[0].Code != "config-key-file-open" || found.HasErrors() {
		t.Errorf("a key that others can read: %v", found)
	}
}

// TestOpenAsks opens every provider and asks its twin once.
func TestOpenAsks(t *testing.T) {
	for provider, words := range map[string][]string{
		"openai":    {"KEY=" + key, "CAPS=tool"},
		"azure":     {"KEY=" + key, "URL=https://us.example.com", "API_VERSION=2030-01-01"},
		"anthropic": {"KEY=" + key},
		"ollama":    {"URL=http://ollama.lan:11434"},
	} {
		t.Run(provider, func(t *testing.T) {
			c, found := config.Load(config.Sources{Env: env(append(words, "PROVIDER="+provider, "PLANWRIGHT_MODEL=m", "RETRIES=1", "MAX_TOKENS=99")...)})
			if len(found) > 0 {
				t.Fatal(found)
			}
			twin := model.New(model.Options{Key: key, Behaviour: model.Failing(1, 529, 0, model.Answers(map[string]string{"x": "{}"}))})
			waited := 0
			host := ""
			m, err := c.Open(config.Outside{
				Base: wire.RoundTripper(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					host = r.Host
					twin.ServeHTTP(w, r)
				})),
				Wait: func(context.Context, time.Duration) error { waited++; return nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			if m.Name() != provider+" m" {
				t.Errorf("it is called %q", m.Name())
			}
			if _, err = llm.Ask(t.Context(), m, llm.Request{Messages: []llm.Message{{Role: llm.User, Text: "x"}}}); err != nil {
				t.Fatal(err)
			}
			seen := twin.Seen()
			if len(seen) != 2 || waited != 1 || seen[0].Asked.MaxTokens != 99 || host != c.Host() {
				t.Errorf("%d requests, %d waits, %+v, host %q, announced %q", len(seen), waited, seen[0].Asked, host, c.Host())
			}
		})
	}
	c, _ := config.Load(config.Sources{Env: env("PROVIDER=openai", "PLANWRIGHT_MODEL=m", "URL=http://127.0.0.1:1/v1", "RETRIES=0")})
	m, err := c.Open(config.Outside{Wait: func(context.Context, time.Duration) error { t.Error("waited"); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	_, err = llm.Ask(t.Context(), m, llm.Request{})
	var down *llm.Unavailable
	if !errors.As(err, &down) {
		t.Errorf("nobody is at home, and: %v", err)
	}
}

// TestDocTable holds docs/configuration.md to the settings there are.
func TestDocTable(t *testing.T) {
	var b strings.Builder
	b.WriteString("\n| in config.yaml | variable | flag | built in | |\n| --- | --- | --- | --- | --- |\n")
	names := map[string]int{}
	for _, s := range config.Settings() {
		code := func(text string) string {
			if text == "" {
				return ""
			}
			return "`" + text + "`"
		}
		inFile, asFlag := code(s.Key), ""
		if s.Flag != "" {
			asFlag = code("--" + s.Flag)
		}
		if s.Secret {
			inFile = ""
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", inFile, code(s.Env), asFlag, code(s.Default), s.Words)
		names[s.Env]++
		names[s.Key]++
	}
	if most := slices.Max(slices.Collect(maps.Values(names))); most > 1 {
		t.Errorf("a name is used twice: %v", names)
	}
	path := filepath.Join("..", "..", "docs", "configuration.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- made by: go test ./internal/config -run Doc -update -->\n", "<!-- end -->"
	head, rest, ok := strings.Cut(string(data), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("docs/configuration.md has no place for the table")
	}
	want := head + begin + b.String() + "\n" + end + tail
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("docs/configuration.md is not current; run with -update (-want +got):\n%s", diff)
	}
}

// TestDocExample loads the example of the documentation.
func TestDocExample(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "```yaml\n")
	example, _, _ := strings.Cut(rest, "```")
	c, found := config.Load(config.Sources{Dir: folder(t, map[string]string{config.FileName: example, "model-key": key})})
	if len(found) > 0 || c.Model.Provider != config.OpenAI || c.Model.Key.Reveal() != key {
		t.Errorf("got %v, %+v", found, c)
	}
}

// TestEveryDefaultIsFine keeps the table from naming a default that is refused.
func TestEveryDefaultIsFine(t *testing.T) {
	for _, s := range config.Settings() {
		if s.Flag == "" || s.Default == "" {
			continue
		}
		if _, found := config.Load(config.Sources{Flags: map[string]string{s.Flag: s.Default}}); slices.ContainsFunc(found, func(d diag.Diagnostic) bool { return d.Severity == diag.Error }) {
			t.Errorf("%s: %v", s.Key, found)
		}
	}
}
