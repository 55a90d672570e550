package app

import (
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
)

// TestUnusualCountAsksOnce sets a plan off by mistake: it stops, also after a restart, tells
// what is unusual, and goes on for all of its runs by one word of a person.
func TestUnusualCountAsksOnce(t *testing.T) {
	h := newHouse(t)
	h.limited("limits: {", "limits: {invoices_per_hour: 3, ")
	h.mapped()
	deals := h.win(8)
	stopped := func(r Report, invoices int) {
		t.Helper()
		if n := len(h.invoiced()); n != invoices || r.Done != invoices {
			t.Fatalf("%d invoices, %d runs done; want %d", n, r.Done, invoices)
		}
		for _, v := range r.Holds {
			if v.Hold.Code != engine.HoldUnusual || !strings.Contains(v.Hold.Message, "the 4th of the invoices within an hour, and more than 3 are unusual") {
				t.Errorf("held for %s: %s", v.Hold.Code, v.Hold.Message)
			}
			if len(v.Hold.Show) != 2 || v.Hold.Show[0].Value == "0.00" || v.Hold.Show[1].Value == "" {
				t.Errorf("shows %v", v.Hold.Show)
			}
		}
	}
	stopped(h.drive(), 3)
	h.reopen(nil)
	h.clock.Advance(2 * time.Hour) // the hour is over, and nobody has looked
	r := h.drive()
	stopped(r, 3)
	if err := h.app.Retry(t.Context(), r.Holds[0].ID, dana, false); err != nil {
		t.Fatal(err)
	}
	stopped(h.drive(), 3) // to look anew is no word

	word := localengine.Word{By: dana, Why: "the month's end", Allow: true}
	if err := h.app.RetryFor(t.Context(), r.Holds[1].ID, word); err != nil {
		t.Fatal(err)
	}
	h.once(8, 0)
	h.settled(deals)
	accepted := 0
	if err := h.app.Audit(time.Time{}, func(a Act) error {
		if a.What == ActAccepted && a.By == dana && a.Why == "the month's end" && a.How == string(engine.HoldUnusual) {
			accepted++
		}
		return nil
	}); err != nil || accepted != 5 {
		t.Errorf("%d runs accepted, %v; want 5", accepted, err)
	}
	h.replayed()

	// It is counted anew from that word on, and the five of that hour are the reason to stop at
	// the next.
	if err := h.sf.CloseWon(h.company.Close[8]); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(2 * time.Second)
	if r := h.drive(); r.Held != 1 || r.Holds[0].Hold.Code != engine.HoldUnusual {
		t.Errorf("after more: %+v", r)
	}
}

// limited approves the plan of the goal with other limits.
func (h *house) limited(old, with string) {
	h.t.Helper()
	answer, err := h.app.Draft(h.t.Context(), goal, "rules")
	if err != nil || answer.Draft == nil {
		h.t.Fatalf("draft: got %+v, %v; want a draft", answer, err)
	}
	text := string(answer.Draft.Plan.YAML())
	if !strings.Contains(text, old) {
		h.t.Fatalf("the plan has no %s:\n%s", old, text)
	}
	h.written(strings.Replace(text, old, with, 1))
}
