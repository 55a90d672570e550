package app

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/approval"
)

func (h *house) proposed(goal string) ProposalView {
	h.t.Helper()
	d, err := h.app.NewDraft(h.t.Context(), goal, "rules", "planner")
	if err != nil {
		h.t.Fatal(err)
	}
	p, err := h.app.ProposeDraft(h.t.Context(), d.ID, "planner")
	if err != nil {
		h.t.Fatal(err)
	}
	h.name = p.Name
	v, err := h.app.Proposal(h.t.Context(), p.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

func TestProposalInFull(t *testing.T) {
	h := newHouse(t)
	v := h.proposed(goal)
	if v.Goal != goal || !v.Decidable || v.InForce || v.Checked == nil || len(v.Findings) != 0 {
		t.Errorf("got %+v", v)
	}
	if got, want := v.Sheet.String(), v.Checked.Sheet().String(); got != want {
		t.Errorf("sheet as filed:\n%s\nwant:\n%s", got, want)
	}
	if len(v.Mappings) != 2 || !strings.Contains(v.YAML, "createInvoices") {
		t.Errorf("mappings %+v, yaml %d bytes", v.Mappings, len(v.YAML))
	}
	if _, err := h.app.Proposal(t.Context(), "nothing@7"); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown proposal: got %v, want ErrNotFound", err)
	}
}

// A page may be old by the time its button is pressed. Whatever happened meanwhile, the
// decision is refused and nothing is recorded.
func TestDecideWhatWasShown(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	first := h.proposed(goal)
	second := h.proposed("When an opportunity is closed-won in Salesforce, create an approved invoice with the line items in Xero, due in 14 days.")
	decide := func(v ProposalView, digest string, answer approval.Answer) error {
		_, err := h.app.DecideShown(ctx, v.ID, digest, answer, "Kim Lee", "", Begin{})
		return err
	}
	for name, err := range map[string]error{
		"superseded meanwhile": decide(first, first.Digest, approval.Approve),
		"another digest":       decide(second, first.Digest, approval.Approve),
		"no digest":            decide(second, "", approval.Reject),
		"nothing to revoke":    decide(second, second.Digest, approval.Revoke),
	} {
		if !errors.Is(err, ErrMoved) {
			t.Errorf("%s: got %v, want ErrMoved", name, err)
		}
	}
	if _, err := h.app.DecideShown(ctx, second.ID, second.Digest, approval.Approve, dana, "read it", Begin{}); err != nil {
		t.Fatal(err)
	}
	for _, late := range []approval.Answer{approval.Approve, approval.Reject} {
		if err := decide(second, second.Digest, late); !errors.Is(err, ErrMoved) || !strings.Contains(err.Error(), dana) {
			t.Errorf("%s after the approval: got %v, want ErrMoved and who did it", late, err)
		}
	}
	v, err := h.app.Proposal(ctx, second.ID)
	if err != nil || v.State != approval.Approved || v.By != dana || !v.InForce {
		t.Errorf("got %s by %s, %v; want approved by %s", v.State, v.By, err, dana)
	}
	if err := decide(second, second.Digest, approval.Revoke); err != nil {
		t.Errorf("taking the approval back: %v", err)
	}
	if v, err = h.app.Proposal(ctx, second.ID); err != nil || v.State != approval.Rejected || v.InForce {
		t.Errorf("after taking it back: %s, %v", v.State, err)
	}
}

func TestWaiting(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	waiting := func() Waiting {
		t.Helper()
		w, err := h.app.Waiting(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	if w := waiting(); w.Total() != 0 || w.Drafts != 0 {
		t.Errorf("an empty folder: %+v", w)
	}
	if _, err := h.app.NewDraft(ctx, goal, "rules", dana); err != nil {
		t.Fatal(err)
	}
	if w := waiting(); w.Total() != 0 || w.Drafts != 1 {
		t.Errorf("a draft: %+v", w)
	}
	v := h.proposed(goal)
	if w := waiting(); len(w.Proposals) != 1 || w.Proposals[0].ID != v.ID {
		t.Errorf("a proposal: %+v", w)
	}
	if _, err := h.app.DecideShown(ctx, v.ID, v.Digest, approval.Approve, dana, "", Begin{}); err != nil {
		t.Fatal(err)
	}
	h.win(4)
	h.drive()
	w := waiting()
	if len(w.Proposals) != 0 || len(w.Held) != 0 || len(w.Mappings) != 2 || w.Mappings[0].Runs == 0 || w.Mappings[0].Runs > 4 {
		t.Errorf("runs wait for rows: %+v", w)
	}
	if _, err := h.app.DecideShown(ctx, v.ID, v.Digest, approval.Revoke, dana, "not yet", Begin{}); err != nil {
		t.Fatal(err)
	}
	if w := waiting(); len(w.Held) != 4 || len(w.Mappings) != 0 {
		t.Errorf("runs of a plan that was taken back are for nobody: %+v", w)
	}
	v = h.proposed(goal)
	if _, err := h.app.DecideShown(ctx, v.ID, v.Digest, approval.Approve, dana, "", Begin{}); err != nil {
		t.Fatal(err)
	}
	h.mapped()
	deal := h.company.Awkward["no account"]
	h.win(0)
	if err := h.sf.CloseWon(deal); err != nil {
		t.Fatal(err)
	}
	h.drive()
	if w = waiting(); len(w.Held) != 1 || len(w.Mappings) != 0 || w.Total() != 1 {
		t.Errorf("a run waits for a person: %+v", w)
	}
}

// A list of runs speaks of deals and products by their names.
func TestRunsAreNamed(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	deal := h.win(1)[0]
	h.drive()
	record, _ := h.sf.Get("Opportunity", deal)
	held := h.run(fmt.Sprint(record["Id"]))
	if held.Label != record["Name"] {
		t.Errorf("the run is called %q, the deal %q", held.Label, record["Name"])
	}
	if _, err := h.app.Match(t.Context(), h.name); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"after a comparison", "after a restart"} {
		why := h.run(fmt.Sprint(record["Id"])).Why()
		if strings.Contains(why, "01t") {
			t.Errorf("%s the hold names a product by its id: %s", when, why)
		}
		h.reopen(nil)
	}
}

// A plan is named by its name even where a file of that name lies about.
func TestFileNamedLikeAPlan(t *testing.T) {
	h := newHouse(t)
	v := h.proposed(goal)
	t.Chdir(t.TempDir())
	if err := os.WriteFile(v.Name, []byte("name: another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.app.Mappings(t.Context(), v.Name); err != nil {
		t.Errorf("the file was read in the plan's place: %v", err)
	}
}

// TestDecideByID: the ID of a version means that version and no other.
func TestDecideByID(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	file := h.propose(invoicing)
	if _, err := h.app.Decide(ctx, invoicing+"@7", true, dana, ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("approving a version that there is not: got %v, want ErrNotFound", err)
	}
	first, err := h.app.Decide(ctx, file, true, dana, "")
	h.must(err)
	if _, err := h.app.Decide(ctx, invoicing+"@7", false, dana, ""); !errors.Is(err, ErrNotFound) {
		t.Errorf("rejecting a version that there is not: got %v, want ErrNotFound", err)
	}
	h.propose(invoicing, "${opportunity.IsWon}", "${opportunity.IsClosed}")
	if v, err := h.app.Decide(ctx, first.ID, false, dana, ""); err != nil || v.ID != first.ID || v.State != approval.Rejected {
		t.Errorf("rejecting the version in force gave %+v, %v", v, err)
	}
}
