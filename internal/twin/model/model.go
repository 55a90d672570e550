// Package model is a scripted stand-in for language models, on the wire: the program's own
// adapters, and everybody else's clients, talk to it as they would to a provider.
//
// It speaks three dialects: that of OpenAI (POST /v1/chat/completions, also as Azure's
// /openai/deployments/NAME/chat/completions), of Anthropic (POST /v1/messages) and of Ollama
// (POST /api/chat). What arrives becomes one neutral [Asked]; a [Behaviour] makes a [Reply]
// of it, and the dialect puts that on the wire, with the vendor's error bodies, endings and
// streams. A reply can also break in the ways in which answers break.
//
// The stand-in checks what providers check: the key, the name of the model, the headers a
// dialect needs, and whether a schema is within the strict subset. It does not think: a
// behaviour answers what it was written to answer.
package model

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/planwright/planwright/agent/llm"
)

// Dialect names a wire format.
type Dialect string

// The closed list of dialects.
const (
	OpenAI    Dialect = "openai"
	Azure     Dialect = "azure"
	Anthropic Dialect = "anthropic"
	Ollama    Dialect = "ollama"
)

// Asked is one request, whatever dialect it came in.
type Asked struct {
	Dialect  Dialect
	Model    string
	System   string
	Messages []llm.Message
	// Schema is what the answer must fit, when the request asks the provider to see to it:
	// by a strict schema, or as the parameters of the tool.
	Schema json.RawMessage
	Tool   string // the one tool that must be called
	JSON   bool   // JSON mode
	Stream bool
	// MaxTokens and Seed as sent; 0 and nil when they were not.
	MaxTokens int
	Seed      *int64
}

// Turn counts the answers the model has given before in this conversation.
func (a Asked) Turn() (n int) {
	for _, m := range a.Messages {
		if m.Role == llm.Assistant {
			n++
		}
	}
	return n
}

// Break is a way in which an answer breaks on its way.
type Break string

// The closed list of breaks; the zero one is a whole answer.
const (
	Whole    Break = ""
	Cut      Break = "cut"      // the connection ends without an answer
	Halved   Break = "halved"   // it ends half way through the answer's body
	Endless  Break = "endless"  // the text goes on until the reader hangs up
	HTMLPage Break = "htmlpage" // a page of some proxy stands where the answer should
)

// Reply is what the model does. The zero Finish is llm.Stop, or llm.Tool when the request
// forces a tool; the zero Usage is counted from the texts.
type Reply struct {
	Text   string
	Finish llm.Finish
	Usage  llm.Usage
	// Status other than 0 and 200 answers the dialect's error body of that status.
	Status int
	Header map[string]string
	Break  Break
	// After is how long the answer takes, by [Options.Wait].
	After time.Duration
}

// Behaviour says how a model answers. It may be called by several goroutines.
type Behaviour func(Asked) Reply

// Options make a model. The zero one takes any key and any name, and answers that nothing
// is scripted.
type Options struct {
	Key       string   // "" takes any, and none; Ollama's dialect has no keys
	Models    []string // nil takes any name
	Behaviour Behaviour
	// Wait holds an answer that takes its time; nil waits on the machine's timer.
	Wait func(context.Context, time.Duration) error
}

// Seen is one request as it came, with keys blanked.
type Seen struct {
	Asked  Asked
	Method string
	URL    string // path and query
	Header http.Header
	Body   []byte
}

// keep is how many requests are kept, the newest; a twin may be served for days.
const keep = 1000

// maxBody bounds a request; the longest prompt has a hundredth of it.
const maxBody = 16 << 20

// Model is the stand-in, an http.Handler.
type Model struct {
	o Options

	mu   sync.Mutex
	seen []Seen
}

// New returns a model.
func New(o Options) *Model {
	if o.Behaviour == nil {
		o.Behaviour = Answers(nil)
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	return &Model{o: o}
}

// Seen returns the requests that came, oldest first. What is inside must not be changed.
func (m *Model) Seen() []Seen {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.seen)
}

// dialect is how one wire format reads requests and writes answers.
type dialect interface {
	name() Dialect
	// key returns the key that a request carries.
	key(h http.Header) string
	// read decodes a request; bad, when not empty, is why the provider would answer 400.
	read(r *http.Request, body []byte) (a Asked, bad string)
	// write puts a whole answer on the wire.
	write(w io.Writer, h http.Header, a Asked, r Reply)
	// fail returns the body of an error.
	fail(status int, kind errorKind, detail string) any
	// open begins an answer that will not end.
	open() string
}

// errorKind is why a request is not answered.
type errorKind string

const (
	wrongKey     errorKind = "wrong-key"
	unknownModel errorKind = "unknown-model"
	badRequest   errorKind = "bad-request"
	byStatus     errorKind = "by-status" // whatever the status says
)

// ServeHTTP implements http.Handler.
func (m *Model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d := dialectOf(r.URL.Path)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if d == nil || r.Method != http.MethodPost || err != nil {
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	}
	asked, bad := d.read(r, body)
	m.remember(Seen{asked, r.Method, r.URL.RequestURI(), blanked(r.Header), body})
	switch {
	case m.o.Key != "" && d.name() != Ollama && d.key(r.Header) != m.o.Key:
		fail(w, d, http.StatusUnauthorized, wrongKey, "")
		return
	case bad != "":
		fail(w, d, http.StatusBadRequest, badRequest, bad)
		return
	case m.o.Models != nil && !slices.Contains(m.o.Models, asked.Model):
		fail(w, d, http.StatusNotFound, unknownModel, asked.Model)
		return
	}
	m.answer(w, r, d, asked)
}

func (m *Model) answer(w http.ResponseWriter, r *http.Request, d dialect, asked Asked) {
	reply := m.o.Behaviour(asked)
	if reply.Finish == "" {
		reply.Finish = llm.Stop
		if asked.Tool != "" {
			reply.Finish = llm.Tool
		}
	}
	if reply.Usage == (llm.Usage{}) {
		reply.Usage = count(asked, reply)
	}
	if reply.After > 0 && m.o.Wait(r.Context(), reply.After) != nil {
		cut()
	}
	for k, v := range reply.Header {
		w.Header().Set(k, v)
	}
	if reply.Break != Whole {
		breakOff(w, r, d, asked, reply)
		return
	}
	if reply.Status != 0 && reply.Status != http.StatusOK {
		fail(w, d, reply.Status, byStatus, reply.Text)
		return
	}
	d.write(w, w.Header(), asked, reply)
}

func dialectOf(path string) dialect {
	switch {
	case strings.HasSuffix(path, "/v1/messages"):
		return anthropic{}
	case strings.HasSuffix(path, "/api/chat"):
		return ollama{}
	case strings.Contains(path, "/openai/deployments/") && strings.HasSuffix(path, "/chat/completions"):
		return openai{azure: true}
	case strings.HasSuffix(path, "/v1/chat/completions"):
		return openai{}
	}
	return nil
}

func (m *Model) remember(s Seen) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.seen) >= keep {
		m.seen = slices.Delete(m.seen, 0, 1)
	}
	m.seen = append(m.seen, s)
}

// blanked returns headers without the keys in them, saying that there was one.
func blanked(h http.Header) http.Header {
	h = h.Clone()
	for _, name := range []string{"Authorization", "Api-Key", "X-Api-Key", "Cookie"} {
		if h.Get(name) != "" {
			h.Set(name, "[hidden]")
		}
	}
	return h
}

// count makes up token counts that grow with the texts, as a provider's do.
func count(a Asked, r Reply) llm.Usage {
	in := len(a.System) + len(a.Schema)
	for _, m := range a.Messages {
		in += len(m.Text)
	}
	return llm.Usage{Input: in/4 + 1, Output: len(r.Text)/4 + 1}
}

func fail(w http.ResponseWriter, d dialect, status int, kind errorKind, detail string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encode(w, d.fail(status, kind, detail))
}

func encode(w io.Writer, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // unreachable: the types of this package marshal
	}
	_, _ = w.Write(append(data, '\n')) // a reader that went away needs no answer
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
