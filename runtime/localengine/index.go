package localengine

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
)

// Of each run the journal keeps, besides its entries, two pairs: its summary under its
// stream's name, and where it stands in the list of runs. The list's keys sort newest first
// and its values are short, so that reading all of it is cheap:
//
//	newest/<2^64 - nanoseconds of its begin, 16 hex digits>/<run> → <state> <plan>
//
// Both follow from the entries. A journal of an earlier version of this program, which has
// runs and no list, gets one when it is first opened.
const (
	newest  = "newest/"
	listing = "listing" // is there while the list is being made
)

// listKey is where a run stands in the list.
func listKey(begun time.Time, id string) string {
	return fmt.Sprintf("%s%016x/%s", newest, ^uint64(begun.UnixNano()), id)
}

func (s Summary) listed() journal.Pair {
	return journal.Pair{Key: listKey(s.Begun, s.ID), Value: []byte(string(s.State) + " " + s.Plan)}
}

// line is one run in the list.
type line struct {
	key, id string
	state   engine.RunState
	plan    string
}

// lines reads the list from after a key on; "" is its beginning.
func (e *Engine) lines(after string) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		for p, err := range e.cfg.Journal.PairsAfter(newest, after) {
			_, id, _ := strings.Cut(strings.TrimPrefix(p.Key, newest), "/")
			state, planName, _ := strings.Cut(string(p.Value), " ")
			if !yield(line{key: p.Key, id: id, state: engine.RunState(state), plan: planName}, err) || err != nil {
				return
			}
		}
	}
}

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
	for l, err := range e.lines("") {
		if err != nil {
			return err
		}
		if l.state.Ended() {
			continue
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

// list makes the list of a journal that has none, or half of one.
func (e *Engine) list(ctx context.Context) error {
	_, half, err := e.cfg.Journal.Get(listing)
	if err != nil {
		return err
	}
	for _, err := range e.lines("") {
		if err != nil || !half {
			return err
		}
		break
	}
	var set []journal.Pair
	for s, err := range e.Summaries() {
		if err != nil {
			return err
		}
		if !s.State.Ended() { // what it commits next goes by the time in its record
			r, err := e.open(s.ID)
			if err != nil {
				return err
			}
			s = r.summary()
		}
		set = append(set, s.pair(), s.listed())
		if len(set) >= 2000 {
			if err := e.setPairs(ctx, append(set, journal.Pair{Key: listing, Value: []byte("1")})); err != nil {
				return err
			}
			set, half = nil, true
		}
	}
	if len(set) == 0 && !half {
		return nil
	}
	return e.setPairs(ctx, append(set, journal.Pair{Key: listing}))
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
	for l, err := range e.lines("") {
		if err != nil {
			return out, err
		}
		if planName == "" || l.plan == planName {
			out.Runs++
			out.State[l.state]++
		}
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
