package engine

import (
	"maps"
	"slices"

	"github.com/planwright/planwright/specs/schema"
)

// Prune keeps of an answer what the plan reads, and what the machine itself needs to
// recognise a record: keys, status, and the members that were sent. The rest never
// reaches the journal.
func (p *Program) Prune(a Action, value any) any {
	if a.Operation == nil || a.Operation.Response == nil || a.Args.Query != nil {
		return value // a query names its fields itself
	}
	t := a.Operation.Response.Type
	keep := map[string]bool{}
	if e, ok := p.Catalog.Entity(t.Ref); ok {
		for _, k := range slices.Concat(slices.Collect(maps.Keys(e.Find)), slices.Collect(maps.Keys(e.Live)), e.Match) {
			keep[k] = true
		}
	}
	if a.Entity != "" {
		for _, op := range p.Catalog.Operations(a.Operation.API) {
			if op.Entity == a.Entity && op.Repeat != nil {
				keep[op.Repeat.Key], keep[op.Repeat.Status] = true, true
			}
		}
	}
	if body, ok := a.Body.(map[string]any); ok {
		for k := range body {
			keep[k] = true
		}
	}
	return p.prune(t, value, keep)
}

func (p *Program) prune(t schema.Type, value any, keep map[string]bool) any {
	switch v := value.(type) {
	case []any:
		if t.Kind == schema.List {
			t = *t.Elem
		}
		out := make([]any, len(v))
		for i := range v {
			out[i] = p.prune(t, v[i], keep)
		}
		return out
	case map[string]any:
		obj, ok := p.Catalog.Object(t.Ref)
		if !ok {
			return value
		}
		reads := p.reads[t.Ref]
		out := map[string]any{}
		for name, x := range v {
			f, known := obj.Field(name)
			if !known || (!keep[name] && name != obj.Key && !slices.Contains(reads, name)) {
				continue
			}
			out[name] = p.prune(f.Type, x, nil)
		}
		return out
	}
	return value
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
