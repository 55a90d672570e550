package rules

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// findParty resolves the customer: the record that the source points at and that
// accounting would call one.
func (f *frame) findParty() {
	best := len(business.party)
	for _, fl := range f.source.Fields {
		o, key := ownerOf(f.cat, fl.Type.Nominal)
		if o == nil || o.Name == f.source.Name || key != o.Key {
			continue
		}
		for _, w := range words(short(o.Name)) {
			if rank := slices.Index(business.party, w); rank >= 0 && rank < best && f.getter(o) != nil {
				best, f.party, f.partyField = rank, o, fl
			}
		}
	}
	if f.party == nil {
		f.problem(no(codeCannot, "", "No field of %s points at a customer.", human(f.source)))
	}
}

// getter returns the operation that reads one record by id, or nil.
func (f *frame) getter(o *schema.Object) *catalog.Operation {
	e, ok := f.cat.Entity(o.Name)
	if !ok || e.Get == "" {
		return nil
	}
	api, _, _ := strings.Cut(o.Name, ".")
	op, _ := f.cat.Operation(api + "." + e.Get)
	return op
}

// findPayer resolves the field of the target that holds its customer.
func (f *frame) findPayer() {
	for _, fl := range f.requestObject().Fields {
		if fl.ReadOnly {
			continue
		}
		var o *schema.Object
		if fl.Type.Kind == schema.ObjectK {
			o, _ = f.cat.Object(fl.Type.Ref)
		} else if owner, key := ownerOf(f.cat, fl.Type.Nominal); owner != nil && key == owner.Key && owner.Name != f.target.Name {
			o = owner
		}
		if o == nil || o.Key == "" || (!fl.RequiredOnCreate && f.payer != nil) {
			continue
		}
		isParty := slices.ContainsFunc(words(short(o.Name)), func(w string) bool { return slices.Contains(business.party, w) })
		if e, ok := f.cat.Entity(o.Name); ok && e.Create != "" && len(e.Find) > 0 && isParty {
			f.payer, f.payerField = o, fl
		}
	}
	if f.payer == nil {
		f.problem(no(codeCannot, f.targetWords(), "No customer of %s can be found or made.", article(human(f.target))))
	}
}
