package expr

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"

	"github.com/planwright/planwright/specs/schema"
)

// Type is the type of an expression or of a part of one. Optional says that the value
// may be absent; only the alternatives a person wrote (`.orValue(…)`, leaving the field
// out) turn it into a plain one.
//
// Text literals carry themselves as the only member of Enum, so that the choice between
// two literals has both, and a caller can tell whether a field allows them. Written has the
// literals that the value may be as they stand, also where the rest of a choice has no
// members: each of them must fit, whatever else the value may be.
type Type struct {
	schema.Type
	Optional bool
	Written  []string
}

// String names the type in the words of diagnostics.
func (t Type) String() string {
	if t.Optional {
		return "possibly absent " + words(t.Type)
	}
	return words(t.Type)
}

// known reports whether anything is known of t. The element of an empty list and the value
// of optional.none() are not known.
func (t Type) known() bool { return t.Kind != "" }

// lost reports whether t is what is left after a finding, or an element of an empty list.
// Nothing is reported about it again.
func (t Type) lost() bool { return t.Kind == "" && !t.Optional }

func plain(t schema.Type) Type       { return Type{Type: t} }
func plainKind(k schema.Kind) Type   { return Type{Type: schema.Type{Kind: k}} }
func (t Type) orAbsent() Type        { t.Optional = true; return t }
func (t Type) present() Type         { t.Optional = false; return t }
func (t Type) nominal() bool         { return t.Kind == schema.String && t.Nominal != "" }
func (t Type) is(k schema.Kind) bool { return !t.Optional && t.Kind == k }
func (t Type) isPlainText() bool     { return t.is(schema.String) && t.Nominal == "" }
func (t Type) elem() Type            { return plain(*t.Elem) }
func listOf(elem Type) Type          { return plain(schema.ListOf(elem.Type)) }
func (t Type) computable() bool      { return t.Kind != schema.Any && t.Kind != schema.Map }

// normal makes the best of a type that a spec left open: what has no kind that we know is
// untyped, and so is the element of a list without one.
func normal(t schema.Type) schema.Type {
	switch t.Kind {
	case schema.String, schema.Int, schema.Decimal, schema.Bool, schema.Date, schema.Instant, schema.ObjectK, schema.Any, schema.Map:
		return t
	case schema.List:
		elem := schema.Type{Kind: schema.Any}
		if t.Elem != nil {
			elem = normal(*t.Elem)
		}
		t.Elem = &elem
		return t
	}
	return schema.Type{Kind: schema.Any}
}

// words names a schema type for a person.
func words(t schema.Type) string {
	switch t.Kind {
	case "":
		return "value"
	case schema.String:
		if t.Nominal != "" {
			return "id " + t.Nominal
		}
		return "text"
	case schema.Int:
		return "whole number"
	case schema.Bool:
		return "truth value"
	case schema.List:
		if t.Elem.Kind == "" {
			return "list"
		}
		return "list of " + plural(*t.Elem)
	case schema.Map:
		return "map"
	case schema.ObjectK:
		if isGroup(t.Ref) {
			return "group"
		}
		return t.Ref
	case schema.Any:
		return "untyped value"
	default:
		return string(t.Kind)
	}
}

// plural names several values of a type.
func plural(t schema.Type) string {
	switch {
	case t.Kind == schema.ObjectK && !isGroup(t.Ref):
		return t.Ref
	case t.Kind == schema.String && t.Nominal != "":
		return "ids " + t.Nominal
	case t.Kind == schema.List:
		return "lists" + strings.TrimPrefix(words(t), "list")
	}
	return words(t) + "s"
}

// The types of the language that the CEL library does not have. Ids of different things
// are id(X) with a different X, which makes mixing them a type error by construction.
var (
	decimalType = types.NewOpaqueType("decimal")
	dateType    = types.NewOpaqueType("date")
	instantType = types.NewOpaqueType("instant")
	anyType     = types.NewOpaqueType("untyped")
	typeT       = types.NewTypeParamType("T")
	idType      = types.NewOpaqueType("id", typeT)
	listType    = types.NewListType(typeT)
	optType     = types.NewOptionalType(typeT)
)

// objectPrefix keeps object names out of reach of expressions, so that a variable may be
// called like an API.
const objectPrefix = "@"

// celType gives the library's type for ours.
func celType(t schema.Type) *types.Type {
	switch t.Kind {
	case schema.String:
		if t.Nominal != "" {
			return types.NewOpaqueType("id", types.NewOpaqueType(t.Nominal))
		}
		return types.StringType
	case schema.Int:
		return types.IntType
	case schema.Decimal:
		return decimalType
	case schema.Bool:
		return types.BoolType
	case schema.Date:
		return dateType
	case schema.Instant:
		return instantType
	case schema.List:
		return types.NewListType(celType(*t.Elem))
	case schema.ObjectK:
		return types.NewObjectType(objectPrefix + t.Ref)
	default:
		return anyType
	}
}

// unify matches a declared parameter with the type of an argument and binds its type
// variable. With widen, a whole number fits where a decimal is wanted.
func unify(param *types.Type, arg Type, bound map[string]Type, widen bool) bool {
	if arg.lost() {
		return true
	}
	switch param.Kind() {
	case types.TypeParamKind:
		if arg.Optional {
			return false
		}
		prev, ok := bound[param.TypeName()]
		if !ok {
			bound[param.TypeName()] = arg
			return true
		}
		if widen && prev.Kind == schema.Decimal && arg.Kind == schema.Int {
			return true
		}
		joined, ok := join(prev, arg, false)
		if ok {
			bound[param.TypeName()] = joined
		}
		return ok
	case types.ListKind:
		return arg.is(schema.List) && unify(param.Parameters()[0], arg.elem(), bound, false)
	case types.OpaqueKind:
		return unifyOpaque(param, arg, bound, widen)
	case types.StringKind:
		return arg.isPlainText()
	case types.IntKind:
		return arg.is(schema.Int)
	case types.BoolKind:
		return arg.is(schema.Bool)
	default:
		return false
	}
}

func unifyOpaque(param *types.Type, arg Type, bound map[string]Type, widen bool) bool {
	switch param.TypeName() {
	case "optional_type":
		return arg.Optional && unify(param.Parameters()[0], arg.present(), bound, false)
	case "id":
		return !arg.Optional && arg.nominal()
	case "decimal":
		return arg.is(schema.Decimal) || widen && arg.is(schema.Int)
	}
	return arg.is(schema.Kind(param.TypeName()))
}

// result applies the bindings of a matched call to its declared result.
func result(t *types.Type, bound map[string]Type) Type {
	switch t.Kind() {
	case types.TypeParamKind:
		return bound[t.TypeName()]
	case types.ListKind:
		return listOf(result(t.Parameters()[0], bound))
	case types.OpaqueKind:
		if t.TypeName() == "optional_type" {
			return result(t.Parameters()[0], bound).orAbsent()
		}
		return plainKind(schema.Kind(t.TypeName()))
	case types.StringKind:
		return plainKind(schema.String)
	case types.IntKind:
		return plainKind(schema.Int)
	default:
		return plainKind(schema.Bool)
	}
}

// join gives the type that holds both a and b, as the branches of a choice or the
// elements of a list need. With widen, a whole number that is there joins a decimal as a
// decimal; what is inside a list or an optional cannot be turned into another type.
func join(a, b Type, widen bool) (Type, bool) {
	switch {
	case a.lost():
		return b, true
	case b.lost():
		return a, true
	case a.Optional != b.Optional:
		return Type{}, false
	case !a.known():
		return b, true
	case !b.known():
		return a, true
	case a.Kind != b.Kind:
		if widen && !a.Optional && (a.Kind == schema.Decimal && b.Kind == schema.Int || a.Kind == schema.Int && b.Kind == schema.Decimal) {
			return plainKind(schema.Decimal), true
		}
		return Type{}, false
	}
	switch a.Kind {
	case schema.List:
		e, ok := join(a.elem(), b.elem(), false)
		return Type{Type: schema.ListOf(e.Type), Optional: a.Optional}, ok
	case schema.ObjectK:
		return a, a.Ref == b.Ref
	case schema.String:
		if a.Nominal != b.Nominal {
			return Type{}, false
		}
		return joinText(a, b), true
	default:
		if a.Scale != b.Scale || a.Precision != b.Precision {
			a.Scale, a.Precision = 0, 0
		}
		return a, true
	}
}

// joinText keeps members and length only as far as both sides state them.
func joinText(a, b Type) Type {
	x, okX := Bound(a.Type)
	y, okY := Bound(b.Type)
	a.MaxLength = 0
	if okX && okY {
		a.MaxLength = max(x, y)
	}
	a.Written = union(a.Written, b.Written)
	if a.Enum == nil || b.Enum == nil {
		a.Enum = nil
	} else {
		a.Enum = union(a.Enum, b.Enum)
	}
	return a
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// signature prints a function as a person would write a call of it.
func signature(name string, o overload) string {
	args := make([]string, len(o.args))
	for i, a := range o.args {
		args[i] = paramWords(a)
	}
	if o.member {
		return args[0] + "." + name + "(" + strings.Join(args[1:], ", ") + ")"
	}
	return name + "(" + strings.Join(args, ", ") + ")"
}

func paramWords(t *types.Type) string {
	switch t.Kind() {
	case types.TypeParamKind:
		return "value"
	case types.ListKind:
		if t.Parameters()[0].Kind() == types.TypeParamKind {
			return "list"
		}
		return "list of " + paramWords(t.Parameters()[0]) + "s"
	case types.StringKind:
		return "text"
	case types.IntKind:
		return "whole number"
	case types.BoolKind:
		return "truth value"
	default:
		if t.TypeName() == optType.TypeName() {
			return "possibly absent " + paramWords(t.Parameters()[0])
		}
		return t.TypeName()
	}
}
