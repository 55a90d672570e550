// Package decimal holds exact numbers. Every amount, quantity and rate in this
// module is a [Decimal]; no float64 comes near one.
//
// Addition, subtraction and multiplication are exact and unbounded. Division and
// rounding always name their places and mode, because that is where cents are lost.
package decimal

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// Mode says which neighbour a rounding chooses.
type Mode string

// The closed list of rounding modes. HalfUp rounds a half away from zero, which is
// what Xero documents for invoice lines (2.165 to 2.17).
const (
	HalfUp   Mode = "half_up"
	HalfEven Mode = "half_even"
	Down     Mode = "down" // towards zero
	Up       Mode = "up"   // away from zero
)

// maxDigits bounds what Parse accepts, so that no text can make arithmetic slow. Zeros in
// front count, so the text is bounded before it is read.
const maxDigits = 100

// maxPlaces bounds the places that rounding may be asked for, either way.
const maxPlaces = 10 * maxDigits

var (
	// ErrSyntax is returned for text that is not a plain decimal number.
	ErrSyntax = errors.New("decimal: not a decimal number")
	// ErrRange is returned for numbers of more than 100 digits when written out plainly.
	ErrRange = errors.New("decimal: number too long")
	// ErrDivision is returned for a division by zero.
	ErrDivision = errors.New("decimal: division by zero")
	// ErrPlaces is returned for a rounding to more than 1000 places.
	ErrPlaces = errors.New("decimal: too many places")
	// ErrMode is returned for a rounding mode outside the closed list.
	ErrMode = errors.New("decimal: unknown rounding mode")
)

var exact = apd.Context{MaxExponent: apd.MaxExponent, MinExponent: apd.MinExponent}

// Decimal is an exact number. The zero value is 0. Decimals are immutable.
type Decimal struct{ d apd.Decimal }

// Zero is 0.
func Zero() Decimal { return Decimal{} }

// FromInt returns i.
func FromInt(i int64) Decimal {
	var d Decimal
	d.d.SetInt64(i)
	return d
}

// Parse reads a JSON number or the same text in quotes' content: digits, an optional
// sign, point and exponent. It refuses NaN, infinities, and more than 100 digits
// when written out without the exponent, so that what it reads, it reads again. The
// errors are ErrSyntax and ErrRange; they never hold the text, which may be a customer's.
func Parse(s string) (Decimal, error) {
	if len(s) > maxDigits+len("-.e-100") {
		return Decimal{}, ErrRange
	}
	if d, ok := short(s); ok {
		return d, nil
	}
	var d Decimal
	_, cond, err := exact.SetString(&d.d, s)
	if err != nil || cond.Any() || d.d.Form != apd.Finite {
		return Decimal{}, ErrSyntax
	}
	if d = d.plain(); d.Digits() > maxDigits {
		return Decimal{}, ErrRange
	}
	return d, nil
}

// short reads the usual form of a number, digits with or without a point between them, as
// long as its digits fit a machine word. Any other form is left to the library.
func short(s string) (Decimal, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if len(digits) > 18 {
		return Decimal{}, false
	}
	var coeff int64
	point := -1
	for i, c := range []byte(digits) {
		switch {
		case c >= '0' && c <= '9':
			coeff = 10*coeff + int64(c-'0')
		case c == '.' && point < 0 && i > 0:
			point = i
		default:
			return Decimal{}, false
		}
	}
	if point == len(digits)-1 { // nothing after it, or no digits at all
		return Decimal{}, false
	}
	var d Decimal
	d.d.SetInt64(coeff)
	d.d.Negative = negative
	if point > 0 {
		d.d.Exponent = int32(point + 1 - len(digits))
	}
	return d.plain(), true
}

// Must is Parse for constants in code and tests; it panics on bad text.
func Must(s string) Decimal {
	d, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// Add returns d + e, exactly.
func (d Decimal) Add(e Decimal) Decimal {
	var r Decimal
	_, err := exact.Add(&r.d, &d.d, &e.d)
	return r.exactly(err)
}

// Sub returns d - e, exactly.
func (d Decimal) Sub(e Decimal) Decimal {
	var r Decimal
	_, err := exact.Sub(&r.d, &d.d, &e.d)
	return r.exactly(err)
}

// Mul returns d × e, exactly.
func (d Decimal) Mul(e Decimal) Decimal {
	var r Decimal
	_, err := exact.Mul(&r.d, &d.d, &e.d)
	return r.exactly(err)
}

// exactly is the result of an operation that gave err.
func (d Decimal) exactly(err error) Decimal {
	if err != nil || d.d.Form != apd.Finite {
		panic(ErrRange) // broken invariant: Parse bounds exponents, expressions bound what they make (see Digits)
	}
	return d.plain()
}

// Quo returns d ÷ e rounded once to the given number of decimal places.
func (d Decimal) Quo(e Decimal, places int32, mode Mode) (Decimal, error) {
	if e.IsZero() {
		return Decimal{}, ErrDivision
	}
	r, err := mode.rounder()
	if err != nil {
		return Decimal{}, err
	}
	if places > maxPlaces || places < -maxPlaces {
		return Decimal{}, ErrPlaces
	}
	// All digits of the quotient down to the last place, and a few more, rounded down and
	// marked inexact with a sticky digit, so that the one rounding below decides.
	whole := d.magnitude() - e.magnitude() + 1
	ctx := apd.BaseContext.WithPrecision(uint32(max(whole+int64(places), 0) + 3))
	ctx.Rounding = apd.RoundDown
	var q apd.Decimal
	cond, err := ctx.Quo(&q, &d.d, &e.d)
	if err != nil {
		return Decimal{}, ErrRange // an exponent past what the library holds
	}
	if cond.Inexact() {
		q.Coeff.Mul(&q.Coeff, apd.NewBigInt(10))
		q.Coeff.Add(&q.Coeff, apd.NewBigInt(1))
		q.Exponent--
	}
	return quantize(q, places, r)
}

// magnitude is the number of digits before the point, negative for zeros after it.
func (d Decimal) magnitude() int64 { return d.d.NumDigits() + int64(d.d.Exponent) }

// Round returns d with at most the given number of decimal places.
func (d Decimal) Round(places int32, mode Mode) (Decimal, error) {
	r, err := mode.rounder()
	if err != nil {
		return Decimal{}, err
	}
	return quantize(d.d, places, r)
}

// Cents returns d rounded half up to two places, the form of every sum on an invoice.
func (d Decimal) Cents() Decimal {
	r, err := quantize(d.d, 2, apd.RoundHalfUp)
	if err != nil {
		panic(err) // unreachable: two places fit every number Parse accepts
	}
	return r
}

func quantize(x apd.Decimal, places int32, r apd.Rounder) (Decimal, error) {
	if places > maxPlaces || places < -maxPlaces {
		return Decimal{}, ErrPlaces
	}
	if d, ok := shortRound(&x, places, r); ok {
		return d, nil
	}
	// The library makes 0 of anything below a tenth of the last place, whatever the mode.
	if r == apd.RoundUp && !x.IsZero() && x.NumDigits()+int64(x.Exponent) < int64(-places) {
		return Decimal{d: *apd.New(int64(x.Sign()), -places)}, nil
	}
	ctx := apd.BaseContext.WithPrecision(uint32(x.NumDigits()) + 2*maxDigits + uint32(max(places, -places)) + uint32(max(x.Exponent, 0)))
	ctx.Rounding = r
	var out Decimal
	if _, err := ctx.Quantize(&out.d, &x, -places); err != nil {
		return Decimal{}, ErrRange // an exponent past what the library holds
	}
	return out.plain(), nil
}

// shortRound is quantize as long as the digits, before and after, fit a machine word.
func shortRound(x *apd.Decimal, places int32, r apd.Rounder) (Decimal, bool) {
	if places < 0 || places > 18 || x.Exponent > 0 || x.Exponent < -18 || !x.Coeff.IsInt64() {
		return Decimal{}, false
	}
	coeff, shift := x.Coeff.Int64(), places+x.Exponent
	power := int64(1)
	for range max(shift, -shift) {
		power *= 10
	}
	if shift >= 0 {
		if coeff > math.MaxInt64/power {
			return Decimal{}, false
		}
		coeff *= power
	} else {
		left := coeff % power
		coeff /= power
		half := cmp.Compare(left, power-left)
		if r == apd.RoundUp && left > 0 || r == apd.RoundHalfUp && half >= 0 || r == apd.RoundHalfEven && (half > 0 || half == 0 && coeff%2 == 1) {
			coeff++
		}
	}
	var out Decimal
	out.d.SetInt64(coeff)
	out.d.Negative, out.d.Exponent = x.Negative, -places
	return out.plain(), true
}

func (m Mode) rounder() (apd.Rounder, error) {
	switch m {
	case HalfUp:
		return apd.RoundHalfUp, nil
	case HalfEven:
		return apd.RoundHalfEven, nil
	case Down:
		return apd.RoundDown, nil
	case Up:
		return apd.RoundUp, nil
	}
	return "", fmt.Errorf("%w: %q", ErrMode, m)
}

// Neg returns -d.
func (d Decimal) Neg() Decimal { return Zero().Sub(d) }

// Cmp compares numerically: -1, 0 or +1. 1.0 and 1 are equal.
func (d Decimal) Cmp(e Decimal) int { return d.d.Cmp(&e.d) }

// Equal reports numeric equality.
func (d Decimal) Equal(e Decimal) bool { return d.Cmp(e) == 0 }

// Sign returns -1, 0 or +1.
func (d Decimal) Sign() int { return d.d.Sign() }

// IsZero reports whether d is 0.
func (d Decimal) IsZero() bool { return d.d.IsZero() }

// Places returns how many decimal places the shortest exact form of d has.
func (d Decimal) Places() int32 {
	var r apd.Decimal
	r.Reduce(&d.d)
	return max(-r.Exponent, 0)
}

// Digits returns how many digits the plain form of d has, zeros included: a measure of
// what it costs to compute with.
func (d Decimal) Digits() int64 {
	return max(d.d.NumDigits()+int64(max(d.d.Exponent, 0)), int64(-d.d.Exponent)+1)
}

// String returns plain digits without an exponent: "19.90" stays "19.90".
func (d Decimal) String() string { return d.d.Text('f') }

// Canonical returns the shortest plain form: "19.90" becomes "19.9".
func (d Decimal) Canonical() string {
	var r apd.Decimal
	r.Reduce(&d.d)
	return r.Text('f')
}

// Money returns d with exactly two places, for people to read.
func (d Decimal) Money() string { return d.Cents().String() }

// MarshalJSON writes a plain JSON number.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalJSON reads a JSON number, or a string that holds one.
func (d *Decimal) UnmarshalJSON(b []byte) error {
	s := string(b)
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		s = s[1 : len(s)-1]
	}
	v, err := Parse(s)
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// plain clears what would show in a zero: its sign, and zeros before the point.
func (d Decimal) plain() Decimal {
	if d.d.IsZero() {
		d.d.Negative = false
		d.d.Exponent = min(d.d.Exponent, 0)
	}
	return d
}
