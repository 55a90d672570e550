package check_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// codesOf returns the codes that a package's errors.go writes: the first argument of its
// calls of finding, fault and warn.
func codesOf(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		name, _ := call.Fun.(*ast.Ident)
		lit, isText := call.Args[0].(*ast.BasicLit)
		if name == nil || !isText || !slices.Contains([]string{"finding", "fault", "warn"}, name.Name) {
			return true
		}
		code, err := strconv.Unquote(lit.Value)
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
		return true
	})
	slices.Sort(codes)
	return slices.Compact(codes)
}

// TestEveryCodeIsProvoked holds that a golden plan exists for every code.
func TestEveryCodeIsProvoked(t *testing.T) {
	for dir, file := range map[string]string{"testdata": "errors.go", "../plan/testdata": "../plan/errors.go"} {
		goldens, err := filepath.Glob(dir + "/*.txtar")
		if err != nil {
			t.Fatal(err)
		}
		more, _ := filepath.Glob(dir + "/*/*.txtar") // the pattern is the one above
		goldens = append(goldens, more...)
		var all strings.Builder
		for _, g := range goldens {
			data, err := os.ReadFile(g)
			if err != nil {
				t.Fatal(err)
			}
			all.Write(data)
		}
		for _, code := range codesOf(t, file) {
			// Texts too large to keep in a file are made by TestBounds.
			if slices.Contains([]string{"plan-too-large", "too-many-steps", "too-deep", "not-text"}, code) {
				continue
			}
			// A golden has it before its message, a mistake at the start of a line.
			if !strings.Contains(all.String(), " "+code+": ") && !strings.Contains(all.String(), "\n"+code+" ") {
				t.Errorf("no plan in %s provokes %s", dir, code)
			}
		}
	}
}

// TestDocPlan checks the examples of the reference in docs/plan.md against the embedded specs. The first
// is a whole plan; the others are parts, put in its place.
func TestDocPlan(t *testing.T) {
	_, reference := docPlan(t)
	cat := openEmbedded(t)
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(reference, -1)
	if len(blocks) < 4 {
		t.Fatalf("only %d examples", len(blocks))
	}
	whole := blocks[0][1]
	head, _, _ := strings.Cut(whole, "trigger:")
	for i, b := range blocks {
		text := b[1]
		key, _, _ := strings.Cut(text, ":")
		switch key {
		case "planwright":
		case "trigger":
			text = head + text
			if !strings.Contains(text, "steps:") {
				text += "steps:\n  - {id: named, assert: \"${opportunity.Name != ''}\"}\n"
			}
		case "steps":
			text = head + "trigger: {api: salesforce, kind: change, object: Opportunity, as: opportunity, when: true, key: \"${opportunity.Id}\"}\n" + text
		case "settings":
			text = head + "trigger: {api: salesforce, kind: change, object: Opportunity, as: opportunity, when: true, key: \"${opportunity.Id}\"}\n" + text
		case "mappings":
			text = head + "trigger: {api: salesforce, kind: change, object: Opportunity, as: opportunity, when: true, key: \"${opportunity.Id}\"}\n" + text +
				"steps:\n  - {id: taxed, assert: \"${tax('GB', '').TaxType == tax('FR', opportunity.Name).TaxType}\"}\n"
		default:
			t.Errorf("example %d begins with %q", i+1, key)
			continue
		}
		p, found := plan.Parse("docs/plan.md", []byte(fill(t, cat, text)))
		if len(found) > 0 {
			t.Errorf("example %d:\n%s\n%s", i+1, render(found), text)
			continue
		}
		if _, found := check.Check(p, cat); found.HasErrors() {
			t.Errorf("example %d:\n%s\n%s", i+1, render(found), text)
		} else if i == 0 && len(found) > 0 {
			t.Errorf("the whole plan has warnings:\n%s", render(found))
		}
	}
}
