package localengine_test

import (
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/specs/catalog"
)

// TestTwoFaces lets a person release a run through another engine on the same journal, as a
// page does after the connections changed: the one that drives learns of it.
func TestTwoFaces(t *testing.T) {
	bubble(t, func(h *house) {
		h.vendor.script[newInvoice] = []turn{refuse(catalog.ClassData, 0)}
		deals := h.admit(1)
		h.drain(0, "1 held")
		driving := h.engine
		h.engine = localengine.New(localengine.Config{Journal: h.journal, Caller: h.vendor, Consent: h.consent, Now: time.Now, Wait: h.wait})
		if err := h.engine.Release(h.t.Context(), runID(deals[0]), "Dana", false); err != nil {
			h.t.Fatal(err)
		}
		h.engine = driving
		h.drain(0, "1 done")
		st, err := h.engine.Status(h.t.Context(), "another plan")
		if err != nil || st.Runs != 0 || st.State[engine.Done] != 0 {
			h.t.Errorf("another plan has %+v, %v", st, err)
		}
		h.settled(deals)
	})
}
