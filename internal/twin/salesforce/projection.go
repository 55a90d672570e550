package salesforce

import (
	"slices"
	"strings"
)

const (
	maxChildren = 20 // child queries of a query
	maxParents  = 55 // relationships that a query follows upwards
	maxLevels   = 5  // from a query to the children of its children, from version 58
	maxFields   = 200
)

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
func (s *scan) projection() (func(*row) result, *apiError) {
	root, refusal := s.selected()
	if refusal != nil {
		return nil, refusal
	}
	if len(s.q.subs) > maxChildren {
		return nil, s.malformed(s.q.from.pos, "MALFORMED_QUERY", "a query can have at most %d child queries", maxChildren)
	}
	subs := make([]func(*row) *childRows, len(s.q.subs))
	for i, sub := range s.q.subs {
		if subs[i], refusal = s.child(sub); refusal != nil {
			return nil, refusal
		}
	}
	if len(root.parents)+len(subs) == 0 {
		return func(r *row) result {
			v := r.v // as it is now; a change makes others
			return result{late: func() ordered { return showOwn(s.base, root, &row{o: r.o, v: v}) }}
		}, nil
	}
	return func(r *row) result {
		out := result{record: s.t.show(s.base, root, r)}
		for _, sub := range subs {
			out.children = append(out.children, sub(r))
		}
		return out
	}, nil
}

// selected looks up the fields of a query.
func (s *scan) selected() (*node, *apiError) {
	root := &node{}
	seen := map[string]bool{}
	take := func(p path, pos int) *apiError {
		name := p.String()
		if seen[name] {
			return s.malformed(pos, "MALFORMED_QUERY", "duplicate field selected: %s", name)
		}
		seen[name] = true
		root.add(p)
		return nil
	}
	for _, e := range s.q.items {
		var refusal *apiError
		switch {
		case e.alias.text != "":
			return nil, s.malformed(e.alias.pos, "MALFORMED_QUERY", "unexpected token: '%s'", e.alias.text)
		case e.fn == fnFields:
			refusal = s.fieldGroup(e, take)
		default:
			var p path
			if p, refusal = s.resolve(e.field); refusal == nil {
				refusal = take(p, e.pos)
			}
		}
		if refusal != nil {
			return nil, refusal
		}
	}
	if root.up() > maxParents {
		return nil, s.malformed(s.q.from.pos, "MALFORMED_QUERY", "a query can follow at most %d relationships to parents", maxParents)
	}
	return root, nil
}

// fieldGroup takes the fields that FIELDS() stands for. Those whose number nobody can
// know beforehand need a LIMIT, or ids.
func (s *scan) fieldGroup(e expr, take func(path, int) *apiError) *apiError {
	group := strings.ToUpper(e.field.text)
	switch {
	case s.version < versionFields:
		return s.malformed(e.pos, "MALFORMED_QUERY", "unexpected token: '('")
	case !slices.Contains([]string{"ALL", "STANDARD", "CUSTOM"}, group):
		return s.malformed(e.field.pos, "MALFORMED_QUERY", "unexpected token: '%s'", e.field.text)
	case group != "STANDARD" && (s.q.limit < 0 || s.q.limit > maxFields) && !s.byID(s.q.where):
		return s.malformed(e.pos, "MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most %d", maxFields)
	}
	for i := range s.o.fields {
		f := &s.o.fields[i]
		if f.hidden || group == "STANDARD" && f.custom() || group == "CUSTOM" && !f.custom() {
			continue
		}
		if refusal := take(path{field: f}, e.pos); refusal != nil {
			return refusal
		}
	}
	return nil
}

// byID reports whether a condition names the records by their ids.
func (s *scan) byID(c *cond) bool {
	switch {
	case c == nil:
		return false
	case c.op == condAnd:
		return slices.ContainsFunc(c.parts, s.byID)
	}
	return (c.op == condEq || c.op == condIn && len(c.values) <= maxFields) && strings.EqualFold(c.left.field.text, "Id")
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

// up counts the relationships to parents.
func (n *node) up() int {
	sum := len(n.parents)
	for _, p := range n.parents {
		sum += p.to.up()
	}
	return sum
}

// show writes a record: attributes, fields, and parents as nested records or null.
func (t *Twin) show(base string, n *node, r *row) ordered {
	out := showOwn(base, n, r)
	for _, p := range n.parents {
		up, ok := t.store.parent(r, p.hop.name)
		switch {
		case !ok:
			out = append(out, member{p.hop.up, nil})
		case p.hop.several():
			out = append(out, member{p.hop.up, t.showName(base, p.to, up)})
		default:
			out = append(out, member{p.hop.up, t.show(base, p.to, up)})
		}
	}
	return out
}

// showOwn writes what a record has itself.
func showOwn(base string, n *node, r *row) ordered {
	out := make(ordered, 0, 1+len(n.fields)+len(n.parents))
	out = append(out, member{"attributes", attributes(base, r)})
	for _, f := range n.fields {
		out = append(out, member{f.name, f.shown(r)})
	}
	return out
}

// showName writes a parent that may be of several objects: the type is believed to be
// Name, the address that of the record.
func (t *Twin) showName(base string, n *node, r *row) ordered {
	of := attributes(base, r)
	if !t.otherwise[doubtNameParents] {
		of[0].value = "Name"
	}
	out := ordered{{"attributes", of}}
	for _, f := range n.fields {
		out = append(out, member{f.name, f.printed(r.asName(f.name))})
	}
	return out
}

// child compiles a child query, whose FROM names a relationship of the parent.
func (s *scan) child(q *query) (func(*row) *childRows, *apiError) {
	c, ok := s.o.child(q.from.text)
	o, seen := s.t.schema.find(c.object)
	if !ok || !seen {
		return nil, s.malformed(q.from.pos, "INVALID_TYPE",
			"Didn't understand relationship '%s' in FROM part of query call. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.", q.from.text)
	}
	levels := 2
	if s.version >= versionNested {
		levels = maxLevels
	}
	below := &scan{
		t: s.t, q: q, o: o, base: s.base, version: s.version, all: s.all,
		nested: s.nested, level: s.level + 1,
	}
	if below.level >= levels {
		return nil, s.malformed(q.from.pos, "MALFORMED_QUERY", "child queries can be nested %d deep at most", levels-1)
	}
	if below.aggregates() {
		return nil, s.malformed(q.from.pos, "MALFORMED_QUERY", "a child query cannot aggregate")
	}
	f, refusal := below.filter(q.where)
	if refusal != nil {
		return nil, refusal
	}
	order, refusal := below.ordering()
	if refusal != nil {
		return nil, refusal
	}
	show, refusal := below.projection()
	if refusal != nil {
		return nil, refusal
	}
	return func(r *row) *childRows {
		var rows []*row
		for _, at := range s.t.store.referring(below.o.name, c.field, r.id()) {
			if below.visible(at) && f.match(at) {
				rows = append(rows, at)
			}
		}
		out := &childRows{name: c.name}
		for _, at := range below.cut(rows, order, false) {
			out.rows = append(out.rows, show(at))
		}
		return out
	}, nil
}
