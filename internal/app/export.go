package app

import (
	"fmt"

	"github.com/planwright/planwright/internal/arazzo"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/specs/openapi"
)

// Arazzo writes a checked plan as an Arazzo document.
func (a *App) Arazzo(checked *check.Checked) (*arazzo.Document, error) {
	cat, err := a.Catalog()
	if err != nil {
		return nil, err
	}
	return arazzo.Export(checked, cat), nil
}

// Described returns the description of an API as plans use it: its spec under its overlay, as
// JSON. The same spec and overlay give the same bytes.
func (a *App) Described(api string) ([]byte, error) {
	sources, err := a.sources()
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		if s.Name != api {
			continue
		}
		doc, found := openapi.Load(s.Name, s.Spec, s.Overlay, openapi.Limits{})
		if err := found.Err(); err != nil {
			return nil, err
		}
		return doc.JSON(), nil
	}
	return nil, fmt.Errorf("spec %.40q: %w", api, ErrNotFound)
}
