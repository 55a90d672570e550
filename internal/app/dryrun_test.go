package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/dryrun"
)

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

// writeOf returns the write of a step.
func writeOf(r DryRecord, step string) *dryrun.Write {
	for _, s := range r.Steps {
		if s.Path == step && s.Write != nil {
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
	t.Log(b.String())
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
