package engine

import (
	"strings"
	"time"

	"github.com/planwright/planwright/specs/catalog"
)

// NotSent is the code of an outcome that says that nothing was sent: the host looks first
// whether what is to be made is there. A look-up since that finds nothing is proof enough,
// as no request of this attempt can still arrive.
const NotSent = "not-sent"

// Foreign is a record that is what a run was to make, and that this run did not make by any
// attempt that was answered with success.
type Foreign struct {
	Natural string         // its key
	Object  string         // "xero.Invoice"
	Record  map[string]any // as it was found
	// Sent is when the run's only attempt left and was refused as a second one; zero when the
	// look-up came first, and so shows that somebody else made it.
	Sent time.Time
}

// Foreign tells of the write to which a look-up belongs, if its only attempt made nothing,
// because the vendor refused a second one or it was not sent, and the look-up has found the
// very record that it was to make. value is what the look-up answered, whole.
func (p *Program) Foreign(s *State, lookup string, value any) (Foreign, bool) {
	path, is := strings.CutSuffix(lookup, lookupSuffix)
	tries := s.writes[path]
	if !is || len(tries) != 1 || s.Started.Adopt != "" {
		return Foreign{}, false
	}
	t := &tries[0]
	if t.said != nil || t.outcome == nil || t.outcome.Class != catalog.ClassDuplicate && !t.unsent() {
		return Foreign{}, false
	}
	op, known := p.Catalog.Operation(t.intent.Request.Operation)
	if !known || !t.found(op.Repeat) {
		return Foreign{}, false
	}
	records := livingOf(matching(value, map[string]any{op.Repeat.Key: t.intent.Natural}, nil), op.Repeat)
	if len(records) != 1 || differs(t.intent.Body, records[0], op.Repeat.Status) != "" {
		return Foreign{}, false
	}
	f := Foreign{Natural: t.intent.Natural, Object: op.Entity, Record: records[0]}
	if !t.unsent() {
		f.Sent = t.at
	}
	return f, true
}

// unsent reports whether it is on record that the attempt never left.
func (t *attempt) unsent() bool { return t.outcome != nil && t.outcome.Code == NotSent }
