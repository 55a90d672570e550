package trigger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// Hints are the records that somebody said to look at, each once however often it was
// said. They lie in the journal until the record was looked at, so that a crash loses
// none. Create it with [NewHints].
type Hints struct {
	journal *journal.Journal
	now     func() time.Time
	come    chan struct{}
	n       atomic.Uint64

	// keeping is held to read while hints are stored and to write while one is forgotten:
	// a hint that comes while its record is looked at must not be forgotten with it.
	keeping sync.RWMutex
}

// hinted is how a hint lies in the journal.
type hinted struct {
	Hint
	At time.Time `json:"at"`
	N  uint64    `json:"n"` // tells a hint from the one it took the place of
}

const hintPrefix = "hint/"

// NewHints returns the hints of a journal.
func NewHints(j *journal.Journal, now func() time.Time) *Hints {
	return &Hints{journal: j, now: now, come: make(chan struct{}, 1)}
}

// Keep makes hints durable. It may be called by several goroutines.
func (q *Hints) Keep(ctx context.Context, hints []Hint) error {
	var b journal.Batch
	for _, h := range hints {
		value, err := json.Marshal(hinted{Hint: h, At: q.now().UTC(), N: q.n.Add(1)})
		if err != nil {
			return err // unreachable: texts and a time
		}
		b.Set = append(b.Set, journal.Pair{Key: hintPrefix + strings.Join([]string{h.API, h.Object, h.Tenant, h.Record}, "/"), Value: value})
	}
	q.keeping.RLock()
	defer q.keeping.RUnlock()
	if _, err := q.journal.Commit(ctx, b); err != nil {
		return fmt.Errorf("keep hints: %w", err)
	}
	select {
	case q.come <- struct{}{}:
	default:
	}
	return nil
}

// Come receives when hints were kept since the last time.
func (q *Hints) Come() <-chan struct{} { return q.come }

// Work calls look for every hint that waits and forgets those for which it returns done.
// An error of look ends it and is returned.
func (q *Hints) Work(ctx context.Context, look func(h Hint) (done bool, err error)) error {
	for p, err := range q.journal.Pairs(hintPrefix) {
		if err != nil {
			return err
		}
		var h hinted
		if err := json.Unmarshal(p.Value, &h); err != nil {
			return fmt.Errorf("read hint %s: %w", p.Key, err)
		}
		done, err := look(h.Hint)
		if err != nil {
			return err
		}
		if !done {
			continue
		}
		if err := q.forget(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// forget removes a hint unless it was given again meanwhile.
func (q *Hints) forget(ctx context.Context, p journal.Pair) error {
	q.keeping.Lock()
	defer q.keeping.Unlock()
	now, ok, err := q.journal.Get(p.Key)
	if err != nil || !ok || string(now) != string(p.Value) {
		return err
	}
	_, err = q.journal.Commit(ctx, journal.Batch{Set: []journal.Pair{{Key: p.Key}}})
	return err
}

// Record is a record as it is now; Gone when the vendor has none of that id.
type Record struct {
	Fields map[string]any
	Gone   bool
}

// Fetch reads one record of an API's object. The error is the context's, or [Unreachable].
func (p *Poller) Fetch(ctx context.Context, apiName, object, id string, fields []string) (Record, error) {
	full := apiName + "." + object
	api, known := p.Catalog.API(apiName)
	entity, _ := p.Catalog.Entity(full)
	op, ok := p.Catalog.Operation(apiName + "." + entity.Get)
	if !known || !ok {
		return Record{}, fmt.Errorf("fetch %s: no operation reads one record", full)
	}
	args := apicall.Args{Params: map[string]any{}}
	for _, param := range op.Params {
		if param.In == catalog.InPath {
			args.Params[param.Name] = id
		}
	}
	if op.Select != "" && len(fields) > 0 {
		args.Params[op.Select] = strings.Join(fields, ",")
	}
	req, err := apicall.Render(api, op, p.Catalog, args)
	if err != nil {
		return Record{Gone: true}, nil //nolint:nilerr // it cannot be the id of anything
	}
	out := p.Caller.Call(ctx, req)
	if err := ctx.Err(); err != nil {
		return Record{}, err
	}
	switch out.Class {
	case catalog.ClassOK:
	case catalog.ClassAbsent, catalog.ClassData, catalog.ClassBug:
		return Record{Gone: true}, nil
	default:
		return Record{}, &Unreachable{API: apiName, Outcome: out}
	}
	value := out.Value
	if list, ok := value.([]any); ok && len(list) == 1 {
		value = list[0]
	}
	record, ok := value.(map[string]any)
	return Record{Fields: record, Gone: !ok}, nil
}

// Fields lists what the plan's trigger reads of its record.
func (p *Poller) Fields(w Watch) ([]string, error) {
	q, err := p.question(w)
	if err != nil {
		return nil, err
	}
	return q.fields, nil
}

// Consider admits the event of a record as it was fetched, if it qualifies, under the same
// key as a poll would. It returns the event's key, "" when it does not qualify, and whether
// it was new.
func (p *Poller) Consider(ctx context.Context, w Watch, record map[string]any, seen string) (key string, admitted bool, err error) {
	if w.Checked.Plan.Trigger.Kind != plan.OnChange {
		return "", false, nil
	}
	q, err := p.question(w)
	if err != nil {
		return "", false, err
	}
	ev, ok := q.event(record, seen)
	if !ok {
		return "", false, nil
	}
	n, err := p.Inbox.Admit(ctx, []localengine.Event{ev}, nil)
	return ev.Key, n > 0, err
}
