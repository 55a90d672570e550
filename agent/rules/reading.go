package rules

import (
	"fmt"
	"strings"

	"github.com/planwright/planwright/agent"
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

	lines       *mention[bool]
	slots       map[string]mention[string] // choices with one value: status, tax
	family      *mention[name]
	due         *mention[due]
	currency    *mention[string]
	account     *mention[string]
	perDay      *mention[amount]
	perDoc      *mention[money]
	back        *mention[bool]
	inCondition bool   // a restriction being read cannot belong to the action
	backWhat    string // "number", "id", or both
	assigns     []mention[assign]

	anyhow map[string]string // what the goal says and the plan does anyhow, with the words

	problems []problem
}

const (
	roleSource role = iota // the record that starts a run
	roleTarget             // the record that is made
	roleParty              // the customer
	roleLines              // the lines
	roleEither             // the source or the target
	roleOrigin             // the source or its lines
)

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

// span is the goal's text from one token to before another, white space levelled.
func (r *reading) span(from, to int) string {
	if from >= to {
		return ""
	}
	return strings.Join(strings.Fields(r.goal[r.tokens[from].from:r.tokens[to-1].to]), " ")
}

func said[T any](r *reading, n *node, v T) mention[T] { return mention[T]{v, r.at(n)} }

func (r *reading) problem(p problem) { r.problems = append(r.problems, p) }

// choose fills a slot that holds one value and asks when the goal says two.
func (r *reading) choose(slot, value string, n *node) {
	if old, ok := r.slots[slot]; ok && old.value != value {
		r.conflict(old.stretch, r.at(n))
		return
	} else if ok {
		return
	}
	r.slots[slot] = said(r, n, value)
}

// conflict asks which of two parts of the goal holds. Either is chosen by taking the other
// out.
func (r *reading) conflict(a, b stretch) {
	r.eitherOr(a.words, b.words, r.without(b.at), r.without(a.at))
}

// eitherOr asks which of two parts of the goal holds; the edits leave the one and the other.
func (r *reading) eitherOr(a, b string, onlyA, onlyB edit) {
	p := ask(codeConflict, "", []agent.Choice{r.choice(a, onlyA), r.choice(b, onlyB)}, "The goal says both %q and %q. Which one holds?", a, b)
	p.about = []string{a, b}
	r.problem(p)
}

// once fills a slot that may be stated once.
func once[T any](r *reading, slot **mention[T], n *node, v T) {
	m := said(r, n, v)
	if old := *slot; old != nil && fmt.Sprint(old.value) != fmt.Sprint(v) {
		r.conflict(old.stretch, m.stretch)
		return
	}
	*slot = &m
}

// trigger reads what starts a run, once: a second trigger is a second plan.
func (r *reading) trigger(c *node) {
	if len(r.source) > 0 || r.won != nil || r.flag != nil || len(r.stages) > 0 {
		r.problem(no(codeOneOnly, r.words(c), "One plan has one trigger; %q is a second one. Make two plans.", r.words(c)))
		return
	}
	r.nominal = r.tokens[c.from].norm == "for" || r.tokens[c.from].norm == "from"
	r.sourceIn(c)
}
