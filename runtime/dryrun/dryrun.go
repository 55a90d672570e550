// Package dryrun tries a plan on a real record: it drives the same machine as the engine
// over entries that are kept in memory alone. Reads are made. Writes are rendered and signed
// as they would be sent and never are: their answers are predicted, so that the run goes on
// to its end, and what is read of them later is answered from the prediction.
package dryrun

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// Caller makes one call; [apicall.Caller] is one.
type Caller interface {
	Call(ctx context.Context, req apicall.Request) apicall.Outcome
}

// readOnly carries reads and nothing else.
type readOnly struct {
	caller  Caller
	catalog *catalog.Catalog
}

// ReadOnly returns a caller that refuses every operation with an effect, before anything
// leaves.
func ReadOnly(c Caller, cat *catalog.Catalog) Caller { return readOnly{c, cat} }

// Call implements [Caller].
func (r readOnly) Call(ctx context.Context, req apicall.Request) apicall.Outcome {
	op, ok := r.catalog.Operation(req.Operation)
	if !ok || op.Effect != catalog.EffectNone {
		return apicall.Outcome{Class: catalog.ClassBug, Message: req.Operation + " is no read: a dry run sends nothing else"}
	}
	return r.caller.Call(ctx, req)
}

// Row is a mapping row as a dry run uses it.
type Row struct {
	Value    map[string]any
	Digest   string
	From, To string // what people call both sides
	Proposed bool   // nobody approved it yet
}

// Config is what dry runs need from outside; all of it.
type Config struct {
	Catalog *catalog.Catalog
	Caller  Caller // whatever it is, reads alone reach it
	Now     func() time.Time
	Tenant  func(api string) string
	// Row returns the row of a key, approved or proposed.
	Row func(ctx context.Context, k engine.RowKey) (Row, bool, error)
	// Begun counts the records of an object that the plan created today.
	Begun func(object string) int
}

// Runner tries one plan on records. What it read once it does not read again, so that all
// records are judged by the same rates. It is for one goroutine.
type Runner struct {
	cfg    Config
	prog   *engine.Program
	titles map[string]string // of steps, by id
	seen   map[string]apicall.Outcome
	calls  map[string]int // made, by API
	begun  map[string]int // what would have been created today, by object
}

// New returns a Runner for a plan.
func New(cfg Config, prog *engine.Program) *Runner {
	cfg.Caller = ReadOnly(cfg.Caller, cfg.Catalog)
	r := &Runner{cfg: cfg, prog: prog, titles: map[string]string{}, seen: map[string]apicall.Outcome{}, calls: map[string]int{}, begun: map[string]int{}}
	r.entitle(prog.Checked.Outline().Steps)
	return r
}

// Calls counts the calls made so far, by API.
func (r *Runner) Calls() map[string]int { return r.calls }

// ErrUnreachable is returned when a vendor does not answer.
var ErrUnreachable = errors.New("the vendor does not answer")

// maxActions bounds a run that would never end: no plan has as many.
const maxActions = 100_000

// try is a dry run on one record, while it goes on.
type try struct {
	*Runner
	out   *Record
	state *engine.State
	clock time.Time
	run   string // id, of which keys are derived
	made  []made // what would have been created
	moved map[string]map[string]any
}

// Run tries the plan on the record of an id. The error is the context's, [ErrUnreachable], or a mistake of ours; all else is in the Record.
func (r *Runner) Run(ctx context.Context, id string) (*Record, error) {
	p := r.prog.Checked.Plan
	state, err := engine.Fold(nil)
	if err != nil {
		return nil, err
	}
	t := &try{
		Runner: r, state: state, clock: r.cfg.Now().UTC(), moved: map[string]map[string]any{},
		out: &Record{ID: id, Steps: []Step{}, Holds: []Hold{}, Calls: map[string]int{}},
	}
	tenants := map[string]string{}
	for api := range p.APIs {
		tenants[api] = r.cfg.Tenant(api)
	}
	if err := t.note(engine.KindStarted, engine.Started{Plan: r.prog.Checked.Digest, Name: p.Name, Key: id, Record: id, Tenants: tenants}); err != nil {
		return nil, err
	}
	for range maxActions {
		more, err := t.do(ctx, r.prog.Next(t.state))
		if err != nil || !more {
			t.out.Label = r.prog.Label(t.state)
			t.out.Choices = t.choices()
			return t.out, err
		}
	}
	return t.out, fmt.Errorf("dry run of %s for %s: it does not end", p.Name, id)
}

// note adds an entry in memory.
func (t *try) note(kind engine.Kind, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	return t.state.Apply(engine.Entry{At: t.clock, Kind: kind, Data: raw})
}

func (t *try) do(ctx context.Context, a engine.Action) (more bool, err error) {
	switch a.Kind {
	case engine.DoRead:
		return t.read(ctx, a)
	case engine.DoWrite:
		return t.write(ctx, a)
	case engine.DoRows:
		return t.rows(ctx, a)
	case engine.DoHold:
		return t.hold(a.Hold)
	case engine.DoFinish:
		t.end(a.End)
	case engine.DoWait, engine.DoNone:
	}
	return false, nil
}

// end says how the run ends.
func (t *try) end(f engine.Finished) {
	t.out.Reason = f.Reason
	switch {
	case f.State == engine.Done && t.out.Verdict == "":
		t.out.Verdict = Runs
	case f.State == engine.Refused:
		t.out.Verdict = Refused
		t.out.Unfit = len(t.out.Steps) == 1 // the record alone was read
	}
}

// read makes the call, or answers it from what is predicted.
func (t *try) read(ctx context.Context, a engine.Action) (bool, error) {
	t.out.Calls[a.Operation.API]++
	value, predicted := t.answered(a)
	out := apicall.Outcome{Class: catalog.ClassOK, Value: value}
	if !predicted {
		req, err := t.prog.Request(a, t.cfg.Tenant(a.Operation.API), t.run)
		if err != nil {
			return t.hold(engine.Hold{Code: engine.HoldData, Path: a.Path, Message: err.Error()})
		}
		if out, err = t.call(ctx, req); err != nil {
			return false, err
		}
		if a.Path == triggerPath {
			t.keyed(out.Value)
		}
		out.Value = t.known(a, t.prog.Prune(a, out.Value))
	}
	t.out.Steps = append(t.out.Steps, Step{
		Path: a.Path, Title: t.title(a.Path), Kind: StepRead, Operation: a.Operation.Name(), Found: count(out), Predicted: predicted, value: out.Value,
	})
	return true, t.note(engine.KindAnswered, engine.Answered{Path: a.Path, Asked: t.clock, Outcome: out})
}

// triggerPath is where the machine reads the record that starts a run.
const triggerPath = "trigger"

// keyed names the run as the event of the record would.
func (t *try) keyed(record any) {
	if list, ok := record.([]any); ok && len(list) == 1 {
		record = list[0]
	}
	checked := t.prog.Checked
	v, _, err := checked.Expr("/trigger/key").Eval(map[string]any{checked.Plan.Trigger.As: record}, nil)
	key, ok := v.(string)
	if err != nil || !ok || key == "" {
		key = t.out.ID
	}
	t.out.Key, t.run = key, engine.RunID(checked.Plan.Name, key)
}

// call makes a read, once for each request.
func (r *Runner) call(ctx context.Context, req apicall.Request) (apicall.Outcome, error) {
	id := req.Digest()
	if out, ok := r.seen[id]; ok {
		return out, nil
	}
	op, _ := r.cfg.Catalog.Operation(req.Operation)
	if op != nil {
		r.calls[op.API]++
	}
	out := r.cfg.Caller.Call(ctx, req)
	if err := ctx.Err(); err != nil {
		return out, context.Cause(ctx)
	}
	switch out.Class {
	case catalog.ClassRetry, catalog.ClassLimit, catalog.ClassUnknown:
		return out, fmt.Errorf("%s: %w: %s", req.Operation, ErrUnreachable, out.Message)
	default:
		r.seen[id] = out
		return out, nil
	}
}

// lookUp makes a read that no run would make: to show what is there now.
func (r *Runner) lookUp(ctx context.Context, op *catalog.Operation, args apicall.Args) (apicall.Outcome, error) {
	api, ok := r.cfg.Catalog.API(op.API)
	if !ok {
		return apicall.Outcome{}, fmt.Errorf("%s: api %s is not known", op.Name(), op.API)
	}
	req, err := apicall.Render(api, op, r.cfg.Catalog, args)
	if err != nil {
		return apicall.Outcome{}, err
	}
	return r.call(ctx, req)
}

// rows uses the rows that are approved, and proposed ones with a mark.
func (t *try) rows(ctx context.Context, a engine.Action) (bool, error) {
	var found engine.Rows
	h := engine.Hold{Code: engine.HoldUnmapped, Path: a.Path}
	var proposed []engine.RowKey
	for _, k := range a.Rows {
		row, ok, err := t.cfg.Row(ctx, k)
		switch {
		case err != nil:
			return false, err
		case !ok:
			h.Missing = append(h.Missing, k)
			continue
		case row.Proposed:
			proposed = append(proposed, k)
		}
		t.out.Rows = append(t.out.Rows, UsedRow{RowKey: k, From: row.From, To: row.To, Value: row.Value, Proposed: row.Proposed})
		found.Rows = append(found.Rows, engine.Row{RowKey: k, Value: row.Value, Digest: row.Digest})
	}
	if len(proposed) > 0 {
		t.out.Verdict = Waits
		t.out.Holds = append(t.out.Holds, Hold{
			Step: a.Path, Code: engine.HoldUnmapped, Missing: proposed, Passed: true, Message: engine.MissingText(proposed) + "; what is proposed is used here",
		})
	}
	if len(found.Rows) > 0 {
		if err := t.note(engine.KindRows, found); err != nil {
			return false, err
		}
	}
	if len(h.Missing) == 0 {
		return true, nil
	}
	h.Message = engine.MissingText(h.Missing)
	return t.hold(h)
}

// hold says what the run would be held for. Past a limit, an assertion and a day to come it
// is followed further, as if somebody had let it go on; at all else it stops.
func (t *try) hold(h engine.Hold) (more bool, err error) {
	show := Hold{Step: h.Path, Code: h.Code, Message: h.Message, Missing: h.Missing, Until: h.Until}
	for _, x := range h.Show {
		show.Show = append(show.Show, Shown(x))
	}
	show.Answers = h.Answers
	release := engine.Released{By: "dry run", Allow: h.Code}
	switch h.Code {
	case engine.HoldAmount, engine.HoldAssert:
		show.Passed = true
		t.out.Verdict = Waits
	case engine.HoldWaiting, engine.HoldLate:
		show.Passed = true
		release = engine.Released{By: engine.ByTime}
	case engine.HoldData, engine.HoldPerson, engine.HoldUnknown, engine.HoldLimit, engine.HoldVendor, engine.HoldStale, engine.HoldAsk,
		engine.HoldRestored, engine.HoldUnmapped, engine.HoldUnusual:
		t.out.Verdict = Waits
		if h.Code == engine.HoldData {
			t.out.Verdict = Fails
		}
	}
	t.out.Holds = append(t.out.Holds, show)
	if !show.Passed {
		return false, nil
	}
	if err := t.note(engine.KindHeld, h); err != nil {
		return false, err
	}
	if h.Until.After(t.clock) {
		t.clock = h.Until
	}
	return true, t.note(engine.KindReleased, release)
}

// plain is a value in the one form that run-time values have.
func plain(v any) (any, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var out any
	err = d.Decode(&out)
	return out, err
}
