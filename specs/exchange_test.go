package specs_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/openapi"
)

// TestCanary feeds each validator known-bad exchanges: one that accepted them would
// prove nothing about the good ones.
func TestCanary(t *testing.T) {
	js := http.Header{"Content-Type": {"application/json"}}
	const id = "11111111-2222-3333-4444-555555555555"
	type ex = openapi.Exchange
	for name, cases := range map[string][]struct {
		what string
		ex   ex
		want string // part of the error, "" for none
	}{
		"xero": {
			{"good create", ex{
				Method: "PUT", URL: "https://api.xero.com/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4",
				Header: http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"k"}},
				Body:   []byte(`{"Invoices":[{"Type":"ACCREC","Contact":{"ContactID":"` + id + `"},"Date":"2026-11-22","LineItems":[{"Quantity":1.5}]}]}`),
				Status: 200, AnswerHeader: js,
				Answer: []byte(`{"Id":"x","Status":"OK","DateTimeUTC":"/Date(1789378199160)/","Invoices":[{"InvoiceID":"` + id + `","Date":"/Date(1789344000000+0000)/","SubTotal":1.50}]}`),
			}, ""},
			{"refused element", ex{
				Method: "PUT", URL: "/api.xro/2.0/Invoices", Header: js, Body: []byte(`{"Invoices":[{}]}`), Status: 200, AnswerHeader: js,
				Answer: []byte(`{"Invoices":[{"StatusAttributeString":"ERROR","ValidationErrors":[{"Message":"Invoice # must be unique."}]}]}`),
			}, ""},
			{"refused call", ex{
				Method: "PUT", URL: "/api.xro/2.0/Contacts", Header: js, Body: []byte(`{"Contacts":[{"Name":"A"}]}`), Status: 400, AnswerHeader: js,
				Answer: []byte(`{"ErrorNumber":10,"Type":"ValidationException","Message":"m","Elements":[{"ContactID":"` + id + `","ValidationErrors":[{"Message":"m"}]}]}`),
			}, ""},
			{"expired token", ex{
				Method: "GET", URL: "/api.xro/2.0/Items", Status: 401, AnswerHeader: js,
				Answer: []byte(`{"Type":null,"Title":"Unauthorized","Status":401,"Detail":"TokenExpired","Instance":"x","Extensions":{}}`),
			}, ""},
			{"limit", ex{Method: "GET", URL: "/api.xro/2.0/TaxRates", Status: 429}, ""},
			{"unknown id", ex{Method: "GET", URL: "/api.xro/2.0/Invoices/" + id, Status: 404, AnswerHeader: http.Header{"Content-Type": {"text/html"}}}, ""},
			{"payment", ex{
				Method: "PUT", URL: "/api.xro/2.0/Payments?summarizeErrors=false", Header: js,
				Body:   []byte(`{"Payments":[{"Invoice":{"InvoiceID":"` + id + `"},"Account":{"Code":"090"},"Date":"2026-11-22","Amount":10.5,"Reference":"SF-1"}]}`),
				Status: 200, AnswerHeader: js, Answer: []byte(`{"Payments":[{"PaymentID":"` + id + `","Amount":10.50,"Date":"/Date(1789344000000+0000)/","Status":"AUTHORISED"}]}`),
			}, ""},
			{"payment ended", ex{Method: "POST", URL: "/api.xro/2.0/Payments/" + id, Header: js, Body: []byte(`{"Status":"DELETED"}`), Status: 200, AnswerHeader: js, Answer: []byte(`{"Payments":[]}`)}, ""},
			{"payment not ended", ex{Method: "POST", URL: "/api.xro/2.0/Payments/" + id, Header: js, Body: []byte(`{"Status":"PAID"}`), Status: 200, AnswerHeader: js, Answer: []byte(`{"Payments":[]}`)}, "enum at /Status"},
			{"allocation", ex{
				Method: "PUT", URL: "/api.xro/2.0/CreditNotes/" + id + "/Allocations", Header: js,
				Body:   []byte(`{"Allocations":[{"Invoice":{"InvoiceID":"` + id + `"},"Amount":1,"Date":"2026-11-22"}]}`),
				Status: 200, AnswerHeader: js, Answer: []byte(`{"Allocations":[{"AllocationID":"` + id + `","Amount":1.00,"Date":"/Date(1789344000000+0000)/","Invoice":{"InvoiceID":"` + id + `"}}]}`),
			}, ""},
			{"allocation of nothing", ex{Method: "PUT", URL: "/api.xro/2.0/CreditNotes/" + id + "/Allocations", Header: js, Body: []byte(`{"Allocations":[{"Amount":1,"Date":"2026-11-22"}]}`), Status: 200, AnswerHeader: js, Answer: []byte(`{}`)}, "Invoice"},
			{"email", ex{Method: "POST", URL: "/api.xro/2.0/Invoices/" + id + "/Email", Header: js, Body: []byte(`{}`), Status: 204}, ""},
			{"note", ex{
				Method: "PUT", URL: "/api.xro/2.0/Invoices/" + id + "/History", Header: js, Body: []byte(`{"HistoryRecords":[{"Details":"from a deal"}]}`),
				Status: 200, AnswerHeader: js, Answer: []byte(`{"HistoryRecords":[{"Details":"from a deal","User":"System Generated","DateUTC":"/Date(1789378199160)/"}]}`),
			}, ""},
			{"item gone", ex{Method: "DELETE", URL: "/api.xro/2.0/Items/" + id, Status: 204}, ""},
			{"out of a group", ex{Method: "DELETE", URL: "/api.xro/2.0/ContactGroups/" + id + "/Contacts/" + id, Status: 204}, ""},
			{"bare currency", ex{Method: "PUT", URL: "/api.xro/2.0/Currencies", Header: js, Body: []byte(`{"Code":"EUR"}`), Status: 200, AnswerHeader: js, Answer: []byte(`{"Currencies":[{"Code":"EUR","Description":"Euro"}]}`)}, ""},
			{"currencies in a list", ex{Method: "PUT", URL: "/api.xro/2.0/Currencies", Header: js, Body: []byte(`{"Currencies":[{"Code":"EUR"}]}`), Status: 200, AnswerHeader: js, Answer: []byte(`{"Currencies":[]}`)}, "Currencies"},
			{"connections", ex{Method: "GET", URL: "https://api.xero.com/Connections", Status: 200, AnswerHeader: js, Answer: []byte(`[{"id":"` + id + `","tenantId":"` + id + `","tenantType":"ORGANISATION","tenantName":"Kea","createdDateUtc":"2026-11-22T10:08:01.1234567"}]`)}, ""},
			{"contact by id", ex{Method: "GET", URL: "/api.xro/2.0/Contacts/" + id, Status: 404}, ""},
			{"contact by number", ex{Method: "GET", URL: "/api.xro/2.0/Contacts/SF%2D77", Status: 404}, ""},
			{"post to a number", ex{Method: "POST", URL: "/api.xro/2.0/Contacts/SF-77", Header: js, Body: []byte(`{}`), Status: 404}, "ContactID"},
			{"bad enum", ex{Method: "PUT", URL: "/api.xro/2.0/Invoices", Header: js, Body: []byte(`{"Invoices":[{"Type":"NOPE"}]}`), Status: 200, AnswerHeader: js, Answer: []byte(`{}`)}, "enum at /Invoices/0/Type"},
			{"bad type", ex{Method: "PUT", URL: "/api.xro/2.0/Invoices", Header: js, Body: []byte(`{"Invoices":[{"LineItems":[{"Quantity":"one"}]}]}`), Status: 200, AnswerHeader: js, Answer: []byte(`{}`)}, "type at /Invoices/0/LineItems/0/Quantity"},
			{"bad date", ex{Method: "PUT", URL: "/api.xro/2.0/Invoices", Header: js, Body: []byte(`{"Invoices":[{"Date":"22/11/2026"}]}`), Status: 200, AnswerHeader: js, Answer: []byte(`{}`)}, "pattern at /Invoices/0/Date"},
			{"foreign id", ex{Method: "PUT", URL: "/api.xro/2.0/Invoices", Header: js, Body: []byte(`{"Invoices":[{"Contact":{"ContactID":"001R0000005hDFYIA2"}}]}`), Status: 200, AnswerHeader: js, Answer: []byte(`{}`)}, "pattern at /Invoices/0/Contact/ContactID"},
			{"misspelt member", ex{Method: "PUT", URL: "/api.xro/2.0/Invoices", Header: js, Body: []byte(`{"Invoices":[{"LineItems":[{"Qty":1}]}]}`), Status: 200, AnswerHeader: js, Answer: []byte(`{}`)}, `"Qty"`},
			{"read-only member", ex{Method: "PUT", URL: "/api.xro/2.0/Invoices", Header: js, Body: []byte(`{"Invoices":[{"Total":1}]}`), Status: 200, AnswerHeader: js, Answer: []byte(`{}`)}, "readOnly"},
			{"no body", ex{Method: "PUT", URL: "/api.xro/2.0/Invoices", Header: js, Status: 200, AnswerHeader: js, Answer: []byte(`{}`)}, "required"},
			{"no such path", ex{Method: "GET", URL: "/api.xro/2.0/Bills", Status: 404}, "no such path"},
			{"no such method", ex{Method: "DELETE", URL: "/api.xro/2.0/Invoices", Status: 404}, "no such method"},
			{"bad parameter", ex{Method: "GET", URL: "/api.xro/2.0/Invoices?page=first", Status: 429}, `"page"`},
			{"unknown parameter", ex{Method: "GET", URL: "/api.xro/2.0/Invoices?number=1", Status: 429}, `"number"`},
			{"bad answer", ex{Method: "GET", URL: "/api.xro/2.0/Invoices", Status: 200, AnswerHeader: js, Answer: []byte(`{"Invoices":[{"Total":"1.00"}]}`)}, "answer 200"},
			{"undeclared status", ex{Method: "GET", URL: "/api.xro/2.0/Invoices", Status: 418}, "answer 418"},
			{"wrong content type", ex{Method: "GET", URL: "/api.xro/2.0/Invoices", Status: 200, AnswerHeader: http.Header{"Content-Type": {"text/html"}}, Answer: []byte(`<p>`)}, "answer 200"},
		},
		"salesforce": {
			{"query", ex{Method: "GET", URL: "https://x.my.salesforce.com/services/data/v67.0/query?q=SELECT+Id+FROM+Account", Status: 200, AnswerHeader: js, Answer: []byte(`{"totalSize":1,"done":true,"records":[{"Id":"001"}]}`)}, ""},
			{"next page", ex{Method: "GET", URL: "/services/data/v67.0/query/01gR-500", Status: 200, AnswerHeader: js, Answer: []byte(`{"totalSize":1,"done":true,"records":[]}`)}, ""},
			{"nulls and offsets", ex{Method: "GET", URL: "/services/data/v67.0/sobjects/Opportunity/006?fields=Id", Status: 200, AnswerHeader: js, Answer: []byte(`{"Id":"006","AccountId":null,"CloseDate":"2026-11-22","SystemModstamp":"2026-11-22T10:08:01.000+0000","attributes":{"type":"Opportunity","url":"/x"}}`)}, ""},
			{"describe before id", ex{Method: "GET", URL: "/services/data/v67.0/sobjects/Account/describe", Status: 200, AnswerHeader: js, Answer: []byte(`{"name":"Account","fields":[{"name":"Id","nillable":false}]}`)}, ""},
			{"describe with nulls", ex{Method: "GET", URL: "/services/data/v67.0/sobjects/Account/describe", Status: 200, AnswerHeader: js, Answer: []byte(`{"name":"Account","keyPrefix":null,"fields":[{"name":"Id","relationshipName":null,"picklistValues":[{"label":null}]}]}`)}, ""},
			{"update", ex{Method: "PATCH", URL: "/services/data/v67.0/sobjects/Opportunity/006", Header: js, Body: []byte(`{"Xero_Invoice_Id__c":"x","NextStep":null}`), Status: 204}, ""},
			{"error list", ex{Method: "PATCH", URL: "/services/data/v67.0/sobjects/Opportunity/006", Header: js, Body: []byte(`{}`), Status: 400, AnswerHeader: js, Answer: []byte(`[{"message":"m","errorCode":"STRING_TOO_LONG","fields":["Name"]}]`)}, ""},
			{"create", ex{Method: "POST", URL: "/services/data/v67.0/sobjects/Account", Header: js, Body: []byte(`{"Name":"A"}`), Status: 201, AnswerHeader: js, Answer: []byte(`{"id":"001","success":true,"errors":[]}`)}, ""},
			{"query without text", ex{Method: "GET", URL: "/services/data/v67.0/query", Status: 400, AnswerHeader: js, Answer: []byte(`[]`)}, `"q"`},
			{"error object", ex{Method: "GET", URL: "/services/data/v67.0/sobjects/Account/001", Status: 404, AnswerHeader: js, Answer: []byte(`{"message":"m"}`)}, "answer 404"},
			{"bad stamp", ex{Method: "GET", URL: "/services/data/v67.0/sobjects/Opportunity/006", Status: 200, AnswerHeader: js, Answer: []byte(`{"SystemModstamp":"2026-11-22 10:08"}`)}, "SystemModstamp"},
			{"bad date", ex{Method: "PATCH", URL: "/services/data/v67.0/sobjects/Opportunity/006", Header: js, Body: []byte(`{"CloseDate":"soon"}`), Status: 204}, "CloseDate"},
			{"bad flag", ex{Method: "PATCH", URL: "/services/data/v67.0/sobjects/Opportunity/006", Header: js, Body: []byte(`{"IsPrivate":"yes"}`), Status: 204}, "IsPrivate"},
			{"unknown field", ex{Method: "PATCH", URL: "/services/data/v67.0/sobjects/Opportunity/006", Header: js, Body: []byte(`{"Invoice__c":"x"}`), Status: 204}, "Invoice__c"},
			{"unknown object", ex{Method: "PATCH", URL: "/services/data/v67.0/sobjects/Nothing/006", Header: js, Body: []byte(`{}`), Status: 204}, "no such"},
			{"body in 204", ex{Method: "PATCH", URL: "/services/data/v67.0/sobjects/Account/001", Header: js, Body: []byte(`{}`), Status: 204, Answer: []byte(`{}`)}, "204"},
			{"result without rows", ex{Method: "GET", URL: "/services/data/v67.0/query?q=x", Status: 200, AnswerHeader: js, Answer: []byte(`{"done":true}`)}, "answer 200"},
		},
	} {
		v, err := specs.Validator(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			t.Run(name+"/"+c.what, func(t *testing.T) {
				err := v.Check(c.ex)
				switch {
				case c.want == "" && err != nil:
					t.Errorf("refused: %v", err)
				case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
					t.Errorf("error %v, want one with %q", err, c.want)
				}
			})
		}
	}
	if _, err := specs.Validator("nobody"); err == nil {
		t.Error("a validator for an unknown name")
	}
}

func BenchmarkExchange(b *testing.B) {
	v, err := specs.Validator("xero")
	if err != nil {
		b.Fatal(err)
	}
	js := http.Header{"Content-Type": {"application/json"}}
	e := openapi.Exchange{
		Method: "PUT", URL: "/api.xro/2.0/Invoices?unitdp=4", Header: js,
		Body:   []byte(`{"Invoices":[{"Type":"ACCREC","LineItems":[{"Quantity":1,"UnitAmount":2.5},{"Quantity":1,"UnitAmount":2.5}]}]}`),
		Status: 200, AnswerHeader: js, Answer: []byte(`{"Invoices":[{"Date":"/Date(1789344000000+0000)/","SubTotal":5.00}]}`),
	}
	for b.Loop() {
		if err := v.Check(e); err != nil {
			b.Fatal(err)
		}
	}
}
