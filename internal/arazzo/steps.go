package arazzo

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func number(i int) string { return strconv.Itoa(i) }

func lower(method string) string { return strings.ToLower(method) }

// trigger begins the main workflow with what the engine does first: the record is read.
func (e *exporter) trigger(f *flow) {
	t := e.p.Trigger
	if t.Kind == plan.OnSchedule {
		e.clock(f)
		return
	}
	name := t.API + "." + t.Object
	key := "Id"
	if o, ok := e.cat.Object(name); ok {
		key = o.Key
	}
	entity, _ := e.cat.Entity(name)
	op, _ := e.cat.Operation(t.API + "." + entity.Get)
	if op == nil {
		return // unreachable: the check demands an operation that reads one record
	}
	s := e.operation(f, t.As, "Read the record that started it", op)
	id := f.input(t.As+"_"+key, pairs{{"type", "string"}, {"description", "The " + key + " of the " + t.Object + " that changed"}})
	for _, p := range op.Params {
		if p.In == catalog.InPath {
			s.param(op, p.Name, id)
		}
	}
	value := schema.ObjectOf(name)
	e.roots[t.As] = root{typ: value, flow: f, call: s.id, base: base(op, value)}
	e.add(f, s)
	f.groups = append(f.groups, group{first: s, last: s})
	e.require(f, demand{place: place{plan.StepID(t.As), "/trigger/when", t.As + "_qualifies"}, feature: Guarded, value: t.When})
	e.lose(Lost{
		Feature: Start, Pointer: "/trigger", Reason: "a changed " + name + " starts a run, once for each key " + show(t.Key),
		Instead: "what runs this document must see changes and count keys",
	})
	s.extra = append(s.extra, pair{"x-planwright-key", show(t.Key)})
}

// clock begins the main workflow of a plan that has no record: the instant that was due is an
// input.
func (e *exporter) clock(f *flow) {
	t := e.p.Trigger
	e.roots[t.As] = root{typ: schema.ObjectOf(check.DueObject), flow: f}
	e.lose(Lost{
		Feature: Start, Pointer: "/trigger", Reason: "a run starts at " + t.At + " by the clock of " + t.Zone + ", once for each instant",
		Instead: "what runs this document must have such a clock",
	})
}

// steps writes steps of the plan into a workflow.
func (e *exporter) steps(f *flow, at string, steps []plan.Step) {
	for i := range steps {
		e.step(f, plan.Join(at, number(i)), &steps[i])
	}
}

func (e *exporter) step(f *flow, at string, s *plan.Step) {
	p := place{step: s.ID, at: plan.Join(at, string(s.Kind)), name: string(s.ID)}
	calls := s.Kind == plan.Read || s.Kind == plan.Ensure || s.Kind == plan.Write || s.Kind == plan.Each
	if s.When != nil && !calls {
		e.lose(Lost{Feature: Conditions, Step: s.ID, Pointer: plan.Join(at, "when"), Reason: "it counts only where " + show(*s.When), Instead: "it counts always"})
	}
	switch s.Kind {
	case plan.Each:
		e.loop(f, at, s)
		return
	case plan.Assert:
		e.assert(f, p, s)
		return
	case plan.Wait:
		p.name += "_has_come"
		e.require(f, demand{p, Waiting, *s.Until, "the moment has come: " + show(*s.Until), "the run goes on by itself when the moment has come"})
		return
	case plan.Lookup:
		e.lose(Lost{Feature: Mapped, Step: s.ID, Pointer: p.at, Reason: "the approved rows of " + s.Target + " decide", Instead: "what later steps take from the row are inputs"})
		return
	case plan.Ask:
		p.name += "_answered"
		e.require(f, demand{p, Asking, plan.Value{Kind: plan.ListV}, "a person has answered: " + show(*s.Question), "the run waits for the answer, which later steps use"})
		return
	case plan.Read, plan.Ensure, plan.Write:
	default:
		p.name += "_done"
		e.require(f, demand{p, Asking, plan.Value{Kind: plan.ListV}, "the step " + string(s.ID) + " (" + string(s.Kind) + ") is done, and the run may go on", "Arazzo has no step of this kind"})
		return
	}
	g := group{}
	switch {
	case s.When != nil && f.last() == nil:
		f = e.apart(f, at, s)
	case s.When != nil:
		g.when, g.at = s.When, place{s.ID, plan.Join(at, "when"), string(s.ID) + "_when"}
		e.conditional(f, g)
	}
	from := len(f.steps)
	switch s.Kind {
	case plan.Read:
		e.read(f, at, s)
	case plan.Ensure:
		e.ensure(f, at, s)
	default:
		e.write(f, at, s)
	}
	g.first, g.last = f.steps[from], f.last()
	f.groups = append(f.groups, g)
}

// apart gives a step under a condition that begins a workflow one of its own.
func (e *exporter) apart(f *flow, at string, s *plan.Step) *flow {
	if f.apart != nil && f.condition == s.When.Expr {
		return f.apart
	}
	out := e.open(f, f.id+"-"+string(s.ID), "Only where "+show(*s.When))
	out.extra = append(slices.Clone(f.extra), pair{"x-planwright-when", show(*s.When)})
	f.apart, f.condition = out, s.When.Expr
	e.lose(Lost{Feature: Conditions, Step: s.ID, Pointer: plan.Join(at, "when"), Reason: "no call comes before it that could jump over it", Instead: "it is the workflow " + out.id + ", to be run only where its condition holds"})
	return out
}

func (e *exporter) assert(f *flow, p place, s *plan.Step) {
	otherwise := "the run waits for a person where it does not hold"
	switch s.Else {
	case plan.Refuse:
		otherwise = ""
	case plan.Continue:
		e.lose(Lost{Feature: Computed, Step: s.ID, Pointer: p.at, Reason: "Arazzo computes nothing: whether " + bare(*s.That), Instead: "what depends on it is an input"})
		return
	case "", plan.Hold:
	}
	p.name += "_holds"
	e.require(f, demand{place: p, feature: Guarded, value: *s.That, otherwise: otherwise})
}

// loop writes the steps for one element into a workflow of its own.
func (e *exporter) loop(f *flow, at string, s *plan.Step) {
	inner := e.open(f, f.id+"-"+string(s.ID), "For one "+s.As+" of "+show(*s.Over))
	each := pairs{{"over", show(*s.Over)}, {"as", s.As}, {"max", s.Max}}
	if s.When != nil {
		each.say("when", show(*s.When))
		e.lose(Lost{Feature: Conditions, Step: s.ID, Pointer: plan.Join(at, "when"), Reason: "it repeats only where " + show(*s.When), Instead: "nothing; it stands in x-planwright-each"})
	}
	inner.extra = pairs{{"x-planwright-each", each}}
	e.lose(Lost{
		Feature: Loop, Step: s.ID, Pointer: plan.Join(at, string(s.Kind)), Reason: "it repeats for every " + s.As + ", at most " + number(s.Max) + " times, before the steps that follow",
		Instead: "workflows whose names begin with " + inner.id + " are for one " + s.As + "; nothing calls them",
	})
	var elem schema.Type
	if prog := e.c.Expr(plan.Join(at, string(s.Kind))); prog != nil && prog.Type().Elem != nil {
		elem = *prog.Type().Elem
	}
	for _, name := range expr.Names(s.Over.Expr) {
		if r, ok := e.roots[name]; ok && r.call != "" {
			inner.follows(r.flow)
		}
	}
	e.roots[s.As] = root{typ: elem, flow: inner}
	e.steps(inner, plan.Join(at, "steps"), s.Steps)
}

func (e *exporter) read(f *flow, at string, s *plan.Step) {
	info := e.c.Step(s.ID)
	c := e.operation(f, string(s.ID), "", info.Operation)
	switch {
	case s.From != "":
		c.about = "Read the rows of " + s.From
		c.param(info.Operation, info.Operation.Query.Param, e.query(f, at, s))
	default:
		c.about = "Call " + s.Target
		e.with(f, c, at, s, info.Operation)
		if len(s.Where) > 0 && info.Operation.Filter != nil {
			c.param(info.Operation, info.Operation.Filter.Param, e.queryInput(f, at, s, "filter"))
		}
	}
	if info.Value.Kind == schema.List && (info.Operation.Paging != nil || info.Operation.Query != nil) {
		e.lose(Lost{Feature: Pages, Step: s.ID, Pointer: at, Reason: "a long list comes in pages", Instead: "only the first is read"})
	}
	e.roots[string(s.ID)] = root{typ: info.Value, flow: f, call: c.id, base: base(info.Operation, info.Value)}
	e.add(f, c)
}

func (e *exporter) with(f *flow, c *call, at string, s *plan.Step, op *catalog.Operation) {
	for _, name := range sorted(s.With) {
		c.param(op, name, e.value(f, place{s.ID, plan.Join(plan.Join(at, "with"), name), label(string(s.ID) + "_" + name)}, s.With[name]))
	}
}

func (e *exporter) write(f *flow, at string, s *plan.Step) {
	info := e.c.Step(s.ID)
	op := info.Operation
	c := e.operation(f, string(s.ID), "Call "+s.Target, op)
	e.with(f, c, at, s, op)
	if s.Body != nil || len(s.Key) > 0 {
		var body any = pairs{}
		if s.Body != nil {
			body = e.value(f, place{s.ID, at + "/body", string(s.ID)}, *s.Body)
		}
		if members, ok := body.(pairs); ok {
			for _, name := range sorted(s.Key) {
				members = append(members, pair{name, e.value(f, place{s.ID, plan.Join(at+"/key", name), label(string(s.ID) + "_" + name)}, s.Key[name])})
			}
			body = members
		}
		c.send(op, body)
	}
	e.once(at, s, op)
	e.roots[string(s.ID)] = root{typ: info.Value, flow: f, call: c.id, base: base(op, info.Value)}
	e.add(f, c)
}

// send puts a body into its envelope.
func (c *call) send(op *catalog.Operation, body any) {
	c.media = "application/json"
	if op.Request != nil {
		if op.Request.Media != "" {
			c.media = op.Request.Media
		}
		if op.Request.Many {
			body = []any{body}
		}
		if op.Request.Envelope != "" {
			body = pairs{{op.Request.Envelope, body}}
		}
	}
	c.body = body
}

// once says what keeps the write from happening twice, which Arazzo does not know.
func (e *exporter) once(at string, s *plan.Step, op *catalog.Operation) {
	if op.Repeat == nil {
		return
	}
	how := strings.TrimSpace(string(op.Repeat.Way) + " " + op.Repeat.Key)
	l := Lost{Feature: Once, Step: s.ID, Pointer: plan.Join(at, string(s.Kind)), Reason: "a lost answer is settled and never repeated blindly (" + how + ")", Instead: "nothing: a second run of this document may write a second time"}
	if op.Repeat.Way == catalog.WayIdempotent || op.Repeat.Way == catalog.WayUpsert {
		l.Instead = "nothing: a second run of this document sends the same again, which changes nothing more"
	}
	e.lose(l)
}

// columnShape is a field path that a query may name as it is.
var columnShape = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*( ASC| DESC)?$`)

// query writes the text of a query, if it has no more than equal values, and each of them is
// safe there without escaping.
func (e *exporter) query(f *flow, at string, s *plan.Step) any {
	for _, name := range slices.Concat(s.Select, s.Order) {
		if !columnShape.MatchString(name) {
			return e.queryInput(f, at, s, "query")
		}
	}
	var tests []string
	for _, c := range s.Where.All(at + "/where") {
		text, ok := e.queried(f, c.Value)
		if !ok || c.Way > 0 || c.Op != plan.Eq || !columnShape.MatchString(c.Field) {
			return e.queryInput(f, at, s, "query")
		}
		tests = append(tests, c.Field+" = "+text)
	}
	text := "SELECT " + strings.Join(s.Select, ", ") + " FROM " + s.From
	if len(tests) > 0 {
		text += " WHERE " + strings.Join(tests, " AND ")
	}
	if len(s.Order) > 0 {
		text += " ORDER BY " + strings.Join(s.Order, ", ")
	}
	return text
}

var harmless = strings.NewReplacer("'", "\x00", "\\", "\x00", "{", "\x00", "$", "\x00")

// queried is one value in a query.
func (e *exporter) queried(f *flow, v plan.Value) (string, bool) {
	switch l := v.Literal.(type) {
	case string:
		return "'" + l + "'", v.Kind == plan.Literal && harmless.Replace(l) == l
	case bool:
		return strconv.FormatBool(l), true
	case json.Number:
		return l.String(), true
	}
	if v.Kind != plan.Expression {
		return "", false
	}
	out, ok := e.say(f, v.Expr, true)
	if !ok || out.maybe {
		return "", false
	}
	if strings.HasPrefix(out.expr, "$") {
		out.expr = "{" + out.expr + "}"
	}
	return "'" + out.expr + "'", true
}

// queryInput makes what a read asks for an input: a query, or the filter of a list.
func (e *exporter) queryInput(f *flow, at string, s *plan.Step, kind string) string {
	var ways []string
	for i := range s.Where {
		var tests []string
		for _, c := range s.Where.All(at + "/where") {
			if c.Way == i {
				tests = append(tests, c.Field+" "+string(c.Op)+" "+show(c.Value))
			}
		}
		ways = append(ways, strings.Join(tests, " and "))
	}
	name := string(s.ID) + "_" + kind
	e.lose(Lost{Feature: Escaped, Step: s.ID, Pointer: at + "/where", Reason: "Arazzo puts text into a " + kind + " without escaping it, and knows none of its languages", Instead: "the " + kind + " is the input " + name})
	about := "Records where " + strings.Join(ways, ", or ")
	if s.From != "" {
		about = "The fields " + strings.Join(s.Select, ", ") + " of " + s.From
		if len(ways) > 0 {
			about += " where " + strings.Join(ways, ", or ")
		}
	}
	if len(s.Order) > 0 {
		about += ", by " + strings.Join(s.Order, ", ")
	}
	return f.input(name, pairs{{"type", "string"}, {"description", about}, {"x-planwright-pointer", at + "/where"}})
}

// ensure writes the look-ups in their order, the creation, and the look-up that hands the
// record on. A record that only a later alternative knows cannot be handed on: there the
// workflow ends, since going on would create a second.
func (e *exporter) ensure(f *flow, at string, s *plan.Step) {
	info := e.c.Step(s.ID)
	id := string(s.ID)
	var first *call
	records := ""
	for i, by := range s.Find {
		name := id + "_find"
		if i > 0 {
			name += "_" + number(i+1)
		}
		c, list := e.lookup(f, place{s.ID, at + "/find/" + number(i), name}, by, info.Entity)
		if c == nil {
			continue
		}
		action := pairs{{"name", "found"}, {"type", "goto"}, {"stepId", id}}
		if i > 0 {
			action = pairs{{"name", "found"}, {"type", "end"}}
		} else {
			first, records = c, list
		}
		c.onSuccess = []any{append(action, pair{"criteria", []any{some(list)}})}
		e.add(f, c)
	}
	create := e.operation(f, id+"_create", "Create the "+s.Target+", as none was found", info.Operation)
	if s.Create != nil {
		create.send(info.Operation, e.value(f, place{s.ID, at + "/create", id}, *s.Create))
	}
	e.add(f, create)
	e.once(at, s, info.Operation)
	for _, field := range sorted(info.Entity.Live) {
		e.lose(Lost{Feature: Found, Step: s.ID, Pointer: at + "/ensure", Reason: "only a record whose " + field + " is " + info.Entity.Live[field] + " counts as found", Instead: "any counts"})
	}
	e.lose(Lost{
		Feature: Found, Step: s.ID, Pointer: at + "/ensure", Reason: "the record that was found, by whichever way, or created",
		Instead: "it is looked up again by the first way; where only a later way finds one the workflow ends",
	})
	if first == nil {
		e.roots[id] = root{typ: info.Value, flow: f, call: create.id, base: base(info.Operation, info.Value)}
		return
	}
	again := *first
	again.id, again.about, again.onSuccess, again.extra = id, "Take the "+s.Target+" that was found or created", nil, nil
	again.success = append(slices.Clone(again.success), some(records))
	e.roots[id] = root{typ: info.Value, flow: f, call: id, base: records + "/0"}
	e.add(f, &again)
}

// some is the criterion that a list in the answer is not empty.
func some(list string) pairs {
	return pairs{{"context", "$response.body"}, {"condition", "$" + strings.ReplaceAll(list, "/", ".") + "[0]"}, {"type", "jsonpath"}}
}

// lookup calls the read that finds records by some fields, and returns where its list
// stands; nil if there is none for them.
func (e *exporter) lookup(f *flow, p place, by plan.FindBy, entity catalog.Entity) (c *call, list string) {
	fields := sorted(by)
	api, _, _ := strings.Cut(entity.Object, ".")
	var op *catalog.Operation
	var how catalog.Lookup
	if len(fields) > 0 {
		how = entity.Find[fields[0]]
		op, _ = e.cat.Operation(api + "." + how.Operation)
	}
	if op == nil {
		e.lose(Lost{Feature: Found, Step: p.step, Pointer: p.at, Reason: "no single look-up finds it by " + strings.Join(fields, " and "), Instead: "nothing"})
		return nil, ""
	}
	list = base(op, schema.Type{Kind: schema.List})
	c = e.operation(f, p.name, "Find the "+entity.Object+" by "+strings.Join(fields, " and "), op)
	if how.Param != "" && len(fields) == 1 {
		c.param(op, how.Param, e.value(f, p.member(fields[0]), by[fields[0]]))
		return c, list
	}
	var tests []string
	for _, field := range fields {
		tests = append(tests, field+" is "+show(by[field]))
	}
	e.lose(Lost{Feature: Escaped, Step: p.step, Pointer: p.at, Reason: "Arazzo puts text into a filter without escaping it", Instead: "the filter is the input " + p.name + "_filter"})
	c.param(op, how.Filter, f.input(p.name+"_filter", pairs{{"type", "string"}, {"description", "Finds the " + entity.Object + " whose " + strings.Join(tests, " and whose ")}, {"x-planwright-pointer", p.at}}))
	return c, list
}
