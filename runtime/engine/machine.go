// Package engine is the deterministic interpreter of plans: the pure machine that
// decides what a run does next.
//
// A run is its record, a list of entries. [Fold] turns the record into a [State];
// [Program.Next] looks at the state and names exactly one [Action]: call an operation,
// fetch mapping rows, hold, or finish. A host (the built-in engine, Temporal, a dry
// run) does what the action says, appends what came of it to the record, and asks again.
// Nothing here reads a clock, the network, randomness or the environment, so the same
// record always leads to the same actions, and a run can be taken up after a crash, or
// replayed years later, from its record alone.
//
// Next walks the plan from the top each time and takes recorded answers where there are
// any; the first thing not on record is the next action. There is no program counter
// that could disagree with the record.
package engine

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// Program is a checked plan, ready to be interpreted. It is immutable and may be used by
// several goroutines.
type Program struct {
	Checked *check.Checked
	Catalog *catalog.Catalog
	reads   map[string][]string
	alone   bool
}

// New returns the program of a plan that was checked against the catalog.
func New(checked *check.Checked, cat *catalog.Catalog) *Program {
	return &Program{Checked: checked, Catalog: cat, reads: checked.Reads(), alone: alone(checked)}
}

// Alone reports whether runs of the plan, for whatever records, must go one after the other:
// it changes what an ensure step found, and two that find the same record at once would both
// take it for theirs.
func (p *Program) Alone() bool { return p.alone }

func alone(c *check.Checked) bool {
	found, changed := map[string]bool{}, map[string]bool{}
	c.Plan.All(func(_ string, s *plan.Step) {
		op := c.Step(s.ID).Operation
		switch {
		case op == nil:
		case s.Kind == plan.Ensure:
			found[op.Entity] = true
		case op.Effect == catalog.EffectUpdate:
			changed[op.Entity] = true
		}
	})
	for entity := range changed {
		if found[entity] {
			return true
		}
	}
	return false
}

// ActionKind tells actions apart.
type ActionKind string

// The closed list of actions.
const (
	DoRead   ActionKind = "read"   // call Operation with Args; record Answered
	DoWrite  ActionKind = "write"  // record Intent, then call; record Outcome
	DoRows   ActionKind = "rows"   // record the approved rows; hold for those missing
	DoHold   ActionKind = "hold"   // record the hold
	DoFinish ActionKind = "finish" // record the end
	DoWait   ActionKind = "wait"   // nothing, until the hold is released
	DoNone   ActionKind = "none"   // the run has ended
)

// Action is the one thing a run does next.
type Action struct {
	Kind      ActionKind
	Path      string // step path, "invoice" or "contact/find/0"
	Operation *catalog.Operation
	Args      apicall.Args
	Attempt   int // of a write, from 1
	// Anew says that the attempts before were for something else: a list within which the
	// write stands has moved. It counts for the day as a first attempt does.
	Anew bool
	// Resend holds the request of an earlier attempt, to be sent again byte for byte;
	// nil means that Args are to be rendered.
	Resend *apicall.Request
	// SendBefore is the last moment at which a keyed repeat is safe: a host whose clock is
	// past it records a hold of HoldUnknown instead. Zero is no bound.
	SendBefore time.Time
	Natural    string
	Body       any
	// DayLimit bounds how many writes of Entity a plan may begin on one day; 0 is no bound.
	DayLimit int64
	// Create says what to watch of a write that creates; nil when nothing is.
	Create *Create
	Entity string
	Rows   []RowKey
	Hold   Hold
	End    Finished
}

// Next names what the run does next. The state is not changed.
func (p *Program) Next(s *State) Action {
	switch {
	case s.Run.Ended():
		return Action{Kind: DoNone}
	case s.Hold != nil:
		return Action{Kind: DoWait, Hold: *s.Hold}
	}
	w := &walk{p: p, s: s, vars: map[string]any{}, counted: map[string]bool{}, after: p.overtaken(s)}
	a, err := w.run()
	var next *pending
	switch {
	case errors.As(err, &next):
		a = next.action
	case err != nil:
		return Action{Kind: DoHold, Hold: Hold{Code: HoldPerson, Message: "the plan cannot go on: " + err.Error()}}
	}
	if a.Kind == DoFinish {
		if h, ok := p.unsettled(s); ok {
			return Action{Kind: DoHold, Path: h.Path, Hold: h}
		}
	}
	return a
}

func finish(st RunState, reason string) Action {
	return Action{Kind: DoFinish, End: Finished{State: st, Reason: reason}}
}

// pending stops a walk at the first thing that is not on record. It travels as an error
// because every level of the walk must stop.
type pending struct{ action Action }

func (*pending) Error() string { return "something is still to be done" }

func do(a Action) error { return &pending{a} }

func hold(code HoldCode, path, format string, args ...any) error {
	return do(Action{Kind: DoHold, Path: path, Hold: Hold{Code: code, Path: path, Message: fmt.Sprintf(format, args...)}})
}

// ask holds for a person, unless one has accepted this very hold.
func (w *walk) ask(code HoldCode, path, format string, args ...any) error {
	h := Hold{Code: code, Path: path, Message: fmt.Sprintf(format, args...)}
	if w.s.allowed[h.key()] {
		return nil
	}
	return do(Action{Kind: DoHold, Path: path, Hold: h})
}

// walk is one pass over the plan.
type walk struct {
	p    *Program
	s    *State
	vars map[string]any
	// counted are the attempts that this pass has found an element for.
	counted map[string]bool
	// after is the place of the last entry before which no answer counts any more; see
	// [Program.overtaken].
	after int
}

// run returns the end of a run in which nothing is left to do.
func (w *walk) run() (Action, error) {
	if err := w.trigger(); err != nil {
		return Action{}, err
	}
	w.vars[plan.RunName] = map[string]any{plan.RunResumed: w.s.resumed().UTC().Format(time.RFC3339)}
	if err := w.steps("/steps", "", w.p.Checked.Plan.Steps); err != nil {
		return Action{}, err
	}
	outputs, err := w.outputs()
	done := finish(Done, "")
	done.End.Outputs = outputs
	return done, err
}

// triggerPath is where the record that started the run stands in its record of answers.
const triggerPath = "trigger"

// trigger fetches the record: an event is a hint, the truth is read. A record that no
// longer qualifies ends the run before anything was written.
func (w *walk) trigger() error {
	t := w.p.Checked.Plan.Trigger
	if t.Kind == plan.OnSchedule {
		w.vars[t.As] = w.s.Started.Given // all there is: the instant that was due
		return nil
	}
	entity, ok := w.p.Catalog.Entity(t.API + "." + t.Object)
	if !ok {
		return fmt.Errorf("trigger %s.%s: not in the catalog", t.API, t.Object)
	}
	op, ok := w.p.Catalog.Operation(t.API + "." + entity.Get)
	if !ok {
		return fmt.Errorf("trigger %s.%s: no operation reads one record", t.API, t.Object)
	}
	args := apicall.Args{Params: map[string]any{}}
	for _, prm := range op.Params {
		if prm.In == catalog.InPath {
			args.Params[prm.Name] = w.s.Started.Record
		}
	}
	w.selectFields(op, &args)
	if t.Kind == plan.OnDelete {
		return w.gone(op, args)
	}
	record, err := w.read(triggerPath, op, args)
	if err != nil {
		return err
	}
	w.vars[t.As] = record
	holds, err := w.truth("/trigger/when", "trigger")
	if err != nil {
		return err
	}
	if !holds && !w.s.Wrote() {
		return do(finish(Refused, "the record no longer qualifies when it was fetched"))
	}
	return nil
}

func (w *walk) steps(pointer, prefix string, steps []plan.Step) error {
	for i := range steps {
		if err := w.step(fmt.Sprintf("%s/%d", pointer, i), prefix, &steps[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) step(pointer, prefix string, st *plan.Step) error {
	path := prefix + string(st.ID)
	if st.When != nil {
		holds, err := w.truth(pointer+"/when", path)
		if err != nil || !holds {
			return err
		}
	}
	var value any
	var err error
	switch st.Kind {
	case plan.Read:
		value, err = w.readStep(pointer, path, st)
	case plan.Ensure:
		value, err = w.ensureStep(pointer, path, st)
	case plan.Write:
		value, err = w.writeStep(pointer, path, st)
	case plan.Lookup:
		value, err = w.lookupStep(pointer, path, st)
	case plan.Each:
		return w.eachStep(pointer, path, st)
	case plan.Assert:
		if st.Else != plan.Continue {
			return w.assertStep(pointer, path, st)
		}
		value, err = w.truth(pointer+"/assert", path)
	case plan.Ask:
		value, err = w.askStep(pointer, path, st)
	case plan.Wait:
		return w.waitStep(pointer, path, st)
	default:
		return fmt.Errorf("step %s: unknown kind %q", path, st.Kind)
	}
	if err != nil {
		return err
	}
	w.vars[string(st.ID)] = value
	return nil
}

func (w *walk) assertStep(pointer, path string, st *plan.Step) error {
	holds, err := w.truth(pointer+"/assert", path)
	if err != nil || holds {
		return err
	}
	message := st.Message
	if message == "" {
		message = "the assertion does not hold: " + st.That.Expr
	}
	if st.Else == plan.Refuse {
		return do(finish(Refused, message))
	}
	return w.ask(HoldAssert, path, "%s", message)
}

func (w *walk) eachStep(pointer, path string, st *plan.Step) error {
	list, err := w.list(pointer+"/each", path)
	if err != nil {
		return err
	}
	if len(list) > st.Max {
		return hold(HoldData, path, "%d elements, and the plan allows %d", len(list), st.Max)
	}
	outer := maps.Clone(w.vars)
	for i, item := range list {
		w.vars = maps.Clone(outer)
		w.vars[st.As] = item
		if err := w.steps(pointer+"/steps", fmt.Sprintf("%s[%d].", path, i), st.Steps); err != nil {
			return err
		}
	}
	w.vars = outer
	return nil
}

func (w *walk) lookupStep(pointer, path string, st *plan.Step) (any, error) {
	key, err := w.inputs(pointer, path, st)
	if err != nil {
		return nil, err
	}
	row, ok := w.s.Row(st.Target, key)
	if !ok {
		return nil, do(Action{Kind: DoRows, Path: path, Rows: []RowKey{{st.Target, key}}})
	}
	return row, nil
}
