package drawing

import (
	"fmt"
	"strings"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
)

// Mermaid writes the plan as a Mermaid flowchart: the steps in order with their systems,
// writes with a heavy frame. It leaves out where values come from.
func Mermaid(o check.Outline) string {
	m := &chart{last: "start"}
	m.WriteString("flowchart TD\n")
	start := o.Trigger.Title
	if !o.Trigger.When.Literal {
		start += ", only if " + o.Trigger.When.String()
	}
	fmt.Fprintf(m, "  start([%s])\n", quoted(start))
	m.steps(o.Steps, "  ")
	m.WriteString("  classDef writes stroke-width:4px\n")
	if len(m.writes) > 0 {
		fmt.Fprintf(m, "  class %s writes\n", strings.Join(m.writes, ","))
	}
	return m.String()
}

// chart is a flowchart being written: last is the node that the next one follows.
type chart struct {
	strings.Builder
	last   string
	writes []string
}

func (m *chart) steps(steps []check.OutlineStep, indent string) {
	for _, s := range steps {
		id := "s" + strings.ReplaceAll(s.Number, ".", "_")
		label := s.Number + ". " + s.Title
		open, end := "[", "]"
		switch s.Kind {
		case plan.Assert:
			open, end = "{{", "}}"
			label += ": " + told(s.That)
		case plan.Wait:
			open, end = "{{", "}}"
			label += ": " + told(s.Until)
		case plan.Ask:
			open, end = "{{", "}}"
			label += ": " + told(s.Question) + " (" + strings.Join(s.Answers, ", ") + ")"
		case plan.Each:
			open, end = "[[", "]]"
			label += ": " + told(s.Over)
		case plan.Ensure, plan.Write:
			m.writes = append(m.writes, id)
			label = s.Number + ". WRITES: " + s.Title + ", " + onceRow(s).text
		case plan.Read, plan.Lookup:
		default:
			if s.Writes() {
				m.writes = append(m.writes, id)
				label = s.Number + ". WRITES: " + s.Title + ", " + onceRow(s).text
			}
		}
		fmt.Fprintf(m, "%s%s%s%s%s\n", indent, id, open, quoted(label), end)
		m.follow(id, s, indent)
		if len(s.Steps) > 0 {
			fmt.Fprintf(m, "%ssubgraph g%s[%s]\n", indent, id, quoted("at most "+fmt.Sprint(s.Max)+" times"))
			m.steps(s.Steps, indent+"  ")
			fmt.Fprintf(m, "%send\n", indent)
		}
	}
}

// follow draws the edge from the node before, with the step's condition on it.
func (m *chart) follow(id string, s check.OutlineStep, indent string) {
	edge := " --> "
	if s.When != nil {
		edge = " -- " + quoted("only if "+s.When.String()) + " --> "
	}
	fmt.Fprintf(m, "%s%s%s%s\n", indent, m.last, edge, id)
	m.last = id
}

// quoted makes a label of anybody's text: what Mermaid or a browser would take for syntax
// is written as a character's number.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range strings.Join(wrap(s, rowPx, 1600, 1), "") {
		if strings.ContainsRune("\"#<>&`;\\{}[]()%", r) {
			fmt.Fprintf(&b, "#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}
