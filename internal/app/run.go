package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/trigger"
)

// soon is how long a one-off run waits for holds that release themselves.
const soon = 75 * time.Second

// Report says how a one-off run ended. The counts are of all runs of the plan.
type Report struct {
	Plan     string    `json:"plan"`
	Changed  int       `json:"changed"`  // records the vendor named
	Admitted int       `json:"admitted"` // events that were new
	Done     int       `json:"done"`
	Refused  int       `json:"refused"`
	Held     int       `json:"held"`
	Waiting  int       `json:"waiting"` // for a day that the plan names; nobody needs to do anything
	Failed   int       `json:"failed"`
	Holds    []RunView `json:"holds,omitempty"`
	// Known are keys of records named by a person that were taken before: they run once, ever.
	Known []string `json:"known,omitempty"`
	// Gap is a span of which deletions can no longer be asked for.
	Gap *trigger.Gap `json:"gap,omitempty"`
	// Missed are times of a schedule that nobody was there for, and that do not run.
	Missed *trigger.Missed `json:"missed,omitempty"`
}

// RunOnce polls, or after [App.Recover] sweeps, for one approved plan and drives its runs as far as they go without a
// person. Runs of other plans go on, too: they share the journal.
func (a *App) RunOnce(ctx context.Context, ref string) (Report, error) {
	return a.runOnce(ctx, ref, func(p *trigger.Poller, ctx context.Context, w trigger.Watch) (trigger.Seen, error) {
		l, err := a.open()
		if err != nil {
			return trigger.Seen{}, err
		}
		swept, err := l.sweptSince(w)
		if err != nil {
			return trigger.Seen{}, err
		}
		if !swept {
			return p.Sweep(ctx, w)
		}
		return p.Poll(ctx, w)
	})
}

// SweepOnce is RunOnce, but it asks for everything that qualifies since the plan began, and
// so finds what no poll and no webhook saw.
func (a *App) SweepOnce(ctx context.Context, ref string) (Report, error) {
	return a.runOnce(ctx, ref, (*trigger.Poller).Sweep)
}

// asking is a way to ask a vendor what happened.
type asking func(*trigger.Poller, context.Context, trigger.Watch) (trigger.Seen, error)

func (a *App) runOnce(ctx context.Context, ref string, ask asking) (Report, error) {
	l, name, err := a.plan(ref)
	if err != nil {
		return Report{}, err
	}
	w, err := l.ready(name)
	if err != nil {
		return Report{}, err
	}
	if err := l.lookAtHints(ctx); err != nil {
		return Report{}, err
	}
	seen, err := ask(l.poller, ctx, w)
	if err != nil {
		return Report{}, unreachable(err)
	}
	if _, err := l.engine.Drain(ctx, soon); err != nil {
		return Report{}, err
	}
	if err := l.current(); err != nil {
		return Report{}, err
	}
	r := Report{Plan: name, Changed: seen.Changed, Admitted: seen.Admitted, Known: seen.Known, Gap: seen.Gap, Missed: seen.Missed}
	runs, err := a.Runs("", name)
	if err != nil {
		return r, err
	}
	for _, v := range runs {
		switch v.State {
		case engine.Done:
			r.Done++
		case engine.Refused:
			r.Refused++
		case engine.Failed:
			r.Failed++
		case engine.Held:
			if v.Hold.Code == engine.HoldWaiting {
				r.Waiting++
				continue
			}
			r.Held++
			r.Holds = append(r.Holds, v)
		case engine.Ready, engine.Running, engine.Cancelled:
		}
	}
	return r, nil
}

// plan finds the plan that a reference means and confirms that a file is the version that
// is approved.
func (a *App) plan(ref string) (*live, string, error) {
	l, err := a.open()
	if err != nil {
		return nil, "", err
	}
	name, want, err := planRef(ref)
	if err != nil {
		return nil, "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	cur, ok := l.records.Current(name)
	if want == "" && ref != name && (!ok || ref != string(cur.Proposal.ID)) {
		return nil, "", problem(fmt.Errorf("%.80q is not the version of %.80q that is in force", ref, name), "planwright plans lists all; planwright run "+name+" takes the one in force")
	}
	if ok && want != "" && cur.Proposal.Digest != want {
		return nil, "", problem(fmt.Errorf("%s is not the plan that was approved as %s: it has changed since", ref, cur.Proposal.ID),
			"planwright propose "+ref+" and approve it, or run the approved one by its name: planwright run "+name)
	}
	return l, name, nil
}

// ready confirms that a plan may start runs.
func (l *live) ready(name string) (trigger.Watch, error) {
	if err := l.current(); err != nil {
		return trigger.Watch{}, err
	}
	w, err := l.watch(name)
	if err != nil {
		return w, err
	}
	return w, l.connected(w.Checked.Plan)
}

func unreachable(err error) error {
	var u *trigger.Unreachable
	if errors.As(err, &u) {
		return problem(err, fmt.Sprintf("see that %s is up and connected: planwright connect", u.API))
	}
	return err
}

// Serve polls for every approved plan, or the ones given, and drives all runs until ctx
// ends. A plan whose approval is stale starts nothing; its begun runs go on.
func (a *App) Serve(ctx context.Context, interval time.Duration, refs ...string) error {
	l, err := a.open()
	if err != nil {
		return err
	}
	if err := l.current(); err != nil {
		return err
	}
	var names []string
	for _, ref := range refs {
		_, name, err := a.plan(ref)
		if err != nil {
			return err
		}
		if _, err := l.ready(name); err != nil {
			return err
		}
		names = append(names, name)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watching := []func() error{
		func() error { return l.pollAll(ctx, interval, names) },
		func() error { return l.heed(ctx) },
	}
	if a.cfg.Events != "" {
		watching = append(watching, func() error { return l.followAll(ctx, interval, names) })
	}
	if a.cfg.Keep > 0 {
		watching = append(watching, func() error { return l.pruneDaily(ctx) })
	}
	ended := make(chan error, len(watching))
	for _, watch := range watching {
		go func() {
			ended <- watch()
			cancel(nil)
		}()
	}
	err = l.engine.Run(ctx, interval)
	cancel(nil)
	for range watching {
		if e := <-ended; e != nil && !errors.Is(e, context.Canceled) {
			err = e
		}
	}
	return err
}

// approved names the plans that have an approval.
func (l *live) approved() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(l.records.Names(), func(name string) bool {
		_, ok := l.records.Current(name)
		return !ok
	})
}

// RunView is a run as people see it.
type RunView struct {
	localengine.Summary
	Story []Line `json:"story,omitempty"`
	Next  string `json:"next,omitempty"` // the command that would release it
	// Adopt is the command that takes a record at the vendor for what it was to make, told of one run.
	Adopt string `json:"adopt,omitempty"`
	Who   string `json:"who,omitempty"` // who can say what is right; "" where only time is needed
	// After is the held run that has written for the same record, and must end before this one begins.
	After string `json:"after,omitempty"`
}

// Why says in a sentence why the run stands where it stands; empty when there is nothing to say.
func (v RunView) Why() string {
	if v.Hold != nil {
		text := fmt.Sprintf("held for %s: %s", v.Hold.Code, v.Hold.Message)
		if !v.Hold.Until.IsZero() {
			text += " (goes on at " + v.Hold.Until.Local().Format("2006-01-02 15:04:05") + ")"
		}
		return text
	}
	if v.After != "" {
		return fmt.Sprintf("waits for run %s, which has written for the same record and is held", v.After)
	}
	return v.Reason
}

// Line is one thing that happened in a run.
type Line struct {
	At   time.Time   `json:"at"`
	Kind engine.Kind `json:"kind"`
	Text string      `json:"text"`
}

// Runs lists runs, newest first; empty filters match all.
func (a *App) Runs(state engine.RunState, planName string) ([]RunView, error) {
	return a.LatestRuns(state, planName, 0)
}

// LatestRuns is Runs, but no more than so many; 0 is all of them.
func (a *App) LatestRuns(state engine.RunState, planName string, limit int) ([]RunView, error) {
	l, err := a.open()
	if err != nil {
		return nil, err
	}
	out, turns := []RunView{}, turns(nil)
	for s, err := range l.engine.Newest(state, planName) {
		if err != nil {
			return nil, err
		}
		v := l.runView(s)
		if err := l.turn(&v, &turns); err != nil {
			return nil, err
		}
		out = append(out, v)
		if len(out) == limit {
			break
		}
	}
	return out, nil
}

// runView is a run as people are shown it.
func (l *live) runView(s localengine.Summary) RunView {
	l.remaining(&s)
	return RunView{Summary: s, Next: next(s), Who: whoMay(s.Hold)}
}

// turns are the held runs that others wait for, by plan and record.
type turns map[[2]string]string

// turn says whom a run waits for that has not begun. It reads all whenever it is first needed.
func (l *live) turn(v *RunView, all *turns) error {
	if v.State != engine.Ready {
		return nil
	}
	if *all == nil {
		*all = turns{}
		for s, err := range l.engine.Newest(engine.Held, "") {
			if err != nil {
				return err
			}
			if s.KeepsTurn() {
				(*all)[[2]string{s.Plan, s.Record}] = s.ID
			}
		}
	}
	if v.After = (*all)[[2]string{v.Plan, v.Record}]; v.After != "" {
		v.Next = "planwright runs show " + v.After
	}
	return nil
}

// remaining leaves in a hold only the rows that are still not approved: decisions may have
// come since it was recorded.
func (l *live) remaining(s *localengine.Summary) {
	if s.Hold == nil || s.Hold.Code != engine.HoldUnmapped {
		return
	}
	hold := *s.Hold
	hold.Missing = slices.DeleteFunc(slices.Clone(hold.Missing), func(k engine.RowKey) bool {
		_, _, ok := l.Row(s.Plan, k.Mapping, k.Key)
		return ok
	})
	hold.Message = "every row is decided: it goes on with the next run"
	if len(hold.Missing) > 0 {
		hold.Message = engine.MissingText(l.named(s.Plan, hold.Missing))
	}
	s.Hold = &hold
}

// named returns the keys with what people call them in place of ids, as far as it is known.
func (l *live) named(planName string, keys []engine.RowKey) []engine.RowKey {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := slices.Clone(keys)
	for i, k := range out {
		if label := l.sourceName(planName, k); label != "" {
			out[i].Key = []string{label}
		}
	}
	return out
}

// sourceName is what people call the source of a key, "" when nobody has said. l.mu is held.
func (l *live) sourceName(planName string, k engine.RowKey) string {
	if seen := l.compared[planName+"/"+k.Mapping]; seen != nil && seen.sources[k.Key[0]] != "" {
		return seen.sources[k.Key[0]]
	}
	t, err := l.tablesOf(planName)
	if err != nil || t.table[k.Mapping] == nil {
		return ""
	}
	for _, e := range slices.Backward(t.table[k.Mapping].History(k.Key)) {
		if e.Label.From != "" {
			return e.Label.From
		}
	}
	return ""
}

// Run tells the whole story of one run, by its id or its event's key.
func (a *App) Run(ref string) (RunView, error) {
	l, v, err := a.find(ref)
	if err != nil {
		return v, err
	}
	entries, err := l.engine.Record(v.ID)
	if err != nil {
		return v, err
	}
	for _, e := range entries {
		v.Story = append(v.Story, Line{At: e.At, Kind: e.Kind, Text: tell(e)})
	}
	v.Adopt = l.mayAdopt(v.Summary)
	return v, l.tellKept(&v)
}

// find returns the run of an id, or the newest of an event's key.
func (a *App) find(ref string) (*live, RunView, error) {
	l, err := a.open()
	if err != nil {
		return nil, RunView{}, err
	}
	if s, err := l.engine.Summary(ref); err == nil {
		v := l.runView(s)
		return l, v, l.turn(&v, new(turns))
	}
	runs, err := a.Runs("", "")
	if err != nil {
		return nil, RunView{}, err
	}
	i := slices.IndexFunc(runs, func(v RunView) bool { return v.ID == ref || v.Key == ref })
	if i < 0 {
		return nil, RunView{}, problem(fmt.Errorf("run %.80q: %w", ref, ErrNotFound), "planwright runs list")
	}
	return l, runs[i], nil
}

// tell says one entry in words.
func tell(e engine.Entry) string {
	if e.Data == nil {
		return "(its details were pruned)"
	}
	switch e.Kind {
	case engine.KindStarted:
		s := as[engine.Started](e)
		return fmt.Sprintf("plan %s (%.19s), record %s, under %s", s.Name, s.Plan, s.Record, s.Approval)
	case engine.KindAnswered:
		s := as[engine.Answered](e)
		return fmt.Sprintf("%s: %s%s", s.Path, s.Outcome.Class, size(s.Outcome.Value))
	case engine.KindRows:
		var parts []string
		for _, r := range as[engine.Rows](e).Rows {
			parts = append(parts, fmt.Sprintf("%s %s → %s", r.Mapping, strings.Join(r.Key, " · "), firstText(r.Value)))
		}
		return "uses " + strings.Join(parts, ", ")
	case engine.KindIntent:
		s := as[engine.Intent](e)
		text := fmt.Sprintf("%s: %s %s", s.Path, s.Request.Method, strings.SplitN(s.Request.Path, "?", 2)[0])
		if s.Natural != "" {
			text += " as " + s.Natural
		}
		if s.Attempt > 1 {
			text += fmt.Sprintf(" (attempt %d)", s.Attempt)
		}
		return text
	case engine.KindOutcome:
		s := as[engine.WriteOutcome](e)
		return strings.TrimSpace(fmt.Sprintf("%s: %s %s%s", s.Path, s.Outcome.Class, s.Outcome.Message, scalars(s.Outcome.Value)))
	case engine.KindHeld:
		s := as[engine.Hold](e)
		return fmt.Sprintf("for %s: %s", s.Code, s.Message)
	case engine.KindReleased:
		s := as[engine.Released](e)
		text := "by " + s.By
		if s.Allow != "" {
			text += ", who accepts it"
		}
		return text + reason(s.Why)
	case engine.KindReplied:
		s := as[engine.Reply](e)
		text := s.Path + ": " + s.Answer
		if s.Record != "" {
			text += " (" + s.Record + ")"
		}
		return text + ", by " + s.By + reason(s.Why)
	case engine.KindAdopted:
		s := as[engine.Adopted](e)
		var text strings.Builder
		text.WriteString(s.Path + ": adopts " + s.Record)
		for i, d := range s.Despite {
			text.WriteString([2]string{", despite ", ", "}[min(i, 1)] + differenceText(d))
		}
		return text.String() + ", by " + s.By + reason(s.Why)
	case engine.KindFinished:
		s := as[engine.Finished](e)
		var text strings.Builder
		text.WriteString(strings.TrimSpace(string(s.State) + " " + s.Reason))
		if s.By != "" {
			text.WriteString(", by " + s.By)
		}
		for i, name := range slices.Sorted(maps.Keys(s.Outputs)) {
			text.WriteString([2]string{", ", ": "}[min(i, 1)^1] + name + " " + outputText(s.Outputs[name]))
		}
		return text.String()
	}
	return ""
}

func as[T any](e engine.Entry) T {
	var v T
	d := json.NewDecoder(bytes.NewReader(e.Data))
	d.UseNumber()
	_ = d.Decode(&v) // what was folded before reads again
	return v
}

func size(v any) string {
	list, ok := v.([]any)
	switch {
	case !ok:
		return ""
	case len(list) == 1:
		return ", 1 record"
	}
	return fmt.Sprintf(", %d records", len(list))
}

// scalars shows the plain members of what came back: ids, numbers, sums.
func scalars(v any) string {
	m, _ := v.(map[string]any)
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		switch m[k].(type) {
		case map[string]any, []any:
		default:
			parts = append(parts, fmt.Sprintf("%s %v", k, m[k]))
		}
	}
	return strings.Join(parts, ", ")
}

func firstText(m map[string]any) string {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if s, ok := m[k].(string); ok {
			return s
		}
	}
	return ""
}

// next is the command that would release a held run.
func next(s localengine.Summary) string {
	if s.Hold == nil || !s.Hold.Until.IsZero() {
		return ""
	}
	switch s.Hold.Code {
	case engine.HoldUnmapped:
		if len(s.Hold.Missing) == 0 {
			return ""
		}
		k := s.Hold.Missing[0]
		return fmt.Sprintf("planwright mapping approve %s %s %s --to CODE", s.Plan, k.Mapping, shellWords(k.Key))
	case engine.HoldStale:
		return "planwright plans says why; propose and approve again, or connect the tenant it began with"
	case engine.HoldAsk, engine.HoldUnknown:
		return howToAnswer(s)
	case engine.HoldAmount, engine.HoldRestored, engine.HoldUnusual:
		return fmt.Sprintf("planwright runs retry %s --allow, or planwright runs cancel %s", s.ID, s.ID)
	default:
		return fmt.Sprintf("mend it, then planwright runs retry %s", s.ID)
	}
}

// plainLetters need no quotes in a shell.
const plainLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./@"

// shellWords quotes words for a shell.
func shellWords(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = w
		if w == "" || strings.Trim(w, plainLetters) != "" {
			out[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(out, " ")
}
