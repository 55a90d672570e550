package layers

import (
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestLayersHold(t *testing.T) {
	bad, err := Judge(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bad {
		t.Error(b)
	}
}

// TestPlantedViolations proves that each rule can fail.
func TestPlantedViolations(t *testing.T) {
	tests := []struct{ name, file, src, want string }{
		{"upwards", "runtime/plan/x.go", `import _ "` + Module + `/runtime/check"`, "imports point down"},
		{"across folders", "runtime/mapping/x.go", `import _ "` + Module + `/agent/match"`, "imports point down"},
		{"model below the approval line", "runtime/engine/x.go", `import _ "` + Module + `/agent"`, "no model below the approval line"},
		{"model reached through others", "runtime/check/x.go", `import _ "` + Module + `/specs/catalog"`, "runtime/check → specs/catalog → agent"},
		{"planner acts", "agent/rules/x.go", `import _ "` + Module + `/runtime/journal"`, "a planner cannot act"},
		{"planner dials", "agent/rules/x.go", `import _ "net/http"`, "cannot reach the network"},
		{"foreign owner", "runtime/check/x.go", `import _ "go.etcd.io/bbolt"`, "which belongs to runtime/journal"},
		{"no owner", "runtime/check/x.go", `import _ "example.com/x"`, "has no owner"},
		{"test library", "runtime/check/x.go", `import _ "github.com/google/go-cmp/cmp"`, "tests only"},
		{"core dials", "runtime/engine/x.go", `import _ "net/http"`, "the core is pure"},
		{"core draws lots", "runtime/check/x.go", `import _ "math/rand/v2"`, "the core is pure"},
		{"core reads a clock", "runtime/engine/x.go", "import \"time\"\nvar _ = time.Now", "the core has no clock"},
		{"core starts a goroutine", "runtime/engine/x.go", "func f() { go f() }", "go statement"},
		{"client elsewhere", "runtime/trigger/x.go", "import \"net/http\"\nvar _ = http.DefaultClient", "open client connections"},
		{"testing in a binary", "internal/twin/xero/x.go", `import _ "testing"`, "stay out of binaries"},
		{"face calls a planner", "internal/web/x.go", `import _ "` + Module + `/agent/rules"`, "faces decide nothing"},
		{"unknown package", "runtime/helpers/x.go", "", "not in the table of layers"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := clean()
			tree[tt.file] = &fstest.MapFile{Data: []byte("package x\n" + tt.src)}
			if strings.Contains(tt.want, "catalog → agent") {
				tree["specs/catalog/y.go"] = &fstest.MapFile{Data: []byte("package x\nimport _ \"" + Module + "/agent\"")}
			}
			wantOne(t, tree, tt.want)
		})
	}
}

func TestRuleWithoutPackage(t *testing.T) {
	tree := clean()
	delete(tree, "runtime/journal/doc.go")
	wantOne(t, tree, "runtime/journal: has a rule and does not exist")
}

func TestCleanTreePasses(t *testing.T) {
	bad, err := Judge(clean())
	if err != nil || len(bad) > 0 {
		t.Fatalf("got %v, %v; want nothing", bad, err)
	}
}

func wantOne(t *testing.T, tree fstest.MapFS, want string) {
	t.Helper()
	bad, err := Judge(tree)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bad {
		if strings.Contains(b, want) {
			return
		}
	}
	t.Errorf("got %q, want a line with %q", bad, want)
}

// clean is a tree in which every known package exists and imports nothing.
func clean() fstest.MapFS {
	tree := fstest.MapFS{}
	for dir := range maps.Keys(layer) {
		tree[dir+"/doc.go"] = &fstest.MapFile{Data: []byte("package x\n")}
	}
	return tree
}
