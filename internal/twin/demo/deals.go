package demo

import (
	"encoding/json"
	"fmt"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/internal/twin/salesforce"
	"github.com/planwright/planwright/internal/twin/world"
)

// How many deals there are of each sort; sixty in all.
const (
	wonBefore  = 8
	lostBefore = 5
	toClose    = 25
	stillOpen  = 18 // open, and left alone in the demonstration
)

// ceiling is what one deal may come to, in NZD before tax; the demonstration's plan
// allows 50,000 an invoice.
const ceiling = 45000

// deal is one opportunity in the making.
type deal struct {
	n       int // number in ids, from 1
	account int // place in customers; -1 for none
	name    string
	stage   string
	close   int // days from Start
	changed int // days before Start
	lines   int
}

func (d deal) id() string { return salesforce.ID("Opportunity", uint64(d.n)) }

// themes are what deals are called after the customer's name. Some hold what a
// careless spreadsheet or page would trip over.
func themes() []string {
	return []string{
		"rollout", "renewal 2027", "warehouse project", "second site", `Q4 "rollout" & training`, "upgrade; phase 2",
		"pilot → production", `=HYPERLINK("x") trial`, "refresh 100%", "field team", "head office / branches", "expansion",
	}
}

// deals adds opportunities and their lines.
func (b *builder) deals() {
	b.company.Awkward = map[Flaw]string{}
	n := 0
	next := func(account int, stage string, closes, changed int) deal {
		n++
		d := deal{n: n, account: account, stage: stage, close: closes, changed: changed, lines: 1 + b.rng.IntN(6)}
		theme := themes()[n%len(themes())]
		d.name = theme
		if account >= 0 {
			d.name = customers()[account].legalName() + " - " + theme
		}
		return d
	}
	for i := range wonBefore {
		d := next(plainCustomer(3*i), "Closed Won", -400+40*i, 398-40*i)
		b.company.Won = append(b.company.Won, d.id())
		b.deal(d)
	}
	for i := range lostBefore {
		b.deal(next(plainCustomer(5*i+1), "Closed Lost", -150+20*i, 149-20*i))
	}
	for i := range toClose {
		d := next(plainCustomer(i+i/12), openStage(i+2), 3+i, 1+i%9)
		b.company.Close = append(b.company.Close, d.id())
		b.deal(d)
	}
	for i := range stillOpen {
		b.deal(next(plainCustomer(2*i+7), openStage(i), 20+3*i, 2+i))
	}
	b.awkward(next)
}

// awkward adds the four open deals that cannot be invoiced as they stand.
func (b *builder) awkward(next func(account int, stage string, closes, changed int) deal) {
	for _, a := range []struct {
		flaw    Flaw
		account int
	}{{NoAccount, -1}, {NoProducts, 6}, {NoCountry, withoutPlace}, {HostileName, markup}} {
		d := next(a.account, "Negotiation/Review", 9, 3)
		if a.flaw == NoProducts {
			d.lines = 0
		}
		b.company.Awkward[a.flaw] = d.id()
		b.deal(d)
	}
}

// plainCustomer returns the i-th customer whose deals can be invoiced, around and
// around. The namesake abroad is left out: by name alone the books cannot tell it
// from the other.
func plainCustomer(i int) int {
	var plain []int
	for j := range customers() {
		if j != summitAbroad && j != markup && j != withoutPlace {
			plain = append(plain, j)
		}
	}
	return plain[i%len(plain)]
}

func openStage(i int) string {
	return []string{"Prospecting", "Qualification", "Needs Analysis", "Value Proposition", "Proposal/Price Quote", "Negotiation/Review"}[i%6]
}

// deal adds one opportunity with its lines, each product at most once.
func (b *builder) deal(d deal) {
	r := world.Record{
		"Id": d.id(), "Name": d.name, "StageName": d.stage, "CloseDate": day(d.close), "OwnerId": seller(d.n),
		"Type": "New Customer", "CreatedDate": daysBefore(d.changed + 30), "CreatedById": seller(d.n),
		"LastModifiedDate": daysBefore(d.changed), "LastModifiedById": seller(d.n), "SystemModstamp": daysBefore(d.changed),
	}
	if d.account >= 0 {
		r["AccountId"] = accountID(d.account)
	}
	if d.lines > 0 {
		r["Pricebook2Id"] = directBook()
	} else {
		r["Amount"] = number(4000)
	}
	if d.stage == "Closed Won" || d.stage == "Closed Lost" {
		r["LastStageChangeDate"] = daysBefore(d.changed)
	}
	b.addSF("Opportunity", r)
	left := decimal.FromInt(ceiling)
	list := products()
	for i, at := range b.rng.Perm(len(list))[:d.lines] {
		line, total := b.line(d, list[at], i+1, left)
		left = left.Sub(total)
		b.addSF("OpportunityLineItem", line)
	}
}

// line makes one line worth at most what is left of the ceiling, and no more than a
// third of the ceiling, so that every line finds room.
func (b *builder) line(d deal, p product, place int, left decimal.Decimal) (world.Record, decimal.Decimal) {
	price := decimal.Must(p.price)
	if b.rng.IntN(5) == 0 { // sold at a price of its own
		price = mustRound(price.Mul(decimal.Must("0.97")))
	}
	share := mustQuo(left, decimal.FromInt(int64(7-place)))
	most := max(1, intOf(mustQuo(share, price)))
	quantity := decimal.FromInt(int64(1 + b.rng.IntN(min(most, 24))))
	if p.family == "Services" && b.rng.IntN(3) == 0 && quantity.Cmp(decimal.FromInt(1)) > 0 {
		quantity = quantity.Sub(decimal.Must("0.5"))
	}
	r := world.Record{
		"Id": salesforce.ID("OpportunityLineItem", uint64(d.n*10+place)), "OpportunityId": d.id(), "PricebookEntryId": p.entryID(),
		"Quantity": amount(quantity), "UnitPrice": amount(price), "SortOrder": number(place),
		"CreatedDate": daysBefore(d.changed + 20), "LastModifiedDate": daysBefore(d.changed), "SystemModstamp": daysBefore(d.changed),
	}
	total := mustRound(quantity.Mul(price))
	if b.rng.IntN(3) == 0 {
		discount := []string{"5", "7.5", "10", "12.5", "15"}[b.rng.IntN(5)]
		r["Discount"] = json.Number(discount)
		keep := decimal.FromInt(100).Sub(decimal.Must(discount)).Mul(decimal.Must("0.01"))
		total = mustRound(quantity.Mul(price).Mul(keep))
	}
	if b.rng.IntN(4) == 0 {
		r["Description"] = fmt.Sprintf("%s, agreed with %s", p.name, d.name)
	}
	return r, total
}

func mustRound(d decimal.Decimal) decimal.Decimal { return d.Cents() }

func mustQuo(a, b decimal.Decimal) decimal.Decimal {
	q, err := a.Quo(b, 0, decimal.Down)
	if err != nil {
		panic(err) // broken invariant: prices and counts of places are above zero
	}
	return q
}

func intOf(d decimal.Decimal) int {
	var n int
	if _, err := fmt.Sscan(d.String(), &n); err != nil {
		panic(err) // broken invariant: quotients above have no places
	}
	return n
}
