package demo_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/demo"
)

// TestSeededWorldsLoad makes a world of every region, tidy and untidy, and lives in it.
func TestSeededWorldsLoad(t *testing.T) {
	for _, region := range []string{"AU", "NZ", "GB", "US", "SG", "ZA"} {
		for _, odd := range []float64{0, 0.5, 1} {
			w, err := demo.Seed(demo.Sizes{Region: region, Odd: odd, Seed: 3, Accounts: 30, Products: 12, Deals: 50})
			if err != nil {
				t.Fatal(err)
			}
			for object, want := range map[string]int{"Account": 30, "Product2": 12, "Opportunity": 50} {
				if got := len(w.Salesforce[object]); got != want {
					t.Errorf("%s: %d records of %s, want %d", region, got, object, want)
				}
			}
			p := over(t, w)
			org := p.books.All("Organisation")[0]
			if org["CountryCode"] != region || org["BaseCurrency"] == nil || len(p.books.All("TaxRates")) < 2 {
				t.Errorf("%s: the books are those of %v", region, org["CountryCode"])
			}
			if err := p.sf.CloseWon(w.Salesforce["Opportunity"][0]["Id"].(string)); err != nil {
				t.Errorf("%s: %v", region, err)
			}
			if odd == 0 {
				p.invoice(t, "SF-1")
			}
		}
	}
}

func TestSeededWorldsAreTheSameBytes(t *testing.T) {
	encoded := func(seed uint64) []byte {
		w, err := demo.Seed(demo.Sizes{Region: "GB", Odd: 0.3, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		data, err := w.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if !bytes.Equal(encoded(1), encoded(1)) {
		t.Error("the same sizes gave other bytes")
	}
	if bytes.Equal(encoded(1), encoded(2)) {
		t.Error("another seed gave the same bytes")
	}
}

func TestSeedRefuses(t *testing.T) {
	for want, s := range map[string]demo.Sizes{
		`region "FR"`:       {Region: "FR"},
		"deals must be":     {Region: "GB", Deals: -1},
		"odd share must be": {Region: "GB", Odd: 1.5},
	} {
		if _, err := demo.Seed(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: error %v, want one with %q", s, err, want)
		}
	}
}
