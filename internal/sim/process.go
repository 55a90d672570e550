package sim

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
)

// process is one life of the product: from opening the data folder to its end.
type process struct {
	app    *app.App
	gate   *gate
	cancel context.CancelFunc
	done   chan struct{} // closed when what it was started for is over; nil when nothing was
	err    error         // of that
}

func (x *process) ended() bool { return closed(x.done) }

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// open starts a process on the data folder.
func (p *play) open() {
	if p.proc != nil {
		return
	}
	g := newGate()
	x := &process{gate: g}
	x.app = app.New(app.Config{
		Dir: p.dir, Now: p.clock, Random: rand.NewChaCha8([32]byte{byte(p.o.Seed)}), HTTP: &network{p, g}, Shared: &p.stage.shared,
		Workers: cmp.Or(p.workers, 1+p.order.IntN(3)), OnDisk: p.onDisk,
		Wait: func(ctx context.Context, d time.Duration) error {
			if g.isDead() {
				return errKilled
			}
			t := time.NewTimer(d)
			defer t.Stop()
			select {
			case <-t.C:
				return ctx.Err()
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		Hook: func(at localengine.Point, run string) error {
			if p.acting {
				return nil
			}
			switch at {
			case localengine.BeforeSend:
				return g.pass("send " + run)
			case localengine.BeforeCommit:
				return g.pass("commit " + run)
			case localengine.AfterCommit, localengine.AfterSend:
				return g.after()
			}
			return nil
		},
	})
	p.proc = x
	p.watch.opened(x.app)
}

// start begins something in the process; drive lets it go on.
func (p *play) start(what string, f func(ctx context.Context) error) {
	x := p.proc
	ctx, cancel := context.WithCancel(context.Background()) //nolint:forbidigo // it is the root of a process
	x.cancel, x.done = cancel, make(chan struct{})
	p.trace("start %s", what)
	go func() {
		defer close(x.done)
		x.err = f(ctx)
	}()
}

// drive lets the process go on until it has ended, or until then, whichever comes first.
func (p *play) drive(until time.Time) {
	x := p.proc
	for {
		p.o.Settle()
		if x.ended() {
			return
		}
		if queue := x.gate.queue(); len(queue) > 0 {
			if len(p.script) > 0 && p.script[0].anytime && p.luck.one(60) {
				p.happen(true)
				continue // it may have let others come
			}
			p.let(x, queue[p.order.IntN(len(queue))])
			continue
		}
		var alarm <-chan time.Time
		if !until.IsZero() {
			left := until.Sub(p.now())
			if left <= 0 {
				return
			}
			t := time.NewTimer(left)
			defer t.Stop()
			alarm = t.C
		}
		select {
		case <-x.done:
		case <-x.gate.arrived:
		case <-alarm:
		}
	}
}

// let decides what becomes of who waits at a gate.
func (p *play) let(x *process, w *waiter) {
	v := goOn
	if queue := x.gate.queue(); p.ripe(queue) {
		p.expired(queue)
	}
	if p.o.Deaths != nil && !p.over {
		for _, at := range p.o.Deaths {
			if at.Gate == p.res.Gates {
				if v = dieNow; at.After {
					v = dieAfter
				}
				p.died(w.what, v)
			}
		}
	} else if p.kills > 0 && !p.over {
		if p.toKill--; p.toKill < 0 {
			v = pick(p.death, dieNow, dieAfter)
			p.kills--
			p.toKill = p.death.IntN(40)
			p.died(w.what, v)
		}
	}
	if !p.over {
		p.res.Gates++
	}
	p.trace("%s%s", w.what, [...]string{"", " — killed before", " — killed after"}[v])
	x.gate.release(w, v)
}

// exit ends the process, whatever it was doing.
func (p *play) exit() {
	x := p.proc
	if x == nil {
		return
	}
	if x.cancel != nil {
		x.cancel()
		for p.o.Settle(); !x.ended(); p.o.Settle() { // what waits at a gate sees no end by itself
			if queue := x.gate.queue(); len(queue) > 0 {
				x.gate.release(queue[0], goOn)
				continue
			}
			<-x.done
		}
		p.finish()
	}
	if x.gate.isDead() {
		p.watch.dies()
	}
	err := x.app.Close()
	if err != nil && !errors.Is(err, journal.ErrStopped) {
		p.broken(noCrash, "close: %v", err)
	}
	p.proc = nil
	p.watch.closed()
}

// finish takes note of how what the process was started for ended.
func (p *play) finish() {
	x := p.proc
	if x.err = p.o.Tamper.ended(x.err); !ended(x.err) {
		p.broken(noCrash, "the process ended: %v", x.err)
	}
	how := x.err
	if errors.Is(how, errKilled) { // which of the runs says so first is chance
		how = errKilled
	}
	p.trace("end %v", how)
	x.cancel()
	x.cancel, x.done = nil, nil
}

// person does something at the product, in the process that runs or in one of their own.
func (p *play) person(f func(ctx context.Context, a *app.App) error) error {
	own := p.proc == nil
	p.open()
	x := p.proc
	var err error
	p.act(func(ctx context.Context) { err = f(ctx, x.app) })
	if own {
		p.exit()
	}
	return err
}

// act lets somebody do something at the process while nobody else passes a gate.
func (p *play) act(f func(ctx context.Context)) {
	x := p.proc
	p.acting = true
	defer func() { p.acting = false }()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(context.WithValue(context.Background(), personal{}, true)) //nolint:forbidigo // the root of what a person does
	}()
	for p.o.Settle(); !closed(done); p.o.Settle() {
		// Whom could they wait for but somebody who asks for a token, at the gate?
		for _, w := range x.gate.queue() {
			if isToken(w.what) {
				x.gate.release(w, goOn)
				break
			}
		}
		select {
		case <-done:
		case <-x.gate.arrived:
		}
	}
}

// personal marks the requests of a person, who waits at no gate: what is theirs is done
// before anybody else goes on.
type personal struct{}

// close ends what is still open.
func (p *play) close() {
	p.serving = false
	p.exit()
}
