package rules

import (
	"slices"
)

// matcher covers one goal's tokens with one grammar. Results are remembered, so that
// the work is bounded by rules × tokens².
type matcher struct {
	g      *grammar
	lex    finder
	tokens []token
	memo   [][]remembered // by token, then by rule
}

type remembered struct {
	done  bool
	nodes []*node
}

func newMatcher(g *grammar, lex finder, tokens []token) *matcher {
	return &matcher{g: g, lex: lex, tokens: tokens, memo: make([][]remembered, len(tokens)+1)}
}

// match returns the ways in which the named rule covers tokens from i on, at most one
// for each end.
func (m *matcher) match(name string, i int) []*node {
	return m.named(name, m.g.rules[name], i)
}

// named matches a rule's body and names the nodes.
func (m *matcher) named(name string, body *expr, i int) []*node {
	var out []*node
	for _, n := range m.run(body, i) {
		out = append(out, &node{rule: name, from: n.from, to: n.to, kids: n.kids})
	}
	return out
}

// run matches one expression; unnamed nodes only carry their kids.
func (m *matcher) run(e *expr, i int) []*node {
	if !e.empty && (i >= len(m.tokens) || !e.begins(m.tokens[i])) {
		return nil
	}
	if e.id == 0 {
		return m.raw(e, i)
	}
	if m.memo[i] == nil {
		m.memo[i] = make([]remembered, len(m.g.rules)+1)
	}
	c := &m.memo[i][e.id]
	if !c.done {
		c.done = true // a rule that calls itself at the same place finds nothing
		c.nodes = m.raw(e, i)
	}
	return c.nodes
}

// begins reports whether a stretch of e can begin with a token.
func (e *expr) begins(t token) bool { return e.any || e.words[t.norm] }

// raw matches without looking up or remembering.
func (m *matcher) raw(e *expr, i int) []*node {
	switch e.op {
	case literal:
		if i < len(m.tokens) && m.tokens[i].kind != quoted && m.tokens[i].norm == e.text {
			return []*node{{from: i, to: i + 1}}
		}
		return nil
	case class:
		var out []*node
		for _, f := range m.lex.find(e.text, m.tokens, i) {
			leaf := &node{rule: e.text, from: i, to: i + f.n, value: f.value}
			out = add(out, &node{from: i, to: i + f.n, kids: []*node{leaf}})
		}
		return out
	case rule:
		var out []*node
		for _, n := range m.named(e.text, e.body, i) {
			out = add(out, &node{from: n.from, to: n.to, kids: []*node{n}})
		}
		return out
	case choice:
		var out []*node
		for _, k := range e.kids {
			for _, n := range m.run(k, i) {
				out = add(out, n)
			}
		}
		return out
	case repeat:
		out := []*node{{from: i, to: i}}
		for done := 0; done < len(out); done++ {
			for _, n := range m.run(e.kids[0], out[done].to) {
				if n.to > n.from {
					out = add(out, join(out[done], n))
				}
			}
		}
		return out
	case sequence:
	}
	out := []*node{{from: i, to: i}}
	for _, k := range e.kids {
		var next []*node
		for _, left := range out {
			for _, right := range m.run(k, left.to) {
				next = add(next, join(left, right))
			}
		}
		out = next
	}
	return out
}

func join(left, right *node) *node {
	return &node{from: left.from, to: right.to, kids: append(slices.Clip(left.kids), right.kids...)}
}

// add keeps the first way to reach each end.
func add(list []*node, n *node) []*node {
	if slices.ContainsFunc(list, func(o *node) bool { return o.to == n.to }) {
		return list
	}
	return append(list, n)
}
