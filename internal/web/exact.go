package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/planwright/planwright/internal/app"
)

// exactPage lists what would be accepted together, before it is.
type exactPage struct {
	Base    `json:"-"`
	Plan    string     `json:"plan"`
	Mapping string     `json:"mapping"`
	Rows    []matchRow `json:"rows"`
	// Shown names exactly these rows, whatever their number.
	Shown  string `json:"shown"`
	Newest string `json:"-"`
	// Moved says that other rows were shown when somebody accepted them.
	Moved bool `json:"moved,omitempty"`
}

// exact is GET …/exact.
func (s *Web) exact(r *http.Request) (answer, error) {
	p, err := s.exactPage(r)
	if err != nil {
		return answer{}, err
	}
	return show("exact", p), nil
}

func (s *Web) exactPage(r *http.Request) (*exactPage, error) {
	all, err := s.matchesPage(r, "", "")
	if err != nil {
		return nil, err
	}
	p := &exactPage{Base: Base{Head: "Accept what agrees exactly", Nav: "plans"}, Plan: all.Plan, Mapping: all.Mapping, Newest: all.Newest, Rows: []matchRow{}}
	for _, m := range all.Rows {
		if all.Records && m.Sure && m.Waits {
			p.Rows = append(p.Rows, m)
		}
	}
	p.Shown = shownRows(p.Rows)
	return p, nil
}

// shownRows names a list of rows by a digest. Some mappings have more rows than a form may
// hold names of.
func shownRows(rows []matchRow) string {
	h := sha256.New()
	var names []string
	for _, m := range rows {
		names = append(names, fmt.Sprintf("%d:%s%d:%s", len(m.KeyText), m.KeyText, len(m.Row), m.Row))
	}
	slices.Sort(names) // their order on the page is that of the runs that wait now
	for _, name := range names {
		h.Write([]byte(name))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// approveExact is POST …/exact. Which rows were shown comes back with it: rows that came
// since were not seen by anybody.
func (s *Web) approveExact(r *http.Request) (answer, error) {
	p, err := s.exactPage(r)
	if err != nil {
		return answer{}, err
	}
	v, shown := who(r.Context()), app.Shown{}
	for _, m := range p.Rows {
		shown[m.KeyText] = m.Row
	}
	err = app.ErrMoved
	var rows []app.RowView
	if len(p.Rows) > 0 && p.Shown == r.PostForm.Get("shown") {
		rows, err = s.app.ApproveExact(r.Context(), p.Plan, p.Mapping, shown, v.Name, "accepted together: code or name agree exactly")
	}
	if errors.Is(err, app.ErrMoved) {
		if p, err = s.exactPage(r); err != nil {
			return answer{}, err
		}
		p.Moved = true
		return answer{status: http.StatusConflict, name: "exact", page: p}, nil
	}
	if err != nil {
		return answer{}, err
	}
	s.people.tell(v.session, flash{Text: plural(len(rows), "row") + " accepted."})
	return goTo(to("mappings", p.Plan, p.Mapping)), nil
}
