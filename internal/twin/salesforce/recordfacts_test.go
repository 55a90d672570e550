package salesforce

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
)

// recordFacts are what is known of saving one record.
func recordFacts() []fact {
	return []fact{
		{
			name: "a number may be written as a text", source: "seen, not in the guide", doubt: doubtTextNumbers,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				status, _, _ := c.exchange(http.MethodPatch, "/sobjects/Opportunity/"+bare, `{"Amount":"12.5"}`, offSpec())
				if got := status == http.StatusBadRequest; got != otherwise {
					t.Errorf("status %d", status)
				}
			},
		},
		{
			name: "an empty text is stored as null", source: "seen for years, not in the guide", doubt: doubtEmptyText,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				c.patch("Account", acme, `{"Phone":""}`)
				if got := c.fields("Account", acme, "Phone")["Phone"]; (got == "") != otherwise || got != nil && got != "" {
					t.Errorf("the phone is %v", got)
				}
				w := world.World{Start: start, Salesforce: c.twin.Dump()}
				again, err := New(Options{World: w, Otherwise: c.twin.opt.Otherwise})
				must(t, err)
				if r, _ := again.Get("Account", acme); (r["Phone"] == "") != otherwise {
					t.Errorf("after a load the phone is %v", r["Phone"])
				}
				c.exchange(http.MethodPatch, "/sobjects/OpportunityLineItem/"+line1, `{"ServiceDate":""}`, offSpec())
				if got := c.fields("OpportunityLineItem", line1, "ServiceDate")["ServiceDate"]; got != nil {
					t.Errorf("the date is %v", got)
				}
			},
		},
		{
			name: "an emoji counts as two characters of a text", source: "not in the guide", doubt: doubtTextLength,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				status, _ := c.do(http.MethodPatch, "/sobjects/Account/"+acme, `{"AccountNumber":"`+strings.Repeat("😀", 21)+`"}`) // of 40
				if (status == http.StatusNoContent) != otherwise {
					t.Errorf("status %d", status)
				}
				c.patch("Account", acme, `{"AccountNumber":"`+strings.Repeat("é", 40)+`"}`)
			},
		},
		{
			name: "a save that changes nothing moves the stamps", source: "seen, not in the guide", doubt: doubtIdleSave,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				for _, body := range []string{`{}`, `{"Name":"Acme Ltd"}`} {
					c.clock.Advance(time.Minute)
					before := c.fields("Account", acme, "SystemModstamp")["SystemModstamp"]
					c.patch("Account", acme, body)
					after := c.fields("Account", acme, "SystemModstamp")["SystemModstamp"]
					if (before == after) != otherwise {
						t.Errorf("%s: stamp %v, then %v", body, before, after)
					}
				}
			},
		},
		{
			name: "everything wrong with a record's values is refused at once, each item with its fields", source: "REST API Developer Guide: Status Codes and Error Responses",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, body := c.do(http.MethodPatch, "/sobjects/Contact/"+ID("Contact", 1), `{"Email":"no","FirstName":"`+strings.Repeat("x", 41)+`"}`)
				list := body.([]any)
				if len(list) != 2 || codeAt(list, 0) != "INVALID_EMAIL_ADDRESS" || codeAt(list, 1) != "STRING_TOO_LONG" ||
					fieldsAt(list, 0) != "Email" || fieldsAt(list, 1) != "FirstName" {
					t.Errorf("refusals: %v", list)
				}
			},
		},
		{
			name: "all required fields that lack are named in one item", source: "REST API Developer Guide: Status Codes and Error Responses",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, body := c.do(http.MethodPost, "/sobjects/Opportunity", `{"Name":null,"StageName":"Prospecting"}`)
				list := body.([]any)
				if len(list) != 1 || codeAt(list, 0) != "REQUIRED_FIELD_MISSING" || fieldsAt(list, 0) != "Name CloseDate" {
					t.Errorf("refusals: %v", list)
				}
			},
		},
		{
			name: "a value of the wrong type is refused before any rule, with its line and column", source: "answers of orgs",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, body := c.do(http.MethodPost, "/sobjects/Opportunity", "{\"Name\": \"x\",\n \"CloseDate\": \"tomorrow\"}")
				list := body.([]any)
				message := list[0].(map[string]any)["message"].(string)
				if len(list) != 1 || codeAt(list, 0) != "JSON_PARSER_ERROR" || fieldsAt(list, 0) != "-" ||
					!strings.HasSuffix(message, "VALUE_STRING value tomorrow or request may be missing a required field at [line:2, column:15]") {
					t.Errorf("refusals: %v", list)
				}
			},
		},
		{
			name: "a missing row or resource is refused in the short form, the code first", source: "org-generated OpenAPI document: RestApiError",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.do(http.MethodGet, "/sobjects/Account/"+ID("Account", 99), "")
				if got := c.lastAnswer(); got != `[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]` {
					t.Errorf("body %s", got)
				}
				c.do(http.MethodPost, "/sobjects/Contact", `{}`)
				if got := c.lastAnswer(); got != `[{"message":"Required fields are missing: [LastName]","errorCode":"REQUIRED_FIELD_MISSING","fields":["LastName"]}]` {
					t.Errorf("body %s", got)
				}
			},
		},
		{
			name: "a parent may be named by its key in a body", source: "REST API Developer Guide: Insert or Update (Upsert) a Record Using an External ID",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, func(o *Options) { admin(o); change(o) })
				c.patch("Opportunity", deal, `{"Xero_Invoice_Id__c":"inv-1"}`)
				status, body := c.off(http.MethodPost, "/sobjects/Sync__c", `{"Name":"x","Key__c":"k","Deal__r":{"Xero_Invoice_Id__c":"INV-1"}}`)
				if status != http.StatusCreated {
					t.Fatalf("create: %d %v", status, body)
				}
				if got := c.twin.All("Sync__c")[0]["Deal__c"]; got != deal {
					t.Errorf("the parent is %v", got)
				}
				status, body = c.off(http.MethodPost, "/sobjects/Sync__c", `{"Name":"x","Key__c":"l","Deal__r":{"Xero_Invoice_Id__c":"inv-2"}}`)
				if status != http.StatusBadRequest || codeAt(body.([]any), 0) != "INVALID_FIELD" {
					t.Errorf("no such parent: %d %v", status, body)
				}
			},
		},
	}
}

func codeAt(list []any, i int) any { return list[i].(map[string]any)["errorCode"] }

// fieldsAt joins the fields of an item; "-" means that it has no such member.
func fieldsAt(list []any, i int) string {
	fields, ok := list[i].(map[string]any)["fields"].([]any)
	if !ok {
		return "-"
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.(string)
	}
	return strings.Join(names, " ")
}

// lastAnswer is the body of the latest answer as it was sent.
func (c *client) lastAnswer() string {
	all := c.rec.Exchanges()
	return string(all[len(all)-1].Answer)
}
