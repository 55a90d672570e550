package specs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// TestSurveysFitTheSpecs holds what the overlays say of tenants to objects and fields that
// the embedded descriptions have: a misspelt one would be passed over in silence.
func TestSurveysFitTheSpecs(t *testing.T) {
	cat, found := catalog.Open("", specs.Embedded())
	if found.HasErrors() {
		t.Fatal(found)
	}
	for _, api := range cat.APIs() {
		s := api.Survey
		if s == nil || len(s.Records) == 0 {
			t.Errorf("%s: nothing is read of a tenant", api.Name)
			continue
		}
		has := func(path string) {
			object, field, _ := strings.Cut(path, ".")
			o, ok := cat.Object(api.Name + "." + object)
			if !ok {
				t.Errorf("%s: no object %s", api.Name, object)
			} else if _, ok := o.Field(field); !ok {
				t.Errorf("%s has no field %s", o.Name, field)
			}
		}
		kept := func(path string) {
			object, field, _ := strings.Cut(path, ".")
			if !slices.Contains(s.Records[object].Fields, field) {
				t.Errorf("%s: %s is used and not kept", api.Name, path)
			}
		}
		kept(s.Name)
		for object, r := range s.Records {
			for _, f := range r.Fields {
				has(object + "." + f)
			}
			for f := range r.Live {
				kept(object + "." + f)
			}
		}
		for _, g := range s.Gates {
			if g.At != "" {
				kept(g.At)
			}
		}
		for _, r := range s.Rules {
			judgeRule(t, cat, api, r, has, kept)
		}
	}
}

func judgeRule(t *testing.T, cat *catalog.Catalog, api *catalog.API, r catalog.SurveyRule, has, kept func(string)) {
	t.Helper()
	has(r.At)
	object, field, _ := strings.Cut(r.At, ".")
	o, _ := cat.Object(api.Name + "." + object)
	if o == nil {
		return
	}
	f, _ := o.Field(field)
	named := strings.TrimPrefix(f.Type.Nominal, api.Name+".")
	named, _, _ = strings.Cut(named, ".")
	for _, fields := range []map[string][]string{r.Must, r.Not} {
		for f := range fields {
			kept(named + "." + f)
		}
	}
	for _, flag := range r.Flags {
		kept(named + "." + flag)
	}
	if r.Beside != "" {
		has(object + "." + r.Beside)
		other, _ := o.Field(r.Beside)
		beside, _, _ := strings.Cut(strings.TrimPrefix(other.Type.Nominal, api.Name+"."), ".")
		kept(beside + "." + r.By)
	}
	for _, path := range slices.Concat(r.In, r.After) {
		kept(path)
	}
}

// TestWritesThatMoveOthers holds x-pw-touches to fields that exist, and the writes that are
// known to move others to say so.
func TestWritesThatMoveOthers(t *testing.T) {
	cat, found := catalog.Open("", specs.Embedded())
	if found.HasErrors() {
		t.Fatal(found)
	}
	for _, api := range cat.APIs() {
		for _, op := range cat.Operations(api.Name) {
			if len(op.Touches) > 0 && op.Effect == catalog.EffectNone {
				t.Errorf("%s moves something and has no effect", op.Name())
			}
			for object, fields := range op.Touches {
				o, ok := cat.Object(api.Name + "." + object)
				if !ok {
					t.Errorf("%s moves %s, which is no object", op.Name(), object)
					continue
				}
				for _, f := range fields {
					if _, ok := o.Field(f); !ok {
						t.Errorf("%s moves %s.%s, which is no field", op.Name(), object, f)
					}
				}
			}
		}
	}
	for name, want := range map[string]string{
		"xero.createPayments": "Invoice.UpdatedDateUTC", "xero.deletePayment": "Invoice.Status",
		"xero.createCreditNoteAllocation": "Invoice.AmountDue", "xero.createOverpaymentAllocations": "Invoice.AmountDue", "xero.createPrepaymentAllocations": "Invoice.AmountDue",
		"salesforce.OpportunityLineItem.create": "Opportunity.SystemModstamp", "salesforce.OpportunityLineItem.update": "Opportunity.Amount", "salesforce.OpportunityLineItem.delete": "Opportunity.Amount",
	} {
		op, ok := cat.Operation(name)
		object, field, _ := strings.Cut(want, ".")
		if !ok || !slices.Contains(op.Touches[object], field) {
			t.Errorf("%s (there: %v) does not say that it moves %s", name, ok, want)
		}
	}
}
