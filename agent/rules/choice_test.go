package rules_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/agent/rules"
	"github.com/planwright/planwright/specs"
)

// TestChoices: what is asked about these goals, the choices as "label: goal".
func TestChoices(t *testing.T) {
	const won = "When an opportunity is won, "
	for _, tt := range []struct {
		goal string
		want []string
	}{
		// What is left out takes its joint along, and the rest stays a sentence.
		{won + "create an invoice in Xero and send it to the customer.", []string{`leave out "send it to the customer": ` + won + "create an invoice in Xero."}},
		{won + "email it to the customer and create an invoice in Xero.", []string{`leave out "email it to the customer": ` + won + "create an invoice in Xero."}},
		{won + "create a Xero invoice. Please email it. Amounts include tax.", []string{`leave out "Please email it": ` + won + "create a Xero invoice. Amounts include tax."}},
		{won + "create an invoice in Xero, due in 14 days and due in 30 days.", []string{
			"due in 14 days: " + won + "create an invoice in Xero, due in 14 days.",
			"due in 30 days: " + won + "create an invoice in Xero, due in 30 days.",
		}},
		{won + "create a draft invoice in Xero and approve it.", []string{
			"draft: " + won + "create a draft invoice in Xero.",
			"approve it: " + won + "create an invoice in Xero and approve it.",
		}},
		{"Draft an approved Xero invoice for every won deal.", []string{"Draft: Draft a Xero invoice for every won deal."}}, // a sentence needs its verb
		// What is replaced is the word in question, not the stretch around it.
		{"When the stage becomes contract signed, create an invoice in Xero.", []string{
			`"Contract Signed": When the stage becomes "Contract Signed", create an invoice in Xero.`,
			`"contract signed": When the stage becomes "contract signed", create an invoice in Xero.`,
		}},
		{"When a deal closes, create an invoice in Xero.", []string{"only when won: When a deal is won, create an invoice in Xero."}},
		{"When deals are closed, create an invoice in Xero.", []string{"only when won: When deals are closed-won, create an invoice in Xero."}},
		{"When we close a deal, invoice it in Xero.", []string{"only when won: When we win a deal, invoice it in Xero."}},
		{"Create an invoice in Xero for every won deal in dollars.", []string{
			"AUD: Create an invoice in Xero for every won deal in AUD.",
			"NZD: Create an invoice in Xero for every won deal in NZD.",
			"USD: Create an invoice in Xero for every won deal in USD.",
		}},
		{"Create a Xero invoice for every won deal in GBP and do not update the deal.", []string{
			"only those in GBP: Create a Xero invoice for every won deal and do not update the deal, only if its currency is GBP.",
			"what is made is in GBP: Create a Xero invoice for every won deal and do not update the deal, with currency GBP.",
		}},
		{"Create an invoice in Xero for every won deal in GBP.", []string{
			"only those in GBP: Create an invoice in Xero for every won deal, only if its currency is GBP.",
			"what is made is in GBP: Create an invoice in Xero for every won deal, with currency GBP.",
		}},
		{"When an opportunity over $5.000 is won, create an invoice in Xero.", []string{
			"$5: When an opportunity over $5 is won, create an invoice in Xero.",
			"$5000: When an opportunity over $5000 is won, create an invoice in Xero.",
		}},
		{"When an opportunity over 5.125 is won, create an invoice in Xero.", []string{
			"5.1250: When an opportunity over 5.1250 is won, create an invoice in Xero.",
			"5125: When an opportunity over 5125 is won, create an invoice in Xero.",
		}},
		{"When an opportunity over $5,000 EUR is won, create an invoice in Xero.", []string{
			"$: When an opportunity over $5,000 is won, create an invoice in Xero.",
			"EUR: When an opportunity over 5,000 EUR is won, create an invoice in Xero.",
		}},
		{won + "create an invoice in Xero, at most $50 invoices a day.", []string{"50: " + won + "create an invoice in Xero, at most 50 invoices a day."}},
		{won + "create an invoice in Xero with status PARKED.", []string{
			"as a draft: " + won + "create an invoice in Xero as a draft.",
			"as approved: " + won + "create an invoice in Xero as approved.",
		}},
		{won + "create an invoice in Salesforce.", []string{"in Xero: " + won + "create an invoice in Xero."}},
		{"When an opportunity is won in Xero, create an invoice in Xero.", []string{"in Salesforce: When an opportunity is won in Salesforce, create an invoice in Xero."}},
		{won + "create bills in Xero.", []string{"sales invoice: " + won + "create sales invoice in Xero."}},
		// Words that nobody understands are not left out with one press.
		{"When an opportunity is not won, create an invoice in Xero.", nil},
		{won + "create an invoice in Xero, due in 30 working days.", nil},
	} {
		a := ask(t, planner(), tt.goal)
		if len(a.Questions) == 0 {
			t.Errorf("%q: no question: %s", tt.goal, bad(a))
			continue
		}
		var got []string
		for _, c := range a.Questions[0].Choices {
			got = append(got, c.Text+": "+c.Goal)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q: choices (-want +got):\n%s", tt.goal, diff)
		}
	}
}

// TestChoicesOfAPIs: with two accounting APIs a choice names the one.
func TestChoicesOfAPIs(t *testing.T) {
	p := rules.New(openCatalog(t, append(specs.Embedded(), ledgerly(t))...))
	for goal, want := range map[string]string{
		"When a deal is won, bill the customer.":            "When a deal is won, bill the customer, in Ledgerly.",
		"When a deal is won, create a bill in Salesforce.":  "When a deal is won, create a bill in Ledgerly.",
		"When a deal is won, create a bill with its lines.": "When a deal is won, create a bill in Ledgerly with its lines.",
	} {
		a := ask(t, p, goal)
		if !slices.ContainsFunc(a.Questions, func(q agent.Question) bool { return slices.Contains(goals(q), want) }) {
			t.Errorf("%q: no choice %q in %+v", goal, want, a.Questions)
		}
		followed(t, p, goal, maxSteps)
	}
}

// goals are those that the choices of a question carry.
func goals(q agent.Question) []string {
	var out []string
	for _, c := range q.Choices {
		if c.Goal != "" {
			out = append(out, c.Goal)
		}
	}
	return out
}

// How many presses lead to a plan, at most: of goals as people write them, and of those that
// are all questions.
const (
	maxSteps = 4
	maxMany  = 8
)

// followed presses every choice once, and then the first ones, until there is a draft or
// nothing to press. It returns how many choices there were.
func followed(t *testing.T, p *rules.Planner, goal string, most int) int {
	t.Helper()
	first := ask(t, p, goal)
	n := 0
	for _, q := range first.Questions {
		for _, to := range goals(q) {
			n++
			next := ask(t, p, to)
			if next.Refusal != nil {
				t.Errorf("%q: the choice %q is refused: %s", goal, to, bad(next))
			}
			if slices.ContainsFunc(next.Questions, func(o agent.Question) bool { return o.Code == q.Code && slices.Equal(o.About, q.About) }) {
				t.Errorf("%q: the choice %q raises the same question again: %s", goal, to, bad(next))
			}
		}
	}
	way := []string{goal}
	for a := first; a.Draft == nil; a = ask(t, p, way[len(way)-1]) {
		i := slices.IndexFunc(a.Questions, func(q agent.Question) bool { return len(goals(q)) > 0 })
		if i < 0 {
			break
		}
		if way = append(way, goals(a.Questions[i])[0]); len(way) > most+1 {
			t.Errorf("after %d choices there is no draft:\n%s", most, strings.Join(way, "\n"))
			break
		}
	}
	return n
}

// TestChoicesLeadOn: of all goals that there are here, in the documents and in the
// evaluation, no choice leads into a dead end.
func TestChoicesLeadOn(t *testing.T) {
	all := slices.Concat(lines(t, "testdata/w1-dev.txt"), lines(t, "testdata/w1-heldout.txt"), documented(t), evaluated(t))
	crowded := []string{
		"Draft an approved Xero invoice for every won deal in dollars and email it, tax inclusive, tax exclusive.",
		"When an opportunity over 5.000 dollars closes in Xero, bill the customer in Salesforce without tax, at most 2.500 invoices a day.",
		"Create a bill in Xero for every won deal in dollars, due in 14 days, net 30, as a draft, as approved, with status PAID.",
	}
	for _, o := range others {
		all = append(all, o.goal)
	}
	n := 0
	for _, goal := range all {
		n += followed(t, planner(), goal, maxSteps)
	}
	for _, goal := range crowded {
		n += followed(t, planner(), goal, maxMany)
	}
	if n < 40 {
		t.Errorf("only %d choices were tried in %d goals", n, len(all))
	}
}

// documented are the examples of docs/planner.md.
func documented(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../../docs/planner.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, b := range regexp.MustCompile("(?s)```(?:draft|question|refusal)\n(.*?)\n```").FindAllStringSubmatch(string(data), -1) {
		out = append(out, strings.Split(b[1], "\n")...)
	}
	return out
}

// evaluated are the goals of the evaluation's cases.
func evaluated(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../eval/cases/plan/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var out []string
	for _, file := range files {
		for _, line := range lines(t, file) {
			var one struct{ Goal string }
			if err := json.Unmarshal([]byte(line), &one); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			out = append(out, one.Goal)
		}
	}
	return out
}
