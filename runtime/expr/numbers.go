package expr

import (
	"errors"
	"fmt"
	"strconv"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/specs/schema"
)

// maxPlaces bounds what div and round may be asked for; vendors state at most 18.
const maxPlaces = 28

// widenTo is the function that a whole number is wrapped in where a decimal is wanted.
const widenTo = "dec"

func decimals() map[string][]overload {
	i, s := types.IntType, types.StringType
	return map[string][]overload{
		widenTo: {
			of("dec_int", sig(i), decimalType, func(v ...ref.Val) ref.Val { return decVal{d: decimal.FromInt(int64(v[0].(types.Int)))} }),
			{id: "dec_text", args: sig(s), result: decimalType, vet: vetDecimal, run: func(v ...ref.Val) ref.Val {
				d, err := decimal.Parse(str(v[0]))
				if err != nil {
					return types.NewErr("dec(…): the text is not a decimal number")
				}
				return decVal{d: d}
			}},
		},
		"round": {{
			id: "decimal_round", member: true, args: sig(decimalType, i, s), result: decimalType,
			vet: vetRounding(1), refine: refineScale(1),
			run: func(v ...ref.Val) ref.Val {
				return orErr(v[0].(decVal).d.Round(int32(v[1].(types.Int)), decimal.Mode(str(v[2]))))
			},
		}},
		"div": {{
			id: "decimal_div", member: true, args: sig(decimalType, decimalType, i, s), result: decimalType,
			vet: vetRounding(2), refine: refineScale(2),
			run: func(v ...ref.Val) ref.Val {
				return orErr(v[0].(decVal).d.Quo(v[1].(decVal).d, int32(v[2].(types.Int)), decimal.Mode(str(v[3]))))
			},
		}},
		"cents": {{
			id: "decimal_cents", member: true, args: sig(decimalType), result: decimalType,
			refine: func([]ast.Expr, []Type) Type { return plain(schema.Type{Kind: schema.Decimal, Scale: 2}) },
			run:    func(v ...ref.Val) ref.Val { return decVal{d: v[0].(decVal).d.Cents()} },
		}},
		"int": {
			of("int_text", sig(s), i, func(v ...ref.Val) ref.Val { return wholeNumber(decimal.Parse(str(v[0]))) }),
			of("int_decimal", sig(decimalType), i, func(v ...ref.Val) ref.Val { return wholeNumber(v[0].(decVal).d, nil) }),
		},
		"abs": {on("decimal_abs", sig(decimalType), decimalType, func(v ...ref.Val) ref.Val {
			if d := v[0].(decVal).d; d.Sign() < 0 {
				return decVal{d: d.Neg()}
			}
			return v[0]
		})},
	}
}

var errNotWhole = errors.New("int(…): this is not a whole number of at most 18 digits")

// wholeNumber gives a decimal without places as a whole number. Nothing is rounded: what to
// do with a fraction is for .round to say.
func wholeNumber(d decimal.Decimal, err error) ref.Val {
	if err != nil {
		return types.WrapErr(errNotWhole)
	}
	n, err := strconv.ParseInt(d.Canonical(), 10, 64)
	if err != nil {
		return types.WrapErr(errNotWhole)
	}
	return types.Int(n)
}

func orErr(d decimal.Decimal, err error) ref.Val {
	if err != nil {
		return types.WrapErr(err)
	}
	return number(d)
}

func vetDecimal(c *checker, args []ast.Expr) {
	s, ok := literalText(args[0])
	if !ok {
		return
	}
	if _, err := decimal.Parse(s); err != nil {
		c.report(c.at(args[0]), errConstant(fmt.Sprintf("%q is not a decimal number", s), `write the number with digits and a point, such as dec("19.90")`))
	}
}

// vetRounding wants the places at args[at] and the mode after it written out, because
// where cents are lost must be visible to whoever approves.
func vetRounding(at int) func(*checker, []ast.Expr) {
	return func(c *checker, args []ast.Expr) {
		if n, ok := literalInt(args[at]); !ok || n < 0 || n > maxPlaces {
			c.report(c.at(args[at]), errConstant(fmt.Sprintf("the number of decimal places must be written out, from 0 to %d", maxPlaces), "write 2 for cents"))
		}
		problem := "the rounding mode must be written out"
		mode, ok := literalText(args[at+1])
		switch decimal.Mode(mode) {
		case decimal.HalfUp, decimal.HalfEven, decimal.Down, decimal.Up:
		default:
			if ok {
				problem = fmt.Sprintf("%q is not a rounding mode", mode)
			}
			ok = false
		}
		if !ok {
			c.report(c.at(args[at+1]), errConstant(problem, `write "half_up", "half_even", "down" or "up"`))
		}
	}
}

func refineScale(at int) func([]ast.Expr, []Type) Type {
	return func(args []ast.Expr, _ []Type) Type {
		t := plainKind(schema.Decimal)
		if n, ok := literalInt(args[at]); ok && n >= 0 && n <= maxPlaces {
			t.Scale = int(n)
		}
		return t
	}
}

func literalText(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

func literalInt(e ast.Expr) (int64, bool) {
	if e.Kind() != ast.LiteralKind {
		return 0, false
	}
	i, ok := e.AsLiteral().(types.Int)
	return int64(i), ok
}
