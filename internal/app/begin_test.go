package app

import (
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/trigger"
)

// TestRefusedApprovalBeginsNothing: where a plan begins is fixed by the approval that
// counts, not by an earlier one that was refused.
func TestRefusedApprovalBeginsNothing(t *testing.T) {
	for name, refused := range map[string]func(h *house, file string) error{
		"nobody's name": func(h *house, file string) error {
			_, err := h.app.Decide(h.t.Context(), file, true, " ", "")
			return err
		},
		"the process died": func(h *house, file string) error {
			l, err := h.app.open()
			h.must(err)
			h.must(l.begin(h.t.Context(), file, dana, trigger.Begin{}))
			return errKilled
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			file := h.propose(invoicing)
			if err := refused(h, file); err == nil {
				t.Fatal("it was approved")
			}
			h.win(1)
			h.clock.Advance(time.Hour)
			_, err := h.app.Decide(t.Context(), file, true, dana, "as shown")
			h.must(err)
			h.clock.Advance(time.Minute)
			if r, err := h.app.RunOnce(t.Context(), invoicing); err != nil || r.Admitted != 0 {
				t.Errorf("admitted %d deals that were won before the approval: %v", r.Admitted, err)
			}
		})
	}
}

// TestOldProposalLeavesNothingAlone: approving a version that another took the place of is
// refused, and nothing is taken as seen under its condition.
func TestOldProposalLeavesNothingAlone(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	wide, err := h.app.Decide(ctx, h.propose(invoicing, "${opportunity.IsWon}", "${opportunity.IsClosed}"), true, dana, "")
	h.must(err)
	h.adopt(invoicing)
	h.name = invoicing
	h.mapped()
	deal := h.company.Close[0]
	h.clock.Advance(time.Minute)
	h.must(h.sf.Update("Opportunity", deal, world.Record{"StageName": "Closed Lost"}))
	h.clock.Advance(time.Minute)
	h.must(h.sf.CloseWon(h.company.Close[1]))
	_, err = h.app.RunOnce(ctx, invoicing)
	h.must(err)
	if _, err := h.app.Decide(ctx, wide.ID, true, dana, ""); err == nil {
		t.Fatal("a version that another took the place of was approved")
	}
	h.win(1)
	h.clock.Advance(time.Minute)
	_, err = h.app.RunOnce(ctx, invoicing)
	h.must(err)
	h.settled([]string{deal, h.company.Close[1]})
}
