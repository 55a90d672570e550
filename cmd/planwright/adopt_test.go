package main

import (
	"fmt"

	"github.com/rogpeppe/go-internal/testscript"
)

// typed is an invoice of 99.00 that somebody typed in under a number, for the first customer.
func typed(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: typed NUMBER")
	}
	books := of(ts).xero
	id, err := books.Add("Invoices", map[string]any{
		"Type": "ACCREC", "InvoiceNumber": args[0], "Status": "DRAFT", "Reference": "by hand", "CurrencyCode": "NZD", "LineAmountTypes": "NoTax",
		"Contact":   map[string]any{"ContactID": fmt.Sprint(books.Invoices()[0]["Contact"].(map[string]any)["ContactID"])},
		"LineItems": []any{map[string]any{"Description": "by hand", "Quantity": "1", "UnitAmount": "99", "AccountCode": "200"}},
	})
	ts.Check(err)
	ts.Setenv("INVOICE", id)
}
