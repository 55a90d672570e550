package match

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/prompts"
)

// MaxAsked is how many candidates an [Adjudicator] is asked about; of more, the first are
// taken.
const MaxAsked = 8

// maxReason bounds a reason, in characters.
const maxReason = 200

// chosenScore is what a match gets that rests on a model's word alone: it wants a look.
const chosenScore = Sure - 30

// VerdictKind says what an adjudicator decided.
type VerdictKind string

// The closed list of verdicts.
const (
	Choose  VerdictKind = "choose"  // one candidate is the same thing
	Reject  VerdictKind = "reject"  // none of them is
	Abstain VerdictKind = "abstain" // it cannot tell, or its answer cannot be used
)

// Verdict is what a model says of one source and its candidates, as far as local rules
// let it stand.
type Verdict struct {
	Kind VerdictKind `json:"kind"`
	// Target is the ID of the chosen candidate.
	Target string `json:"target,omitempty"`
	// Reason is the model's, cleaned and cut. It is a reason, not the truth.
	Reason string `json:"reason,omitempty"`
	// Note says why the program abstained, whatever the model said.
	Note  string `json:"note,omitempty"`
	Model string `json:"model,omitempty"`
}

// Question is one source and those that may be its counterpart.
type Question struct {
	// To is the full name of what is chosen, "xero.Item". Tax rates are never asked about.
	To         string
	Source     Record
	Candidates []Record
}

// Adjudicator asks a model for a second opinion. It is safe for concurrent use.
type Adjudicator struct{ model llm.Model }

// NewAdjudicator returns an adjudicator that asks the model.
func NewAdjudicator(m llm.Model) *Adjudicator { return &Adjudicator{m} }

// verdictSchema is what an answer must look like.
const verdictSchema = `{"type":"object","properties":{` +
	`"decision":{"type":"string","enum":["choose","reject","abstain"]},` +
	`"candidate":{"anyOf":[{"type":"string"},{"type":"null"}]},` +
	`"reason":{"type":"string"}},` +
	`"required":["decision","candidate","reason"],"additionalProperties":false}`

// Request returns what would be sent for a question, byte for byte: names, codes and
// groups under tokens, and nothing else. Why nothing would be sent is an error.
func (q Question) Request() (llm.Request, error) {
	r, _, err := q.request()
	return r, err
}

// request is Request with the candidates by their tokens: c1 is the first.
func (q Question) request() (llm.Request, []Record, error) {
	object := strings.ToLower(q.To)
	switch {
	case object == "":
		return llm.Request{}, nil, errors.New("it is not said what is chosen")
	case strings.Contains(object, "tax"):
		return llm.Request{}, nil, errors.New("tax rates are never left to a model")
	case q.Source.Name == "" && q.Source.Code == "":
		return llm.Request{}, nil, errors.New("the record has neither name nor code")
	case len(q.Candidates) == 0:
		return llm.Request{}, nil, errors.New("there are no candidates")
	}
	order := q.shuffled()
	data := prompts.Records{Source: told("", q.Source)}
	for i, c := range order {
		data.Candidates = append(data.Candidates, told("c"+strconv.Itoa(i+1), c))
	}
	return llm.Request{
		System:    prompts.Adjudicator{}.Render(),
		Messages:  []llm.Message{{Role: llm.User, Text: data.Render()}},
		Schema:    &llm.Schema{Name: "verdict", JSON: json.RawMessage(verdictSchema)},
		MaxTokens: 512,
	}, order, nil
}

func told(token string, r Record) prompts.Record {
	return prompts.Record{Token: token, Name: prompts.Data(r.Name), Code: prompts.Data(r.Code), Group: prompts.Data(r.Group)}
}

// shuffled puts the candidates into an order that says nothing about them, and that is
// the same however they came: each stands where the digest of it and the source puts it.
func (q Question) shuffled() []Record {
	type placed struct {
		place string
		r     Record
	}
	var all []placed
	for _, c := range q.Candidates[:min(len(q.Candidates), MaxAsked)] {
		sum := sha256.Sum256(fmt.Appendf(nil, "%q %q", q.Source, c))
		all = append(all, placed{string(sum[:]), c})
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	out := make([]Record, len(all))
	for i, p := range all {
		out[i] = p.r
	}
	return out
}

// Adjudicate asks about one source. It never fails: without an answer that can be used it
// abstains, and the note says why.
func (a *Adjudicator) Adjudicate(ctx context.Context, q Question) Verdict {
	v := Verdict{Kind: Abstain, Model: a.model.Name()}
	request, order, err := q.request()
	if err != nil {
		v.Note = "not asked: " + err.Error()
		return v
	}
	got, err := llm.Ask(ctx, a.model, request)
	if err != nil {
		v.Note = "no usable answer: " + prompts.Plain(err.Error(), maxReason)
		return v
	}
	var said struct {
		Decision  VerdictKind `json:"decision"`
		Candidate *string     `json:"candidate"`
		Reason    string      `json:"reason"`
	}
	if err := json.Unmarshal(got.JSON, &said); err != nil {
		v.Note = "no usable answer: it is not of the form asked for"
		return v
	}
	v.Reason = prompts.Plain(said.Reason, maxReason)
	switch {
	case said.Decision == Choose && said.Candidate != nil:
		return v.choose(q.Source, order, *said.Candidate)
	case said.Decision == Reject && said.Candidate == nil:
		v.Kind = Reject
	case said.Decision != Abstain || said.Candidate != nil:
		v.Note = "the answer contradicts itself"
	}
	return v
}

// choose lets a choice stand only where nothing that outweighs any likeness speaks
// against it.
func (v Verdict) choose(source Record, order []Record, token string) Verdict {
	at := -1
	for i := range order {
		if token == "c"+strconv.Itoa(i+1) {
			at = i
		}
	}
	if at < 0 {
		v.Note = "it chose a candidate that does not exist"
		return v
	}
	target := order[at]
	if differs := newEntry(source).facts.differs(newEntry(target).facts); len(differs) > 0 {
		v.Note = "it chose " + prompts.Data(target.Name).String() + ", which differs: " + strings.Join(differs, "; ")
		return v
	}
	v.Kind, v.Target = Choose, target.ID
	return v
}

// With returns the match with a verdict taken into account. A verdict can propose a
// target where there is none and put a proposal in doubt; it can make none surer, and a
// match that it touched is never [Sure] unless it was and the verdict agrees.
func (m Match) With(v Verdict) Match {
	say := func(what string) {
		reason := v.Model + " " + what
		if v.Reason != "" {
			reason += ": " + v.Reason
		}
		m.Reasons = append(slices.Clone(m.Reasons), reason)
	}
	switch v.Kind {
	case Choose:
		switch m.Target {
		case v.Target:
			say("chooses it too")
		case "":
			m.Target, m.Score = v.Target, chosenScore
			m.Candidates = slices.DeleteFunc(slices.Clone(m.Candidates), func(c Candidate) bool { return c.Target == v.Target })
			say("chooses it")
		default:
			m.Score = min(m.Score, Sure-1)
			say("chooses another")
		}
	case Reject:
		if m.Target != "" {
			m.Score = min(m.Score, Sure-1)
			say("rejects it")
		}
	case Abstain:
	}
	return m
}
