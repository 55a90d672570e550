package engine

import (
	"fmt"
	"time"

	"github.com/planwright/planwright/runtime/plan"
)

// waitStep lets the run go on when its moment has come. The machine has no clock: it goes by
// the latest time on record, and a hold that releases itself puts a later one there. What
// was read is forgotten at the release, so a run that waited for weeks judges the record as
// it is then; so is the moment itself, which may have moved.
func (w *walk) waitStep(pointer, path string, st *plan.Step) error {
	x, _, err := w.value(pointer+"/wait", path, st.Until)
	if err != nil {
		return err
	}
	until, err := moment(x)
	if err != nil {
		return hold(HoldData, path, "%s/wait: %v", pointer, err)
	}
	if !w.s.latest.Before(until) {
		return nil
	}
	if until.Sub(w.s.Begun) > plan.MaxWait {
		err := w.ask(HoldPerson, path, "it would wait until %s, more than %d days from when the run began",
			until.Format(time.DateOnly), plan.MaxWait/(24*time.Hour))
		if err != nil {
			return err // accepted, it does wait: what comes after is not due any sooner
		}
	}
	h := Hold{Code: HoldWaiting, Path: path, Message: "waits until " + until.Format(time.RFC3339), Until: until}
	if w.s.allowed[h.key()] {
		return nil
	}
	return do(Action{Kind: DoHold, Path: path, Hold: h})
}

// dayBegun is how long after midnight UTC a day has begun everywhere: the last zone is
// twelve hours behind.
const dayBegun = 12 * time.Hour

// moment reads a date or an instant, in whole seconds and never too early. A date comes when its day has begun everywhere, since
// neither the vendor's nor the reader's zone is known.
func moment(v any) (time.Time, error) {
	text, _ := v.(string)
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t.Add(dayBegun), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%T is neither a date nor an instant", v)
	}
	return t.Add(time.Second - 1).UTC().Truncate(time.Second), nil
}
