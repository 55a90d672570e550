package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
)

func TestDescribe(t *testing.T) {
	c, list := with(t, "root", "x-pw-describe: {form: sobject, list: listOrders, object: readOrder, param: id, model: Order}\n    x-pw-published: https://shop.test/openapi.yaml")
	if len(list) > 0 {
		t.Fatal(list)
	}
	a, _ := c.API("shop")
	if diff := cmp.Diff(&Describe{Form: "sobject", List: "listOrders", Object: "readOrder", Param: "id", Model: "Order"}, a.Describe); diff != "" {
		t.Error(diff)
	}
	if a.Published != "https://shop.test/openapi.yaml" {
		t.Errorf("published at %q", a.Published)
	}
}

// TestDescribeNeedsItsOperations: a file that was made without them describes nothing.
func TestDescribeNeedsItsOperations(t *testing.T) {
	for _, names := range []string{"list: nothing, object: readOrder", "list: listOrders, object: nothing"} {
		c, list := with(t, "root", "x-pw-describe: {form: f, "+names+", param: id, model: Order}")
		if a, _ := c.API("shop"); a.Describe != nil || len(list) > 0 {
			t.Errorf("%s: %+v, findings %v", names, a.Describe, list)
		}
	}
}

func TestDescribeRefuses(t *testing.T) {
	for update, part := range map[string]string{
		"x-pw-describe: {form: sobject}": "needs form, list",
		"x-pw-describe: {form: f, list: listOrders, object: readOrder, parm: id, model: Order}": "unknown field",
		"x-pw-published: http://shop.test/openapi.yaml":                                         "https",
		"x-pw-published: [https://shop.test]":                                                   "wrong shape",
	} {
		_, list := with(t, "root", update)
		if len(list) != 1 || list[0].Severity != diag.Error || !strings.Contains(list[0].Message, part) {
			t.Errorf("%s: findings %v, want one with %q", update, list, part)
		}
	}
}

// TestDeleteIsAboutARecord: a call that neither sends nor answers anything is about what
// is read at its path.
func TestDeleteIsAboutARecord(t *testing.T) {
	const spec = `openapi: 3.0.0
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {operationId: read, responses: {"200": {description: x, content: {application/json: {schema: {$ref: "#/components/schemas/Thing"}}}}}}
    delete: {operationId: remove, responses: {"204": {description: x}}}
  /other/{id}:
    delete: {operationId: forget, responses: {"204": {description: x}}}
components: {schemas: {Thing: {x-pw-key: id, properties: {id: {type: string}}}}}
`
	c, list := Open("", []Source{{Name: "a", Spec: []byte(spec)}})
	if len(list) > 0 {
		t.Fatal(list)
	}
	o, _ := c.Operation("a.remove")
	if p, _ := o.Param("id"); o.Entity != "a.Thing" || p.Type.Nominal != "a.Thing.id" {
		t.Errorf("delete of %q by %v", o.Entity, p.Type)
	}
	if o, _ := c.Operation("a.forget"); o.Entity != "" {
		t.Errorf("forget is about %q", o.Entity)
	}
}
