package salesforce

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

const refEntry = "Object Reference, PricebookEntry"

// moneyFacts are what is known of amounts, lines and prices.
func moneyFacts() []fact {
	return []fact{
		{
			name: "an opportunity's amount is the sum of its lines' totals, and writes to it are ignored", source: refOpp + "; OpenAPI document of an org",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.patch("Opportunity", deal, `{"Amount":1,"TotalOpportunityQuantity":1}`)
				want := map[string]any{"Amount": num("54.93"), "TotalOpportunityQuantity": num("4.5")}
				if diff := cmp.Diff(want, c.fields("Opportunity", deal, "Amount,TotalOpportunityQuantity")); diff != "" {
					t.Errorf("opportunity (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "a line's total is quantity times price less discount, rounded to cents", source: refLine + " (rounding believed)", doubt: doubtLineRounding,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				want := "20.13"
				if otherwise {
					want = "20.12"
				}
				c.patch("OpportunityLineItem", line2, `{"Quantity":1.75,"UnitPrice":11.5}`) // 20.125
				if got := c.value("OpportunityLineItem", line2, "TotalPrice"); got != num(want) {
					t.Errorf("total %v, want %s", got, want)
				}
				c.patch("OpportunityLineItem", line2, `{"Discount":10}`)
				if got := c.value("OpportunityLineItem", line2, "TotalPrice"); got != num("18.11") {
					t.Errorf("total less 10 %% is %v, want 18.11", got)
				}
			},
		},
		{
			name: "a typed total stays, though quantity times price is a cent off", source: refLine,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.patch("OpportunityLineItem", line1, `{"TotalPrice":10,"Discount":null}`)
				want := map[string]any{"Quantity": num("3.0"), "UnitPrice": num("3.33"), "TotalPrice": num("10.0")}
				if diff := cmp.Diff(want, c.fields("OpportunityLineItem", line1, "Quantity,UnitPrice,TotalPrice")); diff != "" {
					t.Errorf("line (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "a line's price, and the sum of an opportunity's lines, are within their precision too", source: refReference,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for body, want := range map[string]string{
					`{"TotalPrice":9999999999999999,"Quantity":0.01,"Discount":null}`: "NUMBER_OUTSIDE_VALID_RANGE", // the price
					`{"UnitPrice":9999999999999999,"Quantity":2,"Discount":99}`:       "NUMBER_OUTSIDE_VALID_RANGE", // the price less no discount
					`{"TotalPrice":99999999999,"Quantity":1,"Discount":99.99999}`:     "",                           // none at 100 %
					`{"TotalPrice":9999999999999999,"Quantity":1,"Discount":null}`:    "NUMBER_OUTSIDE_VALID_RANGE", // the amount, with the other line
				} {
					if _, item := c.answered(http.MethodPatch, "/sobjects/OpportunityLineItem/"+line1, body, offSpec()); plainText(item["errorCode"]) != want {
						t.Errorf("%s: %v", body, item)
					}
				}
				reload(t, c.twin, c.clock)
			},
		},
		{
			name: "a change of quantity alone keeps the total and moves the price", source: refLine,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.patch("OpportunityLineItem", line1, `{"Quantity":6}`)
				want := map[string]any{"UnitPrice": num("4.75"), "TotalPrice": num("24.94")}
				if diff := cmp.Diff(want, c.fields("OpportunityLineItem", line1, "UnitPrice,TotalPrice")); diff != "" {
					t.Errorf("line (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "a line takes a price or a total, not both", source: refLine,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				if status, item := c.answered(http.MethodPatch, "/sobjects/OpportunityLineItem/"+line1, `{"UnitPrice":1,"TotalPrice":3}`, nil); status != http.StatusBadRequest {
					t.Errorf("%d %v", status, item)
				}
			},
		},
		{
			name: "writes to what a line's schedule decides are ignored", source: refLine,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, func(o *Options) {
					change(o)
					o.World.Salesforce["OpportunityLineItem"][0]["HasSchedule"] = true
				})
				c.patch("OpportunityLineItem", line1, `{"Quantity":9,"TotalPrice":90,"Description":"x"}`)
				want := map[string]any{"Quantity": num("3.0"), "TotalPrice": num("24.94"), "Description": "x"}
				if diff := cmp.Diff(want, c.fields("OpportunityLineItem", line1, "Quantity,TotalPrice,Description")); diff != "" {
					t.Errorf("line (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "the price book of an opportunity with lines cannot change", source: refOpp,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				if _, item := c.answered(http.MethodPatch, "/sobjects/Opportunity/"+deal, `{"Pricebook2Id":"`+standard+`"}`, nil); item["errorCode"] != "FIELD_INTEGRITY_EXCEPTION" {
					t.Errorf("%v", item)
				}
			},
		},
		{
			name: "an opportunity without a price book has that of its first line", source: refOpp,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, err := c.twin.Create("OpportunityLineItem", world.Record{"OpportunityId": bare, "PricebookEntryId": gadgAt, "Quantity": 1, "UnitPrice": 1})
				must(t, err)
				if c.value("Opportunity", bare, "Pricebook2Id") != book || c.value("Opportunity", bare, "HasOpportunityLineItem") != true {
					t.Error("no price book, or no lines")
				}
			},
		},
		{
			name: "an entry that uses the standard price follows it", source: refEntry,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.patch("PricebookEntry", widgetAt, `{"UseStandardPrice":true}`)
				if got := c.value("PricebookEntry", widgetAt, "UnitPrice"); got != num("10") {
					t.Errorf("price %v, want the standard 10", got)
				}
				c.patch("PricebookEntry", ID("PricebookEntry", 1), `{"UnitPrice":11}`)
				if got := c.value("PricebookEntry", widgetAt, "UnitPrice"); got != num("11") {
					t.Errorf("price %v, want the new 11", got)
				}
			},
		},
		{
			name: "a price needs one in the standard book first", source: refEntry + "; " + refCodes,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				product, err := c.twin.Create("Product2", world.Record{"Name": "New"})
				must(t, err)
				if _, item := c.answered(http.MethodPost, "/sobjects/PricebookEntry", `{"Pricebook2Id":"`+book+`","Product2Id":"`+product+`","UnitPrice":1}`, nil); item["errorCode"] != "STANDARD_PRICE_NOT_DEFINED" {
					t.Errorf("%v", item)
				}
			},
		},
		{
			name: "the stage decides whether an opportunity is won and closed", source: refOpp,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for stage, want := range map[string]map[string]any{
					"Closed Won":         {"IsWon": true, "IsClosed": true, "Probability": num("100.0"), "ForecastCategoryName": "Closed"},
					"Closed Lost":        {"IsWon": false, "IsClosed": true, "Probability": num("0.0"), "ForecastCategoryName": "Omitted"},
					"Negotiation/Review": {"IsWon": false, "IsClosed": false, "Probability": num("90.0"), "ForecastCategoryName": "Commit"},
				} {
					c.patch("Opportunity", bare, `{"StageName":"`+stage+`"}`)
					if diff := cmp.Diff(want, c.fields("Opportunity", bare, "IsWon,IsClosed,Probability,ForecastCategoryName")); diff != "" {
						t.Errorf("%s (-want +got):\n%s", stage, diff)
					}
				}
			},
		},
		{
			name: "large numbers are written out", source: "REST API Developer Guide, values (believed)", doubt: doubtPowerOf10,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				for amount, want := range map[string][2]string{
					"12345678.9": {"12345678.9", "1.23456789E7"}, "-20000000": {"-20000000.0", "-2.0E7"}, "9999999.99": {"9999999.99", "9999999.99"},
				} {
					c.patch("Opportunity", bare, `{"Amount":`+amount+`}`)
					side := 0
					if otherwise {
						side = 1
					}
					if got := c.fields("Opportunity", bare, "Amount")["Amount"]; got != num(want[side]) {
						t.Errorf("%s is shown as %v, want %s", amount, got, want[side])
					}
				}
			},
		},
	}
}
