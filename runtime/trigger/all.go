package trigger

import (
	"context"
	"slices"
	"time"
)

// All asks for every record that qualifies for a plan now, with the named fields besides those
// that its trigger reads. It admits nothing and moves no watermark. The error is the
// context's, or [Unreachable].
func (p *Poller) All(ctx context.Context, w Watch, fields ...string) (map[string]map[string]any, error) {
	q, err := p.question(w)
	if err != nil {
		return nil, err
	}
	q.fields = append(q.fields, fields...)
	slices.Sort(q.fields)
	q.fields = slices.Compact(q.fields)
	rows, err := p.ask(ctx, q, "", time.Time{})
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]any{}
	for _, row := range rows {
		if ev, ok := q.event(row, ""); ok {
			out[ev.Record] = row
		}
	}
	return out, nil
}

// KeyOf returns the key under which a plan's run for a record is known: what its trigger
// makes of the record as it is now.
func (w Watch) KeyOf(record map[string]any) string {
	v, _, err := w.Checked.Expr("/trigger/key").Eval(map[string]any{w.Checked.Plan.Trigger.As: record}, nil)
	if text, ok := v.(string); ok && err == nil {
		return text
	}
	return ""
}
