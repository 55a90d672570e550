package engine_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

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
