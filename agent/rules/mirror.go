package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// kept is one field of the carrier that the plan keeps, with the expression for its value
// and for what it holds when it is empty.
type kept struct {
	field       schema.Field
	value, note string
	empty       string
	plain       string // the text of a literal value
}

// mirror writes the plan that keeps the record with a document's id in step with what was
// paid of the document.
func (c *composer) mirror() {
	cells, exact := c.cells()
	statuses, terms, why := c.payTerms(exact)
	if len(c.problems) > 0 {
		return
	}
	doc, v := c.f.doc, c.v
	key, _ := c.source.Field(c.source.Key)
	c.start(append(c.ours(), terms), append(c.oursNotes(), why),
		fmt.Sprintf("%s + ' ' + string(%s.%s) + ' ' + %s + ' ' + string(%s)", c.text(v, key), v, doc.changed.Name, c.one(v, doc.status), c.one(v, doc.owed)),
		"every change of the "+human(c.source)+"'s state or of what is owed starts a run of its own, once")
	c.readCarriers("deals", v, c.columnsOf(cells))
	that := "deals.size() > 0"
	if slices.Contains(statuses, doc.open) && !exact {
		that += fmt.Sprintf(" || %s == %s && %s == %s", c.one(v, doc.status), celText(doc.open), c.one(v, doc.owed), c.one(v, doc.total))
	}
	c.put(c.assert("known", that, plan.Hold, "money moved on the "+human(c.source)+", and no "+human(c.f.carrier)+" carries it",
		byDefault("a payment that nobody would see waits for a person")))
	kids := []piece{c.writeCells(cells)}
	if c.f.fr.closing != nil {
		kids = append(kids, c.closeTasks(v, v, c.one(v, doc.status)+" != "+celText(doc.open), "", "tasks", "task", fromWords(c.f.fr.closing.words, "the follow-up is done"))...)
	}
	c.put(c.eachCarrier("update", kids))
	c.p.Name = slug(human(c.source)) + "-to-" + slug(human(c.f.carrier))
}

// ours are the terms by which a document is one that was made from the other API: owed to
// us, with a number that begins as the numbers of such documents do.
func (c *composer) ours() []string {
	doc := c.f.doc
	var out []string
	if doc.sale != "" {
		out = append(out, fmt.Sprintf("%s == %s", c.one(c.v, doc.direction), celText(doc.sale)))
	}
	return append(out, fmt.Sprintf("%s.startsWith(%s)", c.one(c.v, doc.number), celText(prefixOf(c.apiOfCarrier()))))
}

func (c *composer) oursNotes() []string {
	return []string{byDefault("only those that the customer owes and that were made from " + apiOf(c.f.carrier) + ", as their numbers say")}
}

// payTerms says which states of the document count: their statuses, the term for the trigger
// and its note. Exact says that the goal gives values for just these states; otherwise the
// record follows the document through all states that the goal names, and through all there
// are when it only says paid.
func (c *composer) payTerms(exact bool) (statuses []string, term, why string) {
	doc, v, r := c.f.doc, c.v, c.f.fr
	status, paid, total := c.one(v, doc.status), c.one(v, doc.paid), c.one(v, doc.total)
	credited := fmt.Sprintf("%s == dec('0') && %s > dec('0')", paid, total)
	var ways []string
	say := func(way string, in ...string) {
		statuses = append(statuses, in...)
		if !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	only := true
	for _, m := range r.pays {
		switch m.value {
		case "Paid", "Over":
			say(fmt.Sprintf("%s == %s && !(%s)", status, celText(doc.done), credited), doc.done)
			if m.value == "Over" {
				c.remark("%s that is paid too much is paid, as %s has it; what is over stands on a record of its own.", sentence(article(human(c.source))), c.sourceAPI.Name)
			}
		case "Part":
			only = false
			say(fmt.Sprintf("%s == %s && %s > dec('0')", status, celText(doc.open), paid), doc.open)
		case "Credited":
			only = false
			say(fmt.Sprintf("%s == %s && %s", status, celText(doc.done), credited), doc.done, doc.open)
		case "Voided":
			only = false
			say(fmt.Sprintf("%s == %s", status, celText(doc.void)), doc.void)
		case "Refunded":
			only = false
			say("", doc.open)
			if exact {
				c.problem(ask(codeUnknown, m.words, nil, "%s does not say that money went back, only that it is not paid. Should the %s follow what is paid instead?", sentence(article(human(c.source))), human(c.f.carrier)))
			}
		}
	}
	said := fromWords(strings.Join(append([]string{clip(r.event.words)}, mentionWords(r.pays)...), " … "), doc.status.Name)
	if exact {
		if len(ways) == 0 {
			say(fmt.Sprintf("%s == %s && !(%s)", status, celText(doc.done), credited), doc.done)
		}
		term = strings.Join(ways, " || ")
		if len(ways) > 1 || len(c.r.bounds)+len(c.r.equals) > 0 {
			term = "(" + strings.Join(ways, ") || (") + ")"
		}
		c.remark("The value is written when the %s comes to that state, and not taken back when it leaves it again.", human(c.source))
		return statuses, "(" + term + ")", said
	}
	full := strings.Contains(strings.ToLower(r.event.words), "fully") || strings.Contains(strings.ToLower(r.event.words), "in full")
	if only && !full {
		statuses = []string{doc.open, doc.done, doc.void}
		said += "; " + byDefault("what is paid in part, credited, taken back or voided is followed too, so that the "+human(c.f.carrier)+" stays true")
	}
	var list []string
	for _, s := range []string{doc.open, doc.done, doc.void} {
		if slices.Contains(statuses, s) {
			list = append(list, celText(s))
		}
	}
	return statuses, fmt.Sprintf("%s in [%s]", status, strings.Join(list, ", ")), said
}

// cells are the fields to write, and whether the goal gives values for them.
func (c *composer) cells() (out []kept, exact bool) {
	r := c.f.fr
	for _, m := range r.settings {
		out = c.addCell(out, c.set(m))
	}
	for _, m := range r.marks {
		f, ok := c.fieldFor(m.stretch, nil, "payment status")
		if ok {
			text := strings.ToUpper(m.value[:1]) + m.value[1:]
			out = c.addCell(out, c.literalCell(f, text, m.stretch))
		}
	}
	exact = len(out) > 0 || len(r.settings)+len(r.marks) > 0
	for _, m := range r.columns {
		if f, ok := c.fieldFor(m.stretch, m.value, m.words); ok {
			out = c.addCell(out, c.meaning(f, fromWords(m.words, "kept in step with the "+human(c.source)), m.words))
		}
	}
	if len(out) > 0 && !r.generic || len(c.problems) > 0 {
		return out, exact
	}
	for _, f := range c.f.carrier.Fields {
		w := words(f.Name)
		if w[0] == apiOf(c.source) && !f.ReadOnly && f.Name != c.f.link.Name && slices.ContainsFunc(w, func(s string) bool { return s == "payment" || s == "paid" || s == "due" }) {
			out = c.addCell(out, c.meaning(f, byDefault("a field of the "+human(c.f.carrier)+" for payments, as its name says"), ""))
		}
	}
	if len(out) == 0 {
		c.problem(ask(codeMissing, c.f.targetSaid(), nil, "%s has no field for payments. Which field should be updated?", sentence(human(c.f.carrier))))
	}
	return out, exact
}

// addCell adds a cell, numbers before texts, and asks when a field is written twice.
func (c *composer) addCell(cells []kept, n kept) []kept {
	if n.value == "" {
		return cells
	}
	for _, old := range cells {
		if old.field.Name == n.field.Name {
			if old.value != n.value {
				c.problem(ask(codeConflict, "", nil, "%s is set twice. Which value holds?", n.field.Name))
			}
			return cells
		}
	}
	return append(cells, n)
}

// fieldFor is the carrier's field that words name and that may be written.
func (c *composer) fieldFor(said stretch, refs []fieldRef, label string) (schema.Field, bool) {
	var found schema.Field
	for _, f := range c.f.carrier.Fields {
		named := slices.Contains(refs, fieldRef{c.f.carrier.Name, f.Name})
		if len(refs) == 0 {
			named = strings.HasSuffix(strings.Join(words(f.Name), " "), label)
		}
		if named && (found.Name == "" || len(f.Name) < len(found.Name)) {
			found = f
		}
	}
	if found.Name == "" || found.ReadOnly || found.Name == c.f.link.Name || found.Type.Nominal != "" || len(found.Type.AnyOf) > 0 {
		c.problem(ask(codeUnknown, said.words, nil, "%s has no field called %q that can be set. Which field is meant?", sentence(human(c.f.carrier)), label))
		return found, false
	}
	return found, true
}

// set is the cell of a value that the goal spells out, or that a field of the document has.
func (c *composer) set(m mention[setting]) kept {
	f, ok := c.fieldFor(m.stretch, m.value.column, m.value.label)
	if !ok {
		return kept{}
	}
	if len(m.value.from) == 0 {
		return c.literalCell(f, m.value.literal, m.stretch)
	}
	src, ok := fieldOf(c.source, m.value.from, "")
	if !ok || src.Type.Kind != f.Type.Kind || src.Type.Nominal != "" || src.Type.Wire != f.Type.Wire && src.Type.Kind == schema.String {
		c.problem(ask(codeUnknown, m.words, nil, "Which field of the %s should %s come from? It has to hold the same kind of value.", human(c.source), f.Name))
		return kept{}
	}
	empty := "''"
	if isNumber(f) {
		empty = "dec('0')"
	}
	value := c.one(c.v, src)
	if isText(f) && isText(src) {
		value = c.fit(c.field(c.v, src), src, f)
	}
	return kept{field: f, value: value, note: fromWords(m.words, "the "+human(c.source)+"'s "+src.Name), empty: empty}
}

// literalCell is the cell of a text or number that the goal spells out.
func (c *composer) literalCell(f schema.Field, text string, said stretch) kept {
	note := fromWords(said.words, f.Name)
	switch {
	case len(f.Type.Enum) > 0:
		i := slices.IndexFunc(f.Type.Enum, func(s string) bool { return phrase(s) == phrase(text) })
		if i < 0 {
			c.problem(ask(codeUnknown, said.words, c.r.values(said.at, text, f.Type.Enum), "%s cannot be %q. Which value is meant?", f.Name, text))
			return kept{}
		}
		return kept{f, celText(f.Type.Enum[i]), note, "''", f.Type.Enum[i]}
	case isNumber(f):
		n, err := decimal.Parse(text)
		if err != nil {
			c.problem(ask(codeNumber, said.words, nil, "%s is a number.", f.Name))
			return kept{}
		}
		return kept{field: f, value: "dec(" + celText(n.Canonical()) + ")", note: note, empty: "dec('0')"}
	case !isText(f):
		c.problem(ask(codeUnknown, said.words, nil, "%s does not take a text.", f.Name))
		return kept{}
	case f.Type.MaxLength > 0 && len([]rune(text)) > f.Type.MaxLength:
		c.problem(ask(codeUnknown, said.words, nil, "%s takes at most %d characters.", f.Name, f.Type.MaxLength))
		return kept{}
	}
	return kept{f, celText(text), note, "''", text}
}

// meaning is the cell of a field that is to follow the document, by what its name says. Words of
// the goal that ask for a field without such a meaning are asked about.
func (c *composer) meaning(f schema.Field, note, said string) kept {
	doc, v := c.f.doc, c.v
	w := words(f.Name)
	has := func(word string) bool { return slices.Contains(w, word) }
	switch {
	case isText(f) && len(f.Type.Enum) == 0 && has("status"):
		status, paid, total := c.one(v, doc.status), c.one(v, doc.paid), c.one(v, doc.total)
		return kept{field: f, note: note, empty: "'Unpaid'", value: fmt.Sprintf("%[1]s == %[2]s ? 'Voided' : %[1]s == %[3]s ? (%[4]s == dec('0') && %[5]s > dec('0') ? 'Credited' : 'Paid') : %[6]s == %[5]s ? 'Unpaid' : 'Part paid'",
			status, celText(doc.void), celText(doc.done), paid, total, c.one(v, doc.owed))}
	case isNumber(f) && has("paid"):
		return kept{field: f, value: c.one(v, doc.paid), note: note, empty: "dec('0')"}
	case isNumber(f) && (has("due") || has("owed") || has("outstanding") || has("balance")):
		return kept{field: f, value: c.one(v, doc.owed), note: note, empty: "dec('0')"}
	}
	if said != "" {
		c.problem(ask(codeMissing, said, nil, "What should %s hold? Say %q.", f.Name, "set "+labels(f)[0]+` to "…"`))
	}
	return kept{}
}

// columnsOf are the fields to read: the key and those that are compared, as the object has
// them.
func (c *composer) columnsOf(cells []kept) []string {
	out := []string{c.f.carrier.Key}
	for _, f := range c.f.carrier.Fields {
		if slices.ContainsFunc(cells, func(n kept) bool { return n.field.Name == f.Name }) {
			out = append(out, f.Name)
		}
	}
	return out
}

// writeCells writes what differs, so that an unchanged record is left alone.
func (c *composer) writeCells(cells []kept) piece {
	slices.SortStableFunc(cells, func(a, b kept) int {
		return map[bool]int{true: 0, false: 1}[isNumber(a.field)] - map[bool]int{true: 0, false: 1}[isNumber(b.field)]
	})
	var differs []string
	body, notes := map[string]string{}, map[string]string{}
	for _, n := range cells {
		value := n.value
		if strings.Contains(value, "?") {
			value = "(" + value + ")"
		}
		differs = append(differs, fmt.Sprintf("%s != %s", c.field("deal", n.field).or(n.empty), value))
		body[n.field.Name], notes[plan.Join("/body", n.field.Name)] = n.value, n.note
		if n.plain != "" {
			body[n.field.Name] = "=" + n.plain
		}
	}
	p := c.update("back", c.f.carrier, "deal", body, notes)
	when := expression(strings.Join(differs, " || "))
	p.step.When = &when
	p.notes["/when"] = byDefault("only what differs is written")
	return p
}
