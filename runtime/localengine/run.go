package localengine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/specs/catalog"
)

// patience bounds how long one call is tried again within a run before the run is held
// and its worker is free for others.
const patience = 90 * time.Second

// tries bounds how often.
const tries = 6

// run is one run while it is driven.
type run struct {
	e     *Engine
	id    string
	state *engine.State
	index uint64          // entries of the stream that are committed
	queue []journal.Draft // answers of reads, waiting for the next commit
	lost  int             // answers to writes that were lost one after the other, since it is driven
	last  apicall.Outcome // of the latest write
	shown *Summary        // as the journal has it, once this run has written it
}

func stream(id string) string { return "run/" + id }

// open folds the record of a run.
func (e *Engine) open(id string) (*run, error) {
	entries, err := e.Record(id)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("%w: %s", ErrNoRun, id)
	}
	if slices.ContainsFunc(entries, func(e engine.Entry) bool { return e.Data == nil }) {
		return nil, fmt.Errorf("run %s has ended, and its details were pruned", id)
	}
	st, err := engine.Fold(entries)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", id, err)
	}
	return &run{e: e, id: id, state: st, index: uint64(len(entries))}, nil
}

// drive takes a run as far as it goes and returns it as it stands then.
func (e *Engine) drive(ctx context.Context, id string) (*run, error) {
	r, err := e.open(id)
	if err != nil {
		return nil, err
	}
	return r, r.drive(ctx)
}

func (r *run) drive(ctx context.Context) error {
	prog, err := r.e.cfg.Consent.Program(r.state.Started.Plan)
	if h := r.state.Hold; h != nil {
		by := engine.ByDecision
		switch {
		case err != nil && h.Code == engine.HoldStale:
			return nil
		case !h.Until.IsZero():
			by = engine.ByTime
		}
		if err := r.record(ctx, engine.KindReleased, engine.Released{By: by}); err != nil {
			return err
		}
	}
	if err != nil {
		return r.hold(ctx, engine.Hold{Code: engine.HoldStale, Message: fmt.Sprintf(
			"the plan cannot run as approved: %v", err)})
	}
	ctx = apicall.InLane(ctx, prog.Lane())
	if path, n, ok := r.state.Open(); ok {
		// Whoever sent it is gone. It may have left at any moment until now, so its last
		// moment to commit is counted from now.
		lost := apicall.Outcome{Class: catalog.ClassUnknown, Message: "the process ended before an answer came"}
		if err := r.later(engine.KindOutcome, engine.WriteOutcome{Path: path, Attempt: n, Outcome: lost}); err != nil {
			return err
		}
	}
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		a := prog.Next(r.state)
		more, err := r.do(ctx, prog, a)
		if err != nil || !more {
			return err
		}
	}
}

// do carries out one action and records what came of it. A run goes on only at the
// tenants it began with.
func (r *run) do(ctx context.Context, prog *engine.Program, a engine.Action) (more bool, err error) {
	if a.Operation != nil {
		if api := a.Operation.API; !r.e.sameTenant(api, r.state.Started.Tenants) {
			return false, r.hold(ctx, engine.Hold{Code: engine.HoldStale, Path: a.Path, Message: fmt.Sprintf(
				"%s is connected to another tenant than the one this run began with", api)})
		}
	}
	switch a.Kind {
	case engine.DoRead:
		return r.read(ctx, prog, a)
	case engine.DoWrite:
		return r.write(ctx, prog, a)
	case engine.DoRows:
		return r.rows(ctx, a)
	case engine.DoHold:
		return false, r.hold(ctx, a.Hold)
	case engine.DoFinish:
		r.e.cfg.Log.Info("run finished", "run", r.id, "key", r.state.Started.Key, "state", a.End.State, "reason", a.End.Reason)
		return false, r.record(ctx, engine.KindFinished, a.End)
	case engine.DoWait, engine.DoNone:
		return false, r.flush(ctx)
	}
	return false, fmt.Errorf("unknown action %q", a.Kind)
}

func (e *Engine) sameTenant(api string, began map[string]string) bool {
	was := began[api]
	return was == "" || was == e.cfg.Consent.Tenant(api)
}

func (r *run) read(ctx context.Context, prog *engine.Program, a engine.Action) (bool, error) {
	req, err := prog.Request(a, r.e.cfg.Consent.Tenant(a.Operation.API), r.id)
	if err != nil {
		return false, r.hold(ctx, engine.Hold{Code: engine.HoldData, Path: a.Path, Message: err.Error()})
	}
	var asked time.Time
	out, err := r.call(ctx, req, &asked)
	if err != nil {
		return false, err
	}
	switch out.Class {
	case catalog.ClassRetry, catalog.ClassLimit, catalog.ClassUnknown:
		return false, r.hold(ctx, r.state.Setback(a.Path, a.Operation, out, r.e.cfg.Now()))
	default: // the machine judges
		owner, err := r.ofAnother(prog, a, out.Value)
		if err != nil {
			return false, err
		}
		whole := out.Value
		if out.Value = prog.Prune(a, out.Value); owner != "" {
			out.Class, out.Message = disowned(owner)
		}
		if err := r.later(engine.KindAnswered, engine.Answered{Path: a.Path, Asked: asked, Outcome: out}); err != nil || owner != "" {
			return err == nil, err
		}
		return true, r.foreign(ctx, prog, a.Path, whole)
	}
}

func (r *run) rows(ctx context.Context, a engine.Action) (bool, error) {
	var found engine.Rows
	hold := engine.Hold{Code: engine.HoldUnmapped, Path: a.Path}
	for _, k := range a.Rows {
		value, digest, ok := r.e.cfg.Consent.Row(r.state.Started.Name, k.Mapping, k.Key)
		if !ok {
			hold.Missing = append(hold.Missing, k)
			continue
		}
		found.Rows = append(found.Rows, engine.Row{RowKey: k, Value: value, Digest: digest})
	}
	if len(found.Rows) > 0 {
		if err := r.later(engine.KindRows, found); err != nil {
			return false, err
		}
	}
	if len(hold.Missing) == 0 {
		return true, nil
	}
	hold.Message = engine.MissingText(hold.Missing)
	return false, r.hold(ctx, hold)
}

// write records the intent, sends, and records the outcome. The outcome waits for the next
// commit, which is that of the next intent or of the end: whatever depends on it.
func (r *run) write(ctx context.Context, prog *engine.Program, a engine.Action) (bool, error) {
	if a.Resend != nil && r.lost > 0 {
		if more, err := r.pace(ctx, a); err != nil || !more {
			return false, err
		}
	}
	if err := r.e.cfg.Consent.MayWrite(r.state.Started.Plan); err != nil {
		return false, r.hold(ctx, engine.Hold{Code: engine.HoldStale, Path: a.Path, Message: err.Error()})
	}
	lost, h := r.before(a)
	if h.Code != "" && !r.state.Allowed(h) {
		return false, r.hold(ctx, h)
	}
	if !a.SendBefore.IsZero() && !r.e.cfg.Now().Before(a.SendBefore) {
		return false, r.hold(ctx, prog.Forgotten(a))
	}
	req, err := prog.Request(a, r.e.cfg.Consent.Tenant(a.Operation.API), r.id)
	if err != nil {
		return false, r.hold(ctx, engine.Hold{Code: engine.HoldData, Path: a.Path, Message: err.Error()})
	}
	var set []journal.Pair
	if a.Attempt == 1 || a.Anew {
		var h engine.Hold
		if set, h, err = r.admit(a); err != nil {
			return false, err
		}
		if h.Code != "" {
			return false, r.hold(ctx, h, set...)
		}
	}
	intent := engine.Intent{
		Path: a.Path, Attempt: a.Attempt, Request: req, Digest: req.Digest(), Natural: a.Natural, Body: a.Body,
	}
	if err := r.record(ctx, engine.KindIntent, intent, set...); err != nil {
		return false, err
	}
	r.e.kept(set)
	if lost != nil {
		return true, r.later(engine.KindOutcome, engine.WriteOutcome{Path: a.Path, Attempt: a.Attempt, Outcome: *lost})
	}
	out, err := r.call(ctx, req, nil)
	if err != nil {
		return false, err
	}
	switch out.Class {
	case catalog.ClassOK:
		out.Value = prog.Prune(a, out.Value)
		r.lost = 0
	case catalog.ClassUnknown:
		r.lost++
	default:
		r.lost = 0
	}
	r.last = out
	return true, r.later(engine.KindOutcome, engine.WriteOutcome{Path: a.Path, Attempt: a.Attempt, Outcome: out})
}

// pace waits before a write whose answer was lost is repeated, ever longer, so that a
// vendor in trouble is not flooded. One that stays in trouble holds the run.
func (r *run) pace(ctx context.Context, a engine.Action) (more bool, err error) {
	pause := r.e.pause(r.last, r.lost)
	if r.lost < tries && pause <= patience {
		return true, r.e.cfg.Wait(ctx, pause)
	}
	return false, r.hold(ctx, r.state.Setback(a.Path, a.Operation, r.last, r.e.cfg.Now()))
}

// call sends, and sends again while the vendor says that nothing was done. The error is
// the engine's own: a cancelled context or a hook.
func (r *run) call(ctx context.Context, req apicall.Request, asked *time.Time) (apicall.Outcome, error) {
	var waited time.Duration
	for n := 1; ; n++ {
		if err := r.e.cfg.Hook(BeforeSend, r.id); err != nil {
			return apicall.Outcome{}, err
		}
		if asked != nil {
			*asked = r.e.cfg.Now().UTC().Round(0) // as it is read back
		}
		out := r.e.cfg.Caller.Call(ctx, req)
		if err := r.e.cfg.Hook(AfterSend, r.id); err != nil {
			return apicall.Outcome{}, err
		}
		if ctx.Err() != nil {
			return apicall.Outcome{}, context.Cause(ctx)
		}
		pause := r.e.pause(out, n)
		if !again(out.Class, asked != nil) || n == tries || waited+pause > patience {
			return out, nil
		}
		r.e.cfg.Log.Debug("call again", "run", r.id, "operation", req.Operation, "attempt", n, "class", out.Class, "wait", pause)
		if err := r.e.cfg.Wait(ctx, pause); err != nil {
			return apicall.Outcome{}, err
		}
		waited += pause
	}
}

// again reports whether a call may simply be made again: nothing was done, or it was a read.
func again(c catalog.Class, read bool) bool {
	return c == catalog.ClassRetry || c == catalog.ClassLimit || (read && c == catalog.ClassUnknown)
}

// pause is what the vendor asks for, else exponential back-off from half a second, with
// jitter so that runs do not return all at once.
func (e *Engine) pause(out apicall.Outcome, n int) time.Duration {
	base := out.RetryAfter
	if base == 0 {
		base = 250 * time.Millisecond << n
	}
	return base + time.Duration(e.cfg.Jitter()*float64(250*time.Millisecond<<min(n, 3)))
}

// later queues an entry for the next commit and lets the state know it at once, with the very
// time that the journal will tell: a run read again is the run that went on.
func (r *run) later(kind engine.Kind, data any) error {
	enc, err := journal.Encode(data)
	if err != nil {
		return fmt.Errorf("%s of run %s: %w", kind, r.id, err)
	}
	now := r.e.cfg.Now().UTC()
	r.queue = append(r.queue, journal.Draft{Stream: stream(r.id), Kind: string(kind), At: now, Data: enc})
	return r.state.Apply(engine.Said(now, kind, data, enc.JSON()))
}

func (r *run) hold(ctx context.Context, h engine.Hold, set ...journal.Pair) error {
	r.e.cfg.Log.Info("run held", "run", r.id, "step", h.Path, "code", h.Code, "reason", h.Message)
	return r.record(ctx, engine.KindHeld, h, set...)
}

// record commits an entry, with everything that waits, and the run's summary if it is news.
func (r *run) record(ctx context.Context, kind engine.Kind, data any, set ...journal.Pair) error {
	if err := r.later(kind, data); err != nil {
		return err
	}
	return r.flush(ctx, set...)
}

func (r *run) flush(ctx context.Context, set ...journal.Pair) error {
	if len(r.queue) == 0 {
		return nil
	}
	for i := range r.queue {
		r.queue[i].After = r.index + uint64(i)
	}
	sum := r.summary()
	if r.shown == nil || sum.news(*r.shown) {
		set = append(append(set, sum.pair()), sum.lines()...)
	} else {
		sum = *r.shown
	}
	if err := r.e.commit(ctx, r.id, journal.Batch{Entries: r.queue, Set: set}); err != nil {
		return err
	}
	r.index += uint64(len(r.queue))
	r.queue, r.shown = nil, &sum
	return nil
}

// commit commits what a run has to say; run is empty for events of the inbox.
func (e *Engine) commit(ctx context.Context, run string, b journal.Batch) error {
	if err := e.cfg.Hook(BeforeCommit, run); err != nil {
		return err
	}
	e.committing(len(b.Entries))
	entries, err := e.cfg.Journal.Commit(ctx, b)
	e.committed(len(b.Entries), entries)
	if err != nil {
		return err
	}
	return e.cfg.Hook(AfterCommit, run)
}

// Record returns the entries of a run.
func (e *Engine) Record(id string) ([]engine.Entry, error) {
	lines, err := e.Entries(id)
	if err != nil {
		return nil, err
	}
	entries := make([]engine.Entry, len(lines))
	for i, l := range lines {
		entries[i] = engine.Entry{At: l.At, Kind: engine.Kind(l.Kind), Data: json.RawMessage(l.Data)}
	}
	return entries, nil
}

// Entries returns the entries of a run as the journal has them, with their places in it.
func (e *Engine) Entries(id string) ([]journal.Entry, error) { return e.cfg.Journal.Stream(stream(id)) }

// ErrNoRun is returned for the id of a run that does not exist.
var ErrNoRun = errors.New("no such run")
