package app

import (
	"fmt"

	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/suggest"
)

// SuggestOverlay writes a starting overlay for a known spec, from what its file shows. It is
// made from the spec alone, whatever overlay the spec has.
func (a *App) SuggestOverlay(name string) ([]byte, error) {
	src, ok, err := a.source(name)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, problem(fmt.Errorf("suggest overlay of %s: no spec of that name", name), "planwright spec list")
	}
	doc, list := openapi.Load(name, src.Spec, nil, openapi.Limits{})
	if doc == nil {
		return nil, list.Err()
	}
	return suggest.Overlay(doc), nil
}
