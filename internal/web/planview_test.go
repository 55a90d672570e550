package web

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// body reads the plan that the goal becomes.
func body(t *testing.T, h *house, goal string) planBody {
	t.Helper()
	d, err := h.app.NewDraft(t.Context(), goal, "rules", dana)
	if err != nil || d.Checked == nil {
		t.Fatalf("draft: %+v, %v", d.Answer, err)
	}
	return readPlan(d.Checked.Plan, d.Checked, nil, d.Findings)
}

func TestReadPlan(t *testing.T) {
	h := newHouse(t)
	b := body(t, h, goal)
	d, err := h.app.NewDraft(t.Context(), goal, "rules", dana)
	if err != nil {
		t.Fatal(err)
	}
	// The sentence is the outline's own: the command line and the picture say the same.
	if want := d.Checked.Outline().Summary(); b.Summary != want || !strings.HasPrefix(want, "For each won opportunity: creates 1 contact if none is found") {
		t.Errorf("summary: got %q, want %q", b.Summary, want)
	}
	if want := "For one event at most 8 calls, more for long lists, 2 more if answers are lost"; b.Calls != want {
		t.Errorf("calls: got %q, want %q", b.Calls, want)
	}
	want := []string{
		"Delete anything", "Send an e-mail or any other message", "Write anything in Salesforce but opportunities",
		"Write anything in Xero but contacts and invoices",
		"Change any field of an existing opportunity but Xero_Invoice_Id__c and Xero_Invoice_Number__c",
		"Reach any API but Salesforce and Xero", "Use a mapping row that nobody approved",
	}
	if diff := cmp.Diff(want, b.Never); diff != "" {
		t.Errorf("what it can never do:\n%s", diff)
	}
	var limits []string
	for _, l := range b.Limits {
		limits = append(limits, l.Text)
	}
	if diff := cmp.Diff([]string{
		"At most 50,000 for one invoice, in its currency; a larger one waits for a person",
		"At most 200 invoices a day; more wait for the next day", "No limit on contacts per day",
		"Stops and asks a person above 200 invoices an hour, or far above its own past",
		"Stops and asks a person above 10 of the same amount for the same party in 24 hours",
		"Stops and asks a person when a day's sum is far above its own past",
	}, limits); diff != "" {
		t.Errorf("limits:\n%s", diff)
	}
	invoice := b.Writes[1]
	field := func(name string) fieldView {
		i := slices.IndexFunc(invoice.Fields, func(f fieldView) bool { return f.Field == name })
		if i < 0 {
			t.Fatalf("the invoice does not show %s", name)
		}
		return invoice.Fields[i]
	}
	if f := field("InvoiceNumber"); !f.Key || f.Words != "“SF-” followed by the opportunity's Id" || !strings.Contains(f.Note, "one invoice for each opportunity") || f.Said {
		t.Errorf("the key: got %+v", f)
	}
	if f := field("Status"); f.Literal != "AUTHORISED" || !f.Said {
		t.Errorf("what the goal asked for: got %+v", f)
	}
	if f := field("LineItems.Quantity"); f.Each != "line in lines" || f.Pointer != "/steps/6/body/LineItems/do/Quantity" {
		t.Errorf("a field of every line: got %+v", f)
	}
	if b.Drawing == "" || !strings.Contains(string(b.Drawing), "<svg") {
		t.Error("there is no picture")
	}
}

// TestEveryFieldIsShown compares what the sheet says is written with what the page shows.
func TestEveryFieldIsShown(t *testing.T) {
	b := body(t, newHouse(t), goal)
	shown := map[string]bool{}
	for _, w := range b.Writes {
		for _, f := range w.Fields {
			shown[w.API+"."+w.Object+" "+f.Field] = true
		}
	}
	for _, o := range b.Sheet.Objects {
		api, _, _ := strings.Cut(o.Name, ".")
		for _, field := range o.Writes {
			if !shown[api+"."+spaced(o.Name)+" "+field] {
				t.Errorf("%s.%s is written and not shown", o.Name, field)
			}
		}
	}
}

const looped = `
planwright: 1
name: loop
apis: {a: {spec: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}}
trigger: {api: a, kind: change, object: Thing_Part__c, as: thing, when: "${thing.Size > 3}", key: "${thing.Id}"}
steps:
  - {id: look, lookup: kinds, with: {kind: "${thing.Kind}"}}
  - {id: gone, assert: "${thing.Size < 9}", else: refuse, message: too large}
  - id: every
    each: "${thing.parts}"
    as: part
    max: 5
    steps:
      - id: tell
        write: a.sendNote
        with: {id: "${part.Id}"}
        body: {Texts: ["one", "${part.Name}", 12, true], To: {Address: ""}, Whole: "${part}"}
  - {id: pause, wait: "${thing.Due}"}
  - {id: last, when: "${thing.Last}", write: a.remove, body: "${thing}"}
`

// TestReadLoop reads what the planner does not make yet: loops, lists, whole bodies, a
// plan that does not pass and the sheet it was filed with.
func TestReadLoop(t *testing.T) {
	p, found := plan.Parse("loop.yaml", []byte(looped))
	if p == nil {
		t.Fatal(found)
	}
	sheet := check.Sheet{
		Operations: []check.SheetOperation{
			{Name: "a.sendNote", Effect: catalog.EffectSend, Entity: "a.Note", Steps: []string{"tell"}, Calls: 5, Once: "ask"},
			{Name: "a.remove", Effect: catalog.EffectDelete, Entity: "a.Thing", Steps: []string{"last"}, Calls: 1, Once: "probe Id"},
		},
		APIs: []check.SheetAPI{{Name: "a", Calls: 6, Spare: 2, Paged: true}, {Name: "b"}},
	}
	b := readPlan(p, nil, &sheet, diag.List{
		{Code: "A", Pointer: "/steps/2/steps/0/body/Texts/1", Message: "in a field"},
		{Code: "B", Pointer: "/steps/2/steps/0", Message: "at a write"},
		{Code: "C", Pointer: "/steps/1/assert", Message: "at a step"},
		{Code: "D", Pointer: "/limits", Message: "nowhere in particular"},
	})
	if b.Summary != "" {
		t.Errorf("a plan that does not pass has the summary %q", b.Summary)
	}
	if want := "For one event at most 6 calls, more for long lists, 2 more if answers are lost"; b.Calls != want {
		t.Errorf("calls: got %q", b.Calls)
	}
	for _, not := range []string{"Delete anything", "Send an e-mail or any other message"} {
		if slices.Contains(b.Never, not) {
			t.Errorf("a plan that can, can never: %s", not)
		}
	}
	if !slices.Contains(b.Never, "Write anything in B") {
		t.Errorf("got %q", b.Never)
	}
	var fields []string
	for _, f := range b.Writes[0].Fields {
		fields = append(fields, f.Field+" = "+f.Expr+f.Literal)
	}
	if diff := cmp.Diff([]string{
		"id = part.Id", "Texts 1 = one", "Texts 2 = part.Name", "Texts 3 = 12", "Texts 4 = true", "To.Address = empty text", "Whole = part",
	}, fields); diff != "" {
		t.Errorf("fields:\n%s", diff)
	}
	if got := b.Writes[1].Fields[0]; got.Field != "(the whole body)" || got.Expr != "thing" {
		t.Errorf("a whole body: got %+v", got)
	}
	if f := b.Writes[0].Fields[2].Found; len(f) != 1 || f[0].Code != "A" {
		t.Errorf("the finding in a field: got %+v", f)
	}
	if f := b.Writes[0].Found; len(f) != 1 || f[0].Code != "B" {
		t.Errorf("the finding at a write: got %+v", f)
	}
	if f := b.Steps[1].Found; len(f) != 1 || f[0].Code != "C" || b.Steps[1].Else != "else ends the run: too large" {
		t.Errorf("the finding at a step: got %+v", b.Steps[1])
	}
	if len(b.Found) != 4 || b.Found[3].Place != "" || b.Found[0].Place == "" {
		t.Errorf("all findings: got %+v", b.Found)
	}
	if b.Steps[3].Expr != "thing.Due" {
		t.Errorf("the wait: got %+v", b.Steps[3])
	}
	if b.Steps[2].Inner[0].No != "3.1" || b.Drawing != "" {
		t.Errorf("the loop: got %+v", b.Steps[2])
	}
	for _, once := range []string{"unique X", "idempotent", "upsert Id", "keyed", "probe Id", "ask"} {
		if got := onceText(once); got == once || !strings.HasSuffix(got, ".") {
			t.Errorf("%s: got %q, want a sentence", once, got)
		}
	}
}
