package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

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

// grammarTokens cuts a rule's body at white space and at the signs of the notation.
func grammarTokens(s string) []string {
	var out []string
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 1 {
			out = append(out, `"`+part+`"`) // a mark that stands for itself
			continue
		}
		for _, c := range "[]()|*" {
			part = strings.ReplaceAll(part, string(c), " "+string(c)+" ")
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
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

// choice reads alternatives until a closing sign or the end.
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

// sequence reads what follows one another in one alternative.
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

// atom reads one word, rule name, class or bracketed choice. [x] becomes a choice between x
// and nothing, in this order, so that more is preferred to less.
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
