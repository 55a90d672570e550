package check

import (
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// began puts what is known of the run itself in scope, for all that comes after the trigger:
// run.begun, the instant at which the run began. It is on record, so that it is the same
// however often the run goes on; the time of day is not, and expressions cannot ask for it.
func (c *checker) began(sc *scope) *scope {
	c.objects.own[plan.RunName] = &schema.Object{Name: plan.RunName, Fields: []schema.Field{
		{Name: plan.RunBegun, Type: schema.Type{Kind: schema.Instant}, Always: true},
	}}
	return sc.with(plan.RunName, schema.ObjectOf(plan.RunName))
}
