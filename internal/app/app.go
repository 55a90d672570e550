// Package app holds the use cases of the product: draft, check, propose, decide, match,
// run. The command line, the web pages and an outside assistant call this package and
// hold no logic of their own.
//
// An [App] works on one data folder:
//
//	journal.db         runs, inbox, proposals, decisions, mapping rows (package journal)
//	head, head.key     how far the journal had come, signed (package witness)
//	specs/NAME         specs the user added; they replace the embedded ones of that name
//	specs/NAME.overlay the overlays they were added with, instead of ours
//	kept/              specs that were replaced, to compare with
//	cache/             compiled specs, by digest; may be deleted at any time
//	connections.json   where and as whom to sign in, secrets sealed (package connection)
//	key                the key that opens them
//	tenants/           what connected tenants had when they were last looked at (package tenant)
//	spent.jsonl        what was spent of the connections' allowances in the last 24 hours
//	drafts/            what planners answered, with transcripts, until proposed or discarded
//
// What is needed is opened when it is first used: checking a plan opens no journal, so
// it works while another process runs plans on the same folder.
package app

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/loop"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/pubsub"
	"github.com/planwright/planwright/runtime/witness"
	"github.com/planwright/planwright/specs/catalog"
)

// Config is what an App needs from outside. Dir, Now, Wait, Random and Log are required.
type Config struct {
	Dir string
	// Key, when set, opens sealed secrets instead of the file DIR/key.
	Key string
	// Head, when set, is a second place of the journal's head, outside the folder.
	Head   string
	Now    func() time.Time
	Wait   func(ctx context.Context, d time.Duration) error
	Random io.Reader
	Jitter func() float64
	Log    *slog.Logger
	// HTTP replaces the network; nil is the real one.
	HTTP http.RoundTripper
	// Events has [App.Serve] follow change events, too: EventsOn, or the address to follow them
	// at; empty is polling alone. Dial replaces the network for them.
	Events string
	Dial   func(ctx context.Context, network, address string) (net.Conn, error)
	// Hook is passed to the engine; see [localengine.Config].
	Hook func(localengine.Point, string) error
	// OnDisk is passed to the journal; see [journal.Options].
	OnDisk journal.Hook
	// Shared, when set, holds what is compiled, for other Apps too.
	Shared *Shared
	// Model answers the planner with a model; nil is none, and then nothing is sent anywhere
	// but to connected vendors. Budget bounds what one goal may cost.
	Model  llm.Model
	Budget loop.Budget
	Answer int // tokens of one answer at most; 0 is the planner's own bound
	// Adjudicate asks the model about matches that no rule is sure of, too.
	Adjudicate bool
	// Workers bounds how many runs are driven at once; 0 is the engine's own default.
	Workers int
	// Keep is how long serving keeps the details of runs that have ended; 0 is for ever.
	Keep time.Duration
	// SweepEvery is how often serving asks for everything that qualifies, in place of what
	// changed: 0 is once a day, below 0 never.
	SweepEvery time.Duration
}

// App is the product over one data folder. Its methods may be called by several
// goroutines. Close it when done.
type App struct {
	cfg Config

	opening sync.Mutex // held while the live part is made
	mu      sync.Mutex
	catalog *catalog.Catalog
	journal *journal.Journal
	live    *live
	buses   []*pubsub.Bus // on which change events are followed now
	spent   *spent
	keeper  *witness.Keeper // of the journal; nil while it is open as it is
	shares  int             // how often Close only gives a share back
}

// New returns an App over a folder. Nothing is read or made yet.
func New(cfg Config) *App {
	cfg.Log = cmp.Or(cfg.Log, slog.New(slog.DiscardHandler))
	return &App{cfg: cfg}
}

// Share returns the App for one more user, whose Close gives the share back and closes
// nothing.
func (a *App) Share() *App {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shares++
	return a
}

// Close closes what was opened, or gives a share back. An App that was closed opens things
// again when used.
func (a *App) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shares > 0 {
		a.shares--
		return nil
	}
	var err error
	if a.keeper != nil {
		err = a.keeper.Close()
	}
	if a.journal != nil {
		err = errors.Join(err, a.journal.Close())
	}
	if a.spent != nil {
		err = errors.Join(err, a.spent.Close())
	}
	a.journal, a.keeper, a.catalog, a.live, a.spent = nil, nil, nil, nil, nil
	return err
}

// Dir returns the data folder.
func (a *App) Dir() string { return a.cfg.Dir }

func (a *App) path(name ...string) string {
	return filepath.Join(append([]string{a.cfg.Dir}, name...)...)
}

// Problem is an error with advice: what to do next, and which exit code tells of it.
type Problem struct {
	Err  error
	Next string // the next command to type, or a sentence
	Exit int    // 1 when zero
	// After is how long until it may be tried again, where an allowance was used up and nothing
	// was sent; else zero.
	After time.Duration
}

// Error implements error.
func (p *Problem) Error() string { return p.Err.Error() }

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

func problem(err error, next string) error { return &Problem{Err: err, Next: next} }

// ErrWaiting is returned when the work went as far as it can and waits for a person.
var ErrWaiting = errors.New("waiting for a person")

var (
	// ErrMoved: what was decided about is not any more as it was shown. Nothing was recorded.
	ErrMoved = errors.New("somebody was faster")
	// ErrNotFound: there is nothing of that name.
	ErrNotFound = errors.New("not found")
)
