package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// codes collects what one package's sources write where a diag.Code is due: constants of
// that type, the member Code of a Diagnostic, and the argument for a parameter of that
// type of one of the package's own functions. The sources are read rather than imported,
// since nothing may import every package that reports.
func codes(files []*ast.File) []string {
	takes := map[string]int{} // functions and methods by name, to the place of the code
	for _, f := range files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				if i := codeParam(fn.Type); i >= 0 {
					takes[fn.Name.Name] = i
				}
			}
		}
	}
	found := map[string]bool{}
	add := func(e ast.Expr) {
		lit, ok := e.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return
		}
		if text, err := strconv.Unquote(lit.Value); err == nil {
			found[text] = true
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				if isCode(n.Type) {
					for _, v := range n.Values {
						add(v)
					}
				}
			case *ast.CompositeLit:
				if nameOf(n.Type) == "Diagnostic" {
					add(member(n, "Code"))
				}
			case *ast.AssignStmt:
				for i, left := range n.Lhs {
					if at, ok := left.(*ast.SelectorExpr); ok && at.Sel.Name == "Code" && len(n.Rhs) == len(n.Lhs) {
						add(n.Rhs[i])
					}
				}
			case *ast.CallExpr:
				i, ok := takes[nameOf(n.Fun)]
				if isCode(n.Fun) {
					i, ok = 0, true // a conversion
				}
				if ok && i < len(n.Args) {
					add(n.Args[i])
				}
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

// member returns the value of a named member, or nil.
func member(lit *ast.CompositeLit, name string) ast.Expr {
	for _, e := range lit.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if key, ok := pair.Key.(*ast.Ident); ok && key.Name == name {
			return pair.Value
		}
	}
	return nil
}

// codeParam returns the place of the first parameter of type diag.Code, or -1.
func codeParam(fn *ast.FuncType) int {
	i := 0
	for _, p := range fn.Params.List {
		if isCode(p.Type) {
			return i
		}
		i += max(1, len(p.Names))
	}
	return -1
}

func isCode(e ast.Expr) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "Code" {
		return false
	}
	pkg, ok := s.X.(*ast.Ident)
	return ok && pkg.Name == "diag"
}

// nameOf returns the last name of a type or a function, as written.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// reporters returns the sources of this module's packages that import diag, by folder.
func reporters(t *testing.T, root string) map[string][]*ast.File {
	t.Helper()
	all, reports := map[string][]*ast.File{}, map[string]bool{}
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && name != "."):
			return fs.SkipDir
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		all[dir] = append(all[dir], f)
		reports[dir] = reports[dir] || f.Name.Name == "diag" || slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool {
			return strings.HasSuffix(i.Path.Value, `/internal/diag"`)
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(all, func(dir string, _ []*ast.File) bool { return !reports[dir] })
	return all
}

// TestDocDiagnostics holds docs/diagnostics.md and the sources to the same set of codes.
func TestDocDiagnostics(t *testing.T) {
	data, err := os.ReadFile("../../docs/diagnostics.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\*\\*`([a-z0-9-]+)`\\*\\* \\S").FindAllStringSubmatch(string(data), -1) {
		if documented[m[1]] {
			t.Errorf("%s has two paragraphs", m[1])
		}
		documented[m[1]] = true
	}
	owner := map[string]string{}
	count := map[string]int{}
	for dir, files := range reporters(t, "../..") {
		for _, c := range codes(files) {
			if other := owner[c]; other != "" {
				t.Errorf("%s is reported by %s and by %s: a code has one meaning", c, other, dir)
			}
			owner[c] = dir
			count[dir]++
			if !documented[c] {
				t.Errorf("docs/diagnostics.md has no paragraph for %s of %s", c, dir)
			}
		}
	}
	for c := range documented {
		if owner[c] == "" {
			t.Errorf("docs/diagnostics.md explains %s, which nothing reports", c)
		}
	}
	// A package whose codes are no longer found must not pass as one that has none.
	for _, dir := range []string{
		"agent/llm", "internal/config", "internal/diag", "runtime/apicall", "runtime/check", "runtime/expr", "runtime/mapping", "runtime/plan", "specs/catalog", "specs/openapi",
	} {
		if count[dir] == 0 {
			t.Errorf("no codes found in the sources of %s", dir)
		}
	}
}

func TestCodesOfSources(t *testing.T) {
	const src = `package p
const Named diag.Code = "a-constant"
const other = "not-a-code"
var d = diag.Diagnostic{Code: "b-member", Message: "not-this"}
var e = vendorError{Code: "nor-this-one"}
func (r *r) add(at int, code diag.Code, message string) {}
func say(text string) { fmt.Println("nor-this") }
func f(r *r, d *diag.Diagnostic) {
	r.add(1, "c-argument", "nor-that")
	say("no")
	d.Code = "d-assigned"
	_ = diag.Code("e-converted")
	r.add(1, Named, "")
}`
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a-constant", "b-member", "c-argument", "d-assigned", "e-converted"}
	if diff := cmp.Diff(want, codes([]*ast.File{f})); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
}
