package rules

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/specs/schema"
)

// findSource resolves what starts a run: an object whose changes can be seen.
func (f *frame) findSource() {
	candidates := f.sources()
	said := "the record that starts a run"
	if len(f.r.source) > 0 {
		said = f.r.source[0].words
	}
	if len(candidates) == 0 {
		f.problem(no(codeCannot, said, "Changes of %q cannot start a run: no known API reports them.", said))
		return
	}
	fit := slices.DeleteFunc(narrow(candidates, f.r.sourced), func(o string) bool { return !f.canSay(o) })
	switch {
	case len(fit) == 1:
		f.source, _ = f.cat.Object(fit[0])
		api, _, _ := strings.Cut(fit[0], ".")
		f.sourceAPI, _ = f.cat.API(api)
	case len(fit) > 1:
		f.problem(ask(codeAmbiguous, said, f.oneOf(f.r.source, fit), "%q can mean more than one kind of record. Which one?", said))
	case len(narrow(candidates, f.r.sourced)) == 0:
		f.problem(ask(codeUnknown, mentions(f.r.sourced), f.elsewhere(f.r.sourced, candidates), "%q does not start in %s. Where does it?", said, mentions(f.r.sourced)))
	default:
		f.problem(ask(codeUnknown, f.stateWords(), nil, "What does %q mean for %s? It has no such state.", f.stateWords(), humanName(candidates[0])))
	}
}

// watched lists the objects whose changes can be seen, in the catalog's order.
func (f *frame) watched() []string {
	var out []string
	for _, api := range f.cat.APIs() {
		for _, o := range f.cat.Objects(api.Name) {
			if _, ok := api.Changes[short(o)]; ok {
				out = append(out, o)
			}
		}
	}
	return out
}

// reattach settles APIs named behind "for every won deal in …": they are where the deal
// is, unless no API of that name has such records; then they are where the action is.
func (f *frame) reattach() {
	candidates := f.sources()
	for _, m := range f.r.loose {
		if len(narrow(candidates, []mention[[]string]{m})) == 0 {
			f.r.targeted = append(f.r.targeted, m)
		} else {
			f.r.sourced = append(f.r.sourced, m)
		}
	}
}

// sources lists the objects that the record starting a run may be.
func (f *frame) sources() []string {
	candidates := f.watched()
	if len(f.r.source) == 0 {
		return candidates
	}
	return slices.DeleteFunc(candidates, func(o string) bool { return !slices.Contains(f.r.source[0].value, o) })
}

// canSay reports whether an object has the state that the goal speaks of.
func (f *frame) canSay(object string) bool {
	o, ok := f.cat.Object(object)
	if !ok {
		return false
	}
	if f.r.won != nil {
		return hasFlag(o, "won") != ""
	}
	if f.r.flag != nil {
		return hasFlag(o, f.r.flag.value) != ""
	}
	for _, s := range f.r.stages {
		if _, ok := stageField(o, s.value); !ok {
			return false
		}
	}
	return true
}

// stageLabel is the field that "reaches" and "moves to" speak of when the goal names none.
func stageLabel(s stageIs) string {
	if s.label == "" {
		return "stage"
	}
	return s.label
}

// stageField is the field that a stage is a value of. People say status or state for the
// stage of a record that has no such field.
func stageField(o *schema.Object, s stageIs) (schema.Field, bool) {
	f, ok := fieldOf(o, s.field, stageLabel(s))
	if !ok && slices.Contains([]string{"status", "state", "phase"}, s.label) {
		return fieldOf(o, nil, "stage")
	}
	return f, ok
}

// stateWords is what the goal calls the state.
func (f *frame) stateWords() string {
	switch {
	case f.r.won != nil:
		return f.r.won.words
	case f.r.flag != nil:
		return f.r.flag.words
	}
	return mentions(f.r.stages)
}

// hasFlag returns the yes-or-no field that says a word, "IsWon" for "won".
func hasFlag(o *schema.Object, word string) string {
	for _, f := range o.Fields {
		w := words(f.Name)
		if f.Type.Kind == schema.Bool && len(w) > 1 && (w[0] == "is" || w[0] == "has") && strings.Join(w[1:], " ") == word {
			return f.Name
		}
	}
	return ""
}

// fieldOf picks the object's field among those a phrase may mean, or the one whose
// label is the phrase.
func fieldOf(o *schema.Object, refs []fieldRef, label string) (schema.Field, bool) {
	var shortest schema.Field
	for _, f := range o.Fields {
		named := slices.Contains(refs, fieldRef{o.Name, f.Name}) || (len(refs) == 0 && slices.Contains(labels(f), label))
		if named && (shortest.Name == "" || len(f.Name) < len(shortest.Name)) {
			shortest = f
		}
	}
	return shortest, shortest.Name != ""
}
