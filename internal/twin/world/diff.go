package world

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// ChangeKind says what became of a record.
type ChangeKind string

// The closed list of kinds.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Change is what became of one record between two worlds.
type Change struct {
	Kind       ChangeKind `json:"kind"`
	System     string     `json:"system"`     // "salesforce" or "xero"
	Collection string     `json:"collection"` // "Opportunity", "Invoices"
	ID         string     `json:"id"`
	// Name is what people call the record: its number or name, if it has one.
	Name string `json:"name,omitempty"`
	// Members lists what differs, by path; of a changed record only.
	Members []Member `json:"members,omitempty"`
	// Record is the whole record, of one that was added or removed.
	Record Record `json:"record,omitempty"`
}

// Member is one member that differs. A nil side does not have it.
type Member struct {
	Path string `json:"path"` // "LineItems/0/UnitAmount"
	Old  any    `json:"old"`
	New  any    `json:"new"`
}

// Diff lists what must happen to the records of a for them to be those of b, by system,
// collection and id. Records are the same if their ids are; a member that is null counts
// as absent, and numbers are compared by value. The start of the clock is not compared.
func Diff(a, b World) []Change {
	out := diffSystem("salesforce", a.Salesforce, b.Salesforce)
	return append(out, diffSystem("xero", a.Xero, b.Xero)...)
}

func diffSystem(system string, a, b map[string][]Record) (out []Change) {
	names := map[string]bool{}
	for _, m := range []map[string][]Record{a, b} {
		for name := range m {
			names[name] = true
		}
	}
	for _, collection := range slices.Sorted(maps.Keys(names)) {
		old, now := byID(collection, a[collection]), byID(collection, b[collection])
		var changes []Change
		for id, r := range old {
			c := Change{System: system, Collection: collection, ID: id, Name: Name(r)}
			if to, ok := now[id]; !ok {
				c.Kind, c.Record = Removed, r
			} else if c.Members = diffValue("", map[string]any(r), map[string]any(to), nil); c.Members != nil {
				c.Kind, c.Name = Changed, Name(to)
			} else {
				continue
			}
			changes = append(changes, c)
		}
		for id, r := range now {
			if _, ok := old[id]; !ok {
				changes = append(changes, Change{Kind: Added, System: system, Collection: collection, ID: id, Name: Name(r), Record: r})
			}
		}
		slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.ID, b.ID) })
		out = append(out, changes...)
	}
	return out
}

// byID finds records by the member that identifies them, and those without one by place.
func byID(collection string, records []Record) map[string]Record {
	out := make(map[string]Record, len(records))
	for i, r := range records {
		id := ID(collection, r)
		if _, taken := out[id]; id == "" || taken {
			id = "#" + strconv.Itoa(i+1)
		}
		out[id] = r
	}
	return out
}

// ID returns what identifies a record: Salesforce's Id, Xero's InvoiceID and the like,
// and the codes of collections that have no ids.
func ID(collection string, r Record) string {
	singular := strings.TrimSuffix(collection, "s")
	if stem, ok := strings.CutSuffix(collection, "ies"); ok {
		singular = stem + "y"
	}
	for _, member := range []string{"Id", singular + "ID", "TaxType", "Code"} {
		if id, _ := r[member].(string); id != "" {
			return id
		}
	}
	return ""
}

// Name returns what people call a record: its number or name; "" when it has neither.
func Name(r Record) string {
	for _, member := range []string{"InvoiceNumber", "CreditNoteNumber", "Name", "Subject", "Code"} {
		if name, _ := r[member].(string); name != "" {
			return name
		}
	}
	return ""
}

// diffValue appends what differs between two values to out.
func diffValue(path string, a, b any, out []Member) []Member {
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return diffMembers(path, x, y, out)
		}
	case []any:
		if y, ok := b.([]any); ok {
			for i := range max(len(x), len(y)) {
				out = diffValue(join(path, strconv.Itoa(i)), at(x, i), at(y, i), out)
			}
			return out
		}
	}
	if same(a, b) {
		return out
	}
	return append(out, Member{Path: path, Old: a, New: b})
}

func diffMembers(path string, a, b map[string]any, out []Member) []Member {
	names := slices.Collect(maps.Keys(a))
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		out = diffValue(join(path, name), a[name], b[name], out)
	}
	return out
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "/" + name
}

func at(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func same(a, b any) bool {
	x, okX := a.(json.Number)
	y, okY := b.(json.Number)
	if okX && okY {
		m, errX := decimal.Parse(x.String())
		n, errY := decimal.Parse(y.String())
		if errX == nil && errY == nil {
			return m.Cmp(n) == 0
		}
	}
	return reflect.DeepEqual(a, b)
}

// WriteChanges prints changes for people: a line for each record, and one for each member
// of it that differs.
func WriteChanges(w io.Writer, changes []Change) error {
	for _, c := range changes {
		mark := map[ChangeKind]string{Added: "+", Removed: "-", Changed: "~"}[c.Kind]
		line := fmt.Sprintf("%s %s %s %s", mark, c.System, c.Collection, c.ID)
		if c.Name != "" && c.Name != c.ID {
			line += fmt.Sprintf(" %q", c.Name)
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
		for _, m := range c.Members {
			if _, err := fmt.Fprintf(w, "    %s: %s → %s\n", m.Path, brief(m.Old), brief(m.New)); err != nil {
				return err
			}
		}
	}
	return nil
}

// longest bounds how much of a value a line shows.
const longest = 80

func brief(v any) string {
	if v == nil {
		return "nothing"
	}
	data, err := json.Marshal(v)
	if err != nil {
		return "?" // unreachable: worlds are JSON
	}
	if text := []rune(string(data)); len(text) > longest {
		return string(text[:longest]) + "…"
	}
	return string(data)
}
