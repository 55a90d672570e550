package rules

import (
	"fmt"
	"slices"
	"strings"

	texts "github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// header fills one field of the record by its meaning, if it has one.
func (d *drafter) header(b *body, f schema.Field) {
	w := words(f.Name)
	switch {
	case f.Name == d.payerField.Name:
		d.payerRef(b)
	case f.Name == d.linesInto.Name:
		d.lineItems(b)
	case isStatus(f):
		d.status(b, f)
	case isTaxBasis(f):
		d.taxBasis(b, f)
	case len(f.Type.Enum) > 0 && f.RequiredOnCreate:
		d.direction(b, f)
	case f.Type.Kind == schema.Date && slices.Contains(w, "due"):
		d.dueDate(b, f)
	case f.Type.Kind == schema.Date && (len(w) == 1 || slices.Contains(w, "issue") || slices.Contains(w, human(d.target))) && !slices.Contains(w, "expected"):
		d.date(b, f)
	case f.Type.Kind == schema.String && w[0] == "currency" && d.r.currency != nil:
		d.currencyCode(b, f)
	case isText(f) && len(f.Type.Enum) == 0 && (slices.Equal(w, []string{"reference"}) || slices.Equal(w, []string{"memo"})):
		d.reference(b, f)
	}
}

// payerRef puts the customer's id, and nothing else of it, into the record.
func (d *drafter) payerRef(b *body) {
	id := d.payerID() + "." + d.payer.Key
	why := byDefault("the " + human(d.payer) + " that stands for the " + human(d.party))
	if d.payerField.Type.Kind == schema.ObjectK {
		b.members[d.payerField.Name] = *object(map[string]plan.Value{d.payer.Key: expression(id)})
		b.notes[plan.Join(plan.Join("/body", d.payerField.Name), d.payer.Key)] = why
		return
	}
	b.set(d.payerField.Name, expression(id), why)
}

// member finds the enum member that one of the stems names; the shortest, when several do.
func member(enum []string, stems ...string) (string, bool) {
	var best string
	for _, stem := range stems {
		for _, m := range enum {
			plain := strings.ToLower(strings.Join(words(m), ""))
			if strings.Contains(plain, stem) && (best == "" || len(m) < len(best)) {
				best = m
			}
		}
		if best != "" {
			return best, true
		}
	}
	return "", false
}

// isStatus and isTaxBasis recognise closed lists by their members, whatever the field is
// called.
func isStatus(f schema.Field) bool {
	w := words(f.Name)
	_, draft := member(f.Type.Enum, "draft")
	return w[len(w)-1] == "status" && draft
}

func isTaxBasis(f schema.Field) bool {
	_, in := member(f.Type.Enum, "inclusive")
	_, ex := member(f.Type.Enum, "exclusive")
	return in && ex
}

// status fills the document's status. A goal that says nothing gets a draft.
func (d *drafter) status(b *body, f schema.Field) {
	m, asked := d.r.slots["status"]
	want, note := m.value, fromWords(m.words, f.Name)
	if !asked {
		want, note = "draft", byDefault("a draft is the safest: nothing is owed until a person approves it")
	}
	stems := map[string][]string{"draft": {"draft"}, "approved": {"authorised", "authorized", "approved"}}[want]
	if named, ok := strings.CutPrefix(want, "="); ok {
		stems = []string{strings.ToLower(strings.Join(words(named), ""))}
	}
	v, ok := member(f.Type.Enum, stems...)
	if !ok || (want[0] == '=' && len(strings.Join(words(v), "")) != len(stems[0])) {
		d.problem(ask(codeUnknown, m.words, d.r.instead(m.at, statuses(f)), "%s has no value for %q. Which one is meant?", f.Name, m.words))
		return
	}
	b.set(f.Name, literalValue(v), note)
}

// taxBasis says whether the lines' prices hold tax.
func (d *drafter) taxBasis(b *body, f schema.Field) {
	m, asked := d.r.slots["tax"]
	want, note := m.value, fromWords(m.words, f.Name)
	if !asked {
		want, note = "Exclusive", byDefault("prices of "+article(human(d.source))+" are taken to be without tax")
	}
	stems := map[string][]string{"Exclusive": {"exclusive"}, "Inclusive": {"inclusive"}, "NoTax": {"notax", "none"}}[want]
	v, ok := member(f.Type.Enum, stems...)
	if !ok {
		d.problem(ask(codeUnknown, m.words, d.r.instead(m.at, taxBases(f)), "%s has no value for %q. Which one is meant?", f.Name, m.words))
		return
	}
	b.set(f.Name, literalValue(v), note)
}

// direction fills a required closed list that says who owes whom: what is made from a
// sale is owed to us.
func (d *drafter) direction(b *body, f schema.Field) {
	v, ok := member(f.Type.Enum, "receivable", "accrec", "sales", "customer")
	if !ok {
		return // writeStep asks
	}
	if _, both := member(f.Type.Enum, "payable", "accpay", "purchase"); both && len(d.r.target) > 0 &&
		strings.HasPrefix(strings.ToLower(d.r.target[0].words), "bill") && human(d.target) != "bill" {
		d.problem(ask(codeAmbiguous, d.r.target[0].words, d.r.instead(d.r.target[0].at, same("sales invoice")), "A bill may be owed by us or to us. Should it be a sales invoice?"))
	}
	b.set(f.Name, literalValue(v), byDefault("made from a sale, so owed by the customer"))
}

// saleDate is the field of the source that dates the sale.
func (d *drafter) saleDate() schema.Field {
	isDate := func(f schema.Field) bool { return f.Type.Kind == schema.Date }
	return pick(d.source, isDate, func(w []string) bool {
		return slices.ContainsFunc(w, func(s string) bool { return strings.HasPrefix(s, "clos") || s == "sold" || s == "signed" })
	})
}

// date dates the document like the sale. "Today" is not offered: a run that is repeated or
// held must give the same document.
func (d *drafter) date(b *body, f schema.Field) {
	src := d.saleDate()
	if src.Name == "" {
		d.problem(ask(codeMissing, "", nil, "Which date of the %s should be the %s's %s?", human(d.source), human(d.target), f.Name))
		return
	}
	b.set(f.Name, expression(d.field(variable(d.source), src).text), byDefault("the "+human(d.source)+"'s "+src.Name))
}

// dueDate counts days from the sale's date, or from the date that the goal names. The
// document's own date is the sale's date, so both readings agree.
func (d *drafter) dueDate(b *body, f schema.Field) {
	days, note, from := int64(30), byDefault("30 days after the "+human(d.target)+"'s date"), d.saleDate()
	if m := d.r.due; m != nil {
		days, note = m.value.days, fromWords(m.words, fmt.Sprintf("%d days", m.value.days))
		if m.value.label != "" {
			named, ok := fieldOf(d.source, m.value.field, m.value.label)
			if !ok && slices.Contains([]string{"date", "invoice date", "due date"}, m.value.label) {
				named, ok = from, m.value.label != "due date"
			}
			if !ok || named.Type.Kind != schema.Date {
				d.problem(ask(codeUnknown, m.words, nil, "%s has no date called %q. What do the days count from?", human(d.source), m.value.label))
				return
			}
			from, note = named, note+" after "+named.Name
		}
	}
	if from.Name == "" {
		return // date asks
	}
	t := d.field(variable(d.source), from)
	switch {
	case days == 0:
		b.set(f.Name, expression(t.text), note)
	case t.optional:
		d.problem(ask(codeMissing, "", nil, "%s may be empty; which date should %s count from?", from.Name, f.Name))
	default:
		b.set(f.Name, expression(fmt.Sprintf("%s.addDays(%d)", t.text, days)), note)
	}
}

// reference is what the customer sees and recognises the deal by.
func (d *drafter) reference(b *body, f schema.Field) {
	name, ok := nameField(d.source)
	if !ok {
		return
	}
	b.set(f.Name, expression(d.fit(d.field(variable(d.source), name), name, f)), byDefault("the "+human(d.source)+"'s name, so that the customer recognises it"))
}

// fit cuts a text to the length that a field takes.
func (d *drafter) fit(t term, from, to schema.Field) string {
	if fits(from.Type, to.Type) {
		return t.text
	}
	return cut(t.or(`""`), from.Type, to.Type)
}

// fits reports whether every text of a type is short enough for another.
func fits(from, to schema.Type) bool {
	n, known := texts.Bound(schema.Type{Kind: schema.String, MaxLength: from.MaxLength, Enum: from.Enum})
	return to.MaxLength == 0 || known && n <= to.MaxLength
}

// cut is an expression of a text that is short enough for a type.
func cut(text string, from, to schema.Type) string {
	if fits(from, to) {
		return text
	}
	return fmt.Sprintf("truncate(%s, %d)", text, to.MaxLength)
}

// currencyCode is filled only when the goal speaks of a currency. Nothing is converted, and
// the remarks say so.
func (d *drafter) currencyCode(b *body, f schema.Field) {
	m := d.r.currency
	src, carries := currencyField(d.source)
	if m.value == "" {
		if !carries {
			d.problem(ask(codeUnknown, m.words, nil, "%s carries no currency in the catalog. Which currency is meant?", sentence(human(d.source))))
			return
		}
		b.set(f.Name, expression(d.field(variable(d.source), src).text), fromWords(m.words, "the "+human(d.source)+"'s currency"))
		return
	}
	if len(f.Type.Enum) > 0 && !slices.Contains(f.Type.Enum, m.value) {
		d.problem(ask(codeUnknown, m.words, nil, "%s does not take %q.", f.Name, m.value))
		return
	}
	b.set(f.Name, literalValue(m.value), fromWords(m.words, f.Name))
	d.remark("Amounts are not converted: those of every %s are taken to be in %s.", human(d.source), m.value)
}
