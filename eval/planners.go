package eval

import (
	"context"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/loop"
	"github.com/planwright/planwright/agent/rules"
	"github.com/planwright/planwright/internal/record"
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

// WithModel is the planner that asks a model. keep, when not nil, is given the exchanges of
// every case, scrubbed.
func WithModel(name string, origin Origin, m llm.Model, cat *catalog.Catalog, keep func(id string, x []record.Exchange) error) Planner {
	from := record.Recorded
	if origin == Scripted {
		from = record.Scripted
	}
	return Planner{Name: name, Origin: origin, Plan: func(ctx context.Context, id string, g agent.Goal) (agent.Answer, llm.Usage, error) {
		heard := record.Record(m, from, record.NewScrubber())
		a, log, err := loop.New(loop.Config{Model: heard, Catalog: cat}).Draft(ctx, g)
		if keep != nil && err == nil {
			err = keep(id, heard.Exchanges())
		}
		return a, log.Usage(), err
	}}
}
