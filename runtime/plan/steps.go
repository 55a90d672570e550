package plan

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

func (r *reader) stepList(n *node, pointer string) []Step {
	if n.kind != listNode {
		r.add(errShape(wantSteps, n), pointer, n.at)
		return nil
	}
	if len(n.items) == 0 {
		r.add(errEmpty("step"), pointer, n.at)
	}
	var out []Step
	for i, item := range n.items {
		if r.steps++; r.steps > maxSteps {
			if r.steps == maxSteps+1 {
				r.add(errTooManySteps(), index(pointer, i), item.at)
			}
			return out
		}
		out = append(out, r.step(item, index(pointer, i)))
	}
	return out
}

func (r *reader) step(n *node, at string) Step {
	r.note(at, Place{}, n)
	var s Step
	f := r.fields(n, at, stepKeys()...)
	if f == nil {
		return s
	}
	for _, m := range n.members {
		if k := Kind(m.key); slices.Contains(kinds(), k) {
			if s.Kind != "" {
				r.add(errManyKinds(string(s.Kind), m.key), Join(at, m.key), m.at)
				return s
			}
			s.Kind = k
		}
	}
	if s.Kind == "" {
		r.add(errNoKind(), at, n.at)
		return s
	}
	for _, m := range n.members {
		if f[m.key] != nil && m.key != "id" && !slices.Contains(s.Kind.keys(), m.key) {
			r.add(errMisplacedKey(m.key, s.Kind, s.Kind.keys()), Join(at, m.key), m.at)
			delete(f, m.key)
		}
	}
	r.require(f, n, at, append([]string{"id"}, s.Kind.required()...)...)
	s.ID = StepID(r.named(f["id"], at+"/id", "a step", varName, varRule))
	s.When = r.value(f["when"], at+"/when", r.simple)
	r.stepParts(&s, f, at)
	return s
}

// required lists the keys without which a step of the kind says too little.
func (k Kind) required() []string {
	switch k {
	case Ensure:
		return []string{"find", "create"}
	case Each:
		return []string{"as", "max", "steps"}
	case Lookup:
		return []string{"with"}
	case Read, Write, Assert, Wait, Ask:
	}
	return nil
}

func (r *reader) stepParts(s *Step, f map[string]*node, at string) {
	main := at + "/" + string(s.Kind)
	switch s.Kind {
	case Each:
		s.Over = r.value(f["each"], main, r.expression)
		s.As = r.named(f["as"], at+"/as", "an element", varName, varRule)
		s.Max = r.whole(f["max"], at+"/max", "max", 1, maxEach)
		if n := f["steps"]; n != nil {
			s.Steps = r.stepList(n, at+"/steps")
		}
	case Assert:
		s.That = r.value(f["assert"], main, r.simple)
		s.Else = Hold
		if n := f["else"]; n != nil {
			s.Else = Else(r.choice(n, at+"/else", string(Hold), string(Refuse), string(Continue)))
		}
		s.Message = r.text(f["message"], at+"/message")
	case Wait:
		s.Until = r.value(f["wait"], main, r.expression)
	case Ask:
		s.Question = r.value(f["ask"], main, r.simple)
		s.Show = r.valueMap(f["show"], at+"/show")
		if n := f["show"]; n != nil && len(s.Show) > MaxShown {
			r.add(errTooManyShown(), at+"/show", n.at)
		}
		s.Answers = r.answers(f["answers"], at+"/answers")
	default:
		s.Target = r.filled(f[string(s.Kind)], main, string(s.Kind))
		s.With = r.valueMap(f["with"], at+"/with")
		s.Select = r.texts(f["select"], at+"/select")
		s.From = r.text(f["from"], at+"/from")
		s.Where = r.where(f["where"], at+"/where")
		s.Order = r.texts(f["order"], at+"/order")
		s.Find = r.find(f["find"], at+"/find")
		s.Create = r.value(f["create"], at+"/create", r.any)
		s.Key = r.valueMap(f["key"], at+"/key")
		s.Body = r.value(f["body"], at+"/body", r.any)
		if n := f["effect"]; n != nil {
			s.Effect = r.choice(n, at+"/effect", effects()...)
		}
		if n := f["repeat"]; n != nil {
			s.Repeat = Repeat(r.choice(n, at+"/repeat", string(RepeatAsk)))
		}
	}
}

// choice is text from a closed list.
func (r *reader) choice(n *node, pointer string, known ...string) string {
	s := r.text(n, pointer)
	if s != "" && !slices.Contains(known, s) {
		r.add(errChoice(s, known), pointer, n.at)
	}
	return s
}

// answers lists what a person may answer: at least two short texts that can be told apart.
func (r *reader) answers(n *node, pointer string) []string {
	out := r.texts(n, pointer)
	if n == nil || n.kind != listNode {
		return nil
	}
	if len(out) < 2 || len(out) > MaxAnswers {
		r.add(errAnswers(len(out)), pointer, n.at)
	}
	for i, a := range out {
		if a != strings.TrimSpace(a) || a == "" || utf8.RuneCountInString(a) > maxAnswer || strings.ContainsFunc(a, unicode.IsControl) {
			r.add(errAnswer(a), index(pointer, i), n.items[i].at)
		}
	}
	return out
}

// find is one map of fields, or a list of them.
func (r *reader) find(n *node, pointer string) []FindBy {
	if n == nil {
		return nil
	}
	ways := []*node{n}
	if n.kind == listNode {
		ways = n.items
	}
	var out []FindBy
	for i, way := range ways {
		at := index(pointer, i)
		r.note(at, Place{}, way)
		m := r.valueMap(way, at)
		if way.kind == mapNode && len(m) == 0 {
			r.add(errMissingKey("of a field", "name a field and the value it must have"), at, way.at)
		}
		out = append(out, FindBy(m))
	}
	if len(out) == 0 {
		r.add(errEmpty("map of fields to find the record by"), pointer, n.at)
	}
	return out
}
