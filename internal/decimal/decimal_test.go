package decimal_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/decimal"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "-0": "0", "0.00": "0.00", "-0.0": "0.0", "0e50": "0", "19.90": "19.90", "-19.90": "-19.90",
		"1e2": "100", "1E-2": "0.01", "12.5e1": "125", "007": "7", "+1": "1", ".5": "0.5",
		"1234567890123456.78":    "1234567890123456.78",
		strings.Repeat("9", 100): strings.Repeat("9", 100),
		"1e99":                   "1" + strings.Repeat("0", 99),
	} {
		d, err := decimal.Parse(in)
		if err != nil {
			t.Errorf("Parse(%q): %v", in, err)
			continue
		}
		if got := d.String(); got != want {
			t.Errorf("Parse(%q) = %s, want %s", in, got, want)
		}
	}
}

// TestParseOfEveryForm holds the usual form of a number to the same one with an exponent,
// which the library reads: as large, and written alike.
func TestParseOfEveryForm(t *testing.T) {
	texts := []string{
		"", "-", ".", "-.", "5.", ".5", "-.5", "+5", "--5", "1.2.3", "0", "-0", "0.0", "-0.00", "007", "-007.50", "1_0", " 1", "1 ", "٣", "NaN", "-Inf",
		"999999999999999999", "-999999999999999999", "9999999999999999999", "0.00000000000000001", "0.0000000000000000000001", "12345678901234567.8",
	}
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 2000 {
		text := make([]byte, rnd.IntN(8))
		for i := range text {
			text[i] = "0123456789.-"[rnd.IntN(12)]
		}
		texts = append(texts, string(text))
	}
	for _, text := range texts {
		got, err := decimal.Parse(text)
		want, wantErr := decimal.Parse(text + "e0")
		if (err == nil) != (wantErr == nil) || got.String() != want.String() || !got.Equal(want) || got.Digits() != want.Digits() || got.Sign() != want.Sign() {
			t.Errorf("%q: %s, %v; with an exponent: %s, %v", text, got, err, want, wantErr)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"": decimal.ErrSyntax, "-": decimal.ErrSyntax, ".": decimal.ErrSyntax, "1,5": decimal.ErrSyntax, "1 5": decimal.ErrSyntax,
		"NaN": decimal.ErrSyntax, "sNaN12": decimal.ErrSyntax, "Infinity": decimal.ErrSyntax, "-inf": decimal.ErrSyntax,
		"0x10": decimal.ErrSyntax, "1e": decimal.ErrSyntax, "--1": decimal.ErrSyntax, "١": decimal.ErrSyntax, "1e99999999999": decimal.ErrSyntax,
		"1e100": decimal.ErrRange, "1e-100": decimal.ErrRange, strings.Repeat("9", 101): decimal.ErrRange,
		strings.Repeat("0", 1<<20): decimal.ErrRange,
	} {
		if _, err := decimal.Parse(in); !errors.Is(err, want) {
			t.Errorf("Parse(%.20q) gives %v, want %v", in, err, want)
		} else if len(in) > 1 && strings.Contains(err.Error(), in) {
			t.Errorf("Parse(%.20q) repeats the text in its error: %v", in, err)
		}
	}
}

func TestRound(t *testing.T) {
	modes := []decimal.Mode{decimal.HalfUp, decimal.HalfEven, decimal.Down, decimal.Up}
	for _, tc := range []struct {
		in     string
		places int32
		want   [4]string // by mode
	}{
		{"2.165", 2, [4]string{"2.17", "2.16", "2.16", "2.17"}},
		{"2.175", 2, [4]string{"2.18", "2.18", "2.17", "2.18"}},
		{"-2.165", 2, [4]string{"-2.17", "-2.16", "-2.16", "-2.17"}},
		{"2.1650001", 2, [4]string{"2.17", "2.17", "2.16", "2.17"}},
		{"0.0004", 2, [4]string{"0.00", "0.00", "0.00", "0.01"}},
		{"-0.0004", 2, [4]string{"0.00", "0.00", "0.00", "-0.01"}},
		{"0.004", 2, [4]string{"0.00", "0.00", "0.00", "0.01"}},
		{"0", 2, [4]string{"0.00", "0.00", "0.00", "0.00"}},
		{"9.999", 2, [4]string{"10.00", "10.00", "9.99", "10.00"}},
		{"0.5", 0, [4]string{"1", "0", "0", "1"}},
		{"1.5", 4, [4]string{"1.5000", "1.5000", "1.5000", "1.5000"}},
		{"1250", -2, [4]string{"1300", "1200", "1200", "1300"}},
		{"3", -2, [4]string{"0", "0", "0", "100"}},
	} {
		for i, mode := range modes {
			got, err := decimal.Must(tc.in).Round(tc.places, mode)
			if err != nil || got.String() != tc.want[i] {
				t.Errorf("%s rounded %s to %d places = %s (%v), want %s", tc.in, mode, tc.places, got, err, tc.want[i])
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	one := decimal.FromInt(1)
	if _, err := one.Quo(decimal.Zero(), 2, decimal.HalfUp); !errors.Is(err, decimal.ErrDivision) {
		t.Errorf("1 ÷ 0 gives %v", err)
	}
	if _, err := one.Quo(one, 2, "nearest"); !errors.Is(err, decimal.ErrMode) {
		t.Errorf("an unknown mode gives %v", err)
	}
	if _, err := one.Round(2, ""); !errors.Is(err, decimal.ErrMode) {
		t.Errorf("no mode gives %v", err)
	}
	for _, places := range []int32{1 << 30, -1 << 30, -1 << 31} {
		if _, err := one.Round(places, decimal.Up); !errors.Is(err, decimal.ErrPlaces) {
			t.Errorf("rounding to %d places gives %v", places, err)
		}
		if _, err := one.Quo(one, places, decimal.Up); !errors.Is(err, decimal.ErrPlaces) {
			t.Errorf("dividing to %d places gives %v", places, err)
		}
	}
}

func TestForms(t *testing.T) {
	for _, tc := range []struct {
		in, str, canonical, money string
		places                    int32
		digits                    int64
	}{
		{"19.90", "19.90", "19.9", "19.90", 1, 4},
		{"100", "100", "100", "100.00", 0, 3},
		{"0.000", "0.000", "0", "0.00", 0, 4},
		{"1e3", "1000", "1000", "1000.00", 0, 4},
		{"-0.005", "-0.005", "-0.005", "-0.01", 3, 4},
		{"1234567.891", "1234567.891", "1234567.891", "1234567.89", 3, 10},
	} {
		d := decimal.Must(tc.in)
		if d.String() != tc.str || d.Canonical() != tc.canonical || d.Money() != tc.money || d.Places() != tc.places || d.Digits() != tc.digits {
			t.Errorf("%s: got %s %s %s %d places %d digits, want %+v", tc.in, d, d.Canonical(), d.Money(), d.Places(), d.Digits(), tc)
		}
	}
}

func TestJSON(t *testing.T) {
	var v struct{ A, B decimal.Decimal }
	if err := json.Unmarshal([]byte(`{"A": 1e2, "B": "19.90"}`), &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if got, want := string(out), `{"A":100,"B":19.90}`; err != nil || got != want {
		t.Errorf("got %s (%v), want %s", got, err, want)
	}
	for _, bad := range []string{`{"A": null}`, `{"A": true}`, `{"A": ""}`, `{"A": "\u0031"}`} {
		if err := json.Unmarshal([]byte(bad), &v); !errors.Is(err, decimal.ErrSyntax) {
			t.Errorf("%s gives %v, want ErrSyntax", bad, err)
		}
	}
}

func rat(t *testing.T, d decimal.Decimal) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		t.Fatalf("%q is not plain digits", d)
	}
	return r
}

// randomDecimal makes numbers of all sizes that Parse accepts, small ones most often.
func randomDecimal(t *testing.T, rnd *rand.Rand) decimal.Decimal {
	t.Helper()
	digits := 1 + rnd.IntN(6)
	if rnd.IntN(8) == 0 {
		digits = 1 + rnd.IntN(90)
	}
	var b strings.Builder
	if rnd.IntN(2) == 0 {
		b.WriteByte('-')
	}
	for range digits {
		b.WriteByte("0123456789055"[rnd.IntN(13)])
	}
	exp := rnd.IntN(7) - 4
	if rnd.IntN(8) == 0 {
		exp = rnd.IntN(180) - 90
	}
	if exp > 0 {
		exp = min(exp, 100-digits)
	} else {
		exp = max(exp, -99)
	}
	text := b.String() + "e" + big.NewInt(int64(exp)).String()
	d, err := decimal.Parse(text)
	if err != nil {
		t.Fatalf("Parse(%s): %v", text, err)
	}
	return d
}

// TestAgainstRationals compares every operation with exact rational arithmetic.
func TestAgainstRationals(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	modes := []decimal.Mode{decimal.HalfUp, decimal.HalfEven, decimal.Down, decimal.Up}
	for range 20000 {
		a, b := randomDecimal(t, rnd), randomDecimal(t, rnd)
		ra, rb := rat(t, a), rat(t, b)
		check := func(op string, got decimal.Decimal, want *big.Rat) {
			t.Helper()
			if rat(t, got).Cmp(want) != 0 {
				t.Fatalf("%s %s %s = %s, want %s", a, op, b, got, want.RatString())
			}
		}
		check("+", a.Add(b), new(big.Rat).Add(ra, rb))
		check("-", a.Sub(b), new(big.Rat).Sub(ra, rb))
		check("×", a.Mul(b), new(big.Rat).Mul(ra, rb))
		check("negated, not", a.Neg(), new(big.Rat).Neg(ra))
		if got, want := a.Cmp(b), ra.Cmp(rb); got != want || a.Equal(b) != (want == 0) || a.Sign() != ra.Sign() {
			t.Fatalf("%s compared with %s gives %d, want %d", a, b, got, want)
		}
		places, mode := int32(rnd.IntN(12)-3), modes[rnd.IntN(4)]
		rounded, err := a.Round(places, mode)
		if err != nil {
			t.Fatalf("%s rounded to %d: %v", a, places, err)
		}
		check("rounded "+string(mode)+", not by", rounded, roundRat(ra, places, mode))
		if b.IsZero() {
			continue
		}
		q, err := a.Quo(b, places, mode)
		if err != nil {
			t.Fatalf("%s ÷ %s to %d: %v", a, b, places, err)
		}
		check("÷ "+string(mode), q, roundRat(new(big.Rat).Quo(ra, rb), places, mode))
	}
}

// TestQuoOfProducts divides numbers far larger and smaller than Parse accepts.
func TestQuoOfProducts(t *testing.T) {
	large, small := decimal.Must("7e99"), decimal.Must("3e-99")
	for range 3 {
		large, small = large.Mul(large), small.Mul(small)
	}
	for _, pair := range [][2]decimal.Decimal{{large, small}, {small, large}, {large, large.Add(small)}} {
		q, err := pair[0].Quo(pair[1], 2, decimal.Up)
		if err != nil {
			t.Fatal(err)
		}
		want := roundRat(new(big.Rat).Quo(rat(t, pair[0]), rat(t, pair[1])), 2, decimal.Up)
		if rat(t, q).Cmp(want) != 0 {
			t.Errorf("a quotient of %d-digit numbers is wrong", pair[0].Digits())
		}
	}
}

// roundRat rounds by the definition of each mode.
func roundRat(r *big.Rat, places int32, mode decimal.Mode) *big.Rat {
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(places, -places))), nil))
	if places < 0 {
		scale.Inv(scale)
	}
	x := new(big.Rat).Mul(r, scale)
	n, rem := new(big.Int).QuoRem(new(big.Int).Abs(x.Num()), x.Denom(), new(big.Int))
	half := new(big.Int).Lsh(rem, 1).Cmp(x.Denom())
	up := map[decimal.Mode]bool{
		decimal.HalfUp:   half >= 0,
		decimal.HalfEven: half > 0 || half == 0 && n.Bit(0) == 1,
		decimal.Down:     false,
		decimal.Up:       rem.Sign() > 0,
	}[mode]
	if up {
		n.Add(n, big.NewInt(1))
	}
	if x.Sign() < 0 {
		n.Neg(n)
	}
	return new(big.Rat).Quo(new(big.Rat).SetInt(n), scale)
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "-0", "19.90", "1e99", "1e-99", "1e100", ".5", "5.", "NaN", "0e50", "00", "+1", "-.e1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := decimal.Parse(s)
		if err != nil {
			return
		}
		for _, form := range []string{d.String(), d.Canonical()} {
			again, err := decimal.Parse(form)
			if err != nil || !again.Equal(d) {
				t.Errorf("%q printed as %q reads as %s (%v)", s, form, again, err)
			}
			if !json.Valid([]byte(form)) {
				t.Errorf("%q printed as %q is not a JSON number", s, form)
			}
		}
		if r, ok := new(big.Rat).SetString(s); !ok || r.Cmp(rat(t, d)) != 0 {
			t.Errorf("%q read as %s", s, d)
		}
		d.Cents()
		d.Mul(d).Sub(d)
	})
}
