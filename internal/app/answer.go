package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
)

// Answer lets a run go on by a person's answer: to the question of an ask step, or about a
// write whose answer was lost. r.Path may be empty; then the question it is held for is
// meant. What is not among the answers is refused, and nothing changes.
func (a *App) Answer(ctx context.Context, ref string, r engine.Reply) error {
	l, v, err := a.find(ref)
	if err != nil {
		return err
	}
	if err := l.engine.Reply(ctx, v.ID, r); err != nil {
		return problem(err, "planwright runs show "+v.ID)
	}
	return nil
}

// howToAnswer is the command that answers what a run asks; "" when it asks nothing.
func howToAnswer(s localengine.Summary) string {
	choices := s.Hold.Choices()
	if len(choices) == 0 {
		return ""
	}
	words := make([]string, len(choices))
	for i, c := range choices {
		words[i] = shellWords([]string{c})
		if c == engine.Happened && s.Hold.Needs != "" {
			words[i] += " --record ID"
		}
	}
	text := fmt.Sprintf("planwright runs answer %s %s", s.ID, words[0])
	if rest := words[1:]; len(rest) > 0 {
		text += ", or " + strings.Join(rest, ", or ") + " in its place"
	}
	return text
}

// Given is one value that a run gave.
type Given struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Gave lists what a run that is done gave, by name.
func (v RunView) Gave() []Given {
	var out []Given
	for _, name := range slices.Sorted(maps.Keys(v.Outputs)) {
		out = append(out, Given{name, outputText(v.Outputs[name])})
	}
	return out
}

// outputText writes one value for a person: text without its quotes, all else as it is.
func outputText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}
