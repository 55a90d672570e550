package describe_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/describe"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/schema"
)

func base(t testing.TB) catalog.Source {
	t.Helper()
	i := slices.IndexFunc(specs.Embedded(), func(s catalog.Source) bool { return s.Name == "salesforce" })
	return specs.Embedded()[i]
}

// field is a field as most are: optional, to be read and written.
func field(name, kind string, more ...func(*describe.Field)) describe.Field {
	f := describe.Field{Name: name, Type: kind, Nillable: true, Createable: true, Updateable: true, Filterable: true}
	for _, m := range more {
		m(&f)
	}
	return f
}

func needed(f *describe.Field)   { f.Nillable = false }
func platform(f *describe.Field) { f.Nillable, f.Createable, f.Updateable = false, false, false }
func to(objects ...string) func(*describe.Field) {
	return func(f *describe.Field) { f.ReferenceTo, f.Relation = objects, strings.TrimSuffix(f.Name, "Id") }
}

func digits(precision, scale int) func(*describe.Field) {
	return func(f *describe.Field) { f.Precision, f.Scale = precision, scale }
}

func text(n int) func(*describe.Field) { return func(f *describe.Field) { f.Length = n } }

func list(restricted bool, values ...string) func(*describe.Field) {
	return func(f *describe.Field) {
		f.Restricted = restricted
		for _, v := range values {
			f.Picklist = append(f.Picklist, describe.Value{Value: v, Active: true})
		}
	}
}

func system() []describe.Field {
	return []describe.Field{field("Id", "id", platform), field("SystemModstamp", "datetime", platform)}
}

// org is what one user of one org was told.
func org() []describe.Object {
	deal := describe.Object{
		Name: "Opportunity", Createable: true, Updateable: true, Queryable: true,
		Fields: append(system(),
			field("Name", "string", needed, text(80)), field("StageName", "picklist", needed, list(true, "Open", "Won")),
			field("CloseDate", "date", needed), field("AccountId", "reference", to("Account")),
			field("Amount", "currency", digits(18, 4)), field("IsWon", "boolean", platform),
			field("Region__c", "picklist", text(255), list(false, "North", "South"), func(f *describe.Field) { f.Label, f.Help = "Region", "Where it is sold" }),
			field("Score__c", "double", digits(5, 1)), field("Ref__c", "string", text(30), func(f *describe.Field) { f.ExternalID, f.Unique = true, true }),
			field("Loose__c", "string", text(30), func(f *describe.Field) { f.ExternalID = true }),
			field("Sum__c", "currency", digits(16, 2), func(f *describe.Field) { f.Createable, f.Updateable = false, false }),
			field("Tags__c", "multipicklist", list(true, "a", "b")), field("About__c", "reference", to("Account", "Sync__c")),
		),
		Children: []describe.Child{
			{Object: "OpportunityLineItem", Field: "OpportunityId", Relation: "OpportunityLineItems"},
			{Object: "Sync__c", Field: "Deal__c", Relation: "Syncs__r"},
			{Object: "Attachment", Field: "ParentId", Relation: "Attachments"},
			{Object: "Sync__c", Field: "Other__c", Relation: "Hidden__r", Hidden: true},
			{Object: "Sync__c", Field: "Third__c"},
		},
	}
	account := describe.Object{
		Name: "Account", Queryable: true, Deletable: true,
		Fields: append(system(), field("Name", "string", needed, text(255))),
	}
	sync := describe.Object{
		Name: "Sync__c", Label: "Sync", Custom: true, Createable: true, Updateable: true, Deletable: true, Queryable: true,
		Fields: append(system(),
			field("Name", "string", needed, text(80), func(f *describe.Field) { f.NameField = true }),
			field("Key__c", "string", needed, text(40), func(f *describe.Field) { f.ExternalID, f.Unique, f.IDLookup = true, true, true }),
			field("Deal__c", "reference", to("Opportunity")),
		),
	}
	return []describe.Object{sync, deal, account}
}

func made(t *testing.T, objects []describe.Object) (*catalog.Catalog, []byte) {
	t.Helper()
	src := base(t)
	data, err := describe.Spec(src, objects)
	if err != nil {
		t.Fatal(err)
	}
	src.Spec = data
	c, found := catalog.Open("", []catalog.Source{src})
	for _, d := range found {
		if d.Code != openapi.CodeNoMatch {
			t.Errorf("finding %v", d)
		}
	}
	return c, data
}

// TestSpecOperations: the user has the operations that the org lets them use, an object of
// the org's own those of its model, and an object nobody described none.
func TestSpecOperations(t *testing.T) {
	c, _ := made(t, org())
	var got []string
	for _, o := range c.Operations("salesforce") {
		if strings.Contains(o.Path, "/sobjects/") && !strings.Contains(o.Path, "{sObject}") && !strings.HasPrefix(o.Path, "/composite") {
			got = append(got, fmt.Sprint(o.ID, " ", o.Effect, " ", o.Entity))
		}
	}
	slices.Sort(got)
	want := []string{
		"Account.delete delete salesforce.Account",
		"Account.get none salesforce.Account",
		"Opportunity.create create salesforce.Opportunity",
		"Opportunity.get none salesforce.Opportunity",
		"Opportunity.update update salesforce.Opportunity",
		"Opportunity.upsert create salesforce.Opportunity",
		"Sync__c.create create salesforce.Sync__c",
		"Sync__c.delete delete salesforce.Sync__c",
		"Sync__c.get none salesforce.Sync__c",
		"Sync__c.update update salesforce.Sync__c",
		"Sync__c.upsert create salesforce.Sync__c",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, keys := range map[string][]string{"Opportunity": {"Ref__c"}, "Sync__c": {"Key__c"}} {
		o, ok := c.Operation("salesforce." + name + ".upsert")
		if !ok {
			t.Fatalf("no upsert of %s", name)
		}
		p, _ := o.Param("field")
		if diff := cmp.Diff(keys, p.Type.Enum); diff != "" || o.Repeat.Way != catalog.WayUpsert {
			t.Errorf("%s goes by %v with way %s", name, p.Type.Enum, o.Repeat.Way)
		}
	}
	for _, name := range []string{"query", "describe", "limits", "composite"} {
		if _, ok := c.Operation("salesforce." + name); !ok {
			t.Errorf("%s is gone, which is about no object", name)
		}
	}
	if _, ok := c.Object("salesforce.Task"); ok {
		t.Error("an object that was not described is there")
	}
}

// TestSpecFields: types are narrowed and extended to what the org told.
func TestSpecFields(t *testing.T) {
	c, _ := made(t, org())
	o, _ := c.Object("salesforce.Opportunity")
	for _, want := range []struct {
		field schema.Field
		flags string // a: always, c: required on create, r: read-only, m: money
	}{
		{schema.Field{Name: "Name", Type: schema.Type{Kind: schema.String, MaxLength: 80}}, "ac"},
		{schema.Field{Name: "StageName", Type: schema.Type{Kind: schema.String, MaxLength: 255, Enum: []string{"Open", "Won"}}}, "ac"},
		{schema.Field{Name: "AccountId", Type: schema.IDOf("salesforce.Account.Id"), Relation: "Account"}, ""},
		{schema.Field{Name: "Amount", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 4}}, "m"},
		{schema.Field{Name: "IsWon", Type: schema.Type{Kind: schema.Bool}}, "ar"},
		{schema.Field{Name: "Region__c", Type: schema.Type{Kind: schema.String, MaxLength: 255}}, ""},
		{schema.Field{Name: "Score__c", Type: schema.Type{Kind: schema.Decimal, Precision: 5, Scale: 1}}, ""},
		{schema.Field{Name: "Sum__c", Type: schema.Type{Kind: schema.Decimal, Precision: 16, Scale: 2}}, "rm"},
		{schema.Field{Name: "Tags__c", Type: schema.Type{Kind: schema.String}}, ""},
		{schema.Field{
			Name: "About__c", Type: schema.Type{Kind: schema.String, AnyOf: []string{"salesforce.Account.Id", "salesforce.Sync__c.Id"}}, Relation: "About__c",
		}, ""},
	} {
		got, ok := o.Field(want.field.Name)
		var flags strings.Builder
		for _, x := range []struct {
			letter string
			on     bool
		}{{"a", got.Always}, {"c", got.RequiredOnCreate}, {"r", got.ReadOnly}, {"m", got.Money}} {
			if x.on {
				flags.WriteString(x.letter)
			}
		}
		if got.Type.Nominal != "" {
			got.Type.MaxLength = 0 // as long as the id it points at
		}
		plain := schema.Field{Name: got.Name, Type: got.Type, Relation: got.Relation}
		if diff := cmp.Diff(want.field, plain); diff != "" || !ok || flags.String() != want.flags {
			t.Errorf("%s %q, want %q (-want +got):\n%s", want.field.Name, flags.String(), want.flags, diff)
		}
	}
	if f, _ := o.Field("Region__c"); f.Doc != "Region. Where it is sold. Usual values: North, South" {
		t.Errorf("Region__c is described as %q", f.Doc)
	}
	if f, _ := o.Field("CloseDate"); f.Doc == "" {
		t.Error("what our description says of a field is lost")
	}
	for _, hidden := range []string{"NextStep", "Xero_Invoice_Id__c", "OwnerId"} {
		if _, ok := o.Field(hidden); ok {
			t.Errorf("%s was not described and is there", hidden)
		}
	}
	if diff := cmp.Diff([]string{"Ref__c"}, o.Natural); diff != "" {
		t.Errorf("natural keys:\n%s", diff)
	}
	if f, ok := o.Field("attributes"); !ok || f.Type.Kind != schema.ObjectK {
		t.Error("what an answer tells about the record is gone")
	}
	var children []string
	for _, f := range o.Fields {
		if f.Child != "" {
			children = append(children, f.Name+" "+f.Type.String()+" "+f.Child)
		}
	}
	// Lines were not described, attachments are no object here.
	if diff := cmp.Diff([]string{"Syncs__r list(salesforce.Sync__c) Deal__c"}, children); diff != "" {
		t.Errorf("children:\n%s", diff)
	}
}

// TestSpecOwnObject: an object of the org's own is found and watched as its model is.
func TestSpecOwnObject(t *testing.T) {
	c, _ := made(t, org())
	e, ok := c.Entity("salesforce.Sync__c")
	look := catalog.Lookup{Operation: "query", Filter: "q"}
	want := catalog.Entity{
		Object: "salesforce.Sync__c", Get: "Sync__c.get", List: "query", Create: "Sync__c.create", Update: "Sync__c.update",
		Find: map[string]catalog.Lookup{"Id": look, "Name": look, "Key__c": look}, Match: []string{"Name", "Key__c"},
	}
	if diff := cmp.Diff(want, e); diff != "" || !ok {
		t.Errorf("(-want +got):\n%s", diff)
	}
	api, _ := c.API("salesforce")
	if diff := cmp.Diff(catalog.Change{Operation: "query", Field: "SystemModstamp", Order: "Id"}, api.Changes["Sync__c"]); diff != "" {
		t.Errorf("changes:\n%s", diff)
	}
	if _, ok := api.Changes["Task"]; ok {
		t.Error("changes of an object that is not there")
	}
	o, _ := c.Object("salesforce.Sync__c")
	if f, _ := o.Field("Deal__c"); o.Key != "Id" || f.Type.Nominal != "salesforce.Opportunity.Id" {
		t.Errorf("key %q, deal %v", o.Key, f.Type)
	}
}

// TestSpecIsStable: equal descriptions in any order give equal bytes, others do not.
func TestSpecIsStable(t *testing.T) {
	_, a := made(t, org())
	turned := org()
	slices.Reverse(turned)
	if _, b := made(t, turned); !bytes.Equal(a, b) {
		t.Error("the order of descriptions changes the spec")
	}
	other := org()
	other[1].Fields[2].Length = 81
	if _, b := made(t, other); bytes.Equal(a, b) {
		t.Error("another length gives the same spec")
	}
	if !json.Valid(a) || bytes.Contains(a, []byte("x-pw-effect")) {
		t.Error("it is not JSON, or holds the shipped overlay, which is applied over it")
	}
	v, err := openapi.NewValidator(a)
	if err != nil {
		t.Fatal(err)
	}
	e := openapi.Exchange{Method: "PATCH", URL: "/sobjects/Opportunity/006", Body: []byte(`{"StageName":"Lost"}`), Status: 204}
	e.Header = map[string][]string{"Content-Type": {"application/json"}}
	if err := v.Check(e); err == nil || !strings.Contains(err.Error(), "enum") {
		t.Errorf("a value beyond the org's list: %v", err)
	}
}

func TestSpecRefuses(t *testing.T) {
	src := base(t)
	if _, err := describe.Spec(src, append(org(), org()[0])); err == nil || !strings.Contains(err.Error(), "Sync__c is described twice") {
		t.Errorf("described twice: %v", err)
	}
	for what, c := range map[string]struct{ from, to, want string }{
		"no keyword":    {"x-pw-describe:", "x-describe:", "x-pw-describe"},
		"another form":  {"form: sobject", "form: table", `"table"`},
		"no such model": {"model: Opportunity", "model: Deal", "Deal"},
	} {
		other := src
		other.Overlay = []byte(strings.Replace(string(src.Overlay), c.from, c.to, 1))
		if _, err := describe.Spec(other, org()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
	}
	src.Spec = []byte("swagger: '2.0'\n")
	if _, err := describe.Spec(src, org()); err == nil {
		t.Error("a spec is made over something that is none")
	}
}

func BenchmarkSpec(b *testing.B) {
	src, objects := base(b), org()
	for b.Loop() {
		if _, err := describe.Spec(src, objects); err != nil {
			b.Fatal(err)
		}
	}
}
