package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
)

// ledger returns what the ledger tells of one reference.
func (h *house) ledger(planName, ref string) []Made {
	h.t.Helper()
	var out []Made
	h.must(h.app.Ledger(h.t.Context(), planName, ref, func(m Made) error { out = append(out, m); return nil }))
	return out
}

// TestLedger holds the ledger's account of each way an invoice comes to be against the books.
func TestLedger(t *testing.T) {
	tests := []struct {
		name  string
		fault *wire.Fault
		state string
		sent  int
		proof string
	}{
		{"answered at once", nil, "made", 1, "the vendor answered with"},
		{"answer lost", &wire.Fault{Operation: "PUT /api.xro/2.0/Invoices", Nth: 1, Kind: wire.DropAfter}, "adopted", 1, "the look-up found"},
		{"never arrived", &wire.Fault{Operation: "PUT /api.xro/2.0/Invoices", Nth: 1, Kind: wire.DropBefore}, "made", 2, "it was sent 2 times"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := ready(t, goal)
			if tt.fault != nil {
				h.must(h.faults.Set([]wire.Fault{*tt.fault}))
			}
			deal := h.company.Close[0]
			h.clock.Advance(time.Minute)
			h.must(h.sf.CloseWon(deal))
			h.once(1, 0)
			made := h.ledger("", "SF-"+deal)
			if len(made) != 1 || made[0].State != tt.state || len(made[0].Sendings) != tt.sent || made[0].Approver != dana || made[0].Key != deal {
				t.Fatalf("%+v", made)
			}
			inv := h.xero.Invoices()[len(h.xero.Invoices())-1]
			if made[0].ID != inv["InvoiceID"] {
				t.Errorf("the ledger says %s, the books %v", made[0].ID, inv["InvoiceID"])
			}
			if !slices.ContainsFunc(made[0].Proof, func(s string) bool { return strings.Contains(s, tt.proof) }) {
				t.Errorf("no proof says %q: %q", tt.proof, made[0].Proof)
			}
			if len(h.ledger("", inv["InvoiceID"].(string))) != 1 || len(h.ledger("", deal)) == 0 || len(h.ledger("another", "")) != 0 {
				t.Error("it cannot be found by its id, or by the deal, or is found for another plan")
			}
		})
	}
}

// TestLedgerNotSent: what was found before anything left was never sent, and the proof says so.
func TestLedgerNotSent(t *testing.T) {
	h := ready(t, goal)
	backup := h.saved()
	deal := h.company.Close[0]
	h.won(deal)
	h.once(1, 0)
	head, err := os.ReadFile(filepath.Join(h.saved(), "head")) // as it is noted at the end at the latest
	h.must(err)
	h.putBack(backup)
	h.must(h.app.Close())
	h.must(os.WriteFile(filepath.Join(h.dir, "head"), head, 0o600))
	h.open(nil)
	_, err = h.app.Recover(t.Context(), dana)
	h.must(err)
	h.drive()
	made := h.ledger("", "SF-"+deal)
	if len(made) != 1 || made[0].State != "adopted" || made[0].Sent() != 0 || !made[0].Sendings[0].Unsent {
		t.Fatalf("%+v", made)
	}
	if !slices.Contains(made[0].Proof, "this run never sent it") {
		t.Errorf("proof %q", made[0].Proof)
	}
}
