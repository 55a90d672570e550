package mapping

import (
	"errors"
	"fmt"
	"time"
)

// ErrNothing: the last thing said about the key is no decision, so there is none to take back.
var ErrNothing = errors.New("there is no decision to take back")

// undone is the comment of a decision that takes another back.
const undone = "taken back"

// Undo returns the events by which a person takes the last decision about a key back: the
// row that was decided about waits again, proposed by that person, and where the decision had
// replaced or withdrawn an approved row, that one is in use again. Nothing is removed: the
// history says who decided and who took it back. The table is left as it is.
//
// The error is [ErrNothing].
func (t *Table) Undo(key []string, by string, at time.Time) ([]Event, error) {
	rec, ok := t.records[KeyText(key)]
	if !ok {
		return nil, fmt.Errorf("row %s: %w", KeyText(key), ErrNothing)
	}
	n := len(rec.history) - 1
	last, before := rec.history[n], &record{}
	for _, e := range rec.history[:n] {
		if err := before.apply(&e); err != nil {
			return nil, err // unreachable: they were applied before
		}
	}
	var back []Event
	if old := before.approved; old != nil {
		back = []Event{Propose(*old, by, at), Decide(*old, Approved, by, at, undone)}
	}
	switch last.Kind {
	case Withdrawn:
		return back, nil
	case Approved:
		if before.approved == nil {
			back = []Event{Decide(*rec.approved, Withdrawn, by, at, undone)}
		}
		return append(back, Propose(*before.pending, by, at)), nil
	case Rejected:
		return []Event{Propose(*before.pending, by, at)}, nil
	case Proposed:
	}
	return nil, fmt.Errorf("row %s: %w", KeyText(key), ErrNothing)
}
