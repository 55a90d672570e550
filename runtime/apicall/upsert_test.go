package apicall

import (
	"testing"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// TestValidateUpsert: a required field that the path may name is not missing in the body.
func TestValidateUpsert(t *testing.T) {
	objects := schema.Set{"s.Sync": {Name: "s.Sync", Key: "Id", Fields: []schema.Field{
		{Name: "Key", Type: text, RequiredOnCreate: true},
		{Name: "Name", Type: text, RequiredOnCreate: true},
		{Name: "Lines", Type: schema.ListOf(schema.ObjectOf("s.Sync"))},
	}}}
	body := &catalog.Body{Type: schema.ObjectOf("s.Sync")}
	upsert := &catalog.Operation{API: "s", ID: "upsert", Effect: catalog.EffectCreate, Request: body, Params: []catalog.Param{
		{Name: "field", In: catalog.InPath, Type: enum("Key")}, {Name: "value", In: catalog.InPath, Type: text},
	}}
	create := &catalog.Operation{API: "s", ID: "create", Effect: catalog.EffectCreate, Request: body, Params: []catalog.Param{
		{Name: "mode", In: catalog.InQuery, Type: enum("Key")},
	}}
	for _, c := range []struct {
		name string
		op   *catalog.Operation
		body map[string]any
		want int
	}{
		{"key in the path", upsert, map[string]any{"Name": "x"}, 0},
		{"another field missing", upsert, map[string]any{}, 1},
		{"a record inside has no path", upsert, map[string]any{"Name": "x", "Lines": []any{map[string]any{"Name": "y"}}}, 1},
		{"a create has none", create, map[string]any{"Name": "x"}, 1},
	} {
		if found := Validate(c.op, objects, c.body); len(found) != c.want {
			t.Errorf("%s: %v, want %d", c.name, found, c.want)
		}
	}
}
