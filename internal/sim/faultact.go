package sim

import (
	"bytes"
	"cmp"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/journal"
)

// deaths makes the process die more often.
func deaths(p *play, d dice, _ string) {
	p.kills += 2 + d.IntN(3)
	p.toKill = d.IntN(25)
}

// died counts a death by where it was.
func (p *play) died(what string, v verdict) {
	p.res.Kills++
	commit := strings.HasPrefix(what, "commit ")
	switch {
	case isToken(what):
		p.res.Fired[killRefresh]++
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
	name string
}

var errDisk = errors.New("input/output error")

func disk(at journal.Point) func(*play, dice, string) {
	return func(p *play, d dice, name string) { p.disk = diskFault{at, 1 + d.IntN(20), name} }
}

// onDisk is called by the journal at every commit.
func (p *play) onDisk(at journal.Point, seq uint64) error {
	if at == p.disk.at && !p.over {
		if p.disk.left--; p.disk.left == 0 {
			p.res.Fired[p.disk.name]++
			p.trace("%s", p.disk.name)
			return errDisk
		}
	}
	if at == journal.AfterCommit {
		p.watch.promised(seq)
	}
	return nil
}

// soon does something at a moment of the story that is not far off.
func (p *play) soon(d dice, f func()) {
	p.at(p.now().Add(d.between(time.Minute, 8*time.Hour)+53*time.Millisecond), func() {
		if !p.over {
			f()
		}
	})
}

// jump moves the product's clock, and only that.
func (p *play) jump(d dice, name string) {
	by := pick(d, time.Hour, -time.Hour, 24*time.Hour, -24*time.Hour, 3*time.Second)
	p.soon(d, func() {
		p.skew += by
		p.res.Fired[name]++
		p.trace("%s by %s", name, by)
	})
}

// expire makes all tokens invalid, some requests from now.
func (p *play) expire(d dice, _ string) {
	p.expiring = 5 + d.IntN(60)
}

// expireForTwo makes all tokens invalid once two requests are on their way to one vendor.
func (p *play) expireForTwo(dice, string) {
	p.expiring, p.workers, p.serving = -1, 3, true
	p.script = append(p.script, p.script[0]) // several deals at once, if there are several
}

// ripe reports whether the time has come for tokens to end.
func (p *play) ripe(queue []*waiter) bool {
	if p.over || p.expiring == 0 {
		return false
	}
	if p.expiring > 0 {
		p.expiring--
		return p.expiring == 0
	}
	for _, of := range []string{" /services/data/", " /api.xro/"} {
		n := 0
		for _, w := range queue {
			if strings.Contains(w.what, of) {
				n++
			}
		}
		if n > 1 {
			p.expiring = 0
			return true
		}
	}
	return false
}

// expired ends all tokens while the named requests are on their way.
func (p *play) expired(queue []*waiter) {
	p.v.sf.ExpireSessions()
	p.v.books.RevokeTokens()
	p.trace("all tokens end")
	for _, of := range []string{" /services/data/", " /api.xro/"} {
		n := 0
		for _, w := range queue {
			if strings.Contains(w.what, of) {
				n++
			}
		}
		if n > 1 {
			p.res.Fired[twoRefreshers]++
		}
	}
}

// disconnect ends the app's connection to the books for some hours.
func (p *play) disconnect(d dice, name string) {
	p.soon(d, func() {
		p.v.books.Disconnect()
		p.trace("%s", name)
		p.flaw(name, func(q *request, status int, _ []byte) bool {
			return status == http.StatusForbidden && strings.HasPrefix(q.path, "/api.xro/")
		})
	})
	p.at(p.now().Add(d.between(8*time.Hour, 20*time.Hour)), p.v.books.Reconnect)
}

// books changes a record of the books so that no invoice is taken any more.
func books(collection, id string, set map[string]any) func(*play, dice, string) {
	return func(p *play, d dice, name string) {
		p.soon(d, func() {
			if err := p.v.books.Change(collection, id, set); err != nil {
				p.broken("stage", "%s: %v", name, err)
			}
			p.trace("%s", name)
			p.flaw(name, refusedInvoice)
		})
	}
}

func refusedInvoice(q *request, _ int, body []byte) bool {
	return q.method == http.MethodPut && strings.Contains(q.path, "/Invoices") && bytes.Contains(body, []byte("ValidationErrors"))
}

// archiveRate takes the rate of sales at home out of use.
func (p *play) archiveRate(d dice, name string) {
	rate := taxOf(p.region.name, "")
	books("TaxRates", rate, map[string]any{"Status": "ARCHIVED"})(p, d, name)
}

// hideField takes a field of the write-back out of the product's sight.
func (p *play) hideField(d dice, name string) {
	field := pick(d, "Xero_Invoice_Number__c", "Xero_Payment_Status__c")
	p.soon(d, func() {
		if err := p.v.sf.Hide("Opportunity", field); err != nil {
			p.broken("stage", "%s: %v", name, err)
		}
		p.hidden = true
		p.trace("%s: %s", name, field)
		p.flaw(name, func(q *request, status int, _ []byte) bool {
			return status == http.StatusBadRequest && strings.HasPrefix(q.path, "/services/data/")
		})
	})
}

// flaw is a fault of a vendor's records: it has struck when an answer shows it.
type flaw struct {
	name  string
	shows func(q *request, status int, _ []byte) bool
}

func (p *play) flaw(name string, shows func(*request, int, []byte) bool) {
	p.flaws = append(p.flaws, flaw{name, shows})
}

// shown counts the flaws that an answer shows.
func (p *play) shown(q *request, status int, body []byte) {
	for _, f := range p.flaws {
		if f.shows(q, status, body) {
			p.res.Fired[f.name]++
		}
	}
	if status == http.StatusUnauthorized {
		p.res.Fired["token expired"]++
	}
}

// intrude starts a second process on the folder of the first.
func (p *play) intrude(*deal) string {
	if p.proc == nil {
		return "— nobody is there"
	}
	if _, err := p.proc.app.Journal(); err != nil {
		return "— nobody holds the journal"
	}
	other := app.New(app.Config{Dir: cmp.Or(p.o.Tamper.Intruder, p.dir), Now: p.clock, Random: rand.NewChaCha8([32]byte{2}), Shared: &p.stage.shared})
	_, err := other.Journal()
	var inUse journal.ErrInUse
	if !errors.As(err, &inUse) {
		p.broken(oneOwner, "a second process opened the journal: %v", err)
	}
	p.res.Fired[twoProcesses]++
	if err := other.Close(); err != nil {
		p.broken(noCrash, "close: %v", err)
	}
	return ""
}

// unlike decides in which doubts the vendors are not as believed.
func unlike(d dice, all []string) []string {
	switch d.IntN(8) {
	case 0:
		return slices.Clone(all)
	case 1:
		return []string{all[d.IntN(len(all))]}
	}
	return nil
}

// restores lets somebody save the journal early, and put the copy back later.
func restores(p *play, d dice, _ string) {
	a := act{name: "back up or restore", inside: true, do: (*play).backUp}
	early := happening(a, 0, time.Minute)
	p.script = append([]event{p.script[0], early}, p.script[1:]...)
	p.script = append(p.script, happening(a, 0, d.between(time.Minute, time.Hour)))
}
