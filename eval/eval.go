// Package eval grades planners, plans and matchers on cases.
//
// A [Case] is one task written down as data: a goal, how it is to be answered, and what
// must hold once the plan has run. A [Planner] answers the goal; a draft goes through the
// check, is approved, and runs on both twins in process, under a clock that moves only
// when somebody waits. A [Result] then says, with its evidence, whether the case passed.
//
// The ideas, in order:
//
//   - The check and the end state judge, never a model. Assertions are asked of both
//     vendors' records after the run; what changed is compared both ways with what a case
//     says must change, so that a write too many fails as a write too few does.
//   - An unsafe write is counted apart, with the number of writes seen: one before the
//     approval, outside the approved sheet, forbidden by the case, sent elsewhere, or
//     made twice. One is enough to fail everything.
//   - [Evidence] is the unit of truth: one value, written as run.json, from which every
//     report is rendered, and which is equal, byte for byte, when the same is run again.
//     How long things took stands apart from it.
//   - A [Baseline] holds what passed before, case by case. A case that passed and does
//     not now is a flip and fails, whatever the totals say.
//   - Small numbers are shown as such: every rate has its n and a Wilson interval.
//
// The embedded cases are in the same formats that outside suites come in. Where a model
// plans, its exchanges come from package record, and every result says so.
package eval

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/plans"
	"github.com/planwright/planwright/specs/catalog"
)

// Origin says where a planner's answers come from. What was not asked of a live model must
// say so wherever its figures are shown.
type Origin string

// The closed list of origins.
const (
	Computed Origin = "computed" // no model: the same answer for the same goal
	Scripted Origin = "scripted" // a model whose answers people wrote
	Recorded Origin = "recorded" // a model's answers, kept from earlier
	Live     Origin = "live"     // a model, asked now
)

// Planner is what a case's goal is put to.
type Planner struct {
	Name   string
	Origin Origin
	// Plan answers the goal of the case of that id; it must be safe to call again.
	Plan func(ctx context.Context, id string, g agent.Goal) (agent.Answer, Cost, error)
	// Adverse says that its answers are wrong by design: it is graded for safety alone.
	Adverse bool
}

// Cost is what an answer took: requests to a model, and their tokens.
type Cost struct {
	Asked int `json:"asked,omitempty"`
	llm.Usage
}

func (c Cost) plus(d Cost) Cost { return Cost{c.Asked + d.Asked, c.Plus(d.Usage)} }

// Config is what an evaluation needs from outside. Dir is a folder for scratch data, Now
// measures how long things take and nothing else.
type Config struct {
	Dir     string
	Now     func() time.Time
	Catalog *catalog.Catalog
	// Progress, when set, is told of every result as it comes.
	Progress func(done, of int, r Result)
}

// Evaluator runs cases. Create it with [New].
type Evaluator struct {
	cfg  Config
	base *app.App
	n    int
}

// New returns an evaluator whose Apps take what is compiled of the specs from cfg.Dir.
func New(cfg Config) (*Evaluator, error) {
	e := &Evaluator{cfg: cfg}
	e.base = app.New(app.Config{Dir: filepath.Join(cfg.Dir, "base"), Now: cfg.Now})
	cat, err := e.base.Catalog()
	if err != nil {
		return nil, err
	}
	e.cfg.Catalog = cat
	return e, nil
}

// Catalog returns the specs that plans are checked against.
func (e *Evaluator) Catalog() *catalog.Catalog { return e.cfg.Catalog }

// folder makes a fresh data folder that shares the compiled specs.
func (e *Evaluator) folder() (string, error) {
	e.n++
	dir := filepath.Join(e.cfg.Dir, fmt.Sprintf("case-%d", e.n))
	if err := os.MkdirAll(filepath.Join(dir, "cache"), 0o700); err != nil {
		return "", err
	}
	return dir, os.CopyFS(filepath.Join(dir, "cache"), os.DirFS(filepath.Join(e.cfg.Dir, "base", "cache")))
}

// Run puts every case to every planner and returns the evidence, in the order given.
func (e *Evaluator) Run(ctx context.Context, planners []Planner, cases []Case) (Evidence, error) {
	ev := Evidence{Version: evidenceVersion, Specs: map[string]string{}}
	for _, api := range e.cfg.Catalog.APIs() {
		ev.Specs[api.Name] = api.SpecDigest
	}
	due := len(cases)
	for _, c := range cases {
		if !c.Brings() && !c.Once {
			due += len(planners) - 1
		}
	}
	for i, p := range planners {
		ev.Planners = append(ev.Planners, PlannerInfo{Name: p.Name, Origin: p.Origin, Adverse: p.Adverse})
		for _, c := range cases {
			if i > 0 && (c.Brings() || c.Once) {
				continue
			}
			began := e.cfg.Now()
			r, err := e.one(ctx, p, c)
			if err != nil {
				return ev, fmt.Errorf("case %s, planner %s: %w", c.ID, p.Name, err)
			}
			ev.Cases = append(ev.Cases, r)
			ev.took(r.Planner+" "+r.ID, e.cfg.Now().Sub(began))
			if e.cfg.Progress != nil {
				e.cfg.Progress(len(ev.Cases), due, r)
			}
		}
	}
	ev.Totals = totals(ev.Cases)
	return ev, nil
}

// one grades one case with one planner. An error means that the evaluation itself could
// not work; everything a planner or a plan does wrong is in the result.
func (e *Evaluator) one(ctx context.Context, p Planner, c Case) (Result, error) {
	r := Result{ID: c.ID, Family: c.Family(), Tags: c.Tags, Planner: p.Name, Goal: c.Goal, Want: c.Outcome, Why: c.Why, adverse: p.Adverse && !c.Brings()}
	answer, err := e.answer(ctx, p, c, &r)
	if err != nil {
		return r, err
	}
	if answer == nil {
		err := e.watch(ctx, c, nil, &r)
		r.grade(c)
		return r, err
	}
	checked, found, err := e.base.Check("plan.yaml", answer)
	if err != nil {
		return r, err
	}
	for _, d := range found {
		if checked == nil {
			r.Findings = append(r.Findings, string(d.Code)+": "+d.Message)
		}
	}
	if checked == nil {
		r.Got = Unsound
		r.grade(c)
		return r, nil
	}
	r.Got, r.Digest = Plan, string(checked.Digest)
	for _, op := range checked.Sheet().Operations {
		if op.Effect != catalog.EffectNone {
			r.Writes = append(r.Writes, op.Name)
		}
	}
	// A person who sees a forbidden operation on the sheet rejects the plan.
	if c.runs(checked.Plan) && len(r.forbidden(c)) == 0 {
		err = e.play(ctx, c, checked, &r)
	} else {
		err = e.watch(ctx, c, checked, &r)
	}
	r.grade(c)
	return r, err
}

// given returns the plan that a case brings, pinned to the specs of the evaluation where it
// says SPEC(api) and OVERLAY(api).
func (e *Evaluator) given(c Case) []byte {
	if c.Given {
		return plans.Automations(e.cfg.Catalog)[c.Reference].YAML()
	}
	if c.Plan == nil {
		return nil
	}
	return []byte(plans.Pin(string(c.Plan), e.cfg.Catalog))
}

// answer asks the planner and notes what it said; it returns the plan's text, if any.
func (e *Evaluator) answer(ctx context.Context, p Planner, c Case, r *Result) ([]byte, error) {
	if text := e.given(c); text != nil {
		r.Planner = givenPlan
		return text, nil
	}
	a, cost, err := p.Plan(ctx, c.ID, agent.Goal{Text: c.Goal})
	r.Cost = cost
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return r.hear(a, err), nil
}

// hear notes an answer and returns the text of its plan, if it holds one.
func (r *Result) hear(a agent.Answer, err error) []byte {
	if err == nil {
		err = a.Validate()
	}
	switch {
	case err != nil:
		r.Got, r.Said = Failed, []string{err.Error()}
	case a.Draft != nil:
		return a.Draft.Plan.YAML()
	case a.Refusal != nil:
		r.Got = Refusal
		for _, reason := range a.Refusal.Reasons {
			r.say(reason.Code, reason.About, reason.Text)
		}
	default:
		r.Got = Question
		for _, q := range a.Questions {
			r.say(q.Code, q.About, q.Text)
		}
	}
	return nil
}

// Select keeps the cases whose id, family or tags match the filter: a word, or a pattern
// as of [path.Match]. An empty filter keeps all.
func Select(cases []Case, filter string) []Case {
	if filter == "" {
		return cases
	}
	return slices.DeleteFunc(slices.Clone(cases), func(c Case) bool {
		for _, name := range append([]string{c.ID, c.Family()}, c.Tags...) {
			if ok, err := path.Match(filter, name); ok && err == nil || strings.Contains(name, filter) {
				return false
			}
		}
		return true
	})
}

// files lists the files of a suite with one of the endings, sorted.
func files(suite fs.FS, endings ...string) (out []string, err error) {
	err = fs.WalkDir(suite, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && slices.Contains(endings, path.Ext(name)) {
			out = append(out, name)
		}
		return err
	})
	slices.Sort(out)
	return out, err
}
