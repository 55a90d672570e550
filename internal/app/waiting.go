package app

import (
	"context"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/engine"
)

// Waiting is everything that waits for a person.
type Waiting struct {
	Proposals []PlanView    `json:"proposals"`
	Mappings  []WaitingRows `json:"mappings"`
	// Held are runs that no decision about a row would release.
	Held []RunView `json:"held"`
	// Stale are approvals that do not hold any more: their plans start nothing.
	Stale  []PlanView `json:"stale"`
	Drafts int        `json:"drafts"` // with a plan that was not laid before anybody
}

// WaitingRows is one mapping with something to decide.
type WaitingRows struct {
	Plan string `json:"plan"`
	MappingCount
}

// Total counts what waits.
func (w Waiting) Total() int {
	n := len(w.Proposals) + len(w.Held) + len(w.Stale)
	for _, m := range w.Mappings {
		n += m.Waiting
	}
	return n
}

// Waiting lists what waits for a person, what stops runs first.
func (a *App) Waiting(ctx context.Context) (Waiting, error) {
	out := Waiting{Proposals: []PlanView{}, Mappings: []WaitingRows{}, Held: []RunView{}, Stale: []PlanView{}}
	plans, err := a.Plans(ctx)
	if err != nil {
		return out, err
	}
	names := map[string]bool{}
	for _, p := range plans {
		switch p.State {
		case approval.Proposed:
			out.Proposals = append(out.Proposals, p)
			names[p.Name] = true
		case approval.Stale:
			out.Stale = append(out.Stale, p)
			names[p.Name] = true
		case approval.Approved:
			names[p.Name] = true
		case approval.Rejected, approval.Superseded:
		}
	}
	if err := a.waitingRows(names, &out); err != nil {
		return out, err
	}
	held, err := a.Runs(engine.Held, "")
	if err != nil {
		return out, err
	}
	for _, r := range held {
		if r.Hold == nil || !r.Hold.Until.IsZero() {
			continue
		}
		// A run of a plan whose approval was taken back is released by no row: it is for a person.
		if r.Hold.Code != engine.HoldUnmapped || !names[r.Plan] {
			out.Held = append(out.Held, r)
		}
	}
	drafts, err := a.allKept()
	for _, d := range drafts {
		if d.Plan != "" && d.Proposal == "" {
			out.Drafts++
		}
	}
	return out, err
}

func (a *App) waitingRows(names map[string]bool, out *Waiting) error {
	l, err := a.open()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for name := range names {
		counts, err := l.counts(name)
		if err != nil {
			return err
		}
		for _, c := range counts {
			if c.Waiting > 0 {
				out.Mappings = append(out.Mappings, WaitingRows{Plan: name, MappingCount: c})
			}
		}
	}
	slices.SortFunc(out.Mappings, func(x, y WaitingRows) int {
		if x.Runs != y.Runs {
			return y.Runs - x.Runs
		}
		return strings.Compare(x.Plan+"/"+x.Name, y.Plan+"/"+y.Name)
	})
	return nil
}

// Changed returns the sequence number of the journal's last entry, and a channel that is
// closed when another is committed.
func (a *App) Changed() (uint64, <-chan struct{}, error) {
	j, err := a.Journal()
	if err != nil {
		return 0, nil, err
	}
	seq, next := j.Changed()
	return seq, next, nil
}
