package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	// Records says that it maps records, and not values such as countries: only then may
	// rows be approved together.
	Records bool `json:"records"`
	// Runs counts the held runs that wait for any of its rows, each once.
	Runs int `json:"runs,omitempty"`
	// Compared is when both vendors were last asked; zero when that was in an earlier process.
	Compared time.Time `json:"compared,omitzero"`
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
	Code    string        `json:"code,omitempty"` // of the target
	State   mapping.State `json:"state"`
	Score   int           `json:"score,omitempty"` // thousandths
	Sure    bool          `json:"sure,omitempty"`  // proposed, and may be approved with others
	Reasons []string      `json:"reasons,omitempty"`
	By      string        `json:"by,omitempty"`
	At      time.Time     `json:"at,omitzero"`
	Comment string        `json:"comment,omitempty"`
	// Row stands for the key as it is shown here. Given back with a decision, it makes the
	// decision fail with [ErrMoved] if anybody decided about the key since.
	Row string `json:"row"`
	// Candidates are other records that the key may stand for, as the last Match saw them.
	Candidates []Candidate `json:"candidates,omitempty"`
	Runs       int         `json:"runs,omitempty"` // held runs that wait for it
}

// OpenKey is a value that no row maps yet.
type OpenKey struct {
	Key        []string    `json:"key"`
	From       string      `json:"from"`
	Candidates []Candidate `json:"candidates,omitempty"`
	// Opinion is what a model said that found none of the candidates right, if one was asked.
	Opinion string `json:"opinion,omitempty"`
	Runs    int    `json:"runs,omitempty"` // held runs that wait for it
}

// Candidate is a live record that a key may stand for.
type Candidate struct {
	Code string `json:"code"`
	Name string `json:"name,omitempty"`
	// Score is the share of words in common, 0 to 100; 0 where nothing was compared.
	Score int `json:"score,omitempty"`
	// Differs names what speaks against it: "12 months is not 24 months".
	Differs []string `json:"differs,omitempty"`
}

// String renders the candidate on one line.
func (c Candidate) String() string {
	return strings.Join(append([]string{label(c.Name, c.Code)}, c.Differs...), ", ")
}

// comparison is what one look at both vendors showed of a mapping. It lives in memory: the
// vendors are asked again after a restart, when somebody wants to see more than the rows.
type comparison struct {
	at         time.Time
	sources    map[string]string      // labels of the records that keys name
	open       []OpenKey              // sources without a proposal
	candidates map[string][]Candidate // by [mapping.KeyText], for keys with one
	opinions   map[string]string      // of a model, on sources that it found no target for
	targets    []Candidate            // every live record, for keys that are values
}

// Mappings lists the rows of a plan's mappings, the keys that held runs wait for, and what
// the last Match of this process left open. No vendor is asked.
func (a *App) Mappings(_ context.Context, ref string) ([]MappingView, error) {
	l, name, err := a.proposed(ref)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mappings(name)
}

// Match reads both sides of every mapping of records and files a proposal for each source
// that matches one target. It decides nothing.
func (a *App) Match(ctx context.Context, ref string) ([]MappingView, error) {
	l, name, err := a.proposed(ref)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	t, err := l.tablesOf(name)
	l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := l.connected(t.plan); err != nil {
		return nil, err
	}
	for _, m := range slices.Sorted(maps.Keys(t.table)) {
		if err := l.compare(ctx, name, m, t.table[m]); err != nil {
			return nil, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mappings(name)
}

// compare reads both sides of one mapping, without holding anybody up meanwhile, and files
// what matches. What a table maps never changes, so an older copy of it serves to ask.
func (l *live) compare(ctx context.Context, name, m string, t *mapping.Table) error {
	targets, err := l.fetch(ctx, t.To)
	if err != nil {
		return err
	}
	seen := &comparison{at: l.app.cfg.Now(), sources: map[string]string{}, candidates: map[string][]Candidate{}, opinions: map[string]string{}}
	for _, r := range targets {
		seen.targets = append(seen.targets, Candidate{Code: r.Code, Name: r.Name})
	}
	var sources []record
	if object, ok := recordInput(t); ok {
		if sources, err = l.fetch(ctx, object); err != nil {
			return err
		}
	}
	matches := l.adjudicate(ctx, t, match.Propose(plain(sources), plain(targets)), sources, targets, seen)
	l.mu.Lock()
	defer l.mu.Unlock()
	now, err := l.table(name, m, nil)
	if err != nil {
		return err
	}
	events := l.proposals(now, matches, sources, targets, seen)
	if err := l.add(ctx, name, m, events); err != nil {
		return err
	}
	l.compared[name+"/"+m] = seen
	l.lists[t.To] = list{seen.at, targets}
	return nil
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

// proposals turns matches into events; sources without one are noted as open.
func (l *live) proposals(t *mapping.Table, matches []match.Match, sources, targets []record, seen *comparison) (events []mapping.Event) {
	byID := map[string]record{}
	for _, r := range targets {
		byID[r.ID] = r
	}
	for i, m := range matches {
		key, from := []string{m.Source}, sources[i].label()
		near := candidates(m, byID)
		seen.sources[m.Source], seen.candidates[mapping.KeyText(key)] = from, near
		if _, ok := t.Approved(key); ok {
			continue
		}
		row, err := rowFor(t, key, from, byID[m.Target])
		if m.Target == "" || err != nil {
			seen.open = append(seen.open, OpenKey{Key: key, From: from, Candidates: near, Opinion: seen.opinions[m.Source]})
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
	return events
}

func candidates(m match.Match, byID map[string]record) []Candidate {
	out := make([]Candidate, len(m.Candidates))
	for i, c := range m.Candidates {
		r := byID[c.Target]
		out[i] = Candidate{Code: r.Code, Name: r.Name, Score: c.Score, Differs: c.Differs}
	}
	return out
}

func decided(t *mapping.Table, row mapping.Row) bool {
	return slices.ContainsFunc(t.History(row.Key), func(e mapping.Event) bool {
		return e.Kind == mapping.Rejected && e.Row == row.Digest()
	})
}

func rowFor(t *mapping.Table, key []string, from string, target record) (mapping.Row, error) {
	return t.NewRow(key, mapping.Label{From: from, To: target.label()}, target.fields)
}

func plain(records []record) []match.Record {
	out := make([]match.Record, len(records))
	for i, r := range records {
		out[i] = r.Record
	}
	return out
}

// waiting counts the held runs that wait for keys nobody has decided, by mapping and then
// by [mapping.KeyText]; runs counts them by mapping, a run that waits for several keys once.
// l.mu is held.
func (l *live) waiting(name string, t *tables) (keys map[string]map[string]*OpenKey, runs map[string]int, err error) {
	keys, runs = map[string]map[string]*OpenKey{}, map[string]int{}
	for s, err := range l.engine.Summaries() {
		if err != nil {
			return nil, nil, err
		}
		if s.Plan != name || s.Hold == nil || s.Hold.Code != engine.HoldUnmapped {
			continue
		}
		counted := map[string]bool{}
		for _, k := range s.Hold.Missing {
			table := t.table[k.Mapping]
			if table == nil {
				continue
			}
			if _, decided := table.Approved(k.Key); decided {
				continue
			}
			if !counted[k.Mapping] {
				counted[k.Mapping] = true
				runs[k.Mapping]++
			}
			id := mapping.KeyText(k.Key)
			if keys[k.Mapping] == nil {
				keys[k.Mapping] = map[string]*OpenKey{}
			}
			if keys[k.Mapping][id] == nil {
				keys[k.Mapping][id] = &OpenKey{Key: k.Key, From: strings.Join(k.Key, " · ")}
			}
			keys[k.Mapping][id].Runs++
		}
	}
	return keys, runs, nil
}

// mappings views all tables of a plan. l.mu is held.
func (l *live) mappings(name string) ([]MappingView, error) {
	t, err := l.tablesOf(name)
	if err != nil {
		return nil, err
	}
	waiting, runs, err := l.waiting(name, t)
	if err != nil {
		return nil, err
	}
	out := []MappingView{}
	for _, m := range slices.Sorted(maps.Keys(t.table)) {
		v := mappingView(m, t.table[m], waiting[m], l.compared[name+"/"+m])
		v.Runs = runs[m]
		out = append(out, v)
	}
	return out, nil
}

func mappingView(m string, t *mapping.Table, waiting map[string]*OpenKey, seen *comparison) MappingView {
	v := MappingView{Name: m, To: t.To, Rows: []RowView{}}
	for _, c := range t.From {
		v.From = append(v.From, c.Name)
	}
	_, v.Records = recordInput(t)
	if seen == nil {
		seen = &comparison{}
	}
	v.Compared = seen.at
	open := map[string]OpenKey{}
	for _, o := range seen.open {
		open[mapping.KeyText(o.Key)] = o
	}
	for id, w := range waiting {
		o, known := open[id]
		if !known {
			o = OpenKey{Key: w.Key, From: w.From, Candidates: seen.near(id)}
		}
		if from, ok := seen.sources[w.Key[0]]; ok {
			o.From = from
		}
		o.Runs = w.Runs
		open[id] = o
	}
	for _, r := range t.Rows() {
		rv, id := view(t, r), mapping.KeyText(r.Key)
		rv.Candidates = seen.near(id)
		if w := waiting[id]; w != nil && r.State == mapping.Proposed {
			rv.Runs = w.Runs
		}
		if r.State == mapping.Proposed || r.State == mapping.Approved {
			delete(open, id)
		}
		v.Rows = append(v.Rows, rv)
	}
	for _, id := range slices.Sorted(maps.Keys(open)) {
		v.Open = append(v.Open, open[id])
	}
	return v
}

// near returns the records that a key may stand for: those the matcher found, or all of
// them for a key that is a value.
func (c *comparison) near(id string) []Candidate {
	if near, ok := c.candidates[id]; ok {
		return near
	}
	return c.targets
}

func view(t *mapping.Table, r mapping.Row) RowView {
	v := RowView{
		Key: r.Key, From: r.Label.From, Target: r.Label.To, State: r.State, Score: r.Score, Sure: sure(r), Reasons: r.Reasons,
		By: r.By, At: r.At, Comment: r.Comment, Row: shown(t, r.Key),
	}
	if len(t.Fields) > 0 {
		v.Code = text(r.Value[t.Fields[0]])
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

// shown is what [RowView.Row] says: how often anything was said about the key so far.
func shown(t *mapping.Table, key []string) string {
	return strconv.Itoa(len(t.History(key)))
}

// sure reports whether a row that waits may be approved together with others.
func sure(r mapping.Row) bool {
	return r.State == mapping.Proposed && r.ProposedBy == matcher && r.Score >= 10*match.Sure
}
