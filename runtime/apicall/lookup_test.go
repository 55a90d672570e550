package apicall

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

func hints(l diag.List) []string {
	var s []string
	for _, d := range l {
		s = append(s, d.Hint)
	}
	return s
}

func TestLookup(t *testing.T) {
	cat := newTestCatalog()
	for _, tc := range []struct {
		name, object string
		lookup       catalog.Lookup
		fields       map[string]any
		op           string
		want         Args
	}{
		{
			"by parameter", "xero.Invoice",
			catalog.Lookup{Operation: "getInvoices", Param: "InvoiceNumbers"},
			map[string]any{"InvoiceNumber": "SF-1"},
			"xero.getInvoices",
			Args{Params: map[string]any{"InvoiceNumbers": "SF-1"}},
		},
		{
			"by path", "xero.Invoice",
			catalog.Lookup{Operation: "getInvoice", Param: "InvoiceID"},
			map[string]any{"InvoiceNumber": "SF-1"},
			"xero.getInvoice",
			Args{Params: map[string]any{"InvoiceID": "SF-1"}},
		},
		{
			"by filter", "xero.Contact",
			catalog.Lookup{Operation: "getContacts", Filter: "where"},
			map[string]any{"Name": "A", "EmailAddress": "b"},
			"xero.getContacts",
			Args{Filter: equal(map[string]any{"Name": "A", "EmailAddress": "b"})},
		},
		{
			"by query", "salesforce.Opportunity",
			catalog.Lookup{Operation: "query", Filter: "q"},
			map[string]any{"Ref__c": "x"},
			"salesforce.query",
			Args{Query: &Query{
				From: "Opportunity", Order: []string{"Id"},
				Select: []string{"Id", "Ref__c", "Name", "IsWon", "CloseDate", "SystemModstamp"},
				Where:  All(Cond{Field: "Ref__c", Op: plan.Eq, Value: "x"}),
			}},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			op, args, err := Lookup(cat, tc.object, tc.lookup, tc.fields)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, args); diff != "" || op.Name() != tc.op {
				t.Errorf("%s (-want +got):\n%s", op.Name(), diff)
			}
			if _, err := Render(cat.apis[op.API], op, cat, args); err != nil {
				t.Errorf("what it gives is not rendered: %v", err)
			}
		})
	}
}

func TestLookupRefuses(t *testing.T) {
	cat := newTestCatalog()
	where := catalog.Lookup{Operation: "getContacts", Filter: "where"}
	for name, tc := range map[string]struct {
		l      catalog.Lookup
		fields map[string]any
		want   string
	}{
		"empty value":      {where, map[string]any{"Name": ""}, "the value of Name is empty"},
		"absent value":     {where, map[string]any{"Name": nil}, "the value of Name is empty"},
		"no operation":     {catalog.Lookup{Operation: "nope", Filter: "where"}, map[string]any{"Name": "x"}, "no operation xero.nope"},
		"neither":          {catalog.Lookup{Operation: "getContacts"}, map[string]any{"Name": "x"}, "neither"},
		"two by parameter": {catalog.Lookup{Operation: "getContacts", Param: "IDs"}, map[string]any{"Name": "x", "EmailAddress": "y"}, "neither"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Lookup(cat, "xero.Contact", tc.l, tc.fields)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
