package arazzo_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/arazzo"
)

const head = `planwright: 1
name: small
apis: {shop: {spec: "SPEC(shop)"}}
trigger: {api: shop, kind: change, object: Order, as: order, when: "${order.Paid}", key: "${order.Id}"}
steps:
`

// TestJumps holds that a step under a condition cannot run where the condition does not
// hold, also when several follow one another or come last.
func TestJumps(t *testing.T) {
	c := judge(t, head+`
  - {id: one, read: shop.Order.get, with: {Id: "${order.Id}"}}
  - {id: two, when: "${has(one.CustomerId)}", write: shop.Order.update, with: {Id: "${order.Id}"}, body: {BillRef: two}}
  - {id: three, when: "${one.Total > 5}", write: shop.Order.update, with: {Id: "${order.Id}"}, body: {BillRef: three}}
  - {id: four, when: "${one.Country.startsWith('G')}", write: shop.Order.update, with: {Id: "${order.Id}"}, body: {BillRef: four}}
`)
	d := arazzo.Export(c, openAll(t))
	if bad := judgeDocument(described(t), d.YAML()); len(bad) > 0 {
		t.Errorf("%s", strings.Join(bad, "\n"))
	}
	flow := obj(arr(tree(t, d)["workflows"])[0])
	const (
		noCustomer, little, much = "CustomerId == null", "Total <= 5", "Total > 5"
		g, notG                  = "$inputs.four_when == true", "$inputs.four_when == false"
	)
	for id, want := range map[string][]string{
		// The call that gave a value is judged by its answer, later ones by what it handed on.
		"one": {
			"goto three: $response.body#/" + noCustomer + ", $response.body#/" + much,
			"goto four: $response.body#/" + noCustomer + ", $response.body#/" + little + ", " + g,
			"end: $response.body#/" + noCustomer + ", $response.body#/" + little + ", " + notG,
		},
		"two":   {"goto four: $steps.one.outputs." + little + ", " + g, "end: $steps.one.outputs." + little + ", " + notG},
		"three": {"end: " + notG},
		"four":  nil,
	} {
		if got := jumps(flow, id); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("after %s:\n%s\nwant\n%s", id, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// jumps prints the actions after a step.
func jumps(flow map[string]any, id string) (out []string) {
	for _, s := range arr(flow["steps"]) {
		if obj(s)["stepId"] != id {
			continue
		}
		for _, a := range arr(obj(s)["onSuccess"]) {
			var criteria []string
			for _, c := range arr(obj(a)["criteria"]) {
				criteria = append(criteria, str(obj(c)["condition"]))
			}
			out = append(out, strings.TrimSpace(fmt.Sprint(obj(a)["type"], " ", str(obj(a)["stepId"])))+": "+strings.Join(criteria, ", "))
		}
	}
	return out
}

// TestUnguarded holds that a guard which no call can judge is listed, with the workflow it
// belongs to.
func TestUnguarded(t *testing.T) {
	c := judge(t, head+`
  - id: every
    each: ${order.Labels}
    as: label
    max: 3
    steps:
      - {id: first, assert: "${label != ''}", else: refuse}
      - {id: second, assert: "${label != 'x'}", else: refuse}
      - {id: back, write: shop.Order.update, with: {Id: "${order.Id}"}, body: {BillRef: "${label.truncate(20)}"}}
`)
	d := arazzo.Export(c, openAll(t))
	if bad := judgeDocument(described(t), d.YAML()); len(bad) > 0 {
		t.Errorf("%s", strings.Join(bad, "\n"))
	}
	flow := obj(arr(tree(t, d)["workflows"])[1])
	if got := arr(flow["x-planwright-unguarded"]); len(got) != 2 || got[1] != "label != 'x'" {
		t.Errorf("got %v", got)
	}
	n := 0
	for _, l := range d.Lost {
		if l.Feature == arazzo.Guarded && strings.Contains(l.String(), "x-planwright-unguarded of the workflow small-every") {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d unjudged guards are listed, want 2: %v", n, d.Lost)
	}
}

// TestSchedule exports a plan that no record starts: the instant that was due is an input.
func TestSchedule(t *testing.T) {
	text := string(arazzo.Export(judge(t, `planwright: 1
name: morning
apis: {xero: {spec: "SPEC(xero)", overlay: "OVERLAY(xero)"}}
trigger: {kind: schedule, at: "08:00 mon-fri", zone: Pacific/Auckland, as: due}
steps:
  - {id: one, read: xero.getInvoice, with: {InvoiceID: "7f0c2e1e-6f5b-4c8e-9a0e-0a4b7f3c2d11"}}
outputs: {at: "${due.At}", number: "${one.InvoiceNumber}"}
`), openAll(t)).YAML())
	for _, want := range []string{"due_At", "at 08:00 mon-fri by the clock of Pacific/Auckland"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
