package salesforce

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
)

// What the calling user may do with an object, which records an approval has locked, and
// which another transaction holds, are data of a world:
//
//	"ObjectPermissions": [{"SobjectType": "Account", "PermissionsEdit": false}]
//	"RecordLock":        [{"RecordId": "006…", "Kind": "approval"},
//	                      {"RecordId": "001…", "Kind": "row", "Until": "2026-11-22T10:09:00Z"}]
//
// What a permission does not mention is allowed. A row is held until the instant, or until
// Release. An org whose Organization.IsReadOnly is true takes no writes.
const (
	permissions = "ObjectPermissions"
	recordLocks = "RecordLock"

	lockApproval = "approval"
	lockRow      = "row"
)

// guards is what keeps records from being saved.
type guards struct {
	validation map[string][]validationRule // active ones, by object
	duplicates map[string][]duplicateRule
	narrowed   map[narrowed][]string
	approvals  map[string]bool      // ids of records locked for editing
	held       map[string]time.Time // ids of rows that another transaction holds, and until when
	corporate  any                  // currency of an org with several
	call       call                 // the one being answered
}

// barred is what the calling user may not do with an object.
type barred struct{ read, create, edit, remove bool }

type recordLock struct {
	RecordId, Kind, Until string //nolint:revive // named as the vendor names ids
}

// learnAccess reads permissions and locks of a world.
func (t *Twin) learnAccess() error {
	for i, record := range t.admin[permissions] {
		var p struct {
			SobjectType                                                            string
			PermissionsRead, PermissionsCreate, PermissionsEdit, PermissionsDelete *bool
		}
		if err := decodeCustom(record, &p); err != nil {
			return placed(permissions, i, err)
		}
		o, ok := t.schema.names[strings.ToLower(p.SobjectType)]
		if !ok {
			return placed(permissions, i, fmt.Errorf("%s: no such object", p.SobjectType))
		}
		no := func(b *bool) bool { return b != nil && !*b }
		o.barred = barred{no(p.PermissionsRead), no(p.PermissionsCreate), no(p.PermissionsEdit), no(p.PermissionsDelete)}
	}
	t.approvals, t.held = map[string]bool{}, map[string]time.Time{}
	for i, record := range t.admin[recordLocks] {
		if err := t.addLock(record); err != nil {
			return placed(recordLocks, i, err)
		}
	}
	delete(t.admin, recordLocks) // Dump writes them anew
	return nil
}

func (t *Twin) addLock(record world.Record) error {
	var l recordLock
	if err := decodeCustom(record, &l); err != nil {
		return err
	}
	id, _ := LongID(l.RecordId)
	if t.store.ids[id] == nil {
		return fmt.Errorf("%s: no such record", l.RecordId)
	}
	switch l.Kind {
	case lockApproval:
		t.approvals[id] = true
		return nil
	case lockRow:
		until, ok := parseInstant(l.Until)
		if !ok && l.Until != "" {
			return fmt.Errorf("%s: not an instant", l.Until)
		}
		t.held[id] = until
		return nil
	}
	return errors.New("a lock is an approval or a row")
}

// locks writes them as a world has them.
func (t *Twin) locks() []world.Record {
	var out []world.Record
	for _, id := range slices.Sorted(maps.Keys(t.approvals)) {
		out = append(out, world.Record{"RecordId": id, "Kind": lockApproval})
	}
	for _, id := range slices.Sorted(maps.Keys(t.held)) {
		l := world.Record{"RecordId": id, "Kind": lockRow}
		if until := t.held[id]; !until.IsZero() {
			l["Until"] = until.UTC().Format(time.RFC3339)
		}
		out = append(out, l)
	}
	return out
}

// SetApproval locks a record for editing, or unlocks it, as a step of an approval does.
func (t *Twin) SetApproval(id string, pending bool) error {
	t.lock()
	defer t.mu.Unlock()
	long, _ := LongID(id)
	if _, ok := t.store.live(long); !ok {
		return fmt.Errorf("approve %s: %w", id, errNotFound())
	}
	delete(t.approvals, long)
	if pending {
		t.approvals[long] = true
	}
	return nil
}

// Hold makes it look as if another transaction held the row of a record until an instant,
// or until Release when that is zero.
func (t *Twin) Hold(id string, until time.Time) error {
	t.lock()
	defer t.mu.Unlock()
	long, _ := LongID(id)
	if _, ok := t.store.live(long); !ok {
		return fmt.Errorf("hold %s: %w", id, errNotFound())
	}
	t.held[long] = until
	return nil
}

// Release ends what Hold began.
func (t *Twin) Release(id string) {
	t.lock()
	defer t.mu.Unlock()
	long, _ := LongID(id)
	delete(t.held, long)
}

// SetReadOnly begins or ends a maintenance window, in which the org takes no writes.
func (t *Twin) SetReadOnly(on bool) {
	t.lock()
	defer t.mu.Unlock()
	if org, ok := t.store.live(t.orgID); ok {
		v := maps.Clone(org.v)
		v["IsReadOnly"] = on
		t.store.replace(org, v)
	}
}

// Protect lets the calling user see a field and not write it, as field-level security does.
func (t *Twin) Protect(object, name string) error {
	t.lock()
	defer t.mu.Unlock()
	o, ok := t.schema.find(object)
	if !ok {
		return fmt.Errorf("protect %s.%s: no such object", object, name)
	}
	f, ok := o.find(name)
	if !ok {
		return fmt.Errorf("protect %s.%s: no such field", object, name)
	}
	*f = f.readOnly()
	t.described = t.opt.Now()
	t.admin[customFields] = append(t.admin[customFields], world.Record{"Object": o.name, "Name": f.name, "ReadOnly": true})
	return nil
}

// mayCreate, mayEdit and mayRemove refuse what the calling user may not do, and what
// nobody may do now.
func (t *Twin) mayCreate(o *object) *apiError {
	if o.barred.create {
		return badRequest("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "entity type cannot be inserted: "+o.label, []string{}...)
	}
	return t.underMaintenance()
}

func (t *Twin) mayEdit(r *row) *apiError {
	if r.o.barred.edit {
		return t.errAccess("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
	}
	return t.mayTouch(r.o, r.v)
}

func (t *Twin) mayRemove(r *row) *apiError {
	if r.o.barred.remove {
		return t.errAccess("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
	}
	return t.mayTouch(r.o, r.v)
}

// errAccess refuses a save for lack of rights.
func (t *Twin) errAccess(code, message string) *apiError {
	status := http.StatusBadRequest
	if t.otherwise[doubtAccess403] {
		status = http.StatusForbidden
	}
	return refuse(status, code, message, []string{}...)
}

func (t *Twin) mayTouch(o *object, v map[string]any) *apiError {
	if refusal := t.underMaintenance(); refusal != nil {
		return refusal
	}
	return t.free(o, v)
}

func (t *Twin) underMaintenance() *apiError {
	org, ok := t.store.live(t.orgID)
	if !ok || !org.is("IsReadOnly") {
		return nil
	}
	status := http.StatusBadRequest
	if t.otherwise[doubtMaintenance503] {
		status = http.StatusServiceUnavailable
	}
	return refuse(status, "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", "Inserts, updates, and deletes aren't allowed during maintenance.")
}

// free refuses a save of a record that is locked, or whose parent is: what belongs to
// another record is saved together with it.
func (t *Twin) free(o *object, v map[string]any) *apiError {
	if o.name == "OpportunityLineItem" && t.schema.must("Opportunity").barred.edit {
		return t.errAccess("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", "insufficient access rights on cross-reference id")
	}
	if len(t.approvals)+len(t.held)+len(t.slow) == 0 {
		return nil
	}
	own, _ := v["Id"].(string)
	ids := []string{own}
	for i := range o.fields {
		if id, ok := v[o.fields[i].name].(string); ok && o.fields[i].cascade {
			ids = append(ids, id)
		}
	}
	var taken []string
	for i, id := range ids {
		if t.approvals[id] && (i == 0 || o.name == "OpportunityLineItem") {
			return badRequest("ENTITY_IS_LOCKED", "the entity is locked for editing", []string{}...)
		}
		if until, ok := t.held[id]; ok && (until.IsZero() || t.opt.Now().Before(until)) || t.underWay(id) {
			taken = append(taken, id)
		}
	}
	if taken == nil {
		return nil
	}
	status := http.StatusBadRequest
	if t.otherwise[doubtLockedRow500] {
		status = http.StatusInternalServerError
	}
	return refuse(status, "UNABLE_TO_LOCK_ROW", fmt.Sprintf("unable to obtain exclusive access to this record or %d records: %s", len(taken), strings.Join(taken, ",")), []string{}...)
}
