package check

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// slot is a place that a value goes to: a parameter, a field of a body, a condition.
type slot struct {
	at       string // pointer of the value
	typ      schema.Type
	required bool     // it cannot be left out
	what     string   // how findings name it
	create   bool     // it is part of a record that is being made
	top      bool     // it is the record itself, not one it refers to
	given    []string // members that are set elsewhere: the write's key
	own      bool     // it is the code by which the record itself is known: any text may become one
	key      bool     // it tells records apart: text that is too long holds its run, and is never cut
	keyed    string   // the member that is the key of the record
}

// assign judges that a value fits the slot.
func (c *checker) assign(sc *scope, v plan.Value, s slot) {
	c.slots[s.at] = s.typ
	switch v.Kind {
	case plan.Expression:
		c.assignExpr(sc, v, s)
	case plan.Literal:
		c.assignLiteral(v.Literal, s)
	case plan.ObjectV:
		c.assignObject(sc, v, s)
	case plan.ListV:
		if c.wantList(s) {
			for i, item := range v.Items {
				c.assign(sc, item, c.element1(s, plan.Join(s.at, itoa(i))))
			}
		}
	case plan.EachV:
		elem, ok := c.elements(sc, s.at+"/each", v.Each.Over)
		c.shadow(sc, v.Each.As, s.at+"/as")
		if c.wantList(s) && ok {
			c.assign(sc.with(v.Each.As, elem), v.Each.Do, c.element1(s, s.at+"/do"))
		}
	}
}

func (c *checker) wantList(s slot) bool {
	if s.typ.Kind == schema.List && s.typ.Elem != nil {
		return true
	}
	if s.typ.Kind != schema.Any {
		c.at(s.at, errWrongType(words(s.typ), "a list", ""))
	}
	return false
}

// element1 is the slot of one element of a list.
func (c *checker) element1(s slot, at string) slot {
	return slot{at: at, typ: *s.typ.Elem, required: true, what: "an element of " + s.what, create: s.create}
}

func (c *checker) assignObject(sc *scope, v plan.Value, s slot) {
	switch s.typ.Kind {
	case schema.Any:
		c.at(s.at, errWrongType("a value the API does not describe", "a map", "use another field, or describe it in the overlay"))
		return
	case schema.Map:
		for _, name := range sortedKeys(v.Members) {
			c.assign(sc, v.Members[name], slot{at: plan.Join(s.at, name), typ: *s.typ.Elem, what: name})
		}
		return
	case schema.ObjectK:
	default:
		c.at(s.at, errWrongType(words(s.typ), "a map", ""))
		return
	}
	o, ok := c.objects.Object(s.typ.Ref)
	if !ok {
		c.at(s.at, errUnknownObject(s.typ.Ref, nil))
		return
	}
	refers := !s.top && refersTo(o, v)
	if refers && c.makesSilently(o, v) {
		c.at(s.at, errSilentCreate(o))
	}
	for _, name := range sortedKeys(v.Members) {
		at := plan.Join(s.at, name)
		f, ok := o.Field(name)
		switch {
		case !ok:
			c.atKey(at, errUnknownField(o.Name, name, sendable(o)))
		case f.ReadOnly && (!refers || name != o.Key):
			c.atKey(at, errReadOnly(o.Name, name))
		default:
			needed := s.create && f.RequiredOnCreate && !refers || refers && (name == o.Key || slices.Contains(o.Natural, name))
			c.assign(sc, v.Members[name], slot{
				at: at, typ: f.Type, required: needed, what: name, create: s.create && !refers,
				own: s.create && s.top && ownCode(o, f), key: s.keyed == name,
			})
			c.state(sc, o, name, v.Members[name], at, s.create && !refers)
		}
	}
	if !s.create || refers {
		return
	}
	for _, f := range o.Fields {
		_, set := v.Members[f.Name]
		if f.RequiredOnCreate && !f.ReadOnly && !set && !slices.Contains(s.given, f.Name) {
			c.at(s.at, errMissingField(o.Name, f.Name))
		}
	}
}

// ownCode reports the field of an object that others point at and people choose, such as
// an item's code; the id that the vendor gives is none.
func ownCode(o *schema.Object, f schema.Field) bool {
	return f.Type.Nominal == o.Name+"."+f.Name && f.Name != o.Key
}

// refersTo reports whether a body names an existing record by its id or by a field that
// the vendor keeps unique, rather than describing a new one.
func refersTo(o *schema.Object, v plan.Value) bool {
	if _, ok := v.Members[o.Key]; ok && o.Key != "" {
		return true
	}
	return slices.ContainsFunc(o.Natural, func(n string) bool { _, ok := v.Members[n]; return ok })
}

// makesSilently reports a body within another that names a record by something else than its
// key, and holds all that a new one needs: vendors make one where they know none so called.
func (c *checker) makesSilently(o *schema.Object, v plan.Value) bool {
	entity, ok := c.cat.Entity(o.Name)
	if _, named := v.Members[o.Key]; !ok || entity.Create == "" || named {
		return false
	}
	some := false
	for _, f := range o.Fields {
		if !f.RequiredOnCreate || f.ReadOnly {
			continue
		}
		if _, given := v.Members[f.Name]; !given {
			return false
		}
		some = true
	}
	return some
}

func sendable(o *schema.Object) []string {
	var names []string
	for _, f := range o.Fields {
		if !f.ReadOnly {
			names = append(names, f.Name)
		}
	}
	return names
}

func (c *checker) assignExpr(sc *scope, v plan.Value, s slot) {
	prog := c.compile(sc, s.at, v.Expr)
	if prog == nil {
		return
	}
	t := prog.Type()
	if t.Optional && s.required {
		c.at(s.at, errMaybeAbsent(s.what))
		return
	}
	if s.own && t.Nominal == "" {
		s.typ.Nominal = ""
	}
	if len(s.typ.AnyOf) > 0 {
		t.Type = idOf(sc, v.Expr, t.Type)
	}
	fixed := spelled(prog) || c.chosen(v.Expr) || t.Enum != nil && outside(t.Enum, t.Written) == ""
	d := fitsWritten(t, s.typ)
	if d == nil {
		d = c.fits(t.Type, s.typ, fixed)
	}
	if d == nil && fixed && t.Kind == schema.String && t.Nominal == "" {
		c.literalID(s)
	}
	switch {
	case s.key && prog.Cuts():
		c.at(s.at, errKeyCut())
	case d != nil && s.key && d.Code == "may-be-too-long":
		c.at(s.at, errLongKey(*d))
	case d != nil:
		c.at(s.at, *d)
	}
}

// idOf gives the type of the id whose text an expression is, string(deal.Id), and any other
// expression its own: where ids of several kinds go people write either.
func idOf(sc *scope, text string, own schema.Type) schema.Type {
	inner, begins := strings.CutPrefix(text, "string(")
	inner, ends := strings.CutSuffix(inner, ")")
	if !begins || !ends || own.Nominal != "" {
		return own
	}
	if prog, _ := sc.env.Compile(inner); prog != nil && !prog.Type().Optional && prog.Type().Nominal != "" {
		return prog.Type().Type
	}
	return own
}

// fitsWritten judges the texts that an expression has written out, one of which its value
// may be: each must fit, while of what an API lists some may never come up.
func fitsWritten(from expr.Type, to schema.Type) *diag.Diagnostic {
	if from.Kind != schema.String || to.Kind != schema.String || from.Nominal != to.Nominal && from.Nominal != "" {
		return nil
	}
	for _, text := range from.Written {
		var d diag.Diagnostic
		switch n := utf8.RuneCountInString(text); {
		case len(to.Enum) > 0 && !slices.Contains(to.Enum, text):
			d = errWrongEnum(text, to.Enum)
		case to.MaxLength > 0 && n > to.MaxLength:
			d = errTooLong(n, to.MaxLength)
		default:
			continue
		}
		return &d
	}
	return nil
}

// fits judges that a value of one type may go where another is wanted. Constant says that
// the members of from are literals, not what some API lists.
func (c *checker) fits(from, to schema.Type, constant bool) *diag.Diagnostic {
	var d diag.Diagnostic
	switch {
	case to.Kind == schema.Any || from.Kind == "" || to.Kind == "":
		return nil
	case from.Kind == schema.Int && to.Kind == schema.Decimal:
		return nil
	case from.Kind != to.Kind:
		d = errWrongType(words(to), words(from), convert(from, to))
	case to.Kind == schema.String:
		return c.fitsText(from, to, constant)
	case to.Kind == schema.List || to.Kind == schema.Map:
		if from.Elem == nil || to.Elem == nil {
			return nil
		}
		return c.fits(*from.Elem, *to.Elem, constant)
	case to.Kind == schema.ObjectK:
		if from.Ref != to.Ref {
			d = errWrongType(words(to), words(from), "write its fields one by one")
			break
		}
		key := ""
		if o, ok := c.cat.Object(to.Ref); ok {
			key = o.Key
		}
		d = errWholeRecord(to.Ref, key)
	default:
		return nil
	}
	return &d
}

func (c *checker) fitsText(from, to schema.Type, constant bool) *diag.Diagnostic {
	var d diag.Diagnostic
	switch {
	case slices.Contains(to.AnyOf, from.Nominal):
		return nil // an id that may point at records of several objects
	case len(to.AnyOf) > 0 && from.Nominal == "" && !constant:
		d = errUnmappedText(strings.Join(to.AnyOf, " or "), nil)
	case len(to.AnyOf) > 0 && from.Nominal != "":
		d = errWrongID("one of "+strings.Join(to.AnyOf, ", "), "a "+from.Nominal, "take it from a record of one of these objects")
	case from.Nominal != to.Nominal && from.Nominal != "" && to.Nominal == "":
		d = errWrongID("text", "the id "+from.Nominal, "write string(…) if its text is wanted")
	case from.Nominal != to.Nominal && from.Nominal != "":
		d = errWrongID("a "+to.Nominal, "a "+from.Nominal, "take it from a record of "+objectOf(to.Nominal))
	case from.Nominal != to.Nominal && !constant:
		d = errUnmappedText(to.Nominal, c.mappingsTo(to.Nominal))
	case len(to.Enum) > 0 && len(from.Enum) > 0 && constant && outside(from.Enum, to.Enum) != "": // of a list; texts alone were judged as they are written
		d = errWrongEnum(outside(from.Enum, to.Enum), to.Enum)
	case len(to.Enum) > 0 && len(from.Enum) > 0 && !overlap(from.Enum, to.Enum):
		d = errWrongEnum(from.Enum[0], to.Enum)
	default:
		return fitsLength(from, to, constant)
	}
	return &d
}

// fitsLength holds text to the length of what it goes to. A list of members bounds what
// goes there already, and an id fits where ids of its kind belong.
func fitsLength(from, to schema.Type, constant bool) *diag.Diagnostic {
	longest, known := expr.Bound(from)
	var d diag.Diagnostic
	switch {
	case to.MaxLength == 0 || len(to.Enum) > 0 || to.Nominal != "" && from.Nominal == to.Nominal || known && longest <= to.MaxLength:
		return nil
	case constant && known:
		d = errTooLong(longest, to.MaxLength)
	case known:
		d = errMayBeTooLong(fmt.Sprintf("up to %d characters", longest), to.MaxLength)
	default:
		d = errMayBeTooLong("any length", to.MaxLength)
	}
	return &d
}

// outside returns the first of a that is not in b.
func outside(a, b []string) string {
	for _, m := range a {
		if !slices.Contains(b, m) {
			return m
		}
	}
	return ""
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(m string) bool { return slices.Contains(b, m) })
}

// mappingsTo lists calls of the plan's mappings that give a value of that type.
func (c *checker) mappingsTo(nominal string) []string {
	var out []string
	for _, name := range sortedKeys(c.p.Mappings) {
		o, ok := c.objects.own["mapping."+name]
		if !ok {
			continue
		}
		for _, f := range o.Fields {
			if f.Type.Nominal == nominal {
				out = append(out, name+"("+strings.Join(sortedKeys(c.p.Mappings[name].From), ", ")+")."+f.Name)
			}
		}
	}
	return out
}

// convert says how to turn one kind into another, where there is a way.
func convert(from, to schema.Type) string {
	switch {
	case to.Kind == schema.String && from.Kind != schema.List && from.Kind != schema.ObjectK && from.Kind != schema.Any:
		return "write string(…)"
	case to.Kind == schema.Decimal && from.Kind == schema.String:
		return "write dec(…)"
	case to.Kind == schema.Date && from.Kind == schema.String:
		return "write date(…)"
	case to.Kind == schema.Instant && from.Kind == schema.String:
		return "write instant(…)"
	case to.Kind == schema.Instant && from.Kind == schema.Date:
		return "write instant(…, 'Europe/London') with the time zone in which the day begins"
	case to.Kind == schema.Date && from.Kind == schema.Instant:
		return "write .date('Europe/London') with the time zone that decides the day"
	case to.Kind == schema.List && from.Kind != schema.Any:
		return "write [ ] around it"
	case from.Kind == schema.List:
		return "take one of its elements, such as .first()"
	case from.Kind == schema.ObjectK && to.Kind != schema.ObjectK:
		return "take one of its fields"
	}
	return ""
}
