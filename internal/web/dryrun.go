package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/planwright/planwright/internal/app"
)

// dryRunPage shows what a plan would do for real records. Text is as the command prints it.
type dryRunPage struct {
	Base    `json:"-"`
	View    app.PlanView `json:"proposal"`
	Record  string       `json:"record,omitempty"`
	Newest  int          `json:"newest"` // how many records are tried where none is named
	Result  *app.DryRun  `json:"result,omitempty"`
	Text    string       `json:"-"`
	Problem string       `json:"problem,omitempty"`
	Hint    string       `json:"hint,omitempty"`
}

// dryRun is GET /plans/{id}/dry-run?look=yes&record=ID: it makes reads at the vendors, once it
// is asked to look, and writes nothing, neither there nor here.
func (s *Web) dryRun(r *http.Request) (answer, error) {
	v, err := s.app.Proposal(r.Context(), param(r, "id"))
	if err != nil {
		return answer{}, err
	}
	query := r.URL.Query()
	p := &dryRunPage{
		Base: Base{Head: "Dry run of " + v.Name, Nav: "plans"}, View: v.PlanView, Newest: app.DefaultDryRecords,
		Record: strings.TrimSpace(query.Get("record")),
	}
	if query.Get("look") == "" {
		return show("dryrun", p), nil
	}
	var ids []string
	if p.Record != "" {
		ids = []string{p.Record}
	}
	out, err := s.app.DryRun(r.Context(), v.ID, ids, p.Newest)
	if err != nil {
		p.Problem = sentence(err.Error())
		if known := new(app.Problem); errors.As(err, &known) {
			p.Hint = known.Next
		}
		return answer{status: http.StatusUnprocessableEntity, name: "dryrun", page: p}, nil
	}
	var text strings.Builder
	out.Write(&text)
	p.Result, p.Text = &out, text.String()
	return show("dryrun", p), nil
}
