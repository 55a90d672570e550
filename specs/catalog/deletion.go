package catalog

import (
	"maps"
	"slices"

	"github.com/planwright/planwright/specs/openapi"
	"github.com/planwright/planwright/specs/schema"
)

// Deletion tells how deleted records of an object are found: by a call that lists what was
// deleted in a span of time, given in whole minutes. All but Operation are names of
// parameters or members.
type Deletion struct {
	Operation string `json:"operation"` // operation id, "deleted"
	// Object is the parameter that takes the object's short name; empty for a call that is
	// about one object only.
	Object string `json:"object,omitempty"`
	Start  string `json:"start"` // parameter: the beginning of the span
	End    string `json:"end"`   // parameter: its end, which is not in it
	Rows   string `json:"rows"`  // member of the answer: the list
	ID     string `json:"id"`    // member of one of them: the record's id
	At     string `json:"at"`    // member of one of them: when it was deleted
	// Covered is the member of the answer up to which it is complete: there the next span
	// begins.
	Covered string `json:"covered"`
	// Earliest is the member of the answer that says from when on spans can be asked for.
	Earliest string  `json:"earliest,omitempty"`
	Winner   *Winner `json:"winner,omitempty"`
}

// Winner tells how the record is found that a deleted one was merged into: by a query that
// sees deleted records, too.
type Winner struct {
	Operation string `json:"operation"` // operation id, "queryAll"
	Field     string `json:"field"`     // of the object: "MasterRecordId"
}

// The members of a deleted record that plans may use, beside the key of its object.
const (
	DeletedAt  = "deletedAt"
	MergedInto = "mergedInto"
)

// Deleted is what is known of a deleted record of an object: its id, when it was deleted,
// and the record it was merged into where the vendor says so.
func (d Deletion) Deleted(o *schema.Object) *schema.Object {
	key, _ := o.Field(o.Key)
	key.Always, key.Type.Nominal = true, o.Name+"."+o.Key
	out := &schema.Object{
		Name: "deleted." + o.Name, Key: o.Key,
		Fields: []schema.Field{key, {Name: DeletedAt, Type: schema.Type{Kind: schema.Instant}, Always: true}},
	}
	if d.Winner != nil {
		out.Fields = append(out.Fields, schema.Field{Name: MergedInto, Type: key.Type})
	}
	return out
}

// deletions reads x-pw-deletes; object names are short there.
func (c *compiler) deletions(k openapi.Keyword) {
	if !c.read(k, &c.api.Deletions) {
		return
	}
	maps.DeleteFunc(c.api.Deletions, func(name string, _ Deletion) bool {
		return c.objects[c.full(name)] == nil // this version of the file does not have it
	})
	for _, name := range slices.Sorted(maps.Keys(c.api.Deletions)) {
		d := c.api.Deletions[name]
		for member, value := range map[string]string{"start": d.Start, "end": d.End, "rows": d.Rows, "id": d.ID, "at": d.At, "covered": d.Covered} {
			if value == "" {
				c.fault(k, "x-pw-deletes %s does not say %s", name, member)
			}
		}
		if w := d.Winner; w != nil {
			if _, ok := c.objects[c.full(name)].Field(w.Field); !ok {
				d.Winner = nil // this user may not see it, or this version does not have it
				c.api.Deletions[name] = d
			}
		}
	}
}

// checkDeletions reports operations that x-pw-deletes names and the spec does not have, and
// parameters that the operation does not take.
func (c *compiler) checkDeletions(operations []*Operation, check func(where, id string)) {
	for _, name := range slices.Sorted(maps.Keys(c.api.Deletions)) {
		d := c.api.Deletions[name]
		check("x-pw-deletes "+name, d.Operation)
		if d.Winner != nil {
			check("x-pw-deletes "+name, d.Winner.Operation)
		}
		for _, o := range operations {
			if o.ID == d.Operation && !d.spans(o) {
				c.list = append(c.list, noSpan(c.doc.Name, name, o.ID))
			}
		}
	}
}

// spans reports whether an operation can be asked for what was deleted in a span of time.
func (d Deletion) spans(o *Operation) bool {
	for _, name := range []string{d.Start, d.End} {
		if p, ok := o.Param(name); !ok || p.Type.Kind != schema.Instant {
			return false
		}
	}
	_, ok := o.Param(d.Object)
	return ok || d.Object == ""
}
