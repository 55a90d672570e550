package diff

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/diag"
)

// String prints the comparison for a terminal: what widens first, then group by group.
func (d Diff) String() string {
	if d.Same {
		return "no difference\n"
	}
	var b strings.Builder
	b.WriteString(d.Summary() + "\n")
	for _, r := range d.Remarks {
		b.WriteString("note: " + r + "\n")
	}
	for _, g := range d.Groups() {
		b.WriteString("\n" + g.Heading + "\n")
		for _, c := range g.Changes {
			b.WriteString("  " + sign(c) + " " + clip(c.Text) + "\n")
			if c.Kind != Limit {
				line(&b, "before", c.Before, c.BeforeWords)
				line(&b, "now", c.After, c.AfterWords)
			}
		}
	}
	return b.String()
}

// Group is the changes that stand together under one heading.
type Group struct {
	Heading string
	Changes []Change
}

// Groups returns the changes as people read them, in their order.
func (d Diff) Groups() (out []Group) {
	for _, c := range d.Changes {
		if h := heading(c); len(out) == 0 || out[len(out)-1].Heading != h {
			out = append(out, Group{Heading: h})
		}
		g := &out[len(out)-1]
		g.Changes = append(g.Changes, c)
	}
	return out
}

// Summary says how much differs: "7 differences, 2 of which let the plan do more".
func (d Diff) Summary() string {
	if d.Same {
		return "no difference"
	}
	out := count(len(d.Changes), "difference", "differences")
	switch n := d.Widening(); {
	case n == 0:
		return out + "; nothing lets the plan do more that can be shown"
	case n == len(d.Changes):
		return out + verb(n, ", which lets", ", which all let") + " the plan do more"
	default:
		return out + fmt.Sprintf(", %d of which %s the plan do more", n, verb(n, "lets", "let"))
	}
}

func sign(c Change) string {
	switch c.Weight {
	case Widens:
		return "!"
	case Narrows:
		return "-"
	case Changes, Wording:
	}
	return "~"
}

// heading is what stands above a change.
func heading(c Change) string {
	switch c.Weight {
	case Widens:
		return "It may do more, or is stopped by less"
	case Wording:
		return "Words only"
	case Changes, Narrows:
	}
	switch c.Kind {
	case Effect, Sets, Sees, Rights:
		return "What it may do"
	case Limit:
		return "Limits"
	case Guard:
		return "When it goes on"
	case Trigger:
		return "What starts it"
	case Steps:
		return "Steps"
	case Field:
		return "Values"
	case Setting:
		return "Settings"
	case Mapping:
		return "Mappings"
	case Pin:
		return "Specs"
	case Note:
	}
	return "Words"
}

// longest bounds what is shown of one value, in characters.
const longest = 400

// line prints one value, aligned, with its words below.
func line(b *strings.Builder, label, value, words string) {
	if value == "" {
		return
	}
	fmt.Fprintf(b, "      %-7s %s\n", label, clip(value))
	if words != "" {
		fmt.Fprintf(b, "              (%s)\n", clip(words))
	}
}

// clip keeps a value on one line and short, and takes from it what a terminal would obey.
func clip(s string) string {
	s = diag.Visible(strings.NewReplacer("\n", " ", "\t", " ").Replace(s))
	if n := utf8.RuneCountInString(s); n > longest {
		return string([]rune(s)[:longest]) + fmt.Sprintf(" … and %d more characters", n-longest)
	}
	return s
}
