package localengine

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// Foreign is a record that a run was to make and that somebody else has made just so.
type Foreign struct {
	Run     string `json:"run"`
	Plan    string `json:"plan"`
	Path    string `json:"path"`    // of the write
	Object  string `json:"object"`  // "xero.Invoice"
	Natural string `json:"natural"` // its key
}

// before says how a write begins that may have been made under another copy of the journal,
// which this one does not know of: with the outcome of an attempt that was not sent, so that
// it is looked up, or not at all.
func (r *run) before(a engine.Action) (*apicall.Outcome, engine.Hold) {
	if r.e.cfg.Behind != nil {
		if why := r.e.cfg.Behind(); why != "" {
			return nil, engine.Hold{Code: engine.HoldRestored, Path: a.Path, Message: why}
		}
	}
	if r.e.cfg.Restored == nil || !r.e.cfg.Restored() {
		return r.unproven(a), engine.Hold{}
	}
	look, hold := r.restored(a)
	if !look {
		return nil, hold
	}
	return &apicall.Outcome{
		Class: catalog.ClassUnknown, Message: "not sent: the journal was put back from an older copy, and this may have been written before",
	}, hold
}

// restored says how a write begins once a person took an older copy of the journal for the
// truth. One that can be recognised by its key is taken as sent with its answer lost: it is
// looked up, and only sent when it is not there. One that can do no harm a second time goes
// out. Everything else is held for a person: an idempotency key is forgotten after minutes,
// and nothing else would tell the two apart.
func (r *run) restored(a engine.Action) (look bool, hold engine.Hold) {
	if again := a.Operation.Repeat; again != nil {
		switch again.Way {
		case catalog.WayUnique, catalog.WayProbe:
			return a.Attempt == 1 || a.Anew, hold
		case catalog.WayUpsert, catalog.WayIdempotent:
			return false, hold
		case catalog.WayKeyed, catalog.WayAsk:
		}
	}
	return false, engine.Hold{Code: engine.HoldRestored, Path: a.Path, Message: fmt.Sprintf(
		"the journal was put back from an older copy, which may not know that %s was sent before", a.Operation.Name())}
}

// skew is how far a vendor's clock may be from ours.
const skew = 10 * time.Minute

// unproven says how a write begins while nothing proves that the journal is an older copy. A
// vendor that keeps a key unique tells by itself that the record is there: only once it did,
// the next are looked for first. What can merely be recognised is looked for first where it
// changed before the journal was opened.
func (r *run) unproven(a engine.Action) *apicall.Outcome {
	again := a.Operation.Repeat
	if r.e.cfg.Opened.IsZero() || again == nil || a.Natural == "" || a.Attempt != 1 && !a.Anew {
		return nil
	}
	switch again.Way {
	case catalog.WayUnique:
		if !r.e.doubted.Load() {
			return nil
		}
	case catalog.WayProbe:
		if at, err := time.Parse(time.RFC3339, r.state.Started.Stamp); err == nil && at.After(r.e.cfg.Opened.Add(skew)) && !r.e.doubted.Load() {
			return nil
		}
	default:
		return nil
	}
	return &apicall.Outcome{Class: catalog.ClassUnknown, Code: engine.NotSent, Message: "not sent yet: it may be there already, so it is looked for first"}
}

// foreign judges what a look-up has found that this run was to make and did not. Where it is
// older than the sending, or nothing was sent, somebody else made it, and the host is told.
// Where not, a proxy may have sent a request twice; then the engine looks before it sends.
func (r *run) foreign(ctx context.Context, prog *engine.Program, path string, value any) error {
	if r.e.cfg.Found == nil {
		return nil
	}
	f, ok := prog.Foreign(r.state, path, value)
	if !ok {
		return nil
	}
	r.e.doubted.Store(true)
	if !f.Sent.IsZero() && !changedBefore(prog, f, f.Sent.Add(-skew)) {
		return nil
	}
	return r.e.cfg.Found(ctx, Foreign{Run: r.id, Plan: r.state.Started.Name, Path: path, Object: f.Object, Natural: f.Natural})
}

// changedBefore reports whether a record was changed last before a moment; false where its
// overlay names no stamp.
func changedBefore(prog *engine.Program, f engine.Foreign, at time.Time) bool {
	name, short, _ := strings.Cut(f.Object, ".")
	api, ok := prog.Catalog.API(name)
	if !ok {
		return false
	}
	changed, err := time.Parse(time.RFC3339, fmt.Sprint(f.Record[api.Changes[short].Field]))
	return err == nil && changed.Before(at)
}
