package app

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/agent/match"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/mapping"
)

// matcher is the name under which proposals of the matcher are filed.
const matcher = "matcher"

// MappingView is one mapping of a plan as people see it.
type MappingView struct {
	Name string    `json:"name"`
	From []string  `json:"from"` // inputs, in the order of a key
	To   string    `json:"to"`
	Rows []RowView `json:"rows"`
	// Open are keys without a row, with the nearest candidates.
	Open []OpenKey `json:"open,omitempty"`
}

// Waiting counts what waits for a person.
func (v MappingView) Waiting() int {
	n := len(v.Open)
	for _, r := range v.Rows {
		if r.State == mapping.Proposed {
			n++
		}
	}
	return n
}

// RowView is one row as people see it.
type RowView struct {
	Key     []string      `json:"key"`
	From    string        `json:"from"` // label of the source
	Target  string        `json:"target"`
	State   mapping.State `json:"state"`
	Score   int           `json:"score,omitempty"` // thousandths
	Sure    bool          `json:"sure,omitempty"`  // proposed, and may be approved with others
	Reasons []string      `json:"reasons,omitempty"`
	By      string        `json:"by,omitempty"`
	At      time.Time     `json:"at,omitzero"`
}

// OpenKey is a value that no row maps yet.
type OpenKey struct {
	Key        []string `json:"key"`
	From       string   `json:"from"`
	Candidates []string `json:"candidates,omitempty"` // codes with names
	Runs       int      `json:"runs,omitempty"`       // held runs that wait for it
}

// Mappings lists the rows of a plan's mappings and the keys that held runs wait for.
func (a *App) Mappings(ctx context.Context, ref string) ([]MappingView, error) {
	l, name, err := a.proposed(ref)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	views, err := l.mappings(name, nil)
	if err != nil {
		return nil, err
	}
	for i := range views {
		l.nameOpen(ctx, name, &views[i])
	}
	return views, nil
}

// nameOpen gives open keys that are ids the names of their records, where the vendor can
// be asked; without it they stay ids.
func (l *live) nameOpen(ctx context.Context, name string, v *MappingView) {
	table, err := l.table(name, v.Name, nil)
	if err != nil || len(v.Open) == 0 {
		return
	}
	object, ok := recordInput(table)
	if !ok {
		return
	}
	sources, err := l.fetch(ctx, object)
	if err != nil {
		return
	}
	for i, o := range v.Open {
		for _, r := range sources {
			if r.ID == o.Key[0] {
				v.Open[i].From = r.label()
			}
		}
	}
}

// Match reads both sides of every mapping of records and files a proposal for each source
// that matches one target. It decides nothing.
func (a *App) Match(ctx context.Context, ref string) ([]MappingView, error) {
	l, name, err := a.proposed(ref)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t, err := l.tablesOf(name)
	if err != nil {
		return nil, err
	}
	if err := l.connected(t.plan); err != nil {
		return nil, err
	}
	open := map[string][]OpenKey{}
	for _, m := range slices.Sorted(maps.Keys(t.table)) {
		table := t.table[m]
		targets, err := l.fetch(ctx, table.To)
		if err != nil {
			return nil, err
		}
		if object, ok := recordInput(table); ok {
			sources, err := l.fetch(ctx, object)
			if err != nil {
				return nil, err
			}
			events, rest := l.proposals(table, sources, targets)
			if err := l.add(ctx, name, m, events); err != nil {
				return nil, err
			}
			open[m] = rest
			continue
		}
		for _, k := range l.waiting(name, m, table) {
			k.Candidates = labels(targets)
			open[m] = append(open[m], k)
		}
	}
	return l.mappings(name, open)
}

// proposed finds the plan that a reference means, proposed or approved.
func (a *App) proposed(ref string) (*live, string, error) {
	l, err := a.open()
	if err != nil {
		return nil, "", err
	}
	name, _, err := planRef(ref)
	if err != nil {
		return nil, "", err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err = l.newest(name)
	return l, name, err
}

// recordInput returns the object whose records a mapping maps, when it has that one input.
func recordInput(t *mapping.Table) (string, bool) {
	if len(t.From) == 1 && t.From[0].Type != "string" {
		return t.From[0].Type, true
	}
	return "", false
}

// proposals turns matches into events; sources without one stay open.
func (l *live) proposals(t *mapping.Table, sources, targets []record) (events []mapping.Event, open []OpenKey) {
	byID := map[string]record{}
	for _, r := range targets {
		byID[r.ID] = r
	}
	for i, m := range match.Propose(plain(sources), plain(targets)) {
		key, from := []string{m.Source}, sources[i].label()
		if _, ok := t.Approved(key); ok {
			continue
		}
		if m.Target == "" {
			o := OpenKey{Key: key, From: from}
			for _, c := range m.Candidates {
				o.Candidates = append(o.Candidates, strings.Join(append([]string{byID[c.Target].label()}, c.Differs...), ", "))
			}
			open = append(open, o)
			continue
		}
		row, err := rowFor(t, key, from, byID[m.Target])
		if err != nil {
			open = append(open, OpenKey{Key: key, From: from, Candidates: []string{err.Error()}})
			continue
		}
		row.Score, row.Reasons = 10*m.Score, m.Reasons
		if old, ok := t.Pending(key); ok && old.Digest() == row.Digest() {
			continue
		}
		if decided(t, row) {
			continue // a person rejected this very row
		}
		events = append(events, mapping.Propose(row, matcher, l.app.cfg.Now()))
	}
	return events, open
}

func decided(t *mapping.Table, row mapping.Row) bool {
	return slices.ContainsFunc(t.History(row.Key), func(e mapping.Event) bool {
		return e.Kind == mapping.Rejected && e.Row == row.Digest()
	})
}

func rowFor(t *mapping.Table, key []string, from string, target record) (mapping.Row, error) {
	return t.NewRow(key, mapping.Label{From: from, To: target.label()}, target.fields)
}

func labels(records []record) []string {
	out := make([]string, len(records))
	for i, r := range records {
		out[i] = r.label()
	}
	return out
}

func plain(records []record) []match.Record {
	out := make([]match.Record, len(records))
	for i, r := range records {
		out[i] = r.Record
	}
	return out
}

// waiting lists the keys of a mapping that held runs wait for and nobody has decided.
func (l *live) waiting(name, m string, t *mapping.Table) []OpenKey {
	counts := map[string]*OpenKey{}
	for s, err := range l.engine.Summaries() {
		if err != nil || s.Plan != name || s.Hold == nil || s.Hold.Code != engine.HoldUnmapped {
			continue
		}
		for _, k := range s.Hold.Missing {
			if _, decided := t.Approved(k.Key); decided || k.Mapping != m {
				continue
			}
			id := mapping.KeyText(k.Key)
			if counts[id] == nil {
				counts[id] = &OpenKey{Key: k.Key, From: strings.Join(k.Key, " · ")}
			}
			counts[id].Runs++
		}
	}
	var out []OpenKey
	for _, id := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, *counts[id])
	}
	return out
}

// mappings views all tables of a plan. l.mu is held.
func (l *live) mappings(name string, open map[string][]OpenKey) ([]MappingView, error) {
	t, err := l.tablesOf(name)
	if err != nil {
		return nil, err
	}
	out := []MappingView{}
	for _, m := range slices.Sorted(maps.Keys(t.table)) {
		table := t.table[m]
		v := MappingView{Name: m, To: table.To, Rows: []RowView{}, Open: open[m]}
		for _, c := range table.From {
			v.From = append(v.From, c.Name)
		}
		for _, r := range table.Rows() {
			v.Rows = append(v.Rows, view(table, r))
		}
		if open == nil {
			for _, k := range l.waiting(name, m, table) {
				if _, ok := table.Pending(k.Key); !ok {
					v.Open = append(v.Open, k)
				}
			}
		}
		out = append(out, v)
	}
	return out, nil
}

func view(t *mapping.Table, r mapping.Row) RowView {
	v := RowView{
		Key: r.Key, From: r.Label.From, Target: r.Label.To, State: r.State, Score: r.Score, Sure: sure(r), Reasons: r.Reasons, By: r.By, At: r.At,
	}
	if v.From == "" {
		v.From = strings.Join(r.Key, " · ")
	}
	if v.Target == "" {
		v.Target = firstText(r.Value)
	}
	extra := t.Extra(r)
	for _, name := range slices.Sorted(maps.Keys(extra)) { // what else the plan takes from the record
		v.Target += fmt.Sprintf(", %s %v", name, extra[name])
	}
	return v
}

// sure reports whether a row that waits may be approved together with others.
func sure(r mapping.Row) bool {
	return r.State == mapping.Proposed && r.ProposedBy == matcher && r.Score >= 10*match.Sure
}

// RowDecision is what a person decides about one key.
type RowDecision struct {
	Approve bool
	// To names another target than the one proposed, by its code.
	To      string
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
	l.mu.Lock()
	defer l.mu.Unlock()
	table, err := l.table(name, m, key)
	if err != nil {
		return RowView{}, err
	}
	now := a.cfg.Now()
	pending, waits := table.Pending(key)
	current, has := table.Approved(key)
	var events []mapping.Event
	switch {
	case d.Approve && d.To != "":
		if pending, err = l.rowTo(ctx, table, key, d.To); err != nil {
			return RowView{}, err
		}
		events = []mapping.Event{mapping.Propose(pending, d.By, now), mapping.Decide(pending, mapping.Approved, d.By, now, d.Comment)}
	case d.Approve && waits:
		events = []mapping.Event{mapping.Decide(pending, mapping.Approved, d.By, now, d.Comment)}
		if err := l.confirm(ctx, table, events); err != nil {
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
		return RowView{}, problem(fmt.Errorf("mapping %s: there is no row for %q", m, key), "planwright mapping list "+ref)
	}
	if err := l.add(ctx, name, m, events); err != nil {
		return RowView{}, err
	}
	last := events[len(events)-1]
	pending.State, pending.By, pending.At = last.Kind, last.By, last.At
	return view(table, pending), nil
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
func (l *live) rowTo(ctx context.Context, t *mapping.Table, key []string, code string) (mapping.Row, error) {
	targets, err := l.fetch(ctx, t.To)
	if err != nil {
		return mapping.Row{}, err
	}
	from, err := l.sourceLabel(ctx, t, key)
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
func (l *live) sourceLabel(ctx context.Context, t *mapping.Table, key []string) (string, error) {
	object, ok := recordInput(t)
	if !ok {
		return strings.Join(key, " · "), nil
	}
	sources, err := l.fetch(ctx, object)
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

// ApproveExact approves every row that the matcher proposed and is sure of: code or name
// agree exactly and nothing speaks against it. It is refused
// for mappings of values, such as tax: those are decided one by one.
func (a *App) ApproveExact(ctx context.Context, ref, m, by, comment string) ([]RowView, error) {
	l, name, err := a.proposed(ref)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	table, err := l.table(name, m, nil)
	if err != nil {
		return nil, err
	}
	if _, ok := recordInput(table); !ok {
		return nil, problem(fmt.Errorf("mapping %s maps values, not records: its rows are decided one by one", m), "planwright mapping list "+ref)
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
		e := mapping.Decide(r, mapping.Approved, by, a.cfg.Now(), comment)
		events = append(events, e)
		r.State, r.By, r.At = mapping.Approved, e.By, e.At
		done = append(done, view(table, r))
	}
	if err := l.confirm(ctx, table, events); err != nil {
		return nil, err
	}
	return done, l.add(ctx, name, m, events)
}

// ImportRows takes rows from CSV as proposals; with approve, that person approves them all.
func (a *App) ImportRows(ctx context.Context, ref, m, file string, data []byte, approve string) (int, diag.List, error) {
	l, name, err := a.proposed(ref)
	if err != nil {
		return 0, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	table, err := l.table(name, m, nil)
	if err != nil {
		return 0, nil, err
	}
	o := mapping.Import{File: file, By: "import", At: a.cfg.Now(), Approve: approve != ""}
	if approve != "" {
		o.By = approve
	}
	events, found := table.Import(data, o)
	if found.HasErrors() {
		return 0, found, nil
	}
	counted := mapping.Proposed
	if approve != "" {
		counted = mapping.Approved
		if err := l.confirm(ctx, table, events); err != nil {
			return 0, found, err
		}
	}
	n := 0
	for _, e := range events {
		if e.Kind == counted {
			n++
		}
	}
	return n, found, l.add(ctx, name, m, events)
}

// confirm refuses approvals of rows that do not choose a live record, or say of it what is
// not so: a proposal may come from a file, or be old, and it decides where money is booked.
func (l *live) confirm(ctx context.Context, t *mapping.Table, events []mapping.Event) error {
	if len(events) == 0 {
		return nil
	}
	targets, err := l.fetch(ctx, t.To)
	if err != nil {
		return err
	}
	next := t.Clone()
	for _, e := range events {
		row, _ := next.Pending(e.Key)
		if err := next.Apply(e); err != nil {
			return err
		}
		if e.Kind != mapping.Approved {
			continue
		}
		if err := choosesLive(t, row, targets); err != nil {
			return err
		}
	}
	return nil
}

func choosesLive(t *mapping.Table, row mapping.Row, targets []record) error {
	says, err := t.NewRow(row.Key, row.Label, row.Value) // a file's row may hold more than the plan takes
	if err != nil {
		return err
	}
	code := text(says.Value[t.Fields[0]])
	i := slices.IndexFunc(targets, func(r record) bool { return r.Code == code })
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

// ExportRows writes all rows as CSV.
func (a *App) ExportRows(_ context.Context, ref, m string, w io.Writer) error {
	l, name, err := a.proposed(ref)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	table, err := l.table(name, m, nil)
	if err != nil {
		return err
	}
	var rows bytes.Buffer
	if err := table.WriteCSV(&rows); err != nil {
		return err
	}
	head, err := csv.NewReader(bytes.NewReader(rows.Bytes())).Read()
	if err != nil {
		return err
	}
	if _, err := rows.WriteTo(w); err != nil {
		return err
	}
	// Keys that wait for a decision, to be filled in.
	out := csv.NewWriter(w)
	for _, k := range l.waiting(name, m, table) {
		line := make([]string, len(head))
		for i, col := range head {
			for j, in := range table.From {
				if col == "from."+in.Name {
					line[i] = k.Key[j]
				}
			}
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Stale says why the approval of a plan does not hold now; nil when it holds or there is none.
func (a *App) Stale(ref string) []string {
	l, name, err := a.proposed(ref)
	if err != nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	cur, ok := l.records.Current(name)
	if !ok {
		return nil
	}
	v, err := l.view(cur.Proposal.ID)
	if err != nil {
		return nil
	}
	return v.Stale
}
