package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
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
	all, err := s.matchesPage(r, "", "")
	if err != nil {
		return answer{}, err
	}
	p := &exactPage{Base: Base{Head: "Accept what agrees exactly", Nav: "plans"}, Plan: all.Plan, Mapping: all.Mapping, Newest: all.Newest, Rows: []matchRow{}}
	for _, m := range all.Rows {
		if all.Records && m.Sure && m.Waits {
			p.Rows = append(p.Rows, m)
		}
	}
	p.Shown = shownRows(p.Rows)
	return show("exact", p), nil
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
	a, err := s.exact(r)
	if err != nil {
		return answer{}, err
	}
	p, ok := a.page.(*exactPage)
	if !ok {
		return answer{}, fmt.Errorf("exact: %T is not its page", a.page)
	}
	if len(p.Rows) == 0 || p.Shown != r.PostForm.Get("shown") {
		p.Moved = true
		return answer{status: http.StatusConflict, name: "exact", page: p}, nil
	}
	v := who(r.Context())
	rows, err := s.app.ApproveExact(r.Context(), p.Plan, p.Mapping, v.Name, "accepted together: code or name agree exactly")
	if err != nil {
		return answer{}, err
	}
	s.people.tell(v.session, flash{Text: plural(len(rows), "row") + " accepted."})
	return goTo(to("mappings", p.Plan, p.Mapping)), nil
}
