package rules

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/diag"
)

// unsound refuses a plan that the check would not let through.
func unsound(list diag.List) []problem {
	var out []problem
	for _, d := range list.Sorted() {
		if d.Severity == diag.Error {
			out = append(out, no(codeCheck, "", "The plan for this goal does not pass the check at %s: %s", d.Pointer, d.Message))
		}
	}
	return out
}

// unfit refuses goals that are not read at all.
func unfit(goal string) (problem, bool) {
	switch r, hidden := unseen(goal); {
	case goal == "":
		return no(codeEmpty, "", "The goal is empty. Say what should happen when: %q", "when an opportunity is closed-won, create an invoice in Xero"), true
	case len(goal) > maxGoal:
		return no(codeTooLong, "", "The goal is %d bytes long; at most %d are read.", len(goal), maxGoal), true
	case hidden:
		return no(codeUnseen, "", "The goal holds a character that a reader cannot see (U+%04X). Type the words again.", r), true
	}
	return problem{}, false
}

// unplaced turns words that no rule covers, and a missing trigger or action, into
// problems. When taking out a few neighbouring words makes the rest readable, the
// question is about these.
func (p *Planner) unplaced(r *reading, c parsed) []problem {
	if from, to, ok := p.culprit(r.tokens, c); ok {
		return []problem{unplacedWords(r.span(from, to))}
	}
	var out []problem
	total, longest := 0, 0
	for _, l := range c.left {
		total, longest = total+l[1]-l[0], max(longest, l[1]-l[0])
	}
	trigger, action := c.half()
	var start, deed string // words that say these things in ways beyond this planner
	if !trigger {
		start = p.beyond(r, c, "OtherTrigger")
		out = append(out, noTrigger(start))
	}
	if !action {
		deed = p.beyond(r, c, "OtherDeed")
		out = append(out, noAction(deed))
	}
	if start != "" || deed != "" {
		out[len(out)-1].text += other
	}
	refuse := len(out) > 0 || longest > maxAsked || total > maxAsked+2 || len(c.left) > 2
	for _, l := range c.left {
		switch words := clip(r.span(l[0], l[1])); {
		case !refuse:
			out = append(out, unplacedWords(words))
		case !strings.HasPrefix(start, words) && words != deed:
			out = append(out, no(codeTooMuch, words, "These words could not be placed: %q", words))
		}
	}
	if start != "" {
		return out // what the reading made of the rest is beside the point
	}
	return append(out, r.problems...)
}

// beyond returns the words that begin, at the start of an unplaced stretch, with what a
// rule covers: the words of the rule or of the stretch, whichever are more.
func (p *Planner) beyond(r *reading, c parsed, rule string) string {
	m := newMatcher(p.gram, p.lex, r.tokens)
	for _, l := range c.left {
		end := 0
		for _, n := range m.match(rule, l[0]) {
			end = max(end, n.to)
		}
		if end > 0 {
			return clip(r.span(l[0], max(end, l[1])))
		}
	}
	return ""
}

// other tells what to do about an automation that this planner does not plan.
const other = " Other automations than a document from a sale are drafted with a model, or written as a plan file: docs/planner.md says how."

// noTrigger and noAction refuse a goal without the one or the other, naming the words that
// say it in ways this planner cannot plan, when it knows which.
func noTrigger(said string) problem {
	if said == "" {
		return no(codeNoTrigger, "", "The goal does not say, in words this planner knows, what starts a run. It knows states such as won, and values of fields: %q",
			"when an opportunity is closed-won")
	}
	return no(codeNoTrigger, said, "This planner cannot start runs %q: it knows states such as won, and values of fields.", said)
}

func noAction(said string) problem {
	if said == "" {
		return no(codeNoAction, "", "The goal does not say, in words this planner knows, what to make. It makes documents with lines: %q", "create an invoice in Xero")
	}
	return no(codeNoAction, said, "This planner cannot plan to %q: it makes documents with lines.", said)
}

// unplacedWords asks about words that no rule covers.
func unplacedWords(words string) problem {
	return ask(codeUnplaced, words, nil, "What should %q change? Leave it out, or say it in other words.", words)
}

// culprit finds the shortest run of neighbouring tokens, near what was left over, without
// which the goal can be read in full.
func (p *Planner) culprit(tokens []token, c parsed) (from, to int, ok bool) {
	if len(c.left) == 0 {
		return 0, 0, false
	}
	first, last := c.left[0][0], c.left[len(c.left)-1][1]
	if last-first > 5*maxAsked {
		return 0, 0, false
	}
	for n := 1; n <= maxAsked; n++ {
		for i := first; i+n <= last; i++ {
			if n == 1 && isArticle(tokens[i]) {
				continue // never what a person would change
			}
			rest := slices.Concat(tokens[:i], tokens[i+n:])
			if p.cover(rest, c.family).whole() {
				return i, i + n, true
			}
		}
	}
	return 0, 0, false
}

func isArticle(t token) bool { return t.norm == "a" || t.norm == "an" || t.norm == "the" }

// clip shortens long text for a message.
func clip(s string) string {
	r := []rune(s)
	if len(r) <= 120 {
		return s
	}
	return string(r[:120]) + "…"
}
