package arazzo_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/arazzo"
	"github.com/planwright/planwright/runtime/plan"
)

// sayable are the expressions that Arazzo has a form for: paths, and texts put together.
var sayable = regexp.MustCompile(`^((string\()?[A-Za-z_][\w.?]*\)?|'[^']*')( \+ ((string\()?[A-Za-z_][\w.?]*\)?|'[^']*'))*$`)

// TestNothingIsLostInSilence holds that every expression which Arazzo cannot say is in the
// list, as is every limit, mapping, wait and write.
func TestNothingIsLostInSilence(t *testing.T) {
	for name := range plans() {
		c := read(t, name)
		d := arazzo.Export(c, openAll(t))
		text := string(d.YAML())
		listed := func(at string) bool {
			return slices.ContainsFunc(d.Lost, func(l arazzo.Lost) bool {
				return l.Pointer != "" && (at == l.Pointer || strings.HasPrefix(at, l.Pointer+"/"))
			})
		}
		c.Plan.Walk(func(at string, v plan.Value) {
			if v.Kind == plan.Expression && !sayable.MatchString(v.Expr) && !listed(at) && !judged(at, text) {
				t.Errorf("%s: %s is neither said nor listed: %s", name, at, v.Expr)
			}
		})
		for limit := range c.Plan.Limits {
			if !listed("/limits/" + limit) {
				t.Errorf("%s: the limit %s is not listed", name, limit)
			}
		}
		c.Plan.All(func(at string, s *plan.Step) {
			if s.Kind != plan.Read && !listed(plan.Join(at, string(s.Kind))) && !judged(plan.Join(at, string(s.Kind)), text) {
				t.Errorf("%s: %s is not listed", name, at)
			}
		})
		for _, l := range d.Lost {
			if l.Reason == "" || l.Feature == "" || !strings.Contains(l.String(), l.Reason) {
				t.Errorf("%s: %+v", name, l)
			}
		}
	}
}

// judged reports whether the condition at a place became criteria: those of these plans that
// Arazzo can judge.
func judged(at, text string) bool {
	return at == "/trigger/when" || strings.HasSuffix(at, "/assert") && strings.Contains(text, "condition: \"$response.body#") ||
		strings.HasSuffix(at, "/when") && strings.Contains(text, "type: goto")
}

// TestConditions shows how conditions are said, and which are not.
func TestConditions(t *testing.T) {
	const text = `planwright: 1
name: conditions
apis: {shop: {spec: "SPEC(shop)"}, books: {spec: "SPEC(books)", overlay: "OVERLAY(books)"}}
trigger: {api: shop, kind: change, object: Order, as: order, when: "COND", key: "${order.Id}"}
steps:
  - {id: back, write: shop.Order.update, with: {Id: "${order.Id}"}, body: {BillRef: text}}
`
	for cond, want := range map[string]string{
		"${order.Paid}":                                "$response.body#/Paid == true",
		"${!order.Paid}":                               "$response.body#/Paid == false",
		"${has(order.CustomerId)}":                     "$response.body#/CustomerId != null",
		"${!has(order.CustomerId)}":                    "$response.body#/CustomerId == null",
		"${order.Total >= dec('10.50')}":               "$response.body#/Total >= 10.50",
		"${order.Country == 'GB'}":                     "$response.body#/Country == 'GB'",
		"${order.Total > 5 && order.Paid}":             "$response.body#/Total > 5",
		"${order.Country == 'a && b'}":                 "$response.body#/Country == 'a && b'",
		"${order.Paid || order.Total > 5}":             "$inputs.order_qualifies == true",
		"${order.Paid ? order.Total > 5 : order.Paid}": "$inputs.order_qualifies == true",
		"${order.Country.startsWith('G')}":             "$inputs.order_qualifies == true",
		"${order.Total + 1 > 5}":                       "$inputs.order_qualifies == true",
		"${!(order.Paid && order.Total > 5)}":          "$inputs.order_qualifies == true",
		`${order.Country == "it's"}`:                   "$inputs.order_qualifies == true",
		"${order.Country == '{$inputs.a}'}":            "$inputs.order_qualifies == true",
	} {
		yaml := strings.Replace(text, `"COND"`, quoted(cond), 1)
		got := string(arazzo.Export(judge(t, yaml), openAll(t)).YAML())
		if !strings.Contains(got, "- condition: "+quoted(want)+"\n") {
			t.Errorf("%s: %s is not there:\n%s", cond, want, got)
		}
	}
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

// TestLiteralThatLooksLikeAnExpression holds that a plan's own text is never evaluated.
func TestLiteralThatLooksLikeAnExpression(t *testing.T) {
	text := strings.Replace(source(t, "full"), "Memo: ${('order ' + order.Number + ' for ' + agent_row.Ref + ', who looks after the country').truncate(40)}", `Memo: "$$inputs.x {$inputs.y}"`, 1)
	text = strings.Replace(text, "notes: {/steps/5/body/Memo: so that the accountant knows whom to ask}", "", 1)
	d := arazzo.Export(judge(t, text), openAll(t))
	if got := string(d.YAML()); !strings.Contains(got, `Memo: "$inputs.bill_Memo"`) || !strings.Contains(got, "const: ") {
		t.Errorf("the text stands in the document as an expression:\n%s", got)
	}
}
