// Package localengine is the built-in engine: it drives the machine of package engine
// over the journal, many runs at once, in one process.
//
// Which runs go on, and in which order, is decided in schedule.go and nowhere else. It works
// on the runs that have not ended; the others are only in the journal (see index.go).
//
// Each run is driven by one goroutine at a time. What a read returned may wait in memory
// until the next commit; an intent never does: it is synced before its first byte leaves,
// together with everything it depends on. So a run of W1 costs four commits. After a
// crash the journal is read again and every run goes on from its record; a write whose
// outcome is missing there is unknown, and the machine settles it.
//
// An error of the journal stops the engine. It never goes on beside a journal that may
// not hold what was promised.
package localengine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/plan"
)

// Caller sends requests. [apicall.Caller] is the real one. Call may be used by several
// goroutines; it returns when ctx ends, and then its outcome is not to be trusted.
type Caller interface {
	Call(ctx context.Context, req apicall.Request) apicall.Outcome
}

// Consent is what the engine asks before it acts. It must allow use by several goroutines.
type Consent interface {
	// Program returns the checked plan of that digest. An error holds its runs as stale.
	Program(d plan.Digest) (*engine.Program, error)
	// MayWrite returns nil only if a person approved that very digest.
	MayWrite(d plan.Digest) error
	// Row returns an approved row of the plan's mapping, with its digest.
	Row(planName, mapping string, key []string) (value map[string]any, digest string, ok bool)
	// Tenant names the far end of the API's connection.
	Tenant(api string) string
}

// Config is what an engine needs. Workers bounds how many runs are driven at once; zero means
// 64. How many calls a vendor takes at once is its connection's matter, and the caller's: a run
// that waits for a slot there is in nobody's way.
type Config struct {
	Journal *journal.Journal
	Caller  Caller
	Consent Consent
	Now     func() time.Time
	// Wait returns after d, or earlier with ctx's error.
	Wait func(ctx context.Context, d time.Duration) error
	// Jitter returns a number in [0, 1) for back-off; nil means 0.5.
	Jitter  func() float64
	Log     *slog.Logger
	Workers int
	// Restored, when set, reports whether the journal was put back from an older copy and
	// nobody has said yet that what was done since is settled.
	Restored func() bool
	// Opened is when the journal was opened. What changed before may have been worked on under
	// a newer copy of the journal than this one. Zero is never.
	Opened time.Time
	// Found, when set, is told of records that runs were to make and that are there already
	// although the run never made them.
	Found func(ctx context.Context, f Foreign) error
	// Behind, when set, says why nothing may be written: the vendor has what the journal does
	// not know. It is empty while that is not so.
	Behind func() string
	// Hook, when set, is called at every point of Point with the run that passes it, "" for
	// events on their way into the inbox; an error there stops the engine as a killed
	// process would stop: without another word to the journal.
	Hook func(p Point, run string) error
}

// Point is a moment at which a process may die.
type Point string

// The closed list of points.
const (
	BeforeCommit Point = "before-commit"
	AfterCommit  Point = "after-commit"
	BeforeSend   Point = "before-send"
	AfterSend    Point = "after-send"
)

// Engine runs runs. Create it with [New].
type Engine struct {
	cfg  Config
	wake chan struct{}
	// doubted is set once a vendor had what a run was to make: from then on runs look first.
	doubted atomic.Bool

	mu      sync.Mutex
	counts  map[string]*tally   // writes begun, by plan, entity and day
	watched map[string]*creates // what is unusual, by plan and entity
	loaded  bool
	runs    *schedule // nil until it is loaded
	known   known
	owning  sync.Mutex // held while a record becomes a run's
}

// New returns an engine over the configuration. Nothing is started.
func New(cfg Config) *Engine {
	cfg.Workers = cmp.Or(cfg.Workers, 64)
	if cfg.Jitter == nil {
		cfg.Jitter = func() float64 { return 0.5 }
	}
	if cfg.Hook == nil {
		cfg.Hook = func(Point, string) error { return nil }
	}
	return &Engine{cfg: cfg, wake: make(chan struct{}, 1), counts: map[string]*tally{}, watched: map[string]*creates{}}
}

// Wake makes a running [Engine.Run] look for work at once. It never blocks.
func (e *Engine) Wake() {
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

// Drain drives every run that can go on until each has ended or is held. It waits for
// holds that release themselves, but no longer than patience in all; it returns what is
// left.
func (e *Engine) Drain(ctx context.Context, patience time.Duration) (Status, error) {
	deadline := e.cfg.Now().Add(patience)
	for {
		next, err := e.round(ctx)
		if err != nil {
			return Status{}, err
		}
		if next.IsZero() || next.After(deadline) {
			return e.Status(ctx, "")
		}
		if err := e.cfg.Wait(ctx, max(next.Sub(e.cfg.Now()), 0)); err != nil {
			return Status{}, err
		}
	}
}

// Run drives runs until ctx ends. It looks again when woken, when a hold releases itself,
// and at least once in every interval.
func (e *Engine) Run(ctx context.Context, interval time.Duration) error {
	for {
		next, err := e.round(ctx)
		if err != nil {
			return err
		}
		wait := interval
		if !next.IsZero() {
			wait = min(interval, max(next.Sub(e.cfg.Now()), 0))
		}
		if err := e.rest(ctx, wait); err != nil {
			return err
		}
	}
}

// rest waits for d, or less if it is woken.
func (e *Engine) rest(ctx context.Context, d time.Duration) error {
	timed, cancel := context.WithCancel(ctx)
	defer cancel()
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = e.cfg.Wait(timed, d)
	}()
	select {
	case <-done:
		return err
	case <-e.wake:
		cancel()
		<-done
		return ctx.Err()
	}
}

// round drives everything that can go on now and returns when the earliest hold releases
// itself; zero when none does. The first error stops the rest.
func (e *Engine) round(ctx context.Context) (time.Time, error) {
	if err := errors.Join(e.loadCounts(ctx), e.follow(ctx)); err != nil {
		return time.Time{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	defer group.Wait()
	ended, running := make(chan struct{}), 0
	for {
		for running < e.cfg.Workers && ctx.Err() == nil {
			id := e.next()
			if id == "" {
				break
			}
			running++
			group.Go(func() {
				if err := e.advance(ctx, id); err != nil {
					cancel(fmt.Errorf("run %s: %w", id, err))
				}
				ended <- struct{}{}
			})
		}
		if running > 0 {
			select {
			case <-ended:
				running--
			case <-e.wake:
				if err := e.follow(ctx); err != nil {
					cancel(err)
				}
				e.recheck()
			}
			continue
		}
		if ctx.Err() != nil {
			return time.Time{}, context.Cause(ctx)
		}
		if !e.recheck() {
			return e.wakes(), nil
		}
	}
}

// advance drives a run and notes how it stands then. A person may have released or cancelled
// it meanwhile: nothing of ours was committed after that, and the run is read again.
func (e *Engine) advance(ctx context.Context, id string) error {
	r, err := e.drive(ctx, id)
	if errors.Is(err, journal.ErrConflict) {
		e.cfg.Log.Debug("run has moved on", "run", id)
		r, err = e.open(id)
	} else if err != nil {
		r, _ = e.open(id) // what became of it, if that can be read at all
	}
	if r != nil {
		e.put(r)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.runs.done(id)
	return err
}

// Reply lets a held run go on by a person's answer: to the question of an ask step, or about
// a write whose answer was lost. An empty Path means the question it is held for; an answer
// that is not among the hold's choices is refused. It does not drive the run, but wakes who does.
func (e *Engine) Reply(ctx context.Context, id string, reply engine.Reply) error {
	e.owning.Lock()
	defer e.owning.Unlock()
	r, err := e.open(id)
	if err != nil {
		return err
	}
	hold := r.state.Hold
	if hold == nil {
		return fmt.Errorf("answer run %s: it is %s, not held", id, r.state.Run)
	}
	if reply.Asked != "" && reply.Asked != hold.Asked() {
		return fmt.Errorf("answer run %s: it asks something else by now", id)
	}
	reply.Version, reply.Path = engine.ReplyVersion, cmp.Or(reply.Path, hold.Path)
	if err := hold.Check(reply); err != nil {
		return fmt.Errorf("answer run %s: %w", id, err)
	}
	var set []journal.Pair
	if reply.Record != "" {
		if set, err = r.own(hold.Needs, reply.Record); err != nil {
			return fmt.Errorf("answer run %s: %w", id, err)
		}
	}
	return r.told(ctx, engine.KindReplied, reply, set...)
}

// told records a person's word and lets the schedule know.
func (r *run) told(ctx context.Context, kind engine.Kind, word any, set ...journal.Pair) error {
	if err := r.record(ctx, kind, word, set...); err != nil {
		return err
	}
	r.e.put(r)
	r.e.Wake()
	return nil
}

func rawJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // unreachable: entries hold JSON trees
	}
	return b
}
