package salesforce

import "strings"

// node is one level of what a query selects: fields of a record, and its parents.
type node struct {
	fields  []*field
	parents []parentNode
}

type parentNode struct {
	hop *field
	to  *node
}

// projection compiles what a query selects into a function from record to row.
func (t *Twin) projection(base string, q *query, o *object, all bool) (func(*row) result, *apiError) {
	if q.count {
		return func(*row) result { return result{} }, nil
	}
	if len(q.fields) == 0 && len(q.subs) == 0 {
		return nil, malformed(q.src, q.from.pos, "MALFORMED_QUERY", "nothing is selected") // unreachable: the parser wants one element
	}
	root := &node{}
	seen := map[string]bool{}
	for _, tok := range q.fields {
		p, refusal := t.schema.resolve(q.src, o, tok)
		if refusal != nil {
			return nil, refusal
		}
		if seen[p.String()] {
			return nil, malformed(q.src, tok.pos, "MALFORMED_QUERY", "duplicate field selected: %s", p.String())
		}
		seen[p.String()] = true
		root.add(p)
	}
	subs := make([]func(*row) ([]result, child), len(q.subs))
	for i, s := range q.subs {
		sub, refusal := t.subquery(base, s, o, all)
		if refusal != nil {
			return nil, refusal
		}
		subs[i] = sub
	}
	return func(r *row) result {
		out := result{record: t.show(base, root, r)}
		for _, sub := range subs {
			rows, c := sub(r)
			out.children += len(rows)
			out.record = append(out.record, member{c.name, t.childResult(rows)})
		}
		return out
	}, nil
}

// String names a path in the proper case of its names.
func (p path) String() string {
	var b strings.Builder
	for _, hop := range p.hops {
		b.WriteString(hop.up + ".")
	}
	return b.String() + p.field.name
}

func (n *node) add(p path) {
	for _, hop := range p.hops {
		n = n.parent(hop)
	}
	n.fields = append(n.fields, p.field)
}

func (n *node) parent(hop *field) *node {
	for _, p := range n.parents {
		if p.hop == hop {
			return p.to
		}
	}
	to := &node{}
	n.parents = append(n.parents, parentNode{hop, to})
	return to
}

// show writes a record: attributes, fields, and parents as nested records or null.
func (t *Twin) show(base string, n *node, r *row) ordered {
	out := ordered{{"attributes", attributes(base, r)}}
	for _, f := range n.fields {
		own, ok := r.o.find(f.name) // a path over several targets names the field of one of them
		if ok {
			out = append(out, member{own.name, own.shown(r)})
		}
	}
	for _, p := range n.parents {
		up, ok := t.store.parent(r, p.hop.name)
		if !ok {
			out = append(out, member{p.hop.up, nil})
			continue
		}
		out = append(out, member{p.hop.up, t.show(base, p.to, up)})
	}
	return out
}

// childResult is a nested result, null when there are no children.
func (t *Twin) childResult(rows []result) any {
	if len(rows) == 0 && !t.otherwise[doubtAbsentChildren] {
		return nil
	}
	records := make([]ordered, len(rows))
	for i, r := range rows {
		records[i] = r.record
	}
	return ordered{{"totalSize", len(rows)}, {"done", true}, {"records", records}}
}

// subquery compiles a child subquery, whose FROM names a relationship of the parent.
func (t *Twin) subquery(base string, q *query, parent *object, all bool) (func(*row) ([]result, child), *apiError) {
	c, ok := parent.child(q.from.text)
	if !ok {
		return nil, malformed(q.src, q.from.pos, "INVALID_TYPE",
			"Didn't understand relationship '%s' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name.", q.from.text)
	}
	o := t.schema.names[strings.ToLower(c.object)]
	match, refusal := t.matcher(q.src, o, q.where)
	if refusal != nil {
		return nil, refusal
	}
	show, refusal := t.projection(base, q, o, all)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := t.sort(q, o, nil); refusal != nil {
		return nil, refusal
	}
	return func(r *row) ([]result, child) {
		var rows []*row
		for _, below := range t.store.referring(o.name, c.field, r.id()) {
			if (!below.deleted || all && o.bin) && match(below) {
				rows = append(rows, below)
			}
		}
		if refusal := t.sort(q, o, rows); refusal != nil {
			panic(refusal) // unreachable: the same ordering was resolved above
		}
		rows = rows[min(q.offset, len(rows)):]
		if q.limit >= 0 {
			rows = rows[:min(q.limit, len(rows))]
		}
		out := make([]result, len(rows))
		for i, below := range rows {
			out[i] = show(below)
		}
		return out, c
	}, nil
}
