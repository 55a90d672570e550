package apicall

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestValidate(t *testing.T) {
	with := func(change func(m map[string]any)) map[string]any {
		m := invoiceBody()
		change(m)
		return m
	}
	line := func(change func(m map[string]any)) map[string]any {
		return with(func(m map[string]any) { change(m["LineItems"].([]any)[0].(map[string]any)) })
	}
	for _, tc := range []struct {
		name, op string
		body     any
		want     []string // code and pointer
	}{
		{"good", "xero.createInvoices", invoiceBody(), nil},
		{"good, of several", "xero.createInvoices", []any{invoiceBody(), invoiceBody()}, nil},
		{"no body", "xero.createInvoices", nil, nil},
		{"no request", "xero.emailInvoice", map[string]any{"x": 1}, nil},
		{"enum", "xero.createInvoices", with(func(m map[string]any) { m["Status"] = "Approved" }), []string{"body-enum /Status"}},
		{"case of an enum", "xero.createInvoices", with(func(m map[string]any) { m["Type"] = "accrec" }), []string{"body-enum /Type"}},
		{"length", "xero.createInvoices", with(func(m map[string]any) { m["InvoiceNumber"] = strings.Repeat("é", 256) }), []string{"body-length /InvoiceNumber"}},
		{"length in characters", "xero.createInvoices", with(func(m map[string]any) { m["InvoiceNumber"] = strings.Repeat("é", 255) }), nil},
		{"scale", "xero.createInvoices", line(func(m map[string]any) { m["UnitAmount"] = num("0.00001") }), []string{"body-scale /LineItems/0/UnitAmount"}},
		{"zeros are no scale", "xero.createInvoices", line(func(m map[string]any) { m["UnitAmount"] = num("0.50000000") }), nil},
		{"precision", "xero.createInvoices", line(func(m map[string]any) { m["UnitAmount"] = num("123456789012345") }), []string{"body-scale /LineItems/0/UnitAmount"}},
		{"number as text", "xero.createInvoices", line(func(m map[string]any) { m["Quantity"] = "2" }), []string{"body-type /LineItems/0/Quantity"}},
		{"number that is none", "xero.createInvoices", line(func(m map[string]any) { m["Quantity"] = num("Infinity") }), []string{"body-type /LineItems/0/Quantity"}},
		{"text as number", "xero.createInvoices", line(func(m map[string]any) { m["Description"] = num("2") }), []string{"body-type /LineItems/0/Description"}},
		{"date", "xero.createInvoices", with(func(m map[string]any) { m["Date"] = "22/11/2026" }), []string{"body-type /Date"}},
		{"required", "xero.createInvoices", with(func(m map[string]any) { m["Type"] = nil }), []string{"body-required "}},
		{"required in a line", "xero.createInvoices", line(func(m map[string]any) { delete(m, "Description") }), []string{"body-required /LineItems/0"}},
		{"a reference needs no more", "xero.createInvoices", with(func(m map[string]any) { m["Contact"] = map[string]any{"ContactNumber": "1"} }), nil},
		{"a new record inside does", "xero.createInvoices", with(func(m map[string]any) { m["Contact"] = map[string]any{"EmailAddress": "a@b.test"} }), []string{"body-required /Contact"}},
		{"an update requires nothing", "salesforce.Opportunity.update", map[string]any{"Name": "x"}, nil},
		{"unknown", "xero.createInvoices", with(func(m map[string]any) { m["A/b~c"] = "x" }), []string{"body-unknown /A~1b~0c"}},
		{"unknown but absent", "xero.createInvoices", with(func(m map[string]any) { m["Nope"] = nil }), nil},
		{"read-only", "xero.createInvoices", with(func(m map[string]any) { m["Total"] = num("1") }), []string{"body-readonly /Total"}},
		{"key of a new record", "xero.createContacts", map[string]any{"Name": "x", "ContactID": "1"}, []string{"body-readonly /ContactID"}},
		{"control character", "xero.createInvoices", with(func(m map[string]any) { m["Reference"] = "a\x00b" }), []string{"body-control /Reference"}},
		{"line breaks are text", "xero.createInvoices", with(func(m map[string]any) { m["Reference"] = "a\r\n\tb" }), nil},
		{"not UTF-8", "xero.createInvoices", with(func(m map[string]any) { m["Reference"] = "a\xff" }), []string{"body-control /Reference"}},
		{"list that is none", "xero.createInvoices", with(func(m map[string]any) { m["LineItems"] = "x" }), []string{"body-type /LineItems"}},
		{"object that is none", "xero.createInvoices", with(func(m map[string]any) { m["Contact"] = "x" }), []string{"body-type /Contact"}},
		{"element that is none", "xero.createInvoices", []any{invoiceBody(), "x"}, []string{"body-type /1"}},
		{"all findings", "xero.createInvoices", with(func(m map[string]any) { m["Status"], m["Date"] = "x", "y" }), []string{"body-type /Date", "body-enum /Status"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cat := newTestCatalog()
			var got []string
			for _, d := range Validate(cat.ops[tc.op], cat, tc.body) {
				got = append(got, string(d.Code)+" "+d.Pointer)
				if d.Message == "" || d.Hint == "" {
					t.Errorf("%s says nothing: %+v", d.Code, d)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFindingsTellNoValues plants a secret in every field and looks for it.
func TestFindingsTellNoValues(t *testing.T) {
	const secret = "s3cr3t-customer\x00"
	body := map[string]any{
		"Type": secret, "Status": secret, "Date": secret, "InvoiceNumber": strings.Repeat(secret, 100),
		"Reference": secret, "Total": secret, "Contact": secret, "LineItems": []any{map[string]any{"Quantity": secret, "Description": secret}},
	}
	cat := newTestCatalog()
	found := Validate(cat.ops["xero.createInvoices"], cat, body)
	if len(found) < 8 {
		t.Fatalf("only %d findings", len(found))
	}
	if strings.Contains(found.Error(), "s3cr3t") || strings.Contains(strings.Join(hints(found), ""), "s3cr3t") {
		t.Errorf("a finding tells a value:\n%s", found.Error())
	}
}
