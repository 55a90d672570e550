package app

import (
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/trigger"
)

// TestOutlook counts what each way to begin would take in, before a plan begins and when it
// is approved again after its approval was taken back.
func TestOutlook(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.must(h.sf.CloseWon(h.company.Close[0]))
	h.clock.Advance(48 * time.Hour)
	h.must(h.sf.CloseWon(h.company.Close[1]))
	h.clock.Advance(time.Hour)
	file := h.propose(invoicing)
	first, err := h.app.Outlook(ctx, file)
	h.must(err)
	if got := first.Since(h.clock.Now().Add(-2 * time.Hour)); !first.Asked || first.Again || first.Records < 2 || first.Behind != 0 || got != 1 {
		t.Fatalf("before it begins: got %+v, %d since two hours ago; want 1", first, got)
	}
	_, err = h.app.Decide(ctx, file, true, dana, "")
	h.must(err)
	h.name = invoicing
	h.mapped()
	_, err = h.app.Decide(ctx, invoicing, false, dana, "stop")
	h.must(err)
	h.clock.Advance(time.Hour)
	h.must(h.sf.CloseWon(h.company.Close[2]))
	h.clock.Advance(time.Minute)
	file = h.propose(invoicing)
	again, err := h.app.Outlook(ctx, file)
	h.must(err)
	if !again.Asked || !again.Again || again.Records != first.Records+1 || again.Behind != 1 {
		t.Fatalf("after it was taken back: got %+v, want %d records, 1 behind", again, first.Records+1)
	}
	// A backfill takes what the first start left alone, too: a person says so now.
	_, err = h.app.DecideFrom(ctx, file, true, dana, "", trigger.Begin{How: trigger.StartBackfill, Since: h.clock.Now().Add(-4 * time.Hour)})
	h.must(err)
	h.clock.Advance(time.Minute)
	_, err = h.app.RunOnce(ctx, invoicing)
	h.must(err)
	h.settled([]string{h.company.Close[1], h.company.Close[2]})
}

// TestBackfillOnceInForce runs what was left alone since a day, once however often it is
// said, and takes nothing twice that ran by another path.
func TestBackfillOnceInForce(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	deals := h.company.Close[:3]
	h.must(h.sf.CloseWon(deals[0]))
	h.clock.Advance(time.Hour)
	h.approved(goal)
	h.mapped()
	h.clock.Advance(time.Minute)
	h.must(h.sf.CloseWon(deals[1]))
	h.clock.Advance(time.Minute)
	_, err := h.app.RunOnce(ctx, h.name)
	h.must(err)
	h.must(h.sf.CloseWon(deals[2]))
	h.clock.Advance(time.Minute)
	since := h.clock.Now().Add(-3 * time.Hour)
	for i, want := range []int{2, 0} {
		_, n, err := h.app.BackfillCount(ctx, h.name, since)
		h.must(err)
		r, err := h.app.Backfill(ctx, h.name, since)
		h.must(err)
		if n != want || r.Admitted != want {
			t.Errorf("backfill %d: counted %d, admitted %d; want %d", i+1, n, r.Admitted, want)
		}
	}
	_, err = h.app.SweepOnce(ctx, h.name)
	h.must(err)
	h.settled(deals)
}
