package expr

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
)

// whenTrue lists the paths that must be present if e is true.
func (c *checker) whenTrue(e ast.Expr) []string {
	if call, ok := c.tree.SourceInfo().GetMacroCall(e.ID()); ok {
		if m := call.AsCall(); m.FunctionName() == operators.Has {
			return c.presence(m.Args()[0])
		}
		return nil
	}
	if e.Kind() != ast.CallKind {
		return nil
	}
	switch call := e.AsCall(); call.FunctionName() {
	case operators.LogicalAnd:
		return append(c.whenTrue(call.Args()[0]), c.whenTrue(call.Args()[1])...)
	case operators.LogicalNot:
		return c.whenFalse(call.Args()[0])
	case "hasValue":
		if call.IsMemberFunction() && len(call.Args()) == 0 {
			return c.presence(call.Target())
		}
	}
	return nil
}

// whenFalse lists the paths that must be present if e is false.
func (c *checker) whenFalse(e ast.Expr) []string {
	if _, ok := c.tree.SourceInfo().GetMacroCall(e.ID()); ok || e.Kind() != ast.CallKind {
		return nil
	}
	switch call := e.AsCall(); call.FunctionName() {
	case operators.LogicalOr:
		return append(c.whenFalse(call.Args()[0]), c.whenFalse(call.Args()[1])...)
	case operators.LogicalNot:
		return c.whenTrue(call.Args()[0])
	}
	return nil
}

// presence lists the paths that the presence of a selection shows: the field, and all it
// is reached through.
func (c *checker) presence(e ast.Expr) []string {
	var paths []string
	for {
		path, ok := c.path(e)
		if !ok {
			return paths
		}
		_, operand, sel := c.selection(e)
		if !sel {
			return paths
		}
		paths = append(paths, path)
		e = operand
	}
}

// promises lists, for the plan around the expression, what being true shows of its
// variables.
func (c *checker) promises(e ast.Expr) []string {
	paths := slices.DeleteFunc(c.whenTrue(e), func(p string) bool { return strings.Contains(p, "#") })
	slices.Sort(paths)
	return slices.Compact(paths)
}
