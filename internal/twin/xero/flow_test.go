package xero_test

import (
	"testing"
)

// TestInvoiceThroughTheFrontDoor is the whole way over a real socket: token, tenant,
// contact made by its name, invoice made once, found again, voided.
func TestInvoiceThroughTheFrontDoor(t *testing.T) {
	b := open(t, nil).overSocket()
	r := b.request("GET", "/connections", "")
	if got := b.send(r).want(200).text(0, "tenantId"); got != b.twin.Tenant() {
		t.Errorf("tenant %s, want %s", got, b.twin.Tenant())
	}
	body := `{"Invoices":[{"Type":"ACCREC","Status":"AUTHORISED","InvoiceNumber":"SF-1","Contact":{"Name":"Harbour Tools"},
		"Date":"2026-11-20","DueDate":"2026-12-20","LineItems":[{"Description":"Saw","Quantity":2,"UnitAmount":10.5,"AccountCode":"200"}]}]}`
	made := b.call("PUT", "/Invoices?unitdp=4", body).want(200)
	if got := made.text("Invoices", 0, "Total"); got != "24.15" {
		t.Errorf("total %s, want 24.15", got)
	}
	if got := b.call("PUT", "/Invoices?unitdp=4", body).want(400).problems(); len(got) != 1 || got[0] != "Invoice # must be unique." {
		t.Errorf("second create: %q", got)
	}
	if got := b.get("/Invoices/SF-1").want(200).text("Invoices", 0, "InvoiceID"); got != made.text("Invoices", 0, "InvoiceID") {
		t.Errorf("found %s, want %s", got, made.text("Invoices", 0, "InvoiceID"))
	}
	b.call("POST", "/Invoices/SF-1", `{"Invoices":[{"Status":"VOIDED"}]}`).want(200)
	if got := b.twin.Invoices(); len(got) != 1 || got[0]["Status"] != "VOIDED" {
		t.Errorf("the books hold %v", got)
	}
}
