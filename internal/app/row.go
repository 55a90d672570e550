package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/planwright/planwright/runtime/mapping"
)

// RowDecision is what a person decides about one key.
type RowDecision struct {
	Approve bool
	// To names another target than the one proposed, by its code.
	To string
	// Row, when set, is the [RowView.Row] that the person saw, "" for an open key.
	Row     *string
	By      string
	Comment string
}

// DecideRow approves the row proposed for a key, or the one to the record that To names;
// or rejects the proposed row, or withdraws the approved one.
func (a *App) DecideRow(ctx context.Context, ref, m string, key []string, d RowDecision) (RowView, error) {
	l, name, err := a.proposed(ref)
	if err != nil {
		return RowView{}, err
	}
	var v RowView
	err = l.deciding(ctx, func(read lists) (err error) {
		v, err = l.decideRow(ctx, read, name, m, key, d)
		return err
	})
	return v, err
}

// decideRow is DecideRow with what was read so far. l.mu is held.
func (l *live) decideRow(ctx context.Context, read lists, name, m string, key []string, d RowDecision) (RowView, error) {
	table, err := l.asShown(name, m, key, d.Row)
	if err != nil {
		return RowView{}, err
	}
	now := l.app.cfg.Now()
	pending, waits := table.Pending(key)
	current, has := table.Approved(key)
	var events []mapping.Event
	switch {
	case d.Approve && d.To != "":
		if pending, err = l.rowTo(read, table, key, d.To); err != nil {
			return RowView{}, err
		}
		events = []mapping.Event{mapping.Propose(pending, d.By, now), mapping.Decide(pending, mapping.Approved, d.By, now, d.Comment)}
	case d.Approve && waits:
		events = []mapping.Event{mapping.Decide(pending, mapping.Approved, d.By, now, d.Comment)}
		if err := l.confirm(read, table, events); err != nil {
			return RowView{}, err
		}
	case d.Approve:
		return RowView{}, problem(fmt.Errorf("mapping %s: nothing is proposed for %q", m, key), "say what it stands for: --to CODE")
	case waits:
		events = []mapping.Event{mapping.Decide(pending, mapping.Rejected, d.By, now, d.Comment)}
	case has:
		pending = current
		events = []mapping.Event{mapping.Decide(current, mapping.Withdrawn, d.By, now, d.Comment)}
	default:
		return RowView{}, problem(fmt.Errorf("mapping %s: there is no row for %q", m, key), "planwright mapping list "+name)
	}
	if err := l.add(ctx, name, m, events); err != nil {
		return RowView{}, err
	}
	if table, err = l.table(name, m, key); err != nil {
		return RowView{}, err
	}
	last := events[len(events)-1]
	pending.State, pending.By, pending.At, pending.Comment = last.Kind, last.By, last.At, last.Comment
	return view(table, pending), nil
}

// asShown returns the table of a key that is as a person saw it. l.mu is held.
func (l *live) asShown(name, m string, key []string, row *string) (*mapping.Table, error) {
	table, err := l.table(name, m, key)
	if err != nil {
		return nil, err
	}
	return table, moved(table, key, row)
}

// moved refuses a decision about a key that is not any more as it was shown.
func moved(t *mapping.Table, key []string, row *string) error {
	if row == nil || cmp.Or(*row, "0") == shown(t, key) {
		return nil
	}
	history := t.History(key)
	if len(history) == 0 {
		return problem(fmt.Errorf("row %s: %w", strings.Join(key, " · "), ErrMoved), "look at it again")
	}
	last := history[len(history)-1]
	return problem(fmt.Errorf("row %s: %w: %s by %s at %s", strings.Join(key, " · "), ErrMoved, last.Kind, last.By, last.At.Format("15:04:05 MST")),
		"look at it again; your decision was not recorded")
}

// UndoRow takes the last decision about a key back: the row waits again, and where the
// decision had replaced an approved row, that row is in use again. The decision stays in the
// record, with who took it back. row is the [RowView.Row] that the person saw.
func (a *App) UndoRow(ctx context.Context, ref, m string, key []string, row, by string) (RowView, error) {
	l, name, err := a.proposed(ref)
	if err != nil {
		return RowView{}, err
	}
	var v RowView
	err = l.deciding(ctx, func(read lists) (err error) {
		v, err = l.undoRow(ctx, read, name, m, key, row, by)
		return err
	})
	return v, err
}

// undoRow is UndoRow with what was read so far. l.mu is held.
func (l *live) undoRow(ctx context.Context, read lists, name, m string, key []string, row, by string) (RowView, error) {
	table, err := l.asShown(name, m, key, &row)
	if err != nil {
		return RowView{}, err
	}
	events, err := table.Undo(key, by, l.app.cfg.Now())
	if err != nil {
		return RowView{}, problem(err, "planwright mapping list "+name)
	}
	if err := l.confirm(read, table, events); err != nil {
		return RowView{}, err
	}
	if err := l.add(ctx, name, m, events); err != nil {
		return RowView{}, err
	}
	if table, err = l.table(name, m, key); err != nil {
		return RowView{}, err
	}
	if back, waits := table.Pending(key); waits {
		return view(table, back), nil
	}
	back, _ := table.Approved(key)
	return view(table, back), nil
}

func (l *live) table(name, m string, key []string) (*mapping.Table, error) {
	t, err := l.tablesOf(name)
	if err != nil {
		return nil, err
	}
	table := t.table[m]
	if table == nil {
		return nil, problem(fmt.Errorf("plan %s has no mapping %q", name, m), "one of: "+strings.Join(slices.Sorted(maps.Keys(t.table)), ", "))
	}
	if key != nil && len(key) != len(table.From) {
		var names []string
		for _, c := range table.From {
			names = append(names, strings.ToUpper(c.Name))
		}
		return nil, problem(fmt.Errorf("mapping %s: a key has %d parts, not %d", m, len(table.From), len(key)), "give "+strings.Join(names, " "))
	}
	return table, nil
}

// rowTo makes the row from a key to the record with a code.
func (l *live) rowTo(read lists, t *mapping.Table, key []string, code string) (mapping.Row, error) {
	targets, err := l.recent(read, t.To, withCode(code))
	if err != nil {
		return mapping.Row{}, err
	}
	from, err := l.sourceLabel(read, t, key)
	if err != nil {
		return mapping.Row{}, err
	}
	var near []string
	for _, r := range targets {
		if r.Code == code {
			return rowFor(t, key, from, r)
		}
		near = append(near, r.Code)
	}
	slices.Sort(near)
	return mapping.Row{}, problem(fmt.Errorf("%s: there is no live record with the code %q", t.To, code), "one of: "+strings.Join(near, ", "))
}

// sourceLabel is what people call the source of a key. The id of a record must be one: a
// row for a mistyped id would never be used, and nobody would know.
func (l *live) sourceLabel(read lists, t *mapping.Table, key []string) (string, error) {
	object, ok := recordInput(t)
	if !ok {
		return strings.Join(key, " · "), nil
	}
	sources, err := l.recent(read, object, func(r record) bool { return r.ID == key[0] })
	if err != nil {
		return "", err
	}
	for _, r := range sources {
		if r.ID == key[0] {
			return r.label(), nil
		}
	}
	return "", problem(fmt.Errorf("%s: there is no record %q", object, key[0]), "give the id as mapping match shows it")
}

// Shown is the rows that a person looked at: the [RowView.Row] of each, by [mapping.KeyText].
type Shown map[string]string

// ApproveExact approves every row that the matcher proposed and is sure of: code or name
// agree exactly and nothing speaks against it. Where shown is given it is those rows and no
// others, and [ErrMoved] if one of them is not as it was shown. It is refused for mappings of
// values, such as tax: those are decided one by one.
func (a *App) ApproveExact(ctx context.Context, ref, m string, shownRows Shown, by, comment string) ([]RowView, error) {
	l, name, err := a.proposed(ref)
	if err != nil {
		return nil, err
	}
	var done []RowView
	err = l.deciding(ctx, func(read lists) (err error) {
		done, err = l.approveExact(ctx, read, name, m, shownRows, by, comment)
		return err
	})
	return done, err
}

// approveExact is ApproveExact with what was read so far. l.mu is held.
func (l *live) approveExact(ctx context.Context, read lists, name, m string, shownRows Shown, by, comment string) ([]RowView, error) {
	table, err := l.table(name, m, nil)
	if err != nil {
		return nil, err
	}
	if _, ok := recordInput(table); !ok {
		return nil, problem(fmt.Errorf("mapping %s maps values, not records: its rows are decided one by one", m), "planwright mapping list "+name)
	}
	done := []RowView{}
	var events []mapping.Event
	for _, r := range table.Rows() {
		if !sure(r) {
			continue
		}
		if _, replaces := table.Approved(r.Key); replaces {
			continue
		}
		if row, seen := shownRows[mapping.KeyText(r.Key)]; shownRows != nil && (!seen || row != shown(table, r.Key)) {
			continue
		}
		e := mapping.Decide(r, mapping.Approved, by, l.app.cfg.Now(), comment)
		events = append(events, e)
		r.State, r.By, r.At = mapping.Approved, e.By, e.At
		done = append(done, view(table, r))
	}
	if shownRows != nil && len(done) != len(shownRows) {
		return nil, problem(fmt.Errorf("mapping %s: %w: %d of the %d rows are not as they were shown", m, ErrMoved, len(shownRows)-len(done), len(shownRows)),
			"look at them again; nothing was approved")
	}
	if err := l.confirm(read, table, events); err != nil {
		return nil, err
	}
	return done, l.add(ctx, name, m, events)
}

// confirm refuses approvals of rows that do not choose a live record, or say of it what is
// not so: a proposal may come from a file, or be old, and it decides where money is booked.
func (l *live) confirm(read lists, t *mapping.Table, events []mapping.Event) error {
	next := t.Clone()
	for _, e := range events {
		row, _ := next.Pending(e.Key)
		if err := next.Apply(e); err != nil {
			return err
		}
		if e.Kind != mapping.Approved {
			continue
		}
		if err := l.choosesLive(read, t, row); err != nil {
			return err
		}
	}
	return nil
}

func withCode(code string) func(record) bool {
	return func(r record) bool { return r.Code == code }
}

func (l *live) choosesLive(read lists, t *mapping.Table, row mapping.Row) error {
	says, err := t.NewRow(row.Key, row.Label, row.Value) // a file's row may hold more than the plan takes
	if err != nil {
		return err
	}
	code := text(says.Value[t.Fields[0]])
	targets, err := l.recent(read, t.To, withCode(code))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(targets, withCode(code))
	if i < 0 {
		return problem(fmt.Errorf("row %s: %s has no live record with the code %q; nothing was approved", strings.Join(row.Key, " · "), t.To, code),
			"mend the row, or name the record: planwright mapping approve PLAN MAPPING KEY --to CODE")
	}
	is, err := rowFor(t, row.Key, row.Label.From, targets[i])
	if err != nil {
		return err
	}
	if is.Digest() != says.Digest() {
		return problem(fmt.Errorf("row %s: the record is %s, and the row says %s; nothing was approved", strings.Join(row.Key, " · "), view(t, is).Target, view(t, says).Target),
			"mend the row, or take the record as it is: planwright mapping approve PLAN MAPPING KEY --to "+code)
	}
	return nil
}
