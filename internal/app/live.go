package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/mapping"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/trigger"
	"github.com/planwright/planwright/specs/catalog"
)

// live is everything that needs the journal: decisions folded from it, and the engine that
// asks them. It is the engine's [localengine.Consent].
type live struct {
	app     *App
	cat     *catalog.Catalog
	journal *journal.Journal
	engine  *localengine.Engine
	caller  *apicall.Caller
	poller  *trigger.Poller
	book    *connection.Book
	// restored is whether the journal was put back and nobody said yet that all is settled.
	restored atomic.Bool
	// since is when it was put back last, in Unix nanoseconds: no sweep from before counts.
	since atomic.Int64
	// ahead is set while a vendor has what the journal does not know of.
	ahead atomic.Pointer[Ahead]

	hints    *trigger.Hints
	receiver *trigger.Receiver
	hinting  chan struct{} // full while hinted records are looked at
	fetched  struct {      // for hints, by API, of whoever is looking
		day string
		n   map[string]int
	}

	mu       sync.Mutex
	records  *approval.Book
	tables   map[string]*tables     // by plan name
	compared map[string]*comparison // by plan name, "/" and mapping
	lists    map[string]list        // by object
	plans    map[plan.Digest]*plan.Plan
	programs map[plan.Digest]*engine.Program
}

// tables are the mappings of one plan, as its newest version declares them.
type tables struct {
	plan  *plan.Plan
	table mapping.Tables
	after map[string]uint64 // index of each stream's last entry
}

// open returns the live part, made on first use.
func (a *App) open() (*live, error) {
	a.opening.Lock()
	defer a.opening.Unlock()
	cat, err := a.Catalog()
	if err != nil {
		return nil, err
	}
	j, err := a.Journal()
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	l := a.live
	a.mu.Unlock()
	if l != nil && l.cat == cat && l.journal == j {
		return l, nil
	}
	book, err := a.Book()
	if err != nil {
		return nil, err
	}
	l = &live{
		app: a, cat: cat, journal: j, book: book, records: approval.NewBook(),
		tables: map[string]*tables{}, compared: map[string]*comparison{}, lists: map[string]list{}, plans: map[plan.Digest]*plan.Plan{}, programs: map[plan.Digest]*engine.Program{},
		hinting: make(chan struct{}, 1),
	}
	caller := apicall.NewCaller(apicall.Config{
		Connections: book, Catalog: cat, HTTP: a.cfg.HTTP, Now: a.cfg.Now, Store: a.spending(),
	})
	l.caller = caller
	l.engine = localengine.New(localengine.Config{
		Journal: j, Caller: caller, Consent: l, Now: a.cfg.Now, Wait: a.cfg.Wait, Jitter: a.cfg.Jitter,
		Log: a.cfg.Log, Hook: a.cfg.Hook, Workers: a.cfg.Workers,
		Restored: l.restored.Load, Opened: a.cfg.Now(), Found: l.found, Behind: l.behind,
	})
	l.poller = &trigger.Poller{Journal: j, Catalog: cat, Caller: caller, Inbox: l.engine, Now: a.cfg.Now, Log: a.cfg.Log}
	if err := errors.Join(l.load(), l.loadRestored()); err != nil {
		return nil, err
	}
	l.hints = trigger.NewHints(j, a.cfg.Now)
	l.receiver = l.receive()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.live = l
	return l, nil
}

// load folds proposals and decisions.
func (l *live) load() error {
	for stream, err := range l.journal.Streams(approval.PlanPrefix) {
		if err != nil {
			return err
		}
		entries, err := l.journal.Stream(stream)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := l.records.Apply(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// file commits drafts of a plan's stream and applies them to the book.
func (l *live) file(ctx context.Context, d journal.Draft) error {
	entries, err := l.journal.Commit(ctx, journal.Batch{Entries: []journal.Draft{d}})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := l.records.Apply(e); err != nil {
			return err
		}
	}
	l.app.head(ctx)
	return nil
}

// newest returns the plan of a name that counts: the approved one, else the one proposed
// last.
func (l *live) newest(name string) (*plan.Plan, error) {
	p, ok := approval.Proposal{}, false
	if cur, approved := l.records.Current(name); approved {
		p, ok = cur.Proposal, true
	} else {
		for _, r := range l.records.Records() {
			if r.Proposal.Name == name {
				p, ok = r.Proposal, true
			}
		}
	}
	if !ok {
		return nil, problem(fmt.Errorf("plan %.80q: %w: it was never proposed", name, ErrNotFound), "planwright propose PLAN")
	}
	return l.parsed(p)
}

// parsed reads the plan of a proposal, once.
func (l *live) parsed(p approval.Proposal) (*plan.Plan, error) {
	if old := l.plans[p.Digest]; old != nil {
		return old, nil
	}
	read, err := l.app.cfg.Shared.planOf(p.Digest, func() (*plan.Plan, error) {
		read, found := plan.Parse(string(p.ID), p.Plan)
		return read, found.Err()
	})
	if err != nil {
		return nil, err
	}
	l.plans[p.Digest] = read
	return read, nil
}

// tablesOf folds the mappings of a plan, once for each version of it. l.mu is held.
func (l *live) tablesOf(name string) (*tables, error) {
	p, err := l.newest(name)
	if err != nil {
		return nil, err
	}
	if t := l.tables[name]; t != nil && t.plan == p {
		return t, nil
	}
	t := &tables{plan: p, table: mapping.Tables{}, after: map[string]uint64{}}
	for m, def := range p.Mappings {
		entries, err := l.journal.Stream(approval.MappingStream(name, m))
		if err != nil {
			return nil, err
		}
		events, err := approval.MappingEvents(entries)
		if err != nil {
			return nil, err
		}
		if t.table[m], err = mapping.Fold(m, def, l.match(def.To), events); err != nil {
			return nil, err
		}
		t.after[m] = uint64(len(entries))
	}
	l.tables[name] = t
	return t, nil
}

// match is the field by which records of an object are pointed at: the code.
func (l *live) match(object string) string {
	if e, ok := l.cat.Entity(object); ok && len(e.Match) > 0 {
		return e.Match[0]
	}
	return ""
}

// add applies mapping events and commits them; either both or nothing. l.mu is held.
func (l *live) add(ctx context.Context, name, m string, events []mapping.Event) error {
	t, err := l.tablesOf(name)
	if err != nil {
		return err
	}
	next := t.table[m].Clone()
	for _, e := range events {
		if err := next.Apply(e); err != nil {
			return err
		}
	}
	drafts := approval.MappingDrafts(name, m, t.after[m], events)
	if len(drafts) == 0 {
		return nil
	}
	if _, err := l.journal.Commit(ctx, journal.Batch{Entries: drafts}); err != nil {
		return err
	}
	l.app.head(ctx)
	t.table[m] = next
	t.after[m] += uint64(len(drafts))
	l.engine.Wake()
	return nil
}

// facts are what an approval of the plan depends on, now. l.mu is held.
func (l *live) facts(name string) (approval.Facts, error) {
	f := approval.Facts{
		Specs: map[string]plan.Digest{}, Overlays: map[string]plan.Digest{}, Tenants: map[string]string{},
	}
	for _, api := range l.cat.APIs() {
		f.Specs[api.Name] = plan.Digest(api.SpecDigest)
		if api.OverlayDigest != "" {
			f.Overlays[api.Name] = plan.Digest(api.OverlayDigest)
		}
		if t := l.Tenant(api.Name); t != "" {
			f.Tenants[api.Name] = t
		}
	}
	t, err := l.tablesOf(name)
	if err != nil {
		return f, err
	}
	f.Rows = t.table.Snapshots()
	return f, nil
}

// reliedOn returns the approval with the rows that were decided since counted among those it
// relies on, each as it was first: adding a row is a decision of its own, changing or
// withdrawing one, whenever it was approved, makes the approval stale. l.mu is held.
func (l *live) reliedOn(a approval.Approval) approval.Approval {
	t, err := l.tablesOf(a.Proposal.Name)
	if err != nil {
		return a
	}
	rows := map[string]mapping.Snapshot{}
	for name, table := range t.table {
		first := maps.Clone(a.Decision.Rows[name])
		if first == nil {
			first = mapping.Snapshot{}
		}
		for _, r := range table.Rows() {
			for _, e := range table.History(r.Key) {
				key := mapping.KeyText(r.Key)
				if _, known := first[key]; !known && e.Kind == mapping.Approved && !e.At.Before(a.Decision.At) {
					first[key] = e.Row
				}
			}
		}
		rows[name] = first
	}
	a.Decision.Rows = rows
	return a
}

// Program implements [localengine.Consent].
func (l *live) Program(d plan.Digest) (*engine.Program, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.program(d)
}

func (l *live) program(d plan.Digest) (*engine.Program, error) {
	if p := l.programs[d]; p != nil {
		return p, nil
	}
	ok, has := l.records.Approved(d)
	if !has {
		return nil, fmt.Errorf("plan %s was never approved", d)
	}
	p, err := l.parsed(ok.Proposal)
	if err != nil {
		return nil, err
	}
	prog, err := l.app.cfg.Shared.program(d, l.cat, func() (*engine.Program, error) {
		checked, found := check.Check(l.underToday(p), l.cat)
		if err := found.Err(); err != nil {
			return nil, fmt.Errorf("plan %s no longer passes its check: %s", ok.Proposal.ID, found.Sorted()[0].Message)
		}
		checked.Digest = d
		return engine.New(checked, l.cat), nil
	})
	if err != nil {
		return nil, err
	}
	l.programs[d] = prog
	return prog, nil
}

// underToday returns the plan as if it had been written against the specs of today: a run
// that has begun may finish under a newer spec or overlay if the plan still passes its
// check in all else. New runs are another matter: for them the approval is stale.
func (l *live) underToday(p *plan.Plan) *plan.Plan {
	today := *p
	today.APIs = maps.Clone(p.APIs)
	for name := range today.APIs {
		if api, ok := l.cat.API(name); ok {
			today.APIs[name] = plan.APIRef{Spec: plan.Digest(api.SpecDigest), Overlay: plan.Digest(api.OverlayDigest)}
		}
	}
	return &today
}

// MayWrite implements [localengine.Consent].
func (l *live) MayWrite(d plan.Digest) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.records.Approved(d); !ok {
		return fmt.Errorf("nobody approved plan %s", d)
	}
	return nil
}

// Row implements [localengine.Consent].
func (l *live) Row(name, m string, key []string) (map[string]any, string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t, err := l.tablesOf(name)
	if err != nil || t.table[m] == nil {
		return nil, "", false
	}
	r, ok := t.table[m].Approved(key)
	return r.Value, string(r.Digest()), ok
}

// Tenant implements [localengine.Consent]: the address and tenant of the connection.
func (l *live) Tenant(api string) string {
	c, err := l.book.Get(api)
	if err != nil {
		return ""
	}
	return tenantOf(c)
}

// watch returns what is to be polled for a plan, or why it may not start runs.
func (l *live) watch(name string) (trigger.Watch, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	cur, ok := l.records.Current(name)
	if !ok {
		next := fmt.Sprintf("planwright propose PLAN, then planwright approve %s", name)
		if open, waits := l.records.Open(name); waits {
			next = fmt.Sprintf("planwright approve %s", open.ID)
		}
		return trigger.Watch{}, problem(fmt.Errorf("plan %s is not approved: nothing runs without a person's decision", name), next)
	}
	f, err := l.facts(name)
	if err != nil {
		return trigger.Watch{}, err
	}
	if reasons := l.reliedOn(cur).Stale(f); len(reasons) > 0 {
		return trigger.Watch{}, problem(fmt.Errorf("the approval of %s is stale: %s", name, reasons[0]),
			"planwright propose PLAN and approve it again, or put back what changed")
	}
	prog, err := l.program(cur.Proposal.Digest)
	if err != nil {
		return trigger.Watch{}, problem(err, "planwright check PLAN")
	}
	return trigger.Watch{Checked: prog.Checked, Approval: string(cur.Proposal.ID), Since: cur.Decision.At}, nil
}

// connected confirms that every API of the plan has a connection.
func (l *live) connected(p *plan.Plan) error {
	for api := range p.APIs {
		if _, err := l.book.Get(api); errors.Is(err, connection.ErrNone) {
			return problem(fmt.Errorf("api %s is not connected", api), "planwright connect "+api+" --help")
		}
	}
	return nil
}
