package sim

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/engine"
)

// The invariants, by the names that a violation is reported under.
const (
	oneInvoice    = "a deal has at most one live invoice"
	noStray       = "no invoice without a deal that was won"
	sameContent   = "an invoice says what the deal's lines and the approved rows say"
	intentFirst   = "no write reaches a vendor before its intent is durable"
	nothingLost   = "no acknowledged entry is lost"
	approvedPlan  = "no write outside an approved plan"
	oneBody       = "one key never goes out with two bodies"
	noSecond      = "after an unknown outcome no second create before a look-up could tell"
	oneContact    = "one contact an account"
	untouched     = "no contact is overwritten by a create"
	oneTask       = "one task an invoice and stage"
	noSecret      = "no secret in the journal"
	sameReplay    = "replay gives the same actions"
	oneTenant     = "no request names another tenant"
	withinLimits  = "limits are never exceeded by our doing"
	nothingLeft   = "every deal that qualifies is invoiced, held or refused with a reason"
	writtenBack   = "a deal carries its invoice, and no other deal does"
	paymentShown  = "the write-back shows the latest payment state"
	taskRight     = "an overdue invoice has its task, a settled one no open task"
	linked        = "an account that was created is linked, held or refused with a reason"
	noBlind       = "an older journal is not taken for the newest"
	forgedRefused = "a forged webhook is answered with 401"
	comesToRest   = "once the faults have stopped every run ends or is held"
	noCrash       = "a process ends only as it should"
	oneOwner      = "one process owns the journal"
	onlyPlanned   = "nothing is written but what the plans write"
	audited       = "every decision of a person about a run is on record"
	neverFailed   = "no run fails by a mistake of ours"
)

// maxBroken bounds what is kept of one seed.
const maxBroken = 10

// broken notes that an invariant does not hold.
func (p *play) broken(invariant, format string, args ...any) {
	text := invariant + ": " + fmt.Sprintf(format, args...)
	if p.doubtful != nil {
		*p.doubtful = append(*p.doubtful, text)
		return
	}
	p.trace("VIOLATION %s", text)
	if len(p.res.Broken) < maxBroken {
		p.res.Broken = append(p.res.Broken, text)
	}
}

// truth is what was true of a deal from a moment on.
type truth struct {
	at      time.Time
	won     bool
	country string
	lines   []world.Record
}

// look notes what is true of the deals now.
func (p *play) look() {
	for _, x := range p.deals {
		rec, ok := p.v.sf.Get("Opportunity", x.id)
		if !ok {
			continue
		}
		t := truth{at: p.now(), won: rec["IsWon"] == true, lines: p.lines(x)}
		if id, ok := rec["AccountId"].(string); ok {
			account, _ := p.v.sf.Get("Account", id)
			t.country, _ = account["BillingCountry"].(string)
		}
		x.everWon = x.everWon || t.won
		x.truths = append(x.truths, t)
	}
}

// deal returns the deal that an invoice number is of.
func (p *play) deal(number string) *deal {
	for _, x := range p.deals {
		if strings.HasPrefix(number, x.number) {
			return x
		}
	}
	return nil
}

func text(v any) string { s, _ := v.(string); return s }

// live reports whether an invoice counts.
func live(inv map[string]any) bool { return inv["Status"] != "VOIDED" && inv["Status"] != "DELETED" }

// judge asks what is cheap, on what the twins hold now.
func (p *play) judge() {
	invoices := map[*deal]int{}
	for _, inv := range p.v.books.Invoices() {
		number := text(inv["InvoiceNumber"])
		if !strings.HasPrefix(number, "SF-") {
			continue
		}
		x := p.deal(number)
		switch {
		case x != nil && x.byHand:
		case x == nil || !x.everWon:
			p.broken(noStray, "%s", number)
		case live(inv):
			invoices[x]++
		}
	}
	for x, n := range invoices {
		if n > 1 {
			p.broken(oneInvoice, "%s has %d", x.id, n)
		}
	}
	numbers := map[string]int{}
	for _, c := range p.v.books.Contacts() {
		if n := text(c["ContactNumber"]); n != "" {
			if numbers[n]++; numbers[n] == 2 {
				p.broken(oneContact, "%s", n)
			}
		}
	}
	marks := map[string]int{}
	for _, task := range p.v.sf.All("Task") {
		if m := text(task["Xero_Follow_Up__c"]); m != "" {
			if marks[m]++; marks[m] == 2 {
				p.broken(oneTask, "%s", m)
			}
		}
	}
}

// judgeSend judges a write that is about to leave.
func (p *play) judgeSend(q *request) {
	if q.key != "" {
		if old, ok := p.watch.keys[q.key]; ok && old != string(q.body) {
			p.broken(oneBody, "%s", q.key)
		}
		p.watch.keys[q.key] = string(q.body)
	}
	in := q.in
	if in == nil {
		p.broken(intentFirst, "%s %s %s", q.method, q.path, q.body)
		return
	}
	if d := in.run.started.Plan; d != p.region.programs[in.run.started.Name].Checked.Digest {
		p.broken(approvedPlan, "%s of %s", d, in.run.started.Name)
	}
	if strings.HasPrefix(q.path, "/api.xro/") && q.tenant != p.v.books.Tenant() {
		p.broken(oneTenant, "%s %s for %q", q.method, q.path, q.tenant)
	}
	p.watch.again(q)
}

// judgeDeed judges what a vendor has just executed.
func (p *play) judgeDeed(q *request) {
	path, _, _ := strings.Cut(q.path, "?")
	for _, may := range deeds() {
		if wire.Match(may, &http.Request{Method: q.method, URL: &url.URL{Path: path}}) {
			if strings.HasSuffix(path, "/Invoices") {
				p.judgeInvoices()
			}
			return
		}
	}
	p.broken(onlyPlanned, "%s %s", q.method, path)
}

// deeds are the writes that the four plans make.
func deeds() []string {
	const sales = "/services/data/v67.0/sobjects/"
	return []string{
		"PUT /api.xro/2.0/Invoices", "PUT /api.xro/2.0/Contacts", "POST /api.xro/2.0/Contacts/*",
		"PATCH " + sales + "Opportunity/*", "PATCH " + sales + "Account/*", "PATCH " + sales + "Task/*", "POST " + sales + "Task",
	}
}

// judgeInvoices judges the content of invoices that are new.
func (p *play) judgeInvoices() {
	for _, inv := range p.v.books.Invoices() {
		x := p.deal(text(inv["InvoiceNumber"]))
		if x == nil || x.byHand || p.watch.judged[text(inv["InvoiceID"])] {
			continue
		}
		p.watch.judged[text(inv["InvoiceID"])] = true
		if why := p.content(x, inv); why != "" {
			p.broken(sameContent, "%s: %s", x.number, why)
		}
	}
}

// content compares an invoice with everything that was true of its deal since its run
// began to read; it says what is wrong compared with the latest.
func (p *play) content(x *deal, inv map[string]any) (why string) {
	why = "nothing was known of the deal"
	began := p.watch.began(x.id).Add(-p.skew) // the journal has the product's clock, which may have jumped
	for i := len(x.truths) - 1; i >= 0; i-- {
		got := p.compare(x.truths[i], inv)
		if got == "" {
			return ""
		}
		if i == len(x.truths)-1 {
			why = got
		}
		if x.truths[i].at.Before(began) {
			break // it was over when the run read
		}
	}
	return why
}

// began is when the run that invoices a deal began. A run keeps what it has read while only
// time passes and a write of its is not settled, so it may have read at any moment since.
func (w *watch) began(deal string) time.Time {
	w.read()
	for _, r := range w.runs {
		if r.started.Name == invoicing && r.started.Record == deal {
			return r.entries[0].At
		}
	}
	return w.p.now()
}

// compare says in what an invoice differs from the deal as it was.
func (p *play) compare(t truth, inv map[string]any) string {
	lines, _ := inv["LineItems"].([]any)
	if len(lines) != len(t.lines) {
		return fmt.Sprintf("%d lines for %d", len(lines), len(t.lines))
	}
	sum := decimal.Decimal{}
	for i, of := range sorted(t.lines) {
		l, _ := lines[i].(map[string]any)
		product := p.product(text(of["PricebookEntryId"]))
		for name, want := range map[string]any{
			"ItemCode": p.region.item(product), "TaxType": taxOf(p.region.name, t.country), "Quantity": of["Quantity"], "UnitAmount": of["UnitPrice"],
		} {
			if fmt.Sprint(l[name]) != fmt.Sprint(want) && !money(l[name]).Equal(money(want)) {
				return fmt.Sprintf("line %d has %s %v, want %v", i+1, name, l[name], want)
			}
		}
		sum = sum.Add(money(of["TotalPrice"]))
	}
	if !money(inv["SubTotal"]).Equal(sum) {
		return fmt.Sprintf("it comes to %v before tax, the deal to %v", inv["SubTotal"], sum)
	}
	return ""
}

// product returns which product a price book entry is of.
func (p *play) product(entry string) int {
	for i := range products {
		if entry == salesforce.ID("PricebookEntry", uint64(i+1)) {
			return i
		}
	}
	return 0
}

// judgeAll asks everything, at the end. What must be so at last need not be so at once: a
// vendor may show a change a little after it was made.
func (p *play) judgeAll() {
	if p.o.Tamper.World != nil {
		p.o.Tamper.World(p.v.sf, p.v.books)
	}
	p.judge()
	for _, wait := range []time.Duration{20 * time.Minute, 20 * time.Minute, 20 * time.Minute, 25 * time.Hour} { // a day's allowance lasts longest
		var found []string
		p.doubtful = &found
		p.judgeEnd(p.runs())
		p.doubtful = nil
		if len(found) == 0 {
			break
		}
		p.trace("not yet: %s", strings.Join(found, "; "))
		p.pass(wait)
		p.sweep = true
		p.rest("at last")
	}
	runs := p.runs()
	p.judgeEnd(runs)
	p.judgeRuns(runs)
	p.judgeSecrets()
	if p.o.Seed%8 == 0 || p.o.Trace {
		p.judgeReplay() // it costs as much as the seed itself
	}
	if p.told > p.watch.people || p.told+p.unsure < p.watch.people {
		p.broken(audited, "people decided %d times, and perhaps %d, the journal has %d", p.told, p.unsure, p.watch.people)
	}
	if s := p.v.books.Stats(); s.Limited > 0 {
		p.broken(withinLimits, "%d calls were refused by the books' limits", s.Limited)
	}
}

// judgeEnd asks what must be so once everything has come to rest.
func (p *play) judgeEnd(runs []app.RunView) {
	p.judgeDeals(runs)
	p.judgeMoney(runs)
	p.judgeLinks(runs)
}

// runs lists all runs, and reads the journal to its end.
func (p *play) runs() (runs []app.RunView) {
	p.people(func(ctx context.Context, a *app.App) (err error) {
		if runs, err = a.Runs("", ""); err != nil {
			return err
		}
		p.watch.read()
		if p.o.Seed%4 != 0 {
			return nil // reading all of it costs as much as a small seed
		}
		j, err := a.Journal()
		if err == nil {
			_, err = j.Verify(ctx)
		}
		return err
	})
	return p.o.Tamper.runs(runs)
}

// judgeRuns demands a good end of every run.
func (p *play) judgeRuns(runs []app.RunView) {
	for _, r := range runs {
		p.res.Runs[string(r.State)]++
		if r.Hold != nil {
			p.res.Holds = append(p.res.Holds, fmt.Sprintf("%s %s: %s", r.Plan, r.Hold.Code, r.Hold.Message))
		}
		if r.State == engine.Failed {
			p.broken(neverFailed, "%s %s: %s", r.Plan, r.ID, r.Reason)
		}
		if (r.State == engine.Refused || r.State == engine.Held) && r.Why() == "" {
			p.broken(nothingLeft, "%s %s is %s without a reason", r.Plan, r.ID, r.State)
		}
	}
}

// judgeDeals demands that no deal was forgotten.
func (p *play) judgeDeals(runs []app.RunView) {
	carried := map[string]string{}
	for _, x := range p.deals {
		rec, ok := p.v.sf.Get("Opportunity", x.id)
		if !ok {
			continue
		}
		if id := text(rec["Xero_Invoice_Id__c"]); id != "" {
			if carried[id] != "" {
				p.broken(writtenBack, "%s and %s carry %s", x.id, carried[id], id)
			}
			carried[id] = x.id
		}
		inv := p.invoice(x)
		open := has(runs, invoicing, x.id, engine.Held, engine.Refused, engine.Cancelled)
		switch {
		case inv == nil && rec["IsWon"] == true && !open:
			p.broken(nothingLeft, "%s is won, and nothing says why it has no invoice", x.id)
		case inv != nil && !x.byHand && !open && rec["Xero_Invoice_Id__c"] != inv["InvoiceID"] && !p.toldOf(x, rec, runs):
			p.broken(writtenBack, "%s carries %v, its invoice is %v", x.id, rec["Xero_Invoice_Id__c"], inv["InvoiceID"])
		}
	}
}

// toldOf reports whether reconcile tells of the invoice of a deal that no run of the journal
// made: the run was lost with what was written since the old backup, and the deal is not won any
// more, so that nothing would start another. Where a field stays hidden it tells that it cannot read.
func (p *play) toldOf(x *deal, rec map[string]any, runs []app.RunView) (told bool) {
	if p.res.Fired[oldBackup] == 0 || rec["IsWon"] == true || slices.ContainsFunc(runs, func(r app.RunView) bool { return r.Plan == invoicing && r.Record == x.id }) {
		return false
	}
	p.people(func(ctx context.Context, a *app.App) error {
		all, err := a.Reconcile(ctx, invoicing)
		for _, r := range all {
			told = told || slices.ContainsFunc(r.Discrepancies, func(d app.Discrepancy) bool {
				return d.Cause == app.Stranger && d.Record == x.id || d.Cause == app.Unreachable
			})
		}
		return err
	})
	return told
}

// has reports whether a run of a plan for a record is in one of the states.
func has(runs []app.RunView, plan, record string, states ...engine.RunState) bool {
	for _, r := range runs {
		for _, s := range states {
			if r.Plan == plan && r.Record == record && r.State == s {
				return true
			}
		}
	}
	return false
}

// judgeSecrets reads the bytes of the journal.
func (p *play) judgeSecrets() {
	data, err := os.ReadFile(filepath.Join(p.dir, "journal.db"))
	if err != nil {
		p.broken("stage", "%v", err)
		return
	}
	data = p.o.Tamper.file(data)
	for _, s := range []string{salesforce.DefaultClientSecret, xero.DefaultClientSecret, "Bearer "} {
		if bytes.Contains(data, []byte(s)) {
			p.broken(noSecret, "%q", s)
		}
	}
}

// judgeReplay goes through every run again from its record.
func (p *play) judgeReplay() {
	for _, r := range p.watch.runs {
		program := p.region.programs[r.started.Name]
		if program == nil {
			p.broken(sameReplay, "%s is of %q", r.id, r.started.Name)
			continue
		}
		replayed, err := program.Replay(r.id, r.entries)
		if err != nil {
			p.broken(sameReplay, "%s: %v", r.id, err)
		}
		for _, e := range replayed {
			if e.Differs != "" {
				p.broken(sameReplay, "%s entry %d, %s: %s", r.id, e.Entry, e.Kind, e.Differs)
			}
		}
	}
}

// promised takes note that the journal promised to have an entry.
func (w *watch) promised(seq uint64) { w.acked = max(w.acked, seq+w.p.o.Tamper.Acked) }

// sorted returns lines in the order in which the deal shows them.
func sorted(lines []world.Record) []world.Record {
	out := slices.Clone(lines)
	slices.SortStableFunc(out, func(a, b world.Record) int {
		return cmp.Or(money(a["SortOrder"]).Cmp(money(b["SortOrder"])), strings.Compare(text(a["Id"]), text(b["Id"])))
	})
	return out
}

// parties are the names and numbers of the contacts, when a request is about to write to them.
func (p *play) parties(r *http.Request) map[string][2]string {
	if !strings.Contains(r.URL.Path, "/Contacts") {
		return nil
	}
	out := map[string][2]string{}
	for _, c := range p.v.books.Contacts() {
		out[text(c["ContactID"])] = [2]string{text(c["Name"]), text(c["ContactNumber"])}
	}
	return out
}

// judgeParties demands that contacts that were there are as they were; one without a number
// may have got one.
func (p *play) judgeParties(before map[string][2]string) {
	if before == nil {
		return
	}
	for _, c := range p.v.books.Contacts() {
		was, known := before[text(c["ContactID"])]
		if known && (was[0] != text(c["Name"]) || was[1] != "" && was[1] != text(c["ContactNumber"])) {
			p.broken(untouched, "%s %q is %q %q now", was[1], was[0], c["ContactNumber"], c["Name"])
		}
	}
}
