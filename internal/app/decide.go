package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/trigger"
)

// PlanView is a proposal as people see it.
type PlanView struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Digest  string         `json:"digest"`
	State   approval.State `json:"state"`
	By      string         `json:"by"` // who proposed it, or who decided
	At      time.Time      `json:"at"`
	Comment string         `json:"comment,omitempty"`
	Stale   []string       `json:"stale,omitempty"` // why an approval does not hold
	// Concerns are what a person should know who proposes or approves it; set by those two.
	Concerns diag.List `json:"concerns,omitempty"`
}

// Propose lays a checked plan before a person. A plan that is proposed or approved already,
// byte for byte, is returned as it stands.
func (a *App) Propose(ctx context.Context, checked *check.Checked, by string) (PlanView, error) {
	l, err := a.open()
	if err != nil {
		return PlanView{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	name := checked.Plan.Name
	if open, ok := l.records.Open(name); ok && open.Digest == checked.Digest {
		return l.view(open.ID)
	}
	if cur, ok := l.records.Current(name); ok && cur.Proposal.Digest == checked.Digest {
		if v, err := l.view(cur.Proposal.ID); err != nil || v.State == approval.Approved {
			return v, err
		}
	}
	sheet, err := json.Marshal(checked.Sheet())
	if err != nil {
		return PlanView{}, err
	}
	p, draft, err := l.records.Propose(approval.New(checked.Plan, sheet, by, a.cfg.Now()))
	if err != nil {
		return PlanView{}, err
	}
	if err := l.file(ctx, draft); err != nil {
		return PlanView{}, err
	}
	v, err := l.view(p.ID)
	v.Concerns = l.concerns(checked)
	return v, err
}

// Decide records a person's answer to a proposal: its ID, the plan's name, or the file the
// plan is in. What is approved is the digest that was proposed: a file that has changed
// since is refused.
func (a *App) Decide(ctx context.Context, ref string, approve bool, by, comment string) (PlanView, error) {
	return a.DecideFrom(ctx, ref, approve, by, comment, trigger.Begin{})
}

// DecideFrom is Decide that says, too, how an approved plan begins: what becomes of the
// records that qualify now.
func (a *App) DecideFrom(ctx context.Context, ref string, approve bool, by, comment string, from trigger.Begin) (PlanView, error) {
	l, err := a.open()
	if err != nil {
		return PlanView{}, err
	}
	if approve {
		if err := l.begin(ctx, ref, by, from); err != nil {
			return PlanView{}, err
		}
	}
	return l.decide(ctx, ref, approve, by, comment)
}

// begin fixes the starting point of a plan that is about to be approved, before anything is
// decided: what qualifies now is left alone. Without a vendor to ask there is no starting
// point, and then no approval: an old deal that somebody touches later would look new.
func (l *live) begin(ctx context.Context, ref, by string, from trigger.Begin) error {
	checked, open, first, err := l.mayBegin(ref, by)
	if err != nil {
		return err
	}
	if err := l.connected(checked.Plan); err != nil {
		return err
	}
	if from.How == trigger.StartBackfill && from.Since.IsZero() {
		return problem(fmt.Errorf("plan %s: a backfill needs the day since when", open.Name), "add --since 2026-10-01")
	}
	tenants := map[string]string{}
	for api := range checked.Plan.APIs {
		if t := l.Tenant(api); t != "" {
			tenants[api] = t
		}
	}
	return unreachable(l.poller.Baseline(ctx, trigger.Watch{
		Checked: checked, Approval: string(open.ID), Since: l.app.cfg.Now(), First: first, Begin: from, Tenants: tenants,
	}))
}

// mayBegin refuses what cannot be approved before anything is fixed for it: what was left
// alone under a condition that never came to count would be forgotten. first is whether no
// version of the plan was approved yet.
func (l *live) mayBegin(ref, by string) (checked *check.Checked, open approval.Proposal, first bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if open, err = l.openProposal(ref); err != nil {
		return nil, open, false, err
	}
	if checked, err = l.judgeAgain(open); err != nil {
		return nil, open, false, err
	}
	_, err = l.records.Decide(approval.Decision{Proposal: open.ID, Answer: approval.Approve, Digest: open.Digest, By: by, At: l.app.cfg.Now()})
	return checked, open, l.firstApproval(open.Name), err
}

// firstApproval reports whether no version of a plan was approved yet. l.mu is held.
func (l *live) firstApproval(name string) bool {
	return !slices.ContainsFunc(l.records.Records(), func(r approval.Record) bool {
		return r.Proposal.Name == name && r.Decision != nil && r.Decision.Answer != approval.Reject
	})
}

func (l *live) decide(ctx context.Context, ref string, approve bool, by, comment string) (PlanView, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	answer := approval.Reject
	open, err := l.openProposal(ref)
	if name, _, e := planRef(ref); !approve && e == nil && !errors.Is(err, ErrNotFound) {
		// Nothing is open, or the version in force is named: rejecting takes the approval
		// back. Begun runs hold before their next write.
		if cur, ok := l.records.Current(name); ok && (err != nil || cur.Proposal.ID == approval.ID(ref)) {
			open, answer, err = cur.Proposal, approval.Revoke, nil
		}
	}
	if err != nil {
		return PlanView{}, err
	}
	d := approval.Decision{
		Proposal: open.ID, Answer: answer, Digest: open.Digest, By: by, At: l.app.cfg.Now(), Comment: comment,
	}
	var concerns diag.List
	if approve {
		checked, err := l.judgeAgain(open)
		if err != nil {
			return PlanView{}, err
		}
		concerns = l.concerns(checked)
		f, err := l.facts(open.Name)
		if err != nil {
			return PlanView{}, err
		}
		d.Answer, d.Rows, d.Tenants = approval.Approve, f.Rows, map[string]string{}
		for api := range open.APIs {
			if t, ok := f.Tenants[api]; ok {
				d.Tenants[api] = t
			}
		}
	}
	draft, err := l.records.Decide(d)
	if err != nil {
		return PlanView{}, err
	}
	if err := l.file(ctx, draft); err != nil {
		return PlanView{}, err
	}
	v, err := l.view(open.ID)
	v.Concerns = concerns
	return v, err
}

// judgeAgain checks a proposal against the specs as they are now.
func (l *live) judgeAgain(p approval.Proposal) (*check.Checked, error) {
	parsed, err := l.parsed(p)
	if err != nil {
		return nil, err
	}
	checked, found := l.app.judge(parsed, l.cat)
	if err := found.Err(); err != nil {
		return nil, problem(fmt.Errorf("proposal %s no longer passes its check: %s", p.ID, found.Sorted()[0].Message),
			"mend the plan and propose it again")
	}
	return checked, nil
}

// openProposal finds the proposal that a reference means.
func (l *live) openProposal(ref string) (approval.Proposal, error) {
	if r, ok := l.records.Find(approval.ID(ref)); ok {
		return r.Proposal, nil
	}
	name, want, err := planRef(ref)
	if err != nil {
		return approval.Proposal{}, err
	}
	open, ok := l.records.Open(name)
	switch {
	case want == "" && ref != name: // the ID of a version that there is not
		return open, problem(fmt.Errorf("proposal %.80q: %w", ref, ErrNotFound), "planwright plans lists all")
	case !ok:
		return open, problem(fmt.Errorf("plan %s: nothing is waiting for a decision", name), "planwright propose PLAN; planwright plans lists all")
	case want != "" && want != open.Digest:
		return open, problem(fmt.Errorf("%s is not the plan that was proposed as %s: it has changed since", ref, open.ID),
			"planwright propose "+ref+", then decide on that")
	}
	return open, nil
}

// planRef reads a reference to a plan: a name, or a file, which is known by a dot or a
// slash. The digest is known for a file.
func planRef(ref string) (name string, d plan.Digest, err error) {
	if !strings.ContainsAny(ref, "./\\") {
		name, _, _ = strings.Cut(ref, "@")
		return name, "", nil
	}
	data, err := os.ReadFile(ref)
	if err != nil {
		return "", "", err
	}
	p, found := plan.Parse(ref, data)
	if err := found.Err(); err != nil {
		return "", "", err
	}
	return p.Name, p.Digest(), nil
}

// view returns a proposal as people see it. l.mu is held.
func (l *live) view(id approval.ID) (PlanView, error) {
	r, ok := l.records.Find(id)
	if !ok {
		return PlanView{}, fmt.Errorf("%w: %s", approval.ErrUnknown, id)
	}
	v := PlanView{
		ID: string(id), Name: r.Proposal.Name, Digest: string(r.Proposal.Digest), State: r.State, By: r.Proposal.By, At: r.Proposal.At,
	}
	if r.Decision != nil {
		v.By, v.At, v.Comment = r.Decision.By, r.Decision.At, r.Decision.Comment
	}
	if r.State != approval.Approved {
		return v, nil
	}
	f, err := l.facts(v.Name)
	if err != nil {
		return v, err
	}
	for _, reason := range l.reliedOn(approval.Approval{Proposal: r.Proposal, Decision: *r.Decision}).Stale(f) {
		v.State, v.Stale = approval.Stale, append(v.Stale, reason.Text)
	}
	return v, nil
}

// Plans lists all proposals, oldest first.
func (a *App) Plans(context.Context) ([]PlanView, error) {
	l, err := a.open()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	out := []PlanView{}
	for _, r := range l.records.Records() {
		v, err := l.view(r.Proposal.ID)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// Stale says why the approval of a plan does not hold now; nil when it holds or there is none.
func (a *App) Stale(ref string) []string {
	l, name, err := a.proposed(ref)
	if err != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	cur, ok := l.records.Current(name)
	if !ok {
		return nil
	}
	v, err := l.view(cur.Proposal.ID)
	if err != nil {
		return nil
	}
	return v.Stale
}
