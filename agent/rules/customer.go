package rules

import (
	"fmt"
	"slices"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// partySteps make sure that there is a customer and read it.
func (d *drafter) partySteps() {
	v, pv := variable(d.source), variable(d.party)
	if !d.partyField.Always {
		that := expression(fmt.Sprintf("has(%s.%s)", v, d.partyField.Name))
		d.add(plan.Step{
			ID: plan.StepID("has_" + pv), Kind: plan.Assert, That: &that, Else: plan.Hold,
			Message: fmt.Sprintf("the %s has no %s", human(d.source), human(d.party)),
		}, map[string]string{"/assert": byDefault("nothing can be made without a customer, so the run waits for a person")})
		d.promised[v+"."+d.partyField.Name] = true
	}
	get := d.getter(d.party)
	id := idParam(get)
	d.add(plan.Step{
		ID: plan.StepID(pv), Kind: plan.Read, Target: get.Name(),
		With: map[string]plan.Value{id: expression(d.field(v, d.partyField).text)},
	}, map[string]string{plan.Join("/with", id): d.partyNote()})
}

// partyNote says why this record is the customer.
func (d *drafter) partyNote() string {
	for _, m := range d.r.refs {
		if m.value.as == roleParty {
			return fromWords(m.words, "the customer is the "+human(d.source)+"'s "+human(d.party))
		}
	}
	return byDefault("the customer is the " + human(d.source) + "'s " + human(d.party))
}

// idParam is the parameter of a read that takes the record's id.
func idParam(op *catalog.Operation) string {
	for _, p := range op.Params {
		if p.In == catalog.InPath {
			return p.Name
		}
	}
	for _, p := range op.Params {
		if p.Required {
			return p.Name
		}
	}
	return "id"
}

// payerStep finds the customer in the target's API, or makes it.
func (d *drafter) payerStep() {
	e, _ := d.cat.Entity(d.payer.Name)
	pv := variable(d.party)
	keys := slices.Clone(d.payer.Natural)
	for _, m := range e.Match {
		if !slices.Contains(keys, m) {
			keys = append(keys, m)
		}
	}
	partyKey, _ := d.party.Field(d.party.Key)
	s := plan.Step{ID: plan.StepID(d.payerID()), Kind: plan.Ensure, Target: d.payer.Name}
	create := map[string]plan.Value{}
	notes := map[string]string{}
	for _, key := range keys {
		fl, ok := d.payer.Field(key)
		if _, findable := e.Find[key]; !ok || !findable {
			continue
		}
		// What tells records apart is never cut: two customers whose names begin alike are two.
		var v, made plan.Value
		var why string
		switch {
		case isName(fl):
			name, ok := nameField(d.party)
			if !ok {
				continue
			}
			text := d.field(pv, name).or(`""`)
			v, made, why = expression(text), expression(cut(text, name.Type, fl.Type)), "the "+human(d.party)+"'s name"
		case slices.Contains(d.payer.Natural, key) && fl.Type.Kind == schema.String && key != d.payer.Key:
			v = expression("string(" + d.field(pv, partyKey).text + ")")
			made = v
			why = "the id of the " + human(d.party) + ", so that it is found again after its name has changed"
		default:
			continue
		}
		at := plan.Join(fmt.Sprintf("/find/%d", len(s.Find)), key)
		s.Find = append(s.Find, plan.FindBy{key: v})
		create[key] = made
		if op, ok := d.cat.Operation(d.targetAPI.Name + "." + e.Create); ok && op.Repeat != nil && op.Repeat.Key == key {
			create[key] = v
		}
		notes[at], notes[plan.Join("/create", key)] = byDefault(why), byDefault(why)
	}
	for _, fl := range d.payer.Fields {
		if _, ok := create[fl.Name]; ok || !fl.RequiredOnCreate || fl.ReadOnly {
			continue
		}
		src, ok := d.party.Field(fl.Name)
		if !ok || src.Type.Kind != fl.Type.Kind || src.Type.Nominal != fl.Type.Nominal {
			d.problem(ask(codeMissing, "", nil, "%s needs %s. What should it be?", sentence(article(human(d.payer))), fl.Name))
			continue
		}
		create[fl.Name] = expression(d.fit(d.field(pv, src), src, fl))
		notes[plan.Join("/create", fl.Name)] = byDefault("the field of the same name")
	}
	if len(s.Find) == 0 {
		d.problem(no(codeCannot, "", "No %s can be found by anything that %s has.", human(d.payer), article(human(d.party))))
	}
	if said := d.r.anyhow["Ensure"]; said != "" {
		notes["/ensure"] = fromWords(said, "found, or else created")
	}
	s.Create = object(create)
	d.add(s, notes)
}

// payerID is the step's name; the two sides may call the customer the same.
func (d *drafter) payerID() string {
	id := snake(d.payer)
	if id == snake(d.party) || id == snake(d.source) {
		id = d.targetAPI.Name + "_" + id
	}
	return id
}

// isName reports whether a field holds a record's name.
func isName(f schema.Field) bool {
	w := words(f.Name)
	return f.Type.Kind == schema.String && w[len(w)-1] == "name" && len(w) <= 2
}

// nameField is the field that holds an object's name.
func nameField(o *schema.Object) (schema.Field, bool) {
	if f, ok := o.Field("Name"); ok {
		return f, true
	}
	i := slices.IndexFunc(o.Fields, isName)
	if i < 0 {
		return schema.Field{}, false
	}
	return o.Fields[i], true
}
