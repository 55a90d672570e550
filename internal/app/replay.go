package app

import (
	"context"
	"fmt"

	"github.com/planwright/planwright/runtime/engine"
)

// ReplayView is one run gone through again, from its record alone.
type ReplayView struct {
	ID      string            `json:"id"`
	Plan    string            `json:"plan"`
	Key     string            `json:"key"`
	Entries int               `json:"entries"` // on record
	Writes  int               `json:"writes"`  // of them, whose bytes came out the same
	Same    bool              `json:"same"`
	Steps   []engine.Replayed `json:"steps,omitempty"`
	// Trouble says why the run could not be gone through: its plan does not pass its check under
	// today's specs, or its record is not one that this program wrote.
	Trouble string `json:"trouble,omitempty"`
}

// Replay goes through a run again, by its id or its event's key, without a network: from the
// record alone the machine must do what is on record, to the byte.
func (a *App) Replay(ctx context.Context, ref string) (ReplayView, error) {
	l, v, err := a.find(ref)
	if err != nil {
		return ReplayView{}, err
	}
	return l.replay(ctx, v)
}

// ReplayAll goes through every run of a plan, or of all plans when the name is empty, and
// hands each to yield, without its steps where it came out the same.
func (a *App) ReplayAll(ctx context.Context, planName string, yield func(ReplayView) error) error {
	l, err := a.open()
	if err != nil {
		return err
	}
	for s, err := range l.engine.Summaries() {
		if err != nil {
			return err
		}
		if planName != "" && s.Plan != planName {
			continue
		}
		if _, pruned, err := l.kept(s.ID); err != nil || pruned {
			if err != nil {
				return err
			}
			continue // there is nothing to go through any more
		}
		v, err := l.replay(ctx, RunView{Summary: s})
		if err != nil {
			return err
		}
		if v.Same {
			v.Steps = nil
		}
		if err := yield(v); err != nil {
			return err
		}
	}
	return nil
}

func (l *live) replay(ctx context.Context, run RunView) (ReplayView, error) {
	out := ReplayView{ID: run.ID, Plan: run.Plan, Key: run.Key}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	entries, err := l.engine.Record(run.ID)
	if err != nil {
		return out, err
	}
	out.Entries = len(entries)
	prog, err := l.Program(run.Digest)
	if err != nil {
		out.Trouble = err.Error()
		return out, nil //nolint:nilerr // it is what the view tells
	}
	if out.Steps, err = prog.Replay(run.ID, entries); err != nil {
		out.Trouble = err.Error()
		return out, nil //nolint:nilerr // it is what the view tells
	}
	for _, s := range out.Steps {
		switch {
		case s.Differs != "":
			out.Trouble = fmt.Sprintf("entry %d (%s %s): %s", s.Entry, s.Kind, s.Path, s.Differs)
		case s.Kind == engine.KindIntent:
			out.Writes++
		}
	}
	out.Same = out.Trouble == ""
	return out, nil
}
