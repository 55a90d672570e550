package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/trigger"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/schema"
)

// Cause says why two sides do not agree. The strings are part of reconcile --json.
type Cause string

// The closed list of causes.
const (
	NeverSeen   Cause = "never-seen"  // it qualifies, and no trigger ever saw it
	LeftAlone   Cause = "left-alone"  // it qualified before the plan began
	UnderWay    Cause = "under-way"   // its run goes on by itself
	IsHeld      Cause = "held"        // its run waits for a person
	WasRefused  Cause = "refused"     // its run ended without making anything, with a reason
	WasStopped  Cause = "stopped"     // a person cancelled its run, or it failed
	Gone        Cause = "gone"        // what its run made is not there any more
	Dead        Cause = "dead"        // what its run made was voided or deleted
	Twice       Cause = "twice"       // there are two for it
	ChangedThen Cause = "changed"     // what was made is not any more as it was answered
	Withdrawn   Cause = "withdrawn"   // the record does not qualify any more, and what was made for it stands
	NoLink      Cause = "no-link"     // the record does not carry what was made for it
	NotShown    Cause = "not-shown"   // the record does not show the state of what was made for it
	Stranger    Cause = "stranger"    // it looks like ours, and no run made it
	Unreachable Cause = "unreachable" // one side could not be read
)

// Quiet reports whether nobody needs to do anything about it.
func (c Cause) Quiet() bool { return c == LeftAlone || c == UnderWay || c == WasRefused }

// Discrepancy is one thing in which the two sides do not agree.
type Discrepancy struct {
	Cause  Cause  `json:"cause"`
	Plan   string `json:"plan"`
	Record string `json:"record,omitempty"` // id on the side that starts runs
	Label  string `json:"label,omitempty"`
	Run    string `json:"run,omitempty"`
	Made   string `json:"made,omitempty"` // id or natural key on the other side
	Text   string `json:"text"`
	Repair string `json:"repair"` // the next command to type, or a sentence
}

// Reconciled is the account of one plan: what qualifies on one side against what stands on the
// other.
type Reconciled struct {
	Plan    string `json:"plan"`
	Left    string `json:"left"`    // "salesforce.Opportunity"
	Right   string `json:"right"`   // "xero.Invoice"
	Records int    `json:"records"` // that qualify
	Made    int    `json:"made"`    // live ones that runs of the plan made
	Agreed  int    `json:"agreed"`  // records with the one that was made for them, in every field compared
	// Sums are over the agreed ones, by money field and currency of the right side.
	Sums          map[string]string `json:"sums,omitempty"`
	Discrepancies []Discrepancy     `json:"discrepancies"`
}

// Reconcile compares, for every approved plan that makes records, or the one named, all that
// qualifies on one side with all that was made on the other. It reads both sides whole and
// writes nothing.
func (a *App) Reconcile(ctx context.Context, planName string) ([]Reconciled, error) {
	l, err := a.open()
	if err != nil {
		return nil, err
	}
	names := l.approved()
	if planName != "" {
		if !slices.Contains(names, planName) {
			return nil, problem(fmt.Errorf("reconcile: plan %.80q is not approved: %w", planName, ErrNotFound), "planwright plans")
		}
		names = []string{planName}
	}
	out := []Reconciled{}
	for _, name := range slices.Sorted(slices.Values(names)) {
		r, err := l.reconciliation(name)
		if err != nil {
			return nil, err
		}
		if r == nil {
			continue // it makes nothing that could be counted
		}
		if err := r.run(ctx); err != nil {
			return nil, err
		}
		out = append(out, r.out)
	}
	return out, nil
}

// reconciliation is the work on one plan.
type reconciliation struct {
	l     *live
	watch trigger.Watch
	step  *plan.Step // that makes the record
	at    string     // its pointer
	op    *catalog.Operation
	out   Reconciled
	shown []mirror // plans that keep fields of the left side up to date
	// amounts are the decimal fields of the right side that the plans read.
	amounts []string

	left  map[string]map[string]any // by id
	right map[string]map[string]any // by id
	known map[string][]string       // ids of live ones, by natural key
	runs  map[string]localengine.Summary
	made  map[string]Made // by record
	ours  map[string]bool // ids that runs made
}

// reconciliation prepares the account of a plan; nil for one that makes nothing by a key.
func (l *live) reconciliation(name string) (*reconciliation, error) {
	w, err := l.watch(name)
	if err != nil {
		return nil, err
	}
	p := w.Checked.Plan
	r := &reconciliation{l: l, watch: w}
	for i := range p.Steps {
		info := w.Checked.Step(p.Steps[i].ID)
		if p.Steps[i].Kind == plan.Write && info.Operation.Effect == catalog.EffectCreate && info.Operation.Repeat != nil && p.Steps[i].Key[info.Operation.Repeat.Key].Expr != "" {
			r.step, r.at, r.op = &p.Steps[i], info.Pointer, info.Operation
			break
		}
	}
	if r.step == nil || p.Trigger.Kind != plan.OnChange {
		return nil, nil
	}
	r.out = Reconciled{
		Plan: name, Left: p.Trigger.API + "." + p.Trigger.Object, Right: r.op.Entity, Discrepancies: []Discrepancy{}, Sums: map[string]string{},
	}
	r.mirrors(w, r.step)
	r.looksAt(w)
	for _, other := range l.approved() {
		o, err := l.watch(other)
		if err != nil || other == name || o.Checked.Plan.Trigger.API+"."+o.Checked.Plan.Trigger.Object != r.out.Right {
			continue
		}
		r.mirrors(o, nil)
		r.looksAt(o)
	}
	return r, nil
}

// looksAt notes the amounts of the right side that a plan reads.
func (r *reconciliation) looksAt(w trigger.Watch) {
	obj, _ := r.l.cat.Object(r.out.Right)
	for _, name := range w.Checked.Reads()[r.out.Right] {
		if f, ok := obj.Field(name); ok && f.Money && !slices.Contains(r.amounts, name) {
			r.amounts = append(r.amounts, name)
		}
	}
}

func (r *reconciliation) run(ctx context.Context) error {
	var away *trigger.Unreachable
	err := r.read(ctx)
	if errors.As(err, &away) {
		r.differ(Discrepancy{Cause: Unreachable, Label: away.API, Text: err.Error(), Repair: "see that " + away.API + " is up and connected: planwright connect " + away.API})
		return nil
	}
	if err != nil {
		return err
	}
	if err := r.journalled(); err != nil {
		return err
	}
	r.out.Records = len(r.left)
	sums := map[string]decimal.Decimal{}
	for _, id := range slices.Sorted(maps.Keys(r.left)) {
		if before := len(r.out.Discrepancies); r.record(id, r.left[id]) && len(r.out.Discrepancies) == before {
			r.out.Agreed++
			r.add(sums, r.right[r.made[id].ID])
		}
	}
	for name, sum := range sums {
		r.out.Sums[name] = sum.String()
	}
	r.withdrawn()
	r.strangers()
	return nil
}

// read reads both sides whole.
func (r *reconciliation) read(ctx context.Context) error {
	var fields []string
	left, _ := r.l.cat.Object(r.out.Left)
	for _, m := range r.shown {
		fields = append(append(fields, m.fields...), m.checked.Reads()[r.out.Left]...)
	}
	fields = slices.DeleteFunc(fields, func(name string) bool { _, ok := left.Field(name); return !ok })
	if e, ok := r.l.cat.Entity(r.out.Left); ok && len(e.Match) > 0 {
		fields = append(fields, e.Match[len(e.Match)-1])
	}
	var err error
	if r.left, err = r.l.poller.All(ctx, r.watch, fields...); err != nil {
		return err
	}
	rows, err := r.others(ctx)
	if err != nil {
		return err
	}
	obj, _ := r.l.cat.Object(r.out.Right)
	r.right, r.known = map[string]map[string]any{}, map[string][]string{}
	for _, x := range rows {
		row, ok := x.(map[string]any)
		if !ok {
			continue
		}
		id := text(row[obj.Key])
		r.right[id] = row
		if !r.dead(row) {
			number := text(row[r.op.Repeat.Key])
			r.known[number] = append(r.known[number], id)
		}
	}
	return nil
}

// others lists every record of the right side.
func (r *reconciliation) others(ctx context.Context) ([]any, error) {
	api, short, _ := strings.Cut(r.out.Right, ".")
	entity, _ := r.l.cat.Entity(r.out.Right)
	op, args, err := r.l.listing(api, short, entity)
	if err != nil {
		return nil, err
	}
	if args.Query != nil {
		obj, _ := r.l.cat.Object(r.out.Right)
		args.Query.Select = append(args.Query.Select, r.op.Repeat.Key)
		for _, m := range r.shown {
			args.Query.Select = append(args.Query.Select, m.checked.Reads()[r.out.Right]...)
		}
		args.Query.Select = slices.DeleteFunc(args.Query.Select, func(name string) bool { _, ok := obj.Field(name); return !ok })
		slices.Sort(args.Query.Select)
		args.Query.Select = slices.Compact(args.Query.Select)
	}
	vendor, _ := r.l.cat.API(api)
	req, err := apicall.Render(vendor, op, r.l.cat, args)
	if err != nil {
		return nil, fmt.Errorf("reconcile %s: %w", r.out.Plan, err)
	}
	out := r.l.caller.Call(ctx, req)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if out.Class != catalog.ClassOK {
		return nil, &trigger.Unreachable{Plan: r.out.Plan, API: api, Outcome: out}
	}
	rows, _ := out.Value.([]any)
	return rows, nil
}

// journalled reads what the journal knows: the newest run of each record, and what was made.
func (r *reconciliation) journalled() error {
	r.runs, r.made, r.ours = map[string]localengine.Summary{}, map[string]Made{}, map[string]bool{}
	for s, err := range r.l.engine.Summaries() {
		if err != nil {
			return err
		}
		if s.Plan != r.out.Plan {
			continue
		}
		r.l.remaining(&s)
		if old, ok := r.runs[s.Record]; !ok || s.Begun.After(old.Begun) {
			r.runs[s.Record] = s
		}
		made, err := r.l.made(s)
		if err != nil {
			return err
		}
		for _, m := range made {
			if m.Object == r.out.Right && m.ID != "" {
				r.made[s.Record], r.ours[m.ID] = m, true
			}
		}
	}
	r.out.Made = len(r.ours)
	return nil
}

func (r *reconciliation) differ(d Discrepancy) {
	d.Plan = r.out.Plan
	r.out.Discrepancies = append(r.out.Discrepancies, d)
}

func (r *reconciliation) dead(row map[string]any) bool {
	rep := r.op.Repeat
	return rep.Status != "" && slices.Contains(rep.Dead, text(row[rep.Status]))
}

// label is what people call a record of the left side.
func (r *reconciliation) label(id string) string {
	if e, ok := r.l.cat.Entity(r.out.Left); ok && len(e.Match) > 0 {
		if name := text(r.left[id][e.Match[len(e.Match)-1]]); name != "" {
			return name
		}
	}
	return r.runs[id].Label
}

// record holds one record that qualifies against what was made for it, and reports whether
// there is such a thing.
func (r *reconciliation) record(id string, row map[string]any) bool {
	run, ran := r.runs[id]
	made, has := r.made[id]
	say := func(c Cause, repair, format string, args ...any) {
		r.differ(Discrepancy{Cause: c, Record: id, Label: r.label(id), Run: run.ID, Made: cmp.Or(made.Natural, made.ID), Text: fmt.Sprintf(format, args...), Repair: repair})
	}
	if number := r.number(row); len(r.known[number]) > 1 {
		say(Twice, "void all but one in "+apiOf(r.out.Right)+", after looking at each", "%d live ones are numbered %s", len(r.known[number]), number)
		return false
	}
	if has {
		return r.counterpart(row, made, say)
	}
	switch {
	case !ran:
		r.unseen(id, row, say)
	case run.State == engine.Held && run.Hold.Code == engine.HoldUnmapped && len(run.Hold.Missing) == 0:
		say(UnderWay, "nothing: it goes on by itself", "%s", run.Hold.Message)
	case run.State == engine.Held && run.Hold.Code != engine.HoldWaiting && run.Hold.Until.IsZero():
		say(IsHeld, cmp.Or(r.adoption(run, row), next(run)), "held for %s: %s", run.Hold.Code, run.Hold.Message)
	case run.State == engine.Refused:
		say(WasRefused, "nothing, if that is meant; else mend the record: saved again it is judged anew", "%s", run.Reason)
	case run.State == engine.Cancelled || run.State == engine.Failed:
		say(WasStopped, "make it by hand, if it is wanted: its event never runs again", "%s: %s", run.State, run.Reason)
	case run.State == engine.Done && run.Reason != "": // it was to adopt, and nothing was there
		say(LeftAlone, "nothing, if that is meant: it was there when the plan was approved", "%s", run.Reason)
	case run.State == engine.Done:
		say(Gone, "planwright runs show "+run.ID, "its run is done and made nothing")
	default:
		say(UnderWay, "nothing: it goes on by itself", "its run is %s", run.State)
	}
	return false
}

// adoption is the command that takes the one live record which carries the number of a held
// run's record for what the run was to make; "" where there is none to take.
func (r *reconciliation) adoption(run localengine.Summary, row map[string]any) string {
	there := r.known[r.number(row)]
	if len(there) != 1 || r.ours[there[0]] {
		return ""
	}
	return r.l.howToAdopt(run.ID, there[0])
}

// unseen tells why a record that qualifies has no run.
func (r *reconciliation) unseen(id string, row map[string]any, say func(Cause, string, string, ...any)) {
	taken, err := r.l.journal.Claimed(localengine.Claim(r.out.Plan, r.watch.KeyOf(row)))
	switch {
	case err == nil && taken:
		say(LeftAlone, "nothing, if that is meant: it was there when the plan was approved", "it qualified before the plan began")
	default:
		say(NeverSeen, "planwright run "+r.out.Plan+" --once", "it qualifies and no trigger has seen it yet")
	}
}

// counterpart holds a record against the one that was made for it.
func (r *reconciliation) counterpart(row map[string]any, made Made, say func(Cause, string, string, ...any)) bool {
	there, ok := r.right[made.ID]
	api := apiOf(r.out.Right)
	switch {
	case !ok:
		say(Gone, "look in "+api+" who deleted it", "%s is not in %s any more", cmp.Or(made.Natural, made.ID), api)
		return false
	case r.dead(there):
		say(Dead, "decide whether another is wanted: its event never runs again", "%s is %s in %s", cmp.Or(made.Natural, made.ID), text(there[r.op.Repeat.Status]), api)
		return false
	}
	for _, field := range made.changed(there, r.op.Repeat.Status) {
		say(ChangedThen, "look at its history in "+api, "%s was %s when it was made and is %s", field, text(made.answer[field]), text(there[field]))
	}
	for _, m := range r.shown {
		var missing []string
		for _, f := range m.wants(r.watch.Checked.Plan.Trigger.As, row, there) {
			switch {
			case same(f.want, row[f.name]): // as it should be
			case m.made != "":
				say(NoLink, cmp.Or(r.l.howToAdopt(made.Run, made.ID), next(r.runs[made.Record]), "planwright runs show "+made.Run), "%s is %q, not %q", f.name, text(row[f.name]), text(f.want))
			default:
				missing = append(missing, fmt.Sprintf("%s is %q, not %q", f.name, text(row[f.name]), text(f.want)))
			}
		}
		if missing != nil {
			say(NotShown, "planwright run "+m.plan.Name+" --once", "%s, which plan %s writes", strings.Join(missing, ", "), m.plan.Name)
		}
	}
	return true
}

// same compares two values as a person would: numbers by value, and absent is empty.
func same(x, y any) bool {
	a, b := text(x), text(y)
	if a == b {
		return true
	}
	da, err := decimal.Parse(cmp.Or(a, "0"))
	db, err2 := decimal.Parse(cmp.Or(b, "0"))
	return err == nil && err2 == nil && da.Equal(db)
}

// number is the natural key that the plan would give what it makes for a record.
func (r *reconciliation) number(row map[string]any) string {
	at := plan.Join(plan.Join(r.at, "key"), r.op.Repeat.Key)
	v, _, err := r.watch.Checked.Expr(at).Eval(map[string]any{r.watch.Checked.Plan.Trigger.As: row}, nil)
	if err != nil {
		return ""
	}
	return text(v)
}

// withdrawn tells of what was made for records that do not qualify any more.
func (r *reconciliation) withdrawn() {
	for _, id := range slices.Sorted(maps.Keys(r.made)) {
		made := r.made[id]
		there, ok := r.right[made.ID]
		if _, qualifies := r.left[id]; qualifies || !ok || r.dead(there) {
			continue
		}
		r.differ(Discrepancy{
			Cause: Withdrawn, Record: id, Label: r.runs[id].Label, Run: made.Run, Made: cmp.Or(made.Natural, made.ID),
			Text:   fmt.Sprintf("it was lost, reopened or deleted since, and %s stands", cmp.Or(made.Natural, made.ID)),
			Repair: "decide in " + apiOf(r.out.Right) + " whether it stays, is credited or voided",
		})
	}
}

// named returns the id of the record for which the plan would make that natural key, of those
// that do not qualify any more: what is left where the key of an empty id has nothing.
func (r *reconciliation) named(number string) (id string, ok bool) {
	const mark = "\x00"
	left, _ := r.l.cat.Object(r.out.Left)
	before, after, ok := strings.Cut(r.number(map[string]any{left.Key: mark}), mark)
	if !ok || before == "" {
		return "", false
	}
	rest, ours := strings.CutPrefix(number, before)
	id, ends := strings.CutSuffix(rest, after)
	word := !strings.ContainsFunc(id, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	return id, ours && ends && word && len(id) >= 15 // a shorter one is somebody's own numbering
}

// strangers tells of live records whose natural key a record of ours would have, or that is
// made as the plan makes keys, and that no run made.
func (r *reconciliation) strangers() {
	expected := map[string]string{}
	for id, row := range r.left {
		expected[r.number(row)] = id
	}
	for _, number := range slices.Sorted(maps.Keys(r.known)) {
		for _, id := range r.known[number] {
			record, ours := expected[number]
			if !ours {
				record, ours = r.named(number)
			}
			if r.ours[id] || !ours || number == "" {
				continue
			}
			r.differ(Discrepancy{
				Cause: Stranger, Record: record, Label: r.label(record), Made: number,
				Text:   fmt.Sprintf("%s carries the number of this record, and no run of this journal made it", id),
				Run:    r.runs[record].ID,
				Repair: cmp.Or(r.l.howToAdopt(r.runs[record].ID, id), "look who made it; an older copy of the journal may have been restored: planwright journal verify"),
			})
		}
	}
}

// add adds the amounts of a right side's record that plans look at to the sums, by its
// currency where it names one.
func (r *reconciliation) add(sums map[string]decimal.Decimal, row map[string]any) {
	obj, _ := r.l.cat.Object(r.out.Right)
	currency := ""
	for _, f := range obj.Fields {
		if strings.HasPrefix(f.Name, "Currency") && f.Type.Kind != schema.Decimal && row[f.Name] != nil {
			currency = text(row[f.Name])
			break
		}
	}
	for _, name := range r.amounts {
		if d, err := decimal.Parse(text(row[name])); err == nil {
			label := strings.TrimSpace(name + " " + currency)
			sums[label] = sums[label].Add(d)
		}
	}
}

func apiOf(object string) string {
	api, _, _ := strings.Cut(object, ".")
	return api
}
