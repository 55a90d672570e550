package agent_test

import (
	"errors"
	"testing"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/runtime/plan"
)

func TestAnswerValidate(t *testing.T) {
	draft := &agent.Draft{Plan: &plan.Plan{}}
	questions := []agent.Question{{Code: "q", Text: "which?"}}
	refusal := &agent.Refusal{Reasons: []agent.Reason{{Code: "r", Text: "no"}}}
	tests := []struct {
		name string
		give agent.Answer
		ok   bool
	}{
		{"nothing", agent.Answer{}, false},
		{"draft", agent.Answer{Draft: draft}, true},
		{"draft without plan", agent.Answer{Draft: &agent.Draft{}}, false},
		{"questions", agent.Answer{Questions: questions}, true},
		{"refusal", agent.Answer{Refusal: refusal}, true},
		{"refusal without reasons", agent.Answer{Refusal: &agent.Refusal{}}, false},
		{"draft and questions", agent.Answer{Draft: draft, Questions: questions}, false},
		{"questions and refusal", agent.Answer{Questions: questions, Refusal: refusal}, false},
		{"questions and empty draft", agent.Answer{Draft: &agent.Draft{}, Questions: questions}, false},
	}
	for _, tt := range tests {
		err := tt.give.Validate()
		if (err == nil) != tt.ok {
			t.Errorf("%s: got %v, want ok %v", tt.name, err, tt.ok)
		}
		if err != nil && !errors.Is(err, agent.ErrAnswer) {
			t.Errorf("%s: error %v is not ErrAnswer", tt.name, err)
		}
	}
}
