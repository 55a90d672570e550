package salesforce

import (
	"slices"
	"strings"
)

// alike finds records that hold the same values in several fields together.
type alike struct {
	fields map[string][][]*field        // what is compared, by object
	rows   map[string]map[*row]struct{} // records that have, or once had, some values
}

func newAlike() alike {
	return alike{fields: map[string][][]*field{}, rows: map[string]map[*row]struct{}{}}
}

// compare has the records of an object found by some fields; there must be none yet.
func (a *alike) compare(o *object, fields []*field) {
	a.fields[o.name] = append(a.fields[o.name], fields)
}

// enter makes a record findable by its values. It is never taken out: find looks at what
// the record holds now, so taking back a change is no concern of this index.
func (a *alike) enter(r *row) {
	for _, fields := range a.fields[r.o.name] {
		k, ok := joined(r.o, fields, r.v)
		if !ok {
			continue
		}
		if a.rows[k] == nil {
			a.rows[k] = map[*row]struct{}{}
		}
		a.rows[k][r] = struct{}{}
	}
}

// joined is what some fields hold, case folded, and false when one of them is null.
func joined(o *object, fields []*field, v map[string]any) (string, bool) {
	var b strings.Builder
	b.WriteString(o.name)
	for _, f := range fields {
		if v[f.name] == nil {
			return "", false
		}
		b.WriteString("\x00" + f.name + "\x00" + strings.ToLower(plainText(v[f.name])))
	}
	return b.String(), true
}

// alike returns the live records that hold the values v has in some compared fields, oldest
// first.
func (s *store) alike(o *object, fields []*field, v map[string]any) []*row {
	k, ok := joined(o, fields, v)
	if !ok {
		return nil
	}
	var found []*row
	for r := range s.same.rows[k] {
		if now, ok := joined(o, fields, r.v); ok && now == k && !r.deleted && s.ids[r.id()] == r {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *row) int { return a.place - b.place })
	return found
}

// drop takes records out for good. It cannot be taken back.
func (s *store) drop(gone map[*row]struct{}) {
	objects := map[string]bool{}
	for r := range gone {
		objects[r.o.name] = true
		delete(s.ids, r.id())
		s.gone[r.id()] = true
		s.relink(r, r.v, nil)
	}
	for name := range objects {
		s.rows[name] = slices.DeleteFunc(slices.Clone(s.rows[name]), func(r *row) bool { _, ok := gone[r]; return ok })
		for i, r := range s.rows[name] {
			r.place = i
		}
	}
}
