package engine

import (
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/plan"
)

// Lane is the lane of everything that runs of the program call: that of the call which goes
// first, because the others are there for it.
func (p *Program) Lane() apicall.Lane {
	lane := apicall.LaneRead
	p.Checked.Plan.All(func(_ string, st *plan.Step) {
		if op := p.Checked.Step(st.ID).Operation; op != nil {
			lane = min(lane, apicall.LaneOf(op))
		}
	})
	return lane
}
