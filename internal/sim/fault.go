package sim

import (
	"net/http"
	"time"

	"github.com/planwright/planwright/internal/twin/preset"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/runtime/journal"
)

// fault is one way in which things go wrong. Of those without an arm it is chance that
// decides whether they happen, and they are counted when they do.
type fault struct {
	name string
	arm  func(p *play, d dice, name string)
}

// The faults that are counted where they happen.
const (
	killBeforeSend   = "killed before a send"
	killAfterSend    = "killed between send and answer"
	killBeforeCommit = "killed before a commit"
	killAfterCommit  = "killed after a commit"
	killRefresh      = "token lost in a crash"
	eventLate        = "event seen late"
	eventTwice       = "event seen twice"
	diskFull         = "disk full at a commit"
	diskUnsure       = "I/O error after a commit"
	clockJump        = "clock jumps"
	keyForgotten     = "key window passed"
	twoProcesses     = "two processes"
	twoRefreshers    = "two refreshers"
)

// Faults names every kind of fault there is, in a fixed order. Each must have struck when
// many seeds were played.
func Faults() []string {
	var out []string
	for _, f := range faults() {
		out = append(out, f.name)
	}
	return out
}

// arm sets the faults of a seed in motion: the one whose turn it is, and some more.
func (p *play) arm(d dice) {
	p.disk.left = -1
	if d.one(6) {
		return // a seed without faults: the product must do well then, too
	}
	list := faults()
	set := map[string]bool{}
	for i, n := 0, 1+d.IntN(4); i < n; i++ {
		f := list[d.IntN(len(list))]
		if i == 0 {
			f = list[p.o.Seed%uint64(len(list))]
		}
		if f.arm != nil && !set[f.name] {
			set[f.name] = true
			p.trace("armed: %s", f.name)
			f.arm(p, d, f.name)
		}
	}
}

// faults is the closed list. What of the vendors' and networks' ways to fail is not in it
// cannot be met here: batches, which no plan uses; answers and headers of many megabytes, and
// hosts that are not the vendor's (package apicall tests both); torn pages (package journal).
func faults() []fault {
	out := []fault{
		{killBeforeSend, deaths},
		{killAfterSend, deaths},
		{killBeforeCommit, deaths},
		{killAfterCommit, deaths},
		{killRefresh, deaths},
		{eventLate, nil},
		{eventTwice, nil},
		{keyForgotten, deaths},
		{twoRefreshers, (*play).expireForTwo},
		{twoProcesses, nil},
		{oldBackup, restores},
		{hookTwice, nil},
		{hookMissing, nil},
		{hookDisorder, nil},
		{hookForged, nil},
		{diskFull, disk(journal.BeforeCommit)},
		{diskUnsure, disk(journal.AfterCommit)},
		{clockJump, (*play).jump},
		{"token expired", (*play).expire},
		{"tenant disconnected", (*play).disconnect},
		{"lock date", books("Organisation", "", map[string]any{"PeriodLockDate": "2027-06-30"})},
		{"account archived", books("Accounts", "200", map[string]any{"Status": "ARCHIVED"})},
		{"tax rate archived", (*play).archiveRate},
		{"field hidden", (*play).hideField},
	}
	for _, f := range lost() {
		out = append(out, fault{f.Name, struck(f)})
	}
	for _, f := range refused() {
		out = append(out, fault{f.Name, struck(f)})
	}
	for _, f := range away() {
		out = append(out, fault{f.Name, spell(f)})
	}
	for _, f := range drifted() {
		out = append(out, fault{f.Name, spell(f)})
	}
	return out
}

func span(d time.Duration) wire.Duration { return wire.Duration(d) }

const (
	allBooks = "* /api.xro/*"
	allSales = "* /services/data/*"
	// deeds are the writes that can be lost: creates and updates at both vendors.
	creates = "PUT /api.xro/2.0/*"
	updates = "PATCH /services/data/*"
	tasks   = "POST /services/data/*/sobjects/*"
)

// lost are requests and answers that go astray.
func lost() []wire.Fault {
	return []wire.Fault{
		{Name: "answer lost after commit", Operation: creates, Kind: wire.DropAfter},
		{Name: "answer to an update lost", Operation: updates, Kind: wire.DropAfter},
		{Name: "answer to a task lost", Operation: tasks, Kind: wire.DropAfter},
		{Name: "request lost", Operation: creates, Kind: wire.DropBefore},
		{Name: "task lost", Operation: tasks, Kind: wire.DropBefore},
		{Name: "late commit", Operation: creates, Kind: wire.Late, After: span(7*time.Second + 311*time.Millisecond)},
		{Name: "late update", Operation: updates, Kind: wire.Late, After: span(4*time.Second + 311*time.Millisecond)},
		{Name: "late task", Operation: tasks, Kind: wire.Late, After: span(9*time.Minute + 311*time.Millisecond)},
		{Name: "connection reset", Operation: "*", Kind: wire.Reset},
		{Name: "answer truncated", Operation: "*", Kind: wire.Truncate},
		{Name: "gzip cut", Operation: "*", Kind: wire.CutGzip},
		{Name: "a page instead of an answer", Operation: "*", Kind: wire.HTML, Code: http.StatusServiceUnavailable},
		{Name: "5xx hides a commit", Operation: creates, Kind: wire.StatusAfter, Code: http.StatusInternalServerError},
		{Name: "504 hides a commit", Operation: updates, Kind: wire.StatusAfter, Code: http.StatusGatewayTimeout},
		{Name: "5xx kept under the key", Operation: creates, Kind: wire.StatusAfter, Code: http.StatusInternalServerError, Inside: true},
		{Name: "slow", Operation: "*", Kind: wire.Slow, After: span(20*time.Second + 7*time.Millisecond)},
		{Name: "too slow", Operation: "*", Kind: wire.Slow, After: span(50*time.Second + 7*time.Millisecond)},
		{Name: "answer drips", Operation: "GET *", Kind: wire.Drip, After: span(time.Second + 7*time.Millisecond), Bytes: 400},
		{Name: "write sent twice by a proxy", Operation: creates, Kind: wire.Twice},
	}
}

// refused are answers that say no for a while, as presets of the twins.
func refused() []wire.Fault {
	var out []wire.Fault
	all := preset.Faults()
	for _, name := range []string{
		"xero-429-minute", "xero-429-day", "xero-429-concurrent", "xero-429-app-minute", "xero-429-no-wait", "xero-429-zero", "xero-429-nonsense", "xero-429-date",
		"salesforce-row-lock", "salesforce-request-limit", "salesforce-session-expired", "salesforce-maintenance", "redirect",
	} {
		f := all[name]
		f.Name = name
		out = append(out, f)
	}
	return append(
		out,
		wire.Fault{Name: "scope removed", Operation: allBooks, Kind: wire.Status, Code: http.StatusForbidden, Header: map[string]string{"WWW-Authenticate": "insufficient_scope"}},
		wire.Fault{
			Name: "validation error", Operation: updates, Kind: wire.Status, Code: http.StatusBadRequest, Header: map[string]string{"Content-Type": "application/json;charset=UTF-8"},
			Body: `[{"message":"A closed deal may not be changed.","errorCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION"}]`,
		},
		wire.Fault{Name: "token refused", Operation: "POST */token", Kind: wire.Status, Code: http.StatusBadRequest, Body: `{"error":"invalid_client"}`},
		wire.Fault{Name: "token endpoint away", Operation: "POST */token", Kind: wire.Status, Code: http.StatusServiceUnavailable},
	)
}

// away are spells in which a vendor, or the network, is not there.
func away() []wire.Fault {
	return []wire.Fault{
		{Name: "network down", Operation: "*", Kind: wire.DropBefore},
		{Name: "5xx storm of the books", Operation: allBooks, Kind: wire.Status, Code: http.StatusBadGateway},
		{Name: "5xx storm of the sales", Operation: allSales, Kind: wire.Status, Code: http.StatusServiceUnavailable},
		{Name: "flapping", Operation: "*", Kind: wire.Status, Code: http.StatusServiceUnavailable, On: span(10 * time.Second), Off: span(20 * time.Second)},
		{Name: "offline", Operation: allBooks, Kind: wire.Status, Code: http.StatusServiceUnavailable, Body: "The Organisation is offline", Header: map[string]string{"Content-Type": "text/plain; charset=utf-8"}},
	}
}

// drifted are spells in which answers are not as they were.
func drifted() []wire.Fault {
	return []wire.Fault{
		{Name: "null arrays", Operation: "GET *", Kind: wire.Rewrite, Drift: &wire.Drift{NullArrays: true}},
		{Name: "numbers as strings", Operation: "GET *", Kind: wire.Rewrite, Drift: &wire.Drift{NumbersAsStrings: true}},
		{Name: "unknown members", Operation: "*", Kind: wire.Rewrite, Drift: &wire.Drift{Unknown: "NewThing__"}},
		{Name: "new status", Operation: "GET /api.xro/*/Invoices*", Kind: wire.Rewrite, Drift: &wire.Drift{Set: map[string]any{"Status": "ONHOLD"}}},
		{Name: "new stage", Operation: "GET /services/data/*", Kind: wire.Rewrite, Drift: &wire.Drift{Set: map[string]any{"StageName": "Verbally Agreed"}}},
		{Name: "vendor's clock ahead", Operation: "*", Kind: wire.Rewrite, Skew: span(time.Hour)},
		{Name: "vendor's clock behind", Operation: "*", Kind: wire.Rewrite, Skew: span(-24 * time.Hour)},
		{Name: "wrong content type", Operation: "*", Kind: wire.Rewrite, Header: map[string]string{"Content-Type": "text/plain"}},
	}
}

// struck is a fault that strikes single requests.
func struck(f wire.Fault) func(*play, dice, string) {
	return func(p *play, d dice, name string) {
		f.Nth, f.Name = 0, name
		f.Times = 1 + d.IntN(3)
		if f.Operation == "*" || f.Operation == allBooks || f.Operation == allSales {
			f.Skip = d.IntN(40)
		} else {
			f.Skip = max(0, d.IntN(3)-1)
		}
		if f.Operation == tasks { // there is none before a month has passed
			f.Skip = 0
			all := acts()
			p.script = append(p.script, happening(all[len(all)-1], 0, time.Hour), happening(all[0], 0, time.Minute))
		}
		p.rule(f)
	}
}

// spell is a fault that strikes everything for a while.
func spell(f wire.Fault) func(*play, dice, string) {
	return func(p *play, d dice, name string) {
		f.Name = name
		f.From = p.now().Add(d.between(0, 6*time.Hour))
		f.Until = f.From.Add(d.between(time.Minute, 5*time.Hour))
		p.rule(f)
	}
}

func (p *play) rule(f wire.Fault) {
	if _, err := p.v.faults.Add(f); err != nil {
		p.broken("stage", "fault %s: %v", f.Name, err)
	}
}

// disarm ends all faults. What is under way still happens.
func (p *play) disarm() {
	p.count()
	if err := p.v.faults.Set(nil); err != nil {
		p.broken("stage", "%v", err)
	}
	p.v.books.Reconnect()
	p.flaws = nil
	p.skew = 0
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
