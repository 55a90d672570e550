package check

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// Rounds reports that the plan and another can start each other without end, by a warning
// at the step that starts the other; nil when one of them has to stop. A write counts when
// it gives the other plan an event with a new key: a new record, or a change of a field
// that its key holds. Conditions are not weighed.
func (c *Checked) Rounds(other *Checked) *diag.Diagnostic {
	at, how := c.starts(other)
	_, back := other.starts(c)
	if how == "" || back == "" {
		return nil
	}
	d := errWakesOther(c.Plan.Name, other.Plan.Name, how, back)
	place := c.Plan.PlaceOf(at)
	d.File, d.Pointer, d.Line, d.Column = c.Plan.File(), at, place.Line, place.Column
	return &d
}

// starts says where and how the plan makes events of another; "" when it does not.
func (c *Checked) starts(other *Checked) (pointer, how string) {
	t := other.Plan.Trigger
	object := t.API + "." + t.Object
	key := other.keyFields(object)
	c.Plan.All(func(at string, s *plan.Step) {
		op := c.steps[s.ID].Operation
		if how != "" || op == nil || op.API != t.API || op.Effect == catalog.EffectNone {
			return
		}
		why := makes(s, op, object, key)
		if t.Kind == plan.OnDelete {
			why = ""
			if op.Entity == object && op.Effect == catalog.EffectDelete {
				why = "deletes a " + object
			}
		}
		if why != "" {
			pointer, how = at+"/"+string(s.Kind), c.Plan.Name+" "+why
		}
	})
	return pointer, how
}

// makes says in what way a write gives events with new keys to a plan whose key holds
// these fields of the object.
func makes(s *plan.Step, op *catalog.Operation, object string, key []string) string {
	if op.Entity == object && op.Effect == catalog.EffectCreate {
		return "creates a " + object
	}
	moved := op.Touches[short(object)]
	if op.Entity == object {
		moved = append(slices.Clone(moved), anyField)
		for _, f := range written(s) {
			top, _, _ := strings.Cut(f, ".")
			moved = append(moved, top)
		}
	}
	for _, f := range key {
		if slices.Contains(moved, f) {
			return "changes " + object + strings.TrimSuffix("."+f, "."+anyField)
		}
	}
	return ""
}

// keyFields lists the fields of the object that the trigger's key holds. The stamp that
// moves with every change stands for any field as well.
func (c *Checked) keyFields(object string) []string {
	prog := c.exprs["/trigger/key"]
	if prog == nil {
		return nil
	}
	var out []string
	for _, r := range prog.Reads() {
		if r.Object != object {
			continue
		}
		out = append(out, r.Field)
		if r.Field == c.stamp {
			out = append(out, anyField)
		}
	}
	return out
}
