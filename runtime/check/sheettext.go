package check

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// String prints the sheet for a terminal.
func (s Sheet) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "PERMISSIONS of %s\n\nOperations\n", s.Plan)
	s.table(&b, func(row func(cells ...string)) {
		for _, o := range s.Operations {
			row(o.Name, effectWords(o.Effect, o.Entity), o.calls(), o.by())
		}
	})
	b.WriteString("\nFields\n")
	for _, o := range s.Objects {
		if len(o.Reads)+len(o.Writes) == 0 {
			continue // an answer of which no step uses a field
		}
		fmt.Fprintf(&b, "  %s\n", o.Name)
		fieldLines(&b, "reads ", o.Reads)
		fieldLines(&b, "WRITES", o.Writes)
	}
	b.WriteString("\nCalls for one event, at most\n")
	s.table(&b, func(row func(cells ...string)) {
		for _, a := range s.APIs {
			row(a.Name, a.calls())
		}
	})
	b.WriteString("\nNeeds\n")
	for _, a := range s.APIs {
		fmt.Fprintf(&b, "  %s\n", a.Name)
		fieldLines(&b, "scopes", a.Scopes)
		for _, g := range a.Gates {
			fmt.Fprintf(&b, "    gate   %s: %s\n", g, a.GateWords[g])
		}
		if a.Tenant != "" {
			fieldLines(&b, "tenant", []string{a.Tenant})
		}
	}
	b.WriteString("\nLimits\n")
	if len(s.Limits)+len(s.Unlimited) == 0 {
		b.WriteString("  none: they are for what a plan creates\n")
	}
	s.table(&b, func(row func(cells ...string)) {
		for _, l := range s.Limits {
			row(l.Name, fmt.Sprint(l.Most))
		}
		for _, name := range s.Unlimited {
			row(name, "NO LIMIT")
		}
	})
	if len(s.Unusual) > 0 {
		b.WriteString("\nStops and asks a person above\n")
		s.table(&b, func(row func(cells ...string)) {
			for _, u := range s.Unusual {
				row(u.Name, u.words())
			}
		})
	}
	if len(s.Settings) > 0 {
		b.WriteString("\nSettings\n")
		s.table(&b, func(row func(cells ...string)) {
			for _, one := range s.Settings {
				row(one.Name, one.Value, one.others())
			}
		})
	}
	if len(s.Waits) > 0 {
		fmt.Fprintf(&b, "\nWaits, at most %d days from the event\n", plan.MaxWait/(24*time.Hour))
		fmt.Fprintf(&b, "  %s\n", strings.Join(s.Waits, ", "))
	}
	if len(s.Asks) > 0 {
		fmt.Fprintf(&b, "\nAsks a person, and waits for the answer\n  %s\n", strings.Join(s.Asks, ", "))
	}
	if len(s.Lost) > 0 {
		fmt.Fprintf(&b, "\nAsks a person whether it happened, if an answer is lost\n  %s\n", strings.Join(s.Lost, ", "))
	}
	if len(s.Mappings) > 0 {
		b.WriteString("\nMappings\n")
		s.table(&b, func(row func(cells ...string)) {
			for _, m := range s.Mappings {
				row(m.Name, "("+strings.Join(m.From, ", ")+")", "→ "+m.To)
			}
		})
	}
	return b.String()
}

// words says the bound, and whose it is.
func (u SheetUnusual) words() string {
	switch {
	case u.Stated || u.Name == SamePerDay:
		return fmt.Sprint(u.Most)
	case u.Most == 0:
		return "far more than its own past (usual)"
	}
	return fmt.Sprintf("%d, or far more than its own past (usual)", u.Most)
}

// others says what else the setting may be.
func (s SheetSetting) others() string {
	var out []string
	for _, v := range s.Allowed {
		if v != s.Value {
			out = append(out, v)
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "may be " + strings.Join(out, ", ")
}

func (o SheetOperation) calls() string {
	var parts []string
	switch {
	case o.Calls > 0:
		parts = append(parts, times(o.Calls))
	case o.Spare == 0:
		parts = append(parts, "polling")
	}
	if o.Paged && o.Calls > 0 {
		parts = append(parts, "pages")
	}
	if o.Spare > 0 {
		parts = append(parts, fmt.Sprintf("%d if lost", o.Spare))
	}
	return strings.Join(parts, " + ")
}

func (o SheetOperation) by() string {
	by := strings.Join(o.Steps, ", ")
	if o.Once != "" {
		by += " (" + o.Once + ")"
	}
	return by
}

func (a SheetAPI) calls() string {
	out := times(a.Calls)
	if a.Paged {
		out += " + pages"
	}
	if a.Spare > 0 {
		out += fmt.Sprintf(" + %d if answers are lost", a.Spare)
	}
	return out
}

func times(n int) string {
	if n == 1 {
		return "1 call"
	}
	return fmt.Sprintf("%d calls", n)
}

func effectWords(e catalog.Effect, entity string) string {
	switch e {
	case catalog.EffectCreate:
		return "CREATES " + entity
	case catalog.EffectUpdate:
		return "UPDATES " + entity
	case catalog.EffectDelete:
		return "DELETES " + entity
	case catalog.EffectSend:
		return "SENDS " + entity
	case catalog.EffectNone:
	}
	return strings.TrimSpace("reads " + entity)
}

func (Sheet) table(b *strings.Builder, fill func(row func(cells ...string))) {
	var lines strings.Builder
	w := tabwriter.NewWriter(&lines, 0, 8, 2, ' ', 0)
	fill(func(cells ...string) {
		_, _ = fmt.Fprintln(w, "  "+strings.Join(cells, "\t")) // a builder takes everything
	})
	_ = w.Flush()
	for line := range strings.SplitSeq(strings.TrimSuffix(lines.String(), "\n"), "\n") {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// fieldLines prints a list of fields, folded.
func fieldLines(b *strings.Builder, head string, fields []string) {
	const width = 84
	line := "    " + head + " "
	for i, f := range fields {
		if i < len(fields)-1 {
			f += ","
		}
		if len(line)+len(f)+1 > width {
			b.WriteString(line + "\n")
			line = "           "
		}
		line += " " + f
	}
	if len(fields) > 0 {
		b.WriteString(line + "\n")
	}
}
