package app

import (
	"testing"
	"time"
)

// TestRunRecords runs for a record that a person names, once, and refuses one that does not
// qualify or is not there; a poll makes no second run of it.
func TestRunRecords(t *testing.T) {
	h := newHouse(t)
	h.adopt(invoicing)
	h.name = invoicing
	h.mapped()
	h.clock.Advance(time.Minute)
	won, open := h.company.Close[0], h.company.Close[1]
	h.must(h.sf.CloseWon(won))
	r, err := h.app.RunRecords(t.Context(), invoicing, []string{won})
	if err != nil || r.Admitted != 1 {
		t.Fatalf("got %+v, %v", r, err)
	}
	if r, err = h.app.RunRecords(t.Context(), invoicing, []string{won}); err != nil || r.Admitted != 0 || len(r.Known) != 1 {
		t.Errorf("again: %+v, %v; want it known", r, err)
	}
	for _, id := range []string{open, "0065g00000zzzzzAAA", "not an id"} {
		if r, err := h.app.RunRecords(t.Context(), invoicing, []string{id}); err == nil {
			t.Errorf("%s: got %+v, want a refusal", id, r)
		}
	}
	h.clock.Advance(time.Minute)
	_, err = h.app.RunOnce(t.Context(), invoicing)
	h.must(err)
	h.settled([]string{won})
	if got := h.paths(); len(got) != 1 || got[0] != "manual+poll" {
		t.Errorf("paths %v", got)
	}
}
