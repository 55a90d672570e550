package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/mapping"
)

// matchesPage is one mapping of a plan, row by row.
type matchesPage struct {
	Base     `json:"-"`
	Plan     string     `json:"plan"`
	Mapping  string     `json:"mapping"`
	From     []string   `json:"from"`
	To       string     `json:"to"`
	Show     string     `json:"show"` // which rows: "", "approved", "rejected"
	Query    string     `json:"query,omitempty"`
	Tabs     []tab      `json:"tabs"`
	Rows     []matchRow `json:"rows"`
	Codes    []codeView `json:"-"` // every record that is known as a candidate
	Decided  int        `json:"decided"`
	All      int        `json:"all"`
	Runs     int        `json:"runs_waiting"`
	Exact    int        `json:"exact"`   // rows that may be accepted together
	Records  bool       `json:"records"` // rows are of records, not of values
	Compared time.Time  `json:"compared,omitzero"`
	Others   []tab      `json:"-"` // the plan's other mappings
	Newest   string     `json:"-"` // the id of the plan's newest proposal
}

// codeView is one record a row may be mapped to.
type codeView struct{ Code, Name string }

// matchRow is one row: what one system says on the left, its match on the right.
type matchRow struct {
	No         int         `json:"no"`
	KeyText    string      `json:"key"`
	Parts      []keyPart   `json:"parts"`
	From       string      `json:"from"`
	State      string      `json:"state"` // of the mapping package, or "open"
	Target     string      `json:"target,omitempty"`
	Code       string      `json:"code,omitempty"`
	Score      int         `json:"score,omitempty"` // of 100
	Sure       bool        `json:"sure,omitempty"`
	Reasons    []string    `json:"reasons,omitempty"`
	Candidates []candidate `json:"candidates,omitempty"`
	Runs       int         `json:"runs,omitempty"`
	By         string      `json:"by,omitempty"`
	At         time.Time   `json:"at,omitzero"`
	Comment    string      `json:"comment,omitempty"`
	Row        string      `json:"row"`
	Waits      bool        `json:"waits"` // for a decision
	Conflict   string      `json:"conflict,omitempty"`
	Problem    string      `json:"problem,omitempty"`
	Typed      string      `json:"-"` // the code of a form that could not be taken
}

// keyPart is one input of a key with its name.
type keyPart struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// candidate is one choice of a row.
type candidate struct {
	app.Candidate
	No     int  `json:"no"`
	Chosen bool `json:"chosen,omitempty"` // the one that was proposed
	Whole  bool `json:"-"`                // its name says its code already
}

// undo is what takes a row's decision back.
type undo struct {
	To  string `json:"to"`
	Key string `json:"key"`
	Row string `json:"row"`
}

// planName confirms that a part of an address can be a plan's name. Names of files cannot.
var planName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$`)

// planAndMapping reads the two names of an address.
func planAndMapping(r *http.Request) (planID, mappingID string, err error) {
	planID, mappingID = param(r, "plan"), param(r, "mapping")
	if !planName.MatchString(planID) {
		return "", "", fmt.Errorf("plan %q: %w", clip(planID, 40), app.ErrNotFound)
	}
	return planID, mappingID, nil
}

// mappings is GET /mappings/{plan}: the plan's first mapping with something to decide.
func (s *Web) mappings(r *http.Request) (answer, error) {
	name, _, err := planAndMapping(r)
	if err != nil {
		return answer{}, err
	}
	views, err := s.app.Mappings(r.Context(), name)
	if err != nil {
		return answer{}, err
	}
	if len(views) == 0 {
		return answer{}, &httpError{http.StatusNotFound, "This plan uses no mapping", "There is nothing to match for " + name + ".", "Look at the plan itself."}
	}
	best := views[0]
	for _, v := range views[1:] {
		if v.Waiting() > 0 && best.Waiting() == 0 {
			best = v
		}
	}
	return goTo(to("mappings", name, best.Name)), nil
}

// match is POST /mappings/{plan}: both systems are read again.
func (s *Web) match(r *http.Request) (answer, error) {
	name, _, err := planAndMapping(r)
	if err != nil {
		return answer{}, err
	}
	views, err := s.app.Match(r.Context(), name)
	if err != nil {
		return answer{}, err
	}
	waiting := 0
	for _, v := range views {
		waiting += v.Waiting()
	}
	s.people.tell(who(r.Context()).session, flash{Text: "Both systems were read again: " + plural(waiting, "row") + " to decide."})
	back := to("mappings", name)
	if m := r.PostForm.Get("mapping"); m != "" {
		back = to("mappings", name, m)
	}
	return goTo(back), nil
}

// matches is GET /mappings/{plan}/{mapping}.
func (s *Web) matches(r *http.Request) (answer, error) {
	p, err := s.matchesPage(r, r.URL.Query().Get("show"), r.URL.Query().Get("q"))
	if err != nil {
		return answer{}, err
	}
	return show("matches", p), nil
}

func (s *Web) matchesPage(r *http.Request, showing, query string) (*matchesPage, error) {
	name, m, err := planAndMapping(r)
	if err != nil {
		return nil, err
	}
	views, err := s.app.Mappings(r.Context(), name)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(views, func(v app.MappingView) bool { return v.Name == m })
	if i < 0 {
		return nil, fmt.Errorf("mapping %q of plan %s: %w", clip(m, 40), name, app.ErrNotFound)
	}
	p := &matchesPage{
		Base: s.live(m+" · "+name, "plans"), Plan: name, Mapping: m, From: views[i].From, To: views[i].To,
		Show: showing, Query: strings.TrimSpace(query), Records: views[i].Records, Compared: views[i].Compared, Rows: []matchRow{},
	}
	for _, v := range views {
		p.Others = append(p.Others, tab{Name: v.Name, Label: v.Name, Count: v.Waiting(), Current: v.Name == m, To: to("mappings", name, v.Name)})
	}
	p.fill(views[i])
	p.Newest, err = s.newest(r, name)
	return p, err
}

// newest returns the id of a plan's newest proposal, empty when there is none.
func (s *Web) newest(r *http.Request, name string) (string, error) {
	plans, err := s.app.Plans(r.Context())
	if err != nil {
		return "", err
	}
	newest := app.PlanView{}
	for _, v := range plans {
		if v.Name == name && !v.At.Before(newest.At) {
			newest = v
		}
	}
	return newest.ID, nil
}

// fill sorts the rows into their tabs and keeps those that are asked for.
func (p *matchesPage) fill(v app.MappingView) {
	var all []matchRow
	for _, o := range v.Open {
		all = append(all, matchRow{
			KeyText: mapping.KeyText(o.Key), Parts: parts(v.From, o.Key), From: o.From, State: "open", Runs: o.Runs, Waits: true,
			Candidates: choose(o.Candidates, "", ""),
		})
	}
	for _, x := range v.Rows {
		all = append(all, rowOf(v.From, x))
	}
	slices.SortStableFunc(all, func(a, b matchRow) int { return b.Runs - a.Runs })
	p.Runs = v.Runs
	counts, known := map[string]int{}, map[string]string{}
	keys, waits := map[string]bool{}, map[string]bool{} // a rejected key may wait again
	for i := range all {
		row := &all[i]
		counts[row.tab()]++
		keys[row.KeyText] = true
		if row.Waits {
			waits[row.KeyText] = true
		}
		if row.Waits && row.Sure {
			p.Exact++
		}
		for _, c := range row.Candidates {
			known[c.Code] = c.Name
		}
		if row.tab() == p.Show && row.says(p.Query) {
			row.No = len(p.Rows) + 1
			p.Rows = append(p.Rows, *row)
		}
	}
	if !p.Records {
		p.Exact = 0
	}
	for _, code := range sortedKeys(known) {
		p.Codes = append(p.Codes, codeView{code, known[code]})
	}
	p.Decided, p.All = len(keys)-len(waits), len(keys)
	self := to("mappings", p.Plan, p.Mapping)
	p.Tabs = []tab{
		{Label: "To decide", Count: counts[""], Current: p.Show == "", To: self},
		{Name: "approved", Label: "Decided", Count: counts["approved"], Current: p.Show == "approved", To: self + "?show=approved"},
		{Name: "rejected", Label: "Rejected", Count: counts["rejected"], Current: p.Show == "rejected", To: self + "?show=rejected"},
	}
}

// tab says under which tab a row is.
func (m matchRow) tab() string {
	switch m.State {
	case string(mapping.Approved):
		return "approved"
	case string(mapping.Rejected), string(mapping.Withdrawn):
		return "rejected"
	}
	return ""
}

// says reports whether a row holds what a person looks for.
func (m matchRow) says(query string) bool {
	text := strings.ToLower(m.From + " " + m.KeyText + " " + m.Target + " " + m.Code)
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

func rowOf(from []string, x app.RowView) matchRow {
	m := matchRow{
		KeyText: mapping.KeyText(x.Key), Parts: parts(from, x.Key), From: x.From, State: string(x.State), Target: x.Target, Code: x.Code,
		Score: x.Score / 10, Sure: x.Sure, Reasons: x.Reasons, Runs: x.Runs, Row: x.Row, Waits: x.State == mapping.Proposed,
		Candidates: choose(x.Candidates, x.Code, x.Target),
	}
	if !m.Waits {
		m.By, m.At, m.Comment = x.By, x.At, x.Comment
	}
	return m
}

// choose numbers what a row offers: what was proposed first, then the others.
func choose(list []app.Candidate, code, target string) []candidate {
	var out []candidate
	if code != "" {
		c := candidate{Candidate: app.Candidate{Code: code, Name: target}, Chosen: true}
		c.Whole = strings.Contains(target, "("+code+")")
		out = append(out, c)
	}
	for _, c := range list {
		if c.Code != code {
			out = append(out, candidate{Candidate: c})
		}
	}
	for i := range out {
		out[i].No = i + 1
	}
	return out
}

// parts names the parts of a key.
func parts(from, key []string) []keyPart {
	var out []keyPart
	for i, value := range key {
		name := ""
		if i < len(from) {
			name = from[i]
		}
		out = append(out, keyPart{name, value})
	}
	return out
}

// keyOf reads which row of which mapping a form is about.
func keyOf(r *http.Request) (name, m string, key []string, err error) {
	if name, m, err = planAndMapping(r); err != nil {
		return "", "", nil, err
	}
	if key, err = mapping.ParseKey(r.PostForm.Get("key")); err != nil {
		return "", "", nil, &httpError{http.StatusBadRequest, "Which row?", "The form did not name one. Nothing was done.", "Open the page again."}
	}
	return name, m, key, nil
}

// decideRow is POST /mappings/{plan}/{mapping}/row: one OK, one row.
func (s *Web) decideRow(r *http.Request) (answer, error) {
	name, m, key, err := keyOf(r)
	if err != nil {
		return answer{}, err
	}
	v, f := who(r.Context()), r.PostForm
	row := f.Get("row")
	d := app.RowDecision{Row: &row, By: v.Name, Comment: strings.TrimSpace(f.Get("comment"))}
	code := strings.TrimSpace(f.Get("code"))
	switch f.Get("answer") {
	case "accept":
		d.Approve, d.To = true, code
		if d.To == "" {
			d.To = f.Get("to")
		}
		if proposed := f.Get("proposed"); d.To == proposed {
			d.To = "" // the row as it was proposed, and not a new one to the same record
		}
		if d.To == "" && f.Get("proposed") == "" {
			return s.rowProblem(r, key, code, http.StatusUnprocessableEntity, "", "Choose what it stands for: one of the candidates, or another by its code.")
		}
	case "reject", "withdraw":
	default:
		return answer{}, &httpError{http.StatusBadRequest, "Accept or reject?", "The form did not say. Nothing was done.", "Open the page again."}
	}
	got, err := s.app.DecideRow(r.Context(), name, m, key, d)
	if err != nil {
		return s.rowError(r, key, code, err)
	}
	text := "Rejected: " + got.From
	switch got.State {
	case mapping.Approved:
		text = got.From + " → " + got.Target
	case mapping.Withdrawn:
		text = "Withdrawn: " + got.From + " → " + got.Target
	case mapping.Proposed, mapping.Rejected:
	}
	s.people.tell(v.session, flash{Text: text, Undo: &undo{To: to("mappings", name, m, "undo"), Key: f.Get("key"), Row: got.Row}})
	return goTo(matchesAt(name, m, f)), nil
}

// matchesAt is the page a form was on.
func matchesAt(name, m string, f url.Values) string {
	q := url.Values{}
	for _, k := range []string{"show", "q"} {
		if f.Get(k) != "" {
			q.Set(k, f.Get(k))
		}
	}
	at := to("mappings", name, m)
	if len(q) > 0 {
		at += "?" + q.Encode()
	}
	return at
}

// rowError shows in its row what stood in the way of a decision.
func (s *Web) rowError(r *http.Request, key []string, code string, err error) (answer, error) {
	problem := (*app.Problem)(nil)
	switch {
	case errors.Is(err, app.ErrMoved), errors.Is(err, mapping.ErrMoved):
		chosen := strings.TrimSpace(code)
		if chosen == "" {
			chosen = r.PostForm.Get("to")
		}
		if r.PostForm.Get("answer") == "reject" {
			chosen = "to reject it"
		}
		return s.rowProblem(r, key, code, http.StatusConflict, cmp.Or(chosen, "no match"), "")
	case errors.As(err, &problem) && !errors.Is(err, app.ErrNotFound):
		return s.rowProblem(r, key, code, http.StatusUnprocessableEntity, "", strings.TrimSpace(sentence(problem.Error())))
	}
	return answer{}, err
}

// rowProblem shows the page again with one row marked. Where somebody else was faster, the
// row is shown wherever it is now, with both answers.
func (s *Web) rowProblem(r *http.Request, key []string, code string, status int, chosen, problem string) (answer, error) {
	p, err := s.matchesPage(r, r.PostForm.Get("show"), r.PostForm.Get("q"))
	if err != nil {
		return answer{}, err
	}
	text := mapping.KeyText(key)
	i := slices.IndexFunc(p.Rows, func(m matchRow) bool { return m.KeyText == text })
	if i < 0 {
		row, ok, err := s.rowNow(r, p, text)
		if err != nil {
			return answer{}, err
		}
		if ok {
			p.Rows = slices.Insert(p.Rows, 0, row)
			for n := range p.Rows {
				p.Rows[n].No = n + 1
			}
			i = 0
		}
	}
	if i >= 0 {
		row := &p.Rows[i]
		row.Problem, row.Typed = problem, code
		if chosen != "" {
			row.Conflict = s.conflictText(*row, chosen)
		}
	}
	return answer{status: status, name: "matches", page: p}, nil
}

// rowNow finds a row under whichever tab it is now.
func (s *Web) rowNow(r *http.Request, p *matchesPage, key string) (matchRow, bool, error) {
	for _, t := range p.Tabs {
		other, err := s.matchesPage(r, t.Name, "")
		if err != nil {
			return matchRow{}, false, err
		}
		if i := slices.IndexFunc(other.Rows, func(m matchRow) bool { return m.KeyText == key }); i >= 0 {
			return other.Rows[i], true, nil
		}
	}
	return matchRow{}, false, nil
}

// conflictText says who was faster, with both answers.
func (s *Web) conflictText(m matchRow, chosen string) string {
	if m.Waits {
		return fmt.Sprintf("This row changed while you looked at it. You chose %s; that was not recorded. Look again.", chosen)
	}
	return fmt.Sprintf("%s decided this on %s: %s %s. You chose %s; that was not recorded.",
		m.By, s.when(m.At), strings.ToLower(stateOf(m.State).Word), cmp.Or(m.Target, m.Code), chosen)
}

// undoRow is POST /mappings/{plan}/{mapping}/undo.
func (s *Web) undoRow(r *http.Request) (answer, error) {
	name, m, key, err := keyOf(r)
	if err != nil {
		return answer{}, err
	}
	v, f := who(r.Context()), r.PostForm
	got, err := s.app.UndoRow(r.Context(), name, m, key, f.Get("row"), v.Name)
	if err != nil {
		return s.rowError(r, key, "", err)
	}
	s.people.tell(v.session, flash{Text: "Taken back: " + got.From + " waits for a decision again."})
	return goTo(matchesAt(name, m, f)), nil
}
