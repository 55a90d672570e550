package expr

import (
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/specs/schema"
)

// checker settles the type of every part of one expression.
//
// It reads the tree as it was written: where the library has unfolded a macro (map, has,
// optMap, …) it looks at the call the person wrote. What it learns on the way, the fields
// read and the whole numbers to widen, it keeps by node id for the steps after.
type checker struct {
	env   *Env
	lang  *language
	src   []rune
	tree  *ast.AST
	diags diag.List

	scopes   []binding
	facts    map[string]int // paths known to be present here, counted
	nesting  int
	bindings int

	used     map[string]bool // variables
	reads    map[Read]bool
	mappings map[string]bool
	selected map[int64]Read // what selects a field, by node id
	compared []Comparison
	cuts     bool
	widen    map[int64]bool   // whole numbers to turn into decimals
	rename   map[int64]string // calls of mappings
	groups   map[int64]string // uses of groupBy: the type of the groups
}

// binding is a name given inside the expression, by map or optMap.
type binding struct {
	name string
	typ  Type
	key  string // tells bindings of one name apart in facts
}

func newChecker(e *Env, lang *language, src string, tree *ast.AST) *checker {
	return &checker{
		env: e, lang: lang, src: []rune(src), tree: tree, facts: map[string]int{},
		used: map[string]bool{}, reads: map[Read]bool{}, mappings: map[string]bool{},
		selected: map[int64]Read{}, widen: map[int64]bool{}, rename: map[int64]string{}, groups: map[int64]string{},
	}
}

// root checks the whole expression.
func (c *checker) root() Type {
	e := c.tree.Expr()
	t := c.check(e)
	if len(c.diags) == 0 && !definite(t.Type) {
		c.report(c.at(e), errNoType())
	}
	return t
}

func definite(t schema.Type) bool {
	return t.Kind != "" && (t.Kind != schema.List || definite(*t.Elem))
}

func (c *checker) check(e ast.Expr) Type {
	if call, ok := c.tree.SourceInfo().GetMacroCall(e.ID()); ok {
		return c.macro(e, call.AsCall())
	}
	switch e.Kind() {
	case ast.LiteralKind:
		return c.literal(e)
	case ast.IdentKind:
		return c.ident(e)
	case ast.SelectKind:
		sel := e.AsSelect()
		return c.field(e, sel.Operand(), c.check(sel.Operand()), sel.FieldName(), false)
	case ast.CallKind:
		return c.call(e)
	case ast.ListKind:
		return c.list(e)
	default:
		c.report(c.at(e), errRefused("an expression cannot build an object", "write the object in the plan and an expression for each of its fields"))
		return Type{}
	}
}

func (c *checker) literal(e ast.Expr) Type {
	switch v := e.AsLiteral().(type) {
	case types.String:
		t := plain(schema.Type{Kind: schema.String, Enum: []string{string(v)}, MaxLength: len([]rune(string(v)))})
		t.Written = t.Enum
		return t
	case types.Int:
		return plainKind(schema.Int)
	case types.Bool:
		return plainKind(schema.Bool)
	case types.Double:
		c.report(c.at(e), errDouble(c.source(e)))
		return plainKind(schema.Decimal)
	case types.Null:
		c.report(c.at(e), errRefused("there is no null; an absent value is a missing one", "use has(…), .?field, or optional.none()"))
		return Type{}
	}
	c.report(c.at(e), errRefused(c.source(e)+" is a kind of value that plans do not use", "write plain text or a plain whole number"))
	return Type{}
}

// lookup finds a name, innermost first. key identifies it in facts.
func (c *checker) lookup(name string) (t Type, key string, ok bool) {
	for _, b := range slices.Backward(c.scopes) {
		if b.name == name {
			return b.typ, b.key, true
		}
	}
	st, ok := c.env.vars[name]
	return plain(st), name, ok
}

func (c *checker) ident(e ast.Expr) Type {
	name := e.AsIdent()
	t, key, ok := c.lookup(name)
	if !ok {
		c.unknownName(e, name)
		return Type{}
	}
	if key == name {
		c.used[name] = true
	}
	return t
}

func (c *checker) unknownName(e ast.Expr, name string) {
	if _, ok := c.env.mappings[name]; ok || c.lang.functions[name] != nil {
		c.report(c.at(e), errFunctionName(name))
		return
	}
	names := slices.Collect(maps.Keys(c.env.vars))
	for _, b := range c.scopes {
		names = append(names, b.name)
	}
	c.report(c.at(e), errUnknownName(name, diag.Nearest(name, names)))
}

// field types the selection of a field. Selecting with `.?`, or from a value that may be
// absent itself, gives an optional; a bare selection needs a field that is always there.
func (c *checker) field(e, operand ast.Expr, of Type, name string, optional bool) Type {
	if of.lost() {
		return Type{}
	}
	info, f, ok := c.lookupField(e, of, name)
	if !ok {
		return Type{}
	}
	if !isGroup(info.Name) {
		c.reads[Read{Object: info.Name, Field: name}] = true
	}
	c.selected[e.ID()] = Read{Object: info.Name, Field: name}
	t := Type{Type: f.Type, Optional: of.Optional || optional, Written: c.written(operand, name)}
	if t.Optional || f.Always {
		return t
	}
	path, ok := c.path(e)
	if ok && (c.facts[path] > 0 || c.env.promised[path]) {
		return t
	}
	c.report(c.fieldAt(e, name), errAbsentField(c.pathText(operand), info.Name, f.Field, ok && !strings.Contains(path, "#")))
	return t
}

// written is the text of a field of a constant, which must fit where a literal would.
func (c *checker) written(operand ast.Expr, name string) []string {
	if operand.Kind() != ast.IdentKind {
		return nil
	}
	root := operand.AsIdent()
	if _, key, _ := c.lookup(root); key != root {
		return nil
	}
	record, _ := c.env.fixed[root].(map[string]any)
	if text, ok := record[name].(string); ok {
		return []string{text}
	}
	return nil
}

func (c *checker) lookupField(e ast.Expr, of Type, name string) (*objectInfo, *fieldInfo, bool) {
	at := c.fieldAt(e, name)
	if of.Kind != schema.ObjectK {
		c.report(at, c.noFields(of, name))
		return nil, nil, false
	}
	info := c.env.types.info(of.Ref)
	if info == nil {
		c.report(at, errUnknownObject(of.Ref))
		return nil, nil, false
	}
	f, ok := info.fields[name]
	if !ok {
		c.report(at, errUnknownField(words(of.Type), name, diag.Nearest(name, slices.Collect(maps.Keys(info.fields)))))
		return nil, nil, false
	}
	if f.Child != "" {
		c.report(at, errNeedsQuery(of.Ref, name))
		return nil, nil, false
	}
	if f.WriteOnly {
		c.report(at, errWriteOnly(of.Ref, name))
		return nil, nil, false
	}
	return info, f, true
}

func (c *checker) noFields(of Type, name string) diag.Diagnostic {
	switch {
	case !of.computable():
		return errUntyped("this " + words(of.Type))
	case c.lang.functions[name] != nil:
		return errNoFields(of, name, "functions are called: write ."+name+"()")
	case of.Kind == schema.List:
		return errNoFields(of, name, "write .map(x, x."+name+") for all of them, or .first() for one")
	}
	return errNoFields(of, name, "only objects have fields")
}

// path is the key in facts of a chain of selections, and whether e is one.
func (c *checker) path(e ast.Expr) (string, bool) {
	name, operand, ok := c.selection(e)
	if ok {
		base, ok := c.path(operand)
		return base + "." + name, ok
	}
	if e.Kind() != ast.IdentKind {
		return "", false
	}
	_, key, ok := c.lookup(e.AsIdent())
	return key, ok
}

// selection takes e apart if it selects a field, with or without a question mark.
func (c *checker) selection(e ast.Expr) (field string, operand ast.Expr, ok bool) {
	if e.Kind() == ast.SelectKind {
		return e.AsSelect().FieldName(), e.AsSelect().Operand(), true
	}
	if e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.OptSelect {
		args := e.AsCall().Args()
		name, ok := literalText(args[1])
		return name, args[0], ok
	}
	return "", nil, false
}

// pathText is a chain of selections as a person would write it, for messages.
func (c *checker) pathText(e ast.Expr) string {
	if name, operand, ok := c.selection(e); ok {
		return c.pathText(operand) + "." + name
	}
	if e.Kind() == ast.IdentKind {
		return e.AsIdent()
	}
	return "…"
}

func (c *checker) list(e ast.Expr) Type {
	l := e.AsList()
	var elem Type
	var found []Type
	for i, x := range l.Elements() {
		t := c.check(x)
		if l.IsOptional(int32(i)) {
			if !t.Optional && !t.lost() {
				c.report(c.at(x), errWant("an element marked with ?", t.orAbsent(), t))
			}
			t = t.present()
		} else if t.Optional {
			c.report(c.at(x), errAbsentUse(t, "an element of a list"))
			t = t.present()
		}
		joined, ok := join(elem, t, true)
		if !ok {
			c.report(c.at(x), errMismatch("the elements of a list", elem, t, ""))
			return listOf(elem)
		}
		elem, found = joined, append(found, t)
	}
	for i, t := range found {
		c.widenIf(l.Elements()[i], t, elem)
	}
	return listOf(elem)
}

// widenIf marks a whole number for turning into a decimal where that is what is wanted.
func (c *checker) widenIf(e ast.Expr, got, want Type) {
	if got.is(schema.Int) && want.Kind == schema.Decimal {
		c.widen[e.ID()] = true
	}
}

// bind runs f with a name bound, and gives it the key of the name in facts.
func (c *checker) bind(name string, t Type, f func()) {
	c.bindings++
	c.scopes = append(c.scopes, binding{name: name, typ: t, key: name + "#" + strings.Repeat("'", c.bindings)})
	f()
	c.scopes = c.scopes[:len(c.scopes)-1]
}

// given runs f knowing that paths are present.
func (c *checker) given(paths []string, f func() Type) Type {
	for _, p := range paths {
		c.facts[p]++
	}
	t := f()
	for _, p := range paths {
		c.facts[p]--
	}
	return t
}
