// Package plans holds the plans that ship with the program: the four automations between
// Salesforce and Xero, and what takes an invoice through what happens to its deal
// afterwards. Each is a file a person can read, take, change and propose.
package plans

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

//go:embed *.yaml
var files embed.FS

const suffix = ".yaml"

// Names lists the shipped plans, sorted.
func Names() (out []string) {
	list, err := fs.Glob(files, "*"+suffix)
	if err != nil {
		panic(err) // unreachable: the pattern is well formed
	}
	for _, file := range list {
		out = append(out, strings.TrimSuffix(file, suffix))
	}
	return out
}

// Text is a shipped plan as its file has it, comments and all, pinned to the catalog's
// specs: digests stand where the file says SPEC(api) and OVERLAY(api). The error names the
// plans there are.
func Text(name string, cat *catalog.Catalog) ([]byte, error) {
	text, err := files.ReadFile(name + suffix)
	if err != nil {
		return nil, fmt.Errorf("template %s: there is none of that name, only %s", name, strings.Join(Names(), ", "))
	}
	return []byte(Pin(string(text), cat)), nil
}

// Pin puts the catalog's digests where the text of a plan says SPEC(api) or OVERLAY(api).
func Pin(text string, cat *catalog.Catalog) string {
	digests := make([]string, 0, 8)
	for _, api := range cat.APIs() {
		digests = append(digests, "SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest)
	}
	return strings.NewReplacer(digests...).Replace(text)
}

// Automations returns the four automations that the program exists for, by name, each pinned
// to the catalog's specs.
func Automations(cat *catalog.Catalog) map[string]*plan.Plan {
	out := All(cat)
	maps.DeleteFunc(out, func(name string, _ *plan.Plan) bool {
		return !slices.Contains([]string{"closed-won-to-invoice", "invoice-to-opportunity", "account-to-contact", "overdue-task"}, name)
	})
	return out
}

// All returns the shipped plans by name, each pinned to the catalog's specs.
func All(cat *catalog.Catalog) map[string]*plan.Plan {
	out := map[string]*plan.Plan{}
	for _, name := range Names() {
		text, err := Text(name, cat)
		if err != nil {
			panic(err) // unreachable: it was listed
		}
		p, found := plan.Parse(name+suffix, text)
		if found.HasErrors() {
			panic(fmt.Sprintf("plans: %v", found)) // broken invariant: a test parses every one
		}
		out[name] = p
	}
	return out
}
