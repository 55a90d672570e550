package rules_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/planwright/planwright/runtime/plan"
)

// plainGoals have no place for a free name, so that no unknown word may be placed.
var plainGoals = []string{
	"When an opportunity is closed-won in Salesforce, create an invoice with the line items in Xero.",
	"Create a Xero invoice for every won deal, with its products.",
	"Invoice won opportunities in Xero with their line items.",
	"For won deals over 5,000, raise an approved invoice in Xero, due in 14 days, in GBP, at most 50 invoices a day.",
	"As soon as sales win a new business deal, bill the customer in Xero, tax inclusive, to account 200, and do not update the deal.",
	"An invoice with the line items should be created in Xero when an opportunity is won in Salesforce, net 30.",
}

// namedGoals hold names that only the record knows.
var namedGoals = []string{
	`When the stage becomes Contract Signed, create an invoice in Xero, only software products, with the account's name as reference.`,
	`When an opportunity of type "Renewal" is won, create an invoice in Xero with reference 'Sales' for the products in the Hardware family.`,
}

// strangers mean nothing to the grammar or the catalog.
var strangers = strings.Fields(`purple shipment warehouse monthly discounted Belgian refund tomorrow twice except
	archived manual invalid partner negative legacy urgent half zzz Quarterly hourly unless until maybe rarely
	ledgers PDF attachment salespeople chat slack discount% 50% ~ / & @ #1 <b> ${x} -- `)

// familiar words mean something somewhere in the grammar.
var familiar = strings.Fields(`draft approved tax GBP 14 days account won products opportunity deal Salesforce Xero
	invoice not no never over least only due net reference name new second create closed stage currency line customer
	contact inclusive exclusive for or if all every with in to from as it is limit 200 sales family amount when once
	invoices weeks update send write do approve item bill opp lines without terms`)

// restated words may repeat what the goal or the default says already; the reason is
// what they stand for.
var restated = map[string]string{
	"Salesforce": "where deals are", "Xero": "where invoices are", "opportunity": "the deal's own lines", "deal": "the deal's own lines",
	"opp": "the deal's own lines", "sales": "a sales invoice", "customer": "a sales invoice", "new": "a new invoice", "draft": "the default status",
	"approved": "said twice", "all": "all lines", "every": "all lines", "closed": "closed and won", "for": "for its lines, said twice",
	"with": "with its lines, said twice", "lines": "with its lines, said twice", "products": "with its lines, said twice", "line": "with its lines, said twice",
	"currency": "currency GBP", "create": "create at most", "account": "the account's own name", "contact": "who is invoiced", "item": "with its lines, said twice",
	"name": "the stage's name", "invoice": "the invoice's own reference", "invoices": "the invoice's own reference", "to": "to account 200, to Xero", "in": "in Xero", "from": "from Salesforce",
	"is": "that is due", "it": "it is due", "net": "net thirty days, said in two ways", "terms": "net 30 terms", "days": "net 30 days",
	"amount": "amounts are tax inclusive", "without": "amounts without tax", "exclusive": "the default tax basis", "as": "as approved", "or": "", "bill": "",
}

// samples is how many changes are tried at one place: all of them, or one with -short.
func samples(n int) int {
	if testing.Short() {
		return 1
	}
	return n
}

// insert puts w into the goal before its i-th word.
func insert(goal []string, i int, w string) string {
	return strings.Join(slices.Insert(slices.Clone(goal), i, w), " ")
}

func TestStrangersAreNeverIgnored(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, goal := range plainGoals {
		words := strings.Fields(goal)
		for i := range len(words) + 1 {
			for range samples(2) {
				w := strangers[rnd.IntN(len(strangers))]
				for _, changed := range []string{insert(words, i, w), replaced(words, i, w)} {
					if a := ask(t, planner(), changed); a.Draft != nil {
						t.Errorf("%q was ignored: %q gives a draft", w, changed)
					}
				}
			}
		}
	}
}

// replaced puts w in the place of the i-th word, or at the end.
func replaced(goal []string, i int, w string) string {
	c := slices.Clone(goal)
	if i < len(c) {
		c[i] = w
		return strings.Join(c, " ")
	}
	return strings.Join(append(c, w), " ")
}

// TestNamesTakeStrangersIn: where a name is wanted a stranger becomes part of it, and the
// plan says so; nowhere else.
func TestNamesTakeStrangersIn(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, goal := range namedGoals {
		first := ask(t, planner(), goal)
		if first.Draft == nil {
			t.Errorf("%q: %s", goal, bad(first))
			continue
		}
		words := strings.Fields(goal)
		for i := range len(words) + 1 {
			for range samples(4) {
				w := strangers[rnd.IntN(len(strangers))]
				changed := insert(words, i, w)
				a := ask(t, planner(), changed)
				if a.Draft == nil {
					continue
				}
				if text := core(a.Draft.Plan); text == core(first.Draft.Plan) || !strings.Contains(strings.ToLower(text), strings.ToLower(w)) {
					t.Errorf("%q was ignored in %q", w, changed)
				}
			}
		}
	}
}

// TestFamiliarWordsCount: a word that the grammar knows changes the plan, or stops it, or
// says again what the plan does already, and then the notes change.
func TestFamiliarWordsCount(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, goal := range slices.Concat(plainGoals, namedGoals) {
		first := ask(t, planner(), goal).Draft.Plan
		words := strings.Fields(goal)
		for i := range len(words) + 1 {
			for range samples(4) {
				w := familiar[rnd.IntN(len(familiar))]
				a := ask(t, planner(), insert(words, i, w))
				if a.Draft == nil || core(a.Draft.Plan) != core(first) {
					continue
				}
				if restated[w] == "" {
					t.Errorf("%q changes nothing in %q", w, a.Draft.Plan.Goal)
				}
			}
		}
	}
}

// TestDeletedWordsCount: no word of a goal can be taken out without a trace, articles and
// courtesies apart.
func TestDeletedWordsCount(t *testing.T) {
	idle := strings.Fields("a an the its their is in with and for should be items every")
	for _, goal := range slices.Concat(plainGoals, namedGoals) {
		first := ask(t, planner(), goal).Draft.Plan
		words := strings.Fields(goal)
		for i, w := range words {
			a := ask(t, planner(), strings.Join(slices.Delete(slices.Clone(words), i, i+1), " "))
			if a.Draft == nil || slices.Contains(idle, strings.ToLower(strings.Trim(w, ".,"))) {
				continue
			}
			if traces(a.Draft.Plan) == traces(first) {
				t.Errorf("%q left no trace in %q", w, goal)
			}
		}
	}
}

// traces is a plan with its notes and without its goal.
func traces(p *plan.Plan) string {
	c := *p
	c.Goal = ""
	return string(c.Canonical())
}

func TestCourtesiesChangeNothing(t *testing.T) {
	for w := range strings.FieldsSeq("then please but automatically also") {
		goal := "When an opportunity is won, " + w + " create an invoice in Xero."
		if p := drafted(t, planner(), embedded(), goal); p != nil && core(p) != core(drafted(t, planner(), embedded(), "When an opportunity is won, create an invoice in Xero.")) {
			t.Errorf("%q changes the plan", w)
		}
	}
}

// TestSameGoalSamePlan: another planner over another catalog of the same files gives the
// same bytes.
func TestSameGoalSamePlan(t *testing.T) {
	for _, goal := range plainGoals {
		want := drafted(t, planner(), embedded(), goal).Canonical()
		for range 3 {
			if got := drafted(t, freshPlanner(t), embedded(), goal).Canonical(); string(got) != string(want) {
				t.Errorf("%q: two plans:\n%s\n%s", goal, want, got)
			}
		}
	}
}
