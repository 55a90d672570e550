package check_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// desk is an API with notes that are about records of two kinds, and with an upsert by a
// key that the path names.
const desk = `openapi: 3.0.0
paths:
  /calls/{Id}:
    parameters: [{name: Id, in: path, required: true, schema: {type: string}}]
    get: {operationId: Call.get, responses: {"200": {description: x, content: {application/json: {schema: {$ref: "#/components/schemas/Call"}}}}}}
  /calls:
    get: {operationId: Call.list, x-pw-query: {language: soql, param: q, rows: rows}, parameters: [{name: q, in: query, schema: {type: string}}], responses: {"200": {description: x, content: {application/json: {schema: {type: object}}}}}}
  /notes:
    post:
      operationId: Note.create
      x-pw-effect: create
      x-pw-repeat: {way: idempotent}
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Note"}}}}
      responses: {"200": {description: x}}
  /notes/{field}/{value}:
    parameters:
      - {name: field, in: path, required: true, schema: {type: string, enum: [Ref, Code]}}
      - {name: value, in: path, required: true, schema: {type: string}}
    patch:
      operationId: Note.upsert
      x-pw-effect: create
      x-pw-repeat: {way: upsert}
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Note"}}}}
      responses: {"200": {description: x}}
x-pw-changes: {Call: {operation: Call.list, field: Stamp, order: Id}}
components:
  schemas:
    Call:
      x-pw-key: Id
      x-pw-always: [Id, Open, Owner, Line]
      x-pw-ids: {Owner: Person.Id, Line: Line.Id}
      properties: {Id: {type: string}, Stamp: {type: string, format: date-time}, Open: {type: boolean}, Owner: {type: string}, Line: {type: string}}
    Person: {x-pw-key: Id, properties: {Id: {type: string}}}
    Line: {x-pw-key: Id, properties: {Id: {type: string}}}
    Note:
      x-pw-key: Id
      x-pw-required-on-create: [Ref, Text]
      x-pw-ids: {About: [Call.Id, Person.Id]}
      properties: {Id: {type: string}, Ref: {type: string}, Code: {type: string}, Text: {type: string}, About: {type: string}}
`

// findingsOf checks a plan of one write on every open call.
func findingsOf(t *testing.T, write string) string {
	t.Helper()
	cat, list := catalog.Open("", []catalog.Source{{Name: "desk", Spec: []byte(desk)}})
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	api, _ := cat.API("desk")
	text := fmt.Sprintf(`planwright: 1
name: notes
goal: Note every call.
apis: {desk: {spec: "%s"}}
trigger: {api: desk, kind: change, object: Call, as: call, when: "${call.Open}", key: "${call.Id}"}
steps:
  - id: note
    %s
`, api.SpecDigest, strings.ReplaceAll(write, "\n", "\n    "))
	p, found := plan.Parse("plan.yaml", []byte(text))
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	_, found = check.Check(p, cat)
	return render(found)
}

// TestPolymorphicIDs: an id of one of several objects takes ids of these, and no others.
func TestPolymorphicIDs(t *testing.T) {
	for value, want := range map[string]string{
		"${call.Id}":         "",
		"${call.Owner}":      "",
		"${call.Line}":       "one of desk.Call.Id, desk.Person.Id",
		"${string(call.Id)}": "", // a text that a person answers for
	} {
		got := findingsOf(t, "write: desk.Note.create\nbody: {Ref: a, Text: b, About: \""+value+"\"}")
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %s\nwant %q", value, got, want)
		}
	}
}

// TestUpsertKeys: the field that the path names is set by it: it is not missing in the body
// and must not stand there.
func TestUpsertKeys(t *testing.T) {
	for _, c := range []struct{ write, want string }{
		{`with: {field: Ref, value: "${string(call.Id)}"}` + "\nbody: {Text: b}", ""},
		{`with: {field: Ref, value: "${string(call.Id)}"}` + "\nbody: {Ref: a, Text: b}", "key-in-body"},
		{`with: {field: Code, value: "${string(call.Id)}"}` + "\nbody: {Text: b}", "missing-field"},
		{`with: {field: Code, value: "${string(call.Id)}"}` + "\nbody: {Ref: a, Text: b}", ""},
		{`with: {field: Text, value: "${string(call.Id)}"}` + "\nbody: {Ref: a}", "wrong-enum"},
	} {
		got := findingsOf(t, "write: desk.Note.upsert\n"+c.write)
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s\nwant %q", c.write, got, c.want)
		}
	}
}
