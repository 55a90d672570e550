package drift_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/drift"
)

const overlay = `overlay: 1.0.0
actions:
  - target: $.paths['/shipments'].post
    update: {x-pw-repeat: {way: keyed, header: Idempotency-Key, window: PT24H}}
  - target: $.components.schemas.Shipment
    update: {x-pw-key: id, x-pw-always: [id, state], x-pw-natural: [reference], x-pw-decimals: {declared_amount: [10, 2]}}
`

func parcel(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "third", "parcel.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func open(t *testing.T, spec, overlay string) *catalog.Catalog {
	t.Helper()
	cat, list := catalog.Open("", []catalog.Source{{Name: "parcel", Spec: []byte(spec), Overlay: []byte(overlay)}})
	if list.HasErrors() {
		t.Fatal(list)
	}
	return cat
}

// replaced changes one text of a file, which must be there.
func replaced(t *testing.T, file, from, to string) string {
	t.Helper()
	if !strings.Contains(file, from) {
		t.Fatalf("no %q to replace", from)
	}
	return strings.Replace(file, from, to, 1)
}

// sender is a plan that makes shipments and reads their state.
func sender() drift.Use {
	return drift.Use{
		Plan: "sender", Operations: []string{"parcel.createShipment", "parcel.listShipments"},
		Reads:  map[string][]string{"parcel.Shipment": {"id", "state"}},
		Writes: map[string][]string{"parcel.Shipment": {"reference", "customer_id", "declared_amount"}},
	}
}

// TestCompare changes one thing at a time. A line is what the change is, with ! before what
// breaks and * behind what the plan notices.
func TestCompare(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"nothing but words", "summary: Create a shipment", "summary: Make one", ""},
		{"an operation is renamed", "operationId: createShipment", "operationId: makeShipment", "!parcel.Shipment is found or made by other calls*; !parcel.createShipment is called makeShipment now*; parcel.makeShipment is new"},
		{"an operation is gone", "operationId: listShipments", "x: y", "!parcel.listShipments is called shipments.list now*; parcel.shipments.list is new"},
		{"an unused operation is renamed", "operationId: printLabel", "operationId: label", "!parcel.printLabel is called label now; parcel.label is new"},
		{"a field is gone", "state: {type: string,", "status: {type: string,", "!parcel.Shipment.state is gone*; parcel.Shipment.status is new"},
		{"an unused field is gone", "note: {", "remark: {", "!parcel.Shipment.note is gone; parcel.Shipment.remark is new"},
		{"a shorter text", "reference: {type: string, maxLength: 40", "reference: {type: string, maxLength: 20", "!parcel.Shipment.reference takes 20 characters, not 40*"},
		{"a longer text that is only written", "reference: {type: string, maxLength: 40", "reference: {type: string, maxLength: 50", "parcel.Shipment.reference takes 50 characters, not 40"},
		{"another type", "declared_amount: {type: number}", "declared_amount: {type: string}", "!parcel.Shipment.declared_amount is string, not decimal*"},
		{"a new member that is read", "enum: [draft, sent,", "enum: [draft, lost, sent,", `parcel.Shipment.state allows "lost" too*`},
		{"a member that is read is gone", "enum: [draft, sent,", "enum: [draft,", `!parcel.Shipment.state does not allow "sent" any more`},
		{"a new required field", "required: [reference, customer_id]", "required: [reference, customer_id, currency]", "!parcel.Shipment needs the field currency when it is made*"},
		{"a new optional field", "        note: {", "        colour: {type: string}\n        note: {", "parcel.Shipment.colour is new"},
		{"a written field is read-only", "customer_id: {type: string}", "customer_id: {type: string, readOnly: true}", "!parcel.Shipment.customer_id cannot be set any more*"},
		{"a required parameter", "{name: reference, in: query,", "{name: reference, required: true, in: query,", "!parcel.listShipments needs parameter reference*"},
		{"a parameter is gone", "{name: reference, in: query,", "{name: ref, in: query,", "!parcel.listShipments takes no parameter reference any more*; parcel.listShipments takes the new parameter ref*"},
		{"another way of signing in", "{type: apiKey, in: header, name: X-Api-Key}", "{type: http, scheme: bearer}", "!parcel is signed in to in another way*"},
		{"a scope", "summary: Create a shipment", "security: [{key: [write]}]", "!parcel.createShipment needs scope write*"},
	} {
		t.Run(c.name, func(t *testing.T) {
			was, spec := parcel(t), replaced(t, parcel(t), c.from, c.to)
			check(t, open(t, was, overlay), open(t, spec, overlay), c.want)
		})
	}
}

// TestOverlays compares what overlays say of one spec.
func TestOverlays(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"nothing but words", "overlay: 1.0.0", "overlay: 1.0.0\ninfo: {title: x}", ""},
		{"another way to repeat", "{way: keyed, header: Idempotency-Key, window: PT24H}", "{way: ask, header: Idempotency-Key}", "!parcel.createShipment is made safe to repeat by ask, not keyed*"},
		{"a shorter window", "PT24H", "PT1H", "!parcel.createShipment has its key remembered for 1h0m0s, not 24h0m0s*"},
		{"another effect", "x-pw-repeat:", "x-pw-effect: send, x-pw-repeat:", "!parcel.Shipment is found or made by other calls*; !parcel.createShipment has the effect send, not create*"},
		{"a key is not unique", "x-pw-natural: [reference]", "x-pw-natural: []", "!parcel.Shipment reference is not unique any more*"},
		{"a promise is taken back", "[id, state]", "[id]", "!parcel.Shipment.state may be absent in answers*"},
		{"a promise more", "[id, state]", "[id, state, note]", "parcel.Shipment.note is in every answer now"},
		{"fewer digits", "[10, 2]", "[10, 0]", "!parcel.Shipment.declared_amount takes 10 digits, 0 of them after the point, not 10 and 2*"},
		{"no key", "x-pw-key: id, ", "", "!parcel.Shipment has the id nothing, not id*; !parcel.Shipment.id is string, not parcel.Shipment.id*"},
	} {
		t.Run(c.name, func(t *testing.T) {
			check(t, open(t, parcel(t), overlay), open(t, parcel(t), replaced(t, overlay, c.from, c.to)), c.want)
		})
	}
}

func check(t *testing.T, was, is *catalog.Catalog, want string) {
	t.Helper()
	r := drift.Compare(was, is, "parcel")
	if r.Same() {
		t.Error("the versions are the same")
	}
	r = r.For(was, []drift.Use{sender()})
	var got []string
	for _, ch := range r.Changes {
		line := fmt.Sprintf("%s %s", ch.Subject, ch.What)
		if ch.Breaking {
			line = "!" + line
		}
		if len(ch.Plans) > 0 {
			line += "*"
		}
		if ch.Why == "" {
			t.Errorf("%s: no reason", line)
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, strings.Join(got, "; ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNested finds what a plan writes into an object within the record.
func TestNested(t *testing.T) {
	const spec = `openapi: 3.0.0
paths: {/o: {post: {operationId: make, requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}, responses: {}}}}
components: {schemas: {Order: {properties: {lines: {type: array, items: {$ref: "#/components/schemas/Line"}}}}, Line: {properties: {text: {type: string, maxLength: 9}, other: {type: string, maxLength: 9}}}}}
`
	was := open(t, spec, "")
	r := drift.Compare(was, open(t, strings.ReplaceAll(spec, "maxLength: 9", "maxLength: 5"), ""), "parcel")
	r = r.For(was, []drift.Use{
		{Plan: "b", Operations: []string{"parcel.make"}, Writes: map[string][]string{"parcel.Order": {"lines.text"}}},
		{Plan: "a", Operations: []string{"other.make"}, Writes: map[string][]string{"parcel.Order": {"lines.text"}}},
	})
	if len(r.Changes) != 2 || r.Changes[0].Subject != "parcel.Line.text" || cmp.Diff([]string{"b"}, r.Changes[0].Plans) != "" || r.Changes[1].Plans != nil {
		t.Errorf("%+v", r.Changes)
	}
	if diff := cmp.Diff([]string{"b"}, r.Plans()); diff != "" || r.Breaking() != 2 {
		t.Errorf("plans %s, %d breaking", diff, r.Breaking())
	}
}

func TestSame(t *testing.T) {
	cat := open(t, parcel(t), overlay)
	if r := drift.Compare(cat, cat, "parcel"); !r.Same() || len(r.Changes) > 0 {
		t.Errorf("%+v", r)
	}
}
