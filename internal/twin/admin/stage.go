// Package admin looks after a pair of twins that serve people: it shows what they hold and
// what was asked of them, strikes faults, moves their clock, does what people and admins of
// the vendors could do, and dumps, loads and compares worlds. It answers on an address of
// its own, never on the twins': JSON below /api/, and one page for a browser that needs no
// script.
//
// A [Stage] holds the twins and hands out their handlers; [Stage.Handler] is the admin's
// own. Whoever serves it must bind it to this machine only: it asks nobody who they are.
package admin

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
)

// Twins are both stand-ins over one world.
type Twins struct {
	Salesforce *salesforce.Twin
	Xero       *xero.Twin
}

// Options are what a stage needs; all but Presets and Otherwise are required.
type Options struct {
	Clock *wire.Clock
	// World is where the twins start.
	World world.World
	// Make makes twins over a world; their clock is now.
	Make    func(w world.World, now func() time.Time) (Twins, error)
	Faults  *wire.Faults
	Presets map[string]wire.Fault
	// Otherwise names the doubts that Make decides against what is believed.
	Otherwise []string
}

// Stage is a pair of twins that can be looked at and changed while they serve. Its methods
// may be called by several goroutines.
type Stage struct {
	o    Options
	logs map[string]*wire.Recorder

	mu     sync.RWMutex
	twins  Twins
	began  time.Time // when the clock stood where the twins were made
	intent intent
}

// The systems, as paths and changes name them.
const (
	systemSalesforce = "salesforce"
	systemXero       = "xero"
)

// keep is how many requests of each twin are remembered.
const keep = 500

// NewStage makes the twins. A world that they cannot hold is an error.
func NewStage(o Options) (*Stage, error) {
	s := &Stage{o: o, logs: map[string]*wire.Recorder{}}
	for _, system := range []string{systemSalesforce, systemXero} {
		s.logs[system] = &wire.Recorder{Now: o.Clock.Now, Keep: keep, Brief: true}
	}
	return s, s.Load(o.World)
}

// Load replaces the twins by new ones over w, which Reset and Diff then start from. The
// clock stays where it is, and so do the faults; tokens given out before are unknown.
func (s *Stage) Load(w world.World) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	began := s.o.Clock.Now()
	var live atomic.Bool // a world begins at one moment, whatever the clock does meanwhile
	twins, err := s.o.Make(w, func() time.Time {
		if live.Load() {
			return s.o.Clock.Now()
		}
		return began
	})
	if err != nil {
		return err
	}
	live.Store(true)
	s.twins, s.began, s.o.World = twins, began, w
	return nil
}

// Twins returns the twins as they are now.
func (s *Stage) Twins() Twins {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.twins
}

// Salesforce returns the handler of the Salesforce twin, with faults and records of requests.
func (s *Stage) Salesforce() http.Handler {
	return s.serve(systemSalesforce, func(t Twins) http.Handler { return t.Salesforce })
}

// Xero returns the handler of the Xero twin, with faults and records of requests.
func (s *Stage) Xero() http.Handler {
	return s.serve(systemXero, func(t Twins) http.Handler { return t.Xero })
}

func (s *Stage) serve(system string, of func(Twins) http.Handler) http.Handler {
	return s.logs[system].Wrap(s.o.Faults.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		of(s.Twins()).ServeHTTP(w, r)
	})))
}

// Dump returns what the twins hold, as a world that loads again.
func (s *Stage) Dump() world.World {
	t := s.Twins()
	return world.World{Start: s.o.Clock.Now(), Salesforce: t.Salesforce.Dump(), Xero: t.Xero.Dump()}
}

// Diff returns what has changed since the world was loaded.
func (s *Stage) Diff() ([]world.Change, error) {
	s.mu.RLock()
	w, began := s.o.World, s.began
	s.mu.RUnlock()
	first, err := s.o.Make(w, func() time.Time { return began })
	if err != nil {
		return nil, fmt.Errorf("make the world of the start again: %w", err)
	}
	start := world.World{Salesforce: first.Salesforce.Dump(), Xero: first.Xero.Dump()}
	return world.Diff(start, s.Dump()), nil
}
