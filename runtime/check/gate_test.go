package check_test

import (
	"os"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// TestSheetExplainsGates holds that a person who approves reads what a gate means, not
// its name alone.
func TestSheetExplainsGates(t *testing.T) {
	cat := openEmbedded(t)
	text, err := os.ReadFile("testdata/w1.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, found := plan.Parse("w1.yaml", []byte(fill(t, cat, string(text))))
	if len(found) > 0 {
		t.Fatal(render(found))
	}
	c, found := check.Check(p, cat)
	if c == nil {
		t.Fatal(render(found))
	}
	sheet := c.Sheet()
	for _, a := range sheet.APIs {
		for _, g := range a.Gates {
			if words := a.GateWords[g]; words == "" || !strings.Contains(sheet.String(), "gate   "+g+": "+words) {
				t.Errorf("%s needs %s, which the sheet explains with %q:\n%s", a.Name, g, words, sheet)
			}
		}
		if a.Name == "salesforce" && len(a.Gates) == 0 {
			t.Error("a plan that reads Salesforce needs no gate")
		}
		if a.Name == "xero" && a.GateWords != nil {
			t.Errorf("xero explains %v and needs %v", a.GateWords, a.Gates)
		}
	}
}
