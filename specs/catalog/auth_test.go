package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSchemesAreUsed takes the way of signing in from the description where the overlay is
// silent, and from the overlay where it is not.
func TestSchemesAreUsed(t *testing.T) {
	const spec = `openapi: 3.1.0
paths: {/a: {get: {operationId: a, security: [{o: [read, other]}], parameters: [{name: X-Key, in: header, schema: {type: string}}, {name: b, in: query, schema: {type: string}}], responses: {}}}}
components: {securitySchemes: {o: SCHEME}}
`
	for _, c := range []struct {
		name, scheme, overlay string
		want                  Auth
		params                int
		who, secret           string
	}{
		{"header", "{type: apiKey, in: header, name: x-key}", "", Auth{Flow: FlowAPIKey, In: InHeader, Name: "x-key"}, 1, "", "API key"},
		{"query", "{type: apiKey, in: query, name: key}", "", Auth{Flow: FlowAPIKey, In: InQuery, Name: "key"}, 2, "", "API key"},
		{"bearer", "{type: http, scheme: bearer}", "", Auth{Flow: FlowBearer}, 2, "", "token"},
		{"basic", "{type: http, scheme: basic}", "", Auth{Flow: FlowBasic}, 2, "user name", "password"},
		{"client credentials", "{type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://a.test/t', scopes: {read: x, write: y}}}}", "", Auth{Flow: FlowClientCredentials, Client: "basic", Token: "https://a.test/t", Scopes: []string{"read"}}, 2, "client id", "client secret"},
		{"a person's flow", "{type: oauth2, flows: {authorizationCode: {}}}", "", Auth{Flow: FlowBearer}, 2, "", "token"},
		{"nothing", "{type: mutualTLS}", "", Auth{Flow: FlowNone}, 2, "", ""},
		{"headers in the overlay", "{type: http, scheme: bearer}", "{headers: {Accept: x}}", Auth{Flow: FlowBearer, Headers: map[string]string{"Accept": "x"}}, 2, "", "token"},
		{"the overlay knows better", "{type: http, scheme: bearer}", "{flow: api_key, in: header, name: X-Key, word: Key}", Auth{Flow: FlowAPIKey, In: InHeader, Name: "X-Key", Word: "Key"}, 1, "", "API key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := Source{Name: "a", Spec: []byte(strings.Replace(spec, "SCHEME", c.scheme, 1))}
			if c.overlay != "" {
				src.Overlay = []byte("overlay: 1.0.0\nactions: [{target: $, update: {x-pw-auth: " + c.overlay + "}}]\n")
			}
			cat, list := Open("", []Source{src})
			if list.HasErrors() {
				t.Fatal(list)
			}
			api, _ := cat.API("a")
			if diff := cmp.Diff(c.want, api.Auth); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if op, _ := cat.Operation("a.a"); len(op.Params) != c.params {
				t.Errorf("parameters %v", op.Params)
			}
			if api.Auth.Who() != c.who || api.Auth.Secret() != c.secret {
				t.Errorf("asks for %q and %q", api.Auth.Who(), api.Auth.Secret())
			}
		})
	}
}
