package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// reading is what a goal says, before anything is looked up in the catalog. Every
// mention carries the words it was read from.
type reading struct {
	goal   string
	tokens []token

	source  []mention[[]string] // objects that the record starting a run may be
	sourced []mention[[]string] // APIs named beside it
	loose   []mention[[]string] // APIs named after it, "for every won deal in …": perhaps the action's
	won     *mention[bool]
	stages  []mention[stageIs]
	flag    *mention[string]
	bounds  []mention[bound]
	equals  []mention[fieldIs]
	nominal bool // the trigger stands inside the action: "for every won deal"

	target   []mention[[]string] // objects the action makes
	targeted []mention[[]string] // APIs named beside it
	invoiced *mention[bool]      // "bill the customer": the verb names what is made
	refs     []mention[ref]      // other records that the goal speaks of

	lines    *mention[bool]
	slots    map[string]mention[string] // choices with one value: status, tax
	family   *mention[name]
	due      *mention[due]
	currency *mention[string]
	account  *mention[string]
	perDay   *mention[amount]
	perDoc   *mention[money]
	back     *mention[bool]
	backWhat string
	assigns  []mention[assign]

	anyhow map[string]string // what the goal says and the plan does anyhow, with the words

	problems []problem
}

// mention is a value with the words it was read from.
type mention[T any] struct {
	value T
	words string
}

// stageIs says that a field of the source record, or its stage when field is empty, has
// reached a value.
type stageIs struct {
	field []fieldRef
	label string
	name  name
	won   bool
}

// fieldIs says that a field of the source record has a value.
type fieldIs struct {
	field []fieldRef
	label string
	text  string
	kind  kind // quoted text, a number or a word
	exact bool
}

// money is an amount with the currency written after or before it.
type money struct {
	amount
	currency string // code or coin, as written; empty when none
}

// bound compares a field of the source record with an amount.
type bound struct {
	field []fieldRef // nil for the record's amount
	label string
	op    string // CEL comparison
	money money
}

// role says which record a word such as "the deal" has to mean.
type role int

const (
	roleSource role = iota // the record that starts a run
	roleTarget             // the record that is made
	roleParty              // the customer
	roleLines              // the lines
	roleEither             // the source or the target
)

// ref is a record that the goal names in passing.
type ref struct {
	objects []string
	as      role
}

// due is when an invoice is payable: a number of days after a date.
type due struct {
	days  int64
	label string // what it counts from, as a field of the source; empty for the invoice's date
	field []fieldRef
}

// assign fills a field of the target.
type assign struct {
	onto     []fieldRef
	ontoName string
	from     []fieldRef // empty for a literal
	fromName string
	owner    []string // objects the source field was said to belong to
	literal  string
	known    bool // the source is a field or a literal; false for words nobody knows
}

// read takes the meaning out of a cover of the goal.
func read(goal string, tokens []token, p parsed) *reading {
	r := &reading{goal: goal, tokens: tokens, slots: map[string]mention[string]{}, anyhow: map[string]string{}}
	for i, c := range p.chunks {
		switch c.rule {
		case "Place":
			r.placed(c, p.chunks[i+1:])
		case "Trigger":
			r.trigger(c)
		case "Both":
			r.both(c)
		case "Action":
			r.action(c)
		case "Condition":
			r.condition(c)
		case "Option":
			r.option(c)
		}
	}
	return r
}

// placed gives an API named first to the clause that follows it.
func (r *reading) placed(c *node, rest []*node) {
	a := c.find("api")
	for _, next := range rest {
		switch next.rule {
		case "Trigger":
			r.sourced = append(r.sourced, said(r, a, a.value.([]string)))
			return
		case "Action", "Both":
			r.targeted = append(r.targeted, said(r, a, a.value.([]string)))
			return
		}
	}
}

// words returns the part of the goal that a node covers, as written.
func (r *reading) words(n *node) string { return r.span(n.from, n.to) }

func (r *reading) span(from, to int) string {
	if from >= to {
		return ""
	}
	return strings.Join(strings.Fields(r.goal[r.tokens[from].from:r.tokens[to-1].to]), " ")
}

func said[T any](r *reading, n *node, v T) mention[T] { return mention[T]{v, r.words(n)} }

func (r *reading) problem(p problem) { r.problems = append(r.problems, p) }

// choose fills a slot that holds one value and asks when the goal says two.
func (r *reading) choose(slot, value string, n *node) {
	if old, ok := r.slots[slot]; ok && old.value != value {
		r.conflict(old.words, r.words(n))
		return
	} else if ok {
		return
	}
	r.slots[slot] = said(r, n, value)
}

func (r *reading) conflict(a, b string) {
	p := ask(codeConflict, "", []string{a, b}, "The goal says both %q and %q. Which one holds?", a, b)
	p.about = []string{a, b}
	r.problem(p)
}

// once fills a slot that may be stated once.
func once[T any](r *reading, slot **mention[T], n *node, v T) {
	m := said(r, n, v)
	if old := *slot; old != nil && fmt.Sprint(old.value) != fmt.Sprint(v) {
		r.conflict(old.words, m.words)
		return
	}
	*slot = &m
}

func (r *reading) trigger(c *node) {
	if len(r.source) > 0 || r.won != nil || r.flag != nil || len(r.stages) > 0 {
		r.problem(no(codeOneOnly, r.words(c), "One plan has one trigger; %q is a second one. Make two plans.", r.words(c)))
		return
	}
	r.nominal = r.tokens[c.from].norm == "for" || r.tokens[c.from].norm == "from"
	r.sourceIn(c)
}

// sourceIn reads the record that starts a run, and its state, from a node.
func (r *reading) sourceIn(c *node) {
	head := c.find("WonSrc")
	for _, rule := range []string{"WonBare", "Src", "FieldIs"} {
		if head == nil {
			head = c.find(rule)
		}
	}
	if head != nil {
		if e := head.find("entity"); e != nil {
			r.source = append(r.source, said(r, e, e.value.([]string)))
		}
	}
	for _, a := range c.all("api") {
		if r.nominal && c.to == a.to {
			r.loose = append(r.loose, said(r, a, a.value.([]string)))
		} else {
			r.sourced = append(r.sourced, said(r, a, a.value.([]string)))
		}
	}
	if c.has("NewBiz") {
		r.newBusiness(c.find("NewBiz"))
	}
	for _, s := range c.all("Restrict") {
		r.restriction(s)
	}
	r.state(c)
}

// state reads what must have happened to the record.
func (r *reading) state(c *node) {
	for _, n := range c.all("IsFlag") {
		word := r.words(n)
		if f := n.find("flag"); f != nil {
			word = f.value.(string)
		} else {
			word = "closed"
		}
		once(r, &r.flag, n, word)
		return
	}
	// Fields named outside restrictions say what reached the stage.
	var fields []*node
	for _, f := range c.all("field") {
		if !slices.ContainsFunc(c.all("Restrict"), func(s *node) bool { return s.from <= f.from && f.to <= s.to }) {
			fields = append(fields, f)
		}
	}
	var stage stageIs
	if len(fields) > 0 {
		stage.field, stage.label = fields[0].value.([]fieldRef), strings.ToLower(r.words(fields[0]))
	}
	for _, f := range fields[min(1, len(fields)):] {
		if label := strings.ToLower(r.words(f)); label != stage.label {
			r.problem(ask(codeAmbiguous, r.words(c), nil, "Is it the %s or the %s that has to change?", stage.label, label))
		}
	}
	switch {
	case c.has("Won"), c.has("Win"):
		once(r, &r.won, first(c, "Won", "Win"), true)
		stage.won = true
		if len(fields) > 0 {
			r.stages = append(r.stages, said(r, c, stage))
		}
	case c.has("True"):
		stage.name = name{text: "true", exact: true}
		r.stages = append(r.stages, said(r, c, stage))
	default:
		for _, named := range c.all("Named") {
			n := first(named, "name", "loose")
			if !slices.ContainsFunc(c.all("Restrict"), func(s *node) bool { return s.from <= n.from && n.to <= s.to }) {
				stage.name = n.value.(name)
				r.stages = append(r.stages, said(r, c, stage))
			}
		}
	}
}

func (r *reading) newBusiness(n *node) {
	w := strings.ToLower(r.words(n))
	text := strings.ToUpper(w[:1]) + w[1:]
	if i := strings.IndexByte(text, ' '); i > 0 {
		text = text[:i+1] + strings.ToUpper(text[i+1:i+2]) + text[i+2:]
	}
	r.equals = append(r.equals, said(r, n, fieldIs{label: "type", text: text, kind: word, exact: true}))
}

// restriction reads one condition on the source record.
func (r *reading) restriction(n *node) {
	if n.has("NewBiz") {
		r.newBusiness(n.find("NewBiz"))
		return
	}
	var f []fieldRef
	label := "amount"
	if fn := n.find("field"); fn != nil {
		f, label = fn.value.([]fieldRef), strings.ToLower(r.words(fn))
	} else if amt := n.find("Amt"); amt != nil {
		label = strings.ToLower(r.words(amt))
	}
	if b := n.find("Bound"); b != nil {
		r.bound(b, f, label)
		return
	}
	if d := n.find("Datum"); d != nil {
		v := fieldIs{field: f, label: label, text: r.words(d), kind: word}
		switch leaf := d.kids; {
		case len(leaf) > 0 && leaf[0].rule == "quoted":
			v.text, v.kind, v.exact = leaf[0].value.(string), quoted, true
		case len(leaf) > 0 && leaf[0].rule == "name":
			v.text, v.exact = leaf[0].value.(name).text, leaf[0].value.(name).exact
		case len(leaf) > 0 && leaf[0].rule == "number":
			v.text, v.kind, v.exact = leaf[0].value.(amount).value.Canonical(), number, true
			r.plainNumber(leaf[0])
		}
		r.equals = append(r.equals, said(r, n, v))
	}
}

// bound reads comparisons: one, or two for "between".
func (r *reading) bound(n *node, f []fieldRef, label string) {
	op := ">"
	switch {
	case n.has("Ge"), n.has("More"):
		op = ">="
	case n.has("Lt"):
		op = "<"
	case n.has("Le"), n.has("Less"):
		op = "<="
	}
	ms := n.all("Money")
	for i, m := range ms {
		if len(ms) == 2 {
			op = []string{">=", "<="}[i]
		}
		r.bounds = append(r.bounds, said(r, n, bound{f, label, op, r.money(m)}))
	}
}

// money reads an amount and asks when the number can be read in two ways.
func (r *reading) money(n *node) money {
	num := n.find("number")
	m := money{amount: num.value.(amount)}
	if m.odd {
		r.problem(ask(codeNumber, r.words(num), []string{m.value.Canonical(), strings.ReplaceAll(r.words(num), ".", "")},
			"Does %q have decimals or thousands? Write it without the point or with two decimals.", r.words(num)))
	}
	m.currency = m.sign
	for _, rule := range []string{"currency", "Coin"} {
		if c := n.find(rule); c != nil {
			if m.sign != "" {
				r.conflict(m.sign, r.words(c))
			}
			m.currency = r.words(c)
		}
	}
	return m
}

// plainNumber asks about a currency where a count belongs.
func (r *reading) plainNumber(n *node) decimal.Decimal {
	a := n.value.(amount)
	if a.sign != "" || a.odd {
		r.problem(ask(codeNumber, r.words(n), nil, "%q should be a plain number here.", r.words(n)))
	}
	return a.value
}

func (r *reading) condition(c *node) {
	if e := c.find("entity"); e != nil && !c.has("Ref") {
		r.refs = append(r.refs, said(r, e, ref{e.value.([]string), roleSource}))
	}
	r.refsIn(c, roleSource)
	for _, a := range c.all("api") {
		r.sourced = append(r.sourced, said(r, a, a.value.([]string)))
	}
	if restricts := c.all("Restrict"); len(restricts) > 0 {
		if c.has("Pre") && c.find("Pre").has("NewBiz") {
			r.newBusiness(c.find("Pre").find("NewBiz"))
		}
		for _, s := range restricts {
			r.restriction(s)
		}
		return
	}
	r.restriction(c)
}

// refsIn notes the records that a node names as "the deal" or "its invoice".
func (r *reading) refsIn(n *node, as role) {
	for _, rn := range n.all("Ref") {
		r.refs = append(r.refs, said(r, rn, ref{recordOf(rn), as}))
	}
}

// recordOf returns the objects that a node such as "the Salesforce account" can mean.
func recordOf(n *node) []string {
	e := n.find("entity")
	if e == nil {
		return nil
	}
	objects := e.value.([]string)
	if a := n.find("api"); a != nil {
		return narrow(objects, []mention[[]string]{{value: a.value.([]string)}})
	}
	return objects
}

// both reads a trigger and an action from one clause: "invoice every won deal".
func (r *reading) both(c *node) {
	r.nominal = true
	src := c.find("WonBare")
	r.sourceIn(&node{rule: c.rule, from: src.from, to: src.to, kids: []*node{src}})
	r.deed(c)
}

func (r *reading) action(c *node) {
	if len(r.target) > 0 || r.invoiced != nil {
		r.problem(no(codeOneOnly, r.words(c), "One plan makes one kind of record; %q is a second one. Make two plans.", r.words(c)))
		return
	}
	r.deed(c)
}

// deed reads what is made, where, and how the verb and adjectives say it should look.
func (r *reading) deed(c *node) {
	if t := c.find("Target"); t != nil {
		e := t.find("entity")
		r.target = append(r.target, said(r, e, e.value.([]string)))
	} else if b := c.find("Bill"); b != nil {
		once(r, &r.invoiced, b, true)
		if p := c.find("Party"); p != nil {
			r.party(p)
		}
		r.refsIn(c, roleSource)
	}
	inSource := c.find("WonBare")
	for _, a := range c.all("api") {
		if inSource == nil || a.from < inSource.from || a.to > inSource.to {
			r.targeted = append(r.targeted, said(r, a, a.value.([]string)))
		}
	}
	for _, rule := range []string{"DraftVerb", "Draft1"} {
		if n := c.find(rule); n != nil {
			r.choose("status", "draft", n)
		}
	}
	if n := c.find("Approved1"); n != nil {
		r.choose("status", "approved", n)
	}
	for _, in := range c.all("Inner") {
		if o := in.find("Option"); o != nil {
			r.targeted = slices.DeleteFunc(r.targeted, func(m mention[[]string]) bool {
				return slices.ContainsFunc(o.all("api"), func(a *node) bool { return r.words(a) == m.words })
			})
			r.option(o)
		}
	}
}

// party notes who is invoiced.
func (r *reading) party(n *node) {
	v := ref{as: roleParty}
	if e := n.find("entity"); e != nil {
		v.objects = e.value.([]string)
	}
	r.refs = append(r.refs, said(r, n, v))
}
