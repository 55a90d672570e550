package web

import (
	"net/http"
	"strings"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/engine"
)

// askView is what a held run asks a person.
type askView struct {
	ID    string         `json:"-"`
	Step  string         `json:"step"`
	Lost  bool           `json:"lost,omitempty"` // it asks what became of a write
	Text  string         `json:"question"`
	Show  []engine.Shown `json:"show"`
	Words []string       `json:"answers,omitempty"` // one button each
	// Happened says that a lost write can be said to have happened; Needs is the object of which
	// a record must then be named.
	Happened bool   `json:"happened,omitempty"`
	Needs    string `json:"needs,omitempty"`
	Asked    string `json:"-"` // tells this question from any other
	From     string `json:"-"` // where the person answers: "inbox"
}

// askOf is what a run asks; nil when it asks nothing.
func askOf(v app.RunView, from string) *askView {
	if v.State != engine.Held || v.Hold == nil || len(v.Hold.Choices()) == 0 {
		return nil
	}
	h := v.Hold
	a := &askView{ID: v.ID, Step: h.Path, Text: h.Message, Show: h.Show, Needs: h.Needs, Asked: h.Asked(), From: from}
	if h.Code == engine.HoldUnknown {
		a.Lost = true
		for _, c := range h.Choices() {
			a.Happened = a.Happened || c == engine.Happened
		}
		return a
	}
	a.Words = h.Choices()
	return a
}

// answerRun is POST /runs/{id}/answer: it takes an answer to the very question that the
// person saw, and says no if the run asks another by now.
func (s *Web) answerRun(r *http.Request) (answer, error) {
	p, err := s.runPage(r, param(r, "id"))
	if err != nil {
		return answer{}, err
	}
	form, v := r.PostForm, who(r.Context())
	reply := engine.Reply{
		Path: form.Get("step"), Answer: form.Get("answer"), Record: strings.TrimSpace(form.Get("record")), By: v.Name, Asked: form.Get("asked"),
	}
	if p.Ask == nil || p.Ask.Asked != form.Get("asked") || p.Ask.Step != reply.Path {
		return answer{}, notHeld(p)
	}
	if err := p.Hold.Check(reply); err != nil {
		return answer{}, &httpError{http.StatusUnprocessableEntity, "That is not an answer", sentence(err.Error()) + " Nothing was done.", "Look at the run again."}
	}
	if err := s.app.Answer(r.Context(), p.ID, reply); err != nil {
		return answer{}, err
	}
	s.log.Info("run answered", "run", p.ID, "person", v.Name, "step", reply.Path)
	s.people.tell(v.session, flash{Text: "You answered “" + clip(reply.Answer, 80) + "”. The run goes on."})
	if form.Get("from") == "inbox" {
		return goTo("/"), nil
	}
	return goTo(to("runs", p.ID)), nil
}
