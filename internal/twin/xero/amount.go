package xero

import (
	"github.com/planwright/planwright/internal/decimal"
)

// LineAmountTypes of a document.
const (
	exclusive = "Exclusive"
	inclusive = "Inclusive"
	noTax     = "NoTax"
)

// price is what a line's amount is computed from. Unit has been rounded to the places
// of the exchange, and quantity to 4, before anything is multiplied.
type price struct {
	quantity, unit           decimal.Decimal
	discountRate, discountBy decimal.Decimal // percent, or an amount; one of the two
}

func hundred() decimal.Decimal { return decimal.FromInt(100) }

// gross is the amount before any discount.
func (p price) gross() decimal.Decimal { return p.quantity.Mul(p.unit).Cents() }

// amount is the LineAmount: one rounding, half up to cents, at the end.
func (p price) amount(h rounding) decimal.Decimal {
	full := p.quantity.Mul(p.unit)
	if p.discountRate.IsZero() {
		return h.cents(full.Sub(p.discountBy))
	}
	return h.cents(full.Mul(hundred().Sub(p.discountRate)).Mul(decimal.Must("0.01")))
}

// solve returns what a quantity or unit price must be for the line to come to amount,
// given the other one.
func (p price) solve(amount, other decimal.Decimal, places int32) decimal.Decimal {
	before := amount.Add(p.discountBy)
	if left := hundred().Sub(p.discountRate); !p.discountRate.IsZero() && left.Sign() > 0 {
		return quo(amount.Mul(hundred()), left.Mul(other), places)
	}
	return quo(before, other, places)
}

// rounding is how halves of a cent fall, in the two cases in which that is in doubt.
type rounding struct {
	upward   bool // halves of negative amounts go up to zero, not away from it
	taxFirst bool // inclusive tax is rounded itself, not what is left of the net
}

func (t *Twin) rounding() rounding {
	return rounding{upward: t.otherwise[doubtNegativeHalves], taxFirst: t.otherwise[doubtInclusiveTax]}
}

// cents rounds to two places.
func (h rounding) cents(d decimal.Decimal) decimal.Decimal {
	if !h.upward || d.Sign() >= 0 {
		return d.Cents()
	}
	below := d.Neg().Sub(decimal.Must("0.005")) // what lies above the half before rounds away
	if below.Sign() <= 0 {
		return decimal.Zero()
	}
	r, err := below.Round(2, decimal.Up)
	if err != nil {
		return d.Cents() // unreachable: requests are bounded by decimal.Parse
	}
	return r.Neg()
}

// tax returns the tax on a line at a rate in percent. Inclusive tax is what is left when
// the net amount has been rounded, which differs from rounding the tax itself by a cent
// on half cents: 199.95 at 20 % holds 33.32.
func (h rounding) tax(amount, rate decimal.Decimal, types string) decimal.Decimal {
	switch {
	case types == exclusive:
		return h.cents(amount.Mul(rate).Mul(decimal.Must("0.01")))
	case types == inclusive && h.taxFirst:
		return h.cents(quo(amount.Mul(rate), hundred().Add(rate), finer))
	case types == inclusive:
		return amount.Sub(h.cents(quo(amount.Mul(hundred()), hundred().Add(rate), finer)))
	}
	return decimal.Zero()
}

// finer is the places of a quotient that is to be rounded to cents: enough to keep it on
// the side of the half on which it is, whatever the rate.
const finer = 14

// quo divides and rounds half up; a division by zero is 0.
func quo(d, e decimal.Decimal, places int32) decimal.Decimal {
	q, err := d.Quo(e, places, decimal.HalfUp)
	if err != nil {
		return decimal.Zero()
	}
	return q
}

// total sums the lines of an invoice and settles it.
func total(rec record) {
	sums(rec)
	settle(rec)
}

// sums computes SubTotal, TotalTax, Total and discounts of a document from its lines.
func sums(rec record) {
	var amounts, tax, discount decimal.Decimal
	for _, line := range linesOf(rec) {
		amount := toDecimal(line["LineAmount"])
		amounts = amounts.Add(amount)
		tax = tax.Add(toDecimal(line["TaxAmount"]))
		if line["DiscountRate"] != nil || line["DiscountAmount"] != nil {
			p := price{quantity: toDecimal(line["Quantity"]), unit: toDecimal(line["UnitAmount"])}
			discount = discount.Add(p.gross().Sub(amount))
		}
	}
	sub := amounts
	if str(rec, "LineAmountTypes") == inclusive {
		sub = amounts.Sub(tax)
	}
	rec["SubTotal"], rec["TotalTax"], rec["Total"] = number(sub, 2), number(tax, 2), number(sub.Add(tax), 2)
	rec["IsDiscounted"] = !discount.IsZero()
	delete(rec, "TotalDiscount")
	if !discount.IsZero() {
		rec["TotalDiscount"] = number(discount, 2)
	}
}

// settle computes what is due, and the status that follows from it: an approved invoice
// with nothing due is PAID (believed for one of total zero), and a paid one of which a
// payment was taken back is AUTHORISED again. Nothing is due on what is void.
func settle(rec record) {
	due := toDecimal(rec["Total"]).Sub(toDecimal(rec["AmountPaid"])).Sub(toDecimal(rec["AmountCredited"]))
	status := str(rec, "Status")
	switch {
	case status == statusVoided || status == statusDeleted:
		due = decimal.Zero()
	case status == statusAuthorised && due.IsZero():
		rec["Status"] = statusPaid
		if str(rec, "FullyPaidOnDate") == "" {
			rec["FullyPaidOnDate"] = rec["Date"]
		}
	case status == statusPaid && !due.IsZero():
		rec["Status"] = statusAuthorised
		delete(rec, "FullyPaidOnDate")
	}
	rec["AmountDue"] = number(due, 2)
}

func linesOf(rec record) []record {
	list, _ := rec["LineItems"].([]any)
	out := make([]record, 0, len(list))
	for _, e := range list {
		if line, ok := e.(record); ok {
			out = append(out, line)
		}
	}
	return out
}
