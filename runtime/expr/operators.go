package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/schema"
)

// truth checks an expression that must be true or false.
func (c *checker) truth(e ast.Expr, what string) {
	t := c.check(e)
	switch {
	case t.is(schema.Bool) || t.lost():
	case t.Kind == schema.Bool:
		c.report(c.at(e), errAbsentUse(t, what))
	default:
		c.report(c.at(e), errWant(what, plainKind(schema.Bool), t))
	}
}

// logic checks && and ||: what follows is judged knowing what the part before says.
func (c *checker) logic(args []ast.Expr, sign string, learn func(ast.Expr) []string) Type {
	c.truth(args[0], "what stands beside "+sign)
	return c.given(learn(args[0]), func() Type {
		c.truth(args[1], "what stands beside "+sign)
		return plainKind(schema.Bool)
	})
}

func (c *checker) choice(e ast.Expr, args []ast.Expr) Type {
	c.truth(args[0], "the condition before ?")
	a := c.given(c.whenTrue(args[0]), func() Type { return c.check(args[1]) })
	b := c.given(c.whenFalse(args[0]), func() Type { return c.check(args[2]) })
	t, ok := join(a, b, true)
	if !ok {
		hint := ""
		if a.Optional != b.Optional {
			hint = "write optional.of(…) around the one that is present"
		}
		c.report(c.at(e), errMismatch("both sides of :", a, b, hint))
		return Type{}
	}
	c.widenIf(args[1], a, t)
	c.widenIf(args[2], b, t)
	return t
}

// equality checks == and !=: both sides of one type, and that type one whose values can
// be told apart by their text.
func (c *checker) equality(e ast.Expr, args []ast.Expr, sign string) Type {
	ts := c.checkAll(args)
	out := plainKind(schema.Bool)
	if ts[0].lost() || ts[1].lost() {
		return out
	}
	t, ok := join(ts[0], ts[1], true)
	if !ok || t.Optional {
		c.wrongOperands(e, sign, args, ts)
		return out
	}
	if !ts[0].computable() {
		c.report(c.at(args[0]), errUntyped("this "+words(t.Type)))
		return out
	}
	if !comparable(t.Type) {
		c.report(c.at(e), errOperator(sign, ts, "compare their ids, or the fields that matter"))
		return out
	}
	c.widenIf(args[0], ts[0], t)
	c.widenIf(args[1], ts[1], t)
	c.member(args[1], args[0], ts[0])
	c.member(args[0], args[1], ts[1])
	return out
}

func comparable(t schema.Type) bool {
	switch t.Kind {
	case schema.Any, schema.Map, schema.ObjectK:
		return false
	case schema.List:
		return comparable(*t.Elem)
	default:
		return true
	}
}

// member refuses comparing a field that has a closed list of members with a literal that
// is not among them: such a comparison is never true, and usually a slip.
func (c *checker) member(literal, field ast.Expr, t Type) {
	c.compare(literal, field)
	s, ok := literalText(literal)
	if !ok || t.Enum == nil || slices.Contains(t.Enum, s) {
		return
	}
	if !slices.ContainsFunc(t.Enum, func(m string) bool { return !slices.Contains(t.Written, m) }) {
		return // it is no field: the plan itself has written all it may be
	}
	c.report(c.at(literal), errMember(s, c.pathText(field), t.Enum, diag.Nearest(s, t.Enum)))
}

func (c *checker) membership(e ast.Expr, args []ast.Expr) Type {
	ts := c.checkAll(args)
	x, l := ts[0], ts[1]
	out := plainKind(schema.Bool)
	if l.lost() || x.lost() {
		return out
	}
	if l.is(schema.List) {
		if c.sameKind(args, x, l.elem()) && !x.Optional && comparable(x.Type) {
			if args[1].Kind() == ast.ListKind {
				for _, m := range args[1].AsList().Elements() {
					c.member(m, args[0], x)
				}
			}
			return out
		}
	}
	c.wrongOperands(e, "in", args, ts)
	return out
}

// sameKind reports whether x can be an element of the list, making decimals of whole
// numbers on either side where it can: a list that is written out, element by element.
func (c *checker) sameKind(args []ast.Expr, x, elem Type) bool {
	_, macro := c.tree.SourceInfo().GetMacroCall(args[1].ID())
	switch {
	case x.is(schema.Decimal) && elem.is(schema.Int):
		if macro || args[1].Kind() != ast.ListKind {
			return false
		}
		for _, m := range args[1].AsList().Elements() {
			c.widenIf(m, elem, x)
		}
		return true
	case x.is(schema.Int) && elem.is(schema.Decimal):
		c.widenIf(args[0], x, elem)
		return true
	}
	_, ok := join(x, elem, false)
	return ok
}

// pick types list[?n].
func (c *checker) pick(e ast.Expr, args []ast.Expr) Type {
	ts := c.checkAll(args)
	if ts[0].lost() || ts[1].lost() {
		return Type{}
	}
	if ts[0].Kind != schema.List || !ts[1].is(schema.Int) {
		c.report(c.at(e), errArguments("[?…]", ts, []string{"a whole number that picks an element of a list"}))
		return Type{}
	}
	return ts[0].elem().orAbsent()
}

// operator types + - * and the orders through the function table.
func (c *checker) operator(e ast.Expr, name, sign string, args []ast.Expr) Type {
	ts := c.checkAll(args)
	if name == operators.Divide || name == operators.Modulo {
		c.report(c.at(e), errOperator(sign, ts, `write a.div(b, 2, "half_up"), which says where the rest goes`))
		return plainKind(schema.Decimal)
	}
	if t, ok := c.apply(c.lang.functions[name], args, ts); ok {
		return t
	}
	if !slices.ContainsFunc(ts, Type.lost) {
		c.wrongOperands(e, sign, args, ts)
	}
	return Type{}
}

// wrongOperands words why an operator does not fit, by what its sides are.
func (c *checker) wrongOperands(e ast.Expr, sign string, args []ast.Expr, ts []Type) {
	for i, t := range ts {
		if t.Optional {
			c.report(c.at(args[i]), errAbsentUse(t, sign))
			return
		}
		if !t.computable() {
			c.report(c.at(args[i]), errUntyped("this "+words(t.Type)))
			return
		}
	}
	hint := ""
	if len(ts) == 2 {
		if hint = c.operandHint(sign, args[0], args[1], ts[0], ts[1]); hint == "" {
			hint = c.operandHint(sign, args[1], args[0], ts[1], ts[0])
		}
	}
	c.report(c.at(e), errOperator(sign, ts, hint))
}

// operandHint says how to mend an operator with a on one side and b on the other.
func (c *checker) operandHint(sign string, ea, eb ast.Expr, a, b Type) string {
	literal, isLiteral := literalText(eb)
	switch {
	case a.nominal() && b.nominal():
		return "these are ids of different things"
	case a.nominal() && b.isPlainText():
		return "write string(" + c.pathText(ea) + ") to use the id as text"
	case a.Kind == schema.Date && b.Kind == schema.Int:
		return "write .addDays(n) or .addMonths(n)"
	case a.Kind == schema.Date && b.Kind == schema.Date:
		return "write a.daysUntil(b) for the days between them"
	case a.Kind == schema.Date && b.Kind == schema.Instant:
		return `write .date("UTC"), or another zone, to get the instant's date`
	case a.Kind == schema.Date && isLiteral && sign != "+":
		return `write date("` + literal + `")`
	case a.Kind == schema.Instant && isLiteral && sign != "+":
		return `write instant("` + literal + `")`
	case (a.Kind == schema.Decimal || a.Kind == schema.Int) && isLiteral && sign != "+":
		return `write the number without quotes, or as dec("…") if it has decimal places`
	case b.isPlainText() && sign == "+" && a.Kind != schema.List && a.Kind != schema.ObjectK:
		return "write string(" + c.pathText(ea) + ") to use it as text"
	}
	return ""
}
