package rules

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// happening is what starts a run of the second family.
type happening string

const (
	born    happening = "born"    // a record was made
	settled happening = "settled" // money moved on a document, or it was taken back
	late    happening = "late"    // a document's due date has passed
)

// deedKind is what a plan of the second family does.
type deedKind string

const (
	matching deedKind = "match"  // find or make the counterpart
	updating deedKind = "update" // change the record that carries the document's id
	tasking  deedKind = "task"   // give somebody something to do
)

// setting gives a field a value that the goal spells out, or that of a field.
type setting struct {
	column  []fieldRef
	label   string
	literal string
	from    []fieldRef // of the record that started the run; empty for a literal
}

// followReading is what a goal of the second family says. Of the reading it uses the
// mentions of records, conditions, limits and problems.
type followReading struct {
	*reading
	event    *mention[happening]
	pays     []mention[string]  // the grammar's name of each state: Paid, Part, Voided
	days     []mention[[]int64] // after the due date
	deed     *mention[deedKind]
	columns  []mention[[]fieldRef] // fields to be kept in step
	generic  bool
	settings []mention[setting]
	marks    []mention[string] // "mark it as paid"
	linked   *mention[bool]
	closing  *mention[bool]
	plain    bool // "create", without a word for finding
	priority *mention[string]
	subject  *mention[string]
	taskDue  *mention[int64]
	who      []mention[string]
}

// readFollow takes the meaning out of a cover of the second family.
func readFollow(goal string, tokens []token, p parsed) *followReading {
	r := &followReading{reading: &reading{goal: goal, tokens: tokens, slots: map[string]mention[string]{}, anyhow: map[string]string{}}}
	for i, c := range p.chunks {
		switch c.rule {
		case "Place":
			r.followPlaced(c, p.chunks[i+1:])
		case "Event":
			r.happened(c)
		case "SyncNew":
			r.syncNew(c)
		case "Matching", "Update", "Task":
			r.does(c)
		case "Condition":
			r.condition(c)
		case "Term", "Early":
			r.term(c.kids[0])
		}
	}
	return r
}

// followPlaced gives an API named first to the clause that follows it.
func (r *followReading) followPlaced(c *node, rest []*node) {
	a := c.find("api")
	for _, next := range rest {
		switch next.rule {
		case "Event":
			r.sourced = append(r.sourced, said(r.reading, a, a.value.([]string)))
			return
		case "Matching", "Update", "Task", "SyncNew":
			r.targeted = append(r.targeted, said(r.reading, a, a.value.([]string)))
			return
		}
	}
}

// apisOf2 notes the APIs named in a node, except inside the nodes of some rules.
func (r *followReading) apisIn(n *node, into *[]mention[[]string], but ...*node) {
	for _, a := range n.all("api") {
		if !slices.ContainsFunc(but, func(b *node) bool { return b != nil && b.from <= a.from && a.to <= b.to }) {
			*into = append(*into, said(r.reading, a, a.value.([]string)))
		}
	}
}

// sourceOf notes the record that starts a run, and the conditions beside it.
func (r *followReading) sourceOf(n *node) {
	if rec := first(n, "Rec", "NewRec"); rec.rule != "" {
		r.entityInto(rec, &r.source)
	} else if e := n.find("entity"); e != nil {
		r.source = append(r.source, said(r.reading, e, e.value.([]string)))
	}
	r.apisIn(n, &r.sourced)
	r.inCondition = true
	for _, s := range n.all("Restrict") {
		r.restriction(s)
	}
	r.inCondition = false
}

func (r *followReading) entityInto(n *node, into *[]mention[[]string]) {
	e := n.find("entity")
	*into = append(*into, said(r.reading, e, e.value.([]string)))
	if owner := n.find("Rec2"); owner != nil {
		r.problem(ask(codeUnknown, r.words(owner), nil, "Which record does %q mean here?", r.words(owner)))
	}
}

// happened reads what starts a run, once.
func (r *followReading) happened(c *node) {
	n := c.kids[0]
	if r.event != nil {
		r.problem(no(codeOneOnly, r.words(c), "One plan has one trigger; %q is a second one. Make two plans.", r.words(c)))
		return
	}
	kind := map[string]happening{"Born": born, "Settled": settled, "Late": late}[n.rule]
	once(r.reading, &r.event, n, kind)
	r.sourceOf(n)
	r.payments(n)
	if d := n.find("Days"); d != nil {
		r.daysIn(d, n.has("More2"))
	}
}

// payments notes the states of payment that a node names.
func (r *followReading) payments(n *node) {
	for _, p := range n.all("Payment") {
		r.pays = append(r.pays, said(r.reading, p, p.kids[0].rule))
	}
}

// daysIn reads one or more numbers of days; "more than 7" begins on the eighth.
func (r *followReading) daysIn(n *node, more bool) {
	var days []int64
	week := strings.HasPrefix(r.tokens[n.to-1].norm, "week")
	for _, num := range n.all("number") {
		v := r.plainNumber(num)
		if week {
			v = v.Mul(decimal.FromInt(7))
		}
		if v.Places() > 0 || v.Sign() <= 0 || v.Cmp(decimal.FromInt(3660)) > 0 {
			r.problem(ask(codeNumber, r.words(n), nil, "%q is not a number of days from 1 to ten years.", r.words(n)))
			return
		}
		d := whole(v)
		if more {
			d++
		}
		days = append(days, d)
	}
	r.days = append(r.days, said(r.reading, n, days))
}

// syncNew reads a trigger and an action from one clause: "sync new accounts to Xero".
func (r *followReading) syncNew(c *node) {
	rec := c.find("NewRec")
	if r.event != nil || r.deed != nil {
		r.problem(no(codeOneOnly, r.words(c), "One plan has one trigger and one action; %q is a second one. Make two plans.", r.words(c)))
		return
	}
	once(r.reading, &r.event, rec, born)
	r.sourceOf(rec)
	once(r.reading, &r.deed, c, matching)
	if as := c.find("Rec"); as != nil {
		r.entityInto(as, &r.target)
	}
	r.apisIn(c, &r.targeted, rec)
}

// does reads what is to happen, once. A second clause may only add to the first.
func (r *followReading) does(c *node) {
	kind := map[string]deedKind{"Matching": matching, "Update": updating, "Task": tasking}[c.rule]
	if r.deed != nil && (r.deed.value != kind || kind != updating) {
		r.problem(no(codeOneOnly, r.words(c), "One plan does one kind of thing; %q is a second one. Make two plans.", r.words(c)))
		return
	}
	if r.deed == nil {
		once(r.reading, &r.deed, c, kind)
	}
	switch kind {
	case matching:
		r.matches(c)
	case updating:
		r.updates(c)
	case tasking:
		r.tasks(c)
	}
}

// matches reads which record is found or made, and for which.
func (r *followReading) matches(c *node) {
	recs := c.all("Rec")
	r.plain = c.kids[0].rule == "MakeVb"
	synced := c.kids[0].rule == "SyncVb"
	for i, rec := range recs {
		if synced && i == 0 && len(recs) > 1 || synced && !asRec(r, rec) {
			e := rec.find("entity")
			r.refs = append(r.refs, said(r.reading, e, ref{e.value.([]string), roleSource}))
			continue
		}
		r.entityInto(rec, &r.target)
		if i > 0 && !synced {
			r.refs = append(r.refs, said(r.reading, rec, ref{rec.find("entity").value.([]string), roleEither}))
			r.target = r.target[:len(r.target)-1]
		}
	}
	r.refsIn(c, roleSource)
	r.apisIn(c, &r.targeted, c.find("ForIt"))
}

// asRec reports whether a record is named as what another becomes: "as a contact".
func asRec(r *followReading, n *node) bool { return n.from > 0 && r.tokens[n.from-1].norm == "as" }

// updates reads which record is changed, and which of its fields.
func (r *followReading) updates(c *node) {
	for _, rn := range c.all("Ref") {
		r.target = append(r.target, said(r.reading, rn, recordOf(rn)))
	}
	r.cells(c)
	for _, s := range c.all("Setting") {
		r.setting(s)
	}
	if m := c.find("MarkAs"); m != nil {
		text := r.words(m)
		if q := m.find("quoted"); q != nil {
			text = q.value.(string)
		}
		r.marks = append(r.marks, said(r.reading, m, text))
	}
	r.apisIn(c, &r.targeted, c.all("Column")...)
}

// cells reads the fields to be kept in step.
func (r *followReading) cells(c *node) {
	r.generic = r.generic || c.has("Generic")
	for _, col := range c.all("Columns") {
		for _, f := range col.all("column") {
			r.columns = append(r.columns, said(r.reading, f, f.value.([]fieldRef)))
		}
	}
}

// setting reads "set the payment status to Paid".
func (r *followReading) setting(n *node) {
	f := n.find("column")
	v := setting{column: f.value.([]fieldRef), label: r.words(f)}
	content := n.find("Content")
	switch leaf := content.kids[0]; leaf.rule {
	case "quoted":
		v.literal = leaf.value.(string)
	case "name":
		v.literal = leaf.value.(name).text
	case "number":
		v.literal = r.plainNumber(leaf).Canonical()
	case "Payment":
		w := r.words(leaf)
		v.literal = strings.ToUpper(w[:1]) + w[1:]
	default:
		fld := content.find("field")
		v.from = fld.value.([]fieldRef)
		for _, e := range content.all("entity") {
			r.refs = append(r.refs, said(r.reading, e, ref{e.value.([]string), roleSource}))
		}
	}
	if on := n.find("Onwhat"); on != nil {
		for _, rn := range on.all("Ref") {
			r.target = append(r.target, said(r.reading, rn, recordOf(rn)))
		}
	}
	r.settings = append(r.settings, said(r.reading, n, v))
}

// tasks reads what kind of task it is and whose.
func (r *followReading) tasks(c *node) {
	if it := c.find("Item"); it != nil {
		if e := it.find("entity"); e != nil {
			r.target = append(r.target, said(r.reading, e, e.value.([]string)))
		}
		r.prio(it)
	}
	r.owner(c)
	r.apisIn(c, &r.targeted)
}

// owner reads who is to do it.
func (r *followReading) owner(c *node) {
	for _, w := range c.all("Who") {
		said := said(r.reading, w, "owner")
		if o := w.find("Owner"); o != nil {
			said.value = strings.ToLower(r.words(o))
		}
		r.who = append(r.who, said)
		for _, rn := range w.all("Ref") {
			r.refs = append(r.refs, mention[ref]{ref{recordOf(rn), roleEither}, r.at(rn)})
		}
	}
}

func (r *followReading) prio(n *node) {
	at := func(found *node) *node {
		if n.rule == "Priority" {
			return n
		}
		return found
	}
	if p := n.find("Prio"); p != nil {
		once(r.reading, &r.priority, at(p), strings.ToLower(r.words(p)))
	} else if u := n.find("Urgent"); u != nil {
		once(r.reading, &r.priority, at(u), "high")
	} else if q := n.find("quoted"); q != nil {
		once(r.reading, &r.priority, n, q.value.(string))
	}
}

// term reads how it is to be.
func (r *followReading) term(n *node) {
	switch n.rule {
	case "TermApi":
		r.apisIn(n, &r.targeted)
	case "Linked", "Unlinked":
		once(r.reading, &r.linked, n, n.rule == "Linked")
		r.sides(n)
	case "CloseTask":
		once(r.reading, &r.closing, n, true)
		r.sides(n)
	case "Marks", "Once2", "FollowEnsure":
		r.anyhow[n.rule] = r.words(n)
		r.sides(n)
	case "Priority":
		r.prio(n)
	case "Subject":
		once(r.reading, &r.subject, n, n.find("quoted").value.(string))
	case "TaskDue":
		r.taskDueIn(n)
	case "Stages":
		if d := n.find("Days"); d != nil {
			r.daysIn(d, false)
		}
	case "PerDay":
		r.limit(n)
	case "ToOwner":
		r.owner(n)
	case "Setting":
		r.setting(n)
	case "Send":
		r.option(&node{rule: "Option", from: n.from, to: n.to, kids: []*node{n}})
	case "Columns2":
		r.cells(n)
	}
}

// sides notes the records named in passing, which may stand on either side.
func (r *followReading) sides(n *node) {
	for _, e := range n.all("entity") {
		r.refs = append(r.refs, said(r.reading, e, ref{e.value.([]string), roleEither}))
	}
}

// taskDueIn reads when the task is to be done: days after it is made.
func (r *followReading) taskDueIn(n *node) {
	var days int64
	if s := n.find("Span"); s != nil {
		v := r.plainNumber(s.find("number"))
		if strings.HasPrefix(r.tokens[s.to-1].norm, "week") {
			v = v.Mul(decimal.FromInt(7))
		}
		if v.Places() > 0 || v.Sign() < 0 || v.Cmp(decimal.FromInt(3660)) > 0 {
			r.problem(ask(codeNumber, r.words(n), nil, "%q is not a number of days within ten years.", r.words(n)))
			return
		}
		days = whole(v)
	}
	once(r.reading, &r.taskDue, n, days)
}
