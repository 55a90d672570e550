package check_test

import (
	"os"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// TestTextIsInert holds that nothing a plan says can move a terminal, hide what stands
// beside it, or look like another line of the drawing.
func TestTextIsInert(t *testing.T) {
	cat := openSmall(t)
	data, err := os.ReadFile("testdata/full.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(
		"goal: When an order is paid, write a bill for it.", `goal: "Read\n\nSTEPS\n  1. read nothing \x1b[2J\u202e"`,
		"message: the order has no customer", `message: "none\n  2. read \u200bsafe"`,
		"source: shop", `source: "a\x1b]0;x\x07b"`,
	).Replace(fill(t, cat, string(data)))
	p, found := plan.Parse("full.yaml", []byte(text))
	if found.HasErrors() {
		t.Fatal(found)
	}
	c, found := check.Check(p, cat)
	if c == nil {
		t.Fatal(found)
	}
	got := c.Text()
	if i := strings.IndexAny(got, "\x1b\x07\u202e\u200b"); i >= 0 {
		t.Errorf("%q stands in the drawing", got[i:i+20])
	}
	if strings.Count(got, "\nSTEPS\n") != 1 || strings.Contains(got, "\n  1. read nothing") || strings.Contains(got, "\n  2. read ⟨") {
		t.Errorf("a text looks like the drawing:\n%s", got)
	}
	if !strings.Contains(got, "Read STEPS 1. read nothing ⟨U+001B⟩[2J⟨U+202E⟩") {
		t.Errorf("the goal is not shown as it is:\n%s", got)
	}
}
