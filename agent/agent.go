// Package agent turns a goal in a person's words into a draft of a plan.
//
// A [Planner] answers every [Goal] with exactly one of three things: a [Draft], the
// questions that stand in the way of one, or a [Refusal] with its reasons. A planner
// never leaves a word of the goal out of account: a word that it cannot place becomes
// a question or a reason that names it.
//
// A planner proposes and does nothing else. Nothing in this folder can reach the
// journal, an approval, a connection or the network; a draft becomes a plan that runs
// only through the check and a person's decision, which belong to others.
package agent

import (
	"context"
	"errors"

	"github.com/planwright/planwright/runtime/plan"
)

// Goal is what a person asked for, in their words.
type Goal struct {
	Text string `json:"text"`
}

// Planner turns goals into answers. Implementations may be used by several goroutines
// at once.
type Planner interface {
	// Plan answers the goal. Bad goals are answered with questions or a refusal; an
	// error means that the planner itself could not work (a cancelled context, a lost
	// model), and then the Answer is empty.
	Plan(ctx context.Context, g Goal) (Answer, error)
}

// Code names a kind of question or reason. Codes are stable and listed in
// docs/planner.md.
type Code string

// Answer is what a planner returned: exactly one member is set.
type Answer struct {
	Draft     *Draft     `json:"draft,omitempty"`
	Questions []Question `json:"questions,omitempty"`
	Refusal   *Refusal   `json:"refusal,omitempty"`
}

// Draft is a plan with what a reader should know beside it. Where each value of the
// plan comes from is in [plan.Plan.Notes], by JSON pointer.
type Draft struct {
	Plan *plan.Plan `json:"plan"`
	// Remarks say what no single value of the plan shows: what was taken for granted,
	// and what the goal did not ask for and the plan therefore does not do.
	Remarks []string `json:"remarks,omitempty"`
}

// Question is one thing a person must settle before there can be a draft.
type Question struct {
	Code Code `json:"code"`
	// About holds the words of the goal that raised the question, as written.
	About []string `json:"about,omitempty"`
	Text  string   `json:"text"`
	// Choices are ways to settle it, when there are few.
	Choices []Choice `json:"choices,omitempty"`
}

// Choice is one way to settle a question. The planner, which knows where the words in
// question stand, writes the goal anew; whoever shows a choice plans that goal as it is
// and puts no words together itself.
type Choice struct {
	// Text says the choice in a few words: the label of a button.
	Text string `json:"text"`
	// Goal is the whole goal as it reads with this choice. It is empty when the choice is
	// an example only, which a person has to word for themselves.
	Goal string `json:"goal,omitempty"`
}

// Refusal says why there can be no draft for a goal.
type Refusal struct {
	Reasons []Reason `json:"reasons"`
}

// Reason is one cause of a refusal.
type Reason struct {
	Code Code `json:"code"`
	// About holds the words of the goal that the reason is about, as written.
	About []string `json:"about,omitempty"`
	Text  string   `json:"text"`
}

// ErrAnswer is returned by [Answer.Validate].
var ErrAnswer = errors.New("agent: an answer holds exactly one of draft, questions and refusal")

// Validate reports whether a holds exactly one of a draft with a plan, questions, and a
// refusal with reasons.
func (a Answer) Validate() error {
	n := 0
	if a.Draft != nil && a.Draft.Plan != nil {
		n++
	}
	if len(a.Questions) > 0 {
		n++
	}
	if a.Refusal != nil && len(a.Refusal.Reasons) > 0 {
		n++
	}
	if n != 1 || (a.Draft != nil && a.Draft.Plan == nil) || (a.Refusal != nil && len(a.Refusal.Reasons) == 0) {
		return ErrAnswer
	}
	return nil
}
