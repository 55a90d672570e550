package trigger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/schema"
)

// Look reads the named records of the watched object as they are now and admits those that
// qualify: somebody hinted that they changed. The watermark stays, as no poll was made; pair,
// when not nil, is stored with the events, so that whoever hints remembers the hint as done
// exactly when it is. A hint that names no record only stores pair.
//
// Where the vendor is asked by a list and not by a query, all that changed since the
// watermark is read: such a list takes no ids.
func (p *Poller) Look(ctx context.Context, w Watch, ids []string, seen string, pair *journal.Pair) (Seen, error) {
	q, err := p.question(w)
	if err != nil {
		return Seen{}, err
	}
	at, known, err := p.load(w)
	switch {
	case err != nil:
		return Seen{}, err
	case !known || at.Trigger != q.trigger:
		// What is to be left alone is not known yet: only a poll may say it.
		if _, err := p.Poll(ctx, w); err != nil {
			return Seen{}, err
		}
	}
	var got Seen
	var events []localengine.Event
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), plan.MaxIn) {
		rows, err := p.named(ctx, q, part, at.Stamp)
		if err != nil {
			return Seen{}, err
		}
		got.Changed += len(rows)
		for _, row := range rows {
			if ev, ok := q.event(row, seen); ok {
				events = append(events, ev)
			}
		}
	}
	got.Admitted, err = p.Inbox.Admit(ctx, events, pair)
	return got, err
}

// named reads records by their ids, those that qualify as far as the vendor can tell.
func (p *Poller) named(ctx context.Context, q *question, ids []string, since time.Time) ([]map[string]any, error) {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = id
	}
	if q.change.Since != "" {
		rows, err := p.list(ctx, q, plan.Ge, since.Add(-Overlap))
		return slices.DeleteFunc(rows, func(row map[string]any) bool { return !slices.Contains(ids, fmt.Sprint(row[q.object.Key])) }), err
	}
	key := apicall.Cond{Field: q.object.Key, Op: plan.In, Value: list, Type: schema.Type{Kind: schema.String}}
	return p.call(ctx, q, apicall.Args{Query: &apicall.Query{
		Select: q.fields, From: q.w.Checked.Plan.Trigger.Object, Order: []string{q.object.Key}, Where: apicall.All(append(slices.Clone(q.flags), key)...),
	}})
}
