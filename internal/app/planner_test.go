package app

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/loop"
)

// speaker is a model in this process that says what the test wants.
type speaker struct {
	mu    sync.Mutex
	say   func(llm.Request) (string, error)
	asked []llm.Request
}

func (s *speaker) Name() string   { return "test speaker" }
func (s *speaker) Caps() llm.Caps { return llm.Caps{StrictSchema: true} }
func (s *speaker) Complete(_ context.Context, r llm.Request) (llm.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r)
	text, err := s.say(r)
	return llm.Response{Text: text, Finish: llm.Stop, Usage: llm.Usage{Input: 10, Output: 5}}, err
}

// perfect answers every goal with the plan that the rules draft for ours.
func (h *house) perfect() *speaker {
	h.t.Helper()
	d, err := h.app.Draft(h.t.Context(), goal, Rules)
	if err != nil {
		h.t.Fatal(err)
	}
	answer, err := loop.Submission(d.Draft.Plan)
	if err != nil {
		h.t.Fatal(err)
	}
	return &speaker{say: func(llm.Request) (string, error) { return string(answer), nil }}
}

func TestDraftWithModel(t *testing.T) {
	h := newHouse(t)
	m := h.perfect()
	h.app.cfg.Model = m
	for _, planner := range []string{Auto, Model, ""} {
		m.asked = nil
		d, err := h.app.NewDraft(t.Context(), goal, planner, dana)
		if err != nil {
			t.Fatal(err)
		}
		if d.Planner != Model || d.Checked == nil || d.Notice != "" || len(m.asked) != 1 {
			t.Errorf("planner %q: by %s, %d calls, notice %q, findings %v", planner, d.Planner, len(m.asked), d.Notice, d.Findings)
		}
		said, err := h.app.Transcript(t.Context(), d.ID)
		if err != nil || !strings.Contains(string(said), `"what":"ended"`) || !strings.Contains(string(said), goal) {
			t.Errorf("transcript: %d bytes, %v", len(said), err)
		}
		if err := h.app.DiscardDraft(t.Context(), d.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.app.Transcript(t.Context(), d.ID); !errors.Is(err, ErrNotFound) {
			t.Errorf("the transcript outlived its draft: %v", err)
		}
	}
	if _, err := h.app.NewDraft(t.Context(), goal, Rules, dana); err != nil || len(m.asked) != 1 {
		t.Errorf("the rules asked the model: %d calls, %v", len(m.asked), err)
	}
}

// However a model fails, auto answers all the same and says why; asked for by name, the
// failure is an error that says what to do.
func TestModelFails(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		next string
	}{
		"away":    {&llm.Unavailable{What: "connection refused"}, "model.url"},
		"key":     {&llm.Auth{Status: 401}, "PLANWRIGHT_MODEL_KEY"},
		"name":    {&llm.UnknownModel{Name: "gpt-9"}, "PLANWRIGHT_MODEL"},
		"limited": {&llm.RateLimited{RetryAfter: time.Minute}, "wait"},
		"request": {&llm.BadRequest{Status: 400, What: "no"}, "--planner rules"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.app.cfg.Model = &speaker{say: func(llm.Request) (string, error) { return "", c.err }}
			d, err := h.app.Draft(t.Context(), goal, Auto)
			if err != nil || d.Planner != Rules || d.Draft == nil {
				t.Fatalf("auto: %+v, %v", d, err)
			}
			if !strings.Contains(d.Notice, c.err.Error()) || !strings.Contains(d.Notice, "without a model") {
				t.Errorf("notice: %q", d.Notice)
			}
			_, err = h.app.Draft(t.Context(), goal, Model)
			var p *Problem
			if !errors.As(err, &p) || !strings.Contains(p.Next, c.next) {
				t.Errorf("model: got %v, want a problem whose next step names %q", err, c.next)
			}
			if kept, err := h.app.Drafts(t.Context()); err != nil || len(kept) != 0 {
				t.Errorf("a failed draft was kept: %d, %v", len(kept), err)
			}
		})
	}
}

func TestNoModel(t *testing.T) {
	h := newHouse(t)
	var p *Problem
	if _, err := h.app.Draft(t.Context(), goal, Model); !errors.As(err, &p) {
		t.Errorf("got %v, want a problem with advice", err)
	}
	if _, err := h.app.Draft(t.Context(), goal, "oracle"); !errors.As(err, &p) || !strings.Contains(p.Next, "rules") {
		t.Errorf("an unknown planner: got %v", err)
	}
}

// What would be sent can be read before anything is sent, and is what is sent then.
func TestPrompt(t *testing.T) {
	h := newHouse(t)
	m := h.perfect()
	h.app.cfg.Model = m
	shown, err := h.app.Prompt(goal)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.asked) != 0 {
		t.Fatal("showing the prompt sent it")
	}
	if _, err := h.app.Draft(t.Context(), goal, Model); err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(m.asked[0])
	got, _ := json.Marshal(shown)
	if string(got) != string(want) {
		t.Errorf("shown %d bytes, sent %d bytes", len(got), len(want))
	}
	for _, record := range []string{"Kea Systems", h.company.Products[0].Name} {
		if strings.Contains(string(want), record) {
			t.Errorf("the planning prompt holds text of a record: %q", record)
		}
	}
}

// A model's opinion on a match is asked only when a person configured it, is shown as a
// reason, and makes no row one that may be approved with others.
func TestAdjudicate(t *testing.T) {
	h := newHouse(t)
	m := &speaker{say: func(r llm.Request) (string, error) {
		return `{"decision": "choose", "candidate": "c1", "reason": "the same thing in other words"}`, nil
	}}
	h.app.cfg.Model = m
	h.approved(goal)
	m.asked = nil
	plain, err := h.app.Match(t.Context(), h.name)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.asked) != 0 {
		t.Fatalf("%d questions were asked though nobody wants opinions", len(m.asked))
	}
	h.app.cfg.Adjudicate = true
	views, err := h.app.Match(t.Context(), h.name)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.asked) == 0 {
		t.Fatal("no question was asked")
	}
	if len(views[0].Open) >= len(plain[0].Open) {
		t.Errorf("open before %d, after %d: no choice was taken up", len(plain[0].Open), len(views[0].Open))
	}
	chosen := 0
	for _, r := range views[0].Rows {
		if strings.Contains(strings.Join(r.Reasons, ";"), "test speaker chooses it") {
			chosen++
			if r.Sure {
				t.Errorf("%s → %s is sure because a model says so", r.From, r.Target)
			}
		}
	}
	if chosen == 0 {
		t.Error("no row shows the model's reason")
	}
	for _, r := range m.asked {
		if text := r.System + r.Messages[0].Text; strings.Contains(text, "01t") {
			t.Errorf("an id of a record was sent: %.300s", text)
		}
	}
}
