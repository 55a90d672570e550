package app

import (
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// Check reads a plan and judges it against the known specs, and against what is known of
// the tenants it runs in. Checked is nil when the list has errors.
func (a *App) Check(file string, data []byte) (*check.Checked, diag.List, error) {
	return a.checkBy(file, data, a.judge)
}

// CheckAlone judges a plan against the specs alone, whatever is connected.
func (a *App) CheckAlone(file string, data []byte) (*check.Checked, diag.List, error) {
	return a.checkBy(file, data, func(p *plan.Plan, cat *catalog.Catalog) (*check.Checked, diag.List) { return check.Check(p, cat) })
}

func (a *App) checkBy(file string, data []byte, judge func(*plan.Plan, *catalog.Catalog) (*check.Checked, diag.List)) (*check.Checked, diag.List, error) {
	p, found := plan.Parse(file, data)
	if found.HasErrors() {
		return nil, found, nil
	}
	cat, err := a.Catalog()
	if err != nil {
		return nil, nil, err
	}
	checked, more := judge(p, cat)
	for i := range more {
		more[i].File = file
	}
	found = append(found, more...)
	if found.HasErrors() {
		return nil, found, nil
	}
	return checked, found, nil
}
