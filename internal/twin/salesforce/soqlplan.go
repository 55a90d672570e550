package salesforce

import (
	"iter"
	"maps"
	"slices"
)

// bounds are the first and the last instant of interest, in the form records keep them;
// an empty one is no bound.
type bounds struct{ from, to string }

// boundsOf says between which instants the matches of one comparison lie.
func boundsOf(f *field, op condOp, wants []any) map[string]bounds {
	if !slices.Contains(instantFields(), f.name) {
		return nil
	}
	at, plain := wants[0].(string)
	last := at
	if within, is := wants[0].(stretch); is {
		at, last, plain = within.from.UTC().Format(stampLayout), within.to.UTC().Format(stampLayout), true
	}
	if !plain {
		return nil
	}
	var b bounds
	switch op {
	case condEq:
		b = bounds{at, last}
	case condLt, condLe:
		b = bounds{to: last}
	case condGt, condGe:
		b = bounds{from: at}
	default: // of the others, any instant may match
		return nil
	}
	return map[string]bounds{f.name: b}
}

// probe returns how to find the records that one comparison may match by an index, nil
// when it cannot.
func (s *scan) probe(f *field, op condOp, wants []any) func() []*row {
	if op != condEq && op != condIn || f.kind != kindID && !f.indexed() || slices.Contains(wants, any(nil)) {
		return nil
	}
	if f.kind == kindDateTime || f.kind == kindDate || f.kind.number() {
		return nil // a stretch is no value, and a number has many forms
	}
	return func() []*row {
		var out []*row
		for _, v := range wants {
			if f.kind != kindID {
				out = append(out, s.t.store.holding(s.o, f, v)...)
			} else if r := s.t.store.ids[v.(string)]; r != nil && r.o == s.o {
				out = append(out, r)
			}
		}
		return once(out)
	}
}

// once drops repeated records and puts the oldest first.
func once(rows []*row) []*row {
	slices.SortFunc(rows, func(a, b *row) int { return a.place - b.place })
	return slices.Compact(rows)
}

// allOf joins conditions by AND: any part's index will do, and the bounds of all hold.
func allOf(parts []filter) filter {
	out := filter{bounds: map[string]bounds{}}
	for _, p := range parts {
		if out.found == nil {
			out.found = p.found
		}
		for name, b := range p.bounds {
			have := out.bounds[name]
			have.from = max(have.from, b.from)
			if have.to == "" || b.to != "" && b.to < have.to {
				have.to = b.to
			}
			out.bounds[name] = have
		}
	}
	out.match = func(r *row) bool {
		return !slices.ContainsFunc(parts, func(p filter) bool { return !p.match(r) })
	}
	return out
}

// anyOf joins conditions by OR: all parts must have an index, or bounds.
func anyOf(parts []filter) filter {
	out := filter{bounds: maps.Clone(parts[0].bounds)}
	for _, p := range parts[1:] {
		for name, have := range out.bounds {
			b, bounded := p.bounds[name]
			if !bounded {
				delete(out.bounds, name)
				continue
			}
			have.from = min(have.from, b.from)
			if have.to == "" || b.to == "" {
				have.to = ""
			} else {
				have.to = max(have.to, b.to)
			}
			out.bounds[name] = have
		}
	}
	if !slices.ContainsFunc(parts, func(p filter) bool { return p.found == nil }) {
		out.found = func() []*row {
			var rows []*row
			for _, p := range parts {
				rows = append(rows, p.found()...)
			}
			return once(rows)
		}
	}
	out.match = func(r *row) bool {
		return slices.ContainsFunc(parts, func(p filter) bool { return p.match(r) })
	}
	return out
}

// rows returns the records that the statement selects, in its order. Where an index has
// them in that order already, no more are looked at than LIMIT asks for.
func (s *scan) rows() ([]*row, *apiError) {
	f, refusal := s.filter(s.q.where)
	if refusal != nil {
		return nil, refusal
	}
	order, refusal := s.ordering()
	if refusal != nil {
		return nil, refusal
	}
	list, sorted := s.candidates(f, order)
	most := -1
	if sorted && s.q.limit >= 0 {
		most = s.q.offset + s.q.limit
	}
	var out []*row
	for r := range list {
		if most >= 0 && len(out) >= most {
			break
		}
		if s.visible(r) && f.match(r) {
			out = append(out, r)
		}
	}
	return s.cut(out, order, sorted), nil
}

// cut sorts records unless they are, and keeps those between OFFSET and LIMIT.
func (s *scan) cut(rows []*row, order sorting, sorted bool) []*row {
	if !sorted && s.t.otherwise[doubtUnordered] {
		slices.Reverse(rows)
	}
	if !sorted && len(order) > 0 {
		slices.SortStableFunc(rows, func(a, b *row) int { return order.compare(s.t, a, b) })
	}
	rows = rows[min(s.q.offset, len(rows)):]
	if s.q.limit >= 0 {
		rows = rows[:min(s.q.limit, len(rows))]
	}
	return rows
}

// visible reports whether a query may see a record: archived ones, and those in the recycle
// bin, are for queryAll. What has no bin of its own is in that of the record it went with.
func (s *scan) visible(r *row) bool {
	if s.all {
		return !r.deleted || s.o.bin || r.with != ""
	}
	return !r.deleted && (s.o.name != "Task" || !r.is("IsArchived"))
}

// candidates returns the records to look at, and whether they lie in the order asked for.
func (s *scan) candidates(f filter, order sorting) (iter.Seq[*row], bool) {
	if f.found != nil {
		return slices.Values(f.found()), false
	}
	if name, ok := order.instant(); ok && (len(order) > 1 || !s.t.otherwise[doubtUnordered]) {
		return s.t.store.during(s.o.name, name, f.bounds[name], order[0].down), true
	}
	for _, name := range instantFields() {
		if b, bounded := f.bounds[name]; bounded && b != (bounds{}) {
			return s.t.store.during(s.o.name, name, b, false), false
		}
	}
	return slices.Values(s.t.store.rows[s.o.name]), false
}

// sorting is a compiled ORDER BY.
type sorting []sortKey

type sortKey struct {
	path
	ordering
}

// ordering compiles the ORDER BY of a statement without groups.
func (s *scan) ordering() (sorting, *apiError) {
	var out sorting
	for _, item := range s.q.order {
		p, _, refusal := s.plain(item.by)
		if refusal != nil {
			return nil, refusal
		}
		if !p.field.sortable() {
			return nil, s.malformed(item.by.pos, "INVALID_FIELD", "field '%s' can not be sorted in a query call", p.field.name)
		}
		if len(p.hops) > 0 {
			item.nullsLast = false // the clause is ignored on fields of parents
		}
		out = append(out, sortKey{p, item})
	}
	return out, nil
}

func (f *field) sortable() bool { return f.filterable() && f.kind != kindMulti }

// instant names the stamp whose index has records in this order: by it alone, or by it
// and the id.
func (k sorting) instant() (string, bool) {
	if len(k) == 0 || len(k) > 2 || len(k[0].hops) > 0 || !slices.Contains(instantFields(), k[0].field.name) {
		return "", false
	}
	if len(k) == 2 && (len(k[1].hops) > 0 || k[1].field.kind != kindID || k[1].down != k[0].down) {
		return "", false
	}
	return k[0].field.name, true
}

func (k sorting) compare(t *Twin, a, b *row) int {
	for _, key := range k {
		if c := key.field.compareNulls(t.value(a, key.path), t.value(b, key.path), key.ordering); c != 0 {
			return c
		}
	}
	return 0
}

// compareNulls orders two values, either of which may be null.
func (f *field) compareNulls(a, b any, item ordering) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil || b == nil: // nulls first, whatever the direction, unless said otherwise
		if (a == nil) == item.nullsLast {
			return 1
		}
		return -1
	case item.down:
		return -f.compare(a, b)
	}
	return f.compare(a, b)
}
