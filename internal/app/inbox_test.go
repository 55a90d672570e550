package app

import "testing"

// TestInbox tells which path saw an event first, and which events no other path saw.
func TestInbox(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	h.approved(goal)
	h.mapped()
	deals := h.win(2)
	h.clock.Advance(1e9)
	_, err := h.app.RunRecords(ctx, h.name, deals[:1])
	h.must(err)
	_, err = h.app.RunOnce(ctx, h.name)
	h.must(err)
	all, err := h.app.Inbox(ctx, h.name, false)
	h.must(err)
	one, err := h.app.Inbox(ctx, h.name, true)
	h.must(err)
	if all.Paths["manual"] != 1 || all.Paths["poll"] != 1 || one.OnlyOne["poll"] != 1 || one.OnlyOne["manual"] != 0 || len(all.Events) != len(one.Events)+1 {
		t.Errorf("got %v of %d, alone %v of %d", all.Paths, len(all.Events), one.OnlyOne, len(one.Events))
	}
	none, err := h.app.Inbox(ctx, "another", false)
	h.must(err)
	if len(none.Events) != 0 {
		t.Errorf("another plan has %d events", len(none.Events))
	}
}
