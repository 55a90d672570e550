package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/planwright/planwright/runtime/plan"
)

// askStep holds the run until a person has answered. What was read is forgotten at the
// answer, so the run goes on with the record as it is then. The answer was given to what the
// person saw: where that is something else by now, they are asked again, unless something
// was written on the strength of the answer.
func (w *walk) askStep(pointer, path string, st *plan.Step) (any, error) {
	h, err := w.question(pointer, path, st)
	if err != nil {
		return nil, err
	}
	said, ok := w.answered(h)
	if !ok {
		return nil, do(Action{Kind: DoHold, Path: path, Hold: h})
	}
	if len(st.Answers) == 0 {
		return said == plan.Yes, nil
	}
	return said, nil
}

// question is the hold of an ask step: the words, and what is shown, in the order of names.
func (w *walk) question(pointer, path string, st *plan.Step) (Hold, error) {
	h := Hold{Code: HoldAsk, Path: path, Answers: st.Choices()}
	text, _, err := w.value(pointer+"/ask", path, st.Question)
	if err != nil {
		return h, err
	}
	h.Message = shownText(text)
	for _, name := range slices.Sorted(maps.Keys(st.Show)) {
		v := st.Show[name]
		x, _, err := w.value(plan.Join(pointer+"/show", name), path, &v)
		if err != nil {
			return h, err
		}
		h.Show = append(h.Show, Shown{Name: name, Value: shownText(x)})
	}
	return h, nil
}

// answered finds the answer to a question: the last that was given to it. Within an each,
// whose list may be another by now, only the words tell which question was answered: an
// answer counts wherever its element stands, and once.
func (w *walk) answered(h Hold) (string, bool) {
	words, inside := h.words(), place.MatchString(h.Path)
	for _, samePath := range []bool{true, false} {
		for i, a := range slices.Backward(w.s.replies) {
			id := fmt.Sprintf("reply %d", i)
			switch {
			case samePath && a.Path != h.Path || place.ReplaceAllString(a.Path, "") != place.ReplaceAllString(h.Path, ""):
			case !inside:
				return a.Answer, a.words == words || w.s.acted(a)
			case a.words == words && !w.counted[id]:
				w.counted[id] = true
				return a.Answer, true
			}
		}
	}
	return "", false
}

// outputs evaluates what the run gives. One that needs a step that was skipped is absent, as
// is one whose value is.
func (w *walk) outputs() (map[string]json.RawMessage, error) {
	var out map[string]json.RawMessage
	for _, name := range slices.Sorted(maps.Keys(w.p.Checked.Plan.Outputs)) {
		if slices.ContainsFunc(w.p.Checked.OutputNeeds(name), func(id plan.StepID) bool { _, ran := w.vars[string(id)]; return !ran }) {
			continue
		}
		at := "outputs/" + name
		v := w.p.Checked.Plan.Outputs[name]
		x, present, err := w.value("/"+at, at, &v)
		if err != nil {
			return nil, err
		}
		if !present {
			continue
		}
		raw, err := json.Marshal(x)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		if out == nil {
			out = map[string]json.RawMessage{}
		}
		out[name] = raw
	}
	return out, nil
}
