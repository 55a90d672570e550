package rules

import (
	"fmt"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// body collects what the write sends, with a note for each assignment.
type body struct {
	members map[string]plan.Value
	notes   map[string]string // by pointer below the step
}

func (b *body) set(name string, v plan.Value, note string) {
	b.members[name] = v
	b.notes[plan.Join("/body", name)] = note
}

// writeStep makes the record. Fields come, in this order, from what the goal assigns,
// from the meanings below, and from nowhere: a required field without a source is a
// question.
func (d *drafter) writeStep() {
	req := d.requestObject()
	b := &body{members: map[string]plan.Value{}, notes: map[string]string{}}
	key := d.key(b)
	d.assigned(b, req, key)
	for _, f := range req.Fields {
		if _, done := b.members[f.Name]; done || f.ReadOnly || f.Name == key {
			continue
		}
		d.header(b, f)
	}
	for _, f := range req.Fields {
		_, done := b.members[f.Name]
		if f.RequiredOnCreate && !f.ReadOnly && !done && f.Name != key {
			d.problem(ask(codeMissing, d.targetWords(), d.r.added(labels(f)[0], f.Type.Enum), "%s needs %s. What should it be?", sentence(article(human(d.target))), f.Name))
		}
	}
	s := plan.Step{ID: plan.StepID(variable(d.target)), Kind: plan.Write, Target: d.create.Name(), Body: object(b.members)}
	if key != "" {
		v := variable(d.source)
		text := fmt.Sprintf("%s + string(%s.%s)", celText(d.prefix()), v, d.source.Key)
		s.Key = map[string]plan.Value{key: expression(text)}
		b.notes[plan.Join("/key", key)] = byDefault("one " + human(d.target) + " for each " + human(d.source) + ", whatever happens: the API refuses a second one with this key")
	}
	b.notes["/write"] = d.targetNote()
	if said := d.r.anyhow["Once"]; said != "" && key != "" {
		b.notes[plan.Join("/key", key)] = fromWords(said, "the API refuses a second one with this key")
	}
	d.add(s, b.notes)
}

// targetNote says which words named the record to make, and what was taken for granted.
func (d *drafter) targetNote() string {
	said := append([]string{d.targetWords()}, mentionWords(d.r.targeted)...)
	note := fromWords(strings.Join(said, " … "), article(human(d.target))+" in "+d.targetAPI.Name)
	if len(d.r.targeted) == 0 {
		note += "; " + d.targetAPI.Name + " is the only API that makes one"
	}
	return note
}

// key is the request field by which the API refuses a second record.
func (d *drafter) key(*body) string {
	rep := d.create.Repeat
	if rep == nil || rep.Way == catalog.WayAsk {
		d.problem(no(codeCannot, d.targetWords(), "%s has no safe way to repeat a lost request, so no plan may use it without a person.", d.create.Name()))
		return ""
	}
	return rep.Key
}

// prefix marks keys with where they come from: what the API's name and a short name for
// it have in common (SF of salesforce and SFDC), else the first two letters.
func (d *drafter) prefix() string {
	best := d.sourceAPI.Name[:min(2, len(d.sourceAPI.Name))]
	for _, w := range d.sourceAPI.Words {
		if len(w) <= 4 && w[:1] == best[:1] {
			if p := commonStart(strings.ToLower(w), d.sourceAPI.Name); len(p) > 1 {
				best = p
				break
			}
		}
	}
	return strings.ToUpper(best) + "-"
}

// commonStart is the longest start of an abbreviation whose letters follow one another,
// with gaps, in a name.
func commonStart(abbreviation, name string) string {
	n := 0
	for i := 0; i < len(name) && n < len(abbreviation); i++ {
		if name[i] == abbreviation[n] {
			n++
		}
	}
	return abbreviation[:n]
}
