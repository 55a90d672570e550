package openapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/schema"
)

// TestUnread tells each thing that is not understood, at its place, and what it counts as.
func TestUnread(t *testing.T) {
	for _, c := range []struct{ name, schema, want, kind string }{
		{"several types", "{type: [string, integer]}", "/components/schemas/T/properties/a/type: a value of several types counts as any value", "any"},
		{"an unknown type", "{type: colour}", `/components/schemas/T/properties/a/type: type "colour" is not known; it counts as any value`, "any"},
		{"alternatives", "{oneOf: [{type: string}, {type: integer}]}", "/components/schemas/T/properties/a/oneOf: alternatives of different types count as any value", "any"},
		{"lists of different things", "{anyOf: [{type: array, items: {type: string}}, {type: array, items: {type: integer}}]}", "/components/schemas/T/properties/a/anyOf: alternatives of different types count as any value", "any"},
		{"not", "{type: string, not: {enum: [x]}}", "/components/schemas/T/properties/a/not: keyword not of a schema is not read", "string"},
		{"prefixItems", "{type: array, items: {type: string}, prefixItems: [{type: string}]}", "/components/schemas/T/properties/a/prefixItems: keyword prefixItems of a schema is not read", "list(string)"},
		{"an enum of numbers", "{enum: [1, 2]}", "/components/schemas/T/properties/a/enum: an enum of other things than text counts as any value", "any"},
		{"composed scalars", "{allOf: [{type: string}, {maxLength: 3}]}", "/components/schemas/T/properties/a/allOf: what this is composed of has no members; it counts as any value", "any"},
		{"beside a reference", "{$ref: '#/components/schemas/S', maxLength: 3}", "/components/schemas/T/properties/a/maxLength: keyword maxLength beside a $ref is not read", "string"},
		{"what may not be there", "false", "/components/schemas/T/properties/a: a value that may not be there counts as any value", "any"},
		{"anything", "true", "", "any"},
		{"null or text", "{type: [string, 'null'], examples: [x]}", "", "string"},
		{"a constant", "{const: x}", "", "string[x]"},
		{"constants", "{oneOf: [{const: x}, {const: y, title: Y}, {type: 'null'}]}", "", "string[x y]"},
		{"a number that is constant", "{const: 7}", "", "int"},
		{"texts", "{anyOf: [{type: string, maxLength: 3}, {type: string, maxLength: 9}]}", "", "string<=9"},
		{"texts, one without bounds", "{anyOf: [{type: string, enum: [x]}, {type: string}]}", "", "string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, list := Load("api", []byte("openapi: 3.1.0\ncomponents: {schemas: {S: {type: string}, T: {properties: {a: "+c.schema+"}}}}\n"), nil, Limits{})
			var got []string
			for _, f := range list {
				if f.Code != CodeUnread || f.Line != 2 || f.Hint == "" {
					t.Errorf("%+v", f)
				}
				got = append(got, f.Pointer+": "+f.Message)
			}
			if diff := cmp.Diff(c.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff("a:"+c.kind, describe(objectOf(t, d, "api.T"))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestUnreadIsBounded tells fifty places, counts the others, and each once.
func TestUnreadIsBounded(t *testing.T) {
	var props []string
	for i := range 70 {
		props = append(props, fmt.Sprintf("p%d: {type: colour}", i))
	}
	spec := "openapi: 3.1.0\ncomponents: {schemas: {A: {allOf: [{$ref: '#/components/schemas/B'}]}, C: {allOf: [{$ref: '#/components/schemas/B'}], properties: {x: {type: string}}}, B: {properties: {" + strings.Join(props, ", ") + "}}}}\n"
	_, list := Load("api", []byte(spec), nil, Limits{})
	if len(list) != 51 || list[50].Message != "20 more places of the description cannot be used" {
		t.Errorf("%d findings, the last %v", len(list), list[len(list)-1])
	}
}

// TestSchemes reads the ways of signing in, those asked for first, and tells of the others.
func TestSchemes(t *testing.T) {
	const spec = `openapi: 3.1.0
security: [{second: []}, {first: []}]
paths: {/a: {get: {security: [{third: [read]}], responses: {}}}}
components:
  securitySchemes:
    unasked: {type: http, scheme: Basic}
    first: {type: apiKey, in: query, name: k}
    second: {type: http, scheme: bearer}
    third: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {read: x}}}}
    fourth: {type: openIdConnect, openIdConnectUrl: https://a.test}
    cookie: {type: apiKey, in: cookie, name: sid}
    digest: {type: http, scheme: digest}
    tls: {type: mutualTLS}
`
	d, list := Load("api", []byte(spec), nil, Limits{})
	want := []Scheme{
		{Name: "second", Kind: "bearer"},
		{Name: "first", Kind: "api_key", In: "query", Param: "k"},
		{Name: "third", Kind: "oauth2", Token: "/token", Scopes: []string{"read"}},
		{Name: "unasked", Kind: "basic"},
		{Name: "fourth", Kind: "oauth2"},
	}
	if diff := cmp.Diff(want, d.Schemes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(list) != 3 {
		t.Errorf("findings %v", list)
	}
	both, list := Load("api", []byte(strings.Replace(spec, "[{second: []}, {first: []}]", "[{first: [], second: []}]", 1)), nil, Limits{})
	if len(list) != 4 || !strings.Contains(list[3].Message, "two ways of signing in") || both.Schemes[0].Name != "first" {
		t.Errorf("findings %v, %v first", list, both.Schemes[0])
	}
}

func TestServers(t *testing.T) {
	for servers, want := range map[string]struct {
		address  string
		findings int
	}{
		"[{url: https://a.test/v1}]": {"https://a.test/v1", 0},
		"[]":                         {"", 0},
		"[{url: /v1}]":               {"", 1},
		"[{url: 'https://{r}.a.test', variables: {r: {default: eu}}}]": {"https://eu.a.test", 1},
		"[{url: 'https://{r}.a.test'}]":                                {"", 1},
	} {
		d, list := Load("api", []byte("openapi: 3.1.0\nservers: "+servers+"\n"), nil, Limits{})
		if d.Server != want.address || len(list) != want.findings {
			t.Errorf("%s: %q, %v", servers, d.Server, list)
		}
	}
}

// TestRepeatedParams knows which lists travel under one name each.
func TestRepeatedParams(t *testing.T) {
	for param, want := range map[string]bool{
		"in: query, schema: {type: array, items: {type: string}}":                            true,
		"in: query, explode: true, schema: {type: array, items: {type: string}}":             true,
		"in: query, explode: false, schema: {type: array, items: {type: string}}":            false,
		"in: query, style: pipeDelimited, schema: {type: array, items: {type: string}}":      false,
		"in: query, schema: {type: string}":                                                  false,
		"in: path, required: true, schema: {type: array, items: {type: string, maximum: 1}}": false,
	} {
		d, _ := Load("api", []byte("openapi: 3.0.0\npaths: {'/{a}': {get: {parameters: [{name: a, "+param+"}], responses: {}}}}\n"), nil, Limits{})
		p := d.Operations[0].Params
		if i := slices.IndexFunc(p, func(p Param) bool { return p.Repeated }); (i >= 0) != want {
			t.Errorf("%s: %v", param, p)
		}
		if p[0].Type.Kind == schema.Any {
			t.Errorf("%s has no type", param)
		}
	}
}
