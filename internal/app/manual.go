package app

import (
	"context"
	"fmt"

	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/trigger"
)

// Begin says how a plan begins; Start is a way to.
type (
	Begin = trigger.Begin
	Start = trigger.Start
)

// RunRecords runs one approved plan for the records of these ids, as if a trigger had seen
// them: the plan's condition is judged, and a key that ran does not run again. It drives runs
// like [App.RunOnce], without polling.
func (a *App) RunRecords(ctx context.Context, ref string, ids []string) (Report, error) {
	return a.runOnce(ctx, ref, func(p *trigger.Poller, ctx context.Context, w trigger.Watch) (trigger.Seen, error) {
		if err := onlyChanges(w); err != nil {
			return trigger.Seen{}, err
		}
		t := w.Checked.Plan.Trigger
		seen := trigger.Seen{Changed: len(ids)}
		fields, err := p.Fields(w)
		if err != nil {
			return seen, err
		}
		for _, id := range ids {
			record, err := p.Fetch(ctx, t.API, t.Object, id, fields)
			if err != nil {
				return seen, err
			}
			if record.Gone {
				return seen, problem(fmt.Errorf("%s has no %s %.80q", t.API, t.Object, id), "planwright why "+t.API+" "+id)
			}
			key, fresh, err := p.Consider(ctx, w, record.Fields, localengine.SeenManual)
			switch {
			case err != nil:
				return seen, err
			case key == "":
				return seen, problem(fmt.Errorf("%s %s does not qualify: the condition does not hold: %s", t.Object, id, t.When.Expr), "planwright why "+t.API+" "+id)
			case fresh:
				seen.Admitted++
			default:
				seen.Known = append(seen.Known, key)
			}
		}
		return seen, nil
	})
}

// onlyChanges refuses what needs records to name: a plan that waits for something else.
func onlyChanges(w trigger.Watch) error {
	name := w.Checked.Plan.Name
	return noRecords(w.Checked.Plan, "planwright run "+name+" --once")
}

// noRecords is nil for a plan that waits for changes of records.
func noRecords(p *plan.Plan, next string) error {
	what := "deletions"
	switch p.Trigger.Kind {
	case plan.OnChange:
		return nil
	case plan.OnSchedule:
		what = "the clock"
	}
	return problem(fmt.Errorf("plan %s waits for %s: no record can be named for it", p.Name, what), next)
}
