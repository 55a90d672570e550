package salesforce

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

const collectionGuide = "REST API Developer Guide: Use sObject Collections"

// collectionFacts are what is known of many records in one call.
func collectionFacts() []fact {
	return []fact{
		{name: "a collection answers 200 with one result a record, in their order", source: collectionGuide, check: checkCollectionOrder},
		{name: "in a collection of all or none the good records fail for the sake of a bad one", source: collectionGuide, check: checkAllOrNone},
		{
			name: "of two records with one key in one call the second is refused", source: "not in the guide", doubt: doubtRepeatedKey,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, func(o *Options) { admin(o); change(o) })
				got := c.collected(http.MethodPatch, "/composite/sobjects/Sync__c/Key__c", records(
					`{"attributes":{"type":"Sync__c"},"Key__c":"k","Name":"x"}`, `{"attributes":{"type":"Sync__c"},"Key__c":"K","Name":"y"}`))
				want := []string{"created", "DUPLICATE_VALUE"}
				if otherwise {
					want = []string{"created", "updated"}
				}
				if !reflect.DeepEqual(got, want) || len(c.twin.All("Sync__c")) != 1 {
					t.Errorf("results %v, want %v", got, want)
				}
			},
		},
		{
			name: "a key that several records have is refused in a collection by its own code", source: "SOAP API Developer Guide: Core Data Types Used in API Calls",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for _, id := range []string{deal, bare} {
					c.patch("Opportunity", id, `{"Xero_Invoice_Id__c":"same"}`)
				}
				got := c.collected(http.MethodPatch, "/composite/sobjects/Opportunity/Xero_Invoice_Id__c", records(
					`{"attributes":{"type":"Opportunity"},"Xero_Invoice_Id__c":"same"}`, `{"attributes":{"type":"Opportunity"},"NextStep":"x"}`))
				if want := []string{"DUPLICATE_EXTERNAL_ID", "MISSING_ARGUMENT"}; !reflect.DeepEqual(got, want) {
					t.Errorf("results %v, want %v", got, want)
				}
			},
		},
		{name: "a collection takes 200 records, in ten runs of one object each", source: collectionGuide, check: checkCollectionBounds},
		{
			name: "a collection that is not well-formed is refused as a whole", source: collectionGuide,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				good := `{"attributes":{"type":"Account"},"Name":"x"}`
				for bad, want := range map[string]string{
					`{"Name":"y"}`: "INVALID_TYPE",
					`{"attributes":{"type":"Acount"},"Name":"y"}`:               "INVALID_TYPE",
					`{"attributes":{"type":"Account"},"Nmae":"y"}`:              "INVALID_FIELD",
					`{"attributes":{"type":"Account"},"AnnualRevenue":"a lot"}`: "JSON_PARSER_ERROR",
					`5`: "INVALID_TYPE",
				} {
					status, body := c.off(http.MethodPost, "/composite/sobjects", records(good, bad))
					if status != http.StatusBadRequest || codeAt(body.([]any), 0) != want {
						t.Errorf("%s: %d %v, want 400 %s", bad, status, body, want)
					}
				}
				if n := len(c.twin.All("Account")); n != 2 {
					t.Errorf("%d accounts, want the 2 there were", n)
				}
			},
		},
		{
			name: "many records are read by their ids, null for one that is not there", source: "REST API Developer Guide: Get Records Using sObject Collections",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				ids := []string{acme[:15], ID("Account", 99), deal}
				want := `[{"attributes":{"type":"Account","url":"` + base + `/sobjects/Account/` + acme + `"},"Name":"Acme Ltd","Id":"` + acme + `"},null,null]`
				c.off(http.MethodGet, "/composite/sobjects/Account?fields=name&ids="+strings.Join(ids, ","), "")
				if got := c.lastAnswer(); got != want {
					t.Errorf("by GET: %s\nwant %s", got, want)
				}
				c.off(http.MethodPost, "/composite/sobjects/Account", `{"ids":["`+strings.Join(ids, `","`)+`"],"fields":["Name"]}`)
				if got := c.lastAnswer(); got != want {
					t.Errorf("by POST: %s\nwant %s", got, want)
				}
			},
		},
		{
			name: "many records are deleted by their ids, of any objects", source: "REST API Developer Guide: Delete Multiple Records Using sObject Collections",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				path := "/composite/sobjects?ids=" + strings.Join([]string{ID("Contact", 1), ID("Account", 99), "nonsense", bare, bare}, ",")
				want := []string{"", "INVALID_CROSS_REFERENCE_KEY", "MALFORMED_ID", "", "ENTITY_IS_DELETED"}
				rolled := append([]string{}, want...)
				rolled[0], rolled[3] = statusRolled, statusRolled
				if got := c.collected(http.MethodDelete, path+"&allOrNone=true", ""); !reflect.DeepEqual(got, rolled) {
					t.Errorf("all or none: %v, want %v", got, rolled)
				}
				if got := c.collected(http.MethodDelete, path, ""); !reflect.DeepEqual(got, want) {
					t.Errorf("results %v, want %v", got, want)
				}
			},
		},
	}
}

func records(list ...string) string { return `{"records":[` + strings.Join(list, ",") + `]}` }

// collected makes a call for many records and returns what became of each: the code of a
// refusal, or "created", "updated" of an upsert, else nothing.
func (c *client) collected(method, path, body string) []string {
	c.t.Helper()
	status, got := c.do(method, path, body)
	list, ok := got.([]any)
	if status != http.StatusOK || !ok {
		c.t.Fatalf("%s %s: %d %v", method, path, status, got)
	}
	out := make([]string, len(list))
	for i, r := range list {
		result := r.(map[string]any)
		errors := result["errors"].([]any)
		_, hasID := result["id"]
		created, upsert := result["created"].(bool)
		switch {
		case result["success"] == (len(errors) > 0) || hasID != (len(errors) == 0):
			c.t.Errorf("result %d: %v", i, result)
		case len(errors) > 0:
			out[i] = errors[0].(map[string]any)["statusCode"].(string)
			if _, ok := errors[0].(map[string]any)["fields"].([]any); !ok {
				c.t.Errorf("result %d has no list of fields: %v", i, result)
			}
		case upsert && created:
			out[i] = "created"
		case upsert:
			out[i] = "updated"
		}
	}
	return out
}

func checkCollectionOrder(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	got := c.collected(http.MethodPost, "/composite/sobjects", records(
		`{"attributes":{"type":"Account"},"Name":"First"}`, `{"attributes":{"type":"Account"}}`, `{"attributes":{"type":"Contact"},"LastName":"Third"}`,
		`{"attributes":{"type":"OpportunityStage"}}`))
	if want := []string{"", "REQUIRED_FIELD_MISSING", "", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"}; !reflect.DeepEqual(got, want) {
		t.Errorf("create: %v, want %v", got, want)
	}
	if n := len(c.query("SELECT Id FROM Account WHERE Name = 'First'")); n != 1 {
		t.Errorf("%d accounts were made, want 1", n)
	}
	got = c.collected(http.MethodPatch, "/composite/sobjects", records(
		`{"attributes":{"type":"Account"},"id":"`+acme+`","Phone":"1"}`, `{"attributes":{"type":"Account"},"id":"`+acme+`","Phone":"`+strings.Repeat("2", 41)+`"}`,
		`{"attributes":{"type":"Contact"},"id":"`+acme+`"}`, `{"attributes":{"type":"Opportunity"},"NextStep":"x"}`))
	if want := []string{"", "STRING_TOO_LONG", "INVALID_CROSS_REFERENCE_KEY", "MISSING_ARGUMENT"}; !reflect.DeepEqual(got, want) {
		t.Errorf("update: %v, want %v", got, want)
	}
	if phone := c.fields("Account", acme, "Phone")["Phone"]; phone != "1" {
		t.Errorf("phone %v", phone)
	}
}

func checkAllOrNone(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	before := c.twin.Snapshot()
	line := `{"attributes":{"type":"OpportunityLineItem"},"OpportunityId":"` + bare + `","PricebookEntryId":"` + widgetAt + `","Quantity":%d,"UnitPrice":1}`
	got := c.collected(http.MethodPost, "/composite/sobjects", `{"allOrNone":true,"records":[`+fmt.Sprintf(line, 1)+`,`+fmt.Sprintf(line, 0)+`]}`)
	if want := []string{statusRolled, "FIELD_INTEGRITY_EXCEPTION"}; !reflect.DeepEqual(got, want) {
		t.Errorf("results %v, want %v", got, want)
	}
	if after := c.twin.Snapshot(); !reflect.DeepEqual(before, after) {
		t.Error("the org is not as it was: a line, its deal's amount or its price book stayed")
	}
}

func checkCollectionBounds(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	account, contact := `{"attributes":{"type":"Account"},"Name":"x"}`, `{"attributes":{"type":"Contact"},"LastName":"x"}`
	var many, mixed []string
	for range 200 {
		many = append(many, account)
	}
	for range 5 {
		mixed = append(mixed, account, account, contact)
	}
	for what, call := range map[string]struct {
		list   []string
		status int
		code   string
	}{
		"200": {many, 200, ""}, "201": {append(many, account), 400, "EXCEEDED_ID_LIMIT"},
		"ten runs": {mixed, 200, ""}, "eleven runs": {append(mixed, account), 400, "LIMIT_EXCEEDED"},
	} {
		status, body := c.off(http.MethodPost, "/composite/sobjects", records(call.list...))
		if status != call.status || call.code != "" && codeAt(body.([]any), 0) != call.code || call.code == "" && len(body.([]any)) != len(call.list) {
			t.Errorf("%s: %d %.200v, want %d %s", what, status, body, call.status, call.code)
		}
	}
}
