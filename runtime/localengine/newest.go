package localengine

import (
	"iter"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/engine"
)

// Newest yields the runs in a state, or in any with "", of a plan, or of all with "": those
// that began last come first. Of the others it reads no more than their line in the list, so
// that few among many are cheap. An error ends the sequence.
func (e *Engine) Newest(state engine.RunState, planName string) iter.Seq2[Summary, error] {
	return func(yield func(Summary, error) bool) {
		for s, err := range e.newestOf(state, planName) {
			if err == nil && (state != "" && s.State != state || planName != "" && s.Plan != planName) {
				continue // it has moved on since its line was read
			}
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// newestOf goes by the lists, or by all summaries while they are not whole: in a journal of an
// earlier version that is only read.
func (e *Engine) newestOf(state engine.RunState, planName string) iter.Seq2[Summary, error] {
	whole, err := e.listed()
	if err != nil {
		return func(yield func(Summary, error) bool) { yield(Summary{}, err) }
	}
	if !whole {
		return e.sorted()
	}
	lines := e.allLines()
	if state != "" {
		lines = e.lines(listOf(state))
	}
	return func(yield func(Summary, error) bool) {
		for l, err := range lines {
			if err == nil && (state != "" && l.state != state || planName != "" && l.plan != planName) {
				continue
			}
			var s Summary
			if err == nil {
				s, err = e.Summary(l.id)
			}
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// sorted yields all summaries in the order of the list.
func (e *Engine) sorted() iter.Seq2[Summary, error] {
	return func(yield func(Summary, error) bool) {
		var all []Summary
		for s, err := range e.Summaries() {
			if err != nil {
				yield(s, err)
				return
			}
			all = append(all, s)
		}
		slices.SortFunc(all, func(x, y Summary) int { return strings.Compare(rank(x), rank(y)) })
		for _, s := range all {
			if !yield(s, nil) {
				return
			}
		}
	}
}
