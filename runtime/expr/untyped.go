package expr

import (
	"encoding/json"

	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/planwright/planwright/internal/decimal"
)

// untyped gives the library's values for JSON trees without a schema.
type untyped struct{}

// NativeToValue implements types.Adapter.
func (u untyped) NativeToValue(v any) ref.Val {
	switch v := v.(type) {
	case json.Number:
		return parsedDecimal(v.String())
	case map[string]any:
		return types.NewStringInterfaceMap(u, v)
	case map[string][]map[string]any:
		return types.NewDynamicMap(u, v)
	case []any:
		return types.NewDynamicList(u, v)
	case []map[string]any:
		return types.NewDynamicList(u, v)
	}
	return types.DefaultTypeAdapter.NativeToValue(v)
}

// sums are the operators that make a value of two.
var sums = map[string]func(a, b ref.Val) ref.Val{
	operators.Add: func(a, b ref.Val) ref.Val {
		if list, ok := a.(traits.Lister); ok {
			return list.Add(b)
		}
		if text, ok := a.(types.String); ok {
			return text.Add(b)
		}
		return computed(a, b, "+", decimal.Decimal.Add)
	},
	operators.Subtract: func(a, b ref.Val) ref.Val { return computed(a, b, "-", decimal.Decimal.Sub) },
	operators.Multiply: func(a, b ref.Val) ref.Val { return computed(a, b, "*", decimal.Decimal.Mul) },
}

func computed(a, b ref.Val, sign string, f func(d, e decimal.Decimal) decimal.Decimal) ref.Val {
	x, ok := a.(decVal)
	y, too := b.(decVal)
	if !ok || !too {
		return firstError(a, b, sign)
	}
	d := f(x.d, y.d)
	if d.Digits() > maxDigits {
		return types.NewErr("a number of more than %d digits", maxDigits)
	}
	return decVal{d: d}
}

// orders are the comparisons, told by the sign of what compares less.
var orders = map[string]func(sign int) bool{
	operators.Less:          func(s int) bool { return s < 0 },
	operators.LessEquals:    func(s int) bool { return s <= 0 },
	operators.Greater:       func(s int) bool { return s > 0 },
	operators.GreaterEquals: func(s int) bool { return s >= 0 },
}

func ordered(a, b ref.Val, holds func(int) bool) ref.Val {
	if x, ok := a.(decVal); ok {
		if y, ok := b.(decVal); ok {
			return types.Bool(holds(x.d.Cmp(y.d)))
		}
	}
	if x, ok := a.(types.String); ok {
		if y, ok := b.(types.String); ok {
			return types.Bool(holds(int(x.Compare(y).(types.Int))))
		}
	}
	return firstError(a, b, "an order")
}

// firstError is an error among the values, or one that says why f does not apply.
func firstError(a, b ref.Val, f string) ref.Val {
	for _, v := range []ref.Val{a, b} {
		if types.IsError(v) {
			return v
		}
	}
	return types.NewErr("%s of %s and %s: both must be numbers, or both text", f, a.Type().TypeName(), b.Type().TypeName())
}

func negated(v ref.Val) ref.Val {
	if n, ok := v.(decVal); ok {
		return decVal{d: n.d.Neg()}
	}
	return types.NewErr("- before %s: only a number can be negative", v.Type().TypeName())
}

// exact is dec(…): the number that a text spells.
func exact(v ref.Val) ref.Val {
	switch v := v.(type) {
	case types.String:
		return parsedDecimal(string(v))
	case decVal:
		return v
	}
	return types.NewErr("dec() takes text or a number, not %s", v.Type().TypeName())
}

func spelled(v ref.Val) ref.Val {
	switch v := v.(type) {
	case decVal:
		return types.String(v.d.Canonical())
	case types.String:
		return v
	}
	return types.NewErr("string() takes text or a number, not %s", v.Type().TypeName())
}

func sizeOf(v ref.Val) ref.Val {
	s, ok := v.(traits.Sizer)
	if !ok {
		return types.NewErr("size() takes a list, a record or text, not %s", v.Type().TypeName())
	}
	n, _ := s.Size().(types.Int)
	return decVal{d: decimal.FromInt(int64(n))}
}

func sumOf(v ref.Val) ref.Val {
	list, ok := v.(traits.Lister)
	if !ok {
		return types.NewErr("sum() takes a list, not %s", v.Type().TypeName())
	}
	var total ref.Val = decVal{d: decimal.Zero()}
	for it := list.Iterator(); it.HasNext() == types.True; {
		if total = computed(total, it.Next(), "+", decimal.Decimal.Add); types.IsError(total) {
			return total
		}
	}
	return total
}

// distinctOf is the list without repeated members; it is for short lists.
func distinctOf(v ref.Val) ref.Val {
	list, ok := v.(traits.Lister)
	if !ok {
		return types.NewErr("distinct() takes a list, not %s", v.Type().TypeName())
	}
	var out []ref.Val
	for it := list.Iterator(); it.HasNext() == types.True; {
		if out = addNew(out, it.Next()); len(out) > 10_000 {
			return types.NewErr("distinct() of more than 10000 values")
		}
	}
	return types.NewRefValList(untyped{}, out)
}

func addNew(list []ref.Val, v ref.Val) []ref.Val {
	for _, have := range list {
		if types.Equal(have, v) == types.True {
			return list
		}
	}
	return append(list, v)
}
