package web

import (
	"net/http"
	"strings"

	"github.com/planwright/planwright/internal/app"
)

// adoptForm asks for a record at the vendor that is what a held run was to make.
type adoptForm struct {
	Record string `json:"record,omitempty"` // the one that the run itself found
}

// adoptOf is the form of a run; nil where there is nothing to take a record for.
func adoptOf(v app.RunView) *adoptForm {
	if v.Adopt == "" {
		return nil
	}
	record := v.Adopt[strings.LastIndexByte(v.Adopt, ' ')+1:]
	if record == app.AnyRecord {
		record = ""
	}
	return &adoptForm{record}
}

// foundPage shows a record at the vendor against what a run was to make, before it is adopted.
type foundPage struct {
	Base    `json:"-"`
	Run     *runPage     `json:"run"`
	Found   app.Adoption `json:"found"`
	Problem string       `json:"problem,omitempty"`
}

// adoptPage is GET /runs/{id}/adopt?record=ID: it reads the record and changes nothing.
func (s *Web) adoptPage(r *http.Request) (answer, error) {
	p, err := s.runPage(r, param(r, "id"))
	if err != nil {
		return answer{}, err
	}
	if p.Adopt == nil {
		return answer{}, notHeld(p)
	}
	found, err := s.app.Adopt(r.Context(), p.ID, r.URL.Query().Get("record"), app.AdoptWord{Look: true})
	if err != nil {
		return answer{}, notAdopted(err)
	}
	return show("adopt", &foundPage{Base: Base{Head: "Is this the one?", Nav: "runs"}, Run: p, Found: found}), nil
}

// adoptRecord is POST /runs/{id}/adopt: it adopts the record as the person saw it. Where it
// differs in more than they saw, or they did not say that they take it so, it is shown again.
func (s *Web) adoptRecord(r *http.Request) (answer, error) {
	p, err := s.runPage(r, param(r, "id"))
	if err != nil {
		return answer{}, err
	}
	if p.Adopt == nil {
		return answer{}, notHeld(p)
	}
	v, form := who(r.Context()), r.PostForm
	found, err := s.app.Adopt(r.Context(), p.ID, form.Get("record"), app.AdoptWord{
		By: v.Name, Why: strings.TrimSpace(form.Get("reason")), Despite: form.Get("despite") == "yes" && form.Get("seen") != "", Seen: form.Get("seen"),
	})
	if err != nil {
		return answer{}, notAdopted(err)
	}
	if !found.Adopted {
		page := &foundPage{Base: Base{Head: "Is this the one?", Nav: "runs"}, Run: p, Found: found, Problem: "Nothing was done. It is only adopted when you say that you take it as it is now."}
		return answer{status: http.StatusUnprocessableEntity, name: "adopt", page: page}, nil
	}
	s.log.Info("run adopts", "run", p.ID, "person", v.Name, "record", found.Record)
	s.people.tell(v.session, flash{Text: "You adopted " + clip(found.Record, 80) + ". The run goes on."})
	return goTo(to("runs", p.ID)), nil
}

func notAdopted(err error) error {
	return &httpError{http.StatusUnprocessableEntity, "It cannot be adopted", sentence(err.Error()) + " Nothing was done.", "Look at the run again."}
}
