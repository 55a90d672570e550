package salesforce

import (
	"fmt"
	"slices"

	"github.com/planwright/planwright/internal/twin/world"
)

// An object whose records come in types has the field RecordTypeId. A world gives types as
// records of RecordType, and the values a list has in one of them:
//
//	"PicklistValues": [{"RecordTypeId": "012…", "Field": "StageName", "Values": ["Prospecting", "Closed Won"]}]
const picklistsOfTypes = "PicklistValues"

func recordType() *object {
	return &object{name: "RecordType", label: "Record Type", plural: "Record Types", fields: withAudit(readOnly(
		text("Name", 80).required().named(), text("DeveloperName", 80).required(), text("NamespacePrefix", 15),
		text("Description", 255), ref("BusinessProcessId", "", "BusinessProcess"), // beyond the twin
		text("SobjectType", 40).required(), flag("IsActive", true),
	)...)}
}

// addRecordTypes gives the objects that have types their field.
func addRecordTypes(s *schema, types []world.Record) error {
	for i, r := range types {
		name, _ := r["SobjectType"].(string)
		o, ok := s.find(name)
		if !ok {
			return placed("RecordType", i, fmt.Errorf("%s: no such object", name))
		}
		if !slices.ContainsFunc(o.fields, func(f field) bool { return f.name == "RecordTypeId" }) {
			o.fields = append(o.fields, ref("RecordTypeId", "RecordType", "RecordType"))
		}
	}
	return nil
}

// narrowed is a list as one record type has it.
type narrowed struct{ recordType, field string }

func (t *Twin) learnPicklists() error {
	t.narrowed = map[narrowed][]string{}
	for i, record := range t.admin[picklistsOfTypes] {
		var p struct {
			RecordTypeId, Field string //nolint:revive // named as the vendor names ids
			Values              []string
		}
		if err := decodeCustom(record, &p); err != nil {
			return placed(picklistsOfTypes, i, err)
		}
		id, _ := LongID(p.RecordTypeId)
		kind, ok := t.store.live(id)
		if !ok || kind.o.name != "RecordType" {
			return placed(picklistsOfTypes, i, fmt.Errorf("%s: no such record type", p.RecordTypeId))
		}
		f, err := t.schema.must(kind.str("SobjectType")).named(p.Field)
		if err != nil {
			return placed(picklistsOfTypes, i, err)
		}
		t.narrowed[narrowed{id, f.name}] = p.Values
	}
	return nil
}

// defaultType is the type of a record that names none.
func (t *Twin) defaultType(o *object) any {
	r, ok := t.store.first("RecordType", func(r *row) bool { return r.str("SobjectType") == o.name && r.is("IsActive") })
	if !ok {
		return nil
	}
	return r.id()
}

// checkType refuses a type of another object, and values that the record's type has not.
func (t *Twin) checkType(o *object, old, v map[string]any) *apiError {
	id, ok := v["RecordTypeId"].(string)
	if !ok {
		return nil
	}
	if kind, ok := t.store.live(id); !ok || kind.str("SobjectType") != o.name || !kind.is("IsActive") {
		return badRequest("INVALID_CROSS_REFERENCE_KEY", "Record Type ID: this ID value isn't valid for the user: "+id, "RecordTypeId")
	}
	for i := range o.fields {
		f := &o.fields[i]
		values, ok := t.narrowed[narrowed{id, f.name}]
		value, set := v[f.name].(string)
		if ok && set && (old == nil || old[f.name] != value || old["RecordTypeId"] != id) && !slices.Contains(values, value) {
			return errPicklist(f, value)
		}
	}
	return nil
}
