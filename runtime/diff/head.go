package diff

import (
	"strings"

	"github.com/planwright/planwright/runtime/plan"
)

// head compares the plans' name, goal and trigger, and members of the top level that this
// package knows nothing about.
func (c *comparison) head() {
	if x, y := c.a.Plan.Name, c.b.Plan.Name; x != y {
		c.add(Change{
			Kind: Trigger, Weight: Changes, A: "/name", B: "/name", Before: x, After: y,
			Text: "the plan has another name: it is another plan, with runs, mappings and approvals of its own; a record that ran under the old name can run again",
		})
	}
	c.trigger()
	c.exact(Change{Kind: Note, Weight: Wording, A: "/goal", B: "/goal"}, "the goal is told in other words", c.a.tree["goal"], c.b.tree["goal"])
	for _, member := range both(c.a.tree, c.b.tree) {
		switch member {
		case "planwright", "name", "goal", "apis", "trigger", "mappings", "settings", "steps", "limits", "notes":
			continue
		case "outputs":
			c.leavesOf(Change{Kind: Field, Weight: Changes}, "what a run gives as", "/outputs", c.a.tree[member], c.b.tree[member])
			continue
		}
		c.leavesOf(Change{Kind: Steps, Weight: Changes}, "the plan's "+member, "/"+member, c.a.tree[member], c.b.tree[member])
	}
}

func (c *comparison) trigger() {
	old, now := object(c.a.tree["trigger"]), object(c.b.tree["trigger"])
	what := func(t map[string]any) string {
		if t["kind"] == plan.OnSchedule {
			return "a clock"
		}
		return strings.Trim(show(t["api"]), `"`) + "." + strings.Trim(show(t["object"]), `"`)
	}
	other := what(old) != what(now)
	if other {
		c.add(Change{
			Kind: Trigger, Weight: Changes, A: "/trigger/object", B: "/trigger/object", Before: what(old), After: what(now),
			Text: "it starts for records of another kind",
		})
	}
	for _, member := range both(old, now) {
		at := Change{Kind: Trigger, Weight: Changes, A: "/trigger/" + member, B: "/trigger/" + member}
		before, after := old[member], now[member]
		switch member {
		case "api", "object":
		case "as":
			at.Weight = Wording
			if before != after {
				c.exact(at, "the record that starts a run has another name", before, after)
			}
		case "key":
			c.exact(at, "runs are told apart by another key: a record that has run can run again under its new key", before, after)
		case "when":
			if other {
				c.exact(at, "the condition for starting is another", before, after)
				continue
			}
			c.condition(at, "the condition for starting", before, after)
		default:
			c.leavesOf(at, "the trigger's "+member, at.A, before, after)
		}
	}
}

// leavesOf compares two values leaf by leaf without knowing what they mean.
func (c *comparison) leavesOf(at Change, what, pointer string, before, after any) {
	old, now := map[string]leaf{}, map[string]leaf{}
	for _, l := range leaves("", pointer, before) {
		old[l.path] = l
	}
	for _, l := range leaves("", pointer, after) {
		now[l.path] = l
	}
	for _, path := range both(old, now) {
		x, had := old[path]
		y, has := now[path]
		if c.same(x.value, y.value) && x.each == y.each {
			continue
		}
		at.A, at.B = x.at, y.at
		at.Before, at.BeforeWords = c.value(x.value, false)
		at.After, at.AfterWords = c.value(y.value, false)
		at.Text = strings.TrimSuffix(what+" "+path, " ") + " is another"
		switch {
		case !had:
			at.Text = strings.TrimSuffix(at.Text, "another") + "new"
		case !has:
			at.Text = strings.TrimSuffix(at.Text, "another") + "not there any more"
		}
		c.add(at)
	}
}

func (c *comparison) mappings() {
	old, now := object(c.a.tree["mappings"]), object(c.b.tree["mappings"])
	for _, name := range both(old, now) {
		x, y, at := old[name], now[name], plan.Join("/mappings", name)
		switch {
		case x == nil:
			c.add(Change{Kind: Mapping, Weight: Changes, B: at, After: show(y), Text: "mapping " + name + " is new: its rows wait to be approved"})
		case y == nil:
			c.add(Change{Kind: Mapping, Weight: Changes, A: at, Before: show(x), Text: "mapping " + name + " is gone: its approved rows decide nothing any more"})
		case show(x) != show(y):
			c.add(Change{Kind: Mapping, Weight: Changes, A: at, B: at, Before: show(x), After: show(y), Text: "mapping " + name + " is another table: what its rows take or give has changed"})
		}
		c.uses(name)
	}
}

// uses reports steps that begin or cease to ask a mapping.
func (c *comparison) uses(name string) {
	var begin, cease []string
	for _, n := range c.b.steps {
		was := n.twin != nil && n.twin.asks(name)
		switch is := n.asks(name); {
		case is && !was:
			begin = append(begin, string(n.ID))
		case was && !is:
			cease = append(cease, string(n.ID))
		}
	}
	for _, o := range c.a.steps {
		if o.twin == nil && o.asks(name) {
			cease = append(cease, string(o.ID))
		}
	}
	if len(begin) > 0 {
		c.addf(Mapping, Changes, "mapping %s is now asked in %s", name, list(begin))
	}
	if len(cease) > 0 {
		c.addf(Mapping, Changes, "mapping %s is no longer asked in %s", name, list(cease))
	}
}

// asks reports whether the step itself asks the mapping.
func (n *node) asks(mapping string) bool {
	if n.Kind == plan.Lookup && n.Target == mapping {
		return true
	}
	for _, l := range own(n) {
		if text, ok := expression(l.value); ok && asks(text, mapping) {
			return true
		}
	}
	return false
}

func (c *comparison) pins() {
	old, now := c.a.Plan.APIs, c.b.Plan.APIs
	for _, name := range both(old, now) {
		x, had := old[name]
		y, has := now[name]
		at := plan.Join("/apis", name)
		switch {
		case !had:
			c.add(Change{Kind: Pin, Weight: Changes, B: at, Text: "the plan uses " + name})
			continue
		case !has:
			c.add(Change{Kind: Pin, Weight: Changes, A: at, Text: "the plan does not use " + name + " any more"})
			continue
		}
		if x.Spec != y.Spec {
			c.add(Change{Kind: Pin, Weight: Changes, A: at + "/spec", B: at + "/spec", Before: string(x.Spec), After: string(y.Spec), Text: "it is written against another spec of " + name})
		}
		if x.Overlay != y.Overlay {
			c.add(Change{Kind: Pin, Weight: Changes, A: at + "/overlay", B: at + "/overlay", Before: string(x.Overlay), After: string(y.Overlay), Text: "it is written against another overlay on " + name})
		}
	}
}

// notes compares what is said of each place, wherever the place is now.
func (c *comparison) notes() {
	old := map[string]string{}
	for at, text := range c.a.Plan.Notes {
		old[c.a.placeNow(at)] = text
	}
	for _, at := range both(old, c.b.Plan.Notes) {
		x, y := old[at], c.b.Plan.Notes[at]
		ch := Change{Kind: Note, Weight: Wording, B: plan.Join("/notes", at), Before: x, After: y}
		switch {
		case x == y:
			continue
		case x == "":
			ch.Text = "a note on " + at + " is new"
		case y == "":
			ch.B, ch.Text = "", "a note on "+at+" is gone"
		default:
			ch.Text = "the note on " + at + " says something else"
		}
		c.add(ch)
	}
}

// placeNow gives the pointer that the new plan has for a place of the old one; the same
// pointer when it is nothing that moved.
func (s side) placeNow(at string) string {
	var best *node
	for _, n := range s.steps {
		if n.twin != nil && (at == n.at || strings.HasPrefix(at, n.at+"/")) && (best == nil || len(n.at) > len(best.at)) {
			best = n
		}
	}
	if best == nil {
		return at
	}
	return best.twin.at + strings.TrimPrefix(at, best.at)
}
