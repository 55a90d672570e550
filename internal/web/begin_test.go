package web

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestBeginIsAsked asks on the form how a plan begins, with counts, keeps what was chosen when
// it cannot be taken, and asks again after the approval was taken back.
func TestBeginIsAsked(t *testing.T) {
	h := newHouse(t)
	h.connect()
	h.enter(dana)
	if err := h.sf.CloseWon(h.company.Close[0]); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(time.Minute)
	at := h.proposed(dana)
	page := h.page(dana, at)
	page.says(t, "How does it begin?", "qualify now and never ran", "changed in the last 7 days")
	if got := len(page.all("input", "name", "start")); got != 3 {
		t.Errorf("got %d ways to begin, want 3", got)
	}
	digest, _ := page.one(t, "input", "name", "digest").attr("value")
	for start, says := range map[string]string{"backfill": "since which day", "someday": "Choose how"} {
		res := h.post(dana, at+"/decision", "digest", digest, "answer", "approve", "start", start, "since", "soon")
		if res.StatusCode != http.StatusUnprocessableEntity {
			t.Fatalf("start %s: got %d, want 422", start, res.StatusCode)
		}
		res.Page.says(t, says)
		if v, _ := res.Page.one(t, "input", "name", "since").attr("value"); v != "soon" {
			t.Errorf("start %s: the day that was typed became %q", start, v)
		}
	}
	h.goes(h.post(dana, at+"/decision", "digest", digest, "answer", "approve", "start", "adopt", "since", ""))
	h.page(dana, at).says(t, "links what exists")

	h.goes(h.post(dana, at+"/decision", "digest", digest, "answer", "revoke", "comment", "wait"))
	h.clock.Advance(20 * time.Minute)
	if err := h.sf.CloseWon(h.company.Close[1]); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(time.Minute)
	h.enter(dana)
	again := h.proposed(dana)
	page = h.page(dana, again)
	page.says(t, "Go on from where it was: 1 record that changed")
	for _, in := range page.all("input", "name", "start") {
		if _, checked := in.attr("checked"); checked {
			t.Error("a way to begin is chosen for a person who took the approval back")
		}
	}
	if strings.Contains(page.words(), "is not known") {
		t.Error("the counts are missing")
	}
}

// TestBeginWithoutVendors still asks, without counts.
func TestBeginWithoutVendors(t *testing.T) {
	h := newHouse(t)
	h.enter(dana)
	h.page(dana, h.proposed(dana)).says(t, "How does it begin?", "is not known")
}
