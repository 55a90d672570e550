package expr

import (
	"errors"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"

	"github.com/planwright/planwright/internal/decimal"
)

var (
	errDigits = errors.New("the number grows past 400 digits")
	errText   = errors.New("the text grows past 1 MiB")
)

func of(id string, args []*types.Type, result *types.Type, run func(...ref.Val) ref.Val) overload {
	return overload{id: id, args: args, result: result, run: run}
}

func on(id string, args []*types.Type, result *types.Type, run func(...ref.Val) ref.Val) overload {
	return overload{id: id, member: true, args: args, result: result, run: run}
}

// with gives a form a rule that sharpens its result type.
func with(refine func([]ast.Expr, []Type) Type, o overload) overload {
	o.refine = refine
	return o
}

func sig(args ...*types.Type) []*types.Type { return args }

// number gives the value of a decimal, refusing ones that only a hostile expression makes.
func number(d decimal.Decimal) ref.Val {
	if d.Digits() > maxDigits {
		return types.WrapErr(errDigits)
	}
	return decVal{d: d}
}

func text(s string) ref.Val {
	if len(s) > maxText {
		return types.WrapErr(errText)
	}
	return types.String(s)
}

// dec2 is an operator between decimals.
func dec2(id string, op func(a, b decimal.Decimal) decimal.Decimal) overload {
	both := func(a, b ref.Val) ref.Val { return number(op(a.(decVal).d, b.(decVal).d)) }
	o := of(id, sig(decimalType, decimalType), decimalType, func(v ...ref.Val) ref.Val { return both(v[0], v[1]) })
	o.both = both
	return o
}

func arithmetic() map[string][]overload {
	ii := sig(types.IntType, types.IntType)
	return map[string][]overload{
		operators.Add: {
			of(overloads.AddInt64, ii, types.IntType, func(v ...ref.Val) ref.Val { return v[0].(types.Int).Add(v[1]) }),
			dec2("add_decimal", decimal.Decimal.Add),
			with(joinedBound, of(overloads.AddString, sig(types.StringType, types.StringType), types.StringType, func(v ...ref.Val) ref.Val {
				return text(string(v[0].(types.String)) + string(v[1].(types.String)))
			})),
			of(overloads.AddList, sig(listType, listType), listType, func(v ...ref.Val) ref.Val { return v[0].(traits.Adder).Add(v[1]) }),
		},
		operators.Subtract: {
			of(overloads.SubtractInt64, ii, types.IntType, func(v ...ref.Val) ref.Val { return v[0].(types.Int).Subtract(v[1]) }),
			dec2("subtract_decimal", decimal.Decimal.Sub),
		},
		operators.Multiply: {
			of(overloads.MultiplyInt64, ii, types.IntType, func(v ...ref.Val) ref.Val { return v[0].(types.Int).Multiply(v[1]) }),
			dec2("multiply_decimal", decimal.Decimal.Mul),
		},
		operators.Negate: {
			of(overloads.NegateInt64, sig(types.IntType), types.IntType, func(v ...ref.Val) ref.Val { return v[0].(types.Int).Negate() }),
			of("negate_decimal", sig(decimalType), decimalType, func(v ...ref.Val) ref.Val { return decVal{d: v[0].(decVal).d.Neg()} }),
		},
	}
}

// comparisons are < <= > >= over everything that has an order.
func comparisons() map[string][]overload {
	fns := map[string][]overload{}
	for op, holds := range map[string]func(int) bool{
		operators.Less:          func(c int) bool { return c < 0 },
		operators.LessEquals:    func(c int) bool { return c <= 0 },
		operators.Greater:       func(c int) bool { return c > 0 },
		operators.GreaterEquals: func(c int) bool { return c >= 0 },
	} {
		for _, t := range []*types.Type{types.IntType, decimalType, types.StringType, dateType, instantType} {
			fns[op] = append(fns[op], of(op+t.TypeName(), sig(t, t), types.BoolType, func(v ...ref.Val) ref.Val {
				return types.Bool(holds(compare(v[0], v[1])))
			}))
		}
	}
	return fns
}

// compare orders two values of the same ordered type.
func compare(a, b ref.Val) int {
	switch a := a.(type) {
	case decVal:
		return a.d.Cmp(b.(decVal).d)
	case timeVal:
		return a.t.Compare(b.(timeVal).t)
	case traits.Comparer:
		return int(a.Compare(b).(types.Int))
	}
	panic("expr: comparison of unordered values") // unreachable: the table declares ordered types only
}

func texts() map[string][]overload {
	s, i, b := types.StringType, types.IntType, types.BoolType
	test := func(f func(string, string) bool) func(...ref.Val) ref.Val {
		return func(v ...ref.Val) ref.Val { return types.Bool(f(str(v[0]), str(v[1]))) }
	}
	change := func(f func(string) string) func(...ref.Val) ref.Val {
		return func(v ...ref.Val) ref.Val { return text(f(str(v[0]))) }
	}
	return map[string][]overload{
		"contains":   {on("text_contains", sig(s, s), b, test(strings.Contains))},
		"startsWith": {on("text_starts_with", sig(s, s), b, test(strings.HasPrefix))},
		"endsWith":   {on("text_ends_with", sig(s, s), b, test(strings.HasSuffix))},
		"trim":       {with(sameBound, on("text_trim", sig(s), s, change(strings.TrimSpace)))},
		"upperAscii": {with(sameBound, on("text_upper", sig(s), s, change(upperASCII)))},
		"lowerAscii": {with(sameBound, on("text_lower", sig(s), s, change(lowerASCII)))},
		"replace": {with(replacedBound, on("text_replace", sig(s, s, s), s, func(v ...ref.Val) ref.Val {
			return replace(str(v[0]), str(v[1]), str(v[2]))
		}))},
		"split": {with(splitBound, on("text_split", sig(s, s), types.NewListType(s), func(v ...ref.Val) ref.Val {
			return types.NewStringList(types.DefaultTypeAdapter, strings.Split(str(v[0]), str(v[1])))
		}))},
		"substring": {
			with(middleBound, on("text_substring_from", sig(s, i), s, func(v ...ref.Val) ref.Val { return cut(str(v[0]), v[1].(types.Int), 1<<62) })),
			with(middleBound, on("text_substring", sig(s, i, i), s, func(v ...ref.Val) ref.Val { return cut(str(v[0]), v[1].(types.Int), v[2].(types.Int)) })),
		},
		"truncate": {
			{id: "truncate_text", args: sig(s, i), result: s, refine: cutBound, run: truncate},
			{id: "text_truncate", member: true, args: sig(s, i), result: s, refine: cutBound, run: truncate},
		},
		"nonEmpty": {with(presentText, on("text_non_empty", sig(s), types.NewOptionalType(s), func(v ...ref.Val) ref.Val {
			if strings.TrimSpace(str(v[0])) == "" {
				return types.OptionalNone
			}
			return types.OptionalOf(v[0])
		}))},
		"size": {
			on("text_size", sig(s), i, countText), of("size_text", sig(s), i, countText),
		},
		"string": {
			with(sameBound, of("string_text", sig(s), s, asText)), with(sameBound, of("string_id", sig(idType), s, asText)),
			with(ofLength(len("-9223372036854775808")), of("string_int", sig(i), s, asText)),
			with(decimalBound, of("string_decimal", sig(decimalType), s, asText)),
			with(ofLength(len("false")), of("string_bool", sig(b), s, asText)),
			with(ofLength(len(dateLayout)), of("string_date", sig(dateType), s, asText)),
			with(ofLength(len("2006-01-02T15:04:05.999999999Z")), of("string_instant", sig(instantType), s, asText)),
		},
	}
}

func str(v ref.Val) string { return string(v.(types.String)) }

func asText(v ...ref.Val) ref.Val { return types.String(textOf(v[0])) }

// textOf is the text of a scalar as string(…) gives it and mappings are keyed by.
func textOf(v ref.Val) string {
	switch v := v.(type) {
	case types.String:
		return string(v)
	case decVal:
		return v.d.String()
	case timeVal:
		return v.text()
	}
	return string(v.ConvertToType(types.StringType).(types.String))
}

func countText(v ...ref.Val) ref.Val { return types.Int(utf8.RuneCountInString(str(v[0]))) }

func truncate(v ...ref.Val) ref.Val { return cut(str(v[0]), 0, v[1].(types.Int)) }

// cut gives the characters from start up to end, as many of them as there are.
func cut(s string, start, end types.Int) ref.Val {
	runes := []rune(s)
	n := types.Int(len(runes))
	start = min(max(start, 0), n)
	end = min(max(end, start), n)
	return types.String(string(runes[start:end]))
}

func replace(s, old, with string) ref.Val {
	if n := strings.Count(s, old); n > 0 && len(with) > 0 && n > maxText/len(with) {
		return types.WrapErr(errText)
	}
	return text(strings.ReplaceAll(s, old, with))
}

func upperASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, s)
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r - 'A' + 'a'
		}
		return r
	}, s)
}

func lists() map[string][]overload {
	ints, decs := types.NewListType(types.IntType), types.NewListType(decimalType)
	size := func(v ...ref.Val) ref.Val { return v[0].(traits.Sizer).Size() }
	return map[string][]overload{
		"size": {on("list_size", sig(listType), types.IntType, size), of("size_list", sig(listType), types.IntType, size)},
		"sum": {
			on("list_int_sum", sig(ints), types.IntType, func(v ...ref.Val) ref.Val {
				return fold(v[0], types.Int(0), func(sum, x ref.Val) ref.Val { return sum.(types.Int).Add(x) })
			}),
			on("list_decimal_sum", sig(decs), decimalType, func(v ...ref.Val) ref.Val {
				return fold(v[0], decVal{}, func(sum, x ref.Val) ref.Val { return number(sum.(decVal).d.Add(x.(decVal).d)) })
			}),
		},
		"join":  {on("list_join", sig(types.NewListType(types.StringType), types.StringType), types.StringType, joinTexts)},
		"first": {{id: "list_first", member: true, args: sig(listType), result: optType, lib: true}},
		"last":  {{id: "list_last", member: true, args: sig(listType), result: optType, lib: true}},
	}
}

// fold runs over a list from the left and stops at the first error.
func fold(list, acc ref.Val, step func(acc, x ref.Val) ref.Val) ref.Val {
	for it := list.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		acc = step(acc, it.Next())
		if types.IsError(acc) {
			return acc
		}
	}
	return acc
}

func joinTexts(v ...ref.Val) ref.Val {
	var b strings.Builder
	sep := "" // none before the first
	for it := v[0].(traits.Lister).Iterator(); it.HasNext() == types.True; sep = str(v[1]) {
		b.WriteString(sep)
		b.WriteString(str(it.Next()))
		if b.Len() > maxText {
			return types.WrapErr(errText)
		}
	}
	return types.String(b.String())
}

// optionals are the ways out of a possibly absent value. The library's value(), which
// fails on an absent one, is left out on purpose.
func optionals() map[string][]overload {
	return map[string][]overload{
		"optional.of":   {{id: "optional_of", args: sig(typeT), result: optType, lib: true}},
		"optional.none": {{id: "optional_none", result: optType, lib: true}},
		"hasValue":      {{id: "optional_hasValue", member: true, args: sig(optType), result: types.BoolType, lib: true}},
		"or":            {{id: "optional_or_optional", member: true, args: sig(optType, optType), result: optType, lib: true}},
		"orValue":       {{id: "optional_orValue_value", member: true, args: sig(optType, typeT), result: typeT, lib: true}},
	}
}
