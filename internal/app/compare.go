package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/diff"
	"github.com/planwright/planwright/runtime/plan"
)

// IsFile reports whether a reference to a plan means a file: it is "-", or has a dot or a
// slash. Anything else names a plan, or a proposal of it.
func IsFile(ref string) bool { return ref == "-" || strings.ContainsAny(ref, "./\\") }

// Side reads a plan to compare. A plan that does not pass its check is compared, too, as far
// as that goes; the list says what the check found. Only a text that is no plan is an error.
func (a *App) Side(file string, data []byte) (diff.Side, diag.List, error) {
	p, found := plan.Parse(file, data)
	if err := found.Err(); err != nil {
		return diff.Side{}, nil, err
	}
	cat, err := a.Catalog()
	if err != nil {
		return diff.Side{}, nil, err
	}
	checked, more := check.Check(p, cat)
	for i := range more {
		more[i].File = file
	}
	if checked == nil {
		return diff.Side{Plan: p}, more, nil
	}
	return diff.Of(checked), more, nil
}

// FiledSide returns a plan that was proposed, for comparing: by the ID of the proposal, or by
// the plan's name, which means the approved one, else the one that waits for a decision. What
// it may do is what was on its permission sheet.
func (a *App) FiledSide(_ context.Context, ref string) (diff.Side, error) {
	l, err := a.open()
	if err != nil {
		return diff.Side{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if r, ok := l.records.Find(approval.ID(ref)); ok {
		return l.filed(r.Proposal)
	}
	if cur, ok := l.records.Current(ref); ok {
		return l.filed(cur.Proposal)
	}
	if open, ok := l.records.Open(ref); ok {
		return l.filed(open)
	}
	return diff.Side{}, problem(fmt.Errorf("plan %.80q: %w", ref, ErrNotFound), "planwright plans lists what is proposed and approved; a file has a dot or a slash in its name")
}

// filed takes a proposal as it was filed. l.mu is held.
func (l *live) filed(p approval.Proposal) (diff.Side, error) {
	parsed, err := l.parsed(p)
	if err != nil {
		return diff.Side{}, err
	}
	side := diff.Side{Plan: parsed}
	if len(p.Sheet) > 0 {
		side.Sheet = new(check.Sheet)
		if err := json.Unmarshal(p.Sheet, side.Sheet); err != nil {
			return side, fmt.Errorf("proposal %s: %w", p.ID, err)
		}
	}
	return side, nil
}

// Difference is what a plan would change that takes the place of an approved one.
type Difference struct {
	Approved string `json:"approved"` // the ID of the approved proposal
	diff.Diff
}

// AgainstApproved says how a plan differs from the approved one of its name; nil when there
// is none, or it is the same.
func (a *App) AgainstApproved(_ context.Context, checked *check.Checked) (*Difference, error) {
	l, err := a.open()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.against(diff.Of(checked))
}

// against compares a plan with the approved one of its name. l.mu is held.
func (l *live) against(now diff.Side) (*Difference, error) {
	cur, ok := l.records.Current(now.Plan.Name)
	if !ok || cur.Proposal.Digest == now.Plan.Digest() {
		return nil, nil
	}
	was, err := l.filed(cur.Proposal)
	if err != nil {
		return nil, err
	}
	return &Difference{Approved: string(cur.Proposal.ID), Diff: diff.Compare(was, now)}, nil
}
