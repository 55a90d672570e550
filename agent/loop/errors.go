package loop

import (
	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/internal/diag"
)

// The closed list of codes of answers, each with a paragraph in docs/planner.md.
const (
	codeAsked     agent.Code = "model-asks"             // a question of the model
	codeRefused   agent.Code = "model-refuses"          // a reason of the model
	codeDeclined  agent.Code = "model-declined"         // the provider or model would not answer
	codeFails     agent.Code = "no-plan-passes"         // every plan it sent was refused
	codeSpent     agent.Code = "budget-spent"           // calls, tokens or time ran out
	codeNoGoal    agent.Code = "goal-missing"           // nothing is asked
	codeLongGoal  agent.Code = "goal-over-limit"        // more than is read
	codeHidden    agent.Code = "goal-has-unseen"        // what a reader cannot see
	codeNoCatalog agent.Code = "nothing-in-the-catalog" // no API is known
)

// Findings of this package are errors: each goes back to the model.

func fault(code diag.Code, pointer, message, hint string) diag.Diagnostic {
	return diag.Diagnostic{Code: code, Severity: diag.Error, Pointer: pointer, Message: message, Hint: hint}
}

func errForm(at, message string) diag.Diagnostic { return fault("answer-form", at, message, "") }

func errAnswerSize() diag.Diagnostic {
	return fault("answer-form", "", "the answer is too long to be a plan that a person can review", "send a shorter one")
}

func errCutShort() diag.Diagnostic {
	return fault("answer-form", "", "the answer was cut short", "send a shorter plan: fewer notes, no white space")
}

func errUnasked(at, operation, effect string) diag.Diagnostic {
	return fault("unasked-effect", at, "the effect of "+operation+" is "+effect+", and the goal does not ask for that in words",
		"leave the step out, or ask")
}

func errAddress(at string) diag.Diagnostic {
	return fault("address-in-plan", at, "a plan that a model wrote holds no addresses of pages", "leave it out, or ask for it")
}

func errUnseen(at string) diag.Diagnostic {
	return fault("unseen-in-plan", at, "this holds characters that a reader cannot see", "write it without them")
}

func errDollar(at string) diag.Diagnostic {
	return fault("expression-as-text", at, "this would be sent as it is: text is never worked out",
		"use a value of kind expression, such as 'SF-' + string(account.Id)")
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
