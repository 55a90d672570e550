package loop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/llm"
	"github.com/planwright/planwright/agent/rules"
	"github.com/planwright/planwright/internal/diag"
	"github.com/planwright/planwright/runtime/plan"
	"github.com/planwright/planwright/specs/catalog"
)

// script is a model that says what it was told to, in order; the last line is repeated.
type script struct {
	lines []line
	caps  llm.Caps

	mu   sync.Mutex
	seen []llm.Request
}

type line struct {
	text  string
	err   error
	usage llm.Usage
	wait  time.Duration
}

func (s *script) Name() string   { return "scripted" }
func (s *script) Caps() llm.Caps { return s.caps }

func (s *script) Complete(ctx context.Context, r llm.Request) (llm.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[min(len(s.seen), len(s.lines)-1)]
	s.seen = append(s.seen, r)
	if l.wait > 0 {
		select {
		case <-ctx.Done():
			return llm.Response{}, ctx.Err()
		case <-time.After(l.wait):
		}
	}
	if l.err != nil {
		return llm.Response{}, l.err
	}
	return llm.Response{Text: l.text, Model: "script-1", Finish: llm.Stop, Usage: l.usage}, nil
}

func says(texts ...string) *script {
	s := &script{}
	for _, text := range texts {
		s.lines = append(s.lines, line{text: text})
	}
	return s
}

func planner(m llm.Model, change ...func(*Config)) *Planner {
	c := Config{Model: m, Catalog: embedded()}
	for _, f := range change {
		f(&c)
	}
	return New(c)
}

// ask drafts and fails the test unless the answer is one of the three.
func ask(t *testing.T, p *Planner, goal string) (agent.Answer, Transcript) {
	t.Helper()
	a, log, err := p.Draft(t.Context(), agent.Goal{Text: goal})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Validate(); err != nil {
		t.Fatal(err)
	}
	return a, log
}

// good is the plan of the planner without a model for the first automation, with all the
// limits it could have.
var good = sync.OnceValue(func() *plan.Plan {
	a, err := rules.New(embedded()).Plan(context.Background(), agent.Goal{Text: goals["w1"]})
	if err != nil || a.Draft == nil {
		panic(fmt.Sprint("no plan: ", err, a))
	}
	p := *a.Draft.Plan
	p.Limits = maps.Clone(p.Limits)
	p.Limits["contacts_per_day"] = 200
	return &p
})

func submitted(t testing.TB, p *plan.Plan) string {
	t.Helper()
	data, err := Submission(p)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// spoiled is the good answer with a piece of its text replaced.
func spoiled(t testing.TB, old, new string) string {
	t.Helper()
	text := submitted(t, good())
	if !strings.Contains(text, old) {
		t.Fatalf("the answer does not hold %s", old)
	}
	return strings.Replace(text, old, new, 1)
}

func TestDraft(t *testing.T) {
	m := says(submitted(t, good()))
	plain, err := planner(m).Plan(t.Context(), agent.Goal{Text: goals["w1"]})
	if err != nil || plain.Draft == nil {
		t.Fatal(plain, err)
	}
	a, log := ask(t, planner(m), goals["w1"])
	if a.Draft == nil {
		t.Fatalf("no draft: %+v\n%s", a, log.JSONL())
	}
	if a.Draft.Plan.Digest() != good().Digest() {
		t.Error(cmp.Diff(string(good().Canonical()), string(a.Draft.Plan.Canonical())))
	}
	if want := []string{"The step contact makes a xero.Contact where none is found, which the goal does not name."}; !cmp.Equal(a.Draft.Remarks, want) {
		t.Errorf("remarks: %q", a.Draft.Remarks)
	}
	if len(m.seen) != 2 {
		t.Errorf("%d calls for two drafts", len(m.seen))
	}
}

// TestFirst: what a person is shown is what is sent.
func TestFirst(t *testing.T) {
	m := says(submitted(t, good()))
	m.caps.Seed = true
	p := planner(m, func(c *Config) { c.Seed = new(int64(7)) })
	first, err := p.First(agent.Goal{Text: " " + goals["w1"] + "\n"})
	if err != nil {
		t.Fatal(err)
	}
	ask(t, p, goals["w1"])
	if diff := cmp.Diff(m.seen[0], first); diff != "" {
		t.Error(diff)
	}
	if first.Seed == nil || *first.Seed != 7 {
		t.Error("no seed")
	}
	if _, err := p.First(agent.Goal{}); err == nil {
		t.Error("an empty goal has a first request")
	}
}

func TestRepair(t *testing.T) {
	m := says(spoiled(t, `"name":"Reference"`, `"name":"Refrence"`), "Sorry!", submitted(t, good()))
	a, log := ask(t, planner(m), goals["w1"])
	if a.Draft == nil || len(m.seen) != 3 {
		t.Fatalf("%d calls: %+v", len(m.seen), a)
	}
	told := m.seen[1].Messages
	if len(told) != 3 || told[0].Text != goals["w1"] || told[1].Role != llm.Assistant {
		t.Fatalf("messages: %+v", told)
	}
	// The place is where the model wrote it, and the hint goes with it.
	for _, want := range []string{"unknown-field", "did you mean Reference?", "/plan/steps/6/body/members/"} {
		if !strings.Contains(told[2].Text, want) {
			t.Errorf("the model is not told %q:\n%s", want, told[2].Text)
		}
	}
	at := told[2].Text[strings.Index(told[2].Text, "/plan/steps"):]
	at = at[:strings.IndexByte(at, '"')]
	if !pointsAt([]byte(told[1].Text), at) {
		t.Errorf("%s points at nothing in the answer", at)
	}
	var what []What
	for _, e := range log {
		what = append(what, e.What)
	}
	if diff := cmp.Diff([]What{Begun, Asked, Answered, Found, Asked, Answered, Failed, Found, Asked, Answered, Ended}, what); diff != "" {
		t.Errorf("transcript: %s", diff)
	}
	for l := range strings.Lines(string(log.JSONL())) {
		if !json.Valid([]byte(l)) {
			t.Errorf("not a line of JSON: %s", l)
		}
	}
}

// TestPlaceInExpression: a finding within an expression says where.
func TestPlaceInExpression(t *testing.T) {
	m := says(spoiled(t, `"expression":"opportunity.IsWon"`, `"expression":"opportunity.IsWonn"`))
	a, log := ask(t, planner(m), goals["w1"])
	if a.Refusal == nil || !strings.Contains(string(log.JSONL()), "(at character 13 of the expression)") {
		t.Errorf("%+v\n%s", a, log[3].Found)
	}
}

func TestGivesUp(t *testing.T) {
	m := says(spoiled(t, `xero.createInvoices`, `xero.makeInvoices`))
	a, log := ask(t, planner(m), goals["w1"])
	if a.Refusal == nil || len(m.seen) != 1+Repairs {
		t.Fatalf("%d calls: %+v", len(m.seen), a)
	}
	if got := fmt.Sprint(a.Refusal.Reasons); !strings.Contains(got, "no operation is called xero.makeInvoices") || a.Refusal.Reasons[0].Code != codeFails {
		t.Errorf("reasons: %s", got)
	}
	if end := log[len(log)-1]; end.How != WithRefusal || end.Calls != 4 || log.Usage().Input < 10_000 || log.Usage().Output == 0 {
		t.Errorf("end: %+v", end)
	}
	if strings.Contains(m.seen[2].Messages[2].Text, "last time") || !strings.Contains(m.seen[3].Messages[2].Text, "last time") {
		t.Error("the model is told at the wrong time that it is the last")
	}
}

func TestBudget(t *testing.T) {
	bad := spoiled(t, `xero.createInvoices`, `xero.makeInvoices`)
	tests := []struct {
		name  string
		give  Budget
		line  line
		calls int
		text  string
	}{
		{"calls", Budget{Calls: 2}, line{text: bad}, 2, "2 calls"},
		{"no room for a request", Budget{Tokens: 500}, line{text: bad}, 0, "500 tokens"},
		{"reported tokens", Budget{Tokens: 90_000}, line{text: bad, usage: llm.Usage{Input: 10_000, Output: 70_000}}, 1, "90000 tokens"},
		{"unreported tokens", Budget{Tokens: 80_000}, line{text: bad}, 3, "80000 tokens"},
	}
	for _, tt := range tests {
		m := &script{lines: []line{tt.line}}
		a, log := ask(t, planner(m, func(c *Config) { c.Budget = tt.give }), goals["w1"])
		if a.Refusal == nil || a.Refusal.Reasons[0].Code != codeSpent || !strings.Contains(a.Refusal.Reasons[0].Text, tt.text) {
			t.Errorf("%s: %+v", tt.name, a)
		}
		if len(m.seen) != tt.calls {
			t.Errorf("%s: %d calls, want %d: %+v", tt.name, len(m.seen), tt.calls, log[len(log)-1].Usage)
		}
		if tt.calls > 0 && len(a.Refusal.Reasons) < 2 {
			t.Errorf("%s: what is still wrong is not said: %+v", tt.name, a)
		}
		for _, r := range m.seen {
			if r.MaxTokens < leastAnswer || r.MaxTokens > 16_000 {
				t.Errorf("%s: an answer of %d tokens was asked for", tt.name, r.MaxTokens)
			}
		}
	}
}

func TestTime(t *testing.T) {
	bad := spoiled(t, `xero.createInvoices`, `xero.makeInvoices`)
	synctest.Test(t, func(t *testing.T) {
		m := &script{lines: []line{{text: bad, wait: 40 * time.Second}}}
		p := planner(m, func(c *Config) { c.Budget.Time, c.Now = time.Minute, time.Now })
		a, log := ask(t, p, goals["w1"])
		if a.Refusal == nil || a.Refusal.Reasons[0].Code != codeSpent || len(m.seen) != 2 {
			t.Errorf("%d calls: %+v", len(m.seen), a)
		}
		if took := log[len(log)-1].At.Sub(log[0].At); took != time.Minute {
			t.Errorf("it took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if _, _, err := p.Draft(ctx, agent.Goal{Text: goals["w1"]}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller's own deadline gives %v", err)
		}
	})
}

// TestModelErrors: what the model has no part in is an error that names it and the cause.
func TestModelErrors(t *testing.T) {
	const want = "ask scripted"
	for _, give := range []error{
		&llm.RateLimited{RetryAfter: time.Second},
		&llm.Unavailable{What: "connection refused"},
		&llm.Auth{Status: 401},
		&llm.UnknownModel{Name: "gpt-0"},
		&llm.BadRequest{Status: 400, What: "too large"},
	} {
		a, log, err := planner(&script{lines: []line{{err: give}}}).Draft(t.Context(), agent.Goal{Text: goals["w1"]})
		if err == nil || !errors.Is(err, give) || !strings.Contains(err.Error(), want) || a.Validate() == nil {
			t.Errorf("%T: %v", give, err)
		}
		if end := log[len(log)-1]; end.How != WithError {
			t.Errorf("%T: ended %s", give, end.How)
		}
	}
	a, _ := ask(t, planner(&script{lines: []line{{err: &llm.Refused{What: "policy, see https://x.test/why"}}}}), goals["w1"])
	if a.Refusal == nil || a.Refusal.Reasons[0].Code != codeDeclined || strings.Contains(fmt.Sprint(a.Refusal), "x.test") {
		t.Errorf("declined: %+v", a)
	}
	for _, e := range []error{&llm.Truncated{Text: "{"}, &llm.TooLong{Limit: 5}, &llm.BadOutput{}} {
		m := &script{lines: []line{{err: e}, {text: submitted(t, good())}}}
		if a, _ := ask(t, planner(m), goals["w1"]); a.Draft == nil {
			t.Errorf("%T: no draft at the second answer: %+v", e, a)
		}
	}
}

func TestUsageOfNothing(t *testing.T) {
	if got := (Transcript{{What: Begun}}).Usage(); got != (llm.Usage{}) {
		t.Errorf("a talk that has not ended cost %v", got)
	}
}

func TestUnfitGoals(t *testing.T) {
	m := says("never asked")
	for goal, want := range map[string]agent.Code{
		" \n":                           codeNoGoal,
		strings.Repeat("a ", maxGoal):   codeLongGoal,
		"When\u202e an order is won":    codeHidden,
		"When an\u200b order is won, …": codeHidden,
	} {
		a, _ := ask(t, planner(m), goal)
		if a.Refusal == nil || a.Refusal.Reasons[0].Code != want {
			t.Errorf("%.20q: %+v, want %s", goal, a, want)
		}
	}
	none, _ := catalog.Open("", nil)
	a, _ := ask(t, planner(m, func(c *Config) { c.Catalog = none }), goals["w1"])
	if a.Refusal == nil || a.Refusal.Reasons[0].Code != codeNoCatalog {
		t.Errorf("without specs: %+v", a)
	}
	if len(m.seen) > 0 {
		t.Error("the model was asked")
	}
}

func TestQuestionsAndReasons(t *testing.T) {
	long := strings.Repeat("very ", 200)
	m := says(`{"outcome":"questions","plan":null,"reasons":[],"remarks":[],"questions":[
		{"about":["CLOSED-won","not in the goal"],"text":"Which\n[one](https://evil.test/x)?\u202e","choices":["a\u200b","see www.evil.test",""]},
		{"about":[],"text":"   ","choices":[]}, {"about":[],"text":"` + long + `","choices":[]}]}`)
	a, _ := ask(t, planner(m), goals["w1"])
	if len(a.Questions) != 2 {
		t.Fatalf("questions: %+v", a)
	}
	want := agent.Question{Code: codeAsked, About: []string{"closed-won"}, Text: "Which [one]((address left out)", Choices: []agent.Choice{{Text: "a"}, {Text: "see (address left out)"}}}
	if diff := cmp.Diff(want, a.Questions[0]); diff != "" {
		t.Error(diff)
	}
	if n := len([]rune(a.Questions[1].Text)); n > maxText {
		t.Errorf("a question of %d characters", n)
	}
	m = says(`{"outcome":"refusal","plan":null,"questions":[],"remarks":[],"reasons":[{"about":[],"text":"<b>No</b> way."}]}`)
	a, _ = ask(t, planner(m), goals["w1"])
	if diff := cmp.Diff(&agent.Refusal{Reasons: []agent.Reason{{Code: codeRefused, Text: "<b>No</b> way."}}}, a.Refusal); diff != "" {
		t.Error(diff)
	}
	m = says(`{"outcome":"refusal","plan":null,"questions":[],"remarks":[],"reasons":[{"about":[],"text":" "}]}`, submitted(t, good()))
	if a, _ = ask(t, planner(m), goals["w1"]); a.Draft == nil {
		t.Errorf("an empty refusal counts: %+v", a)
	}
}

// TestLimits: a create without limits gets the usual ones, and the draft says so.
func TestLimits(t *testing.T) {
	var s wireSubmission
	if err := json.Unmarshal([]byte(submitted(t, good())), &s); err != nil {
		t.Fatal(err)
	}
	s.Plan.Limits = []wireLimit{{"invoices_per_day", 5000}}
	s.Plan.Name = "Closed Won → Invoice!"
	s.Plan.Notes = append(s.Plan.Notes[:1], wireNote{"/steps/nowhere", "x"}, wireNote{"/steps/invoice/body/Date", "see\nhttps://a.test/b"})
	s.Remarks = []string{"It takes www.x.test for granted."}
	data, err := marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	a, _ := ask(t, planner(says(string(data))), goals["w1"])
	if a.Draft == nil {
		t.Fatalf("%+v", a)
	}
	p := a.Draft.Plan
	if diff := cmp.Diff(map[string]int64{"invoices_per_day": 5000, "amount_per_invoice": 50_000}, without(p.Limits, "contacts_per_day")); diff != "" {
		t.Error(diff)
	}
	if p.Name != "closed-won-invoice" {
		t.Errorf("name %q", p.Name)
	}
	if got := p.Notes["/steps/6/body/Date"]; got != "see (address left out)" || p.Notes["/steps/nowhere"] != "" || p.Notes["/limits/amount_per_invoice"] == "" {
		t.Errorf("notes: %q", p.Notes)
	}
	remarks := strings.Join(a.Draft.Remarks, "\n")
	for _, want := range []string{"amount_per_invoice is the usual 50000", "invoices_per_day is 5000, above the usual 200", "The model says: It takes (address left out) for granted."} {
		if !strings.Contains(remarks, want) {
			t.Errorf("no remark %q in:\n%s", want, remarks)
		}
	}
}

// TestUnsaid: a number or a name that the plan leaves out is pointed at.
func TestUnsaid(t *testing.T) {
	for goal, want := range map[string][]string{
		"Won deals, due in 30 days, at most 50,000 each and 200 a day": nil,
		"Won deals over 1,250.50 in stage \"Ready to bill\"":           {"1,250.50", `"Ready to bill"`},
		"Won deals of Product2 in “DRAFT”, 14 of them":                 {"14"},
	} {
		var wants []string
		for _, w := range want {
			wants = append(wants, "The goal says "+w+", and the plan does not say it in these words.")
		}
		if diff := cmp.Diff(wants, unsaid(good(), goal)); diff != "" {
			t.Errorf("%q: %s", goal, diff)
		}
	}
}

func without(m map[string]int64, name string) map[string]int64 {
	delete(m, name)
	return m
}

var _ agent.Planner = (*Planner)(nil)

func errorsOf(list diag.List) (out []string) {
	for _, d := range list {
		if d.Severity == diag.Error {
			out = append(out, string(d.Code))
		}
	}
	return out
}
