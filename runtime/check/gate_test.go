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

// TestSheetWithoutLimits holds that a heading of the sheet always has something below it.
func TestSheetWithoutLimits(t *testing.T) {
	sheet := check.Sheet{Objects: []check.SheetObject{{Name: "shop.Saved"}, {Name: "shop.Order", Reads: []string{"id"}}}}
	text := sheet.String()
	if strings.Contains(text, "shop.Saved") || !strings.Contains(text, "shop.Order\n    reads   id") {
		t.Errorf("an object of which nothing is seen or set is shown, or another is not:\n%s", text)
	}
	if !strings.Contains(text, "Limits\n  none: they are for what a plan creates\n") {
		t.Errorf("no limits, and the sheet does not say why:\n%s", text)
	}
	sheet.Unlimited = []string{"orders_per_day"}
	if text := sheet.String(); strings.Contains(text, "none:") || !strings.Contains(text, "NO LIMIT") {
		t.Errorf("got:\n%s", text)
	}
}
