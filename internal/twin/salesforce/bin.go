package salesforce

import (
	"fmt"
	"maps"
	"strings"
	"time"
)

// How long a deleted record is kept: in the recycle bin, and where an object has none.
const (
	binSpan  = 15 * 24 * time.Hour
	lineSpan = 24 * time.Hour // until then the list of deletions still names it
)

// lock begins everything that looks at the org: what the clock decides happens first.
func (t *Twin) lock() {
	t.mu.Lock()
	t.store.transaction++
	t.purge(t.opt.Now())
	t.turnDay(t.opt.Now())
}

// bury deletes a record and what belongs to it, which comes back with it.
func (t *Twin) bury(r *row) { t.buryWith(r, "") }

func (t *Twin) buryWith(r *row, with string) {
	v := maps.Clone(r.v)
	v["IsDeleted"] = true
	t.touchOf(r.o, v)
	t.store.replace(r, v)
	r.deleted, r.with = true, with
	t.keep(r, t.opt.Now())
	if with == "" {
		with = r.id()
	}
	for _, c := range r.o.children {
		if !c.cascade {
			continue
		}
		for _, below := range t.store.pointing(c.object, c.field, r.id()) {
			t.buryWith(below, with)
		}
	}
}

// keep notes how long a deleted record stays.
func (t *Twin) keep(r *row, deleted time.Time) {
	until := deleted.Add(binSpan)
	if !r.o.bin && r.with == "" {
		until = deleted.Add(lineSpan)
	}
	t.bin[r] = until
	t.store.undo.note(func() { delete(t.bin, r) })
	if t.nextPurge.IsZero() || until.Before(t.nextPurge) {
		t.nextPurge = until
	}
}

// touchOf moves the stamps that records of an object have.
func (t *Twin) touchOf(o *object, v map[string]any) {
	if _, ok := o.index["lastmodifieddate"]; ok {
		t.touch(v)
	} else if _, ok := o.index["systemmodstamp"]; ok {
		v["SystemModstamp"] = stamp(t.saveTime())
	}
}

// Undelete takes a record out of the recycle bin, and with it what its deletion took
// along. Children that a merge gave to another record stay there.
func (t *Twin) Undelete(object, id string) error {
	t.lock()
	defer t.mu.Unlock()
	o, ok := t.schema.find(object)
	if !ok {
		return fmt.Errorf("undelete %s %s: no such object", object, id)
	}
	long, _ := LongID(id)
	r := t.store.ids[long]
	switch {
	case r == nil || r.o != o:
		return fmt.Errorf("undelete %s %s: %w", object, id, errNotFound())
	case !r.deleted || r.with != "" || !o.bin:
		return fmt.Errorf("undelete %s %s: %w", object, id,
			badRequest("UNDELETE_FAILED", "Entity is not in the recycle bin"))
	}
	for back := range t.bin {
		if back != r && back.with != r.id() {
			continue
		}
		if refusal := t.taken(back.o, back.v, back); refusal != nil {
			return fmt.Errorf("undelete %s %s: %w", object, id, refusal)
		}
	}
	t.unearth(r)
	return nil
}

func (t *Twin) unearth(root *row) {
	var raise func(r *row)
	raise = func(r *row) {
		v := maps.Clone(r.v)
		v["IsDeleted"] = false
		if _, ok := v["MasterRecordId"]; ok {
			v["MasterRecordId"] = nil
		}
		t.touchOf(r.o, v)
		t.store.replace(r, v)
		r.deleted, r.with = false, ""
		delete(t.bin, r)
		for _, c := range r.o.children {
			for _, below := range t.store.referring(c.object, c.field, r.id()) {
				if below.deleted && below.with == root.id() {
					raise(below)
				}
			}
		}
	}
	raise(root)
}

// purge takes out what has been deleted for long enough. Records that refer to it lose
// the reference, or go too where they cannot be without.
func (t *Twin) purge(now time.Time) {
	if t.nextPurge.IsZero() || now.Before(t.nextPurge) {
		return
	}
	gone := map[*row]struct{}{}
	t.nextPurge = time.Time{}
	for r, until := range t.bin {
		if !now.Before(until) {
			gone[r] = struct{}{}
		} else if t.nextPurge.IsZero() || until.Before(t.nextPurge) {
			t.nextPurge = until
		}
	}
	for r := range maps.Clone(gone) {
		t.referrers(r.o, func(o *object, f *field) {
			for _, from := range t.store.referring(o.name, f.name, r.id()) {
				if f.needed {
					gone[from] = struct{}{}
					continue
				}
				v := maps.Clone(from.v)
				v[f.name] = nil
				t.store.replace(from, v)
			}
		})
	}
	for r := range gone {
		delete(t.bin, r)
		delete(t.approvals, r.id())
		delete(t.held, r.id())
	}
	t.store.drop(gone)
}

// referrers calls visit with each field that may refer to a record of an object.
func (t *Twin) referrers(target *object, visit func(*object, *field)) {
	for _, o := range t.schema.order {
		for i := range o.fields {
			for _, name := range o.fields[i].targets {
				if name == target.name {
					visit(o, &o.fields[i])
				}
			}
		}
	}
}

// maxLosers is how many records may be merged into another at once.
const maxLosers = 2

// Merge makes one record of two or three accounts, or contacts, as a person does: what
// refers to the losers refers to the master from then on, the losers go to the recycle
// bin and name the master, the master is saved once.
func (t *Twin) Merge(object, master string, losers ...string) error {
	t.lock()
	defer t.mu.Unlock()
	fail := func(cause any) error {
		return fmt.Errorf("merge %s %s: %v", object, strings.Join(append([]string{master}, losers...), ", "), cause)
	}
	o, ok := t.schema.find(object)
	if !ok || o.name != "Account" && o.name != "Contact" {
		return fail("only accounts and contacts can be merged")
	}
	if len(losers) == 0 || len(losers) > maxLosers {
		return fail("a merge takes two or three records")
	}
	winner, refusal := t.row(o.name, master)
	if refusal != nil {
		return fail(refusal)
	}
	seen := map[*row]struct{}{winner: {}}
	var gone []*row
	for _, id := range losers {
		r, refusal := t.row(o.name, id)
		if refusal != nil {
			return fail(refusal)
		}
		if _, twice := seen[r]; twice {
			return fail("a record cannot be merged with itself")
		}
		seen[r] = struct{}{}
		gone = append(gone, r)
	}
	for _, r := range gone {
		t.hand(r, winner)
		v := maps.Clone(r.v)
		v["MasterRecordId"] = winner.id()
		t.store.replace(r, v)
		t.bury(r)
	}
	v := maps.Clone(winner.v)
	t.touch(v)
	t.store.replace(winner, v)
	return nil
}

// hand makes what refers to one record refer to another. That is no save: nobody who
// waits for the stamps of those records hears of it.
func (t *Twin) hand(from, to *row) {
	t.referrers(from.o, func(o *object, f *field) {
		for _, r := range t.store.pointing(o.name, f.name, from.id()) {
			v := maps.Clone(r.v)
			v[f.name] = to.id()
			if r == to {
				v[f.name] = nil // nothing is its own parent
			}
			if t.otherwise[doubtMergeMovesStamps] {
				v["SystemModstamp"] = stamp(t.saveTime())
			}
			t.store.replace(r, v)
		}
	})
}
