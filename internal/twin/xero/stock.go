package xero

import (
	"maps"
	"slices"

	"github.com/planwright/planwright/internal/decimal"
)

// stockOf is what an invoice takes from stock (below zero) or adds to it, by code of the
// tracked items on its lines, with what the bought ones cost. What is not posted moves
// nothing.
func (t *Twin) stockOf(invoice record) map[string][2]decimal.Decimal {
	out := map[string][2]decimal.Decimal{}
	if !posted(str(invoice, "Status")) {
		return out
	}
	for _, line := range linesOf(invoice) {
		code := str(line, "ItemCode")
		item := t.itemOf(code)
		if item == nil {
			continue
		}
		sum, quantity := out[code], toDecimal(line["Quantity"])
		if str(invoice, "Type") == typeSale {
			sum[0] = sum[0].Sub(quantity)
		} else {
			sum[0], sum[1] = sum[0].Add(quantity), sum[1].Add(toDecimal(line["LineAmount"]))
		}
		out[code] = sum
	}
	return out
}

// itemOf finds the tracked item of a code, or nil.
func (t *Twin) itemOf(code string) *row {
	if code == "" {
		return nil
	}
	found := t.tables["Items"].find("Code", code)
	if len(found) == 0 || found[0].rec["IsTrackedAsInventory"] != true {
		return nil
	}
	return found[0]
}

// moves is what storing an invoice in place of another does to the stock.
func (t *Twin) moves(d *invoiceDraft) map[string][2]decimal.Decimal {
	out := t.stockOf(d.rec)
	if d.at == nil {
		return out
	}
	for code, had := range t.stockOf(d.at.rec) {
		sum := out[code]
		out[code] = [2]decimal.Decimal{sum[0].Sub(had[0]), sum[1].Sub(had[1])}
	}
	return out
}

// judgeStock refuses to sell more than is there, unless backorders are allowed.
func (t *Twin) judgeStock(d *invoiceDraft) {
	if d.q.is("allowBackorders", "true") || str(d.rec, "Type") != typeSale {
		return
	}
	moves := t.moves(d)
	for _, code := range slices.Sorted(maps.Keys(moves)) {
		move := moves[code]
		if move[0].Sign() < 0 && toDecimal(t.itemOf(code).rec["QuantityOnHand"]).Add(move[0]).Sign() < 0 {
			d.o.add(textStock(code))
		}
	}
}

// moveStock does what the invoice does to the stock. What is sold leaves at the average
// cost of what is there.
func (t *Twin) moveStock(moves map[string][2]decimal.Decimal) {
	for code, move := range moves {
		at := t.itemOf(code)
		if at == nil || move[0].IsZero() && move[1].IsZero() {
			continue
		}
		rec := maps.Clone(at.rec)
		had, pool := toDecimal(rec["QuantityOnHand"]), toDecimal(rec["TotalCostPool"])
		if cost := move[1]; cost.IsZero() {
			pool = pool.Add(quo(pool.Mul(move[0]), had, 2))
		} else {
			pool = pool.Add(cost)
		}
		rec["QuantityOnHand"], rec["TotalCostPool"] = number(had.Add(move[0]), 4), number(pool, 2)
		t.keep(t.tables["Items"], rec, "")
	}
}
