package xero_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/xero"
)

func TestTotals(t *testing.T) {
	type want struct{ lines, sub, tax, total string }
	tests := []struct {
		fact, region, types, query string
		lines                      []string
		want                       want
	}{
		{
			"the vendor's example: tax is rounded per line", "NZ", "Exclusive", "",
			[]string{`"Quantity":1,"UnitAmount":25.06`, `"Quantity":1,"UnitAmount":25.61`, `"Quantity":1,"UnitAmount":25.63`},
			want{"25.06 25.61 25.63", "76.30", "11.44", "87.74"},
		},
		{"inclusive tax by the net first", "GB", "Inclusive", "", []string{`"Quantity":1,"UnitAmount":199.95`}, want{"199.95", "166.63", "33.32", "199.95"}},
		{"unit price of four places with unitdp", "AU", "Exclusive", "?unitdp=4", []string{`"Quantity":1000,"UnitAmount":0.0125`}, want{"12.50", "12.50", "1.25", "13.75"}},
		{"unit price of four places without unitdp", "AU", "Exclusive", "", []string{`"Quantity":1000,"UnitAmount":0.0125`}, want{"10.00", "10.00", "1.00", "11.00"}},
		{"half up", "AU", "NoTax", "?unitdp=4", []string{`"Quantity":1,"UnitAmount":2.165`}, want{"2.17", "2.17", "0.00", "2.17"}},
		{"discount by rate, rounded once", "AU", "Exclusive", "", []string{`"Quantity":3,"UnitAmount":9.99,"DiscountRate":15`}, want{"25.47", "25.47", "2.55", "28.02"}},
		{"discount by amount", "AU", "Exclusive", "", []string{`"Quantity":3,"UnitAmount":9.99,"DiscountAmount":2.97`}, want{"27.00", "27.00", "2.70", "29.70"}},
		{"discount of everything", "AU", "Exclusive", "", []string{`"Quantity":3,"UnitAmount":9.99,"DiscountRate":100`}, want{"0.00", "0.00", "0.00", "0.00"}},
		{"no tax", "NZ", "NoTax", "", []string{`"Quantity":2,"UnitAmount":50`}, want{"100.00", "100.00", "0.00", "100.00"}},
		{"a credit line among others", "AU", "Exclusive", "", []string{`"Quantity":1,"UnitAmount":100`, `"Quantity":-1,"UnitAmount":0.05`}, want{"100.00 -0.05", "99.95", "9.99", "109.94"}},
		{"numbers as text", "AU", "Exclusive", "", []string{`"Quantity":"2","UnitAmount":"1.50"`}, want{"3.00", "3.00", "0.30", "3.30"}},
	}
	for _, tt := range tests {
		t.Run(tt.fact, func(t *testing.T) {
			b := open(t, func(o *xero.Options) { shop(o); o.Region = tt.region; o.Collections["Items"] = nil })
			var lines []string
			for _, l := range tt.lines {
				lines = append(lines, `{"Description":"x","AccountCode":"200",`+l+`}`)
			}
			name, why := odd("")
			if strings.Contains(tt.fact, "as text") {
				why = "numbers as text"
			}
			a := b.call("PUT", "/Invoices"+tt.query, `{"Invoices":[`+with(sale("A", lines...), `"Type"`, `"LineAmountTypes":"`+tt.types+`","Type"`)+`]}`, name, why).want(200)
			var amounts []string
			for i := range tt.lines {
				amounts = append(amounts, a.text("Invoices", 0, "LineItems", i, "LineAmount"))
			}
			got := want{strings.Join(amounts, " "), a.text("Invoices", 0, "SubTotal"), a.text("Invoices", 0, "TotalTax"), a.text("Invoices", 0, "Total")}
			if got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// cents rounds to whole hundredths, half away from zero, by integer arithmetic alone.
func cents(r *big.Rat) *big.Rat { return places(r, 100) }

func places(r *big.Rat, unit int64) *big.Rat {
	scaled := new(big.Rat).Mul(r, big.NewRat(unit, 1))
	twice := new(big.Int).Mul(new(big.Int).Abs(scaled.Num()), big.NewInt(2))
	whole := new(big.Int).Quo(twice.Add(twice, scaled.Denom()), new(big.Int).Mul(scaled.Denom(), big.NewInt(2)))
	if scaled.Sign() < 0 {
		whole.Neg(whole)
	}
	return new(big.Rat).SetFrac(whole, big.NewInt(unit))
}

func rat(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic("not a number: " + text)
	}
	return r
}

// TestTotalsAgainstRationals compares the twin's sums with sums computed in rationals
// from the documented rules, over invoices of all kinds.
func TestTotalsAgainstRationals(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 22))
	rates := map[string]string{"OUTPUT2": "20", "RROUTPUT": "5", "ZERORATEDOUTPUT": "0", "NONE": "0"}
	taxTypes := []string{"OUTPUT2", "RROUTPUT", "ZERORATEDOUTPUT", "NONE"}
	b := open(t, func(o *xero.Options) { shop(o); o.Region = "GB"; o.Collections["Items"] = nil })
	for i := range 200 {
		types := []string{"Exclusive", "Inclusive", "NoTax"}[rnd.IntN(3)]
		query, unit := "", int64(100)
		if rnd.IntN(2) == 0 {
			query, unit = "?unitdp=4", 10000
		}
		var lines []string
		amounts, taxes := new(big.Rat), new(big.Rat)
		for range 1 + rnd.IntN(6) {
			quantity, price := fmt.Sprintf("%d.%05d", rnd.IntN(50), rnd.IntN(100000)), fmt.Sprintf("%d.%05d", rnd.IntN(2000), rnd.IntN(100000))
			taxType := taxTypes[rnd.IntN(len(taxTypes))]
			full := new(big.Rat).Mul(places(rat(quantity), 10000), places(rat(price), unit))
			extra := ""
			switch rnd.IntN(3) {
			case 1:
				rate := fmt.Sprintf("%d.%02d", rnd.IntN(100), rnd.IntN(100))
				extra = `,"DiscountRate":` + rate
				full.Mul(full, new(big.Rat).Quo(new(big.Rat).Sub(rat("100"), rat(rate)), rat("100")))
			case 2:
				off := cents(new(big.Rat).Mul(full, rat("0.1")))
				extra = `,"DiscountAmount":` + off.FloatString(2)
				full.Sub(full, off)
			}
			amount, tax := cents(full), new(big.Rat)
			rate := new(big.Rat).Quo(rat(rates[taxType]), rat("100"))
			switch types {
			case "Exclusive":
				tax = cents(new(big.Rat).Mul(amount, rate))
			case "Inclusive":
				tax.Sub(amount, cents(new(big.Rat).Quo(amount, new(big.Rat).Add(rat("1"), rate))))
			}
			amounts.Add(amounts, amount)
			taxes.Add(taxes, tax)
			lines = append(lines, fmt.Sprintf(`{"Description":"x","AccountCode":"200","TaxType":%q,"Quantity":%s,"UnitAmount":%s%s}`, taxType, quantity, price, extra))
		}
		sub := new(big.Rat).Set(amounts)
		if types == "Inclusive" {
			sub.Sub(sub, taxes)
		}
		want := fmt.Sprint(sub.FloatString(2), " ", taxes.FloatString(2), " ", new(big.Rat).Add(sub, taxes).FloatString(2))
		body := `{"Invoices":[` + with(sale(fmt.Sprint("R-", i), lines...), `"Type"`, `"LineAmountTypes":"`+types+`","Type"`) + `]}`
		a := b.call("PUT", "/Invoices"+query, body).want(200)
		got := a.text("Invoices", 0, "SubTotal") + " " + a.text("Invoices", 0, "TotalTax") + " " + a.text("Invoices", 0, "Total")
		if got != want {
			t.Fatalf("%s%s: got %s, want %s\n%s", types, query, got, want, body)
		}
	}
}
