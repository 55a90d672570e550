package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/loop"
	"github.com/planwright/planwright/agent/rules"
)

// The names of planners. Auto asks the model if one is configured, and the rules if there
// is none or it cannot be asked.
const (
	Auto  = "auto"
	Rules = "rules"
	Model = "model"
)

// Planners lists the planners that can be asked.
func (a *App) Planners() []string {
	if a.cfg.Model == nil {
		return []string{Auto, Rules}
	}
	return []string{Auto, Rules, Model}
}

// Drafting is what a planner answered.
type Drafting struct {
	agent.Answer
	// Planner is who answered, "rules" or "model".
	Planner string `json:"planner"`
	// Notice says what a person should know about how the answer came about.
	Notice string `json:"notice,omitempty"`
	// Transcript is what was said to a model and by it; nil when none was asked.
	Transcript loop.Transcript `json:"-"`
}

// Draft asks a planner for a plan. Nothing leaves this machine unless a model is configured
// and asked. An error that has a Transcript in its Drafting came from the model.
func (a *App) Draft(ctx context.Context, goal, planner string) (Drafting, error) {
	if planner == "" {
		planner = Auto
	}
	switch {
	case planner == Model && a.cfg.Model == nil:
		return Drafting{}, problem(errors.New("draft: no model is configured"), "use --planner rules, which needs none, or configure a model: docs/configuration.md")
	case planner != Model && !slices.Contains(a.Planners(), planner):
		return Drafting{}, problem(fmt.Errorf("draft: unknown planner %.40q", planner), "use --planner "+strings.Join(a.Planners(), " or --planner "))
	case planner == Rules || a.cfg.Model == nil:
		return a.draftByRules(ctx, goal)
	}
	d, err := a.draftByModel(ctx, goal)
	if err == nil || planner == Model || ctx.Err() != nil {
		return d, err
	}
	byRules, e := a.draftByRules(ctx, goal)
	var p *Problem
	byRules.Notice = fmt.Sprintf("%v; the planner without a model answered instead", err)
	if errors.As(err, &p) {
		byRules.Notice += fmt.Sprintf(" (%s)", p.Next)
	}
	byRules.Transcript = d.Transcript
	return byRules, e
}

func (a *App) draftByRules(ctx context.Context, goal string) (Drafting, error) {
	cat, err := a.Catalog()
	if err != nil {
		return Drafting{}, err
	}
	answer, err := rules.New(cat).Plan(ctx, agent.Goal{Text: goal})
	if err != nil {
		return Drafting{}, err
	}
	return Drafting{Answer: answer, Planner: Rules}, answer.Validate()
}

func (a *App) draftByModel(ctx context.Context, goal string) (Drafting, error) {
	p, err := a.modelPlanner()
	if err != nil {
		return Drafting{}, err
	}
	answer, said, err := p.Draft(ctx, agent.Goal{Text: goal})
	d := Drafting{Answer: answer, Planner: Model, Transcript: said}
	if err != nil {
		return d, modelProblem(err)
	}
	return d, answer.Validate()
}

func (a *App) modelPlanner() (*loop.Planner, error) {
	cat, err := a.Catalog()
	if err != nil {
		return nil, err
	}
	return loop.New(loop.Config{Model: a.cfg.Model, Catalog: cat, Budget: a.cfg.Budget, Answer: a.cfg.Answer, Now: a.cfg.Now}), nil
}

// Prompt returns the first request that a model would be sent for a goal, byte for byte.
// Nothing is sent. Without a model it is what one would be sent that can be held to a schema.
func (a *App) Prompt(goal string) (llm.Request, error) {
	p, err := a.modelPlanner()
	if err != nil {
		return llm.Request{}, err
	}
	r, err := p.First(agent.Goal{Text: goal})
	if err != nil {
		return r, problem(fmt.Errorf("draft: %w", err), "say it in other words")
	}
	return r, nil
}

// modelProblem says what a person can do when a model could not be asked.
func modelProblem(err error) error {
	var (
		auth    *llm.Auth
		unknown *llm.UnknownModel
		limited *llm.RateLimited
		away    *llm.Unavailable
		request *llm.BadRequest
	)
	next := "try again, or use --planner rules"
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &auth):
		next = "set PLANWRIGHT_MODEL_KEY, or model.key_file, to a key of this provider; planwright config shows what is set"
	case errors.As(err, &unknown):
		next = "set PLANWRIGHT_MODEL, or model.name, to a model the endpoint has"
	case errors.As(err, &limited):
		next = "wait, or use --planner rules"
	case errors.As(err, &away):
		next = "see that model.url is right and reachable, or use --planner rules"
	case errors.As(err, &request):
		next = "see whether the model takes requests of this size and form (model.caps, model.max_tokens), or use --planner rules"
	}
	return problem(fmt.Errorf("draft: %w", err), next)
}
