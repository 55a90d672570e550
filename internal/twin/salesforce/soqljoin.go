package salesforce

import "slices"

// join compiles IN and NOT IN with a query: a semi-join or an anti-join on ids.
func (s *scan) join(c *cond, left path, at scope) (filter, *apiError) {
	inner := *s
	inner.q, inner.nested = c.sub, true
	if refusal := s.mayJoin(c, left, at, &inner); refusal != nil {
		return filter{}, refusal
	}
	key, refusal := inner.resolve(c.sub.items[0].field)
	if refusal != nil {
		return filter{}, refusal
	}
	if refusal := s.joinable(c, left, key, &inner); refusal != nil {
		return filter{}, refusal
	}
	rows, refusal := inner.rows()
	if refusal != nil {
		return filter{}, refusal
	}
	var ids []any
	seen := map[any]bool{}
	for _, r := range rows {
		if id := s.t.value(r, key); id != nil && !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	out := filter{match: func(r *row) bool {
		return seen[s.t.value(r, left)] == (c.op == condIn) // a null is in no list
	}}
	if len(left.hops) == 0 {
		out.found = s.probe(left.field, c.op, ids)
	}
	return out, nil
}

// mayJoin refuses what the vendor does not take in a join, and finds the inner object.
func (s *scan) mayJoin(c *cond, left path, at scope, inner *scan) *apiError {
	q := c.sub
	bad := func(pos int, format string, args ...any) *apiError {
		return s.malformed(pos, "MALFORMED_QUERY", format, args...)
	}
	switch {
	case at.under != "":
		return bad(c.pos, "Semi join sub-selects are only allowed at the top level WHERE expressions and not in nested WHERE expressions.")
	case s.nested:
		return bad(c.pos, "Nesting of semi join sub-selects is not supported")
	case left.field.kind != kindID && left.field.kind != kindRef:
		return bad(c.pos, "The left operand field in the where expression for outer query should be an id field, cannot use: '%s'", left.field.name)
	case q.count || len(q.subs) > 0 || len(q.group) > 0 || len(q.items) != 1 || q.items[0].fn != "":
		return bad(q.from.pos, "a sub-select must select one field of its object")
	case q.limit >= 0 || q.offset > 0 || len(q.order) > 0:
		return bad(q.from.pos, "ORDER BY, LIMIT and OFFSET are not allowed in semi join sub-selects")
	}
	if refusal := inner.findObject(); refusal != nil {
		return refusal
	}
	if slices.Contains([]string{"Task", "Event", "Note", "Attachment"}, inner.o.name) {
		return bad(q.from.pos, "Entity '%s' is not supported for semi join inner selects", inner.o.name)
	}
	return nil
}

// joinable refuses a join of fields that do not hold ids of one object.
func (s *scan) joinable(c *cond, left, key path, inner *scan) *apiError {
	if len(key.hops) > 0 || key.field.kind != kindID && key.field.kind != kindRef {
		return s.malformed(c.sub.items[0].pos, "MALFORMED_QUERY", "The inner select field '%s' must be an id or reference field of the object itself", key.String())
	}
	if inner.o == s.o && key.field.kind == kindID {
		return s.malformed(c.sub.from.pos, "MALFORMED_QUERY", "The inner and outer selects should not be on the same object type")
	}
	to := func(o *object, p path) []string {
		if n := len(p.hops); n > 0 && p.field.kind == kindID {
			return p.hops[n-1].targets
		}
		if p.field.kind == kindID {
			return []string{o.name}
		}
		return p.field.targets
	}
	outer := to(s.o, left)
	if !slices.ContainsFunc(to(inner.o, key), func(name string) bool { return slices.Contains(outer, name) }) {
		return s.malformed(c.pos, "MALFORMED_QUERY",
			"The selected field '%s' in the subquery and the left operand field in the where expression in the outer query '%s' should point to the same object type", key.field.name, left.field.name)
	}
	return nil
}
