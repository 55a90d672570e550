package localengine_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
)

// TestRestored puts the journal of before a run back and lets the same event come again. The
// invoice, whose number the vendor keeps unique, is found and adopted. What only a person can
// tell apart waits for one.
func TestRestored(t *testing.T) {
	bubbleOf(t, "decide.yaml", func(h *house) {
		ctx, path := h.t.Context(), filepath.Join(h.dir, "journal.db")
		if err := h.journal.Close(); err != nil {
			h.t.Fatal(err)
		}
		old, err := os.ReadFile(path)
		if err != nil {
			h.t.Fatal(err)
		}
		h.open()
		deals := h.admit(1)
		if err := h.untilDone(); err != nil {
			h.t.Fatal(err)
		}
		h.decided(deals)
		if err := h.journal.Close(); err != nil {
			h.t.Fatal(err)
		}
		if err := os.WriteFile(path, old, 0o600); err != nil {
			h.t.Fatal(err)
		}
		h.restored = true
		h.open()
		if _, err := h.engine.Admit(ctx, eventsOf(h, deals), nil); err != nil {
			h.t.Fatal(err)
		}
		memo, id := "MEMO-"+deals[0], runID(deals[0])
		held := false
		for range 20 {
			h.drain(time.Hour, "1 held")
			for _, s := range h.summaries() {
				held = s.Hold.Code == engine.HoldRestored
			}
			if held {
				break
			}
			if _, err := h.person(); err != nil {
				h.t.Fatal(err)
			}
		}
		h.hold(deals[0], engine.HoldRestored)
		if n := len(h.vendor.numbered("SF-" + deals[0])); n != 1 {
			h.t.Errorf("%d invoices", n)
		}
		// To retry it is to ask again; to allow it is to have looked.
		if err := h.engine.Release(ctx, id, "Dana", false); err != nil {
			h.t.Fatal(err)
		}
		for h.drain(time.Hour, "1 held"); h.holdCode(deals[0]) == engine.HoldAsk; h.drain(time.Hour, "1 held") {
			if _, err := h.person(); err != nil {
				h.t.Fatal(err)
			}
		}
		h.hold(deals[0], engine.HoldRestored)
		if n := len(h.vendor.numbered(memo)); n != 1 {
			h.t.Errorf("%d memos", n)
		}
		if err := h.engine.Cancel(ctx, id, "Dana", "it is there"); err != nil {
			h.t.Fatal(err)
		}
		h.drain(0, "1 cancelled")
	})
}

func eventsOf(h *house, deals []string) (out []localengine.Event) {
	for _, d := range deals {
		out = append(out, h.event(d))
	}
	return out
}

func (h *house) holdCode(deal string) engine.HoldCode {
	for _, s := range h.summaries() {
		if s.Key == deal && s.Hold != nil {
			return s.Hold.Code
		}
	}
	return ""
}
