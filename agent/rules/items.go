package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// codeField is the line's field that takes the code of a record of some kind. The field
// that takes the record's code wins over one that takes its id.
func (d *drafter) codeField(kinds []string) (schema.Field, bool) {
	var best schema.Field
	for _, f := range d.line.Fields {
		o, key := ownerOf(d.cat, f.Type.Nominal)
		if o == nil || f.ReadOnly || o.Name == d.line.Name || !isOneOf(o, kinds) {
			continue
		}
		if best.Name == "" || key != o.Key {
			best = f
		}
	}
	return best, best.Name != ""
}

// items builds the lines of the record, one for each line of the source.
type items struct {
	*drafter
	do    map[string]plan.Value
	notes map[string]string
}

// lineItems builds the field that holds the lines.
func (d *drafter) lineItems(b *body) {
	if d.over == "" {
		return // lineSteps said why
	}
	it := &items{drafter: d, do: map[string]plan.Value{}, notes: map[string]string{}}
	it.amounts()
	it.text()
	it.codes()
	each := &plan.EachValue{Over: expression(d.over), As: "line", Do: *object(it.do)}
	b.members[d.linesInto.Name] = plan.Value{Kind: plan.EachV, Each: each}
	at := plan.Join("/body", d.linesInto.Name)
	why := byDefault("one line for each product")
	if d.r.lines != nil {
		why = fromWords(d.r.lines.words, "one line for each product")
	}
	if d.r.family != nil {
		why += "; " + fromWords(d.r.family.words, "only those of one family")
	}
	b.notes[at+"/each"] = why
	if said := d.r.anyhow["Maps"]; said != "" {
		b.notes[at] = fromWords(said, "codes come from approved tables")
	}
	for name, note := range it.notes {
		b.notes[plan.Join(at+"/do", name)] = note
	}
}

func (it *items) set(name, expr, note string) {
	it.do[name] = expression(expr)
	it.notes[name] = note
}

// amounts fills what is summed: the overlay says which fields those are.
func (it *items) amounts() {
	fs, m := fieldsOf(it.lines), it.create.Money
	it.set(m.Quantity, it.field("line", fs.quantity).text, byDefault("the line's "+fs.quantity.Name))
	it.set(m.Unit, it.field("line", fs.unit).text, byDefault("the line's "+fs.unit.Name))
	switch {
	case fs.discount.Name == "":
	case m.Discount == "":
		it.problem(no(codeCannot, "", "Lines of %s take no discount, and lines of %s have one.", article(human(it.target)), article(human(it.source))))
	default:
		it.set(m.Discount, it.field("line", fs.discount).text, byDefault("the line's "+fs.discount.Name+", in percent"))
	}
}

// text describes what is sold: the line's own words, else the product's name.
func (it *items) text() {
	f := pick(it.line, isText, func(w []string) bool {
		return slices.Equal(w, []string{"description"}) || slices.Equal(w, []string{"memo"})
	})
	if f.Name == "" {
		return
	}
	fs := fieldsOf(it.lines)
	var name term
	hasName := false
	if it.product != nil {
		if n, ok := nameField(it.product); ok {
			name, hasName = it.ofProduct("line", n)
		}
	}
	switch {
	case fs.text.Name == "" && !hasName:
	case fs.text.Name == "":
		it.set(f.Name, name.text, byDefault("the product's name"))
	case !hasName:
		it.set(f.Name, it.field("line", fs.text).text, byDefault("the line's "+fs.text.Name))
	default:
		own := it.field("line", fs.text)
		text := own.text
		if own.optional && name.optional {
			text += ".or(" + name.text + ")"
		} else if own.optional {
			text += ".orValue(" + name.text + ")"
		}
		it.set(f.Name, text, byDefault("the line's "+fs.text.Name+", else the product's name"))
	}
}

// codes fills item, account and tax codes. They are never computed: they come from
// approved tables, or from the goal.
func (it *items) codes() {
	row := ""
	if item, ok := it.codeField(business.product); ok && it.product != nil {
		to, code := ownerOf(it.cat, item.Type.Nominal)
		name := snake(it.product)
		row = fmt.Sprintf("%s(%s)", name, it.field("line", it.productBy).text)
		it.p.Mappings[name] = plan.Mapping{From: map[string]string{name: it.product.Name}, To: to.Name}
		it.set(item.Name, row+"."+code, byDefault("the "+human(to)+" that an approved table gives for the product"))
		it.account(row, name, to)
	} else {
		it.account("", "", nil)
	}
	if tax, ok := it.codeField(business.tax); ok {
		it.tax(tax)
	}
}

// account fills the ledger account: as the goal says, else as the mapped item has it.
func (it *items) account(row, mapping string, item *schema.Object) {
	f, ok := it.codeField(business.account)
	if m := it.r.account; m != nil {
		if !ok {
			it.problem(ask(codeUnknown, m.words, nil, "Lines of %s take no account.", article(human(it.target))))
			return
		}
		it.do[f.Name], it.notes[f.Name] = literalValue(m.value), fromWords(m.words, "the account of every line")
		return
	}
	if !ok {
		return
	}
	if item != nil {
		if path := it.accountPath(item, f.Type.Nominal); path != "" {
			m := it.p.Mappings[mapping]
			m.With = []string{path}
			it.p.Mappings[mapping] = m
			it.set(f.Name, row+"."+path, byDefault("the account for sales of the item"))
			return
		}
	}
	it.problem(ask(codeMissing, "", []agent.Choice{{Text: "to account 200"}}, "Which account should the lines go to?"))
}

// accountPath is where an item holds its account for sales: a path of at most two fields.
func (it *items) accountPath(item *schema.Object, nominal string) string {
	var paths []string
	for _, f := range item.Fields {
		if f.Type.Nominal == nominal {
			paths = append(paths, f.Name)
		}
		inner, ok := it.cat.Object(f.Type.Ref)
		if f.Type.Kind != schema.ObjectK || !ok {
			continue
		}
		for _, g := range inner.Fields {
			if g.Type.Nominal == nominal {
				paths = append(paths, f.Name+"."+g.Name)
			}
		}
	}
	sales := slices.DeleteFunc(slices.Clone(paths), func(p string) bool {
		return !slices.ContainsFunc(words(p), func(w string) bool { return w == "sales" || w == "sale" || w == "revenue" || w == "income" })
	})
	if len(sales) == 0 && len(paths) == 1 {
		return paths[0]
	}
	if len(sales) == 0 {
		return ""
	}
	return slices.MinFunc(sales, func(a, b string) int { return len(a) - len(b) })
}

// tax fills the tax code from a table over where the customer is and what is sold.
func (it *items) tax(f schema.Field) {
	if it.r.slots["tax"].value == "NoTax" && !f.RequiredOnCreate {
		return
	}
	to, code := ownerOf(it.cat, f.Type.Nominal)
	from := map[string]string{}
	var args []string
	country := pick(it.party, isText, func(w []string) bool {
		return slices.Contains(w, "country") && !slices.Contains(w, "shipping") && !slices.Contains(w, "code")
	})
	if country.Name != "" {
		from["country"] = "string"
		args = append(args, it.field(variable(it.party), country).or(`""`))
	}
	if it.product != nil {
		if t, ok := it.ofProduct("line", familyField(it.product)); ok {
			from["family"] = "string"
			args = append(args, t.or(`""`))
		}
	}
	if len(from) == 0 {
		it.problem(ask(codeMissing, "", nil, "What decides the tax of a line? Neither a country nor a product family is known."))
		return
	}
	it.p.Mappings["tax"] = plan.Mapping{From: from, To: to.Name}
	it.set(f.Name, fmt.Sprintf("tax(%s).%s", strings.Join(args, ", "), code), byDefault("the "+human(to)+" that an approved table gives for country and product family"))
}
