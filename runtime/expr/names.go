package expr

import (
	"regexp"
	"slices"

	"cel.dev/cel-go/common/ast"
)

var nameShape = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// reserved are the words that the syntax keeps, and "optional", which begins functions.
var reserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
	"namespace", "null", "optional", "package", "return", "true", "var", "void", "while",
}

// ValidName reports whether a variable or mapping of that name can be used in expressions.
func ValidName(name string) bool {
	return nameShape.MatchString(name) && !slices.Contains(reserved, name)
}

// Names returns the variables that src uses, sorted: not its fields, its functions, or
// the names that its own map and filter give. It is nil when src cannot be read.
func Names(src string) []string {
	lang, err := theLanguage()
	if err != nil || len(src) > maxBytes {
		return nil
	}
	parsed, issues := lang.env.Parse(src)
	if issues.Err() != nil {
		return nil
	}
	f := freeNames{tree: parsed.NativeRep()}
	f.walk(f.tree.Expr())
	slices.Sort(f.found)
	return slices.Compact(f.found)
}

// freeNames collects names that nothing inside the expression binds.
type freeNames struct {
	tree  *ast.AST
	bound []string
	found []string
}

func (f *freeNames) walk(e ast.Expr) {
	if call, ok := f.tree.SourceInfo().GetMacroCall(e.ID()); ok {
		f.macro(call.AsCall())
		return
	}
	switch e.Kind() {
	case ast.IdentKind:
		if name := e.AsIdent(); !slices.Contains(f.bound, name) {
			f.found = append(f.found, name)
		}
	case ast.SelectKind:
		f.walk(e.AsSelect().Operand())
	case ast.CallKind:
		call := e.AsCall()
		if call.IsMemberFunction() && (call.Target().Kind() != ast.IdentKind || call.Target().AsIdent() != "optional") {
			f.walk(call.Target())
		}
		f.all(call.Args())
	case ast.ListKind:
		f.all(e.AsList().Elements())
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			f.walk(entry.AsMapEntry().Key())
			f.walk(entry.AsMapEntry().Value())
		}
	case ast.StructKind:
		for _, entry := range e.AsStruct().Fields() {
			f.walk(entry.AsStructField().Value())
		}
	default: // literals; macros were taken as they were written
	}
}

func (f *freeNames) all(es []ast.Expr) {
	for _, e := range es {
		f.walk(e)
	}
}

func (f *freeNames) macro(call ast.CallExpr) {
	args := call.Args()
	if !call.IsMemberFunction() { // has(x.F)
		f.all(args)
		return
	}
	f.walk(call.Target())
	f.bound = append(f.bound, args[0].AsIdent())
	f.all(args[1:])
	f.bound = f.bound[:len(f.bound)-1]
}
