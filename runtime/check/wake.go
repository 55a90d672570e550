package check

import (
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// selfWake reports writes that would start the plan again: they make a record of the
// trigger's object, or change a field that decides whether or under which key it runs.
func (c *checker) selfWake() {
	t := c.p.Trigger
	object := t.API + "." + t.Object
	decides := c.deciding(object)
	if api, ok := c.cat.API(t.API); ok && decides[api.Changes[t.Object].Field] {
		decides[anyField] = true // the vendor changes this field at every update
	}
	c.p.All(func(at string, s *plan.Step) {
		info := c.steps[s.ID]
		op := info.Operation
		if op == nil || op.Entity != object || s.Kind == plan.Read {
			return
		}
		fields := written(s)
		if s.Kind == plan.Ensure {
			fields = nil
		}
		switch {
		case op.Effect == catalog.EffectCreate:
			c.at(at+"/"+string(s.Kind), errSelfWake(object, "creates a "+object))
		case op.Effect == catalog.EffectUpdate && decides[anyField]:
			c.at(at+"/"+string(s.Kind), errSelfWake(object, "updates a record whose trigger key changes at every update"))
		case op.Effect == catalog.EffectUpdate:
			for _, f := range fields {
				if top, _, _ := strings.Cut(f, "."); decides[top] {
					c.atKey(plan.Join(at+"/body", top), errSelfWake(object, "changes "+top+", which the trigger looks at"))
				}
			}
		}
	})
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
