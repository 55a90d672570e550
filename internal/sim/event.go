package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/planwright/planwright/internal/app"
	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/world"
)

// event is something that somebody does, a while after the one before.
type event struct {
	name    string
	after   time.Duration
	anytime bool // it may also happen while the product is in the middle of something
	do      func(p *play) string
}

// deal is an opportunity of the story and what was true of it.
type deal struct {
	id, number string
	everWon    bool
	gone       bool // deleted at some time
	byHand     bool // somebody took its number
	truths     []truth
}

// act is a kind of event about a deal or about nothing in particular.
type act struct {
	name   string
	weight int
	inside bool // done at the product, by one of its people
	do     func(p *play, x *deal) string
}

// acts is the closed list of what happens.
func acts() []act {
	return []act{
		{"win", 14, false, func(p *play, x *deal) string { return said(p.v.sf.CloseWon(x.id)) }},
		{"lose", 2, false, staged("Closed Lost")},
		{"reopen", 4, false, staged("Negotiation/Review")},
		{"save 50 times", 2, false, func(p *play, x *deal) string {
			var err error
			for i := 0; i < 50 && err == nil; i++ {
				err = p.v.sf.Update("Opportunity", x.id, world.Record{"NextStep": fmt.Sprint(i)})
			}
			return said(err)
		}},
		{"win in a long transaction", 3, false, (*play).winLate},
		{"edit a line", 4, false, (*play).editLine},
		{"delete a line", 2, false, (*play).deleteLine},
		{"rename deal", 2, false, func(p *play, x *deal) string {
			return said(p.v.sf.Update("Opportunity", x.id, world.Record{"Name": "Renamed " + x.id[12:15]}))
		}},
		{"delete deal", 1, false, (*play).deleteDeal},
		{"merge accounts", 1, false, (*play).mergeAccounts},
		{"create account", 4, false, (*play).createAccount},
		{"rename account", 1, false, (*play).renameAccount},
		{"pay", 6, false, func(p *play, x *deal) string { return p.pay(x, decimal.FromInt(1)) }},
		{"part-pay", 4, false, func(p *play, x *deal) string { return p.pay(x, decimal.Must("0.25")) }},
		{"over-pay", 2, false, (*play).overpay},
		{"credit", 2, false, (*play).credit},
		{"void", 2, false, func(p *play, x *deal) string { return said(p.v.books.Void(x.number)) }},
		{"edit invoice", 2, false, func(p *play, x *deal) string {
			return said(p.v.books.Change("Invoices", x.number, map[string]any{"Reference": "looked at " + x.id[12:15]}))
		}},
		{"unpay", 2, false, (*play).unpay},
		{"owner inactive", 1, false, (*play).ownerLeaves},
		{"archive contact", 2, false, (*play).archiveContact},
		{"rename contact", 2, false, (*play).renameContact},
		{"merge contacts", 1, false, (*play).mergeContacts},
		{"invoice by hand", 1, false, (*play).byHand},
		{"back up or restore", 1, true, (*play).backUp},
		{"another process", 1, false, (*play).intrude},
		{"decide row", 4, true, (*play).decideRow},
		{"retry held", 4, true, (*play).retryHeld},
		{"cancel held", 1, true, (*play).cancelHeld},
		{"a month passes", 5, true, (*play).monthPasses},
	}
}

// story makes the events of a seed. Every deal is won once at least.
func story(d dice, n int) (out []event) {
	list := acts()
	sum := 0
	for _, a := range list {
		sum += a.weight
	}
	add := func(a act, at int) {
		after := d.between(time.Second, 4*time.Hour)
		if d.one(3) {
			after = d.between(0, 90*time.Second)
		}
		out = append(out, happening(a, at, after))
	}
	defer func() {
		if d.one(6) { // what is owed is overdue before the faults stop
			add(list[len(list)-1], 0)
		}
	}()
	for i := range n {
		add(list[0], i)
		for range d.IntN(5) {
			at := d.IntN(sum)
			for _, a := range list {
				if at -= a.weight; at < 0 {
					add(a, d.IntN(n))
					break
				}
			}
		}
	}
	return out
}

// life is the story of a sweep: a deal is won and invoiced, a customer comes, money comes in
// part, the rest is overdue and then paid.
func life() []event {
	var out []event
	for _, name := range []string{"decide row", "win", "create account", "part-pay", "a month passes", "pay"} {
		for _, a := range acts() {
			if a.name == name {
				a.inside = true // each is done before the next
				out = append(out, happening(a, 0, time.Minute))
			}
		}
	}
	return out
}

// happening makes an event of an act about a deal.
func happening(a act, at int, after time.Duration) event {
	return event{name: a.name, after: after, anytime: !a.inside, do: func(p *play) string {
		text := a.do(p, p.deals[at])
		p.look()
		return fmt.Sprintf("deal %d %s", at+1, text)
	}}
}

func said(err error) string {
	if err != nil {
		return "— refused: " + err.Error()
	}
	return ""
}

func staged(name string) func(*play, *deal) string {
	return func(p *play, x *deal) string {
		return said(p.v.sf.Update("Opportunity", x.id, world.Record{"StageName": name}))
	}
}

// winLate wins a deal in a transaction that is stamped now and seen later.
func (p *play) winLate(x *deal) string {
	commit := p.v.sf.SaveLate("Opportunity", x.id, world.Record{"StageName": "Closed Won"})
	p.at(p.now().Add(p.luck.between(time.Minute, 9*time.Minute)+137*time.Millisecond), func() {
		if commit() == nil {
			p.res.Fired[eventLate]++
		}
		p.look()
	})
	return ""
}

func (p *play) lines(x *deal) []world.Record {
	var out []world.Record
	for _, l := range p.v.sf.All("OpportunityLineItem") {
		if l["OpportunityId"] == x.id {
			out = append(out, l)
		}
	}
	return out
}

func (p *play) editLine(x *deal) string {
	lines := p.lines(x)
	if len(lines) == 0 {
		return "— no lines"
	}
	l := lines[p.luck.IntN(len(lines))]
	set := world.Record{"Quantity": json.Number(fmt.Sprint(1 + p.luck.IntN(40))), "UnitPrice": l["UnitPrice"]}
	if p.luck.one(5) {
		delete(set, "UnitPrice") // then the vendor keeps the total, and moves the price
	}
	return said(p.v.sf.Update("OpportunityLineItem", l["Id"].(string), set))
}

func (p *play) deleteLine(x *deal) string {
	lines := p.lines(x)
	if len(lines) == 0 {
		return "— no lines"
	}
	return said(p.v.sf.Delete("OpportunityLineItem", lines[p.luck.IntN(len(lines))]["Id"].(string)))
}

func (p *play) deleteDeal(x *deal) string {
	err := p.v.sf.Delete("Opportunity", x.id)
	x.gone = x.gone || err == nil
	return said(err)
}

func (p *play) account() string {
	all := p.v.sf.All("Account")
	return all[p.luck.IntN(len(all))]["Id"].(string)
}

func (p *play) mergeAccounts(*deal) string {
	a, b := p.account(), p.account()
	if a == b {
		return "— one account"
	}
	return said(p.v.sf.Merge("Account", a, b))
}

func (p *play) createAccount(*deal) string {
	id, err := p.v.sf.Create("Account", world.Record{"Name": pick(p.luck, "Moa & Sons", "Te Aro Architects", `O'Brien "Ltd" <b>`, "Northern Tools")})
	if err == nil {
		p.made = append(p.made, id)
	}
	return said(err)
}

func (p *play) renameAccount(*deal) string {
	return said(p.v.sf.Update("Account", p.account(), world.Record{"Name": "Renamed Holdings"}))
}

func (p *play) invoice(x *deal) map[string]any {
	for _, inv := range p.v.books.Invoices() {
		if inv["InvoiceNumber"] == x.number {
			return inv
		}
	}
	return nil
}

func (p *play) pay(x *deal, share decimal.Decimal) string {
	inv := p.invoice(x)
	if inv == nil {
		return "— no invoice"
	}
	return said(p.v.books.Pay(x.number, money(inv["AmountDue"]).Mul(share).Cents(), ""))
}

func (p *play) overpay(x *deal) string {
	inv := p.invoice(x)
	if inv == nil {
		return "— no invoice"
	}
	_, err := p.v.books.Overpay(x.number, money(inv["AmountDue"]).Add(decimal.FromInt(5)), "")
	return said(err)
}

func (p *play) credit(x *deal) string {
	inv := p.invoice(x)
	if inv == nil {
		return "— no invoice"
	}
	due := money(inv["AmountDue"])
	if p.luck.one(2) {
		due = due.Mul(decimal.Must("0.5")).Cents()
	}
	_, err := p.v.books.Credit(x.number, due, "")
	return said(err)
}

// unpay takes a payment back, later than it was made: an invoice that is paid and not paid
// with one stamp, and read in between, has no vendor whose stamps tell milliseconds.
func (p *play) unpay(x *deal) string {
	p.sleep(time.Millisecond)
	inv := p.invoice(x)
	for _, pay := range p.v.books.All("Payments") {
		of, _ := pay["Invoice"].(map[string]any)
		if inv != nil && of["InvoiceID"] == inv["InvoiceID"] && pay["Status"] == "AUTHORISED" {
			return said(p.v.books.Unpay(pay["PaymentID"].(string)))
		}
	}
	return "— nothing was paid"
}

func (p *play) ownerLeaves(x *deal) string {
	rec, ok := p.v.sf.Get("Opportunity", x.id)
	if !ok {
		return "— no deal"
	}
	return said(p.v.sf.Update("User", rec["OwnerId"].(string), world.Record{"IsActive": false}))
}

// monthPasses: nobody works at the product over the holidays.
func (p *play) monthPasses(*deal) string {
	p.exit()
	p.sleep(31 * 24 * time.Hour)
	return ""
}

func money(v any) decimal.Decimal {
	d, err := decimal.Parse(fmt.Sprint(v))
	if err != nil {
		return decimal.Decimal{}
	}
	return d
}

// decideRow approves the row that was left open at the start.
func (p *play) decideRow(*deal) string {
	return said(p.person(func(ctx context.Context, a *app.App) error { return p.region.row(ctx, a, products-1) }))
}

// retryHeld lets one held run go on, after whatever was wrong with it.
func (p *play) retryHeld(*deal) string { return p.onHeld(p.release) }

func (p *play) cancelHeld(*deal) string {
	return p.onHeld(func(ctx context.Context, a *app.App, v app.RunView) error {
		return p.decided(a.Cancel(ctx, v.ID, dana, "not any more"))
	})
}

func (p *play) contact() string {
	all := p.v.books.Contacts()
	return all[p.luck.IntN(len(all))]["ContactID"].(string)
}

func (p *play) archiveContact(*deal) string { return said(p.v.books.Archive(p.contact())) }

func (p *play) renameContact(*deal) string {
	return said(p.v.books.Change("Contacts", p.contact(), map[string]any{"Name": fmt.Sprintf("Renamed %d", p.luck.IntN(1000))}))
}

func (p *play) mergeContacts(*deal) string {
	a, b := p.contact(), p.contact()
	if a == b {
		return "— one contact"
	}
	return said(p.v.books.Merge(a, b))
}

// byHand makes an invoice that somebody writes who does not know of the product.
func (p *play) byHand(x *deal) string {
	if p.invoice(x) != nil || x.byHand {
		return "— there is one"
	}
	x.byHand = true
	_, err := p.v.books.Add("Invoices", map[string]any{
		"Type": "ACCREC", "InvoiceNumber": x.number, "Contact": map[string]any{"ContactID": p.contact()}, "Date": "2026-11-02", "DueDate": "2026-12-02",
		"Status": "AUTHORISED", "LineAmountTypes": "Exclusive", "LineItems": []any{map[string]any{
			"Description": "By hand", "Quantity": json.Number("1"), "UnitAmount": json.Number("3.50"), "AccountCode": "200", "TaxType": taxOf(p.region.name, ""),
		}},
	})
	return said(err)
}
