package salesforce

import (
	"slices"

	"github.com/planwright/planwright/internal/twin/world"
)

// deletions is a collection of a world that is no object of the API: which deleted record
// went along with which, so that undeleting the one brings back the other.
//
//	"RecycleBin": [{"RecordId": "00k…", "With": "006…"}]
const deletions = "RecycleBin"

// Dump returns the Salesforce part of a world with all that the org holds: beyond what
// Snapshot returns, deleted records, the history that the org keeps itself, and what its
// admins made. A twin that loads it behaves as this one.
func (t *Twin) Dump() map[string][]world.Record {
	t.lock()
	defer t.mu.Unlock()
	out := map[string][]world.Record{}
	for name, records := range t.admin {
		for _, r := range records {
			out[name] = append(out[name], world.CloneRecord(r))
		}
	}
	if l := t.locks(); l != nil {
		out[recordLocks] = l
	}
	if s := t.counted(); s != nil {
		out[sequences] = s
	}
	for _, o := range t.schema.order {
		for _, r := range t.store.rows[o.name] {
			out[o.name] = append(out[o.name], r.dump())
			if r.with != "" {
				out[deletions] = append(out[deletions], world.Record{"RecordId": r.id(), "With": r.with})
			}
		}
	}
	return out
}

// dump is export with the nulls that a load would otherwise fill.
func (r *row) dump() world.Record {
	out := r.export()
	for _, name := range map[string][]string{"Opportunity": {"Probability", "ForecastCategoryName"}, "Task": {"AccountId"}}[r.o.name] {
		out[name] = r.v[name]
	}
	return out
}

// Snapshot returns the Salesforce part of a world with what the org holds now. Nulls and
// deleted records are left out, and so are the history that the org keeps and references
// to what is left out.
func (t *Twin) Snapshot() map[string][]world.Record {
	t.lock()
	defer t.mu.Unlock()
	out := map[string][]world.Record{}
	for _, o := range t.schema.order {
		if o.log {
			continue
		}
		rows := t.all(o)
		for _, r := range rows {
			t.dropReferences(o, r)
		}
		if rows != nil {
			out[o.name] = rows
		}
	}
	return out
}

func (t *Twin) dropReferences(o *object, r world.Record) {
	for i := range o.fields {
		f := &o.fields[i]
		id, ok := r[f.name].(string)
		if f.kind != kindRef || !ok || f.needed {
			continue
		}
		if to, ok := t.store.live(id); !ok || to.o.log {
			delete(r, f.name)
		}
	}
}

// loadDeletions ties deleted records together again.
func (t *Twin) loadDeletions() error {
	for i, record := range t.admin[deletions] {
		var d struct{ RecordId, With string } //nolint:revive // named as the vendor names ids
		if err := decodeCustom(record, &d); err != nil {
			return placed(deletions, i, err)
		}
		r := t.store.ids[d.RecordId]
		if r == nil || !r.deleted || t.store.ids[d.With] == nil {
			return placed(deletions, i, errNotFound())
		}
		r.with = d.With
	}
	delete(t.admin, deletions) // Dump writes it anew
	for _, o := range t.schema.order {
		for _, r := range t.store.rows[o.name] {
			if at, ok := parseInstant(r.str("SystemModstamp")); ok && r.deleted {
				t.keep(r, at)
			}
		}
	}
	return nil
}

// collections are the parts of a world that are no objects of the API.
func collections() []string {
	return []string{customObjects, customFields, validationRules, duplicateRules, picklistsOfTypes, permissions, recordLocks, deletions, sequences}
}

// takeCollections moves them out of a world, so that what remains of it is records.
func (t *Twin) takeCollections(w map[string][]world.Record) {
	t.admin = map[string][]world.Record{}
	for _, name := range collections() {
		if len(w[name]) > 0 {
			t.admin[name] = slices.Clone(w[name])
		}
		delete(w, name)
	}
}
