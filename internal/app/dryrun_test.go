package app

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/dryrun"
)

var updateDryRun = flag.Bool("update", false, "write the golden text of a dry run")

// untouched demands that nothing but reads and sign-ins went to either vendor meanwhile.
func (h *house) untouched(do func()) {
	h.t.Helper()
	before := len(h.seen.Exchanges())
	do()
	for _, x := range h.seen.Exchanges()[before:] {
		if x.Method != http.MethodGet && !strings.Contains(x.URL, "/token") {
			h.t.Errorf("a dry run sent %s %s", x.Method, x.URL)
		}
	}
}

// dry makes a dry run that writes nothing anywhere.
func (h *house) dry(ref string, ids ...string) DryRun {
	h.t.Helper()
	var v DryRun
	h.untouched(func() {
		var err error
		v, err = h.app.DryRun(h.t.Context(), ref, ids, DefaultDryRecords)
		h.must(err)
	})
	if runs, err := h.app.Runs("", ""); err != nil || len(runs) != 0 && h.name == "" {
		h.t.Errorf("runs %v, %v", runs, err)
	}
	return v
}

// writeOf returns the write of a step, or the first of an operation.
func writeOf(r DryRecord, step string) *dryrun.Write {
	for _, s := range r.Steps {
		if s.Write != nil && (s.Path == step || s.Operation == step) {
			return s.Write
		}
	}
	return nil
}

// TestDryRunInvoices tries deals, runs them for real, and demands every field and sum.
func TestDryRunInvoices(t *testing.T) {
	h := newHouse(t)
	h.adopt(invoicing)
	h.name = invoicing
	h.mapped()
	deals := h.win(6)
	v := h.dry(invoicing, deals...)
	if v.Summary.Runs != len(deals) {
		var b bytes.Buffer
		v.Write(&b)
		t.Fatalf("got %+v\n%s", v.Summary, &b)
	}
	h.clock.Advance(time.Minute)
	_, err := h.app.RunOnce(t.Context(), invoicing)
	h.must(err)
	h.settled(deals)
	made := h.invoiced()
	for i, id := range deals {
		deal, _ := h.sf.Get("Opportunity", id)
		h.asPredicted(writeOf(v.Records[i], "invoice"), made[fmt.Sprint(deal["Id"])])
	}
	var b bytes.Buffer
	DryRun{Plan: v.Plan, State: v.State, When: v.When, Records: v.Records[:1], Summary: DrySummary{Runs: 1}}.Write(&b)
	const file = "testdata/dryrun.txt"
	if *updateDryRun {
		h.must(os.WriteFile(file, b.Bytes(), 0o600))
	}
	want, err := os.ReadFile(file)
	h.must(err)
	if d := cmp.Diff(string(want), b.String()); d != "" {
		t.Error(d)
	}
}

// asPredicted compares a predicted invoice with the one that was made.
func (h *house) asPredicted(w *dryrun.Write, inv map[string]any) {
	h.t.Helper()
	if w == nil || w.Sums == nil || w.Sums.Unknown != "" {
		h.t.Errorf("nothing predicted: %+v", w)
		return
	}
	for _, f := range w.Fields {
		var got any = inv
		for name := range strings.SplitSeq(f.Name, ".") {
			m, _ := got.(map[string]any)
			got = m[name]
		}
		text := fmt.Sprint(got)
		if f.Name == "Contact.ContactID" && strings.HasPrefix(fmt.Sprint(f.After), "(new ") {
			continue
		}
		if text != fmt.Sprint(f.After) && !strings.HasPrefix(text, fmt.Sprint(f.After)) && !sameNumber(got, f.After) {
			h.t.Errorf("%v: %s is %v, predicted %v", inv["InvoiceNumber"], f.Name, got, f.After)
		}
	}
	for name, want := range map[string]any{"SubTotal": w.Sums.SubTotal, "TotalTax": w.Sums.Tax, "Total": w.Sums.Total} {
		if !sameNumber(inv[name], want) {
			h.t.Errorf("%v: %s is %v, predicted %v", inv["InvoiceNumber"], name, inv[name], want)
		}
	}
	raw, _ := json.Marshal(inv["LineItems"])
	var lines []map[string]json.Number
	var all []map[string]any
	h.must(json.Unmarshal(raw, &all))
	for _, x := range all {
		lines = append(lines, map[string]json.Number{"LineAmount": json.Number(fmt.Sprint(x["LineAmount"])), "TaxAmount": json.Number(fmt.Sprint(x["TaxAmount"]))})
	}
	if len(lines) != len(w.Sums.Lines) {
		h.t.Fatalf("%v: %d lines, predicted %d", inv["InvoiceNumber"], len(lines), len(w.Sums.Lines))
	}
	for i, line := range lines {
		if !sameNumber(line["LineAmount"], w.Sums.Lines[i].Amount) || !sameNumber(line["TaxAmount"], w.Sums.Lines[i].Tax) {
			h.t.Errorf("%v line %d: %v, predicted %v", inv["InvoiceNumber"], i+1, line, w.Sums.Lines[i])
		}
	}
}

// TestDryRunMeets tries what does not simply run through.
func TestDryRunMeets(t *testing.T) {
	h := newHouse(t)
	file := h.propose(invoicing, "amount_per_invoice: 50000", "amount_per_invoice: 10")
	deals, open := h.win(1), h.company.Close[1]

	v := h.dry(file, deals[0]) // no row is decided: products are matched, tax cannot be
	r := v.Records[0]
	if v.State != "proposed" || r.Verdict != dryrun.Waits || len(r.Holds) != 2 || !r.Holds[0].Passed || r.Holds[1].Passed || len(r.Holds[1].Missing) == 0 {
		t.Errorf("mapping gap: %s %+v", v.State, r.Record)
	}

	h.name = invoicing
	h.mapped()
	v = h.dry(invoicing, deals[0])
	if r = v.Records[0]; r.Verdict != dryrun.Waits || len(r.Holds) != 1 || r.Holds[0].Code != "amount" || writeOf(r, "back") == nil {
		t.Errorf("amount: %+v", r.Record)
	}
	v = h.dry(invoicing, open, "0065g00000zzzzzAAA", "not an id")
	if !v.Records[0].Unfit || v.Records[1].Verdict != dryrun.Fails || v.Records[2].Verdict != dryrun.Fails {
		t.Errorf("got %+v", v.Summary)
	}
	if v = h.dry(invoicing); len(v.Records) == 0 || v.Records[0].ID != deals[0] {
		t.Errorf("newest: %+v", v.Records)
	}
	h.adopt(invoicing)
	h.clock.Advance(time.Minute)
	deals = h.company.Close[2:3]
	h.must(h.sf.CloseWon(deals[0]))
	_, err := h.app.RunRecords(t.Context(), invoicing, deals)
	h.must(err)
	h.settled(deals)
	v = h.dry(invoicing, deals[0])
	if r = v.Records[0]; r.Ran == "" || !writeOf(r, "invoice").Exists || writeOf(r, "back").Fields[0].Changes {
		t.Errorf("existing number: %+v", r.Record)
	}
	h.must(h.faults.Set([]wire.Fault{{Operation: "GET *", Kind: wire.DropBefore}}))
	if _, err := h.app.DryRun(t.Context(), invoicing, deals, 1); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("off line: %v", err)
	}
}

// TestDryRunFollowers tries the automations after the invoice, and then runs them.
func TestDryRunFollowers(t *testing.T) {
	h := automated(t)
	deals := h.win(1)
	h.must(h.all())
	h.pay(deals[0], "10.50")
	id := fmt.Sprint(h.invoiced()[deals[0]]["InvoiceID"])
	back := writeOf(h.dry(payments, id).Records[0], "salesforce.Opportunity.update")
	overdueDry := h.dry(overdue, id).Records[0]
	task := writeOf(overdueDry, "salesforce.Task.create")
	account, err := h.sf.Create("Account", world.Record{"Name": "Moa & Sons"})
	h.must(err)
	contact := h.dry(contacts, account).Records[0]
	link := writeOf(contact, "back")
	if back == nil || task == nil || link == nil || overdueDry.Verdict != dryrun.Runs {
		t.Fatalf("back %+v, task %+v, link %+v, holds %+v", back, task, link, overdueDry.Holds)
	}
	if c := contact.Choices; len(c) != 1 || !c[0].Created {
		t.Errorf("choices %+v", c)
	}
	h.must(h.all())
	h.clock.Set(time.Date(2026, 12, 2, 13, 0, 0, 0, time.UTC)) // the first stage has come, and no other
	h.must(h.all())
	deal, _ := h.sf.Get("Opportunity", deals[0])
	rec, _ := h.sf.Get("Account", account)
	h.became(back, deal)
	h.became(link, rec)
	h.became(task, h.sf.All("Task")[0])
}

// became compares what was predicted with the record as it is.
func (h *house) became(w *dryrun.Write, rec map[string]any) {
	h.t.Helper()
	for _, f := range w.Fields {
		got, want := fmt.Sprint(rec[f.Name]), fmt.Sprint(f.After)
		if !strings.HasPrefix(want, "(new ") && got != want && !sameNumber(rec[f.Name], f.After) {
			h.t.Errorf("%s is %s, predicted %s", f.Name, got, want)
		}
	}
}

// TestDryRunOfAVersion tries the proposal that is named, and by the plan's name alone the one
// that counts.
func TestDryRunOfAVersion(t *testing.T) {
	h := newHouse(t)
	h.adopt(payments)
	h.propose(payments, "part_paid: Part paid", "part_paid: Paid in part")
	for ref, want := range map[string]string{payments: "approved", payments + "@1": "approved", payments + "@2": "proposed"} {
		if got := h.dry(ref); got.State != want || got.Plan != payments {
			t.Errorf("%s: %s (%s), want it %s", ref, got.Plan, got.State, want)
		}
	}
}
