package localengine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// TestMain looks, at the end, for goroutines that nobody waited for.
func TestMain(m *testing.M) {
	code := m.Run()
	if left := leaked(); left != "" && code == 0 {
		fmt.Fprintf(os.Stderr, "goroutines left behind:\n%s\n", left)
		code = 1
	}
	os.Exit(code)
}

// leaked returns the stacks of goroutines of the runtime packages that still run after
// they had time to end. The one that looks is not among them: it is in package testing.
func leaked() string {
	for try := 0; ; try++ {
		buf := make([]byte, 1<<20)
		var left []string
		for stack := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(stack, "planwright/runtime/") && !strings.Contains(stack, "TestMain") {
				left = append(left, stack)
			}
		}
		if len(left) == 0 || try == 1000 {
			return strings.Join(left, "\n\n")
		}
		runtime.Gosched()
	}
}

var embedded = sync.OnceValues(open)

func open() (*catalog.Catalog, error) {
	cat, found := catalog.Open("", specs.Embedded())
	return cat, found.Err()
}

// compile checks a plan of package engine's tests against the catalog, after edits of its text.
func compile(t *testing.T, cat *catalog.Catalog, file string, edits ...string) *engine.Program {
	t.Helper()
	text, err := os.ReadFile("../engine/testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	s := strings.NewReplacer(edits...).Replace(string(text))
	for _, name := range []string{"salesforce", "xero"} {
		api, _ := cat.API(name)
		s = strings.NewReplacer("SPEC("+name+")", api.SpecDigest, "OVERLAY("+name+")", api.OverlayDigest).Replace(s)
	}
	p, found := plan.Parse(file, []byte(s))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	checked, found := check.Check(p, cat)
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return engine.New(checked, cat)
}

const planName = "closed-won-to-invoice"

// consent is a person's word on one plan, which tests change as they go.
type consent struct {
	mu      sync.Mutex
	prog    *engine.Program
	broken  error // what Program answers
	refused error // what MayWrite answers
	rows    map[string]map[string]any
}

func newConsent(p *engine.Program) *consent {
	return &consent{prog: p, rows: map[string]map[string]any{
		"product 01tA":    {"Code": "CORE", "SalesDetails": map[string]any{"AccountCode": "200"}},
		"tax NZ Software": {"TaxType": "OUTPUT2"},
	}}
}

func (c *consent) Program(d plan.Digest) (*engine.Program, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken == nil && d != c.prog.Checked.Digest {
		return nil, errors.New("another plan")
	}
	return c.prog, c.broken
}

func (c *consent) MayWrite(plan.Digest) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused
}

func (c *consent) Row(_, mapping string, key []string) (map[string]any, string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	row, ok := c.rows[mapping+" "+strings.Join(key, " ")]
	return row, "sha256:row", ok
}

func (c *consent) Tenant(string) string { return "tenant" }

// change does what fn does under the lock.
func (c *consent) change(fn func(c *consent)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fn(c)
}

// house is an engine over a journal of its own, a vendor in memory, and the clock of the
// bubble the test runs in.
type house struct {
	t       *testing.T
	dir     string
	vendor  *vendor
	consent *consent
	workers int
	hook    func(localengine.Point, string) error
	disk    journal.Hook
	// restored is what the journal's keeper says of it.
	restored bool

	journal *journal.Journal
	engine  *localengine.Engine

	mu      sync.Mutex
	commits int             // groups that reached the disk
	waits   []time.Duration // what the engine asked to wait
}

// bubble runs a test with virtual time: it passes only when everybody waits.
func bubble(t *testing.T, test func(h *house), edits ...string) {
	t.Helper()
	bubbleOf(t, "w1.yaml", test, edits...)
}

func bubbleOf(t *testing.T, file string, test func(h *house), edits ...string) {
	t.Helper()
	cat, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	prog := compile(t, cat, file, edits...)
	synctest.Test(t, func(t *testing.T) {
		h := &house{t: t, dir: t.TempDir(), vendor: newVendor(), consent: newConsent(prog), workers: 1}
		h.open()
		t.Cleanup(func() {
			if err := h.journal.Close(); err != nil {
				t.Error(err)
			}
		})
		test(h)
	})
}

// open starts an engine on the folder, as a process would.
func (h *house) open() {
	h.t.Helper()
	j, err := journal.Open(filepath.Join(h.dir, "journal.db"), journal.Options{Now: time.Now, Hook: h.onDisk})
	if err != nil {
		h.t.Fatal(err)
	}
	h.journal = j
	h.engine = localengine.New(localengine.Config{
		Journal: j, Caller: h.vendor, Consent: h.consent, Now: time.Now, Wait: h.wait, Workers: h.workers,
		Jitter: func() float64 { return 0 }, Log: slog.New(slog.DiscardHandler), Hook: h.hook,
		Restored: func() bool { return h.restored },
	})
}

func (h *house) reopen() {
	h.t.Helper()
	if err := h.journal.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.open()
}

func (h *house) onDisk(p journal.Point, seq uint64) error {
	if p == journal.AfterCommit {
		h.mu.Lock()
		h.commits++
		h.mu.Unlock()
	}
	if h.disk == nil {
		return nil
	}
	return h.disk(p, seq)
}

func (h *house) wait(ctx context.Context, d time.Duration) error {
	h.mu.Lock()
	h.waits = append(h.waits, d)
	h.mu.Unlock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (h *house) event(deal string) localengine.Event {
	return localengine.Event{Plan: planName, Digest: h.consent.prog.Checked.Digest, Approval: "P1", Key: deal, Record: deal, Seen: "poll"}
}

// admit takes n new deals into the inbox and returns their ids.
func (h *house) admit(n int) []string {
	h.t.Helper()
	deals := h.vendor.win(n)
	var events []localengine.Event
	for _, d := range deals {
		events = append(events, h.event(d))
	}
	got, err := h.engine.Admit(h.t.Context(), events, nil)
	if err != nil || got != n {
		h.t.Fatalf("admitted %d, %v; want %d", got, err, n)
	}
	return deals
}

func runID(deal string) string { return engine.RunID(planName, deal) }

// drain drives and demands how many runs stand in each state, "2 done, 1 held".
func (h *house) drain(patience time.Duration, want string) localengine.Status {
	h.t.Helper()
	st, err := h.engine.Drain(h.t.Context(), patience)
	if err != nil {
		h.t.Fatalf("drain: %v", err)
	}
	if got := states(st); got != want {
		h.t.Errorf("got %s; want %s: %v", got, want, h.holds())
	}
	return st
}

func states(st localengine.Status) string {
	var parts []string
	for s, n := range st.State {
		parts = append(parts, fmt.Sprintf("%d %s", n, s))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

func (h *house) summaries() []localengine.Summary {
	h.t.Helper()
	var out []localengine.Summary
	for s, err := range h.engine.Summaries() {
		if err != nil {
			h.t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

// holds says what each held run waits for, "code path".
func (h *house) holds() []string {
	h.t.Helper()
	var out []string
	for _, s := range h.summaries() {
		if s.Hold != nil {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s", s.Hold.Code, s.Hold.Path)))
		}
	}
	return out
}

// hold returns the hold of a deal's run, which must be held for code.
func (h *house) hold(deal string, code engine.HoldCode) engine.Hold {
	h.t.Helper()
	for _, s := range h.summaries() {
		if s.Key == deal && s.Hold != nil && s.Hold.Code == code {
			return *s.Hold
		}
	}
	h.t.Fatalf("run of %s is not held for %s: %v", deal, code, h.holds())
	return engine.Hold{}
}

// record returns the kinds of a run's entries, with the step where there is one.
func (h *house) record(deal string) []string {
	h.t.Helper()
	var out []string
	for _, e := range h.entries(deal) {
		at := as[struct{ Path, By string }](h.t, e)
		out = append(out, strings.TrimSpace(string(e.Kind)+" "+at.Path+at.By))
	}
	return out
}

func (h *house) entries(deal string) []engine.Entry {
	h.t.Helper()
	entries, err := h.engine.Record(runID(deal))
	if err != nil {
		h.t.Fatal(err)
	}
	return entries
}

// settled confirms that each deal has one invoice and knows it, that no write went out
// without its intent, and that the journal is whole.
func (h *house) settled(deals []string) {
	h.t.Helper()
	sent := map[string]bool{}
	for _, d := range deals {
		if n := len(h.vendor.invoices["SF-"+d]); n != 1 {
			h.t.Errorf("deal %s has %d invoices, want 1", d, n)
		}
		if h.vendor.back[d] != "SF-"+d {
			h.t.Errorf("deal %s knows invoice %q, want %q", d, h.vendor.back[d], "SF-"+d)
		}
		for _, e := range h.entries(d) {
			if e.Kind == engine.KindIntent {
				sent[as[engine.Intent](h.t, e).Digest] = true
			}
		}
	}
	for _, digest := range h.vendor.wrote {
		if !sent[digest] {
			h.t.Errorf("request %s was sent without an intent", digest)
		}
	}
	if _, err := h.journal.Verify(h.t.Context()); err != nil {
		h.t.Error(err)
	}
}
