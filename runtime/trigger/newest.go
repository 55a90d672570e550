package trigger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/plan"
)

// lately bounds how far back [Poller.Newest] looks first in a list that comes in the order
// of its stamps, oldest first.
const lately = 30 * 24 * time.Hour

// newestLook bounds how many records a query is asked for at first, by how many are wanted.
const newestLook = 20

// Newest returns the ids of the records that qualify for a plan now, those that changed last
// first, and no more than so many. It admits nothing and moves no watermark. The error is
// the context's, or [Unreachable].
func (p *Poller) Newest(ctx context.Context, w Watch, most int) ([]string, error) {
	q, err := p.question(w)
	if err != nil {
		return nil, err
	}
	for _, all := range []bool{false, true} {
		rows, err := p.last(ctx, q, most*newestLook, all)
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(rows, func(x, y map[string]any) int {
			return stampOf(y, q.change.Field).Compare(stampOf(x, q.change.Field))
		})
		var ids []string
		for _, row := range rows {
			if _, ok := q.event(row, ""); ok && len(ids) < most {
				ids = append(ids, fmt.Sprint(row[q.object.Key]))
			}
		}
		if len(ids) == most || all {
			return ids, nil
		}
	}
	return nil, nil // unreachable
}

// last asks for the records that changed last, or for all.
func (p *Poller) last(ctx context.Context, q *question, most int, all bool) ([]map[string]any, error) {
	if q.change.Since != "" {
		if all {
			return p.list(ctx, q, "", time.Time{})
		}
		return p.list(ctx, q, plan.Ge, p.Now().Add(-lately))
	}
	args := apicall.Args{Query: &apicall.Query{
		Select: q.fields, From: q.w.Checked.Plan.Trigger.Object, Order: []string{q.change.Field + " DESC", q.change.Order},
	}}
	if !all {
		args.Query.Limit = most
	}
	if len(q.flags) > 0 {
		args.Query.Where = apicall.All(q.flags...)
	}
	return p.call(ctx, q, args)
}
