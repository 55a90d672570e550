package loop

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/prompts"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Bounds of a prompt.
const (
	maxFields = 40        // of one type
	maxEnum   = 24        // values of one field
	maxPrompt = 56 * 1024 // bytes of the system prompt
)

// system renders the system prompt for a goal. What lies furthest from the goal is left
// out until the prompt is small enough.
func system(cat *catalog.Catalog, goal string, examples []prompts.Example) string {
	s := retrieve(cat, goal)
	for {
		text := declare(cat, goal, s, examples).Render()
		if len(text) <= maxPrompt || len(s.objects)+len(s.operations) <= 4 {
			return text
		}
		s.left = true
		s.objects = s.objects[:len(s.objects)-(len(s.objects)+7)/8]
		s.operations = s.operations[:len(s.operations)-(len(s.operations)+15)/16]
	}
}

// declare says what was selected in the words of the prompt, in the order of the specs.
func declare(cat *catalog.Catalog, goal string, s selection, examples []prompts.Example) prompts.Planner {
	out := prompts.Planner{Examples: examples, Left: s.left}
	said := words(goal)
	for _, api := range cat.APIs() {
		used := false
		for _, op := range cat.Operations(api.Name) {
			if slices.ContainsFunc(s.operations, func(o *catalog.Operation) bool { return o.Name() == op.Name() }) {
				out.Operations = append(out.Operations, operation(cat, api, op))
				used = true
			}
		}
		for _, name := range cat.Objects(api.Name) {
			if slices.Contains(s.objects, name) {
				out.Types = append(out.Types, typeOf(cat, api, name, said))
				used = true
			}
		}
		if used {
			out.APIs = append(out.APIs, prompts.API{Name: prompts.Name(api.Name), Title: prompts.Data(api.Title)})
		}
	}
	return out
}

func operation(cat *catalog.Catalog, api *catalog.API, op *catalog.Operation) prompts.Operation {
	out := prompts.Operation{
		Name: prompts.Name(op.Name()), Effect: string(op.Effect), About: prompts.Name(op.Entity),
		Summary: prompts.Data(op.Summary), Query: op.Query != nil, Filter: op.Filter != nil,
	}
	for _, p := range op.Params {
		if !own(api, op, p) && (op.Filter == nil || op.Filter.Param != p.Name) {
			out.Params = append(out.Params, prompts.Param{
				Name: prompts.Name(p.Name), Type: prompts.Name(p.Type.String()), Required: p.Required || p.In == catalog.InPath, Doc: prompts.Data(p.Doc),
			})
		}
	}
	if op.Request != nil && op.Effect != catalog.EffectNone {
		out.Body = prompts.Name(op.Request.Type.String())
	}
	if op.Response != nil && op.Query == nil && !adoptsOther(op) { // a query gives what it selects
		// A write sends one element and gives what became of it.
		t := op.Response.Type
		if op.Response.Many && op.Effect == catalog.EffectNone {
			t = schema.ListOf(t)
		}
		out.Gives = prompts.Name(t.String())
	}
	if op.Repeat != nil {
		out.Once = string(op.Repeat.Way)
		out.Key = prompts.Name(op.Repeat.Key)
	}
	if op.Effect == catalog.EffectCreate && op.Entity != "" {
		_, perDay, amount := check.LimitNames(op.Entity)
		out.Limits = append(out.Limits, prompts.Name(perDay))
		if op.Money != nil {
			out.Limits = append(out.Limits, prompts.Name(amount))
		}
	}
	return out
}

// adoptsOther reports writes whose value nothing can be said of: the record that stands in
// for a lost answer has another type than the answer.
func adoptsOther(op *catalog.Operation) bool {
	return op.Repeat != nil && op.Repeat.Lookup != nil && op.Response.Type.Ref != op.Entity
}

// own reports parameters that the program sets by itself; the check refuses them.
func own(api *catalog.API, op *catalog.Operation, p catalog.Param) bool {
	if _, fixed := op.Fixed[p.Name]; fixed || p.In == catalog.InHeader {
		return true
	}
	names := []string{op.Select, api.Auth.Tenant}
	if op.Query != nil {
		names = append(names, op.Query.Param)
	}
	names = append(names, op.Paging.Params()...)
	return slices.ContainsFunc(names, func(n string) bool { return n != "" && strings.EqualFold(n, p.Name) })
}

func typeOf(cat *catalog.Catalog, api *catalog.API, name string, said map[string]bool) prompts.Type {
	o, _ := cat.Object(name)
	e, isEntity := cat.Entity(name)
	short := strings.TrimPrefix(name, api.Name+".")
	out := prompts.Type{Name: prompts.Name(name), Doc: prompts.Data(o.Doc), Key: prompts.Name(o.Key)}
	for _, n := range o.Natural {
		out.Unique = append(out.Unique, prompts.Name(n))
	}
	if isEntity {
		for _, n := range slices.Sorted(maps.Keys(e.Find)) {
			out.Find = append(out.Find, prompts.Name(n))
		}
		for _, n := range slices.Sorted(maps.Keys(e.Live)) {
			out.Live = append(out.Live, prompts.Pair{Name: prompts.Name(n), Value: prompts.Data(e.Live[n])})
		}
		if create, ok := cat.Operation(api.Name + "." + e.Create); ok && len(e.Find) > 0 {
			out.Ensure = safe(create)
		}
		if len(e.Match) > 0 {
			out.Code = prompts.Name(e.Match[0])
		}
		_, changes := api.Changes[short]
		out.Changes = changes && e.Get != ""
	}
	fields := important(o, said)
	out.More = len(o.Fields) - len(fields)
	for _, f := range fields {
		out.Fields = append(out.Fields, field(f))
	}
	return out
}

func field(f schema.Field) prompts.Field {
	out := prompts.Field{
		Name: prompts.Name(f.Name), Type: prompts.Name(f.Type.String()), Doc: prompts.Data(f.Doc), Max: f.Type.MaxLength,
		Required: f.RequiredOnCreate, Always: f.Always, ReadOnly: f.ReadOnly, SendOnly: f.WriteOnly, Money: f.Money,
	}
	for _, v := range f.Type.Enum[:min(len(f.Type.Enum), maxEnum)] {
		out.Enum = append(out.Enum, prompts.Data(v))
	}
	return out
}

// important picks the fields of an object that a plan is likely to need, in the order of
// the spec: required and key fields, those the goal speaks of, and the rest by how much a
// plan can rely on them.
func important(o *schema.Object, said map[string]bool) []schema.Field {
	if len(o.Fields) <= maxFields {
		return o.Fields
	}
	weight := func(f schema.Field) int {
		w := 0
		for i, is := range []bool{
			f.WriteOnly, f.Always, f.Money, f.Doc != "", ownerOf(f.Type) != "", slices.Contains(o.Natural, f.Name), f.RequiredOnCreate, f.Name == o.Key,
		} {
			if is {
				w += i + 1
			}
		}
		for w2 := range words(split(f.Name)) {
			if said[w2] {
				w += 12
			}
		}
		return w
	}
	order := slices.Clone(o.Fields)
	slices.SortStableFunc(order, func(a, b schema.Field) int { return cmp.Compare(weight(b), weight(a)) })
	keep := map[string]bool{}
	for _, f := range order[:maxFields] {
		keep[f.Name] = true
	}
	return slices.DeleteFunc(slices.Clone(o.Fields), func(f schema.Field) bool { return !keep[f.Name] })
}
