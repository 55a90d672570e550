package xero

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Tenant returns the organisation's id, the value of the tenant header.
func (t *Twin) Tenant() string { return t.tenant }

// All returns the records of a collection ("Invoices") in normal form, in the vendor's
// default order; an unknown collection is empty. Invoices show a summary of their contact.
func (t *Twin) All(collection string) []map[string]any {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.all(collection)
}

func (t *Twin) all(collection string) []map[string]any {
	tb, ok := t.tables[collection]
	if !ok {
		return nil
	}
	out := make([]map[string]any, len(tb.ordered))
	for i, r := range tb.ordered {
		rec := clone(r.rec)
		if tb.shape.fields["contact"].kind == kindObject {
			contact := t.contactOf(rec, false)
			for _, name := range []string{"Addresses", "Phones", "ContactGroups", "ContactPersons", "HasValidationErrors"} {
				delete(contact, name)
			}
			rec["Contact"] = contact
		}
		out[i] = rec
	}
	return out
}

// Invoices returns all invoices.
func (t *Twin) Invoices() []map[string]any { return t.All("Invoices") }

// Contacts returns all contacts, archived ones too.
func (t *Twin) Contacts() []map[string]any { return t.All("Contacts") }

// Snapshot returns every collection at one moment.
func (t *Twin) Snapshot() map[string][]map[string]any {
	t.mu.RLock()
	defer t.mu.RUnlock()
	out := make(map[string][]map[string]any, len(t.tables))
	for name := range t.tables {
		out[name] = t.all(name)
	}
	return out
}

// Stats counts what reached the organisation.
type Stats struct {
	Calls   map[string]int // executed operations, by method and collection: "PUT Invoices"
	Passed  int            // calls let through the limits, replays included
	Limited int            // calls refused with 429
	Peak    int            // most calls in progress at once
}

// Stats returns the counts since the twin was made.
func (t *Twin) Stats() Stats {
	s := Stats{}
	for _, l := range t.limits {
		passed, limited, peak := l.counts()
		s.Passed, s.Limited, s.Peak = s.Passed+passed, s.Limited+limited, max(s.Peak, peak)
	}
	t.callsMu.Lock()
	defer t.callsMu.Unlock()
	s.Calls = maps.Clone(t.calls)
	return s
}

// Disconnect ends the connections of all apps, as a user can at any time: every later call is
// answered with 403.
func (t *Twin) Disconnect() { t.disconnected.Store(true) }

// Reconnect undoes Disconnect, and makes custom connections again that their apps ended.
func (t *Twin) Reconnect() {
	t.disconnected.Store(false)
	h := t.house
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range h.apps {
		for _, l := range a.connections {
			l.off = l.off && l.tenant.ID != t.tenant
		}
	}
}

// SetOffline takes the organisation off line, or back: calls are answered with 503.
func (t *Twin) SetOffline(off bool) { t.offline.Store(off) }

// RevokeTokens makes every access token issued so far unknown.
func (t *Twin) RevokeTokens() {
	t.house.mu.Lock()
	defer t.house.mu.Unlock()
	clear(t.house.tokens)
}

// Change sets members of one record as a user of the vendor's web pages would, past the
// API's rules: an account's Status, the organisation's PeriodLockDate. The record is
// named as in a path; a nil value takes a member away.
func (t *Twin) Change(collection, id string, set map[string]any) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.change(collection, id, set)
}

func (t *Twin) change(collection, id string, set map[string]any) error {
	tb, ok := t.tables[collection]
	if !ok {
		return fmt.Errorf("change %s: no such collection", collection)
	}
	if collection == "Organisation" && id == "" {
		id = t.tenant
	}
	at := t.one(tb, id)
	if at == nil && collection == "Accounts" {
		at = tb.first(id, "Code")
	}
	if at == nil {
		return fmt.Errorf("change %s %s: no such record", collection, id)
	}
	in, err := tb.shape.read(set, true)
	if err != nil {
		return fmt.Errorf("change %s %s: %w", collection, id, err)
	}
	rec := clone(at.rec)
	maps.Copy(rec, in)
	for name, v := range set {
		if v == nil {
			delete(rec, name)
		}
	}
	rec[tb.key] = at.id
	if has(tb.shape, "UpdatedDateUTC") {
		rec["UpdatedDateUTC"] = stamp(t.o.Now())
	}
	t.store(tb, rec, "")
	return nil
}

// Add stores a record that a user made in the vendor's web pages, completed as records
// of a world are, and returns its id.
func (t *Twin) Add(collection string, in map[string]any) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !slices.Contains(loadOrder(), collection) {
		return "", fmt.Errorf("add %s: no such collection", collection)
	}
	tb := t.tables[collection]
	in = maps.Clone(in)
	if str(in, tb.key) == "" && tb.key != "Code" && tb.key != "TaxType" {
		in[tb.key] = t.newID()
	}
	if has(tb.shape, "UpdatedDateUTC") && in["UpdatedDateUTC"] == nil {
		in["UpdatedDateUTC"] = stamp(t.o.Now())
	}
	return strings.ToLower(str(in, tb.key)), t.seed(collection, in)
}

// Void voids an invoice, named by id or number, as a user would.
func (t *Twin) Void(invoice string) error {
	return t.edit(invoice, record{"Status": statusVoided})
}

// edit changes an invoice by the API's own rules, but by a user.
func (t *Twin) edit(invoice string, in record) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.one(t.tables["Invoices"], invoice)
	if at == nil {
		return fmt.Errorf("invoice %s: no such invoice", invoice)
	}
	o := t.updateInvoice(&call{now: t.o.Now(), dp: 4}, in, at)
	if len(o.problems) > 0 {
		return fmt.Errorf("invoice %s: %s", invoice, strings.Join(o.problems, "; "))
	}
	return nil
}

// Archive archives a contact, named by id or number, as a user would.
func (t *Twin) Archive(contact string) error {
	return t.Change("Contacts", contact, map[string]any{"ContactStatus": "ARCHIVED"})
}

// Merge does what merging contacts in the web pages does: the loser is archived and
// points at the winner, and its documents move over.
func (t *Twin) Merge(loser, winner string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	from, to := t.one(t.tables["Contacts"], loser), t.one(t.tables["Contacts"], winner)
	if from == nil || to == nil {
		return fmt.Errorf("merge contact %s into %s: no such contact", loser, winner)
	}
	if err := t.change("Contacts", from.id, map[string]any{"ContactStatus": "ARCHIVED", "MergedToContactID": to.id}); err != nil {
		return err
	}
	for _, tb := range t.tables {
		if tb.shape.fields["contact"].kind == kindObject {
			t.moveDocuments(tb, from.id, to.id)
		}
	}
	return nil
}

// moveDocuments hands the documents of one contact to another.
func (t *Twin) moveDocuments(tb *table, from, to string) {
	for _, r := range slices.Clone(tb.ordered) {
		if contact, _ := r.rec["Contact"].(record); str(contact, "ContactID") == from {
			rec := clone(r.rec)
			rec["Contact"], rec["UpdatedDateUTC"] = record{"ContactID": to}, stamp(t.o.Now())
			t.store(tb, rec, "")
		}
	}
}
