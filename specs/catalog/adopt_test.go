package catalog_test

import (
	"testing"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// TestAdopt holds which writes give a record that a person can name by its id.
func TestAdopt(t *testing.T) {
	cat, found := catalog.Open("", specs.Embedded())
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"xero.createInvoices":           "xero.getInvoice",
		"xero.createContacts":           "xero.getContact",
		"salesforce.Task.create":        "", // answers with an id and whether it went well
		"salesforce.Opportunity.update": "", // answers nothing
	} {
		op, ok := cat.Operation(name)
		if !ok {
			t.Errorf("no operation %s", name)
			continue
		}
		got := ""
		if get, ok := cat.Adopt(op); ok {
			got = get.Name()
		}
		if got != want || cat.Adoptable(op) != (want != "") {
			t.Errorf("%s is read by %q, want %q", name, got, want)
		}
	}
}
