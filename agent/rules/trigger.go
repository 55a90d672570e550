package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// trigger writes what starts a run: the record, its state and every condition.
func (d *drafter) trigger() {
	v := variable(d.source)
	var when []string
	var why []string
	say := func(expr, note string) {
		if !slices.Contains(when, expr) {
			when = append(when, expr)
		}
		why = append(why, note)
	}
	d.stateTerms(v, say)
	for _, m := range d.r.equals {
		d.equalTerm(v, m, say)
	}
	for _, m := range d.r.bounds {
		d.boundTerm(v, m, say)
	}
	if len(when) == 0 && len(d.problems) == 0 {
		d.problem(ask(codeAmbiguous, d.sourceWords(), nil, "Which %s should start a run? Say what has to be so.", human(d.source)))
	}
	key, _ := d.source.Field(d.source.Key)
	d.p.Trigger = plan.Trigger{
		API: d.sourceAPI.Name, Kind: "change", Object: short(d.source.Name), As: v,
		When: expression(strings.Join(when, " && ")),
		Key:  expression(v + "." + key.Name),
	}
	d.p.Notes["/trigger/when"] = strings.Join(why, "; ")
	d.p.Notes["/trigger/key"] = byDefault("each " + human(d.source) + " starts at most one run, ever")
	d.p.Notes["/trigger/object"] = d.sourceNote()
}

// sourceWords is what the goal calls the record that starts a run.
func (d *drafter) sourceWords() string { return strings.Join(mentionWords(d.r.source), " … ") }

// sourceNote says which words named the record, and what was taken for granted.
func (d *drafter) sourceNote() string {
	said := append(mentionWords(d.r.source), mentionWords(d.r.sourced)...)
	if len(said) == 0 {
		return byDefault("the one record whose state the goal can mean")
	}
	note := fromWords(strings.Join(said, " … "), "the "+human(d.source)+" in "+d.sourceAPI.Name)
	if len(d.r.sourced) == 0 {
		note += "; " + d.sourceAPI.Name + " is the only API that reports changes of it"
	}
	return note
}

func mentionWords[T any](ms []mention[T]) []string {
	var out []string
	for _, m := range ms {
		if !slices.Contains(out, m.words) {
			out = append(out, m.words)
		}
	}
	return out
}

// stateTerms say what must have happened to the record.
func (d *drafter) stateTerms(v string, say func(expr, note string)) {
	if m := d.r.flag; m != nil {
		name := hasFlag(d.source, m.value)
		if m.value == "closed" && hasFlag(d.source, "won") != "" {
			d.problem(ask(codeAmbiguous, m.words, d.r.wonInstead(m.stretch), "A closed %s may be lost. Should only won ones count?", human(d.source)))
		}
		f, _ := d.source.Field(name)
		say(d.field(v, f).or("false"), fromWords(m.words, name))
	}
	if m := d.r.won; m != nil {
		name := hasFlag(d.source, "won")
		f, _ := d.source.Field(name)
		say(d.field(v, f).or("false"), fromWords(m.words, name+" is true in every stage that counts as won, whatever it is called"))
	}
	for _, m := range d.r.stages {
		d.stageTerm(v, m, say)
	}
}

// stageTerm compares the field that reached a value. Of a won stage only the field is
// checked: the yes-or-no field already says that it is won.
func (d *drafter) stageTerm(v string, m mention[stageIs], say func(expr, note string)) {
	f, ok := stageField(d.source, m.value)
	if stage, isStage := fieldOf(d.source, nil, "stage"); !ok || (m.value.won && isStage && f.Name != stage.Name) {
		d.problem(ask(codeUnknown, m.words, nil, "Whether %s is won is not decided by its %s. What has to change?", article(human(d.source)), m.value.label))
		return
	}
	if f.Type.Kind == schema.Bool && m.value.name.text == "true" {
		say(d.field(v, f).or("false"), fromWords(m.words, f.Name))
		return
	}
	if m.value.won {
		return // the yes-or-no field says it better than the name of a stage
	}
	d.compareText(v, f, m.value.name.text, m.value.name.exact, m.stretch, say)
}

// compareText compares a text field with a value the person named.
func (d *drafter) compareText(v string, f schema.Field, text string, exact bool, said stretch, say func(expr, note string)) {
	if f.Type.Kind != schema.String || f.Type.Nominal != "" {
		d.problem(ask(codeUnknown, said.words, nil, "%s does not hold a text that could be %q.", f.Name, text))
		return
	}
	if len(f.Type.Enum) > 0 {
		i := slices.IndexFunc(f.Type.Enum, func(m string) bool { return strings.EqualFold(m, text) || phrase(m) == phrase(text) })
		if i < 0 {
			d.problem(ask(codeUnknown, said.words, d.r.values(said.at, text, f.Type.Enum), "%s cannot be %q. Which value is meant?", f.Name, text))
			return
		}
		text, exact = f.Type.Enum[i], true
	}
	if !exact {
		d.problem(ask(codeExact, said.words, d.r.values(said.at, text, []string{title(text), text}), "Is %q exactly how %s is written? Put it in quotation marks.", text, f.Name))
		return
	}
	say(fmt.Sprintf("%s == %s", d.field(v, f).or(`""`), celText(text)), fromWords(said.words, f.Name+" is "+text))
}

// title gives every word a capital.
func title(s string) string {
	w := strings.Fields(s)
	for i := range w {
		w[i] = strings.ToUpper(w[i][:1]) + w[i][1:]
	}
	return strings.Join(w, " ")
}

// equalTerm compares a field with a value, by the field's kind.
func (d *drafter) equalTerm(v string, m mention[fieldIs], say func(expr, note string)) {
	f, ok := fieldOf(d.source, m.value.field, m.value.label)
	if !ok {
		d.problem(ask(codeUnknown, m.words, nil, "%s has no field called %q. Which field is meant?", human(d.source), m.value.label))
		return
	}
	if strings.HasPrefix(m.value.label, "record type") {
		d.recordType(v, m, say)
		return
	}
	switch f.Type.Kind {
	case schema.Bool:
		yes, known := map[string]string{"true": "", "yes": "", "false": "!", "no": "!"}[strings.ToLower(m.value.text)]
		if !known {
			d.problem(ask(codeUnknown, m.words, d.r.values(m.at, m.value.text, []string{"yes", "no"}), "%s is yes or no.", f.Name))
			return
		}
		say(yes+"("+d.field(v, f).or("false")+")", fromWords(m.words, f.Name))
	case schema.Int, schema.Decimal:
		if m.value.kind != number {
			d.problem(ask(codeNumber, m.words, nil, "%s is a number.", f.Name))
			return
		}
		say(fmt.Sprintf("has(%s.%s) && %s == %s", v, f.Name, d.field(v, f).or("0"), celNumber(m.value.text)), fromWords(m.words, f.Name))
	default:
		d.compareText(v, f, m.value.text, m.value.exact, m.stretch, say)
	}
}

// recordType compares the developer name of a record type; its id differs from org to org.
func (d *drafter) recordType(v string, m mention[fieldIs], say func(expr, note string)) {
	f, ok := d.source.Field("RecordType")
	if o, found := d.cat.Object(f.Type.Ref); ok && found {
		if dev, ok := o.Field("DeveloperName"); ok && f.Always {
			d.compareText(v+"."+f.Name, dev, strings.ReplaceAll(m.value.text, " ", "_"), m.value.exact, m.stretch, say)
			return
		}
	}
	d.problem(ask(codeUnknown, m.words, nil,
		"The catalog does not know the record types of %s by name. Which field tells these records apart?", human(d.source)))
}

// celNumber writes plain digits as a CEL number; whole numbers as such, others exactly.
func celNumber(digits string) string {
	if strings.Contains(digits, ".") {
		return "dec(" + celText(digits) + ")"
	}
	return digits
}

// boundTerm compares a number. An absent number is never within a bound: as 0 it fails
// every "over", and for "under" its presence is asked for.
func (d *drafter) boundTerm(v string, m mention[bound], say func(expr, note string)) {
	label := m.value.label
	f, ok := fieldOf(d.source, m.value.field, label)
	if !ok && len(m.value.field) == 0 {
		if f, ok = fieldOf(d.source, nil, "amount"); !ok {
			f, ok = fieldOf(d.source, nil, "total")
		}
	}
	if !ok || (f.Type.Kind != schema.Decimal && f.Type.Kind != schema.Int) {
		d.problem(ask(codeUnknown, m.words, nil, "%s has no %s that is a number. Which field is meant?", human(d.source), label))
		return
	}
	if m.value.money.currency != "" && !f.Money && strings.Contains(strings.Join(words(f.Name), " "), "percent") {
		d.problem(ask(codeNumber, m.words, nil, "%s is not an amount of money.", f.Name))
		return
	}
	cmp := fmt.Sprintf("%s %s %s", d.field(v, f).or("0"), m.value.op, celNumber(m.value.money.value.Canonical()))
	if d.field(v, f).optional && (strings.HasPrefix(m.value.op, "<") || m.value.money.value.Sign() <= 0) {
		cmp = fmt.Sprintf("has(%s.%s) && %s", v, f.Name, cmp)
	}
	note := fromWords(m.words, f.Name)
	if cur := m.value.money.currency; cur != "" {
		note += d.currencyNote(cur, m.words)
	}
	say(cmp, note)
}
