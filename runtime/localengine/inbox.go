package localengine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/plan"
)

// Event is one occurrence a trigger saw. Plan name and Key make it happen once, ever.
type Event struct {
	Plan     string      // plan name
	Digest   plan.Digest // the plan it is to run on
	Approval string      // the decision that lets it
	Key      string
	Record   string // id of the record at the vendor
	// Seen is the path that saw it, one of the Seen… constants.
	Seen string
	// Stamp is when the record last changed, as the vendor says.
	Stamp string
	// Given is what the event says of a record that cannot be read any more, or of the instant
	// that was due.
	Given map[string]any
	// Adopt says what its run does with what was made by hand before the plan began.
	Adopt engine.Adopt
	// Tenants are the far ends its run is bound to; nil means those of the connections now.
	Tenants map[string]string
	// Reopen runs it also where it was taken with Ignore before: a person said so.
	Reopen bool
	// Ignore, when set, takes the event without running it and says why: it qualified
	// before the plan was approved.
	Ignore string
}

// received is how an event lies in the inbox stream.
type received struct {
	Key    string `json:"key"`
	Record string `json:"record"`
	Seen   string `json:"seen"`
	Run    string `json:"run,omitempty"`
	Ignore string `json:"ignore,omitempty"`
}

// Claim is the key of the journal that is taken, for ever, by the first sight of an event.
func Claim(planName, key string) string { return "event/" + planName + "/" + key }

// Taken says what became of an event so far: whether a run was started for it, or whether it
// was taken and left alone.
func Taken(j *journal.Journal, planName, key string) (ran, left bool, err error) {
	if _, ran, err = j.Get(stream(engine.RunID(planName, key))); err != nil || ran {
		return ran, false, err
	}
	left, err = j.Claimed(Claim(planName, key))
	return false, left, err
}

// Admit takes events into the inbox, each once, and starts a run for each that is new and
// not to be ignored; cursor, when not nil, is stored in the same commit, so that a trigger
// never moves past an event that is not safe. It returns how many events were new. It may
// be called by several goroutines, with the same events too.
func (e *Engine) Admit(ctx context.Context, events []Event, cursor *journal.Pair) (int, error) {
	if err := e.load(ctx); err != nil {
		return 0, fmt.Errorf("admit events: %w", err)
	}
	for before := -1; ; {
		b, started, err := e.fresh(events)
		if err != nil {
			return 0, err
		}
		if cursor != nil {
			b.Set = append(b.Set, *cursor)
		}
		if len(b.Entries) == 0 && len(b.Set) == 0 {
			return 0, nil
		}
		err = e.commit(ctx, "", b)
		var claimed journal.ErrClaimed
		if n := len(b.Claims); n != before && (errors.As(err, &claimed) || errors.Is(err, journal.ErrConflict)) {
			before = n // somebody else took one of them since we looked: fewer are left
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("admit events: %w", err)
		}
		if len(b.Claims) > 0 {
			e.begun(started)
			e.Wake()
		}
		return len(b.Claims), nil
	}
}

// fresh returns what takes those of the events that nobody took yet, and the runs it starts.
func (e *Engine) fresh(events []Event) (b journal.Batch, started []Summary, err error) {
	taken := map[string]bool{}
	for _, ev := range events {
		key := Claim(ev.Plan, ev.Key)
		old, err := e.cfg.Journal.Claimed(key)
		if err != nil {
			return b, nil, fmt.Errorf("admit events: %w", err)
		}
		occurrence := 1
		if old {
			if occurrence, err = e.again(&ev); err != nil {
				return b, nil, fmt.Errorf("admit events: %w", err)
			}
			if key = Claim(ev.Plan, occurrenceKey(ev.Key, occurrence)); occurrence == 1 {
				key += reopened
			}
		}
		if occurrence == 0 {
			if err := e.sightedAgain(&b, ev); err != nil {
				return b, nil, fmt.Errorf("admit events: %w", err)
			}
			continue
		}
		if taken[key] {
			continue
		}
		taken[key] = true
		sighted(&b, ev)
		b.Claims = append(b.Claims, key)
		if s, ok := e.admit(&b, ev, occurrence); ok {
			started = append(started, s)
		}
	}
	return b, started, nil
}

// again tells which occurrence of its key an event is, 0 for one that was taken before. A
// run that was refused and wrote nothing is no end for its record: when the record has
// changed since and qualifies, it is judged anew.
func (e *Engine) again(ev *Event) (int, error) {
	var last Summary
	for n := 1; ; n++ {
		raw, ok, err := e.cfg.Journal.Get(stream(engine.RunID(ev.Plan, occurrenceKey(ev.Key, n))))
		if err != nil {
			return 0, err
		}
		if !ok {
			open := last.State != engine.Refused || last.Wrote || last.Stamp == ev.Stamp
			if n == 1 && ev.Reopen && ev.Ignore == "" {
				return n, nil // left alone so far
			}
			if n == 1 || open || ev.Ignore != "" || ev.Stamp == "" {
				return 0, nil // ignored at the start, under way, done, or unchanged since
			}
			ev.Adopt = cmp.Or(ev.Adopt, last.Adopt) // what may exist is looked for again
			return n, nil
		}
		if err := json.Unmarshal(raw, &last); err != nil {
			return 0, err
		}
	}
}

// reopened ends the claim of an event that was left alone and is to run all the same: its
// first run.
const reopened = "#0"

// occurrenceKey names the nth time that an event's key is judged.
func occurrenceKey(key string, n int) string {
	if n <= 1 {
		return key
	}
	return fmt.Sprintf("%s#%d", key, n)
}

// admit adds an event to the batch, with the run it starts, if it starts one.
func (e *Engine) admit(b *journal.Batch, ev Event, occurrence int) (s Summary, starts bool) {
	in := received{Key: ev.Key, Record: ev.Record, Seen: ev.Seen, Ignore: ev.Ignore}
	if ev.Ignore == "" {
		in.Run, starts = engine.RunID(ev.Plan, occurrenceKey(ev.Key, occurrence)), true
		if ev.Tenants == nil {
			ev.Tenants = e.tenants(ev.Digest)
		}
		started, now := engine.Started{
			Plan: ev.Digest, Name: ev.Plan, Key: ev.Key, Record: ev.Record, Approval: ev.Approval, Stamp: ev.Stamp, Given: ev.Given, Adopt: ev.Adopt, Tenants: ev.Tenants,
		}, e.cfg.Now().UTC()
		s = Summary{
			ID: in.Run, Plan: ev.Plan, Digest: ev.Digest, Key: ev.Key, Record: ev.Record, State: engine.Ready, Begun: now, Updated: now,
			Stamp: ev.Stamp, Tenants: started.Tenants, Adopt: ev.Adopt,
		}
		b.Entries = append(b.Entries, journal.Draft{Stream: stream(in.Run), Kind: string(engine.KindStarted), At: now, Data: started})
		b.Set = append(append(b.Set, s.pair()), s.lines()...)
	}
	b.Entries = append(b.Entries, journal.Draft{Stream: "inbox/" + ev.Plan, After: journal.Any, Kind: "event", Data: in})
	return s, starts
}

// tenants are the far ends of the connections that a plan uses, as they are now.
func (e *Engine) tenants(d plan.Digest) map[string]string {
	prog, err := e.cfg.Consent.Program(d)
	if err != nil {
		return nil // its runs are held as stale
	}
	out := map[string]string{}
	for api := range prog.Checked.Plan.APIs {
		if t := e.cfg.Consent.Tenant(api); t != "" {
			out[api] = t
		}
	}
	return out
}

// Summary is a run as lists show it.
type Summary struct {
	ID      string          `json:"id"`
	Plan    string          `json:"plan"`
	Digest  plan.Digest     `json:"digest"`
	Key     string          `json:"key"`
	Record  string          `json:"record,omitempty"`
	State   engine.RunState `json:"state"`
	Hold    *engine.Hold    `json:"hold,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Begun   time.Time       `json:"begun"`
	Updated time.Time       `json:"updated"`
	// Label is what people call the record, as it was read last; empty before it was read.
	Label string `json:"label,omitempty"`
	// Stamp is when the record last changed when the run's event was seen.
	Stamp   string            `json:"stamp,omitempty"`
	Tenants map[string]string `json:"tenants,omitempty"`
	// Adopt says what the run does with what was made before the plan began.
	Adopt engine.Adopt `json:"adopt,omitempty"`
	// Wrote says that a write step was sent and not refused.
	Wrote bool `json:"wrote,omitempty"`
	// Outputs are what a run that is done gave.
	Outputs map[string]json.RawMessage `json:"outputs,omitempty"`
	// Aside says that it is held until somebody decides, or a day has come, and no write is
	// under way: when it goes on it reads everything anew.
	Aside bool `json:"aside,omitempty"`
}

// KeepsTurn reports that the other runs of its plan for its record wait until it ends: it has
// written, and goes on with that.
func (s Summary) KeepsTurn() bool {
	return s.Wrote && !s.Aside && s.Record != "" && !s.State.Ended()
}

// about names what the run is for: its plan and record.
func (s Summary) about() string { return s.Plan + "\x00" + s.Record }

func (s Summary) pair() journal.Pair { return journal.Pair{Key: stream(s.ID), Value: rawJSON(s)} }

// news reports whether the summary must be written when the journal has that one: unless the
// run just goes on. Whoever finds a running run folds its entries; its summary only says what
// lists show, which the time of its last step is not worth a write for each.
func (s Summary) news(has Summary) bool {
	return s.State != engine.Running || has.State != engine.Running || s.Label != has.Label || s.Wrote != has.Wrote
}

func (r *run) summary() Summary {
	st := r.state
	label := ""
	if prog, err := r.e.cfg.Consent.Program(st.Started.Plan); err == nil {
		label = prog.Label(st)
	}
	return Summary{
		ID: r.id, Label: label, Plan: st.Started.Name, Digest: st.Started.Plan, Key: st.Started.Key, Record: st.Started.Record,
		State: st.Run, Hold: st.Hold, Reason: st.End.Reason, Begun: st.Begun, Updated: st.Updated,
		Stamp: st.Started.Stamp, Tenants: st.Started.Tenants, Adopt: st.Started.Adopt, Wrote: st.Wrote(), Outputs: st.End.Outputs,
		Aside: st.Hold != nil && (st.Hold.Until.IsZero() || st.Hold.Code == engine.HoldWaiting) && !st.Sending(),
	}
}

// Summaries lists all runs, in the order of their ids.
func (e *Engine) Summaries() iter.Seq2[Summary, error] {
	return func(yield func(Summary, error) bool) {
		for p, err := range e.cfg.Journal.Pairs("run/") {
			var s Summary
			if err == nil {
				err = json.Unmarshal(p.Value, &s)
			}
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}
