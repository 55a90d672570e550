package schema_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/schema"
)

func TestTypeString(t *testing.T) {
	for _, c := range []struct {
		typ  schema.Type
		want string
	}{
		{schema.Type{Kind: schema.Decimal}, "decimal"},
		{schema.Type{Kind: schema.Any}, "any"},
		{schema.Type{Kind: schema.String, Enum: []string{"A"}}, "string"},
		{schema.IDOf("xero.Contact.ContactID"), "xero.Contact.ContactID"},
		{schema.ObjectOf("xero.Invoice"), "xero.Invoice"},
		{schema.ListOf(schema.ObjectOf("xero.Invoice")), "list(xero.Invoice)"},
		{schema.ListOf(schema.ListOf(schema.Type{Kind: schema.Int})), "list(list(int))"},
		{schema.Type{Kind: schema.Map, Elem: &schema.Type{Kind: schema.Bool}}, "map(bool)"},
	} {
		if got := c.typ.String(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.typ, got, c.want)
		}
	}
}

func TestObjectField(t *testing.T) {
	o := &schema.Object{Name: "a.B", Fields: []schema.Field{{Name: "Id", Always: true}, {Name: "id", Money: true}}}
	if f, ok := o.Field("id"); !ok || !f.Money {
		t.Errorf("id: %v %+v", ok, f)
	}
	for _, name := range []string{"", "ID", "other"} {
		if f, ok := o.Field(name); ok || f.Name != "" {
			t.Errorf("%q: %v %+v", name, ok, f)
		}
	}
}

func TestSetIsSource(t *testing.T) {
	want := &schema.Object{Name: "a.B"}
	var s schema.Source = schema.Set{"a.B": want}
	if got, ok := s.Object("a.B"); !ok || got != want {
		t.Errorf("a.B: %v %v", got, ok)
	}
	if got, ok := s.Object("a.C"); ok || got != nil {
		t.Errorf("a.C: %v %v", got, ok)
	}
}

// TestStoredForm holds the JSON form, which the catalog's cache keeps on disk, to come
// back whole.
func TestStoredForm(t *testing.T) {
	elem := schema.Type{Kind: schema.String, Enum: []string{"A", "B"}, MaxLength: 9}
	want := schema.Object{
		Name: "a.B", Doc: "d", Key: "Id", Natural: []string{"Code"},
		Fields: []schema.Field{
			{Name: "Id", Type: schema.IDOf("a.B.Id"), ReadOnly: true, Always: true},
			{Name: "L", Type: schema.ListOf(elem), RequiredOnCreate: true, Doc: "x"},
			{Name: "D", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}, Money: true},
			{Name: "T", Type: schema.Type{Kind: schema.Date, Wire: "msdate"}, WriteOnly: true},
		},
	}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got schema.Object
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
