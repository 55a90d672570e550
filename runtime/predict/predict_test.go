package predict_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/planwright/planwright/internal/decimal"
	"github.com/planwright/planwright/runtime/predict"
)

func number(text string) *decimal.Decimal {
	d := decimal.Must(text)
	return &d
}

func fine() predict.Rules { return predict.Rules{Unit: 4, Quantity: 4} }

// at is a line of one piece at a price and a rate.
func at(price, rate string) predict.Line {
	return predict.Line{Unit: number(price), Rate: decimal.Must(rate)}
}

func TestSums(t *testing.T) {
	discounted := predict.Line{Quantity: number("3"), Unit: number("19.99"), DiscountRate: decimal.Must("12.5")}
	reduced := predict.Line{Quantity: number("3"), Unit: number("19.99"), DiscountAmount: decimal.Must("0.97")}
	tests := []struct {
		name  string
		rules predict.Rules
		basis predict.Basis
		lines []predict.Line
		want  string // sub-total, tax, total
	}{
		{"tax is rounded on each line", fine(), predict.Exclusive, []predict.Line{at("25.06", "15"), at("25.61", "15"), at("25.63", "15")}, "76.30 11.44 87.74"},
		{"inclusive tax is left of the net", fine(), predict.Inclusive, []predict.Line{at("199.95", "20")}, "166.63 33.32 199.95"},
		{"no tax", fine(), predict.NoTax, []predict.Line{at("199.95", "20")}, "199.95 0.00 199.95"},
		{"a half goes up", fine(), predict.NoTax, []predict.Line{at("2.165", "0")}, "2.17 0.00 2.17"},
		{"two places round the price first", predict.Rules{Unit: 2, Quantity: 4}, predict.NoTax, []predict.Line{{Quantity: number("100"), Unit: number("1.2345")}}, "123.00 0.00 123.00"},
		{"four places keep it", fine(), predict.NoTax, []predict.Line{{Quantity: number("100"), Unit: number("1.2345")}}, "123.45 0.00 123.45"},
		{"discount by rate", fine(), predict.NoTax, []predict.Line{discounted}, "52.47 0.00 52.47"},
		{"discount by amount", fine(), predict.NoTax, []predict.Line{reduced}, "59.00 0.00 59.00"},
		{"an amount alone is kept", fine(), predict.Exclusive, []predict.Line{{Amount: number("10"), Rate: decimal.Must("10")}}, "10.00 1.00 11.00"},
		{"a tax sent is kept", fine(), predict.Exclusive, []predict.Line{{Unit: number("10"), Tax: number("0.99"), Rate: decimal.Must("10")}}, "10.00 0.99 10.99"},
		{"nothing", fine(), predict.Exclusive, nil, "0.00 0.00 0.00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := tt.rules.Sums(tt.basis, tt.lines, predict.Reading{})
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(s.SubTotal.Money(), " ", s.Tax.Money(), " ", s.Total.Money()); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestDoubtedCents: an invoice on which a doubt is worth a cent says so, any other not.
func TestDoubtedCents(t *testing.T) {
	_, others, err := fine().Predict(predict.Inclusive, []predict.Line{at("199.95", "20")})
	if err != nil || len(others) != 2 || others[0].Sums.Tax.Money() != "33.33" {
		t.Errorf("inclusive half: %v, %v", others, err)
	}
	_, others, err = fine().Predict(predict.Exclusive, []predict.Line{at("-2.165", "0")})
	if err != nil || len(others) != 2 || others[0].Sums.Total.Money() != "-2.16" {
		t.Errorf("negative half: %v, %v", others, err)
	}
	if _, others, err = fine().Predict(predict.Exclusive, []predict.Line{at("2.165", "15")}); err != nil || len(others) != 0 {
		t.Errorf("plain line: %v, %v", others, err)
	}
}

func TestWhatCannotBe(t *testing.T) {
	percent := decimal.Must("5")
	tests := map[string]struct {
		basis predict.Basis
		line  predict.Line
		want  error
	}{
		"basis":         {"", at("1", "0"), predict.ErrBasis},
		"amount":        {predict.NoTax, predict.Line{Quantity: number("1"), Unit: number("100"), Amount: number("1")}, predict.ErrAmount},
		"two discounts": {predict.NoTax, predict.Line{Unit: number("9"), DiscountRate: percent, DiscountAmount: percent}, predict.ErrDiscount},
		"rate":          {predict.Inclusive, at("1", "-100"), predict.ErrRate},
	}
	for name, tt := range tests {
		if _, _, err := fine().Predict(tt.basis, []predict.Line{tt.line}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
