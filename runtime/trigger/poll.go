// Package trigger turns what happens at a vendor into events of the inbox.
//
// Polling is the trigger that survives everything: it asks for the records that changed
// since a watermark, minus an overlap, because a row can become visible after its stamp
// has passed. The inbox takes each event once, so asking twice costs nothing but calls.
// Only the vendor's own stamps move the watermark; the local clock never does, except for
// plans that wait for nothing but the clock of a place. Some vendors
// are asked with a query, others with a list that takes the instant since when: the
// overlay says which.
//
// Before its first poll a plan takes a baseline: records that qualified before the plan
// was approved are taken into the inbox as seen and ignored, so that touching an old
// deal never invoices it.
package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// Overlap is how far behind the watermark each poll looks again. Salesforce stamps a row
// when its transaction writes it and shows it at commit; a transaction may last 10 minutes.
const Overlap = 15 * time.Minute

// Inbox takes events. [localengine.Engine] is one.
type Inbox interface {
	Admit(ctx context.Context, events []localengine.Event, cursor *journal.Pair) (int, error)
}

// Poller polls for the plans it is given.
type Poller struct {
	Journal *journal.Journal
	Catalog *catalog.Catalog
	Caller  localengine.Caller
	Inbox   Inbox
	// Now bounds what is asked for: up to when records were deleted. It moves no watermark.
	Now func() time.Time
	Log *slog.Logger
}

// Watch is one approved plan and when it became approved.
type Watch struct {
	Checked  *check.Checked
	Approval string
	// Since is the start: what qualified before is left alone.
	Since time.Time
	// First says to [Poller.Baseline] that no version of the plan was approved yet: a
	// watermark that is there was left by an approval that came to nothing.
	First bool
	// Begin, where a person said it, is how the plan begins; the zero value leaves alone what
	// qualifies, or goes on from the watermark of an earlier approval.
	Begin Begin
	// Tenants are the far ends to which runs are bound that begin before the approval.
	Tenants map[string]string
}

// Begin says what becomes of records that qualify at the moment a plan begins.
type Begin struct {
	How   Start
	Since time.Time // for StartBackfill: what changed before is left alone
}

// Start is a way to begin.
type Start string

// The closed list of ways to begin.
const (
	StartNow      Start = "now"      // they are left alone, for ever
	StartAdopt    Start = "adopt"    // what exists for them is linked; nothing is created
	StartBackfill Start = "backfill" // they run, and what exists for them is linked first
)

// Seen says what one poll found.
type Seen struct {
	Changed  int `json:"changed"`  // records the vendor named
	Admitted int `json:"admitted"` // events that were new
	Ignored  int `json:"ignored"`  // records the baseline left alone, if this poll took it
	// Known are keys of records named by a person that were taken before.
	Known []string `json:"known,omitempty"`
	// Gap is set when deletions of a span of time can no longer be asked for.
	Gap *Gap `json:"gap,omitempty"`
	// Missed is set when several times of a schedule had passed, of which one runs.
	Missed *Missed `json:"missed,omitempty"`
}

// ignoredBefore is why an event of the baseline is taken without running it.
const ignoredBefore = "it qualified before the plan began"

// cursor is the stored watermark of one plan.
type cursor struct {
	Start time.Time `json:"start"`
	Stamp time.Time `json:"stamp"` // newest stamp seen, by the vendor's clock; of a schedule, the last due instant, by ours
	// Trigger is the condition that was judged so far: another one begins anew.
	Trigger plan.Digest `json:"trigger,omitempty"`
	// Swept is when a sweep was last done, by our clock: it decides nothing but the next one.
	Swept time.Time `json:"swept,omitzero"`
	// Gaps are spans in which deletions were not seen and never will be.
	Gaps []Gap `json:"gaps,omitempty"`
	// Missed are the newest spans of which times of a schedule did not run.
	Missed []Missed `json:"missed,omitempty"`
}

func cursorKey(planName string) string { return "cursor/" + planName }

// Poll asks once what changed and admits what qualifies. An error leaves the watermark
// where it was.
func (p *Poller) Poll(ctx context.Context, w Watch) (Seen, error) {
	return p.pollSince(ctx, w, localengine.SeenPoll)
}

// Sweep asks for everything that qualifies since the plan began and admits what no path has
// seen: what became visible later than any overlap reaches. It polls, too.
func (p *Poller) Sweep(ctx context.Context, w Watch) (Seen, error) {
	return p.pollSince(ctx, w, localengine.SeenSweep)
}

// SweptAt is when the plan was swept last, or else when it began.
func (p *Poller) SweptAt(w Watch) (time.Time, error) {
	at, _, err := p.load(w)
	if at.Swept.After(at.Start) {
		return at.Swept, err
	}
	return at.Start, err
}

// pollSince asks for what changed since the watermark, or in a sweep since the start.
func (p *Poller) pollSince(ctx context.Context, w Watch, path string) (Seen, error) {
	switch w.Checked.Plan.Trigger.Kind {
	case plan.OnDelete:
		return p.pollDeleted(ctx, w, path == localengine.SeenSweep)
	case plan.OnSchedule:
		return p.pollClock(ctx, w, path == localengine.SeenSweep)
	}
	q, err := p.question(w)
	if err != nil {
		return Seen{}, err
	}
	at, known, err := p.load(w)
	if err != nil {
		return Seen{}, err
	}
	var seen Seen
	if known {
		seen.Ignored, err = p.rebase(ctx, q, &at)
	} else {
		at.Trigger = q.trigger
		seen.Ignored, err = p.leaveAlone(ctx, q, at, plan.Lt, at.Start)
	}
	if err != nil {
		return Seen{}, err
	}
	// The overlap reaches behind the start, too: what the baseline did not see was not
	// visible then, and so qualified after it.
	from := at.Stamp
	if path == localengine.SeenSweep {
		from, at.Swept = at.Start, p.Now().UTC()
	}
	rows, err := p.ask(ctx, q, plan.Ge, from.Add(-Overlap))
	if err != nil {
		return Seen{}, err
	}
	seen.Changed = len(rows)
	var events []localengine.Event
	for _, row := range rows {
		at.see(stampOf(row, q.change.Field))
		if ev, ok := q.event(row, path); ok {
			events = append(events, ev)
		}
	}
	pair := at.pair(q.plan)
	seen.Admitted, err = p.Inbox.Admit(ctx, events, &pair)
	return seen, err
}

// Baseline fixes where a plan begins, at the moment a person approves it: every record that
// qualifies now is taken as seen and left alone, and the watermark is the newest stamp of
// any record, so that no clock but the vendor's counts. A plan that has a watermark keeps
// it; under another condition, what was seen and left alone so far stays so.
func (p *Poller) Baseline(ctx context.Context, w Watch) error {
	switch w.Checked.Plan.Trigger.Kind {
	case plan.OnDelete:
		return p.baselineDeleted(ctx, w)
	case plan.OnSchedule:
		return p.baselineClock(ctx, w)
	}
	q, err := p.question(w)
	if err != nil {
		return err
	}
	at, known, err := p.load(w)
	switch {
	case err != nil:
		return err
	case !known || w.First || w.Begin.How != "":
		at.Trigger = q.trigger
		_, err = p.leaveAlone(ctx, q, at, "", time.Time{})
	default:
		_, err = p.rebase(ctx, q, &at)
	}
	return err
}

// rebase takes over the watermark of an earlier version of the plan that had another
// condition.
func (p *Poller) rebase(ctx context.Context, q *question, at *cursor) (int, error) {
	if at.Trigger == q.trigger {
		return 0, nil
	}
	at.Trigger = q.trigger
	return p.leaveAlone(ctx, q, *at, plan.Le, at.Stamp)
}

// leaveAlone takes the records that qualify, and whose stamp compares so with the given
// one (an empty op takes all), as seen, and stores the watermark.
func (p *Poller) leaveAlone(ctx context.Context, q *question, at cursor, op plan.Op, stamp time.Time) (int, error) {
	rows, err := p.ask(ctx, q, op, stamp)
	if err != nil {
		return 0, err
	}
	if op == "" && len(rows) > 0 {
		at.Stamp = time.Time{}
	}
	var events []localengine.Event
	for _, row := range rows {
		at.see(stampOf(row, q.change.Field))
		if ev, ok := q.event(row, localengine.SeenBaseline); ok {
			if op != "" || !q.w.Begin.takes(&ev, stampOf(row, q.change.Field)) {
				ev.Ignore = ignoredBefore
			}
			ev.Tenants = q.w.Tenants
			events = append(events, ev)
		}
	}
	pair := at.pair(q.plan)
	n, err := p.Inbox.Admit(ctx, events, &pair)
	if err == nil {
		p.Log.Info("baseline taken", "plan", q.plan, "ignored", n)
	}
	return n, err
}

// takes lets the event of a record that qualified before the plan began run all the same,
// if that was chosen.
func (b Begin) takes(ev *localengine.Event, stamp time.Time) bool {
	switch {
	case b.How == StartAdopt:
		ev.Adopt, ev.Reopen = engine.AdoptOnly, true
	case b.How == StartBackfill && !stamp.Before(b.Since):
		ev.Seen, ev.Adopt, ev.Reopen = localengine.SeenBackfill, engine.AdoptFirst, true
	default:
		return false
	}
	return true
}

// see moves the watermark to a record's stamp if that is newer.
func (c *cursor) see(stamp time.Time) {
	if stamp.After(c.Stamp) {
		c.Stamp = stamp
	}
}

func (p *Poller) load(w Watch) (cursor, bool, error) {
	at := cursor{Start: w.Since.UTC().Truncate(time.Second)}
	at.Stamp = at.Start
	raw, ok, err := p.Journal.Get(cursorKey(w.Checked.Plan.Name))
	if err != nil || !ok {
		return at, false, err
	}
	err = json.Unmarshal(raw, &at)
	return at, err == nil, err
}

func (c cursor) pair(planName string) journal.Pair {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // unreachable: two times
	}
	return journal.Pair{Key: cursorKey(planName), Value: b}
}

// event makes the event of a row, if the row qualifies. A row on which the condition
// cannot be evaluated becomes an event all the same: its run says why, and nothing is
// forgotten in silence.
func (q *question) event(row map[string]any, seen string) (localengine.Event, bool) {
	vars := map[string]any{q.w.Checked.Plan.Trigger.As: row}
	id := fmt.Sprint(row[q.object.Key])
	holds, _, err := q.w.Checked.Expr("/trigger/when").Eval(vars, nil)
	if err == nil && holds != true {
		return localengine.Event{}, false
	}
	key, _, err := q.w.Checked.Expr("/trigger/key").Eval(vars, nil)
	text, ok := key.(string)
	if err != nil || !ok || text == "" {
		text = id
	}
	return localengine.Event{
		Plan: q.plan, Digest: q.w.Checked.Digest, Approval: q.w.Approval, Key: text, Record: id, Seen: seen,
		Stamp: fmt.Sprint(row[q.change.Field]),
	}, true
}

// Unreachable says that a vendor did not answer a poll. The next poll asks again.
type Unreachable struct {
	Plan, API string
	Outcome   apicall.Outcome
}

// Error implements error.
func (u *Unreachable) Error() string {
	return fmt.Sprintf("poll %s: %s answered %s: %s", u.Plan, u.API, u.Outcome.Class, u.Outcome.Message)
}
