package check

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// askStep judges a question to a person. Its value is the answer: true or false, or one of
// the texts that the plan lists.
func (c *checker) askStep(at string, s *plan.Step, sc *scope, info *StepInfo) {
	c.assign(sc, *s.Question, slot{at: at + "/ask", typ: schema.Type{Kind: schema.String}, required: true, what: "the question"})
	for _, name := range sortedKeys(s.Show) {
		c.shown(plan.Join(at+"/show", name), s.Show[name], sc)
	}
	for i, a := range s.Answers {
		if strings.Contains(a, "${") {
			c.at(at+"/answers/"+itoa(i), errComputedAnswer(a))
		}
	}
	info.Value = schema.Type{Kind: schema.Bool}
	if len(s.Answers) > 0 {
		info.Value = schema.Type{Kind: schema.String, Enum: slices.Clone(s.Answers)}
		for _, a := range s.Answers {
			info.Value.MaxLength = max(info.Value.MaxLength, len([]rune(a)))
		}
	}
	depends := c.dependsOn(at, s)
	for _, l := range sc.loops {
		if !depends[l.as] {
			c.at(at+"/ask", errElementAsk(l.as))
		}
	}
}

// shown judges a value that a person is shown: one scalar, which may be absent.
func (c *checker) shown(at string, v plan.Value, sc *scope) {
	switch v.Kind {
	case plan.Literal:
		if text, ok := v.Literal.(string); ok {
			c.literalText(text, slot{at: at, typ: schema.Type{Kind: schema.String}})
		}
	case plan.Expression:
		if prog := c.compile(sc, at, v.Expr); prog != nil {
			c.slots[at] = prog.Type().Type
			if !scalar(prog.Type().Type) {
				c.at(at, errNotOneValue("a person is shown", exprWords(prog.Type())))
			}
		}
	case plan.ObjectV, plan.ListV, plan.EachV:
		c.at(at, errNotOneValue("a person is shown", "a map or a list"))
	}
}

// scalar reports a type whose values stand on one line.
func scalar(t schema.Type) bool {
	switch t.Kind {
	case schema.String, schema.Int, schema.Decimal, schema.Bool, schema.Date, schema.Instant:
		return true
	case schema.List, schema.Map, schema.ObjectK, schema.Any:
	}
	return false
}

// chosen reports an expression that is the answer to an ask step and nothing else: all its
// values stand in the plan, as those of a literal do.
func (c *checker) chosen(text string) bool {
	asked := false
	c.p.All(func(_ string, s *plan.Step) { asked = asked || s.Kind == plan.Ask && string(s.ID) == text })
	return asked
}

// dependsOn returns the elements of loops that the step's own values depend on, straight or
// through other steps of the loops.
func (c *checker) dependsOn(at string, s *plan.Step) map[string]bool {
	out := map[string]bool{}
	s.Walk(at, func(pointer string, v plan.Value) { c.addDepends(out, pointer, v) })
	return out
}

func (c *checker) addDepends(to map[string]bool, pointer string, v plan.Value) {
	for _, name := range c.vars(pointer, v) {
		for as := range c.depends[name] {
			to[as] = true
		}
	}
}

// vars returns the names that an expression looks at: what it seems to, where it does not
// compile.
func (c *checker) vars(pointer string, v plan.Value) []string {
	if prog := c.exprs[pointer]; prog != nil && v.Kind == plan.Expression {
		return prog.Vars()
	}
	return identifiers(v.Expr)
}

// outputs judges what the run gives when it is done, in the scope behind the last step. An
// output that needs a step that may be skipped is absent when it was.
func (c *checker) outputs(sc *scope) {
	end := *sc
	for _, when := range c.skipped {
		end = *end.under(when)
	}
	for _, name := range sortedKeys(c.p.Outputs) {
		at, v := plan.Join("/outputs", name), c.p.Outputs[name]
		prog := c.compile(&end, at, v.Expr)
		if prog == nil {
			continue
		}
		t := prog.Type()
		if !scalar(t.Type) {
			c.at(at, errNotOneValue("an output is", exprWords(t)))
			continue
		}
		c.slots[at] = t.Type
		for _, id := range prog.Vars() {
			if c.skipped[id] != "" {
				c.needs[name] = append(c.needs[name], plan.StepID(id))
			}
		}
		c.maybe[at] = t.Optional || len(c.needs[name]) > 0
	}
}
