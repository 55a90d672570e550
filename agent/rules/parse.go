package rules

import (
	"cmp"
	"slices"
)

// place says what came before a chunk; it decides which chunks may follow.
type place int

const (
	atStart  place = iota
	inSource       // after a trigger: conditions on its record may follow
	inDeed         // after an action: options for it may follow
	places
)

// chunkRule is one grammar rule that may stand at the top level of a goal.
type chunkRule struct {
	name  string
	after []place
	to    place // what it leads to; places means that nothing changes
}

// chunkRules lists the top-level rules in the order in which ties are decided.
var chunkRules = []chunkRule{
	{"Joint", []place{atStart, inSource, inDeed}, places},
	{"Lead", []place{atStart, inSource, inDeed}, places},
	{"Place", []place{atStart}, places},
	{"Both", []place{atStart}, inDeed},
	{"Trigger", []place{atStart, inSource, inDeed}, inSource},
	{"Action", []place{atStart, inSource, inDeed}, inDeed},
	{"Condition", []place{inSource, inDeed}, places},
	{"Option", []place{inSource, inDeed}, places},
}

// parsed is the best cover of a goal: its chunks, and the stretches of tokens that no
// chunk covers.
type parsed struct {
	family family
	chunks []*node
	left   [][2]int
}

// has reports whether a chunk of that rule was found.
func (p parsed) has(rules ...string) bool {
	return slices.ContainsFunc(p.chunks, func(n *node) bool { return slices.Contains(rules, n.rule) })
}

// whole reports whether the goal is covered in full and says what starts a run and what
// is to be made.
func (p parsed) whole() bool {
	trigger, action := p.half()
	return len(p.left) == 0 && trigger && action
}

// cost orders covers: first by tokens left over, then by chunks, then by how unlike in
// length the chunks are, because a long one says more than two of middling length.
type cost struct{ left, chunks, squares int }

func (c cost) less(d cost) bool {
	return cmp.Or(cmp.Compare(c.left, d.left), cmp.Compare(c.chunks, d.chunks), cmp.Compare(d.squares, c.squares)) < 0
}

// cell is the best way to have covered the tokens before a position.
type cell struct {
	reached bool
	cost    cost
	chunk   *node // the last chunk; nil for a token left over
	from    int   // position and place before it
	was     place
}

// parse finds the cover that leaves the fewest tokens over, and among those the one
// with the fewest chunks. It always ends: the work is bounded by tokens² × rules.
func parse(m *matcher, f family) parsed {
	n := len(m.tokens)
	table := make([][places]cell, n+1)
	table[0][atStart] = cell{reached: true}
	for i := range n {
		for at := range places {
			here := table[i][at]
			if !here.reached {
				continue
			}
			skip := cost{here.cost.left + 1, here.cost.chunks, here.cost.squares}
			improve(&table[i+1][at], cell{true, skip, nil, i, at})
			for _, rule := range f.rules {
				if !slices.Contains(rule.after, at) {
					continue
				}
				to := rule.to
				if to == places {
					to = at
				}
				for _, c := range m.match(rule.name, i) {
					if c.to > i {
						improve(&table[c.to][to], cell{true, cost{here.cost.left, here.cost.chunks + 1, here.cost.squares + (c.to-i)*(c.to-i)}, c, i, at})
					}
				}
			}
		}
	}
	return trace(table, f)
}

// improve keeps the cheaper way; of two equal ways the one found first, so that the order of
// chunkRules decides.
func improve(c *cell, by cell) {
	if !c.reached || by.cost.less(c.cost) {
		*c = by
	}
}

// trace walks back from the cheapest end.
func trace(table [][places]cell, f family) parsed {
	i, at := len(table)-1, atStart
	for p := range places {
		if c := table[i][p]; c.reached && (!table[i][at].reached || c.cost.less(table[i][at].cost)) {
			at = p
		}
	}
	out := parsed{family: f}
	for i > 0 {
		c := table[i][at]
		if c.chunk != nil {
			out.chunks = append(out.chunks, c.chunk)
		} else if l := len(out.left); l > 0 && out.left[l-1][0] == i {
			out.left[l-1][0] = c.from
		} else {
			out.left = append(out.left, [2]int{c.from, i})
		}
		i, at = c.from, c.was
	}
	slices.Reverse(out.chunks)
	slices.Reverse(out.left)
	return out
}
