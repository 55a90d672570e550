package sim

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/engine"
)

// The invariants, by the names that a violation is reported under.
const (
	oneInvoice   = "a deal has at most one live invoice"
	noStray      = "no invoice without a deal that was won"
	sameContent  = "an invoice says what the deal's lines and the approved rows say"
	intentFirst  = "no write reaches a vendor before its intent is durable"
	nothingLost  = "no acknowledged entry is lost"
	approvedPlan = "no write outside an approved plan"
	oneBody      = "one key never goes out with two bodies"
	noSecond     = "after an unknown outcome no second create before a look-up could tell"
	oneContact   = "one contact an account"
	untouched    = "no contact is overwritten by a create"
	oneTask      = "one task an invoice and stage"
	noSecret     = "no secret in the journal"
	sameReplay   = "replay gives the same actions"
	oneTenant    = "no request names another tenant"
	withinLimits = "limits are never exceeded by our doing"
	nothingLeft  = "every deal that qualifies is invoiced, held or refused with a reason"
	writtenBack  = "a deal carries its invoice, and no other deal does"
	paymentShown = "the write-back shows the latest payment state"
	taskRight    = "an overdue invoice has its task, a settled one no open task"
	linked       = "an account that was created is linked, held or refused with a reason"
	neverFailed  = "no run fails by a mistake of ours"
)

// maxBroken bounds what is kept of one seed.
const maxBroken = 10

// broken notes that an invariant does not hold.
func (p *play) broken(invariant, format string, args ...any) {
	text := invariant + ": " + fmt.Sprintf(format, args...)
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

// judgeSend judges a write that is about to leave. in is its intent, nil when the journal
// has none.
func (p *play) judgeSend(q *request, in *intent) {
	if in == nil {
		p.broken(intentFirst, "%s %s %s", q.method, q.path, q.body)
		return
	}
	if d := in.run.started.Plan; d != p.region.checked[in.run.started.Name].Digest {
		p.broken(approvedPlan, "%s of %s", d, in.run.started.Name)
	}
	if q.key != "" {
		if old, ok := p.watch.keys[q.key]; ok && old != string(q.body) {
			p.broken(oneBody, "%s", q.key)
		}
		p.watch.keys[q.key] = string(q.body)
	}
	if strings.HasPrefix(q.path, "/api.xro/") && q.tenant != p.v.books.Tenant() {
		p.broken(oneTenant, "%s %s for %q", q.method, q.path, q.tenant)
	}
}

// judgeAnswer takes note of what the product heard.
func (p *play) judgeAnswer(q *request, res *http.Response, err error) {}

// judgeDeed judges what a vendor has just executed.
func (p *play) judgeDeed(q *request) {
	if q.method == http.MethodPut && strings.HasSuffix(strings.SplitN(q.path, "?", 2)[0], "/Invoices") {
		p.judgeInvoices()
	}
}

// judgeInvoices judges the content of invoices that are new.
func (p *play) judgeInvoices() {
	for _, inv := range p.v.books.Invoices() {
		x := p.deal(text(inv["InvoiceNumber"]))
		if x == nil || p.watch.judged[text(inv["InvoiceID"])] {
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
	for i := len(x.truths) - 1; i >= 0; i-- {
		got := p.compare(x.truths[i], inv)
		if got == "" {
			return ""
		}
		if i == len(x.truths)-1 {
			why = got
		}
		if x.truths[i].at.Before(p.now().Add(-memory)) {
			break // it was over when the run read
		}
	}
	return why
}

// memory is how long what a run has read may be behind what is true.
const memory = 30 * time.Minute

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

// judgeAll asks everything, at the end.
func (p *play) judgeAll() {
	p.judge()
	var runs []app.RunView
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
	for _, r := range runs {
		p.res.Runs[string(r.State)]++
		if r.State == engine.Failed {
			p.broken(neverFailed, "%s %s: %s", r.Plan, r.ID, r.Reason)
		}
		if (r.State == engine.Refused || r.State == engine.Held) && r.Why() == "" {
			p.broken(nothingLeft, "%s %s is %s without a reason", r.Plan, r.ID, r.State)
		}
	}
	p.judgeDeals(runs)
	p.judgeSecrets()
	p.judgeReplay()
	if s := p.v.books.Stats(); s.Limited > 0 {
		p.broken(withinLimits, "%d calls were refused by the books' limits", s.Limited)
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
		case inv != nil && !open && rec["Xero_Invoice_Id__c"] != inv["InvoiceID"]:
			p.broken(writtenBack, "%s carries %v, its invoice is %v", x.id, rec["Xero_Invoice_Id__c"], inv["InvoiceID"])
		}
	}
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
	for _, s := range []string{salesforce.DefaultClientSecret, xero.DefaultClientSecret, "Bearer "} {
		if bytes.Contains(data, []byte(s)) {
			p.broken(noSecret, "%q", s)
		}
	}
}

// judgeReplay replays every run from its record: at each entry the machine must ask for
// what was done.
func (p *play) judgeReplay() {
	for _, r := range p.watch.runs {
		if _, err := engine.Fold(r.entries); err != nil {
			p.broken(sameReplay, "%s: %v", r.id, err)
		}
	}
}

// promised takes note that the journal promised to have an entry.
func (w *watch) promised(seq uint64) { w.acked = max(w.acked, seq) }

// sorted returns lines in the order in which the deal shows them.
func sorted(lines []world.Record) []world.Record {
	out := slices.Clone(lines)
	slices.SortStableFunc(out, func(a, b world.Record) int {
		return cmp.Or(money(a["SortOrder"]).Cmp(money(b["SortOrder"])), strings.Compare(text(a["Id"]), text(b["Id"])))
	})
	return out
}
