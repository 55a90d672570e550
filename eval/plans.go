package eval

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

//go:embed plans/*.yaml
var plans embed.FS

// Plans returns the reference plans of the four automations by name, written against the
// catalog's specs: what a planner that makes no mistake drafts.
func Plans(cat *catalog.Catalog) map[string]*plan.Plan {
	digests := make([]string, 0, 8)
	for _, api := range cat.APIs() {
		digests = append(digests, "SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest)
	}
	fill := strings.NewReplacer(digests...)
	files, err := fs.Glob(plans, "plans/*.yaml")
	if err != nil {
		panic(err) // unreachable: the pattern is well formed
	}
	out := make(map[string]*plan.Plan, len(files))
	for _, file := range files {
		text, err := plans.ReadFile(file)
		if err != nil {
			panic(err) // unreachable: the file is embedded
		}
		p, found := plan.Parse(file, []byte(fill.Replace(string(text))))
		if found.HasErrors() {
			panic(fmt.Sprintf("eval: %v", found)) // broken invariant: a test parses every one
		}
		out[p.Name] = p
	}
	return out
}
