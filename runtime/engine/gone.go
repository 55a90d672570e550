package engine

import (
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/specs/catalog"
)

// gone begins a run whose record was deleted: it looks that the record is gone, and goes on
// with what the event said of it. A record that was restored since ends the run before
// anything was written.
func (w *walk) gone(op *catalog.Operation, args apicall.Args) error {
	got, ok := w.known(triggerPath)
	if !ok || got.Outcome.Class != catalog.ClassAbsent && got.Outcome.Class != catalog.ClassOK {
		_, err := w.read(triggerPath, op, args)
		return err
	}
	if got.Outcome.Class == catalog.ClassOK && !w.s.Wrote() {
		return do(finish(Refused, "the record is there again: its deletion was taken back"))
	}
	w.vars[w.p.Checked.Plan.Trigger.As] = w.s.Started.Given
	holds, err := w.truth("/trigger/when", "trigger")
	if err == nil && !holds && !w.s.Wrote() {
		return do(finish(Refused, "the record does not qualify"))
	}
	return err
}
