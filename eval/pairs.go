package eval

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/planwright/planwright/agent/match"
)

// Kind says what a labelled record's counterpart is.
type Kind string

// The closed list of kinds.
const (
	OneMatch Kind = "match"  // any of the records named is right
	NoMatch  Kind = "none"   // every proposal is wrong
	Bundle   Kind = "bundle" // several together: a single one is wrong
)

// Pair is one labelled record of the left side.
type Pair struct {
	Left  string   `json:"left"`
	Kind  Kind     `json:"kind"`
	Right []string `json:"right"`
	// Near are records that look right and are not.
	Near []string `json:"near_miss,omitempty"`
}

// Pairs is one set of labelled records.
type Pairs struct {
	Set         string
	Left, Right []Item
	Gold        []Pair
}

// Item is a record of either side with what a hard rule looks at beside its name.
type Item struct {
	match.Record
	// Tenant keeps records of different organisations apart; empty is one for all.
	Tenant string
	// Document is the direction of a tax label, ACCREC or ACCPAY; Rate its percentage, both
	// when known. Revenue, Expenses and Active say what a tax rate may be used for.
	Document, Rate            string
	Revenue, Expenses, Active *bool
}

// PairResult is the grade of the matcher on one set. Sure is said of proposals that may be
// accepted together with others.
type PairResult struct {
	Set      string `json:"set"`
	Values   bool   `json:"values,omitempty"` // nothing is proposed: each is decided by itself
	N        int    `json:"n"`                // records on the left
	Matching int    `json:"matching"`         // of which have a match
	Targets  int    `json:"targets"`
	Proposed int    `json:"proposed"` // a target is named, sure or not
	Right    int    `json:"right"`    // of Proposed
	Sure     int    `json:"sure"`
	SureOK   int    `json:"sureRight"`
	Near     int    `json:"nearMisses"` // sure proposals of a record labelled a near miss
	Bundles  int    `json:"bundles"`    // sure single proposals for none or bundle
	// Top counts records whose match is the first, among the first three, the first five.
	Top1 int `json:"top1"`
	Top3 int `json:"top3"`
	Top5 int `json:"top5"`
	// Broken are sure proposals that break a hard rule, in words.
	Broken []string `json:"broken,omitempty"`
	// Wrong are the sure proposals that are wrong; at most 50 are listed.
	Wrong []string `json:"wrong,omitempty"`
	Pass  bool     `json:"pass"` // no hard rule is broken
	// Records grades every record of a small set.
	Records []PairRecord `json:"records,omitempty"`
}

// PairRecord is the grade of one record: right is a sure proposal that is right, or none
// where there is no match; wrong is a sure proposal that is wrong; anything else is left to
// a person.
type PairRecord struct {
	Left  string `json:"left"`
	Grade string `json:"grade"` // right, wrong, left to a person
}

// The grades of a record.
const (
	rightGrade = "right"
	wrongGrade = "wrong"
	openGrade  = "left to a person"
)

// smallSet bounds the sets whose records are listed one by one.
const smallSet = 200

// Match grades the matcher on one set.
func (p Pairs) Match() PairResult {
	r := PairResult{Set: p.Set, Values: p.values(), N: len(p.Gold), Targets: len(p.Right)}
	left, right := byID(p.Left), byID(p.Right)
	proposals := p.proposals()
	for _, g := range p.Gold {
		m := proposals[g.Left]
		r.count(g, m)
		grade := openGrade
		if ok := slices.Contains(g.Right, m.Target) && g.Kind == OneMatch; m.Target != "" && m.Score >= match.Sure {
			grade = rightGrade
			if !ok {
				grade = wrongGrade
				r.wrong(left[g.Left], right[m.Target])
			}
			if why := hardRule(left[g.Left], right[m.Target]); why != "" {
				r.Broken = append(r.Broken, fmt.Sprintf("%s → %s: %s", label(left[g.Left]), label(right[m.Target]), why))
			}
		} else if m.Target == "" && g.Kind != OneMatch {
			grade = rightGrade
		}
		if len(p.Gold) <= smallSet {
			r.Records = append(r.Records, PairRecord{g.Left, grade})
		}
	}
	r.Pass = len(r.Broken) == 0
	return r
}

// proposals matches every tenant's records by themselves.
func (p Pairs) proposals() map[string]match.Match {
	out := map[string]match.Match{}
	for _, tenant := range tenants(p.Left) {
		for _, m := range match.Propose(of(p.Left, tenant), of(p.Right, tenant)) {
			if p.values() && m.Target != "" {
				m.Candidates = append([]match.Candidate{{Target: m.Target}}, m.Candidates...)
				m.Target, m.Score = "", 0
			}
			out[m.Source] = m
		}
	}
	return out
}

// values reports whether the left side holds values rather than records, as tax labels are.
// For those the product lists targets and proposes none: each is decided by itself.
func (p Pairs) values() bool {
	return slices.ContainsFunc(p.Left, func(it Item) bool { return it.Document != "" })
}

func tenants(items []Item) (out []string) {
	for _, it := range items {
		out = append(out, it.Tenant)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func of(items []Item, tenant string) (out []match.Record) {
	for _, it := range items {
		if tenant == "" || it.Tenant == tenant || it.Tenant == "" {
			out = append(out, it.Record)
		}
	}
	return out
}

func byID(items []Item) map[string]Item {
	out := make(map[string]Item, len(items))
	for _, it := range items {
		out[it.ID] = it
	}
	return out
}

func (r *PairResult) count(g Pair, m match.Match) {
	ok := g.Kind == OneMatch && slices.Contains(g.Right, m.Target)
	if g.Kind == OneMatch {
		r.Matching++
	}
	if m.Target != "" {
		r.Proposed++
		r.Right += one(ok)
		if m.Score >= match.Sure {
			r.Sure++
			r.SureOK += one(ok)
			r.Near += one(slices.Contains(g.Near, m.Target))
			r.Bundles += one(g.Kind != OneMatch)
		}
	}
	ranked := []string{}
	if m.Target != "" {
		ranked = append(ranked, m.Target)
	}
	for _, c := range m.Candidates {
		ranked = append(ranked, c.Target)
	}
	at := slices.IndexFunc(ranked, func(id string) bool { return slices.Contains(g.Right, id) })
	if g.Kind != OneMatch || at < 0 {
		return
	}
	r.Top1 += one(at < 1)
	r.Top3 += one(at < 3)
	r.Top5 += one(at < 5)
}

func one(ok bool) int {
	if ok {
		return 1
	}
	return 0
}

func (r *PairResult) wrong(left, right Item) {
	if len(r.Wrong) < 50 {
		r.Wrong = append(r.Wrong, label(left)+" → "+label(right))
	}
}

func label(it Item) string { return short(cmp.Or(it.Name, it.Code, it.ID), 60) }

// lines are the figures of a set in words.
func (r PairResult) lines() [][2]string {
	out := [][2]string{
		{"precision of sure proposals", Rate{r.SureOK, r.Sure}.String()},
		{"recall of sure proposals", Rate{r.SureOK, r.Matching}.String()},
		{"coverage of sure proposals", Rate{r.Sure, r.N}.String()},
		{"precision of all proposals", Rate{r.Right, r.Proposed}.String()},
		{"abstained", Rate{r.N - r.Proposed, r.N}.String()},
		{"match is first", Rate{r.Top1, r.Matching}.String()},
		{"match is among first three", Rate{r.Top3, r.Matching}.String()},
		{"match is among first five", Rate{r.Top5, r.Matching}.String()},
		{"near misses proposed as sure", Rate{r.Near, r.Sure}.String()},
		{"sure where there is no one match", Rate{r.Bundles, r.N - r.Matching}.String()},
		{"hard rules broken", Rate{len(r.Broken), r.Sure}.String()},
	}
	if r.Values {
		out = append(out, [2]string{"values, not records", "the product lists targets and proposes none"})
	}
	for _, b := range r.Broken {
		out = append(out, [2]string{"broken", b})
	}
	for _, w := range r.Wrong {
		out = append(out, [2]string{"wrong", w})
	}
	return out
}

// together sums up several sets, for a reader; it is graded nowhere.
func together(sets []PairResult) (sum PairResult) {
	sum.Set = "all sets together"
	for _, p := range sets {
		sum.N, sum.Matching, sum.Targets = sum.N+p.N, sum.Matching+p.Matching, sum.Targets+p.Targets
		sum.Proposed, sum.Right = sum.Proposed+p.Proposed, sum.Right+p.Right
		sum.Sure, sum.SureOK, sum.Near, sum.Bundles = sum.Sure+p.Sure, sum.SureOK+p.SureOK, sum.Near+p.Near, sum.Bundles+p.Bundles
		sum.Top1, sum.Top3, sum.Top5 = sum.Top1+p.Top1, sum.Top3+p.Top3, sum.Top5+p.Top5
		sum.Broken = append(sum.Broken, p.Broken...)
	}
	return sum
}
