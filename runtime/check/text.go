package check

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/plan"
)

// Text draws the plan for a terminal: its steps in order, what each calls and gives,
// where every value that leaves comes from and of which type it must be. Writes stand
// out. What a plan's texts could do to a terminal is shown as characters' numbers.
func (c *Checked) Text() string {
	o := c.Outline()
	var d drawing
	fmt.Fprintf(&d, "%s  %s\n", o.Name, o.Digest)
	if o.Goal != "" {
		fmt.Fprintf(&d, "  %s\n", oneLine(o.Goal))
	}
	d.trigger(o.Trigger)
	if len(o.Mappings) > 0 {
		d.WriteString("\nMAPPINGS, approved row by row\n")
		for _, m := range o.Mappings {
			fmt.Fprintf(&d, "  %s(%s) → %s: %s\n", m.Name, strings.Join(m.From, ", "), m.To, strings.Join(m.Gives, ", "))
		}
	}
	if len(o.Settings) > 0 {
		d.WriteString("\nSETTINGS\n")
		rows := make([][3]string, len(o.Settings))
		for i, s := range o.Settings {
			rows[i] = [3]string{s.Name, s.Value, s.others()}
		}
		d.table("  ", rows)
	}
	d.WriteString("\nSTEPS\n")
	d.steps("", o.Steps)
	if len(o.Outputs) > 0 {
		d.WriteString("\nGIVES, when it is done\n")
		rows := make([][3]string, len(o.Outputs))
		for i, out := range o.Outputs {
			rows[i] = [3]string{out.Name, out.Source.Text, out.Type}
			if out.Maybe {
				rows[i][2] += ", may be absent"
			}
		}
		d.table("  ", rows)
	}
	if len(o.Limits) > 0 {
		d.WriteString("\nLIMITS\n")
		for _, l := range o.Limits {
			fmt.Fprintf(&d, "  %s: %d\n", l.Name, l.Most)
		}
	}
	return diag.Visible(d.String())
}

// drawing is a plan being written down.
type drawing struct{ strings.Builder }

func (d *drawing) steps(indent string, steps []OutlineStep) {
	for _, s := range steps {
		fmt.Fprintf(d, "%s%3s. %s\n", indent, s.Number, s.headline())
		inner := indent + "       "
		if s.When != nil {
			fmt.Fprintf(d, "%sonly if %s\n", inner, s.When.Text)
		}
		d.details(inner, s)
		d.steps(indent+"    ", s.Steps)
	}
}

func (s OutlineStep) headline() string {
	gives := ""
	if s.Gives != "" {
		gives = ", gives " + s.Gives
	}
	switch s.Kind {
	case plan.Read:
		return fmt.Sprintf("read %s: %s%s", s.ID, s.Target, gives)
	case plan.Ensure:
		return fmt.Sprintf("ensure %s: finds a %s, else WRITES: %s%s", s.ID, s.Target, s.Operation, gives)
	case plan.Write:
		return fmt.Sprintf("WRITES %s: %s %s%s", s.ID, s.Target, effectWords(s.Effect, s.Entity), gives)
	case plan.Lookup:
		return fmt.Sprintf("lookup %s: a row of %s%s", s.ID, s.Target, gives)
	case plan.Each:
		return fmt.Sprintf("each %s: for every %s of %s, at most %d", s.ID, s.As, s.Over.Text, s.Max)
	case plan.Wait:
		return fmt.Sprintf("wait %s: until %s", s.ID, s.Until.Text)
	case plan.Ask:
		return fmt.Sprintf("ask %s: %s (%s)%s", s.ID, s.Question.Text, strings.Join(s.Answers, ", "), gives)
	case plan.Assert:
	}
	end := "holds for a person"
	if s.Else == plan.Refuse {
		end = "refuses the run"
	}
	if s.Else == plan.Continue {
		return fmt.Sprintf("assert %s: %s, and goes on either way%s", s.ID, s.That.Text, gives)
	}
	return fmt.Sprintf("assert %s: %s, else %s", s.ID, s.That.Text, end)
}

func (d *drawing) details(indent string, s OutlineStep) {
	if s.Message != "" {
		fmt.Fprintf(d, "%s“%s”\n", indent, oneLine(s.Message))
	}
	if s.From != "" {
		fmt.Fprintf(d, "%sfrom %s select %s", indent, s.From, strings.Join(s.Select, ", "))
		if len(s.Order) > 0 {
			fmt.Fprintf(d, " in order of %s", strings.Join(s.Order, ", "))
		}
		d.WriteByte('\n')
	}
	if s.Once != nil {
		fmt.Fprintf(d, "%s%s\n", indent, s.Once.line())
	}
	rows := make([][3]string, len(s.Assignments))
	for i, a := range s.Assignments {
		rows[i] = [3]string{a.Part.lead() + a.Target, a.Source.Text, a.Type}
		if a.Op != "" && a.Op != plan.Eq {
			rows[i][0] += " " + ComparisonWords(a.Op)
		}
		if a.Each != "" {
			rows[i][1] = "for every " + a.Each + " of " + a.Source.Text
		}
	}
	d.table(indent, rows)
}

func (o *Once) line() string {
	switch {
	case o.Source != nil:
		return fmt.Sprintf("%s (key %s ← %s)", o.Text, o.Key, o.Source.Text)
	case o.Text == "sent once":
		return o.Text + " (key " + o.Key + ")"
	}
	return o.Text
}

// oneLine keeps anybody's text from looking like more lines of the drawing.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// lead is what stands before the field.
func (p Part) lead() string {
	switch p {
	case PartWhere:
		return "where "
	case PartFind:
		return "find by "
	case PartElse:
		return "else by "
	case PartShow:
		return "shows "
	case PartOr:
		return "or where "
	case PartWith, PartCreate, PartBody:
	}
	return ""
}

// table prints assignments in aligned columns. A source too long for its column pushes
// the type to a line of its own.
func (d *drawing) table(indent string, rows [][3]string) {
	const widest = 60
	var names, sources int
	for _, r := range rows {
		names = max(names, utf8.RuneCountInString(r[0]))
		if n := utf8.RuneCountInString(r[1]); n <= widest {
			sources = max(sources, n)
		}
	}
	for _, r := range rows {
		line := pad(r[0], names) + " ← " + pad(r[1], sources) + "  " + r[2]
		if utf8.RuneCountInString(r[1]) > sources && r[2] != "" {
			line = pad(r[0], names) + " ← " + r[1] + "\n" + indent + pad("", names+sources+5) + r[2]
		}
		d.WriteString(indent + strings.TrimRight(line, " ") + "\n")
	}
}

// pad fills text with blanks to a width counted in characters.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-utf8.RuneCountInString(s), 0))
}

// trigger writes what starts a run.
func (d *drawing) trigger(t OutlineTrigger) {
	switch t.Kind {
	case plan.OnSchedule:
		fmt.Fprintf(d, "\nAT %s by the clock of %s, called %s\n", oneLine(t.At), oneLine(t.Zone), t.As)
	case plan.OnDelete:
		fmt.Fprintf(d, "\nWHEN a %s.%s was deleted, called %s\n     and %s\n", t.API, t.Object, t.As, t.When.Text)
	default:
		fmt.Fprintf(d, "\nWHEN a %s.%s has changed, called %s\n     and %s\n", t.API, t.Object, t.As, t.When.Text)
	}
	fmt.Fprintf(d, "     once, ever, for each %s\n", t.Key.Text)
}
