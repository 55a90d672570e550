package web

import (
	"cmp"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/mapping"
	"github.com/planwright/planwright/runtime/plan"
)

// runsPage lists runs: what needs a person first, then the newest.
type runsPage struct {
	Base  `json:"-"`
	State string    `json:"state,omitempty"`
	Plan  string    `json:"plan,omitempty"`
	Tabs  []tab     `json:"tabs"`
	Plans []string  `json:"plans"`
	Runs  []runLine `json:"runs"`
	Count int       `json:"count"`
	Page  int       `json:"page"`
	Pages int       `json:"pages"`
	Prev  string    `json:"-"`
	Next  string    `json:"-"`
}

// runLine is one run in the list.
type runLine struct {
	ID      string          `json:"id"`
	Plan    string          `json:"plan"`
	Name    string          `json:"name"` // what people call the record; its key before it was read
	Key     string          `json:"key"`
	State   engine.RunState `json:"state"`
	Needs   bool            `json:"needs_person,omitempty"`
	Why     string          `json:"why,omitempty"`
	Begun   time.Time       `json:"begun"`
	Updated time.Time       `json:"updated"`
	Ask     *askView        `json:"ask,omitempty"`
}

// pageSize is how many runs a page of the list shows.
const pageSize = 50

// runs is GET /runs.
func (s *Web) runs(r *http.Request) (answer, error) {
	q := r.URL.Query()
	all, err := s.app.Runs("", "")
	if err != nil {
		return answer{}, err
	}
	p := &runsPage{Base: s.live("Runs", "runs"), State: q.Get("state"), Plan: q.Get("plan"), Runs: []runLine{}}
	counts, needs, plans := map[engine.RunState]int{}, 0, map[string]bool{}
	var shown []runLine
	for _, v := range all {
		plans[v.Plan] = true
		if p.Plan != "" && v.Plan != p.Plan {
			continue
		}
		line := s.lineOf(v)
		counts[v.State]++
		if line.Needs {
			needs++
		}
		if p.State == "" || p.State == string(v.State) || p.State == "needs-you" && line.Needs {
			shown = append(shown, line)
		}
	}
	slices.SortStableFunc(shown, func(a, b runLine) int { return rank(a) - rank(b) })
	p.Plans, p.Count = sortedKeys(plans), len(shown)
	p.tabs(counts, needs)
	p.page(shown, q.Get("page"))
	return show("runs", p), nil
}

// rank puts what needs a person before all else, and keeps the rest in its order.
func rank(l runLine) int {
	if l.Needs {
		return 0
	}
	return 1
}

func (s *Web) lineOf(v app.RunView) runLine {
	return runLine{
		ID: v.ID, Plan: v.Plan, Name: cmp.Or(v.Label, v.Key), Key: v.Key, State: v.State, Begun: v.Begun, Updated: v.Updated,
		Needs: needsPerson(v), Why: s.where(v), Ask: askOf(v, "inbox"),
	}
}

// needsPerson reports whether a run goes on only by a person's word or deed.
func needsPerson(v app.RunView) bool {
	return v.State == engine.Failed || v.State == engine.Held && v.Hold != nil && v.Hold.Until.IsZero() && v.Next != ""
}

// address is the list under another filter or page.
func (p *runsPage) address(state string, page int) string {
	q := url.Values{}
	if state != "" {
		q.Set("state", state)
	}
	if p.Plan != "" {
		q.Set("plan", p.Plan)
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "/runs"
	}
	return "/runs?" + q.Encode()
}

func (p *runsPage) tabs(counts map[engine.RunState]int, needs int) {
	all := 0
	for _, n := range counts {
		all += n
	}
	p.Tabs = []tab{
		{Label: "All", Count: all, Current: p.State == "", To: p.address("", 1)},
		{Name: "needs-you", Label: "Needs you", Count: needs, Current: p.State == "needs-you", To: p.address("needs-you", 1)},
	}
	for _, st := range []engine.RunState{engine.Held, engine.Ready, engine.Running, engine.Done, engine.Refused, engine.Failed, engine.Cancelled} {
		if counts[st] > 0 || p.State == string(st) {
			p.Tabs = append(p.Tabs, tab{
				Name: string(st), Label: stateOf(st).Word, Count: counts[st], Current: p.State == string(st), To: p.address(string(st), 1),
			})
		}
	}
}

// page keeps the lines of one page.
func (p *runsPage) page(lines []runLine, asked string) {
	p.Pages = max(1, (len(lines)+pageSize-1)/pageSize)
	p.Page, _ = strconv.Atoi(asked)
	p.Page = min(max(p.Page, 1), p.Pages)
	from := (p.Page - 1) * pageSize
	p.Runs = append(p.Runs, lines[from:min(from+pageSize, len(lines))]...)
	if p.Page > 1 {
		p.Prev = p.address(p.State, p.Page-1)
	}
	if p.Page < p.Pages {
		p.Next = p.address(p.State, p.Page+1)
	}
}

// where says in a sentence where a run stands and what makes it go on.
func (s *Web) where(v app.RunView) string {
	switch v.State {
	case engine.Ready:
		if v.After != "" {
			return sentence(v.Why())
		}
		return "Waits for its turn; nothing was called yet."
	case engine.Running:
		return "Under way."
	case engine.Done:
		return "Everything the plan says was done."
	case engine.Refused, engine.Failed:
		return sentence(v.Reason)
	case engine.Cancelled:
		return "A person cancelled it: “" + strings.TrimSpace(v.Reason) + "”."
	case engine.Held:
	}
	if v.Hold == nil {
		return "Held."
	}
	text := sentence(v.Hold.Message)
	if !v.Hold.Until.IsZero() {
		return text + " Goes on by itself on " + s.when(v.Hold.Until) + "."
	}
	return text
}

// releases says for each hold what lets the run go on.
var releases = map[engine.HoldCode]string{
	engine.HoldUnmapped: "It goes on by itself when every missing row is decided.",
	engine.HoldAssert:   "Look at the record. If it is right as it is, accept it; if not, mend it and retry, or cancel.",
	engine.HoldData:     "Mend the record at the vendor, then retry.",
	engine.HoldPerson:   "Mend the rights or the configuration, then retry.",
	engine.HoldUnknown:  "Nobody knows whether the last write happened. Look at the vendor, and say which. If it did not happen, it is sent again.",
	engine.HoldAmount:   "It is above the plan's limit. Accept this amount, or cancel.",
	engine.HoldLimit:    "Nothing to do: the limit frees itself.",
	engine.HoldVendor:   "Nothing to do: it tries again.",
	engine.HoldStale:    "Approve the plan again; what has changed is on its page.",
	engine.HoldRestored: "Look at the vendor whether it was written before. If not, let it go on; if it was, cancel the run.",
	engine.HoldUnusual:  "Look at what the plan creates. If it is right, let it go on, for all runs that wait for this; if not, cancel them.",
	engine.HoldWaiting:  "Nothing to do: the plan says to wait.",
	engine.HoldAsk:      "It goes on when a person has answered.",
	engine.HoldLate:     "Nothing to do: a lost write could still arrive, and is waited for.",
}

// acceptWord is what a person says who accepts what a run is held for: what leads there,
// what it asks, what the button says, and what follows. To accept a lost write is to send
// it again, which must not read like leaving things as they are.
type acceptWord struct{ Link, Ask, Do, Means string }

var accepts = map[engine.HoldCode]acceptWord{
	engine.HoldAssert: {"Accept it as it is…", "Accept it as it is?", "Accept it and go on", "The run goes on as if the check had held, for this record alone."},
	engine.HoldAmount: {"Accept this amount…", "Accept this amount?", "Accept this amount and go on", "The run goes on, for this record alone. The plan's limit stays what it is."},
	engine.HoldUnusual: {
		"It is right that there are so many…", "Is it right that the plan creates so many?", "It is right: let the plan go on",
		"Every run of the plan that waits for this goes on, and what was created until now counts no more.",
	},
	engine.HoldRestored: {
		"It was not written before…", "Are you sure that it was not written before?", "It was not written before: go on",
		"It is written now. If it was there after all, it is there twice.",
	},
	engine.HoldUnknown: {
		"It did not happen…", "Are you sure that it did not happen?", "It did not happen: send it again",
		"It is sent again. If it did happen after all, it is there twice.",
	},
}

// runPage is one run in full.
type runPage struct {
	Base     `json:"-"`
	ID       string          `json:"id"`
	Plan     string          `json:"plan"`
	Proposal string          `json:"proposal,omitempty"` // under which it runs
	Digest   string          `json:"digest"`
	Name     string          `json:"name"`
	Key      string          `json:"key"`
	State    engine.RunState `json:"state"`
	Where    string          `json:"where"`
	Release  string          `json:"release,omitempty"`
	Hold     *engine.Hold    `json:"hold,omitempty"`
	Missing  []missingRow    `json:"missing,omitempty"`
	Ask      *askView        `json:"ask,omitempty"`
	Gave     []app.Given     `json:"gave,omitempty"`
	Begun    time.Time       `json:"begun"`
	Updated  time.Time       `json:"updated"`
	Tenants  []keyPart       `json:"tenants"`
	Story    []app.Line      `json:"story"`
	Steps    []stepView      `json:"steps"`
	Drawing  template.HTML   `json:"-"`
	Retry    bool            `json:"can_retry"`
	Accept   bool            `json:"can_accept"`
	Word     acceptWord      `json:"-"` // what accepting means here
	Cancel   bool            `json:"can_cancel"`
	Adopt    *adoptForm      `json:"adopt,omitempty"` // a record may be taken for what it was to make
	Reason   string          `json:"-"`               // typed into a form that could not be taken
	Problem  string          `json:"problem,omitempty"`
}

// missingRow leads to the row a run waits for.
type missingRow struct {
	Mapping string `json:"mapping"`
	Key     string `json:"key"`
	Name    string `json:"name"`
	To      string `json:"-"`
}

// run is GET /runs/{id}.
func (s *Web) run(r *http.Request) (answer, error) {
	p, err := s.runPage(r, param(r, "id"))
	if err != nil {
		return answer{}, err
	}
	return show("run", p), nil
}

func (s *Web) runPage(r *http.Request, id string) (*runPage, error) {
	v, err := s.app.Run(id)
	if err != nil {
		return nil, err
	}
	p := &runPage{
		Base: s.live("Run "+v.ID, "runs"), ID: v.ID, Plan: v.Plan, Digest: string(v.Digest), Name: cmp.Or(v.Label, v.Key), Key: v.Key,
		State: v.State, Where: s.where(v), Hold: v.Hold, Begun: v.Begun, Updated: v.Updated, Story: v.Story, Ask: askOf(v, ""), Gave: v.Gave(), Tenants: []keyPart{}, Steps: []stepView{},
	}
	for _, api := range sortedKeys(v.Tenants) {
		p.Tenants = append(p.Tenants, keyPart{system(api), tenantText(v.Tenants[api])})
	}
	p.legal()
	p.Adopt = adoptOf(v)
	if v.Hold != nil {
		p.Release = releases[v.Hold.Code]
		p.Missing = s.missing(r, v)
	}
	return p, s.steps(r, p)
}

// tenantText writes the address of a tenant with the tenant's own name. Where the API calls
// it by the id it was configured with, that stands once.
func tenantText(tenant string) string {
	base, name, _ := strings.Cut(tenant, " ")
	if id, again, ok := strings.Cut(name, " "); ok && id == again {
		name = id
	}
	return strings.TrimSpace(base + " " + name)
}

// missing leads to the rows a run waits for, by the names that people know them by. Where
// the names are not known the keys stand for themselves.
func (s *Web) missing(r *http.Request, v app.RunView) (out []missingRow) {
	if len(v.Hold.Missing) == 0 {
		return nil
	}
	names := map[string]string{}
	views, err := s.app.Mappings(r.Context(), v.Plan)
	if err != nil {
		s.log.Warn("rows not named", "run", v.ID, "err", err)
	}
	for _, m := range views {
		for _, o := range m.Open {
			names[m.Name+mapping.KeyText(o.Key)] = o.From
		}
		for _, x := range m.Rows {
			names[m.Name+mapping.KeyText(x.Key)] = x.From
		}
	}
	for _, k := range v.Hold.Missing {
		q := url.Values{"q": {strings.Join(k.Key, " ")}}
		row := missingRow{Mapping: k.Mapping, Key: strings.Join(k.Key, " · "), To: to("mappings", v.Plan, k.Mapping) + "?" + q.Encode()}
		row.Name = cmp.Or(names[k.Mapping+mapping.KeyText(k.Key)], row.Key)
		out = append(out, row)
	}
	return out
}

// legal says what a person may do with the run as it stands.
func (p *runPage) legal() {
	p.Cancel = !p.State.Ended()
	if p.State != engine.Held || p.Hold == nil {
		return
	}
	p.Word = accepts[p.Hold.Code]
	switch p.Hold.Code {
	case engine.HoldAssert, engine.HoldAmount:
		p.Retry, p.Accept = true, true
	case engine.HoldUnknown, engine.HoldRestored, engine.HoldUnusual: // to retry it would only ask again
		p.Accept = true
	case engine.HoldData, engine.HoldPerson, engine.HoldVendor, engine.HoldLimit, engine.HoldStale:
		p.Retry = true
	case engine.HoldUnmapped:
		p.Retry = len(p.Hold.Missing) == 0
	case engine.HoldLate:
		p.Cancel = false
	case engine.HoldWaiting: // the plan itself says so
	case engine.HoldAsk: // it is answered, on the page
	}
}

// steps draws the steps of the plan the run is on, with how far it came. A plan that is not
// known any more leaves the story to tell it all.
func (s *Web) steps(r *http.Request, p *runPage) error {
	plans, err := s.app.Plans(r.Context())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(plans, func(v app.PlanView) bool { return v.Digest == p.Digest })
	if i < 0 {
		return nil
	}
	p.Proposal = plans[i].ID
	v, err := s.app.Proposal(r.Context(), p.Proposal)
	if err != nil {
		return err
	}
	parsed, _ := plan.Parse("", []byte(v.YAML))
	if parsed == nil {
		return nil
	}
	p.Steps = readPlan(parsed, v.Checked, &v.Sheet, nil).Steps
	reached := map[string]string{}
	for _, l := range p.Story {
		path, _, ok := strings.Cut(l.Text, ":")
		if !ok {
			continue
		}
		step, _, _ := strings.Cut(path, "/")
		switch l.Kind {
		case engine.KindAnswered, engine.KindOutcome:
			reached[step] = "done"
		case engine.KindReplied:
			if !strings.Contains(l.Text, ": "+engine.NotHappened) {
				reached[step] = "done"
			}
		case engine.KindAdopted:
			reached[step] = "done"
		case engine.KindIntent:
			reached[step] = "running"
		case engine.KindStarted, engine.KindRows, engine.KindHeld, engine.KindReleased, engine.KindFinished:
		}
	}
	held := ""
	if p.State == engine.Held && p.Hold != nil {
		held, _, _ = strings.Cut(p.Hold.Path, "/")
	}
	marks(p.Steps, reached, held, p.State == engine.Done)
	p.Drawing = picture(v.Checked, p.Steps)
	return nil
}

// marks writes into each step how far the run came. Steps that call nothing are done when
// a later one is.
func marks(steps []stepView, reached map[string]string, held string, whole bool) {
	past := whole
	for i := len(steps) - 1; i >= 0; i-- {
		st := &steps[i]
		switch {
		case st.ID == held:
			st.State, past = "held", true
		case reached[st.ID] != "":
			st.State, past = reached[st.ID], true
		case past:
			st.State = "done"
		}
		marks(st.Inner, reached, held, st.State == "done")
	}
}

// acceptPage asks once more before what a run is held for is accepted.
type acceptPage struct {
	Base `json:"-"`
	Run  *runPage `json:"run"`
}

// acceptRun is GET /runs/{id}/accept.
func (s *Web) acceptRun(r *http.Request) (answer, error) {
	p, err := s.runPage(r, param(r, "id"))
	if err != nil {
		return answer{}, err
	}
	if !p.Accept {
		return answer{}, notHeld(p)
	}
	return show("accept", &acceptPage{Base: Base{Head: p.Word.Ask, Nav: "runs"}, Run: p}), nil
}

func notHeld(p *runPage) error {
	return &httpError{http.StatusConflict, "The run does not wait for that any more", fmt.Sprintf("The run is %s now. Nothing was done.", p.State), "Look at the run as it is now."}
}

// retryRun is POST /runs/{id}/retry; with allow it accepts what the run is held for, if
// that is still what the person saw.
func (s *Web) retryRun(r *http.Request) (answer, error) {
	p, err := s.runPage(r, param(r, "id"))
	if err != nil {
		return answer{}, err
	}
	v, allow := who(r.Context()), r.PostForm.Get("allow") == "yes"
	if !allow && !p.Retry || allow && (!p.Accept || string(p.Hold.Code) != r.PostForm.Get("hold") || p.Hold.Message != r.PostForm.Get("message")) {
		return answer{}, notHeld(p)
	}
	if allow && p.Hold.Code == engine.HoldUnknown { // it is an answer, and recorded as one
		err = s.app.Answer(r.Context(), p.ID, engine.Reply{Path: p.Hold.Path, Answer: engine.NotHappened, By: v.Name, Asked: p.Hold.Asked()})
	} else {
		err = s.app.Retry(r.Context(), p.ID, v.Name, allow)
	}
	if err != nil {
		return answer{}, err
	}
	s.log.Info("run released", "run", p.ID, "person", v.Name, "allow", allow)
	text := "The run goes on."
	if allow {
		text = "You accepted what it was held for. The run goes on."
	}
	s.people.tell(v.session, flash{Text: text})
	return goTo(to("runs", p.ID)), nil
}

// cancelRun is POST /runs/{id}/cancel.
func (s *Web) cancelRun(r *http.Request) (answer, error) {
	p, err := s.runPage(r, param(r, "id"))
	if err != nil {
		return answer{}, err
	}
	v, reason := who(r.Context()), strings.TrimSpace(r.PostForm.Get("reason"))
	if !p.Cancel {
		return answer{}, notHeld(p)
	}
	if reason == "" {
		p.Problem = "Say why: it is all that those who come later will find."
		return answer{status: http.StatusUnprocessableEntity, name: "run", page: p}, nil
	}
	if err := s.app.Cancel(r.Context(), p.ID, v.Name, reason); err != nil {
		return answer{}, err
	}
	s.log.Info("run cancelled", "run", p.ID, "person", v.Name)
	s.people.tell(v.session, flash{Text: "You cancelled the run. What it wrote stays as it is."})
	return goTo(to("runs", p.ID)), nil
}
