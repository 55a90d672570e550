// Package specs embeds the descriptions of the APIs that planwright knows without being
// given a file, and the overlays that correct them.
//
// The descriptions are written in our own words and hold what the shipped automations
// use. A vendor's real file can be loaded in their place under the same overlay; the
// tests of this package hold ours to agree with them.
package specs

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
)

//go:embed xero/xero.yaml
var xeroSpec []byte

//go:embed overlay/xero.yaml
var xeroOverlay []byte

//go:embed salesforce/salesforce.yaml
var salesforceSpec []byte

//go:embed overlay/salesforce.yaml
var salesforceOverlay []byte

// Embedded returns the embedded APIs, each with its overlay. The bytes are the
// caller's to keep.
func Embedded() []catalog.Source {
	return []catalog.Source{
		{Name: "salesforce", Spec: slices.Clone(salesforceSpec), Overlay: slices.Clone(salesforceOverlay), Embedded: true},
		{Name: "xero", Spec: slices.Clone(xeroSpec), Overlay: slices.Clone(xeroOverlay), Embedded: true},
	}
}

// Names returns the names of the embedded APIs.
func Names() []string { return []string{"salesforce", "xero"} }

// Overlay returns the overlay shipped for the named API, for use over the vendor's own
// file; ok is false for an unknown name.
func Overlay(name string) (data []byte, ok bool) {
	for _, s := range Embedded() {
		if s.Name == name {
			return s.Overlay, true
		}
	}
	return nil, false
}

// Validator returns what judges exchanges with the named embedded API, overlay included.
func Validator(name string) (*openapi.Validator, error) {
	for _, s := range Embedded() {
		if s.Name != name {
			continue
		}
		doc, list := openapi.Load(s.Name, s.Spec, s.Overlay, openapi.Limits{})
		if err := list.Err(); err != nil {
			return nil, fmt.Errorf("spec %s: %w", name, err)
		}
		return openapi.NewValidator(doc.JSON())
	}
	return nil, fmt.Errorf("spec %s: not embedded", name)
}
