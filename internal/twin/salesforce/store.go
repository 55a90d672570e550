package salesforce

import (
	"maps"
	"slices"
)

// row is one record. Values have the forms convert returns; a missing one is null.
type row struct {
	o       *object
	v       map[string]any
	deleted bool
}

func (r *row) id() string             { return r.v["Id"].(string) }
func (r *row) str(name string) string { s, _ := r.v[name].(string); return s }
func (r *row) is(name string) bool    { b, _ := r.v[name].(bool); return b }

// store keeps records by object in the order they were made, finds them by id, and
// by what they refer to.
type store struct {
	rows map[string][]*row       // by object
	ids  map[string]*row         // by 18-character id
	refs map[refKey]map[*row]int // records that refer to an id, with their place in rows
	next map[string]uint64       // last number used for made-up ids, by object
}

type refKey struct{ object, field, id string }

func newStore() *store {
	return &store{rows: map[string][]*row{}, ids: map[string]*row{}, refs: map[refKey]map[*row]int{}, next: map[string]uint64{}}
}

// newID returns an id no record of the object has.
func (s *store) newID(o *object) string {
	for {
		s.next[o.name]++
		if id := numbered(o.prefix, s.next[o.name]); s.ids[id] == nil {
			return id
		}
	}
}

func (s *store) add(r *row) {
	place := len(s.rows[r.o.name])
	s.rows[r.o.name] = append(s.rows[r.o.name], r)
	s.ids[r.id()] = r
	s.link(r, place)
}

// replace gives a record new values.
func (s *store) replace(r *row, v map[string]any) {
	place := -1
	for _, f := range r.o.fields {
		if f.kind != kindRef || r.v[f.name] == v[f.name] {
			continue
		}
		if place < 0 {
			place = slices.Index(s.rows[r.o.name], r)
		}
		if old, ok := r.v[f.name].(string); ok {
			delete(s.refs[refKey{r.o.name, f.name, old}], r)
		}
		s.linkField(r, f.name, v[f.name], place)
	}
	r.v = v
}

func (s *store) link(r *row, place int) {
	for _, f := range r.o.fields {
		if f.kind == kindRef {
			s.linkField(r, f.name, r.v[f.name], place)
		}
	}
}

func (s *store) linkField(r *row, name string, v any, place int) {
	id, ok := v.(string)
	if !ok {
		return
	}
	k := refKey{r.o.name, name, id}
	if s.refs[k] == nil {
		s.refs[k] = map[*row]int{}
	}
	s.refs[k][r] = place
}

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
	found := s.refs[refKey{object, field, id}]
	return slices.SortedFunc(maps.Keys(found), func(a, b *row) int { return found[a] - found[b] })
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
