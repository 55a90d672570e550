package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
)

// Retry lets a held run go on by a person's word; allow accepts what it is held for.
func (a *App) Retry(ctx context.Context, ref, by string, allow bool) error {
	return a.RetryFor(ctx, ref, localengine.Word{By: by, Allow: allow})
}

// RetryFor is Retry by all that a person says. The run goes on where it stood: what was
// written is not written again.
func (a *App) RetryFor(ctx context.Context, ref string, w localengine.Word) error {
	l, v, err := a.find(ref)
	if err != nil {
		return err
	}
	return l.engine.ReleaseFor(ctx, v.ID, w)
}

// Cancel ends a run by a person's word.
func (a *App) Cancel(ctx context.Context, ref, by, reason string) error {
	l, v, err := a.find(ref)
	if err != nil {
		return err
	}
	return l.engine.Cancel(ctx, v.ID, by, reason)
}

// Pick says which held runs a repair in bulk is for. Empty members match all.
type Pick struct {
	Code engine.HoldCode
	Plan string
	// Older leaves out what has been held for less than this.
	Older time.Duration
}

// Repair is what a repair in bulk would do, or did.
type Repair struct {
	Action string                  `json:"action"` // "retry" or "cancel"
	Count  int                     `json:"count"`
	Codes  map[engine.HoldCode]int `json:"codes"`
	// Examples are some of the runs, those held longest first.
	Examples []RunView `json:"examples"`
	// Confirmed says that somebody agreed; until then nothing is done.
	Confirmed bool `json:"confirmed"`
	// Done are the runs that were repaired; Left those that were left alone, and why.
	Done []string `json:"done"`
	Left []Left   `json:"left"`

	asked map[string]string // of the hold that was shown, by run
	order []string
}

// Left is a run that a repair in bulk left alone.
type Left struct {
	Run string `json:"run"`
	Why string `json:"why"`
}

// The closed list of repairs in bulk.
const (
	RepairRetry  = "retry"
	RepairCancel = "cancel"
)

// maxExamples bounds how many runs of a repair in bulk are shown.
const maxExamples = 5

// PlanRepair says which runs a repair in bulk is for. Nothing is changed.
func (a *App) PlanRepair(action string, pick Pick) (*Repair, error) {
	held, err := a.Runs(engine.Held, pick.Plan)
	if err != nil {
		return nil, err
	}
	before := a.cfg.Now().Add(-pick.Older)
	held = slices.DeleteFunc(held, func(v RunView) bool {
		return pick.Code != "" && v.Hold.Code != pick.Code || v.Updated.After(before)
	})
	slices.SortFunc(held, func(x, y RunView) int { return cmp.Or(x.Updated.Compare(y.Updated), cmp.Compare(x.ID, y.ID)) })
	r := &Repair{
		Action: action, Count: len(held), Codes: map[engine.HoldCode]int{}, Examples: held[:min(len(held), maxExamples)],
		Done: []string{}, Left: []Left{}, asked: map[string]string{},
	}
	l, err := a.open()
	if err != nil {
		return nil, err
	}
	for _, v := range held {
		s, err := l.engine.Summary(v.ID) // the hold as it is on record, not as it is shown
		if err != nil {
			return nil, err
		}
		if s.Hold == nil {
			continue
		}
		r.Codes[s.Hold.Code]++
		r.asked[v.ID], r.order = s.Hold.Asked(), append(r.order, v.ID)
	}
	return r, nil
}

// DoRepair carries a repair in bulk out, run by run, each with an entry of its own. A run that
// stands elsewhere by now than when it was shown is left alone. progress hears how many are
// behind it.
func (a *App) DoRepair(ctx context.Context, r *Repair, w localengine.Word, progress func(done int)) error {
	l, err := a.open()
	if err != nil {
		return err
	}
	do := l.engine.ReleaseFor
	if r.Action == RepairCancel {
		do = l.engine.CancelFor
		if w.Why == "" {
			return problem(errors.New("cancel: a reason is needed"), `add --reason "why"`)
		}
	}
	r.Confirmed = true
	for i, id := range r.order {
		if err := ctx.Err(); err != nil {
			return err
		}
		w.Asked = r.asked[id]
		if err := do(ctx, id, w); err != nil {
			r.Left = append(r.Left, Left{id, err.Error()})
		} else {
			r.Done = append(r.Done, id)
		}
		progress(i + 1)
	}
	return nil
}

// whoMay says who knows what is right where a run is held; "" where time alone releases it.
func whoMay(h *engine.Hold) string {
	if h == nil || !h.Until.IsZero() {
		return ""
	}
	switch h.Code {
	case engine.HoldUnmapped, engine.HoldAmount, engine.HoldUnusual, engine.HoldUnknown, engine.HoldRestored:
		return "finance"
	case engine.HoldAssert, engine.HoldData, engine.HoldAsk:
		return "finance or RevOps, who know the record"
	case engine.HoldStale:
		return "whoever approves plans"
	case engine.HoldPerson:
		return "RevOps, or an admin at the vendor"
	case engine.HoldLimit, engine.HoldVendor, engine.HoldLate, engine.HoldWaiting:
	}
	return ""
}

// reason is what a person said why, as it is told after their name.
func reason(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}
