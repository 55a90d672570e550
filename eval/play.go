package eval

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/expr"
)

// play approves the plan, runs it through the case's scene, and notes what came of it.
// What a case asks for and cannot be had (a patch of a record that is not there) is
// trouble of that case; an error is ours.
func (e *Evaluator) play(ctx context.Context, c Case, checked *check.Checked, r *Result) error {
	s, err := e.stage(ctx, c.Scene.Scene)
	if err != nil {
		r.Trouble = append(r.Trouble, err.Error())
		return ctx.Err()
	}
	defer s.close()
	before := s.now()
	if err := s.approve(ctx, checked); err != nil {
		r.Trouble = append(r.Trouble, err.Error())
		return ctx.Err()
	}
	early := len(s.sent.Exchanges())
	if err := s.perform(ctx, r); err != nil {
		return err
	}
	if died, asked := s.killer.died, len(s.scene.Kills); died < asked {
		r.Trouble = append(r.Trouble, fmt.Sprintf("%d of %d kills happened", died, asked))
	}
	if s.struck < len(s.scene.Faults) {
		r.Trouble = append(r.Trouble, fmt.Sprintf("%d faults struck, %d were to", s.struck, len(s.scene.Faults)))
	}
	r.Run = &RunResult{States: map[string]int{}, Kills: s.killer.died, Faults: s.struck}
	after := s.now()
	diff := between(before, after)
	j := judge{catalog: e.cfg.Catalog, sheet: checked.Sheet(), forbid: append(slices.Clone(c.Forbid), c.Scene.Forbid...)}
	r.Run.Calls, r.Run.Writes, r.Unsafe = j.wire(s.sent.Exchanges(), early, s.strays.hosts)
	r.Unsafe = append(r.Unsafe, doubles(diff)...)
	r.Change = diff.text()
	vars, err := s.variables(diff, r)
	if err != nil {
		return err
	}
	return r.ask(c, checked, vars)
}

// watch asks the assertions of a case whose plan was not run, or that has none, of the
// worlds as they were at the start: nothing was written.
func (e *Evaluator) watch(ctx context.Context, c Case, checked *check.Checked, r *Result) error {
	if len(c.Assert)+len(c.Scene.Assert) == 0 || checked == nil && slices.Contains(c.Outcome, Plan) {
		return nil
	}
	s, err := e.stage(ctx, c.Scene.Scene)
	if err != nil {
		r.Trouble = append(r.Trouble, err.Error())
		return ctx.Err()
	}
	defer s.close()
	return r.ask(c, checked, s.worlds(changes{}))
}

// ask evaluates the assertions of a case.
func (r *Result) ask(c Case, checked *check.Checked, vars map[string]any) error {
	tree := map[string]any{}
	if checked != nil {
		if _, err := strictly(checked.Plan.Canonical(), &tree); err != nil {
			return fmt.Errorf("plan: %w", err)
		}
	}
	vars["plan"] = tree
	for _, src := range append(slices.Clone(c.Assert), c.Scene.Assert...) {
		r.Asserts = append(r.Asserts, asked(src, vars))
	}
	return nil
}

// perform plays the events under faults and kills, and then lets everything settle.
func (s *stage) perform(ctx context.Context, r *Result) error {
	if err := s.faults.Set(s.scene.Faults); err != nil {
		return err
	}
	s.killer.next = slices.Clone(s.scene.Kills)
	for i, ev := range s.events() {
		if err := s.happen(ctx, ev); err != nil {
			r.Trouble = append(r.Trouble, fmt.Sprintf("event %d: %v", i+1, err))
		}
	}
	if _, err := s.drive(ctx); err != nil && ctx.Err() != nil {
		return err
	}
	if err := s.settle(ctx); err != nil {
		if ctx.Err() != nil {
			return err
		}
		r.Trouble = append(r.Trouble, "after the faults: "+err.Error())
	}
	return nil
}

// variables are what assertions are asked of after a run.
func (s *stage) variables(diff changes, r *Result) (map[string]any, error) {
	runs, err := s.app.Runs("", s.plan)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, v := range runs {
		run := map[string]any{"key": v.Key, "state": string(v.State), "why": v.Why(), "hold": ""}
		if v.Hold != nil {
			run["hold"] = string(v.Hold.Code)
		}
		list = append(list, run)
		r.Run.States[string(v.State)]++
	}
	calls := map[string]any{}
	for name, n := range r.Run.Calls {
		calls[name] = json.Number(fmt.Sprint(n))
	}
	vars := s.worlds(diff)
	vars["runs"], vars["calls"] = list, calls
	return vars, nil
}

// worlds are both vendors' records now, with what came, and no runs.
func (s *stage) worlds(diff changes) map[string]any {
	now := s.now()
	sf, books := append(slices.Clone(s.objects), slices.Collect(maps.Keys(now.Salesforce))...), slices.Collect(maps.Keys(now.Xero))
	return map[string]any{
		"salesforce": collections(sf, now.Salesforce, ""), "xero": collections(books, now.Xero, ""), "runs": []any{}, "calls": map[string]any{},
		"added": map[string]any{"salesforce": collections(sf, diff.Added, "salesforce."), "xero": collections(books, diff.Added, "xero.")},
	}
}

// collections gives the records of every collection of those names, of empty ones too.
func collections(names []string, records map[string][]map[string]any, side string) map[string]any {
	out := map[string]any{}
	for _, name := range names {
		out[name] = append([]map[string]any{}, records[side+name]...)
	}
	return out
}

// asked evaluates one assertion.
func asked(src string, vars map[string]any) AssertResult {
	a, err := expr.CompileAssertion(src, slices.Sorted(maps.Keys(vars))...)
	if err != nil {
		return AssertResult{Src: src, Err: err.Error()}
	}
	ok, err := a.Holds(vars)
	if err != nil {
		return AssertResult{Src: src, Err: err.Error()}
	}
	return AssertResult{Src: src, Held: ok}
}
