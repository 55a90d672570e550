package loop

import (
	"regexp"
	"strings"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/prompts"
)

// Bounds of what a person is shown of a model's words.
const (
	maxText      = 300 // characters of one text
	maxChoice    = 120
	maxQuestions = 6
	maxReasons   = 8
	maxRemarks   = 8
	maxNotes     = 400
)

// address is what a plan must not hold. Two slashes begin a comment in an expression,
// which would hide what follows from nobody but a hasty reader.
var address = regexp.MustCompile(`(?i)//|\bwww\.|\b(?:mailto|javascript):`)

// questions are a model's questions for a person. Its choices are examples only: a goal
// that a person plans with one press is not a model's to write.
func questions(goal string, from []wireQuestion) []agent.Question {
	var out []agent.Question
	for _, q := range from {
		text := prompts.Plain(q.Text, maxText)
		if text == "" || len(out) == maxQuestions {
			continue
		}
		one := agent.Question{Code: codeAsked, About: quoted(goal, q.About), Text: text}
		for _, c := range q.Choices[:min(len(q.Choices), maxQuestions)] {
			if c = prompts.Plain(c, maxChoice); c != "" {
				one.Choices = append(one.Choices, agent.Choice{Text: c})
			}
		}
		out = append(out, one)
	}
	return out
}

// reasons are a model's reasons for a person.
func reasons(goal string, from []wireReason) []agent.Reason {
	var out []agent.Reason
	for _, r := range from {
		if text := prompts.Plain(r.Text, maxText); text != "" && len(out) < maxReasons {
			out = append(out, agent.Reason{Code: codeRefused, About: quoted(goal, r.About), Text: text})
		}
	}
	return out
}

// quoted keeps the words that stand in the goal, as they stand there.
func quoted(goal string, about []string) []string {
	var out []string
	low := strings.ToLower(goal)
	for _, a := range about {
		a = strings.ToLower(strings.TrimSpace(a))
		i := strings.Index(low, a)
		if a == "" || i < 0 || len(low) != len(goal) || len(out) == maxQuestions {
			continue
		}
		out = append(out, goal[i:i+len(a)])
	}
	return out
}
