package web

import (
	"strings"
	"testing"
	"time"
)

// TestScheduleShown shows a plan that waits for a clock, lets a person approve it, and shows the
// run of a morning, where nothing is named that it does not have.
func TestScheduleShown(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.enter(dana)
	text := `
planwright: 1
name: morning
apis: {xero: {spec: "SPEC(xero)", overlay: "OVERLAY(xero)"}}
trigger: {kind: schedule, at: "08:00 mon-fri", zone: Pacific/Auckland, as: due}
steps:
  - {id: old, read: xero.getInvoices, where: {DueDate: {lt: "${due.Date}"}}}
  - {id: some, assert: "${old.size() >= 0}", message: no list}
outputs: {at: "${due.At}"}
`
	cat, err := h.app.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	for _, api := range cat.APIs() {
		text = strings.NewReplacer("SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest).Replace(text)
	}
	checked, found, err := h.app.Check("morning.yaml", []byte(text))
	if err != nil || checked == nil {
		t.Fatal(err, found)
	}
	if _, err := h.app.Propose(t.Context(), checked, "planner"); err != nil {
		t.Fatal(err)
	}
	page := h.get(dana, "/plans/morning@1").Text
	for _, want := range []string{"Starts at 08:00 mon-fri by the clock of Pacific/Auckland; once for each time, ever", "At 08:00 mon-fri by the clock of Pacific/Auckland: writes nothing"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q on the page of the proposal", want)
		}
	}
	digest, _ := h.page(dana, "/plans/morning@1").one(t, "input", "name", "digest").attr("value")
	h.goes(h.post(dana, "/plans/morning@1/decision", "digest", digest, "answer", "approve", "comment", "as shown"))
	h.clock.Advance(24 * time.Hour)
	if _, err := h.app.RunOnce(t.Context(), "morning"); err != nil {
		t.Fatal(err)
	}
	h.enter(dana) // nobody stays signed in overnight
	runs, err := h.app.Runs("", "morning")
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	if page := h.get(dana, "/runs/"+runs[0].ID).Text; !strings.Contains(page, runs[0].Key) || strings.Contains(page, "<no value>") {
		t.Errorf("the page of the run does not show %s:\n%s", runs[0].Key, page)
	}
}
