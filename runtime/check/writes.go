package check

import (
	"slices"
	"strconv"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

func itoa(i int) string { return strconv.Itoa(i) }

func (c *checker) writeStep(at string, s *plan.Step, sc *scope, info *StepInfo) {
	op := c.operation(at, s, info)
	if op == nil {
		return
	}
	if op.Effect == catalog.EffectNone {
		c.at(at+"/write", errReadAsWrite(op))
		return
	}
	if c.anyRecord(info.API, op) {
		c.at(at+"/write", errAnyRecord(op))
		return
	}
	if s.Effect != "" && s.Effect != string(op.Effect) {
		c.at(at+"/effect", errWrongEffect(op, s.Effect))
	}
	c.params(at+"/with", op, s.With, sc)
	c.writeKey(at, s, op, sc)
	c.writeBody(at, s, op, sc, info)
	c.noteWrite(op, s.ID, sc, written(s))
	if op.Response != nil && !adoptsOther(op) && (safe(op) || c.cat.Adoptable(op)) {
		info.Value = op.Response.Type // a write sends one element and has one back
	}
	c.repeat(at, s, op)
}

// anyRecord reports a write that is about no object of an API whose objects are told apart:
// its texts say what is written, so that neither types nor limits nor the sheet hold it.
func (c *checker) anyRecord(api *catalog.API, op *catalog.Operation) bool {
	o, ok := c.cat.Object(op.Entity)
	return api.Describe != nil && (!ok || o.Key == "")
}

// repeat judges that a lost answer of a write can be settled: by what the overlay says, or
// by a person where the plan itself says so.
func (c *checker) repeat(at string, s *plan.Step, op *catalog.Operation) {
	switch {
	case !safe(op) && s.Repeat != plan.RepeatAsk:
		c.at(at+"/"+string(s.Kind), errUnsafeWrite(op, c.saferThan(op)))
	case safe(op) && s.Repeat == plan.RepeatAsk:
		c.at(at+"/repeat", errNeedlessAsk(op))
	}
}

// keyOf is the field that the vendor keeps unique for what the write makes, "" for none.
func keyOf(op *catalog.Operation) string {
	if op.Repeat == nil {
		return ""
	}
	return op.Repeat.Key
}

// safe reports whether a lost answer of the write can be settled without a person.
func safe(op *catalog.Operation) bool {
	return op.Repeat != nil && op.Repeat.Way != "" && op.Repeat.Way != catalog.WayAsk
}

// adoptsOther reports whether the record that is found in place of a lost answer has
// another type than the answer: then nothing can be said of the step's value. So it is with
// an ensure, which may find one and make the other.
func adoptsOther(op *catalog.Operation) bool {
	return op.Repeat != nil && op.Repeat.Lookup != nil && op.Response != nil && op.Response.Type.Ref != op.Entity
}

// saferThan lists operations on the same thing that can be repeated and do what this one
// does: the same effect, or a part of it where it creates what it does not find.
func (c *checker) saferThan(op *catalog.Operation) []string {
	var out []string
	for _, o := range c.cat.Operations(op.API) {
		if o.Entity == "" || o.Entity != op.Entity || !safe(o) {
			continue
		}
		if o.Effect == op.Effect || op.Effect == catalog.EffectUpdate && o.Effect == catalog.EffectCreate {
			out = append(out, o.Name())
		}
	}
	return out
}

// noteWrite records the write, and the look-ups that settle a lost answer.
func (c *checker) noteWrite(op *catalog.Operation, id plan.StepID, sc *scope, fields []string) {
	c.touches = append(c.touches, touch{op: op, step: id, times: sc.count(), fields: fields})
	if op.Repeat == nil {
		return
	}
	if get, ok := c.cat.Adopt(op); ok && (!safe(op) || op.Repeat.Way == catalog.WayKeyed) {
		c.touches = append(c.touches, touch{op: get, step: id, times: sc.count(), spare: true}) // of the record that a person names
	}
	if op.Response != nil && op.Response.Type.Kind == schema.ObjectK {
		c.read(op.Response.Type.Ref, op.Repeat.Key, op.Repeat.Status)
	}
	if l := op.Repeat.Lookup; l != nil {
		if look, ok := c.cat.Operation(op.API + "." + l.Operation); ok {
			c.touches = append(c.touches, touch{op: look, step: id, times: sc.count(), spare: true})
		}
	}
}

// written lists the fields a write sends, sorted; nested ones as paths.
func written(s *plan.Step) []string {
	var out []string
	for name := range s.Key {
		out = append(out, name)
	}
	if s.Body != nil {
		out = append(out, paths("", *s.Body)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func paths(prefix string, v plan.Value) []string {
	switch v.Kind {
	case plan.ObjectV:
		var out []string
		for _, name := range sortedKeys(v.Members) {
			p := name
			if prefix != "" {
				p = prefix + "." + name
			}
			out = append(out, paths(p, v.Members[name])...)
		}
		return out
	case plan.ListV:
		var out []string
		for _, item := range v.Items {
			out = append(out, paths(prefix, item)...)
		}
		return out
	case plan.EachV:
		return paths(prefix, v.Each.Do)
	default:
		if prefix == "" {
			return nil
		}
		return []string{prefix}
	}
}

// writeKey judges the key by which a write happens once.
func (c *checker) writeKey(at string, s *plan.Step, op *catalog.Operation, sc *scope) {
	want := ""
	if op.Repeat != nil && (op.Repeat.Way == catalog.WayUnique || op.Repeat.Way == catalog.WayProbe) {
		want = op.Repeat.Key
	}
	for _, name := range sortedKeys(s.Key) {
		pointer := plan.Join(at+"/key", name)
		if name != want {
			c.atKey(pointer, errUnknownWriteKey(op, name))
			continue
		}
		c.keyValue(pointer, s.Key[name], op, name, sc)
	}
	if _, set := s.Key[want]; want != "" && !set {
		c.at(at, errMissingWriteKey(op, "key"))
	}
}

func (c *checker) keyValue(pointer string, v plan.Value, op *catalog.Operation, name string, sc *scope) {
	to := slot{at: pointer, typ: schema.Type{Kind: schema.String}, required: true, what: "the key " + name, key: true}
	if op.Request != nil {
		if o, ok := c.cat.Object(op.Request.Type.Ref); ok {
			f, ok := o.Field(name)
			if !ok {
				c.atKey(pointer, errUnknownField(o.Name, name, fieldNames(o)))
				return
			}
			to.typ, to.own = f.Type, ownCode(o, f)
		}
	}
	before := len(c.found)
	c.assign(sc, v, to)
	if c.found[before:].HasErrors() {
		return
	}
	if v.Kind == plan.Expression && c.exprs[pointer] == nil {
		return // what it looks at is not known because of a finding elsewhere
	}
	if v.Kind != plan.Expression || constant(c.exprs[pointer]) {
		c.at(pointer, errConstantKey())
		return
	}
	depends := map[string]bool{}
	c.addDepends(depends, pointer, v)
	for _, l := range sc.loops {
		if !depends[l.as] {
			c.at(pointer, errElementKey(l.as))
		}
	}
}

func (c *checker) writeBody(at string, s *plan.Step, op *catalog.Operation, sc *scope, info *StepInfo) {
	switch {
	case op.Request == nil && s.Body != nil:
		c.atKey(at+"/body", errNoBody(op))
		return
	case op.Request == nil:
		return
	case s.Body == nil:
		c.at(at, errMissingBody(op))
		return
	}
	info.Request = op.Request.Type
	keys, chosen := pathKeys(op, s)
	given := append(sortedKeys(s.Key), keys...)
	if s.Body.Kind == plan.ObjectV {
		for _, name := range append(sortedKeys(s.Key), chosen...) {
			keyed := op.Repeat != nil && name == op.Repeat.Key || slices.Contains(chosen, name)
			if _, twice := s.Body.Members[name]; twice && keyed {
				c.atKey(plan.Join(at+"/body", name), errKeyInBody(name))
			}
		}
	}
	c.assign(sc, *s.Body, slot{
		at: at + "/body", typ: op.Request.Type, required: true, what: "the body",
		create: op.Effect == catalog.EffectCreate, top: true, given: given,
	})
}

// pathKeys returns the fields that an upsert may set by its path, and the one that it does
// set where the plan names it.
func pathKeys(op *catalog.Operation, s *plan.Step) (keys, chosen []string) {
	keys = op.Keys()
	for _, v := range s.With {
		if name, ok := v.Literal.(string); ok && v.Kind == plan.Literal && slices.Contains(keys, name) {
			return []string{name}, []string{name}
		}
	}
	return keys, nil
}

func (c *checker) ensureStep(at string, s *plan.Step, sc *scope, info *StepInfo) {
	pointer := at + "/ensure"
	o := c.object(s.Target, pointer)
	if o == nil {
		return
	}
	info.API, _ = c.cat.API(apiOf(s.Target))
	info.Value = schema.ObjectOf(o.Name)
	entity, _ := c.cat.Entity(o.Name)
	info.Entity = entity
	op, ok := c.cat.Operation(info.API.Name + "." + entity.Create)
	if !ok || len(entity.Find) == 0 {
		c.at(pointer, errNoEnsure(o.Name, "the overlay does not say how to find and create them", c.ensurable(info.API)))
		return
	}
	info.Operation = op
	if adoptsOther(op) || !safe(op) && !c.cat.Adoptable(op) {
		info.Value = schema.Type{}
	}
	if op.Request != nil {
		info.Request = op.Request.Type
	}
	sure := c.sureFind(s, sc)
	for i, by := range s.Find {
		c.findBy(at+"/find/"+itoa(i), by, o, entity, i == sure, s.ID, sc)
	}
	c.read(o.Name, sortedKeys(entity.Live)...)
	var fields []string
	if s.Create != nil {
		fields = paths("", *s.Create)
		c.assign(sc, *s.Create, slot{at: at + "/create", typ: schema.ObjectOf(o.Name), required: true, what: "the new record", create: true, top: true, keyed: keyOf(op)})
	}
	c.noteWrite(op, s.ID, sc, fields)
	c.repeat(at, s, op)
	if key := keyOf(op); key != "" && op.Repeat.Lookup != nil && !slices.Contains(fields, key) {
		c.at(at+"/create", errMissingWriteKey(op, "create"))
	}
}

// sureFind returns which of the ways to find a record must have all its values: the first
// that always has them, else the first of all. Without any the record could be created
// though nobody looked for it.
func (c *checker) sureFind(s *plan.Step, sc *scope) int {
	if len(s.Find) < 2 {
		return 0
	}
	for i, by := range s.Find {
		always := true
		for _, v := range by {
			if prog, _ := sc.env.Compile(v.Expr); v.Kind == plan.Expression && prog != nil && prog.Type().Optional {
				always = false
			}
		}
		if always {
			return i
		}
	}
	return 0
}

func (c *checker) ensurable(api *catalog.API) []string {
	var names []string
	for _, name := range sortedKeys(api.Entities) {
		if e := api.Entities[name]; e.Create != "" && len(e.Find) > 0 {
			names = append(names, e.Object)
		}
	}
	return names
}

// findBy judges one way to find a record: every field can be looked up, all of them with
// one operation.
// Sure says that every value must be there: a way whose value is absent is passed over.
func (c *checker) findBy(at string, by plan.FindBy, o *schema.Object, entity catalog.Entity, sure bool, id plan.StepID, sc *scope) {
	operation := ""
	for _, name := range sortedKeys(by) {
		pointer := plan.Join(at, name)
		f, known := o.Field(name)
		look, can := entity.Find[name]
		switch {
		case !known:
			c.atKey(pointer, errUnknownField(o.Name, name, fieldNames(o)))
			continue
		case !can:
			c.atKey(pointer, errNoLookup(o.Name, name, sortedKeys(entity.Find)))
			continue
		case operation != "" && operation != look.Operation:
			c.atKey(pointer, errMixedLookup(o.Name))
			continue
		}
		operation = look.Operation
		c.read(o.Name, name)
		c.assign(sc, by[name], slot{at: pointer, typ: f.Type, own: ownCode(o, f), required: sure, what: "what " + name + " is looked up by", key: true})
	}
	if op, ok := c.cat.Operation(apiOf(o.Name) + "." + operation); ok {
		c.touches = append(c.touches, touch{op: op, step: id, times: sc.count()})
	}
}
