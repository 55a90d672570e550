package engine_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// TestUnsettledEnd: a write whose answer was lost is settled before the run ends, though the
// plan does not come to it any more.
func TestUnsettledEnd(t *testing.T) {
	for name, tt := range map[string]struct{ answer string }{"it happened": {engine.Happened}, "it did not": {engine.NotHappened}} {
		t.Run(name, func(t *testing.T) {
			h := newDecider(t, "    repeat: ask\n", "    repeat: ask\n    when: \"${opportunity.?NextStep.orValue('') == ''}\"\n")
			words := all("no")
			h.outcomes["memo"] = outs(lost)
			if a := h.answering(words); a.Path != "memo" || a.Hold.Code != engine.HoldUnknown {
				t.Fatalf("got %s %+v, want the lost write", a.Kind, a.Hold)
			}
			h.answers["trigger"] = with(tree(deal), map[string]any{"NextStep": "none"})
			h.add(engine.KindReleased, engine.Released{By: "Dana"})
			a := h.answering(words)
			if a.Kind != engine.DoHold || a.Hold.Code != engine.HoldUnknown || a.Path != "memo" {
				t.Fatalf("got %s %+v %+v, want that a person settles the lost write", a.Kind, a.End, a.Hold)
			}
			h.reply("memo", tt.answer, "")
			if a := h.answering(words); a.End.State != engine.Done {
				t.Errorf("ended %+v %+v, want done", a.End, a.Hold)
			}
			replayed(t, h)
		})
	}
}

// TestAskedAfterRefusal: where the vendor refused what relied on an answer, nothing was done
// on the strength of it: it is asked again for what the record says by then.
func TestAskedAfterRefusal(t *testing.T) {
	h := newDecider(t)
	h.outcomes["invoice"] = outs(refused(catalog.ClassData, "the account is archived"), created)
	if a := h.answering(map[string][]string{"terms": {"net60"}}); a.Path != "invoice" {
		t.Fatalf("got %s %s, want the refusal", a.Kind, a.Path)
	}
	h.answers["trigger"] = with(tree(deal), map[string]any{"Amount": json.Number("950")})
	h.add(engine.KindReleased, engine.Released{By: "Dana"})
	a := h.run()
	if a.Path != "terms" || a.Hold.Code != engine.HoldAsk {
		t.Errorf("got %s %s, want the question with the new amount", a.Kind, a.Path)
	}
	if got := h.writes(); !slices.Equal(got, []string{"invoice"}) {
		t.Errorf("wrote %v", got)
	}
	replayed(t, h)
}

// TestAdoptAnother: a record that contradicts what was sent is not taken at the first word.
func TestAdoptAnother(t *testing.T) {
	another := tree(`{"InvoiceID":"m-7","InvoiceNumber":"INV-0042","Status":"DRAFT"}`)
	for name, tt := range map[string]struct {
		words []string
		found any
		held  int
		sent  int
	}{
		"they insist":         {[]string{"done m-7", "done m-7"}, another, 2, 1},
		"they did not mean":   {[]string{"done m-7", "not-done"}, another, 2, 2},
		"another id, another": {[]string{"done m-7", "done m-8", "not-done"}, another, 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			h, words := newDecider(t), all("no")
			h.outcomes["memo"], words["memo"] = outs(lost, ok(another)), tt.words
			h.answers["memo/lookup"] = tt.found
			if a := h.answering(words); a.End.State != engine.Done {
				t.Errorf("ended %+v %+v, want done", a.End, a.Hold)
			}
			held, sent := 0, 0
			for _, hold := range h.holds() {
				held += strings.Count(hold, "memo ")
			}
			for _, path := range h.writes() {
				if path == "memo" {
					sent++
				}
			}
			if held != tt.held || sent != tt.sent {
				t.Errorf("held %d times and sent %d times, want %d and %d", held, sent, tt.held, tt.sent)
			}
			replayed(t, h)
		})
	}
}
