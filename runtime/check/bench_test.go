package check_test

import (
	"os"
	"testing"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// BenchmarkParseAndCheck is what every command pays for a plan: at most 15 ms.
func BenchmarkParseAndCheck(b *testing.B) {
	cat := openEmbedded(b)
	raw, err := os.ReadFile("testdata/w1.yaml")
	if err != nil {
		b.Fatal(err)
	}
	data := []byte(fill(b, cat, string(raw)))
	b.ReportAllocs()
	for b.Loop() {
		p, found := plan.Parse("w1.yaml", data)
		if len(found) > 0 {
			b.Fatal(found)
		}
		if _, found := check.Check(p, cat); found.HasErrors() {
			b.Fatal(found)
		}
	}
}
