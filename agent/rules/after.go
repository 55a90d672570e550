package rules

import (
	"fmt"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// afterSteps compare what was made with what was sold, and write its number back.
func (d *drafter) afterSteps() {
	d.agreement()
	d.writeBack()
}

// agreement holds the run when the answer's sum is not the sum of the lines. With prices that
// include tax it is the total that must agree, otherwise the sum before tax.
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
		if last := words(f.Name); asked != nil && !strings.Contains(d.r.backWhat, last[len(last)-1]) {
			notes[plan.Join("/body", f.Name)] = byDefault("beside what was asked for, so that the " + human(d.target) + " can be found again")
		}
	}
	if len(members) == 0 || e.Update == "" {
		noBack := "do not update the " + human(d.source)
		if asked != nil {
			d.problem(ask(codeUnknown, asked.words, d.r.instead(asked.at, same(noBack)),
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
