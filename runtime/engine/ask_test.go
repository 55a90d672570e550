package engine_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

const (
	deal    = `{"Id":"006A","IsWon":true,"AccountId":"001A","Name":"Big deal","CloseDate":"2026-11-01","StageName":"Closed Won","Amount":900.50}`
	contact = `[{"ContactID":"c-1","ContactNumber":"001A","Name":"Big deal","ContactStatus":"ACTIVE"}]`
)

// newDecider is a plan that asks people: a choice, a question of large deals alone, one for
// each element of nested loops, and one after a lost answer.
func newDecider(t *testing.T, edits ...string) *host {
	t.Helper()
	h := newHost(t, programOf(t, "testdata/decide.yaml", edits...))
	h.answers = map[string]any{"trigger": tree(deal), "contact/find/0": tree(contact)}
	h.outcomes["invoice"] = outs(created)
	h.outcomes["memo"] = outs(ok(tree(`{"InvoiceID":"m-1","InvoiceNumber":"MEMO-006A"}`)))
	h.outcomes["back"] = outs(updated)
	for _, path := range parts {
		h.outcomes[strings.Replace(path, "wanted", "extra", 1)] = outs(created)
	}
	return h
}

var parts = []string{"every[0].parts[0].wanted", "every[0].parts[1].wanted", "every[1].parts[0].wanted", "every[1].parts[1].wanted"}

// reply puts a person's word on record.
func (h *host) reply(path, answer, record string) {
	h.add(engine.KindReplied, engine.Reply{Version: engine.ReplyVersion, Path: path, Answer: answer, Record: record, By: "Dana"})
}

// answering drives the run and answers what it asks, each time with the next of the words
// for that path; it stops where nobody has an answer.
func (h *host) answering(words map[string][]string) engine.Action {
	h.t.Helper()
	for {
		a := h.run()
		if a.Kind != engine.DoHold || len(words[a.Path]) == 0 {
			return a
		}
		answer, record, _ := strings.Cut(words[a.Path][0], " ")
		words[a.Path] = words[a.Path][1:]
		h.reply(a.Path, answer, record)
	}
}

// writes lists the paths of the intents on record.
func (h *host) writes() []string {
	h.t.Helper()
	var out []string
	for _, e := range h.log {
		var in engine.Intent
		if e.Kind == engine.KindIntent {
			if err := json.Unmarshal(e.Data, &in); err != nil {
				h.t.Fatal(err)
			}
			out = append(out, in.Path)
		}
	}
	return out
}

// holds lists what it was held for, in order: path and shown values.
func (h *host) holds() []string {
	h.t.Helper()
	var out []string
	for _, e := range h.log {
		var held engine.Hold
		if e.Kind != engine.KindHeld {
			continue
		}
		if err := json.Unmarshal(e.Data, &held); err != nil {
			h.t.Fatal(err)
		}
		var text strings.Builder
		text.WriteString(held.Path)
		for _, s := range held.Show {
			fmt.Fprintf(&text, " %s=%s", s.Name, s.Value)
		}
		out = append(out, text.String())
	}
	return out
}

func all(answer string) map[string][]string {
	out := map[string][]string{"terms": {"net60"}}
	for _, p := range parts {
		out[p] = []string{answer}
	}
	return out
}

// TestAsk follows what people answer to what is written and given.
func TestAsk(t *testing.T) {
	large := with(tree(deal), map[string]any{"Amount": json.Number("5000")})
	tests := []struct {
		name    string
		setup   func(h *host, words map[string][]string)
		writes  []string
		end     string
		outputs string
	}{
		{
			name: "no part is wanted", setup: func(*host, map[string][]string) {},
			writes: []string{"invoice", "memo", "back"}, end: "done",
			outputs: `{"amount":900.50,"invoice":"SF-006A","memo":"m-1","terms":"net60"}`,
		},
		{
			name: "one part is wanted",
			setup: func(_ *host, words map[string][]string) {
				words[parts[2]] = []string{"yes"}
			},
			writes: []string{"invoice", "memo", "every[1].parts[0].extra", "back"}, end: "done",
			outputs: `{"amount":900.50,"invoice":"SF-006A","memo":"m-1","terms":"net60"}`,
		},
		{
			name: "a large deal, and its amount is right",
			setup: func(h *host, words map[string][]string) {
				h.answers["trigger"], words["sure"] = large, []string{"yes"}
			},
			writes: []string{"invoice", "memo", "back"}, end: "done",
			outputs: `{"amount":5000,"invoice":"SF-006A","memo":"m-1","sure":true,"terms":"net60"}`,
		},
		{
			name: "a large deal, and its amount is wrong",
			setup: func(h *host, words map[string][]string) {
				h.answers["trigger"], words["sure"] = large, []string{"no"}
			},
			end: "refused: amount is wrong", outputs: `null`,
		},
		{
			name:  "nobody answers",
			setup: func(_ *host, words map[string][]string) { delete(words, "terms") },
			end:   "ask: Which payment terms apply?", outputs: `null`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, words := newDecider(t), all("no")
			tt.setup(h, words)
			a := h.answering(words)
			if diff := cmp.Diff(tt.writes, h.writes()); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			got, reason := string(a.End.State), a.End.Reason
			if a.Kind == engine.DoHold {
				got, reason = string(a.Hold.Code), a.Hold.Message
			}
			if want, text, _ := strings.Cut(tt.end, ": "); got != want || !strings.Contains(reason, text) {
				t.Errorf("ended %s: %s; want %s", got, reason, tt.end)
			}
			if raw, _ := json.Marshal(a.End.Outputs); string(raw) != tt.outputs {
				t.Errorf("gave %s, want %s", raw, tt.outputs)
			}
			replayed(t, h)
		})
	}
}

// TestAskedAgain: an answer counts for what the person saw, until something was written on
// the strength of it; and it is asked once for every element, wherever that stands.
func TestAskedAgain(t *testing.T) {
	h := newDecider(t)
	if a := h.run(); a.Path != "terms" {
		t.Fatalf("got %s %s, want the question", a.Kind, a.Path)
	}
	h.answers["trigger"] = with(tree(deal), map[string]any{"Amount": json.Number("950")})
	h.reply("terms", "net30", "")
	if a := h.run(); a.Path != "terms" || a.Hold.Show[0].Value != "950" {
		t.Fatalf("got %+v, want the question with the new amount", a.Hold)
	}
	h.reply("terms", "net60", "")
	if a := h.run(); a.Path != parts[0] {
		t.Fatalf("got %s, want the first part", a.Path)
	}
	h.answers["trigger"] = with(tree(deal), map[string]any{"Amount": json.Number("1")})
	h.reply(parts[0], "no", "")
	if a := h.answering(all("no")); a.End.State != engine.Done {
		t.Errorf("ended %+v, want done", a)
	}
	want := append([]string{"terms Amount=900.50 Deal=Big deal", "terms Amount=950 Deal=Big deal"},
		parts[0]+" Part=A1", parts[1]+" Part=A2", parts[2]+" Part=B1", parts[3]+" Part=B2")
	if diff := cmp.Diff(want, h.holds()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	replayed(t, h)
}

// TestAskListMoves: a list that was read again after an answer is another by now. What was
// said of an element stays with it.
func TestAskListMoves(t *testing.T) {
	h := newDecider(
		t, "  - id: every\n", "  - {id: lines, read: salesforce.query, select: [Id, Description], from: OpportunityLineItem, where: {OpportunityId: \"${opportunity.Id}\"}}\n  - id: every\n",
		"each: ${['A', 'B']}", "each: ${lines}", "tier + part", "string(tier.Id) + part", "${['1', '2']}", "${['1']}", "max: 2", "max: 3",
	)
	h.answers["lines"] = tree(`[{"Id":"A"},{"Id":"B"}]`)
	first := "every[0].parts[0].extra"
	h.outcomes[first] = outs(created, created)
	words := map[string][]string{"terms": {"net30"}, "every[0].parts[0].wanted": {"yes"}}
	if a := h.answering(words); a.Path != "every[1].parts[0].wanted" {
		t.Fatalf("got %s, want the second line", a.Path)
	}
	h.answers["lines"] = tree(`[{"Id":"C"},{"Id":"A"},{"Id":"B"}]`)
	h.reply("every[1].parts[0].wanted", "no", "")
	if a := h.run(); a.Path != "every[0].parts[0].wanted" {
		t.Fatalf("got %s, want the new line", a.Path)
	}
	h.reply("every[0].parts[0].wanted", "yes", "")
	for {
		a := h.next()
		if a.Kind == engine.DoWrite {
			if a.Path != first || a.Attempt != 2 || !a.Anew || a.Natural != "SF-006A-C1" {
				t.Errorf("writes %s at %s, attempt %d, anew %v; want C, anew, at the first place", a.Natural, a.Path, a.Attempt, a.Anew)
			}
			break
		}
		h.answer(a)
	}
	a := h.run()
	if a.End.State != engine.Done {
		t.Errorf("ended %+v, want done", a)
	}
	if got := h.writes(); !slices.Equal(got, []string{"invoice", "memo", first, first, "back"}) {
		t.Errorf("wrote %v, want one invoice for A and one for C", got)
	}
	want := []string{"terms Amount=900.50 Deal=Big deal", "every[0].parts[0].wanted Part=A1", "every[1].parts[0].wanted Part=B1", "every[0].parts[0].wanted Part=C1"}
	if diff := cmp.Diff(want, h.holds()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	replayed(t, h)
}

// TestRetriedQuestion: to retry is no answer.
func TestRetriedQuestion(t *testing.T) {
	h := newDecider(t)
	h.run()
	h.add(engine.KindReleased, engine.Released{By: "Dana", Allow: engine.HoldAsk})
	if a := h.run(); a.Path != "terms" {
		t.Errorf("got %s %s, want the question again", a.Kind, a.Path)
	}
}

// TestLostAsk settles a write that nothing but a person can settle.
func TestLostAsk(t *testing.T) {
	memo := tree(`{"InvoiceID":"m-7","InvoiceNumber":"MEMO-006A","Status":"DRAFT"}`)
	for name, tt := range map[string]struct {
		outcomes []apicall.Outcome
		found    any
		words    []string
		held     int // for the lost write
		sent     int
		memo     string
	}{
		"it happened":               {outs(lost), memo, []string{"done m-7"}, 1, 1, "m-7"},
		"it happened, and it died":  {outs(apicall.Outcome{Class: died}), memo, []string{"done m-7"}, 1, 1, "m-7"},
		"it did not":                {outs(lost, ok(memo)), nil, []string{"not-done"}, 1, 2, "m-7"},
		"lost again, asked again":   {outs(lost, lost), memo, []string{"not-done", "done m-7"}, 2, 2, "m-7"},
		"no such record":            {outs(lost, ok(memo)), nil, []string{"done m-8", "not-done"}, 2, 2, "m-7"},
		"not sent, so nothing lost": {outs(ok(memo)), nil, nil, 0, 1, "m-7"},
	} {
		t.Run(name, func(t *testing.T) {
			h, words := newDecider(t), all("no")
			h.outcomes["memo"], words["memo"] = tt.outcomes, tt.words
			if tt.found != nil {
				h.answers["memo/lookup"] = tt.found
			}
			a := h.answering(words)
			if string(a.End.Outputs["memo"]) != `"`+tt.memo+`"` {
				t.Errorf("ended %+v %+v, want done with memo %s", a.End, a.Hold, tt.memo)
			}
			held, sent := 0, 0
			for _, hold := range h.holds() {
				if strings.HasPrefix(hold, "memo") {
					held++
					if !strings.Contains(hold, "Request=POST") || !strings.Contains(hold, "InvoiceNumber=MEMO-006A") {
						t.Errorf("a person cannot tell what to look for: %s", hold)
					}
				}
			}
			for _, path := range h.writes() {
				if path == "memo" {
					sent++
				}
			}
			if held != tt.held || sent != tt.sent {
				t.Errorf("held %d times and sent %d times, want %d and %d", held, sent, tt.held, tt.sent)
			}
			replayed(t, h)
		})
	}
}

// TestEarlierRecord reads what an earlier version wrote: a hold for a lost write that lists no
// answers, and a release that accepts it.
func TestEarlierRecord(t *testing.T) {
	h := newDecider(t)
	h.outcomes["memo"] = outs(lost, lost)
	if a := h.answering(map[string][]string{"terms": {"net30"}}); a.Path != "memo" {
		t.Fatalf("got %s %s, want the lost write", a.Kind, a.Path)
	}
	h.log[len(h.log)-1].Data = json.RawMessage(`{"code":"unknown","path":"memo","message":"xero.updateOrCreateInvoices was sent and its answer was lost: a person must look whether it happened"}`)
	before := slices.Clone(h.log)
	h.log = append(before, engine.Entry{At: h.now, Kind: engine.KindReleased, Data: json.RawMessage(`{"by":"Dana","allow":"unknown"}`)})
	if a := h.run(); a.Path != "memo" || a.Kind != engine.DoHold {
		t.Fatalf("got %s %s, want that the second loss is asked about", a.Kind, a.Path)
	}
	if got := h.writes(); got[len(got)-1] != "memo" {
		t.Errorf("wrote %v, want that it was sent again", got)
	}
	h.log = slices.Clone(before)
	h.reply("memo", engine.Happened, "")
	if a := h.run(); a.Path != "memo" || a.Hold.Needs != "xero.Invoice" {
		t.Errorf("got %s %+v, want the id asked for", a.Kind, a.Hold)
	}
}

// TestRepliesRefused holds records that no engine wrote.
func TestRepliesRefused(t *testing.T) {
	h := newDecider(t)
	h.run()
	for name, tt := range map[string]struct{ data, want string }{
		"no answer":             {`{"v":1,"path":"terms","answer":"net45","by":"Dana"}`, `"net45" is not one of the answers: net30, net60`},
		"another question":      {`{"v":1,"path":"sure","answer":"net30","by":"Dana"}`, "the question is at terms"},
		"nobody":                {`{"v":1,"path":"terms","answer":"net30","by":" "}`, "a name is needed"},
		"a record for an ask":   {`{"v":1,"path":"terms","answer":"net30","record":"x","by":"Dana"}`, "no record belongs"},
		"a later version":       {`{"v":2,"path":"terms","answer":"net30","by":"Dana"}`, "version 2 is not known"},
		"no version":            {`{"path":"terms","answer":"net30","by":"Dana"}`, "version 0 is not known"},
		"not JSON, though held": {`{`, "replied"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := engine.Fold(append(slices.Clone(h.log), engine.Entry{At: h.now, Kind: engine.KindReplied, Data: json.RawMessage(tt.data)}))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	free := append(slices.Clone(h.log[:1]), engine.Entry{At: h.now, Kind: engine.KindReplied, Data: json.RawMessage(`{"v":1,"path":"terms","answer":"net30","by":"Dana"}`)})
	if _, err := engine.Fold(free); err == nil || !strings.Contains(err.Error(), "not held") {
		t.Errorf("got %v, want that nothing was asked", err)
	}
}

// TestFindInOrder: the ways to find a record are tried in order, one whose value is absent is
// passed over, and the first that knows a record wins.
func TestFindInOrder(t *testing.T) {
	for name, tt := range map[string]struct {
		next    any // NextStep of the deal, which the second way looks for
		answers map[string]any
		want    []string
		end     engine.HoldCode
	}{
		"the first knows":        {"a@b.example", map[string]any{"contact/find/0": tree(contact)}, []string{"read contact/find/0"}, ""},
		"the second is absent":   {nil, map[string]any{"contact/find/2": tree(contact)}, []string{"read contact/find/0", "read contact/find/2"}, ""},
		"the second is empty":    {"", map[string]any{"contact/find/2": tree(contact)}, []string{"read contact/find/0", "read contact/find/2"}, ""},
		"the second knows":       {"a@b.example", map[string]any{"contact/find/1": tree(`[{"ContactID":"c-2","EmailAddress":"A@b.example"}]`)}, []string{"read contact/find/0", "read contact/find/1"}, ""},
		"the second knows two":   {"a@b.example", map[string]any{"contact/find/1": tree(`[{"ContactID":"c-2","EmailAddress":"a@b.example"},{"ContactID":"c-3","EmailAddress":"a@b.example"}]`)}, []string{"read contact/find/0", "read contact/find/1", "hold contact/find/1"}, engine.HoldPerson},
		"the third is another's": {nil, map[string]any{"contact/find/2": tree(`[{"ContactID":"c-2","Name":"Big deal","ContactNumber":"001Z"}]`)}, []string{"read contact/find/0", "read contact/find/2", "hold contact/find/2"}, engine.HoldPerson},
		"nobody knows":           {"a@b.example", nil, []string{"read contact/find/0", "read contact/find/1", "read contact/find/2", "write contact/create"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newDecider(t)
			h.answers = map[string]any{"trigger": with(tree(deal), map[string]any{"NextStep": tt.next})}
			if tt.next == nil {
				h.answers["trigger"] = tree(deal)
			}
			maps.Copy(h.answers, tt.answers)
			h.outcomes["contact/create"] = outs(ok(tree(`{"ContactID":"c-9"}`)))
			a := h.answering(all("no"))
			var got []string
			for _, took := range h.took {
				if strings.Contains(took, " contact/") && !slices.Contains(got, took) {
					got = append(got, took)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("looked (-want +got):\n%s", diff)
			}
			if a.Hold.Code != tt.end {
				t.Errorf("ended %+v %+v, want %q", a.End, a.Hold, tt.end)
			}
		})
	}
}

// fate answers by path and attempt alone, so that a run taken up anywhere meets the same
// vendors and the same people.
type fate struct {
	*host
	seed int
	st   *engine.State // the record so far, as a host keeps it
	seen int           // entries in it
}

func (f *fate) next() engine.Action {
	f.t.Helper()
	var err error
	if f.st == nil {
		f.st, err = engine.Fold(f.log)
		f.seen = len(f.log)
	}
	for ; err == nil && f.seen < len(f.log); f.seen++ {
		err = f.st.Apply(f.log[f.seen])
	}
	if err != nil {
		f.t.Fatal(err)
	}
	return f.prog.Next(f.st)
}

func (f *fate) chance(what string, n int) int {
	h := fnv.New32a()
	fmt.Fprintf(h, "%d %s", f.seed, what)
	return int(h.Sum32()>>8) % n
}

// live drives the run from where its record ends to the end of the run.
func (f *fate) live() {
	f.t.Helper()
	for range 400 {
		a := f.next()
		f.now = f.now.Add(time.Second)
		switch a.Kind {
		case engine.DoRead:
			f.answer(a)
		case engine.DoWrite:
			f.send(a)
		case engine.DoHold:
			f.add(engine.KindHeld, a.Hold)
		case engine.DoWait:
			f.release(a.Hold)
		case engine.DoFinish:
			f.add(engine.KindFinished, a.End)
		case engine.DoNone:
			return
		default:
			f.t.Fatalf("unexpected %s", a.Kind)
		}
	}
	f.t.Fatal("no end")
}

func (f *fate) send(a engine.Action) {
	out := created
	switch f.chance(fmt.Sprint(a.Path, a.Attempt), 4) {
	case 0:
		out = lost
	case 1:
		if a.Attempt < 3 {
			out = refused(catalog.ClassData, "not now")
		}
	}
	f.outcomes[a.Path] = outs(out)
	f.write(a)
}

func (f *fate) release(h engine.Hold) {
	switch choices := h.Choices(); {
	case h.Code == engine.HoldUnknown && f.chance("lost"+h.Path, 2) == 0:
		f.reply(h.Path, engine.Happened, "m-1")
	case h.Code == engine.HoldUnknown:
		f.reply(h.Path, engine.NotHappened, "")
	case len(choices) > 0:
		f.reply(h.Path, choices[f.chance(h.Path, len(choices))], "")
	case !h.Until.IsZero():
		f.now = h.Until
		f.add(engine.KindReleased, engine.Released{By: engine.ByTime})
	default:
		f.add(engine.KindReleased, engine.Released{By: "Dana"})
	}
}

// calls are the requests of a record, in order, with what they were.
func (h *host) calls() []string {
	var out []string
	for _, e := range h.log {
		if !slices.Contains([]engine.Kind{engine.KindAnswered, engine.KindIntent, engine.KindReplied, engine.KindFinished}, e.Kind) {
			continue
		}
		var in struct {
			Path    string
			Attempt int
			Request apicall.Request
			Answer  string
			State   engine.RunState
			Outputs json.RawMessage
		}
		if err := json.Unmarshal(e.Data, &in); err != nil {
			h.t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%s %s %d %s %s %s %s", e.Kind, in.Path, in.Attempt, in.Request.Body, in.Answer, in.State, in.Outputs))
	}
	return out
}

// TestAnyPrefix takes a run up from every prefix of its record and goes on: the calls, the
// answers and the end are the same, whatever the vendors and the people do.
func TestAnyPrefix(t *testing.T) {
	prog := programOf(t, "testdata/decide.yaml")
	long := 0
	for seed := range 8 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			begin := func() *fate {
				h := newHost(t, prog)
				amount := json.Number(fmt.Sprint(800 + 100*(seed%4)))
				h.answers = map[string]any{
					"trigger": with(tree(deal), map[string]any{"Amount": amount}), "contact/find/0": tree(contact),
					"invoice/lookup": tree(`[]`), "memo/lookup": tree(`{"InvoiceID":"m-1"}`),
				}
				for _, path := range parts {
					h.answers[strings.Replace(path, "wanted", "extra", 1)+"/lookup"] = tree(`[]`)
				}
				return &fate{host: h, seed: seed}
			}
			whole := begin()
			whole.live()
			want := whole.calls()
			for i := 1; i < len(whole.log); i++ {
				if whole.log[i].Kind == engine.KindOutcome {
					continue // what comes after an intent alone is for the tests that kill
				}
				f := begin()
				f.log, f.now = slices.Clone(whole.log[:i]), whole.log[i-1].At
				f.live()
				if diff := cmp.Diff(want, f.calls()); diff != "" {
					t.Fatalf("after %d of %d entries (-whole +taken up):\n%s", i, len(whole.log), diff)
				}
			}
			if long += len(want) / 20; whole.log[len(whole.log)-1].Kind != engine.KindFinished {
				t.Error("the run did not end")
			}
		})
	}
	if long < 5 {
		t.Errorf("the runs are too short to prove much: %d", long)
	}
}
