package trigger_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/planwright/planwright/runtime/engine"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/runtime/trigger"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

const planName = "closed-won-to-invoice"

// approved is when the plan was approved, by our clock.
var approved = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

var embedded = sync.OnceValues(func() (*catalog.Catalog, error) {
	cat, found := catalog.Open("", specs.Embedded())
	return cat, found.Err()
})

// row is an opportunity as a poll sees it.
type row struct {
	id    string
	stamp string // time of 2026-11-02, "09:10:00", or a whole instant
	won   any    // true, false, or nil: not there
}

func (r row) at() string {
	if len(r.stamp) > len("09:10:00.000") {
		return r.stamp
	}
	return "2026-11-02T" + r.stamp + "Z"
}

// org is the vendor: rows that tests show and hide as they go.
type org struct {
	t     *testing.T
	rows  []row
	away  *apicall.Outcome // the answer instead of rows
	asked []string         // conditions, in order
}

// condition is what is asked for. The vendor in memory answers rows that are not won, too:
// what comes back is judged here whatever was asked.
var condition = regexp.MustCompile(`WHERE IsWon = TRUE AND SystemModstamp (>=|<) (\S+) ORDER BY SystemModstamp, Id$`)

func (o *org) Call(_ context.Context, req apicall.Request) apicall.Outcome {
	at, err := url.Parse(req.Path)
	if err != nil {
		o.t.Fatal(err)
	}
	q := at.Query().Get("q")
	m := condition.FindStringSubmatch(q)
	if m == nil || !strings.HasPrefix(q, "SELECT Id, IsWon, SystemModstamp FROM Opportunity ") {
		o.t.Fatalf("asked %q", q)
	}
	o.asked = append(o.asked, m[1]+" "+m[2])
	if o.away != nil {
		return *o.away
	}
	bound := instant(o.t, m[2])
	list := []any{}
	for _, r := range slices.SortedFunc(slices.Values(o.rows), func(a, b row) int {
		return cmp.Or(strings.Compare(a.at(), b.at()), strings.Compare(a.id, b.id))
	}) {
		if before := instant(o.t, r.at()).Before(bound); before != (m[1] == "<") {
			continue
		}
		rec := map[string]any{"Id": r.id, "SystemModstamp": r.at()}
		if r.won != nil {
			rec["IsWon"] = r.won
		}
		list = append(list, rec)
	}
	return apicall.Outcome{Class: catalog.ClassOK, Status: 200, Value: list}
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// house is a poller over a real inbox and a vendor in memory.
type house struct {
	t       *testing.T
	dir     string
	org     *org
	vendor  localengine.Caller
	watch   trigger.Watch
	disk    journal.Hook
	commits int

	journal *journal.Journal
	engine  *localengine.Engine
	poller  *trigger.Poller
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: t.TempDir(), org: &org{t: t}}
	h.vendor = h.org
	h.start("../engine/testdata/w1.yaml")
	return h
}

// start opens the house for the plan of a file.
func (h *house) start(file string) {
	t := h.t
	t.Helper()
	cat, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s := string(text)
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
	h.watch = trigger.Watch{Checked: checked, Approval: "P1", Since: approved.Add(300 * time.Millisecond)}
	h.open(cat)
	t.Cleanup(func() {
		if err := h.journal.Close(); err != nil {
			t.Error(err)
		}
	})
}

func (h *house) open(cat *catalog.Catalog) {
	h.t.Helper()
	// Our clock is years off, and it must not matter.
	now := func() time.Time { return time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC) }
	j, err := journal.Open(filepath.Join(h.dir, "journal.db"), journal.Options{Now: now, Hook: func(p journal.Point, seq uint64) error {
		if p == journal.AfterCommit {
			h.commits++
		}
		if h.disk != nil {
			return h.disk(p, seq)
		}
		return nil
	}})
	if err != nil {
		h.t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	h.journal = j
	h.engine = localengine.New(localengine.Config{Journal: j, Consent: nobody{}, Now: now, Log: log})
	h.poller = &trigger.Poller{Journal: j, Catalog: cat, Caller: h.vendor, Inbox: h.engine, Log: log}
}

func (h *house) reopen() {
	h.t.Helper()
	if err := h.journal.Close(); err != nil {
		h.t.Fatal(err)
	}
	h.open(h.poller.Catalog)
}

// poll polls once and demands how many records it saw and how many of them were new.
func (h *house) poll(changed, admitted int) {
	h.t.Helper()
	got, err := h.poller.Poll(h.t.Context(), h.watch)
	if err != nil {
		h.t.Fatalf("poll: %v", err)
	}
	if got.Changed != changed || got.Admitted != admitted {
		h.t.Errorf("got %+v, want %d changed and %d admitted", got, changed, admitted)
	}
}

// runs lists the keys of the runs there are, in order.
func (h *house) runs() string {
	h.t.Helper()
	var keys []string
	for s, err := range h.engine.Summaries() {
		if err != nil {
			h.t.Fatal(err)
		}
		keys = append(keys, s.Key)
	}
	slices.Sort(keys)
	return strings.Join(keys, " ")
}

// inbox lists what the inbox took, in order, as "key seen", with "ignored" where it is.
func (h *house) inbox() []string {
	h.t.Helper()
	entries, err := h.journal.Stream("inbox/" + h.watch.Checked.Plan.Name)
	if err != nil {
		h.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		var in struct{ Key, Seen, Run, Ignore string }
		if err := json.Unmarshal(e.Data, &in); err != nil {
			h.t.Fatal(err)
		}
		text := in.Key + " " + in.Seen
		if in.Ignore != "" {
			text += " ignored"
		}
		if (in.Run == "") != (in.Ignore != "") {
			h.t.Errorf("event %s has run %q and is ignored for %q", in.Key, in.Run, in.Ignore)
		}
		out = append(out, text)
	}
	return out
}

// watermark returns the stored stamp as a time of 2026-11-02; empty when there is none.
func (h *house) watermark() string {
	h.t.Helper()
	raw, ok, err := h.journal.Get("cursor/" + h.watch.Checked.Plan.Name)
	if err != nil {
		h.t.Fatal(err)
	}
	if !ok {
		return ""
	}
	var c struct{ Stamp time.Time }
	if err := json.Unmarshal(raw, &c); err != nil {
		h.t.Fatal(err)
	}
	return strings.TrimPrefix(c.Stamp.UTC().Format("2006-01-02T15:04:05.999"), "2026-11-02T")
}

// nobody approves nothing: events are only admitted here, never driven.
type nobody struct{}

func (nobody) Program(plan.Digest) (*engine.Program, error) {
	return nil, errors.New("nothing is driven here")
}

func (nobody) MayWrite(plan.Digest) error { return errors.New("nothing is driven here") }
func (nobody) Tenant(string) string       { return "" }
func (nobody) Row(string, string, []string) (map[string]any, string, bool) {
	return nil, "", false
}
