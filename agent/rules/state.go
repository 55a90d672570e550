package rules

import (
	"slices"
	"strings"

	"github.com/planwright/planwright/internal/decimal"
)

// money is an amount with the currency written after or before it.
type money struct {
	amount
	currency string // code or coin, as written; empty when none
}

// bound compares a field of the source record with an amount.
type bound struct {
	field []fieldRef // nil for the record's amount
	label string
	op    string // CEL comparison
	money money
}

// sourceIn reads the record that starts a run, and its state, from a node.
func (r *reading) sourceIn(c *node) {
	head := c.find("WonSrc")
	for _, rule := range []string{"WonBare", "Src", "FieldIs"} {
		if head == nil {
			head = c.find(rule)
		}
	}
	if head != nil {
		if e := head.find("entity"); e != nil {
			r.source = append(r.source, said(r, e, e.value.([]string)))
		}
	}
	for _, a := range c.all("api") {
		if r.nominal && c.to == a.to {
			r.loose = append(r.loose, said(r, a, a.value.([]string)))
		} else {
			r.sourced = append(r.sourced, said(r, a, a.value.([]string)))
		}
	}
	if c.has("NewBiz") {
		r.newBusiness(c.find("NewBiz"))
	}
	for _, s := range c.all("Restrict") {
		r.restriction(s)
	}
	r.state(c)
}

// state reads what must have happened to the record.
func (r *reading) state(c *node) {
	if f := c.find("flag"); f != nil {
		once(r, &r.flag, c.find("IsFlag"), f.value.(string))
		return
	}
	if n := c.find("Closes"); n != nil && !c.has("Won") {
		once(r, &r.flag, n, "closed")
		return
	}
	// Fields named outside restrictions say what reached the stage.
	var fields []*node
	for _, f := range c.all("field") {
		if !slices.ContainsFunc(c.all("Restrict"), func(s *node) bool { return s.from <= f.from && f.to <= s.to }) {
			fields = append(fields, f)
		}
	}
	var stage stageIs
	if len(fields) > 0 {
		stage.field, stage.label = fields[0].value.([]fieldRef), strings.ToLower(r.words(fields[0]))
	}
	for _, f := range fields[min(1, len(fields)):] {
		if label := strings.ToLower(r.words(f)); label != stage.label {
			r.problem(ask(codeAmbiguous, r.words(c), nil, "Is it the %s or the %s that has to change?", stage.label, label))
		}
	}
	switch {
	case c.has("Won"), c.has("Win"):
		once(r, &r.won, first(c, "Won", "Win"), true)
		stage.won = true
		if len(fields) > 0 {
			r.stages = append(r.stages, said(r, c, stage))
		}
	case c.has("True"):
		stage.name = name{text: "true", exact: true}
		r.stages = append(r.stages, said(r, c, stage))
	default:
		for _, named := range c.all("Named") {
			n := first(named, "name", "loose")
			if !slices.ContainsFunc(c.all("Restrict"), func(s *node) bool { return s.from <= n.from && n.to <= s.to }) {
				stage.name = n.value.(name)
				r.stages = append(r.stages, said(r, c, stage))
			}
		}
	}
}

// newBusiness reads the two kinds of sale that people put before the noun. They are values
// of the field called type.
func (r *reading) newBusiness(n *node) {
	w := strings.ToLower(r.words(n))
	text := strings.ToUpper(w[:1]) + w[1:]
	if i := strings.IndexByte(text, ' '); i > 0 {
		text = text[:i+1] + strings.ToUpper(text[i+1:i+2]) + text[i+2:]
	}
	r.equals = append(r.equals, said(r, n, fieldIs{label: "type", text: text, kind: word, exact: true}))
}

// restriction reads one condition on the source record.
func (r *reading) restriction(n *node) {
	if n.has("NewBiz") {
		r.newBusiness(n.find("NewBiz"))
		return
	}
	var f []fieldRef
	label := "amount"
	if fn := n.find("field"); fn != nil {
		f, label = fn.value.([]fieldRef), strings.ToLower(r.words(fn))
	} else if amt := n.find("Amt"); amt != nil {
		label = strings.ToLower(r.words(amt))
	}
	if b := n.find("Bound"); b != nil {
		r.bound(b, f, label)
		return
	}
	if m := n.find("InMoney"); m != nil {
		r.inMoney(n, m)
		return
	}
	if d := n.find("Datum"); d != nil {
		v := fieldIs{field: f, label: label, text: r.words(d), kind: word}
		switch leaf := d.kids; {
		case len(leaf) > 0 && leaf[0].rule == "quoted":
			v.text, v.kind, v.exact = leaf[0].value.(string), quoted, true
		case len(leaf) > 0 && leaf[0].rule == "name":
			v.text, v.exact = leaf[0].value.(name).text, leaf[0].value.(name).exact
		case len(leaf) > 0 && leaf[0].rule == "number":
			v.text, v.kind, v.exact = leaf[0].value.(amount).value.Canonical(), number, true
			r.plainNumber(leaf[0])
		}
		r.equals = append(r.equals, said(r, n, v))
	}
}

// inMoney reads "deals in GBP". Only where it cannot be the invoice's currency is it a
// condition; elsewhere it is asked about.
func (r *reading) inMoney(n, m *node) {
	code, _ := first(m, "currency").value.(string)
	if coin := m.find("Coin"); coin != nil {
		code = moneyNames[strings.ToLower(r.words(coin))]
	}
	if code == "" {
		r.problem(ask(codeNumber, r.words(m), r.dollars(m.find("Coin")), "Which currency is %q?", r.words(m)))
		return
	}
	if !r.inCondition {
		r.problem(ask(codeAmbiguous, r.words(n), r.deedOrSource(n, code),
			"Does %q choose the deals, or is it the invoice's currency?", r.words(n)))
		return
	}
	r.equals = append(r.equals, said(r, n, fieldIs{label: "currency", text: code, kind: quoted, exact: true}))
}

// bound reads comparisons: one, or two for "between".
func (r *reading) bound(n *node, f []fieldRef, label string) {
	op := ">"
	switch {
	case n.has("Ge"), n.has("More"):
		op = ">="
	case n.has("Lt"):
		op = "<"
	case n.has("Le"), n.has("Less"):
		op = "<="
	}
	ms := n.all("Money")
	for i, m := range ms {
		if len(ms) == 2 {
			op = []string{">=", "<="}[i]
		}
		r.bounds = append(r.bounds, said(r, n, bound{f, label, op, r.money(m)}))
	}
}

// money reads an amount and asks when the number can be read in two ways.
func (r *reading) money(n *node) money {
	num := n.find("number")
	m := money{amount: num.value.(amount)}
	if m.odd {
		r.problem(ask(codeNumber, r.words(num), r.pointOrNot(num),
			"Does %q have decimals or thousands? Write it without the point or with two decimals.", r.words(num)))
	}
	m.currency = m.sign
	for _, rule := range []string{"currency", "Coin"} {
		if c := n.find(rule); c != nil {
			if m.sign != "" {
				r.signOrCode(num, c)
			}
			m.currency = r.words(c)
		}
	}
	return m
}

// plainNumber asks about a currency where a count belongs.
func (r *reading) plainNumber(n *node) decimal.Decimal {
	a := n.value.(amount)
	if a.sign != "" || a.odd {
		r.problem(ask(codeNumber, r.words(n), r.plainly(n), "%q should be a plain number here.", r.words(n)))
	}
	return a.value
}

// skipping reads a condition under which records are left out.
func (r *reading) skipping(c *node) {
	e := c.find("entity")
	r.refs = append(r.refs, said(r, e, ref{e.value.([]string), roleSource}))
	before := len(r.bounds)
	r.restriction(c.find("Restrict"))
	if len(r.bounds) != before+1 || c.has("NewBiz") {
		r.problem(ask(codeAmbiguous, r.words(c), nil, "Which records should count? Say what they are instead of what they are not: %q", r.words(c)))
		return
	}
	b := &r.bounds[before]
	b.value.op, b.words = map[string]string{">": "<=", ">=": "<", "<": ">=", "<=": ">"}[b.value.op], r.words(c)
}

// condition reads one that stands as a clause of its own.
func (r *reading) condition(c *node) {
	if c.has("Skip") {
		r.skipping(c)
		return
	}
	if e := c.find("entity"); e != nil && !c.has("Ref") {
		r.refs = append(r.refs, said(r, e, ref{e.value.([]string), roleSource}))
	}
	r.refsIn(c, roleSource)
	for _, a := range c.all("api") {
		r.sourced = append(r.sourced, said(r, a, a.value.([]string)))
	}
	if restricts := c.all("Restrict"); len(restricts) > 0 {
		r.inCondition = true
		defer func() { r.inCondition = false }()
		if c.has("Pre") && c.find("Pre").has("NewBiz") {
			r.newBusiness(c.find("Pre").find("NewBiz"))
		}
		for _, s := range restricts {
			r.restriction(s)
		}
		return
	}
	r.restriction(c)
}
