package app

import (
	"github.com/planwright/planwright/plans"
	"github.com/planwright/planwright/runtime/plan"
)

// Template is a plan that ships with the program.
type Template struct {
	Plan *plan.Plan
	Text []byte // its file, comments and all, pinned to the specs known here
}

// Templates lists the shipped plans, sorted by name.
func (a *App) Templates() ([]Template, error) {
	cat, err := a.Catalog()
	if err != nil {
		return nil, err
	}
	all := plans.All(cat)
	out := make([]Template, 0, len(all))
	for _, name := range plans.Names() {
		text, err := plans.Text(name, cat)
		if err != nil {
			return nil, err
		}
		out = append(out, Template{Plan: all[name], Text: text})
	}
	return out, nil
}

// Template returns one shipped plan. The error names those there are.
func (a *App) Template(name string) (Template, error) {
	cat, err := a.Catalog()
	if err != nil {
		return Template{}, err
	}
	text, err := plans.Text(name, cat)
	if err != nil {
		return Template{}, &Problem{Err: err, Next: "planwright plans --templates"}
	}
	return Template{Plan: plans.All(cat)[name], Text: text}, nil
}
