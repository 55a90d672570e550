package app

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/trigger"
	"github.com/planwright/planwright/specs/catalog"
)

// mirror is a plan that shows on records of one object, the left, the state of what was made
// for them, the right.
type mirror struct {
	checked *check.Checked
	plan    *plan.Plan
	left    string
	made    plan.StepID // the step that makes the right record, if it is the plan's own
	fields  []string    // of the left object, that it writes
}

// filled is a field and what a mirror would write to it.
type filled struct {
	name string
	want any
}

// mirrors notes the plan if it writes to the left side; step is the one that makes the right
// record, if the plan has it.
func (r *reconciliation) mirrors(w trigger.Watch, step *plan.Step) {
	m := mirror{checked: w.Checked, plan: w.Checked.Plan, left: r.out.Left}
	if step != nil {
		m.made = step.ID
	}
	m.plan.All(func(_ string, st *plan.Step) {
		if m.shows(st) {
			m.fields = append(m.fields, slices.Sorted(maps.Keys(st.Body.Members))...)
		}
	})
	if m.fields != nil {
		r.shown = append(r.shown, m)
	}
}

// shows reports whether a step updates the left record.
func (m *mirror) shows(st *plan.Step) bool {
	if st.Kind != plan.Write || st.Body == nil {
		return false
	}
	op := m.checked.Step(st.ID).Operation
	return op.Entity == m.left && op.Effect == catalog.EffectUpdate
}

// wants lists what the plan would write now. It runs on nothing but both records: what needs
// more than them cannot be said, and a condition that does counts as one that holds.
func (m *mirror) wants(leftAs string, left, right map[string]any) []filled {
	p := pretence{mirror: m, left: left, right: right, out: map[string]any{}}
	vars := map[string]any{m.plan.Trigger.As: right}
	if m.made != "" {
		vars = map[string]any{leftAs: left}
	}
	p.steps("/steps", m.plan.Steps, vars)
	var out []filled
	for _, name := range slices.Sorted(maps.Keys(p.out)) {
		out = append(out, filled{name, p.out[name]})
	}
	return out
}

// pretence is one run of a plan on two records.
type pretence struct {
	*mirror
	left, right map[string]any
	out         map[string]any // by field of the left object
}

// steps goes through a list of steps and reports whether the run would go on after it.
func (p *pretence) steps(at string, steps []plan.Step, vars map[string]any) bool {
	for i := range steps {
		st := &steps[i]
		pointer := plan.Join(at, strconv.Itoa(i))
		if holds, known := p.eval(plan.Join(pointer, "when"), vars); st.When != nil && known && holds != true {
			continue
		}
		if !p.step(pointer, st, vars) {
			return false
		}
	}
	return true
}

// step does one step and reports whether the run would go on.
func (p *pretence) step(pointer string, st *plan.Step, vars map[string]any) bool {
	api, _, _ := strings.Cut(st.Target, ".")
	switch {
	case st.Kind == plan.Read && api+"."+st.From == p.mirror.left:
		vars[string(st.ID)] = []any{p.left}
	case st.ID == p.made && p.made != "":
		vars[string(st.ID)] = p.right
	case st.Kind == plan.Assert:
		holds, known := p.eval(plan.Join(pointer, "assert"), vars)
		if st.Else == plan.Continue && known {
			vars[string(st.ID)] = holds
		}
		return st.Else == plan.Continue || !known || holds == true
	case st.Kind == plan.Each:
		inner := maps.Clone(vars)
		list, known := p.eval(plan.Join(pointer, "each"), vars)
		if all, ok := list.([]any); ok && known {
			if len(all) != 1 {
				return true
			}
			inner[st.As] = all[0]
		}
		return p.steps(plan.Join(pointer, "steps"), st.Steps, inner)
	case p.shows(st):
		for field := range st.Body.Members {
			if v, known := p.eval(plan.Join(plan.Join(pointer, "body"), field), vars); known {
				p.out[field] = v
			}
		}
	}
	return true
}

// eval evaluates the expression at a pointer, nil for an absent value, if it can be said.
func (p *pretence) eval(pointer string, vars map[string]any) (any, bool) {
	e := p.checked.Expr(pointer)
	if e == nil {
		return nil, false
	}
	v, present, err := e.Eval(vars, nil)
	if err != nil {
		return nil, false
	}
	if !present {
		v = nil
	}
	return v, true
}
