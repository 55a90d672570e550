package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// composer writes a plan of the second family.
type composer struct {
	*drafter
	f *followFrame
	v string // the record that started the run
}

// compose writes the plan. Problems found on the way are in the drafter's.
func (f *followFrame) compose(lex *lexicon, goal string) *drafter {
	d := &drafter{frame: f.frame, lex: lex, promised: map[string]bool{}}
	d.p = &plan.Plan{
		Planwright: plan.Version, Goal: goal, Notes: map[string]string{}, APIs: map[string]plan.APIRef{}, Limits: map[string]int64{},
	}
	for _, o := range []*schema.Object{f.source, f.carrier, f.target} {
		api, _ := f.cat.API(apiOf(o))
		d.p.APIs[api.Name] = plan.APIRef{Spec: plan.Digest(api.SpecDigest), Overlay: plan.Digest(api.OverlayDigest)}
	}
	c := &composer{d, f, variable(f.source)}
	switch f.fr.deed.value {
	case matching:
		c.match()
	case updating:
		c.mirror()
	case tasking:
		c.remind()
	}
	if len(d.p.Limits) == 0 {
		d.p.Limits = nil
	}
	return d
}

// put adds a piece and those below it to the plan.
func (c *composer) put(p piece) {
	c.p.Steps = append(c.p.Steps, c.built(p, fmt.Sprintf("/steps/%d", len(c.p.Steps))))
}

func (c *composer) built(p piece, at string) plan.Step {
	for sub, note := range p.notes {
		c.p.Notes[at+sub] = note
	}
	for i, kid := range p.kids {
		p.step.Steps = append(p.step.Steps, c.built(kid, fmt.Sprintf("%s/steps/%d", at, i)))
	}
	return p.step
}

// one is the text for a field of a variable, which it must have.
func (c *composer) one(variable string, f schema.Field) string {
	zero := `""`
	if isNumber(f) {
		zero = "dec('0')"
	}
	return c.field(variable, f).or(zero)
}

// text is the text of an id or another value that is none.
func (c *composer) text(variable string, f schema.Field) string {
	if isText(f) {
		return c.one(variable, f)
	}
	return "string(" + variable + "." + f.Name + ")"
}

// start writes the trigger: the terms that the automation has anyhow, and the conditions
// that the goal adds.
func (c *composer) start(terms []string, why []string, key, keyNote string) {
	say := func(expr, note string) {
		if !slices.Contains(terms, expr) {
			terms = append(terms, expr)
		}
		why = append(why, note)
	}
	for _, m := range c.r.equals {
		c.equalTerm(c.v, m, say)
	}
	for _, m := range c.r.bounds {
		c.boundTerm(c.v, m, say)
	}
	c.p.Trigger = plan.Trigger{
		API: c.sourceAPI.Name, Kind: "change", Object: short(c.source.Name), As: c.v,
		When: expression(strings.Join(terms, " && ")), Key: expression(key),
	}
	c.p.Notes["/trigger/when"], c.p.Notes["/trigger/key"] = strings.Join(why, "; "), byDefault(keyNote)
	if said := firstOf(c.r.anyhow, "Once2", "Marks"); said != "" {
		c.p.Notes["/trigger/key"] = fromWords(said, keyNote)
	}
	c.p.Notes["/trigger/object"] = c.sourceNote()
}

// firstOf is the first of some values that there is.
func firstOf(m map[string]string, keys ...string) string {
	for _, k := range keys {
		if m[k] != "" {
			return m[k]
		}
	}
	return ""
}

// perDay bounds how many records the plan may make in a day.
func (c *composer) perDay(o *schema.Object, usual int64) {
	name := limitName(o)
	c.p.Limits[name], c.p.Notes["/limits/"+name] = usual, byDefault(fmt.Sprintf("%d a day", usual))
	if m := c.r.perDay; m != nil {
		c.p.Limits[name], c.p.Notes["/limits/"+name] = whole(m.value.value), fromWords(m.words, "the limit for a day")
	}
}

// update is a write that changes one record.
func (c *composer) update(id string, o *schema.Object, v string, body, notes map[string]string) piece {
	op := c.updater(o)
	key, _ := o.Field(o.Key)
	s := plan.Step{
		ID: plan.StepID(id), Kind: plan.Write, Target: op.Name(),
		With: map[string]plan.Value{idParam(op): expression(c.field(v, key).text)}, Body: object(expressions(body)),
	}
	out := map[string]string{plan.Join("/with", idParam(op)): "the " + human(o) + " that the run is about"}
	maps.Copy(out, notes)
	return piece{step: s, notes: out}
}

// expressions makes values of expressions. What begins with "=" is a text as it stands.
func expressions(texts map[string]string) map[string]plan.Value {
	out := map[string]plan.Value{}
	for name, text := range texts {
		if plain, ok := strings.CutPrefix(text, "="); ok {
			out[name] = literalValue(plain)
		} else {
			out[name] = expression(text)
		}
	}
	return out
}

// match writes the plan that finds or makes a counterpart and links the two.
func (c *composer) match() {
	key, _ := c.source.Field(c.source.Key)
	if m := c.f.fr.linked; m != nil && !m.value {
		c.problem(no(codeCannot, m.words, "Without the link a second %s could be made, so %q cannot be planned.", human(c.target), m.words))
	}
	c.start([]string{"!has(" + c.v + "." + c.f.link.Name + ")"},
		[]string{fromWords(c.f.fr.event.words, "as long as the "+human(c.source)+" knows no "+human(c.target)+" yet")},
		c.v+"."+key.Name, "each "+human(c.source)+" starts at most one run, ever")
	if e, ok := c.cat.Entity(c.payer.Name); ok {
		number := c.numberOf(e)
		name, named := nameField(c.party)
		apart := number != "" && named && c.f.queryOf(c.source) != nil
		if apart {
			c.namesakes(name)
		}
		c.payerStep()
		c.deedNote()
		if apart {
			c.itsOwn(number)
		}
		c.numberStep(number)
	}
	tv := c.payerID()
	tk, _ := c.target.Field(c.target.Key)
	note := byDefault("the link, so that the " + human(c.source) + " knows its " + human(c.target))
	if m := c.f.fr.linked; m != nil {
		note = fromWords(m.words, "the link, so that the "+human(c.source)+" knows its "+human(c.target))
	}
	c.put(c.update("back", c.source, c.v, map[string]string{c.f.link.Name: c.text(tv, tk)}, map[string]string{plan.Join("/body", c.f.link.Name): note}))
	c.perDay(c.target, 200)
	c.p.Name = slug(human(c.source)) + "-to-" + slug(human(c.target))
}

// deedNote says which words asked for the record that is found or made.
func (c *composer) deedNote() {
	note := fromWords(clip(c.f.fr.deed.words), "found in "+c.targetAPI.Name+", or else created")
	c.p.Notes[fmt.Sprintf("/steps/%d/ensure", len(c.p.Steps)-1)] = note
}

// namesakes reads the other records of the same name: one that is found by its name could be
// any one's.
func (c *composer) namesakes(name schema.Field) {
	key := c.keyOf(c.source)
	note := byDefault("another " + human(c.source) + " of that name could be meant just as well")
	c.put(c.readBy("namesakes", c.source, []string{key.Name}, plan.Where{plan.Way{
		name.Name: {plan.Eq: expression(c.field(c.v, name).text)}, key.Name: {plan.Ne: expression(c.field(c.v, key).text)},
	}}, map[string]string{plan.Join("/where", name.Name): note, plan.Join(plan.Join("/where", key.Name), string(plan.Ne)): note}))
}

// itsOwn has a person say whose a counterpart without a number is, where several could have it.
func (c *composer) itsOwn(number string) {
	c.put(c.assert("its_own", "has("+c.payerID()+"."+number+") || namesakes.size() == 0", plan.Hold,
		fmt.Sprintf("another %s has the same name, and the %s of that name carries the number of neither; allow it to take this one, or give the %s its number", human(c.source), human(c.target), human(c.target)),
		byDefault("whose it is only a person can tell")))
}

// numberOf is the field of a counterpart that keeps the record's own id; "" where none does.
func (c *composer) numberOf(e catalog.Entity) string {
	if c.updater(c.target) == nil {
		return ""
	}
	for _, name := range c.target.Natural {
		if fl, ok := c.target.Field(name); ok && fl.Type.Kind == schema.String && name != c.target.Key && !isName(fl) && !fl.Always && e.Find[name].Operation != "" {
			return name
		}
	}
	return ""
}

// numberStep puts the record's own id on a counterpart that was found without it, so that it
// is found again after its name has changed.
func (c *composer) numberStep(name string) {
	if name == "" {
		return
	}
	key, made := c.keyOf(c.source), c.payerID()
	p := c.update("number", c.target, made, map[string]string{name: "string(" + c.field(c.v, key).text + ")"}, nil)
	when := expression("!has(" + made + "." + name + ")")
	p.step.When = &when
	note := byDefault("the link on the other side: " + article(human(c.target)) + " that was found gets the id of its " + human(c.source) + ", and keeps one that it has")
	if m := c.f.fr.linked; m != nil {
		note = fromWords(m.words, "the link on the other side; a "+human(c.target)+" that has one keeps it")
	}
	p.notes["/when"], p.notes[plan.Join("/body", name)] = note, note
	c.put(p)
}
