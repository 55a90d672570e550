package sim

import (
	"errors"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/runtime/journal"
)

// The names under which faults that are no rule of the wire are counted.
const (
	killBeforeSend   = "killed before a send"
	killAfterSend    = "killed between send and answer"
	killBeforeCommit = "killed before a commit"
	killAfterCommit  = "killed after a commit"
	eventLate        = "event seen late"
	diskFull         = "disk full at a commit"
	diskUnsure       = "I/O error after a commit"
)

// died counts a death by where it was.
func (p *play) died(what string, v verdict) {
	p.res.Kills++
	commit := strings.HasPrefix(what, "commit ")
	switch {
	case commit && v == dieNow:
		p.res.Fired[killBeforeCommit]++
	case commit:
		p.res.Fired[killAfterCommit]++
	case v == dieNow:
		p.res.Fired[killBeforeSend]++
	default:
		p.res.Fired[killAfterSend]++
	}
}

// diskFault makes one commit fail.
type diskFault struct {
	at   journal.Point
	left int // commits until it strikes; negative for never
}

var errDisk = errors.New("input/output error")

// onDisk is called by the journal at every commit.
func (p *play) onDisk(at journal.Point, seq uint64) error {
	if at == p.disk.at && !p.over {
		if p.disk.left--; p.disk.left == 0 {
			name := diskFull
			if at == journal.AfterCommit {
				name = diskUnsure
			}
			p.res.Fired[name]++
			p.trace("%s", name)
			return errDisk
		}
	}
	if at == journal.AfterCommit {
		p.watch.promised(seq)
	}
	return nil
}

// ruled are the faults that are rules of the wire.
func ruled() []wire.Fault {
	span := func(d time.Duration) wire.Duration { return wire.Duration(d) }
	const writes = "PUT /api.xro/2.0/*"
	return []wire.Fault{
		{Name: "answer lost after commit", Operation: writes, Kind: wire.DropAfter},
		{Name: "request lost", Operation: writes, Kind: wire.DropBefore},
		{Name: "late commit", Operation: writes, Kind: wire.Late, After: span(7*time.Second + 311*time.Millisecond)},
		{Name: "answer to write-back lost", Operation: "PATCH /services/*", Kind: wire.DropAfter},
	}
}

// arm sets the faults of a seed in motion.
func (p *play) arm(d dice) {
	p.disk.left = -1
	if d.one(12) {
		p.disk = diskFault{pick(d, journal.BeforeCommit, journal.AfterCommit), 1 + d.IntN(20)}
	}
	list := ruled()
	for range d.IntN(4) {
		f := list[d.IntN(len(list))]
		f.Skip, f.Times = d.IntN(3), 1+d.IntN(2)
		if _, err := p.v.faults.Add(f); err != nil {
			p.broken("stage", "fault %s: %v", f.Name, err)
		}
	}
}

// disarm ends all faults. What is under way still happens.
func (p *play) disarm() {
	p.count()
	if err := p.v.faults.Set(nil); err != nil {
		p.broken("stage", "%v", err)
	}
	p.v.books.SetOffline(false)
}

// count adds up what the rules of the wire struck.
func (p *play) count() {
	for _, r := range p.v.faults.Rules() {
		p.res.Fired[r.Fault.Name] += r.Struck
	}
}

// naps are how long the product is left alone between rounds, once the faults have stopped.
func naps() []time.Duration {
	return []time.Duration{12 * time.Minute, 12 * time.Minute, time.Hour, time.Hour, 3 * time.Hour, 12 * time.Hour, 25 * time.Hour, 25 * time.Hour}
}
