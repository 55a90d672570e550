package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// ProposalView is a proposal in full, for the person who decides.
type ProposalView struct {
	PlanView
	Goal       string    `json:"goal,omitempty"`
	ProposedBy string    `json:"proposedBy"`
	ProposedAt time.Time `json:"proposedAt"`
	// Checked is the plan under the specs of today; nil when it no longer passes its check,
	// and then Findings say why.
	Checked  *check.Checked `json:"-"`
	Findings diag.List      `json:"findings,omitempty"`
	Sheet    check.Sheet    `json:"sheet"` // as it was filed
	YAML     string         `json:"yaml"`
	// Decidable says that it waits for a decision; InForce that it is the approval under
	// which events start runs, unless it is stale.
	Decidable bool           `json:"decidable"`
	InForce   bool           `json:"inForce"`
	Mappings  []MappingCount `json:"mappings"`
	// Difference is how it differs from the approved plan whose place it would take; nil for a
	// first version, and for what does not wait for a decision.
	Difference *Difference `json:"difference,omitempty"`
	// Tenants are those whose settings the plan was checked against, as they were then.
	Tenants []TenantView `json:"tenants,omitempty"`
}

// MappingCount says how far the decisions about one mapping are.
type MappingCount struct {
	Name     string `json:"name"`
	Approved int    `json:"approved"`
	Waiting  int    `json:"waiting"` // proposed rows and open keys
	Runs     int    `json:"runs"`    // held runs that wait for it
}

// Proposal returns one proposal by its id, or [ErrNotFound].
func (a *App) Proposal(_ context.Context, id string) (ProposalView, error) {
	l, err := a.open()
	if err != nil {
		return ProposalView{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.records.Find(approval.ID(id))
	if !ok {
		return ProposalView{}, notProposed(id)
	}
	v := ProposalView{ProposedBy: r.Proposal.By, ProposedAt: r.Proposal.At, Decidable: r.State == approval.Proposed}
	if v.PlanView, err = l.view(r.Proposal.ID); err != nil {
		return v, err
	}
	v.InForce = l.inForce(r.Proposal)
	p, err := l.parsed(r.Proposal)
	if err != nil {
		return v, err
	}
	v.Goal, v.YAML, v.Tenants = p.Goal, string(p.YAML()), a.Tenants(p)
	// Findings have places: they are those of the text that is shown.
	shown, found := plan.Parse(id, []byte(v.YAML))
	if !found.HasErrors() {
		v.Checked, found = a.judge(shown, l.cat)
	}
	if v.Checked != nil {
		found = append(found, l.concerns(v.Checked)...)
	}
	v.Findings = found
	if len(r.Proposal.Sheet) > 0 {
		if err := json.Unmarshal(r.Proposal.Sheet, &v.Sheet); err != nil {
			return v, fmt.Errorf("proposal %s: %w", id, err)
		}
	}
	if v.Decidable {
		now, err := l.filed(r.Proposal)
		if err != nil {
			return v, err
		}
		if v.Difference, err = l.against(now); err != nil {
			return v, err
		}
	}
	v.Mappings, err = l.counts(v.Name)
	return v, err
}

// counts says how far the decisions about a plan's mappings are. l.mu is held.
func (l *live) counts(name string) ([]MappingCount, error) {
	views, err := l.mappings(name)
	if err != nil {
		return nil, err
	}
	out := []MappingCount{}
	for _, v := range views {
		c := MappingCount{Name: v.Name, Waiting: v.Waiting(), Runs: v.Runs}
		for _, r := range v.Rows {
			if r.State == "approved" {
				c.Approved++
			}
		}
		out = append(out, c)
	}
	return out, nil
}

// DecideShown is [App.DecideFrom] for a person who looks at the proposal. Approving and rejecting
// are answers to one that waits, revoking to one that is in force: the answer is refused with
// [ErrMoved] when the proposal is not there any more, or its plan is another than the one shown.
func (a *App) DecideShown(ctx context.Context, id, digest string, answer approval.Answer, by, comment string, from Begin) (PlanView, error) {
	l, err := a.open()
	if err != nil {
		return PlanView{}, err
	}
	v, fits, err := l.answerable(id, answer)
	switch {
	case err != nil:
		return v, err
	case v.Digest != digest:
		return v, problem(fmt.Errorf("proposal %s: %w: it is another plan than the one shown", id, ErrMoved), "look at it again")
	case !fits:
		return v, problem(fmt.Errorf("proposal %s: %w: it is %s, by %s", id, ErrMoved, v.State, v.By), "your decision was not recorded")
	}
	out, err := a.DecideFrom(ctx, id, answer == approval.Approve, by, comment, from)
	if errors.Is(err, approval.ErrDecided) || errors.Is(err, approval.ErrOther) {
		return out, problem(fmt.Errorf("proposal %s: %w", id, ErrMoved), "your decision was not recorded; look at it again")
	}
	return out, err
}

// answerable returns a proposal, and whether it is one that the answer can be given to now.
func (l *live) answerable(id string, answer approval.Answer) (PlanView, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.records.Find(approval.ID(id))
	if !ok {
		return PlanView{}, false, notProposed(id)
	}
	v, err := l.view(r.Proposal.ID)
	if answer == approval.Revoke {
		return v, l.inForce(r.Proposal), err
	}
	return v, r.State == approval.Proposed, err
}

// inForce reports whether events start runs under this proposal, unless it is stale. l.mu is held.
func (l *live) inForce(p approval.Proposal) bool {
	cur, ok := l.records.Current(p.Name)
	return ok && cur.Proposal.ID == p.ID
}

func notProposed(id string) error { return fmt.Errorf("proposal %.80q: %w", id, ErrNotFound) }
