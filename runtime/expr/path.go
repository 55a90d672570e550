package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"
)

// Most leaves of a plan only select: `line.Quantity`, `account.?Phone`. They are followed
// in the data by this file and never reach the library, which takes many times as long to
// plan and to run them. What they give, and every error, is the same.

// selected is one step of a path.
type selected struct {
	field    *fieldInfo
	optional bool
}

// pathOf takes e apart if all it does is select fields of a variable.
func (c *checker) pathOf(e ast.Expr) (root string, path []selected, ok bool) {
	for {
		if _, ok := c.tree.SourceInfo().GetMacroCall(e.ID()); ok {
			return "", nil, false
		}
		name, operand, ok := c.selection(e)
		if !ok {
			break
		}
		f := c.env.types.info(c.selected[e.ID()].Object).fields[name]
		path = append(path, selected{field: f, optional: e.Kind() == ast.CallKind})
		e = operand
	}
	if e.Kind() != ast.IdentKind {
		return "", nil, false
	}
	slices.Reverse(path)
	return e.AsIdent(), path, true
}

// follow gives the value at the end of a path. From the first optional step on, what is
// absent makes the result absent; before it, absent data is a [DataError].
func (ev *evaluation) follow(root string, path []selected) (value any, present bool, err error) {
	v, err := ev.wrap(ev.vars[root], ev.program.vars[root], place{name: root})
	if err != nil {
		return nil, false, err
	}
	optional := false
	for _, s := range path {
		o := v.(holder) // the checker selects from objects only
		optional = optional || s.optional
		if optional && !o.has(s.field) {
			return nil, false, nil
		}
		if v, err = o.get(s.field); err != nil {
			return nil, false, err
		}
	}
	return unwrap(v)
}
