package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
)

// settings compares the constants that a person chooses. What another value lets the plan do
// cannot be shown, so each difference counts as a change; a setting that may be something else
// than before, but is the same, changes nothing yet.
func (c *comparison) settings() {
	old, now := c.a.Plan.Settings, c.b.Plan.Settings
	for _, name := range both(old, now) {
		x, had := old[name]
		y, has := now[name]
		at := plan.Join("/settings", name)
		switch {
		case !had:
			c.add(Change{Kind: Setting, Weight: Changes, B: at, After: y.Text(), Text: "the setting " + name + " is new: " + y.Text()})
		case !has:
			c.add(Change{Kind: Setting, Weight: Changes, A: at, Before: x.Text(), Text: "the setting " + name + " is gone; it was " + x.Text()})
		case kindOf(x.Value) != kindOf(y.Value):
			before, after := show(x.Value), show(y.Value)
			c.add(Change{Kind: Setting, Weight: Changes, A: at, B: at, Before: before, After: after, Text: "the setting " + name + " is of another kind"})
		case x.Text() != y.Text():
			c.add(Change{
				Kind: Setting, Weight: Changes, A: at, B: at, Before: x.Text(), After: y.Text(),
				Text: "the setting " + name + " is " + y.Text() + ", before " + x.Text(),
			})
		}
		if had && has && !slices.Equal(x.Choices(), y.Choices()) {
			c.add(Change{
				Kind: Setting, Weight: Wording, A: at, B: at,
				Before: strings.Join(x.Choices(), ", "), After: strings.Join(y.Choices(), ", "), Text: "the setting " + name + " has other values to choose from",
			})
		}
	}
}

// kindOf tells texts, numbers and truth values apart.
func kindOf(v any) string { return fmt.Sprintf("%T", v) }
