package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/internal/app"
)

// newPage asks for a goal; after an attempt it shows what stands in the way.
type newPage struct {
	Base     `json:"-"`
	Goal     string   `json:"goal"`
	Planner  string   `json:"planner"`
	Planners []string `json:"planners"`
	Problem  string   `json:"problem,omitempty"`
	Examples []string `json:"-"`
}

// newWorkflow is GET /new. The goal may be in the address, so that an example is a link.
func (s *Web) newWorkflow(r *http.Request) (answer, error) {
	return show("new", s.newFor(r.URL.Query().Get("goal"), r.URL.Query().Get("planner"))), nil
}

func (s *Web) newFor(goal, planner string) *newPage {
	p := &newPage{
		Base: Base{Head: "New workflow", Nav: "new"}, Goal: clip(goal, goalLimit), Planner: s.planner(planner), Examples: examples,
	}
	if len(s.cfg.Planners) > 1 {
		p.Planners = s.cfg.Planners
	}
	return p
}

// goalLimit is how long a goal may be; what is longer is not one goal.
const goalLimit = 4000

// makeDraft is POST /drafts: a goal goes in, a draft with an answer comes out. A choice
// that settles a question is posted as the goal that its planner wrote for it.
func (s *Web) makeDraft(r *http.Request) (answer, error) {
	goal, planner := strings.TrimSpace(r.PostForm.Get("goal")), s.planner(r.PostForm.Get("planner"))
	if goal == "" || len([]rune(goal)) > goalLimit {
		p := s.newFor(goal, planner)
		p.Problem = "Say in a sentence what is to happen, and when."
		if goal != "" {
			p.Problem = "That is too long for one goal: say what is to happen, and when, in a few sentences."
		}
		return answer{status: http.StatusUnprocessableEntity, name: "new", page: p}, nil
	}
	d, err := s.app.NewDraft(r.Context(), goal, planner, who(r.Context()).Name)
	if err != nil {
		return answer{}, err
	}
	return goTo(to("drafts", d.ID)), nil
}

type draftsPage struct {
	Base   `json:"-"`
	Drafts []draftLine `json:"drafts"`
}

// draftLine is a draft in the list.
type draftLine struct {
	app.DraftView
	Outcome string `json:"outcome"`
}

// drafts is GET /drafts.
func (s *Web) drafts(r *http.Request) (answer, error) {
	list, err := s.app.Drafts(r.Context())
	if err != nil {
		return answer{}, err
	}
	p := &draftsPage{Base: Base{Head: "Drafts", Nav: "plans"}, Drafts: []draftLine{}}
	for _, d := range list {
		p.Drafts = append(p.Drafts, draftLine{d, outcome(d)})
	}
	return show("drafts", p), nil
}

// outcome says in a word or two what became of a draft.
func outcome(d app.DraftView) string {
	switch {
	case d.Proposal != "":
		return "proposed"
	case d.Answer.Refusal != nil:
		return "refused"
	case len(d.Answer.Questions) > 0:
		return plural(len(d.Answer.Questions), "question")
	case d.Findings.HasErrors():
		return "does not pass"
	}
	return "draft"
}

// draftPage shows one draft: a plan, or what stands in its way.
type draftPage struct {
	Base      `json:"-"`
	ID        string         `json:"id"`
	Goal      string         `json:"goal"`
	Planner   string         `json:"planner"`
	By        string         `json:"by"`
	Notice    string         `json:"notice,omitempty"`
	Outcome   string         `json:"outcome"`
	Marked    []piece        `json:"-"` // the goal, with the words asked about marked
	Questions []questionView `json:"questions,omitempty"`
	Reasons   []agent.Reason `json:"reasons,omitempty"`
	Plan      *planBody      `json:"plan,omitempty"`
	Passes    bool           `json:"passes"`
	Proposal  string         `json:"proposal,omitempty"`
	Planners  []string       `json:"-"`
	At        string         `json:"at"`
}

// questionView is a question with its place in the goal.
type questionView struct {
	agent.Question
	No int `json:"no"`
}

// draft is GET /drafts/{id}.
func (s *Web) draft(r *http.Request) (answer, error) {
	d, err := s.app.DraftByID(r.Context(), param(r, "id"))
	if err != nil {
		return answer{}, err
	}
	return show("draft", s.draftPage(d)), nil
}

func (s *Web) draftPage(d app.DraftView) *draftPage {
	p := &draftPage{
		Base: Base{Head: "Draft", Nav: "new"}, ID: d.ID, Goal: d.Goal, Planner: d.Planner, By: d.By, Notice: d.Notice,
		Outcome: outcome(d), Proposal: d.Proposal, At: s.when(d.At), Passes: d.Checked != nil && !d.Findings.HasErrors(),
	}
	if len(s.cfg.Planners) > 1 {
		p.Planners = s.cfg.Planners
	}
	var about []string
	for i, q := range d.Answer.Questions {
		p.Questions = append(p.Questions, questionView{Question: q, No: i + 1})
		about = append(about, q.About...)
	}
	if d.Answer.Refusal != nil {
		p.Reasons = d.Answer.Refusal.Reasons
		for _, reason := range p.Reasons {
			about = append(about, reason.About...)
		}
	}
	p.Marked = mark(d.Goal, about)
	if d.Answer.Draft != nil && d.Answer.Draft.Plan != nil {
		body := readPlan(d.Answer.Draft.Plan, d.Checked, nil, d.Findings)
		body.Remarks = d.Answer.Draft.Remarks
		p.Plan, p.Head = &body, "Draft of "+body.Name
	}
	return p
}

// piece is a piece of a goal, marked or not.
type piece struct {
	Text   string
	Marked bool
}

// mark cuts a goal where words are asked about. Words that are not in it are left out.
func mark(goal string, about []string) []piece {
	var cuts [][2]int
	for _, a := range about {
		if i := strings.Index(goal, a); a != "" && i >= 0 {
			cuts = append(cuts, [2]int{i, i + len(a)})
		}
	}
	slices.SortFunc(cuts, func(a, b [2]int) int { return a[0] - b[0] })
	var out []piece
	at := 0
	for _, c := range cuts {
		if c[0] < at {
			continue
		}
		if c[0] > at {
			out = append(out, piece{Text: goal[at:c[0]]})
		}
		out = append(out, piece{Text: goal[c[0]:c[1]], Marked: true})
		at = c[1]
	}
	if at < len(goal) {
		out = append(out, piece{Text: goal[at:]})
	}
	return out
}

// proposeDraft is POST /drafts/{id}/propose.
func (s *Web) proposeDraft(r *http.Request) (answer, error) {
	v := who(r.Context())
	p, err := s.app.ProposeDraft(r.Context(), param(r, "id"), v.Name)
	if err != nil {
		return answer{}, err
	}
	s.people.tell(v.session, flash{Text: "The plan lies before an approver. Nothing runs until somebody approves it."})
	return goTo(to("plans", p.ID)), nil
}

// discardDraft is POST /drafts/{id}/discard.
func (s *Web) discardDraft(r *http.Request) (answer, error) {
	v := who(r.Context())
	if err := s.app.DiscardDraft(r.Context(), param(r, "id")); err != nil {
		return answer{}, err
	}
	s.people.tell(v.session, flash{Text: "The draft is discarded."})
	return goTo("/drafts"), nil
}
