package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// A grammar is rules over tokens, compiled from text of this form:
//
//	Trigger = When Source is Won | for every Source
//
// Lower-case words and marks in double quotes stand for themselves; capitalised words
// name other rules; words in angle brackets name classes that a [lexicon] decides;
// [x] is optional, (x | y) a choice, x* any number. The same text may be covered in
// several ways; then the first way written wins.
type grammar struct {
	rules map[string]*expr
}

// expr is one node of a compiled rule.
type expr struct {
	op   op
	text string // literal, rule or class name
	kids []*expr
	body *expr // of the rule that is named
	id   int   // numbers the bodies of rules, from 1; 0 for other expressions
	// What a stretch can begin with: nothing at all, one of these words, or any token
	// because a lexicon decides.
	empty bool
	words map[string]bool
	any   bool
}

type op int

const (
	literal op = iota
	rule
	class
	sequence
	choice
	repeat
)

// node is a covered stretch of tokens, from inclusive, to exclusive.
type node struct {
	rule     string
	from, to int
	kids     []*node
	value    any // what a lexicon found, for classes
}

// find returns the first node of that rule or class below n, depth first.
func (n *node) find(name string) *node {
	for _, k := range n.kids {
		if k.rule == name {
			return k
		}
		if f := k.find(name); f != nil {
			return f
		}
	}
	return nil
}

// all returns every outermost node of that rule or class below n.
func (n *node) all(name string) []*node {
	var out []*node
	for _, k := range n.kids {
		if k.rule == name {
			out = append(out, k)
		} else {
			out = append(out, k.all(name)...)
		}
	}
	return out
}

// has reports whether there is a node of that rule or class below n.
func (n *node) has(name string) bool { return n.find(name) != nil }

// finder decides lexical classes: it returns the stretches that begin at token i.
type finder interface {
	find(class string, tokens []token, i int) []found
}

// found is one stretch of n tokens that belongs to a class, and what it stands for.
type found struct {
	n     int
	value any
}

// compileGrammar reads rules, one or more lines each; a line that begins with white
// space goes on with the rule above, and # begins a comment.
func compileGrammar(text string) (*grammar, error) {
	g := &grammar{rules: map[string]*expr{}}
	var name, body string
	flush := func() error {
		if name == "" {
			return nil
		}
		if g.rules[name] != nil {
			return fmt.Errorf("grammar rule %s: written twice", name)
		}
		p := &grammarParser{toks: grammarTokens(body)}
		e, err := p.choice()
		if err == nil && p.i < len(p.toks) {
			err = fmt.Errorf("unexpected %q", p.toks[p.i])
		}
		if err != nil {
			return fmt.Errorf("grammar rule %s: %w", name, err)
		}
		g.rules[name] = e
		return nil
	}
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(strings.TrimRight(line, "\n"), "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			body += " " + line
			continue
		}
		if err := flush(); err != nil {
			return nil, err
		}
		head, rest, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("grammar line %q: no rule", line)
		}
		name, body = strings.TrimSpace(head), rest
	}
	if err := flush(); err != nil {
		return nil, err
	}
	if err := g.complete(); err != nil {
		return nil, err
	}
	g.link()
	return g, nil
}

// link joins rule names to bodies and works out what each expression can begin with.
func (g *grammar) link() {
	var all []*expr
	var visit func(*expr)
	visit = func(e *expr) {
		e.words = map[string]bool{}
		if e.op == rule {
			e.body = g.rules[e.text]
		}
		all = append(all, e)
		for _, k := range e.kids {
			visit(k)
		}
	}
	for i, name := range slices.Sorted(maps.Keys(g.rules)) {
		g.rules[name].id = i + 1
		visit(g.rules[name])
	}
	for changed := true; changed; {
		changed = false
		for _, e := range all {
			changed = e.begin() || changed
		}
	}
}

// begin takes over what the parts of e can begin with, and reports whether that was news.
func (e *expr) begin() bool {
	empty, any, n := e.empty, e.any, len(e.words)
	take := func(k *expr) {
		e.any = e.any || k.any
		maps.Copy(e.words, k.words)
	}
	switch e.op {
	case literal:
		e.words[e.text] = true
	case class:
		e.any = true
	case rule:
		take(e.body)
		e.empty = e.body.empty
	case choice:
		for _, k := range e.kids {
			take(k)
			e.empty = e.empty || k.empty
		}
	case repeat:
		take(e.kids[0])
		e.empty = true
	case sequence:
		e.empty = true
		for _, k := range e.kids {
			take(k)
			if !k.empty {
				e.empty = false
				break
			}
		}
	}
	return e.empty != empty || e.any != any || len(e.words) != n
}

// complete reports a rule that is used and not written.
func (g *grammar) complete() error {
	var missing []string
	var visit func(*expr)
	visit = func(e *expr) {
		if e.op == rule && g.rules[e.text] == nil {
			missing = append(missing, e.text)
		}
		for _, k := range e.kids {
			visit(k)
		}
	}
	for _, e := range g.rules {
		visit(e)
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return fmt.Errorf("grammar: no rule for %s", strings.Join(slices.Compact(missing), ", "))
	}
	return nil
}

// literals are the words that rules spell out.
func (g *grammar) literals() map[string]bool {
	out := map[string]bool{}
	var visit func(*expr)
	visit = func(e *expr) {
		if e.op == literal {
			out[e.text] = true
		}
		for _, k := range e.kids {
			visit(k)
		}
	}
	for _, e := range g.rules {
		visit(e)
	}
	return out
}

func grammarTokens(s string) []string {
	for _, c := range "[]()|*" {
		s = strings.ReplaceAll(s, string(c), " "+string(c)+" ")
	}
	return strings.Fields(s)
}

type grammarParser struct {
	toks []string
	i    int
}

func (p *grammarParser) peek() string {
	if p.i < len(p.toks) {
		return p.toks[p.i]
	}
	return ""
}

func (p *grammarParser) choice() (*expr, error) {
	e := &expr{op: choice}
	for {
		s, err := p.sequence()
		if err != nil {
			return nil, err
		}
		e.kids = append(e.kids, s)
		if p.peek() != "|" {
			return e, nil
		}
		p.i++
	}
}

func (p *grammarParser) sequence() (*expr, error) {
	e := &expr{op: sequence}
	for {
		switch tok := p.peek(); tok {
		case "", "|", ")", "]":
			if len(e.kids) == 0 {
				return nil, fmt.Errorf("empty alternative")
			}
			return e, nil
		default:
			k, err := p.atom()
			if err != nil {
				return nil, err
			}
			if p.peek() == "*" {
				p.i++
				k = &expr{op: repeat, kids: []*expr{k}}
			}
			e.kids = append(e.kids, k)
		}
	}
}

func (p *grammarParser) atom() (*expr, error) {
	tok := p.peek()
	p.i++
	switch {
	case tok == "(" || tok == "[":
		e, err := p.choice()
		if err != nil {
			return nil, err
		}
		if want := map[string]string{"(": ")", "[": "]"}[tok]; p.peek() != want {
			return nil, fmt.Errorf("missing %q", want)
		}
		p.i++
		if tok == "[" {
			e.kids = append(e.kids, &expr{op: sequence})
		}
		return e, nil
	case strings.HasPrefix(tok, "<"):
		return &expr{op: class, text: strings.Trim(tok, "<>")}, nil
	case strings.HasPrefix(tok, `"`):
		return &expr{op: literal, text: strings.Trim(tok, `"`)}, nil
	case unicode.IsUpper(rune(tok[0])):
		return &expr{op: rule, text: tok}, nil
	case tok == "*":
		return nil, fmt.Errorf("nothing to repeat")
	}
	return &expr{op: literal, text: tok}, nil
}

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
	if !e.empty && (i >= len(m.tokens) || !(e.any || e.words[m.tokens[i].norm])) {
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
