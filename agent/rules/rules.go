// Package rules is the planner without a model: a parser of controlled English and a
// composer over the catalog's types.
//
// The ideas, in order:
//
//   - A goal is cut into tokens. A grammar (grammar.txt) says which runs of tokens mean
//     something; the names in it come from a lexicon compiled from the catalog, so that a
//     third API brings its own words.
//   - Every token belongs to a rule. The parser finds the cover that leaves the fewest
//     over; what is left over is asked about or refused by name. Nothing is skipped.
//   - A reading says what the goal says. A frame resolves it against the catalog: what
//     starts a run, what is made, who the customer is, which lines and codes lie between.
//   - A drafter composes the plan backward from the write: every field of the record
//     comes from the goal, from a record that can be read, from an approved mapping or
//     from a stated default, and the plan's notes say which. A required field without a
//     source is a question.
//   - There are two families of automations, each with a grammar over the same words: a
//     document made from a sale, and records that follow one in another API.
//   - The same goal over the same catalog gives the same plan, byte for byte. A plan that
//     does not pass the check is not returned.
//
// docs/planner.md says what it understands, with examples.
package rules

import (
	"context"
	_ "embed"
	"strings"
	"sync"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/specs/catalog"
)

//go:embed grammar.txt
var grammarText string

// theGrammar is compiled on first use and never changes.
var theGrammar = sync.OnceValues(func() (*grammar, error) { return compileGrammar(grammarText) })

// Bounds of a goal: longer ones are refused before any work is done.
const (
	maxGoal   = 2000 // bytes
	maxTokens = 300
	maxAsked  = 4 // words of one unplaced stretch that are asked about; longer ones are refused
)

// Planner drafts plans from goals in controlled English. It is safe for concurrent use.
type Planner struct {
	cat  *catalog.Catalog
	gram *grammar
	more *grammar // of the second family
	lex  *lexicon
}

// New returns a planner over the operations and words of a catalog.
func New(cat *catalog.Catalog) *Planner {
	g, err := theGrammar()
	if err != nil {
		panic(err) // unreachable: a test compiles the embedded grammar
	}
	more, err := followGrammar()
	if err != nil {
		panic(err) // unreachable: likewise
	}
	return &Planner{cat: cat, gram: g, more: more, lex: newLexicon(cat, g)}
}

// Plan answers a goal with a draft, questions or a refusal. The error is the context's.
func (p *Planner) Plan(ctx context.Context, g agent.Goal) (agent.Answer, error) {
	if err := ctx.Err(); err != nil {
		return agent.Answer{}, err
	}
	return p.tried(ctx, p.plan(strings.TrimSpace(g.Text)))
}

// plan answers a goal; choices are not tried yet.
func (p *Planner) plan(goal string) agent.Answer {
	if reason, bad := unfit(goal); bad {
		return answer([]problem{reason})
	}
	tokens := tokenize(goal)
	if len(tokens) > maxTokens {
		return answer([]problem{no(codeTooLong, "", "The goal has %d words and marks; at most %d can be read.", len(tokens), maxTokens)})
	}
	cover := p.cover(tokens, families.document)
	r := read(goal, tokens, cover)
	if !cover.whole() {
		if other := p.cover(tokens, families.follow); other.whole() {
			return p.followed(goal, tokens, other)
		} else if other.nearer(cover) {
			return answer(p.unplaced(readFollow(goal, tokens, other).reading, other))
		}
		return answer(p.unplaced(r, cover))
	}
	f := resolve(p.cat, p.lex, r)
	if len(f.problems) > 0 {
		return answer(f.problems)
	}
	d := f.draft(p.lex, goal)
	if len(d.problems) > 0 {
		return answer(d.problems)
	}
	if _, list := check.Check(d.p, p.cat); list.HasErrors() {
		return answer(unsound(list))
	}
	return agent.Answer{Draft: &agent.Draft{Plan: d.p, Remarks: d.remarks}}
}

// cover parses tokens with a family's grammar and the planner's words.
func (p *Planner) cover(tokens []token, f family) parsed {
	return parse(p.matcher(tokens, f), f)
}

func (p *Planner) matcher(tokens []token, f family) *matcher {
	if f.follows {
		return newMatcher(p.more, p.lex, tokens)
	}
	return newMatcher(p.gram, p.lex, tokens)
}
