package web

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

const askPlan = `planwright: 1
name: note-the-terms
goal: When an opportunity is closed-won in Salesforce, ask for its payment terms and note them.
apis:
  salesforce: {spec: "SPEC(salesforce)", overlay: "OVERLAY(salesforce)"}
  xero: {spec: "SPEC(xero)", overlay: "OVERLAY(xero)"}
trigger: {api: salesforce, kind: change, object: Opportunity, as: opportunity, when: "${opportunity.IsWon}", key: "${opportunity.Id}"}
steps:
  - id: terms
    ask: Which payment terms <b>apply</b>?
    show: {Deal: "${opportunity.Name}", Next: "${opportunity.?NextStep}"}
    answers: [net30, "net 60, \"never\""]
  - id: note
    write: salesforce.Opportunity.update
    with: {id: "${opportunity.Id}"}
    body: {NextStep: "${'bill ' + terms}"}
outputs: {terms: "${terms}"}
`

// written proposes and approves a plan that a person wrote.
func (h *house) written(text string) {
	h.t.Helper()
	cat, found := catalog.Open("", specs.Embedded())
	if err := found.Err(); err != nil {
		h.t.Fatal(err)
	}
	for _, api := range cat.APIs() {
		text = strings.NewReplacer("SPEC("+api.Name+")", api.SpecDigest, "OVERLAY("+api.Name+")", api.OverlayDigest).Replace(text)
	}
	file := filepath.Join(h.t.TempDir(), "plan.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
	checked, found, err := h.app.Check(file, []byte(text))
	if err != nil || checked == nil {
		h.t.Fatalf("check: %v %v", err, found)
	}
	h.plan = checked.Plan.Name
	if _, err := h.app.Propose(h.t.Context(), checked, lee); err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.app.Decide(h.t.Context(), file, true, dana, "as written"); err != nil {
		h.t.Fatal(err)
	}
}

// asked is a house with two runs that ask, and the pages of both.
func asked(t *testing.T) (h *house, pages [2]string) {
	t.Helper()
	h = newHouse(t)
	h.connect()
	h.enter(dana)
	h.written(askPlan)
	h.win(2)
	runs, err := h.app.Runs(engine.Held, "")
	if err != nil || len(runs) != 2 {
		t.Fatalf("got %+v, %v; want two runs that ask", runs, err)
	}
	for i, r := range runs {
		pages[i] = "/runs/" + r.ID
	}
	return h, pages
}

// question returns the form of a run's question: its hidden members.
func (h *house) question(page *node, at string) []string {
	h.t.Helper()
	form := page.one(h.t, "form", "action", at+"/answer")
	var out []string
	for _, name := range []string{"step", "asked", "from"} {
		value, _ := form.one(h.t, "input", "name", name).attr("value")
		out = append(out, name, value)
	}
	return out
}

// TestAnswerPage answers on the page of the run: each answer is a button, what was shown is
// what is answered, and who answered is recorded.
func TestAnswerPage(t *testing.T) {
	h, pages := asked(t)
	page := h.page(dana, pages[0])
	page.says(t, "Which payment terms <b>apply</b>?", "Your answer is recorded under your name", "Deal", "It goes on when a person has answered.")
	form := h.question(page, pages[0])
	if n := len(page.one(t, "form", "action", pages[0]+"/answer").all("button", "name", "answer")); n != 2 {
		t.Errorf("%d buttons, want one for each answer", n)
	}
	if n := len(page.all("form", "action", pages[0]+"/retry")); n != 0 {
		t.Error("a question can be retried")
	}
	other := h.question(h.page(dana, pages[1]), pages[1])
	for name, tt := range map[string]struct {
		form   []string
		answer string
		code   int
	}{
		"another run's question": {other, "net30", http.StatusConflict},
		"no question":            {nil, "net30", http.StatusConflict},
		"another step":           {[]string{"step", "note", "asked", form[3]}, "net30", http.StatusConflict},
		"no such answer":         {form, "net45", http.StatusUnprocessableEntity},
		"a record":               {append(form[:6:6], "record", "x"), "net30", http.StatusUnprocessableEntity},
	} {
		if got := h.post(dana, pages[0]+"/answer", append(tt.form[:len(tt.form):len(tt.form)], "answer", tt.answer)...).StatusCode; got != tt.code {
			t.Errorf("%s: got %d, want %d", name, got, tt.code)
		}
	}
	r := postRequest(pages[0]+"/answer", append(form[:6:6], "answer", "net30")...)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := h.do(r, dana).StatusCode; got != http.StatusForbidden {
		t.Errorf("from another site: got %d, want 403", got)
	}
	if got := h.goes(h.post(dana, pages[0]+"/answer", append(form[:6:6], "answer", "net30")...)); got != pages[0] {
		t.Errorf("leads to %s, want the run", got)
	}
	h.page(dana, pages[0]).says(t, "You answered “net30”")
	if got := h.post(dana, pages[0]+"/answer", append(form[:6:6], "answer", "net30")...).StatusCode; got != http.StatusConflict {
		t.Errorf("answered twice: got %d, want 409", got)
	}
	h.runOnce()
	page = h.page(dana, pages[0])
	page.says(t, "What it gave", "terms: net30, by Dana Ortiz", "Everything the plan says was done.")
}

// TestAnswerInbox answers where everything waits, and comes back there.
func TestAnswerInbox(t *testing.T) {
	h, pages := asked(t)
	page := h.page(dana, "/")
	page.says(t, "Runs that need a person", "Which payment terms")
	form := h.question(page, pages[1])
	if got := h.goes(h.post(dana, pages[1]+"/answer", append(form, "answer", `net 60, "never"`)...)); got != "/" {
		t.Errorf("leads to %s, want the inbox", got)
	}
	if n := len(h.page(dana, "/").all("form", "action", pages[1]+"/answer")); n != 0 {
		t.Error("what was answered is asked still")
	}
	h.runOnce()
	h.page(dana, pages[1]).says(t, `net 60, "never"`)
	h.page(dana, pages[0]).says(t, "Which payment terms")
}

// TestAskedPlan shows an approver what a plan asks and gives.
func TestAskedPlan(t *testing.T) {
	h, _ := asked(t)
	h.page(dana, "/plans/"+h.plan+"@1").says(t, "Asks a person", "What a run gives", "shows Deal")
	if text := h.page(dana, "/plans/"+h.plan+"@1").words(); !strings.Contains(text, "polling") || strings.Contains(text, " 0, more") {
		t.Error("the calls that find events are counted as none")
	}
}

// TestLostPage says what became of a lost write: that it happened, naming its record, or that
// it did not, which is asked once more.
func TestLostPage(t *testing.T) {
	hold := &engine.Hold{Code: engine.HoldUnknown, Path: "memo", Message: "the answer was lost", Needs: "xero.Invoice", Show: []engine.Shown{{Name: "Request", Value: "POST /Invoices"}}}
	v := runViewOf(engine.Held, hold)
	a := askOf(v, "")
	if a == nil || !a.Lost || !a.Happened || len(a.Words) != 0 || a.Needs != "xero.Invoice" {
		t.Fatalf("got %+v, want a form to name the record", a)
	}
	hold.Answers = []string{engine.NotHappened}
	if a := askOf(v, ""); a == nil || a.Happened {
		t.Errorf("got %+v, want no way to say that it happened", a)
	}
	for name, v := range map[string]engine.HoldCode{"data": engine.HoldData, "waiting": engine.HoldWaiting} {
		if a := askOf(runViewOf(engine.Held, &engine.Hold{Code: v}), ""); a != nil {
			t.Errorf("held for %s asks %+v", name, a)
		}
	}
	if a := askOf(runViewOf(engine.Done, nil), ""); a != nil {
		t.Errorf("a run that is done asks %+v", a)
	}
}

func runViewOf(state engine.RunState, hold *engine.Hold) app.RunView {
	return app.RunView{Summary: localengine.Summary{ID: "r1", State: state, Hold: hold}}
}

// testAsked answers one question in the inbox and one on the page of its run, in a real
// browser; a second person, who still sees what was answered, changes nothing.
func testAsked(t *testing.T, b *browser) {
	h, base := served(t)
	h.enter(dana)
	h.written(askPlan)
	h.win(2)
	x := newcomer(t, b, h, base, dana)
	x.withoutScript()
	x.open("/")
	x.says("Runs that need a person", "Which payment terms <b>apply</b>?")
	x.audit()
	x.shot("inbox-asks")
	other := x.another()
	other.open("/")
	x.leave(`form[action$="/answer"] button[value=net30]`)
	if got := x.at(); got != "/" {
		t.Errorf("answering leads to %s, want the inbox", got)
	}
	other.leave(`form[action$="/answer"] button[value=net30]`)
	other.says("The run does not wait for that any more", "Nothing was done")
	x.leave(`#held ~ ul a.strong, section[aria-labelledby=held] a.strong`)
	x.says("Your answer is recorded under your name", "Deal")
	x.audit()
	x.shot("run-asks")
	x.leave(`form[action$="/answer"] button:last-of-type`)
	h.runOnce()
	x.open(x.at())
	x.says("What it gave", `net 60, "never"`)
	x.audit()
	x.shot("run-gave")
}
