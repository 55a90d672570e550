package check

import (
	"slices"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// state judges a state that is written into the plan: a record can be made in some only,
// and some are the vendor's to set. A state that is computed from a record is known when
// the run comes to it; the vendor refuses it then.
func (c *checker) state(sc *scope, o *schema.Object, name string, v plan.Value, at string, create bool) {
	l := o.Lifecycle
	if l == nil || l.Field != name {
		return
	}
	f, _ := o.Field(name)
	for _, state := range c.literals(sc, at, v) {
		switch {
		case len(f.Type.Enum) > 0 && !slices.Contains(f.Type.Enum, state): // reported as such
		case create && !slices.Contains(l.Create, state):
			c.at(at, errFirstState(o.Name, state, l.Create))
			return
		case !create && !slices.Contains(l.Settable(), state):
			c.at(at, errUnreachableState(o.Name, state, l.Settable()))
			return
		}
	}
}

// literals returns the texts that a value can have if nothing of the run decides it but
// which one.
func (c *checker) literals(sc *scope, at string, v plan.Value) []string {
	switch v.Kind {
	case plan.Literal:
		if text, ok := v.Literal.(string); ok {
			return []string{text}
		}
	case plan.Expression:
		if prog := c.exprs[at]; prog != nil && spelled(prog) {
			return prog.Type().Enum
		}
	default: // a finding of its own
	}
	return nil
}
