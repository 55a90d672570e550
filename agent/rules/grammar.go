package rules

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
