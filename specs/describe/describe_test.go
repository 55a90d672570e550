package describe

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const invoice = `{"name":"Invoice__c","label":"Invoice","custom":true,"createable":true,"updateable":true,"deletable":false,"queryable":true,"urls":{"x":1},
"fields":[
 {"name":"Id","type":"id","length":18,"nillable":false,"defaultedOnCreate":true,"idLookup":true},
 {"name":"Key__c","label":"Key","type":"string","length":40,"custom":true,"nillable":false,"createable":true,"updateable":true,"externalId":true,"idLookup":true,"unique":true,"relationshipName":null},
 {"name":"Deal__c","type":"reference","referenceTo":["Opportunity"],"relationshipName":"Deal__r","createable":true,"updateable":true,"nillable":true},
 {"name":"Status__c","type":"picklist","restrictedPicklist":true,"nillable":true,"createable":true,"picklistValues":[
   {"value":"Draft","label":"Draft","active":true,"validFor":null},{"value":"Old","active":false},{"value":"Sent","active":true},{"value":"Sent","active":true}]},
 {"name":"Total__c","type":"currency","precision":18,"scale":4,"calculated":true,"nillable":true}],
"childRelationships":[{"childSObject":"Line__c","field":"Invoice__c","relationshipName":"Lines__r","cascadeDelete":true},{"childSObject":"X","field":"Y","relationshipName":null}]}`

func TestParse(t *testing.T) {
	got, err := Parse([]byte("\ufeff" + invoice))
	if err != nil {
		t.Fatal(err)
	}
	want := Object{
		Name: "Invoice__c", Label: "Invoice", Custom: true, Createable: true, Updateable: true, Queryable: true,
		Fields: []Field{
			{Name: "Id", Type: "id", Length: 18, DefaultedOnCreate: true, IDLookup: true},
			{Name: "Key__c", Label: "Key", Type: "string", Length: 40, Custom: true, Createable: true, Updateable: true, ExternalID: true, IDLookup: true, Unique: true},
			{Name: "Deal__c", Type: "reference", ReferenceTo: []string{"Opportunity"}, Relation: "Deal__r", Createable: true, Updateable: true, Nillable: true},
			{
				Name: "Status__c", Type: "picklist", Restricted: true, Nillable: true, Createable: true,
				Picklist: []Value{{Label: "Draft", Value: "Draft", Active: true}, {Value: "Old"}, {Value: "Sent", Active: true}, {Value: "Sent", Active: true}},
			},
			{Name: "Total__c", Type: "currency", Precision: 18, Scale: 4, Calculated: true, Nillable: true},
		},
		Children: []Child{{Object: "Line__c", Field: "Invoice__c", Relation: "Lines__r"}, {Object: "X", Field: "Y"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFieldRules holds what the flags mean together.
func TestFieldRules(t *testing.T) {
	o, err := Parse([]byte(invoice))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][4]bool{ // required, read-only, key, money
		"Id":        {false, true, false, false},
		"Key__c":    {true, false, true, false},
		"Deal__c":   {},
		"Status__c": {},
		"Total__c":  {false, true, false, true},
	} {
		f, ok := o.Field(name)
		if got := [4]bool{f.Required(), f.ReadOnly(), f.Key(), f.Money()}; !ok || got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	f, _ := o.Field("Status__c")
	if diff := cmp.Diff([]string{"Draft", "Sent"}, f.Values()); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if _, ok := o.Field("key__c"); ok {
		t.Error("a field is found under another spelling")
	}
}

func TestParseRefuses(t *testing.T) {
	for what, c := range map[string]struct{ in, want string }{
		"html":           {"<html>secret", "not the JSON"},
		"empty":          {"", "not the JSON"},
		"list":           {`[{"name":"secret"}]`, "shape"},
		"no name":        {`{"fields":[{"name":"Id"}]}`, "no name"},
		"name with path": {`{"name":"../secret","fields":[{"name":"Id"}]}`, "no name"},
		"no fields":      {`{"name":"Account","fields":[]}`, "no fields"},
		"nameless field": {`{"name":"Account","fields":[{"name":""}]}`, "field 1"},
		"field twice":    {`{"name":"Account","fields":[{"name":"Id"},{"name":"ID"}]}`, "field 2"},
		"odd length":     {`{"name":"Account","fields":[{"name":"Id","length":"secret"}]}`, "length"},
	} {
		_, err := Parse([]byte(c.in))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %v, want one with %q that quotes nothing", what, err, c.want)
		}
	}
}

func TestParseList(t *testing.T) {
	got, err := ParseList([]byte(`{"encoding":"UTF-8","sobjects":[{"name":"Account","label":"Account","queryable":true},{"name":"X__c","custom":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Listed{{Name: "Account", Label: "Account", Queryable: true}, {Name: "X__c", Custom: true}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, in := range []string{``, `{}`, `{"sobjects":{}}`} {
		if _, err := ParseList([]byte(in)); err == nil {
			t.Errorf("%q is taken for a list", in)
		}
	}
}

// FuzzParse feeds the reader what no vendor would send: it must not fail, and what it
// accepts must have names that can be spelt.
func FuzzParse(f *testing.F) {
	f.Add([]byte(invoice))
	f.Add([]byte(`{"name":"A","fields":[{"name":"Id","picklistValues":[{}],"referenceTo":[""]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := Parse(data)
		if err != nil {
			return
		}
		for _, x := range o.Fields {
			if !isName(x.Name) {
				t.Errorf("field %q", x.Name)
			}
			_, _, _ = x.Required(), x.Key(), x.Values()
		}
	})
}
