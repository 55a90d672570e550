package catalog

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/schema"
)

func TestParseDuration(t *testing.T) {
	for _, c := range []struct {
		in   string
		want time.Duration
		ok   bool
	}{
		{"", 0, true},
		{"PT10S", 10 * time.Second, true},
		{"PT6M", 6 * time.Minute, true},
		{"PT1H30M", 90 * time.Minute, true},
		{"P1D", 24 * time.Hour, true},
		{"P1DT1H1M1S", 25*time.Hour + time.Minute + time.Second, true},
		{"PT0S", 0, true},
		{"P", 0, false},
		{"PT", 0, false},
		{"P1DT", 0, false},
		{"10S", 0, false},
		{"P10S", 0, false},
		{"PT1D", 0, false},
		{"PT1M1H", 0, false},
		{"PT1S1S", 0, false},
		{"PT1.5S", 0, false},
		{"PT-1S", 0, false},
		{"PTS", 0, false},
		{"P1TM", 0, false},
		{"P1Y", 0, false},
		{"PT10", 0, false},
		{"pt10s", 0, false},
		{"PT99999999999999999999S", 0, false},
		{"PT9999999H", 0, false},
	} {
		got, ok := parseDuration(c.in)
		if got != c.want || ok != c.ok {
			t.Errorf("%q: %v %v, want %v %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func FuzzDuration(f *testing.F) {
	f.Add("P1DT2H3M4S")
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := parseDuration(s); d < 0 || !ok && d != 0 {
			t.Fatalf("%q: %v %v", s, d, ok)
		}
	})
}

const shop = `
openapi: 3.0.0
info: {title: Shop, version: "3"}
servers: [{url: "https://shop.test"}]
x-pw-gate-names: {"tier:big": Big shops only}
paths:
  /orders:
    get: {operationId: listOrders, parameters: [{name: number, in: query, schema: {type: string}}, {name: after, in: header, schema: {type: string, format: date-time}}], responses: {"200": {content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Order"}}}}}}}
    post: {operationId: newOrder, parameters: [{name: Once-Key, in: header, schema: {type: string}}, {name: Shop, in: header, required: true, schema: {type: string}}], requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}, responses: {"201": {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}}}
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: readOrder, responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}}}
    put: {operationId: updateOrder, requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}, responses: {"200": {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}}}
    delete: {operationId: dropOrder, responses: {"204": {description: gone}}}
  /orders/by/{number}:
    get: {operationId: readOrderByNumber, parameters: [{name: number, in: path, required: true, schema: {type: string}}], responses: {"200": {content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Order"}}}}}}}
  /orders/of/{branch}:
    get: {operationId: listBranchOrders, parameters: [{name: branch, in: path, required: true, schema: {type: string}}], responses: {"200": {content: {application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Order"}}}}}}}
  /orders/{id}/mail:
    post: {operationId: emailOrder, parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {"204": {description: sent}}}
components:
  securitySchemes: {sign_in: {type: oauth2, flows: {clientCredentials: {tokenUrl: "https://shop.test/token", scopes: {orders: Orders}}}}, key: {type: apiKey, in: header, name: X-Key}}
  schemas:
    Order: {type: object, properties: {id: {type: string}, number: {type: string}, total: {type: number}, state: {type: string, enum: [NEW, SENT, GONE]}}}
`

// with opens the shop with updates at the root and at operations; targets are given
// as "root" or an operation id.
func with(t *testing.T, target, update string) (*Catalog, diag.List) {
	t.Helper()
	path := map[string]string{
		"root": "$", "Order": "$.components.schemas.Order", "newOrder": "$.paths['/orders'].post", "listOrders": "$.paths['/orders'].get",
		"readOrder": "$.paths['/orders/{id}'].get", "updateOrder": "$.paths['/orders/{id}'].put",
	}[target]
	if path == "" {
		t.Fatalf("no target %s", target)
	}
	overlay := "overlay: 1.0.0\nactions:\n- target: $.components.schemas.Order\n  update: {x-pw-key: id}\n- target: " + path + "\n  update:\n    " + update + "\n"
	return Open("", []Source{{Name: "shop", Spec: []byte(shop), Overlay: []byte(overlay)}})
}

func TestDefaults(t *testing.T) {
	c, list := with(t, "root", "{}")
	if len(list) > 0 {
		t.Fatal(list)
	}
	for id, want := range map[string]Effect{
		"listOrders": EffectNone, "newOrder": EffectCreate, "readOrder": EffectNone, "updateOrder": EffectUpdate, "dropOrder": EffectDelete, "emailOrder": EffectSend,
	} {
		o, ok := c.Operation("shop." + id)
		if !ok || o.Effect != want {
			t.Errorf("%s: %v %+v, want effect %s", id, ok, o, want)
			continue
		}
		if want == EffectNone != (o.Repeat == nil) || o.Repeat != nil && o.Repeat.Way != WayAsk {
			t.Errorf("%s: repeat %+v", id, o.Repeat)
		}
	}
	want := Entity{Object: "shop.Order", Get: "readOrder", List: "listOrders", Create: "newOrder", Update: "updateOrder"}
	if got, _ := c.Entity("shop.Order"); !cmp.Equal(got, want) {
		t.Errorf("entity:\n%s", cmp.Diff(want, got))
	}
	read, _ := c.Operation("shop.readOrder")
	if got := read.Params[0].Type; got.Nominal != "shop.Order.id" {
		t.Errorf("id parameter is %v", got)
	}
	a, _ := c.API("shop")
	if a.Title != "Shop" || a.Version != "3" || a.Server != "https://shop.test" || !strings.HasPrefix(a.SpecDigest, "sha256:") || len(a.OverlayDigest) != 71 || a.Embedded {
		t.Errorf("API %+v", a)
	}
}

func TestKeywordsAreApplied(t *testing.T) {
	for _, c := range []struct {
		target, update string
		check          func(*Catalog, *Operation) any
		want           any
	}{
		{"newOrder", "x-pw-effect: send", func(_ *Catalog, o *Operation) any { return o.Effect }, EffectSend},
		{"newOrder", "x-pw-effect: none", func(_ *Catalog, o *Operation) any { return o.Repeat == nil }, true},
		{"newOrder", "x-pw-repeat: {way: keyed, header: once-key, window: P1D}", func(_ *Catalog, o *Operation) any { return *o.Repeat }, Repeat{Way: WayKeyed, Header: "once-key", Window: 24 * time.Hour}},
		{"newOrder", "x-pw-repeat: {way: keyed, header: once-key, window: P1D}", func(_ *Catalog, o *Operation) any { _, ok := o.Param("Once-Key"); return ok }, false},
		{"newOrder", "x-pw-repeat: {way: probe, key: number, lookup: {operation: listOrders, param: number}, late: PT1M}", func(_ *Catalog, o *Operation) any { return o.Repeat.Lookup.Param + o.Repeat.Late.String() }, "number1m0s"},
		{"listOrders", "x-pw-repeat: {way: ask}", func(_ *Catalog, o *Operation) any { return o.Repeat == nil }, true},
		{"readOrder", "x-pw-absent-on-404: true", func(_ *Catalog, o *Operation) any { return o.Absent }, true},
		{"listOrders", "x-pw-paging: {page: number, maxSize: 7}", func(_ *Catalog, o *Operation) any { return *o.Paging }, Paging{Page: "number", MaxSize: 7}},
		{"listOrders", "x-pw-query: {language: soql, param: q, rows: r, next: n, done: d}", func(_ *Catalog, o *Operation) any { return *o.Query }, Query{Language: "soql", Param: "q", Rows: "r", Next: "n", Done: "d"}},
		{"listOrders", "x-pw-filter: {param: number, language: xero}", func(_ *Catalog, o *Operation) any { return *o.Filter }, Filter{Param: "number", Language: FilterXero}},
		{"readOrder", "x-pw-select: fields", func(_ *Catalog, o *Operation) any { return o.Select }, "fields"},
		{"newOrder", "x-pw-fixed: {a: b}", func(_ *Catalog, o *Operation) any { return o.Fixed["a"] }, "b"},
		{"newOrder", "x-pw-sum: {lines: l, quantity: q, unit: u}", func(_ *Catalog, o *Operation) any { return *o.Money }, Money{Lines: "l", Quantity: "q", Unit: "u"}},
		{"newOrder", "x-pw-scopes: [orders]", func(_ *Catalog, o *Operation) any { return strings.Join(o.Scopes, ",") }, "orders"},
		{"newOrder", "x-pw-gates: ['tier:big']", func(_ *Catalog, o *Operation) any { return strings.Join(o.Gates, ",") }, "tier:big"},
		{"newOrder", "x-pw-batch: 50", func(_ *Catalog, o *Operation) any { return o.Batch }, 50},
		{"listOrders", "x-pw-ids: {number: Order.number}", func(_ *Catalog, o *Operation) any { return o.Params[0].Type }, schema.IDOf("shop.Order.number")},
		{"newOrder", "x-pw-entity: Order", func(_ *Catalog, o *Operation) any { return o.Entity }, "shop.Order"},
		{"root", "x-pw-auth: {flow: client_credentials, client: basic, token: /t, tenant: shop}", func(c *Catalog, _ *Operation) any {
			o, _ := c.Operation("shop.newOrder")
			_, ok := o.Param("Shop")
			return ok
		}, false},
		{"root", "x-pw-auth: {flow: client_credentials, token: t, known: {parcels: Parcels}}", func(c *Catalog, _ *Operation) any { a, _ := c.API("shop"); return a.Auth.Known["parcels"] }, "Parcels"},
		{"root", "x-pw-gate-names: {'region:AU': Australia}", func(c *Catalog, _ *Operation) any { a, _ := c.API("shop"); return a.Gates }, map[string]string{"tier:big": "Big shops only", "region:AU": "Australia"}},
		{"Order", "x-pw-lifecycle: {field: state, create: [NEW], moves: {NEW: [SENT], SENT: [], GONE: []}}", func(c *Catalog, _ *Operation) any { o, _ := c.Object("shop.Order"); return o.Lifecycle }, &schema.Lifecycle{
			Field: "state", Create: []string{"NEW"}, Moves: map[string][]string{"NEW": {"SENT"}, "SENT": {}, "GONE": {}},
		}},
		{"Order", "x-pw-lifecycle: {field: phase, create: [NEW], moves: {NEW: []}}", func(c *Catalog, _ *Operation) any { o, _ := c.Object("shop.Order"); return o.Lifecycle == nil }, true},
		{"root", "x-pw-words: [w]", func(c *Catalog, _ *Operation) any { a, _ := c.API("shop"); return a.Words[0] }, "w"},
		{"root", "x-pw-absent: ['']", func(c *Catalog, _ *Operation) any { a, _ := c.API("shop"); return len(a.Absent) }, 1},
		{"root", "x-pw-limits: {concurrent: 2, usage: U}", func(c *Catalog, _ *Operation) any { a, _ := c.API("shop"); return a.Limits }, Limits{Concurrent: 2, Usage: "U"}},
		{"root", "x-pw-errors: {rules: [{status: [500], class: retry, write: unknown}]}", func(c *Catalog, _ *Operation) any { a, _ := c.API("shop"); return a.Errors.Rules[0].Write }, ClassUnknown},
		{"root", "x-pw-changes: {Order: {operation: listOrders, field: f, order: o}}", func(c *Catalog, _ *Operation) any { a, _ := c.API("shop"); return a.Changes["Order"].Field }, "f"},
		{"root", "x-pw-changes: {Order: {operation: listOrders, field: f, order: o, since: after}}", func(c *Catalog, _ *Operation) any { a, _ := c.API("shop"); return a.Changes["Order"].Since }, "after"},
		{"root", "x-pw-changes: {Gone: {operation: nothing, field: f, order: o}}", func(c *Catalog, _ *Operation) any { a, _ := c.API("shop"); return len(a.Changes) }, 0},
		{"Order", "x-pw-natural: [number]", func(c *Catalog, _ *Operation) any {
			byKey, _ := c.Operation("shop.readOrder")
			byNumber, _ := c.Operation("shop.readOrderByNumber")
			other, _ := c.Operation("shop.listBranchOrders")
			return []bool{byKey.Response.Many, byNumber.Response.Many, other.Response.Many}
		}, []bool{false, false, true}},
		{"root", "x-pw-entities: {Order: {words: [sale], create: updateOrder}, Gone: {}}", func(c *Catalog, _ *Operation) any {
			e, _ := c.Entity("shop.Order")
			_, gone := c.Entity("shop.Gone")
			return []any{e.Words[0], e.Create, e.Get, gone}
		}, []any{"sale", "updateOrder", "readOrder", false}},
	} {
		t.Run(c.update, func(t *testing.T) {
			cat, list := with(t, c.target, c.update)
			if len(list) > 0 {
				t.Fatal(list)
			}
			o, _ := cat.Operation("shop." + c.target)
			if diff := cmp.Diff(c.want, c.check(cat, o)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestBadKeywords(t *testing.T) {
	for _, c := range []struct{ target, update, part string }{
		{"newOrder", "x-pw-effect: fun", `"fun"`},
		{"newOrder", "x-pw-effect: [create]", "wrong shape"},
		{"newOrder", "x-pw-entity: Nothing", `"Nothing"`},
		{"newOrder", "x-pw-repeat: {way: hope}", `"hope"`},
		{"newOrder", "x-pw-repeat: {way: unique}", "lookup"},
		{"newOrder", "x-pw-repeat: {way: probe, key: number}", "lookup"},
		{"newOrder", "x-pw-repeat: {way: keyed, header: h}", "keyed"},
		{"newOrder", "x-pw-repeat: {way: ask, late: soon}", "ISO 8601"},
		{"newOrder", "x-pw-repeat: {way: ask, wya: x}", "unknown field"},
		{"newOrder", "x-pw-repeat: {way: unique, key: number, lookup: {operation: listOrders}}", "param or a filter"},
		{"newOrder", "x-pw-repeat: {way: unique, key: number, lookup: {operation: listOrders, param: a, filter: b}}", "param or a filter"},
		{"newOrder", "x-pw-repeat: {way: unique, key: number, lookup: {operation: nothing, param: a}}", `"nothing"`},
		{"newOrder", "x-pw-batch: many", "wrong shape"},
		{"newOrder", "x-pw-scopes: [orders, ordres]", `scope "ordres"`},
		{"newOrder", "x-pw-gates: ['tier:bgi']", `gate "tier:bgi"`},
		{"root", "x-pw-gate-names: ['tier:big']", "wrong shape"},
		{"Order", "x-pw-lifecycle: NEW", "field, create and moves"},
		{"Order", "x-pw-lifecycle: {field: state, create: NEW, moves: {NEW: []}}", "field, create and moves"},
		{"Order", "x-pw-lifecycle: {field: state, create: [NEW], moves: {NEW: []}, ends: [GONE]}", "field, create and moves"},
		{"Order", "x-pw-lifecycle: {field: state, create: [NEW], moves: {NEW: SENT}}", "list of states"},
		{"Order", "x-pw-lifecycle: {field: state, create: [NEW], moves: {NEW: [SENT]}}", "what SENT moves to"},
		{"Order", "x-pw-lifecycle: {field: state, create: [NEW], moves: {NEW: [LOST], LOST: []}}", "LOST is no value"},
		{"newOrder", "x-pw-fixed: {a: 1}", "wrong shape"},
		{"newOrder", "x-pw-ids: {nothing: Order.id}", `"nothing"`},
		{"listOrders", "x-pw-ids: {number: Order}", `"Order"`},
		{"listOrders", "x-pw-paging: {pages: p}", "unknown field"},
		{"listOrders", "x-pw-paging: {size: number}", "needs one of"},
		{"listOrders", "x-pw-paging: {page: number, link: true}", "needs one of"},
		{"listOrders", "x-pw-paging: {cursor: number}", "either next"},
		{"listOrders", "x-pw-paging: {page: nowhere}", `"nowhere"`},
		{"listOrders", "x-pw-paging: {next: a, maxSize: -1}", "maxSize"},
		{"root", "x-pw-auth: {flow: x}", `"x"`},
		{"root", "x-pw-auth: {flow: client_credentials}", "token endpoint"},
		{"root", "x-pw-auth: {flow: api_key, in: cookie, name: k}", "in (header or query)"},
		{"root", "x-pw-auth: {flow: api_key, in: header, name: k, word: 'a b'}", "stands before the key"},
		{"listOrders", "x-pw-filter: {param: nothing, language: xero}", `"nothing"`},
		{"listOrders", "x-pw-filter: {param: number, language: odata}", `"odata"`},
		{"listOrders", "x-pw-filter: number", "wrong shape"},
		{"newOrder", "x-pw-repeat: {way: unique, key: number, lookup: {operation: listOrders, filter: number}}", "not said to filter"},
		{"root", "x-pw-entities: {Order: {find: {number: {operation: listOrders, filter: number}}}}", "not said to filter"},
		{"root", "x-pw-auth: {flow: x, token: t, secret: s}", "unknown field"},
		{"root", "x-pw-errors: {rules: [{class: shrug}]}", `"shrug"`},
		{"root", "x-pw-errors: {rules: [{class: ok, write: shrug}]}", `"shrug"`},
		{"root", "x-pw-entities: {Order: {get: nothing}}", `"nothing"`},
		{"root", "x-pw-entities: {Order: {find: {a: {operation: nothing, param: p}}}}", `"nothing"`},
		{"root", "x-pw-changes: {Order: {operation: nothing, field: f, order: o}}", `"nothing"`},
		{"root", "x-pw-changes: {Order: {operation: listOrders, field: f, order: o, since: nothing}}", "since an instant"},
		{"root", "x-pw-changes: {Order: {operation: listOrders, field: f, order: o, since: number}}", "since an instant"},
		{"root", "x-pw-changes: {Order: {operation: listOrders, field: f, order: o, since: after, all: number}}", "since an instant"},
		{"root", "x-pw-changes: {Order: {operation: listOrders, field: f, order: o, all: after}}", "since an instant"},
		{"root", "x-pw-limits: {day: lots}", "wrong shape"},
		{"root", "x-pw-words: word", "wrong shape"},
	} {
		t.Run(c.update, func(t *testing.T) {
			_, list := with(t, c.target, c.update)
			if len(list) != 1 || list[0].Severity != diag.Error || !strings.Contains(list[0].Message, c.part) || list[0].Hint == "" {
				t.Fatalf("findings %v, want one with %q", list, c.part)
			}
			if f := list[0]; f.Code == openapi.CodeKeyword && (f.Line != 7 || f.File != "shop overlay" || f.Pointer == "") {
				t.Errorf("place %s %d %q", f.File, f.Line, f.Pointer)
			}
		})
	}
}

// TestCompilerVersion fails when the compiler makes something else of the same source
// while compilerVersion stays, which would leave people with stale caches.
func TestCompilerVersion(t *testing.T) {
	overlay := "overlay: 1.0.0\nactions:\n- target: $.paths['/orders'].post\n  update: {x-pw-repeat: {way: ask, header: Once-Key}, x-pw-batch: 2}\n- target: $.components.schemas.Order\n  update: {x-pw-key: id, x-pw-natural: [number], x-pw-lengths: {number: 9}, x-pw-decimals: {total: [9, 2]}, x-pw-lifecycle: {field: state, create: [NEW], moves: {NEW: [SENT], SENT: []}}}\n"
	s := newStore(Source{Name: "shop", Spec: []byte(shop), Overlay: []byte(overlay)})
	data, ok := s.encode()
	if !ok || len(s.found) > 0 {
		t.Fatal(s.found)
	}
	want := map[string]string{"3": "sha256:335503353988bcb88ca09b055a6e89371e75f869742c6cdba00326321bc880f2"}[compilerVersion]
	if got := digest(data); got != want {
		t.Errorf("the compiled shop has digest %s; if what sources compile to has changed, raise compilerVersion and write the digest here", got)
	}
}
