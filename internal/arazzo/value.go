package arazzo

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// Arazzo hands values on as they are. So the only expressions it can say are a path into an
// earlier answer, its text where it is text, and texts put together.

var (
	pathShape    = regexp.MustCompile(`^[A-Za-z_]\w*(\.\??[A-Za-z_]\w*)*$`)
	quotedShape  = regexp.MustCompile(`^'[^'\\{}$]*'$|^"[^"\\{}$]*"$`)
	literalShape = regexp.MustCompile(`^\$|\{\$`)
)

// found is where a path of an expression leads.
type found struct {
	expr  string // "$steps.account.outputs.Name"
	typ   schema.Type
	maybe bool // the value may be absent
}

// resolve finds a path such as opportunity.AccountId. Inside the criteria of the call that
// gave the value, its answer is named directly.
func (e *exporter) resolve(f *flow, path string, judging *call) (found, bool) {
	if !pathShape.MatchString(path) {
		return found{}, false
	}
	maybe := strings.Contains(path, "?")
	names := strings.Split(strings.ReplaceAll(path, "?", ""), ".")
	r, ok := e.roots[names[0]]
	if !ok {
		return found{}, false
	}
	at, t := r.base, r.typ
	for _, name := range names[1:] {
		o, ok := e.c.Object(t.Ref)
		if t.Kind != schema.ObjectK || !ok {
			return found{}, false
		}
		field, ok := o.Field(name)
		if !ok {
			return found{}, false
		}
		at, t = plan.Join(at, name), field.Type
	}
	if t.Wire != "" {
		return found{}, false // it travels in another form than it is sent in
	}
	out := found{typ: t, maybe: maybe}
	label := strings.Join(names[1:], "_")
	if label == "" {
		label = "value"
	}
	switch {
	case r.call == "":
		out.expr = f.input(strings.Join(names, "_"), shape(t, strings.TrimSuffix("One "+names[0]+": its "+strings.Join(names[1:], "."), ": its ")))
	case judging != nil && judging.id == r.call:
		out.expr = "$response.body#" + at
	default:
		if e.uses[r.call] == nil {
			e.uses[r.call] = map[string]string{}
		}
		e.uses[r.call][label] = "$response.body#" + at
		out.expr = "$steps." + r.call + ".outputs." + label
		if r.flow != f {
			f.follows(r.flow)
			r.flow.outputs[r.call+"_"+label] = out.expr
			out.expr = "$workflows." + r.flow.id + ".outputs." + r.call + "_" + label
		}
	}
	return out, true
}

// say turns an expression into one of Arazzo's; safe demands that no text of a record is put
// into another text.
func (e *exporter) say(f *flow, text string, safe bool) (out found, ok bool) {
	pieces := split(text, "+")
	if len(pieces) == 1 {
		return e.piece(f, pieces[0], safe)
	}
	var b strings.Builder
	out.typ.Kind = schema.String
	for _, p := range pieces {
		if quotedShape.MatchString(p) {
			b.WriteString(p[1 : len(p)-1])
			continue
		}
		one, ok := e.piece(f, p, safe)
		if !ok || one.typ.Kind != schema.String || one.maybe {
			return found{}, false
		}
		b.WriteString("{" + one.expr + "}")
	}
	out.expr = b.String()
	return out, true
}

// piece is a path, or the text of one that is text.
func (e *exporter) piece(f *flow, text string, safe bool) (found, bool) {
	inner, cast := strings.CutPrefix(text, "string(")
	if cast {
		inner, cast = strings.CutSuffix(inner, ")")
		if !cast {
			return found{}, false
		}
	}
	out, ok := e.resolve(f, strings.TrimSpace(inner), nil)
	if !ok || cast && out.typ.Kind != schema.String || safe && out.typ.Nominal == "" {
		return found{}, false
	}
	return out, true
}

// split cuts an expression at a sign that stands outside texts and brackets.
func split(text, sign string) (out []string) {
	depth, from, quote := 0, 0, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0:
			switch c {
			case '\\':
				i++
			case quote:
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0:
			depth--
		case depth == 0 && strings.HasPrefix(text[i:], sign):
			out = append(out, strings.TrimSpace(text[from:i]))
			from = i + len(sign)
			i = from - 1
		}
	}
	return append(out, strings.TrimSpace(text[from:]))
}

// place is where in a plan a value stands.
type place struct {
	step plan.StepID
	at   string // pointer
	name string // of the input that takes its place
}

func (p place) member(name string) place {
	return place{p.step, plan.Join(p.at, name), label(p.name + "_" + name)}
}

var notName = regexp.MustCompile(`[^A-Za-z0-9_]+`)

func label(s string) string { return strings.Trim(notName.ReplaceAllString(s, "_"), "_") }

// value turns a value of the plan into what stands in a request.
func (e *exporter) value(f *flow, p place, v plan.Value) any {
	switch v.Kind {
	case plan.ObjectV:
		out := pairs{}
		for _, name := range sorted(v.Members) {
			out = append(out, pair{name, e.value(f, p.member(name), v.Members[name])})
		}
		return out
	case plan.ListV:
		out := []any{}
		for i, item := range v.Items {
			out = append(out, e.value(f, p.member(number(i)), item))
		}
		return out
	case plan.EachV:
		e.mapped(p, v)
		e.lose(Lost{Feature: Loop, Step: p.step, Pointer: p.at, Reason: "one element for every element of another list", Instead: "the whole list is the input " + p.name})
		return f.input(p.name, pairs{{"type", "array"}, {"items", pairs{{"type", "object"}}}, {"description", show(v)}, {"x-planwright-pointer", p.at}})
	case plan.Expression:
		return e.expression(f, p, v.Expr)
	case plan.Literal:
	}
	if s, ok := v.Literal.(string); ok && literalShape.MatchString(s) {
		e.lose(Lost{Feature: Escaped, Step: p.step, Pointer: p.at, Reason: "Arazzo would take the text for an expression", Instead: "it is the input " + p.name})
		return f.input(p.name, pairs{{"type", "string"}, {"const", s}})
	}
	return v.Literal
}

// expression is a value that comes from somewhere; what Arazzo cannot say is an input.
func (e *exporter) expression(f *flow, p place, text string) any {
	if out, ok := e.say(f, text, false); ok {
		if out.maybe {
			e.lose(Lost{Feature: Absent, Step: p.step, Pointer: p.at, Reason: "the value may be absent, and then the field is not sent", Instead: "Arazzo hands on whatever stands there"})
		}
		return out.expr
	}
	return e.asInput(f, p, text)
}

// asInput makes an expression an input of the workflow.
func (e *exporter) asInput(f *flow, p place, text string) string {
	l := Lost{Feature: Computed, Step: p.step, Pointer: p.at, Reason: "Arazzo computes nothing: " + oneLine(text), Instead: "it is the input " + p.name}
	var t schema.Type
	if prog := e.c.Expr(p.at); prog != nil {
		t = prog.Type().Type
		if len(prog.Mappings()) > 0 {
			l.Feature, l.Reason = Mapped, "the approved rows of "+asked(prog)+" decide: "+oneLine(text)
		}
	}
	e.lose(l)
	s := shape(t, "${"+oneLine(text)+"}")
	if words := expr.Words(text); words != "" {
		s = append(s, pair{"x-planwright-words", words})
	}
	return f.input(p.name, append(s, pair{"x-planwright-pointer", p.at}))
}

// mapped says which approved tables are asked inside a list that is an input as a whole.
func (e *exporter) mapped(p place, v plan.Value) {
	switch v.Kind {
	case plan.ObjectV:
		for _, name := range sorted(v.Members) {
			e.mapped(p.member(name), v.Members[name])
		}
	case plan.ListV:
		for i, item := range v.Items {
			e.mapped(p.member(number(i)), item)
		}
	case plan.EachV:
		e.mapped(place{p.step, p.at + "/each", p.name}, v.Each.Over)
		e.mapped(place{p.step, p.at + "/do", p.name}, v.Each.Do)
	case plan.Expression:
		if prog := e.c.Expr(p.at); prog != nil && len(prog.Mappings()) > 0 {
			e.lose(Lost{Feature: Mapped, Step: p.step, Pointer: p.at, Reason: "the approved rows of " + asked(prog) + " decide: " + oneLine(v.Expr), Instead: "it is within the input that holds the list"})
		}
	case plan.Literal:
	}
}

// asked names the mappings of an expression.
func asked(prog *expr.Program) string {
	list := slices.Clone(prog.Mappings())
	slices.Sort(list)
	return strings.Join(slices.Compact(list), " and ")
}

// shape is the JSON schema of a type, as far as an input needs one.
func shape(t schema.Type, about string) pairs {
	out := pairs{}
	switch t.Kind {
	case schema.Int:
		out.say("type", "integer")
	case schema.Decimal:
		out.say("type", "number")
	case schema.Bool:
		out.say("type", "boolean")
	case schema.Date:
		out = pairs{{"type", "string"}, {"format", "date"}}
	case schema.Instant:
		out = pairs{{"type", "string"}, {"format", "date-time"}}
	case schema.List:
		out.say("type", "array")
	case schema.ObjectK, schema.Map:
		out.say("type", "object")
	case schema.Any:
	case schema.String:
		out.say("type", "string")
	}
	out.say("description", about)
	return out
}

// show prints a value of the plan on one line, as JSON with its expressions in it.
func show(v plan.Value) string {
	switch v.Kind {
	case plan.Expression:
		return "${" + oneLine(v.Expr) + "}"
	case plan.ObjectV:
		var parts []string
		for _, name := range sorted(v.Members) {
			parts = append(parts, quote(name)+": "+show(v.Members[name]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case plan.ListV:
		var parts []string
		for _, item := range v.Items {
			parts = append(parts, show(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case plan.EachV:
		return "for every " + v.Each.As + " of " + show(v.Each.Over) + ": " + show(v.Each.Do)
	case plan.Literal:
	}
	switch l := v.Literal.(type) {
	case string:
		return quote(l)
	case json.Number:
		return l.String()
	case bool:
		return map[bool]string{true: "true", false: "false"}[l]
	}
	return "null"
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
