package xero

import (
	"maps"
)

// view says how much of a record an answer shows. The vendor's lists leave out what
// clients take for empty, which is why the difference is kept.
type view int

const (
	viewFull    view = iota // one record
	viewPaged               // a list in pages
	viewBare                // a list without pages
	viewSummary             // summaryOnly=true
)

// render gives a stored record its wire form. The caller holds the lock.
func (t *Twin) render(tb *table, r *row, dp int32, v view) any {
	out := t.shown(tb, r, dp, v)
	if w, ok := out.(written); ok {
		return w.tree()
	}
	return out
}

// shown is render for an answer that nobody changes any more: most records are left to be
// written straight from what is stored.
func (t *Twin) shown(tb *table, r *row, dp int32, v view) any {
	rec := maps.Clone(r.rec)
	for _, name := range tb.list.hidden(v) {
		delete(rec, name)
	}
	if tb.list.document && rec["Contact"] != nil {
		rec["Contact"] = t.contactOf(rec, v == viewFull)
	}
	if tb.list.document && v == viewBare {
		rec["LineItems"] = []any{}
	}
	switch tb.name {
	case "Contacts":
		rec["HasValidationErrors"] = false
		if rec["ContactGroups"] != nil {
			rec["ContactGroups"] = t.namedGroups(rec)
		}
		if owed := t.balances(r.id); owed != nil && (v == viewFull || v == viewPaged) {
			rec["Balances"] = owed
		}
	case "Organisations":
		delete(rec, "Actions") // which have a call of their own
	}
	if out, ok := t.renderMoney(tb, rec, dp, v); ok {
		return out
	}
	return written{tb.shape, rec, dp}
}

// contactOf returns the contact that a document shows: all of it with a single one, a
// summary in lists.
func (t *Twin) contactOf(document record, full bool) record {
	inner, _ := document["Contact"].(record)
	stored := t.tables["Contacts"].byID[str(inner, "ContactID")]
	if stored == nil {
		return clone(inner) // unreachable: contacts are never removed
	}
	out := record{}
	if full {
		out = maps.Clone(stored.rec)
		out["ContactGroups"] = t.namedGroups(out)
	} else {
		for _, name := range []string{"ContactID", "ContactNumber", "Name"} {
			if v, ok := stored.rec[name]; ok {
				out[name] = v
			}
		}
		for _, name := range []string{"Addresses", "Phones", "ContactGroups", "ContactPersons"} {
			out[name] = []any{}
		}
	}
	out["HasValidationErrors"] = false
	return out
}
