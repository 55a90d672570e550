package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/runtime/journal"
)

// Options say what is played. Seed, Now and Settle are required.
type Options struct {
	Seed uint64
	// Now is the clock of the bubble, Settle returns when every other goroutine of it waits:
	// time.Now and synctest.Wait.
	Now    func() time.Time
	Settle func()
	// Trace keeps what happened as text.
	Trace bool
	// Deaths, when not nil, makes this a sweep: one story of all four plans without faults, in
	// which the process dies at these gates alone, in order, counted from 0.
	Deaths []Death
	// Tamper, when set, breaks the product or what is seen of it, to prove that a judge notices.
	Tamper *Tamper
}

// Death is where a process dies: before what a gate lets pass, or after.
type Death struct {
	Gate  int
	After bool
}

// Result is what came of a seed.
type Result struct {
	Seed  uint64
	Trace []byte
	// Fired counts by name how often each fault really struck, Happened the events.
	Fired, Happened map[string]int
	// Broken are the invariants that did not hold, each with what was seen.
	Broken []string
	Kills  int
	// Runs counts the runs at the end, by state.
	Runs  map[string]int
	Holds []string // why runs are held at the end
	Sent  int      // requests
	Gates int      // passed before the faults stopped
}

// play is one seed.
type play struct {
	o      Options
	stage  *Stage
	region *region
	dir    string
	offset time.Duration // from the clock of the bubble to that of the vendors
	skew   time.Duration // from that to the product's

	order, death, luck dice // who goes next, who dies, everything else

	v       *vendors
	proc    *process
	acting  bool // a person is at it: nobody else passes a gate
	serving bool
	workers int           // of the process; 0 for any number
	every   time.Duration // between polls, when serving

	script []event
	kills  int // still to come
	toKill int // gates until the next
	deals  []*deal
	watch  *watch
	disk   diskFault
	flaws  []flaw
	made   []string // accounts that were created
	backup []byte   // a copy of the journal
	// hooked says that the books send webhooks, introduced that they may, losing that what they
	// send is lost; delivered is what they sent last.
	hooked, introduced, losing bool
	delivered                  []byte
	signature                  string

	told   int // decisions of people about runs
	unsure int // those of which nobody knows whether they were recorded
	// doubtful takes what does not hold yet, while more time may mend it.
	doubtful *[]string
	// expiring is after how many gates all tokens end, hidden that a field cannot be seen.
	expiring int
	hidden   bool

	res   Result
	log   bytes.Buffer
	over  bool // faults have stopped
	sweep bool // ask for everything, not for what has changed
}

// Play plays a seed in the bubble of the caller. The error is one of the stage itself.
func (s *Stage) Play(o Options) (Result, error) {
	p := &play{
		o: o, stage: s, order: newDice(o.Seed, "order"), death: newDice(o.Seed, "death"), luck: newDice(o.Seed, "luck"),
		res: Result{Seed: o.Seed, Fired: map[string]int{}, Happened: map[string]int{}, Runs: map[string]int{}},
	}
	if o.Tamper == nil {
		p.o.Tamper = &Tamper{}
	}
	err := p.prepare()
	if err == nil {
		p.live()
		p.heal()
		p.judgeAll()
		p.close()
	}
	err = errors.Join(err, os.RemoveAll(p.dir))
	p.count()
	p.res.Trace = p.log.Bytes()
	return p.res, err
}

// prepare sets the scene: company, vendors, data folder, story and faults.
func (p *play) prepare() error {
	d := newDice(p.o.Seed, "scene")
	var err error
	if p.region, err = p.stage.region(pick(d, regions()...)); err != nil {
		return err
	}
	if p.dir, err = os.MkdirTemp(p.stage.dir, "seed-"); err != nil {
		return err
	}
	for name, data := range p.region.files {
		if err := os.WriteFile(filepath.Join(p.dir, name), data, 0o600); err != nil {
			return err
		}
	}
	p.offset = demo.Start().Add(time.Hour).Sub(p.o.Now())
	w := p.region.world.Clone()
	n := pick(d, 1, 1, 1, 2, 2, 3)
	deals(w, d, n)
	for i := range n {
		p.deals = append(p.deals, &deal{id: dealID(i), number: "SF-" + dealID(i)})
	}
	p.serving = d.one(2)
	p.v, err = p.stage.vendors(p.region.name, w, p.now, wire.FaultOptions{Now: p.now, At: p.at, Chance: p.luck.Float64, Wait: p.wait}, d.one(3), p.hooks(d), unlike(d, doubts())...)
	if err != nil {
		return err
	}
	p.watch = newWatch(p)
	p.v.route(p.watch.executed(p.v.sf), p.watch.executed(p.v.books))
	p.every = d.between(2*time.Hour, 9*time.Hour)
	if d.one(3) {
		p.kills = 1 + d.IntN(3)
	}
	p.toKill = p.death.IntN(60)
	p.script = story(d, n)
	if p.o.Deaths == nil {
		p.arm(newDice(p.o.Seed, "faults"))
	} else {
		p.serving, p.script, p.disk.left = false, life(), -1
	}
	return nil
}

// now is the vendors' clock, clock the product's.
func (p *play) now() time.Time   { return p.o.Now().Add(p.offset).UTC() }
func (p *play) clock() time.Time { return p.now().Add(p.skew) }

// at runs f when the vendors' clock reaches t.
func (p *play) at(t time.Time, f func()) { time.AfterFunc(max(t.Sub(p.now()), 0), f) }

// sleep lets the bubble's clock move on.
func (p *play) sleep(d time.Duration) { <-time.NewTimer(d).C }

// wait is how a vendor takes its time; not while a person acts, who holds up the product
// until they are done, and then the clock of the bubble could not move.
func (p *play) wait(ctx context.Context, d time.Duration) error {
	if p.acting {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *play) trace(format string, args ...any) {
	if p.o.Trace {
		fmt.Fprintf(&p.log, "%s "+format+"\n", append([]any{p.now().Format("02T15:04:05.000")}, args...)...)
	}
}

// live plays the story: between events the product works, or is started by hand.
func (p *play) live() {
	for len(p.script) > 0 {
		p.pass(p.script[0].after)
		if len(p.script) == 0 {
			break // it happened while the product worked
		}
		p.happen(false)
		p.deliver()
		if !p.serving && (p.o.Deaths != nil || !p.luck.one(3)) {
			p.round()
		}
		p.judge()
	}
	if p.serving {
		p.pass(p.every + time.Minute)
	}
}

// happen lets the next event of the story happen.
func (p *play) happen(within bool) {
	ev := p.script[0]
	p.script = p.script[1:]
	if within {
		p.trace("meanwhile:")
	}
	said := ev.do(p)
	p.res.Happened[ev.name]++
	p.trace("%s %s", ev.name, said)
}

// pass lets time pass; a process that serves works meanwhile.
func (p *play) pass(d time.Duration) {
	until := p.now().Add(d)
	if !p.serving {
		p.sleep(d)
		return
	}
	for p.now().Before(until) {
		if p.proc == nil {
			p.open()
		}
		if p.proc.done == nil {
			p.start("serve", func(ctx context.Context) error { return p.proc.app.Serve(ctx, p.every) })
		}
		p.drive(until)
		if p.proc.ended() {
			p.exit()
			p.sleep(p.death.between(time.Second, 12*time.Minute))
		}
	}
}

// round runs every plan once, as by hand, and again when the process died.
func (p *play) round() {
	defer func() {
		// Later one process does all that is left: opening one is not what is judged then.
		if !p.over && p.death.one(2) {
			p.exit()
		}
	}()
	for _, name := range planNames() {
		for {
			p.open()
			p.start("run "+name, func(ctx context.Context) error {
				once := p.proc.app.RunOnce
				if p.sweep {
					once = p.proc.app.SweepOnce
				}
				r, err := once(ctx, name)
				if r.Changed > r.Admitted {
					p.res.Fired[eventTwice]++
				}
				return err
			})
			p.drive(time.Time{})
			if !p.proc.gate.isDead() && !errors.Is(p.proc.err, journal.ErrStopped) {
				found := p.proc.err
				p.finish()
				if p.accept(found) {
					continue
				}
				break
			}
			p.exit()
			if p.death.one(3) {
				p.sleep(p.death.between(time.Second, 12*time.Minute))
			}
		}
	}
}

// ended says by what error a process ended by itself; the sentence of a problem is no error.
func ended(err error) bool {
	var problem *app.Problem
	return err == nil || errors.As(err, &problem) || errors.Is(err, errKilled) || errors.Is(err, context.Canceled) || errors.Is(err, journal.ErrStopped)
}
