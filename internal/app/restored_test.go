package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/engine"
)

// saved copies the data folder as it is, as a backup of a whole folder does.
func (h *house) saved() string {
	h.t.Helper()
	h.must(h.app.Close())
	dir := h.t.TempDir()
	h.must(os.CopyFS(dir, os.DirFS(h.dir)))
	h.open(nil)
	return dir
}

// putBack puts a copy of the whole data folder in place of it. Nothing in it tells.
func (h *house) putBack(dir string) {
	h.t.Helper()
	h.must(h.app.Close())
	h.must(os.RemoveAll(h.dir))
	h.must(os.CopyFS(h.dir, os.DirFS(dir)))
	for _, secret := range []string{"key", "connections.json", "journal.db"} {
		h.must(os.Chmod(filepath.Join(h.dir, secret), 0o600))
	}
	h.open(nil)
	h.clock.Advance(time.Hour) // no idempotency key is remembered any more
}

// won wins deals and lets time pass.
func (h *house) won(deals ...string) {
	h.t.Helper()
	h.clock.Advance(time.Minute)
	for _, id := range deals {
		h.must(h.sf.CloseWon(id))
	}
	h.clock.Advance(time.Minute)
}

// TestVendorAhead puts a whole folder back. The first invoice that is there already stops all
// writing, a restart does not help, and once a person has taken the copy for the truth all
// goes on and nothing is there twice.
func TestVendorAhead(t *testing.T) {
	h := newHouse(t)
	h.adopt(invoicing)
	h.name = invoicing
	h.mapped()
	deals := h.company.Close[:3]
	backup := h.saved()
	before := len(h.xero.Invoices())
	h.won(deals[:2]...)
	_, err := h.app.RunOnce(t.Context(), invoicing)
	h.must(err)
	h.putBack(backup)
	h.won(deals[2])

	var found *Ahead
	for range 2 {
		_, err = h.app.RunOnce(t.Context(), invoicing)
		if !errors.As(err, &found) || !strings.Contains(err.Error(), "the vendor is ahead of the journal: xero has Invoice SF-") {
			t.Fatalf("run: %v, want a refusal that names the invoice", err)
		}
		if err := h.app.Serve(t.Context(), time.Minute); !errors.As(err, &found) {
			t.Fatalf("serve: %v, want a refusal", err)
		}
		h.reopen(nil)
	}
	sent := len(h.seen.Exchanges())
	l, err := h.app.open()
	h.must(err)
	_, err = l.engine.Drain(t.Context(), soon)
	h.must(err)
	for _, x := range h.seen.Exchanges()[sent:] {
		if x.Method != "GET" && !strings.Contains(x.URL, "token") {
			t.Errorf("%s %s was sent", x.Method, x.URL)
		}
	}
	held, err := h.app.Runs(engine.Held, "")
	h.must(err)
	if len(held) == 0 || held[0].Hold.Code != engine.HoldRestored || !strings.Contains(held[0].Hold.Message, "journal recover") {
		t.Errorf("held: %+v", held)
	}

	got, err := h.app.Recover(t.Context(), dana)
	h.must(err)
	if got.Found == nil || got.Found.Natural != found.Natural {
		t.Errorf("recovered %+v", got)
	}
	h.clock.Advance(time.Minute)
	l, err = h.app.open()
	h.must(err)
	w, err := l.ready(invoicing)
	h.must(err)
	if swept, err := l.sweptSince(w); err != nil || swept {
		t.Errorf("swept before the first run: %v, %v", swept, err)
	}
	r, err := h.app.RunOnce(t.Context(), invoicing)
	h.must(err)
	if r.Done != 3 || r.Held != 0 {
		t.Errorf("after the recovery: %+v", r)
	}
	if swept, err := l.sweptSince(w); err != nil || !swept {
		t.Errorf("swept after it: %v, %v", swept, err)
	}
	if n := len(h.xero.Invoices()) - before; n != 3 {
		t.Errorf("%d invoices for 3 deals", n)
	}
	h.must(h.app.Settle(t.Context(), dana))
	h.reopen(nil)
	_, err = h.app.RunOnce(t.Context(), invoicing)
	h.must(err)
}

// TestHeadAfterDecision copies the head right after an approval: it counts that approval.
func TestHeadAfterDecision(t *testing.T) {
	h := newHouse(t)
	h.adopt(contacts)
	heads, err := h.app.heads()
	h.must(err)
	j, err := h.app.Journal()
	h.must(err)
	end, err := j.Head()
	h.must(err)
	if noted, _, err := heads.Noted(); err != nil || noted.Seq != end.Seq {
		t.Errorf("the head counts %d of %d entries: %v", noted.Seq, end.Seq, err)
	}
}

// TestServeKeeps serves with a retention: the details of a run that ended longer ago are taken.
func TestServeKeeps(t *testing.T) {
	h := newHouse(t)
	h.adopt(contacts)
	account, err := h.sf.Create("Account", world.Record{"Name": "Kauri Ltd"})
	h.must(err)
	h.clock.Advance(time.Minute)
	_, err = h.app.RunOnce(t.Context(), contacts)
	h.must(err)
	h.clock.Advance(48 * time.Hour)
	l, err := h.app.open()
	h.must(err)
	runs, err := h.app.Runs(engine.Done, contacts)
	h.must(err)
	if len(runs) != 1 || runs[0].Record != account {
		t.Fatalf("runs %+v", runs)
	}
	h.app.Keep(24 * time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	served := make(chan error, 1)
	go func() { served <- h.app.Serve(ctx, time.Hour) }()
	for done := false; !done; {
		_, more := l.journal.Changed()
		if _, done, err = l.kept(runs[0].ID); err != nil {
			t.Fatal(err)
		}
		if !done {
			<-more
		}
	}
	stop()
	<-served //nolint:errcheck // it was stopped
}
