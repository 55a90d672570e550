package xero

import (
	"cmp"
	"slices"
	"strings"
)

// row is a stored record. A change stores a new row; rows themselves never change.
type row struct {
	id  string
	at  string // UpdatedDateUTC of rec
	rec record
	app string // client id that made it by the API, "" otherwise
	// listed is the instant from which lists show it; "" is ever.
	listed string
	seq    uint64 // how many rows of the table were made before
}

// table is one collection with the indexes that uniqueness needs. Rows lie in the
// vendor's default order, UpdatedDateUTC then id. It is guarded by the twin's lock.
type table struct {
	name    string // "Invoices"
	key     string // member that identifies a record, "InvoiceID"
	shape   *shape
	list    listing
	byID    map[string]*row
	ordered []*row
	indexes map[string]map[string][]*row // by member or path, then by value in its broad form
	dues    dues                         // of invoices
	made    uint64                       // rows ever made
}

func newTable(name, key string, s *shape, indexed ...string) *table {
	t := &table{name: name, key: key, shape: s, list: listingOf(name), byID: map[string]*row{}, indexes: map[string]map[string][]*row{}}
	if name == "Invoices" {
		t.dues = dues{}
	}
	for _, f := range indexed {
		t.indexes[f] = map[string][]*row{}
	}
	return t
}

// put stores a record under its key and returns the row it replaced, if any.
func (t *table) put(rec record, app string) *row {
	r := &row{id: str(rec, t.key), at: str(rec, "UpdatedDateUTC"), rec: rec, app: app, seq: t.made}
	t.made++
	old := t.byID[r.id]
	if old != nil {
		r.app, r.listed = old.app, old.listed
		t.remove(old)
	}
	t.byID[r.id] = r
	if t.dues != nil {
		t.dues.tally(rec, 1)
	}
	i, _ := slices.BinarySearchFunc(t.ordered, r, byUpdate)
	t.ordered = slices.Insert(t.ordered, i, r)
	for f, index := range t.indexes {
		if v := foldAll(textAt(rec, f)); v != "" {
			index[v] = append(index[v], r)
		}
	}
	return old
}

func (t *table) remove(r *row) {
	delete(t.byID, r.id)
	if t.dues != nil {
		t.dues.tally(r.rec, -1)
	}
	if i, ok := slices.BinarySearchFunc(t.ordered, r, byUpdate); ok {
		t.ordered = slices.Delete(t.ordered, i, i+1)
	}
	for f, index := range t.indexes {
		v := foldAll(textAt(r.rec, f))
		list := index[v] // in the order of seq, since rows are added as they are made
		at, _ := slices.BinarySearchFunc(list, r.seq, func(r *row, seq uint64) int { return cmp.Compare(r.seq, seq) })
		switch {
		case v == "":
		case len(list) == 1:
			delete(index, v)
		default:
			index[v] = slices.Delete(list, at, at+1)
		}
	}
}

// textAt reads the text at a path, with points between names.
func textAt(rec record, path string) string {
	name, rest, nested := strings.Cut(path, ".")
	if !nested {
		return str(rec, name)
	}
	inner, _ := rec[name].(record)
	return textAt(inner, rest)
}

// find returns the rows whose indexed member equals value, case and surplus spaces
// aside, in the order in which they took that value.
func (t *table) find(member, value string) []*row {
	folded := fold(value)
	return slices.DeleteFunc(slices.Clone(t.indexes[member][foldAll(value)]), func(r *row) bool {
		have := textAt(r.rec, member)
		return have != value && fold(have) != folded
	})
}

// alike returns the rows that find returns and those that differ in accents alone.
func (t *table) alike(member, value string) []*row {
	found, value := t.indexes[member][foldAll(value)], fold(plain(value))
	return slices.DeleteFunc(slices.Clone(found), func(r *row) bool { return fold(plain(textAt(r.rec, member))) != value })
}

// first returns the first row found under any of the indexed members.
func (t *table) first(value string, members ...string) *row {
	if r := t.byID[strings.ToLower(value)]; r != nil {
		return r
	}
	if r := t.byID[value]; r != nil {
		return r
	}
	for _, m := range members {
		if found := t.find(m, value); len(found) > 0 {
			return found[0]
		}
	}
	return nil
}

func byUpdate(a, b *row) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id))
}

// fold brings names and numbers into the form in which they are compared: lower case,
// trimmed, inner runs of spaces as one. That uniqueness ignores case is what the name
// filter was seen to do; for spaces it is believed.
func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }
