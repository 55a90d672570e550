package dryrun

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// answered answers a read of a record that would have been created: nobody else knows it.
func (t *try) answered(a engine.Action) (any, bool) {
	for _, p := range a.Operation.Params {
		v := a.Args.Params[p.Name]
		if p.In != catalog.InPath || v == nil {
			continue
		}
		if m := t.madeAs(a.Operation.Entity, fmt.Sprint(v)); m != nil {
			return maps.Clone(m.fields), true
		}
	}
	return nil, false
}

// known lays what would have been written over what was read.
func (t *try) known(a engine.Action, value any) any {
	object := a.Operation.Entity
	if a.Args.Query != nil {
		object = a.Operation.API + "." + a.Args.Query.From
	}
	obj, ok := t.cfg.Catalog.Object(object)
	if !ok || len(t.made)+len(t.moved) == 0 {
		return value
	}
	lay := func(x any) any {
		rec, ok := x.(map[string]any)
		if !ok {
			return x
		}
		change, ok := t.moved[object+" "+fmt.Sprint(rec[obj.Key])]
		if !ok {
			return x
		}
		rec = maps.Clone(rec)
		for name, v := range change {
			if _, asked := rec[name]; asked || a.Args.Query == nil {
				rec[name] = v
			}
		}
		return rec
	}
	list, ok := value.([]any)
	if !ok {
		return lay(value)
	}
	out := make([]any, 0, len(list))
	for _, x := range list {
		out = append(out, lay(x))
	}
	for _, m := range t.made {
		if m.object == object && t.asked(a, m) {
			out = append(out, maps.Clone(m.fields))
		}
	}
	return out
}

// asked reports whether a read asks for a record that would have been created. Only
// comparisons for equality are understood; what is asked for otherwise is not found.
func (t *try) asked(a engine.Action, m made) bool {
	where := a.Args.Filter
	if a.Args.Query != nil {
		where = a.Args.Query.Where
	}
	n := 0
	if len(where) > 0 {
		n++
		if !slices.ContainsFunc(where, m.meets) {
			return false
		}
	}
	for name, v := range a.Args.Params {
		field, _ := strings.CutSuffix(name, "s") // InvoiceNumbers
		if x, ok := m.fields[field]; ok {
			if fmt.Sprint(x) != fmt.Sprint(v) {
				return false
			}
			n++
		}
	}
	return n > 0
}

// meets reports whether all the conditions hold.
func (m made) meets(conds []apicall.Cond) bool {
	return !slices.ContainsFunc(conds, func(c apicall.Cond) bool { return c.Op != plan.Eq || !equal(m.fields[c.Field], c) })
}

// equal compares a field with a condition; a flag that was not set is false.
func equal(v any, c apicall.Cond) bool {
	if v == nil {
		return c.Value == false
	}
	return strings.EqualFold(fmt.Sprint(v), fmt.Sprint(c.Value))
}
