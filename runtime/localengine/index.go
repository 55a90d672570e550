package localengine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
)

// known is what the schedule knows of the journal, to tell what somebody else committed (another
// engine on the same journal, for a page) from what this engine did.
type known struct {
	seen     uint64          // everything up to here
	own      map[uint64]bool // and these after it, which this engine committed
	underway int             // entries that this engine is committing
	looked   time.Time       // when the journal was last read for others
}

// others reports whether somebody else committed something, as far as that can be told while
// commits of ours are under way.
func (k *known) others(head uint64, now time.Time) bool {
	for k.own[k.seen+1] {
		k.seen++
		delete(k.own, k.seen)
	}
	unknown := int(head-min(head, k.seen)) - len(k.own)
	return unknown > k.underway || unknown > 0 && (k.underway == 0 || now.Sub(k.looked).Abs() >= time.Second)
}

// follow brings the schedule up to what the journal says. It reads nothing when all that
// happened since was this engine's doing.
func (e *Engine) follow(ctx context.Context) error {
	if err := e.load(ctx); err != nil {
		return err
	}
	head, _ := e.cfg.Journal.Changed()
	now := e.cfg.Now()
	e.mu.Lock()
	seen, others := e.known.seen, e.known.others(head, now)
	if others {
		e.known.looked = now
	}
	e.mu.Unlock()
	if !others {
		return nil
	}
	moved := map[string]uint64{}
	for entry, err := range e.cfg.Journal.Entries(seen) {
		if err != nil {
			return err
		}
		seen = entry.Seq
		if id, ok := strings.CutPrefix(entry.Stream, stream("")); ok {
			moved[id] = entry.Index
		}
	}
	for id, entries := range moved {
		if err := e.reread(id, entries); err != nil {
			return err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for seq := range e.known.own {
		if seq <= seen {
			delete(e.known.own, seq)
		}
	}
	e.known.seen = max(e.known.seen, seen)
	return nil
}

// reread notes how a run stands that has so many entries, if that is news. One that is being
// driven is read when that ends, if anybody else had a word in it.
func (e *Engine) reread(id string, entries uint64) error {
	e.mu.Lock()
	st := e.runs.open[id]
	known := st != nil && (st.place == busy || st.entries >= entries)
	e.mu.Unlock()
	if known {
		return nil
	}
	s, err := e.Summary(id)
	if err != nil || st == nil && s.State.Ended() {
		return err
	}
	r, err := e.open(id)
	if err != nil {
		return err
	}
	e.put(r)
	return nil
}

// load makes the schedule from the journal, once.
func (e *Engine) load(ctx context.Context) error {
	e.mu.Lock()
	loaded := e.runs != nil
	e.mu.Unlock()
	if loaded {
		return nil
	}
	head, _ := e.cfg.Journal.Changed()
	if err := e.list(ctx); err != nil {
		return err
	}
	runs := newSchedule()
	for l, err := range e.lines(openRuns) {
		if err != nil {
			return err
		}
		s, err := e.Summary(l.id)
		if err != nil {
			return err
		}
		entries := uint64(0) // at rest: its summary is as new as its record
		if s.State == engine.Running {
			r, err := e.open(l.id)
			if err != nil {
				return err
			}
			s, entries = r.summary(), r.index
		}
		runs.put(s, entries, e.goesAlone(s.Digest))
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.runs == nil {
		e.runs, e.known.seen, e.known.own = runs, head, map[uint64]bool{}
	}
	return nil
}

func (e *Engine) setPairs(ctx context.Context, set []journal.Pair) error {
	_, err := e.cfg.Journal.Commit(ctx, journal.Batch{Set: set})
	return err
}

// put notes how a run stands.
func (e *Engine) put(r *run) {
	s := r.summary()
	alone := !s.State.Ended() && e.goesAlone(s.Digest)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.runs != nil {
		e.runs.put(s, r.index, alone)
	}
}

// begun notes runs that were just admitted.
func (e *Engine) begun(started []Summary) {
	for _, s := range started {
		alone := e.goesAlone(s.Digest)
		e.mu.Lock()
		if e.runs != nil {
			e.runs.put(s, 1, alone)
		}
		e.mu.Unlock()
	}
}

// committing notes that so many entries of this engine are on their way.
func (e *Engine) committing(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.known.underway += n
}

// committed notes what became of so many entries: none, if the commit failed.
func (e *Engine) committed(n int, entries []journal.Entry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.known.underway -= n
	for i := range entries {
		if seq := entries[i].Seq; e.runs != nil && seq > e.known.seen {
			e.known.own[seq] = true
		}
	}
}

func (e *Engine) next() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.runs.next(e.cfg.Now())
}

func (e *Engine) wakes() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.runs.wakes()
}

// recheck lets the runs go on whose decision has come, and reports whether there are any.
// Nobody is asked under the lock: who answers may hold one of their own.
func (e *Engine) recheck() bool {
	e.mu.Lock()
	asked := e.runs.asked()
	e.mu.Unlock()
	some := false
	for _, st := range asked {
		if !e.releasable(st.Summary) {
			continue
		}
		st.alone = e.goesAlone(st.Digest)
		e.mu.Lock()
		e.runs.release(st)
		e.mu.Unlock()
		some = true
	}
	return some
}

// Summary returns one run as lists show it.
func (e *Engine) Summary(id string) (Summary, error) {
	var s Summary
	raw, ok, err := e.cfg.Journal.Get(stream(id))
	switch {
	case err != nil:
		return s, err
	case !ok:
		return s, fmt.Errorf("%w: %s", ErrNoRun, id)
	}
	return s, json.Unmarshal(raw, &s)
}

// Status counts runs by state.
type Status struct {
	Runs  int                     `json:"runs"`
	State map[engine.RunState]int `json:"states"`
	// Next is when the earliest hold releases itself; zero when none does.
	Next time.Time `json:"next,omitzero"`
}

// Status counts the runs of a plan by state, or of all plans when the name is empty.
func (e *Engine) Status(ctx context.Context, planName string) (Status, error) {
	out := Status{State: map[engine.RunState]int{}}
	if err := e.follow(ctx); err != nil {
		return out, err
	}
	err := e.countLines(func(state engine.RunState, plan string, n int) {
		if planName == "" || plan == planName {
			out.Runs += n
			out.State[state] += n
		}
	})
	if err != nil {
		return out, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, st := range e.runs.open {
		if until := st.until(); !until.IsZero() && (planName == "" || st.Plan == planName) && (out.Next.IsZero() || until.Before(out.Next)) {
			out.Next = until
		}
	}
	return out, nil
}
