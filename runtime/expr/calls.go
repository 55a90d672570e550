package expr

import (
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/schema"
)

// operatorSigns are the operators that the function table types, as they are written.
var operatorSigns = map[string]string{
	operators.Add: "+", operators.Subtract: "-", operators.Multiply: "*", operators.Divide: "/", operators.Modulo: "%",
	operators.Negate: "-", operators.Less: "<", operators.LessEquals: "<=", operators.Greater: ">", operators.GreaterEquals: ">=",
}

func (c *checker) call(e ast.Expr) Type {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	switch name {
	case operators.OptSelect:
		field, _ := literalText(args[1])
		return c.field(e, args[0], c.check(args[0]), field, true)
	case operators.Conditional:
		return c.choice(e, args)
	case operators.LogicalAnd:
		return c.logic(args, "&&", c.whenTrue)
	case operators.LogicalOr:
		return c.logic(args, "||", c.whenFalse)
	case operators.LogicalNot:
		c.truth(args[0], "what stands after !")
		return plainKind(schema.Bool)
	case operators.Equals, operators.NotEquals:
		return c.equality(e, args, map[string]string{operators.Equals: "==", operators.NotEquals: "!="}[name])
	case operators.In:
		return c.membership(e, args)
	case operators.Index:
		c.checkAll(args)
		c.report(c.at(e), errIndex())
		return Type{}
	case operators.OptIndex:
		return c.pick(e, args)
	}
	if sign, ok := operatorSigns[name]; ok {
		return c.operator(e, name, sign, args)
	}
	return c.named(e, call)
}

// named types the call of a function or mapping.
func (c *checker) named(e ast.Expr, call ast.CallExpr) Type {
	name, args := call.FunctionName(), call.Args()
	if !call.IsMemberFunction() {
		if m, ok := c.env.mappings[name]; ok {
			if c.lang.functions[name] != nil {
				c.report(c.nameAt(e, name), errRefused(name+" is both a mapping of the plan and a function", "give the mapping another name"))
			}
			return c.mapping(e, name, m, args)
		}
		return c.function(e, name, false, args)
	}
	if target := call.Target(); target.Kind() == ast.IdentKind && target.AsIdent() == "optional" {
		if _, _, bound := c.lookup("optional"); !bound {
			return c.function(e, "optional."+name, false, args)
		}
	}
	return c.function(e, name, true, append([]ast.Expr{call.Target()}, args...))
}

func (c *checker) checkAll(args []ast.Expr) []Type {
	ts := make([]Type, len(args))
	for i, a := range args {
		ts[i] = c.check(a)
	}
	return ts
}

// function finds the form of a function that takes these arguments. Whole numbers are
// widened to decimals only when nothing fits without.
func (c *checker) function(e ast.Expr, name string, member bool, args []ast.Expr) Type {
	var forms []overload
	for _, o := range c.lang.functions[name] {
		if o.member == member {
			forms = append(forms, o)
		}
	}
	if form := macroForms[name]; form != "" {
		c.report(c.nameAt(e, name), errMacroForm(name, form)) // the parser knows it only in its right form
		return Type{}
	}
	ts := c.checkAll(args)
	if forms == nil {
		c.unknownFunction(e, name, member)
		return Type{}
	}
	if t, ok := c.apply(forms, args, ts); ok {
		c.cuts = c.cuts || cuts(name, ts, t)
		return t
	}
	if slices.ContainsFunc(ts, Type.lost) {
		return Type{}
	}
	c.wrongArguments(e, name, forms, args, ts)
	return Type{}
}

// match finds the first form that takes arguments of these types.
func match(forms []overload, ts []Type) (overload, map[string]Type, bool) {
	for _, widen := range []bool{false, true} {
		for _, o := range forms {
			bound := map[string]Type{}
			if len(o.args) == len(ts) && fits(o, ts, bound, widen) {
				return o, bound, true
			}
		}
	}
	return overload{}, nil, false
}

// apply types a call by the form that matches it.
func (c *checker) apply(forms []overload, args []ast.Expr, ts []Type) (Type, bool) {
	o, bound, ok := match(forms, ts)
	if !ok {
		return Type{}, false
	}
	c.ambiguous(o, forms, args, ts)
	for i, p := range o.args {
		c.widenIf(args[i], ts[i], result(p, bound))
	}
	t := result(o.result, bound)
	if o.vet != nil {
		o.vet(c, args)
	}
	if slices.ContainsFunc(ts, Type.lost) {
		return t, true // nothing more can be said of what followed a finding
	}
	if o.refine != nil {
		t = o.refine(args, ts)
	}
	return t, true
}

// ambiguous reports an empty list where its elements would decide what is meant.
func (c *checker) ambiguous(o overload, forms []overload, args []ast.Expr, ts []Type) {
	for _, other := range forms {
		if other.id == o.id || len(other.args) != len(ts) || !fits(other, ts, map[string]Type{}, false) {
			continue
		}
		for i, t := range ts {
			if t.known() && !definite(t.Type) && len(c.diags) == 0 {
				c.report(c.at(args[i]), errNoType())
				return
			}
		}
	}
}

func fits(o overload, ts []Type, bound map[string]Type, widen bool) bool {
	for i, p := range o.args {
		if !unify(p, ts[i], bound, widen) {
			return false
		}
	}
	return true
}

func (c *checker) unknownFunction(e ast.Expr, name string, member bool) {
	at := c.nameAt(e, name)
	switch {
	case name == "value" && member:
		c.report(at, errRefused("value() fails where the value is absent", "write .orValue(…) to say what stands in for it"))
	case name == "dyn" || name == "type" || name == "double":
		c.report(at, errRefused(name+"(…) would lose the type that the plan is checked by", "use the value as it is, or string(…) or dec(…)"))
	case c.lang.functions[name] != nil:
		c.report(at, errCallStyle(name, member))
	case name == "matches":
		c.report(at, errRefused("there are no regular expressions", "use contains, startsWith or endsWith"))
	case name == "now" || name == "today":
		c.report(at, errRefused("an expression reads no clock, so that it gives the same answer again", "use a date of the record that started the run"))
	case otherNames[name] != "":
		c.report(at, errUnknownFunction(name, otherNames[name]))
	default:
		c.report(at, errUnknownFunction(name, diag.Nearest(name, c.functionNames(member))))
	}
}

// macroForms are the calls that the parser unfolds, as they are written.
var macroForms = map[string]string{
	operators.Map: "list.map(x, …)", operators.Filter: "list.filter(x, condition)", operators.All: "list.all(x, condition)",
	operators.Exists: "list.exists(x, condition)", "existsOne": "list.existsOne(x, condition)", operators.ExistsOne: "list.exists_one(x, condition)",
	"groupBy": "list.groupBy(x, key)", "sortBy": "list.sortBy(x, key)",
	"optMap": "value.optMap(x, …)", "optFlatMap": "value.optFlatMap(x, …)",
}

// otherNames are what functions are called elsewhere.
var otherNames = map[string]string{
	"timestamp": "instant", "datetime": "instant", "decimal": "dec", "number": "dec", "float": "dec", "text": "string", "str": "string",
	"toString": "string", "length": "size", "len": "size", "count": "size", "upper": "upperAscii", "toUpper": "upperAscii", "toUpperCase": "upperAscii",
	"lower": "lowerAscii", "toLower": "lowerAscii", "toLowerCase": "lowerAscii", "substr": "substring", "strip": "trim", "plusDays": "addDays",
	"plusMonths": "addMonths", "includes": "contains", "default": "orValue", "orElse": "orValue", "left": "truncate", "any": "exists", "every": "all",
	"isPresent": "hasValue", "total": "sum", "unique": "distinct", "uniq": "distinct", "sort": "sortBy", "sorted": "sortBy", "orderBy": "sortBy",
	"group": "groupBy", "minimum": "min", "maximum": "max", "toInt": "int", "integer": "int", "whole": "int", "plusHours": "addHours", "startOfDay": "instant",
}

func (c *checker) functionNames(member bool) []string {
	var names []string
	for name, forms := range c.lang.functions {
		if !strings.ContainsAny(name, "_@") && slices.ContainsFunc(forms, func(o overload) bool { return o.member == member }) {
			names = append(names, name)
		}
	}
	if member {
		return slices.AppendSeq(names, maps.Keys(macroForms))
	}
	return append(slices.AppendSeq(names, maps.Keys(c.env.mappings)), operators.Has)
}

// wrongArguments words why no form of a function fits.
func (c *checker) wrongArguments(e ast.Expr, name string, forms []overload, args []ast.Expr, ts []Type) {
	if c.wrongDefault(e, name, forms[0], args, ts) {
		return
	}
	for i, t := range ts {
		present := slices.Clone(ts)
		present[i] = t.present()
		if _, _, ok := match(forms, present); t.Optional && ok {
			c.report(c.at(args[i]), errAbsentUse(t, name))
			return
		}
		if !t.computable() {
			c.report(c.at(args[i]), errUntyped("this "+words(t.Type)))
			return
		}
		present[i] = plainKind(schema.String)
		if _, _, ok := match(forms, present); t.nominal() && ok {
			c.report(c.at(args[i]), errIDAsText(name, t, c.pathText(args[i])))
			return
		}
	}
	want := make([]string, len(forms))
	for i, o := range forms {
		want[i] = signature(name, o)
	}
	c.report(c.nameAt(e, name), errArguments(name, ts, want))
}

// wrongDefault words what goes wrong with the ways out of an optional: a value that is
// never absent, and a stand-in of another type.
func (c *checker) wrongDefault(e ast.Expr, name string, form overload, args []ast.Expr, ts []Type) bool {
	if !form.member || form.args[0].TypeName() != optType.TypeName() {
		return false
	}
	if !ts[0].Optional {
		c.report(c.nameAt(e, name), errNeverAbsent(name, ts[0]))
		return true
	}
	if name != "orValue" || len(ts) != 2 {
		return false
	}
	hint := ""
	if ts[0].nominal() && ts[1].isPlainText() {
		hint = "write .optMap(v, string(v)).orValue(…) to go on with plain text"
	}
	c.report(c.at(args[1]), errMismatch("the value and what stands in for it", ts[0].present(), ts[1], hint))
	return true
}

// mapping types the call of a mapping: the inputs in order, the record as a result.
func (c *checker) mapping(e ast.Expr, name string, m Mapping, args []ast.Expr) Type {
	c.mappings[name] = true
	c.rename[e.ID()] = mappingPrefix + name
	ts := c.checkAll(args)
	want := make([]string, len(m.Inputs))
	for i, in := range m.Inputs {
		want[i] = words(in)
	}
	wrong := len(ts) != len(m.Inputs)
	for i := 0; !wrong && i < len(ts); i++ {
		in, t := plain(m.Inputs[i]), ts[i]
		switch _, ok := join(in, t, true); {
		case t.lost():
		case t.Optional:
			c.report(c.at(args[i]), errAbsentUse(t, "the mapping "+name))
		case in.isPlainText() && t.nominal():
			c.report(c.at(args[i]), errIDAsText("the mapping "+name, t, c.pathText(args[i])))
		case !ok || in.Kind != t.Kind && in.Kind != schema.Decimal:
			wrong = true
		}
		c.widenIf(args[i], t, in)
	}
	if wrong {
		c.report(c.at(e), errArguments("the mapping "+name, ts, []string{name + "(" + strings.Join(want, ", ") + ")"}))
	}
	return plain(m.Result)
}

// macro types the calls that bind a name or look at presence.
func (c *checker) macro(e ast.Expr, call ast.CallExpr) Type {
	args := call.Args()
	switch name := call.FunctionName(); name {
	case operators.Has:
		return c.has(args[0])
	case "optMap", "optFlatMap":
		return c.optMap(e, name, call)
	default:
		return c.over(e, name, call)
	}
}

func (c *checker) has(arg ast.Expr) Type {
	name, operand, _ := c.selection(arg)
	of := c.check(operand)
	if !of.lost() {
		if info, _, ok := c.lookupField(arg, of, name); ok && !isGroup(info.Name) {
			c.reads[Read{Object: info.Name, Field: name}] = true
		}
	}
	return plainKind(schema.Bool)
}

func (c *checker) optMap(e ast.Expr, name string, call ast.CallExpr) Type {
	of, args := c.check(call.Target()), call.Args()
	if !of.lost() && !of.Optional {
		c.report(c.at(e), errNeverAbsent(name, of))
	}
	var t Type
	c.bind(args[0].AsIdent(), of.present(), func() { t = c.check(args[1]) })
	if !t.lost() && t.Optional != (name == "optFlatMap") {
		other := map[string]string{"optMap": "optFlatMap", "optFlatMap": "optMap"}[name]
		c.report(c.at(args[1]), errRefused(name+" does not take a body that is a "+t.String(), "write "+other+"(…)"))
	}
	return t.orAbsent()
}

// over types map, filter, all, exists, existsOne, groupBy and sortBy.
func (c *checker) over(e ast.Expr, name string, call ast.CallExpr) Type {
	of, args := c.check(call.Target()), call.Args()
	if c.nesting++; c.nesting > maxNesting {
		c.report(c.at(e), errNesting(name))
	}
	defer func() { c.nesting-- }()
	elem := Type{}
	switch {
	case of.is(schema.List):
		if elem = of.elem(); elem.lost() && len(c.diags) == 0 {
			c.report(c.at(call.Target()), errNoType())
		}
	case of.Optional && of.Kind == schema.List:
		c.report(c.at(e), errAbsentUse(of, name))
		elem = of.elem()
	case !of.lost():
		c.report(c.at(e), errWant("what "+name+" goes over", plain(schema.ListOf(schema.Type{})), of))
	}
	var t Type
	c.bind(args[0].AsIdent(), elem, func() {
		switch name {
		case operators.Map:
			t = c.transform(args)
			return
		case "groupBy", "sortBy":
			t = c.keyBody(name, args[1])
			return
		}
		c.truth(args[1], "the condition of "+name)
	})
	switch name {
	case operators.Map:
		return listOf(t)
	case operators.Filter:
		return listOf(elem)
	case "groupBy", "sortBy":
		return c.byKey(e, name, elem, t)
	}
	return plainKind(schema.Bool)
}

// transform types the body of map, which may have a condition before it.
func (c *checker) transform(args []ast.Expr) Type {
	body := func() Type { return c.check(args[len(args)-1]) }
	var t Type
	if len(args) == 3 {
		c.truth(args[1], "the condition of map")
		t = c.given(c.whenTrue(args[1]), body)
	} else {
		t = body()
	}
	if t.Optional {
		c.report(c.at(args[len(args)-1]), errAbsentUse(t, "an element of a list"))
	}
	return t.present()
}
