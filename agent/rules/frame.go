package rules

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// frame is a reading with its words resolved against the catalog: which record starts a
// run, what is made from it, and which records and fields lie between the two.
type frame struct {
	r   *reading
	cat *catalog.Catalog
	lex *lexicon

	source    *schema.Object // what starts a run
	sourceAPI *catalog.API
	target    *schema.Object // what is made
	targetAPI *catalog.API
	create    *catalog.Operation

	party      *schema.Object // the customer in the source's API
	partyField schema.Field   // the source's field that points at it
	payer      *schema.Object // the customer in the target's API
	payerField schema.Field   // the target's field that holds it

	lines     *schema.Object // the source's lines
	linesKey  schema.Field   // their field that points at the source
	product   *schema.Object // what a line sells
	productBy schema.Field   // the line's field that points at it
	linesInto schema.Field   // the target's field that holds lines
	line      *schema.Object // one of them

	problems []problem
}

// business holds the words by which records of one kind are recognised in any API's
// names, best first.
var business = struct{ party, line, product, tax, account []string }{
	party:   []string{"account", "customer", "client", "company", "debtor", "buyer", "party", "contact"},
	line:    []string{"line", "item", "position", "product"},
	product: []string{"product", "item", "article", "good", "service", "sku"},
	tax:     []string{"tax", "vat", "gst"},
	account: []string{"account", "ledger"},
}

func (f *frame) problem(p problem) { f.problems = append(f.problems, p) }

// resolve finds every record that the plan needs. It returns a frame with problems when
// words do not lead to one record.
func resolve(cat *catalog.Catalog, lex *lexicon, r *reading) *frame {
	f := &frame{r: r, cat: cat, lex: lex, problems: slices.Clone(r.problems)}
	f.reattach()
	f.findTarget()
	f.findSource()
	if f.source == nil || f.target == nil {
		return f
	}
	f.findParty()
	f.findPayer()
	f.findLines()
	f.checkRefs()
	return f
}

// findTarget resolves what is made: an object that the catalog can create.
func (f *frame) findTarget() {
	var named []string
	var said string
	switch {
	case len(f.r.target) > 0:
		named, said = f.r.target[0].value, f.r.target[0].words
	case f.r.invoiced != nil:
		said = f.r.invoiced.words
		named = f.documents()
	default:
		return
	}
	able := slices.DeleteFunc(slices.Clone(named), func(o string) bool { return f.creates(o) == nil })
	fit := narrow(able, f.r.targeted)
	switch {
	case len(able) == 0:
		f.problem(no(codeCannot, said, "No known API can create %q.", said))
	case len(fit) == 0:
		f.problem(ask(codeUnknown, mentions(f.r.targeted), f.elsewhere(f.r.targeted, able), "%q is not made in %s. Where should it be made?", said, mentions(f.r.targeted)))
	case len(fit) > 1:
		f.problem(ask(codeAmbiguous, said, f.oneOf(f.r.target, fit), "%q can mean more than one kind of record. Which one?", said))
	default:
		f.target, _ = f.cat.Object(fit[0])
		f.create = f.creates(fit[0])
		f.targetAPI, _ = f.cat.API(f.create.API)
	}
}

// documents are the objects that the verb "to invoice" makes.
func (f *frame) documents() []string {
	return append(slices.Clone(f.lex.entities["invoice"]), slices.DeleteFunc(slices.Clone(f.lex.entities["bill"]), func(o string) bool {
		return slices.Contains(f.lex.entities["invoice"], o)
	})...)
}

// creates returns the operation that creates an object, or nil.
func (f *frame) creates(object string) *catalog.Operation {
	e, ok := f.cat.Entity(object)
	if !ok || e.Create == "" {
		return nil
	}
	api, _, _ := strings.Cut(object, ".")
	op, ok := f.cat.Operation(api + "." + e.Create)
	if !ok || op.Request == nil {
		return nil
	}
	return op
}

// requestObject is the object that creating the target sends.
func (f *frame) requestObject() *schema.Object {
	if o, ok := f.cat.Object(f.create.Request.Type.Ref); ok {
		return o
	}
	return f.target
}

// targetWords is what the goal calls the record to make.
func (f *frame) targetWords() string {
	if len(f.r.target) > 0 {
		return f.r.target[0].words
	}
	return f.r.invoiced.words
}

// findLines resolves the lines on both sides.
func (f *frame) findLines() {
	req := f.requestObject()
	if f.create.Money != nil {
		f.linesInto, _ = req.Field(f.create.Money.Lines)
	}
	if f.linesInto.Type.Kind != schema.List || f.linesInto.Type.Elem.Kind != schema.ObjectK {
		f.problem(no(codeCannot, f.targetWords(), "This planner makes records that have lines with amounts; %s has none."+other, article(human(f.target))))
		return
	}
	f.line, _ = f.cat.Object(f.linesInto.Type.Elem.Ref)
	best := 0
	for _, name := range f.cat.Objects(f.sourceAPI.Name) {
		o, ok := f.cat.Object(name)
		if !ok || o.Name == f.source.Name {
			continue
		}
		for _, fl := range o.Fields {
			if fl.Type.Nominal != keyType(f.source) {
				continue
			}
			if score := lineScore(o); score > best {
				best, f.lines, f.linesKey = score, o, fl
			}
		}
	}
	if f.lines == nil || f.line == nil {
		f.problem(no(codeCannot, "", "%s has no lines that point at it.", human(f.source)))
		return
	}
	for _, fl := range f.lines.Fields {
		o, key := ownerOf(f.cat, fl.Type.Nominal)
		if o != nil && key == o.Key && o.Name != f.lines.Name && isOneOf(o, business.product) {
			f.product, f.productBy = o, fl
			return
		}
	}
}

// lineScore counts how much an object looks like lines with amounts.
func lineScore(o *schema.Object) int {
	score := 0
	for _, w := range words(short(o.Name)) {
		if slices.Contains(business.line, w) {
			score++
		}
	}
	for _, f := range o.Fields {
		if slices.Contains(words(f.Name), "quantity") {
			return score + 1
		}
	}
	return 0
}

// isOneOf reports whether an object's name has a word of some kind; a trailing number, as in
// Product2, does not count.
func isOneOf(o *schema.Object, kinds []string) bool {
	return slices.ContainsFunc(words(short(o.Name)), func(w string) bool { return slices.Contains(kinds, strings.TrimRight(w, "0123456789")) })
}

// checkRefs asks about every record named in passing that is not the one it should be.
func (f *frame) checkRefs() {
	for _, m := range f.r.refs {
		if len(m.value.objects) == 0 {
			continue // customer, client: no record of the catalog
		}
		if !slices.ContainsFunc(f.allowed(m.value.as), func(o *schema.Object) bool {
			return o != nil && slices.Contains(m.value.objects, o.Name)
		}) {
			f.problem(ask(codeUnknown, m.words, nil, "Which record does %q mean here?", m.words))
		}
	}
}

// allowed lists the records that a mention may mean where it stands.
func (f *frame) allowed(as role) []*schema.Object {
	switch as {
	case roleTarget:
		return []*schema.Object{f.target}
	case roleParty:
		return []*schema.Object{f.party, f.payer, f.source}
	case roleLines:
		return []*schema.Object{f.lines, f.product, f.line}
	case roleOrigin:
		return []*schema.Object{f.source, f.lines, f.product}
	case roleEither:
		return []*schema.Object{f.source, f.target}
	case roleSource:
	}
	return []*schema.Object{f.source}
}
