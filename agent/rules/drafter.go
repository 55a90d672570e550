package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// drafter writes one plan from a resolved frame.
type drafter struct {
	*frame
	p        *plan.Plan
	lex      *lexicon
	remarks  []string
	promised map[string]bool // fields that an assert has shown to be there
	rows     []string        // what the lines are selected with
	sum      string          // the field of a line that holds its total
	over     string          // the expression for the lines that are invoiced
}

// term is an expression and whether it may be absent.
type term struct {
	text     string
	optional bool
}

// or gives a term a value for when it is absent.
func (t term) or(fallback string) string {
	if !t.optional {
		return t.text
	}
	return t.text + ".orValue(" + fallback + ")"
}

// field is the term for a field of a variable.
func (d *drafter) field(variable string, f schema.Field) term {
	if f.Always || d.promised[variable+"."+f.Name] {
		return term{text: variable + "." + f.Name}
	}
	return term{variable + ".?" + f.Name, true}
}

func expression(text string) plan.Value {
	return plan.Value{Kind: plan.Expression, Expr: text}
}

func literalValue(v any) plan.Value { return plan.Value{Kind: plan.Literal, Literal: v} }

func object(members map[string]plan.Value) *plan.Value {
	return &plan.Value{Kind: plan.ObjectV, Members: members}
}

// celText quotes text for an expression. Goals hold no control characters, so what Go
// escapes here CEL reads back.
func celText(s string) string {
	if strings.ContainsAny(s, `'\"`) {
		return strconv.Quote(s)
	}
	return "'" + s + "'"
}

// sentence gives the first letter a capital.
func sentence(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// add appends a step with notes by pointer below it, and returns the step's pointer.
func (d *drafter) add(s plan.Step, notes map[string]string) {
	at := fmt.Sprintf("/steps/%d", len(d.p.Steps))
	d.p.Steps = append(d.p.Steps, s)
	for sub, text := range notes {
		d.p.Notes[at+sub] = text
	}
}

// remark tells the reader what no value of the plan shows.
func (d *drafter) remark(format string, args ...any) {
	d.remarks = append(d.remarks, fmt.Sprintf(format, args...))
}

// fromWords is the note of a value that the goal's words gave.
func fromWords(words, what string) string { return fmt.Sprintf("from %q: %s", words, what) }

// byDefault is the note of a value that the goal does not speak of.
func byDefault(what string) string { return "default: " + what }

// article gives a noun its article.
func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// variable is the name under which a record is known in expressions.
func variable(o *schema.Object) string { return snake(o) }

// draft writes the plan. Problems found on the way are in d.problems.
func (f *frame) draft(lex *lexicon, goal string) *drafter {
	d := &drafter{frame: f, lex: lex, promised: map[string]bool{}}
	d.p = &plan.Plan{
		Planwright: plan.Version, Goal: goal, Notes: map[string]string{}, APIs: map[string]plan.APIRef{},
		Mappings: map[string]plan.Mapping{}, Limits: map[string]int64{},
	}
	for _, api := range []*catalog.API{f.sourceAPI, f.targetAPI} {
		d.p.APIs[api.Name] = plan.APIRef{Spec: plan.Digest(api.SpecDigest), Overlay: plan.Digest(api.OverlayDigest)}
	}
	d.trigger()
	d.partySteps()
	d.lineSteps()
	d.payerStep()
	d.writeStep()
	d.afterSteps()
	d.limits()
	if _, carries := currencyField(d.source); carries && d.r.currency == nil {
		d.remark("The %s gets the currency that %s takes by itself. Where deals have several, say %q.", human(d.target), d.targetAPI.Name,
			"in the "+human(d.source)+"'s currency")
	}
	d.p.Name = d.name()
	if len(d.p.Mappings) == 0 {
		d.p.Mappings = nil
	}
	return d
}

// name is made from the state and what is made: closed-won-to-invoice.
func (d *drafter) name() string {
	state := "closed-won"
	switch {
	case d.r.won != nil:
	case d.r.flag != nil:
		state = d.r.flag.value
	case len(d.r.stages) > 0:
		state = d.r.stages[0].value.name.text
	}
	return slug(state) + "-to-" + slug(human(d.target))
}

// slug keeps letters and digits, the rest becomes single hyphens.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

// limits bound what the plan may do in a day and with one record.
func (d *drafter) limits() {
	name := snake(d.target)
	day, doc := name+"s_per_day", "amount_per_"+name
	d.p.Limits[day], d.p.Notes["/limits/"+day] = 200, byDefault("200 a day")
	d.p.Limits[doc], d.p.Notes["/limits/"+doc] = 50000, byDefault("50,000 for one "+human(d.target))
	if m := d.r.perDay; m != nil {
		d.p.Limits[day], d.p.Notes["/limits/"+day] = whole(m.value.value), fromWords(m.words, "the limit for a day")
	}
	if m := d.r.perDoc; m != nil {
		d.p.Limits[doc], d.p.Notes["/limits/"+doc] = whole(m.value.value), fromWords(m.words, "the limit for one "+human(d.target))
		if m.value.currency != "" {
			d.remark("The limit %q is compared with the amounts of the %s as they are; its currency is not checked.", m.words, human(d.target))
		}
	}
}
