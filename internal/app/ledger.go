package app

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/journal"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/specs/catalog"
)

// Made is one record that a run made at a vendor, with the proof why there can be only one
// for its event.
type Made struct {
	Object    string `json:"object"`            // "xero.Invoice"
	Operation string `json:"operation"`         // "xero.createInvoices"
	ID        string `json:"id,omitempty"`      // at the vendor; empty until it is known
	Natural   string `json:"natural,omitempty"` // the key that the vendor or a look-up knows it by
	Tenant    string `json:"tenant,omitempty"`
	State     string `json:"state"` // made, adopted, settled, unknown, refused
	// What it was made for.
	Run    string `json:"run"`
	Plan   string `json:"plan"`
	Key    string `json:"key"`
	Record string `json:"record"`
	Label  string `json:"label,omitempty"`
	// Who allowed it.
	Digest   string    `json:"digest"` // of the plan
	Proposal string    `json:"proposal,omitempty"`
	Approver string    `json:"approver,omitempty"`
	Approved time.Time `json:"approved,omitzero"`
	// Rows are the approved mapping rows the run used.
	Rows []engine.Row `json:"rows,omitempty"`
	// Claimed is where the journal took the event's key, for ever.
	Claimed Place `json:"claimed"`
	// Sendings are every time a request for it was about to leave, in order.
	Sendings []Sending `json:"sendings"`
	// Proof says in sentences why there can be no second one.
	Proof []string `json:"proof"`

	answer map[string]any // what the vendor said of it when it was made or found
}

// changed lists the plain members in which a record is not what it was when it was made or
// found, but for its status, which moves by itself.
func (m Made) changed(now map[string]any, status string) (fields []string) {
	for _, name := range slices.Sorted(maps.Keys(m.answer)) {
		switch m.answer[name].(type) {
		case map[string]any, []any:
			continue
		}
		if _, told := now[name]; told && name != status && !same(m.answer[name], now[name]) {
			fields = append(fields, name)
		}
	}
	return fields
}

// Place is a place in the journal. The chain is the hash of everything up to there.
type Place struct {
	Seq   uint64    `json:"seq"`
	At    time.Time `json:"at"`
	Chain string    `json:"chain"`
}

func placeOf(e journal.Entry) Place {
	return Place{Seq: e.Seq, At: e.At, Chain: hex.EncodeToString(e.Chain[:])}
}

// Sending is one request, and what is known of it.
type Sending struct {
	Intent  Place  `json:"intent"`           // durable before the first byte left
	Unsent  bool   `json:"unsent,omitempty"` // it never left
	Request string `json:"request"`
	Digest  string `json:"digest"`
	Key     string `json:"idempotency_key,omitempty"`
	Outcome string `json:"outcome"` // class and words; empty while it is not known
	Lookup  string `json:"lookup,omitempty"`
}

// Ledger tells of every record that runs of a plan made, of all plans when the name is
// empty, and hands each to yield in the order of run ids. A ref narrows it to one record: its
// id or natural key, or a run, its event's key or its record.
func (a *App) Ledger(ctx context.Context, planName, ref string, yield func(Made) error) error {
	l, err := a.open()
	if err != nil {
		return err
	}
	for s, err := range l.engine.Summaries() {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if planName != "" && s.Plan != planName {
			continue
		}
		made, err := l.made(s)
		if err != nil {
			return err
		}
		for _, m := range made {
			if ref != "" && ref != m.ID && ref != m.Natural && ref != m.Run && ref != m.Key && ref != m.Record {
				continue
			}
			if err := yield(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// made folds what one run made, in the order of the steps.
func (l *live) made(s localengine.Summary) ([]Made, error) {
	entries, err := l.engine.Entries(s.ID)
	if err != nil {
		return nil, err
	}
	if kept, pruned, err := l.kept(s.ID); err != nil || pruned {
		return l.madeOf(s, entries, kept), err
	}
	var out []*Made
	at := map[string]*Made{} // by path of the write
	var rows []engine.Row
	claimed := Place{}
	for _, e := range entries {
		entry := engine.Entry{At: e.At, Kind: engine.Kind(e.Kind), Data: e.Data}
		switch entry.Kind {
		case engine.KindStarted:
			claimed = placeOf(e)
		case engine.KindRows:
			rows = append(rows, as[engine.Rows](entry).Rows...)
		case engine.KindIntent:
			in := as[engine.Intent](entry)
			op, ok := l.cat.Operation(in.Request.Operation)
			if !ok || op.Effect != catalog.EffectCreate {
				continue
			}
			m := at[in.Path]
			if m == nil {
				m = &Made{
					Object: op.Entity, Operation: op.Name(), Tenant: s.Tenants[op.API], Run: s.ID, Plan: s.Plan, Key: s.Key, Record: s.Record, Label: s.Label,
					Digest: string(s.Digest), Claimed: claimed, State: "unknown",
				}
				at[in.Path], out = m, append(out, m)
			}
			m.Natural = in.Natural
			sent := Sending{Intent: placeOf(e), Request: in.Request.Method + " " + strings.SplitN(in.Request.Path, "?", 2)[0], Digest: in.Digest}
			if op.Repeat != nil {
				sent.Key = in.Request.Header[op.Repeat.Header]
			}
			m.Sendings = append(m.Sendings, sent)
		case engine.KindOutcome:
			o := as[engine.WriteOutcome](entry)
			if m := at[o.Path]; m != nil && o.Attempt >= 1 && o.Attempt <= len(m.Sendings) {
				m.heard(l, o)
			}
		case engine.KindAnswered:
			read := as[engine.Answered](entry)
			if m := at[strings.TrimSuffix(read.Path, "/lookup")]; m != nil && strings.HasSuffix(read.Path, "/lookup") {
				m.looked(l, read)
			}
		case engine.KindReplied:
			r := as[engine.Reply](entry)
			if m := at[r.Path]; m != nil {
				m.said(r)
			}
		case engine.KindAdopted:
			r := as[engine.Adopted](entry)
			if m := at[r.Path]; m != nil {
				m.State, m.ID = "settled", r.Record
				m.Sendings[len(m.Sendings)-1].Outcome += fmt.Sprintf(" (%s adopts %s)", r.By, r.Record)
			}
		default:
		}
	}
	done := make([]Made, 0, len(out))
	for _, m := range out {
		m.Rows = rows
		l.allowed(m)
		l.prove(m)
		done = append(done, *m)
	}
	return done, nil
}

// madeOf tells what a run made whose details were pruned, from what is kept of it.
func (l *live) madeOf(s localengine.Summary, entries []journal.Entry, kept ledger) []Made {
	var claimed Place
	var places []Place // of the intents: pruned entries keep them
	for _, e := range entries {
		switch engine.Kind(e.Kind) {
		case engine.KindStarted:
			claimed = placeOf(e)
		case engine.KindIntent:
			places = append(places, placeOf(e))
		default:
		}
	}
	var out []Made
	at := map[string]int{}
	for i, w := range kept.Writes {
		op, ok := l.cat.Operation(w.Operation)
		if !ok || op.Effect != catalog.EffectCreate || i >= len(places) {
			continue
		}
		n, known := at[w.Path]
		if !known {
			n, at[w.Path] = len(out), len(out)
			out = append(out, Made{
				Object: op.Entity, Operation: op.Name(), Tenant: s.Tenants[op.API], Run: s.ID, Plan: s.Plan, Key: s.Key, Record: s.Record,
				Digest: string(s.Digest), Claimed: claimed,
			})
		}
		m := &out[n]
		m.Natural, m.ID, m.State = w.Natural, w.Record, w.state()
		m.Sendings = append(m.Sendings, Sending{Intent: places[i], Request: w.Operation, Digest: w.Digest, Outcome: string(w.Class)})
	}
	for i := range out {
		l.allowed(&out[i])
		l.prove(&out[i])
	}
	return out
}

// state is what became of a record, as far as it is kept.
func (w ledgerWrite) state() string {
	switch {
	case w.Settled:
		return "settled"
	case w.Adopted:
		return "adopted"
	case w.Class == catalog.ClassOK:
		return "made"
	case w.Class == "" || w.Class == catalog.ClassUnknown || w.Class == catalog.ClassDuplicate:
		return "unknown"
	}
	return "refused"
}

// Sent counts the requests that left.
func (m Made) Sent() int {
	n := 0
	for _, s := range m.Sendings {
		if !s.Unsent {
			n++
		}
	}
	return n
}

// unsent reports whether an outcome stands in place of a request that never left: what a vendor
// said has a status.
func unsent(o apicall.Outcome) bool {
	return o.Status == 0 && (o.Code == engine.NotSent || strings.HasPrefix(o.Message, "not sent: ") || strings.HasSuffix(o.Message, "nothing was sent"))
}

// heard notes the answer to one sending.
func (m *Made) heard(l *live, o engine.WriteOutcome) {
	m.Sendings[o.Attempt-1].Unsent = unsent(o.Outcome)
	m.Sendings[o.Attempt-1].Outcome = strings.TrimSpace(string(o.Outcome.Class) + " " + o.Outcome.Message)
	switch o.Outcome.Class {
	case catalog.ClassOK:
		m.State, m.ID = "made", l.idOf(m.Object, o.Outcome.Value)
		m.answer, _ = o.Outcome.Value.(map[string]any)
	case catalog.ClassUnknown, catalog.ClassDuplicate:
		m.State = "unknown"
	default:
		if m.ID == "" {
			m.State = "refused"
		}
	}
}

// looked notes a look-up for what the last sending may have made.
func (m *Made) looked(l *live, read engine.Answered) {
	last := &m.Sendings[len(m.Sendings)-1]
	list, isList := read.Outcome.Value.([]any)
	one := read.Outcome.Value
	if isList && len(list) == 1 {
		one = list[0]
	}
	id := ""
	if _, is := one.(map[string]any); is && read.Outcome.Class == catalog.ClassOK {
		id = l.idOf(m.Object, one)
	}
	switch {
	case isList && len(list) > 1:
		last.Lookup = fmt.Sprintf("asked %s: %d records", read.Asked.UTC().Format(time.RFC3339), len(list))
	case id == "":
		last.Lookup = fmt.Sprintf("asked %s: absent", read.Asked.UTC().Format(time.RFC3339))
	default:
		last.Lookup = fmt.Sprintf("asked %s: found %s", read.Asked.UTC().Format(time.RFC3339), id)
		m.State, m.ID = "adopted", id
		m.answer, _ = one.(map[string]any)
	}
}

// said notes a person's word on a lost sending.
func (m *Made) said(r engine.Reply) {
	if r.Answer == engine.Happened {
		m.State, m.ID = "settled", r.Record
	}
	m.Sendings[len(m.Sendings)-1].Outcome += fmt.Sprintf(" (%s says: %s)", r.By, r.Answer)
}

// idOf reads the id of a record.
func (l *live) idOf(object string, value any) string {
	obj, ok := l.cat.Object(object)
	m, is := value.(map[string]any)
	if !ok || !is {
		return ""
	}
	return text(m[obj.Key])
}

// allowed fills in who approved the plan.
func (l *live) allowed(m *Made) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.records.Records() {
		if string(r.Proposal.Digest) == m.Digest && r.Decision != nil && r.Decision.Answer == approval.Approve {
			m.Proposal, m.Approver, m.Approved = string(r.Proposal.ID), r.Decision.By, r.Decision.At
		}
	}
}

// prove says why there can be no second record for the event: first why there is no second
// run, then why this run makes no second one.
func (l *live) prove(m *Made) {
	m.Proof = append(m.Proof, fmt.Sprintf("the key %q of plan %s was taken at entry %d of the journal and can never be taken again: there is one run for it", m.Key, m.Plan, m.Claimed.Seq))
	var way catalog.Repeat
	if op, ok := l.cat.Operation(m.Operation); ok && op.Repeat != nil {
		way = *op.Repeat
	}
	switch n := m.Sent(); n {
	case 0:
		m.Proof = append(m.Proof, "this run never sent it")
	case 1:
		left := m.Sendings[slices.IndexFunc(m.Sendings, func(s Sending) bool { return !s.Unsent })]
		m.Proof = append(m.Proof, fmt.Sprintf("it was sent once, after entry %d was on the disk", left.Intent.Seq))
	default:
		m.Proof = append(m.Proof, fmt.Sprintf("it was sent %d times, each after its entry was on the disk", n))
	}
	switch way.Way {
	case catalog.WayUnique:
		m.Proof = append(m.Proof, fmt.Sprintf("the vendor refuses a second record with %s %q, and one that is there is adopted", way.Key, m.Natural))
	case catalog.WayUpsert:
		m.Proof = append(m.Proof, fmt.Sprintf("the vendor makes or changes the one record with %s %q", way.Key, m.Natural))
	case catalog.WayKeyed:
		m.Proof = append(m.Proof, fmt.Sprintf("it is only sent again with the same key and the same bytes, within the %s for which the vendor remembers the key", way.Window))
	case catalog.WayProbe:
		m.Proof = append(m.Proof, fmt.Sprintf("it is only sent again after a look-up by %s %q, asked later than %s after the sending, found nothing", way.Key, m.Natural, way.Late))
	case catalog.WayAsk:
		m.Proof = append(m.Proof, "after a lost answer it is only sent again by a person's word")
	case catalog.WayIdempotent:
		m.Proof = append(m.Proof, "sending it again changes nothing")
	}
	because := "the answer was lost or refused, and "
	if m.Sent() == 0 {
		because = ""
	}
	m.Proof = append(m.Proof, map[string]string{
		"made":    "the vendor answered with " + m.ID,
		"adopted": because + "the look-up found " + m.ID,
		"settled": because + "a person looked and named " + m.ID,
		"refused": "the vendor refused it: nothing was made",
		"unknown": "what became of it is not known yet; the run is not over",
	}[m.State])
}
