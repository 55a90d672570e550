package salesforce

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

const refCurrency = "Object Reference, CurrencyType and CurrencyIsoCode"

// currencies makes the small world that of an org with several currencies.
func currencies(change func(*Options)) func(*Options) {
	return with(with(change, "CurrencyType",
		world.Record{"IsoCode": "NZD", "IsCorporate": true, "ConversionRate": num("1"), "DecimalPlaces": num("2")},
		world.Record{"IsoCode": "USD", "ConversionRate": num("0.6"), "DecimalPlaces": num("2")},
		world.Record{"IsoCode": "JPY", "ConversionRate": num("90"), "DecimalPlaces": num("0"), "IsActive": false}),
		"PricebookEntry",
		world.Record{"Id": ID("PricebookEntry", 11), "Pricebook2Id": standard, "Product2Id": widget, "UnitPrice": num("6"), "IsActive": true, "CurrencyIsoCode": "USD"},
		world.Record{"Id": ID("PricebookEntry", 12), "Pricebook2Id": book, "Product2Id": widget, "UnitPrice": num("5.5"), "IsActive": true, "CurrencyIsoCode": "USD"})
}

// currencyFacts are what is known of orgs with several currencies.
func currencyFacts() []fact {
	code := func(item map[string]any) any { return item["errorCode"] }
	return []fact{
		{
			name: "an org with one currency has no CurrencyIsoCode", source: refCurrency,
			check: func(t *testing.T, change func(*Options), _ bool) {
				if f := describedFields(serve(t, change), "Opportunity")[currencyField]; f != nil {
					t.Errorf("one currency: %v", f)
				}
				f := describedFields(serve(t, currencies(change)), "Opportunity")[currencyField]
				if f["length"] != num("3") || f["restrictedPicklist"] != true || f["defaultedOnCreate"] != true || len(f["picklistValues"].([]any)) != 2 {
					t.Errorf("several: %v", f)
				}
			},
		},
		{
			name: "a record that names no currency has the calling user's, not the account's", source: refCurrency,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, currencies(change))
				must(t, c.twin.Update("Account", acme, world.Record{currencyField: "USD"}))
				deal, err := c.twin.Create("Opportunity", world.Record{"Name": "n", "StageName": "Prospecting", "CloseDate": "2026-12-01", "AccountId": acme})
				must(t, err)
				if got := c.value("Opportunity", deal, currencyField); got != "NZD" {
					t.Errorf("currency %v", got)
				}
			},
		},
		{
			name: "a currency that is not active is refused", source: refCodes,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, currencies(change))
				for _, iso := range []string{"JPY", "EUR"} {
					if status, item := c.answered(http.MethodPatch, "/sobjects/Account/"+acme, `{"CurrencyIsoCode":"`+iso+`"}`, offSpec()); status != http.StatusBadRequest || code(item) != "INVALID_CURRENCY_ISO" {
						t.Errorf("%s: %d %v", iso, status, item)
					}
				}
			},
		},
		{
			name: "the currency of an opportunity with lines cannot change", source: refOpp,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, currencies(change))
				if status, item := c.answered(http.MethodPatch, "/sobjects/Opportunity/"+deal, `{"CurrencyIsoCode":"USD"}`, offSpec()); status != http.StatusBadRequest || code(item) != "FIELD_INTEGRITY_EXCEPTION" {
					t.Errorf("%d %v", status, item)
				}
				must(t, c.twin.Update("Opportunity", bare, world.Record{currencyField: "USD"}))
			},
		},
		{
			name: "a line is in the currency of its opportunity, and so must its entry be", source: refLine,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, currencies(change))
				must(t, c.twin.Update("Opportunity", bare, world.Record{currencyField: "USD", "Pricebook2Id": book}))
				line := func(entry string) (int, map[string]any) {
					return c.answered(http.MethodPost, "/sobjects/OpportunityLineItem", `{"OpportunityId":"`+bare+`","PricebookEntryId":"`+entry+`","Quantity":1,"UnitPrice":5}`, nil)
				}
				if status, item := line(widgetAt); status != http.StatusBadRequest || code(item) != "FIELD_INTEGRITY_EXCEPTION" {
					t.Errorf("an entry in another currency: %d %v", status, item)
				}
				if status, item := line(ID("PricebookEntry", 12)); status != http.StatusCreated {
					t.Errorf("an entry in the same currency: %d %v", status, item)
				}
				want := []any{map[string]any{currencyField: "NZD"}, map[string]any{currencyField: "NZD"}, map[string]any{currencyField: "USD"}}
				if diff := cmp.Diff(want, c.query("SELECT CurrencyIsoCode FROM OpportunityLineItem ORDER BY CurrencyIsoCode")); diff != "" {
					t.Errorf("lines (-want +got):\n%s", diff)
				}
				if status, item := c.answered(http.MethodPatch, "/sobjects/OpportunityLineItem/"+line1, `{"CurrencyIsoCode":"USD"}`, offSpec()); status != http.StatusBadRequest || code(item) != "INVALID_FIELD_FOR_INSERT_UPDATE" {
					t.Errorf("write of a line's currency: %d %v", status, item)
				}
			},
		},
		{
			name: "a price book has one entry for a product and a currency", source: "Object Reference, PricebookEntry",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, currencies(change))
				entry := func(product, iso string) (int, map[string]any) {
					return c.answered(http.MethodPost, "/sobjects/PricebookEntry", `{"Pricebook2Id":"`+book+`","Product2Id":"`+product+`","UnitPrice":1,"CurrencyIsoCode":"`+iso+`"}`, offSpec())
				}
				if _, item := entry(widget, "USD"); code(item) != "DUPLICATE_VALUE" {
					t.Errorf("second entry: %v", item)
				}
				if _, item := entry(gadget, "USD"); code(item) != "STANDARD_PRICE_NOT_DEFINED" {
					t.Errorf("no standard price in that currency: %v", item)
				}
			},
		},
	}
}
