package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// surveySpec has what the keyword's members name, and surveyHead begins an overlay for it.
const (
	surveySpec = `
openapi: 3.0.0
paths:
  /a: {get: {operationId: getItems, responses: {}}, put: {operationId: createItems, x-pw-touches: {Firm: [Total]}, responses: {}}}
components: {schemas: {Item: {properties: {Code: {type: string}}}, Firm: {properties: {Total: {type: number}}}}}
`
	surveyHead = "overlay: 1.0.0\nactions:\n  - target: $\n    update:\n      x-pw-snapshot: "
)

func surveyOf(t *testing.T, keyword string) (*Catalog, []string) {
	t.Helper()
	cat, found := Open("", []Source{{Name: "a", Spec: []byte(surveySpec), Overlay: []byte(surveyHead + keyword + "\n")}})
	var messages []string
	for _, d := range found {
		messages = append(messages, d.Message)
	}
	return cat, messages
}

// TestSurvey holds that the keyword is read as written, without what this spec does not have.
func TestSurvey(t *testing.T) {
	cat, found := surveyOf(t, `{name: Firm.Name, records: {Item: {operation: getItems, fields: [Code], live: {Status: ON}}, Gone: {operation: getGone, fields: [X]}},
        describe: [Item, Gone], actions: {object: Deed, operation: getDeeds, name: Name, status: S, allowed: [YES]},
        gates: {"tier:big": {at: Firm.Class, has: [BIG]}},
        rules: [{at: Item.Code, not: {Kind: [BANK]}}, {at: Item.Absent, not: {Kind: [BANK]}}, {at: Gone.X, after: [Firm.Locked]}]}`)
	if len(found) > 0 {
		t.Fatal(found)
	}
	api, _ := cat.API("a")
	want := &Survey{
		Name:     "Firm.Name",
		Records:  map[string]SurveyRecords{"Item": {Operation: "getItems", Fields: []string{"Code"}, Live: map[string]string{"Status": "ON"}}},
		Describe: []string{"Item"},
		Gates:    map[string]SurveyGate{"tier:big": {At: "Firm.Class", Has: []string{"BIG"}}},
		Rules:    []SurveyRule{{At: "Item.Code", Not: map[string][]string{"Kind": {"BANK"}}}},
	}
	if diff := cmp.Diff(want, api.Survey); diff != "" {
		t.Errorf("survey (-want +got):\n%s", diff)
	}
	op, _ := cat.Operation("a.createItems")
	if diff := cmp.Diff(map[string][]string{"Firm": {"Total"}}, op.Touches); diff != "" {
		t.Errorf("touches (-want +got):\n%s", diff)
	}
}

// TestSurveyFaults holds that what cannot be meant is reported where it stands.
func TestSurveyFaults(t *testing.T) {
	for _, c := range []struct{ keyword, want string }{
		{`{records: {Item: {operation: getItems}}}`, "need an operation and fields"},
		{`{records: {Item: {operation: getThings, fields: [Code]}}}`, `x-pw-snapshot records Item names operation "getThings"`},
		{`{describe: {operation: getItems}}`, "wrong shape"},
		{`{actions: {object: Item, operation: deeds}}`, `x-pw-snapshot actions names operation "deeds"`},
		{`{rules: [{at: Item, not: {A: [b]}}]}`, "names no field"},
		{`{rules: [{at: Item.Code}]}`, "says nothing"},
		{`{rules: [{at: Item.Code, beside: Other}]}`, "needs by and flags"},
		{`{rules: [{at: Item.Code, in: [Firm]}]}`, `names "Firm", which is no field`},
		{`{rules: [{at: Item.Code, after: [a.b.c]}]}`, "is no field"},
		{`{ruels: []}`, "wrong shape"},
		{`[]`, "wrong shape"},
	} {
		_, found := surveyOf(t, c.keyword)
		if !strings.Contains(strings.Join(found, "\n"), c.want) {
			t.Errorf("%s: want %q, got %q", c.keyword, c.want, found)
		}
	}
}

func TestGrants(t *testing.T) {
	a := Auth{Implied: map[string][]string{"all": {"write"}, "write": {"read"}, "loop": {"loop"}}}
	for _, c := range []struct {
		granted []string
		scope   string
		want    bool
	}{
		{nil, "read", false},
		{[]string{"read"}, "read", true},
		{[]string{"write"}, "read", true},
		{[]string{"all"}, "read", true},
		{[]string{"read"}, "write", false},
		{[]string{"loop"}, "read", false},
		{[]string{"loop", "write"}, "read", true},
	} {
		if got := a.Grants(c.granted, c.scope); got != c.want {
			t.Errorf("%v grants %s: %v", c.granted, c.scope, got)
		}
	}
}
