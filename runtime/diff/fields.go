package diff

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
)

// assigned are the members of a step whose leaves are fields and what fills them.
func assigned(member string) bool {
	return slices.Contains([]string{"with", "where", "create", "body", "key", "show"}, member)
}

// member compares a member of a step by its leaves. What it does not know it compares all
// the same.
func (c *comparison) member(n *node, member string, before, after any) {
	if member == "select" || member == "order" {
		c.columns(n, member, before, after)
		return
	}
	old, now := index(n.twin, member, before), index(n, member, after)
	for _, path := range both(old, now) {
		x, hasX := old[path]
		y, hasY := now[path]
		at := Change{Kind: Field, Weight: Changes, Step: n.ID, A: x.at, B: y.at}
		if !assigned(member) {
			at.Kind = Steps
		}
		switch {
		case !hasX:
			at.After, at.AfterWords = c.value(y.value, false)
			at.Text = string(n.ID) + " now also " + verbOf(member, path)
		case !hasY:
			at.Before, at.BeforeWords = c.value(x.value, false)
			at.Text = string(n.ID) + " no longer " + verbOf(member, path)
		case c.same(x.value, y.value) && x.each == y.each:
			continue
		default:
			at.Before, at.BeforeWords = c.value(x.value, false)
			at.After, at.AfterWords = c.value(y.value, false)
			at.Text = refilled(n, member, x, y)
		}
		at.Text += c.unmapped(x.value, y.value)
		if member == "key" {
			at.Text += ": what was written under the old key is not found again under the new one"
		}
		c.add(at)
	}
}

func index(n *node, member string, v any) map[string]leaf {
	out := map[string]leaf{}
	for _, l := range leaves("", plan.Join(n.at, member), v) {
		out[l.path] = l
	}
	return out
}

// refilled says that a field takes something else.
func refilled(n *node, member string, x, y leaf) string {
	_, wasExpr := expression(x.value)
	_, isExpr := expression(y.value)
	switch {
	case !assigned(member):
		return string(n.ID) + " has another " + strings.TrimPrefix(verbOf(member, y.path), "has ")
	case x.each != "" || y.each != "":
		return string(n.ID) + " " + verbOf(member, y.path) + " of another list or by another name"
	case !wasExpr && !isExpr:
		return string(n.ID) + " " + verbOf(member, y.path) + ", but another value"
	}
	return string(n.ID) + " " + verbOf(member, y.path) + " from another source"
}

// verbOf says what a step does with one field.
func verbOf(member, path string) string {
	field := strings.ReplaceAll(path, "[].", ".")
	if list, ok := strings.CutSuffix(path, "[]"); ok {
		field = list + ", one for every element"
	}
	switch member {
	case "body", "create":
		return "sets " + field
	case "with":
		return "passes " + field
	case "where":
		return "asks for rows by " + field
	case "key":
		return "is recognised by " + field
	case "show":
		return "shows " + field
	}
	return "has " + strings.TrimSuffix(member+" "+field, " ")
}

// unmapped says which mappings a value does not come from any more, and from which it does.
func (c *comparison) unmapped(before, after any) string {
	x, y := c.asked(c.a, before), c.asked(c.b, after)
	var gone, come []string
	for _, name := range x {
		if !slices.Contains(y, name) {
			gone = append(gone, name)
		}
	}
	for _, name := range y {
		if !slices.Contains(x, name) {
			come = append(come, name)
		}
	}
	out := ""
	if len(gone) > 0 {
		out += ", not from an approved row of " + list(gone) + " any more"
	}
	if len(come) > 0 {
		out += ", from an approved row of " + list(come)
	}
	return out
}

// asked lists the mappings that a value asks.
func (c *comparison) asked(s side, v any) (out []string) {
	text, ok := expression(v)
	if !ok {
		return nil
	}
	for _, name := range sorted(s.Plan.Mappings) {
		if asks(text, name) {
			out = append(out, name)
		}
	}
	return out
}

// columns compares what a query selects, and in which order its rows come.
func (c *comparison) columns(n *node, member string, before, after any) {
	old, now := texts(before), texts(after)
	if slices.Equal(old, now) {
		return
	}
	at := Change{
		Kind: Steps, Weight: Changes, Step: n.ID, A: pointer(n.twin, member, before), B: pointer(n, member, after),
		Before: strings.Join(old, ", "), After: strings.Join(now, ", "),
	}
	x, y := slices.Sorted(slices.Values(old)), slices.Sorted(slices.Values(now))
	switch {
	case member == "order":
		at.Text = string(n.ID) + " reads its rows in another order"
	case slices.Equal(x, y):
		at.Weight, at.Text = Wording, string(n.ID)+" lists the fields it selects in another order"
	default:
		at.Text = string(n.ID) + " selects other fields of its rows"
	}
	c.add(at)
}

func texts(v any) (out []string) {
	for _, item := range members(v) {
		if s, ok := item.(string); ok {
			out = append(out, s)
		} else {
			out = append(out, show(item))
		}
	}
	return out
}
