package engine_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
)

// due is an invoice that falls due three days after the start.
const due = `{"InvoiceID":"i-1","InvoiceNumber":"SF-006A","Type":"ACCREC","Status":"AUTHORISED","AmountDue":90.5,"CurrencyCode":"NZD","DueDate":"2026-11-05"}`

func newDebtor(t *testing.T, edits ...string) *host {
	t.Helper()
	h := newHost(t, programOf(t, "testdata/overdue-task.yaml", edits...))
	h.answers = map[string]any{
		"trigger": tree(due), "latest": tree(due), "deals": tree(`[{"Id":"006A","OwnerId":"005A"}]`), "remind[0].task/lookup": tree(`[]`),
		"remind[0].after": tree(due),
	}
	return h
}

// TestWait drives the plan for overdue invoices through what may happen while it waits.
func TestWait(t *testing.T) {
	waited := []string{"read trigger", "hold overdue", "read trigger", "read latest", "read deals"}
	made := ok(tree(`{"id":"00TA","success":true}`))
	tests := []struct {
		name  string
		edits []string
		setup func(h *host)
		want  []string
		end   string
		at    time.Time // when it held first
	}{
		{
			name:  "until the day after has begun everywhere, and then anew",
			setup: func(h *host) { h.outcomes["remind[0].task"] = outs(made) },
			want:  append(waited[:5:5], "write remind[0].task", "read remind[0].after", "finish"), end: "done", at: time.Date(2026, 11, 6, 12, 0, 0, 0, time.UTC),
		},
		{
			name:  "an instant, to the second",
			edits: []string{"invoice.DueDate.addDays(1)}\"}", "instant('2026-11-03T10:00:00+13:00')}\"}"},
			setup: func(h *host) { h.outcomes["remind[0].task"] = outs(made) },
			want:  append(waited[:5:5], "write remind[0].task", "read remind[0].after", "finish"), end: "done", at: time.Date(2026, 11, 2, 21, 0, 0, 0, time.UTC),
		},
		{
			name: "long past: nothing to wait for",
			setup: func(h *host) {
				h.answers["trigger"] = with(tree(due), map[string]any{"DueDate": "2026-10-01"})
				h.outcomes["remind[0].task"] = outs(made)
			},
			want: []string{"read trigger", "read latest", "read deals", "write remind[0].task", "read remind[0].after", "finish"}, end: "done",
		},
		{
			name:  "too far ahead",
			setup: func(h *host) { h.answers["trigger"] = with(tree(due), map[string]any{"DueDate": "2027-12-31"}) },
			want:  []string{"read trigger", "hold overdue"}, end: "person: more than 400 days",
		},
		{
			name:  "paid in the last moment",
			setup: func(h *host) { h.answers["latest"] = with(tree(due), map[string]any{"Status": "PAID"}) },
			want:  append(waited[:4:4], "finish"), end: "refused: not owed any more", at: time.Date(2026, 11, 6, 12, 0, 0, 0, time.UTC),
		},
		{
			name: "the task's answer is lost: looked for until it could no longer appear",
			setup: func(h *host) {
				h.outcomes["remind[0].task"] = outs(lost, made)
			},
			want: append(waited[:5:5], "write remind[0].task", "read remind[0].task/lookup", "hold remind[0].task",
				"read remind[0].task/lookup", "write remind[0].task", "read remind[0].after", "finish"), end: "done", at: time.Date(2026, 11, 6, 12, 0, 0, 0, time.UTC),
		},
		{
			name: "the task's answer is lost, and the task is there",
			setup: func(h *host) {
				h.outcomes["remind[0].task"] = outs(apicall.Outcome{Class: died})
				h.answers["remind[0].task/lookup"] = tree(`[{"Id":"00TA","Xero_Follow_Up__c":"SF-006A overdue 006A","Status":"In Progress"}]`)
			},
			want: append(waited[:5:5], "write remind[0].task", "read remind[0].task/lookup", "read remind[0].after", "finish"), end: "done", at: time.Date(2026, 11, 6, 12, 0, 0, 0, time.UTC),
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newDebtor(t, tt.edits...)
			tt.setup(h)
			a := h.run()
			if diff := cmp.Diff(tt.want, h.took); diff != "" {
				t.Errorf("actions (-want +got):\n%s", diff)
			}
			got, reason := string(a.End.State), a.End.Reason
			if a.Kind == engine.DoHold {
				got, reason = string(a.Hold.Code), a.Hold.Message
			}
			if want, text, _ := strings.Cut(tt.end, ": "); got != want || !strings.Contains(reason, text) {
				t.Errorf("ended %s: %s; want %s", got, reason, tt.end)
			}
			first := held(t, h)
			if !tt.at.IsZero() && (first.Code != engine.HoldWaiting || !first.Until.Equal(tt.at)) {
				t.Errorf("waited %q until %v, want %v", first.Code, first.Until, tt.at)
			}
			replayed(t, h)
		})
	}
}

// held returns the first hold on record.
func held(t *testing.T, h *host) engine.Hold {
	t.Helper()
	for _, e := range h.log {
		if e.Kind == engine.KindHeld {
			var first engine.Hold
			if err := json.Unmarshal(e.Data, &first); err != nil {
				t.Fatal(err)
			}
			return first
		}
	}
	return engine.Hold{}
}

// TestWaitMoves: the due date was put off while the run waited, so it waits again; and a
// clock that is put back does not make it wait a third time.
func TestWaitMoves(t *testing.T) {
	h := newDebtor(t)
	h.outcomes["remind[0].task"] = outs(ok(tree(`{"id":"00TA","success":true}`)))
	a := h.next()
	h.answer(a)
	h.add(engine.KindHeld, h.next().Hold)
	h.now = time.Date(2026, 11, 6, 12, 0, 0, 0, time.UTC)
	h.add(engine.KindReleased, engine.Released{By: engine.ByTime})
	h.answers["trigger"] = with(tree(due), map[string]any{"DueDate": "2026-11-12"})
	h.answer(h.next())
	a = h.next()
	if want := time.Date(2026, 11, 13, 12, 0, 0, 0, time.UTC); a.Kind != engine.DoHold || !a.Hold.Until.Equal(want) {
		t.Fatalf("got %s %+v, want a hold until %v", a.Kind, a.Hold, want)
	}
	h.add(engine.KindHeld, a.Hold)
	h.now = a.Hold.Until
	h.add(engine.KindReleased, engine.Released{By: engine.ByTime})
	h.now = start // the clock is put back
	if a = h.run(); a.End.State != engine.Done {
		t.Errorf("ended %+v, want done", a)
	}
	replayed(t, h)
}

// TestWaitByPerson: a person who lets a waiting run go on does not shorten the wait, unless
// by saying so.
func TestWaitByPerson(t *testing.T) {
	h := newDebtor(t)
	h.outcomes["remind[0].task"] = outs(ok(tree(`{"id":"00TA","success":true}`)))
	h.answer(h.next())
	for _, r := range []engine.Released{{By: "Dana"}, {By: "Dana", Allow: engine.HoldWaiting}} {
		a := h.next()
		if a.Kind != engine.DoHold || a.Hold.Code != engine.HoldWaiting {
			t.Fatalf("got %s %+v, want the wait", a.Kind, a.Hold)
		}
		h.add(engine.KindHeld, a.Hold)
		h.add(engine.KindReleased, r)
		h.answer(h.next())
	}
	if a := h.run(); a.End.State != engine.Done {
		t.Errorf("ended %+v, want done", a)
	}
}

// TestWaitLongAccepted: a person who accepts that a run waits very long does not make it go
// on at once: nothing is overdue yet.
func TestWaitLongAccepted(t *testing.T) {
	h := newDebtor(t)
	h.outcomes["remind[0].task"] = outs(ok(tree(`{"id":"00TA","success":true}`)))
	h.answers["trigger"] = with(tree(due), map[string]any{"DueDate": "2027-12-31"})
	if a := h.run(); a.Hold.Code != engine.HoldPerson {
		t.Fatalf("got %s %+v, want a person to be asked", a.Kind, a.Hold)
	}
	h.add(engine.KindReleased, engine.Released{By: "Dana", Allow: engine.HoldPerson})
	h.answer(h.next())
	until := time.Date(2028, 1, 1, 12, 0, 0, 0, time.UTC)
	if a := h.next(); a.Hold.Code != engine.HoldWaiting || !a.Hold.Until.Equal(until) {
		t.Errorf("got %s %+v, want it to wait until %v", a.Kind, a.Hold, until)
	}
	if a := h.run(); a.End.State != engine.Done || h.now.Before(until) {
		t.Errorf("ended %+v at %v", a, h.now)
	}
	replayed(t, h)
}
