package check

import (
	"strings"
	"unicode"

	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// stepTitle says in plain words what a step does.
func stepTitle(s *plan.Step, info StepInfo) string {
	switch s.Kind {
	case plan.Read:
		what := info.Entity.Object
		if s.From != "" {
			what = s.From
		}
		if what == "" {
			return "Read " + short(s.Target) + in(info)
		}
		if info.Value.Kind == schema.List {
			return "Read the " + plural(noun(what)) + in(info)
		}
		return "Read the " + noun(what) + in(info)
	case plan.Ensure:
		return "Find the " + noun(s.Target) + in(info) + ", or create it"
	case plan.Write:
		return writeTitle(s, info)
	case plan.Lookup:
		return "Take the approved row of “" + s.Target + "”"
	case plan.Each:
		if s.Max == 1 {
			return "For the " + s.As + ", at most one"
		}
		return "Repeat for every " + s.As + ", at most " + itoa(s.Max) + " times"
	case plan.Wait:
		return "Wait until a day has come"
	case plan.Ask:
		return "Ask a person, and wait for the answer"
	case plan.Assert:
	}
	if s.Else == plan.Continue {
		return "See whether this holds, and go on either way"
	}
	if s.Else == plan.Refuse {
		return "Go on only if this holds, else end the run"
	}
	return "Go on only if this holds, else ask a person"
}

func writeTitle(s *plan.Step, info StepInfo) string {
	name := noun(info.Entity.Object)
	if name == "" {
		return "Call " + short(s.Target) + in(info)
	}
	switch info.Operation.Effect {
	case catalog.EffectCreate:
		return "Create " + a(name) + in(info)
	case catalog.EffectUpdate:
		return "Update the " + name + in(info)
	case catalog.EffectDelete:
		return "Delete the " + name + in(info)
	case catalog.EffectSend:
		return "Send the " + name + " from " + systemName(info.API.Name)
	case catalog.EffectNone:
	}
	return "Read the " + name + in(info) // unreachable: a write has an effect
}

func in(info StepInfo) string { return " in " + systemName(info.API.Name) }

// mappingTitle asks the question that the rows of a mapping answer.
func mappingTitle(m plan.Mapping) string {
	var of []string
	for _, input := range sortedKeys(m.From) {
		if name := m.From[input]; strings.Contains(name, ".") {
			of = append(of, a(noun(name)))
		} else {
			of = append(of, a(input))
		}
	}
	return "Which " + noun(m.To) + " in " + systemName(apiOf(m.To)) + " belongs to " + strings.Join(of, " and ")
}

// systemName names an API for people: "Salesforce" for "salesforce".
func systemName(api string) string {
	first, rest := cutFirst(api)
	return strings.ToUpper(first) + rest
}

func cutFirst(s string) (first, rest string) {
	for i := range s {
		if i > 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// noun names one of an object in words: "opportunity line item" for
// "salesforce.OpportunityLineItem", "product" for "Product2".
func noun(object string) string {
	var b strings.Builder
	name := strings.TrimRight(strings.TrimSuffix(short(object), "__c"), "0123456789")
	lower := false
	for _, r := range name {
		switch {
		case r == '_':
			r = ' '
		case unicode.IsUpper(r) && lower:
			b.WriteByte(' ')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// a puts the article before a noun.
func a(noun string) string {
	article := "a "
	if strings.ContainsRune("aeiou", []rune(noun + " ")[0]) && !strings.HasPrefix(noun, "us") && !strings.HasPrefix(noun, "uni") {
		article = "an "
	}
	return article + noun
}

// plural is several of a noun.
func plural(noun string) string {
	if stem, ok := strings.CutSuffix(noun, "y"); ok && stem != "" && !strings.ContainsRune("aeiou", rune(stem[len(stem)-1])) {
		return stem + "ies"
	}
	for _, end := range []string{"s", "x", "z", "ch", "sh"} {
		if strings.HasSuffix(noun, end) {
			return noun + "es"
		}
	}
	return noun + "s"
}
