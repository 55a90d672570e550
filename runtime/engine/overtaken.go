package engine

import (
	"strings"

	"github.com/planwright/planwright/specs/catalog"
)

// overtaken is the place of the entry before which nothing that was read counts any more:
// 0 unless an update is to be sent again, since its answer was lost or the vendor had no time
// for it. Somebody may have changed the record meanwhile, and the same values would be written
// over that. So everything is read anew, and the plan decides again, as long as all that the
// run has sent does no harm when it is sent twice, or not at all.
func (p *Program) overtaken(s *State) int {
	at := 0
	for path, tries := range s.writes {
		for i := range tries {
			if (tries[i].done() || tries[i].open()) && !harmless(path, p.sent(&tries[i])) {
				return 0
			}
		}
		last := &tries[len(tries)-1]
		switch {
		case strings.HasSuffix(path, createSuffix):
		case lostAtLast(tries):
			at = max(at, last.entry, s.releasing)
		case last.turnedAway():
			at = max(at, s.releasing)
		}
	}
	return at
}

// sent is the operation of an attempt, an empty one if the catalog has lost it.
func (p *Program) sent(t *attempt) *catalog.Operation {
	if op, ok := p.Catalog.Operation(t.intent.Request.Operation); ok {
		return op
	}
	return &catalog.Operation{}
}

// harmless reports a write of which it need not be known whether it happened.
func harmless(path string, op *catalog.Operation) bool {
	return strings.HasSuffix(path, createSuffix) || op.Repeat != nil && op.Repeat.Way == catalog.WayIdempotent
}

// known is a recorded answer, unless it was overtaken.
func (w *walk) known(path string) (Answered, bool) {
	got, ok := w.s.reads[path]
	return got, ok && w.s.readAt[path] > w.after
}

// update sends an update whose answer was lost again: the same bytes, or what the plan says
// by now if that is something else.
func (w *walk) update(c call, last *attempt, again Action) error {
	if c.render == nil || w.after == 0 {
		return do(again)
	}
	args, err := c.render()
	switch {
	case err != nil:
		return err
	case canonical(args.Body) == canonical(last.intent.Body):
		return do(again)
	}
	return w.attempt(c, again.Attempt)
}
