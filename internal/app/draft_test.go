package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/approval"
)

func TestDraftsAreKept(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	plan, err := h.app.NewDraft(ctx, goal, "auto", dana)
	if err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(time.Minute)
	asked, err := h.app.NewDraft(ctx, "When an opportunity is closed, create an invoice in Xero.", "rules", dana)
	if err != nil {
		t.Fatal(err)
	}
	h.reopen(nil)
	kept, err := h.app.Drafts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) != 2 || kept[0].ID != asked.ID || kept[1].ID != plan.ID {
		t.Fatalf("got %d drafts, want the two, newest first", len(kept))
	}
	if len(kept[0].Answer.Questions) == 0 || kept[0].Checked != nil || kept[0].Goal != asked.Goal {
		t.Errorf("a draft with questions: got %+v", kept[0])
	}
	if kept[1].Digest != plan.Digest || kept[1].Checked == nil || kept[1].By != dana || len(kept[1].Answer.Draft.Plan.Notes) == 0 {
		t.Errorf("a draft with a plan: got %+v", kept[1])
	}
	if _, err := h.app.ProposeDraft(ctx, asked.ID, dana); err == nil {
		t.Error("questions were proposed")
	}
	p, err := h.app.ProposeDraft(ctx, plan.ID, "Kim Lee")
	if err != nil {
		t.Fatal(err)
	}
	if p.State != approval.Proposed || p.Digest != string(plan.Digest) || p.By != "Kim Lee" {
		t.Errorf("got %+v", p)
	}
	if again, err := h.app.DraftByID(ctx, plan.ID); err != nil || again.Proposal != p.ID {
		t.Errorf("the draft does not know its proposal: %q, %v", again.Proposal, err)
	}
	if err := h.app.DiscardDraft(ctx, plan.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.app.DraftByID(ctx, plan.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("a discarded draft: got %v", err)
	}
	if _, err := h.app.Proposal(ctx, p.ID); err != nil {
		t.Errorf("its proposal went with it: %v", err)
	}
}

// A draft's id comes from a page: it must never name another file.
func TestDraftIDIsNoPath(t *testing.T) {
	h := newHouse(t)
	for _, id := range []string{"", ".", "../connections", "d-0000000000000000/../../key", "d-0000000000000000", "D-0123456789abcdef", strings.Repeat("d", 9000)} {
		if _, err := h.app.DraftByID(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%.40q: got %v, want ErrNotFound", id, err)
		}
		if err := h.app.DiscardDraft(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("discard %.40q: got %v, want ErrNotFound", id, err)
		}
	}
	if _, err := os.Stat(filepath.Join(h.dir, "connections.json")); err != nil {
		t.Error(err)
	}
}

func TestDamagedDraftHidesNoOther(t *testing.T) {
	h := newHouse(t)
	good, err := h.app.NewDraft(t.Context(), goal, "rules", dana)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.dir, "drafts", "d-0123456789abcdef.json"), []byte(`{"id": "d-01`), 0o600); err != nil {
		t.Fatal(err)
	}
	kept, err := h.app.Drafts(t.Context())
	if err != nil || len(kept) != 1 || kept[0].ID != good.ID {
		t.Errorf("got %d drafts, %v; want the good one", len(kept), err)
	}
}
