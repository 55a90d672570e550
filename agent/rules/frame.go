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
	partyWhy   string
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

// Words by which records of one kind are recognised, best first.
var (
	partyWords   = []string{"account", "customer", "client", "company", "debtor", "buyer", "party", "contact"}
	lineWords    = []string{"line", "item", "position", "product"}
	productWords = []string{"product", "item", "article", "good", "service", "sku"}
)

func (f *frame) problem(p problem) { f.problems = append(f.problems, p) }

// short is an object's name without its API.
func short(full string) string { return full[strings.LastIndexByte(full, '.')+1:] }

// human is an object's name as people say it: "opportunity line item".
func human(o *schema.Object) string { return humanName(o.Name) }

func humanName(full string) string {
	return strings.TrimRight(strings.Join(words(short(full)), " "), "0123456789 ")
}

// snake is an object's name as step ids and limits write it.
func snake(o *schema.Object) string { return strings.ReplaceAll(human(o), " ", "_") }

// keyType is the nominal type of an object's own id.
func keyType(o *schema.Object) string { return o.Name + "." + o.Key }

// ownerOf returns the object whose id or code a nominal type names, and the field.
func ownerOf(cat *catalog.Catalog, nominal string) (*schema.Object, string) {
	i := strings.LastIndexByte(nominal, '.')
	if i < 0 {
		return nil, ""
	}
	o, ok := cat.Object(nominal[:i])
	if !ok {
		return nil, ""
	}
	return o, nominal[i+1:]
}

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

// narrow keeps the candidates whose API every mention allows.
func narrow(candidates []string, apis []mention[[]string]) []string {
	var out []string
	for _, c := range candidates {
		api, _, _ := strings.Cut(c, ".")
		if !slices.ContainsFunc(apis, func(m mention[[]string]) bool { return !slices.Contains(m.value, api) }) {
			out = append(out, c)
		}
	}
	return out
}

// mentions joins the words of mentions for a question.
func mentions[T any](ms []mention[T]) string {
	var out []string
	for _, m := range ms {
		if !slices.Contains(out, m.words) {
			out = append(out, m.words)
		}
	}
	return strings.Join(out, ", ")
}

// findTarget resolves what is made: an object that the catalog can create.
func (f *frame) findTarget() {
	var named []string
	said := "the record to make"
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
		f.problem(ask(codeUnknown, mentions(f.r.targeted), able, "%q is not made in %s. Where should it be made?", said, mentions(f.r.targeted)))
	case len(fit) > 1:
		f.problem(ask(codeAmbiguous, said, fit, "%q can mean more than one kind of record. Which one?", said))
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

// findSource resolves what starts a run: an object whose changes can be seen.
func (f *frame) findSource() {
	candidates := f.sources()
	said := "the record that starts a run"
	if len(f.r.source) > 0 {
		said = f.r.source[0].words
	}
	if len(candidates) == 0 {
		f.problem(no(codeCannot, said, "Changes of %q cannot start a run: no known API reports them.", said))
		return
	}
	fit := slices.DeleteFunc(narrow(candidates, f.r.sourced), func(o string) bool { return !f.canSay(o) })
	switch {
	case len(fit) == 1:
		f.source, _ = f.cat.Object(fit[0])
		api, _, _ := strings.Cut(fit[0], ".")
		f.sourceAPI, _ = f.cat.API(api)
	case len(fit) > 1:
		f.problem(ask(codeAmbiguous, said, fit, "%q can mean more than one kind of record. Which one?", said))
	case len(narrow(candidates, f.r.sourced)) == 0:
		f.problem(ask(codeUnknown, mentions(f.r.sourced), candidates, "%q does not start in %s. Where does it?", said, mentions(f.r.sourced)))
	default:
		f.problem(ask(codeUnknown, f.stateWords(), nil, "What does %q mean for %s? It has no such state.", f.stateWords(), humanName(candidates[0])))
	}
}

// watched lists the objects whose changes can be seen, in the catalog's order.
func (f *frame) watched() []string {
	var out []string
	for _, api := range f.cat.APIs() {
		for _, o := range f.cat.Objects(api.Name) {
			if _, ok := api.Changes[short(o)]; ok {
				out = append(out, o)
			}
		}
	}
	return out
}

// reattach settles APIs named behind "for every won deal in …": they are where the deal
// is, unless no API of that name has such records; then they are where the action is.
func (f *frame) reattach() {
	candidates := f.sources()
	for _, m := range f.r.loose {
		if len(narrow(candidates, []mention[[]string]{m})) == 0 {
			f.r.targeted = append(f.r.targeted, m)
		} else {
			f.r.sourced = append(f.r.sourced, m)
		}
	}
}

// sources lists the objects that the record starting a run may be.
func (f *frame) sources() []string {
	candidates := f.watched()
	if len(f.r.source) == 0 {
		return candidates
	}
	return slices.DeleteFunc(candidates, func(o string) bool { return !slices.Contains(f.r.source[0].value, o) })
}

// canSay reports whether an object has the state that the goal speaks of.
func (f *frame) canSay(object string) bool {
	o, ok := f.cat.Object(object)
	if !ok {
		return false
	}
	if f.r.won != nil {
		return hasFlag(o, "won") != ""
	}
	if f.r.flag != nil {
		return hasFlag(o, f.r.flag.value) != ""
	}
	for _, s := range f.r.stages {
		if _, ok := fieldOf(o, s.value.field, stageLabel(s.value)); !ok {
			return false
		}
	}
	return true
}

func stageLabel(s stageIs) string {
	if s.label == "" {
		return "stage"
	}
	return s.label
}

func (f *frame) stateWords() string {
	switch {
	case f.r.won != nil:
		return f.r.won.words
	case f.r.flag != nil:
		return f.r.flag.words
	}
	return mentions(f.r.stages)
}

// hasFlag returns the yes-or-no field that says a word, "IsWon" for "won".
func hasFlag(o *schema.Object, word string) string {
	for _, f := range o.Fields {
		w := words(f.Name)
		if f.Type.Kind == schema.Bool && len(w) > 1 && (w[0] == "is" || w[0] == "has") && strings.Join(w[1:], " ") == word {
			return f.Name
		}
	}
	return ""
}

// fieldOf picks the object's field among those a phrase may mean, or the one whose
// label is the phrase.
func fieldOf(o *schema.Object, refs []fieldRef, label string) (schema.Field, bool) {
	var shortest schema.Field
	for _, f := range o.Fields {
		named := slices.Contains(refs, fieldRef{o.Name, f.Name}) || (len(refs) == 0 && slices.Contains(labels(f), label))
		if named && (shortest.Name == "" || len(f.Name) < len(shortest.Name)) {
			shortest = f
		}
	}
	return shortest, shortest.Name != ""
}

// findParty resolves the customer: the record that the source points at and that
// accounting would call one.
func (f *frame) findParty() {
	best := len(partyWords)
	for _, fl := range f.source.Fields {
		o, key := ownerOf(f.cat, fl.Type.Nominal)
		if o == nil || o.Name == f.source.Name || key != o.Key {
			continue
		}
		for _, w := range words(short(o.Name)) {
			if rank := slices.Index(partyWords, w); rank >= 0 && rank < best && f.getter(o) != nil {
				best, f.party, f.partyField = rank, o, fl
			}
		}
	}
	if f.party == nil {
		f.problem(no(codeCannot, "", "No field of %s points at a customer.", human(f.source)))
	}
}

// getter returns the operation that reads one record by id, or nil.
func (f *frame) getter(o *schema.Object) *catalog.Operation {
	e, ok := f.cat.Entity(o.Name)
	if !ok || e.Get == "" {
		return nil
	}
	api, _, _ := strings.Cut(o.Name, ".")
	op, _ := f.cat.Operation(api + "." + e.Get)
	return op
}

// requestObject is the object that creating the target sends.
func (f *frame) requestObject() *schema.Object {
	if o, ok := f.cat.Object(f.create.Request.Type.Ref); ok {
		return o
	}
	return f.target
}

// findPayer resolves the field of the target that holds its customer.
func (f *frame) findPayer() {
	for _, fl := range f.requestObject().Fields {
		if fl.ReadOnly {
			continue
		}
		var o *schema.Object
		if fl.Type.Kind == schema.ObjectK {
			o, _ = f.cat.Object(fl.Type.Ref)
		} else if owner, key := ownerOf(f.cat, fl.Type.Nominal); owner != nil && key == owner.Key && owner.Name != f.target.Name {
			o = owner
		}
		if o == nil || o.Key == "" || (!fl.RequiredOnCreate && f.payer != nil) {
			continue
		}
		isParty := slices.ContainsFunc(words(short(o.Name)), func(w string) bool { return slices.Contains(partyWords, w) })
		if e, ok := f.cat.Entity(o.Name); ok && e.Create != "" && len(e.Find) > 0 && isParty {
			f.payer, f.payerField = o, fl
		}
	}
	if f.payer == nil {
		f.problem(no(codeCannot, f.targetWords(), "No customer of %s can be found or made.", article(human(f.target))))
	}
}

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
		f.problem(no(codeCannot, f.targetWords(), "This planner makes records that have lines with amounts; %s has none.", article(human(f.target))))
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
		if o != nil && key == o.Key && o.Name != f.lines.Name && isOneOf(o, productWords) {
			f.product, f.productBy = o, fl
			return
		}
	}
}

// lineScore counts how much an object looks like lines with amounts.
func lineScore(o *schema.Object) int {
	score := 0
	for _, w := range words(short(o.Name)) {
		if slices.Contains(lineWords, w) {
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

func (f *frame) allowed(as role) []*schema.Object {
	switch as {
	case roleTarget:
		return []*schema.Object{f.target}
	case roleParty:
		return []*schema.Object{f.party, f.payer}
	case roleLines:
		return []*schema.Object{f.lines, f.product, f.line}
	case roleEither:
		return []*schema.Object{f.source, f.target}
	}
	return []*schema.Object{f.source}
}
