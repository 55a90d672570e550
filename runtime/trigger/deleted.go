package trigger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Gap is a span of time of which the vendor no longer tells what was deleted in it: nobody
// asked for too long, or records were purged. Only a comparison of both sides finds it.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// deletion is what is asked of the vendor for a plan that waits for deletions.
type deletion struct {
	catalog.Deletion
	w       Watch
	plan    string
	api     *catalog.API
	op      *catalog.Operation
	object  *schema.Object
	trigger plan.Digest
}

// deletedIn is the answer for a span of time.
type deletedIn struct {
	rows              []map[string]any // as plans see them
	covered, earliest time.Time
}

func (p *Poller) deletion(w Watch) (*deletion, error) {
	t := w.Checked.Plan.Trigger
	d := &deletion{w: w, plan: w.Checked.Plan.Name}
	var ok bool
	if d.api, ok = p.Catalog.API(t.API); !ok {
		return nil, fmt.Errorf("poll %s: api %s is not known", d.plan, t.API)
	}
	if d.Deletion, ok = d.api.Deletions[t.Object]; !ok {
		return nil, fmt.Errorf("poll %s: deletions of %s.%s cannot be seen", d.plan, t.API, t.Object)
	}
	if d.op, ok = p.Catalog.Operation(t.API + "." + d.Operation); !ok {
		return nil, fmt.Errorf("poll %s: operation %s.%s is not known", d.plan, t.API, d.Operation)
	}
	if d.object, ok = p.Catalog.Object(t.API + "." + t.Object); !ok {
		return nil, fmt.Errorf("poll %s: object %s.%s is not known", d.plan, t.API, t.Object)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{t.API, t.Object, t.Kind, t.When.Expr, t.Key.Expr}, "\x00")))
	d.trigger = plan.Digest("sha256:" + hex.EncodeToString(sum[:]))
	return d, nil
}

// pollDeleted asks once what was deleted since the last answer was complete, and admits it.
// What the vendor calls complete has no holes, so a sweep asks for no more.
func (p *Poller) pollDeleted(ctx context.Context, w Watch, sweep bool) (Seen, error) {
	d, err := p.deletion(w)
	if err != nil {
		return Seen{}, err
	}
	at, _, err := p.load(w)
	if err != nil {
		return Seen{}, err
	}
	got, start, err := p.reachable(ctx, d, at.Stamp)
	if err != nil {
		return Seen{}, err
	}
	seen := Seen{Changed: len(got.rows)}
	if start.After(at.Stamp) {
		seen.Gap = &Gap{at.Stamp, start}
		at.Gaps = append(at.Gaps, *seen.Gap)
		p.Log.Error("deletions cannot be asked for any more", "plan", d.plan, "from", at.Stamp, "to", start)
	}
	at.Trigger = d.trigger
	at.see(got.covered)
	if sweep {
		at.Swept = p.Now().UTC()
	}
	pair := at.pair(d.plan)
	seen.Admitted, err = p.Inbox.Admit(ctx, d.events(got.rows, localengine.SeenPoll, ""), &pair)
	return seen, err
}

// baselineDeleted fixes where a plan begins: at the instant up to which the vendor says its
// answer is complete. What was deleted before is left alone.
func (p *Poller) baselineDeleted(ctx context.Context, w Watch) error {
	d, err := p.deletion(w)
	if err != nil {
		return err
	}
	at, known, err := p.load(w)
	if err != nil {
		return err
	}
	if at.Trigger = d.trigger; known && !w.First && w.Begin.How == "" {
		pair := at.pair(d.plan)
		_, err = p.Inbox.Admit(ctx, nil, &pair)
		return err
	}
	got, err := p.deletedSince(ctx, d, p.Now())
	if err == nil && got.covered.Before(p.Now().Truncate(time.Minute)) {
		// Our clock is ahead, or a save that began earlier is under way: what it deletes is
		// new, but what others deleted meanwhile is not.
		got, err = p.deletedSince(ctx, d, got.covered)
	}
	if err != nil {
		return err
	}
	at.Stamp = got.covered
	pair := at.pair(d.plan)
	_, err = p.Inbox.Admit(ctx, d.events(got.rows, localengine.SeenBaseline, ignoredBefore), &pair)
	return err
}

// reachable asks for what was deleted since start, or since the first instant that the
// vendor still knows of, and says which it was.
func (p *Poller) reachable(ctx context.Context, d *deletion, start time.Time) (deletedIn, time.Time, error) {
	got, err := p.deletedSince(ctx, d, start)
	if away, ok := err.(*Unreachable); ok && d.Earliest != "" && (away.Outcome.Class == catalog.ClassBug || away.Outcome.Class == catalog.ClassData) { //nolint:errorlint // made here
		now, e := p.deletedSince(ctx, d, p.Now())
		if e != nil || !now.earliest.After(start) {
			return got, start, err
		}
		first := now.earliest.Add(time.Minute - time.Nanosecond).Truncate(time.Minute)
		got, err = p.deletedSince(ctx, d, first)
		return got, first, err
	}
	if err == nil && got.earliest.After(start) {
		return got, got.earliest, nil
	}
	return got, start, err
}

// deletedSince asks for what was deleted from the minute of start until now.
func (p *Poller) deletedSince(ctx context.Context, d *deletion, start time.Time) (deletedIn, error) {
	start = start.UTC().Truncate(time.Minute)
	end := p.Now().UTC().Truncate(time.Minute)
	if !end.After(start) {
		end = start
	}
	params := map[string]any{d.Start: start.Format(time.RFC3339), d.End: end.Add(time.Minute).Format(time.RFC3339)}
	if d.Object != "" {
		params[d.Object] = d.w.Checked.Plan.Trigger.Object
	}
	value, err := p.callFor(ctx, d.plan, d.api, d.op, apicall.Args{Params: params})
	if err != nil {
		return deletedIn{}, err
	}
	answer, _ := value.(map[string]any)
	got := deletedIn{covered: instantOf(answer[d.Covered]), earliest: instantOf(answer[d.Earliest])}
	if got.covered.IsZero() {
		return got, fmt.Errorf("poll %s: %s.%s does not say up to when its answer is complete", d.plan, d.api.Name, d.Operation)
	}
	list, _ := answer[d.Rows].([]any)
	for _, x := range list {
		row, _ := x.(map[string]any)
		id, _ := row[d.ID].(string)
		when := instantOf(row[d.At])
		if id == "" || when.IsZero() {
			return got, fmt.Errorf("poll %s: %s.%s lists a deletion without an id or an instant", d.plan, d.api.Name, d.Operation)
		}
		got.rows = append(got.rows, map[string]any{d.object.Key: id, catalog.DeletedAt: when.Format(time.RFC3339Nano)})
	}
	return got, p.winners(ctx, d, got.rows)
}

// winners adds to each record the one that it was merged into, where the vendor tells.
func (p *Poller) winners(ctx context.Context, d *deletion, rows []map[string]any) error {
	if d.Winner == nil || len(rows) == 0 {
		return nil
	}
	op, ok := p.Catalog.Operation(d.api.Name + "." + d.Winner.Operation)
	if !ok {
		return fmt.Errorf("poll %s: operation %s.%s is not known", d.plan, d.api.Name, d.Winner.Operation)
	}
	key := d.object.Key
	for part := range slices.Chunk(rows, plan.MaxIn) {
		ids := make([]any, len(part))
		for i, row := range part {
			ids[i] = row[key]
		}
		value, err := p.callFor(ctx, d.plan, d.api, op, apicall.Args{Query: &apicall.Query{
			Select: []string{key, d.Winner.Field}, From: d.w.Checked.Plan.Trigger.Object,
			Where: apicall.All(apicall.Cond{Field: key, Op: plan.In, Value: ids, Type: schema.Type{Kind: schema.String}}),
		}})
		if err != nil {
			return err
		}
		winner := map[any]any{}
		for _, row := range records(value) {
			winner[row[key]] = row[d.Winner.Field]
		}
		for _, row := range part {
			if into, ok := winner[row[key]].(string); ok && into != "" {
				row[catalog.MergedInto] = into
			}
		}
	}
	return nil
}

// events makes the events of those deletions that qualify. One on which the condition
// cannot be judged becomes an event all the same: its run says why.
func (d *deletion) events(rows []map[string]any, seen, ignore string) []localengine.Event {
	var out []localengine.Event
	for _, row := range rows {
		vars := map[string]any{d.w.Checked.Plan.Trigger.As: row}
		holds, _, err := d.w.Checked.Expr("/trigger/when").Eval(vars, nil)
		if err == nil && holds != true {
			continue
		}
		id := fmt.Sprint(row[d.object.Key])
		key, _, err := d.w.Checked.Expr("/trigger/key").Eval(vars, nil)
		text, ok := key.(string)
		if err != nil || !ok || text == "" {
			text = id
		}
		out = append(out, localengine.Event{
			Plan: d.plan, Digest: d.w.Checked.Digest, Approval: d.w.Approval, Key: text, Record: id, Seen: seen,
			Stamp: fmt.Sprint(row[catalog.DeletedAt]), Given: row, Ignore: ignore,
		})
	}
	return out
}

// instantOf reads an instant as vendors write it; zero when there is none.
func instantOf(v any) time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, fmt.Sprint(v)); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
