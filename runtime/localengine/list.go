package localengine

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
)

// Of each run the journal keeps, besides its entries, two pairs: its summary under its
// stream's name, and a line in one of two lists, that of the runs which have not ended and
// that of the others. Whoever starts reads the first list, however long the second is. Their
// keys sort newest first and their values are short, so that reading all of one is cheap:
//
//	open/<rank>  → <state> <plan>
//	ended/<rank> → <state> <plan>
//
//	rank: <2^64 - nanoseconds of its begin, 16 hex digits>/<run>
//
// All of it follows from the entries, and is written in the commit that makes it so.
//
// Earlier versions of this program keep one list of all runs under newest/, or none, and
// know nothing of these two. They make theirs anew in a journal that has none. So where such
// a line is found, one of them was the last to work on the journal, and the two lists are
// made from the summaries and records.
const (
	openRuns  = "open/"
	endedRuns = "ended/"
	earlier   = "newest/"
	listing   = "listing" // is there while the lists are being made
)

// together is how many lines are written at once while the lists are made.
const together = 2000

// listOf names the list in which runs of a state are.
func listOf(s engine.RunState) string {
	if s.Ended() {
		return endedRuns
	}
	return openRuns
}

// rank is where a run stands in its list.
func rank(s Summary) string { return fmt.Sprintf("%016x/%s", ^uint64(s.Begun.UnixNano()), s.ID) }

// lines puts a run into the list where it belongs, and into no other.
func (s Summary) lines() []journal.Pair {
	at := rank(s)
	line := journal.Pair{Key: listOf(s.State) + at, Value: []byte(string(s.State) + " " + s.Plan)}
	if !s.State.Ended() {
		return []journal.Pair{line} // an end is never taken back
	}
	return []journal.Pair{line, {Key: openRuns + at}}
}

// line is one run in a list.
type line struct {
	rank, id string
	state    engine.RunState
	plan     string
}

// lines reads a list.
func (e *Engine) lines(list string) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		for p, err := range e.cfg.Journal.Pairs(list) {
			at := strings.TrimPrefix(p.Key, list)
			_, id, _ := strings.Cut(at, "/")
			state, planName, _ := strings.Cut(string(p.Value), " ")
			if !yield(line{rank: at, id: id, state: engine.RunState(state), plan: planName}, err) || err != nil {
				return
			}
		}
	}
}

// allLines reads both lists, newest first. The runs that have not ended are read before any
// other, so that one which ends meanwhile is not missed; it comes once.
func (e *Engine) allLines() iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		var open []line
		for l, err := range e.lines(openRuns) {
			if err != nil {
				yield(l, err)
				return
			}
			open = append(open, l)
		}
		for l, err := range e.lines(endedRuns) {
			for err == nil && len(open) > 0 && open[0].rank <= l.rank {
				first := open[0]
				if open = open[1:]; first.rank == l.rank {
					continue
				}
				if !yield(first, nil) {
					return
				}
			}
			if !yield(l, err) || err != nil {
				return
			}
		}
		for _, l := range open {
			if !yield(l, nil) {
				return
			}
		}
	}
}

// countLines calls add for each state of a plan's runs, with how many are in it.
func (e *Engine) countLines(add func(state engine.RunState, planName string, n int)) error {
	open := map[string]line{}
	for l, err := range e.lines(openRuns) {
		if err != nil {
			return err
		}
		open[l.rank] = l
	}
	ended := map[string]*int{} // by what their lines say
	err := e.cfg.Journal.Scan(endedRuns, func(key, value []byte) error {
		if len(open) > 0 {
			delete(open, string(key[len(endedRuns):])) // it has ended meanwhile
		}
		n := ended[string(value)]
		if n == nil {
			n = new(int)
			ended[string(value)] = n
		}
		*n++
		return nil
	})
	if err != nil {
		return err
	}
	for said, n := range ended {
		state, planName, _ := strings.Cut(said, " ")
		add(engine.RunState(state), planName, *n)
	}
	for _, l := range open {
		add(l.state, l.plan, 1)
	}
	return nil
}

// listed reports whether every run is in its list.
func (e *Engine) listed() (bool, error) {
	if _, half, err := e.cfg.Journal.Get(listing); half || err != nil {
		return false, err
	}
	if old, err := e.some(earlier); old || err != nil {
		return false, err
	}
	for _, list := range []string{openRuns, endedRuns} {
		if some, err := e.some(list); some || err != nil {
			return some, err
		}
	}
	runs, err := e.some(stream(""))
	return !runs, err
}

// some reports whether there are pairs whose keys begin so.
func (e *Engine) some(prefix string) (bool, error) {
	for _, err := range e.cfg.Journal.Pairs(prefix) {
		return err == nil, err
	}
	return false, nil
}

// list makes the lists of a journal where they are not whole. A line of an earlier version
// goes last, so that one who is killed on the way begins again.
func (e *Engine) list(ctx context.Context) error {
	whole, err := e.listed()
	if whole || err != nil {
		return err
	}
	var set []journal.Pair
	add := func(more ...journal.Pair) error {
		if set = append(set, more...); len(set) < together {
			return nil
		}
		err := e.setPairs(ctx, append(set, journal.Pair{Key: listing, Value: []byte("1")}))
		set = nil
		return err
	}
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
		if err := add(append(s.lines(), s.pair())...); err != nil {
			return err
		}
	}
	for p, err := range e.cfg.Journal.Pairs(earlier) {
		if err == nil {
			err = add(journal.Pair{Key: p.Key})
		}
		if err != nil {
			return err
		}
	}
	return e.setPairs(ctx, append(set, journal.Pair{Key: listing}))
}
