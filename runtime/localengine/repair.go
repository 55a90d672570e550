package localengine

import (
	"context"
	"fmt"
	"strings"

	"github.com/planwright/planwright/runtime/engine"
)

// Word is what a person says about a run, as it goes on record.
type Word struct {
	By  string // never empty
	Why string
	// Allow waives what a held run is held for.
	Allow bool
	// Asked is [engine.Hold.Asked] of the hold that the person saw; "" where nobody can tell. A
	// run that is held for something else by then, or for nothing, is left alone.
	Asked string
}

// Release lets a held run go on by a person's word. allow, when set, waives the hold's
// cause for the rest of the run. It does not drive the run, but wakes who does.
func (e *Engine) Release(ctx context.Context, id, by string, allow bool) error {
	return e.ReleaseFor(ctx, id, Word{By: by, Allow: allow})
}

// ReleaseFor is Release by all that a person says. Who accepts that a plan creates more than
// usual lets every run of it go on that waits for that.
func (e *Engine) ReleaseFor(ctx context.Context, id string, w Word) error {
	r, err := e.heard(id, "release", w)
	if err != nil {
		return err
	}
	if r.state.Hold == nil {
		return fmt.Errorf("release run %s: it is %s, not held", id, r.state.Run)
	}
	if w.Allow && r.state.Hold.Code == engine.HoldAsk {
		return fmt.Errorf("release run %s: it asks a question, and only an answer lets it go on", id)
	}
	if w.Allow && r.state.Hold.Code == engine.HoldUnusual {
		return e.goOn(ctx, r, w)
	}
	rel := engine.Released{By: w.By, Why: w.Why}
	if w.Allow {
		rel.Allow = r.state.Hold.Code
	}
	return r.told(ctx, engine.KindReleased, rel)
}

// Cancel ends a run by a person's word. A run whose last write may have happened cannot be
// cancelled: it must be settled first.
func (e *Engine) Cancel(ctx context.Context, id, by, reason string) error {
	return e.CancelFor(ctx, id, Word{By: by, Why: reason})
}

// CancelFor is Cancel by all that a person says.
func (e *Engine) CancelFor(ctx context.Context, id string, w Word) error {
	r, err := e.heard(id, "cancel", w)
	switch {
	case err != nil:
		return err
	case r.state.Run.Ended():
		return fmt.Errorf("cancel run %s: it is %s", id, r.state.Run)
	case r.state.Unsettled():
		return fmt.Errorf("cancel run %s: a write was sent and its answer is not known yet", id)
	}
	return r.told(ctx, engine.KindFinished, engine.Finished{State: engine.Cancelled, Reason: w.Why, By: w.By})
}

// heard opens the run that a person speaks about.
func (e *Engine) heard(id, verb string, w Word) (*run, error) {
	if strings.TrimSpace(w.By) == "" {
		return nil, fmt.Errorf("%s run %s: a name is needed", verb, id)
	}
	r, err := e.open(id)
	if err != nil {
		return nil, err
	}
	if w.Asked != "" && (r.state.Hold == nil || r.state.Hold.Asked() != w.Asked) {
		return nil, fmt.Errorf("%s run %s: it does not wait for that any more", verb, id)
	}
	return r, nil
}
