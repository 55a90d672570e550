package app

import (
	"context"

	"github.com/planwright/planwright/runtime/localengine"
)

// Inbox is what triggers saw, and by which paths.
type Inbox struct {
	// Events are oldest first, plan by plan.
	Events []localengine.Sighting `json:"events"`
	// Paths counts events by the path that saw each first.
	Paths map[string]int `json:"paths"`
	// OnlyOne counts, by path, the events that no other path saw. The daily sweep sees
	// everything again and is not counted as another.
	OnlyOne map[string]int `json:"only_one"`
}

// Inbox lists the events of one plan, or of all for "". With onlyOne it lists those that a
// single path saw; the counts are of all the same. What was left alone when a plan began is
// listed with the reason, and counted under its path.
func (a *App) Inbox(_ context.Context, planName string, onlyOne bool) (Inbox, error) {
	l, err := a.open()
	if err != nil {
		return Inbox{}, err
	}
	in := Inbox{Events: []localengine.Sighting{}, Paths: map[string]int{}, OnlyOne: map[string]int{}}
	for s, err := range l.engine.Sightings() {
		if err != nil {
			return in, err
		}
		if planName != "" && s.Plan != planName {
			continue
		}
		in.Paths[s.Seen]++
		if len(s.Also) == 0 {
			in.OnlyOne[s.Seen]++
		} else if onlyOne {
			continue
		}
		in.Events = append(in.Events, s)
	}
	return in, nil
}
