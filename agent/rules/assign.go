package rules

import (
	"slices"

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

// assignLiteral fills a field with a value that the goal spells out. Ids of other records are
// refused: what they stand for cannot be read in a plan.
func (d *drafter) assignLiteral(b *body, f schema.Field, m mention[assign]) {
	text := m.value.literal
	switch {
	case len(f.Type.Enum) > 0:
		i := slices.IndexFunc(f.Type.Enum, func(s string) bool { return phrase(s) == phrase(text) })
		if i < 0 {
			d.problem(ask(codeUnknown, m.words, d.r.values(m.at, text, f.Type.Enum), "%s cannot be %q. Which value is meant?", f.Name, text))
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
		b.set(f.Name, expression(cut("string("+t.text+")", asText(src.Type), f.Type)), fromWords(m.words, "the "+human(owner)+"'s "+src.Name))
	case f.Type.Kind == src.Type.Kind && f.Type.Nominal == src.Type.Nominal && len(f.Type.Enum) == 0 && f.Type.Kind != schema.String:
		b.set(f.Name, expression(t.text), fromWords(m.words, "the "+human(owner)+"'s "+src.Name))
	default:
		d.problem(ask(codeUnknown, m.words, nil, "%s (%s) does not fit into %s (%s).", src.Name, src.Type, f.Name, f.Type))
	}
}

// asText is the type of the text of a value that is none: what expressions know of its
// length.
func asText(t schema.Type) schema.Type {
	out := schema.Type{Kind: schema.String, MaxLength: t.MaxLength}
	switch t.Kind {
	case schema.Date:
		out.MaxLength = len("2006-01-02")
	case schema.Bool:
		out.MaxLength = len("false")
	default: // what else has a length says so
	}
	return out
}
