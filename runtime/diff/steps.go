package diff

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
)

// steps compares what is done, step by step: the new plan's in their order, then those that
// are gone.
func (c *comparison) steps() {
	moved := c.moved()
	for _, n := range c.b.steps {
		if n.twin == nil {
			c.added(n)
			continue
		}
		c.place(n, moved[n])
		c.inside(n)
	}
	for _, o := range c.a.steps {
		if o.twin == nil {
			c.removed(o)
		}
	}
}

// guards reports whether steps after this one may depend on it to stop the run.
func (n *node) guards() bool {
	return n.Kind == plan.Assert && n.Else != plan.Continue || n.Kind == plan.Wait || n.Kind == plan.Ask
}

// does says what a step is in a few words: "writes xero.createInvoices".
func (n *node) does() string {
	switch n.Kind {
	case plan.Each:
		return "repeats steps for every " + n.As
	case plan.Ensure:
		return "finds or creates " + n.Target
	case plan.Lookup:
		return "takes an approved row of " + n.Target
	case plan.Assert:
		if n.Else == plan.Continue {
			return "says whether its condition holds"
		}
		return "stops the run unless its condition holds"
	case plan.Wait:
		return "waits"
	case plan.Ask:
		return "asks a person"
	case plan.Read, plan.Write:
	}
	return strings.TrimSpace(string(n.Kind) + "s " + n.Target)
}

func (c *comparison) added(n *node) {
	ch := Change{Kind: Steps, Weight: Changes, Step: n.ID, B: n.at, Text: "step " + string(n.ID) + " is new: it " + n.does()}
	switch {
	case n.writes:
		ch.Weight = Widens
	case n.guards():
		ch.Kind, ch.Weight = Guard, Narrows
		ch.After, ch.AfterWords = c.value(n.tree[string(n.Kind)], n.Kind == plan.Assert)
	}
	if o := c.a.find(n.ID); o != nil {
		ch.A = o.at
		ch.Text = "step " + string(n.ID) + " is another step now: it " + n.does() + "; before, it " + o.does()
	}
	c.add(ch)
	if n.When != nil && ch.After == "" {
		c.out[len(c.out)-1].Text += ", under a condition"
		c.out[len(c.out)-1].After, c.out[len(c.out)-1].AfterWords = c.value(n.tree["when"], true)
	}
}

func (s side) find(id plan.StepID) *node {
	for _, n := range s.steps {
		if n.ID == id {
			return n
		}
	}
	return nil
}

func (c *comparison) removed(o *node) {
	if c.b.has(o.ID) {
		if o.guards() { // what took its id is reported as another step; that it guards no more is graver
			c.add(Change{Kind: Guard, Weight: Widens, Step: o.ID, A: o.at, Text: "guard " + string(o.ID) + " is gone: runs that it stopped go on"})
		}
		return
	}
	ch := Change{Kind: Steps, Weight: Changes, Step: o.ID, A: o.at, Text: "step " + string(o.ID) + " is gone: it " + o.past()}
	switch {
	case o.guards():
		ch.Kind, ch.Weight = Guard, Widens
		ch.Text = "guard " + string(o.ID) + " is gone: runs that it stopped go on"
		switch o.Kind {
		case plan.Wait:
			ch.Text = "wait " + string(o.ID) + " is gone: runs go on at once"
		case plan.Ask:
			ch.Text = "question " + string(o.ID) + " is gone: runs go on without a person"
		default:
		}
		ch.Before, ch.BeforeWords = c.value(o.tree[string(o.Kind)], o.Kind == plan.Assert)
	case o.writes:
		ch.Weight = Narrows
	}
	c.add(ch)
}

// past is does for a step that is gone.
func (n *node) past() string {
	switch n.Kind {
	case plan.Read:
		return "read " + n.Target
	case plan.Write:
		return "wrote " + n.Target
	case plan.Ensure:
		return "found or created " + n.Target
	case plan.Each:
		return "repeated steps for every " + n.As
	case plan.Lookup:
		return "took an approved row of " + n.Target
	case plan.Assert:
		return "said whether its condition holds"
	case plan.Wait, plan.Ask:
	}
	return "was of the kind " + string(n.Kind) // guards are reported as such
}

// place reports a step's other name, other surroundings and other order.
func (c *comparison) place(n *node, moved bool) {
	o := n.twin
	at := Change{Kind: Steps, Weight: Changes, Step: n.ID, A: o.at, B: n.at}
	if o.ID != n.ID {
		ch := at
		ch.Weight, ch.Text = Wording, "step "+string(o.ID)+" is called "+string(n.ID)+" now"
		c.add(ch)
	}
	if !together(o.parent, n.parent) {
		ch := at
		ch.Text = "step " + string(n.ID) + " stands " + inside(n.parent) + " now, before " + inside(o.parent)
		if n.writes && n.parent != nil {
			ch.Text += ": how often it writes is another count"
		}
		c.add(ch)
	}
	after, before := c.crossed(n)
	if n.guards() && len(after) > 0 {
		ch := at
		ch.Kind, ch.Weight = Guard, Widens
		ch.Text = "guard " + string(n.ID) + " stands behind " + list(after) + " now: it does not stop " + verb(len(after), "that write", "those writes") + " any more"
		c.add(ch)
		after, moved = nil, false
	}
	if !moved {
		return
	}
	ch := at
	ch.Text = "step " + string(n.ID) + " moved"
	switch {
	case len(after) > 0 && len(before) > 0:
		ch.Text += ": it runs after " + list(after) + " and before " + list(before) + " now"
	case len(after) > 0:
		ch.Text += " behind " + verb(len(after), "a write", "writes") + ": it runs after " + list(after) + " now"
	case len(before) > 0:
		ch.Text += " before " + verb(len(before), "a write", "writes") + ": it runs before " + list(before) + " now"
	default:
		ch.Text += "; no write lies between"
	}
	if n.guards() && len(before) > 0 {
		ch.Kind, ch.Weight = Guard, Narrows
	}
	c.add(ch)
}

func together(o, n *node) bool {
	if o == nil || n == nil {
		return o == nil && n == nil
	}
	return n.twin == o
}

func inside(parent *node) string {
	if parent == nil {
		return "outside all repetitions"
	}
	return "inside " + string(parent.ID)
}

func list(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}

// inside compares the members of a step that is in both plans.
func (c *comparison) inside(n *node) {
	o := n.twin
	id := string(n.ID)
	for _, member := range both(o.tree, n.tree) {
		before, after := o.tree[member], n.tree[member]
		at := Change{Kind: Steps, Weight: Changes, Step: n.ID, A: pointer(o, member, before), B: pointer(n, member, after)}
		switch {
		case member == "id" || member == "steps":
		case member == "when":
			at.Kind = Guard
			c.condition(at, "the condition of "+id, before, after)
		case member == string(plan.Assert) && n.guards() && o.guards():
			at.Kind = Guard
			c.condition(at, "guard "+id, before, after)
		case member == "else":
			c.orElse(at, before, after)
		case member == string(n.Kind) && n.Target != "":
			c.exact(at, "step "+id+" calls another operation", before, after)
		case member == "as":
			c.renamedElement(at, before, after)
		case member == "max":
			c.bound(at, before, after)
		case member == "find":
			c.finds(n, members(before), members(after))
		case member == string(n.Kind) || member == "answers" || member == "repeat":
			if n.Kind != plan.Each && n.Kind != plan.Write && n.Kind != plan.Ensure {
				at.Kind = Guard
			}
			c.exact(at, other(member, id), before, after)
		case member == "message":
			at.Weight = Wording
			c.exact(at, id+" says something else when it stops a run", before, after)
		default:
			c.member(n, member, before, after)
		}
	}
}

// other says that the main value of a step, or what goes with it, is another.
func other(member, id string) string {
	switch member {
	case string(plan.Each):
		return id + " repeats over another list"
	case string(plan.Wait):
		return id + " waits for another moment"
	case string(plan.Ask):
		return id + " asks another question"
	case "answers":
		return id + " offers other answers"
	case "repeat":
		return "what happens when the answer of " + id + " is lost is another"
	}
	return "what " + id + " says is another"
}

func pointer(n *node, member string, v any) string {
	if v == nil {
		return ""
	}
	return plan.Join(n.at, member)
}

// exact adds a change when the values differ.
func (c *comparison) exact(at Change, text string, before, after any) {
	if c.same(before, after) {
		return
	}
	at.Text = text
	at.Before, at.BeforeWords = c.value(before, false)
	at.After, at.AfterWords = c.value(after, false)
	c.add(at)
}

// value shows a value and, for an expression, its words.
func (c *comparison) value(v any, condition bool) (text, words string) {
	text = show(v)
	src, ok := expression(v)
	switch {
	case ok && condition:
		words = expr.Condition(src)
	case ok:
		words = expr.Words(src)
	}
	return text, words
}

// orElse compares what a guard does when it does not hold.
func (c *comparison) orElse(at Change, before, after any) {
	if before == after {
		return
	}
	at.Kind = Guard
	at.Text = "what guard " + string(at.Step) + " does when its condition does not hold is another"
	switch {
	case after == "continue":
		at.Weight, at.Text = Widens, "guard "+string(at.Step)+" does not stop a run any more: it goes on"
	case before == "continue":
		at.Weight, at.Text = Narrows, "guard "+string(at.Step)+" stops a run now"
	case after == string(plan.Refuse):
		at.Text = "guard " + string(at.Step) + " ends a run now instead of asking a person"
	case after == string(plan.Hold):
		at.Text = "guard " + string(at.Step) + " asks a person now instead of ending a run: a person may let it go on"
	}
	at.Before, at.After = show(before), show(after)
	c.add(at)
}

func (c *comparison) renamedElement(at Change, before, after any) {
	if before != after {
		at.Weight = Wording
		c.exact(at, string(at.Step)+" calls its element by another name", before, after)
	}
}

// finds compares the alternatives of an ensure, whose order decides what is found.
func (c *comparison) finds(n *node, before, after []any) {
	at := Change{Kind: Field, Weight: Changes, Step: n.ID, A: n.twin.at + "/find", B: n.at + "/find"}
	if len(before) == len(after) && !slices.EqualFunc(before, after, c.sameBy) && c.permuted(before, after) {
		at.Before, at.After = show(before), show(after)
		at.Text = string(n.ID) + " looks for the record in another order: the first that knows one decides"
		c.add(at)
		return
	}
	for i := range max(len(before), len(after)) {
		switch {
		case i >= len(before):
			at.Text, at.Before, at.After = string(n.ID)+" looks for the record in one more way: it may find one where it created one before", "", show(after[i])
			c.add(at)
		case i >= len(after):
			at.Text, at.Before, at.After = string(n.ID)+" looks for the record in one way less: it may create one where it found one before", show(before[i]), ""
			c.add(at)
		case !c.sameBy(before[i], after[i]):
			at.Text, at.Before, at.After = string(n.ID)+" looks for the record by other values: it may find another, or create one where it found one", show(before[i]), show(after[i])
			c.add(at)
		}
	}
}

// sameBy reports whether two alternatives say the same.
func (c *comparison) sameBy(a, b any) bool {
	x, y := leaves("", "", a), leaves("", "", b)
	return slices.EqualFunc(x, y, func(l, m leaf) bool { return l.path == m.path && c.same(l.value, m.value) })
}

func (c *comparison) permuted(before, after []any) bool {
	left := slices.Clone(after)
	for _, b := range before {
		i := slices.IndexFunc(left, func(a any) bool { return c.sameBy(b, a) })
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}
