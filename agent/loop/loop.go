// Package loop is the planner with a model.
//
// The ideas, in order:
//
//   - The model sees the rules of the plan language, a few operations and types that the
//     goal's words lead to, and the goal; nothing else. They are printed from the catalog
//     that the check reads, and no record of anybody's is among them.
//   - It answers in one form ([Submission] is its inverse): a plan, questions, or a
//     refusal. The form becomes a plan through the plan's own parser. Digests, the goal
//     and missing limits are put in here, whatever the model says.
//   - The check judges the plan, and a few rules of this package that hold for what a
//     model wrote: no effect that the goal does not name, no addresses, nothing unseen.
//     What is found goes back to the model with places in its own answer, at most
//     [Repairs] times; then the answer is a refusal that says what is still wrong.
//   - Calls, tokens and time have a [Budget], which the loop keeps.
//   - Everything said is in the [Transcript].
//
// Nothing a model writes is trusted and nothing it writes runs: it gets a draft, or it
// gets nothing. docs/planner.md says how it looks from outside.
package loop

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/prompts"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// Repairs is how many times a model is told what is wrong with its answer.
const Repairs = 3

// maxGoal bounds a goal, in bytes.
const maxGoal = 4000

// Budget is what one goal may cost. A zero member takes its default.
type Budget struct {
	Calls  int           // of the model; 4, which is one answer and three repairs
	Tokens int           // sent and answered, all calls together; 200,000
	Time   time.Duration // 5 minutes
}

func (b Budget) orDefault() Budget {
	if b.Calls == 0 {
		b.Calls = 1 + Repairs
	}
	if b.Tokens == 0 {
		b.Tokens = 200_000
	}
	if b.Time == 0 {
		b.Time = 5 * time.Minute
	}
	return b
}

// Config is what a Planner works with.
type Config struct {
	// Model may be nil for [Planner.First] alone.
	Model   llm.Model
	Catalog *catalog.Catalog
	Budget  Budget
	// Answer bounds one answer, in tokens; 16,000 when it is 0.
	Answer int
	// Seed is sent when the model takes one.
	Seed *int64
	// Now stamps transcripts; without it they carry no times.
	Now func() time.Time
}

// Planner drafts plans with a model. It is safe for concurrent use.
type Planner struct{ cfg Config }

// New returns a planner that asks the model of the config.
func New(c Config) *Planner {
	c.Budget = c.Budget.orDefault()
	if c.Answer == 0 {
		c.Answer = 16_000
	}
	return &Planner{cfg: c}
}

// Plan implements [agent.Planner].
func (p *Planner) Plan(ctx context.Context, g agent.Goal) (agent.Answer, error) {
	a, _, err := p.Draft(ctx, g)
	return a, err
}

// Draft is Plan with everything that was said on the way, which is there after an error
// too.
func (p *Planner) Draft(ctx context.Context, g agent.Goal) (agent.Answer, Transcript, error) {
	t := &talk{p: p, goal: strings.TrimSpace(g.Text)}
	t.run(ctx)
	return t.answer, t.log, t.err
}

// First returns the first request that Plan would send for a goal, byte for byte. A goal
// that no model would be asked about is an error.
func (p *Planner) First(g agent.Goal) (llm.Request, error) {
	goal := strings.TrimSpace(g.Text)
	if reason, bad := p.unfit(goal); bad {
		return llm.Request{}, fmt.Errorf("goal: %s", reason.Text)
	}
	return p.first(goal), nil
}

func (p *Planner) first(goal string) llm.Request {
	r := llm.Request{
		System:    system(p.cfg.Catalog, goal, theExamples()),
		Messages:  []llm.Message{{Role: llm.User, Text: goal}},
		Schema:    answerSchema(),
		MaxTokens: p.cfg.Answer,
	}
	if m := p.cfg.Model; m != nil && m.Caps().Seed {
		r.Seed = p.cfg.Seed
	}
	return r
}

// unfit names why a goal is not sent to any model.
func (p *Planner) unfit(goal string) (agent.Reason, bool) {
	hidden, found := prompts.Unseen(goal)
	switch {
	case goal == "":
		return agent.Reason{Code: codeNoGoal, Text: "The goal is empty. Say what should happen when."}, true
	case len(goal) > maxGoal:
		return agent.Reason{Code: codeLongGoal, Text: fmt.Sprintf("The goal is %d bytes long; at most %d are sent to a model.", len(goal), maxGoal)}, true
	case found:
		return agent.Reason{Code: codeHidden, Text: fmt.Sprintf("The goal holds a character that a reader cannot see (U+%04X). Type the words again.", hidden)}, true
	case len(p.cfg.Catalog.APIs()) == 0:
		return agent.Reason{Code: codeNoCatalog, Text: "No API is known. Add a spec first."}, true
	}
	return agent.Reason{}, false
}

// pinned returns what a plan must say of an API of the catalog.
func pinned(cat *catalog.Catalog, name string) (plan.APIRef, bool) {
	api, ok := cat.API(name)
	if !ok {
		return plan.APIRef{}, false
	}
	return plan.APIRef{Spec: plan.Digest(api.SpecDigest), Overlay: plan.Digest(api.OverlayDigest)}, true
}
