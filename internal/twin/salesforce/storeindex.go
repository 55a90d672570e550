package salesforce

import (
	"iter"
	"slices"
)

// instantKey names an order of an object's records.
type instantKey struct{ object, field string }

// instantFields are the stamps that changes are looked for by.
func instantFields() []string { return []string{"SystemModstamp", "LastModifiedDate", "CreatedDate"} }

// reorder moves a record, in the orders that were asked for, from one set of values to
// another; nil values have no place.
func (s *store) reorder(r *row, from, to map[string]any) {
	for _, name := range instantFields() {
		k := instantKey{r.o.name, name}
		line, made := s.instants[k]
		if !made || from != nil && to != nil && from[name] == to[name] {
			continue
		}
		if from != nil {
			line.remove(instantOf(r, from[name]))
		}
		if to != nil {
			line.insert(instantOf(r, to[name]))
		}
	}
}

func instantOf(r *row, v any) instant {
	at, _ := v.(string)
	return instant{at, r}
}

// during yields the records of an object whose instant lies within bounds, deleted ones
// too, in the order of the instant and then of their ids, or the other way round.
func (s *store) during(object, field string, b bounds, down bool) iter.Seq[*row] {
	k := instantKey{object, field}
	line, made := s.instants[k]
	if !made {
		list := make([]instant, len(s.rows[object]))
		for i, r := range s.rows[object] {
			list[i] = instantOf(r, r.v[field])
		}
		line = newTimeline(list)
		s.instants[k] = line
	}
	return line.during(b, down)
}

// holding returns the records whose indexed field has that value, deleted ones too,
// oldest first. Of text, those are among them that differ by case.
func (s *store) holding(o *object, f *field, v any) []*row {
	k, ok := f.indexKey(o, v)
	if !ok {
		return nil
	}
	return slices.Clone(s.refs[k])
}
