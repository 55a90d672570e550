package web

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/approval"
	"github.com/planwright/planwright/runtime/plan"
)

// plansPage lists proposals, newest first.
type plansPage struct {
	Base  `json:"-"`
	State string         `json:"state,omitempty"`
	Plans []app.PlanView `json:"plans"`
	Tabs  []tab          `json:"tabs"`
}

// tab is one choice of a filter, with how many it shows.
type tab struct {
	Name    string `json:"name"`
	Label   string `json:"label"`
	Count   int    `json:"count"`
	Current bool   `json:"current,omitempty"`
	To      string `json:"-"`
}

// plans is GET /plans.
func (s *Web) plans(r *http.Request) (answer, error) {
	list, err := s.app.Plans(r.Context())
	if err != nil {
		return answer{}, err
	}
	slices.SortStableFunc(list, func(a, b app.PlanView) int { return b.At.Compare(a.At) })
	p := &plansPage{Base: s.live("Plans", "plans"), State: r.URL.Query().Get("state"), Plans: []app.PlanView{}}
	counts := map[string]int{}
	for _, v := range list {
		counts[string(v.State)]++
		if p.State == "" || p.State == string(v.State) {
			p.Plans = append(p.Plans, v)
		}
	}
	p.Tabs = append(p.Tabs, tab{Label: "All", Count: len(list), Current: p.State == "", To: "/plans"})
	for _, st := range []approval.State{approval.Proposed, approval.Approved, approval.Stale, approval.Rejected, approval.Superseded} {
		if n := counts[string(st)]; n > 0 || p.State == string(st) {
			p.Tabs = append(p.Tabs, tab{
				Name: string(st), Label: stateOf(st).Word, Count: n, Current: p.State == string(st), To: "/plans?state=" + string(st),
			})
		}
	}
	return show("plans", p), nil
}

// proposalPage is one proposal in full.
type proposalPage struct {
	Base       `json:"-"`
	View       app.PlanView       `json:"proposal"`
	ProposedBy string             `json:"proposed_by"`
	ProposedAt time.Time          `json:"proposed_at"`
	Decidable  bool               `json:"decidable"`
	InForce    bool               `json:"in_force"`
	Passes     bool               `json:"passes"`
	Mappings   []app.MappingCount `json:"mappings"`
	Plan       *planBody          `json:"plan,omitempty"`
	Difference *app.Difference    `json:"difference,omitempty"` // from the approved plan it would replace
	History    []app.PlanView     `json:"history"`              // other proposals of the plan, newest first
	Tenants    []knownTenant      `json:"tenants,omitempty"`
	Begin      *beginForm         `json:"begin,omitempty"` // asked when the plan begins with its approval
	// What a person typed into the form that could not be taken, and why.
	Comment string `json:"-"`
	Problem string `json:"problem,omitempty"`
	// Moved says that somebody else was faster.
	Moved string `json:"moved,omitempty"`
}

// knownTenant is a tenant whose settings the plan was checked against, and when they were seen.
type knownTenant struct {
	Name string    `json:"name"`
	API  string    `json:"api"`
	Seen time.Time `json:"seen"`
}

// proposal is GET /plans/{id}.
func (s *Web) proposal(r *http.Request) (answer, error) {
	p, err := s.proposalPage(r, param(r, "id"))
	if err != nil {
		return answer{}, err
	}
	return show("proposal", p), nil
}

func (s *Web) proposalPage(r *http.Request, id string) (*proposalPage, error) {
	v, err := s.app.Proposal(r.Context(), id)
	if err != nil {
		return nil, err
	}
	p := &proposalPage{
		Base: s.live(v.Name, "plans"), View: v.PlanView, ProposedBy: v.ProposedBy, ProposedAt: v.ProposedAt,
		Decidable: v.Decidable, InForce: v.InForce, Passes: v.Checked != nil, Mappings: v.Mappings, Difference: v.Difference,
		History: []app.PlanView{},
	}
	for _, t := range v.Tenants {
		p.Tenants = append(p.Tenants, knownTenant{t.Name, t.API, t.Taken})
	}
	if p.Decidable && p.Passes {
		p.Begin = s.beginning(r.Context(), id)
	}
	parsed := (*plan.Plan)(nil)
	if v.Checked != nil {
		parsed = v.Checked.Plan
	} else {
		// It no longer passes; it is shown as it was filed, with what is wrong with it now.
		parsed, _ = plan.Parse("", []byte(v.YAML))
	}
	if parsed != nil {
		body := readPlan(parsed, v.Checked, &v.Sheet, v.Findings)
		p.Plan = &body
	}
	all, err := s.app.Plans(r.Context())
	if err != nil {
		return nil, err
	}
	for _, o := range slices.Backward(all) {
		if o.Name == v.Name {
			p.History = append(p.History, o)
		}
	}
	return p, nil
}

// decide is POST /plans/{id}/decision. The digest that was shown comes back with it: what a
// person approves is what that person saw.
func (s *Web) decide(r *http.Request) (answer, error) {
	v, id, f := who(r.Context()), param(r, "id"), r.PostForm
	comment, said := strings.TrimSpace(f.Get("comment")), approval.Answer(f.Get("answer"))
	again := func(status int, problem string) (answer, error) {
		p, err := s.proposalPage(r, id)
		if err != nil {
			return answer{}, err
		}
		p.Comment, p.Problem = comment, problem
		if p.Begin != nil {
			p.Begin.Start, p.Begin.Since = f.Get("start"), f.Get("since")
		}
		return answer{status: status, name: "proposal", page: p}, nil
	}
	from, unclear := beginOf(f)
	switch {
	case said != approval.Approve && said != approval.Reject && said != approval.Revoke:
		return answer{}, &httpError{http.StatusBadRequest, "Approve or reject?", "The form did not say. Nothing was done.", "Go back and use one of the two buttons."}
	case said != approval.Approve && comment == "":
		return again(http.StatusUnprocessableEntity, "Say why you reject it: who made the plan has nothing else to go by.")
	case len([]rune(comment)) > goalLimit:
		return again(http.StatusUnprocessableEntity, "The comment is too long.")
	case said == approval.Approve && unclear != "":
		return again(http.StatusUnprocessableEntity, unclear)
	}
	got, err := s.app.DecideShown(r.Context(), id, f.Get("digest"), said, v.Name, comment, from)
	if errors.Is(err, app.ErrMoved) || errors.Is(err, approval.ErrDecided) {
		a, again := again(http.StatusConflict, "")
		if p, ok := a.page.(*proposalPage); ok {
			p.Moved = s.movedText(p.View)
		}
		return a, again
	}
	if problem := (*app.Problem)(nil); errors.As(err, &problem) && !errors.Is(err, app.ErrNotFound) {
		return again(http.StatusUnprocessableEntity, strings.TrimSpace(sentence(problem.Error())+" "+advice(problem.Next)))
	}
	if err != nil {
		return answer{}, err
	}
	s.log.Info("proposal decided", "plan", got.Name, "digest", got.Digest, "state", got.State, "person", v.Name)
	text := "You rejected " + got.ID + "."
	switch said {
	case approval.Approve:
		text = "You approved " + got.ID + ". It runs for what happens from now on" + map[app.Start]string{
			"adopt": ", and links what exists for what qualified before", "backfill": ", and for what changed since " + f.Get("since"),
		}[from.How] + "."
	case approval.Revoke:
		text = "You took the approval of " + got.ID + " back. Nothing new starts."
	case approval.Reject:
	}
	s.people.tell(v.session, flash{Text: text})
	return goTo(to("plans", got.ID)), nil
}

// movedText says who was faster.
func (s *Web) movedText(v app.PlanView) string {
	if v.State == approval.Proposed {
		return "The plan is not the one that was shown to you. Nothing was done. Read it again and decide anew."
	}
	return fmt.Sprintf("%s %s this on %s, before your answer came. Your answer was not recorded and nothing was done.", v.By, stateOf(v.State).Past, s.when(v.At))
}
