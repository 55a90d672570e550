package rules

import (
	"strings"

	"github.com/planwright/planwright/agent"
	"github.com/planwright/planwright/internal/decimal"
)

// option reads one option of the action.
func (r *reading) option(c *node) {
	n := c.kids[0]
	switch n.rule {
	case "InApi":
		a := n.find("api")
		r.targeted = append(r.targeted, said(r, a, a.value.([]string)))
	case "Lines":
		r.lineOption(n)
	case "Family":
		v, _ := first(n, "name", "loose").value.(name)
		once(r, &r.family, n, v)
		r.noun(n)
	case "ForParty":
		r.party(n.find("Party"))
		r.refsIn(n, roleSource)
	case "ForRef":
		r.refsIn(n, roleOrigin)
	case "Draft", "Approved":
		r.choose("status", strings.ToLower(n.rule), n)
		r.it(n)
	case "Status":
		r.choose("status", "="+n.find("name").value.(name).text, n)
	case "Inclusive", "Exclusive", "NoTax":
		r.choose("tax", n.rule, n)
	case "UnclearTax":
		r.problem(ask(codeAmbiguous, r.words(n), r.instead(r.at(n).at, []wording{
			{"tax on top of the amounts", "with tax on top"}, {"no tax", "with no tax"},
		}), "Does %q mean that tax comes on top of the amounts, or that there is none?", r.words(n)))
	case "Due":
		r.dueOption(n)
	case "Currency":
		r.currencyOption(n)
	case "Account":
		once(r, &r.account, n, n.find("code").value.(string))
	case "PerDay", "PerDocument":
		r.limit(n)
	case "Back", "BackOff":
		r.backOption(n)
	case "Assign":
		r.assignOption(n)
	case "Ensure", "Maps", "Once":
		r.restated(n)
	case "Send":
		r.problem(ask(codeOtherDeed, r.words(n), []agent.Choice{r.leaveOut(n)},
			"%q is a second effect: a message cannot be called back. What should happen instead?", r.words(n)))
	}
}

// restated reads what the plan does anyhow.
func (r *reading) restated(n *node) {
	r.anyhow[n.rule] = r.words(n)
	if p := n.find("Party"); p != nil {
		r.party(p)
	}
	r.refsIn(n, roleSource)
	r.it(n)
	for _, e := range n.kids {
		if e.rule == "entity" {
			r.refs = append(r.refs, said(r, e, ref{e.value.([]string), roleEither}))
		}
	}
	for _, a := range n.all("api") {
		r.targeted = append(r.targeted, said(r, a, a.value.([]string)))
	}
}

// first returns the first node of any of the rules, never nil.
func first(n *node, rules ...string) *node {
	for _, rule := range rules {
		if f := n.find(rule); f != nil {
			return f
		}
	}
	return &node{}
}

// noun notes what the goal calls the lines, when that is a record of the catalog.
func (r *reading) noun(n *node) {
	for _, noun := range n.all("Noun") {
		if e := noun.find("entity"); e != nil {
			r.refs = append(r.refs, said(r, e, ref{e.value.([]string), roleLines}))
		}
	}
}

// it notes the record that an option speaks of as what is made.
func (r *reading) it(n *node) {
	for _, rule := range []string{"It", "Single"} {
		for _, it := range n.all(rule) {
			if e := it.find("entity"); e != nil {
				r.refs = append(r.refs, said(r, e, ref{e.value.([]string), roleTarget}))
			}
		}
	}
}

// lineOption reads that the lines come along, and where they are.
func (r *reading) lineOption(n *node) {
	once(r, &r.lines, n, true)
	r.noun(n)
	r.refsIn(n, roleEither)
	for _, a := range n.all("api") {
		// "… with the lines in Xero" speaks of the invoice, "the lines from Salesforce" of the deal.
		m := said(r, a, a.value.([]string))
		if in := n.find("InApi"); in != nil && r.tokens[in.from].norm == "from" {
			r.sourced = append(r.sourced, m)
		} else {
			r.targeted = append(r.targeted, m)
		}
	}
}

// dueOption reads terms of payment as a number of days.
func (r *reading) dueOption(n *node) {
	v := due{}
	if num := n.find("number"); num != nil {
		days := r.plainNumber(num)
		if s := n.find("Span"); s != nil && strings.HasPrefix(r.tokens[s.to-1].norm, "week") {
			days = days.Mul(decimal.FromInt(7))
		}
		if days.Places() > 0 || days.Sign() < 0 || days.Cmp(decimal.FromInt(3660)) > 0 {
			r.problem(ask(codeNumber, r.words(n), nil, "%q is not a number of days within ten years.", r.words(n)))
			return
		}
		v.days = whole(days)
	}
	if f := n.find("field"); f != nil {
		v.label, v.field = strings.ToLower(r.words(f)), f.value.([]fieldRef)
	}
	r.it(n)
	once(r, &r.due, n, v)
}

// whole returns a small whole decimal as an integer.
func whole(d decimal.Decimal) int64 {
	var n int64
	for _, c := range d.Canonical() {
		if c < '0' || c > '9' {
			return -1
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// currencyOption reads a code, a coin, or "the deal's own", which is the empty code.
func (r *reading) currencyOption(n *node) {
	r.refsIn(n, roleSource)
	if n.has("Own") {
		once(r, &r.currency, n, "")
		return
	}
	code, _ := first(n, "currency").value.(string)
	if coin := n.find("Coin"); coin != nil {
		if code = moneyNames[strings.ToLower(r.words(coin))]; code == "" {
			r.problem(ask(codeNumber, r.words(coin), r.dollars(coin), "Which currency are %q?", r.words(coin)))
			return
		}
	}
	once(r, &r.currency, n, code)
}

// limit reads how many a day, or how much for one.
func (r *reading) limit(n *node) {
	r.it(n)
	if n.rule == "PerDocument" {
		if e := n.find("entity"); e != nil && !n.has("Single") {
			r.refs = append(r.refs, said(r, e, ref{e.value.([]string), roleTarget}))
		}
		m := r.money(n.find("Money"))
		r.wholeLimit(n, m.value)
		once(r, &r.perDoc, n, m)
		return
	}
	if e := n.find("entity"); e != nil {
		r.refs = append(r.refs, said(r, e, ref{e.value.([]string), roleTarget}))
	}
	num := n.find("number")
	r.wholeLimit(n, r.plainNumber(num))
	once(r, &r.perDay, n, num.value.(amount))
}

// wholeLimit asks when a limit is not a whole number that a plan can hold.
func (r *reading) wholeLimit(n *node, d decimal.Decimal) {
	if d.Places() > 0 || d.Sign() <= 0 || d.Cmp(decimal.Must("1000000000000")) > 0 {
		r.problem(ask(codeNumber, r.words(n), nil, "A limit is a whole number from 1 up; what should %q be?", r.words(n)))
	}
}

// backOption reads whether the number goes back to the source record.
func (r *reading) backOption(n *node) {
	r.refsIn(n, roleSource)
	for _, a := range n.all("api") {
		r.sourced = append(r.sourced, said(r, a, a.value.([]string)))
	}
	for _, thing := range n.all("Thing") {
		if e := thing.find("entity"); e != nil {
			r.refs = append(r.refs, said(r, e, ref{e.value.([]string), roleTarget}))
		}
	}
	r.it(n)
	if w := n.find("Number1"); w != nil {
		r.backWhat = strings.ToLower(r.words(w))
	}
	once(r, &r.back, n, n.rule == "Back")
}

// assignOption reads "use A as B", "set B to A" and their like.
func (r *reading) assignOption(n *node) {
	onto, src := n.find("Onto"), n.find("Source")
	of := onto.find("field")
	a := assign{onto: of.value.([]fieldRef), ontoName: r.words(of)}
	if e := onto.find("entity"); e != nil {
		r.refs = append(r.refs, said(r, e, ref{e.value.([]string), roleTarget}))
	}
	if src == nil {
		src = n // "with reference 'ABC'"
	}
	switch f, q := src.find("field"), src.find("quoted"); {
	case q != nil:
		a.literal, a.known = q.value.(string), true
	case f != nil && src != n:
		a.from, a.fromName, a.known = f.value.([]fieldRef), r.words(f), true
		if src.has("entity") {
			a.owner = append(recordOf(src), "") // an owner was named, whatever it is
		}
	case src.has("number"):
		a.literal, a.known = r.plainNumber(src.find("number")).Canonical(), true
	case src.has("name"):
		a.literal, a.known = src.find("name").value.(name).text, true
	default:
		a.fromName = r.words(src)
	}
	r.assigns = append(r.assigns, said(r, n, a))
}
