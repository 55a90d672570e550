// Package loop is the planner with a model.
package loop

import (
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// pinned returns what a plan must say of an API of the catalog.
func pinned(cat *catalog.Catalog, name string) (plan.APIRef, bool) {
	api, ok := cat.API(name)
	if !ok {
		return plan.APIRef{}, false
	}
	return plan.APIRef{Spec: plan.Digest(api.SpecDigest), Overlay: plan.Digest(api.OverlayDigest)}, true
}
