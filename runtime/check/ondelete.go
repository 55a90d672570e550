package check

import (
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// deleteTrigger judges a trigger that waits for deletions, of whose record little is known.
func (c *checker) deleteTrigger(sc *scope, api *catalog.API, o *schema.Object) *scope {
	t := c.p.Trigger
	d, sees := api.Deletions[t.Object]
	entity, _ := c.cat.Entity(o.Name)
	switch {
	case !sees:
		c.at("/trigger/object", errNoDeletes(o.Name, "the overlay does not say how", sortedKeys(api.Deletions)))
		return sc
	case entity.Get == "":
		c.at("/trigger/object", errNoDeletes(o.Name, "no operation reads one record, to see that it is gone", sortedKeys(api.Deletions)))
		return sc
	}
	c.touch(api, d.Operation, triggerStep, 0)
	c.touch(api, entity.Get, triggerStep, 1)
	c.read(o.Name, o.Key)
	if d.Winner != nil {
		c.touch(api, d.Winner.Operation, triggerStep, 0)
		c.read(o.Name, d.Winner.Field)
	}
	gone := d.Deleted(o)
	c.objects.own[gone.Name] = gone
	return c.started(sc, gone.Name)
}

// wakesDeleted reports writes that delete records of the kind whose deletion starts the plan.
func (c *checker) wakesDeleted(object string) {
	c.p.All(func(at string, s *plan.Step) {
		op := c.steps[s.ID].Operation
		if op != nil && op.Entity == object && op.Effect == catalog.EffectDelete {
			c.at(at+"/"+string(s.Kind), errSelfWake(object, "deletes a "+object))
		}
	})
}
