package localengine

import (
	"container/heap"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/plan"
)

// schedule says which runs may go on now, and which of them first. It knows every run that
// has not ended, and nothing of the others, so that a step of it costs the same however many
// runs lie in the journal. It holds no truth: all of it follows from how the runs stand.
//
// Its rules:
//
//  1. A run that is not held may go on; so may one whose hold ends by time, from then on. One
//     that waits for a decision is asked about (see [Engine.recheck]) whenever there is nothing
//     else to do, and when somebody wakes the engine.
//  2. The oldest goes first.
//  3. Runs of one plan for one record take turns: each reads the record when it begins, so
//     the last to write has read last. One that has written keeps the turn until it ends, also
//     while it waits for a vendor. One that waits for a decision or a day gives it up: a
//     refused write must not keep back everything that happens to the record until somebody
//     looks.
//  4. Runs of a plan that changes what it looks for ([engine.Program.Alone]) go one after
//     the other, whatever their records.
//
// The methods do not lock; the engine does.
type schedule struct {
	open  map[string]*standing
	due   queue            // may go on, unless it is not their turn
	timed queue            // by when their holds end
	turns map[string]*turn // by plan and record
	alone map[string]*turn // by plan
	busy  int              // how many are being driven
}

func newSchedule() *schedule {
	return &schedule{
		open: map[string]*standing{}, turns: map[string]*turn{}, alone: map[string]*turn{},
		due: queue{before: older}, timed: queue{before: func(a, b *standing) bool { return a.until().Before(b.until()) }},
	}
}

// place is where a run that has not ended stands.
type place int

const (
	nowhere place = iota
	due           // it may go on
	busy          // it is being driven
	behind        // it may go on, when it is its turn
	timed         // held until a time
	asking        // held until somebody decides
)

// standing is a run that has not ended, as the journal knew it last.
type standing struct {
	Summary
	entries uint64 // on record, so that what is older is told from what is newer
	alone   bool   // rule 4
	place   place
	in      *queue // where it waits, with its index there
	index   int
}

func (s *standing) until() time.Time {
	if s.Hold == nil {
		return time.Time{}
	}
	return s.Hold.Until
}

// turn is what one run at a time has, and who waits for it.
type turn struct {
	first  *standing
	behind queue
}

// put notes how a run stands after so many entries. Older news than what is known is ignored.
func (q *schedule) put(s Summary, entries uint64, alone bool) {
	st := q.open[s.ID]
	switch {
	case st == nil && s.State.Ended():
		return
	case st == nil:
		st = &standing{Summary: s}
		q.open[s.ID] = st
	case entries < st.entries:
		return
	}
	st.leave()
	st.Summary, st.entries, st.alone = s, entries, alone
	if st.place != busy {
		q.settle(st)
	}
}

// done takes a run back that was being driven. What became of it was put before.
func (q *schedule) done(id string) {
	st := q.open[id]
	if st == nil || st.place != busy {
		return
	}
	q.busy--
	st.place = nowhere
	if t := q.alone[st.Plan]; t != nil && t.first == st {
		t.first = nil
		q.offer(q.alone, st.Plan)
	}
	q.settle(st)
}

// settle finds the place of a run that is not being driven, and passes its turn on.
func (q *schedule) settle(st *standing) {
	about := st.about()
	t := q.turns[about]
	if st.Record != "" {
		if t == nil {
			t = &turn{behind: queue{before: writerFirst}}
			q.turns[about] = t
		}
		switch {
		case t.first == st && !st.KeepsTurn():
			t.first = nil
		case t.first == nil && st.KeepsTurn():
			t.first = st
		}
	}
	switch {
	case st.State.Ended():
		st.place = nowhere
		delete(q.open, st.ID)
	case st.Hold == nil:
		q.wait(&q.due, st, due)
	case !st.Hold.Until.IsZero():
		q.wait(&q.timed, st, timed)
	default:
		st.place = asking
	}
	q.offer(q.turns, about)
}

// offer lets the first of those that wait for a turn try to take it.
func (q *schedule) offer(turns map[string]*turn, name string) {
	t := turns[name]
	if t == nil || t.first != nil {
		return
	}
	if t.behind.Len() == 0 {
		delete(turns, name)
		return
	}
	st := t.behind.list[0]
	st.leave()
	q.wait(&q.due, st, due)
}

func (q *schedule) wait(in *queue, st *standing, at place) {
	st.place = at
	heap.Push(in, st)
}

// next returns the run that goes on first, which is being driven from now on; "" when none
// may.
func (q *schedule) next(now time.Time) string {
	for q.timed.Len() > 0 && !now.Before(q.timed.list[0].until()) {
		st := q.timed.list[0]
		st.leave()
		q.wait(&q.due, st, due)
	}
	for q.due.Len() > 0 {
		st := q.due.list[0]
		st.leave()
		if q.take(st) {
			st.place = busy
			q.busy++
			return st.ID
		}
	}
	return ""
}

// take gives a run the turns it needs, or puts it behind who has one.
func (q *schedule) take(st *standing) bool {
	about := st.about()
	t := q.turns[about]
	if st.Record != "" && t == nil {
		t = &turn{behind: queue{before: writerFirst}}
		q.turns[about] = t
	}
	a := q.alone[st.Plan]
	if st.alone && a == nil {
		a = &turn{behind: queue{before: older}}
		q.alone[st.Plan] = a
	}
	switch {
	case st.Record != "" && t.first != nil && t.first != st:
		q.wait(&t.behind, st, behind)
		if st.alone { // it was perhaps its turn among all of the plan: somebody else's, then
			q.offer(q.alone, st.Plan)
		}
		return false
	case st.alone && a.first != nil:
		q.wait(&a.behind, st, behind)
		return false
	}
	if st.Record != "" {
		t.first = st
	}
	if st.alone {
		a.first = st
	}
	return true
}

// wakes returns when the earliest hold ends by time; zero when none does.
func (q *schedule) wakes() time.Time {
	if q.timed.Len() == 0 {
		return time.Time{}
	}
	return q.timed.list[0].until()
}

// asked returns the runs that wait for a decision.
func (q *schedule) asked() []standing {
	var out []standing
	for _, st := range q.open {
		if st.place == asking {
			out = append(out, *st)
		}
	}
	return out
}

// release lets a run go on that waited for a decision, if nothing has happened to it since.
func (q *schedule) release(was standing) {
	if st := q.open[was.ID]; st != nil && st.place == asking && st.entries == was.entries {
		st.alone = was.alone // its plan can run by now
		q.wait(&q.due, st, due)
	}
}

func older(a, b *standing) bool {
	if c := a.Begun.Compare(b.Begun); c != 0 {
		return c < 0
	}
	return strings.Compare(a.ID, b.ID) < 0
}

// writerFirst orders those who wait for one record: who has written goes on before others
// begin.
func writerFirst(a, b *standing) bool {
	if a.KeepsTurn() != b.KeepsTurn() {
		return a.KeepsTurn()
	}
	return older(a, b)
}

// queue is a heap of runs.
type queue struct {
	list   []*standing
	before func(a, b *standing) bool
}

// leave takes a run out of the queue it waits in.
func (s *standing) leave() {
	if s.in != nil {
		heap.Remove(s.in, s.index)
	}
}

// Len implements [heap.Interface].
func (q *queue) Len() int { return len(q.list) }

// Less implements [heap.Interface].
func (q *queue) Less(i, j int) bool { return q.before(q.list[i], q.list[j]) }

// Swap implements [heap.Interface].
func (q *queue) Swap(i, j int) {
	q.list[i], q.list[j] = q.list[j], q.list[i]
	q.list[i].index, q.list[j].index = i, j
}

// Push implements [heap.Interface].
func (q *queue) Push(x any) {
	st := x.(*standing)
	st.in, st.index = q, len(q.list)
	q.list = append(q.list, st)
}

// Pop implements [heap.Interface].
func (q *queue) Pop() any {
	last := len(q.list) - 1
	st := q.list[last]
	st.in = nil
	q.list[last], q.list = nil, q.list[:last]
	return st
}

// releasable reports whether the decision was taken that a run waits for. A run whose rows have come goes on even if its plan cannot run: then it is
// held for that instead, so that nobody reads that it only waits.
func (e *Engine) releasable(s Summary) bool {
	switch h := s.Hold; {
	case h == nil:
		return false
	case h.Code == engine.HoldUnmapped:
		for _, k := range h.Missing {
			if _, _, ok := e.cfg.Consent.Row(s.Plan, k.Mapping, k.Key); !ok {
				return false
			}
		}
		return true
	case h.Code == engine.HoldStale:
		if e.cfg.Consent.MayWrite(s.Digest) != nil {
			return false
		}
		for api := range s.Tenants {
			if !e.sameTenant(api, s.Tenants) {
				return false
			}
		}
		_, err := e.cfg.Consent.Program(s.Digest)
		return err == nil
	}
	return false
}

// goesAlone reports rule 4. A plan that cannot run holds its runs, in any order.
func (e *Engine) goesAlone(d plan.Digest) bool {
	prog, err := e.cfg.Consent.Program(d)
	return err == nil && prog.Alone()
}
