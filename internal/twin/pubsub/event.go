package pubsub

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/hamba/avro/v2"

	"github.com/planwright/planwright/internal/twin/salesforce"
)

// maxEvent is the largest event in bytes; what is larger becomes a gap.
const maxEvent = 1_000_000

// form is one version of an object's event.
type form struct {
	id, text string
	schema   avro.Schema
	fields   []salesforce.Field
}

// formOf makes the form of an object's events as it is now.
func formOf(object string, fields []salesforce.Field) (*form, error) {
	list := []any{map[string]any{"name": "ChangeEventHeader", "type": headerType()}}
	for _, f := range fields {
		list = append(list, map[string]any{"name": f.Name, "type": fieldType(object, f), "default": nil})
	}
	text, err := json.Marshal(map[string]any{"type": "record", "name": object + "ChangeEvent", "namespace": "com.sforce.eventbus", "fields": list})
	if err != nil {
		return nil, err
	}
	schema, err := avro.ParseWithCache(string(text), "", &avro.SchemaCache{})
	if err != nil {
		return nil, fmt.Errorf("form of %s: %w", object, err)
	}
	sum := sha256.Sum256(text)
	return &form{id: base64.RawURLEncoding.EncodeToString(sum[:16]), text: string(text), schema: schema, fields: fields}, nil
}

func headerType() any {
	var fields []any
	add := func(name string, kind any) { fields = append(fields, map[string]any{"name": name, "type": kind}) }
	list := map[string]any{"type": "array", "items": "string"}
	add("entityName", "string")
	add("recordIds", list)
	add("changeType", map[string]any{"type": "enum", "name": "ChangeType", "symbols": []string{
		"CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW",
	}})
	add("changeOrigin", "string")
	add("transactionKey", "string")
	add("sequenceNumber", "int")
	add("commitTimestamp", "long")
	add("commitNumber", "long")
	add("commitUser", "string")
	add("nulledFields", list)
	add("diffFields", list)
	add("changedFields", list)
	return map[string]any{"type": "record", "name": "ChangeEventHeader", "fields": fields}
}

func fieldType(object string, f salesforce.Field) any {
	switch f.Kind {
	case "record":
		name := f.Name
		if f.Name == "Name" {
			name = "PersonName"
		}
		var parts []any
		for _, p := range f.Parts {
			parts = append(parts, map[string]any{"name": p.Name, "type": []any{"null", "string"}, "default": nil})
		}
		record := map[string]any{"type": "record", "name": object + name, "fields": parts}
		if f.Name == "Name" {
			return []any{"null", "string", record}
		}
		return []any{"null", record}
	case "date", "datetime":
		return []any{"null", "long"}
	}
	return []any{"null", f.Kind}
}

// change is one event before it is written: records of one object that changed alike in one
// transaction.
type change struct {
	object, kind    string
	ids             []string
	values          map[string]any // of the record afterwards; nil for none
	changed, nulled []string
	origin, user    string
	key             string // of the transaction
	sequence        int
	at              time.Time
	number          int64
}

// same reports whether another record's change can go in the same event.
func (c *change) same(o *change) bool {
	if c.object != o.object || c.kind != o.kind || c.key != o.key || c.kind == "CREATE" || !slices.Equal(c.changed, o.changed) {
		return false
	}
	for _, f := range c.changed {
		if !reflect.DeepEqual(c.values[f], o.values[f]) {
			return false
		}
	}
	return true
}

// encode writes the event. Fields that the subscriber may not see are null, and not named.
func (c *change) encode(f *form) ([]byte, error) {
	values := map[string]any{}
	for _, field := range f.fields {
		values[field.Name] = c.value(f.schema, field)
	}
	values["ChangeEventHeader"] = map[string]any{
		"entityName": c.object, "recordIds": c.ids, "changeType": c.kind, "changeOrigin": c.origin, "transactionKey": c.key,
		"sequenceNumber": c.sequence, "commitTimestamp": c.at.UnixMilli(), "commitNumber": c.number, "commitUser": c.user,
		"nulledFields": f.bitmaps(c.nulled), "diffFields": []string{}, "changedFields": f.bitmaps(c.changed),
	}
	data, err := avro.Marshal(f.schema, values)
	if err != nil {
		return nil, fmt.Errorf("write event of %s: %w", c.object, err)
	}
	return data, nil
}

// value is what an event says of a field: nothing where it did not change.
func (c *change) value(schema avro.Schema, f salesforce.Field) any {
	if c.values == nil || f.Hidden {
		return nil
	}
	tells := func(name string) bool { return c.kind != "UPDATE" || slices.Contains(c.changed, name) }
	if f.Kind == "record" {
		record, some := map[string]any{}, false
		for _, p := range f.Parts {
			record[p.Name] = nil
			if s, ok := c.values[p.Field].(string); ok && tells(p.Field) {
				record[p.Name], some = map[string]any{"string": s}, true
			}
		}
		if !some {
			return nil
		}
		union := schema.(*avro.RecordSchema).Fields()[fieldAt(schema, f.Name)].Type().(*avro.UnionSchema)
		return map[string]any{union.Types()[len(union.Types())-1].(*avro.RecordSchema).FullName(): record}
	}
	if !tells(f.Name) || c.values[f.Name] == nil {
		return nil
	}
	return plain(f.Kind, c.values[f.Name])
}

func plain(kind string, v any) any {
	text := fmt.Sprint(v)
	switch kind {
	case "boolean":
		return map[string]any{"boolean": v == true}
	case "int":
		n, _ := json.Number(text).Int64()
		return map[string]any{"int": int(n)}
	case "double":
		n, _ := json.Number(text).Float64()
		return map[string]any{"double": n}
	case "date", "datetime":
		for _, layout := range []string{time.DateOnly, "2006-01-02T15:04:05.000-0700"} {
			if at, err := time.Parse(layout, text); err == nil {
				return map[string]any{"long": at.UnixMilli()}
			}
		}
		return nil
	}
	return map[string]any{"string": text}
}

func fieldAt(schema avro.Schema, name string) int {
	return slices.IndexFunc(schema.(*avro.RecordSchema).Fields(), func(f *avro.Field) bool { return f.Name() == name })
}

// bitmaps writes names of fields as the header does: one number for the record's own, and one
// for each compound field, "4-0x10".
func (f *form) bitmaps(names []string) []string {
	top, out := new(big.Int), []string{}
	var nested []string
	for i, field := range f.fields {
		if field.Hidden {
			continue
		}
		if field.Kind != "record" {
			if slices.Contains(names, field.Name) {
				top.SetBit(top, i+1, 1)
			}
			continue
		}
		bits := new(big.Int)
		for j, p := range field.Parts {
			if slices.Contains(names, p.Field) {
				bits.SetBit(bits, j, 1)
			}
		}
		if bits.Sign() > 0 {
			nested = append(nested, fmt.Sprintf("%d-0x%s", i+1, strings.ToUpper(bits.Text(16))))
		}
	}
	if top.Sign() > 0 {
		out = append(out, "0x"+strings.ToUpper(top.Text(16)))
	}
	return append(out, nested...)
}

// changesOf turns the saves of one transaction into changes, each record once, in order.
func changesOf(saves []salesforce.Saved, fields func(object string) []salesforce.Field) []*change {
	var order []string
	first, last := map[string]salesforce.Saved{}, map[string]salesforce.Saved{}
	for _, s := range saves {
		if _, known := first[s.ID]; !known {
			first[s.ID] = s
			order = append(order, s.ID)
		}
		last[s.ID] = s
	}
	var out []*change
	for _, id := range order {
		before, s := first[id].Before, last[id]
		sum := sha256.Sum256(fmt.Appendf(nil, "%d %d", s.Transaction, s.At.UnixNano()))
		c := &change{
			object: s.Object, ids: []string{id}, values: s.After, origin: s.Origin, user: s.User, at: s.At, key: hex.EncodeToString(sum[:16]),
		}
		was, is := before != nil && before["IsDeleted"] == true, s.After["IsDeleted"] == true
		switch {
		case before == nil && is:
			continue // made and deleted at once: nobody hears of it
		case before == nil:
			c.kind = "CREATE"
		case is && !was:
			c.kind, c.values = "DELETE", nil
		case was && !is:
			c.kind = "UNDELETE"
		default:
			c.kind = "UPDATE"
			if c.differ(before, fields(s.Object)); len(c.changed) == 0 {
				continue
			}
		}
		if n := len(out); n > 0 && out[n-1].same(c) {
			out[n-1].ids = append(out[n-1].ids, id)
			continue
		}
		c.sequence = len(out) + 1
		out = append(out, c)
	}
	return out
}

// differ names the fields that a save changed.
func (c *change) differ(before map[string]any, fields []salesforce.Field) {
	look := func(name string) {
		if reflect.DeepEqual(before[name], c.values[name]) {
			return
		}
		c.changed = append(c.changed, name)
		if c.values[name] == nil {
			c.nulled = append(c.nulled, name)
		}
	}
	for _, f := range fields {
		if f.Kind != "record" {
			look(f.Name)
		}
		for _, p := range f.Parts {
			look(p.Field)
		}
	}
}
