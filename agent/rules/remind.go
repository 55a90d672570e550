package rules

import (
	"fmt"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// maxStages bounds the stages of one plan.
const maxStages = 6

// remind writes the plan that gives the owner something to do about an overdue document:
// it waits for each stage, looks at the document anew, and closes what was paid meanwhile.
func (c *composer) remind() {
	days := c.stageDays()
	if len(days) > maxStages {
		c.problem(ask(codeNumber, mentions(c.f.fr.days), nil, "%d stages are too many; at most %d can be planned.", len(days), maxStages))
		return
	}
	doc, v := c.f.doc, c.v
	key := c.keyOf(c.source)
	terms := append(c.ours(), fmt.Sprintf("%s == %s", c.one(v, doc.status), celText(doc.open)), c.one(v, doc.owed)+" > dec('0')", "has("+v+"."+doc.due.Name+")")
	c.promised[v+"."+doc.due.Name] = true
	c.start(terms, append(c.oursNotes(), fromWords(c.f.fr.event.words, article(human(c.source))+" that is owed and has a due date; the plan waits for the date itself")),
		c.text(v, key)+" + ' overdue'", "each "+human(c.source)+" starts at most one run, ever")
	for _, day := range days {
		suffix := ""
		if len(days) > 1 {
			suffix = fmt.Sprintf("_%d", day)
		}
		c.stage(day, suffix)
	}
	c.perDay(c.f.task, 100)
	if c.f.fr.closing != nil {
		c.remark("This plan closes a task whose %s is paid while the task is made. Later payments close it through a plan such as %q.", human(c.source),
			"when "+article(human(c.source))+" is paid, update the "+human(c.f.carrier)+" and close the follow-up task")
	}
	c.p.Name = "overdue-" + slug(human(c.f.task))
}

// stage is one look at the document, so many days after it was due.
func (c *composer) stage(day int64, suffix string) {
	doc, v := c.f.doc, c.v
	latest, after := "latest"+suffix, "after"+suffix
	until := expression(fmt.Sprintf("%s.%s.addDays(%d)", v, doc.due.Name, day))
	note := byDefault("the day after the due date")
	for _, m := range c.f.fr.days {
		note = fromWords(m.words, "days after the due date")
	}
	c.put(piece{step: plan.Step{ID: plan.StepID("overdue" + suffix), Kind: plan.Wait, Until: &until}, notes: map[string]string{"/wait": note}})
	c.put(c.readDocument(latest))
	c.put(c.assert("owed"+suffix, fmt.Sprintf("%s == %s && %s > dec('0')", c.one(latest, doc.status), celText(doc.open), c.one(latest, doc.owed)),
		plan.Refuse, "the "+human(c.source)+" is not owed any more", byDefault("a look at the "+human(c.source)+" right before: what was paid meanwhile needs no task")))
	owner := ownerField(c.f.carrier)
	c.readCarriers("deals"+suffix, v, []string{c.f.carrier.Key, owner.Name})
	c.put(c.assert("known"+suffix, "deals"+suffix+".size() > 0", plan.Hold, "no "+human(c.f.carrier)+" carries the "+human(c.source),
		byDefault("without a record there is no owner to remind, so the run waits for a person")))
	again := c.readDocument(after)
	closing := byDefault("what is paid while the task is made needs no task")
	if m := c.f.fr.closing; m != nil {
		closing = fromWords(m.words, "what is paid while the task is made is closed again")
	}
	kids := append([]piece{c.taskPiece(day, latest, suffix), again},
		c.closeTasks(latest, after, c.one(after, doc.status)+" != "+celText(doc.open), suffix, "made", "old", closing)...)
	p := c.eachCarrier("remind"+suffix, kids)
	over := expression("deals" + suffix)
	p.step.Over = &over
	c.put(p)
}

// readDocument reads the document as it is now.
func (c *composer) readDocument(id string) piece {
	get := c.getter(c.source)
	at := idParam(get)
	return piece{step: plan.Step{
		ID: plan.StepID(id), Kind: plan.Read, Target: get.Name(),
		With: map[string]plan.Value{at: expression(c.field(c.v, c.keyOf(c.source)).text)},
	}, notes: map[string]string{plan.Join("/with", at): "the " + human(c.source) + " that started the run"}}
}

// taskPiece makes the task, once: its mark names the document, the record and the stage.
func (c *composer) taskPiece(day int64, latest, suffix string) piece {
	op, o := c.f.taskBy, c.f.task
	mark := c.mark(latest)
	if suffix != "" {
		mark += fmt.Sprintf(" + ' %d'", day)
	}
	once := byDefault("one " + human(o) + " for each " + human(c.source) + " and stage, whatever happens: a lost one is found by this mark")
	if said := firstOf(c.r.anyhow, "Once2", "Marks"); said != "" {
		once = fromWords(said, "a lost one is found by this mark")
	}
	body, notes := map[string]string{}, map[string]string{"/write": c.taskNote(), plan.Join("/key", op.Repeat.Key): once}
	for _, f := range o.Fields {
		if f.ReadOnly || f.Name == op.Repeat.Key {
			continue
		}
		if text, note := c.taskField(f, day, latest); text != "" {
			body[f.Name], notes[plan.Join("/body", f.Name)] = text, note
		} else if f.RequiredOnCreate {
			c.problem(ask(codeMissing, c.f.targetSaid(), nil, "%s needs %s. What should it be?", sentence(article(human(o))), f.Name))
		}
	}
	return piece{step: plan.Step{
		ID: plan.StepID("task" + suffix), Kind: plan.Write, Target: op.Name(),
		Key: map[string]plan.Value{op.Repeat.Key: expression(mark)}, Body: object(expressions(body)),
	}, notes: notes}
}

func (c *composer) taskNote() string {
	return fromWords(clip(c.f.fr.deed.words), article(human(c.f.task))+" in "+apiOf(c.f.task))
}

// taskField is the expression for a field of the task, by what it holds, and its note.
func (c *composer) taskField(f schema.Field, day int64, latest string) (text, note string) {
	doc, r := c.f.doc, c.f.fr
	w := words(f.Name)
	switch last := w[len(w)-1]; {
	case f.Name == c.f.about(c.f.task).Name:
		if text = "deal." + c.f.carrier.Key; len(f.Type.AnyOf) > 0 {
			text = "string(" + text + ")"
		}
		return text, byDefault("about the " + human(c.f.carrier) + " that carries the " + human(c.source))
	case f.Name == ownerField(c.f.task).Name:
		owner := ownerField(c.f.carrier)
		return c.field("deal", owner).text, c.ownerNote()
	case isText(f) && (last == "subject" || last == "title"):
		return c.subject(f, day, latest)
	case isText(f) && last == "description":
		owed := fmt.Sprintf("string(%s) + ' is still owed.'", c.one(latest, doc.owed))
		if doc.currency.Name != "" {
			owed = fmt.Sprintf("string(%s) + ' ' + %s + ' is still owed.'", c.one(latest, doc.owed), c.one(latest, doc.currency))
		}
		return "(" + owed + ").truncate(255)", byDefault("what is owed at that time")
	case f.Type.Kind == schema.Date && (last == "date" || strings.Join(w, " ") == "due"):
		after, note := int64(2), byDefault("to be done two days later")
		if m := r.taskDue; m != nil {
			after, note = m.value, fromWords(m.words, "counted from the day of the "+human(c.f.task))
		}
		return fmt.Sprintf("%s.%s.addDays(%d)", c.v, doc.due.Name, day+after), note
	case f.Name == c.f.taskBy.Repeat.Status:
		return c.listed(f, taskWords.open, byDefault("nobody has begun"), "open", "notstarted", "new")
	case isText(f) && last == "priority":
		if m := r.priority; m != nil {
			return c.listed(f, sentence(m.value), fromWords(m.words, f.Name), m.value)
		}
		return c.listed(f, "High", byDefault("money is owed"), "high")
	}
	return "", ""
}

// listed is the member of a closed list, or the text where the list is free.
func (c *composer) listed(f schema.Field, text, note string, stems ...string) (string, string) {
	if len(f.Type.Enum) == 0 {
		return "=" + text, note
	}
	m, ok := member(f.Type.Enum, stems...)
	if !ok {
		return "", ""
	}
	return "=" + m, note
}

// subject is what the task is called.
func (c *composer) subject(f schema.Field, day int64, latest string) (text, note string) {
	if m := c.f.fr.subject; m != nil {
		if f.Type.MaxLength > 0 && len([]rune(m.value)) > f.Type.MaxLength {
			c.problem(ask(codeUnknown, m.words, nil, "%s takes at most %d characters.", f.Name, f.Type.MaxLength))
		}
		return "=" + m.value, fromWords(m.words, f.Name)
	}
	end := "is overdue"
	if len(c.stageDays()) > 1 {
		end = fmt.Sprintf("is overdue by %d days", day)
		if day == 1 {
			end = "is overdue by a day"
		}
	}
	text = fmt.Sprintf("(%s + %s + %s)", celText(sentence(human(c.source))+" "), c.one(latest, c.f.doc.number), celText(" "+end))
	if f.Type.MaxLength > 0 {
		text += fmt.Sprintf(".truncate(%d)", f.Type.MaxLength)
	}
	return text, byDefault("the " + human(c.source) + "'s number")
}

// ownerNote says whose task it is.
func (c *composer) ownerNote() string {
	what := "the owner of the " + human(c.f.carrier)
	if len(c.f.fr.who) > 0 {
		return fromWords(c.f.fr.who[0].words, what)
	}
	return byDefault(what)
}
