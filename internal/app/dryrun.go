package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/planwright/planwright/agent/match"
	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/dryrun"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/mapping"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/trigger"
)

// DryRun is what a plan would do for some records as they are now. Nothing was written.
type DryRun struct {
	Plan   string `json:"plan"`
	Digest string `json:"digest"`
	// State is draft, proposed or approved.
	State string `json:"state"`
	// When is the plan's condition, in words where there are some.
	When    string      `json:"when"`
	Records []DryRecord `json:"records"`
	Summary DrySummary  `json:"summary"`
	// APIs say, for each system, what a run may take and what is left.
	APIs []DryAPI `json:"apis"`
}

// DryRecord is what would become of one record.
type DryRecord struct {
	*dryrun.Record
	// Ran is the run that the record's event had; it has none twice.
	Ran string `json:"ran,omitempty"`
}

// DrySummary counts records by what would become of them.
type DrySummary struct {
	Runs    int `json:"runs"`
	Refused int `json:"refused"`
	Waits   int `json:"waits"`
	Fails   int `json:"fails"`
}

// DryAPI is one system of the plan.
type DryAPI struct {
	API string `json:"api"`
	// Made are the calls of this dry run, Worst those of one run at most, DayLeft what the
	// vendor allows today beyond them; -1 where it does not tell.
	Made    int `json:"made"`
	Worst   int `json:"worst"`
	DayLeft int `json:"dayLeft"`
}

// DefaultDryRecords is how many records a dry run takes that is told none.
const DefaultDryRecords = 3

// drier is a dry run while it goes on.
type drier struct {
	l       *live
	caller  dryrun.Caller
	checked *check.Checked
	tables  mapping.Tables
	matched map[string]map[string]mapping.Row // by mapping and [mapping.KeyText]
}

// DryRun tries a plan, from a file, by its name or by the id of a proposal, on the records of these ids, or on the
// newest that qualify, at most so many. It writes nothing, neither to a vendor nor to the
// journal: the caller it is given refuses everything but reads.
func (a *App) DryRun(ctx context.Context, ref string, ids []string, most int) (DryRun, error) {
	l, err := a.open()
	if err != nil {
		return DryRun{}, err
	}
	d, out, err := l.drier(ref)
	if err != nil {
		return out, err
	}
	name := d.checked.Plan.Name
	if err := noRecords(d.checked.Plan, "planwright check "+ref); err != nil {
		return out, err
	}
	if err := l.connected(d.checked.Plan); err != nil {
		return out, err
	}
	if len(ids) == 0 {
		p := trigger.Poller{Catalog: l.cat, Caller: d.caller, Now: a.cfg.Now, Log: a.cfg.Log}
		if ids, err = p.Newest(ctx, trigger.Watch{Checked: d.checked}, most); err != nil {
			return out, unreachable(err)
		}
	}
	r := dryrun.New(dryrun.Config{
		Catalog: l.cat, Caller: d.caller, Now: a.cfg.Now, Tenant: l.Tenant, Row: d.row,
		Begun: func(object string) int {
			n, _ := l.engine.Begun(ctx, name, object) // a journal that cannot be read was refused before
			return n
		},
	}, engine.New(d.checked, l.cat))
	for _, id := range ids {
		rec, err := r.Run(ctx, id)
		if errors.Is(err, dryrun.ErrUnreachable) {
			return out, problem(fmt.Errorf("dry run of %s for %s: %w", name, id, err), "see that both systems are up and connected: planwright connect")
		} else if err != nil {
			return out, err
		}
		dry := DryRecord{Record: rec}
		if s, err := l.engine.Summary(engine.RunID(name, rec.Key)); err == nil {
			dry.Ran = s.ID
		}
		out.Records = append(out.Records, dry)
		out.Summary.count(rec.Verdict)
	}
	out.APIs = l.dryAPIs(d.checked, r.Calls())
	return out, nil
}

func (s *DrySummary) count(v dryrun.Verdict) {
	switch v {
	case dryrun.Runs:
		s.Runs++
	case dryrun.Refused:
		s.Refused++
	case dryrun.Waits:
		s.Waits++
	case dryrun.Fails:
		s.Fails++
	}
}

// dryAPIs says for each system what was called and what is left of today.
func (l *live) dryAPIs(c *check.Checked, made map[string]int) []DryAPI {
	left := map[string]int{}
	for _, b := range l.caller.Budgets() {
		left[b.Connection] = b.DayLeft
	}
	out := []DryAPI{}
	for _, api := range c.Sheet().APIs {
		x := DryAPI{API: api.Name, Made: made[api.Name], Worst: api.Calls + api.Spare, DayLeft: -1}
		if n, ok := left[api.Name]; ok {
			x.DayLeft = n
		}
		out = append(out, x)
	}
	return out
}

// drier reads the plan that a reference means: a file as it is, a proposal, or the plan of a
// name that counts.
func (l *live) drier(ref string) (*drier, DryRun, error) {
	out := DryRun{State: "draft", Records: []DryRecord{}, APIs: []DryAPI{}}
	checked, err := l.dryPlan(ref)
	if err != nil {
		return nil, out, err
	}
	p := checked.Plan
	when := checked.Outline().Trigger.When
	out.Plan, out.Digest, out.When = p.Name, string(checked.Digest), when.String()
	l.mu.Lock()
	defer l.mu.Unlock()
	if open, ok := l.records.Open(p.Name); ok && open.Digest == p.Digest() {
		out.State = "proposed"
	}
	if cur, ok := l.records.Current(p.Name); ok && cur.Proposal.Digest == p.Digest() {
		out.State = "approved"
	}
	d := &drier{l: l, caller: dryrun.ReadOnly(l.caller, l.cat), checked: checked, tables: mapping.Tables{}, matched: map[string]map[string]mapping.Row{}}
	for m, def := range p.Mappings {
		entries, err := l.journal.Stream(approval.MappingStream(p.Name, m))
		if err != nil {
			return nil, out, err
		}
		events, err := approval.MappingEvents(entries)
		if err != nil {
			return nil, out, err
		}
		if d.tables[m], err = mapping.Fold(m, def, l.match(def.To), events); err != nil {
			d.tables[m] = mapping.New(m, def, l.match(def.To)) // rows of another mapping of that name
		}
	}
	return d, out, nil
}

func (l *live) dryPlan(ref string) (*check.Checked, error) {
	var p *plan.Plan
	var err error
	if strings.ContainsAny(ref, "./\\") {
		data, err := os.ReadFile(ref)
		if err != nil {
			return nil, err
		}
		checked, found, err := l.app.Check(ref, data)
		if err != nil {
			return nil, err
		}
		return checked, found.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	name, _, err := planRef(ref)
	if err != nil {
		return nil, err
	}
	switch r, ok := l.records.Find(approval.ID(ref)); {
	case ok: // NAME@2 is that one
		p, err = l.parsed(r.Proposal)
	case ref != name:
		err = problem(fmt.Errorf("proposal %.80q: %w", ref, ErrNotFound), "planwright plans lists all")
	default:
		p, err = l.newest(name)
	}
	if err != nil {
		return nil, err
	}
	checked, found := l.app.judge(l.underToday(p), l.cat)
	if err := found.Err(); err != nil {
		return nil, problem(fmt.Errorf("plan %s no longer passes its check: %s", name, found.Sorted()[0].Message), "mend the plan and propose it again")
	}
	return checked, nil
}

// row returns the approved row of a key; else what is proposed for it, by somebody or by
// comparing both vendors now.
func (d *drier) row(ctx context.Context, k engine.RowKey) (dryrun.Row, bool, error) {
	t := d.tables[k.Mapping]
	if t == nil {
		return dryrun.Row{}, false, nil
	}
	if r, ok := t.Approved(k.Key); ok {
		return dryrun.Row{Value: r.Value, Digest: string(r.Digest()), From: r.Label.From, To: r.Label.To}, true, nil
	}
	r, ok := t.Pending(k.Key)
	if !ok {
		rows, err := d.compared(ctx, k.Mapping, t)
		if err != nil {
			return dryrun.Row{}, false, err
		}
		r, ok = rows[mapping.KeyText(k.Key)]
	}
	return dryrun.Row{Value: r.Value, Digest: string(r.Digest()), From: r.Label.From, To: r.Label.To, Proposed: true}, ok, nil
}

// compared matches both sides of a mapping, once. Values are never guessed.
func (d *drier) compared(ctx context.Context, m string, t *mapping.Table) (map[string]mapping.Row, error) {
	if rows, ok := d.matched[m]; ok {
		return rows, nil
	}
	rows := map[string]mapping.Row{}
	d.matched[m] = rows
	object, ok := recordInput(t)
	if !ok {
		return rows, nil
	}
	targets, err := d.l.fetchBy(ctx, d.caller, t.To)
	if err != nil {
		return nil, err
	}
	sources, err := d.l.fetchBy(ctx, d.caller, object)
	if err != nil {
		return nil, err
	}
	byID := map[string]record{}
	for _, r := range targets {
		byID[r.ID] = r
	}
	for i, found := range match.Propose(plain(sources), plain(targets)) {
		target, ok := byID[found.Target]
		if !ok {
			continue
		}
		key := []string{found.Source}
		if row, err := rowFor(t, key, sources[i].label(), target); err == nil && !decided(t, row) {
			rows[mapping.KeyText(key)] = row
		}
	}
	return rows, nil
}

var _ localengine.Caller = dryrun.Caller(nil)

// systems lists the systems of a count, sorted.
func systems(calls map[string]int) []string { return slices.Sorted(maps.Keys(calls)) }
