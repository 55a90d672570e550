package trigger

import (
	"context"
	"time"

	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
)

// Standing is a record that qualifies for a plan and for which it never ran.
type Standing struct {
	Record, Key string
	// Stamp is when it last changed, as the vendor says.
	Stamp time.Time
	// Left says that an earlier start took it as seen and left it alone.
	Left bool
	// Behind says that it changed after what the plan has seen: a plan that goes on from
	// where it was takes it.
	Behind bool
}

// Standing asks for every record that qualifies now and for which the plan never ran: what
// each way to begin decides about. It admits nothing and moves no watermark. A plan that
// waits for deletions or a clock has none. The error is the context's, or [Unreachable].
func (p *Poller) Standing(ctx context.Context, w Watch) ([]Standing, error) {
	if w.Checked.Plan.Trigger.Kind != plan.OnChange {
		return nil, nil
	}
	q, err := p.question(w)
	if err != nil {
		return nil, err
	}
	at, known, err := p.load(w)
	if err != nil {
		return nil, err
	}
	rows, err := p.ask(ctx, q, "", time.Time{})
	if err != nil {
		return nil, err
	}
	var out []Standing
	for _, row := range rows {
		ev, ok := q.event(row, "")
		if !ok {
			continue
		}
		ran, left, err := localengine.Taken(p.Journal, ev.Plan, ev.Key)
		if err != nil {
			return nil, err
		}
		if ran {
			continue
		}
		stamp := stampOf(row, q.change.Field)
		out = append(out, Standing{
			Record: ev.Record, Key: ev.Key, Stamp: stamp, Left: left,
			Behind: known && !w.First && !left && !stamp.Before(at.Stamp.Add(-Overlap)),
		})
	}
	return out, nil
}

// Backfill runs a plan that is in force for the records that qualify and changed since an
// instant, what an earlier start left alone with them. Each looks for what exists before it
// creates, and a record for which the plan ran does not run again. The watermark stays.
func (p *Poller) Backfill(ctx context.Context, w Watch, since time.Time) (Seen, error) {
	q, err := p.question(w)
	if err != nil {
		return Seen{}, err
	}
	rows, err := p.ask(ctx, q, plan.Ge, since)
	if err != nil {
		return Seen{}, err
	}
	seen := Seen{Changed: len(rows)}
	from := Begin{How: StartBackfill, Since: since}
	var events []localengine.Event
	for _, row := range rows {
		if ev, ok := q.event(row, ""); ok && from.takes(&ev, stampOf(row, q.change.Field)) {
			events = append(events, ev)
		}
	}
	seen.Admitted, err = p.Inbox.Admit(ctx, events, nil)
	return seen, err
}
