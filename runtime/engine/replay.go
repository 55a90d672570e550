package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Replayed is one entry of a run's record, gone through again.
type Replayed struct {
	Entry int       `json:"entry"` // its place in the record, from 1
	At    time.Time `json:"at"`
	Kind  Kind      `json:"kind"`
	Path  string    `json:"path,omitempty"` // step
	// Action is what the machine does at that place; empty where it was not the machine's turn: an answer
	// came, or a person spoke.
	Action ActionKind `json:"action,omitempty"`
	// Differs says in what the action is not the one on record; empty where it is.
	Differs string `json:"differs,omitempty"`
}

// Replay goes through a run's record again, from nothing but the record, and compares at
// each entry what the machine does there with what is on record: the same step, the same
// bytes of every write, the same hold, the same end. It stops at the first difference,
// since nothing after it can be compared. Nothing is sent.
//
// An error is a record that cannot be folded. The run's id is what its keys were derived from.
func (p *Program) Replay(run string, entries []Entry) ([]Replayed, error) {
	s, err := Fold(nil)
	if err != nil {
		return nil, err
	}
	out := make([]Replayed, 0, len(entries))
	for i, e := range entries {
		r := Replayed{Entry: i + 1, At: e.At, Kind: e.Kind}
		if err := p.again(s, run, e, &r); err != nil {
			return out, fmt.Errorf("replay entry %d: %w", i+1, err)
		}
		out = append(out, r)
		if r.Differs != "" {
			return out, nil
		}
		if err := s.Apply(e); err != nil {
			return out, fmt.Errorf("replay entry %d: %w", i+1, err)
		}
	}
	return out, nil
}

// again compares one entry with the action that the state before it leads to.
func (p *Program) again(s *State, run string, e Entry, r *Replayed) error {
	switch e.Kind {
	case KindAnswered:
		var a Answered
		if err := decode(e, &a); err != nil {
			return err
		}
		r.Path = a.Path
		p.turn(s, r, DoRead)
	case KindRows:
		var rows Rows
		if err := decode(e, &rows); err != nil {
			return err
		}
		a := p.turn(s, r, DoRows)
		for _, row := range rows.Rows {
			if r.Differs == "" && !slices.ContainsFunc(a.Rows, row.Equal) {
				r.Differs = fmt.Sprintf("row %s of mapping %s is not asked for", row.Key, row.Mapping)
			}
		}
	case KindIntent:
		var in Intent
		if err := decode(e, &in); err != nil {
			return err
		}
		r.Path = in.Path
		a := p.turn(s, r, DoWrite)
		if r.Differs == "" {
			r.Differs = p.otherRequest(a, s.Started.Tenants[a.Operation.API], run, in)
		}
	case KindOutcome:
		var o WriteOutcome
		if err := decode(e, &o); err != nil {
			return err
		}
		r.Path = o.Path
	case KindHeld:
		var h Hold
		if err := decode(e, &h); err != nil {
			return err
		}
		r.Path = h.Path
		p.heldAgain(s, h, r)
	case KindFinished:
		var f Finished
		if err := decode(e, &f); err != nil {
			return err
		}
		if f.By == "" {
			a := p.turn(s, r, DoFinish)
			r.other("end", f, a.End)
		}
	case KindStarted, KindReleased, KindReplied, KindAdopted: // what happens to a run is not the machine's doing
	}
	return nil
}

// turn asks the machine and notes whether it does that kind of thing at that step.
func (p *Program) turn(s *State, r *Replayed, want ActionKind) Action {
	a := p.Next(s)
	r.Action = a.Kind
	switch {
	case a.Kind != want:
		r.Differs = fmt.Sprintf("the machine would %s at %q", a.Kind, a.Path)
	case r.Path != "" && a.Path != r.Path:
		r.Differs = fmt.Sprintf("the machine would %s at %q, not at %q", a.Kind, a.Path, r.Path)
	}
	return a
}

// otherRequest says in what a write would not be the one that was sent; empty if it is.
func (p *Program) otherRequest(a Action, tenant, run string, in Intent) string {
	req, err := p.Request(a, tenant, run)
	switch {
	case err != nil:
		return "the request cannot be made: " + err.Error()
	case a.Attempt != in.Attempt:
		return fmt.Sprintf("it would be attempt %d, not %d", a.Attempt, in.Attempt)
	case req.Digest() != in.Digest || in.Request.Digest() != in.Digest:
		return "the request would have other bytes"
	case a.Natural != in.Natural:
		return fmt.Sprintf("it would be known as %q, not as %q", a.Natural, in.Natural)
	}
	return ""
}

// heldAgain compares a hold. The machine's own is compared word by word. A host adds holds
// of its own while it carries out an action: that the vendor did not answer, that a day's
// allowance is used up, that rows are missing.
func (p *Program) heldAgain(s *State, h Hold, r *Replayed) {
	a := p.Next(s)
	r.Action = a.Kind
	host := map[ActionKind][]HoldCode{
		DoRead:  {HoldVendor, HoldLimit, HoldData, HoldStale},
		DoWrite: {HoldVendor, HoldData, HoldStale, HoldLimit, HoldUnknown, HoldUnusual, HoldRestored},
		DoRows:  {HoldUnmapped},
	}
	switch {
	case a.Kind == DoHold:
		r.other("hold", h, a.Hold)
	case h.Code == HoldStale && h.Path == "": // the plan cannot run as approved
	case !slices.Contains(host[a.Kind], h.Code):
		r.Differs = fmt.Sprintf("the machine would %s at %q", a.Kind, a.Path)
	case a.Path != h.Path:
		r.Differs = fmt.Sprintf("the machine would %s at %q, not at %q", a.Kind, a.Path, h.Path)
	}
}

// other compares two values by what they say in JSON.
func (r *Replayed) other(what string, recorded, now any) {
	if r.Differs != "" {
		return
	}
	x, err := json.Marshal(recorded)
	y, err2 := json.Marshal(now)
	if err != nil || err2 != nil || !bytes.Equal(x, y) {
		r.Differs = fmt.Sprintf("another %s: recorded %s, now %s", what, x, y)
	}
}
