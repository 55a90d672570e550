package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// lineFields are the fields of a line on the source's side, by what they mean. A field
// without a name was not found.
type lineFields struct {
	quantity, unit, discount, total, text schema.Field
}

// fieldsOf recognises them by their words and kinds.
func fieldsOf(o *schema.Object) lineFields {
	return lineFields{
		quantity: pick(o, isNumber, func(w []string) bool { return slices.Contains(w, "quantity") }),
		unit: pick(o, isNumber, func(w []string) bool {
			return (slices.Contains(w, "unit") && (slices.Contains(w, "price") || slices.Contains(w, "amount"))) || slices.Equal(w, []string{"price"})
		}),
		discount: pick(o, isNumber, func(w []string) bool {
			return slices.Equal(w, []string{"discount"}) || (slices.Contains(w, "discount") && (slices.Contains(w, "percent") || slices.Contains(w, "rate")))
		}),
		total: pick(o, isNumber, func(w []string) bool {
			return slices.Contains(w, "total") && len(w) <= 2 || slices.Equal(w, []string{"amount"}) || slices.Equal(w, []string{"line", "amount"})
		}),
		text: pick(o, isText, func(w []string) bool { return slices.Equal(w, []string{"description"}) }),
	}
}

func isNumber(f schema.Field) bool { return f.Type.Kind == schema.Decimal || f.Type.Kind == schema.Int }

func isText(f schema.Field) bool { return f.Type.Kind == schema.String && f.Type.Nominal == "" }

// pick returns the field with the shortest name that passes both tests.
func pick(o *schema.Object, kind func(schema.Field) bool, named func([]string) bool) schema.Field {
	var best schema.Field
	for _, f := range o.Fields {
		if kind(f) && named(words(f.Name)) && (best.Name == "" || len(f.Name) < len(best.Name)) {
			best = f
		}
	}
	return best
}

// familyField is the field that groups products.
func familyField(o *schema.Object) schema.Field {
	return pick(o, isText, func(w []string) bool {
		return slices.ContainsFunc(w, func(s string) bool { return s == "family" || s == "category" }) && len(w) <= 2
	})
}

// relation is the name under which a query reaches the record that a foreign key points
// at: Product2 for Product2Id.
func relation(f schema.Field) (string, bool) {
	if base, ok := strings.CutSuffix(f.Name, "__c"); ok {
		return base + "__r", true
	}
	base, ok := strings.CutSuffix(f.Name, "Id")
	return base, ok && base != ""
}

// ofProduct is the term for a field of the product of a line.
func (d *drafter) ofProduct(line string, f schema.Field) (term, bool) {
	rel, ok := relation(d.productBy)
	if !ok || f.Name == "" {
		return term{}, false
	}
	if !slices.Contains(d.rows, rel+"."+f.Name) {
		d.rows = append(d.rows, rel+"."+f.Name)
	}
	if d.productBy.Always {
		return d.field(line+"."+rel, f), true
	}
	return term{line + ".?" + rel + ".?" + f.Name, true}, true
}

// lineSteps read the lines, in their order, and judge them before anything is written.
func (d *drafter) lineSteps() {
	query := d.queryOperation()
	if query == nil {
		d.problem(no(codeCannot, "", "No operation of %s reads the lines of %s.", d.sourceAPI.Name, article(human(d.source))))
		return
	}
	fs := fieldsOf(d.lines)
	if fs.quantity.Name == "" || fs.unit.Name == "" {
		d.problem(no(codeCannot, "", "%s holds no quantity or no unit price.", human(d.lines)))
		return
	}
	for _, f := range []schema.Field{{Name: d.lines.Key}, fs.quantity, fs.unit, fs.discount, fs.total, fs.text, d.productBy} {
		if f.Name != "" {
			d.rows = append(d.rows, f.Name)
		}
	}
	v := variable(d.source)
	key, _ := d.source.Field(d.source.Key)
	step := plan.Step{
		ID: "lines", Kind: plan.Read, Target: query.Name(), From: short(d.lines.Name),
		Where: plan.Equal(map[string]plan.Value{d.linesKey.Name: expression(d.field(v, key).text)}),
		Order: d.order(),
	}
	why := byDefault("every line of the " + human(d.source))
	if d.r.lines != nil {
		why = fromWords(d.r.lines.words, "every line of the "+human(d.source))
	}
	at := len(d.p.Steps)
	d.add(step, map[string]string{"/where/" + d.linesKey.Name: why})
	d.over = "lines"
	d.familyFilter()
	d.judgeLines(fs)
	d.sum = fs.total.Name
	// The terms of the invoice's lines decide what else is read; select is set last.
	defer func() { d.p.Steps[at].Select = d.rows }()
	d.preselect()
}

// preselect names the product's fields that the invoice's lines use.
func (d *drafter) preselect() {
	if d.product == nil {
		return
	}
	if n, ok := nameField(d.product); ok {
		d.ofProduct("line", n)
	}
	if tax, ok := d.codeField(business.tax); ok && (tax.RequiredOnCreate || d.r.slots["tax"].value != "NoTax") {
		d.ofProduct("line", familyField(d.product))
	}
}

// queryOperation is the operation of the source's API whose rows the plan shapes.
func (d *drafter) queryOperation() *catalog.Operation {
	for _, op := range d.cat.Operations(d.sourceAPI.Name) {
		if op.Query != nil && op.Effect == catalog.EffectNone {
			return op
		}
	}
	return nil
}

// order is the order people gave the lines, then the id, so that it never changes.
func (d *drafter) order() []string {
	var out []string
	if f := pick(d.lines, isNumber, func(w []string) bool { return slices.Contains(w, "order") || slices.Contains(w, "position") }); f.Name != "" {
		out = append(out, f.Name)
	}
	return append(out, d.lines.Key)
}

// familyFilter keeps the lines of one family, where the goal says so.
func (d *drafter) familyFilter() {
	message := fmt.Sprintf("the %s has no products", human(d.source))
	why := byDefault("without lines there is nothing to invoice")
	if m := d.r.family; m != nil {
		var f schema.Field
		if d.product != nil {
			f = familyField(d.product)
		}
		t, ok := d.ofProduct("l", f)
		if !ok {
			d.problem(ask(codeUnknown, m.words, nil, "%s has no field that groups products. How are %q told apart?", human(d.lines), m.value.text))
			return
		}
		text := m.value.text
		if i := slices.IndexFunc(f.Type.Enum, func(s string) bool { return phrase(s) == phrase(text) }); i >= 0 {
			text = f.Type.Enum[i]
		} else if len(f.Type.Enum) > 0 {
			d.problem(ask(codeUnknown, m.words, d.r.values(m.at, text, f.Type.Enum), "%s cannot be %q. Which value is meant?", f.Name, text))
			return
		} else if !m.value.exact {
			text = title(text)
			d.remark("%q is compared exactly, with capitals: %s is %q. Write it in quotation marks to say otherwise.", m.words, f.Name, text)
		}
		d.over = fmt.Sprintf("lines.filter(l, %s == %s)", t.or(`""`), celText(text))
		message = fmt.Sprintf("the %s has no products of the family %s", human(d.source), text)
		why = fromWords(m.words, "only lines of this family are invoiced")
	}
	that := expression(d.over + ".size() > 0")
	d.add(plan.Step{ID: "has_lines", Kind: plan.Assert, That: &that, Else: plan.Refuse, Message: message}, map[string]string{"/assert": why})
}

// judgeLines holds the run when a line's total is not what its parts give: the invoice
// would be for another amount than the deal.
func (d *drafter) judgeLines(fs lineFields) {
	if fs.total.Name == "" {
		d.remark("%s holds no total, so lines are not compared with their parts.", sentence(human(d.lines)))
		return
	}
	product := fmt.Sprintf("%s * %s", d.field("l", fs.quantity).or("0"), d.field("l", fs.unit).or("0"))
	if fs.discount.Name != "" {
		product += fmt.Sprintf(` * (100 - %s) * dec("0.01")`, d.field("l", fs.discount).or("0"))
	}
	that := expression(fmt.Sprintf("%s.all(l, (%s).cents() == %s)", d.over, product, d.field("l", fs.total).or("0")))
	d.add(plan.Step{
		ID: "prices_hold", Kind: plan.Assert, That: &that, Else: plan.Hold,
		Message: "a line's total is not its quantity times its price less its discount",
	}, map[string]string{"/assert": byDefault("a difference would make an invoice for another amount than the deal")})
}
