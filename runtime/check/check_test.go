package check_test

import (
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// embedded is the catalog of the embedded specs, compiled once.
var embedded = sync.OnceValues(func() (*catalog.Catalog, diag.List) { return catalog.Open("", specs.Embedded()) })

func openEmbedded(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, found := embedded()
	if found.HasErrors() {
		t.Fatal(found)
	}
	return cat
}

var digestMark = regexp.MustCompile(`(SPEC|OVERLAY)\((\w+)\)`)

// fill puts the catalog's digests where a plan says SPEC(api) or OVERLAY(api).
func fill(t testing.TB, cat *catalog.Catalog, text string) string {
	return digestMark.ReplaceAllStringFunc(text, func(mark string) string {
		m := digestMark.FindStringSubmatch(mark)
		api, ok := cat.API(m[2])
		if !ok {
			t.Fatalf("no API %s", m[2])
		}
		if m[1] == "SPEC" {
			return api.SpecDigest
		}
		return api.OverlayDigest
	})
}

// unfill puts the marks back where a finding quotes a digest, so that a golden does not
// change whenever a fixture does.
func unfill(cat *catalog.Catalog, text string) string {
	for _, api := range cat.APIs() {
		text = strings.ReplaceAll(text, api.SpecDigest, "SPEC("+api.Name+")")
		if api.OverlayDigest != "" {
			text = strings.ReplaceAll(text, api.OverlayDigest, "OVERLAY("+api.Name+")")
		}
	}
	return text
}

func readPlan(t testing.TB, cat *catalog.Catalog, file string) *plan.Plan {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, found := plan.Parse(file, []byte(fill(t, cat, string(data))))
	if len(found) > 0 {
		t.Fatal(found)
	}
	return p
}

func render(found diag.List) string {
	var b strings.Builder
	for _, d := range found {
		b.WriteString(d.String() + "\n")
		if d.Pointer != "" {
			b.WriteString("    at " + d.Pointer + "\n")
		}
		if d.Hint != "" {
			b.WriteString("    " + d.Hint + "\n")
		}
	}
	return b.String()
}
