package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
)

// The companion plans of an invoice's life after it was made.
const (
	afterInvoice = "deal-after-invoice"
	relink       = "reissued-invoice-to-deal"
	afterDelete  = "deal-deleted"
)

// lived is a house with one deal invoiced, in which the companions run with some settings.
func lived(t *testing.T, settings ...string) (h *house, deal string) {
	t.Helper()
	h = newHouse(t)
	h.adopt(invoicing)
	h.name = invoicing
	h.mapped()
	for _, name := range []string{afterInvoice, relink, afterDelete} {
		var edits []string
		for _, s := range settings {
			key, value, _ := strings.Cut(s, ": ")
			edits = append(edits, key+": {value: ask", key+": {value: "+value)
		}
		_, err := h.app.Decide(t.Context(), h.propose(name, edits...), true, dana, "as shown")
		h.must(err)
	}
	h.name = afterInvoice
	h.mapped()
	h.name = invoicing
	short := h.win(1)[0]
	rec, _ := h.sf.Get("Opportunity", short)
	deal = fmt.Sprint(rec["Id"])
	h.lives()
	return h, deal
}

// lives runs the plans twice, a minute apart.
func (h *house) lives() {
	h.t.Helper()
	for range 2 {
		h.clock.Advance(time.Minute)
		for _, name := range []string{invoicing, afterInvoice, relink, afterDelete} {
			_, err := h.app.RunOnce(h.t.Context(), name)
			h.must(err)
		}
	}
}

// documents tells of the invoices and credit notes that were not there at the start.
func (h *house) documents() string {
	h.t.Helper()
	old := map[string]bool{}
	for _, name := range []string{"Invoices", "CreditNotes"} {
		for _, rec := range h.company.World.Xero[name] {
			old[fmt.Sprint(rec["InvoiceNumber"], rec["CreditNoteNumber"])] = true
		}
	}
	var out []string
	for _, name := range []string{"Invoices", "CreditNotes"} {
		for _, rec := range h.xero.All(name) {
			if number := fmt.Sprint(rec["InvoiceNumber"], rec["CreditNoteNumber"]); !old[number] {
				number = strings.TrimSpace(strings.ReplaceAll(number, "<nil>", ""))
				kind, _, _ := strings.Cut(number, "-")
				_, tail, again := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(number, "CN-"), "SF-"), "-")
				if again {
					kind += "-" + tail
				}
				out = append(out, kind+" "+fmt.Sprint(rec["Status"]))
			}
		}
	}
	sort.Strings(out)
	return strings.Join(out, ", ")
}

// asking lists the runs of the companions that wait for a person.
func (h *house) asking() []RunView {
	h.t.Helper()
	runs, err := h.app.Runs(engine.Held, "")
	h.must(err)
	return runs
}

// answered answers every question that is open with the same words.
func (h *house) answered(words string) {
	h.t.Helper()
	for _, v := range h.asking() {
		h.must(h.app.Answer(h.t.Context(), v.ID, engine.Reply{Answer: words, By: dana}))
	}
	h.lives()
}

// relined is grown, and the plans see it.
func (h *house) relined(deal string) {
	h.grown(deal)
	h.lives()
}

func (h *house) lineOf(deal string) world.Record {
	h.t.Helper()
	for _, l := range h.sf.All("OpportunityLineItem") {
		if l["OpportunityId"] == deal {
			return l
		}
	}
	h.t.Fatalf("deal %s has no line", deal)
	return nil
}

// reworded gives the first line of a deal another description, and lets no plan see it yet.
func (h *house) reworded(deal string) {
	h.t.Helper()
	h.clock.Advance(time.Minute)
	h.must(h.sf.Update("OpportunityLineItem", fmt.Sprint(h.lineOf(deal)["Id"]), world.Record{"Description": "agreed on the telephone"}))
	h.must(h.sf.Update("Opportunity", deal, world.Record{"NextStep": "seen " + h.clock.Now().String()}))
}

// grown gives the first line of a deal another quantity, and lets no plan see it yet.
func (h *house) grown(deal string) {
	h.t.Helper()
	line := h.lineOf(deal)
	n, err := decimal.Parse(fmt.Sprint(line["Quantity"]))
	h.must(err)
	h.clock.Advance(time.Minute)
	h.must(h.sf.Update("OpportunityLineItem", fmt.Sprint(line["Id"]), world.Record{"Quantity": n.Add(decimal.Must("1")).String()}))
	h.must(h.sf.Update("Opportunity", deal, world.Record{"NextStep": "seen " + h.clock.Now().String()}))
}

// touched saves a deal without a change that matters, and lets the plans see it.
func (h *house) touched(deal string) {
	h.t.Helper()
	h.clock.Advance(time.Minute)
	h.must(h.sf.Update("Opportunity", deal, world.Record{"NextStep": "seen " + h.clock.Now().String()}))
	h.lives()
}

// one demands that exactly one invoice of the deal counts, that it agrees with the deal, and
// that the deal points at it.
func (h *house) one(deal string) {
	h.t.Helper()
	rec, _ := h.sf.Get("Opportunity", deal)
	n := 0
	for _, inv := range h.xero.Invoices() {
		credited := inv["Status"] == "PAID" && sameNumber(inv["AmountCredited"], inv["Total"])
		if !strings.HasPrefix(fmt.Sprint(inv["InvoiceNumber"]), "SF-"+deal) || inv["Status"] == "VOIDED" || inv["Status"] == "DELETED" || credited {
			continue
		}
		n++
		if !sameNumber(inv["SubTotal"], rec["Amount"]) {
			h.t.Errorf("invoice %v is of %v, the deal of %v", inv["InvoiceNumber"], inv["SubTotal"], rec["Amount"])
		}
		if rec["Xero_Invoice_Id__c"] != inv["InvoiceID"] || rec["Xero_Invoice_Number__c"] != inv["InvoiceNumber"] {
			h.t.Errorf("the deal points at %v, not at %v", rec["Xero_Invoice_Number__c"], inv["InvoiceNumber"])
		}
	}
	if n != 1 {
		h.t.Errorf("%d invoices of the deal count, want 1", n)
	}
}

func (h *house) stage(deal, stage string) {
	h.t.Helper()
	h.clock.Advance(time.Minute)
	h.must(h.sf.Update("Opportunity", deal, world.Record{"StageName": stage}))
	h.lives()
}

// rewritten deletes the first line of a deal and makes it again, as quoting tools do.
func (h *house) rewritten(deal string) {
	h.t.Helper()
	line := h.lineOf(deal)
	again := world.Record{}
	for _, name := range []string{"OpportunityId", "PricebookEntryId", "Quantity", "UnitPrice", "Discount", "Description"} {
		if line[name] != nil {
			again[name] = line[name]
		}
	}
	h.must(h.sf.Delete("OpportunityLineItem", fmt.Sprint(line["Id"])))
	_, err := h.sf.Create("OpportunityLineItem", again)
	h.must(err)
	h.touched(deal)
}

// edited changes the sum of a deal's invoice as a bookkeeper would.
func (h *house) edited(deal string) {
	h.t.Helper()
	h.must(h.xero.Change("Invoices", "SF-"+deal, map[string]any{"SubTotal": json.Number("1"), "Total": json.Number("1")}))
}

// drafted sends a deal's invoice back to draft.
func (h *house) drafted(deal string) {
	h.t.Helper()
	h.must(h.xero.Change("Invoices", "SF-"+deal, map[string]any{"Status": "DRAFT"}))
}

// TestLives takes an invoice through what can happen to its deal, and demands how both worlds
// stand: who is asked, what is written, and how many invoices count.
func TestLives(t *testing.T) {
	tests := []struct {
		name     string
		settings string
		life     func(h *house, deal string)
		asks     int    // questions open after the life
		answer   string // given to all of them
		want     string // documents at the end
		one      bool   // exactly one invoice counts at the end, and agrees with the deal
	}{
		{name: "touched only", life: (*house).touched, want: "SF AUTHORISED", one: true},
		{name: "reopened, ignored", life: func(h *house, d string) { h.stage(d, "Prospecting") }, asks: 1, answer: "ignore", want: "SF AUTHORISED"},
		{name: "reopened, credited", life: func(h *house, d string) { h.stage(d, "Prospecting") }, asks: 1, answer: "credit", want: "CN PAID, SF PAID"},
		{name: "reopened, set to ignore", settings: "not_won: ignore", life: func(h *house, d string) { h.stage(d, "Prospecting") }, want: "SF AUTHORISED"},
		{name: "lost", life: func(h *house, d string) { h.stage(d, "Closed Lost") }, asks: 1, answer: "credit", want: "CN PAID, SF PAID"},
		{name: "lines changed, amended", life: (*house).relined, asks: 1, answer: "amend", want: "SF AUTHORISED", one: true},
		{name: "lines changed, reissued", life: (*house).relined, asks: 1, answer: "credit and reissue", want: "CN PAID, SF PAID, SF-R AUTHORISED", one: true},
		{name: "lines changed, left", life: (*house).relined, asks: 1, answer: "ignore", want: "SF AUTHORISED"},
		{name: "set to amend", settings: "changed: amend", life: (*house).relined, want: "SF AUTHORISED", one: true},
		{name: "set to reissue", settings: "changed: credit and reissue", life: (*house).relined, want: "CN PAID, SF PAID, SF-R AUTHORISED", one: true},
		{name: "set to ignore", settings: "changed: ignore", life: (*house).relined, want: "SF AUTHORISED"},
		{name: "paid in full, then changed", life: func(h *house, d string) { h.pay(d, h.owed(d)); h.relined(d) }, asks: 1, answer: "credit and reissue", want: "CN AUTHORISED, SF PAID, SF-R AUTHORISED"},
		{name: "part paid, then changed", life: func(h *house, d string) { h.pay(d, "1.00"); h.relined(d) }, asks: 1, answer: "ignore", want: "SF AUTHORISED"},
		{name: "lines written anew alike", life: (*house).rewritten, want: "SF AUTHORISED", one: true},
		{name: "reopened and won again", life: func(h *house, d string) {
			h.stage(d, "Prospecting")
			h.answered("ignore")
			h.must(h.sf.CloseWon(d))
			h.lives()
		}, want: "SF AUTHORISED", one: true},
		{name: "deleted and undeleted", life: func(h *house, d string) {
			h.must(h.sf.Delete("Opportunity", d))
			h.must(h.sf.Undelete("Opportunity", d))
			h.touched(d)
		}, want: "SF AUTHORISED", one: true},
		{name: "edited in Xero", life: func(h *house, d string) { h.edited(d); h.touched(d) }, asks: 1, answer: "ignore", want: "SF AUTHORISED"},
		{name: "a draft withdrawn", life: func(h *house, d string) { h.drafted(d); h.stage(d, "Prospecting") }, asks: 1, answer: "credit", want: "SF DELETED"},
		{name: "voided by hand, issued again", life: func(h *house, d string) { h.must(h.xero.Void("SF-" + d)); h.touched(d) }, asks: 1, answer: "issue a new one", want: "SF VOIDED, SF-R AUTHORISED", one: true},
		{name: "voided by hand, left", life: func(h *house, d string) { h.must(h.xero.Void("SF-" + d)); h.touched(d) }, asks: 1, answer: "leave it", want: "SF VOIDED"},
		{name: "voided, set to ignore", settings: "no_invoice: ignore", life: func(h *house, d string) { h.must(h.xero.Void("SF-" + d)); h.touched(d) }, want: "SF VOIDED"},
		{name: "deleted, withdrawn", life: func(h *house, d string) { h.must(h.sf.Delete("Opportunity", d)); h.lives() }, asks: 1, answer: "withdraw", want: "SF VOIDED"},
		{name: "deleted, kept", life: func(h *house, d string) { h.must(h.sf.Delete("Opportunity", d)); h.lives() }, asks: 1, answer: "ignore", want: "SF AUTHORISED"},
		{name: "deleted, set to ignore", settings: "deleted: ignore", life: func(h *house, d string) { h.must(h.sf.Delete("Opportunity", d)); h.lives() }, want: "SF AUTHORISED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var settings []string
			if tt.settings != "" {
				settings = append(settings, tt.settings)
			}
			h, deal := lived(t, settings...)
			h.one(deal)
			tt.life(h, deal)
			if n := len(h.asking()); n != tt.asks {
				for _, v := range h.asking() {
					t.Logf("%s %s: %s", v.Plan, v.ID, v.Why())
				}
				t.Fatalf("%d runs wait for a person, want %d", n, tt.asks)
			}
			if tt.asks > 0 {
				h.answered(tt.answer)
			}
			for _, v := range h.asking() {
				t.Errorf("%s still waits: %s", v.Plan, v.Why())
			}
			if got := h.documents(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if tt.one {
				h.one(deal)
			}
		})
	}
}

// TestCreditedInPart: what is credited already is not credited once more.
func TestCreditedInPart(t *testing.T) {
	for _, answer := range []string{"credit", "credit and reissue"} {
		h, deal := lived(t)
		_, err := h.xero.Credit("SF-"+deal, decimal.Must("1.00"), "")
		h.must(err)
		h.relined(deal)
		before := h.documents()
		h.answered(answer)
		held := h.asking()
		if len(held) != 1 || !strings.Contains(held[0].Why(), "would credit that twice") {
			t.Errorf("%s: %d runs wait: %+v", answer, len(held), held)
		}
		if got := h.documents(); got != before {
			t.Errorf("%s made %s of %s", answer, got, before)
		}
	}
}

// TestReissueWithoutRow: nothing is credited while a row is missing for the new invoice.
func TestReissueWithoutRow(t *testing.T) {
	for _, settings := range [][]string{nil, {"changed: credit and reissue"}} {
		h, deal := lived(t, settings...)
		rec, _ := h.sf.Get("Opportunity", deal)
		h.update("Account", fmt.Sprint(rec["AccountId"]), world.Record{"BillingCountry": "Fiji"})
		h.relined(deal)
		if settings == nil {
			h.answered("credit and reissue")
		}
		held := h.asking()
		if len(held) != 1 || held[0].Hold.Code != engine.HoldUnmapped {
			t.Fatalf("%v: %d runs wait: %+v", settings, len(held), held)
		}
		if got := h.documents(); got != "SF AUTHORISED" {
			t.Errorf("%v: got %s, want the invoice as it was", settings, got)
		}
	}
}

// TestReissueKilled dies at every fifth point of a credit and reissue, goes on in a new process, and
// finds one credit note, one invoice in place of the other, and nothing half done.
func TestReissueKilled(t *testing.T) {
	h, _ := lived(t, "changed: credit and reissue")
	points := map[localengine.Point]int{}
	over := false
	for n, short := range h.company.Close[1:] {
		h.clock.Advance(time.Minute)
		h.must(h.sf.CloseWon(short))
		h.lives()
		rec, _ := h.sf.Get("Opportunity", short)
		deal := fmt.Sprint(rec["Id"])
		h.reworded(deal)
		h.clock.Advance(time.Minute)
		k := &killer{n: 5 * n} // before and after in turn, since five is odd
		h.reopen(k.hook)
		if _, err := h.app.RunOnce(t.Context(), afterInvoice); err == nil {
			over = true
		} else if !errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		h.reopen(nil)
		h.lives()
		if !over {
			points[k.last]++
		}
		h.one(deal)
		if over || t.Failed() {
			break
		}
	}
	for _, v := range h.asking() {
		t.Errorf("%s waits: %s", v.Plan, v.Why())
	}
	t.Logf("killed at %v", points)
	if !over {
		t.Error("the run has more points than there are deals to kill it on")
	}
	for number, n := range h.twice() {
		if n > 1 {
			t.Errorf("%s was made %d times", number, n)
		}
	}
	h.intended()
}

// twice counts the documents in Xero by their number.
func (h *house) twice() map[string]int {
	out := map[string]int{}
	for _, name := range []string{"Invoices", "CreditNotes"} {
		for _, rec := range h.xero.All(name) {
			out[fmt.Sprint(rec["InvoiceNumber"], " ", rec["CreditNoteNumber"])]++
		}
	}
	return out
}

// TestLifePlans holds the companions to pass the check; a number that grows with each
// document it replaces may become too long, and that is all.
func TestLifePlans(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{afterInvoice, relink, afterDelete} {
		file := h.propose(name)
		text, err := os.ReadFile(file)
		h.must(err)
		checked, found, err := h.app.Check(file, text)
		h.must(err)
		for _, d := range found {
			if d.Code != "may-be-too-long" {
				t.Errorf("%s: %s", name, d)
			}
		}
		if checked == nil || len(checked.Sheet().Unlimited) > 0 {
			t.Errorf("%s: without a limit on what it makes", name)
		}
	}
}

// TestWorthNothing refuses a deal whose products are all free, with that as the reason.
func TestWorthNothing(t *testing.T) {
	h := newHouse(t)
	h.adopt(invoicing)
	h.name = invoicing
	h.mapped()
	deal := h.company.Close[0]
	rec, _ := h.sf.Get("Opportunity", deal)
	for _, l := range h.sf.All("OpportunityLineItem") {
		if l["OpportunityId"] == rec["Id"] {
			h.must(h.sf.Update("OpportunityLineItem", fmt.Sprint(l["Id"]), world.Record{"UnitPrice": json.Number("0")}))
		}
	}
	h.win(1)
	h.drive()
	if v := h.run(deal); v.State != engine.Refused || !strings.Contains(v.Why(), "come to nothing") {
		t.Errorf("got %s, %q; want it refused for coming to nothing", v.State, v.Why())
	}
}
