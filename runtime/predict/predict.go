// Package predict says to the cent what a vendor will make of an invoice before it is
// sent: the amount of each line, its tax, and the sums.
//
// Everything is exact. A division is rounded once, by its remainder, so that no number
// of places stands between a half and the side it falls to. Where the vendor's rounding
// is believed and not known, [Rules.Predict] computes both ways and names each reading
// that would come to another cent.
//
// Where the rate of a line comes from, its tax type or that of its account, is the
// caller's to find; this package reads no record and asks nobody.
package predict

import (
	"errors"
	"fmt"

	"github.com/planwright/planwright/internal/decimal"
)

// Basis says whether the amounts of lines hold their tax, as Xero's LineAmountTypes.
type Basis string

// The closed list of bases.
const (
	Exclusive Basis = "Exclusive" // tax comes on top
	Inclusive Basis = "Inclusive" // amounts hold their tax
	NoTax     Basis = "NoTax"
)

// Reading is one way to read the vendor's rules where they are in doubt. The zero
// value is what is believed.
type Reading struct {
	// HalvesRise: half a cent of a negative amount goes up towards zero, not away from it.
	HalvesRise bool
	// TaxItself: tax inside an amount is rounded itself, not what is left of the net.
	TaxItself bool
}

// Rules are how many decimal places the vendor keeps of what a line is computed from,
// before it multiplies. Sums always have two.
type Rules struct {
	Unit, Quantity int32
}

// Line is what is sent of one line; nil is left out. Rate is a percentage.
type Line struct {
	Quantity, Unit, Amount       *decimal.Decimal
	DiscountRate, DiscountAmount decimal.Decimal // percent, or an amount; one of the two
	Tax                          *decimal.Decimal
	Rate                         decimal.Decimal
}

// Amounts is what one line comes to.
type Amounts struct {
	Amount decimal.Decimal `json:"amount"`
	Tax    decimal.Decimal `json:"tax"`
}

// Sums is what a document comes to.
type Sums struct {
	Lines    []Amounts       `json:"lines"`
	SubTotal decimal.Decimal `json:"sub_total"`
	Tax      decimal.Decimal `json:"tax"`
	Total    decimal.Decimal `json:"total"`
}

// Otherwise is a reading that is not believed and comes to other sums.
type Otherwise struct {
	Reading Reading
	Sums    Sums
}

var (
	// ErrBasis is returned for a basis outside the closed list.
	ErrBasis = errors.New("predict: unknown basis")
	// ErrAmount is returned for a line whose amount is not what its quantity and price come
	// to: the vendor refuses it.
	ErrAmount = errors.New("predict: line amount is not quantity times price")
	// ErrDiscount is returned for a line with two discounts, or one outside 0 to 100 percent.
	ErrDiscount = errors.New("predict: discount cannot be")
	// ErrRate is returned for a rate of -100 percent or less, which nothing can hold.
	ErrRate = errors.New("predict: tax rate cannot be")
)

// Predict computes a document as believed, and every other reading that differs from it
// in any figure.
func (r Rules) Predict(basis Basis, lines []Line) (Sums, []Otherwise, error) {
	believed, err := r.Sums(basis, lines, Reading{})
	if err != nil {
		return Sums{}, nil, err
	}
	var others []Otherwise
	for _, reading := range []Reading{{HalvesRise: true}, {TaxItself: true}, {HalvesRise: true, TaxItself: true}} {
		s, err := r.Sums(basis, lines, reading)
		if err != nil {
			return Sums{}, nil, err
		}
		if !s.equal(believed) {
			others = append(others, Otherwise{reading, s})
		}
	}
	return believed, others, nil
}

// Sums computes a document by one reading. Tax is rounded on each line and then summed;
// lines of an inclusive document keep their tax, and the sub-total is without it
// (developer.xero.com/documentation/api-guides/rounding-in-xero).
func (r Rules) Sums(basis Basis, lines []Line, reading Reading) (Sums, error) {
	if basis != Exclusive && basis != Inclusive && basis != NoTax {
		return Sums{}, fmt.Errorf("%w: %q", ErrBasis, basis)
	}
	s := Sums{Lines: make([]Amounts, 0, len(lines))}
	var amounts decimal.Decimal
	for i, line := range lines {
		a, err := r.line(basis, line, reading)
		if err != nil {
			return Sums{}, fmt.Errorf("line %d: %w", i+1, err)
		}
		s.Lines = append(s.Lines, a)
		amounts, s.Tax = amounts.Add(a.Amount), s.Tax.Add(a.Tax)
	}
	s.SubTotal, s.Total = amounts, amounts.Add(s.Tax)
	if basis == Inclusive {
		s.SubTotal, s.Total = amounts.Sub(s.Tax), amounts
	}
	return s, nil
}

func (r Rules) line(basis Basis, line Line, reading Reading) (Amounts, error) {
	amount, err := r.amount(line, reading)
	if err != nil {
		return Amounts{}, err
	}
	tax, err := reading.tax(basis, amount, line)
	return Amounts{Amount: amount, Tax: tax}, err
}

// amount is quantity times price less the discount, rounded once. A line with an amount
// and only one of the two keeps the amount: the vendor computes the other one from it.
func (r Rules) amount(line Line, reading Reading) (decimal.Decimal, error) {
	whole := decimal.FromInt(hundred)
	rated, cut := !line.DiscountRate.IsZero(), !line.DiscountAmount.IsZero()
	if rated && cut || line.DiscountRate.Sign() < 0 || line.DiscountRate.Cmp(whole) > 0 {
		return decimal.Zero(), ErrDiscount
	}
	if line.Amount != nil && (line.Unit == nil || line.Quantity == nil) {
		return line.Amount.Cents(), nil
	}
	quantity, err := kept(line.Quantity, decimal.FromInt(1), r.Quantity)
	if err != nil {
		return decimal.Zero(), err
	}
	unit, err := kept(line.Unit, decimal.Zero(), r.Unit)
	if err != nil {
		return decimal.Zero(), err
	}
	left := whole.Sub(line.DiscountRate)
	amount, err := reading.cents(quantity.Mul(unit).Mul(left).Sub(line.DiscountAmount.Mul(whole)), whole)
	if err != nil {
		return decimal.Zero(), err
	}
	if line.Amount != nil && !line.Amount.Cents().Equal(amount) {
		return decimal.Zero(), ErrAmount
	}
	return amount, nil
}

// kept is what the vendor keeps of a number that was sent, or the default.
func kept(sent *decimal.Decimal, absent decimal.Decimal, places int32) (decimal.Decimal, error) {
	if sent == nil {
		return absent, nil
	}
	return sent.Round(places, decimal.HalfUp)
}

const hundred = 100

// tax is the tax on one line. A tax that was sent is kept, unless nothing is taxed.
func (h Reading) tax(basis Basis, amount decimal.Decimal, line Line) (decimal.Decimal, error) {
	whole := decimal.FromInt(hundred)
	gross := whole.Add(line.Rate)
	switch {
	case basis == NoTax:
		return decimal.Zero(), nil
	case gross.Sign() <= 0:
		return decimal.Zero(), ErrRate
	case line.Tax != nil:
		return *line.Tax, nil
	case basis == Exclusive:
		return h.cents(amount.Mul(line.Rate), whole)
	case h.TaxItself:
		return h.cents(amount.Mul(line.Rate), gross)
	}
	net, err := h.cents(amount.Mul(whole), gross)
	return amount.Sub(net), err
}

// cents is num / den, den above zero, rounded once to two places. Cut off first, it is
// moved by a cent when what was cut is more than half of one, or half and not to rise.
func (h Reading) cents(num, den decimal.Decimal) (decimal.Decimal, error) {
	cut, err := num.Quo(den, 2, decimal.Down)
	if err != nil {
		return decimal.Zero(), err
	}
	cent := decimal.Must("0.01")
	rest, half := num.Sub(cut.Mul(den)), den.Mul(decimal.Must("0.005"))
	if rest.Sign() < 0 {
		rest, cent = rest.Neg(), cent.Neg()
	}
	side, stays := rest.Cmp(half), h.HalvesRise && cent.Sign() < 0
	if side < 0 || side == 0 && stays {
		return cut, nil
	}
	return cut.Add(cent), nil
}

func (s Sums) equal(o Sums) bool {
	for i, line := range s.Lines {
		if !line.Amount.Equal(o.Lines[i].Amount) || !line.Tax.Equal(o.Lines[i].Tax) {
			return false
		}
	}
	return true // sums of equal lines are equal
}
