package engine_test

import (
	"encoding/json"
	"slices"
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
