package sim

import (
	"cmp"
	"errors"
	"slices"
	"sync"
)

// errKilled is what a process sees at every gate once it is dead.
var errKilled = errors.New("killed")

// waiter is a goroutine of the product that waits at a gate.
type waiter struct {
	what string
	say  chan verdict
}

// verdict is what becomes of who waits.
type verdict int

const (
	goOn     verdict = iota
	dieNow           // the process dies before it happens
	dieAfter         // it happens, and then the process dies
)

// gate lets the goroutines of one process pass one at a time. A dead process passes nothing.
type gate struct {
	arrived chan struct{} // somebody has come

	mu      sync.Mutex
	waiting []*waiter
	dead    bool
	doomed  string // what the process dies after
}

func newGate() *gate { return &gate{arrived: make(chan struct{}, 1)} }

// pass waits for its turn.
func (g *gate) pass(what string) error {
	w := &waiter{what: what, say: make(chan verdict, 1)}
	g.mu.Lock()
	if g.dead {
		g.mu.Unlock()
		return errKilled
	}
	g.waiting = append(g.waiting, w)
	g.mu.Unlock()
	select {
	case g.arrived <- struct{}{}:
	default:
	}
	switch <-w.say {
	case dieNow:
		return errKilled
	case dieAfter:
		g.mu.Lock()
		g.doomed = what
		g.mu.Unlock()
	case goOn:
	}
	return nil
}

// after is asked once what the gate let pass has happened.
func (g *gate) after() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.doomed != "" {
		g.doomed = ""
		g.kill()
	}
	if g.dead {
		return errKilled
	}
	return nil
}

// queue lists what waits, in an order that does not depend on who came first.
func (g *gate) queue() []*waiter {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := slices.Clone(g.waiting)
	slices.SortFunc(out, func(a, b *waiter) int { return cmp.Compare(a.what, b.what) })
	return out
}

// release tells one of the waiting what becomes of it.
func (g *gate) release(w *waiter, v verdict) {
	g.mu.Lock()
	g.waiting = slices.DeleteFunc(g.waiting, func(o *waiter) bool { return o == w })
	if v == dieNow {
		g.kill()
	}
	g.mu.Unlock()
	w.say <- v
}

// kill ends the process: whoever waits wakes up dead. g.mu is held.
func (g *gate) kill() {
	g.dead = true
	for _, w := range g.waiting {
		w.say <- dieNow
	}
	g.waiting = nil
}

// isDead reports whether the process was killed.
func (g *gate) isDead() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.dead
}
