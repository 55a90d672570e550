package rules

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/specs/schema"
)

// maxTried bounds how many choices of one answer are tried: each costs as much as another
// goal.
const maxTried = 16

// maxShown bounds how many values of a closed list are choices.
const maxShown = 8

// edit puts text in the place of some bytes of the goal.
type edit struct {
	from, to int
	text     string
}

// wording is how a choice is shown, and the words that it puts into the goal.
type wording struct{ label, words string }

// same shows what a choice puts into the goal.
func same(words string) []wording { return []wording{{words, words}} }

// tried keeps the choices that lead on. A choice is written from where words stand, not
// from what the sentence then means, so each one is planned before anybody is offered it.
func (p *Planner) tried(ctx context.Context, a agent.Answer) (agent.Answer, error) {
	left := maxTried
	for i := range a.Questions {
		q := &a.Questions[i]
		var keep []agent.Choice
		for _, c := range q.Choices {
			if err := ctx.Err(); err != nil {
				return agent.Answer{}, err
			}
			if c.Goal != "" {
				left--
			}
			example := c.Goal == "" && c.Text != ""
			if example || c.Goal != "" && left >= 0 && leadsOn(a.Questions, *q, p.plan(c.Goal)) {
				keep = append(keep, c)
			}
		}
		q.Choices = keep
	}
	return a, nil
}

// leadsOn reports whether an answer is nearer to a draft than a question was: the question
// is gone, and there are no words that cannot be placed and could be before.
func leadsOn(before []agent.Question, q agent.Question, then agent.Answer) bool {
	if then.Refusal != nil || slices.ContainsFunc(then.Questions, func(o agent.Question) bool { return asksSame(o, q) }) {
		return false
	}
	return !slices.ContainsFunc(then.Questions, func(o agent.Question) bool {
		return o.Code == codeUnplaced && !slices.ContainsFunc(before, func(b agent.Question) bool { return asksSame(o, b) })
	})
}

func asksSame(a, b agent.Question) bool {
	return a.Code == b.Code && slices.Equal(a.About, b.About)
}

// choice is the goal as it reads with edits. Edits that touch the same words, or leave
// none, give no choice.
func (r *reading) choice(label string, edits ...edit) agent.Choice {
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(a.from, b.from) })
	var b strings.Builder
	at := 0
	for _, e := range edits {
		if e.from < at {
			return agent.Choice{}
		}
		b.WriteString(r.goal[at:e.from] + e.text)
		at = e.to
	}
	b.WriteString(r.goal[at:])
	goal := strings.TrimSpace(b.String())
	if goal == "" {
		return agent.Choice{}
	}
	return agent.Choice{Text: clip(label), Goal: goal}
}

// at is the part of the goal that a node covers.
func (r *reading) at(n *node) stretch { return stretch{r.words(n), span{n.from, n.to}} }

// put puts text in the place of words.
func (r *reading) put(s span, text string) edit {
	return edit{r.tokens[s.from].from, r.tokens[s.to-1].to, text}
}

// without takes words out together with the joint that binds them to the rest: the one
// before them, or of two the one behind where it is a word. An article before
// them is fitted to what follows.
func (r *reading) without(s span) edit {
	from, to := s.from, s.to
	for from > 0 && isJoint(r.tokens[from-1]) && to < len(r.tokens) && r.tokens[to].kind == word && isJoint(r.tokens[to]) {
		to++
	}
	if to > s.to && to < len(r.tokens) {
		return edit{r.tokens[from].from, r.tokens[to].from, ""}
	}
	if from > 0 && to < len(r.tokens) && (r.tokens[from-1].norm == "a" || r.tokens[from-1].norm == "an") {
		next := r.tokens[to].norm
		return edit{r.tokens[from-1].from, r.tokens[to].from, strings.TrimSuffix(article(next), next)}
	}
	for from > 0 && isJoint(r.tokens[from-1]) {
		from--
	}
	start := 0
	if from > 0 {
		start = r.tokens[from-1].to
	}
	return edit{start, r.tokens[s.to-1].to, ""}
}

func isJoint(t token) bool {
	return slices.Contains([]string{",", ".", ";", "and", "then", "also", "but", "so", "please", "automatically"}, t.norm)
}

// also adds words to the end of the goal.
func (r *reading) also(words string) edit {
	end := len(strings.TrimRight(r.goal, " \t\r\n.,;:!?"))
	return edit{end, len(r.goal), ", " + words + "."}
}

// leaveOut offers the goal without the words of a node.
func (r *reading) leaveOut(n *node) agent.Choice {
	return r.choice(fmt.Sprintf("leave out %q", r.words(n)), r.without(span{n.from, n.to}))
}

// instead offers other words in the place of those at s.
func (r *reading) instead(s span, others []wording) []agent.Choice {
	var out []agent.Choice
	for _, o := range others {
		out = append(out, r.choice(o.label, r.put(s, o.words)))
	}
	return out
}

// values offers exact values in the place of the one that the words at s hold.
func (r *reading) values(s span, old string, values []string) []agent.Choice {
	at, ok := r.within(s, old)
	if !ok || len(values) > maxShown {
		return nil
	}
	var out []wording
	for _, v := range values {
		w := v
		if v != "yes" && v != "no" {
			w = `"` + v + `"`
		}
		if !slices.ContainsFunc(out, func(o wording) bool { return o.words == w }) {
			out = append(out, wording{w, w})
		}
	}
	return r.instead(at, out)
}

// within finds the last run of tokens at s that reads as text.
func (r *reading) within(s span, text string) (span, bool) {
	want := strings.ToLower(text)
	for from := s.to - 1; from >= s.from; from-- {
		run := ""
		for to := from + 1; to <= s.to; to++ {
			run = strings.TrimPrefix(run+" "+r.tokens[to-1].norm, " ")
			if run == want || run == phrase(text) {
				return span{from, to}, true
			}
		}
	}
	return span{}, false
}

// dollars offers the currencies that people call dollars in the place of the word.
func (r *reading) dollars(coin *node) []agent.Choice {
	if coin == nil {
		return nil
	}
	return r.instead(span{coin.from, coin.to}, slices.Concat(same("AUD"), same("NZD"), same("USD")))
}

// pointOrNot offers a number whose point may divide decimals or thousands, written so that
// nobody can read it in two ways.
func (r *reading) pointOrNot(n *node) []agent.Choice {
	t := r.tokens[n.from]
	whole, part, ok := strings.Cut(t.text, ".")
	if !ok {
		return nil
	}
	decimals := whole
	if cut := strings.TrimRight(part, "0"); len(cut) == len(part) {
		decimals += "." + part + "0" // four decimals are no thousands
	} else if cut != "" {
		decimals += "." + cut
	}
	return r.instead(span{n.from, n.from + 1}, slices.Concat(same(decimals), same(whole+part)))
}

// plainly offers a count without the currency before it, or without a point that can be
// read in two ways.
func (r *reading) plainly(n *node) []agent.Choice {
	t := r.tokens[n.from]
	if t.sign == "" {
		return r.pointOrNot(n)
	}
	return r.instead(span{n.from, n.from + 1}, same(strings.TrimSpace(strings.TrimPrefix(t.text, t.sign))))
}

// signOrCode asks which of the currencies before and behind a number holds.
func (r *reading) signOrCode(num, code *node) {
	t := r.tokens[num.from]
	bare := edit{t.from, t.from + len(t.sign), ""}
	r.eitherOr(t.sign, r.words(code), r.without(span{code.from, code.to}), bare)
}

// deedOrSource offers the two things that a currency beside the record can mean. The first
// is a condition of its own, the second an option of what is made.
func (r *reading) deedOrSource(n *node, code string) []agent.Choice {
	out := r.without(span{n.from, n.to})
	return []agent.Choice{
		r.choice("only those in "+code, out, r.also("only if its currency is "+code)),
		r.choice("what is made is in "+code, out, r.also("with currency "+code)),
	}
}

// wonInstead offers "won" for "closed": in "a deal closes", "is closed" and "we close it".
func (r *reading) wonInstead(flag stretch) []agent.Choice {
	at, words := flag.at, "is won"
	switch {
	case at.to-at.from > 1:
		at.from, words = at.to-1, "closed-won"
	case len(r.source) > 0 && r.source[0].at.from >= at.to:
		words = "win"
	}
	return r.instead(at, []wording{{"only when won", words}})
}

// added offers values for a field that the goal does not speak of.
func (r *reading) added(label string, values []string) []agent.Choice {
	if len(values) > maxShown {
		return nil
	}
	var out []agent.Choice
	for _, v := range values {
		out = append(out, r.choice(v, r.also(fmt.Sprintf("with %s %q", label, v))))
	}
	return out
}

// elsewhere offers, for APIs that the goal names and that cannot be meant, those of the
// candidates.
func (f *frame) elsewhere(named []mention[[]string], candidates []string) []agent.Choice {
	var out []agent.Choice
	for _, api := range apisOf(candidates) {
		var edits []edit
		for _, m := range named {
			if !slices.Contains(m.value, api) {
				edits = append(edits, f.r.put(m.at, title(api)))
			}
		}
		out = append(out, f.r.choice("in "+title(api), edits...))
	}
	return out
}

// oneOf offers one API each for words that mean records of several.
func (f *frame) oneOf(named []mention[[]string], candidates []string) []agent.Choice {
	apis := apisOf(candidates)
	if len(apis) != len(candidates) {
		return nil // the records of one API have no other names
	}
	var out []agent.Choice
	for _, api := range apis {
		where := f.r.also("in " + title(api))
		if len(named) > 0 {
			where = f.r.put(named[0].at, named[0].words+" in "+title(api))
		}
		out = append(out, f.r.choice("in "+title(api), where))
	}
	return out
}

// apisOf are the APIs of objects, each once.
func apisOf(objects []string) []string {
	var out []string
	for _, o := range objects {
		if api, _, _ := strings.Cut(o, "."); !slices.Contains(out, api) {
			out = append(out, api)
		}
	}
	return out
}

// statuses are the wordings of the two statuses that a new document may have.
func statuses(f schema.Field) []wording {
	return members(f, []stem{{"draft", "as a draft"}, {"authorised", "as approved"}, {"authorized", "as approved"}, {"approved", "as approved"}})
}

// taxBases are the wordings of the ways in which amounts hold tax.
func taxBases(f schema.Field) []wording {
	return members(f, []stem{{"exclusive", "tax exclusive"}, {"inclusive", "tax inclusive"}, {"notax", "with no tax"}, {"none", "with no tax"}})
}

// stem is a part of a closed list's members, with the words that ask for it.
type stem struct{ part, words string }

// members are the words for the stems that a closed list has.
func members(f schema.Field, stems []stem) []wording {
	var out []wording
	for _, s := range stems {
		if _, ok := member(f.Type.Enum, s.part); ok && !slices.Contains(out, wording{s.words, s.words}) {
			out = append(out, wording{s.words, s.words})
		}
	}
	return out
}
