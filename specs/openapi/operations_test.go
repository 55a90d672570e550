package openapi

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
)

func TestDerivedIDs(t *testing.T) {
	for _, c := range []struct{ method, path, verb, want string }{
		{"get", "/sobjects/Opportunity/{id}", "", "Opportunity.get"},
		{"post", "/sobjects/Opportunity", "", "Opportunity.create"},
		{"patch", "/sobjects/Opportunity/{id}", "", "Opportunity.update"},
		{"delete", "/sobjects/Opportunity/{id}", "", "Opportunity.delete"},
		{"get", "/sobjects/Opportunity", "info", "Opportunity.info"},
		{"get", "/sobjects/{sObject}/describe", "", "sobjects.describe.list"},
		{"get", "/v1/customers", "", "customers.list"},
		{"post", "/v1/customers/{id}", "", "customers.update"},
		{"get", "/v1/customers/{id}/invoices/{no}", "", "customers.invoices.get"},
		{"put", "/files/{name}", "", "files.update"},
		{"head", "/files", "", "files.head"},
		{"get", "/", "", "root.list"},
		{"get", "/tax-rates", "", "tax_rates.list"},
	} {
		if got := deriveID(c.method, c.path, c.verb); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.method, c.path, got, c.want)
		}
	}
}

func TestDuplicateIDs(t *testing.T) {
	spec := "openapi: 3.0.0\npaths: {/a: {get: {operationId: same}, put: {operationId: same}, post: {operationId: same_post}, delete: {operationId: 'odd id!'}}, /b: {post: {operationId: same}}}\n"
	d, list := Load("api", []byte(spec), nil, Limits{})
	var got []string
	for _, o := range d.Operations {
		got = append(got, o.ID)
	}
	if diff := cmp.Diff([]string{"same", "same_put", "same_post", "odd_id_", "same_post_"}, got); diff != "" {
		t.Error(diff)
	}
	if len(list) != 2 || list[0].Code != CodeDuplicateID || list[0].Severity != diag.Warning || list[0].Pointer != "/paths/~1a/put" {
		t.Errorf("findings %v", list)
	}
}

func TestParams(t *testing.T) {
	d := load(t, `
openapi: 3.0.0
paths:
  /a/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: page, in: query, schema: {type: string}}
      - {$ref: "#/components/parameters/tenant", type: string}
    get:
      parameters:
        - {name: page, in: query, schema: {type: integer}, description: own}
        - {name: Content-Type, in: header, required: true, schema: {type: string}}
        - {name: authorization, in: header, schema: {type: string}}
        - {name: session, in: cookie, schema: {type: string}}
        - {name: filter, in: query, content: {application/json: {schema: {type: object, additionalProperties: {type: string}}}}}
        - {name: ids, in: query, schema: {type: array, items: {type: string, format: uuid}}}
        - {in: query}
components:
  parameters: {tenant: {name: tenant-id, in: header, required: true, schema: {type: string}}}
`, "")
	var got []string
	for _, p := range d.Operations[0].Params {
		s := p.In + " " + p.Name + ":" + p.Type.String()
		if p.Required {
			s += "!"
		}
		got = append(got, s)
	}
	want := []string{"path id:string!", "query page:int", "header tenant-id:string!", "query filter:map(string)", "query ids:list(string)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBodies(t *testing.T) {
	const components = `
components:
  schemas:
    Contact: {type: object, properties: {id: {type: string}, tags: {type: array, items: {type: object, properties: {t: {type: string}}}}}}
    Warning: {type: object, properties: {text: {type: string}}}
    Pagination: {type: object, properties: {page: {type: integer}}}
    Contacts: {type: object, properties: {pagination: {$ref: "#/components/schemas/Pagination"}, Warnings: {type: array, items: {$ref: "#/components/schemas/Warning"}}, Contacts: {type: array, items: {$ref: "#/components/schemas/Contact"}}}}
    Paged: {type: object, properties: {data: {type: array, items: {$ref: "#/components/schemas/Contact"}}, has_more: {type: boolean}, next_page: {type: string}}}
    Rows: {type: object, properties: {totalSize: {type: integer}, done: {type: boolean}, nextRecordsUrl: {type: string}, records: {type: array, items: {type: object}}}}
    TaxRate: {type: object, properties: {name: {type: string}, components: {type: array, items: {$ref: "#/components/schemas/Contact"}}}}
    Two: {type: object, properties: {a: {type: array, items: {$ref: "#/components/schemas/Contact"}}, b: {type: array, items: {$ref: "#/components/schemas/Contact"}}}}
    Words: {type: object, properties: {Words: {type: array, items: {type: string}}}}
`
	for _, c := range []struct{ name, schema, want string }{
		{"its own name", "{$ref: '#/components/schemas/Contacts'}", "Contacts[] api.Contact"},
		{"paging words", "{$ref: '#/components/schemas/Paged'}", "data[] api.Contact"},
		{"untyped rows", "{$ref: '#/components/schemas/Rows'}", "records[] any"},
		{"a record with a list", "{$ref: '#/components/schemas/TaxRate'}", "api.TaxRate"},
		{"a record", "{$ref: '#/components/schemas/Contact'}", "api.Contact"},
		{"two lists", "{$ref: '#/components/schemas/Two'}", "api.Two"},
		{"a list of text", "{$ref: '#/components/schemas/Words'}", "api.Words"},
		{"a bare list", "{type: array, items: {$ref: '#/components/schemas/Contact'}}", "[] api.Contact"},
		{"a wrapper without a name", "{type: object, properties: {items: {type: array, items: {type: object, properties: {x: {type: string}}}}}}", "items[] api.things_list_answer_items"},
		{"nothing known", "{}", "any"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := load(t, "openapi: 3.0.0\npaths: {/things: {get: {responses: {default: {description: x}, '404': {content: {text/plain: {}}}, '201': {description: none}, '200': {content: {application/xml: {schema: {type: string}}, application/json: {schema: "+c.schema+"}}}}}}}\n"+components, "")
			if got := show(d.Operations[0].Response); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func show(b *Body) string {
	if b == nil {
		return "nothing"
	}
	s := b.Envelope
	if b.Many {
		s += "[] "
	}
	return s + b.Type.String()
}

func TestBodyMedia(t *testing.T) {
	for content, want := range map[string]string{
		"{application/octet-stream: {schema: {type: string, format: binary}}}": "application/octet-stream string",
		"{application/xml: {}, application/json: {schema: {type: string}}}":    "application/json string",
		"{application/vnd.x+json: {schema: {type: integer}}, text/plain: {}}":  "application/vnd.x+json int",
		"{}": "nothing",
	} {
		d := load(t, "openapi: 3.0.0\npaths: {/a: {put: {requestBody: {content: "+content+"}, responses: {'204': {description: done}}}}}\n", "")
		got := show(d.Operations[0].Request)
		if b := d.Operations[0].Request; b != nil {
			got = b.Media + " " + got
		}
		if got != want || d.Operations[0].Response != nil {
			t.Errorf("%s: %q, want %q; answer %v", content, got, want, d.Operations[0].Response)
		}
	}
}

func TestScopesAndKeywords(t *testing.T) {
	d := load(t, "openapi: 3.0.0\nx-pw-words: [w]\npaths: {/a: {get: {security: [{o: [read, write]}, {o: [write, all]}, {key: []}], x-pw-batch: 5, x-other: 1}}}\n", "")
	o := d.Operations[0]
	if diff := cmp.Diff([]string{"read", "write", "all"}, o.Scopes); diff != "" {
		t.Error(diff)
	}
	if len(o.Keywords) != 1 || o.Keywords[0].Name != "x-pw-batch" || string(o.Keywords[0].Value) != "5" || o.Keywords[0].Pointer != "/paths/~1a/get/x-pw-batch" {
		t.Errorf("keywords %+v", o.Keywords)
	}
	if len(d.Keywords) != 1 || d.Keywords[0].Name != "x-pw-words" {
		t.Errorf("root keywords %+v", d.Keywords)
	}
	f := o.Keywords[0].Diagnostic("m", "h")
	if f.Code != CodeKeyword || f.Line != 3 || f.File != "api" || f.Message != "m" || f.Hint != "h" {
		t.Errorf("diagnostic %+v", f)
	}
}

func TestRoutes(t *testing.T) {
	v, err := NewValidator([]byte(`
openapi: 3.0.0
info: {title: T, version: "1"}
servers: [{url: "https://a.test/base/"}]
x-pw-auth: {prefix: /services/data/v1.0}
paths:
  /things/{id}: {get: {parameters: [{name: id, in: path, required: true, schema: {type: string, format: uuid}}], responses: {"200": {description: ok}}}}
  /things/{name}: {get: {parameters: [{name: name, in: path, required: true, schema: {type: string}}], responses: {"200": {description: ok}}}, delete: {parameters: [{name: name, in: path, required: true, schema: {type: string}}], responses: {"200": {description: ok}}}}
  /things/all: {get: {responses: {"200": {description: ok}}}}
  /things/Account/{id}: {get: {parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {"200": {description: ok}}}}
  /things/{kind}/describe: {get: {parameters: [{name: kind, in: path, required: true, schema: {type: string}}], responses: {"200": {description: ok}}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	const id = "11111111-2222-3333-4444-555555555555"
	for _, c := range []struct{ method, url, want string }{
		{"GET", "https://a.test/base/things/" + id, "/things/{id} id=" + id},
		{"GET", "http://127.0.0.1:1/base/things/abc", "/things/{name} name=abc"},
		{"DELETE", "/base/things/" + id, "/things/{name} name=" + id},
		{"GET", "/services/data/v1.0/things/all", "/things/all"},
		{"GET", "/things/all", "/things/all"},
		{"GET", "/things/a%2Fb", "/things/{name} name=a/b"},
		{"GET", "/things/Account/1", "/things/Account/{id} id=1"},
		{"GET", "/things/Account/describe", "/things/{kind}/describe kind=Account"},
		{"GET", "/things/", ""},
		{"GET", "/basement/things/all", ""},
		{"GET", "/nothing", ""},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		item, path, params := v.route(c.method, u)
		var got strings.Builder
		got.WriteString(path)
		for k, val := range params {
			got.WriteString(" " + k + "=" + val)
		}
		if got.String() != c.want || (item == nil) != (c.want == "") {
			t.Errorf("%s %s: %q, want %q", c.method, c.url, got.String(), c.want)
		}
	}
}

func TestValidatorRefusesBadSpecs(t *testing.T) {
	for name, spec := range map[string]string{
		"not OpenAPI":  "a: 1\n",
		"external ref": strings.Replace(minimal, "#/components/schemas/Thing", "http://x/y", 1),
		"broken":       "openapi: 3.0.0\npaths: 7\n",
	} {
		if _, err := NewValidator([]byte(spec)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// TestServersAndKnownScopes reads what stands beside the operations: servers of a path and
// of an operation, and the scopes that security schemes describe.
func TestServersAndKnownScopes(t *testing.T) {
	spec := `openapi: 3.0.0
servers: [{url: https://api.test/v1}, {url: https://other.test}]
paths:
  /a:
    servers: [{url: https://a.test}]
    get: {operationId: ofPath}
    put: {operationId: own, servers: [{url: https://b.test}]}
  /b: {servers: [], get: {operationId: ofAPI}, put: {operationId: odd, servers: https://c.test}}
components:
  securitySchemes:
    people: {type: oauth2, flows: {authorizationCode: {scopes: {write: Write, read: Read}}, implicit: {scopes: {read: Read}}}}
    machines: {type: oauth2, flows: {clientCredentials: {scopes: {admin: Everything}}}}
    key: {type: apiKey, in: header, name: Key}
`
	d, list := Load("api", []byte(spec), nil, Limits{})
	if len(list) > 0 {
		t.Fatal(list)
	}
	servers := map[string]string{"": d.Server}
	for _, o := range d.Operations {
		servers[o.ID] = o.Server
	}
	want := map[string]string{"": "https://api.test/v1", "ofPath": "https://a.test", "own": "https://b.test", "ofAPI": "", "odd": ""}
	if diff := cmp.Diff(want, servers); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"admin", "read", "write"}, d.Scopes); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
	if d, _ := Load("api", []byte("openapi: 3.0.0\npaths: {}\n"), nil, Limits{}); d.Scopes != nil || d.Server != "" {
		t.Errorf("a file that says nothing: %v %q", d.Scopes, d.Server)
	}
}
