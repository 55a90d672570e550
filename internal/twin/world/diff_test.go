package world

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDiff(t *testing.T) {
	num := func(s string) json.Number { return json.Number(s) }
	a := World{
		Salesforce: map[string][]Record{"Opportunity": {
			{"Id": "006B", "Name": "Second", "StageName": "Prospecting", "Amount": num("10.0")},
			{"Id": "006A", "Name": "First"},
		}},
		Xero: map[string][]Record{
			"Invoices": {{"InvoiceID": "i1", "InvoiceNumber": "SF-1", "LineItems": []any{map[string]any{"UnitAmount": num("1")}}}},
			"TaxRates": {{"TaxType": "OUTPUT2", "Name": "GST"}},
		},
	}
	b := World{
		Salesforce: map[string][]Record{"Opportunity": {
			{"Id": "006B", "Name": "Second", "StageName": "Closed Won", "Amount": num("10"), "Probability": nil, "IsWon": true},
		}},
		Xero: map[string][]Record{
			"Invoices": {
				{"InvoiceID": "i1", "InvoiceNumber": "SF-1", "LineItems": []any{map[string]any{"UnitAmount": num("2")}, map[string]any{"Description": "more"}}},
				{"InvoiceID": "i0", "InvoiceNumber": "SF-2"},
			},
			"TaxRates":     {{"TaxType": "OUTPUT2", "Name": "GST"}},
			"Currencies":   {{"Code": "NZD"}},
			"HistoryItems": {{"Details": "x"}},
		},
	}
	want := []Change{
		{Kind: Removed, System: "salesforce", Collection: "Opportunity", ID: "006A", Name: "First", Record: Record{"Id": "006A", "Name": "First"}},
		{Kind: Changed, System: "salesforce", Collection: "Opportunity", ID: "006B", Name: "Second", Members: []Member{
			{Path: "IsWon", New: true}, {Path: "StageName", Old: "Prospecting", New: "Closed Won"},
		}},
		{Kind: Added, System: "xero", Collection: "Currencies", ID: "NZD", Name: "NZD", Record: Record{"Code": "NZD"}},
		{Kind: Added, System: "xero", Collection: "HistoryItems", ID: "#1", Record: Record{"Details": "x"}},
		{Kind: Added, System: "xero", Collection: "Invoices", ID: "i0", Name: "SF-2", Record: Record{"InvoiceID": "i0", "InvoiceNumber": "SF-2"}},
		{Kind: Changed, System: "xero", Collection: "Invoices", ID: "i1", Name: "SF-1", Members: []Member{
			{Path: "LineItems/0/UnitAmount", Old: num("1"), New: num("2")}, {Path: "LineItems/1", New: map[string]any{"Description": "more"}},
		}},
	}
	got := Diff(a, b)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if same := Diff(b, b.Clone()); same != nil {
		t.Errorf("a world differs from itself: %v", same)
	}
	var text strings.Builder
	if err := WriteChanges(&text, got); err != nil {
		t.Fatal(err)
	}
	const printed = `- salesforce Opportunity 006A "First"
~ salesforce Opportunity 006B "Second"
    IsWon: nothing → true
    StageName: "Prospecting" → "Closed Won"
+ xero Currencies NZD
+ xero HistoryItems #1
+ xero Invoices i0 "SF-2"
~ xero Invoices i1 "SF-1"
    LineItems/0/UnitAmount: 1 → 2
    LineItems/1: nothing → {"Description":"more"}
`
	if diff := cmp.Diff(printed, text.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if got := brief(strings.Repeat("é", 200)); len([]rune(got)) != longest+1 {
		t.Errorf("a long value is shown as %d characters", len([]rune(got)))
	}
}
