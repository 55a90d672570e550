package rules

import (
	"fmt"

	"github.com/planwright/planwright/agent"
)

// The closed list of codes, each with a paragraph in docs/planner.md.
const (
	// Questions.
	codeUnplaced  agent.Code = "unplaced-words" // words that no rule covers
	codeAmbiguous agent.Code = "ambiguous"      // words that can mean two things
	codeConflict  agent.Code = "conflict"       // two parts of the goal disagree
	codeUnknown   agent.Code = "unknown-name"   // a field, stage or record the catalog does not have
	codeExact     agent.Code = "exact-name"     // a value whose spelling matters
	codeNumber    agent.Code = "unclear-number" // a number or currency read in two ways
	codeOtherDeed agent.Code = "another-effect" // the goal asks for a second effect
	codeMissing   agent.Code = "missing-value"  // a required field without a source

	// Reasons.
	codeEmpty     agent.Code = "empty-goal"           // nothing is asked
	codeTooLong   agent.Code = "goal-too-long"        // more than is read
	codeUnseen    agent.Code = "unseen-characters"    // what a reader cannot see
	codeNoTrigger agent.Code = "no-trigger"           // what starts a run is not said
	codeNoAction  agent.Code = "no-action"            // what to make is not said
	codeTooMuch   agent.Code = "too-much-unplaced"    // more words than can be asked about
	codeOneOnly   agent.Code = "one-automation"       // two triggers or two actions
	codeCannot    agent.Code = "cannot-plan"          // the specs have no way, or no safe one
	codeCheck     agent.Code = "draft-does-not-check" // the plan would not pass the check
)

// problem is what stands between a goal and a draft: a question, or a reason to refuse.
type problem struct {
	refuse bool
	code   agent.Code
	about  []string
	text   string
	choice []agent.Choice
}

// ask makes a question about words of the goal.
func ask(code agent.Code, about string, choices []agent.Choice, format string, args ...any) problem {
	p := problem{code: code, text: fmt.Sprintf(format, args...), choice: choices}
	if about != "" {
		p.about = []string{about}
	}
	return p
}

// no makes a reason to refuse.
func no(code agent.Code, about string, format string, args ...any) problem {
	p := ask(code, about, nil, format, args...)
	p.refuse = true
	return p
}

// answer turns problems into one answer: one reason to refuse outweighs all questions.
func answer(problems []problem) agent.Answer {
	var a agent.Answer
	var reasons []agent.Reason
	for _, p := range problems {
		if p.refuse {
			reasons = append(reasons, agent.Reason{Code: p.code, About: p.about, Text: p.text})
		} else {
			a.Questions = append(a.Questions, agent.Question{Code: p.code, About: p.about, Text: p.text, Choices: p.choice})
		}
	}
	if len(reasons) > 0 {
		return agent.Answer{Refusal: &agent.Refusal{Reasons: reasons}}
	}
	return a
}
