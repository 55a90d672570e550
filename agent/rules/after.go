package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// assigned fills the fields that the goal assigns in so many words.
func (d *drafter) assigned(b *body, req *schema.Object, key string) {
	for _, m := range d.r.assigns {
		f, ok := fieldOf(req, m.value.onto, "")
		switch {
		case !ok || f.ReadOnly:
			d.problem(ask(codeUnknown, m.words, nil, "%s has no field called %q that can be set.", sentence(human(d.target)), m.value.ontoName))
		case f.Name == key || f.Name == d.payerField.Name || f.Name == d.linesInto.Name || f.Type.Kind == schema.ObjectK || f.Type.Kind == schema.List:
			d.problem(no(codeCannot, m.words, "%s is filled by the plan itself and cannot be set.", f.Name))
		case b.members[f.Name].Kind != "":
			d.problem(ask(codeConflict, m.words, nil, "%s is set twice. Which value holds?", f.Name))
		case m.value.fromName == "":
			d.assignLiteral(b, f, m)
		default:
			d.assignField(b, f, m)
		}
	}
}

func (d *drafter) assignLiteral(b *body, f schema.Field, m mention[assign]) {
	text := m.value.literal
	switch {
	case len(f.Type.Enum) > 0:
		i := slices.IndexFunc(f.Type.Enum, func(s string) bool { return phrase(s) == phrase(text) })
		if i < 0 {
			d.problem(ask(codeUnknown, m.words, f.Type.Enum, "%s cannot be %q. Which value is meant?", f.Name, text))
			return
		}
		text = f.Type.Enum[i]
	case f.Type.Kind != schema.String || f.Type.Nominal != "":
		d.problem(ask(codeUnknown, m.words, nil, "%s does not take a text.", f.Name))
		return
	case f.Type.MaxLength > 0 && len([]rune(text)) > f.Type.MaxLength:
		d.problem(ask(codeUnknown, m.words, nil, "%s takes at most %d characters.", f.Name, f.Type.MaxLength))
		return
	}
	b.set(f.Name, literalValue(text), fromWords(m.words, f.Name))
}

// assignField fills a field from a field of the source or of its customer.
func (d *drafter) assignField(b *body, f schema.Field, m mention[assign]) {
	owner, src, ok := d.source, schema.Field{}, false
	if m.value.known {
		if len(m.value.owner) == 0 || slices.Contains(m.value.owner, d.source.Name) {
			src, ok = fieldOf(d.source, m.value.from, "")
		}
		if !ok && slices.Contains(m.value.owner, d.party.Name) {
			owner = d.party
			src, ok = fieldOf(d.party, m.value.from, "")
		}
	}
	if !ok {
		d.problem(ask(codeUnknown, m.words, nil, "%s has no field called %q. Where should %s come from?", sentence(human(d.source)), m.value.fromName, f.Name))
		return
	}
	t := d.field(variable(owner), src)
	if t.optional && f.RequiredOnCreate {
		d.problem(ask(codeMissing, m.words, nil, "%s may be empty, and %s needs %s.", src.Name, article(human(d.target)), f.Name))
		return
	}
	switch {
	case f.Type.Kind == schema.String && f.Type.Nominal == "" && len(f.Type.Enum) == 0 && src.Type.Kind == schema.String && src.Type.Nominal == "":
		b.set(f.Name, expression(d.fit(t, src, f)), fromWords(m.words, "the "+human(owner)+"'s "+src.Name))
	case f.Type.Kind == schema.String && f.Type.Nominal == "" && len(f.Type.Enum) == 0 && !t.optional && src.Type.Kind != schema.List && src.Type.Kind != schema.ObjectK:
		b.set(f.Name, expression("string("+t.text+")"), fromWords(m.words, "the "+human(owner)+"'s "+src.Name))
	case f.Type.Kind == src.Type.Kind && f.Type.Nominal == src.Type.Nominal && len(f.Type.Enum) == 0 && f.Type.Kind != schema.String:
		b.set(f.Name, expression(t.text), fromWords(m.words, "the "+human(owner)+"'s "+src.Name))
	default:
		d.problem(ask(codeUnknown, m.words, nil, "%s (%s) does not fit into %s (%s).", src.Name, src.Type, f.Name, f.Type))
	}
}

// afterSteps compare what was made with what was sold, and write its number back.
func (d *drafter) afterSteps() {
	d.agreement()
	d.writeBack()
}

func (d *drafter) agreement() {
	result := d.target
	want := []string{"subtotal"}
	if d.r.slots["tax"].value == "Inclusive" {
		want = []string{"total"}
	}
	f := pick(result, isNumber, func(w []string) bool { return strings.Join(w, "") == want[0] })
	if f.Name == "" || d.sum == "" || d.over == "" {
		d.remark("The answer holds no %s to compare with, so the totals are not compared.", want[0])
		return
	}
	fs := fieldsOf(d.lines)
	that := expression(fmt.Sprintf("%s == %s.map(l, %s).sum()",
		d.field(variable(d.target), f).or("0"), d.over, d.field("l", fs.total).or("0")))
	d.add(plan.Step{
		ID: "agrees", Kind: plan.Assert, That: &that, Else: plan.Hold,
		Message: fmt.Sprintf("the %s differs from the %s's lines", human(d.target), human(d.source)),
	}, map[string]string{"/assert": byDefault(fmt.Sprintf("%s must be the sum of the lines to the cent", f.Name))})
}

// writeBack puts the id and number of what was made on the source record, when it has
// fields for them.
func (d *drafter) writeBack() {
	asked := d.r.back
	if asked != nil && !asked.value {
		d.remark("The %s is not updated, from the words %q.", human(d.source), asked.words)
		return
	}
	e, _ := d.cat.Entity(d.source.Name)
	members, notes := map[string]plan.Value{}, map[string]string{}
	v := variable(d.target)
	why := byDefault("so that the " + human(d.source) + " shows what was made from it")
	if asked != nil {
		why = fromWords(asked.words, "so that the "+human(d.source)+" shows what was made from it")
	}
	for _, f := range d.source.Fields {
		of, ok := d.backField(f)
		if !ok {
			continue
		}
		t := d.field(v, of)
		if of.Type.Nominal != "" && !t.optional {
			t.text = "string(" + t.text + ")"
		}
		members[f.Name] = expression(t.text)
		notes[plan.Join("/body", f.Name)] = why
	}
	if len(members) == 0 || e.Update == "" {
		if asked != nil {
			d.problem(ask(codeUnknown, asked.words, []string{"do not update the " + human(d.source)},
				"%s has no field for the %s's number. Which field should it go to?", sentence(human(d.source)), human(d.target)))
		} else {
			d.remark("%s has no field for the %s's number, so nothing is written back.", sentence(human(d.source)), human(d.target))
		}
		return
	}
	op, ok := d.cat.Operation(d.sourceAPI.Name + "." + e.Update)
	if !ok {
		return
	}
	key, _ := d.source.Field(d.source.Key)
	id := idParam(op)
	notes[plan.Join("/with", id)] = "the " + human(d.source) + " that started the run"
	d.add(plan.Step{
		ID: "back", Kind: plan.Write, Target: op.Name(),
		With: map[string]plan.Value{id: expression(d.field(variable(d.source), key).text)}, Body: object(members),
	}, notes)
}

// backField says which field of the made record belongs into a field of the source:
// Xero_Invoice_Number__c takes the number of a Xero invoice.
func (d *drafter) backField(f schema.Field) (schema.Field, bool) {
	w := words(f.Name)
	if f.ReadOnly || f.Type.Kind != schema.String || f.Type.Nominal != "" || len(w) < 3 || w[0] != d.targetAPI.Name ||
		!strings.HasPrefix(strings.Join(w[1:], " "), human(d.target)+" ") {
		return schema.Field{}, false
	}
	name := ""
	switch last := strings.TrimPrefix(strings.Join(w[1:], " "), human(d.target)+" "); {
	case last == "id":
		name = d.target.Key
	case last == "number" && d.create.Repeat != nil:
		name = d.create.Repeat.Key
	}
	return d.target.Field(name)
}
