package loop

import (
	"context"
	"errors"
	"fmt"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/prompts"
	"github.com/planwright/planwright/runtime/plan"
)

// maxEcho is how many bytes of an answer are shown to the model again.
const maxEcho = 64 * 1024

// maxTold is how many findings a model is told at once.
const maxTold = 20

// state is where a talk stands. The table in run is the whole machine:
//
//	asking   the next request goes out          → reading, mending, ended
//	reading  the answer is taken apart          → judging, mending, ended
//	judging  the plan is judged and completed   → mending, ended
//	mending  the findings become a request      → asking, ended
type state string

const (
	asking  state = "asking"
	reading state = "reading"
	judging state = "judging"
	mending state = "mending"
	ended   state = "ended"
)

// talk is one goal on its way to an answer.
type talk struct {
	p    *Planner
	goal string

	next  llm.Request // what is sent next
	last  llm.Answer  // what came back
	spent spent
	round int // repairs asked for
	read  *composed
	found diag.List // in the last answer, with places in it

	answer agent.Answer
	err    error
	log    Transcript
}

// run goes from state to state until the talk has ended.
func (t *talk) run(ctx context.Context) {
	table := map[state]func(ctx, inner context.Context) state{
		asking: t.ask, reading: t.take, judging: t.judge, mending: t.mend,
	}
	t.begin()
	at := asking
	if reason, bad := t.p.unfit(t.goal); bad {
		at = t.refuse(reason)
	} else {
		t.next = t.p.first(t.goal)
	}
	inner, cancel := context.WithTimeout(ctx, t.p.cfg.Budget.Time)
	defer cancel()
	for at != ended {
		at = table[at](ctx, inner)
	}
	t.end()
}

// ask sends the next request, if the budget has room for it.
func (t *talk) ask(ctx, inner context.Context) state {
	if err := ctx.Err(); err != nil {
		return t.fail(err)
	}
	most, why := t.spent.room(t.p.cfg.Budget, t.next)
	if inner.Err() != nil {
		why = fmt.Sprintf("%v", t.p.cfg.Budget.Time)
	}
	if why != "" {
		return t.refuse(t.overspent(why)...)
	}
	t.next.MaxTokens = min(t.p.cfg.Answer, most)
	t.asked()
	var err error
	t.last, err = llm.Ask(inner, t.p.cfg.Model, t.next)
	t.spent.add(t.next, t.last.Response)
	t.answered(err)
	switch {
	case err == nil:
		return reading
	case ctx.Err() != nil:
		return t.fail(ctx.Err())
	case inner.Err() != nil:
		return t.refuse(t.overspent(t.p.cfg.Budget.Time.String())...)
	}
	return t.bad(err)
}

// bad sorts what can go wrong with an answer: what the model can put right, what it
// declined, and what it has no part in.
func (t *talk) bad(err error) state {
	var output *llm.BadOutput
	var cut *llm.Truncated
	var long *llm.TooLong
	var declined *llm.Refused
	switch {
	case errors.As(err, &output):
		t.found = output.Found
	case errors.As(err, &cut):
		t.found = diag.List{errCutShort()}
	case errors.As(err, &long):
		t.found = diag.List{errAnswerSize()}
	case errors.As(err, &declined):
		return t.refuse(agent.Reason{Code: codeDeclined, Text: "The model declined to answer: " + prompts.Plain(declined.What, maxText)})
	default:
		return t.fail(err)
	}
	return mending
}

// take reads the answer: a plan is judged, questions and reasons are the end.
func (t *talk) take(_, _ context.Context) state {
	t.read = compose(t.last.JSON, t.goal, func(api string) (plan.APIRef, bool) { return pinned(t.p.cfg.Catalog, api) })
	if t.read.found.HasErrors() {
		t.found = t.read.found
		return mending
	}
	switch t.read.outcome {
	case outcomeQuestions:
		t.answer.Questions = questions(t.goal, t.read.questions)
	case outcomeRefusal:
		if r := reasons(t.goal, t.read.reasons); len(r) > 0 {
			return t.refuse(r...)
		}
	case outcomePlan:
		return judging
	}
	if len(t.answer.Questions) == 0 {
		t.found = diag.List{errForm("", "the questions or reasons say nothing")}
		return mending
	}
	return ended
}

// judge completes the plan and gives it to the check.
func (t *talk) judge(_, _ context.Context) state {
	draft, found := t.p.judge(t.read, t.goal)
	if draft == nil {
		t.found = found
		return mending
	}
	t.answer.Draft = draft
	return ended
}

// mend makes the request that tells the model what is wrong, unless it was told often
// enough.
func (t *talk) mend(_, _ context.Context) state {
	t.findings()
	if t.round == Repairs {
		why := fmt.Sprintf("No plan that passes the check came back in %d answers. What is wrong with the last:", t.round+1)
		return t.refuse(append([]agent.Reason{{Code: codeFails, Text: why}}, t.still(codeFails)...)...)
	}
	t.round++
	repair := prompts.Repair{Left: Repairs - t.round, More: max(0, len(t.found)-maxTold)}
	for _, d := range t.found[:min(len(t.found), maxTold)] {
		repair.Findings = append(repair.Findings, prompts.Finding{
			Code: string(d.Code), At: prompts.Data(d.Pointer), Message: prompts.Words(d.Message), Hint: prompts.Words(d.Hint),
		})
	}
	said := t.last.Text
	if len(said) > maxEcho || said == "" {
		said = "(an answer that is too long to repeat)"
	}
	t.next.Messages = []llm.Message{
		{Role: llm.User, Text: t.goal}, {Role: llm.Assistant, Text: said}, {Role: llm.User, Text: repair.Render()},
	}
	return asking
}

// still makes reasons of what is wrong with the last answer.
func (t *talk) still(code agent.Code) []agent.Reason {
	var out []agent.Reason
	for _, d := range t.found[:min(len(t.found), maxReasons)] {
		text := string(d.Code) + ": " + d.Message
		if d.Pointer != "" {
			text = d.Pointer + ": " + text
		}
		out = append(out, agent.Reason{Code: code, Text: prompts.Plain(text, maxText)})
	}
	return out
}

func (t *talk) overspent(what string) []agent.Reason {
	text := fmt.Sprintf("There is no plan within the budget of %s.", what)
	if len(t.found) > 0 {
		text += " What is wrong with the last answer:"
	}
	return append([]agent.Reason{{Code: codeSpent, Text: text}}, t.still(codeSpent)...)
}

func (t *talk) refuse(reasons ...agent.Reason) state {
	t.answer = agent.Answer{Refusal: &agent.Refusal{Reasons: reasons}}
	return ended
}

func (t *talk) fail(err error) state {
	t.err = fmt.Errorf("ask %s: %w", t.p.cfg.Model.Name(), err)
	return ended
}
