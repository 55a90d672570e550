package app

import (
	"errors"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
)

// TestEditedWhileUnsure: a person writes into the payment fields while the write of a run is
// refused, lost, or left behind by a process that ended, and has yet to be sent again. The
// edit is newer, and stands, until that person lets it be written over.
func TestEditedWhileUnsure(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  wire.Fault
		killed bool // the process, once the write was sent
		open   engine.RunState
	}{
		"away":         {fault: wire.Fault{Kind: wire.Status, Code: 503}, open: engine.Held},
		"too many":     {fault: wire.Fault{Kind: wire.Status, Code: 429}, open: engine.Held},
		"request lost": {fault: wire.Fault{Kind: wire.DropBefore}, open: engine.Held},
		"answer lost":  {fault: wire.Fault{Kind: wire.DropAfter}, open: engine.Done}, // which reading shows
		"killed":       {fault: wire.Fault{Kind: wire.DropBefore}, killed: true, open: engine.Held},
	} {
		t.Run(name, func(t *testing.T) {
			h := automated(t)
			deal := h.win(1)[0]
			h.must(h.all())
			h.pastDue() // closing the task comes before the fields
			h.must(h.all())
			tt.fault.Operation = "PATCH /services/data/v67.0/sobjects/Opportunity/*"
			h.must(h.faults.Set([]wire.Fault{tt.fault}))
			h.pay(deal, h.owed(deal))
			if tt.killed {
				h.reopen(func(at localengine.Point, _ string) error {
					if at == localengine.AfterSend && h.sent("PATCH", "/sobjects/Opportunity/"+deal) == 2 {
						return errKilled
					}
					return nil
				})
			}
			if err := h.all(); err != nil && (!tt.killed || !errors.Is(err, errKilled)) {
				t.Fatal(err)
			}
			h.must(h.faults.Set(nil))
			h.must(h.sf.Update("Opportunity", deal, world.Record{statusField: "Disputed"}))
			h.reopen(nil)
			for range 4 {
				h.clock.Advance(10 * time.Minute)
				h.must(h.all())
			}
			h.ends(deal, "Disputed", tt.open)
			if tt.open != engine.Held {
				return
			}
			h.allow(payments)
			h.must(h.all())
			h.ends(deal, "Paid", engine.Done)
			h.quiet()
		})
	}
}
