package apicall

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
	"github.com/planwright/planwright/specs/openapi"
)

func embedded(t *testing.T) *catalog.Catalog {
	t.Helper()
	cat, list := catalog.Open("", specs.Embedded())
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return cat
}

// shipped is the first automation in the words of the shipped catalog, with a good answer
// to each request.
func shipped() map[string]struct {
	op     string
	args   Args
	status int
	answer string
	want   any
} {
	invoice := invoiceBody()
	for _, line := range invoice["LineItems"].([]any) {
		line.(map[string]any)["AccountCode"] = "200"
	}
	return map[string]struct {
		op     string
		args   Args
		status int
		answer string
		want   any
	}{
		"account": {
			"salesforce.Account.get",
			Args{Params: map[string]any{"id": "001R0000005hDFYIA2", "fields": "Id,Name,BillingCountry"}},
			200,
			`{"attributes":{"type":"Account","url":"/x"},"Id":"001R0000005hDFYIA2","Name":"Harbour","BillingCountry":null}`,
			map[string]any{"attributes": map[string]any{"type": "Account", "url": "/x"}, "Id": "001R0000005hDFYIA2", "Name": "Harbour"},
		},
		"lines": {
			"salesforce.query", w1()["lines"].args, 200,
			`{"totalSize":1,"done":true,"records":[{"attributes":{"type":"OpportunityLineItem","url":"/x"},"Id":"00kR0000001","Quantity":2.0,"UnitPrice":19.9,"TotalPrice":39.8,"Product2Id":"01tR0000001","Product2":{"attributes":{"type":"Product2","url":"/x"},"Name":"Widget","Family":null}}]}`,
			[]any{map[string]any{
				"attributes": map[string]any{"type": "OpportunityLineItem", "url": "/x"}, "Id": "00kR0000001", "Quantity": num("2.0"), "UnitPrice": num("19.9"), "TotalPrice": num("39.8"), "Product2Id": "01tR0000001",
				"Product2": map[string]any{"attributes": map[string]any{"type": "Product2", "url": "/x"}, "Name": "Widget"},
			}},
		},
		"contact-by-number": {
			"xero.getContacts",
			Args{Filter: equal(map[string]any{"ContactNumber": "001R0000005hDFYIA2"})},
			200,
			`{"Id":"b0","Status":"OK","ProviderName":"app","DateTimeUTC":"\/Date(1789378199160)\/","Contacts":[]}`,
			[]any{},
		},
		"contact-create": {
			"xero.createContacts", w1()["contact-create"].args, 200,
			`{"Contacts":[{"ContactID":"11111111-2222-3333-4444-555555555555","ContactNumber":"001R0000005hDFYIA2","Name":"Harbour Tools Ltd","EmailAddress":"","StatusAttributeString":"OK"}]}`,
			map[string]any{"ContactID": "11111111-2222-3333-4444-555555555555", "ContactNumber": "001R0000005hDFYIA2", "Name": "Harbour Tools Ltd", "StatusAttributeString": "OK"},
		},
		"invoice": {
			"xero.createInvoices",
			Args{Body: invoice},
			200,
			`{"Invoices":[{"InvoiceID":"21111111-2222-3333-4444-555555555555","InvoiceNumber":"SF-0068X00001","Type":"ACCREC","Date":"\/Date(1789344000000+0000)\/","SubTotal":39.80,"HasErrors":false}]}`,
			map[string]any{"InvoiceID": "21111111-2222-3333-4444-555555555555", "InvoiceNumber": "SF-0068X00001", "Type": "ACCREC", "Date": "2026-09-14", "SubTotal": num("39.80"), "HasErrors": false},
		},
		"invoice-lookup": {"xero.getInvoices", w1()["invoice-lookup"].args, 200, `{"Invoices":[]}`, []any{}},
		"back":           {"salesforce.Opportunity.update", Args{Params: map[string]any{"id": "006R00000024gDtIAI"}, Body: map[string]any{"Description": "invoiced"}}, 204, ``, nil},
	}
}

// TestShippedCatalog renders the first automation against the shipped specs and overlays,
// holds each exchange to the spec, and reads the answers.
func TestShippedCatalog(t *testing.T) {
	cat := embedded(t)
	validators := map[string]*openapi.Validator{}
	for _, name := range specs.Names() {
		v, err := specs.Validator(name)
		if err != nil {
			t.Fatal(err)
		}
		validators[name] = v
	}
	for name, tc := range shipped() {
		t.Run(name, func(t *testing.T) {
			op, ok := cat.Operation(tc.op)
			if !ok {
				t.Fatalf("no operation %s", tc.op)
			}
			api, _ := cat.API(op.API)
			if found := Validate(op, cat, tc.args.Body); found != nil {
				t.Errorf("the body: %v", found)
			}
			req, err := Render(api, op, cat, tc.args)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "shipped", name+".txt"), show(t, req))
			h := http.Header{"Authorization": {"Bearer x"}}
			for k, s := range req.Header {
				h.Set(k, s)
			}
			x := openapi.Exchange{
				Method: req.Method, URL: req.Path, Header: h, Body: req.Body, Status: tc.status,
				AnswerHeader: http.Header{"Content-Type": {"application/json"}}, Answer: []byte(tc.answer),
			}
			if tc.status == http.StatusNoContent {
				x.AnswerHeader = http.Header{}
			}
			if err := validators[op.API].Check(x); err != nil {
				t.Errorf("against the spec: %v", err)
			}
			out := Decode(api, op, cat, Answer{Status: tc.status, Body: []byte(tc.answer), Object: req.Object})
			if diff := cmp.Diff(Outcome{Class: "ok", Status: tc.status, Value: tc.want}, out); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestShippedRules holds what the shipped overlays make of the vendors' refusals: the
// class decides whether money is sent again.
func TestShippedRules(t *testing.T) {
	cat := embedded(t)
	refused := func(text string) string {
		return `{"Invoices":[{"Type":"ACCREC","StatusAttributeString":"ERROR","HasErrors":true,"ValidationErrors":[{"Message":"` + text + `"}]}]}`
	}
	coded := func(code string) string { return `[{"message":"m","errorCode":"` + code + `"}]` }
	for _, tc := range []struct {
		name, op string
		status   int
		body     string
		want     catalog.Class
	}{
		{"number taken", "xero.createInvoices", 200, refused("Invoice # must be unique."), "duplicate"},
		{"refused", "xero.createInvoices", 200, refused("Account code '999' is not a valid code"), "data"},
		{"cap", "xero.createInvoices", 200, refused("You have reached the limit of invoices you can approve"), "person"},
		{"validation", "xero.createContacts", 400, `{"ErrorNumber":10,"Type":"ValidationException","Message":"A validation exception occurred","Elements":[{"ValidationErrors":[{"Message":"Email is wrong"}]}]}`, "data"},
		{"one key, two bodies", "xero.createInvoices", 400, `{"ErrorNumber":10,"Type":"ValidationException","Message":"Idempotency Key: k is used with a different request."}`, "bug"},
		{"unreadable body", "xero.createInvoices", 400, `{"ErrorNumber":14,"Type":"PostDataInvalidException","Message":"x"}`, "bug"},
		{"bad filter", "xero.getContacts", 400, `{"ErrorNumber":16,"Type":"QueryParseException","Message":"x"}`, "bug"},
		{"token", "xero.createInvoices", 401, expired, "refresh"},
		{"tenant", "xero.createInvoices", 403, `{"Detail":"AuthenticationUnsuccessful"}`, "person"},
		{"limit", "xero.createInvoices", 429, ``, "limit"},
		{"absent", "xero.getInvoice", 404, ``, "absent"},
		{"500 on a write", "xero.createInvoices", 500, `{"Detail":"An error occurred in Xero."}`, "unknown"},
		{"503 on a write", "xero.createInvoices", 503, `<html>`, "unknown"},
		{"503 on a read", "xero.getInvoices", 503, `<html>`, "retry"},
		{"504 on a write", "xero.createContacts", 504, ``, "unknown"},
		{"session", "salesforce.query", 401, coded("INVALID_SESSION_ID"), "refresh"},
		{"row lock", "salesforce.Opportunity.update", 400, coded("UNABLE_TO_LOCK_ROW"), "retry"},
		{"validation rule", "salesforce.Opportunity.update", 400, coded("FIELD_CUSTOM_VALIDATION_EXCEPTION"), "data"},
		{"hidden field", "salesforce.query", 400, coded("INVALID_FIELD"), "person"},
		{"bad query", "salesforce.query", 400, coded("MALFORMED_QUERY"), "bug"},
		{"cursor", "salesforce.query", 400, coded("INVALID_QUERY_LOCATOR"), "retry"},
		{"limit, coded", "salesforce.query", 403, coded("REQUEST_LIMIT_EXCEEDED"), "limit"},
		{"row gone, read", "salesforce.Account.get", 404, coded("NOT_FOUND"), "absent"},
		{"row gone, write", "salesforce.Opportunity.update", 404, coded("ENTITY_IS_DELETED"), "data"},
		{"row to delete already deleted", "salesforce.Opportunity.delete", 404, coded("ENTITY_IS_DELETED"), "ok"},
		{"row to delete not to be seen", "salesforce.Opportunity.delete", 404, coded("NOT_FOUND"), "data"},
		{"500 on a write, coded", "salesforce.Opportunity.update", 500, coded("UNKNOWN_EXCEPTION"), "unknown"},
		{"503 on a write, coded", "salesforce.Opportunity.update", 503, coded("SERVER_UNAVAILABLE"), "unknown"},
		{"no rights", "salesforce.Opportunity.update", 400, coded("INSUFFICIENT_ACCESS_OR_READONLY"), "person"},
		{"duplicate", "salesforce.Opportunity.create", 400, coded("DUPLICATE_VALUE"), "duplicate"},
	} {
		t.Run(strings.ReplaceAll(tc.name, "/", " "), func(t *testing.T) {
			op, ok := cat.Operation(tc.op)
			if !ok {
				t.Fatalf("no operation %s", tc.op)
			}
			api, _ := cat.API(op.API)
			if got := Decode(api, op, cat, Answer{Status: tc.status, Body: []byte(tc.body)}); got.Class != tc.want {
				t.Errorf("got %s (%s %q), want %s", got.Class, got.Code, got.Message, tc.want)
			}
		})
	}
}
