package check

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Text draws the plan for a terminal: its steps in order, what each calls and gives,
// where every value that leaves comes from and of which type it must be. Writes stand
// out.
func (c *Checked) Text() string {
	d := &drawing{c: c}
	p := c.Plan
	fmt.Fprintf(&d.b, "%s  %s\n", p.Name, c.Digest)
	if p.Goal != "" {
		fmt.Fprintf(&d.b, "  %s\n", p.Goal)
	}
	fmt.Fprintf(&d.b, "\nWHEN a %s.%s has changed, called %s\n", p.Trigger.API, p.Trigger.Object, p.Trigger.As)
	fmt.Fprintf(&d.b, "     and %s\n     once, ever, for each %s\n", source1(p.Trigger.When), source1(p.Trigger.Key))
	if len(p.Mappings) > 0 {
		d.b.WriteString("\nMAPPINGS, approved row by row\n")
		d.mappings()
	}
	d.b.WriteString("\nSTEPS\n")
	d.steps("", "", p.Steps)
	if len(p.Limits) > 0 {
		d.b.WriteString("\nLIMITS\n")
		for _, name := range sortedKeys(p.Limits) {
			fmt.Fprintf(&d.b, "  %s: %d\n", name, p.Limits[name])
		}
	}
	return d.b.String()
}

type drawing struct {
	c *Checked
	b strings.Builder
}

func (d *drawing) mappings() {
	for _, name := range sortedKeys(d.c.Plan.Mappings) {
		m := d.c.Plan.Mappings[name]
		var in, out []string
		for _, input := range sortedKeys(m.From) {
			in = append(in, input+": "+m.From[input])
		}
		if o, ok := d.c.Object("mapping." + name); ok && len(o.Fields) > 0 {
			out = append(out, o.Fields[0].Name)
		}
		for _, w := range m.With {
			if len(out) == 0 || w != out[0] {
				out = append(out, w)
			}
		}
		fmt.Fprintf(&d.b, "  %s(%s) → %s: %s\n", name, strings.Join(in, ", "), m.To, strings.Join(out, ", "))
	}
}

func (d *drawing) steps(indent, prefix string, steps []plan.Step) {
	for i := range steps {
		s := &steps[i]
		info := d.c.steps[s.ID]
		number := prefix + strconv.Itoa(i+1)
		fmt.Fprintf(&d.b, "%s%3s. %s\n", indent, number, d.headline(s, info))
		inner := indent + "       "
		if s.When != nil {
			fmt.Fprintf(&d.b, "%sonly if %s\n", inner, source1(*s.When))
		}
		d.details(inner, s, info)
		if s.Kind == plan.Each {
			d.steps(indent+"    ", number+".", s.Steps)
		}
	}
}

func (d *drawing) headline(s *plan.Step, info StepInfo) string {
	gives := ""
	if info.Value.Kind != "" {
		gives = ", gives " + info.Value.String()
	}
	switch s.Kind {
	case plan.Read:
		return fmt.Sprintf("read %s: %s%s", s.ID, s.Target, gives)
	case plan.Ensure:
		return fmt.Sprintf("ensure %s: finds a %s, else WRITES: %s%s", s.ID, s.Target, info.Operation.Name(), gives)
	case plan.Write:
		return fmt.Sprintf("WRITES %s: %s %s%s", s.ID, s.Target, effectWords(info.Operation.Effect, info.Operation.Entity), gives)
	case plan.Lookup:
		return fmt.Sprintf("lookup %s: a row of %s%s", s.ID, s.Target, gives)
	case plan.Each:
		return fmt.Sprintf("each %s: for every %s of %s, at most %d", s.ID, s.As, source1(*s.Over), s.Max)
	case plan.Wait:
		return fmt.Sprintf("wait %s: until %s", s.ID, source1(*s.Until))
	case plan.Assert:
	}
	end := "holds for a person"
	if s.Else == plan.Refuse {
		end = "refuses the run"
	}
	return fmt.Sprintf("assert %s: %s, else %s", s.ID, source1(*s.That), end)
}

func (d *drawing) details(indent string, s *plan.Step, info StepInfo) {
	if s.Message != "" {
		fmt.Fprintf(&d.b, "%s“%s”\n", indent, s.Message)
	}
	if s.From != "" {
		fmt.Fprintf(&d.b, "%sfrom %s select %s", indent, s.From, strings.Join(s.Select, ", "))
		if len(s.Order) > 0 {
			fmt.Fprintf(&d.b, " in order of %s", strings.Join(s.Order, ", "))
		}
		d.b.WriteByte('\n')
	}
	if op := info.Operation; op != nil && op.Repeat != nil {
		fmt.Fprintf(&d.b, "%s%s\n", indent, onceWords(op, s.Key))
	}
	var rows [][3]string
	at := info.Pointer
	rows = d.members(rows, "", at+"/with", s.With, "")
	rows = d.members(rows, "", at+"/where", s.Where, "where ")
	for i, by := range s.Find {
		rows = d.members(rows, "", at+"/find/"+itoa(i), by, map[bool]string{true: "find by ", false: "else by "}[i == 0])
	}
	if s.Create != nil {
		rows = d.value(rows, "", at+"/create", *s.Create)
	}
	if s.Body != nil {
		rows = d.value(rows, "", at+"/body", *s.Body)
	}
	d.table(indent, rows)
}

// onceWords says what happens when the answer of the write is lost.
func onceWords(op *catalog.Operation, key map[string]plan.Value) string {
	name := op.Repeat.Key
	if v, ok := key[name]; ok {
		return fmt.Sprintf("sent once (key %s ← %s)", name, source1(v))
	}
	switch op.Repeat.Way {
	case catalog.WayUpsert, catalog.WayIdempotent:
		return "safe to repeat: the same values change nothing more"
	case catalog.WayKeyed:
		return "sent once (the vendor remembers the request for " + op.Repeat.Window.String() + ")"
	case catalog.WayUnique, catalog.WayProbe:
		return "sent once (key " + name + ")"
	case catalog.WayAsk:
	}
	return "a lost answer waits for a person"
}

// members draws the assignments of a map.
func (d *drawing) members(rows [][3]string, prefix, at string, m map[string]plan.Value, head string) [][3]string {
	for _, name := range sortedKeys(m) {
		rows = d.value(rows, head+prefix+name, plan.Join(at, name), m[name])
	}
	return rows
}

// value draws one assignment, or those inside it.
func (d *drawing) value(rows [][3]string, name, at string, v plan.Value) [][3]string {
	join := name
	if name != "" {
		join += "."
	}
	switch v.Kind {
	case plan.ObjectV:
		return d.members(rows, join, at, v.Members, "")
	case plan.ListV:
		for i, item := range v.Items {
			rows = d.value(rows, name+"["+itoa(i)+"]", plan.Join(at, itoa(i)), item)
		}
		return rows
	case plan.EachV:
		rows = append(rows, [3]string{name, "for every " + v.Each.As + " of " + source1(v.Each.Over), ""})
		return d.value(rows, name, at+"/do", v.Each.Do)
	default:
		return append(rows, [3]string{name, source1(v), typeWords(d.c.slots[at])})
	}
}

// typeWords names the type of a slot briefly.
func typeWords(t schema.Type) string {
	switch {
	case t.Kind == "":
		return ""
	case t.Kind == schema.String && t.Nominal == "" && len(t.Enum) > 0:
		return "one of " + strconv.Itoa(len(t.Enum)) + " values"
	case t.Kind == schema.String && t.Nominal == "" && t.MaxLength > 0:
		return "text, at most " + strconv.Itoa(t.MaxLength)
	case t.Kind == schema.String && t.Nominal == "":
		return "text"
	}
	return t.String()
}

// source1 prints where a value comes from, on one line.
func source1(v plan.Value) string {
	if v.Kind == plan.Expression {
		return strings.Join(strings.Fields(v.Expr), " ")
	}
	if s, ok := v.Literal.(string); ok {
		return strconv.Quote(s)
	}
	if v.Literal == nil {
		return "nothing"
	}
	return fmt.Sprint(v.Literal)
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
		d.b.WriteString(indent + strings.TrimRight(line, " ") + "\n")
	}
}

// pad fills text with blanks to a width counted in characters.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-utf8.RuneCountInString(s), 0))
}
