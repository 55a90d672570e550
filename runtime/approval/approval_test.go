package approval_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/mapping"
	"github.com/planwright/planwright/runtime/plan"
)

var now = time.Date(2026, 11, 22, 10, 8, 1, 0, time.UTC)

func digest(n int) plan.Digest { return plan.Digest(fmt.Sprintf("sha256:%064x", n)) }

// small is a plan of the given name whose goal makes it one of many.
func small(t testing.TB, name, goal string) *plan.Plan {
	t.Helper()
	p, found := plan.Parse("small.yaml", fmt.Appendf(nil, `
planwright: 1
name: %s
goal: %q
apis:
  salesforce: {spec: %q, overlay: %q}
  xero: {spec: %q}
trigger: {api: salesforce, kind: change, object: Opportunity, as: o, when: "${o.IsWon}", key: "${o.Id}"}
mappings: {product: {from: {product: salesforce.Product2}, to: xero.Item}}
steps: [{id: a, assert: true, else: hold, message: "<&>"}]
`, name, goal, digest(1), digest(2), digest(3)))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return p
}

// desk is a book with the stream that it is the fold of.
type desk struct {
	t       testing.TB
	book    *approval.Book
	entries []journal.Entry
}

func newDesk(t testing.TB) *desk { return &desk{t: t, book: approval.NewBook()} }

// commit plays the journal.
func (d *desk) commit(dr journal.Draft) {
	d.t.Helper()
	var data bytes.Buffer
	enc := json.NewEncoder(&data)
	enc.SetEscapeHTML(false) // as the journal does: the plan's bytes are what was approved
	if err := enc.Encode(dr.Data); err != nil {
		d.t.Fatal(err)
	}
	e := journal.Entry{Seq: uint64(len(d.entries) + 1), Stream: dr.Stream, Index: dr.After + 1, Kind: dr.Kind, Data: data.Bytes()}
	if err := d.book.Apply(e); err != nil {
		d.t.Fatal(err)
	}
	d.entries = append(d.entries, e)
}

func (d *desk) propose(name, goal string) approval.Proposal {
	d.t.Helper()
	p, draft, err := d.book.Propose(approval.New(small(d.t, name, goal), json.RawMessage(`{"calls":7}`), "rules", now))
	if err != nil {
		d.t.Fatal(err)
	}
	d.commit(draft)
	return p
}

func answer(p approval.Proposal, a approval.Answer) approval.Decision {
	return approval.Decision{
		Proposal: p.ID, Answer: a, Digest: p.Digest, By: "Ana", At: now,
		Rows:    map[string]mapping.Snapshot{"product": {`["01t1"]`: digest(11), `["01t2"]`: digest(12)}},
		Tenants: map[string]string{"xero": "tenant-1"},
	}
}

func (d *desk) decide(p approval.Proposal, a approval.Answer) {
	d.t.Helper()
	draft, err := d.book.Decide(answer(p, a))
	if err != nil {
		d.t.Fatal(err)
	}
	d.commit(draft)
}

// states prints every proposal with its state.
func (d *desk) states() string {
	var out []string
	for _, r := range d.book.Records() {
		s := fmt.Sprintf("%s %s", r.Proposal.ID, r.State)
		if r.By != "" {
			s += " by " + string(r.By)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func (d *desk) want(states string) {
	d.t.Helper()
	if got := d.states(); got != states {
		d.t.Errorf("got  %s\nwant %s", got, states)
	}
}

func TestLifeOfProposals(t *testing.T) {
	d := newDesk(t)
	one := d.propose("invoice", "one")
	d.want("invoice@1 proposed")
	if _, ok := d.book.Current("invoice"); ok {
		t.Error("an undecided proposal is current")
	}
	if p, ok := d.book.Open("invoice"); !ok || p.ID != one.ID {
		t.Errorf("open: %v, %v", p.ID, ok)
	}
	two := d.propose("invoice", "two")
	d.want("invoice@1 superseded by invoice@2, invoice@2 proposed")
	d.decide(two, approval.Approve)
	d.want("invoice@1 superseded by invoice@2, invoice@2 approved")
	if _, ok := d.book.Open("invoice"); ok {
		t.Error("a decided proposal is open")
	}
	three := d.propose("invoice", "three")
	if a, ok := d.book.Current("invoice"); !ok || a.Proposal.ID != two.ID || a.Decision.By != "Ana" {
		t.Errorf("a proposal alone replaced what is approved: %+v, %v", a, ok)
	}
	d.decide(three, approval.Reject)
	other := d.propose("payment", "other")
	d.want("invoice@1 superseded by invoice@2, invoice@2 approved, invoice@3 rejected, payment@1 proposed")
	four := d.propose("invoice", "four")
	d.decide(four, approval.Approve)
	d.decide(other, approval.Approve)
	d.want("invoice@1 superseded by invoice@2, invoice@2 superseded by invoice@4, invoice@3 rejected, payment@1 approved, invoice@4 approved")
	if a, ok := d.book.Current("invoice"); !ok || a.Proposal.ID != four.ID {
		t.Errorf("current is %v, %v", a.Proposal.ID, ok)
	}
	for p, want := range map[*approval.Proposal]bool{&one: false, &two: true, &three: false, &four: true} {
		if a, ok := d.book.Approved(p.Digest); ok != want || (ok && a.Proposal.ID != p.ID) {
			t.Errorf("approved %s: got %v, %v, want %v", p.ID, a.Proposal.ID, ok, want)
		}
	}
	if diff := cmp.Diff([]string{"invoice", "payment"}, d.book.Names()); diff != "" {
		t.Error(diff)
	}
	if r, ok := d.book.Find(two.ID); !ok || r.State != approval.Superseded || r.Decision == nil {
		t.Errorf("found %+v, %v", r, ok)
	}
	if _, ok := d.book.Find("invoice@9"); ok {
		t.Error("found what was never filed")
	}
	again, err := approval.Fold(d.entries)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d.book.Records(), again.Records()); diff != "" {
		t.Errorf("the fold differs (-applied +folded):\n%s", diff)
	}
}

func TestDecisionsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*desk, approval.Proposal, *approval.Decision)
		want   error
	}{
		"another plan":     {func(_ *desk, _ approval.Proposal, d *approval.Decision) { d.Digest = digest(9) }, approval.ErrOther},
		"no plan":          {func(_ *desk, _ approval.Proposal, d *approval.Decision) { d.Digest = "" }, approval.ErrOther},
		"by nobody":        {func(_ *desk, _ approval.Proposal, d *approval.Decision) { d.By = "" }, approval.ErrUnnamed},
		"by blanks":        {func(_ *desk, _ approval.Proposal, d *approval.Decision) { d.By = " \t" }, approval.ErrUnnamed},
		"no such proposal": {func(_ *desk, _ approval.Proposal, d *approval.Decision) { d.Proposal = "invoice@2" }, approval.ErrUnknown},
		"no answer":        {func(_ *desk, _ approval.Proposal, d *approval.Decision) { d.Answer = "" }, approval.ErrInvalid},
		"maybe":            {func(_ *desk, _ approval.Proposal, d *approval.Decision) { d.Answer = "maybe" }, approval.ErrInvalid},
		"approved before":  {func(k *desk, p approval.Proposal, _ *approval.Decision) { k.decide(p, approval.Approve) }, approval.ErrDecided},
		"rejected before":  {func(k *desk, p approval.Proposal, _ *approval.Decision) { k.decide(p, approval.Reject) }, approval.ErrDecided},
		"superseded":       {func(k *desk, _ approval.Proposal, _ *approval.Decision) { k.propose("invoice", "newer") }, approval.ErrDecided},
		"nothing wrong":    {func(*desk, approval.Proposal, *approval.Decision) {}, nil},
	} {
		for _, a := range []approval.Answer{approval.Approve, approval.Reject} {
			t.Run(name+"/"+string(a), func(t *testing.T) {
				k := newDesk(t)
				p := k.propose("invoice", "one")
				d := answer(p, a)
				tt.change(k, p, &d)
				before := k.states()
				if _, err := k.book.Decide(d); !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				k.want(before)
				if tt.want == nil {
					return
				}
				data, err := json.Marshal(d)
				if err != nil {
					t.Fatal(err)
				}
				e := journal.Entry{Stream: "plan/invoice", Index: uint64(len(k.entries) + 1), Kind: approval.KindDecided, Data: data}
				if err := k.book.Apply(e); !errors.Is(err, tt.want) {
					t.Errorf("fold: got %v, want %v", err, tt.want)
				}
				k.want(before)
			})
		}
	}
}

func TestProposalsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*approval.Proposal)
		want   error
	}{
		"by nobody":        {func(p *approval.Proposal) { p.By = " " }, approval.ErrUnnamed},
		"another digest":   {func(p *approval.Proposal) { p.Digest = digest(9) }, approval.ErrInvalid},
		"another plan":     {func(p *approval.Proposal) { p.Plan = append(json.RawMessage(" "), p.Plan...) }, approval.ErrInvalid},
		"another name":     {func(p *approval.Proposal) { p.Name = "payment" }, approval.ErrInvalid},
		"a name in a path": {func(p *approval.Proposal) { p.Name = "a/b" }, approval.ErrInvalid},
		"sheet not JSON":   {func(p *approval.Proposal) { p.Sheet = json.RawMessage("{") }, approval.ErrInvalid},
		"fewer APIs":       {func(p *approval.Proposal) { p.APIs = nil }, approval.ErrInvalid},
		"another spec": {func(p *approval.Proposal) {
			p.APIs = map[string]plan.APIRef{"xero": {Spec: digest(8)}, "salesforce": p.APIs["salesforce"]}
		}, approval.ErrInvalid},
		"not a plan": {func(p *approval.Proposal) {
			p.Plan, p.Digest = json.RawMessage(`{}`), "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
		}, approval.ErrInvalid},
		"nothing wrong": {func(*approval.Proposal) {}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := approval.New(small(t, "invoice", "one"), nil, "rules", now)
			tt.change(&p)
			if _, _, err := approval.NewBook().Propose(p); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestFoldRefusesWhatWasNotWrittenHere(t *testing.T) {
	k := newDesk(t)
	k.decide(k.propose("invoice", "one"), approval.Approve)
	for name, change := range map[string]func(e []journal.Entry) []journal.Entry{
		"an entry is missing":  func(e []journal.Entry) []journal.Entry { return e[1:] },
		"an entry is repeated": func(e []journal.Entry) []journal.Entry { return append(e, e[1]) },
		"another order":        func(e []journal.Entry) []journal.Entry { return []journal.Entry{e[1], e[0]} },
		"another stream":       func(e []journal.Entry) []journal.Entry { e[0].Stream = "plan/payment"; return e },
		"another index":        func(e []journal.Entry) []journal.Entry { e[1].Index = 3; return e },
		"another kind":         func(e []journal.Entry) []journal.Entry { e[1].Kind = "revoked"; return e },
		"another plan": func(e []journal.Entry) []journal.Entry {
			e[0].Data = json.RawMessage(strings.Replace(string(e[0].Data), `"hold"`, `"refuse"`, 1))
			return e
		},
		"another ID": func(e []journal.Entry) []journal.Entry {
			e[0].Data = json.RawMessage(strings.Replace(string(e[0].Data), `"invoice@1"`, `"invoice@2"`, 1))
			return e
		},
		"a member from the future": func(e []journal.Entry) []journal.Entry {
			e[1].Data = json.RawMessage(`{"quorum":2,` + string(e[1].Data[1:]))
			return e
		},
		"cut short": func(e []journal.Entry) []journal.Entry { e[0].Data = e[0].Data[:20]; return e },
		"two values": func(e []journal.Entry) []journal.Entry {
			e[1].Data = append(e[1].Data[:len(e[1].Data):len(e[1].Data)], "{}"...)
			return e
		},
	} {
		entries := change(append([]journal.Entry{}, k.entries...))
		if _, err := approval.Fold(entries); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestStale(t *testing.T) {
	k := newDesk(t)
	p := k.propose("invoice", "one")
	k.decide(p, approval.Approve)
	facts := func() approval.Facts {
		return approval.Facts{
			Specs:    map[string]plan.Digest{"salesforce": digest(1), "xero": digest(3), "other": digest(7)},
			Overlays: map[string]plan.Digest{"salesforce": digest(2)},
			Rows:     map[string]mapping.Snapshot{"product": {`["01t1"]`: digest(11), `["01t2"]`: digest(12)}},
			Tenants:  map[string]string{"salesforce": "org", "xero": "tenant-1"},
		}
	}
	for name, tt := range map[string]struct {
		change func(*approval.Facts)
		want   []string
	}{
		"nothing changed":    {func(*approval.Facts) {}, nil},
		"a row was added":    {func(f *approval.Facts) { f.Rows["product"][`["01t3"]`] = digest(13) }, nil},
		"a mapping is new":   {func(f *approval.Facts) { f.Rows["tax"] = mapping.Snapshot{`["NZ"]`: digest(1)} }, nil},
		"another API":        {func(f *approval.Facts) { f.Specs["other"] = digest(99) }, nil},
		"not connected":      {func(f *approval.Facts) { f.Tenants = nil }, nil},
		"connected for once": {func(f *approval.Facts) { f.Tenants["salesforce"] = "other org" }, nil},
		"spec":               {func(f *approval.Facts) { f.Specs["xero"] = digest(4) }, []string{"the spec of xero has changed: approved with sha256:000000000000…, now sha256:000000000000…"}},
		"spec gone":          {func(f *approval.Facts) { delete(f.Specs, "xero") }, []string{"the spec of xero is gone: approved with sha256:000000000000…"}},
		"overlay":            {func(f *approval.Facts) { f.Overlays["salesforce"] = digest(4) }, []string{"the overlay of salesforce has changed: approved with sha256:000000000000…, now sha256:000000000000…"}},
		"overlay new":        {func(f *approval.Facts) { f.Overlays["xero"] = digest(4) }, []string{"xero has overlay sha256:000000000000…, and was approved without"}},
		"tenant":             {func(f *approval.Facts) { f.Tenants["xero"] = "tenant-2" }, []string{"xero is connected to another tenant than the one approved"}},
		"rows": {
			func(f *approval.Facts) { f.Rows["product"] = mapping.Snapshot{`["01t1"]`: digest(99)} },
			[]string{`the row ["01t1"] of mapping product was replaced by another after the approval`, `the row ["01t2"] of mapping product was withdrawn after the approval`},
		},
		"no rows at all": {
			func(f *approval.Facts) { f.Rows = nil },
			[]string{`the row ["01t1"] of mapping product was withdrawn after the approval`, `the row ["01t2"] of mapping product was withdrawn after the approval`},
		},
		"much at once": {
			func(f *approval.Facts) {
				f.Specs, f.Tenants["xero"] = nil, "tenant-2"
				delete(f.Rows["product"], `["01t1"]`)
			},
			[]string{
				"the spec of salesforce is gone: approved with sha256:000000000000…", "the spec of xero is gone: approved with sha256:000000000000…",
				"xero is connected to another tenant than the one approved", `the row ["01t1"] of mapping product was withdrawn after the approval`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := facts()
			tt.change(&f)
			a, _ := k.book.Current("invoice")
			var got []string
			for _, r := range a.Stale(f) {
				got = append(got, r.String())
				if r.Cause == "" || r.Subject == "" {
					t.Errorf("a reason without cause or subject: %+v", r)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			r, _ := k.book.Find(p.ID)
			if want := map[bool]approval.State{true: approval.Stale, false: approval.Approved}[len(tt.want) > 0]; r.StateUnder(f) != want {
				t.Errorf("state: got %s, want %s", r.StateUnder(f), want)
			}
		})
	}
}

// TestNothingRunsUnapproved files and decides at random and holds that the book never shows
// an approval that no named person gave to that very digest, that at most one approval of a
// name is current, and that prefixes of the entries fold to what was seen then.
func TestNothingRunsUnapproved(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 2))
		k := newDesk(t)
		said := map[plan.Digest]bool{}
		seen := []string{""}
		for range 60 {
			name := []string{"invoice", "payment"}[r.IntN(2)]
			if records := k.book.Records(); r.IntN(2) > 0 && len(records) > 0 {
				d := answer(records[r.IntN(len(records))].Proposal, []approval.Answer{approval.Approve, approval.Reject}[r.IntN(2)])
				switch r.IntN(8) {
				case 0:
					d.By = ""
				case 1:
					d.Digest = digest(r.IntN(4))
				}
				draft, err := k.book.Decide(d)
				if err != nil {
					continue
				}
				k.commit(draft)
				said[d.Digest] = said[d.Digest] || d.Answer == approval.Approve
			} else {
				k.propose(name, fmt.Sprint(r.IntN(5)))
			}
			seen = append(seen, k.states())
			for _, rec := range k.book.Records() {
				d := rec.Proposal.Digest
				if a, ok := k.book.Approved(d); ok != said[d] || (ok && (a.Decision.Digest != d || a.Decision.By == "" || a.Proposal.Digest != d)) {
					t.Fatalf("seed %d: approved %s: got %v, want %v", seed, rec.Proposal.ID, ok, said[d])
				}
			}
			for _, name := range k.book.Names() {
				n := 0
				for _, rec := range k.book.Records() {
					if rec.Proposal.Name == name && rec.State == approval.Approved {
						n++
					}
				}
				if a, ok := k.book.Current(name); n > 1 || ok != (n == 1) || (ok && !said[a.Proposal.Digest]) {
					t.Fatalf("seed %d: %d current approvals of %s", seed, n, name)
				}
			}
		}
		for n := int(seed) % 7; n < len(k.entries); n += 7 {
			b, err := approval.Fold(k.entries[:n])
			if err != nil {
				t.Fatal(err)
			}
			if got := (&desk{book: b}).states(); got != seen[n] {
				t.Fatalf("seed %d: after %d entries got %s, want %s", seed, n, got, seen[n])
			}
		}
	}
}

// TestThroughJournal commits drafts for real: plans come back byte for byte, and of two
// people who decide at the same time the second is told.
func TestThroughJournal(t *testing.T) {
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal.db"), journal.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	commit := func(drafts ...journal.Draft) error {
		_, err := j.Commit(t.Context(), journal.Batch{Entries: drafts})
		return err
	}
	fold := func() *approval.Book {
		entries, err := j.Stream(approval.PlanStream("invoice"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := approval.Fold(entries)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	p, draft, err := fold().Propose(approval.New(small(t, "invoice", "<b>&\u2028 ü"), json.RawMessage(`{"calls": 7}`), "rules", now))
	if err != nil || commit(draft) != nil {
		t.Fatal(err)
	}
	ana, ben := fold(), fold()
	yes, err := ana.Decide(answer(p, approval.Approve))
	if err != nil {
		t.Fatal(err)
	}
	no, err := ben.Decide(answer(p, approval.Reject))
	if err != nil {
		t.Fatal(err)
	}
	if err := commit(yes); err != nil {
		t.Fatal(err)
	}
	if err := commit(no); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("the second decision: got %v, want %v", err, journal.ErrConflict)
	}
	if _, err := fold().Decide(answer(p, approval.Reject)); !errors.Is(err, approval.ErrDecided) {
		t.Errorf("the second decision, again: got %v, want %v", err, approval.ErrDecided)
	}
	a, ok := fold().Current("invoice")
	if !ok || string(a.Proposal.Plan) != string(small(t, "invoice", "<b>&\u2028 ü").Canonical()) {
		t.Errorf("approved, %v: %s", ok, a.Proposal.Plan)
	}

	row := mapping.Row{Key: []string{"01t1"}, Value: map[string]any{"Code": "A<&>", "Price": json.Number("1.50")}}
	events := []mapping.Event{mapping.Propose(row, "matcher", now), mapping.Decide(row, mapping.Approved, "Ana", now, "")}
	if err := commit(approval.MappingDrafts("invoice", "product", 0, events)...); err != nil {
		t.Fatal(err)
	}
	entries, err := j.Stream(approval.MappingStream("invoice", "product"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := approval.MappingEvents(entries)
	if diff := cmp.Diff(events, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if err := commit(approval.MappingDrafts("invoice", "product", 1, events)...); !errors.Is(err, journal.ErrConflict) {
		t.Errorf("got %v, want %v", err, journal.ErrConflict)
	}
	entries[0].Data = json.RawMessage(`[]`)
	if _, err := approval.MappingEvents(entries); err == nil {
		t.Error("an entry that is no event was accepted")
	}
}

// TestRevoke takes an approval back: nothing starts, nothing may be written, and the plan
// can be proposed and approved again.
func TestRevoke(t *testing.T) {
	k := newDesk(t)
	p := k.propose("invoice", "first")
	early := answer(p, approval.Revoke)
	if _, err := k.book.Decide(early); !errors.Is(err, approval.ErrDecided) {
		t.Errorf("nothing to take back: got %v, want %v", err, approval.ErrDecided)
	}
	k.decide(p, approval.Approve)
	k.decide(p, approval.Revoke)
	if _, ok := k.book.Current("invoice"); ok {
		t.Error("the plan still starts runs")
	}
	if _, ok := k.book.Approved(p.Digest); ok {
		t.Error("the plan may still write")
	}
	again := k.propose("invoice", "first")
	k.decide(again, approval.Approve)
	if _, ok := k.book.Approved(p.Digest); !ok {
		t.Error("approved again, and it may not write")
	}
}
