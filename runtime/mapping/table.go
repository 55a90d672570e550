package mapping

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
)

// Column is one input of a mapping.
type Column struct {
	Name string `json:"name"` // "product"
	Type string `json:"type"` // "salesforce.Product2" or "string"
}

// Table is one mapping of one plan. Reading it from many goroutines is safe while nobody
// applies events.
type Table struct {
	Name string   // as the plan calls it
	From []Column // the key's parts, in alphabetical order of their names
	To   string   // the object whose records rows choose, "xero.Item"
	// Fields are the paths into that object which every row must have to be of use: the
	// field other records point at ("Code"), then what the plan lists under with.
	Fields []string

	records map[string]*record // by KeyText
}

// New returns the empty table that a plan declares. match is the field by which the
// target is pointed at, "Code"; it may be empty where rows are only shown.
func New(name string, m plan.Mapping, match string) *Table {
	t := &Table{Name: name, To: m.To, records: map[string]*record{}}
	for _, input := range slices.Sorted(maps.Keys(m.From)) {
		t.From = append(t.From, Column{input, m.From[input]})
	}
	for _, field := range append([]string{match}, m.With...) {
		if field != "" && !slices.Contains(t.Fields, field) {
			t.Fields = append(t.Fields, field)
		}
	}
	return t
}

// Fold returns the table after all events, in order.
func Fold(name string, m plan.Mapping, match string, events []Event) (*Table, error) {
	t := New(name, m, match)
	for i, e := range events {
		if err := t.Apply(e); err != nil {
			return nil, fmt.Errorf("fold mapping %s: event %d: %w", name, i+1, err)
		}
	}
	return t, nil
}

// Clone returns a table that shares nothing that changes.
func (t *Table) Clone() *Table {
	c := *t
	c.records = make(map[string]*record, len(t.records))
	for k, rec := range t.records {
		r := *rec
		r.history = slices.Clip(rec.history)
		c.records[k] = &r
	}
	return &c
}

// Row returns the value of the approved row of a key. A row that lacks one of t.Fields, as
// after a plan began to use another field, is not returned. The value must not be changed.
func (t *Table) Row(key []string) (map[string]any, bool) {
	r, ok := t.Approved(key)
	return r.Value, ok
}

// Approved is Row with all that is known about the row.
func (t *Table) Approved(key []string) (Row, bool) {
	rec, ok := t.records[KeyText(key)]
	if !ok || rec.approved == nil || !slices.Equal(rec.approved.Key, key) || t.Check(*rec.approved) != nil {
		return Row{}, false
	}
	return *rec.approved, true
}

// Pending returns the row of a key that waits for a decision.
func (t *Table) Pending(key []string) (Row, bool) {
	rec, ok := t.records[KeyText(key)]
	if !ok || rec.pending == nil {
		return Row{}, false
	}
	return *rec.pending, true
}

// Check confirms that the row has the table's inputs and fields. The error is [ErrRow].
func (t *Table) Check(r Row) error {
	if len(r.Key) != len(t.From) {
		return fmt.Errorf("%w: a key of %d parts where mapping %s has %d inputs", ErrRow, len(r.Key), t.Name, len(t.From))
	}
	for _, path := range t.Fields {
		if v, ok := leaf(r.Value, path); !ok || v == "" {
			return fmt.Errorf("%w: the row has no %s", ErrRow, path)
		}
	}
	return nil
}

// NewRow returns the row that maps key to a record of the target: of its fields, those the
// table wants. The error is [ErrRow], and names what the record does not have.
func (t *Table) NewRow(key []string, label Label, record map[string]any) (Row, error) {
	r := Row{Key: key, Value: map[string]any{}, Label: label}
	for _, path := range t.Fields {
		v, ok := leaf(record, path)
		if !ok || v == nil || v == "" {
			return r, fmt.Errorf("%w: %s has no %s", ErrRow, label.To, path)
		}
		setLeaf(r.Value, path, v)
	}
	return r, t.Check(r)
}

// Extra returns what the row holds beside the field by which the target is pointed at, by
// the last part of its path: "AccountCode".
func (t *Table) Extra(r Row) map[string]any {
	out := map[string]any{}
	for _, path := range t.Fields[min(1, len(t.Fields)):] {
		if v, ok := leaf(r.Value, path); ok {
			out[path[strings.LastIndexByte(path, '.')+1:]] = v
		}
	}
	return out
}

// Rows returns what a person should see, in order of the keys: of each key the approved
// row and the row that waits, or else the row decided last. Keys from before the plan's
// inputs changed cannot be reached by any run and are left out; History has them.
func (t *Table) Rows() []Row {
	var out []Row
	for _, k := range t.keys() {
		rec := t.records[k]
		if len(rec.history[0].Key) != len(t.From) {
			continue
		}
		if rec.approved != nil {
			out = append(out, *rec.approved)
		}
		if rec.pending != nil {
			out = append(out, *rec.pending)
		}
		if rec.approved == nil && rec.pending == nil {
			out = append(out, *rec.last)
		}
	}
	return out
}

// History returns all events of a key, oldest first.
func (t *Table) History(key []string) []Event {
	rec, ok := t.records[KeyText(key)]
	if !ok {
		return nil
	}
	return slices.Clone(rec.history)
}

// keys returns the texts of all keys, sorted.
func (t *Table) keys() []string { return slices.Sorted(maps.Keys(t.records)) }

// Snapshot is the approved rows of a table at one moment: [KeyText] to [Row.Digest].
type Snapshot map[string]plan.Digest

// Snapshot returns the approved rows as they are now.
func (t *Table) Snapshot() Snapshot {
	s := Snapshot{}
	for k, rec := range t.records {
		if rec.approved != nil {
			s[k] = rec.approved.Digest()
		}
	}
	return s
}

// Changed returns the keys of rows that were approved in the old snapshot and are another
// row, or none, now; sorted by their texts. Rows approved since are not among them.
func (s Snapshot) Changed(old Snapshot) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(old)) {
		if s[k] != old[k] {
			out = append(out, k)
		}
	}
	return out
}

// Digest is the SHA-256 over all rows of the snapshot.
func (s Snapshot) Digest() plan.Digest { return digest(map[string]plan.Digest(s)) }

// Changed is [Snapshot.Changed] of the table as it is now.
func (t *Table) Changed(old Snapshot) []string { return t.Snapshot().Changed(old) }

// Digest is the SHA-256 over all approved rows.
func (t *Table) Digest() plan.Digest { return t.Snapshot().Digest() }

// Tables are the mappings of one plan by name.
type Tables map[string]*Table

// Row is [Table.Row] of the named mapping.
func (ts Tables) Row(name string, key []string) (map[string]any, bool) {
	t, ok := ts[name]
	if !ok {
		return nil, false
	}
	return t.Row(key)
}

// Snapshots returns the snapshot of every table, by name.
func (ts Tables) Snapshots() map[string]Snapshot {
	out := make(map[string]Snapshot, len(ts))
	for name, t := range ts {
		out[name] = t.Snapshot()
	}
	return out
}
