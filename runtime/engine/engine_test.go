package engine_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/check"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// program compiles W1 against the embedded specs, after edits of its text.
func program(t *testing.T, edits ...string) *engine.Program {
	t.Helper()
	return programOf(t, "testdata/w1.yaml", edits...)
}

func programOf(t *testing.T, file string, edits ...string) *engine.Program {
	t.Helper()
	return programOver(t, specs.Embedded(), file, edits...)
}

// programOver is a program over other sources than the embedded ones.
func programOver(t *testing.T, sources []catalog.Source, file string, edits ...string) *engine.Program {
	t.Helper()
	cat, found := catalog.Open("", sources)
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
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

// host plays a host: it answers actions from a script and keeps the record.
type host struct {
	t    *testing.T
	prog *engine.Program
	now  time.Time
	log  []engine.Entry
	// answers gives what a read of that path returns; a missing one is absent.
	answers map[string]any
	// outcomes are what writes of that path come to, in order; then ok with the last value.
	outcomes map[string][]apicall.Outcome
	rows     map[string]map[string]any
	took     []string // actions, in order
}

func newHost(t *testing.T, p *engine.Program) *host {
	h := &host{
		t: t, prog: p, now: start,
		answers: map[string]any{
			"trigger": tree(`{"Id":"006A","IsWon":true,"AccountId":"001A","Name":"Big deal","CloseDate":"2026-11-01","StageName":"Closed Won"}`),
			"account": tree(`{"Id":"001A","Name":"Kea Ltd","BillingCountry":"NZ"}`),
			"lines": tree(`[{"Id":"00kA","Quantity":2,"UnitPrice":10.5,"TotalPrice":21,"Product2Id":"01tA","Product2":{"Name":"Core","Family":"Software"}},
				{"Id":"00kB","Quantity":1,"UnitPrice":100,"Discount":10,"TotalPrice":90,"Description":"Setup","Product2Id":"01tB","Product2":{"Name":"Setup","Family":"Services"}}]`),
			"contact/find/0": tree(`[{"ContactID":"c-1","ContactNumber":"001A","Name":"Kea Ltd","ContactStatus":"ACTIVE"}]`),
		},
		outcomes: map[string][]apicall.Outcome{},
		rows: map[string]map[string]any{
			"product 01tA":    {"Code": "CORE", "SalesDetails": map[string]any{"AccountCode": "200"}},
			"product 01tB":    {"Code": "SETUP", "SalesDetails": map[string]any{"AccountCode": "201"}},
			"tax NZ Software": {"TaxType": "OUTPUT2"},
			"tax NZ Services": {"TaxType": "OUTPUT2"},
		},
	}
	h.add(engine.KindStarted, engine.Started{Plan: p.Checked.Digest, Name: "w1", Key: "006A", Record: "006A"})
	return h
}

func tree(s string) any {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return v
}

func ok(value any) apicall.Outcome {
	return apicall.Outcome{Class: catalog.ClassOK, Status: 200, Value: value}
}

func refused(c catalog.Class, message string) apicall.Outcome {
	return apicall.Outcome{Class: c, Status: 400, Message: message}
}

func (h *host) add(kind engine.Kind, data any) {
	raw, err := json.Marshal(data)
	if err != nil {
		h.t.Fatal(err)
	}
	h.log = append(h.log, engine.Entry{At: h.now, Kind: kind, Data: raw})
}

func (h *host) next() engine.Action {
	st, err := engine.Fold(h.log)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.prog.Next(st)
}

// run drives until the machine holds or ends, and returns that action. Time passes: a
// second for each action, and as much as a hold that releases itself asks for.
func (h *host) run() engine.Action {
	h.t.Helper()
	for range 100 {
		a := h.next()
		h.took = append(h.took, strings.TrimSpace(fmt.Sprintf("%s %s", a.Kind, a.Path)))
		h.now = h.now.Add(time.Second)
		switch a.Kind {
		case engine.DoRead:
			h.answer(a)
		case engine.DoRows:
			if missing := h.giveRows(a); len(missing) > 0 {
				hold := engine.Hold{Code: engine.HoldUnmapped, Path: a.Path, Message: engine.MissingText(missing), Missing: missing}
				h.add(engine.KindHeld, hold)
				return engine.Action{Kind: engine.DoHold, Hold: hold}
			}
		case engine.DoWrite:
			h.write(a)
		case engine.DoHold:
			h.add(engine.KindHeld, a.Hold)
			if a.Hold.Until.IsZero() {
				return a
			}
			h.now = a.Hold.Until
			h.add(engine.KindReleased, engine.Released{By: engine.ByTime})
		case engine.DoFinish:
			h.add(engine.KindFinished, a.End)
			return a
		default:
			h.t.Fatalf("unexpected %s", a.Kind)
		}
	}
	h.t.Fatalf("no end: %v", h.took)
	return engine.Action{}
}

func (h *host) answer(a engine.Action) {
	out := ok(h.answers[a.Path])
	if o, is := h.answers[a.Path].(apicall.Outcome); is {
		out = o
	}
	if h.answers[a.Path] == nil {
		out = apicall.Outcome{Class: catalog.ClassAbsent}
	}
	h.add(engine.KindAnswered, engine.Answered{Path: a.Path, Asked: h.now, Outcome: out})
}

func (h *host) giveRows(a engine.Action) (missing []engine.RowKey) {
	var got engine.Rows
	for _, k := range a.Rows {
		v, ok := h.rows[k.Mapping+" "+strings.Join(k.Key, " ")]
		if !ok {
			missing = append(missing, k)
			continue
		}
		got.Rows = append(got.Rows, engine.Row{RowKey: k, Value: v})
	}
	h.add(engine.KindRows, got)
	return missing
}

// write records the intent and, unless the script says that the process died, the outcome.
func (h *host) write(a engine.Action) {
	req, err := h.prog.Request(a, "", runID)
	if err != nil {
		h.t.Fatalf("request of %s: %v", a.Path, err)
	}
	h.add(engine.KindIntent, engine.Intent{Path: a.Path, Attempt: a.Attempt, Request: req, Digest: req.Digest(), Natural: a.Natural, Body: a.Body})
	h.now = h.now.Add(time.Second)
	list := h.outcomes[a.Path]
	if len(list) == 0 {
		h.t.Fatalf("no outcome scripted for %s", a.Path)
	}
	h.outcomes[a.Path] = list[1:]
	if list[0].Class == died {
		return
	}
	h.add(engine.KindOutcome, engine.WriteOutcome{Path: a.Path, Attempt: a.Attempt, Outcome: list[0]})
}

// runID is the run of every host.
const runID = "r1"

// died stands for a process that was killed between intent and outcome.
const died catalog.Class = "died"

var (
	invoice = tree(`{"InvoiceID":"i-1","InvoiceNumber":"SF-006A","Status":"AUTHORISED","SubTotal":111,"Contact":{"ContactID":"c-1"},"Reference":"Big deal","Type":"ACCREC"}`)
	created = ok(invoice)
	updated = ok(nil)
	lost    = apicall.Outcome{Class: catalog.ClassUnknown, Message: "no answer"}
)

func with(tree any, change map[string]any) any {
	out := map[string]any{}
	maps.Copy(out, tree.(map[string]any))
	maps.Copy(out, change)
	return out
}

// TestActions drives W1 through what vendors, crashes and people do to it.
func TestActions(t *testing.T) {
	reads := []string{"read trigger", "read account", "read lines"}
	before := append(reads[:3:3], "read contact/find/0", "rows invoice", "write invoice")
	tests := []struct {
		name  string
		edits []string
		setup func(h *host)
		want  []string // actions
		end   string   // state or hold code, and what the reason must contain
	}{
		{
			name: "as planned",
			setup: func(h *host) {
				h.outcomes["invoice"], h.outcomes["back"] = outs(created), outs(updated)
			},
			want: append(before[:6:6], "write back", "finish"), end: "done",
		},
		{
			name:  "no longer won when fetched",
			setup: func(h *host) { h.answers["trigger"] = with(h.answers["trigger"], map[string]any{"IsWon": false}) },
			want:  []string{"read trigger", "finish"}, end: "refused: no longer qualifies",
		},
		{
			name: "no account",
			setup: func(h *host) {
				h.answers["trigger"] = tree(`{"Id":"006A","IsWon":true,"Name":"Big deal","CloseDate":"2026-11-01"}`)
			},
			want: []string{"read trigger", "hold has_account"}, end: "assert: no account",
		},
		{
			name:  "no lines",
			setup: func(h *host) { h.answers["lines"] = tree(`[]`) },
			want:  append(reads[:3:3], "finish"), end: "refused: no products",
		},
		{
			name: "contact is created when nobody has it",
			setup: func(h *host) {
				h.answers["contact/find/0"], h.answers["contact/find/1"] = tree(`[]`), nil
				h.outcomes["contact/create"] = outs(ok(tree(`{"ContactID":"c-9"}`)))
				h.outcomes["invoice"], h.outcomes["back"] = outs(created), outs(updated)
			},
			want: append(reads[:3:3], "read contact/find/0", "read contact/find/1", "write contact/create", "rows invoice", "write invoice", "write back", "finish"), end: "done",
		},
		{
			name: "a search that finds more than was asked for",
			setup: func(h *host) {
				h.answers["contact/find/0"] = tree(`[{"ContactID":"c-7","ContactNumber":"001AB","Name":"Kea Ltd AB"},{"ContactID":"c-8","ContactNumber":"001A","ContactStatus":"ARCHIVED"}]`)
				h.answers["contact/find/1"] = tree(`[{"ContactID":"c-2","Name":"KEA LTD","ContactStatus":"ACTIVE"}]`)
				h.outcomes["invoice"], h.outcomes["back"] = outs(created), outs(updated)
			},
			want: append(reads[:3:3], "read contact/find/0", "read contact/find/1", "rows invoice", "write invoice", "write back", "finish"), end: "done",
		},
		{
			name: "a namesake that belongs to another account",
			setup: func(h *host) {
				h.answers["contact/find/0"] = tree(`[]`)
				h.answers["contact/find/1"] = tree(`[{"ContactID":"c-2","Name":"Kea Ltd","ContactNumber":"001Z"}]`)
			},
			want: append(reads[:3:3], "read contact/find/0", "read contact/find/1", "hold contact/find/1"), end: "person: another ContactNumber",
		},
		{
			name: "two live contacts",
			setup: func(h *host) {
				h.answers["contact/find/0"] = tree(`[{"ContactID":"c-1","ContactNumber":"001A"},{"ContactID":"c-2","ContactNumber":"001A"}]`)
			},
			want: append(reads[:3:3], "read contact/find/0", "hold contact/find/0"), end: "person: 2 live records",
		},
		{
			name:  "unmapped values are asked for all at once",
			setup: func(h *host) { delete(h.rows, "product 01tB"); delete(h.rows, "tax NZ Software") },
			want:  append(reads[:3:3], "read contact/find/0", "rows invoice"), end: "unmapped: and 1 more",
		},
		{
			name:  "too much money",
			edits: []string{"amount_per_invoice: 50000", "amount_per_invoice: 110"},
			setup: func(*host) {},
			want:  append(reads[:3:3], "read contact/find/0", "rows invoice", "hold invoice"), end: "amount: would be 111.00",
		},
		{
			name: "a crash after the vendor had it: found and adopted",
			setup: func(h *host) {
				h.outcomes["invoice"], h.outcomes["back"] = outs(apicall.Outcome{Class: died}), outs(updated)
				h.answers["invoice/lookup"] = []any{invoice}
			},
			want: append(before[:6:6], "read invoice/lookup", "write back", "finish"), end: "done",
		},
		{
			name: "a lost answer: absent counts only after the last moment it could commit",
			setup: func(h *host) {
				h.outcomes["invoice"], h.outcomes["back"] = outs(lost, created), outs(updated)
				h.answers["invoice/lookup"] = tree(`[]`)
			},
			want: append(before[:6:6], "read invoice/lookup", "hold invoice", "read invoice/lookup", "write invoice", "write back", "finish"), end: "done",
		},
		{
			name: "the number is taken by our own earlier request",
			setup: func(h *host) {
				h.outcomes["invoice"], h.outcomes["back"] = outs(refused(catalog.ClassDuplicate, "Invoice # must be unique.")), outs(updated)
				h.answers["invoice/lookup"] = []any{invoice}
			},
			want: append(before[:6:6], "read invoice/lookup", "write back", "finish"), end: "done",
		},
		{
			name: "the number is taken by something else",
			setup: func(h *host) {
				h.outcomes["invoice"] = outs(refused(catalog.ClassDuplicate, "Invoice # must be unique."))
				h.answers["invoice/lookup"] = []any{with(invoice, map[string]any{"Reference": "Another deal"})}
			},
			want: append(before[:6:6], "read invoice/lookup", "hold invoice"), end: "person: another Reference",
		},
		{
			name: "the invoice was voided meanwhile",
			setup: func(h *host) {
				h.outcomes["invoice"] = outs(lost)
				h.answers["invoice/lookup"] = []any{with(invoice, map[string]any{"Status": "VOIDED"})}
			},
			want: append(before[:6:6], "read invoice/lookup", "hold invoice"), end: "person: is VOIDED",
		},
		{
			name: "taken, and never listed",
			setup: func(h *host) {
				h.outcomes["invoice"] = outs(refused(catalog.ClassDuplicate, "Invoice # must be unique."))
				h.answers["invoice/lookup"] = tree(`[]`)
			},
			want: append(before[:6:6], "read invoice/lookup", "hold invoice", "read invoice/lookup", "hold invoice", "read invoice/lookup", "hold invoice"), end: "person: no such record",
		},
		{
			name:  "refused for its data",
			setup: func(h *host) { h.outcomes["invoice"] = outs(refused(catalog.ClassData, "Item code 'X' is not valid")) },
			want:  append(before[:6:6], "hold invoice"), end: "data: Item code",
		},
		{
			name: "the vendor stays away",
			setup: func(h *host) {
				h.outcomes["invoice"] = outs(refused(catalog.ClassLimit, "day"), created)
				h.outcomes["back"] = outs(updated)
			},
			want: append(append(before[:6:6], "hold invoice"), append(before[:6:6], "write back", "finish")...), end: "done",
		},
		{
			name: "totals differ",
			setup: func(h *host) {
				h.outcomes["invoice"] = outs(ok(with(invoice, map[string]any{"SubTotal": json.Number("110.99")})))
			},
			want: append(before[:6:6], "hold agrees"), end: "assert: differs",
		},
		{
			name: "a lost update is repeated: the same values change nothing more",
			setup: func(h *host) {
				h.outcomes["invoice"], h.outcomes["back"] = outs(created), outs(lost, apicall.Outcome{Class: died}, updated)
			},
			want: append(before[:6:6], "write back", "write back", "write back", "finish"), end: "done",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, program(t, tt.edits...))
			tt.setup(h)
			a := h.run()
			if diff := cmp.Diff(tt.want, h.took); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			got, reason := string(a.End.State), a.End.Reason
			if a.Kind == engine.DoHold {
				got, reason = string(a.Hold.Code), a.Hold.Message
			}
			want, text, _ := strings.Cut(tt.end, ": ")
			if got != want || !strings.Contains(reason, text) {
				t.Errorf("ended %s: %s; want %s", got, reason, tt.end)
			}
			replayed(t, h)
		})
	}
}

func outs(o ...apicall.Outcome) []apicall.Outcome { return o }

// replayed confirms that every prefix of the record leads to the entry that follows it.
func replayed(t *testing.T, h *host) {
	t.Helper()
	for i := 1; i < len(h.log); i++ {
		st, err := engine.Fold(h.log[:i])
		if err != nil {
			t.Fatal(err)
		}
		a := h.prog.Next(st)
		if again := h.prog.Next(st); cmp.Diff(a.Path+string(a.Kind), again.Path+string(again.Kind)) != "" {
			t.Errorf("entry %d: asked twice, answered %v and %v", i, a.Kind, again.Kind)
		}
		want := map[engine.Kind][]engine.ActionKind{
			engine.KindAnswered: {engine.DoRead}, engine.KindRows: {engine.DoRows}, engine.KindIntent: {engine.DoWrite},
			engine.KindHeld: {engine.DoHold, engine.DoRows}, engine.KindReleased: {engine.DoWait}, engine.KindReplied: {engine.DoWait}, engine.KindFinished: {engine.DoFinish},
		}[h.log[i].Kind]
		fits := want == nil
		for _, k := range want {
			fits = fits || a.Kind == k
		}
		if !fits {
			t.Errorf("entry %d is %s, and its prefix leads to %s %s", i, h.log[i].Kind, a.Kind, a.Path)
		}
	}
}

// TestInvoiceBody holds what W1 writes, value by value.
func TestInvoiceBody(t *testing.T) {
	h := newHost(t, program(t))
	for {
		a := h.next()
		if a.Kind == engine.DoWrite {
			want := tree(`{"Type":"ACCREC","Status":"AUTHORISED","Contact":{"ContactID":"c-1"},"Date":"2026-11-01","DueDate":"2026-12-01",
				"LineAmountTypes":"Exclusive","Reference":"Big deal","InvoiceNumber":"SF-006A","LineItems":[
				{"ItemCode":"CORE","Description":"Core","Quantity":2,"UnitAmount":10.5,"AccountCode":"200","TaxType":"OUTPUT2"},
				{"ItemCode":"SETUP","Description":"Setup","Quantity":1,"UnitAmount":100,"DiscountRate":10,"AccountCode":"201","TaxType":"OUTPUT2"}]}`)
			if diff := cmp.Diff(want, a.Body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
			if a.Natural != "SF-006A" || a.DayLimit != 200 {
				t.Errorf("natural %q, day limit %d; want SF-006A, 200", a.Natural, a.DayLimit)
			}
			return
		}
		h.now = h.now.Add(time.Second)
		if a.Kind == engine.DoRows {
			h.giveRows(a)
			continue
		}
		h.answer(a)
	}
}

// TestReleaseReadsAgain proves that a person's release forgets what was read and nothing
// that was written.
func TestReleaseReadsAgain(t *testing.T) {
	h := newHost(t, program(t))
	h.outcomes["invoice"] = outs(refused(catalog.ClassData, "no"), created)
	h.outcomes["back"] = outs(updated)
	if a := h.run(); a.Kind != engine.DoHold {
		t.Fatalf("got %v, want a hold", a.Kind)
	}
	h.add(engine.KindReleased, engine.Released{By: "Dana"})
	h.took = nil
	if a := h.run(); a.End.State != engine.Done {
		t.Errorf("ended %+v, want done", a.End)
	}
	want := []string{"read trigger", "read account", "read lines", "read contact/find/0", "rows invoice", "write invoice", "write back", "finish"}
	if diff := cmp.Diff(want, h.took); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
}

func TestAllowWaives(t *testing.T) {
	h := newHost(t, program(t, "amount_per_invoice: 50000", "amount_per_invoice: 1"))
	h.outcomes["invoice"], h.outcomes["back"] = outs(created), outs(updated)
	if a := h.run(); a.Hold.Code != engine.HoldAmount {
		t.Fatalf("got %+v, want a hold for the amount", a)
	}
	h.add(engine.KindReleased, engine.Released{By: "Dana", Allow: engine.HoldAmount})
	if a := h.run(); a.End.State != engine.Done {
		t.Errorf("ended %+v, want done", a)
	}
}

// TestFoldRefuses holds records that no engine wrote.
func TestFoldRefuses(t *testing.T) {
	started := engine.Entry{At: start, Kind: engine.KindStarted, Data: json.RawMessage(`{"name":"w1"}`)}
	entry := func(k engine.Kind, data string) engine.Entry {
		return engine.Entry{At: start, Kind: k, Data: json.RawMessage(data)}
	}
	tests := []struct {
		name string
		log  []engine.Entry
		want string
	}{
		{"nothing started it", []engine.Entry{entry(engine.KindHeld, `{}`)}, "out of order"},
		{"started twice", []engine.Entry{started, started}, "out of order"},
		{"an outcome without an intent", []engine.Entry{started, entry(engine.KindOutcome, `{"path":"x","attempt":1}`)}, "without an intent"},
		{"an attempt left out", []engine.Entry{started, entry(engine.KindIntent, `{"path":"x","attempt":2}`)}, "attempt 2, want 1"},
		{"a look-up before any intent", []engine.Entry{started, entry(engine.KindAnswered, `{"path":"x/lookup"}`)}, "before any intent"},
		{"released while not held", []engine.Entry{started, entry(engine.KindReleased, `{}`)}, "not held"},
		{"after the end", []engine.Entry{started, entry(engine.KindFinished, `{"state":"done"}`), entry(engine.KindHeld, `{}`)}, "after the run ended"},
		{"an unknown kind", []engine.Entry{started, entry("dreamt", `{}`)}, "unknown kind"},
		{"not JSON", []engine.Entry{started, entry(engine.KindHeld, `{`)}, "held"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := engine.Fold(tt.log)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestSign(t *testing.T) {
	op := &catalog.Operation{API: "x", ID: "create", Repeat: &catalog.Repeat{Way: catalog.WayUnique, Header: "Idempotency-Key"}}
	key := func(a engine.Action, tenant, run, body string) string {
		return engine.Sign(a, apicall.Request{Method: "PUT", Path: "/x", Body: []byte(body)}, tenant, run).Header["Idempotency-Key"]
	}
	base := engine.Action{Operation: op, Path: "invoice", Attempt: 1}
	seen := map[string]string{key(base, "t", "r", "{}"): "base"}
	second, other := base, base
	second.Attempt, other.Path = 2, "invoice2"
	for name, k := range map[string]string{
		"attempt": key(second, "t", "r", "{}"), "step": key(other, "t", "r", "{}"), "tenant": key(base, "u", "r", "{}"),
		"run": key(base, "t", "s", "{}"), "body": key(base, "t", "r", "{ }"),
	} {
		if old, taken := seen[k]; taken || len(k) > 128 || k == "" {
			t.Errorf("%s: key %q (also of %s)", name, k, old)
		}
		seen[k] = name
	}
	if again := key(base, "t", "r", "{}"); seen[again] != "base" {
		t.Errorf("the key is not derived: %q the second time", again)
	}
	keyed := base
	keyed.Operation = &catalog.Operation{Repeat: &catalog.Repeat{Way: catalog.WayKeyed, Header: "Idempotency-Key"}}
	keyed.Resend = &apicall.Request{}
	got := engine.Sign(keyed, apicall.Request{Header: map[string]string{"Idempotency-Key": "first"}}, "t", "r")
	if got.Header["Idempotency-Key"] != "first" {
		t.Errorf("a keyed repeat went out under %q", got.Header["Idempotency-Key"])
	}
}

// TestEachAndLookup walks the two step kinds that W1 does not need: a bounded loop, and a
// row of a mapping as a step.
func TestEachAndLookup(t *testing.T) {
	extra := `  - {id: rate, lookup: tax, with: {country: NZ, family: Software}}
  - id: every
    each: ${lines}
    as: line
    max: 2
    steps:
      - {id: positive, assert: "${line.Quantity > 0}", else: refuse, message: a line has no quantity}
      - {id: item, lookup: product, with: {product: "${line.Product2Id}"}}
      - {id: coded, assert: "${string(item.Code) != '' && string(rate.TaxType) != ''}", else: hold, message: no code}
  - id: contact
`
	prog := func() *engine.Program { return program(t, "  - id: contact\n", extra) }
	tests := []struct {
		name  string
		setup func(h *host)
		end   string
	}{
		{"two lines", func(*host) {}, "done"},
		{"a line without quantity", func(h *host) {
			h.answers["lines"] = tree(`[{"Id":"00kA","Quantity":0,"UnitPrice":10.5,"TotalPrice":0,"Product2Id":"01tA","Product2":{"Name":"Core","Family":"Software"}}]`)
		}, "refused: no quantity"},
		{"more lines than the plan allows", func(h *host) {
			list := h.answers["lines"].([]any)
			h.answers["lines"] = append(list[:2:2], list[0])
		}, "data: 3 elements, and the plan allows 2"},
		{"a row nobody decided", func(h *host) { delete(h.rows, "product 01tB") }, "unmapped: 01tB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, prog())
			h.outcomes["invoice"], h.outcomes["back"] = outs(created), outs(updated)
			tt.setup(h)
			a := h.run()
			got, reason := string(a.End.State), a.End.Reason
			if a.Kind == engine.DoHold {
				got, reason = string(a.Hold.Code), a.Hold.Message
			}
			want, text, _ := strings.Cut(tt.end, ": ")
			if got != want || !strings.Contains(reason, text) {
				t.Errorf("ended %s: %s; want %s", got, reason, tt.end)
			}
			replayed(t, h)
		})
	}
}
