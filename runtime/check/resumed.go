package check

import (
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// resumed puts what is known of the run itself in scope, for all that comes after the trigger:
// run.resumed, the instant at which it began or went on after a hold. It is on record, so that
// it is the same at every replay; the time of day is not, and expressions cannot ask for it.
func (c *checker) resumed(sc *scope) *scope {
	c.objects.own[plan.RunName] = &schema.Object{Name: plan.RunName, Fields: []schema.Field{
		{Name: plan.RunResumed, Type: schema.Type{Kind: schema.Instant}, Always: true},
	}}
	return sc.with(plan.RunName, schema.ObjectOf(plan.RunName))
}
