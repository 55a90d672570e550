package rules

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// followFrame is a goal of the second family with its words resolved: which record is
// watched, which record of the other API carries its id, and what is done there.
type followFrame struct {
	*frame
	fr *followReading

	// carrier is the record that holds the id of the other one, in the field link: the
	// account that knows its contact, the deal that knows its invoice.
	carrier *schema.Object
	link    schema.Field
	doc     document       // of a watched document
	task    *schema.Object // what is to be done, when the plan makes or closes it
	taskBy  *catalog.Operation
}

// document is a record that money is owed on: which of its fields say so.
type document struct {
	number, status, owed, paid, total, due, changed schema.Field
	direction, currency                             schema.Field
	sale, open, done, void                          string // members of direction and status
}

// resolveFollow finds every record that the plan needs.
func resolveFollow(cat *catalog.Catalog, lex *lexicon, r *followReading) *followFrame {
	f := &followFrame{frame: &frame{r: r.reading, cat: cat, lex: lex}, fr: r}
	f.problems = slices.Clone(r.problems)
	// "Create it" may be either; what starts a run decides.
	switch {
	case r.event.value != born && r.deed.value == matching && r.plain:
		r.deed.value = tasking
	case r.event.value == born && r.deed.value == tasking:
		r.deed.value = matching
	}
	switch event, deed := r.event.value, r.deed.value; {
	case event == born && deed == matching:
		f.findCounterpart()
	case event == settled && deed == updating:
		f.findDocument()
	case event == late && deed == tasking:
		f.findDocument()
	default:
		f.problem(no(codeCannot, r.deed.words, "This planner cannot plan to %q when %q."+other, clip(r.deed.words), clip(r.event.words)))
		return f
	}
	if f.source == nil || f.carrier == nil {
		return f
	}
	f.sourceAPI, _ = f.cat.API(apiOf(f.source))
	if f.target != nil {
		f.targetAPI, _ = f.cat.API(apiOf(f.target))
	}
	f.checkSides()
	f.outOfPlace()
	return f
}

func apiOf(o *schema.Object) string {
	api, _, _ := strings.Cut(o.Name, ".")
	return api
}

// idOf is the field of a record that holds the id of one of another API, by its name:
// Xero_Invoice_Id__c of a deal is the id of a Xero invoice.
func idOf(o, other *schema.Object) (schema.Field, bool) {
	want := apiOf(other) + " " + human(other) + " id"
	for _, fl := range o.Fields {
		if !fl.ReadOnly && fl.Type.Kind == schema.String && fl.Type.Nominal == "" && fl.Child == "" && strings.Join(words(fl.Name), " ") == want {
			return fl, true
		}
	}
	return schema.Field{}, false
}

// findCounterpart resolves a record that is made in one API and the one that stands for it
// in another: of all pairs the one whose first half can hold the id of the second.
func (f *followFrame) findCounterpart() {
	sources, targets := narrow(f.sources(), f.r.sourced), f.makeable()
	said, into := f.sourceSaid(), f.targetSaid()
	switch {
	case len(sources) == 0:
		f.problem(no(codeCannot, said, "Changes of %q cannot start a run: no known API reports them%s.", said, f.inThat(f.r.sourced)))
		return
	case len(targets) == 0:
		f.problem(no(codeCannot, into, "No known API can find and create %q%s.", into, f.inThat(f.r.targeted)))
		return
	}
	type pair struct {
		source, target *schema.Object
		link           schema.Field
	}
	var pairs []pair
	apart := false
	for _, s := range sources {
		for _, t := range targets {
			so, _ := f.cat.Object(s)
			to, _ := f.cat.Object(t)
			if apiOf(so) == apiOf(to) {
				continue
			}
			apart = true
			if link, ok := idOf(so, to); ok && f.updater(so) != nil {
				pairs = append(pairs, pair{so, to, link})
			}
		}
	}
	switch {
	case !apart:
		f.problem(ask(codeUnknown, into, nil, "%q and %q are in the same API. Where should it be made?", said, into))
	case len(pairs) == 0:
		f.problem(no(codeCannot, said, "No field of %q holds the id of %q, so the two cannot be linked, and a second one could be made. "+
			"Add such a field there and read the spec anew.", said, into))
	case len(pairs) > 1:
		f.problem(ask(codeAmbiguous, said, nil, "%q can mean more than one kind of record. Which one?", said))
	default:
		f.source, f.carrier, f.target, f.link = pairs[0].source, pairs[0].source, pairs[0].target, pairs[0].link
		f.party, f.payer = f.source, f.target
	}
}

// makeable lists the objects that the goal may mean by what is matched or made.
func (f *followFrame) makeable() []string {
	var named []string
	if len(f.r.target) > 0 {
		named = f.r.target[0].value
	} else {
		for _, api := range f.cat.APIs() {
			for _, o := range f.cat.Objects(api.Name) {
				if obj, ok := f.cat.Object(o); ok && isOneOf(obj, business.party) {
					named = append(named, o)
				}
			}
		}
	}
	return narrow(slices.DeleteFunc(slices.Clone(named), func(o string) bool {
		e, ok := f.cat.Entity(o)
		return !ok || len(e.Find) == 0 || f.creates(o) == nil
	}), f.r.targeted)
}

func (f *followFrame) sourceSaid() string {
	if len(f.r.source) > 0 {
		return f.r.source[0].words
	}
	return f.fr.event.words
}

func (f *followFrame) targetSaid() string {
	if len(f.r.target) > 0 {
		return f.r.target[0].words
	}
	return clip(f.fr.deed.words)
}

// inThat names the APIs of mentions in an answer.
func (f *followFrame) inThat(ms []mention[[]string]) string {
	if len(ms) == 0 {
		return ""
	}
	return " in " + mentions(ms)
}

// updater returns the operation that changes one record, or nil.
func (f *frame) updater(o *schema.Object) *catalog.Operation {
	e, ok := f.cat.Entity(o.Name)
	if !ok || e.Update == "" {
		return nil
	}
	op, _ := f.cat.Operation(apiOf(o) + "." + e.Update)
	return op
}

// findDocument resolves a document that money is owed on, the record of another API that
// carries its id, and, for a task, what is made.
func (f *followFrame) findDocument() {
	said := f.sourceSaid()
	candidates := narrow(f.sources(), f.r.sourced)
	var docs []string
	for _, name := range candidates {
		o, _ := f.cat.Object(name)
		if _, ok := f.documentOf(o); ok {
			docs = append(docs, name)
		}
	}
	switch {
	case len(candidates) == 0:
		f.problem(no(codeCannot, said, "Changes of %q cannot start a run: no known API reports them%s.", said, f.inThat(f.r.sourced)))
		return
	case len(docs) == 0:
		f.problem(no(codeCannot, said, "%q is not a document on which money is owed, with a status, a due date and what is paid.", said))
		return
	case len(docs) > 1:
		f.problem(ask(codeAmbiguous, said, f.oneOf(f.r.source, docs), "%q can mean more than one kind of record. Which one?", said))
		return
	}
	f.source, _ = f.cat.Object(docs[0])
	f.doc, _ = f.documentOf(f.source)
	carriers := f.carriers()
	if f.fr.deed.value == updating {
		f.chooseCarrier(carriers)
		return
	}
	if len(carriers) != 1 {
		f.problem(no(codeCannot, said, "%d kinds of record of other APIs hold the id of %s; this planner needs one.", len(carriers), article(human(f.source))))
		return
	}
	f.carry(carriers[0])
	f.findTask()
}

// documentOf reports which fields of an object say what is owed, when it has them.
func (f *followFrame) documentOf(o *schema.Object) (document, bool) {
	named := func(kind func(schema.Field) bool, want ...string) schema.Field {
		return pick(o, kind, func(w []string) bool { return slices.Contains(want, strings.Join(w, " ")) })
	}
	var d document
	d.owed, d.paid, d.total = named(isNumber, "amount due"), named(isNumber, "amount paid"), named(isNumber, "total")
	d.due = named(func(f schema.Field) bool { return f.Type.Kind == schema.Date }, "due date")
	for _, fl := range o.Fields {
		if isStatus(fl) {
			d.status = fl
		}
		if m, ok := member(fl.Type.Enum, "receivable", "accrec", "sales", "customer"); ok && d.sale == "" && fl.RequiredOnCreate {
			d.direction, d.sale = fl, m
		}
		if strings.HasPrefix(strings.Join(words(fl.Name), " "), "currency code") {
			d.currency = fl
		}
	}
	d.open, _ = member(d.status.Type.Enum, "authorised", "authorized", "approved", "open")
	d.done, _ = member(d.status.Type.Enum, "paid")
	d.void, _ = member(d.status.Type.Enum, "void")
	if op := f.creates(o.Name); op != nil && op.Repeat != nil {
		d.number, _ = o.Field(op.Repeat.Key)
	}
	if api, ok := f.cat.API(apiOf(o)); ok {
		d.changed, _ = o.Field(api.Changes[short(o.Name)].Field)
	}
	for _, fl := range []schema.Field{d.owed, d.paid, d.total, d.due, d.status, d.number, d.changed} {
		if fl.Name == "" {
			return d, false
		}
	}
	return d, d.open != "" && d.done != "" && d.void != "" && f.getter(o) != nil
}

// carriers are the records of other APIs that hold the document's id and can be changed.
func (f *followFrame) carriers() []*schema.Object {
	var out []*schema.Object
	for _, api := range f.cat.APIs() {
		for _, name := range f.cat.Objects(api.Name) {
			o, ok := f.cat.Object(name)
			if !ok || api.Name == apiOf(f.source) {
				continue
			}
			if link, ok := idOf(o, f.source); ok && f.updater(o) != nil && f.queryOf(o) != nil && link.Name != "" {
				out = append(out, o)
			}
		}
	}
	return out
}

// queryOf is the operation that reads an object's records by the values of any field.
func (f *followFrame) queryOf(o *schema.Object) *catalog.Operation {
	e, ok := f.cat.Entity(o.Name)
	if !ok || e.List == "" {
		return nil
	}
	op, ok := f.cat.Operation(apiOf(o) + "." + e.List)
	if !ok || op.Query == nil {
		return nil
	}
	return op
}

func (f *followFrame) carry(o *schema.Object) {
	f.carrier = o
	f.link, _ = idOf(o, f.source)
	if f.target == nil {
		f.target = o
	}
}

// chooseCarrier takes the record that the goal wants changed, which has to be one that
// holds the document's id.
func (f *followFrame) chooseCarrier(carriers []*schema.Object) {
	fit := slices.DeleteFunc(slices.Clone(carriers), func(o *schema.Object) bool {
		for _, m := range f.r.target {
			if !slices.Contains(m.value, o.Name) {
				return true
			}
		}
		return len(narrow([]string{o.Name}, f.r.targeted)) == 0
	})
	said := f.targetSaid()
	switch {
	case len(carriers) == 0:
		f.problem(no(codeCannot, f.sourceSaid(), "No record of another API has a field for the id of %s.", article(human(f.source))))
	case len(fit) == 0:
		f.problem(ask(codeUnknown, said, nil, "Which record should change? Of those in other APIs, only the %s holds the id of %s.", human(carriers[0]), article(human(f.source))))
	case len(fit) > 1:
		f.problem(ask(codeAmbiguous, said, nil, "%q can mean more than one kind of record. Which one?", said))
	default:
		f.carry(fit[0])
		if f.fr.closing != nil {
			f.taskFor()
		}
	}
}

// findTask resolves what is to be done: a record that can be made once, belongs to the
// carrier and has an owner.
func (f *followFrame) findTask() {
	said := f.targetSaid()
	f.taskFor()
	if f.task == nil {
		f.problem(no(codeCannot, said, "%s has nothing like a task: a record that points at %s, has an owner, and can be made once.",
			title(apiOf(f.carrier)), article(human(f.carrier))))
		return
	}
	for _, m := range f.r.target {
		if !slices.Contains(m.value, f.task.Name) {
			f.problem(no(codeCannot, m.words, "This planner cannot plan to make %q when %q; it can make a %s.", m.words, clip(f.fr.event.words), human(f.task)))
			return
		}
	}
	if len(narrow([]string{f.task.Name}, f.r.targeted)) == 0 {
		f.problem(ask(codeUnknown, mentions(f.r.targeted), f.elsewhere(f.r.targeted, []string{f.task.Name}), "A %s is not made in %s. Where should it be made?", human(f.task), mentions(f.r.targeted)))
		return
	}
	f.target = f.task
}

// taskFor finds the object of the carrier's API that is a task about a carrier.
func (f *followFrame) taskFor() {
	for _, name := range f.cat.Objects(apiOf(f.carrier)) {
		o, ok := f.cat.Object(name)
		op := f.creates(name)
		if !ok || op == nil || op.Repeat == nil || op.Repeat.Key == "" || op.Repeat.Status == "" || hasFlag(o, "closed") == "" {
			continue
		}
		about, who := f.about(o), ownerField(o)
		if about.Name != "" && who.Name != "" && f.queryOf(o) != nil && f.updater(o) != nil {
			f.task, f.taskBy = o, op
			return
		}
	}
}

// about is the field of a task that may point at the carrier.
func (f *followFrame) about(o *schema.Object) schema.Field {
	for _, fl := range o.Fields {
		if !fl.ReadOnly && (fl.Type.Nominal == keyType(f.carrier) || slices.Contains(fl.Type.AnyOf, keyType(f.carrier))) {
			return fl
		}
	}
	return schema.Field{}
}

// ownerField is the field that says whose record it is.
func ownerField(o *schema.Object) schema.Field {
	return pick(o, func(f schema.Field) bool { return f.Type.Nominal != "" && f.Child == "" }, func(w []string) bool { return w[0] == "owner" })
}

// checkSides asks about every record named in passing that is on neither side.
func (f *followFrame) checkSides() {
	for _, m := range f.r.refs {
		if len(m.value.objects) == 0 {
			continue
		}
		sides := []*schema.Object{f.source}
		if m.value.as != roleSource {
			sides = append(sides, f.target, f.carrier, f.task)
		}
		if !slices.ContainsFunc(sides, func(o *schema.Object) bool { return o != nil && slices.Contains(m.value.objects, o.Name) }) {
			f.problem(ask(codeUnknown, m.words, nil, "Which record does %q mean here?", m.words))
		}
	}
	if len(narrow([]string{f.source.Name}, f.r.sourced)) == 0 {
		f.problem(ask(codeUnknown, mentions(f.r.sourced), nil, "%q does not start in %s. Where does it?", f.sourceSaid(), mentions(f.r.sourced)))
	}
}

// outOfPlace asks about every part of the goal that does not belong to what it asks for, so
// that nothing said is without effect.
func (f *followFrame) outOfPlace() {
	r, deed := f.fr, f.fr.deed.value
	odd := func(belongs bool, words string) {
		if !belongs && words != "" {
			f.problem(ask(codeUnplaced, words, nil, "What should %q change here? Leave it out, or say it in other words.", words))
		}
	}
	odd(deed == matching, wordsOf(r.linked))
	odd(deed != matching, wordsOf(r.closing))
	odd(deed == tasking, wordsOf(r.priority))
	odd(deed == tasking, wordsOf(r.subject))
	odd(deed == tasking, wordsOf(r.taskDue))
	odd(deed != updating, wordsOf(r.perDay))
	for _, m := range r.who {
		odd(deed == tasking, m.words)
	}
	for _, m := range r.days {
		odd(deed == tasking, m.words)
	}
	for _, m := range r.settings {
		odd(deed == updating, m.words)
	}
	for _, m := range r.columns {
		odd(deed == updating, m.words)
	}
	odd(deed == matching, r.anyhow["FollowEnsure"])
}

// wordsOf are the words of a mention, if there is one.
func wordsOf[T any](m *mention[T]) string {
	if m == nil {
		return ""
	}
	return m.words
}

// limitName is the plan's name for how many of an object it may make in a day.
func limitName(o *schema.Object) string { return snake(o) + "s_per_day" }

// piece is a step of a plan with its notes, by pointer below it, and the steps it repeats.
type piece struct {
	step  plan.Step
	notes map[string]string
	kids  []piece
}
