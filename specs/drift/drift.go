// Package drift compares two versions of an API's description and says what plans notice.
//
// A vendor's new version differs in a thousand places, of which a plan uses ten. [Compare]
// finds the differences of operations, parameters, objects and fields, and of what the overlays
// say about them, and judges each: breaking, when a plan that was right may now be refused
// or mean something else, or harmless. [Report.For] says which plans each one touches. Text for
// people (titles, summaries, descriptions) is not compared.
//
// The pinned digests are another matter: they differ with the first changed byte, and every
// approval that names them is stale. This package tells a person how carefully to look again.
package drift

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Kind says what a change is about.
type Kind string

// The closed list of kinds.
const (
	KindAPI       Kind = "api"       // how it is signed in to, what its errors mean
	KindOperation Kind = "operation" // a call, with its parameters
	KindObject    Kind = "object"    // a record, as a whole
	KindField     Kind = "field"     // a field of one
)

// Change is one difference.
type Change struct {
	Subject  string `json:"subject"` // "parcel", "parcel.createShipment", "parcel.Shipment.reference"
	Kind     Kind   `json:"kind"`
	Breaking bool   `json:"breaking"`
	What     string `json:"what"` // "is gone", "takes 20 characters, not 40"
	Why      string `json:"why"`  // what it means for a plan that uses it
	// Plans are the names of the plans that use what changed, sorted.
	Plans []string `json:"plans,omitempty"`

	read, written bool // which use of a field notices
}

// Version is one side of a comparison.
type Version struct {
	Version string `json:"version"`
	Spec    string `json:"spec"`              // digest
	Overlay string `json:"overlay,omitempty"` // digest
}

// Report is what [Compare] found, breaking changes first.
type Report struct {
	API     string   `json:"api"`
	Old     Version  `json:"old"`
	New     Version  `json:"new"`
	Changes []Change `json:"changes"`
}

// Same reports whether both sides are one version, byte for byte.
func (r Report) Same() bool { return r.Old.Spec == r.New.Spec && r.Old.Overlay == r.New.Overlay }

// Breaking counts the breaking changes.
func (r Report) Breaking() int {
	n := 0
	for _, c := range r.Changes {
		if c.Breaking {
			n++
		}
	}
	return n
}

// Plans returns the names of all plans touched, sorted.
func (r Report) Plans() []string {
	var out []string
	for _, c := range r.Changes {
		out = append(out, c.Plans...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Use is what one plan uses, as its permission sheet lists it.
type Use struct {
	Plan       string
	Operations []string // full names
	// Reads and Writes are fields by the full name of their object; writes may lead into nested
	// objects with dots, "LineItems.Quantity".
	Reads, Writes map[string][]string
}

// Touches reports whether the plan uses the API at all.
func (u Use) Touches(api string) bool {
	return slices.ContainsFunc(u.Operations, func(o string) bool { return strings.HasPrefix(o, api+".") })
}

// touches reports whether the plan notices the change. Fields are those of nested objects
// too, so u must have been spread.
func (u Use) touches(c Change) bool {
	switch c.Kind {
	case KindAPI:
		return u.Touches(c.Subject)
	case KindOperation:
		return slices.Contains(u.Operations, c.Subject)
	case KindObject:
		_, reads := u.Reads[c.Subject]
		_, writes := u.Writes[c.Subject]
		return c.read && reads || c.written && writes
	case KindField:
	}
	i := strings.LastIndexByte(c.Subject, '.')
	object, field := c.Subject[:i], c.Subject[i+1:]
	return c.read && slices.Contains(u.Reads[object], field) || c.written && slices.Contains(u.Writes[object], field)
}

// spread resolves written fields of nested objects to those objects.
func (u Use) spread(objects schema.Source) Use {
	out := u
	out.Writes = map[string][]string{}
	for name, fields := range u.Writes {
		for _, path := range fields {
			object := name
			for part := range strings.SplitSeq(path, ".") {
				out.Writes[object] = append(out.Writes[object], part)
				if object = inner(objects, object, part); object == "" {
					break
				}
			}
		}
	}
	return out
}

// inner returns the object that the field of an object holds, or a list of.
func inner(objects schema.Source, object, field string) string {
	o, ok := objects.Object(object)
	if !ok {
		return ""
	}
	f, ok := o.Field(field)
	if !ok {
		return ""
	}
	t := f.Type
	for t.Elem != nil {
		t = *t.Elem
	}
	return t.Ref
}

// For returns the report with the plans that each change touches, the touched ones first. The
// old catalog tells what nested fields are.
func (r Report) For(old *catalog.Catalog, uses []Use) Report {
	out := r
	out.Changes = slices.Clone(r.Changes)
	for i := range out.Changes {
		c := &out.Changes[i]
		c.Plans = nil
		for _, u := range uses {
			if u.Touches(r.API) && u.spread(old).touches(*c) {
				c.Plans = append(c.Plans, u.Plan)
			}
		}
		slices.Sort(c.Plans)
		c.Plans = slices.Compact(c.Plans)
	}
	out.sort()
	return out
}

// sort puts what plans use first, then what breaks, each in the order of the names.
func (r *Report) sort() {
	rank := func(c Change) int {
		n := 0
		if len(c.Plans) == 0 {
			n += 2
		}
		if !c.Breaking {
			n++
		}
		return n
	}
	slices.SortStableFunc(r.Changes, func(a, b Change) int {
		if d := rank(a) - rank(b); d != 0 {
			return d
		}
		return strings.Compare(a.Subject, b.Subject)
	})
}
