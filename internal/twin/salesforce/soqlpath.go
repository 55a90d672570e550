package salesforce

import "strings"

// path is a field reached from an object over parents: Product2.Family.
type path struct {
	hops  []*field // reference fields to follow
	field *field   // of the last object
}

// maxHops is how many parents deep a path may go.
const maxHops = 5

// resolve looks up a path of names from an object.
func (s *schema) resolve(src string, from *object, t token) (path, *apiError) {
	names := strings.Split(t.text, ".")
	if len(names) > 1 && strings.EqualFold(names[0], from.name) && from.selfParent(names[0]) == nil {
		names = names[1:] // the object's own name may stand before its fields
	}
	if len(names)-1 > maxHops {
		return path{}, malformed(src, t.pos, "MALFORMED_QUERY", "a path may go through at most %d parents", maxHops)
	}
	var p path
	at := []*object{from}
	for _, up := range names[:len(names)-1] {
		hop, ok := at[0].parent(up)
		if !ok {
			return path{}, malformed(src, t.pos, "INVALID_FIELD",
				"Didn't understand relationship '%s' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name.", up)
		}
		p.hops = append(p.hops, hop)
		at = nil
		for _, name := range hop.targets {
			at = append(at, s.names[strings.ToLower(name)])
		}
	}
	last := names[len(names)-1]
	for _, o := range at {
		f, ok := o.find(last)
		if !ok {
			return path{}, malformed(src, t.pos, "INVALID_FIELD",
				"No such column '%s' on entity '%s'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.", last, o.name)
		}
		if p.field == nil {
			p.field = f
		}
	}
	return p, nil
}

// selfParent returns the reference field by which an object has a parent of that name.
func (o *object) selfParent(name string) *field {
	f, _ := o.parent(name)
	return f
}

// end follows the parents of a record; false when one is missing.
func (t *Twin) end(r *row, p path) (*row, bool) {
	for _, hop := range p.hops {
		next, ok := t.store.parent(r, hop.name)
		if !ok {
			return nil, false
		}
		r = next
	}
	return r, true
}

// value returns what a record has at a path, nil for null and for a missing parent.
func (t *Twin) value(r *row, p path) any {
	end, ok := t.end(r, p)
	if !ok {
		return nil
	}
	return end.v[p.field.name]
}

// compare orders two values of a field, neither of them null. Texts compare without
// regard to case, ids with regard to it.
func (f *field) compare(a, b any) int {
	switch f.kind {
	case kindBool:
		x, y := a.(bool), b.(bool)
		switch {
		case x == y:
			return 0
		case y:
			return -1
		}
		return 1
	case kindInt, kindDouble, kindCurrency, kindPercent:
		return amount(a).Cmp(amount(b))
	case kindID, kindRef, kindDate, kindDateTime:
		return strings.Compare(a.(string), b.(string)) // instants are kept in UTC at one width
	default:
		return strings.Compare(strings.ToLower(a.(string)), strings.ToLower(b.(string)))
	}
}
