package xero_test

import (
	"fmt"
	"testing"

	"github.com/planwright/planwright/internal/twin/xero"
)

// figures are the sums of the first invoice of an answer.
func (a answer) figures() string {
	return a.text("Invoices", 0, "SubTotal") + " " + a.text("Invoices", 0, "TotalTax") + " " + a.text("Invoices", 0, "Total")
}

// sumsFacts are what the product leans on when it works out what an invoice comes to.
func sumsFacts() []fact {
	const rounding = "api-guides/rounding-in-xero"
	return []fact{
		storyFact("a line that was given an amount keeps it when something else is edited", "XeroAPI/Xero-OpenAPI, LineItem.LineAmount", func(t *testing.T, b *bench) {
			thirds := with(line("3", "0"), `"UnitAmount":0`, `"LineAmount":10`)
			b.call("PUT", "/Invoices", put(draft("A", thirds))).want(200)
			a := b.call("POST", "/Invoices/A", put(`{"Status":"AUTHORISED"}`)).want(200)
			equal(t, a.figures(), "10.00 1.50 11.50")
			id := a.text("Invoices", 0, "LineItems", 0, "LineItemID")
			a = b.call("POST", "/Invoices/A", put(`{"LineItems":[{"LineItemID":"`+id+`","Description":"Thirds"}]}`)).want(200)
			equal(t, a.figures()+a.text("Invoices", 0, "LineItems", 0, "Description"), "10.00 1.50 11.50Thirds")
		}),
		storyFact("a tax amount of one's own counts, and stays when the words of a paid line are edited", rounding, func(t *testing.T, b *bench) {
			own := with(line("1", "100"), `"AccountCode"`, `"TaxAmount":14.99,"AccountCode"`)
			id := b.call("PUT", "/Invoices", put(sale("A", own))).want(200).text("Invoices", 0, "LineItems", 0, "LineItemID")
			b.must(b.twin.Pay("A", dec("114.99"), ""))
			a := b.call("POST", "/Invoices/A", put(`{"LineItems":[{"LineItemID":"`+id+`","Description":"Words"}]}`)).want(200)
			equal(t, a.figures()+" "+a.text("Invoices", 0, "Status"), "100.00 14.99 114.99 PAID")
		}),
		storyFact("tax is rounded by line and then summed", rounding, func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Invoices", put(sale("A", line("1", "25.06"), line("1", "25.61"), line("1", "25.63")))).want(200)
			equal(t, a.figures(), "76.30 11.44 87.74")
		}),
		storyFact("discounts are taken before the one rounding of a line", "XeroAPI/Xero-OpenAPI, LineItem.DiscountRate", func(t *testing.T, b *bench) {
			off := func(member, by string) string {
				return with(line("3", "3.33"), `"AccountCode"`, `"`+member+`":`+by+`,"AccountCode"`)
			}
			a := b.call("PUT", "/Invoices", put(sale("A", off("DiscountRate", "12.5"), off("DiscountAmount", "0.5")))).want(200)
			equal(t, a.text("Invoices", 0, "LineItems", 0, "LineAmount")+" "+a.text("Invoices", 0, "LineItems", 1, "LineAmount")+" "+a.text("Invoices", 0, "TotalDiscount"), "8.74 9.49 1.75")
		}),
		storyFact("a quantity has four places, and half a cent goes up", "a staff member of the vendor on community.xero.com", func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Invoices", put(sale("A", line("1.23456", "1"), line("0.5", "4.33")))).want(200)
			equal(t, a.text("Invoices", 0, "LineItems", 0, "Quantity")+" "+a.text("Invoices", 0, "LineItems", 1, "LineAmount"), "1.2346 2.17")
		}),
		storyFact("sums that are sent are not heard", "XeroAPI/Xero-OpenAPI, Invoice.Total", func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Invoices", put(with(sale("A", line("1", "10")), `"Type"`, `"SubTotal":1,"TotalTax":1,"Total":2,"Type"`)), "X-Off-Spec", "sums are read only").want(200)
			equal(t, a.figures()+fmt.Sprint(" ", a.text("Invoices", 0, "AmountDue")), "10.00 1.50 11.50 11.50")
		}),
		storyFact("an invoice of untaxed amounts has no tax", "XeroAPI/Xero-OpenAPI, LineAmountTypes", func(t *testing.T, b *bench) {
			a := b.call("PUT", "/Invoices", put(with(sale("A", line("1", "10")), `"Type"`, `"LineAmountTypes":"NoTax","Type"`))).want(200)
			equal(t, a.figures(), "10.00 0.00 10.00")
		}),
	}
}

func TestDumpKeepsAmounts(t *testing.T) {
	b := open(t, shop)
	thirds := with(line("3", "0"), `"UnitAmount":0`, `"LineAmount":10`)
	b.call("PUT", "/Invoices", put(sale("A", thirds))).want(200)
	again := open(t, func(o *xero.Options) {
		o.Collections = b.twin.Dump()
		o.Organisation = o.Collections["Organisation"][0]
		delete(o.Collections, "Organisation")
	})
	a := again.get("/Invoices/A").want(200)
	equal(t, a.text("Invoices", 0, "LineItems", 0, "LineAmount")+" "+a.figures(), "10.00 10.00 1.50 11.50")
}
