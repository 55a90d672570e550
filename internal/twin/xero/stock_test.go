package xero_test

import (
	"fmt"
	"testing"

	"github.com/planwright/planwright/internal/twin/xero"
)

// TestStock buys, sells, takes back and oversells an item whose stock is counted.
func TestStock(t *testing.T) {
	b := open(t, func(o *xero.Options) {
		shop(o)
		o.Collections["Items"] = append(o.Collections["Items"], map[string]any{
			"Code": "TEE", "Name": "Tee", "IsTrackedAsInventory": true, "QuantityOnHand": "5", "TotalCostPool": "100",
			"InventoryAssetAccountCode": "630", "PurchaseDetails": object{"COGSAccountCode": "310"},
		})
	})
	tees := func(number, quantity string) string {
		return sale(number, with(line(quantity, "40"), `"AccountCode"`, `"ItemCode":"TEE","AccountCode"`))
	}
	bill := func(number, quantity string) string {
		return with(tees(number, quantity), "ACCREC", "ACCPAY", `"200"`, `"300"`, `"UnitAmount":40`, `"UnitAmount":10`)
	}
	const short = "There is not enough stock of item 'TEE'"
	for _, tt := range []struct{ fact, method, path, body, problem, stock string }{
		{"more than is there", "PUT", "/Invoices", put(tees("A", "6")), short, "5 100.00"},
		{"a draft of that", "PUT", "/Invoices", put(with(tees("A", "6"), "AUTHORISED", "DRAFT")), "", "5 100.00"},
		{"which cannot be approved", "POST", "/Invoices/A", put(`{"Status":"AUTHORISED"}`), short, "5 100.00"},
		{"sold", "PUT", "/Invoices", put(tees("B", "2")), "", "3.0000 60.00"},
		{"bought", "PUT", "/Invoices", put(bill("C", "4")), "", "7.0000 100.00"},
		{"approved after all", "POST", "/Invoices/A", put(`{"Status":"AUTHORISED"}`), "", "1.0000 14.29"},
		{"changed to more than is there", "POST", "/Invoices/B", put(`{"LineItems":[` + with(line("4", "40"), `"AccountCode"`, `"ItemCode":"TEE","AccountCode"`) + `]}`), short, "1.0000 14.29"},
		{"voided", "POST", "/Invoices/B", put(`{"Status":"VOIDED"}`), "", "3.0000 42.87"},
		{"an edit of the reference moves nothing", "POST", "/Invoices/A", put(`{"Reference":"x"}`), "", "3.0000 42.87"},
	} {
		a := b.call(tt.method, tt.path, tt.body)
		if got := a.problems(); tt.problem == "" && a.code != 200 || tt.problem != "" && (len(got) != 1 || got[0] != tt.problem) {
			t.Errorf("%s: status %d, problems %q, want %q", tt.fact, a.code, got, tt.problem)
		}
		for _, item := range b.twin.All("Items") {
			if got := fmt.Sprint(item["QuantityOnHand"], " ", item["TotalCostPool"]); item["Code"] == "TEE" && got != tt.stock {
				t.Errorf("%s: stock %s, want %s", tt.fact, got, tt.stock)
			}
		}
	}
	name, why := odd("a parameter newer than the description")
	b.call("PUT", "/Invoices?allowBackorders=true", put(tees("D", "9")), name, why).want(200)
	b.call("PUT", "/Invoices", put(sale("E", line("9", "1")))).want(200)
}
