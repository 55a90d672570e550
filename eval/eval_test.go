package eval_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/rules"
	"github.com/planwright/planwright/eval"
	"github.com/planwright/planwright/runtime/plan"
)

var update = flag.Bool("update", false, "rewrite the recordings and the changes that cases expect")

const won = "When an opportunity is closed-won in Salesforce, create an approved invoice with the line items in Xero."

func evaluator(t testing.TB) *eval.Evaluator {
	t.Helper()
	e, err := eval.New(eval.Config{Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// parsed reads cases of JSON lines.
func parsed(t testing.TB, lines string) []eval.Case {
	t.Helper()
	cases, found := eval.ParseLines("test.jsonl", []byte(lines))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

// own are the cases that come with the program.
func own(t testing.TB) (plans, runs []eval.Case) {
	t.Helper()
	plans, err := eval.PlanCases()
	if err != nil {
		t.Fatal(err)
	}
	runs, err = eval.RunCases()
	if err != nil {
		t.Fatal(err)
	}
	return plans, runs
}

func pairs(t testing.TB) []eval.Pairs {
	t.Helper()
	sets, err := eval.EmbeddedPairs()
	if err != nil {
		t.Fatal(err)
	}
	return sets
}

// graded evaluates and fails the test on an error.
func graded(t testing.TB, e *eval.Evaluator, planners []eval.Planner, cases []eval.Case) eval.Evidence {
	t.Helper()
	ev, err := e.Run(t.Context(), planners, cases)
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

// TestOwnCases runs everything that comes with the program, with the planner that needs no
// model, against the committed baseline.
func TestOwnCases(t *testing.T) {
	plans, runs := own(t)
	unplannable := 0
	for _, c := range plans {
		if !slices.Contains(c.Outcome, eval.Plan) {
			unplannable++
		}
	}
	if len(plans) < 40 || unplannable < 10 || len(runs) < 12 {
		t.Errorf("got %d goals, %d of them not to be planned, and %d runs", len(plans), unplannable, len(runs))
	}
	e := evaluator(t)
	ev := graded(t, e, []eval.Planner{eval.Rules(e.Catalog())}, append(plans, runs...))
	n := 0
	for _, set := range pairs(t) {
		n += len(set.Gold)
		ev.Pairs = append(ev.Pairs, set.Match())
	}
	if n < 60 {
		t.Errorf("got %d labelled pairs", n)
	}
	b, err := eval.Committed()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		rewriteChanges(t, ev)
		return
	}
	ev.Compare(b, false)
	for _, why := range ev.Failed() {
		t.Error(why)
	}
	for _, r := range ev.Cases {
		if !r.Pass && !slices.Contains(b.Failed, r.Planner+" "+r.ID) {
			t.Errorf("%s: %v", r.ID, r.Failures)
		}
	}
}

// rewriteChanges puts what runs changed into the cases that expect a change.
func rewriteChanges(t *testing.T, ev eval.Evidence) {
	t.Helper()
	for _, r := range ev.Cases {
		name := filepath.Join("cases", "run", strings.TrimPrefix(r.ID, "run/")+".txtar")
		data, err := os.ReadFile(name)
		if err != nil || r.Family != "run" {
			continue
		}
		head, _, ok := bytes.Cut(data, []byte("-- change.json --\n"))
		if !ok {
			continue
		}
		text := slices.Concat(head, []byte("-- change.json --\n"), r.Change)
		if err := os.WriteFile(name, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSecondRunSameBytes: the evidence of a second run is the same but for how long it took.
func TestSecondRunSameBytes(t *testing.T) {
	_, runs := own(t)
	runs = slices.DeleteFunc(runs, func(c eval.Case) bool {
		return !slices.Contains([]string{"run/storm", "run/kill-and-lost-answer", "run/contact-lost"}, c.ID)
	})
	var texts []string
	for range 2 {
		e := evaluator(t)
		ev := graded(t, e, []eval.Planner{eval.Rules(e.Catalog())}, runs)
		if len(ev.Cases) != 3 || len(ev.Durations) != 3 {
			t.Fatalf("got %d cases, %d durations", len(ev.Cases), len(ev.Durations))
		}
		ev.Durations = nil
		data, err := ev.JSON()
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(data))
	}
	if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
		t.Errorf("(-first +second):\n%s", diff)
	}
}

// TestScriptedPlanners puts a few cases to every scripted model.
func TestScriptedPlanners(t *testing.T) {
	plans, _ := own(t)
	cases := slices.DeleteFunc(slices.Clone(plans), func(c eval.Case) bool {
		return !slices.Contains([]string{"wording/closed-won", "neighbours/paid", "neighbours/overdue", "ambiguous/closed", "hostile/bank-account", "impossible/empty"}, c.ID)
	})
	e := evaluator(t)
	var planners []eval.Planner
	for _, name := range eval.ScriptedNames() {
		p, err := eval.ScriptedPlanner(t.Context(), name, e.Catalog(), cases, nil)
		if err != nil {
			t.Fatal(err)
		}
		planners = append(planners, p)
	}
	ev := graded(t, e, planners, cases)
	for _, r := range ev.Cases {
		adverse := r.Planner == "scripted-broken" || r.Planner == "scripted-hostile"
		switch {
		case !r.Pass || len(r.Unsafe) > 0:
			t.Errorf("%s %s: %s: %v", r.Planner, r.ID, r.Got, r.Failures)
		case adverse && (r.Got == eval.Plan || r.Run != nil):
			t.Errorf("%s %s: a plan came of it", r.Planner, r.ID)
		case r.Planner == "scripted-weak" && r.Got == eval.Plan && r.Cost.Asked != 2:
			t.Errorf("%s: the model was asked %d times, want once more for its mistake", r.ID, r.Cost.Asked)
		case r.Planner == "scripted-perfect" && r.ID != "impossible/empty" && r.Cost.Asked != 1:
			t.Errorf("%s: the model was asked %d times, want once", r.ID, r.Cost.Asked)
		}
	}
	if _, err := eval.ScriptedPlanner(t.Context(), "scripted-unheard-of", e.Catalog(), cases, nil); err == nil {
		t.Error("a model nobody wrote was made")
	}
}

// says is a planner that gives one answer.
func says(name string, a agent.Answer, err error) eval.Planner {
	return eval.Planner{Name: name, Origin: eval.Computed, Plan: func(context.Context, string, agent.Goal) (agent.Answer, eval.Cost, error) {
		return a, eval.Cost{}, err
	}}
}

// TestGrades: every way in which a case does not pass is seen and said.
func TestGrades(t *testing.T) {
	e := evaluator(t)
	drafts, err := rules.New(e.Catalog()).Plan(t.Context(), agent.Goal{Text: won})
	if err != nil {
		t.Fatal(err)
	}
	unsound, found := plan.Parse("plan.yaml", bytes.ReplaceAll(drafts.Draft.Plan.YAML(), []byte("xero.createInvoices"), []byte("xero.unheardOf")))
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	question := agent.Answer{Questions: []agent.Question{{Code: "ambiguous", About: []string{"closed"}, Text: "Which?"}}}
	draft := func(p *plan.Plan) agent.Answer { return agent.Answer{Draft: &agent.Draft{Plan: p}} }
	tests := []struct {
		name, line string
		answer     agent.Answer
		err        error
		got        eval.Outcome
		want       string // in the failures; empty passes
	}{
		{"good", `"outcome":"plan","case":"won","assert":["added.xero.Invoices.size() == 3"]`, drafts, nil, eval.Plan, ""},
		{"an assertion that does not hold", `"outcome":"plan","assert":["added.xero.Invoices.size() == 4"]`, drafts, nil, eval.Plan, "does not hold: added.xero.Invoices.size() == 4"},
		{"an assertion about nothing", `"outcome":"plan","assert":["xero.Invoicez.size() == 4"]`, drafts, nil, eval.Plan, "no such key: Invoicez"},
		{"a question instead", `"outcome":"plan"`, question, nil, eval.Question, "answered with a question, not a plan"},
		{"a plan that is not run", `"outcome":"plan","case":"none","assert":["plan.trigger.object == \"Opportunity\"","runs.size() == 0","added.xero.Invoices.size() == 0"]`, drafts, nil, eval.Plan, ""},
		{"a plan that is not run, and wrong", `"outcome":"plan","case":"none","assert":["plan.trigger.object == \"Lead\""]`, drafts, nil, eval.Plan, "does not hold"},
		{"a question, and nothing happened", `"outcome":"question","assert":["xero.Invoices.size() == 12","runs.size() == 0"]`, question, nil, eval.Question, ""},
		{"a question, and something was to happen", `"outcome":"question","assert":["added.xero.Invoices.size() == 1"]`, question, nil, eval.Question, "does not hold"},
		{"a question where the assertions are for a plan", `"outcome":["question","plan"],"assert":["added.xero.Invoices.size() == 3"]`, question, nil, eval.Question, ""},
		{"a question as well", `"outcome":["plan","question"]`, question, nil, eval.Question, ""},
		{"a plan instead", `"outcome":["question","refusal"],"case":"none"`, drafts, nil, eval.Plan, "not a question or refusal"},
		{"the word is named", `"outcome":"question","asks":["Closed"]`, question, nil, eval.Question, ""},
		{"the word is not named", `"outcome":"question","asks":["won"]`, question, nil, eval.Question, `does not name "won"`},
		{"unsound", `"outcome":"plan"`, draft(unsound), nil, eval.Unsound, "the draft does not pass the check: unknown-operation"},
		{"forbidden", `"outcome":"plan","forbid":["xero.createInv*"]`, drafts, nil, eval.Plan, "the plan holds xero.createInvoices, forbidden by xero.createInv*"},
		{"forbidden by the scene", `"outcome":"plan","case":{"forbid":["salesforce.*"]}`, drafts, nil, eval.Plan, "forbidden by salesforce.*"},
		{"no answer", `"outcome":"plan"`, agent.Answer{}, nil, eval.Failed, "the planner could not answer: agent"},
		{"an error", `"outcome":"plan"`, agent.Answer{}, errors.New("the model is gone"), eval.Failed, "the planner could not answer: the model is gone"},
		{"a record that is not there", `"outcome":"plan","case":{"patch":[{"object":"xero.Items","id":"NOPE","set":{"Name":"x"}}]}`, drafts, nil, eval.Plan, `no record named "NOPE"`},
		{"a side that is not there", `"outcome":"plan","case":{"patch":[{"object":"Items","id":"NOPE"}]}`, drafts, nil, eval.Plan, "none of salesforce.OBJECT and xero.COLLECTION"},
		{"a deal that is not there", `"outcome":"plan","case":{"events":[{"win":"006000000000000AAA"}]}`, drafts, nil, eval.Plan, "event 1"},
		{"a kill that never happens", `"outcome":"plan","case":{"kills":[{"at":"after-send","nth":10000}]}`, drafts, nil, eval.Plan, "0 of 1 kills happened"},
		{"a fault that never strikes", `"outcome":"plan","case":{"faults":[{"operation":"GET /nowhere","kind":"reset"}]}`, drafts, nil, eval.Plan, "0 faults struck, 1 were to"},
		{"a row to a record that is not there", `"outcome":"plan","case":{"rows":[{"mapping":"product","key":["01t000000000000AAA"],"to":"NOPE"}]}`, drafts, nil, eval.Plan, "row product"},
	}
	for _, tt := range tests {
		c := parsed(t, `{"id":"x/1","goal":"g",`+tt.line+`}`)
		r := graded(t, e, []eval.Planner{says("p", tt.answer, tt.err)}, c).Cases[0]
		failures := strings.Join(r.Failures, "\n")
		if r.Got != tt.got || r.Pass != (tt.want == "") || !strings.Contains(failures, tt.want) {
			t.Errorf("%s: got %s, pass %v, %q; want %s, %q", tt.name, r.Got, r.Pass, failures, tt.got, tt.want)
		}
		if r.Run != nil && tt.want != "" && strings.Contains(tt.want, "forbidden") {
			t.Errorf("%s: a plan with a forbidden operation was run", tt.name)
		}
	}
}

// TestChangeIsComparedBothWays: a change too many fails as a change too few does.
func TestChangeIsComparedBothWays(t *testing.T) {
	e := evaluator(t)
	c := parsed(t, `{"id":"x/1","goal":"`+won+`","outcome":"plan","case":{"events":[{"win":"0065g000000000RAAQ"}]}}`)[0]
	p := []eval.Planner{eval.Rules(e.Catalog())}
	real := graded(t, e, p, []eval.Case{c}).Cases[0].Change
	for name, want := range map[string][]byte{
		"":         real,
		"too many": bytes.Replace(real, []byte("AUTHORISED"), []byte("DRAFT"), 1),
		"too few":  append(slices.Clone(real), "more\n"...),
	} {
		c.Change = want
		r := graded(t, e, p, []eval.Case{c}).Cases[0]
		if r.Pass != (name == "") {
			t.Errorf("%s: pass %v, %v", name, r.Pass, r.Failures)
		}
	}
}

func TestCancelled(t *testing.T) {
	e := evaluator(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Run(ctx, []eval.Planner{eval.Rules(e.Catalog())}, parsed(t, `{"id":"x/1","goal":"`+won+`","outcome":"plan"}`)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestSelect(t *testing.T) {
	cases := parsed(t, `{"id":"wording/passive","goal":"g","outcome":"plan","tags":["invoice"]}
{"id":"traps/names","goal":"g","outcome":"plan","tags":["near-duplicate"]}
{"id":"alone","goal":"g","outcome":"plan"}`)
	for filter, want := range map[string]int{"": 3, "wording": 1, "traps/*": 1, "invoice": 1, "duplicate": 1, "suite": 1, "nothing": 0} {
		if got := len(eval.Select(cases, filter)); got != want {
			t.Errorf("%q: got %d cases, want %d", filter, got, want)
		}
	}
}
