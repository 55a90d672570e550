package loop

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Bounds of what one goal brings into a prompt.
const (
	hitsPerClause = 40
	maxClauses    = 24 // that are looked up; a goal with more says little in each
	maxSeeds      = 8  // entities that the goal's words name
	maxPartial    = 3  // of these, those of which only a part of the name is said
	maxTypes      = 26 // types that are declared
	maxOperations = 24
	minScore      = 30 // of hits that count, of 100
)

// selection is what the catalog has for a goal, nearest first.
type selection struct {
	operations []*catalog.Operation
	objects    []string // full names
	left       bool     // more was found
}

// clauseEnd are the marks and words between the parts of a goal that speak of different
// things.
var clauseEnd = regexp.MustCompile(`(?i)[.,;:!?\n()]+|\b(?:and|then|when|whenever|once|if|after|as soon as|into|for each|for every|with|from)\b`)

// clauses are the parts of a goal, and the goal itself.
func clauses(goal string) []string {
	out := []string{goal}
	for _, c := range clauseEnd.Split(goal, -1) {
		if c = strings.TrimSpace(c); c != "" && !slices.Contains(out, c) && len(out) < maxClauses {
			out = append(out, c)
		}
	}
	return out
}

// finder collects what a goal needs, with ranks: 0 is what its words name, higher numbers
// lie further off.
type finder struct {
	cat  *catalog.Catalog
	ops  map[string]int // full names
	objs map[string]int
	// order keeps the order of first finding, so that the result is the same every time.
	opOrder, objOrder []string
}

// retrieve picks what the goal is about. The same goal over the same catalog gives the
// same selection.
func retrieve(cat *catalog.Catalog, goal string) selection {
	f := &finder{cat: cat, ops: map[string]int{}, objs: map[string]int{}}
	seeds := f.search(goal)
	for _, s := range seeds {
		f.entity(s, 0, true)
	}
	for _, s := range seeds {
		f.around(s)
	}
	for _, name := range slices.Clone(f.opOrder) {
		f.body(name)
	}
	f.nested()
	return f.selection()
}

// search returns the entities that the clauses of a goal name, best first.
func (f *finder) search(goal string) []string {
	score := map[string]int{}
	var seeds []string
	for _, clause := range clauses(goal) {
		taken := 0
		for _, h := range f.cat.Search(clause, hitsPerClause) {
			name := h.Name
			switch {
			case h.Score < minScore:
				continue
			case h.Kind == catalog.HitField:
				name = name[:strings.LastIndexByte(name, '.')]
			case h.Kind == catalog.HitOperation:
				op, ok := f.cat.Operation(name)
				if !ok || op.Entity == "" {
					continue
				}
				if safe(op) && taken < 4 && h.Score >= 2*minScore {
					f.op(name, 0)
					taken++
				}
				name = op.Entity
			}
			if _, ok := f.cat.Entity(name); !ok {
				continue
			}
			if _, seen := score[name]; !seen {
				seeds = append(seeds, name)
			}
			score[name] = max(score[name], h.Score)
		}
	}
	// A thing whose whole name is said comes before one that shares a word with the goal:
	// in a spec of thousands of objects nearly every word is a part of some name.
	said := words(goal)
	slices.SortStableFunc(seeds, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(named(f.cat, a, said)), rank(named(f.cat, b, said))), cmp.Compare(score[b], score[a]))
	})
	partial := 0
	seeds = slices.DeleteFunc(seeds, func(s string) bool {
		if named(f.cat, s, said) {
			return false
		}
		partial++
		return partial > maxPartial
	})
	return seeds[:min(len(seeds), maxSeeds)]
}

func rank(near bool) int {
	if near {
		return 0
	}
	return 1
}

// named reports whether all words of an object's name, or of another that people use for
// it, are among those said.
func named(cat *catalog.Catalog, object string, said map[string]bool) bool {
	e, _ := cat.Entity(object)
	short := object[strings.LastIndexByte(object, '.')+1:]
	return slices.ContainsFunc(append([]string{split(short)}, e.Words...), func(name string) bool {
		whole := name != ""
		for w := range words(name) {
			whole = whole && said[w]
		}
		return whole
	})
}

// safe reports whether a plan may use an operation at all: a write that nothing makes
// safe to repeat is refused by the check.
func safe(op *catalog.Operation) bool {
	return op.Effect == catalog.EffectNone || op.Repeat != nil && op.Repeat.Way != catalog.WayAsk
}

func (f *finder) op(name string, rank int) {
	old, seen := f.ops[name]
	if !seen {
		f.opOrder = append(f.opOrder, name)
	}
	if !seen || rank < old {
		f.ops[name] = rank
	}
}

func (f *finder) obj(name string, rank int) {
	if _, ok := f.cat.Object(name); !ok {
		return
	}
	old, seen := f.objs[name]
	if !seen {
		f.objOrder = append(f.objOrder, name)
	}
	if !seen || rank < old {
		f.objs[name] = rank
	}
}

// entity takes in an object with the operations on it: all that a plan may use, or only
// those that find or make one.
func (f *finder) entity(name string, rank int, whole bool) {
	e, ok := f.cat.Entity(name)
	api, _, _ := strings.Cut(name, ".")
	f.obj(name, rank)
	if !ok {
		return
	}
	ids := []string{e.Get}
	if whole {
		ids = append(ids, e.List, e.Create, e.Update)
	} else if len(e.Find) > 0 {
		ids = append(ids, e.Create)
	}
	if a, known := f.cat.API(api); known {
		if c, changes := a.Changes[strings.TrimPrefix(name, api+".")]; changes && whole {
			ids = append(ids, c.Operation)
		}
	}
	for _, id := range ids {
		if op, ok := f.cat.Operation(api + "." + id); ok && id != "" && safe(op) {
			f.op(op.Name(), rank)
		}
	}
}

// maxParts is how many kinds of records that point at one object are taken in, of those
// that cannot be without it and of the others.
const maxParts = 3

// around takes in the neighbours of an object: those its ids point at, and the records of
// the same API that point at it, such as the lines of a deal. Nearly everything may point
// at some things, such as people; then only what the overlay watches for changes counts.
func (f *finder) around(name string) {
	o, ok := f.cat.Object(name)
	if !ok {
		return
	}
	for _, field := range o.Fields {
		if owner := ownerOf(field.Type); owner != "" && owner != name {
			f.neighbour(owner, 2)
		}
	}
	api, _, _ := strings.Cut(name, ".")
	a, ok := f.cat.API(api)
	if !ok {
		return
	}
	required, near := 0, 0
	for _, full := range f.cat.Objects(api) {
		short := strings.TrimPrefix(full, api+".")
		if _, ok := a.Entities[short]; !ok || full == name {
			continue
		}
		_, changes := a.Changes[short]
		child, _ := f.cat.Object(full)
		switch points, must := pointsTo(child, name); {
		case must && required < maxParts:
			required++
		case points && changes && near < maxParts:
			near++
		default:
			continue
		}
		f.neighbour(full, 2)
		for _, c := range child.Fields {
			if owner := ownerOf(c.Type); owner != "" && owner != name {
				f.neighbour(owner, 3)
			}
		}
	}
}

// pointsTo reports whether an object has a field that holds the id of another, and
// whether it cannot be made without.
func pointsTo(o *schema.Object, other string) (points, must bool) {
	for _, f := range o.Fields {
		if ownerOf(f.Type) == other {
			points, must = true, must || f.RequiredOnCreate
		}
	}
	return points, must
}

// neighbour takes in an entity that something near the goal points at.
func (f *finder) neighbour(name string, rank int) {
	if _, ok := f.cat.Entity(name); ok {
		f.entity(name, rank, false)
	}
}

// ownerOf returns the object whose id or code a type is, or "".
func ownerOf(t schema.Type) string {
	if t.Kind == schema.List && t.Elem != nil {
		return ownerOf(*t.Elem)
	}
	i := strings.LastIndexByte(t.Nominal, '.')
	if i < 0 {
		return ""
	}
	return t.Nominal[:i]
}

// body takes in what the request of a write is made of: the parts it sends and the
// records whose codes it needs.
func (f *finder) body(operation string) {
	op, ok := f.cat.Operation(operation)
	if !ok || op.Effect == catalog.EffectNone || op.Request == nil {
		return
	}
	rank := f.ops[operation] + 1
	seen := map[string]bool{}
	var visit func(t schema.Type, depth int)
	visit = func(t schema.Type, depth int) {
		if (t.Kind == schema.List || t.Kind == schema.Map) && t.Elem != nil {
			visit(*t.Elem, depth)
			return
		}
		if owner := ownerOf(t); owner != "" {
			f.neighbour(owner, rank+1)
		}
		if t.Kind != schema.ObjectK || depth > 3 || seen[t.Ref] {
			return
		}
		seen[t.Ref] = true
		o, ok := f.cat.Object(t.Ref)
		if !ok {
			return
		}
		if _, own := f.cat.Entity(t.Ref); own && depth > 0 {
			f.entity(t.Ref, rank, false) // a record of its own: found or made before
			return
		}
		f.obj(t.Ref, rank)
		for _, field := range o.Fields {
			if !field.ReadOnly {
				visit(field.Type, depth+1)
			}
		}
	}
	visit(op.Request.Type, 0)
}

// nested takes in the parts that the fields of the objects found so far hold.
func (f *finder) nested() {
	for _, name := range slices.Clone(f.objOrder) {
		o, _ := f.cat.Object(name)
		for _, field := range o.Fields {
			t := field.Type
			for t.Elem != nil {
				t = *t.Elem
			}
			if _, own := f.cat.Entity(t.Ref); t.Kind == schema.ObjectK && !own {
				f.obj(t.Ref, f.objs[name]+4)
			}
		}
	}
}

// selection sorts what was found by rank and cuts it to size.
func (f *finder) selection() selection {
	slices.SortStableFunc(f.opOrder, func(a, b string) int { return cmp.Compare(f.ops[a], f.ops[b]) })
	slices.SortStableFunc(f.objOrder, func(a, b string) int { return cmp.Compare(f.objs[a], f.objs[b]) })
	s := selection{left: len(f.opOrder) > maxOperations || len(f.objOrder) > maxTypes}
	for _, name := range f.opOrder[:min(len(f.opOrder), maxOperations)] {
		if op, ok := f.cat.Operation(name); ok {
			s.operations = append(s.operations, op)
		}
	}
	s.objects = slices.Clone(f.objOrder[:min(len(f.objOrder), maxTypes)])
	return s
}
