package openapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/schema"
)

// describe prints an object on one line: fields, types, marks.
func describe(o *schema.Object) string {
	parts := make([]string, len(o.Fields))
	for i, f := range o.Fields {
		var s strings.Builder
		s.WriteString(f.Name + ":" + f.Type.String())
		if f.Type.Wire != "" {
			s.WriteString("/" + f.Type.Wire)
		}
		if len(f.Type.Enum) > 0 {
			fmt.Fprint(&s, f.Type.Enum)
		}
		if f.Type.MaxLength > 0 {
			fmt.Fprintf(&s, "<=%d", f.Type.MaxLength)
		}
		if f.Type.Precision > 0 {
			fmt.Fprintf(&s, "(%d,%d)", f.Type.Precision, f.Type.Scale)
		}
		for _, m := range []struct {
			mark string
			on   bool
		}{{" ro", f.ReadOnly}, {" wo", f.WriteOnly}, {" req", f.RequiredOnCreate}, {" always", f.Always}, {" money", f.Money}} {
			if m.on {
				s.WriteString(m.mark)
			}
		}
		parts[i] = s.String()
	}
	return strings.Join(parts, "; ")
}

func objectOf(t *testing.T, d *Document, name string) *schema.Object {
	t.Helper()
	for _, o := range d.Objects {
		if o.Name == name {
			return o
		}
	}
	t.Fatalf("no object %s in %d", name, len(d.Objects))
	return nil
}

func TestFieldTypes(t *testing.T) {
	for _, c := range []struct{ name, properties, want string }{
		{"scalars", "{a: {type: string}, b: {type: integer}, c: {type: number}, d: {type: boolean}, e: {}}", "a:string; b:int; c:decimal; d:bool; e:any"},
		{"order is kept", "{z: {type: string}, a: {type: string}, m: {type: string}}", "z:string; a:string; m:string"},
		{"formats", "{a: {type: string, format: date}, b: {type: string, format: date-time}, c: {type: string, format: uuid}, d: {type: number, format: double}}", "a:date; b:instant; c:string<=36; d:decimal"},
		{"vendor dates", "{a: {type: string, x-is-msdate: true}, b: {type: string, x-is-msdate-time: true}, c: {type: string, x-is-msdate: false}}", "a:date/msdate; b:instant/msdate; c:string"},
		{"vendor dates beside a reference", "{a: {$ref: '#/components/schemas/Text', x-is-msdate: true}, b: {$ref: '#/components/schemas/Text'}}", "a:date/msdate; b:string"},
		{"money", "{a: {type: number, x-is-money: true}, b: {type: string, x-is-money: true}}", "a:decimal money; b:string"},
		{"text bounds", "{a: {type: string, maxLength: 50}, b: {type: string, enum: [X, Y, '']}, c: {enum: [P, Q]}, d: {enum: [1, 2]}}", "a:string<=50; b:string[X Y]; c:string[P Q]; d:any"},
		{"directions", "{a: {type: string, readOnly: true}, b: {type: string, writeOnly: true}, c: {$ref: '#/components/schemas/Text', readOnly: true}}", "a:string ro; b:string wo; c:string ro"},
		{"lists", "{a: {type: array, items: {type: string}}, b: {type: array}, c: {items: {type: integer}}, d: {type: array, items: {type: array, items: {type: number}}}}", "a:list(string); b:list(any); c:list(int); d:list(list(decimal))"},
		{"maps", "{a: {type: object, additionalProperties: {type: number}}, b: {type: object}, c: {type: object, additionalProperties: true}}", "a:map(decimal); b:any; c:any"},
		{"references", "{a: {$ref: '#/components/schemas/Text'}, b: {$ref: '#/components/schemas/Other'}, c: {type: array, items: {$ref: '#/components/schemas/Other'}}, d: {allOf: [{$ref: '#/components/schemas/Other'}], description: x}}", "a:string; b:api.Other; c:list(api.Other); d:api.Other"},
		{"without a name", "{a: {properties: {x: {properties: {y: {type: string}}}}}, b: {type: array, items: {properties: {z: {type: string}}}}}", "a:api.T_a; b:list(api.T_b)"},
		{"3.1 nulls", "{a: {type: [string, 'null']}, b: {type: [string, integer]}, c: {oneOf: [{$ref: '#/components/schemas/Other'}, {type: 'null'}]}, d: {anyOf: [{type: string}, {type: integer}]}, e: {anyOf: [{type: 'null'}]}}", "a:string; b:any; c:api.Other; d:any; e:any"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := load(t, "openapi: 3.1.0\ncomponents: {schemas: {Text: {type: string}, Other: {properties: {o: {type: string}}}, T: {type: object, properties: "+c.properties+"}}}\n", "")
			if diff := cmp.Diff(c.want, describe(objectOf(t, d, "api.T"))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestComposition(t *testing.T) {
	d := load(t, `
openapi: 3.0.0
components:
  schemas:
    Base: {type: object, required: [id], properties: {id: {type: string}, kind: {type: string}}}
    Derived:
      description: More than its base
      required: [extra]
      allOf:
        - {$ref: "#/components/schemas/Base"}
        - {type: object, properties: {kind: {type: string, enum: [derived]}, extra: {type: number}}}
      properties: {own: {type: boolean}}
    Loop: {allOf: [{$ref: "#/components/schemas/Loop"}], properties: {a: {$ref: "#/components/schemas/Loop"}}}
`, "")
	o := objectOf(t, d, "api.Derived")
	if diff := cmp.Diff("id:string req; kind:string[derived]; extra:decimal req; own:bool", describe(o)); diff != "" {
		t.Error(diff)
	}
	if o.Doc != "More than its base" {
		t.Errorf("doc %q", o.Doc)
	}
	if got := describe(objectOf(t, d, "api.Loop")); got != "a:api.Loop" {
		t.Errorf("Loop: %s", got)
	}
}

func TestSchemaKeywords(t *testing.T) {
	d := load(t, "openapi: 3.0.0\ncomponents: {schemas: {ThingRecord: {required: [Made], properties: {Id: {type: string}, Owner: {type: string}, Price: {type: number}, Rate: {type: number, x-is-money: true}, Made: {type: string, readOnly: true}, Name: {type: string}, Note: {type: string}}}}}\n", `
overlay: 1.0.0
actions:
  - target: $
    update: {x-pw-type-suffix: Record}
  - target: $.components.schemas.ThingRecord
    update:
      x-pw-key: Id
      x-pw-natural: [Name, Id]
      x-pw-ids: {Owner: User.Id, Price: User.Id, Gone: User.Id}
      x-pw-lengths: {Name: 80}
      x-pw-decimals: {Price: [18, 2]}
      x-pw-always: [Id, Made, Gone]
      x-pw-read-only: [Id]
      x-pw-write-only: [Note]
      x-pw-required-on-create: [Name]
      x-pw-money: [Price]
`)
	o := objectOf(t, d, "api.Thing")
	want := "Id:api.Thing.Id ro always; Owner:api.User.Id; Price:decimal(18,2) money; Rate:decimal; Made:string ro always; Name:string<=80 req; Note:string wo"
	if diff := cmp.Diff(want, describe(o)); diff != "" {
		t.Error(diff)
	}
	if o.Key != "Id" || !cmp.Equal(o.Natural, []string{"Name", "Id"}) {
		t.Errorf("key %q, natural %q", o.Key, o.Natural)
	}
}

func TestNamesAreSpellableAndUnique(t *testing.T) {
	d := load(t, "openapi: 3.0.0\ncomponents: {schemas: {a.b: {properties: {x-y: {properties: {p: {type: string}}}}}, a_b: {properties: {q: {type: string}}}, SObject: {properties: {r: {type: string}}}}}\nx-pw-type-suffix: SObject\n", "")
	var got []string
	for _, o := range d.Objects {
		got = append(got, o.Name)
	}
	if diff := cmp.Diff([]string{"api.a_b", "api.a_b_x_y", "api.a_b_", "api.SObject"}, got); diff != "" {
		t.Error(diff)
	}
}
