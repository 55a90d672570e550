package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/rules"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// Planners are the names Draft takes.
var Planners = []string{"auto", "rules"}

// Draft asks a planner for a plan. "auto" is the best planner that is configured; so far
// that is always the rules.
func (a *App) Draft(ctx context.Context, goal, planner string) (agent.Answer, error) {
	switch planner {
	case "", "auto", "rules":
	case "model":
		return agent.Answer{}, problem(fmt.Errorf("draft: no model is configured"), "use --planner rules, which needs none")
	default:
		return agent.Answer{}, problem(fmt.Errorf("draft: unknown planner %q", planner), "use --planner "+strings.Join(Planners, " or --planner "))
	}
	cat, err := a.Catalog()
	if err != nil {
		return agent.Answer{}, err
	}
	answer, err := rules.New(cat).Plan(ctx, agent.Goal{Text: goal})
	if err != nil {
		return agent.Answer{}, err
	}
	return answer, answer.Validate()
}

// Check reads a plan and judges it against the known specs. Checked is nil when the list
// has errors.
func (a *App) Check(file string, data []byte) (*check.Checked, diag.List, error) {
	p, found := plan.Parse(file, data)
	if found.HasErrors() {
		return nil, found, nil
	}
	cat, err := a.Catalog()
	if err != nil {
		return nil, nil, err
	}
	checked, more := check.Check(p, cat)
	for i := range more {
		more[i].File = file
	}
	found = append(found, more...)
	if found.HasErrors() {
		return nil, found, nil
	}
	return checked, found, nil
}
