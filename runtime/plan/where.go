package plan

import (
	"slices"
	"strconv"
)

// Op compares a field of a record with a value.
type Op string

// The closed list of comparisons. A record without a value in the field passes ne and
// notIn, and none of the others but present: false.
const (
	Eq         Op = "eq"         // equal to the value: what a bare value means
	Ne         Op = "ne"         // not equal to it
	Lt         Op = "lt"         // less, earlier
	Le         Op = "le"         // at most, not later
	Gt         Op = "gt"         // more, later
	Ge         Op = "ge"         // at least, not earlier
	In         Op = "in"         // equal to one of a list
	NotIn      Op = "notIn"      // equal to none of a list
	StartsWith Op = "startsWith" // text that begins so
	Contains   Op = "contains"   // text that holds it somewhere
	Present    Op = "present"    // true: there is a value; false: there is none
)

// Ops lists the comparisons in the order in which they are printed.
func Ops() []Op { return []Op{Eq, Ne, Lt, Le, Gt, Ge, In, NotIn, StartsWith, Contains, Present} }

// Bounds of a Where: a filter is text in an address, and vendors answer long chains of
// alternatives slowly or not at all (Xero: requests and responses).
const (
	MaxWays = 10  // ways of one Where
	MaxIn   = 100 // elements of the list of one in or notIn
)

// Test is what one field must pass: every comparison with its value.
type Test map[Op]Value

// Way is one way in which a record may match: the test that each field, named by its
// path, must pass.
type Way map[string]Test

// Where says which records a read wants: those that match in at least one way. An empty
// Where wants all of them.
type Where []Way

// Equal is the Where of records that have all the given values.
func Equal(fields map[string]Value) Where {
	if len(fields) == 0 {
		return nil
	}
	way := Way{}
	for field, v := range fields {
		way[field] = Test{Eq: v}
	}
	return Where{way}
}

// Comparison is one comparison of a Where.
type Comparison struct {
	Way     int    // counts from 0
	Pointer string // of the value
	Field   string // path
	Op      Op
	Value   Value
}

// All returns the comparisons in the order in which they are printed, with the pointers
// they have in a Where that stands at the given one.
func (w Where) All(at string) []Comparison {
	var out []Comparison
	for i, way := range w {
		for _, field := range sortedKeys(way) {
			test := way[field]
			pointer := Join(w.at(at, i), field)
			for _, op := range Ops() {
				v, ok := test[op]
				if !ok {
					continue
				}
				c := Comparison{Way: i, Pointer: pointer, Field: field, Op: op, Value: v}
				if !test.bare() {
					c.Pointer = Join(pointer, string(op))
				}
				out = append(out, c)
			}
		}
	}
	return out
}

// at is the pointer of one way: a single one stands by itself, several in a list.
func (w Where) at(pointer string, i int) string {
	if len(w) == 1 {
		return pointer
	}
	return pointer + "/" + strconv.Itoa(i)
}

// bare reports a test that is written as its value alone.
func (t Test) bare() bool { _, eq := t[Eq]; return eq && len(t) == 1 }

// tree is the Where as it is printed: one way as a map, several as a list of maps.
func (w Where) tree() any {
	ways := []any{}
	for _, way := range w {
		one := pairs{}
		for _, field := range sortedKeys(way) {
			one = append(one, pair{field, way[field].tree()})
		}
		ways = append(ways, one)
	}
	switch len(ways) {
	case 0:
		return pairs{}
	case 1:
		return ways[0]
	}
	return ways
}

func (t Test) tree() any {
	// A value that is a map would read as comparisons.
	if v := t[Eq]; t.bare() && v.Kind != ObjectV && v.Kind != EachV {
		return v.tree()
	}
	out := pairs{}
	for _, op := range Ops() {
		if v, ok := t[op]; ok {
			out = append(out, pair{string(op), v.tree()})
		}
	}
	return out
}

// where reads one way, or a list of them.
func (r *reader) where(n *node, pointer string) Where {
	if n == nil {
		return nil
	}
	ways := []*node{n}
	if n.kind == listNode {
		ways = n.items
	} else if n.kind == mapNode && len(n.members) == 0 {
		return nil
	}
	out := make(Where, len(ways))
	for i, way := range ways {
		at := out.at(pointer, i)
		if n.kind == listNode {
			r.note(at, Place{}, way)
		}
		r.each(way, at, func(field, at string, _ Place, v *node) {
			if out[i] == nil {
				out[i] = Way{}
			}
			out[i][field] = r.test(v, at)
		})
		if way.kind == mapNode && len(way.members) == 0 {
			r.add(errMissingKey("of a field", "name a field and what it must be; an empty way would match every record"), at, way.at)
		}
	}
	switch {
	case len(out) == 0:
		r.add(errEmpty("map of fields and what they must be"), pointer, n.at)
	case len(out) > MaxWays:
		r.add(errRange("the number of ways in which a record may match", 1, MaxWays), pointer, n.at)
	}
	return out
}

// test reads the comparisons of one field: a map of them, or the value it must equal.
func (r *reader) test(n *node, pointer string) Test {
	if n.kind != mapNode {
		return Test{Eq: r.any(n, pointer)}
	}
	known := make([]string, len(Ops()))
	for i, op := range Ops() {
		known[i] = string(op)
	}
	f := r.fields(n, pointer, known...)
	if len(n.members) == 0 {
		r.add(errMissingKey("of a comparison", "write how the field is compared, such as {ge: …}"), pointer, n.at)
	}
	out := Test{}
	for _, op := range Ops() {
		v, ok := f[string(op)]
		if !ok {
			continue
		}
		at := Join(pointer, string(op))
		if op == Eq && len(f) == 1 { // the same as the bare value, and known by the same pointer
			at = pointer
			r.note(at, r.plan.keys[pointer], v)
		}
		out[op] = r.any(v, at)
	}
	return out
}

// walk visits the values; how they compare is not its business.
func (w Where) walk(at string, visit func(string, Value)) {
	for _, c := range w.All(at) {
		c.Value.walk(c.Pointer, visit)
	}
}

// Fields lists the field paths that the Where compares, each once, sorted.
func (w Where) Fields() []string {
	var out []string
	for _, way := range w {
		out = append(out, sortedKeys(way)...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
