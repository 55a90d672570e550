package loop

import (
	"bytes"
	"time"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/prompts"
	"github.com/planwright/planwright/runtime/plan"
)

// What says which moment of a talk an entry of its transcript is.
type What string

// The closed list of moments.
const (
	Begun    What = "begun"
	Asked    What = "asked"    // a request went out
	Answered What = "answered" // a response came, usable or not
	Failed   What = "failed"   // none came, or it could not be read
	Found    What = "found"    // what is wrong with an answer
	Ended    What = "ended"
)

// Transcript is everything that was said about one goal, in order. It holds no secret:
// requests have none, and neither have the errors of models.
type Transcript []Entry

// Entry is one moment. Only the members that belong to it are set.
type Entry struct {
	What What      `json:"what"`
	At   time.Time `json:"at,omitzero"`

	// Begun.
	Goal   string `json:"goal,omitempty"`
	Model  string `json:"model,omitempty"`
	Prompt string `json:"prompt,omitempty"` // digest of the templates

	Request  *llm.Request  `json:"request,omitempty"`
	Response *llm.Response `json:"response,omitempty"`
	Error    string        `json:"error,omitempty"`
	Found    diag.List     `json:"found,omitempty"`

	// Ended.
	How   How         `json:"how,omitempty"`
	Plan  plan.Digest `json:"plan,omitempty"`
	Calls int         `json:"calls,omitempty"`
	Usage *llm.Usage  `json:"usage,omitempty"`
}

// How says how a talk ended.
type How string

// The closed list of endings.
const (
	WithDraft     How = "draft"
	WithQuestions How = "questions"
	WithRefusal   How = "refusal"
	WithError     How = "error"
)

// JSONL returns the transcript as lines of JSON, an entry a line.
func (t Transcript) JSONL() []byte {
	var b bytes.Buffer
	for _, e := range t {
		line, err := marshal(e)
		if err != nil {
			panic(err) // unreachable: entries hold text, numbers and JSON that was parsed
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// Usage returns what a talk that has ended cost in tokens: as reported, or as reckoned
// where nothing was.
func (t Transcript) Usage() llm.Usage {
	for _, e := range t {
		if e.Usage != nil {
			return *e.Usage
		}
	}
	return llm.Usage{}
}

func (t *talk) note(e Entry) {
	if t.p.cfg.Now != nil {
		e.At = t.p.cfg.Now().UTC()
	}
	t.log = append(t.log, e)
}

func (t *talk) begin() {
	t.note(Entry{What: Begun, Goal: t.goal, Model: t.p.cfg.Model.Name(), Prompt: prompts.Digest(prompts.PlannerSet)})
}

func (t *talk) asked() {
	r := t.next
	t.note(Entry{What: Asked, Request: &r})
}

// answered notes a response, and why it cannot be used.
func (t *talk) answered(err error) {
	if r := t.last.Response; r != (llm.Response{}) {
		t.note(Entry{What: Answered, Response: &r})
	}
	if err != nil {
		t.note(Entry{What: Failed, Error: err.Error()})
	}
}

func (t *talk) findings() { t.note(Entry{What: Found, Found: t.found}) }

func (t *talk) end() {
	e := Entry{What: Ended, Calls: t.spent.calls, Usage: &t.spent.usage}
	switch {
	case t.err != nil:
		e.How, e.Error = WithError, t.err.Error()
	case t.answer.Draft != nil:
		e.How, e.Plan = WithDraft, t.answer.Draft.Plan.Digest()
	case len(t.answer.Questions) > 0:
		e.How = WithQuestions
	default:
		e.How = WithRefusal
	}
	t.note(e)
}
