package localengine

import (
	"fmt"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// restored says how a write begins that may have been made before the journal was put back
// from an older copy, which does not know of it. One that can be recognised by its key is
// taken as sent with its answer lost: it is looked up, and only sent when it is not there.
// One that can do no harm a second time goes out. Everything else is held for a person: an
// idempotency key is forgotten after minutes, and nothing else would tell the two apart.
func (r *run) restored(a engine.Action) (look bool, hold engine.Hold) {
	if r.e.cfg.Restored == nil || !r.e.cfg.Restored() {
		return false, hold
	}
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
