package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/connection"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
)

// consent is the word of whoever typed the command, on the bench plan and nothing else.
type consent struct{ prog *engine.Program }

// Program implements [localengine.Consent].
func (c consent) Program(d plan.Digest) (*engine.Program, error) {
	return c.prog, c.MayWrite(d)
}

// MayWrite implements [localengine.Consent].
func (c consent) MayWrite(d plan.Digest) error {
	if d != c.prog.Checked.Digest {
		return errors.New("not the bench plan")
	}
	return nil
}

// Row implements [localengine.Consent]: the plan has no mapping.
func (consent) Row(string, string, []string) (map[string]any, string, bool) { return nil, "", false }

// Tenant implements [localengine.Consent].
func (consent) Tenant(string) string { return "stub" }

// access signs in at the stub, which asks for nothing.
type access struct{ token connection.Token }

// Token implements [apicall.Connections].
func (a access) Token(context.Context, string) (connection.Token, error) { return a.token, nil }

// Refresh implements [apicall.Connections].
func (a access) Refresh(context.Context, string, connection.Token) (connection.Token, error) {
	return a.token, nil
}

// real is the product's own engine over a journal in a folder.
type real struct {
	prog    *engine.Program
	journal *journal.Journal
	engine  *localengine.Engine
	path    string
	groups  atomic.Int64

	mu      sync.Mutex
	pending map[string]*pending // by run
}

// pending is a workflow under way: how many commits are to come, and who waits for the last.
type pending struct {
	left int
	done chan struct{}
}

func openReal(dir, url string, rt http.RoundTripper, o Options, workers int) (*real, error) {
	cat, prog, err := program(padding, "")
	if err != nil {
		return nil, err
	}
	token := connection.NewToken("bench", connection.Connection{Base: url, AllowPrivate: true})
	return openOver(filepath.Join(dir, "journal.db"), localengine.Config{
		Caller:  apicall.NewCaller(apicall.Config{Catalog: cat, Connections: access{token}, Now: o.Now, HTTP: rt}),
		Consent: consent{prog}, Now: o.Now, Wait: o.Wait, Workers: workers,
	}, prog)
}

// openOver opens the journal and the engine over it.
func openOver(path string, c localengine.Config, prog *engine.Program) (*real, error) {
	r := &real{prog: prog, path: path, pending: map[string]*pending{}}
	var err error
	r.journal, err = journal.Open(r.path, journal.Options{Now: c.Now, Holder: "planwright bench", Hook: func(p journal.Point, _ uint64) error {
		if p == journal.AfterCommit {
			r.groups.Add(1)
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	c.Journal, c.Log, c.Hook = r.journal, slog.New(slog.DiscardHandler), r.passed
	r.engine = localengine.New(c)
	return r, nil
}

// passed counts the commits of each run: after the last one its end is on the disk.
func (r *real) passed(p localengine.Point, run string) error {
	if p != localengine.AfterCommit || run == "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if w := r.pending[run]; w != nil {
		if w.left--; w.left == 0 {
			delete(r.pending, run)
			close(w.done)
		}
	}
	return nil
}

// workflow admits one event and waits until its run is at its end.
func (r *real) workflow(ctx context.Context, i int) error { return r.event(ctx, noteID(i), commits-1) }

func noteID(i int) string { return fmt.Sprintf("note-%08d", i) }

// event admits one event and waits for so many commits of its run.
func (r *real) event(ctx context.Context, key string, commits int) error {
	w := &pending{left: commits, done: make(chan struct{})}
	r.mu.Lock()
	r.pending[engine.RunID(planName, key)] = w
	r.mu.Unlock()
	n, err := r.engine.Admit(ctx, []localengine.Event{{
		Plan: planName, Digest: r.prog.Checked.Digest, Approval: "bench", Key: key, Record: key, Seen: "bench", Given: map[string]any{"id": key},
	}}, nil)
	if err == nil && n != 1 {
		err = fmt.Errorf("event %s was not new", key)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, stuck)
	defer cancel()
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
	}
	if s, err := r.engine.Summary(engine.RunID(planName, key)); err == nil && s.Hold != nil {
		return fmt.Errorf("run %s is held for %s: %s", s.ID, s.Hold.Code, s.Hold.Message)
	} else if err == nil {
		return fmt.Errorf("run %s is %s %s: %w", s.ID, s.State, s.Reason, context.Cause(ctx))
	}
	return context.Cause(ctx)
}

// stuck is how long a run may take before the measurement is given up.
const stuck = 20 * time.Second

// finished confirms that every run is done.
func (r *real) finished(ctx context.Context, runs int) error {
	st, err := r.engine.Status(ctx, planName)
	if err == nil && st.State[engine.Done] != runs {
		err = fmt.Errorf("%d of %d runs are done: %v", st.State[engine.Done], runs, st.State)
	}
	return err
}
