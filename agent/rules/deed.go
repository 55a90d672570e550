package rules

import (
	"slices"
)

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
	src := first(c, "WonIn", "WonBare")
	r.sourceIn(&node{rule: c.rule, from: src.from, to: src.to, kids: []*node{src}})
	r.deed(c)
}

// action reads what is made, once: a second action is a second plan.
func (r *reading) action(c *node) {
	if len(r.target) > 0 || r.invoiced != nil {
		r.problem(no(codeOneOnly, r.words(c), "One plan makes one kind of record; %q is a second one. Make two plans.", r.words(c)))
		return
	}
	r.deed(c)
}

// deed reads what is made, where, and how the verb and adjectives say it should look.
func (r *reading) deed(c *node) {
	if t := c.find("Target"); t == nil && c.has("NewTarget") {
		e := c.find("NewTarget").find("entity")
		r.target = append(r.target, said(r, e, e.value.([]string)))
		r.lineOption(&node{rule: "Lines", from: c.from, to: c.to, kids: []*node{c.find("LinesNP")}})
	} else if t != nil {
		e := t.find("entity")
		r.target = append(r.target, said(r, e, e.value.([]string)))
	} else if b := first(c, "Bill", "Invoiced2"); b.rule != "" {
		once(r, &r.invoiced, b, true)
		if p := c.find("Party"); p != nil {
			r.party(p)
		}
		r.refsIn(c, roleSource)
	}
	inSource := first(c, "WonIn", "WonBare")
	for _, a := range c.all("api") {
		if inSource.rule == "" || a.from < inSource.from || a.to > inSource.to {
			r.targeted = append(r.targeted, said(r, a, a.value.([]string)))
		}
	}
	for _, rule := range []string{"DraftVerb", "Draft1"} {
		if n := c.find(rule); n != nil {
			r.choose("status", "draft", n)
		}
	}
	for _, adj := range [][3]string{{"Approved1", "status", "approved"}, {"InclusiveAdj", "tax", "Inclusive"}, {"ExclusiveAdj", "tax", "Exclusive"}} {
		if n := c.find(adj[0]); n != nil {
			r.choose(adj[1], adj[2], n)
		}
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
