package salesforce

import (
	"slices"
	"strings"
)

// path is a field reached from an object over parents: Product2.Family. A field of a
// parent that may be of several objects is one of the few that Name has.
type path struct {
	hops  []*field // reference fields to follow
	field *field   // of the last object
}

// maxHops is how many parents deep a path may go.
const maxHops = 5

// nameObject is what a parent of several kinds looks like to a query: the fields that
// any of them may have, whatever its own are called. Type is the object's name.
func nameObject() *object {
	fields := []field{
		textLike("Id", kindID, 18), text("Name", 255), text("Type", 40), text("FirstName", 40), text("LastName", 80),
		text("Title", 128), textLike("Email", kindEmail, 128), phone("Phone"), text("Alias", 8), text("Username", 80), flag("IsActive", false),
	}
	o := &object{name: "Name", fields: fields, index: map[string]int{}}
	for i := range fields {
		o.index[strings.ToLower(fields[i].name)] = i
	}
	return o
}

// several reports whether a reference may point at more than one object.
func (f *field) several() bool { return len(f.targets) > 1 }

// resolve looks up a path of names from the object of the statement. The object's own
// name or alias may stand before its fields.
func (s *scan) resolve(t token) (path, *apiError) {
	names := strings.Split(t.text, ".")
	if len(names) > 1 && s.isSelf(names[0]) {
		names = names[1:]
	}
	if len(names)-1 > maxHops {
		return path{}, s.malformed(t.pos, "MALFORMED_QUERY", "a path may go through at most %d parents", maxHops)
	}
	var p path
	at := s.o
	for _, up := range names[:len(names)-1] {
		hop, ok := at.parent(up)
		if ok {
			at = s.t.schema.parentOf(hop)
		}
		if !ok || at == nil {
			return path{}, s.malformed(t.pos, "INVALID_FIELD",
				"Didn't understand relationship '%s' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.", up)
		}
		p.hops = append(p.hops, hop)
	}
	last := names[len(names)-1]
	f, ok := at.find(last)
	if !ok {
		return path{}, s.malformed(t.pos, "INVALID_FIELD",
			"No such column '%s' on entity '%s'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.", last, at.name)
	}
	p.field = f
	return p, nil
}

// isSelf reports whether a name before a point is that of the object itself. A parent
// of that name comes first.
func (s *scan) isSelf(name string) bool {
	if s.q.alias.text != "" && strings.EqualFold(name, s.q.alias.text) {
		return true
	}
	_, parent := s.o.parent(name)
	return !parent && strings.EqualFold(name, s.o.name)
}

// parentOf returns the object whose fields a reference gives access to, nil when that is
// beyond the twin or the calling user.
func (s *schema) parentOf(hop *field) *object {
	if hop.several() {
		return s.someone
	}
	o, ok := s.find(hop.targets[0])
	if !ok {
		return nil
	}
	return o
}

// String names a path in the proper case of its names.
func (p path) String() string {
	var b strings.Builder
	for _, hop := range p.hops {
		b.WriteString(hop.up + ".")
	}
	return b.String() + p.field.name
}

// end follows the parents of a record; false when one is missing.
func (t *Twin) end(r *row, hops []*field) (*row, bool) {
	for _, hop := range hops {
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
	if len(p.hops) == 0 {
		return r.v[p.field.name]
	}
	end, ok := t.end(r, p.hops)
	if !ok {
		return nil
	}
	if p.hops[len(p.hops)-1].several() {
		return end.asName(p.field.name)
	}
	return end.v[p.field.name]
}

// asName returns what a record has for a field of Name.
func (r *row) asName(name string) any {
	switch name {
	case "Type":
		return r.o.name
	case "Name":
		if i := slices.IndexFunc(r.o.fields, func(f field) bool { return f.isName }); i >= 0 {
			return r.v[r.o.fields[i].name]
		}
	}
	return r.v[name]
}

// compare orders two values of a field, neither of them null. Texts compare without
// regard to case unless the field is unique with regard to it; so do not ids.
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
		if f.exact {
			return strings.Compare(a.(string), b.(string))
		}
		return strings.Compare(strings.ToLower(a.(string)), strings.ToLower(b.(string)))
	}
}
