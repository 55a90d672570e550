package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
)

// Ahead says that a vendor has what a run was to make, and that no run of this journal made
// it: the journal is an older copy whose head went back with it, or another one is at work.
type Ahead struct {
	localengine.Foreign
	At time.Time `json:"at"`
}

// Error implements error.
func (e *Ahead) Error() string {
	return fmt.Sprintf("the vendor is ahead of the journal: %s has %s %s just as plan %s makes it, and no run of this journal made it",
		apiOf(e.Object), e.Object[len(apiOf(e.Object))+1:], e.Natural, e.Plan)
}

// howOn says how to go on from there.
const howOn = "put the newest journal.db back; if this is the newest: planwright journal recover --accept-loss --by NAME (docs/operations.md)"

// found judges what a run found in place of what it was to make. Unless another run of this
// journal made it, nothing is written from now on, also after a restart, until a person has
// decided.
func (l *live) found(ctx context.Context, f localengine.Foreign) error {
	if l.restored.Load() || l.ahead.Load() != nil {
		return nil //nolint:nilerr // it is known already
	}
	known, err := l.knows(ctx, f)
	if known || err != nil {
		return err
	}
	found := &Ahead{Foreign: f, At: l.app.cfg.Now().UTC()}
	if err := l.app.note(ctx, l.journal, kindAhead, found); err != nil {
		return err
	}
	l.ahead.Store(found)
	l.app.cfg.Log.Error("nothing is written any more", "err", found, "next", howOn)
	return nil
}

// knows reports whether another run sent what has that key.
func (l *live) knows(ctx context.Context, f localengine.Foreign) (bool, error) {
	for s, err := range l.engine.Summaries() {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return false, err
		}
		if s.ID == f.Run {
			continue
		}
		sent, err := l.sent(s.ID)
		if err != nil {
			return false, err
		}
		for _, w := range sent {
			op, ok := l.cat.Operation(w.Operation)
			if ok && op.Entity == f.Object && w.Natural == f.Natural {
				return true, nil
			}
		}
	}
	return false, nil
}

// sent lists what a run wrote, whether its details are still there or not.
func (l *live) sent(id string) ([]ledgerWrite, error) {
	facts, pruned, err := l.kept(id)
	if err == nil && !pruned {
		facts, err = l.ledger(id)
	}
	return facts.Writes, err
}

// behind says why nothing may be written, "" when it may.
func (l *live) behind() string {
	found := l.ahead.Load()
	if found == nil {
		return ""
	}
	return found.Error() + "; " + howOn
}

// current confirms that nothing speaks against the journal.
func (l *live) current() error {
	if found := l.ahead.Load(); found != nil {
		return problem(found, howOn)
	}
	return nil
}

// free lets the runs go on that were held because the vendor was ahead.
func (l *live) free(ctx context.Context) error {
	var held []string
	for s, err := range l.engine.Summaries() {
		if err != nil {
			return err
		}
		if s.Hold != nil && s.Hold.Code == engine.HoldRestored {
			held = append(held, s.ID)
		}
	}
	for _, id := range held {
		if err := l.engine.Release(ctx, id, engine.ByDecision, false); err != nil {
			return err
		}
	}
	return nil
}

func (l *live) loadAhead(data json.RawMessage) error {
	var found Ahead
	if err := json.Unmarshal(data, &found); err != nil {
		return fmt.Errorf("open: %w", err)
	}
	l.ahead.Store(&found)
	return nil
}
