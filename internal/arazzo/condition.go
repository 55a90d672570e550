package arazzo

import (
	"regexp"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// comparison is one that Arazzo's simple conditions know.
var comparison = regexp.MustCompile(`^(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+)$`)

var (
	numberShape  = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	decimalShape = regexp.MustCompile(`^dec\(\s*['"](-?[0-9]+(\.[0-9]+)?)['"]\s*\)$`)
)

// opposite gives the comparison that holds exactly where the other does not.
func opposite(op string) string {
	return map[string]string{"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}[op]
}

// judged is a condition in Arazzo's words.
type judged struct {
	yes, no string
	folds   bool // it compares texts, which Arazzo does without regard to case
}

// conditions turns a condition of the plan into those of Arazzo that must all hold. The
// caller gives the call whose criteria they become.
func (e *exporter) conditions(f *flow, v plan.Value, at *call) ([]judged, bool) {
	text := v.Expr
	if v.Kind != plan.Expression || strings.Contains(text, "||") || len(split(text, "?")) > len(split(text, ".?")) {
		return nil, false
	}
	var out []judged
	for _, part := range split(text, "&&") {
		j, ok := e.condition(f, part, at)
		if !ok {
			return nil, false
		}
		out = append(out, j)
	}
	return out, true
}

func (e *exporter) condition(f *flow, text string, at *call) (judged, bool) {
	inner, not := strings.CutPrefix(text, "!")
	if path, ok := strings.CutPrefix(inner, "has("); ok && strings.HasSuffix(path, ")") {
		r, ok := e.resolve(f, strings.TrimSuffix(path, ")"), at)
		j := judged{yes: r.expr + " != null", no: r.expr + " == null"}
		return j.turned(not), ok
	}
	if pathShape.MatchString(inner) {
		r, ok := e.resolve(f, inner, at)
		j := judged{yes: r.expr + " == true", no: r.expr + " == false"}
		return j.turned(not), ok && r.typ.Kind == schema.Bool && !r.maybe
	}
	m := comparison.FindStringSubmatch(text)
	if m == nil {
		return judged{}, false
	}
	x, textX, okX := e.operand(f, m[1], at)
	y, textY, okY := e.operand(f, m[3], at)
	if !okX || !okY || textX != textY {
		return judged{}, false
	}
	return judged{yes: x + " " + m[2] + " " + y, no: x + " " + opposite(m[2]) + " " + y, folds: textX}, true
}

func (j judged) turned(not bool) judged {
	if not {
		j.yes, j.no = j.no, j.yes
	}
	return j
}

// operand is one side of a comparison, and whether it is text.
func (e *exporter) operand(f *flow, text string, at *call) (out string, isText, ok bool) {
	switch m := decimalShape.FindStringSubmatch(text); {
	case m != nil:
		return m[1], false, true
	case numberShape.MatchString(text):
		return text, false, true
	case quotedShape.MatchString(text) && !strings.Contains(text[1:len(text)-1], "'"):
		return "'" + text[1:len(text)-1] + "'", true, true
	}
	r, ok := e.resolve(f, text, at)
	if !ok || r.maybe {
		return "", false, false
	}
	switch r.typ.Kind {
	case schema.Int, schema.Decimal:
		return r.expr, false, true
	case schema.String:
		return r.expr, true, true
	case schema.Bool, schema.Date, schema.Instant, schema.List, schema.Map, schema.ObjectK, schema.Any:
	}
	return "", false, false
}

// demand is something that must hold for the workflow to go on.
type demand struct {
	place
	feature Feature
	value   plan.Value
	says    string // what an input that stands for it means; else the value
	// otherwise is what the plan does where it does not hold; "" when it ends the run.
	otherwise string
}

// require makes a demand criteria of the last call: the workflow stops there unless it
// holds. What Arazzo cannot judge becomes a criterion on an input.
func (e *exporter) require(f *flow, d demand) {
	s := f.last()
	if d.says == "" {
		d.says = bare(d.value)
	}
	switch {
	case s == nil:
		e.lose(Lost{
			Feature: d.feature, Step: d.step, Pointer: d.at, Reason: "no call comes before it that could judge: " + d.says,
			Instead: "nothing; it stands in x-planwright-unguarded of the workflow " + f.id,
		})
		f.unguarded = append(f.unguarded, d.says)
		return
	case d.value.Kind == plan.Literal && d.value.Literal == true:
		return
	}
	if list, ok := e.conditions(f, d.value, s); ok {
		for _, j := range list {
			s.success = append(s.success, pairs{{"condition", j.yes}})
			e.folds(d.place, j)
		}
	} else {
		e.lose(Lost{
			Feature: d.feature, Step: d.step, Pointer: d.at, Reason: "Arazzo cannot judge: " + d.says,
			Instead: "a criterion of " + s.id + " on the input " + d.name,
		})
		s.success = append(s.success, pairs{{"condition", e.flag(f, d.place, d.says) + " == true"}})
	}
	if d.otherwise != "" {
		e.lose(Lost{Feature: Holding, Step: d.step, Pointer: d.at, Reason: d.otherwise, Instead: "the workflow breaks off after " + s.id})
	}
}

// flag is an input that says whether something holds.
func (e *exporter) flag(f *flow, p place, says string) string {
	return f.input(p.name, pairs{{"type", "boolean"}, {"description", "True only if: " + says}, {"x-planwright-pointer", p.at}})
}

// bare is show without the signs around an expression.
func bare(v plan.Value) string {
	if v.Kind == plan.Expression {
		return oneLine(v.Expr)
	}
	return show(v)
}

func (e *exporter) folds(p place, j judged) {
	if j.folds {
		e.lose(Lost{Feature: Exact, Step: p.step, Pointer: p.at, Reason: "Arazzo compares texts without regard to case: " + j.yes})
	}
}

// criterion is the condition of a step and its opposite, as the call judges it that may jump
// over the step; own says that Arazzo can judge it, and not an input.
func (e *exporter) criterion(f *flow, g group, at *call) (yes, no string, own *judged) {
	if list, ok := e.conditions(f, *g.when, at); ok && len(list) == 1 {
		return list[0].yes, list[0].no, &list[0]
	}
	in := e.flag(f, g.at, bare(*g.when))
	return in + " == true", in + " == false", nil
}

// conditional says what is lost of a condition.
func (e *exporter) conditional(f *flow, g group) {
	_, _, own := e.criterion(f, g, f.last())
	if own != nil {
		e.folds(g.at, *own)
		return
	}
	e.lose(Lost{Feature: Conditions, Step: g.at.step, Pointer: g.at.at, Reason: "Arazzo cannot judge: " + bare(*g.when), Instead: "the input " + g.at.name})
}
