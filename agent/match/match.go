// Package match proposes rows of a mapping: which record of one system is the counterpart
// of a record of the other. It works offline on what it is given, and it abstains.
//
// A match is proposed only for an exact reason: the same name once spelling is levelled
// (case, accents, punctuation, spacing, & and "and"), or the same code. Codes are used
// again for other products, so the same code under names that do not speak of the same
// thing stays below [Sure]: a person must look at that row. Some differences no likeness
// can outweigh: numbers, units, periods, editions, sizes and regions must agree, so that
// twelve months never become twenty-four, Standard never Premium and AU never NZ. When
// two targets fit, neither is proposed.
//
// Every source also gets a short list of candidates by shared words, for a person to
// choose from. Candidates are a list, not advice: nothing on it is chosen beforehand.
//
// An [Adjudicator] may ask a model about such a list, when a person has configured one. It
// sends names, codes and groups and nothing else. What comes back is bound by the same
// hard rules and is one more reason for a person to weigh: it never makes a match [Sure].
package match

import (
	"cmp"
	"fmt"
	"slices"
)

// Sure is the score from which on a proposal may be accepted together with others; below
// it each wants a look of its own.
const Sure = 70

// MaxCandidates is how many candidates a [Match] lists.
const MaxCandidates = 5

// Record is one side's record, as far as matching looks at it. ID tells records of one
// side apart; Code and Name are what people know it by; Group is a family or category and
// only helps ranking.
type Record struct {
	ID    string `json:"id"`
	Code  string `json:"code,omitempty"`
	Name  string `json:"name,omitempty"`
	Group string `json:"group,omitempty"`
}

// Match is what is known about one source: a proposed target, or none, and others that a
// person may want instead.
type Match struct {
	Source string `json:"source"` // ID
	// Target is the ID of the proposed target, empty when nothing is proposed.
	Target string `json:"target,omitempty"`
	// Score orders proposals for review, 0 to 100. It is not a probability.
	Score   int      `json:"score,omitempty"`
	Reasons []string `json:"reasons,omitempty"`
	// Candidates are up to MaxCandidates other targets, most shared words first.
	Candidates []Candidate `json:"candidates,omitempty"`
}

// Candidate is a target that shares words with a source.
type Candidate struct {
	Target string `json:"target"` // ID
	Score  int    `json:"score"`  // share of words in common, 0 to 100
	// Differs names what speaks against it: "12 months is not 24 months".
	Differs []string `json:"differs,omitempty"`
}

// Propose matches every source against the targets. The result has one Match for each
// source, in the order of the sources, and is the same for the same input.
func Propose(sources, targets []Record) []Match {
	idx := newIndex(targets)
	out := make([]Match, len(sources))
	for i, s := range sources {
		out[i] = idx.match(newEntry(s))
	}
	return out
}

// index finds targets by levelled name, code and word.
type index struct {
	entries []entry
	byName  map[string][]int
	byCode  map[string][]int
	byWord  map[string][]int
}

// entry is a record with everything that is compared worked out once.
type entry struct {
	Record
	name  string   // levelled
	code  string   // levelled
	words []string // of name, code and group, sorted, once each
	facts facts
}

func newEntry(r Record) entry {
	e := entry{Record: r, name: level(r.Name), code: levelCode(r.Code)}
	e.words = slices.Concat(stems(r.Name), stems(r.Group))
	if e.code != "" {
		e.words = append(e.words, "#"+e.code)
	}
	slices.Sort(e.words)
	e.words = slices.Compact(e.words)
	e.facts = factsOf(r.Name)
	return e
}

func newIndex(targets []Record) *index {
	idx := &index{byName: map[string][]int{}, byCode: map[string][]int{}, byWord: map[string][]int{}}
	for i, t := range targets {
		e := newEntry(t)
		idx.entries = append(idx.entries, e)
		if e.name != "" {
			idx.byName[e.name] = append(idx.byName[e.name], i)
		}
		if e.code != "" {
			idx.byCode[e.code] = append(idx.byCode[e.code], i)
		}
		for _, w := range e.words {
			idx.byWord[w] = append(idx.byWord[w], i)
		}
	}
	return idx
}

// match decides one source.
func (idx *index) match(s entry) Match {
	m := Match{Source: s.ID}
	at, score, reasons := idx.decide(s)
	if at >= 0 {
		m.Target, m.Score, m.Reasons = idx.entries[at].ID, score, reasons
	}
	m.Candidates = idx.candidates(s, at)
	return m
}

// decide returns the one target that an exact reason names, or -1.
func (idx *index) decide(s entry) (at, score int, reasons []string) {
	names := idx.byName[s.name]
	if len(names) > 1 {
		// Two targets of one name: only the code can tell them apart.
		names = slices.DeleteFunc(slices.Clone(names), func(i int) bool { return s.code == "" || idx.entries[i].code != s.code })
		if len(names) != 1 {
			return -1, 0, nil
		}
	}
	var codes []int
	for _, i := range idx.byCode[s.code] {
		if len(s.facts.contradicts(idx.entries[i].facts)) == 0 {
			codes = append(codes, i)
		}
	}
	switch {
	case len(names) == 1 && slices.Contains(codes, names[0]):
		return names[0], 100, []string{"same name", "same code"}
	case len(names) == 1 && len(idx.byCode[s.code]) > 0:
		return -1, 0, nil // the code names another target
	case len(names) == 1 && len(s.facts.differs(idx.entries[names[0]].facts)) == 0:
		return names[0], 95, []string{"same name"}
	case len(names) == 0 && len(codes) == 1 && len(idx.byCode[s.code]) == 1:
		target := idx.entries[codes[0]]
		share := overlap(stems(s.Name), stems(target.Name))
		reasons := []string{"same code", fmt.Sprintf("%d%% of the words of the names are shared", share)}
		differs := s.facts.differs(target.facts)
		if other := exchanged(stems(s.Name), stems(target.Name)); other != "" {
			differs = append(differs, other)
		}
		if share < minShare || len(differs) > 0 {
			return codes[0], Sure - 20, append(reasons, differs...)
		}
		return codes[0], Sure + share/5, reasons
	}
	return -1, 0, nil
}

// minShare is how much of two names must be shared, in percent, before the same code is
// believed without a look.
const minShare = 40

// exchanged names a word of each name that the other lacks, when at least half of each is
// such words: a name that says more, or says a part in other words, may be the same thing;
// one of which half is something else must be looked at.
func exchanged(a, b []string) string {
	a, b = unique(a), unique(b)
	left := slices.DeleteFunc(slices.Clone(a), func(w string) bool { return slices.Contains(b, w) })
	right := slices.DeleteFunc(slices.Clone(b), func(w string) bool { return slices.Contains(a, w) })
	if len(left) == 0 || len(right) == 0 || 2*len(left) < len(a) || 2*len(right) < len(b) {
		return ""
	}
	return fmt.Sprintf("names: %s is not %s", left[0], right[0])
}

// overlap is twice the shared words over all words, in percent (Dice's measure).
func overlap(a, b []string) int {
	a, b = unique(a), unique(b)
	if len(a)+len(b) == 0 {
		return 0
	}
	shared := 0
	for _, w := range a {
		if _, found := slices.BinarySearch(b, w); found {
			shared++
		}
	}
	return 200 * shared / (len(a) + len(b))
}

func unique(words []string) []string {
	s := slices.Clone(words)
	slices.Sort(s)
	return slices.Compact(s)
}

// candidates ranks the targets that share a word with s, leaving out the proposed one.
// Those that nothing speaks against come first.
func (idx *index) candidates(s entry, proposed int) []Candidate {
	shared := map[int]int{}
	for _, w := range s.words {
		for _, i := range idx.byWord[w] {
			shared[i]++
		}
	}
	type ranked struct {
		at, score int
		differs   []string
	}
	list := make([]ranked, 0, len(shared))
	for i, n := range shared {
		if i != proposed {
			list = append(list, ranked{at: i, score: 200 * n / (len(s.words) + len(idx.entries[i].words))})
		}
	}
	order := func(a, b ranked) int {
		return cmp.Or(cmp.Compare(len(a.differs), len(b.differs)), cmp.Compare(b.score, a.score), cmp.Compare(a.at, b.at))
	}
	slices.SortFunc(list, order)
	list = list[:min(len(list), 4*MaxCandidates)]
	for i := range list {
		list[i].differs = s.facts.differs(idx.entries[list[i].at].facts)
	}
	slices.SortFunc(list, order)
	var out []Candidate
	for _, r := range list[:min(len(list), MaxCandidates)] {
		out = append(out, Candidate{Target: idx.entries[r.at].ID, Score: r.score, Differs: r.differs})
	}
	return out
}
