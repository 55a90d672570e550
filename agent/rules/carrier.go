package rules

import (
	"fmt"
	"maps"
	"slices"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// maxTasks bounds the open tasks about one document that a run closes.
const maxTasks = 10

// taskWords are the texts of tasks where the API has them as free text.
var taskWords = struct{ open, done string }{"Not Started", "Completed"}

func (c *composer) apiOfCarrier() *catalog.API {
	api, _ := c.cat.API(apiOf(c.f.carrier))
	return api
}

// readCarriers reads the records that hold the document's id.
func (c *composer) readCarriers(id, v string, columns []string) {
	c.put(c.readBy(id, c.f.carrier, columns, plan.Where{plan.Way{c.f.link.Name: {plan.Eq: expression(c.text(v, c.keyOf(c.source)))}}},
		map[string]string{plan.Join("/where", c.f.link.Name): byDefault("the " + human(c.f.carrier) + " that carries the " + human(c.source) + "'s id")}))
}

func (c *composer) keyOf(o *schema.Object) schema.Field {
	f, _ := o.Field(o.Key)
	return f
}

// readBy reads records by the values of fields.
func (c *composer) readBy(id string, o *schema.Object, columns []string, where plan.Where, notes map[string]string) piece {
	return piece{step: plan.Step{ID: plan.StepID(id), Kind: plan.Read, Target: c.f.queryOf(o).Name(), Select: columns, From: short(o.Name), Where: where}, notes: notes}
}

// assert is a condition without which the run does not go on.
func (c *composer) assert(id, that string, or plan.Else, message, note string) piece {
	e := expression(that)
	return piece{step: plan.Step{ID: plan.StepID(id), Kind: plan.Assert, That: &e, Else: or, Message: message}, notes: map[string]string{"/assert": note}}
}

// eachCarrier repeats steps for the one record that carries the document's id.
func (c *composer) eachCarrier(id string, kids []piece) piece {
	return c.each(id, "deals", "deal", 1, "", byDefault("one "+human(c.f.carrier)+" carries "+article(human(c.source))+"; with several, a person decides"), kids)
}

func (c *composer) each(id, over, as string, most int, when, note string, kids []piece) piece {
	o := expression(over)
	p := piece{step: plan.Step{ID: plan.StepID(id), Kind: plan.Each, Over: &o, As: as, Max: most}, notes: map[string]string{"/each": note}, kids: kids}
	if when != "" {
		w := expression(when)
		p.step.When, p.notes["/when"] = &w, note
	}
	return p
}

// mark is the text by which the follow-ups of a document are found: its number and the
// record that carries it. Stages add their day.
func (c *composer) mark(v string) string {
	return fmt.Sprintf("%s + ' overdue ' + string(deal.%s)", c.one(v, c.f.doc.number), c.f.carrier.Key)
}

// closeTasks reads the open follow-ups of a document and closes them, when a condition holds
// of what was read as v.
func (c *composer) closeTasks(numbered, v, when, suffix, read, as, note string) []piece {
	closed, _ := c.f.task.Field(hasFlag(c.f.task, "closed"))
	key := c.f.taskBy.Repeat.Key
	find := c.readBy(read+suffix, c.f.task, []string{c.f.task.Key}, plan.Where{plan.Way{
		key:         {plan.StartsWith: expression(c.mark(numbered))},
		closed.Name: {plan.Eq: literalValue(false)},
	}}, map[string]string{"/when": note})
	c.whereNotes(find, byDefault("the open follow-ups of this "+human(c.source)+", of every stage"))
	w := expression(when)
	find.step.When = &w
	status, _ := c.f.task.Field(c.f.taskBy.Repeat.Status)
	done := taskWords.done
	if m, ok := member(status.Type.Enum, "complete", "done", "closed"); ok {
		done = m
	}
	write := c.update("done"+suffix, c.f.task, as, map[string]string{status.Name: "=" + done}, map[string]string{plan.Join("/body", status.Name): note})
	return []piece{find, c.each("close"+suffix, read+suffix, as, maxTasks, when, note, []piece{write})}
}

// whereNotes gives every value of a read's conditions a note.
func (c *composer) whereNotes(p piece, note string) {
	notes := map[string]string{}
	p.step.Walk("", func(at string, _ plan.Value) {
		if p.notes[at] == "" {
			notes[at] = note
		}
	})
	maps.Copy(p.notes, notes)
}

// prefixOf marks numbers with the API that documents are made from.
func prefixOf(api *catalog.API) string {
	d := drafter{frame: &frame{sourceAPI: api}}
	return d.prefix()
}

// stageDays are the days after the due date at which something is to happen, in order.
func (c *composer) stageDays() []int64 {
	var out []int64
	for _, m := range c.f.fr.days {
		out = append(out, m.value...)
	}
	if len(out) == 0 {
		return []int64{1}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
