package web

import (
	"html/template"

	"github.com/planwright/planwright/internal/drawing"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// picture draws a plan for a page. It is the only place where text becomes HTML without a
// template: package drawing escapes and bounds whatever a plan holds, and its tests parse
// what hostile plans come out as.
func picture(checked *check.Checked, steps []stepView) template.HTML {
	if checked == nil {
		return ""
	}
	states := map[plan.StepID]drawing.State{}
	gather(states, steps)
	return template.HTML(drawing.SVG(checked.Outline(), drawing.Options{States: states, Brief: true})) //nolint:gosec // see above
}

// gather collects how far a run is with its steps.
func gather(states map[plan.StepID]drawing.State, steps []stepView) {
	for _, st := range steps {
		if st.State != "" {
			states[plan.StepID(st.ID)] = drawing.State(st.State)
		}
		gather(states, st.Inner)
	}
}
