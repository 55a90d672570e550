package check

import (
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/schedule"
	"github.com/planwright/planwright/specs/schema"
)

// What a schedule's trigger gives, and its fields.
const (
	// DueObject is the name of the object.
	DueObject = "schedule.Due"
	// DueAt is the instant at which the run was due, whenever it began.
	DueAt = "At"
	// DueDate is the day that the calendar of the zone shows then.
	DueDate = "Date"
)

// due is the object that stands for one instant of a schedule.
func due() *schema.Object {
	return &schema.Object{Name: DueObject, Fields: []schema.Field{
		{Name: DueAt, Type: schema.Type{Kind: schema.Instant}, Always: true},
		{Name: DueDate, Type: schema.Type{Kind: schema.Date}, Always: true},
	}}
}

// scheduleTrigger judges a trigger that waits for a clock. It calls nothing, and no write can
// wake it.
func (c *checker) scheduleTrigger(sc *scope) *scope {
	t := c.p.Trigger
	if zone, err := schedule.Zone(t.Zone); err != nil {
		c.at("/trigger/zone", errNoZone(err))
	} else if _, err := schedule.Parse(t.At, zone); err != nil {
		c.at("/trigger/at", errNoTime(err))
	}
	o := due()
	c.objects.own[o.Name] = o
	return sc.with(t.As, schema.ObjectOf(o.Name))
}

// Schedule returns when the plan is due; ok is false for one that does not wait for a clock.
func (c *Checked) Schedule() (s schedule.Schedule, ok bool) {
	t := c.Plan.Trigger
	if t.Kind != plan.OnSchedule {
		return s, false
	}
	zone, err := schedule.Zone(t.Zone)
	if err == nil {
		s, err = schedule.Parse(t.At, zone)
	}
	return s, err == nil // both were read when the plan was judged
}
