package openapi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/schema"
)

const related = `openapi: 3.0.0
components:
  schemas:
    Task:
      x-pw-key: Id
      x-pw-ids: {What: [Deal.Id, Person.Id], Owner: Person.Id}
      x-pw-relations: {Owner: TheOwner, Gone: Nowhere}
      properties: {Id: {type: string}, What: {type: string}, Owner: {type: string}}
    Deal:
      x-pw-key: Id
      x-pw-children: {Tasks: Task.What, Ghosts: Ghost.Deal, Name: Task.What}
      x-pw-lengths: {Name: 80, Note: 10}
      x-pw-decimals: {Price: [18, 2], Rate: [5, 2]}
      properties:
        Id: {type: string}
        Name: {type: string, x-pw-lengths: 40}
        Note: {type: string}
        Price: {type: number, x-pw-decimals: [18, 4]}
        Rate: {type: number}
    Person: {x-pw-key: Id, properties: {Id: {type: string}}}
`

// TestRelated holds what says how records hang together: ids of several objects, the names
// of relationships, and lists that only queries can ask for.
func TestRelated(t *testing.T) {
	d := load(t, related, "")
	task := objectOf(t, d, "api.Task")
	what, _ := task.Field("What")
	if diff := cmp.Diff(schema.Type{Kind: schema.String, AnyOf: []string{"api.Deal.Id", "api.Person.Id"}}, what.Type); diff != "" {
		t.Errorf("an id of several objects (-want +got):\n%s", diff)
	}
	owner, _ := task.Field("Owner")
	if owner.Type.Nominal != "api.Person.Id" || owner.Relation != "TheOwner" || what.Relation != "" {
		t.Errorf("owner %+v, relation of what %q", owner, what.Relation)
	}
	deal := objectOf(t, d, "api.Deal")
	tasks, ok := deal.Field("Tasks")
	want := schema.Field{Name: "Tasks", Type: schema.ListOf(schema.ObjectOf("api.Task")), ReadOnly: true, WriteOnly: true, Child: "What"}
	if diff := cmp.Diff(want, tasks); diff != "" || !ok {
		t.Errorf("a relationship (-want +got):\n%s", diff)
	}
	if _, ok := deal.Field("Ghosts"); ok {
		t.Error("a relationship to an object that the file does not have")
	}
	if name, _ := deal.Field("Name"); name.Child != "" || name.Type.Kind != schema.String {
		t.Errorf("a relationship took the place of a property: %+v", name)
	}
}

// TestBoundsOnProperties: what stands on a property wins over the list.
func TestBoundsOnProperties(t *testing.T) {
	deal := objectOf(t, load(t, related, ""), "api.Deal")
	want := "Id:api.Deal.Id; Name:string<=40; Note:string<=10; Price:decimal(18,4); Rate:decimal(5,2); Tasks:list(api.Task) ro wo"
	if diff := cmp.Diff(want, describe(deal)); diff != "" {
		t.Error(diff)
	}
}

func TestRelatedOfTheWrongShape(t *testing.T) {
	for name, c := range map[string]struct{ from, to, part string }{
		"one id in a list":    {"What: [Deal.Id, Person.Id]", "What: [Deal.Id]", "x-pw-ids"},
		"id without field":    {"What: [Deal.Id, Person.Id]", "What: [Deal, Person.Id]", "x-pw-ids"},
		"child without field": {"Tasks: Task.What", "Tasks: Task", "x-pw-children"},
		"relation":            {"Owner: TheOwner", "Owner: [TheOwner]", "x-pw-relations"},
		"length":              {"x-pw-lengths: 40", "x-pw-lengths: {Name: 40}", "on a property"},
		"decimals":            {"x-pw-decimals: [18, 4]", "x-pw-decimals: 4", "on a property"},
	} {
		_, list := Load("api", []byte(strings.Replace(related, c.from, c.to, 1)), nil, Limits{})
		if len(list) != 1 || list[0].Code != CodeKeyword || !strings.Contains(list[0].Message, c.part) || list[0].Line == 0 || list[0].Hint == "" {
			t.Errorf("%s: findings %v, want one with %q", name, list, c.part)
		}
	}
}
