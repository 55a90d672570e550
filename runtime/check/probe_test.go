package check_test

import (
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// TestProbedWriteHasNoValue: a task whose answer is lost is found as a task, while a create
// answers an id alone, so nothing may lean on either.
func TestProbedWriteHasNoValue(t *testing.T) {
	cat := openEmbedded(t)
	for name, step := range map[string]string{
		"write":  `{id: made, write: salesforce.Task.create, key: {Xero_Follow_Up__c: "${string(account.Id)}"}, body: {Subject: Call, Status: Not Started, Priority: High}}`,
		"ensure": `{id: made, ensure: salesforce.Task, find: {Xero_Follow_Up__c: "${string(account.Id)}"}, create: {Xero_Follow_Up__c: "${string(account.Id)}", Subject: Call, Status: Not Started, Priority: High}}`,
	} {
		text := `planwright: 1
name: case
apis: {salesforce: {spec: "SPEC(salesforce)", overlay: "OVERLAY(salesforce)"}}
trigger: {api: salesforce, kind: change, object: Account, as: account, when: true, key: "${account.Id}"}
steps:
  - ` + step + `
  - {id: there, assert: "${has(made.id)}"}
`
		p, found := plan.Parse(name, []byte(fill(t, cat, text)))
		if len(found) > 0 {
			t.Fatal(found)
		}
		_, found = check.Check(p, cat)
		if len(found) != 1 || found[0].Code != "no-value" || !strings.Contains(found[0].Message, "another type") {
			t.Errorf("%s: findings %s, want that the step has no value", name, render(found))
		}
	}
}
