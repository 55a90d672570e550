package xero_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/xero"
)

func TestRegions(t *testing.T) {
	tests := []struct {
		region, version, currency, yearEnd, tax, none, today string
		sales                                                []string // tax types of active rates that sales may carry, with their percentage
	}{
		{"AU", "AU", "AUD", "30/6", "GST", "BASEXCLUDED", "2026-11-23", []string{"BASEXCLUDED 0", "EXEMPTEXPORT 0", "EXEMPTOUTPUT 0", "INPUTTAXED 0", "OUTPUT 10"}},
		{"NZ", "NZ", "NZD", "31/3", "GST", "NONE", "2026-11-23", []string{"NONE 0", "OUTPUT2 15", "ZERORATED 0"}},
		{"GB", "UK", "GBP", "31/3", "VAT", "NONE", "2026-11-22", []string{
			"DRCHARGE20 0", "DRCHARGE5 0", "ECZROUTPUT 0", "ECZROUTPUTSERVICES 0", "EXEMPTOUTPUT 0", "NONE 0", "OUTPUT2 20", "RROUTPUT 5", "ZERORATEDOUTPUT 0",
		}},
		{"US", "US", "USD", "31/12", "Sales Tax", "NONE", "2026-11-22", []string{"AVALARA 0", "INPUT 8.25", "NONE 0", "OUTPUT 8.25"}},
		{"SG", "GLOBAL", "SGD", "31/12", "GST", "NONE", "2026-11-23", []string{
			"ES33OUTPUT 0", "ESN33OUTPUT 0", "NONE 0", "OSOUTPUT2 0", "OUTPUT 7", "OUTPUTY23 8", "OUTPUTY24 9", "ZERORATEDOUTPUT 0",
		}},
		{"ZA", "GLOBAL", "ZAR", "28/2", "VAT", "NONE", "2026-11-23", []string{
			"EXEMPTOUTPUT 0", "NONE 0", "OUTPUT 14", "OUTPUT3 15", "SROUTPUT2 15", "ZERORATED 0", "ZERORATEDOUTPUT 0",
		}},
	}
	if len(tests) != len(xero.Regions()) {
		t.Errorf("regions %v", xero.Regions())
	}
	for _, tt := range tests {
		t.Run(tt.region, func(t *testing.T) {
			b := open(t, func(o *xero.Options) { o.Region = tt.region })
			b.clock.Set(time.Date(2026, 11, 22, 22, 30, 0, 0, time.UTC))
			b.token = b.signIn("")
			org := b.get("/Organisation").want(200)
			text := func(member string) string { return org.text("Organisations", 0, member) }
			got := []string{text("Version"), text("BaseCurrency"), text("FinancialYearEndDay") + "/" + text("FinancialYearEndMonth"), text("Class"), text("IsDemoCompany")}
			if want := []string{tt.version, tt.currency, tt.yearEnd, "DEMO", "true"}; !slices.Equal(got, want) {
				t.Errorf("organisation %v, want %v", got, want)
			}
			var sales []string
			for _, e := range b.get(where("TaxRates", `Status=="ACTIVE" AND CanApplyToRevenue==true`)).want(200).list("TaxRates") {
				rate := e.(object)
				component := rate["TaxComponents"].([]any)[0].(object)
				if component["Name"] != tt.tax || fmt.Sprint(component["Rate"]) != fmt.Sprint(rate["EffectiveRate"]) || fmt.Sprint(rate["DisplayTaxRate"]) != fmt.Sprint(rate["EffectiveRate"]) {
					t.Errorf("rate %v", rate)
				}
				sales = append(sales, fmt.Sprint(rate["TaxType"], " ", strings.TrimSuffix(strings.TrimRight(fmt.Sprint(rate["EffectiveRate"]), "0"), ".")))
			}
			if slices.Sort(sales); !slices.Equal(sales, tt.sales) {
				t.Errorf("rates for sales %q, want %q", sales, tt.sales)
			}
			due := b.get(where("Accounts", `Code=="820"`)).want(200)
			if got := due.text("Accounts", 0, "Name") + " " + due.text("Accounts", 0, "TaxType"); got != tt.tax+" "+tt.none {
				t.Errorf("tax account %s", got)
			}
			if got := len(b.get("/Accounts").want(200).list("Accounts")); got != 58 {
				t.Errorf("%d accounts", got)
			}
			a := b.call("PUT", "/Invoices", `{"Invoices":[{"Type":"ACCREC","Contact":{"Name":"A"},"LineItems":[{"Description":"x"}]}]}`).want(200)
			if got := a.text("Invoices", 0, "DateString"); got != tt.today+"T00:00:00" {
				t.Errorf("today is %s, want %s", got, tt.today)
			}
		})
	}
}

// TestLookUpRates: rates that only the vendor's own pages can use are refused.
func TestLookUpRates(t *testing.T) {
	b := open(t, func(o *xero.Options) { o.Region = "US" })
	a := b.call("PUT", "/Invoices", `{"Invoices":[{"Type":"ACCREC","Contact":{"Name":"A"},"LineItems":[`+with(line("1", "1"), `"200"`, `"200","TaxType":"AVALARA"`)+`]}]}`)
	if got := a.want(400).problems(); !contains(got, []string{"The TaxType code 'AVALARA' cannot be used through the API"}) {
		t.Errorf("problems %q", got)
	}
}
