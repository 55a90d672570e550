package app

import (
	"errors"
	"testing"

	"github.com/planwright/planwright/runtime/mapping"
)

// row finds the row of a key that stands last in a mapping's view.
func (h *house) row(m string, key string) RowView {
	h.t.Helper()
	views, err := h.app.Mappings(h.t.Context(), h.name)
	if err != nil {
		h.t.Fatal(err)
	}
	var found RowView
	for _, v := range views {
		for _, r := range v.Rows {
			if v.Name == m && r.Key[0] == key {
				found = r
			}
		}
	}
	if found.Row == "" {
		h.t.Fatalf("mapping %s has no row for %s", m, key)
	}
	return found
}

// Two people look at the same row; the second one's decision must not pass as if nothing
// had happened, whichever way either of them decides.
func TestTwoDecideTheSameRow(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	if _, err := h.app.Match(t.Context(), h.name); err != nil {
		t.Fatal(err)
	}
	views, err := h.app.Mappings(t.Context(), h.name)
	if err != nil {
		t.Fatal(err)
	}
	for i, first := range []bool{true, false} {
		shown := views[0].Rows[i]
		ctx := t.Context()
		if _, err := h.app.DecideRow(ctx, h.name, "product", shown.Key, RowDecision{Approve: first, Row: &shown.Row, By: dana}); err != nil {
			t.Fatal(err)
		}
		for _, second := range []bool{true, false} {
			_, err := h.app.DecideRow(ctx, h.name, "product", shown.Key, RowDecision{Approve: second, Row: &shown.Row, By: "Kim Lee"})
			if !errors.Is(err, ErrMoved) {
				t.Errorf("approve %v after %v: got %v, want ErrMoved", second, first, err)
			}
		}
		want := mapping.Rejected
		if first {
			want = mapping.Approved
		}
		if got := h.row("product", shown.Key[0]); got.State != want || got.By != dana {
			t.Errorf("after both: %s by %s, want %s by %s", got.State, got.By, want, dana)
		}
	}
	none := ""
	shown := views[0].Rows[2]
	if _, err := h.app.DecideRow(t.Context(), h.name, "product", shown.Key, RowDecision{Approve: true, Row: &none, By: dana}); !errors.Is(err, ErrMoved) {
		t.Errorf("deciding an open key that has a row by now: got %v, want ErrMoved", err)
	}
}

func TestUndoRow(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	if _, err := h.app.Match(t.Context(), h.name); err != nil {
		t.Fatal(err)
	}
	views, err := h.app.Mappings(t.Context(), h.name)
	if err != nil {
		t.Fatal(err)
	}
	key := views[0].Rows[0].Key
	done, err := h.app.DecideRow(t.Context(), h.name, "product", key, RowDecision{Approve: true, By: dana})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.app.UndoRow(t.Context(), h.name, "product", key, "0", dana); !errors.Is(err, ErrMoved) {
		t.Errorf("undo of what was not shown: got %v, want ErrMoved", err)
	}
	back, err := h.app.UndoRow(t.Context(), h.name, "product", key, done.Row, dana)
	if err != nil {
		t.Fatal(err)
	}
	if back.State != mapping.Proposed || back.Code != done.Code {
		t.Errorf("after undo: %s %s, want proposed %s", back.State, back.Code, done.Code)
	}
	if _, err := h.app.UndoRow(t.Context(), h.name, "product", key, back.Row, dana); !errors.Is(err, mapping.ErrNothing) {
		t.Errorf("undo of nothing: got %v, want ErrNothing", err)
	}
}

// What the matcher saw stays on the page after a decision: the next candidates, and keys
// that are values get every live record to choose from.
func TestCandidatesStay(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	before, err := h.app.Mappings(t.Context(), h.name)
	if err != nil {
		t.Fatal(err)
	}
	if !before[0].Compared.IsZero() {
		t.Error("nothing was compared yet")
	}
	if _, err := h.app.Match(t.Context(), h.name); err != nil {
		t.Fatal(err)
	}
	h.win(3)
	h.drive()
	calls := h.seen.Calls("*")
	views, err := h.app.Mappings(t.Context(), h.name)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.seen.Calls("*"); got != calls {
		t.Errorf("looking at the rows made %d calls", got-calls)
	}
	near, runs := 0, 0
	for _, r := range views[0].Rows {
		near, runs = near+len(r.Candidates), runs+r.Runs
	}
	if near == 0 || runs == 0 {
		t.Errorf("product rows: %d candidates, %d waiting runs; want some of both", near, runs)
	}
	if len(views[1].Open) == 0 || len(views[1].Open[0].Candidates) < 2 || views[1].Open[0].Runs == 0 {
		t.Errorf("tax: got %+v, want open keys with rates to choose from", views[1].Open)
	}
	if views[1].Records || !views[0].Records {
		t.Error("products are records, countries are values")
	}
}

// Deciding costs few calls: the vendor's allowance is for invoices. What was created a
// moment ago can be chosen all the same.
func TestDecidingIsCheap(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	before := h.seen.Calls("GET /api.xro/*")
	h.mapped()
	if got := h.seen.Calls("GET /api.xro/*") - before; got > 2 {
		t.Errorf("%d rows took %d calls to Xero, want one for items and one for rates", len(h.company.Products)+len(h.company.Taxes), got)
	}
	looked := h.seen.Calls("GET /api.xro/2.0/Items")
	to := RowDecision{Approve: true, To: "MADE-A-MOMENT-AGO", By: dana}
	if _, err := h.app.DecideRow(t.Context(), h.name, "product", []string{h.company.Products[0].Product}, to); err == nil {
		t.Error("an item that does not exist was chosen")
	}
	if h.seen.Calls("GET /api.xro/2.0/Items") == looked {
		t.Error("a code that was not there a moment ago was not looked for again")
	}
}

// What is accepted together is what somebody saw: no row more, and none that has moved.
func TestApproveExactWhatWasShown(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	ctx := t.Context()
	views, err := h.app.Match(ctx, h.name)
	if err != nil {
		t.Fatal(err)
	}
	seen := Shown{}
	var first RowView
	for _, r := range views[0].Rows {
		if r.Sure && len(seen) < 4 {
			seen[mapping.KeyText(r.Key)], first = r.Row, r
		}
	}
	old := Shown{mapping.KeyText(first.Key): "0"}
	if done, err := h.app.ApproveExact(ctx, h.name, "product", old, dana, ""); !errors.Is(err, ErrMoved) || len(done) != 0 {
		t.Errorf("a row that was not so: %d approved, %v", len(done), err)
	}
	done, err := h.app.ApproveExact(ctx, h.name, "product", seen, dana, "")
	if err != nil || len(done) != 4 {
		t.Fatalf("got %d approved, %v; want the 4 that were shown", len(done), err)
	}
	if _, err := h.app.ApproveExact(ctx, h.name, "product", seen, "Kim Lee", ""); !errors.Is(err, ErrMoved) {
		t.Errorf("the same rows again: got %v, want ErrMoved", err)
	}
	rest, err := h.app.ApproveExact(ctx, h.name, "product", nil, dana, "")
	if err != nil || len(rest) == 0 {
		t.Errorf("all that are left: %d, %v", len(rest), err)
	}
}
