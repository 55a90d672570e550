package salesforce

import (
	"cmp"
	"slices"
	"strings"
)

// instantKey names an order of an object's records.
type instantKey struct{ object, field string }

// instant is a record in such an order.
type instant struct {
	at string
	r  *row
}

// instantFields are the stamps that changes are looked for by.
func instantFields() []string { return []string{"SystemModstamp", "LastModifiedDate", "CreatedDate"} }

func (i instant) compare(o instant) int {
	return cmp.Or(strings.Compare(i.at, o.at), strings.Compare(i.r.id(), o.r.id()))
}

// reorder moves a record, in the orders that were asked for, from one set of values to
// another; nil values have no place.
func (s *store) reorder(r *row, from, to map[string]any) {
	for _, name := range instantFields() {
		k := instantKey{r.o.name, name}
		list, made := s.instants[k]
		if !made || from != nil && to != nil && from[name] == to[name] {
			continue
		}
		if from != nil {
			if at, found := slices.BinarySearchFunc(list, instantOf(r, from[name]), instant.compare); found {
				list = slices.Delete(list, at, at+1)
			}
		}
		if to != nil {
			at, _ := slices.BinarySearchFunc(list, instantOf(r, to[name]), instant.compare)
			list = slices.Insert(list, at, instantOf(r, to[name]))
		}
		s.instants[k] = list
	}
}

func instantOf(r *row, v any) instant {
	at, _ := v.(string)
	return instant{at, r}
}

// during returns the records of an object whose instant lies within bounds, deleted ones
// too, in the order of the instant and then of their ids. The caller must not change
// the list.
func (s *store) during(object, field string, b bounds) []instant {
	k := instantKey{object, field}
	list, made := s.instants[k]
	if !made {
		for _, r := range s.rows[object] {
			list = append(list, instantOf(r, r.v[field]))
		}
		slices.SortFunc(list, instant.compare)
		s.instants[k] = list
	}
	from, _ := slices.BinarySearchFunc(list, b.from, func(i instant, at string) int { return strings.Compare(i.at, at) })
	list = list[from:]
	if b.to == "" {
		return list
	}
	to, _ := slices.BinarySearchFunc(list, b.to, func(i instant, at string) int {
		if i.at <= at {
			return -1
		}
		return 1
	})
	return list[:to]
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
