package localengine

import (
	"context"
	"fmt"
	"strings"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/specs/catalog"
)

// ErrOwned is returned when a record that a person names belongs to another run.
type ErrOwned struct{ Object, Record, Run string }

// Error implements error.
func (e ErrOwned) Error() string {
	return fmt.Sprintf("%s %.80q belongs to run %s", e.Object, e.Record, e.Run)
}

// Adopt lets a held run go on with a record that a person says is what its write was to
// make. asked is [engine.Hold.Asked] of the hold that they saw. The record is the run's from
// the same commit on, and no other run can have it. It does not drive the run, but wakes who does.
func (e *Engine) Adopt(ctx context.Context, id, object, asked string, a engine.Adopted) error {
	e.owning.Lock()
	defer e.owning.Unlock()
	r, err := e.heard(id, "adopt for", Word{By: a.By, Asked: asked})
	if err != nil {
		return err
	}
	if r.state.Hold == nil {
		return fmt.Errorf("adopt for run %s: it is %s, not held", id, r.state.Run)
	}
	set, err := r.own(object, a.Record)
	if err != nil {
		return fmt.Errorf("adopt for run %s: %w", id, err)
	}
	a.Version = engine.AdoptedVersion
	return r.told(ctx, engine.KindAdopted, a, set...)
}

// Owner is the run for which a person named a record; "" when nobody did.
func (e *Engine) Owner(object, tenant, record string) (run string, err error) {
	raw, _, err := e.cfg.Journal.Get(ownerKey(object, tenant, record))
	return string(raw), err
}

func ownerKey(object, tenant, record string) string {
	return "owner/" + object + "/" + tenant + "/" + record
}

// own makes a record the run's, by what the same commit is to set; an error when it is
// another's. Whoever calls it holds owning until the commit is done.
func (r *run) own(object, record string) ([]journal.Pair, error) {
	api, _, _ := strings.Cut(object, ".")
	key := ownerKey(object, r.state.Started.Tenants[api], record)
	raw, ok, err := r.e.cfg.Journal.Get(key)
	switch {
	case err != nil:
		return nil, err
	case ok && string(raw) != r.id:
		return nil, ErrOwned{object, record, string(raw)}
	}
	return []journal.Pair{{Key: key, Value: []byte(r.id)}}, nil
}

// ofAnother reports a record that a look-up for a write found and that a person said belongs to
// another run: it is not to be taken for what this one was to make.
func (r *run) ofAnother(prog *engine.Program, a engine.Action, value any) (owner string, err error) {
	if a.Entity == "" || !engine.LooksUp(a.Path) {
		return "", nil
	}
	records, isList := value.([]any)
	if !isList {
		records = []any{value}
	}
	api, _, _ := strings.Cut(a.Entity, ".")
	for _, rec := range records {
		id := prog.RecordID(a.Entity, rec)
		if id == "" {
			continue
		}
		owner, err := r.e.Owner(a.Entity, r.state.Started.Tenants[api], id)
		if err != nil || owner != "" && owner != r.id {
			return owner, err
		}
	}
	return "", nil
}

// disowned is the answer of a look-up whose record belongs to another run.
func disowned(owner string) (catalog.Class, string) {
	return catalog.ClassPerson, "what is there belongs to run " + owner
}
