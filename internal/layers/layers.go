// Package layers keeps the import graph honest.
//
// An import points to a lower layer, or sideways within its own top-level folder. The
// table below is the whole rule; [Judge] reads the import lines of a source tree and
// names every one that breaks it, with the reason the rule exists. It looks at text, not
// at a build, so that it takes milliseconds and works on a tree that does not compile.
package layers

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Module is the path every import of ours begins with.
const Module = "github.com/planwright/planwright"

// layer gives each package its height. A package that is not here is not allowed to exist.
var layer = map[string]int{
	"internal/diag": 0, "internal/decimal": 0, "internal/jsontree": 0, // what even words are made of
	"specs/schema": 0, "runtime/plan": 0, "agent/llm": 0, "prompts": 0,
	"specs/openapi": 1, "specs/catalog": 1, "specs/describe": 1, "specs/suggest": 1,
	"specs/drift": 1, "specs/eventbus": 1, "specs": 1, "runtime/expr": 1,
	"runtime/tenant": 2, "runtime/schedule": 2, "runtime/predict": 2, "runtime/check": 2, "runtime/journal": 2, "runtime/mapping": 2, "agent/match": 2, "internal/record": 2, "plans": 2,
	"runtime/approval": 3, "runtime/connection": 3, "runtime/witness": 4, "runtime/diff": 3,
	"internal/drawing": 3, "internal/arazzo": 3,
	"runtime/apicall": 4, "runtime/engine": 4,
	"internal/twin/wire": 4, "internal/twin/world": 4, "internal/twin/salesforce": 4,
	"internal/twin/xero": 4, "internal/twin/pubsub": 4, "internal/twin/demo": 4, "internal/twin/model": 4, "internal/twin/preset": 4, "internal/twin/admin": 4,
	"agent": 4, "agent/rules": 4, "agent/loop": 4, "agent/llm/transport": 4,
	"runtime/trigger": 5, "runtime/localengine": 5, "runtime/dryrun": 5, "runtime/pubsub": 5,
	"agent/llm/openaicompat": 5, "agent/llm/langchain": 5,
	"internal/config": 6, "internal/relay": 6, "internal/app": 6, "internal/bench": 6, "internal/layers": 6,
	"internal/web": 7, "eval": 7, "internal/sim": 7,
	"cmd/planwright": 8,
}

// ground is what every layer stands on, its own included.
var ground = []string{"internal/diag", "internal/decimal"}

// owners says which packages may import an outside module, and why so few.
var owners = map[string]struct {
	pkgs []string
	why  string
}{
	"github.com/getkin/kin-openapi":            {[]string{"specs/openapi"}, "one reader of vendor descriptions"},
	"cel.dev/cel-go":                           {[]string{"runtime/expr"}, "one expression language, one place that types it"},
	"cel.dev/expr":                             {[]string{"runtime/expr"}, "one expression language, one place that types it"},
	"golang.org/x/mod":                         {[]string{"runtime/journal", "runtime/witness"}, "one tree over the journal, one signature under it"},
	"go.etcd.io/bbolt":                         {[]string{"runtime/journal", "internal/bench"}, "one owner of the journal file, and the loop it is measured beside"},
	"github.com/cockroachdb/apd/v3":            {[]string{"internal/decimal"}, "one exact number"},
	"go.yaml.in/yaml/v3":                       {[]string{"runtime/plan", "specs/openapi", "internal/config"}, "plans, specs and settings are read where their places are known"},
	"google.golang.org/protobuf":               {[]string{"specs/eventbus"}, "one reader of the wire of the event bus"},
	"google.golang.org/grpc":                   {[]string{"runtime/pubsub", "internal/twin/pubsub"}, "one client of the event bus, and one stand-in for it"},
	"github.com/hamba/avro/v2":                 {[]string{"runtime/pubsub", "internal/twin/pubsub"}, "one reader of change events, and one stand-in that writes them"},
	"github.com/spf13/cobra":                   {[]string{"cmd/planwright"}, "only programs have flags"},
	"github.com/sashabaranov/go-openai":        {[]string{"agent/llm/openaicompat"}, "one user of each model library"},
	"github.com/tmc/langchaingo":               {[]string{"agent/llm/langchain"}, "one user of each model library"},
	"github.com/santhosh-tekuri/jsonschema/v6": {[]string{"agent/llm"}, "one judge of what a model answers"},
	"github.com/go-chi/chi/v5":                 {[]string{"internal/web"}, "only pages have routes"},
	"github.com/chromedp/chromedp":             {nil, "tests only"},
	"github.com/chromedp/cdproto":              {nil, "tests only"},
	"github.com/google/go-cmp":                 {nil, "tests only"},
	"github.com/rogpeppe/go-internal":          {nil, "tests only"},
}

// reach forbids what a package may reach even through others.
var reach = []struct {
	from, to []string
	why      string
}{
	{[]string{"runtime/", "specs"}, []string{"agent", "prompts", "eval"}, "no model below the approval line"},
	{
		[]string{"agent"},
		[]string{"runtime/approval", "runtime/journal", "runtime/engine", "runtime/apicall", "runtime/connection", "runtime/trigger", "runtime/localengine"},
		"a planner cannot act",
	},
	{[]string{"agent/rules", "agent/loop", "agent/match"}, []string{"agent/llm/transport", "agent/llm/openaicompat", "agent/llm/langchain"}, "who has a model got it from the program"},
}

// direct forbids what a package may import itself. The faces reach all of it through
// internal/app, which is what that package is for.
var direct = []struct {
	from, to []string
	why      string
}{
	{
		[]string{"internal/web", "internal/mcpserver"},
		[]string{"agent/rules", "agent/loop", "agent/llm", "runtime/connection", "runtime/apicall", "runtime/trigger", "internal/twin"},
		"faces decide nothing",
	},
}

// pure packages compute: the same input gives the same output, for ever.
var pure = []string{"internal/diag", "internal/decimal", "specs/schema", "runtime/plan", "runtime/expr", "runtime/check", "runtime/engine", "runtime/mapping", "runtime/approval", "runtime/diff"}

var impure = []string{"net", "net/http", "os", "os/exec", "math/rand", "math/rand/v2", "syscall"}

// clients may open client connections; everybody else who imports net/http serves.
var clients = []string{"runtime/apicall", "runtime/connection", "agent/llm/transport", "agent/llm/openaicompat", "agent/llm/langchain"}

type pkg struct {
	imports map[string]string // import path to "file:line"
	impure  []string          // what a pure package must not do, with place
	dials   []string          // where client connections are opened
	testing string            // place where non-test code imports testing
}

// Judge reads every Go file below the root and returns what breaks the rules, sorted.
// Test files are judged only for where outside modules come from.
func Judge(root fs.FS) ([]string, error) {
	pkgs, err := read(root)
	if err != nil {
		return nil, err
	}
	var bad []string
	for dir, p := range pkgs {
		height, known := layer[dir]
		if !known {
			bad = append(bad, fmt.Sprintf("%s: not in the table of layers: give it a place in internal/layers and docs/design.md", dir))
			continue
		}
		for imp, at := range p.imports {
			bad = append(bad, judge(dir, height, imp, at)...)
		}
		if slices.Contains(pure, dir) {
			bad = append(bad, p.impure...)
		}
		if !slices.Contains(clients, dir) {
			bad = append(bad, p.dials...)
		}
		if p.testing != "" {
			bad = append(bad, fmt.Sprintf("%s: %s imports testing: helpers of tests stay out of binaries", p.testing, dir))
		}
	}
	for dir := range layer {
		if _, ok := pkgs[dir]; !ok {
			bad = append(bad, fmt.Sprintf("%s: has a rule and does not exist: a rule about a renamed package protects nothing", dir))
		}
	}
	bad = append(bad, reached(pkgs)...)
	bad = append(bad, imported(pkgs)...)
	slices.Sort(bad)
	return slices.Compact(bad), nil
}

func judge(dir string, height int, imp, at string) (bad []string) {
	if ours, ok := strings.CutPrefix(imp, Module+"/"); ok {
		h, known := layer[ours]
		if known && h > height || known && h == height && top(ours) != top(dir) && !slices.Contains(ground, ours) {
			bad = append(bad, fmt.Sprintf("%s: %s (layer %d) imports %s (layer %d): imports point down, or sideways within a folder", at, dir, height, ours, h))
		}
		return bad
	}
	if slices.Contains(pure, dir) && slices.Contains(impure, imp) {
		bad = append(bad, fmt.Sprintf("%s: %s imports %s: the core is pure", at, dir, imp))
	}
	if imp == "net/http" && strings.HasPrefix(dir, "agent") && !slices.Contains(clients, dir) {
		bad = append(bad, fmt.Sprintf("%s: %s imports net/http: a planner cannot reach the network", at, dir))
	}
	if !strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
		return bad // the standard library
	}
	for module, owner := range owners {
		if imp == module || strings.HasPrefix(imp, module+"/") {
			if !slices.Contains(owner.pkgs, dir) {
				bad = append(bad, fmt.Sprintf("%s: %s imports %s, which belongs to %s: %s", at, dir, imp, strings.Join(owner.pkgs, ", "), owner.why))
			}
			return bad
		}
	}
	return append(bad, fmt.Sprintf("%s: %s imports %s, which has no owner: name one in internal/layers", at, dir, imp))
}

// reached follows imports through other packages of ours.
func reached(pkgs map[string]*pkg) (bad []string) {
	for _, rule := range reach {
		for dir := range pkgs {
			if !within(dir, rule.from) {
				continue
			}
			for _, chain := range chains(pkgs, dir, map[string]bool{}) {
				last := chain[len(chain)-1]
				if within(last, rule.to) && !within(last, rule.from) {
					bad = append(bad, fmt.Sprintf("%s reaches %s (%s): %s", dir, last, strings.Join(chain, " → "), rule.why))
				}
			}
		}
	}
	return bad
}

// imported judges the rules about a package's own imports.
func imported(pkgs map[string]*pkg) (bad []string) {
	for _, rule := range direct {
		for dir, p := range pkgs {
			for imp, at := range p.imports {
				ours, ok := strings.CutPrefix(imp, Module+"/")
				if ok && within(dir, rule.from) && within(ours, rule.to) {
					bad = append(bad, fmt.Sprintf("%s: %s imports %s: %s", at, dir, ours, rule.why))
				}
			}
		}
	}
	return bad
}

func chains(pkgs map[string]*pkg, dir string, seen map[string]bool) (out [][]string) {
	if seen[dir] || pkgs[dir] == nil {
		return nil
	}
	seen[dir] = true
	for _, imp := range slices.Sorted(maps.Keys(pkgs[dir].imports)) {
		ours, ok := strings.CutPrefix(imp, Module+"/")
		if !ok || seen[ours] {
			continue
		}
		out = append(out, []string{dir, ours})
		for _, c := range chains(pkgs, ours, seen) {
			out = append(out, append([]string{dir}, c...))
		}
	}
	return out
}

// within reports whether dir is one of the folders, or below it. "runtime/" names what is
// below, "agent" the folder itself too.
func within(dir string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool {
		return dir == f || strings.HasPrefix(dir, strings.TrimSuffix(f, "/")+"/")
	})
}

func top(dir string) string { return strings.SplitN(dir, "/", 2)[0] }

func read(root fs.FS) (map[string]*pkg, error) {
	pkgs := map[string]*pkg{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (d.Name() == "testdata" || d.Name() == "tools" || strings.HasPrefix(d.Name(), ".")):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		src, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, src, 0)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, "_test.go") {
			return nil
		}
		p := pkgs[path.Dir(name)]
		if p == nil {
			p = &pkg{imports: map[string]string{}}
			pkgs[path.Dir(name)] = p
		}
		p.add(files, file)
		return nil
	})
	return pkgs, err
}

func (p *pkg) add(files *token.FileSet, file *ast.File) {
	place := func(n ast.Node) string {
		at := files.Position(n.Pos())
		return fmt.Sprintf("%s:%d", at.Filename, at.Line)
	}
	for _, imp := range file.Imports {
		name := strings.Trim(imp.Path.Value, `"`)
		p.imports[name] = place(imp)
		if name == "testing" || strings.HasPrefix(name, "testing/") {
			p.testing = place(imp)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			p.impure = append(p.impure, place(n)+": go statement: the core is pure")
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			switch {
			case !ok:
			case x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After"}, n.Sel.Name):
				p.impure = append(p.impure, place(n)+": time."+n.Sel.Name+": the core has no clock")
			case x.Name == "http" && slices.Contains([]string{"Client", "DefaultClient", "Get", "Post", "Transport", "DefaultTransport"}, n.Sel.Name):
				p.dials = append(p.dials, place(n)+": http."+n.Sel.Name+": only apicall and connection open client connections")
			}
		}
		return true
	})
}
