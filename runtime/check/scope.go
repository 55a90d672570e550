package check

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/expr"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// scope is what an expression may name at one place of the plan.
type scope struct {
	env   *expr.Env
	names map[string]bool
	whens []string // the conditions under which this place is reached
	times int      // how often it is reached in one run, at most; 0 means once
	loops []loop   // the repetitions around this place, outermost first
}

// loop is one repetition: the name of its element.
type loop struct{ as string }

func (s *scope) with(name string, t schema.Type) *scope {
	n := *s
	n.names = maps.Clone(s.names)
	n.names[name] = true
	n.env = s.env.WithVar(name, t)
	return &n
}

func (s *scope) under(when string) *scope {
	n := *s
	n.whens = append(append(slices.Clone(s.whens), when), allOf(when)...)
	return &n
}

// holds reports whether all that a step's when demands holds where the scope is.
func (s *scope) holds(when string) bool {
	return slices.Contains(s.whens, when) ||
		!slices.ContainsFunc(allOf(when), func(part string) bool { return !slices.Contains(s.whens, part) })
}

// allOf splits a condition at the && outside its brackets and texts. One with a choice in it,
// or with texts that this does not read, stays whole.
func allOf(when string) []string {
	whole := []string{when}
	if strings.Contains(when, "\\") || strings.Contains(when, `"""`) || strings.Contains(when, "'''") || strings.Contains(when, "//") {
		return whole
	}
	var out []string
	depth, from, quote := 0, 0, byte(0)
	for i := 0; i < len(when); i++ {
		switch ch := when[i]; {
		case quote != 0:
			if ch == quote {
				quote = 0
			}
		case ch == '"' || ch == '\'':
			quote = ch
		case strings.IndexByte("([{", ch) >= 0:
			depth++
		case strings.IndexByte(")]}", ch) >= 0:
			depth--
		case depth > 0:
		case ch == ':' || strings.HasPrefix(when[i:], "||"):
			return whole
		case strings.HasPrefix(when[i:], "&&"):
			out, from = append(out, strings.TrimSpace(when[from:i])), i+2
			i++
		}
	}
	return append(out, strings.TrimSpace(when[from:]))
}

func (s *scope) count() int { return max(s.times, 1) }

// compile checks an expression and keeps it under its pointer; nil after a finding.
func (c *checker) compile(sc *scope, pointer, text string) *expr.Program {
	ok, named := true, identifiers(text)
	for _, name := range named {
		ok = c.reachable(sc, pointer, name) && ok
	}
	for _, name := range calls(text) {
		ok = ok && (!c.broken[name] || c.all[name] != mappingWord)
	}
	if !ok {
		return nil
	}
	prog, found := sc.env.Compile(text)
	for _, d := range found {
		c.put(pointer, c.p.PlaceIn(pointer, max(d.Line, 1), max(d.Column, 1)), d)
	}
	if prog == nil {
		return nil
	}
	for _, name := range prog.Vars() {
		// A name hidden from identifiers, such as behind a loop's own of the same word.
		if !slices.Contains(named, name) && !c.reachable(sc, pointer, name) {
			return nil
		}
	}
	c.exprs[pointer] = prog
	for _, r := range prog.Reads() {
		c.read(r.Object, r.Field)
	}
	return prog
}

// reachable judges the name of a step that an expression uses where it stands.
func (c *checker) reachable(sc *scope, pointer, name string) bool {
	id := plan.StepID(name)
	if sc.names[name] {
		if when, may := c.skipped[name]; may && !sc.holds(when) {
			c.at(pointer, errMaybeSkipped(name))
		}
		return true
	}
	if c.broken[name] {
		return false // what is wrong with it was said where it stands
	}
	if c.all[name] != stepWord {
		return true // not a step: the expression's own check names it
	}
	info, done := c.steps[id]
	switch {
	case !done:
		c.at(pointer, errLaterStep(name, "has not run yet"))
	case info.Value.Kind == "":
		c.at(pointer, c.noValue(name))
	default:
		c.at(pointer, errLaterStep(name, "runs inside an each, and its value stays there"))
	}
	return false
}

func (c *checker) noValue(name string) (d diag.Diagnostic) {
	why := "its operation answers nothing"
	c.p.All(func(_ string, s *plan.Step) {
		op := c.steps[s.ID].Operation
		switch {
		case string(s.ID) != name:
		case op != nil && adoptsOther(op):
			why = "where its answer is lost, what is found instead has another type"
		case s.Kind == plan.Wait:
			why = "it only decides when the run goes on"
		case op != nil && s.Repeat == plan.RepeatAsk:
			why = "where its answer is lost, nothing can give it"
		case s.Kind == plan.Assert:
			why = "it only decides whether the run goes on"
		case s.Kind == plan.Each:
			why = "it only repeats other steps"
		}
	})
	return errNoValue(name, why)
}

var (
	callText    = regexp.MustCompile(`(\.\s*\??\s*)?\b([A-Za-z_][A-Za-z0-9_]*)\s*\(`)
	textLiteral = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`)
	loopNames   = regexp.MustCompile(`\.(?:map|filter|all|exists|exists_one|existsOne|groupBy|sortBy|optMap|optFlatMap)\(\s*([A-Za-z_][A-Za-z0-9_]*)\s*,`)
	nameText    = regexp.MustCompile(`(\.\s*\??\s*)?\b([A-Za-z_][A-Za-z0-9_]*)\b\s*(\(?)`)
)

// identifiers returns the variables an expression seems to name, each once: not its fields,
// functions, texts, or the names its own loops give. It is for expressions that may not
// compile, and decides nothing about those that do: a program knows its variables.
func identifiers(text string) []string {
	text = textLiteral.ReplaceAllString(text, `""`)
	var own, out []string
	for _, m := range loopNames.FindAllStringSubmatch(text, -1) {
		own = append(own, m[1])
	}
	for _, m := range nameText.FindAllStringSubmatch(text, -1) {
		if m[1] == "" && m[3] == "" && !slices.Contains(own, m[2]) && !slices.Contains(out, m[2]) {
			out = append(out, m[2])
		}
	}
	return out
}

// calls returns the functions an expression calls by name alone, mappings among them.
func calls(text string) []string {
	var out []string
	for _, m := range callText.FindAllStringSubmatch(textLiteral.ReplaceAllString(text, `""`), -1) {
		if m[1] == "" {
			out = append(out, m[2])
		}
	}
	return out
}

// What names are for, as findings say it.
const (
	stepWord    = "a step"
	triggerWord = "the record that starts a run"
	mappingWord = "a mapping"
	elementWord = "an element of an each around it"
)

// names registers every name of the plan and reports those that clash. It returns the
// steps whose value is worth nothing unless something uses it.
func (c *checker) names() map[string]plan.Kind {
	idle := map[string]plan.Kind{}
	c.name(c.p.Trigger.As, "/trigger/as", triggerWord)
	for _, m := range sortedKeys(c.p.Mappings) {
		c.name(m, "/mappings/"+m, mappingWord)
	}
	c.p.All(func(at string, s *plan.Step) {
		c.doubled[at] = !c.name(string(s.ID), at+"/id", stepWord)
		if s.Kind == plan.Read || s.Kind == plan.Lookup || s.Kind == plan.Ask || s.Else == plan.Continue {
			idle[string(s.ID)] = s.Kind
		}
	})
	c.p.All(func(at string, s *plan.Step) {
		if s.Kind == plan.Each {
			c.element(s.As, at+"/as")
		}
	})
	c.p.Walk(func(at string, v plan.Value) {
		if v.Kind == plan.EachV {
			c.element(v.Each.As, at+"/as")
		}
	})
	return idle
}

// name registers a name that must be the only one of the plan, and reports whether it is.
func (c *checker) name(name, at, what string) bool {
	other, taken := c.all[name]
	switch {
	case reserved(name):
		c.at(at, errReservedName(name))
	case taken:
		c.at(at, errDuplicateName(name, other))
		return false
	}
	c.all[name] = what
	return true
}

// element judges the name of a loop's element, which may be used again in another loop.
func (c *checker) element(name, at string) {
	if reserved(name) {
		c.at(at, errReservedName(name))
	} else if other, taken := c.all[name]; taken {
		c.at(at, errDuplicateName(name, other))
	}
}

// reserved reports words that expressions use themselves: CEL's, and our functions.
func reserved(name string) bool {
	switch name {
	case "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop",
		"package", "namespace", "return", "var", "void", "while",
		"bool", "bytes", "double", "dyn", "int", "list", "map", "null_type", "string", "type", "uint", "optional",
		"has", "all", "exists", "exists_one", "existsOne", "filter", "size", "sum", "join", "dec", "date", "instant", "abs", "min", "max",
		"round", "floor", "ceil", "cents", "div", "trigger", "step", "steps", "mapping", "mappings", "plan", settingsName, plan.RunName:
		return true
	}
	return false
}

// constant reports whether an expression looks at nothing of the run but its mappings.
func constant(prog *expr.Program) bool { return len(prog.Vars()) == 0 }

// spelled reports whether all that an expression can give stands in the plan itself.
func spelled(prog *expr.Program) bool { return constant(prog) && len(prog.Mappings()) == 0 }
