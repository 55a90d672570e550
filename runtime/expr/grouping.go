package expr

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/parser"

	"github.com/planwright/planwright/specs/schema"
)

// The functions behind the macros; no expression can name them.
const (
	groupsOf = "@groupBy." // the type of the groups follows
	sortedBy = "@sortBy"
	listHeld = "@list" // the list that a macro goes over, worked out once
)

// groupPrefix begins the names of group types, which no API's can begin with.
const groupPrefix = "group:"

// keyed makes the macro name(x, key): the list, and the key of each of its elements, go to
// a function of the library.
func keyed(name, function string) cel.Macro {
	return cel.ReceiverMacro(name, 2, func(eh cel.MacroExprFactory, target ast.Expr, args []ast.Expr) (ast.Expr, *cel.Error) {
		keys, err := parser.MakeMap(eh, eh.NewIdent(listHeld), args)
		if err != nil {
			return nil, err
		}
		call := eh.NewCall(function, eh.NewIdent(listHeld), keys)
		return eh.NewComprehension(eh.NewList(), "@unused", listHeld, target, eh.NewLiteral(types.False), eh.NewIdent(listHeld), call), nil
	})
}

// group returns the type of the groups that elements of a type make by keys of another:
// an object with the key and the items. Its name follows from the two, so that equal
// groups are of one type.
func (p *provider) group(elem, key schema.Type) schema.Type {
	text, err := json.Marshal([]schema.Type{elem, key})
	if err != nil {
		panic(err) // unreachable: types are plain data
	}
	sum := sha256.Sum256(text)
	name := groupPrefix + hex.EncodeToString(sum[:8])
	if p.info(name) == nil {
		p.add(&schema.Object{Name: name, Fields: []schema.Field{
			{Name: "key", Type: key, Always: true}, {Name: "items", Type: schema.ListOf(elem), Always: true},
		}})
	}
	return schema.ObjectOf(name)
}

// declareGroup is the library's declaration of the function that makes groups of a type.
func (p *provider) declareGroup(name string) cel.EnvOption {
	info := p.info(name)
	key, items := celType(info.Fields[0].Type), celType(info.Fields[1].Type)
	return cel.Function(groupsOf+name, cel.Overload("group_"+name, []*types.Type{items, types.NewListType(key)}, types.NewListType(info.celType),
		cel.BinaryBinding(func(list, keys ref.Val) ref.Val { return grouped(info, list, keys) })), noGuards)
}

// group is one group of a list.
type group struct {
	foreign
	info  *objectInfo
	key   ref.Val
	items []ref.Val
}

func (g *group) Type() ref.Type              { return g.info.celType }
func (g *group) Value() any                  { return g }
func (g *group) Equal(other ref.Val) ref.Val { return types.Bool(ref.Val(g) == other) }
func (g *group) has(*fieldInfo) bool         { return true }

func (g *group) get(f *fieldInfo) (ref.Val, error) {
	if f.Name == "key" {
		return g.key, nil
	}
	return types.NewRefValList(untyped{}, g.items), nil
}

// grouped gathers the elements of a list by their keys, groups and elements in the order
// in which they are met.
func grouped(info *objectInfo, list, keys ref.Val) ref.Val {
	at := map[string]*group{}
	var out []ref.Val
	key := keys.(traits.Lister).Iterator()
	for it := list.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		x, k := it.Next(), key.Next()
		g, ok := at[identity(k)]
		if !ok {
			g = &group{info: info, key: k}
			at[identity(k)] = g
			out = append(out, g)
		}
		g.items = append(g.items, x)
	}
	return types.NewRefValList(untyped{}, out)
}

// identity is the text by which values of one type are told apart: 1.0 is 1.
func identity(v ref.Val) string {
	if d, ok := v.(decVal); ok {
		return d.d.Canonical()
	}
	return textOf(v)
}

// distinct keeps the first of equal elements.
func distinct(v ...ref.Val) ref.Val {
	seen := map[string]bool{}
	var out []ref.Val
	for it := v[0].(traits.Lister).Iterator(); it.HasNext() == types.True; {
		x := it.Next()
		if id := identity(x); !seen[id] {
			seen[id] = true
			out = append(out, x)
		}
	}
	return types.NewRefValList(untyped{}, out)
}

// sorted puts elements in the order of their keys; equal ones stay as they were.
func sorted(v ...ref.Val) ref.Val {
	type pair struct{ x, key ref.Val }
	var pairs []pair
	key := v[1].(traits.Lister).Iterator()
	for it := v[0].(traits.Lister).Iterator(); it.HasNext() == types.True; {
		pairs = append(pairs, pair{it.Next(), key.Next()})
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return compare(a.key, b.key) })
	out := make([]ref.Val, len(pairs))
	for i, p := range pairs {
		out[i] = p.x
	}
	return types.NewRefValList(untyped{}, out)
}

func reversed(v ...ref.Val) ref.Val {
	list := v[0].(traits.Lister)
	n := int(list.Size().(types.Int))
	out := make([]ref.Val, n)
	for i := range n {
		out[n-1-i] = list.Get(types.Int(i))
	}
	return types.NewRefValList(untyped{}, out)
}

// extreme is the element of a list that compares so with every other; absent without any.
func extreme(sign int) func(...ref.Val) ref.Val {
	return func(v ...ref.Val) ref.Val {
		var best ref.Val
		for it := v[0].(traits.Lister).Iterator(); it.HasNext() == types.True; {
			if x := it.Next(); best == nil || cmp.Compare(compare(x, best), 0) == sign {
				best = x
			}
		}
		if best == nil {
			return types.OptionalNone
		}
		return types.OptionalOf(best)
	}
}

// orderings are the functions of lists that look at all elements together.
func orderings() map[string][]overload {
	sameList := func(_ []ast.Expr, ts []Type) Type { return ts[0] }
	one := func(_ []ast.Expr, ts []Type) Type { return ts[0].elem().orAbsent() }
	fns := map[string][]overload{
		sortedBy:  {with(sameList, of("list_sort_by", sig(listType, types.NewListType(types.NewTypeParamType("K"))), listType, sorted))},
		"reverse": {with(sameList, on("list_reverse", sig(listType), listType, reversed))},
	}
	for _, t := range []*types.Type{types.IntType, decimalType, types.StringType, dateType, instantType} {
		list := types.NewListType(t)
		fns["min"] = append(fns["min"], with(one, on("list_min_"+t.TypeName(), sig(list), types.NewOptionalType(t), extreme(-1))))
		fns["max"] = append(fns["max"], with(one, on("list_max_"+t.TypeName(), sig(list), types.NewOptionalType(t), extreme(1))))
	}
	for _, t := range []*types.Type{types.IntType, decimalType, types.StringType, idType, types.BoolType, dateType, instantType} {
		list := types.NewListType(t)
		fns["distinct"] = append(fns["distinct"], with(sameList, on("list_distinct_"+t.TypeName(), sig(list), list, distinct)))
	}
	return fns
}

// byKey types groupBy and sortBy: what the body gives is the key.
func (c *checker) byKey(e ast.Expr, name string, elem, key Type) Type {
	fits := map[string]func(schema.Type) bool{"groupBy": tellsApart, "sortBy": hasOrder}[name]
	switch {
	case elem.lost() || key.lost():
		return Type{}
	case key.Optional || !fits(key.Type):
		return Type{} // reported where the key stands
	case name == "sortBy":
		return listOf(elem)
	}
	t := c.env.types.group(elem.Type, key.Type)
	c.groups[e.ID()] = t.Ref
	return listOf(plain(t))
}

// keyBody types the key of an element and reports one that cannot be a key.
func (c *checker) keyBody(name string, body ast.Expr) Type {
	t := c.check(body)
	switch {
	case t.lost():
	case t.Optional:
		c.report(c.at(body), errAbsentUse(t, "the key of "+name))
	case name == "groupBy" && !tellsApart(t.Type):
		c.report(c.at(body), errWantWords("the key of groupBy", "text, an id, a number, a date, an instant or a truth value", t))
	case name == "sortBy" && !hasOrder(t.Type):
		c.report(c.at(body), errWantWords("the key of sortBy", "text, a number, a date or an instant", t))
	}
	return t
}

// tellsApart reports types whose values are told apart by their text.
func tellsApart(t schema.Type) bool {
	return hasOrder(t) || t.Kind == schema.Bool || t.Kind == schema.String
}

// hasOrder reports types whose values have an order.
func hasOrder(t schema.Type) bool {
	switch t.Kind {
	case schema.Int, schema.Decimal, schema.Date, schema.Instant:
		return true
	case schema.String:
		return t.Nominal == ""
	default:
		return false
	}
}

// isGroup reports the name of a group's type.
func isGroup(name string) bool { return strings.HasPrefix(name, groupPrefix) }
