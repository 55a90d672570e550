package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/plan"
)

// Recorded is a run's record with what the machine asks for at each entry.
type Recorded struct {
	Run   RunView
	Plan  *plan.Plan
	Steps []RecordedStep
}

// RecordedStep is one entry. Action is what the machine does at that place; at entries that
// are not its doing it says nothing.
type RecordedStep struct {
	engine.Entry
	Action engine.Action
}

// Recorded returns the record of a run, by its id or its event's key. The run must come out
// the same when it is gone through again: what is made of its record is made of what happened.
func (a *App) Recorded(ctx context.Context, ref string) (Recorded, error) {
	l, v, err := a.find(ref)
	if err != nil {
		return Recorded{}, err
	}
	if _, pruned, err := l.kept(v.ID); err != nil || pruned {
		return Recorded{}, errors.Join(err, fmt.Errorf("run %s: its details were pruned", v.ID))
	}
	again, err := l.replay(ctx, v)
	if err != nil {
		return Recorded{}, err
	}
	if !again.Same {
		return Recorded{}, problem(fmt.Errorf("run %s does not come out the same: %s", v.ID, again.Trouble), "planwright runs replay "+v.ID)
	}
	prog, err := l.Program(v.Digest)
	if err != nil {
		return Recorded{}, err
	}
	entries, err := l.engine.Record(v.ID)
	if err != nil {
		return Recorded{}, err
	}
	s, err := engine.Fold(nil)
	if err != nil {
		return Recorded{}, err
	}
	out := Recorded{Run: v, Plan: prog.Checked.Plan}
	for _, e := range entries {
		step := RecordedStep{Entry: e}
		if e.Kind == engine.KindAnswered || e.Kind == engine.KindIntent {
			step.Action = prog.Next(s)
		}
		out.Steps = append(out.Steps, step)
		if err := s.Apply(e); err != nil {
			return Recorded{}, err
		}
	}
	return out, nil
}
