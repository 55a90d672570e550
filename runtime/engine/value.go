package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
)

// needs collects, over all leaves of one value, the rows that are not on record, so that
// a person is asked once for all of them.
type needs struct{ rows []RowKey }

func (n *needs) add(k RowKey) {
	if !slices.ContainsFunc(n.rows, k.Equal) {
		n.rows = append(n.rows, k)
	}
}

// eval evaluates the expression at pointer; present is false for an absent optional.
func (w *walk) eval(pointer string, need *needs) (v any, present bool, err error) {
	program := w.p.Checked.Expr(pointer)
	if program == nil {
		return nil, false, fmt.Errorf("%s: no checked expression", pointer)
	}
	v, present, err = program.Eval(w.vars, w.s)
	var missing *expr.Unmapped
	if errors.As(err, &missing) {
		need.add(RowKey{missing.Mapping, missing.Key})
		return nil, false, nil
	}
	return v, present, err
}

// build makes the JSON tree of a value. Absent optionals leave their member out.
func (w *walk) build(pointer string, v *plan.Value, need *needs) (out any, present bool, err error) {
	switch v.Kind {
	case plan.Literal:
		return v.Literal, v.Literal != nil, nil
	case plan.Expression:
		return w.eval(pointer, need)
	case plan.ObjectV:
		obj := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v.Members)) {
			member := v.Members[name]
			x, ok, err := w.build(plan.Join(pointer, name), &member, need)
			if err != nil {
				return nil, false, err
			}
			if ok {
				obj[name] = x
			}
		}
		return obj, true, nil
	case plan.ListV:
		list := make([]any, 0, len(v.Items))
		for i := range v.Items {
			x, ok, err := w.build(fmt.Sprintf("%s/%d", pointer, i), &v.Items[i], need)
			if err != nil {
				return nil, false, err
			}
			if ok {
				list = append(list, x)
			}
		}
		return list, true, nil
	case plan.EachV:
		return w.buildEach(pointer, v.Each, need)
	}
	return nil, false, fmt.Errorf("%s: unknown value kind %q", pointer, v.Kind)
}

func (w *walk) buildEach(pointer string, e *plan.EachValue, need *needs) (any, bool, error) {
	over, _, err := w.build(pointer+"/each", &e.Over, need)
	if err != nil {
		return nil, false, err
	}
	items, _ := over.([]any)
	outer, had := w.vars[e.As]
	defer func() {
		delete(w.vars, e.As)
		if had {
			w.vars[e.As] = outer
		}
	}()
	list := make([]any, 0, len(items))
	for _, item := range items {
		w.vars[e.As] = item
		x, ok, err := w.build(pointer+"/do", &e.Do, need)
		if err != nil {
			return nil, false, err
		}
		if ok {
			list = append(list, x)
		}
	}
	return list, true, nil
}

// value is build for a whole argument: rows that are missing become the next action, and
// data that contradicts its type holds the run.
func (w *walk) value(pointer, path string, v *plan.Value) (any, bool, error) {
	var need needs
	x, ok, err := w.build(pointer, v, &need)
	if err != nil {
		return nil, false, hold(HoldData, path, "%s: %v", pointer, err)
	}
	if len(need.rows) > 0 {
		return nil, false, do(Action{Kind: DoRows, Path: path, Rows: need.rows})
	}
	return x, ok, nil
}

// values is value for a map of named arguments.
func (w *walk) values(pointer, path string, m map[string]plan.Value) (map[string]any, error) {
	v := plan.Value{Kind: plan.ObjectV, Members: m}
	x, _, err := w.value(pointer, path, &v)
	if err != nil {
		return nil, err
	}
	return x.(map[string]any), nil
}

func (w *walk) truth(pointer, path string) (bool, error) {
	x, _, err := w.value(pointer, path, &plan.Value{Kind: plan.Expression})
	b, ok := x.(bool)
	if err == nil && !ok {
		return false, hold(HoldData, path, "%s: no truth value", pointer)
	}
	return b, err
}

func (w *walk) list(pointer, path string) ([]any, error) {
	x, _, err := w.value(pointer, path, &plan.Value{Kind: plan.Expression})
	list, ok := x.([]any)
	if err == nil && !ok {
		return nil, hold(HoldData, path, "%s: not a list", pointer)
	}
	return list, err
}

// inputs evaluates the arguments of a lookup step in the order of a mapping's key.
func (w *walk) inputs(pointer, path string, st *plan.Step) ([]string, error) {
	args, err := w.values(pointer+"/with", path, st.With)
	if err != nil {
		return nil, err
	}
	var key []string
	for _, name := range slices.Sorted(maps.Keys(w.p.Checked.Plan.Mappings[st.Target].From)) {
		text, _ := args[name].(string)
		key = append(key, text)
	}
	return key, nil
}

// number reads a JSON number, or its text, exactly.
func number(v any) (decimal.Decimal, bool) {
	if v == nil {
		return decimal.Zero(), false
	}
	d, err := decimal.Parse(fmt.Sprint(v))
	return d, err == nil
}
