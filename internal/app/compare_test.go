package app

import (
	"errors"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/diff"
)

const later = "When an opportunity is closed-won in Salesforce, create an approved invoice with the line items in Xero, due in 14 days."

// TestDifference holds that a new version of an approved plan says what is different, and
// nothing else says so.
func TestDifference(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	first := h.proposed(goal)
	if first.Difference != nil {
		t.Errorf("a first version differs from %s", first.Difference.Approved)
	}
	if d, err := h.app.AgainstApproved(ctx, first.Checked); d != nil || err != nil {
		t.Errorf("against nothing: %v, %v", d, err)
	}
	if _, err := h.app.DecideShown(ctx, first.ID, first.Digest, approval.Approve, dana, "", Begin{}); err != nil {
		t.Fatal(err)
	}
	if d, err := h.app.AgainstApproved(ctx, first.Checked); d != nil || err != nil {
		t.Errorf("against itself: %v, %v", d, err)
	}
	second := h.proposed(later)
	d := second.Difference
	if d == nil || d.Approved != first.ID || d.Same || d.A.Digest != first.Checked.Digest || d.B.Digest != second.Checked.Digest {
		t.Fatalf("the second version differs: %+v", d)
	}
	if !strings.Contains(d.String(), "invoice sets DueDate from another source") || len(d.Remarks) != 0 {
		t.Errorf("it says\n%s", d)
	}
	if v, err := h.app.Proposal(ctx, first.ID); err != nil || v.Difference != nil {
		t.Errorf("the approved one: %+v, %v", v.Difference, err)
	}
	for ref, want := range map[string]string{first.Name: first.Digest, first.ID: first.Digest, second.ID: second.Digest} {
		side, err := h.app.FiledSide(ctx, ref)
		if err != nil || string(side.Plan.Digest()) != want || side.Sheet == nil {
			t.Errorf("%s: %v, %v", ref, side, err)
		}
	}
	if _, err := h.app.FiledSide(ctx, "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("an unknown plan: %v, want ErrNotFound", err)
	}
}

// TestSide reads plans that pass, plans that do not, and what is no plan.
func TestSide(t *testing.T) {
	h := newHouse(t)
	text := h.proposed(goal).YAML
	good, found, err := h.app.Side("good.yaml", []byte(text))
	if err != nil || good.Sheet == nil || len(found) != 0 {
		t.Fatalf("a sound plan: %v, %v, %v", good, found, err)
	}
	bad, found, err := h.app.Side("bad.yaml", []byte(strings.Replace(text, "xero.createInvoices", "xero.inventInvoices", 1)))
	if err != nil || bad.Sheet != nil || !found.HasErrors() || found[0].File != "bad.yaml" {
		t.Fatalf("a plan with a mistake: %v, %v, %v", bad, found, err)
	}
	d := diff.Compare(good, bad)
	if len(d.Remarks) != 1 || !strings.Contains(d.String(), "invoice calls another operation") {
		t.Errorf("compared as it stands:\n%s", d)
	}
	if _, _, err := h.app.Side("no.yaml", []byte("steps: 5")); err == nil {
		t.Error("what is no plan was read")
	}
	for ref, want := range map[string]bool{"-": true, "plan.yaml": true, "./x": true, "closed-won-to-invoice": false, "closed-won-to-invoice@2": false} {
		if IsFile(ref) != want {
			t.Errorf("%s: file %v, want %v", ref, !want, want)
		}
	}
}
