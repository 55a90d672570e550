package engine_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// story is the record of a run whose first sending was lost, looked up and sent again, which was then held for its
// sum, accepted, and ended.
func story(t *testing.T) *host {
	t.Helper()
	h := newHost(t, program(t))
	wrong := with(invoice, map[string]any{"SubTotal": json.Number("110")})
	h.outcomes["invoice"] = []apicall.Outcome{lost, ok(wrong)}
	h.outcomes["back"] = []apicall.Outcome{updated}
	h.answers["invoice/lookup"] = []any{}
	if a := h.run(); a.Kind != engine.DoHold || a.Hold.Code != engine.HoldAssert {
		t.Fatalf("%s %+v after %v", a.Kind, a.Hold, h.took)
	}
	h.add(engine.KindReleased, engine.Released{By: "Dana", Allow: engine.HoldAssert})
	if a := h.run(); a.Kind != engine.DoFinish || a.End.State != engine.Done {
		t.Fatalf("%s %+v after %v", a.Kind, a.Hold, h.took)
	}
	return h
}

func TestReplay(t *testing.T) {
	h := story(t)
	steps, err := h.prog.Replay(runID, h.log)
	if err != nil || len(steps) != len(h.log) {
		t.Fatalf("%d of %d entries: %v", len(steps), len(h.log), err)
	}
	for _, s := range steps {
		if s.Differs != "" {
			t.Errorf("entry %d: %s", s.Entry, s.Differs)
		}
	}
}

// A record that was tampered with, or a machine that decides otherwise, is noticed at that
// very entry.
func TestReplayDiffers(t *testing.T) {
	last := func(h *host, kind engine.Kind) int {
		for i, e := range slices.Backward(h.log) {
			if e.Kind == kind {
				return i
			}
		}
		t.Fatal("no such entry")
		return 0
	}
	tests := []struct {
		name     string
		kind     engine.Kind
		old, new string
		want     string
	}{
		{"another step was read", engine.KindAnswered, `"path":"lines"`, `"path":"line"`, `not at "line"`},
		{"a row nobody asked for", engine.KindRows, `"01tA"`, `"01tX"`, "is not asked for"},
		{"another value was sent", engine.KindIntent, `"Xero_Invoice_Number__c":"SF-006A"`, `"Xero_Invoice_Number__c":"SF-006B"`, ""},
		{"another attempt", engine.KindIntent, `"attempt":1`, `"attempt":2`, "attempt 1, not 2"},
		{"another digest", engine.KindIntent, `"digest":"`, `"digest":"x`, "other bytes"},
		{"another hold", engine.KindHeld, `differs from`, `agrees with`, "another hold"},
		{"another end", engine.KindFinished, `"done"`, `"refused"`, "another end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := story(t)
			i := last(h, tt.kind)
			if tt.kind == engine.KindAnswered || tt.kind == engine.KindRows {
				i = slices.IndexFunc(h.log, func(e engine.Entry) bool { return e.Kind == tt.kind && bytes.Contains(e.Data, []byte(tt.old)) })
			}
			changed := strings.Replace(string(h.log[i].Data), tt.old, tt.new, 1)
			if tt.name == "another value was sent" { // the bytes of the request are in base64
				var in engine.Intent
				if err := json.Unmarshal(h.log[i].Data, &in); err != nil {
					t.Fatal(err)
				}
				in.Request.Body = []byte(strings.Replace(string(in.Request.Body), tt.old, tt.new, 1))
				raw, err := json.Marshal(in)
				if err != nil {
					t.Fatal(err)
				}
				changed, tt.want = string(raw), "other bytes"
			}
			if changed == string(h.log[i].Data) {
				t.Fatalf("nothing to change in %s", h.log[i].Data)
			}
			h.log[i].Data = json.RawMessage(changed)
			steps, err := h.prog.Replay(runID, h.log)
			if err != nil {
				t.Fatal(err)
			}
			got := steps[len(steps)-1]
			if got.Entry != i+1 || !strings.Contains(got.Differs, tt.want) || got.Differs == "" {
				t.Errorf("entry %d: %q; want entry %d: %q", got.Entry, got.Differs, i+1, tt.want)
			}
		})
	}
}

// What a host holds for on its own is no difference where the machine was about to do the
// thing that was held, and is one elsewhere.
func TestReplayHostHolds(t *testing.T) {
	h := newHost(t, program(t))
	h.add(engine.KindHeld, engine.Hold{Code: engine.HoldVendor, Path: "trigger", Message: "off line"})
	steps, err := h.prog.Replay(runID, h.log)
	if err != nil || steps[1].Differs != "" {
		t.Errorf("held for the vendor at a read: %v %+v", err, steps)
	}
	h = newHost(t, program(t))
	h.add(engine.KindHeld, engine.Hold{Code: engine.HoldUnusual, Path: "trigger", Message: "too many"})
	if steps, err = h.prog.Replay(runID, h.log); err != nil || steps[1].Differs == "" {
		t.Errorf("held for what is unusual at a read: %v %+v", err, steps)
	}
	h = newHost(t, program(t))
	h.add(engine.KindAnswered, engine.Answered{Path: "lines", Outcome: apicall.Outcome{Class: catalog.ClassOK}})
	if steps, err = h.prog.Replay(runID, h.log); err != nil || steps[1].Differs == "" {
		t.Errorf("read out of order: %v %+v", err, steps)
	}
}
