package app

import (
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

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
