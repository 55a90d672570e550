package plan

import "slices"

// stepKeys lists what a step of each kind may hold beside id and when, in print order.
// The kind itself is the first.
func (k Kind) keys() []string {
	switch k {
	case Read:
		return []string{"read", "when", "with", "select", "from", "where", "order"}
	case Ensure:
		return []string{"ensure", "when", "find", "create", "repeat"}
	case Write:
		return []string{"write", "when", "effect", "with", "key", "body", "repeat"}
	case Lookup:
		return []string{"lookup", "when", "with"}
	case Each:
		return []string{"each", "when", "as", "max", "steps"}
	case Assert:
		return []string{"assert", "when", "else", "message"}
	case Wait:
		return []string{"wait", "when"}
	case Ask:
		return []string{"ask", "when", "show", "answers"}
	}
	return nil
}

// kinds lists the step kinds in the order people meet them.
func kinds() []Kind { return []Kind{Read, Ensure, Write, Lookup, Each, Assert, Wait, Ask} }

func kindNames() []string {
	var s []string
	for _, k := range kinds() {
		s = append(s, string(k))
	}
	return s
}

func (k Kind) article() string {
	switch k {
	case Ensure, Each, Assert, Ask:
		return "an " + string(k)
	default:
		return "a " + string(k)
	}
}

// stepKeys is every key that some kind of step may have.
func stepKeys() []string {
	all := []string{"id"}
	for _, k := range kinds() {
		for _, key := range k.keys() {
			if !slices.Contains(all, key) {
				all = append(all, key)
			}
		}
	}
	return all
}

// All returns every step in the order it runs, inner steps after the step that repeats
// them, each with its pointer.
func (p *Plan) All(visit func(pointer string, s *Step)) {
	allSteps("/steps", p.Steps, visit)
}

func allSteps(pointer string, steps []Step, visit func(string, *Step)) {
	for i := range steps {
		at := index(pointer, i)
		visit(at, &steps[i])
		allSteps(Join(at, "steps"), steps[i].Steps, visit)
	}
}
