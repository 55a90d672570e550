package apicall

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/catalog"
)

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func answer(status int, body string, pairs ...string) Answer {
	return Answer{Status: status, Header: header(pairs...), Body: []byte(body)}
}

func decodeOf(op string, a Answer) Outcome {
	cat := newTestCatalog()
	o := cat.ops[op]
	return Decode(cat.apis[o.API], o, cat, a)
}

const (
	nameTaken    = `{"ErrorNumber":10,"Type":"ValidationException","Message":"A validation exception occurred","Elements":[{"ContactID":"00000000-0000-0000-0000-000000000000","Name":"Harbour","HasValidationErrors":true,"ValidationErrors":[{"Message":"The contact name Harbour is already assigned to another contact."}]}]}`
	refusedIn200 = `{"Id":"5f0c","Status":"OK","DateTimeUTC":"/Date(1767225600000)/","Invoices":[{"Type":"ACCREC","InvoiceID":"a1","Status":"DELETED","HasErrors":true,"Contact":{"ContactID":"c3","ValidationErrors":[]},"LineItems":[{"LineItemID":"d4","Description":"Not to be told"}],"StatusAttributeString":"ERROR","ValidationErrors":[{"Message":"Invoice not of valid status for modification"}]}]}`
	expired      = `{"Type":null,"Title":"Unauthorized","Status":401,"Detail":"TokenExpired: token expired at 01/31/2026 09:15:00","Instance":"0b7c","Extensions":{}}`
)

// TestErrorDialects holds every shape of refusal that the two vendors are known to use.
func TestErrorDialects(t *testing.T) {
	for _, tc := range []struct {
		name, op string
		answer   Answer
		class    catalog.Class
		code     string
		message  string // prefix
		wait     time.Duration
	}{
		// Xero's manner.
		{"name taken", "xero.createContacts", answer(400, nameTaken), "duplicate", "10", "The contact name Harbour is already assigned", 0},
		{"refused element", "xero.createInvoices", answer(200, refusedIn200), "data", "", "Invoice not of valid status for modification", 0},
		{"refused as duplicate", "xero.createInvoices", answer(200, strings.ReplaceAll(refusedIn200, "Invoice not of valid status for modification", "Invoice # must be unique.")), "duplicate", "", "Invoice # must be unique.", 0},
		{"refused by a cap", "xero.createInvoices", answer(200, strings.ReplaceAll(refusedIn200, "Invoice not of valid", "You have reached the limit of invoices you can approve")), "person", "", "You have reached", 0},
		{"message under another name", "xero.createInvoices", answer(200, strings.ReplaceAll(refusedIn200, `{"Message":`, `{"Description":`)), "data", "", "Invoice not of valid", 0},
		{"token expired", "xero.createInvoices", answer(401, expired, "Content-Type", "application/json"), "refresh", "", "TokenExpired", 0},
		{"token not accepted", "xero.createInvoices", answer(401, `{"Title":"Unauthorized","Status":401,"Detail":"AuthenticationUnsuccessful"}`), "person", "", "AuthenticationUnsuccessful", 0},
		{"tenant gone", "xero.getContacts", answer(403, `{"Title":"Forbidden","Status":403,"Detail":"AuthenticationUnsuccessful"}`), "person", "", "AuthenticationUnsuccessful", 0},
		{"forbidden, nothing said", "xero.getContacts", answer(403, ""), "person", "", "forbidden", 0},
		{"scope missing", "xero.createInvoices", answer(401, expired, "WWW-Authenticate", `Bearer error="insufficient_scope"`), "person", "insufficient_scope", "the connection lacks a scope", 0},
		{"scope missing, misspelt", "xero.createInvoices", answer(403, "", "WWW-Authenticate", `Bearer error="insufficent_scope"`), "person", "insufficient_scope", "", 0},
		{"no such record", "xero.getInvoice", answer(404, "", "Content-Type", "text/html; charset=utf-8"), "absent", "", "", 0},
		{"no such record, in text", "xero.getInvoice", answer(404, "The resource you're looking for cannot be found"), "absent", "", "The resource", 0},
		{"a page says not found", "xero.getInvoice", answer(404, "<!DOCTYPE html><title>404</title>"), "retry", "", "a page came instead of an answer", 0},
		{"unknown route", "xero.getContacts", answer(404, ""), "bug", "", "not found", 0},
		{"minute used up", "xero.getContacts", answer(429, "", "Retry-After", "26", "X-Rate-Limit-Problem", "minute"), "limit", "minute", "", 26 * time.Second},
		{"minute, wait not told", "xero.createInvoices", answer(429, "", "X-Rate-Limit-Problem", "appminute"), "limit", "appminute", "", time.Minute},
		{"day used up", "xero.createInvoices", answer(429, "", "Retry-After", "66975", "X-Rate-Limit-Problem", "day"), "limit", "day", "", 66975 * time.Second},
		{"day, wait not told", "xero.createInvoices", answer(429, "", "X-Rate-Limit-Problem", "DayLimit"), "limit", "DayLimit", "", time.Hour},
		{"too many at once", "xero.createInvoices", answer(429, "", "X-Rate-Limit-Problem", "concurrent"), "limit", "concurrent", "", time.Second},
		{"limit, nothing told", "xero.createInvoices", answer(429, ""), "limit", "", "too many requests", 0},
		{"organisation offline", "xero.createInvoices", answer(503, "The Organisation is offline", "Content-Type", "text/html"), "retry", "", "The Organisation is offline", 0},
		{"503 on a write", "xero.createInvoices", answer(503, "<html>"), "unknown", "", "service unavailable, with a page", 0},
		{"503 on a read", "xero.getContacts", answer(503, "<html>", "Retry-After", "300"), "retry", "", "", 300 * time.Second},
		{"500 on a write", "xero.createInvoices", answer(500, `{"Title":"An error occurred","Detail":"An error occurred in Xero.","Status":500}`), "unknown", "", "An error occurred in", 0},
		{"502 on a write without rule", "xero.createInvoices", answer(502, ""), "unknown", "", "bad gateway", 0},
		{"502 on a read without rule", "xero.getContacts", answer(502, ""), "retry", "", "bad gateway", 0},
		{"not implemented, read", "xero.getContacts", answer(501, `{"ErrorNumber":20,"Message":"x"}`), "bug", "20", "x", 0},
		{"not implemented, write", "xero.createInvoices", answer(501, `{"ErrorNumber":20,"Message":"x"}`), "unknown", "20", "x", 0},
		{"malformed", "xero.createInvoices", answer(400, `{"ErrorNumber":14,"Type":"PostDataInvalidException","Message":"JSON"}`), "bug", "14", "JSON", 0},
		{"key with another body", "xero.createInvoices", answer(400, `{"Message":"Idempotency Key: k is used with a different request."}`), "data", "", "Idempotency Key", 0},
		{"precondition", "xero.createInvoices", answer(412, ""), "data", "", "precondition failed", 0},
		{"not an envelope of errors", "xero.createInvoices", answer(400, `"just text"`), "data", "", "bad request", 0},
		{"request timeout, write", "xero.createInvoices", answer(408, ""), "unknown", "", "request timeout", 0},
		{"request timeout, read", "xero.getContacts", answer(408, ""), "retry", "", "", 0},
		{"redirect", "xero.createInvoices", answer(302, "", "Location", "https://elsewhere.test/"), "person", "", "found", 0},
		// Salesforce's manner.
		{"session over", "salesforce.Account.get", answer(401, `[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]`), "refresh", "INVALID_SESSION_ID", "Session expired", 0},
		{"session of another kind", "salesforce.Account.get", answer(401, `[{"message":"This session is not valid for use with the REST API","errorCode":"INVALID_SESSION_ID"}]`), "person", "INVALID_SESSION_ID", "", 0},
		{"validation rule", "salesforce.Task.create", answer(400, `[{"message":"Stage must\nbe set","errorCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION","fields":["StageName"]}]`), "data", "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Stage must be set", 0},
		{"row locked", "salesforce.Opportunity.update", answer(400, `[{"message":"unable to obtain exclusive access","errorCode":"UNABLE_TO_LOCK_ROW"}]`), "retry", "UNABLE_TO_LOCK_ROW", "", 0},
		{"row locked in a 500", "salesforce.Opportunity.update", answer(500, `[{"message":"x","errorCode":"UNABLE_TO_LOCK_ROW"}]`), "retry", "UNABLE_TO_LOCK_ROW", "", 0},
		{"duplicate value", "salesforce.Task.create", answer(400, `[{"message":"duplicate value found: Ref__c duplicates value on record with id: 00T","errorCode":"DUPLICATE_VALUE"}]`), "duplicate", "DUPLICATE_VALUE", "duplicate value", 0},
		{"daily limit", "salesforce.query", answer(403, `[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]`, "Sforce-Limit-Info", "api-usage=15000/15000"), "limit", "REQUEST_LIMIT_EXCEEDED", "", time.Hour},
		{"concurrent limit", "salesforce.query", answer(403, `[{"message":"x","errorCode":"REQUEST_LIMIT_EXCEEDED"}]`, "Sforce-Limit-Info", "api-usage=15/15000"), "limit", "REQUEST_LIMIT_EXCEEDED", "", 0},
		{"api disabled", "salesforce.query", answer(403, `[{"message":"x","errorCode":"API_DISABLED_FOR_ORG"}]`), "person", "API_DISABLED_FOR_ORG", "x", 0},
		{"row absent", "salesforce.Account.get", answer(404, `[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]`), "absent", "NOT_FOUND", "The requested", 0},
		{"row to update absent", "salesforce.Opportunity.update", answer(404, `[{"errorCode":"ENTITY_IS_DELETED","message":"entity is deleted"}]`), "data", "ENTITY_IS_DELETED", "entity", 0},
		{"object hidden", "salesforce.Account.get", answer(404, `[{"errorCode":"INVALID_TYPE","message":"x"}]`), "person", "INVALID_TYPE", "x", 0},
		{"bad query", "salesforce.query", answer(400, `[{"message":"unexpected token","errorCode":"MALFORMED_QUERY"}]`), "bug", "MALFORMED_QUERY", "", 0},
		{"external id ambiguous", "salesforce.Opportunity.update", answer(300, `["/services/data/v67.0/sobjects/Opportunity/1"]`), "person", "", "multiple choices", 0},
		{"no route at the edge, write", "salesforce.Task.create", answer(420, ""), "unknown", "", "", 0},
		{"no route at the edge, read", "salesforce.query", answer(420, ""), "retry", "", "", 0},
		{"500 as a page", "salesforce.Task.create", answer(500, "<html><body>Error</body></html>"), "unknown", "", "internal server error, with a page", 0},
		{"address too long", "salesforce.query", answer(414, ""), "bug", "", "", 0},
		{"refused item in a 200", "salesforce.Task.create", answer(200, `{"id":null,"success":false,"errors":[{"statusCode":"REQUIRED_FIELD_MISSING","message":"Required fields are missing: [Subject]","fields":["Subject"]}]}`), "data", "REQUIRED_FIELD_MISSING", "Required fields", 0},
		{"a bare object", "salesforce.query", answer(400, `{"message":"x","errorCode":"MALFORMED_QUERY"}`), "bug", "MALFORMED_QUERY", "x", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := decodeOf(tc.op, tc.answer)
			if got.Class != tc.class || got.Code != tc.code || got.RetryAfter != tc.wait || !strings.HasPrefix(got.Message, tc.message) {
				t.Errorf("got  %s %q %q %v\nwant %s %q %q %v", got.Class, got.Code, got.Message, got.RetryAfter, tc.class, tc.code, tc.message, tc.wait)
			}
			if got.Status != tc.answer.Status || got.Value != nil {
				t.Errorf("got status %d and value %v", got.Status, got.Value)
			}
			if strings.Contains(got.Message, "Not to be told") || strings.ContainsAny(got.Message, "\n\r") {
				t.Errorf("message %q", got.Message)
			}
		})
	}
}

// TestUnreadable holds what becomes of a success that cannot be read: a write may have
// been done, a read is made again.
func TestUnreadable(t *testing.T) {
	for name, body := range map[string]string{
		"empty":             "",
		"page":              "<html><body>OK</body></html>",
		"cut short":         `{"Invoices":[{"InvoiceID":"a1"`,
		"two values":        `{"Invoices":[]} {}`,
		"no envelope":       `{"Id":"1","Status":"OK"}`,
		"null envelope":     `{"Invoices":null}`,
		"not an object":     `[1]`,
		"bare text":         `OK`,
		"not JSON after it": `{"Invoices":[{}]}garbage`,
	} {
		t.Run(name, func(t *testing.T) {
			write, read := decodeOf("xero.createInvoices", answer(200, body)), decodeOf("xero.getInvoices", answer(200, body))
			if write.Class != catalog.ClassUnknown || read.Class != catalog.ClassRetry {
				t.Errorf("write %s, read %s: %s", write.Class, read.Class, write.Message)
			}
			if write.Value != nil || read.Value != nil {
				t.Errorf("values %v and %v", write.Value, read.Value)
			}
		})
	}
	if got := decodeOf("xero.createInvoices", answer(200, `{"Invoices":[]}`)); got.Class != catalog.ClassUnknown {
		t.Errorf("a write answered by no element is %s", got.Class)
	}
	if got := decodeOf("salesforce.query", answer(200, `{"done":false,"records":[]}`)); got.Class != catalog.ClassRetry {
		t.Errorf("rows that go on nowhere are %s", got.Class)
	}
}

func TestPartRefused(t *testing.T) {
	body := `{"Invoices":[{"InvoiceID":"a","StatusAttributeString":"OK"},{"StatusAttributeString":"ERROR","ValidationErrors":[{"Message":"no account"}]}]}`
	got := decodeOf("xero.createInvoices", answer(200, body))
	if got.Class != catalog.ClassUnknown || got.Message != "1 of 2 elements were refused: no account" {
		t.Errorf("got %+v", got)
	}
}

func TestValues(t *testing.T) {
	invoice := `{"Id":"x","Status":"OK","Invoices":[{
		"InvoiceID":"a1","InvoiceNumber":"SF-1","Type":"ACCREC","Reference":"","Status":"AUTHORISED",
		"Date":"\/Date(1789344000000+0000)\/","DueDate":"2026-10-14T00:00:00","UpdatedDateUTC":"/Date(1789378199160+1300)/",
		"SubTotal":59.70,"Total":"68.6500","StatusAttributeString":"OK","HasErrors":false,"Unknown":{"x":1},
		"Contact":{"ContactID":"c1","Name":"Harbour","EmailAddress":"","IsCustomer":"true","ContactNumber":null},
		"LineItems":[{"LineItemID":"l1","Quantity":1.0000000000,"UnitAmount":1.99E1,"ItemCode":5,"LineAmount":59.70,"Description":"/Date(1)/"}]}]}`
	want := map[string]any{
		"InvoiceID": "a1", "InvoiceNumber": "SF-1", "Type": "ACCREC", "Status": "AUTHORISED",
		"Date": "2026-09-14", "DueDate": "2026-10-14", "UpdatedDateUTC": "2026-09-14T09:29:59.16Z",
		"SubTotal": num("59.70"), "Total": num("68.6500"),
		"Contact": map[string]any{"ContactID": "c1", "Name": "Harbour", "IsCustomer": true},
		"LineItems": []any{map[string]any{
			"LineItemID": "l1", "Quantity": num("1.0000000000"), "UnitAmount": num("19.9"), "ItemCode": "5",
			"LineAmount": num("59.70"), "Description": "/Date(1)/",
		}},
	}
	rows := `{"totalSize":2,"done":true,"records":[
		{"attributes":{"type":"OpportunityLineItem","url":"/x"},"Id":"00k1","Quantity":3.0,"UnitPrice":1.0E7,"SortOrder":4.0,"Product2Id":"01t1",
		 "Product2":{"attributes":{"type":"Product2"},"Name":"Widget","Family":null,"LastViewedDate":"2026-11-22T10:08:01.000+0000"}},
		{"Id":"00k2","Product2":null}]}`
	for _, tc := range []struct {
		name, op string
		answer   Answer
		want     Outcome
	}{
		{"a write of one", "xero.createInvoices", answer(200, invoice), Outcome{Class: "ok", Value: want}},
		{"byte order mark", "xero.createInvoices", answer(200, "\xef\xbb\xbf"+invoice), Outcome{Class: "ok", Value: want}},
		{"a read of one", "xero.getInvoice", answer(200, invoice), Outcome{Class: "ok", Value: want}},
		{"a read of many", "xero.getInvoices", answer(200, invoice), Outcome{Class: "ok", Value: []any{want}}},
		{"a read of none", "xero.getInvoices", answer(200, `{"Invoices":[]}`), Outcome{Class: "ok", Value: []any{}}},
		{"a read of one that is not there", "xero.getInvoice", answer(200, `{"Invoices":[]}`), Outcome{Class: "absent"}},
		{
			"a read of one that finds two", "xero.getInvoice", answer(200, `{"Invoices":[{"InvoiceID":"a"},{"InvoiceID":"b"}]}`),
			Outcome{Class: "retry", Message: "the answer cannot be read: it holds 2 elements where one was asked for"},
		},
		{"not modified", "xero.getInvoices", answer(304, ""), Outcome{Class: "ok", Value: []any{}}},
		{
			"a write of two", "xero.createInvoices", answer(200, `{"Invoices":[{"InvoiceID":"a"},{"InvoiceID":"b"}]}`),
			Outcome{Class: "ok", Value: []any{map[string]any{"InvoiceID": "a"}, map[string]any{"InvoiceID": "b"}}},
		},
		{
			"saved with a warning", "xero.createInvoices", answer(200, `{"Invoices":[{"InvoiceID":"a","StatusAttributeString":"WARNING"}]}`),
			Outcome{Class: "ok", Value: map[string]any{"InvoiceID": "a"}},
		},
		{"rows", "salesforce.query", Answer{Status: 200, Body: []byte(rows), Object: "salesforce.OpportunityLineItem"}, Outcome{Class: "ok", Value: []any{
			map[string]any{
				"Id": "00k1", "Quantity": num("3.0"), "UnitPrice": num("10000000"), "SortOrder": num("4"), "Product2Id": "01t1",
				"Product2": map[string]any{"Name": "Widget", "LastViewedDate": "2026-11-22T10:08:01Z"},
			},
			map[string]any{"Id": "00k2"},
		}}},
		{"no rows", "salesforce.query", answer(200, `{"totalSize":0,"done":true,"records":[]}`), Outcome{Class: "ok", Value: []any{}}},
		{
			"one record", "salesforce.Account.get", answer(200, `{"attributes":{},"Id":"001","Name":"Acme","BillingCountry":null,"SystemModstamp":"2026-11-22T10:08:01.250+0000"}`),
			Outcome{Class: "ok", Value: map[string]any{"Id": "001", "Name": "Acme", "SystemModstamp": "2026-11-22T10:08:01.25Z"}},
		},
		{"no content", "salesforce.Opportunity.update", answer(204, ""), Outcome{Class: "ok"}},
		{
			"created", "salesforce.Task.create", answer(201, `{"id":"00T1","success":true,"errors":[]}`),
			Outcome{Class: "ok", Value: map[string]any{"id": "00T1", "success": true, "errors": []any{}}},
		},
		{"nothing promised", "xero.emailInvoice", answer(204, ""), Outcome{Class: "ok"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.want.Status = tc.answer.Status
			if diff := cmp.Diff(tc.want, decodeOf(tc.op, tc.answer)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTraceAndStorage(t *testing.T) {
	got := decodeOf("xero.createContacts", answer(400, nameTaken, "Xero-Correlation-Id", "abc\x1b[31m", "X-Other", "1"))
	if got.TraceID != "abc [31m" {
		t.Errorf("trace id %q", got.TraceID)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var back Outcome
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, back); diff != "" {
		t.Errorf("an outcome that was stored differs (-before +after):\n%s", diff)
	}
}

func TestMessagesAreBounded(t *testing.T) {
	long := `[{"errorCode":"` + strings.Repeat("C", 900) + `","message":"` + strings.Repeat(`é\u0007\u202e `, 400) + `"}]`
	got := decodeOf("salesforce.Task.create", answer(400, long))
	if n := len([]rune(got.Message)); n > maxMessage {
		t.Errorf("the message has %d characters", n)
	}
	if n := len([]rune(got.Code)); n > maxMessage {
		t.Errorf("the code has %d characters", n)
	}
	if strings.ContainsFunc(got.Message, isControl) || strings.Contains(got.Message, "\u202e") {
		t.Errorf("the message holds %q", got.Message)
	}
	if got := decodeOf("salesforce.Task.create", answer(400, strings.Repeat("\xff\xfe", 5000))); len([]rune(got.Message)) > maxMessage {
		t.Errorf("a binary answer gives a message of %d", len(got.Message))
	}
}

// FuzzDecode holds that no answer panics, that a write's broken answer never looks like a
// refusal that did nothing, and that values hold no float.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{nameTaken, refusedIn200, expired, `{"Invoices":[{"Date":"/Date(99999999999999999)/"}]}`, `[[[]]]`, `{"records":[{"Id":1e999}],"done":true}`, `{"Invoices":{"Invoices":[null]}}`} {
		for _, status := range []int{200, 204, 400, 401, 404, 429, 500} {
			f.Add(status, s)
		}
	}
	cat := newTestCatalog()
	ops := sortedKeys(cat.ops)
	f.Fuzz(func(t *testing.T, status int, body string) {
		for _, name := range ops {
			op := cat.ops[name]
			out := Decode(cat.apis[op.API], op, cat, Answer{Status: status, Body: []byte(body), Object: "salesforce.Opportunity"})
			if out.Class == "" {
				t.Fatalf("%s: no class", name)
			}
			if isWrite(op) && out.Class == catalog.ClassRetry && out.Code == "" && status >= 200 && status < 300 {
				t.Fatalf("%s: a write that the vendor accepted would be made again", name)
			}
			if _, err := plain(out.Value); err != nil && !strings.Contains(err.Error(), "exact number") && !strings.Contains(err.Error(), "UTF-8") {
				t.Fatalf("%s: value%v", name, err)
			}
		}
	})
}
