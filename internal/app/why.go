package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/trigger"
)

// WhyView tells what is known of one record of one system.
type WhyView struct {
	System string `json:"system"`
	ID     string `json:"id"`
	// Sightings are the events by which triggers saw it.
	Sightings []localengine.Sighting `json:"sightings"`
	// Runs are those it started, and those that wrote it, with their stories.
	Runs []RunView `json:"runs"`
	// Watched says, for each approved plan that watches records of the system, what its
	// trigger makes of the record as it is now.
	Watched []Watched `json:"watched"`
}

// Watched is what a plan's trigger makes of a record now.
type Watched struct {
	Plan   string `json:"plan"`
	Object string `json:"object"`
	// Qualifies is whether the condition holds, as far as the record could be judged.
	Qualifies bool   `json:"qualifies"`
	Text      string `json:"text"`
}

// Why tells, for any record of a connected system, whether it was seen, by which path, what
// came of it, and what happens next.
func (a *App) Why(ctx context.Context, system, id string) (WhyView, error) {
	v := WhyView{System: system, ID: id, Sightings: []localengine.Sighting{}, Runs: []RunView{}, Watched: []Watched{}}
	l, err := a.open()
	if err != nil {
		return v, err
	}
	if _, ok := l.cat.API(system); !ok {
		var names []string
		for _, api := range l.cat.APIs() {
			names = append(names, api.Name)
		}
		return v, problem(fmt.Errorf("why: system %.40q: %w", system, ErrNotFound), "one of: "+strings.Join(names, ", "))
	}
	if err := a.sighted(l, &v); err != nil {
		return v, err
	}
	return v, a.watched(ctx, l, &v)
}

// sighted fills in what the journal knows.
func (a *App) sighted(l *live, v *WhyView) error {
	runs := map[string]bool{}
	for s, err := range l.engine.Sightings() {
		if err != nil {
			return err
		}
		if s.Record != v.ID && s.Key != v.ID || l.system(s.Plan) != v.System {
			continue
		}
		v.Sightings = append(v.Sightings, s)
		runs[s.Run] = true
	}
	all, err := a.Runs("", "")
	if err != nil {
		return err
	}
	for _, r := range all {
		wrote := false
		if !runs[r.ID] {
			if wrote, err = l.wrote(r.ID, v.System, v.ID); err != nil {
				return err
			}
		}
		if !runs[r.ID] && !wrote {
			continue
		}
		if r, err = a.Run(r.ID); err != nil {
			return err
		}
		v.Runs = append(v.Runs, r)
	}
	return nil
}

// system names the API whose records start runs of a plan.
func (l *live) system(name string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, err := l.newest(name)
	if err != nil {
		return ""
	}
	return p.Trigger.API
}

// wrote reports whether a run sent or got back the text, as an id or a natural key, in a
// call to the system.
func (l *live) wrote(run, system, id string) (bool, error) {
	if kept, ok, err := l.kept(run); ok || err != nil {
		return slices.ContainsFunc(kept.Writes, func(w ledgerWrite) bool {
			return strings.HasPrefix(w.Operation, system+".") && (w.Record == id || strings.HasSuffix(w.Natural, id))
		}), err
	}
	entries, err := l.engine.Record(run)
	if err != nil {
		return false, err
	}
	paths := map[string]bool{}
	for _, e := range entries {
		switch e.Kind {
		case engine.KindIntent:
			s := as[engine.Intent](e)
			paths[s.Path] = strings.HasPrefix(s.Request.Operation, system+".")
			if paths[s.Path] && strings.HasSuffix(s.Natural, id) {
				return true, nil
			}
		case engine.KindOutcome:
			s := as[engine.WriteOutcome](e)
			if paths[s.Path] && holds(s.Outcome.Value, id) {
				return true, nil
			}
		default:
		}
	}
	return false, nil
}

// holds reports whether one of the plain members of a record is the text.
func holds(value any, text string) bool {
	m, _ := value.(map[string]any)
	for _, x := range m {
		if s, ok := x.(string); ok && s == text {
			return true
		}
	}
	return false
}

// watched asks the vendor what the triggers of approved plans make of the record now.
func (a *App) watched(ctx context.Context, l *live, v *WhyView) error {
	for _, name := range slices.Sorted(slices.Values(l.approved())) {
		w, err := l.watch(name)
		var p *Problem
		switch {
		case errors.As(err, &p):
			if l.system(name) == v.System {
				v.Watched = append(v.Watched, Watched{Plan: name, Text: p.Error()})
			}
			continue
		case err != nil:
			return err
		case w.Checked.Plan.Trigger.API != v.System:
			continue
		}
		say := Watched{Plan: name, Object: w.Checked.Plan.Trigger.Object}
		say.Qualifies, say.Text, err = l.poller.Judge(ctx, w, v.ID)
		var away *trigger.Unreachable
		if errors.As(err, &away) {
			say.Text, err = err.Error(), nil
		}
		if err != nil {
			return err
		}
		v.Watched = append(v.Watched, say)
	}
	return nil
}
