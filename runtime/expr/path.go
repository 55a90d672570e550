package expr

import (
	"slices"

	"cel.dev/cel-go/common/ast"

	"github.com/planwright/planwright/specs/schema"
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
func (c *checker) pathOf(e ast.Expr) (path []selected, ok bool) {
	for {
		if _, ok := c.tree.SourceInfo().GetMacroCall(e.ID()); ok {
			return nil, false
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
		return nil, false
	}
	slices.Reverse(path)
	return path, true
}

// follow gives the value at the end of the path of p. From the first optional step on,
// what is absent makes the result absent; before it, absent data is a [DataError].
func (p *Program) follow(vars map[string]any) (value any, present bool, err error) {
	root, optional := &p.vars[0], false
	raw, typ := root.in(vars), &root.typ
	for i, s := range p.path {
		object, ok := raw.(map[string]any)
		if !ok {
			return p.whole(raw, typ, i)
		}
		raw, typ, optional = object[s.field.Name], &s.field.Type, optional || s.optional
		if raw == nil && optional {
			return nil, false, nil
		}
		if raw == nil {
			return nil, false, absent(p.placeOf(i + 1))
		}
	}
	if v, ok := wrapScalar(raw, typ.Kind); ok {
		return unwrap(v)
	}
	return p.whole(raw, typ, len(p.path))
}

// whole gives a value that is not a scalar, or says what is wrong with it. It stands
// behind the given number of steps.
func (p *Program) whole(raw any, t *schema.Type, steps int) (any, bool, error) {
	v, err := (&evaluation{program: p}).wrap(raw, t, *p.placeOf(steps))
	if err != nil {
		return nil, false, err
	}
	return unwrap(v)
}

// placeOf is where the path of p leads in the given number of steps.
func (p *Program) placeOf(steps int) *place {
	at := &place{name: p.vars[0].name}
	for _, s := range p.path[:steps] {
		at = &place{parent: at, name: s.field.Name}
	}
	return at
}
