package xero_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/planwright/planwright/internal/twin/xero"
)

// paying is the shop of an organisation that may send e-mail.
func paying(o *xero.Options) {
	shop(o)
	o.Organisation = object{"Class": "PREMIUM"}
}

// booksFacts are what is known of document rules, taxes, settings and history.
func booksFacts() []fact {
	return append(append(ruleFacts(), invoiceFacts()...), []fact{
		{
			name: "a tracking option that is not there refuses the line", source: "accounting/invoices, Tracking; not confirmed", doubt: "tracking-ignored",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, func(o *xero.Options) {
					shop(o)
					o.Collections["TrackingCategories"] = []map[string]any{{"Name": "Region", "Options": []any{object{"Name": "North"}}}}
					change(o)
				})
				uses := `"Tracking":[{"Name":"Region","Option":"Moon"},{"Name":"Region","Option":"North"}],"AccountCode"`
				a := b.call("PUT", "/Invoices", `{"Invoices":[`+sale("A", with(line("1", "10"), `"AccountCode"`, uses))+`]}`)
				if !otherwise {
					a.want(400)
				} else if got := a.want(200).text("Invoices", 0, "LineItems", 0, "Tracking", 0, "Option"); got != "North" {
					t.Errorf("kept option %q", got)
				}
			},
		},
		{
			name: "more of a tracked item than is in stock cannot be sold", source: "accounting/items",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) {
					shop(o)
					o.Collections["Items"] = []map[string]any{{"Code": "TEE", "IsTrackedAsInventory": true, "QuantityOnHand": "5", "TotalCostPool": "100"}}
					change(o)
				})
				tees := func(number, quantity string) string {
					return put(sale(number, with(line(quantity, "40"), `"AccountCode"`, `"ItemCode":"TEE","AccountCode"`)))
				}
				b.call("PUT", "/Invoices", tees("A", "6")).want(400)
				b.call("PUT", "/Invoices", tees("B", "5")).want(200)
				b.call("PUT", "/Invoices", tees("C", "1")).want(400)
			},
		},
		{
			name: "organisations of Singapore and South Africa call themselves GLOBAL", source: "accounting/types, Version types; not confirmed", doubt: "local-version",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				for _, region := range []string{"SG", "ZA"} {
					b := open(t, func(o *xero.Options) { o.Region = region; change(o) })
					want := "GLOBAL"
					if otherwise {
						want = region
					}
					if got := b.twin.All("Organisation")[0]; got["Version"] != want || got["CountryCode"] != region {
						t.Errorf("%s: version %s of country %s", region, got["Version"], got["CountryCode"])
					}
				}
			},
		},
		{
			name: "sales tax of each region has its type and rate, and tax is rounded line by line", source: "accounting/taxrates; api-guides/rounding-in-xero",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				for region, want := range map[string]string{
					"AU": "OUTPUT 10.0000 2.51 2.56 5.07", "NZ": "OUTPUT2 15.0000 3.76 3.84 7.60", "GB": "OUTPUT2 20.0000 5.01 5.12 10.13",
					"US": "OUTPUT 8.2500 2.07 2.11 4.18", "SG": "OUTPUTY24 9.0000 2.26 2.30 4.56", "ZA": "OUTPUT3 15.0000 3.76 3.84 7.60",
				} {
					b := open(t, func(o *xero.Options) { o.Region = region; change(o) })
					a := b.call("PUT", "/Invoices", `{"Invoices":[{"Type":"ACCREC","Contact":{"Name":"A"},"LineItems":[`+line("1", "25.06")+`,`+line("1", "25.61")+`]}]}`).want(200)
					taxType := a.text("Invoices", 0, "LineItems", 0, "TaxType")
					got := fmt.Sprint(taxType, " ", b.get("/TaxRates/"+taxType).want(200).text("TaxRates", 0, "EffectiveRate"), " ",
						a.text("Invoices", 0, "LineItems", 0, "TaxAmount"), " ", a.text("Invoices", 0, "LineItems", 1, "TaxAmount"), " ", a.text("Invoices", 0, "TotalTax"))
					if got != want {
						t.Errorf("%s: %s, want %s", region, got, want)
					}
				}
			},
		},
		{
			name: "an invoice sent by e-mail is marked as sent", source: "accounting/invoices, Emailing an invoice; the statuses are not confirmed", doubt: "mail-drafts",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b := open(t, func(o *xero.Options) { paying(o); change(o) })
				b.call("PUT", "/Invoices", `{"Invoices":[`+sale("A", line("1", "10"))+`,`+with(sale("B", line("1", "10")), "AUTHORISED", "DRAFT")+`]}`).want(200)
				b.call("POST", "/Invoices/A/Email", `{}`).want(204)
				if got := b.get("/Invoices/A").text("Invoices", 0, "SentToContact"); got != "true" {
					t.Errorf("SentToContact is %s", got)
				}
				code := 400
				if otherwise {
					code = 204
				}
				b.call("POST", "/Invoices/B/Email", `{}`).want(code)
			},
		},
		{
			name: "a demo company sends no e-mail", source: "accounting/invoices, Emailing an invoice",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { shop(o); change(o) })
				b.call("PUT", "/Invoices", `{"Invoices":[`+sale("A", line("1", "10"))+`]}`).want(200)
				b.call("POST", "/Invoices/A/Email", `{}`).want(400)
				if got := b.get("/Invoices/A").text("Invoices", 0, "SentToContact"); got != "false" {
					t.Errorf("SentToContact is %s", got)
				}
			},
		},
		{
			name: "an approved sales invoice has an address for its customer, a draft and a bill have none", source: "XeroAPI/Xero-OpenAPI, getOnlineInvoice",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { shop(o); change(o) })
				b.call("PUT", "/Invoices", `{"Invoices":[`+sale("A", line("1", "10"))+`,`+with(sale("B", line("1", "10")), "AUTHORISED", "DRAFT")+`]}`).want(200)
				if got := b.get("/Invoices/A/OnlineInvoice").want(200).text("OnlineInvoices", 0, "OnlineInvoiceUrl"); len(got) < 40 {
					t.Errorf("address %q", got)
				}
				b.get("/Invoices/B/OnlineInvoice").want(400)
			},
		},
		{
			name: "history tells what was done to an invoice, the latest first", source: "accounting/historyandnotes",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b := open(t, func(o *xero.Options) { paying(o); change(o) })
				b.call("PUT", "/Invoices", `{"Invoices":[`+with(sale("A", line("1", "10")), "AUTHORISED", "DRAFT")+`]}`).want(200)
				b.call("POST", "/Invoices/A", `{"Invoices":[{"Status":"AUTHORISED"}]}`).want(200)
				b.call("POST", "/Invoices/A/Email", `{}`).want(204)
				b.call("PUT", "/Invoices/A/History", `{"HistoryRecords":[{"Details":"made for opportunity 7"}]}`).want(200)
				if err := b.twin.Pay("A", dec("11.5"), ""); err != nil {
					t.Fatal(err)
				}
				var got strings.Builder
				for i := range b.get("/Invoices/A/History").want(200).list("HistoryRecords") {
					got.WriteString(b.get("/Invoices/A/History").text("HistoryRecords", i, "Changes") + ", ")
				}
				if want := "Payment Received, Note, Invoice sent, Approved, Created, "; got.String() != want {
					t.Errorf("history %q, want %q", got.String(), want)
				}
			},
		},
	}...)
}
