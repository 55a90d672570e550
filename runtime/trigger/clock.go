package trigger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/schedule"
)

// Missed says that nobody was there at times of a schedule: the latest of them runs late, and
// these, which lay between, do not run.
type Missed struct {
	From  time.Time `json:"from"`  // after this instant, the last that was seen
	To    time.Time `json:"to"`    // before this one, which runs
	Times int       `json:"times"` // [schedule.MostCounted] stands for that many or more
}

// mostRemembered bounds how many spans of missed times a watermark holds: the newest.
const mostRemembered = 20

// clock is what a plan waits for that runs by the clock of a place. Here our own clock is the
// source, as there is no vendor. Its watermark is the instant that was due last: a clock that
// is put back makes nothing due again, and one that jumped ahead and back lets the plan wait
// until the watermark has passed.
type clock struct {
	schedule.Schedule
	w       Watch
	zone    *time.Location
	trigger plan.Digest
}

func clockOf(w Watch) (*clock, error) {
	t := w.Checked.Plan.Trigger
	s, ok := w.Checked.Schedule()
	zone, err := schedule.Zone(t.Zone)
	if !ok || err != nil {
		return nil, fmt.Errorf("poll %s: it has no schedule", w.Checked.Plan.Name)
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{t.Kind, t.At, t.Zone}, "\x00")))
	return &clock{Schedule: s, w: w, zone: zone, trigger: plan.Digest("sha256:" + hex.EncodeToString(sum[:]))}, nil
}

// Due returns the first instant after the given one at which a plan is due that waits for a
// clock; the zero time for any other plan.
func (w Watch) Due(after time.Time) time.Time {
	s, ok := w.Checked.Schedule()
	if !ok {
		return time.Time{}
	}
	return s.Next(after)
}

// pollClock admits the latest instant that was due since the watermark, which it moves there in
// the same commit. A sweep finds no more.
func (p *Poller) pollClock(ctx context.Context, w Watch, sweep bool) (Seen, error) {
	c, err := clockOf(w)
	if err != nil {
		return Seen{}, err
	}
	at, known, err := p.load(w)
	if err != nil {
		return Seen{}, err
	}
	now := p.Now().UTC()
	fresh := !known || at.Trigger != c.trigger
	if known && fresh {
		at.Stamp = now // other times: those before were not meant
	}
	at.Trigger = c.trigger
	var seen Seen
	var events []localengine.Event
	if due, others, ok := c.Missed(at.Stamp, now); ok {
		if others > 0 {
			seen.Missed = &Missed{at.Stamp, due.UTC(), others}
			at.Missed = append(at.Missed, *seen.Missed)
			at.Missed = slices.Clone(at.Missed[max(len(at.Missed)-mostRemembered, 0):])
			p.Log.Warn("times were missed", "plan", w.Checked.Plan.Name, "times", others, "after", at.Stamp, "runs", due.UTC())
		}
		at.see(due.UTC())
		seen.Changed, events = 1, []localengine.Event{c.event(due)}
	}
	if sweep {
		at.Swept = now
	}
	if len(events) == 0 && !sweep && !fresh {
		return seen, nil // nothing to store
	}
	pair := at.pair(w.Checked.Plan.Name)
	seen.Admitted, err = p.Inbox.Admit(ctx, events, &pair)
	return seen, err
}

// baselineClock fixes where a plan begins: now. One that waited for the same times before goes
// on from where it was.
func (p *Poller) baselineClock(ctx context.Context, w Watch) error {
	c, err := clockOf(w)
	if err != nil {
		return err
	}
	at, known, err := p.load(w)
	if err != nil {
		return err
	}
	if !known || w.First || w.Begin.How != "" || at.Trigger != c.trigger {
		at.Stamp = w.Since.UTC()
	}
	at.Trigger = c.trigger
	_, err = p.Inbox.Admit(ctx, nil, new(at.pair(w.Checked.Plan.Name)))
	return err
}

// event makes the event of an instant, which is its key: each runs once, ever.
func (c *clock) event(due time.Time) localengine.Event {
	text := due.UTC().Format(time.RFC3339)
	return localengine.Event{
		Plan: c.w.Checked.Plan.Name, Digest: c.w.Checked.Digest, Approval: c.w.Approval, Key: text, Record: text, Stamp: text,
		Seen:  localengine.SeenPoll,
		Given: map[string]any{check.DueAt: text, check.DueDate: due.In(c.zone).Format(time.DateOnly)},
	}
}
