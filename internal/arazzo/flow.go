package arazzo

import (
	"maps"
	"slices"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// exporter is one document in the making.
type exporter struct {
	c       *check.Checked
	cat     *catalog.Catalog
	p       *plan.Plan
	flows   []*flow
	lost    []Lost
	tenants map[string]bool
	// uses are the outputs that later steps take, by call: name to pointer in the answer.
	uses  map[string]map[string]string
	roots map[string]root // by the name that expressions use
}

// root is where the value of a name is found.
type root struct {
	typ  schema.Type
	flow *flow
	call string // the Arazzo step; "" for the element of a loop, which is an input
	base string // pointer in the call's answer
}

// flow is one workflow.
type flow struct {
	id, summary string
	after       []*flow // what must have run before
	inputs      []pair
	required    []any
	steps       []*call
	groups      []group
	outputs     map[string]string
	unguarded   []any // guards before the first call
	extra       pairs
	// apart is the last workflow that was split off for a condition, and under which.
	apart     *flow
	condition string
}

// call is one Arazzo step.
type call struct {
	id, path, about string
	params, success []any
	onSuccess       []any
	media           string
	body            any
	extra           pairs
}

// group is the calls of one step of the plan, and the condition under which it runs.
type group struct {
	first, last *call
	when        *plan.Value // nil without a condition
	at          place       // of the condition
}

func (e *exporter) lose(l Lost) { e.lost = append(e.lost, l) }

// open begins a workflow that runs after another, if one is given.
func (e *exporter) open(parent *flow, id, summary string) *flow {
	f := &flow{id: id, summary: summary, outputs: map[string]string{}}
	if parent != nil && len(parent.steps) > 0 {
		f.after = []*flow{parent}
	} else if parent != nil {
		f.after = slices.Clone(parent.after)
	}
	e.flows = append(e.flows, f)
	return f
}

// follows makes the workflow one that runs after another.
func (f *flow) follows(other *flow) {
	if other != f && !slices.Contains(f.after, other) {
		f.after = append(f.after, other)
	}
}

// last returns the call before whatever comes next; nil at the beginning.
func (f *flow) last() *call {
	if len(f.steps) == 0 {
		return nil
	}
	return f.steps[len(f.steps)-1]
}

// input declares an input of the workflow and returns the expression for it.
func (f *flow) input(name string, shape pairs) string {
	for _, have := range f.inputs {
		if have.key == name {
			return "$inputs." + name
		}
	}
	f.inputs = append(f.inputs, pair{name, shape})
	f.required = append(f.required, name)
	return "$inputs." + name
}

func (f *flow) tree() pairs {
	out := pairs{{"workflowId", f.id}}
	out.say("summary", f.summary)
	if len(f.inputs) > 0 {
		out = append(out, pair{"inputs", pairs{{"type", "object"}, {"properties", pairs(f.inputs)}, {"required", f.required}}})
	}
	var after []any
	for _, other := range f.after {
		if len(other.steps) > 0 {
			after = append(after, other.id)
		}
	}
	out.list("dependsOn", after)
	var steps []any
	for _, s := range f.steps {
		steps = append(steps, s.tree())
	}
	out = append(out, pair{"steps", steps})
	if len(f.outputs) > 0 {
		out = append(out, pair{"outputs", named(f.outputs)})
	}
	out.list("x-planwright-unguarded", f.unguarded)
	return append(out, f.extra...)
}

func named(m map[string]string) pairs {
	var out pairs
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, pair{name, m[name]})
	}
	return out
}

func (s *call) tree() pairs {
	out := pairs{{"stepId", s.id}}
	out.say("description", s.about)
	out = append(out, pair{"operationPath", s.path})
	out.list("parameters", s.params)
	if s.body != nil {
		out = append(out, pair{"requestBody", pairs{{"contentType", s.media}, {"payload", s.body}}})
	}
	out.list("successCriteria", s.success)
	out.list("onSuccess", s.onSuccess)
	return append(out, s.extra...)
}

// jumps makes every call jump over the steps whose condition does not hold.
func (e *exporter) jumps(f *flow) {
	for i, g := range f.groups {
		var not []any
		for j := i + 1; j < len(f.groups) && f.groups[j].when != nil; j++ {
			_, no, _ := e.criterion(f, f.groups[j], g.last)
			not = append(not, pairs{{"condition", no}})
			criteria := slices.Clone(not)
			name, action := "end_after_"+g.last.id, pairs{{"type", "end"}}
			if j+1 < len(f.groups) {
				next := f.groups[j+1]
				name, action = "to_"+next.first.id, pairs{{"type", "goto"}, {"stepId", next.first.id}}
				if next.when != nil {
					yes, _, _ := e.criterion(f, next, g.last)
					criteria = append(criteria, pairs{{"condition", yes}})
				}
			}
			action = append(pairs{{"name", name}}, action...)
			g.last.onSuccess = append(g.last.onSuccess, append(action, pair{"criteria", criteria}))
		}
	}
}

// add appends a call. Which fields of its answer later steps take is known after the first
// pass.
func (e *exporter) add(f *flow, s *call) {
	f.steps = append(f.steps, s)
	if outputs := e.uses[s.id]; len(outputs) > 0 {
		s.extra = append(pairs{{"outputs", named(outputs)}}, s.extra...)
	}
}

// operation begins a call of an operation.
func (e *exporter) operation(f *flow, id, about string, op *catalog.Operation) *call {
	s := &call{
		id: id, about: about,
		path:    "{$sourceDescriptions." + op.API + ".url}#" + plan.Join(plan.Join("/paths", op.Path), lower(op.Method)),
		success: []any{pairs{{"condition", "$statusCode >= 200"}}, pairs{{"condition", "$statusCode < 300"}}},
	}
	if api, ok := e.cat.API(op.API); ok && api.Auth.Tenant != "" {
		tenant := f.input(op.API+"_tenant", pairs{{"type", "string"}, {"description", "The tenant of " + op.API + ", which travels in " + api.Auth.Tenant}})
		s.params = append(s.params, pairs{{"name", api.Auth.Tenant}, {"in", "header"}, {"value", tenant}})
	}
	for _, name := range slices.Sorted(maps.Keys(op.Fixed)) {
		if p, ok := op.Param(name); ok {
			s.params = append(s.params, pairs{{"name", name}, {"in", string(p.In)}, {"value", op.Fixed[name]}})
		}
	}
	return s
}

// param adds a parameter to a call.
func (s *call) param(op *catalog.Operation, name string, value any) {
	in := string(catalog.InQuery)
	if p, ok := op.Param(name); ok {
		in = string(p.In)
	}
	s.params = append(s.params, pairs{{"name", name}, {"in", in}, {"value", value}})
}

// base is where in an answer the value of a step stands.
func base(op *catalog.Operation, value schema.Type) string {
	if op.Response == nil {
		return ""
	}
	at := ""
	if op.Response.Envelope != "" {
		at = plan.Join("", op.Response.Envelope)
	}
	if value.Kind != schema.List && (op.Response.Many || at != "") {
		at += "/0"
	}
	return at
}
