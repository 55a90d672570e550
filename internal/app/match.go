package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/agent/match"
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
