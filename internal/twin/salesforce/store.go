package salesforce

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// row is one record. Values have the forms convert returns; a missing one is null.
type row struct {
	o       *object
	v       map[string]any
	deleted bool
	with    string // id of the record whose deletion took this one along
	place   int    // among the records of its object
}

func (r *row) id() string             { return r.v["Id"].(string) }
func (r *row) str(name string) string { s, _ := r.v[name].(string); return s }
func (r *row) is(name string) bool    { b, _ := r.v[name].(bool); return b }

// store keeps records by object in the order they were made, and finds them by id, by
// what they refer to and by the values of their key fields.
type store struct {
	rows map[string][]*row // by object
	ids  map[string]*row   // by 18-character id
	refs map[refKey][]*row // records by an indexed value, oldest first
	next map[string]uint64 // last number used for made-up ids, by object
	gone map[string]bool   // ids of records that are no more: no id is given twice
	same alike
	undo undoLog
	// instants are the records of an object in the order of an instant, and then of their
	// ids. An order is made when it is first asked for.
	instants map[instantKey]*timeline
	// The history of saves, if one is kept, and what its next entry says.
	saves       *saveLog
	transaction uint64
	origin      string
	now         func() time.Time
}

// refKey is a value of an indexed field: the id of a reference, or a key in lower case.
type refKey struct{ object, field, value string }

func newStore() *store {
	return &store{
		rows: map[string][]*row{}, ids: map[string]*row{}, refs: map[refKey][]*row{}, next: map[string]uint64{}, gone: map[string]bool{},
		instants: map[instantKey]*timeline{}, same: newAlike(),
	}
}

// indexed reports whether the store finds records by the values of the field.
func (f *field) indexed() bool { return f.kind == kindRef || f.external || f.unique }

// indexKey returns where the index keeps a value of the field; ok is false for null.
func (f *field) indexKey(o *object, v any) (k refKey, ok bool) {
	switch v := v.(type) {
	case string:
		if f.kind != kindRef {
			return refKey{o.name, f.name, strings.ToLower(v)}, true
		}
		return refKey{o.name, f.name, v}, true
	case json.Number:
		return refKey{o.name, f.name, v.String()}, true
	}
	return refKey{}, false
}

// newID returns an id no record of the object has or had.
func (s *store) newID(o *object) string {
	for {
		s.next[o.name]++
		if id := numbered(o.prefix, s.next[o.name]); s.ids[id] == nil && !s.gone[id] {
			return id
		}
	}
}

func (s *store) add(r *row) {
	r.place = len(s.rows[r.o.name])
	s.rows[r.o.name] = append(s.rows[r.o.name], r)
	s.ids[r.id()] = r
	s.relink(r, nil, r.v)
	s.same.enter(r)
	s.saved(r, nil)
	s.undo.note(func() {
		s.relink(r, r.v, nil)
		delete(s.ids, r.id())
		s.rows[r.o.name] = s.rows[r.o.name][:r.place] // undone last first, so it is the last again
	})
}

// replace gives a record new values. The map that it had is not changed.
func (s *store) replace(r *row, v map[string]any) {
	before := *r
	s.relink(r, r.v, v)
	r.v = v
	s.same.enter(r)
	s.saved(r, before.v)
	s.undo.note(func() {
		s.relink(r, r.v, before.v)
		*r = before
	})
}

// relink moves a record in the index from one set of values to another.
func (s *store) relink(r *row, from, to map[string]any) {
	for _, i := range r.o.indexed {
		f := &r.o.fields[i]
		if from != nil && to != nil && from[f.name] == to[f.name] {
			continue
		}
		if k, ok := f.indexKey(r.o, from[f.name]); ok {
			if at, found := slices.BinarySearchFunc(s.refs[k], r.place, byPlace); found {
				s.refs[k] = slices.Delete(s.refs[k], at, at+1)
			}
			if len(s.refs[k]) == 0 {
				delete(s.refs, k)
			}
		}
		if k, ok := f.indexKey(r.o, to[f.name]); ok {
			at, _ := slices.BinarySearchFunc(s.refs[k], r.place, byPlace)
			s.refs[k] = slices.Insert(s.refs[k], at, r)
		}
	}
	s.reorder(r, from, to)
}

func byPlace(r *row, place int) int { return r.place - place }

// live returns the record with that id unless it is deleted.
func (s *store) live(id string) (*row, bool) {
	r, ok := s.ids[id]
	return r, ok && !r.deleted
}

// parent returns the live record that a reference field points at.
func (s *store) parent(r *row, field string) (*row, bool) {
	id, ok := r.v[field].(string)
	if !ok {
		return nil, false
	}
	return s.live(id)
}

// referring returns the records whose field holds id, deleted ones too, oldest first.
func (s *store) referring(object, field, id string) []*row {
	return slices.Clone(s.refs[refKey{object, field, id}])
}

// having returns the live records whose indexed field has that value, oldest first. Text is
// compared without case unless the field says otherwise.
func (s *store) having(o *object, f *field, v any) []*row {
	k, ok := f.indexKey(o, v)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.refs[k]), func(r *row) bool { return r.deleted || f.exact && r.v[f.name] != v })
}

// pointing returns the live records whose field holds id, oldest first.
func (s *store) pointing(object, field, id string) []*row {
	return slices.DeleteFunc(s.referring(object, field, id), func(r *row) bool { return r.deleted })
}

// first returns the oldest live record of the object that want accepts.
func (s *store) first(object string, want func(*row) bool) (*row, bool) {
	for _, r := range s.rows[object] {
		if !r.deleted && want(r) {
			return r, true
		}
	}
	return nil, false
}
