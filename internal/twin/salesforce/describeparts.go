package salesforce

import (
	"encoding/base64"
	"slices"
)

// masterRecordType is the record type that every object has and no record shows.
const masterRecordType = "012000000000000AAA"

// childRelationships lists what points at an object, first what a query can go down by.
func (t *Twin) childRelationships(o *object) []any {
	out := []any{}
	add := func(c child) {
		out = append(out, ordered{
			{"cascadeDelete", c.cascade},
			{"childSObject", c.object},
			{"deprecatedAndHidden", false},
			{"field", c.field},
			{"junctionIdListNames", []any{}},
			{"junctionReferenceTo", []any{}},
			{"relationshipName", orNil(c.name)},
			{"restrictedDelete", false},
		})
	}
	for _, c := range o.children {
		add(c)
	}
	for _, from := range t.schema.order {
		for _, f := range from.fields {
			if f.down == "" && slices.Contains(f.targets, o.name) {
				add(child{object: from.name, field: f.name, cascade: f.cascade})
			}
		}
	}
	return out
}

// recordTypeInfos lists the record types of an object, the master last as the vendor does.
func (t *Twin) recordTypeInfos(o *object, url string) []any {
	out := []any{}
	info := func(id, name, developer string, active, standard, master bool) ordered {
		return ordered{
			{"active", active},
			{"available", active},
			{"defaultRecordTypeMapping", standard},
			{"developerName", developer},
			{"master", master},
			{"name", name},
			{"recordTypeId", id},
			{"urls", ordered{{"layout", url + "/describe/layouts/" + id}}},
		}
	}
	standard := true // the first active one is what a record gets
	for _, r := range t.store.rows["RecordType"] {
		if r.deleted || r.str("SobjectType") != o.name {
			continue
		}
		active := r.is("IsActive")
		out = append(out, info(r.id(), r.str("Name"), r.str("DeveloperName"), active, active && standard, false))
		standard = standard && !active
	}
	return append(out, info(masterRecordType, "Master", "Master", true, standard, true))
}

// picklistValues lists the values of a field, those switched off too.
func (t *Twin) picklistValues(o *object, f *field) []any {
	off := f.inactive
	if o.name == "Opportunity" && f.name == "StageName" {
		for _, r := range t.store.rows["OpportunityStage"] {
			if !r.is("IsActive") {
				off = append(off, r.str("ApiName"))
			}
		}
	}
	out := []any{}
	add := func(v string) {
		out = append(out, ordered{
			{"active", !slices.Contains(off, v)},
			{"defaultValue", f.initial == v},
			{"label", v},
			{"validFor", f.validWith(o, v)},
			{"value", v},
		})
	}
	for _, v := range f.values {
		add(v)
	}
	for _, v := range f.inactive {
		if !slices.Contains(f.values, v) {
			add(v)
		}
	}
	return out
}

// validWith says for which values of the controlling field a value is offered: one bit
// for each of them, the first in the highest place, in base64.
func (f *field) validWith(o *object, v string) any {
	if f.controller == "" {
		return nil
	}
	values := o.must(f.controller).values
	bits := make([]byte, (len(values)+7)/8)
	for i, controlling := range values {
		if slices.Contains(f.offered[controlling], v) {
			bits[i/8] |= 0x80 >> (i % 8)
		}
	}
	return base64.StdEncoding.EncodeToString(bits)
}

// urls are the addresses of an object: its resources, and the pages people see.
func (t *Twin) urls(q *request, o *object) ordered {
	rest := q.base + "/sobjects/" + o.name
	ui := t.base(q) + "/"
	return ordered{
		{"compactLayouts", rest + "/describe/compactLayouts"},
		{"rowTemplate", rest + "/{ID}"},
		{"approvalLayouts", rest + "/describe/approvalLayouts"},
		{"uiDetailTemplate", ui + "{ID}"},
		{"uiEditTemplate", ui + "{ID}/e"},
		{"describe", rest + "/describe"},
		{"layouts", rest + "/describe/layouts"},
		{"quickActions", rest + "/quickActions"},
		{"sobject", rest},
		{"uiNewRecord", ui + o.prefix + "/e"},
	}
}
