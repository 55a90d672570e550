package drawing

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

const (
	most    = 12 // lines of one condition or source: what is cut off cannot be approved
	maxRows = 40 // assignments on one card; a page lists them all
	deepest = 6  // cards deeper inside repetitions are not set in further
)

// head prints the plan's name and what it comes to.
func (c *canvas) head(o check.Outline) {
	for _, line := range wrap(o.Name, 20, width-2*margin, 1) {
		c.text("name", margin, c.y+18, line)
		c.y += 28
	}
	for _, line := range wrap(o.Summary(), rowPx, width-2*margin, 4) {
		c.text("lead", margin, c.y+12, line)
		c.y += row
	}
	c.y += 12
}

func (c *canvas) trigger(t check.OutlineTrigger) {
	d := card{api: t.API, system: t.System, number: "Start", title: t.Title}
	if !t.When.Literal {
		d.rows = append(d.rows, cardRow{label: "only if", labelClass: "label", text: t.When.String(), class: "row", lines: most})
	}
	d.rows = append(d.rows, cardRow{label: "once, ever, for each", labelClass: "label", text: t.Key.String(), class: "row", lines: most})
	c.place(d)
}

func (c *canvas) steps(steps []check.OutlineStep, depth int) {
	for _, s := range steps {
		in := depth
		if s.When != nil {
			in++
		}
		d := c.card(s)
		d.indent = min(in, deepest)
		c.place(d)
		if len(s.Steps) > 0 {
			top := c.y
			c.steps(s.Steps, in+2)
			c.loop(margin+(d.indent+1)*indent+16, top)
		}
	}
}

// loop draws the bracket that holds what is repeated.
func (c *canvas) loop(x, top int) {
	c.add(shape{Kind: "path", Class: "loop", Text: fmt.Sprintf("M%d %dV%dh14", x, top, c.y-8)})
}

func (c *canvas) card(s check.OutlineStep) card {
	d := card{number: s.Number, api: s.API, system: s.System, title: s.Title}
	if state := c.opts.States[s.ID]; state.known() {
		d.state = state
	}
	if s.When != nil {
		d.rows = append(d.rows, cardRow{label: "ONLY IF", labelClass: "only", text: s.When.String(), class: "only", lines: most})
	}
	switch s.Kind {
	case plan.Read, plan.Lookup:
		if s.Kind == plan.Lookup {
			d.look, d.system = guardCard, "approved row"
		}
		d.rows = append(d.rows, c.assigned(s)...)
	case plan.Ensure, plan.Write:
		d.look = writeCard
		d.rows = append(d.rows, onceRow(s))
		d.rows = append(d.rows, c.assigned(s)...)
		d.rows = append(d.rows, tables(s)...)
	case plan.Each:
		d.look, d.system = guardCard, "repeat"
		d.rows = append(d.rows, cardRow{label: "for every " + s.As + " of", labelClass: "label", text: told(s.Over), class: "row", lines: most})
	case plan.Wait:
		d.look, d.system = guardCard, "wait"
		d.rows = append(d.rows, cardRow{label: "until", labelClass: "label", text: told(s.Until), class: "row", lines: most})
	case plan.Ask:
		d.look, d.system = guardCard, "a person"
		d.rows = append(d.rows, cardRow{label: "asks", labelClass: "ask", text: told(s.Question), class: "row", lines: most},
			cardRow{label: "answers", labelClass: "label", text: strings.Join(s.Answers, ", "), class: "row", lines: 3})
		d.rows = append(d.rows, c.assigned(s)...)
	case plan.Assert:
		if d.look, d.system = guardCard, "guard"; s.Else == plan.Continue {
			d.system = "see" // it stops nothing
		}
		d.rows = append(d.rows, guard(s)...)
	default: // a kind that is newer than this package: what it writes is said all the same
		if d.look, d.system = guardCard, string(s.Kind); s.Writes() {
			d.look = writeCard
			d.rows = append(d.rows, onceRow(s))
		}
		d.rows = append(d.rows, c.assigned(s)...)
	}
	return d
}

// told prints a source that may be missing.
func told(s *check.Source) string {
	if s == nil {
		return ""
	}
	return s.String()
}

// onceRow says what keeps a write from happening twice, or that nothing does.
func onceRow(s check.OutlineStep) cardRow {
	o := s.Once
	if o == nil {
		o = &check.Once{Text: "a lost answer waits for a person"}
	}
	text := o.Text
	switch {
	case o.Source != nil:
		text += " (key " + o.Key + ": " + o.Source.String() + ")"
	case text == "sent once" && o.Key != "":
		text += " (key " + o.Key + ")"
	}
	if s.Kind == plan.Ensure {
		text = "only if none is found; " + text
	}
	class := "once"
	if o.Way == catalog.WayAsk {
		class = "ask"
	}
	return cardRow{text: text, class: class, lines: most}
}

func guard(s check.OutlineStep) []cardRow {
	rows := []cardRow{{text: told(s.That), class: "row", lines: most}}
	if s.Message != "" && s.Else != plan.Continue {
		end := "else asks"
		if s.Else == plan.Refuse {
			end = "else ends"
		}
		rows = append(rows, cardRow{label: end, labelClass: "ask", text: "“" + clean(s.Message) + "”", class: "row", lines: 2})
	}
	return rows
}

// tables names the approved tables a write depends on.
func tables(s check.OutlineStep) []cardRow {
	if len(s.Mappings) == 0 {
		return nil
	}
	return []cardRow{{
		label: "approved tables", labelClass: "label", class: "row", lines: 2,
		text: strings.Join(s.Mappings, ", ") + "; a value without an approved row holds the run",
	}}
}

// assigned lists what a step looks for and what it sets.
func (c *canvas) assigned(s check.OutlineStep) []cardRow {
	var rows []cardRow
	group, list := "", ""
	for i, a := range s.Assignments {
		if len(rows) >= maxRows {
			return append(rows, cardRow{text: fmt.Sprintf("and %d more fields", len(s.Assignments)-i), class: "group"})
		}
		if head := heading(s.Kind, a.Part); head != group {
			group, list = head, ""
			if c.opts.Brief {
				rows = append(rows, cardRow{label: head, labelClass: "group", text: fields(s, a.Part), class: "row", lines: 6})
			} else if head != "" {
				rows = append(rows, cardRow{text: head, class: "group"})
			}
		}
		if c.opts.Brief && group != "" {
			continue
		}
		name, inside := strings.CutPrefix(a.Target, list+".")
		if list != "" && inside {
			name = "· " + name
		}
		r := cardRow{label: name, labelClass: "field", text: a.Source.String(), class: "row", lines: most}
		if a.Op != "" && a.Op != plan.Eq {
			r.label += " " + check.ComparisonWords(a.Op)
		}
		if a.Each != "" {
			list, r.text = a.Target, "one for every "+a.Each+" of "+a.Source.String()
		}
		rows = append(rows, r)
	}
	return rows
}

// heading stands above the assignments of a part.
func heading(kind plan.Kind, part check.Part) string {
	switch {
	case part == check.PartFind:
		return "finds it by"
	case part == check.PartElse:
		return "else by"
	case part == check.PartOr:
		return "or with"
	case part == check.PartShow:
		return "shows"
	case part == check.PartCreate, part == check.PartBody:
		return "sets"
	case kind == plan.Write:
		return "of the record with"
	}
	return "with"
}

// fields names what is assigned in a part, without the sources.
func fields(s check.OutlineStep, part check.Part) string {
	var names []string
	for _, a := range s.Assignments {
		if a.Part == part && a.Each == "" {
			names = append(names, a.Target)
		}
	}
	return strings.Join(names, ", ")
}

func (c *canvas) limits(limits []check.OutlineLimit) {
	if len(limits) == 0 {
		return
	}
	d := card{look: guardCard, system: "limits", title: "Never more than this; a run that would go past it is held"}
	for _, l := range limits {
		d.rows = append(d.rows, cardRow{text: limitWords(l), class: "row"})
	}
	c.arrows = false
	c.y += gap
	c.place(d)
}

// settings lists the constants that a person chose.
func (c *canvas) settings(settings []check.OutlineSetting) {
	if len(settings) == 0 {
		return
	}
	d := card{look: guardCard, system: "settings", title: "How it works where there is a choice"}
	for _, s := range settings {
		d.rows = append(d.rows, cardRow{label: s.Name, labelClass: "field", text: s.Value, class: "row", lines: most})
	}
	c.arrows = false
	c.y += gap
	c.place(d)
}

// outputs lists what a run gives when it is done.
func (c *canvas) outputs(outputs []check.OutlineOutput) {
	if len(outputs) == 0 {
		return
	}
	d := card{look: guardCard, system: "gives", title: "What a run gives when it is done"}
	for _, o := range outputs {
		d.rows = append(d.rows, cardRow{label: o.Name, labelClass: "field", text: o.Source.String(), class: "row", lines: most})
	}
	c.arrows = false
	c.y += gap
	c.place(d)
}

func limitWords(l check.OutlineLimit) string {
	amount := thousands(l.Most)
	if thing, ok := strings.CutSuffix(l.Name, "_per_day"); ok {
		return amount + " " + strings.ReplaceAll(thing, "_", " ") + " a day"
	}
	if thing, ok := strings.CutPrefix(l.Name, "amount_per_"); ok {
		return amount + " in its own currency for each " + strings.ReplaceAll(thing, "_", " ")
	}
	return l.Name + ": " + amount
}

// thousands prints a number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
