package eval

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/twin/world"
)

// sides are the records of both vendors at one instant.
type sides struct {
	Salesforce map[string][]world.Record `json:"salesforce"`
	Xero       map[string][]world.Record `json:"xero"`
}

func (s *stage) now() sides { return sides{s.sf.Snapshot(), s.books.Snapshot()} }

// changes are what is different between two instants: records that came, the members of
// records that changed, records that went. Stamps are left out, and ids made in between
// are written as "(Invoices 1)", so that the same deeds give the same bytes.
type changes struct {
	Added   map[string][]world.Record `json:"added,omitempty"`
	Changed map[string][]world.Record `json:"changed,omitempty"`
	Gone    map[string][]string       `json:"gone,omitempty"`
}

// stamps are members that say when or by whom, and nothing else.
var stamps = []string{
	"CreatedDate", "LastModifiedDate", "SystemModstamp", "LastModifiedById", "CreatedById", "UpdatedDateUTC",
	"LastActivityDate", "LastViewedDate", "LastReferencedDate", "UpdatedDate",
}

// between compares two instants.
func between(before, after sides) changes {
	c := changes{map[string][]world.Record{}, map[string][]world.Record{}, map[string][]string{}}
	c.compare("salesforce.", before.Salesforce, after.Salesforce)
	c.compare("xero.", before.Xero, after.Xero)
	return c
}

func (c *changes) compare(side string, before, after map[string][]world.Record) {
	names := map[string]bool{}
	for name := range before {
		names[name] = true
	}
	for name := range after {
		names[name] = true
	}
	delete(names, "History") // tells of changes, and is none itself
	for name := range names {
		old := map[string]world.Record{}
		for _, r := range before[name] {
			old[idOf(name, r)] = r
		}
		for _, r := range after[name] {
			id := idOf(name, r)
			was, known := old[id]
			delete(old, id)
			if !known {
				c.Added[side+name] = append(c.Added[side+name], r)
			} else if d := differing(was, r); len(d) > 0 {
				d["id"] = id
				c.Changed[side+name] = append(c.Changed[side+name], d)
			}
		}
		if len(old) > 0 {
			c.Gone[side+name] = slices.Sorted(maps.Keys(old))
		}
	}
}

// idOf returns what tells a record from others of its collection.
func idOf(collection string, r world.Record) string {
	for _, member := range []string{"Id", strings.TrimSuffix(collection, "s") + "ID", "TaxType", "Code"} {
		if id, ok := r[member].(string); ok {
			return id
		}
	}
	data, _ := json.Marshal(r) // a tree of JSON always can be
	return string(data)
}

// differing returns the members of b that a has not, or has otherwise; a member that went
// is nil.
func differing(a, b world.Record) world.Record {
	d := world.Record{}
	for k, v := range b {
		if !slices.Contains(stamps, k) && !reflect.DeepEqual(a[k], v) {
			d[k] = v
		}
	}
	for k, v := range a {
		if _, ok := b[k]; !ok && v != nil && !slices.Contains(stamps, k) {
			d[k] = nil
		}
	}
	return d
}

// text is the canonical form that a case's change.json holds.
func (c changes) text() []byte {
	ids := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.Added)) {
		_, short, _ := strings.Cut(name, ".")
		for i, r := range c.Added[name] {
			ids[idOf(short, r)] = fmt.Sprintf("(%s %d)", short, i+1)
		}
	}
	plain := changes{Added: levelled(c.Added, ids), Changed: levelled(c.Changed, ids), Gone: c.Gone}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(plain) // a tree of JSON always can be
	return out.Bytes()
}

func levelled(all map[string][]world.Record, ids map[string]string) map[string][]world.Record {
	out := map[string][]world.Record{}
	for name, records := range all {
		for _, r := range records {
			out[name] = append(out[name], level(r, ids).(world.Record))
		}
	}
	return out
}

func level(v any, ids map[string]string) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, m := range v {
			if slices.Contains(stamps, k) {
				continue
			}
			if k == "LineItemID" {
				m = "(line)"
			}
			out[k] = level(m, ids)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = level(v[i], ids)
		}
		return out
	case string:
		if short, ok := ids[v]; ok {
			return short
		}
	}
	return v
}

// unlike returns the first line in which two texts differ, as "line 7: … instead of …".
func unlike(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range max(len(g), len(w)) {
		have, should := "nothing", "nothing"
		if i < len(g) {
			have = strings.TrimSpace(g[i])
		}
		if i < len(w) {
			should = strings.TrimSpace(w[i])
		}
		if have != should {
			return fmt.Sprintf("line %d: %s instead of %s", i+1, have, should)
		}
	}
	return ""
}
