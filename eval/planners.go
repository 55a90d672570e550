package eval

import (
	"context"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/rules"
	"github.com/planwright/planwright/specs/catalog"
)

// Rules is the planner that needs no model.
func Rules(cat *catalog.Catalog) Planner {
	p := rules.New(cat)
	return Planner{Name: "rules", Origin: Computed, Plan: func(ctx context.Context, _ string, g agent.Goal) (agent.Answer, llm.Usage, error) {
		a, err := p.Plan(ctx, g)
		return a, llm.Usage{}, err
	}}
}
