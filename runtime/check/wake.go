package check

import (
	"regexp"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// selfWake reports writes that would start the plan again: they make a record of the
// trigger's object, or change a field that decides whether or under which key it runs.
func (c *checker) selfWake() {
	t := c.p.Trigger
	object := t.API + "." + t.Object
	switch t.Kind {
	case plan.OnSchedule: // nothing moves the clock
		return
	case plan.OnDelete:
		c.wakesDeleted(object)
		return
	}
	decides := c.deciding(object)
	if api, ok := c.cat.API(t.API); ok && decides[api.Changes[t.Object].Field] || c.stampedKey(object) {
		decides[anyField] = true // the vendor changes this field at every update
	}
	c.p.All(func(at string, s *plan.Step) {
		info := c.steps[s.ID]
		op := info.Operation
		if op == nil || s.Kind == plan.Read || op.API != t.API {
			return
		}
		if op.Entity != object {
			c.moves(at, s, op)
			return
		}
		fields := written(s)
		if s.Kind == plan.Ensure {
			fields = nil
		}
		switch {
		case op.Effect == catalog.EffectCreate:
			c.at(at+"/"+string(s.Kind), errSelfWake(object, "creates a "+object))
		case op.Effect == catalog.EffectUpdate && !namesRecord(op, s, c.keyField(object)):
			c.at(at+"/"+string(s.Kind), errSelfWake(object, "may create a "+object))
		case decides[anyField]:
			c.at(at+"/"+string(s.Kind), errSelfWake(object, "updates a record whose trigger key changes at every update"))
		case op.Effect == catalog.EffectUpdate:
			last := ""
			for _, f := range fields {
				top, _, _ := strings.Cut(f, ".")
				if top != last && !decides[top] {
					c.recomputes(plan.Join(at+"/body", top), object, top)
				}
				last = top
				if decides[top] && !c.endsWaking(at, s, top) {
					part := "/body"
					if _, isKey := s.Key[top]; isKey {
						part = "/key"
					}
					c.atKey(plan.Join(at+part, top), errSelfWake(object, "changes "+top+", which the trigger looks at"))
				}
			}
		}
	})
}

// namesRecord reports whether a write that changes a record says which: by its path, or by
// its key in the body. One that does not may be a vendor's way of making what it does not find.
func namesRecord(op *catalog.Operation, s *plan.Step, key string) bool {
	if s.Body != nil && s.Body.Kind == plan.ObjectV {
		if _, named := s.Body.Members[key]; named {
			return true
		}
	}
	return slices.ContainsFunc(op.Params, func(p catalog.Param) bool { return p.In == catalog.InPath })
}

// keyField is the field that holds an object's own id, "" for none.
func (c *checker) keyField(object string) string {
	o, ok := c.cat.Object(object)
	if !ok {
		return ""
	}
	return o.Key
}

// recomputes reports a write of lines to the record whose key holds a number that the vendor
// computes: from them, for all that is known.
func (c *checker) recomputes(at, object, field string) {
	prog := c.exprs["/trigger/key"]
	o, ok := c.cat.Object(object)
	f, sent := o.Field(field)
	if prog == nil || !ok || !sent || f.Type.Kind != schema.List || f.Type.Elem == nil || f.Type.Elem.Kind != schema.ObjectK {
		return
	}
	for _, r := range prog.Reads() {
		sum, known := o.Field(r.Field)
		if known && r.Object == object && sum.ReadOnly && (sum.Type.Kind == schema.Decimal || sum.Type.Kind == schema.Int) {
			c.atKey(at, errSelfWake(object, "changes "+field+", of which the vendor makes "+r.Field+", and the trigger's key holds that"))
			return
		}
	}
}

// stampWords are what vendors call the times at which they note changes.
var stampWords = regexp.MustCompile(`(?i)modif|updat|chang|stamp`)

// stampedKey reports a trigger key with a time that the vendor sets at every change of the
// record. The overlay names the one that changes are found by, but objects have more.
func (c *checker) stampedKey(object string) bool {
	prog := c.exprs["/trigger/key"]
	o, ok := c.cat.Object(object)
	if prog == nil || !ok {
		return false
	}
	return slices.ContainsFunc(prog.Reads(), func(r expr.Read) bool {
		f, known := o.Field(r.Field)
		return known && r.Object == object && f.ReadOnly && f.Type.Kind == schema.Instant && stampWords.MatchString(f.Name)
	})
}

// moves reports a write to another record that moves the trigger's record, so that the key
// is a new one. A key that stays keeps the plan from running again, whatever else moves.
func (c *checker) moves(at string, s *plan.Step, op *catalog.Operation) {
	t := c.p.Trigger
	prog := c.exprs["/trigger/key"]
	if prog == nil {
		return
	}
	for _, r := range prog.Reads() {
		if r.Object == t.API+"."+t.Object && slices.Contains(op.Touches[t.Object], r.Field) {
			c.at(at+"/"+string(s.Kind), errSelfWake(r.Object, "moves "+r.Field+", which is in its key, by "+op.Name()))
			return
		}
	}
}

// endsWaking reports whether a write gives a value to a field whose absence the trigger's
// when demands: after it the record starts no run.
func (c *checker) endsWaking(at string, s *plan.Step, field string) bool {
	t := c.p.Trigger
	if !slices.Contains(Conjuncts(t.When.Expr), "!has("+t.As+"."+field+")") || s.Body == nil {
		return false
	}
	v, given := s.Body.Members[field]
	prog := c.exprs[plan.Join(at+"/body", field)]
	if v.Kind == plan.Expression && prog == nil {
		return true // what is wrong with the expression was said
	}
	return given && (v.Kind == plan.Literal && v.Literal != nil || prog != nil && !prog.Type().Optional)
}

// Conjuncts returns the conditions of an expression that all must hold; none when its text
// leaves a doubt about that.
func Conjuncts(text string) []string {
	// Texts in triple quotes or with escapes could hide where a text ends.
	doubt := strings.Contains(text, "\\") || strings.Contains(text, `"""`) || strings.Contains(text, "'''")
	text = textLiteral.ReplaceAllString(text, `""`)
	if doubt || strings.Contains(text, "||") || strings.Contains(text, ":") || strings.Contains(text, "//") {
		return nil
	}
	var out []string
	for part := range strings.SplitSeq(text, "&&") {
		if strings.Count(part, "(") != strings.Count(part, ")") {
			return nil
		}
		out = append(out, strings.TrimSpace(part))
	}
	return out
}

// anyField stands for every field of the trigger's object.
const anyField = "*"

// deciding lists the fields of the object that the trigger's when and key look at.
func (c *checker) deciding(object string) map[string]bool {
	out := map[string]bool{}
	for _, at := range []string{"/trigger/when", "/trigger/key"} {
		prog := c.exprs[at]
		if prog == nil {
			continue
		}
		for _, r := range prog.Reads() {
			if r.Object == object {
				out[r.Field] = true
			}
		}
	}
	return out
}
