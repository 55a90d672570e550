package rules

import (
	_ "embed"
	"slices"
	"sync"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/runtime/check"
)

//go:embed follow.txt
var followText string

// followGrammar goes on from the planner's first grammar. It is compiled on first use and
// never changes.
var followGrammar = sync.OnceValues(func() (*grammar, error) { return compileGrammar(grammarText + "\n" + followText) })

// family is a kind of automation: which rules may stand at the top level of a goal, and
// which of them say what starts a run and what is to happen.
type family struct {
	rules    []chunkRule
	triggers []string
	actions  []string
	follows  bool // its grammar is the second one
}

// families are the two that this planner knows.
var families = struct{ document, follow family }{
	document: family{chunkRules, []string{"Trigger", "Both"}, []string{"Action", "Both"}, false},
	follow:   family{followRules, []string{"Event", "SyncNew"}, []string{"Matching", "Update", "Task", "SyncNew"}, true},
}

var everywhere = []place{atStart, inSource, inDeed}

// followRules are the top-level rules of automations that follow a record into another API.
var followRules = []chunkRule{
	{"Joint", everywhere, places},
	{"Lead", everywhere, places},
	{"Place", []place{atStart, inSource}, places},
	{"SyncNew", []place{atStart}, inDeed},
	{"Event", []place{atStart, inSource}, inSource},
	{"Event", []place{inDeed}, places},
	{"Early", []place{inSource}, places},
	{"Term", []place{inDeed}, places},
	{"Task", everywhere, inDeed},
	{"Matching", everywhere, inDeed},
	{"Update", everywhere, inDeed},
	{"Condition", []place{inSource, inDeed}, places},
}

// half is how much of a goal a cover says: what starts a run, and what is to happen.
func (p parsed) half() (trigger, action bool) {
	return p.has(p.family.triggers...), p.has(p.family.actions...)
}

// nearer reports whether a cover says more of the goal than another one.
func (p parsed) nearer(q parsed) bool {
	score := func(p parsed) (n int) {
		trigger, action := p.half()
		for _, yes := range []bool{trigger, action} {
			if yes {
				n++
			}
		}
		return n
	}
	return score(p) > score(q)
}

// followed plans a goal of the second family from its cover.
func (p *Planner) followed(goal string, tokens []token, c parsed) agent.Answer {
	f := resolveFollow(p.cat, p.lex, readFollow(goal, tokens, c))
	if len(f.problems) > 0 {
		return answer(f.problems)
	}
	d := f.compose(p.lex, goal)
	if len(d.problems) > 0 {
		return answer(slices.Clip(d.problems))
	}
	if _, list := check.Check(d.p, p.cat); list.HasErrors() {
		return answer(unsound(list))
	}
	return agent.Answer{Draft: &agent.Draft{Plan: d.p, Remarks: d.remarks}}
}
