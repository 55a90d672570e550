package check

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// stepList judges steps and returns the scope behind the last.
func (c *checker) stepList(pointer string, steps []plan.Step, sc *scope) *scope {
	for i := range steps {
		sc = c.step(plan.Join(pointer, itoa(i)), &steps[i], sc)
	}
	return sc
}

// step judges one step and returns the scope of the next.
func (c *checker) step(at string, s *plan.Step, sc *scope) *scope {
	inner := sc
	if s.When != nil {
		inner = sc.under(whenText(*s.When))
		if when := c.condition(sc, at+"/when", *s.When); when != nil {
			inner.env = sc.env.Promise(when.Promises()...)
		}
		c.skipped[string(s.ID)] = whenText(*s.When)
	}
	before := len(c.found)
	info := StepInfo{Pointer: at}
	switch s.Kind {
	case plan.Read:
		c.readStep(at, s, inner, &info)
	case plan.Ensure:
		c.ensureStep(at, s, inner, &info)
	case plan.Write:
		c.writeStep(at, s, inner, &info)
	case plan.Lookup:
		c.lookupStep(at, s, inner, &info)
	case plan.Each:
		c.eachStep(at, s, inner)
	case plan.Assert:
		sc = c.assertStep(at, s, inner, sc, &info)
	case plan.Wait:
		c.waitStep(at, s, inner)
	case plan.Ask:
		c.askStep(at, s, inner, &info)
	}
	if len(sc.loops) > 0 {
		c.depends[string(s.ID)] = c.dependsOn(at, s)
	}
	if info.Value.Kind == "" && c.found[before:].HasErrors() {
		c.broken[string(s.ID)] = true
	}
	c.steps[s.ID] = info
	if info.Value.Kind != "" && c.all[string(s.ID)] == stepWord && !c.doubled[at] {
		sc = sc.with(string(s.ID), info.Value)
	}
	return sc
}

func whenText(v plan.Value) string {
	if v.Kind == plan.Expression {
		return v.Expr
	}
	return literalWords(v.Literal)
}

// operation returns the operation of a read or write step; nil after a finding.
func (c *checker) operation(at string, s *plan.Step, info *StepInfo) *catalog.Operation {
	pointer := plan.Join(at, string(s.Kind))
	api := c.api(apiOf(s.Target), pointer)
	if api == nil {
		return nil
	}
	op, ok := c.cat.Operation(s.Target)
	if !ok {
		var known []string
		for _, o := range c.cat.Operations(api.Name) {
			known = append(known, o.Name())
		}
		c.at(pointer, errUnknownOperation(s.Target, known))
		return nil
	}
	if _, ok := api.Address(op, api.Server); !ok {
		c.at(pointer, errOtherServer(op))
		return nil
	}
	info.API, info.Operation = api, op
	info.Entity, _ = c.cat.Entity(op.Entity)
	return op
}

func (c *checker) readStep(at string, s *plan.Step, sc *scope, info *StepInfo) {
	op := c.operation(at, s, info)
	if op == nil {
		return
	}
	if op.Effect != catalog.EffectNone {
		c.at(at+"/read", errWriteAsRead(op))
		return
	}
	c.touches = append(c.touches, touch{op: op, step: s.ID, times: sc.count()})
	c.params(at+"/with", op, s.With, sc)
	if op.Query != nil {
		c.query(at, s, op, sc, info)
		return
	}
	c.notQuery(at, s, op)
	c.filtered(at, s, op, sc)
	if op.Response == nil {
		return
	}
	info.Value = op.Response.Type
	if op.Response.Many {
		info.Value = schema.ListOf(op.Response.Type)
	}
}

// notQuery reports the parts of a query where the operation is none; select alone is
// allowed where the API lets a caller choose fields.
func (c *checker) notQuery(at string, s *plan.Step, op *catalog.Operation) {
	hint := "only a query operation takes it"
	if s.From != "" {
		c.atKey(at+"/from", errQueryShape("from does not belong to "+op.Name(), hint))
	}
	if len(s.Order) > 0 {
		c.atKey(at+"/order", errQueryShape("order does not belong to "+op.Name(), hint))
	}
	if len(s.Select) > 0 {
		c.atKey(at+"/select", errQueryShape("select does not belong to "+op.Name(), "leave it out: the fields that the plan uses are asked for by themselves"))
	}
}

// params judges the arguments of an operation.
func (c *checker) params(pointer string, op *catalog.Operation, with map[string]plan.Value, sc *scope) {
	for _, name := range sortedKeys(with) {
		at := plan.Join(pointer, name)
		p, ok := op.Param(name)
		switch {
		case c.ownParam(op, name):
			c.atKey(at, errOwnParam(op, name))
		case !ok:
			var known []string
			for _, p := range op.Params {
				if !c.ownParam(op, p.Name) {
					known = append(known, p.Name)
				}
			}
			c.atKey(at, errUnknownParam(op, name, known))
		case op.Filter != nil && op.Filter.Param == name && with[name].Kind == plan.Expression && !spelledOut(sc, with[name].Expr):
			c.at(at, errFilterText(name))
		default:
			c.assign(sc, with[name], slot{at: at, typ: p.Type, required: p.Required || p.In == catalog.InPath, what: "the parameter " + name})
			c.upsertField(at, with[name], op, p)
		}
	}
	for _, p := range op.Params {
		if _, set := with[p.Name]; !set && (p.Required || p.In == catalog.InPath) && !c.ownParam(op, p.Name) {
			c.at(strings.TrimSuffix(pointer, "/with"), errMissingParam(op, p.Name))
		}
	}
}

// upsertField judges the parameter by which an upsert names the field it goes by: that field
// is written, so the plan says which.
func (c *checker) upsertField(at string, v plan.Value, op *catalog.Operation, p catalog.Param) {
	api, _ := c.cat.API(op.API)
	o, known := c.cat.Object(op.Entity)
	if api.Describe == nil || p.Name != api.Describe.Key || p.In != catalog.InPath || !known || len(p.Type.Enum) > 0 && v.Kind == plan.Literal {
		return
	}
	name, text := v.Literal.(string)
	if v.Kind != plan.Literal || !text {
		c.at(at, errWrongType("the name of a field, written out", valueWords(v), "write the field that the upsert goes by"))
	} else if _, ok := o.Field(name); !ok {
		c.at(at, errUnknownField(o.Name, name, fieldNames(o)))
	}
}

// spelledOut is spelled for an expression that may not compile.
func spelledOut(sc *scope, text string) bool {
	if prog, _ := sc.env.Compile(text); prog != nil {
		return spelled(prog)
	}
	return !slices.ContainsFunc(identifiers(text), func(name string) bool { return sc.names[name] })
}

// ownParam reports parameters that the runtime fills: pages, fields, query text, fixed
// values, tenants and keys.
func (c *checker) ownParam(op *catalog.Operation, name string) bool {
	if _, fixed := op.Fixed[name]; fixed {
		return true
	}
	api, _ := c.cat.API(op.API)
	own := []string{op.Select}
	if op.Query != nil {
		own = append(own, op.Query.Param)
	}
	own = append(own, op.Paging.Params()...)
	if op.Repeat != nil {
		own = append(own, op.Repeat.Header)
	}
	if api != nil {
		own = append(own, api.Auth.Tenant)
	}
	return name != "" && slices.ContainsFunc(own, func(o string) bool { return strings.EqualFold(o, name) })
}

// touch notes a call the runtime makes on its own account.
func (c *checker) touch(api *catalog.API, id string, step plan.StepID, times int) {
	if op, ok := c.cat.Operation(api.Name + "." + id); ok {
		c.touches = append(c.touches, touch{op: op, step: step, times: times})
	}
}

func (c *checker) lookupStep(at string, s *plan.Step, sc *scope, info *StepInfo) {
	m, ok := c.p.Mappings[s.Target]
	if !ok {
		c.at(at+"/lookup", errUnknownMapping(s.Target, sortedKeys(c.p.Mappings)))
		return
	}
	if c.broken[s.Target] {
		c.broken[string(s.ID)] = true
	} else {
		info.Value = schema.ObjectOf("mapping." + s.Target)
	}
	for _, name := range sortedKeys(s.With) {
		in := plan.Join(at+"/with", name)
		from, ok := m.From[name]
		if !ok {
			c.atKey(in, errUnknownInput(s.Target, name, sortedKeys(m.From)))
			continue
		}
		t := schema.Type{Kind: schema.String}
		if o, ok := c.cat.Object(from); ok && o.Key != "" {
			t = keyType(o)
		}
		c.assign(sc, s.With[name], slot{at: in, typ: t, required: true, what: "the input " + name})
	}
	for _, name := range sortedKeys(m.From) {
		if _, set := s.With[name]; !set {
			c.at(at, errMissingInput(s.Target, name))
		}
	}
}

func (c *checker) eachStep(at string, s *plan.Step, sc *scope) {
	elem, ok := c.elements(sc, at+"/each", *s.Over)
	if !ok {
		c.p.All(func(pointer string, inside *plan.Step) {
			if strings.HasPrefix(pointer, at+"/") {
				c.broken[string(inside.ID)] = true
			}
		})
		return
	}
	c.shadow(sc, s.As, at+"/as")
	inner := sc.with(s.As, elem)
	inner.times = repeated(sc.count(), s.Max)
	if inner.times > MaxCalls && !c.endless {
		c.endless = true
		c.at(at+"/max", errUnbounded(inner.times, "repetitions"))
	}
	c.depends[s.As] = map[string]bool{s.As: true}
	c.addDepends(c.depends[s.As], at+"/each", *s.Over)
	inner.loops = append(slices.Clone(sc.loops), loop{s.As})
	c.stepList(at+"/steps", s.Steps, inner)
}

// shadow reports an element that would hide that of a loop around it.
func (c *checker) shadow(sc *scope, as, pointer string) {
	if _, taken := c.all[as]; !taken && sc.names[as] {
		c.at(pointer, errDuplicateName(as, elementWord))
	}
}

// elements compiles what is repeated over and returns the type of one element.
func (c *checker) elements(sc *scope, pointer string, over plan.Value) (schema.Type, bool) {
	prog := c.compile(sc, pointer, over.Expr)
	if prog == nil {
		return schema.Type{}, false
	}
	t := prog.Type()
	if t.Optional || t.Kind != schema.List || t.Elem == nil {
		c.at(pointer, errNotList(exprWords(t)))
		return schema.Type{}, false
	}
	return *t.Elem, true
}

// assertStep judges an assertion. What an assertion that always runs proves to be there
// may be used bare from then on; one that goes on either way proves nothing.
func (c *checker) assertStep(at string, s *plan.Step, sc, next *scope, info *StepInfo) *scope {
	prog := c.condition(sc, at+"/assert", *s.That)
	if prog == nil {
		n := *next
		n.env = next.env.Promise(meantPromises(s.That.Expr)...)
		return &n
	}
	if constant(prog) {
		c.at(at+"/assert", errConstantAssert())
	}
	if s.Else == plan.Continue {
		info.Value = schema.Type{Kind: schema.Bool}
		return next
	}
	if s.When != nil {
		return next
	}
	n := *next
	n.env = next.env.Promise(prog.Promises()...)
	return &n
}

// waitStep judges what a wait waits for. How far ahead it lies is known only in the run.
func (c *checker) waitStep(at string, s *plan.Step, sc *scope) {
	prog := c.compile(sc, at+"/wait", s.Until.Expr)
	if prog == nil {
		return
	}
	if t := prog.Type(); t.Optional || (t.Kind != schema.Date && t.Kind != schema.Instant) {
		c.at(at+"/wait", errNotMoment(exprWords(t)))
	}
}
