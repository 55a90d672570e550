package salesforce

import (
	"net/http"
	"strings"
	"testing"
)

const upsertGuide = "REST API Developer Guide: Insert or Update (Upsert) a Record Using an External ID"

// upsertFacts are what is known of records by their keys.
func upsertFacts() []fact {
	return []fact{
		{name: "an upsert tells whether it created, before version 46 a change is answered with nothing", source: upsertGuide, check: checkUpsertVersions},
		{name: "an upsert of a value that several records have writes nothing and lists them", source: upsertGuide, check: checkAmbiguousKey},
		{
			name: "a record is created at its object's Id from version 37", source: upsertGuide,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for version, want := range map[string]int{"37": http.StatusCreated, "36": http.StatusBadRequest, "67": http.StatusCreated} {
					if status, body := c.off(http.MethodPost, "/services/data/v"+version+".0/sobjects/Account/Id", `{"Name":"x"}`); status != want {
						t.Errorf("version %s: %d %v, want %d", version, status, body, want)
					}
				}
			},
		},
		{
			name: "a create says where the record is", source: "REST API Developer Guide: Create a Record",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, body, header := c.exchange(http.MethodPost, "/sobjects/Account", `{"Name":"x"}`, nil)
				id := body.(map[string]any)["id"].(string)
				if header.Get("Location") != base+"/sobjects/Account/"+id || c.lastAnswer() != `{"id":"`+id+`","success":true,"errors":[]}` {
					t.Errorf("%s at %q", c.lastAnswer(), header.Get("Location"))
				}
			},
		},
		{
			name: "a key finds one record to read and to delete, and a repeated delete finds none", source: "REST API Developer Guide: sObject Rows by External ID",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.patch("Opportunity", bare, `{"Xero_Invoice_Id__c":"k"}`)
				path := "/sobjects/Opportunity/Xero_Invoice_Id__c/K"
				for _, call := range []struct {
					method string
					status int
				}{{"HEAD", 200}, {"GET", 200}, {"POST", 405}, {"DELETE", 204}, {"DELETE", 404}, {"HEAD", 404}, {"GET", 404}} {
					if status, body := c.off(call.method, path, ""); status != call.status {
						t.Errorf("%s: %d %v, want %d", call.method, status, body, call.status)
					}
				}
				if _, code, _ := c.refused("DELETE", "/sobjects/Opportunity/"+bare, ""); code != "ENTITY_IS_DELETED" {
					t.Errorf("delete by id: %s", code)
				}
			},
		},
		{
			name: "an upsert that may only update makes nothing", source: upsertGuide,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, func(o *Options) { admin(o); change(o) })
				path := "/sobjects/Sync__c/Key__c/a"
				if status, _ := c.off(http.MethodPatch, path+"?updateOnly=true", `{"Name":"x"}`); status != http.StatusNotFound || len(c.twin.All("Sync__c")) != 0 {
					t.Errorf("without a record: %d", status)
				}
				c.off(http.MethodPatch, path, `{"Name":"x"}`)
				if status, _ := c.off(http.MethodPatch, path+"?updateOnly=true", `{"Name":"y"}`); status != http.StatusOK || c.twin.All("Sync__c")[0]["Name"] != "y" {
					t.Errorf("with one: %d", status)
				}
			},
		},
		{
			name: "a key is compared without case unless its field says otherwise", source: "SOQL and SOSL Reference: Comparison Operators",
			check: func(t *testing.T, change func(*Options), _ bool) {
				for exact, want := range map[bool]int{false: 1, true: 2} {
					c := serve(t, func(o *Options) {
						admin(o)
						o.World.Salesforce[customFields][3]["CaseSensitive"] = exact
						change(o)
					})
					c.off(http.MethodPatch, "/sobjects/Sync__c/Key__c/a", `{"Name":"x"}`)
					c.off(http.MethodPatch, "/sobjects/Sync__c/Key__c/A", `{"Name":"x"}`)
					if got := len(c.twin.All("Sync__c")); got != want {
						t.Errorf("case-sensitive %v: %d records, want %d", exact, got, want)
					}
				}
			},
		},
		{
			name: "a reference to a deleted record is refused as such, to none as a wrong key", source: "SOAP API Developer Guide: Core Data Types Used in API Calls",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				if status, _ := c.do(http.MethodDelete, "/sobjects/Account/"+acme, ""); status != http.StatusNoContent {
					t.Fatal("the account was not deleted")
				}
				for id, want := range map[string]string{acme: "ENTITY_IS_DELETED", ID("Account", 99): "INVALID_CROSS_REFERENCE_KEY"} {
					if status, code, _ := c.refused(http.MethodPost, "/sobjects/Contact", `{"LastName":"x","AccountId":"`+id+`"}`); status != 400 || code != want {
						t.Errorf("%d %s, want 400 %s", status, code, want)
					}
				}
			},
		},
	}
}

func checkUpsertVersions(t *testing.T, change func(*Options), _ bool) {
	for version, want := range map[string]struct {
		changed       int
		made, updated string
	}{
		"45": {http.StatusNoContent, `,"success":true,"errors":[]}`, ""},
		"46": {http.StatusOK, `,"success":true,"errors":[],"created":true}`, `,"success":true,"errors":[],"created":false}`},
		"67": {http.StatusOK, `,"success":true,"errors":[],"created":true}`, `,"success":true,"errors":[],"created":false}`},
	} {
		c := serve(t, func(o *Options) { admin(o); change(o) })
		path := "/services/data/v" + version + ".0/sobjects/Sync__c/Key__c/k"
		status, body, header := c.exchange(http.MethodPatch, path, `{"Name":"x"}`, offSpec())
		made := c.lastAnswer()
		id, _ := body.(map[string]any)["id"].(string)
		if status != http.StatusCreated || made != `{"id":"`+id+`"`+want.made || !strings.HasSuffix(header.Get("Location"), "/sobjects/Sync__c/"+id) {
			t.Errorf("version %s: create %d %s", version, status, made)
		}
		status, _ = c.off(http.MethodPatch, path, `{"Name":"y"}`)
		if again := c.lastAnswer(); status != want.changed || strings.TrimPrefix(again, `{"id":"`+id+`"`) != want.updated {
			t.Errorf("version %s: change %d %s", version, status, again)
		}
		if rows := c.twin.All("Sync__c"); len(rows) != 1 || rows[0]["Name"] != "y" {
			t.Errorf("version %s: %v", version, rows)
		}
	}
}

func checkAmbiguousKey(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, change)
	for _, id := range []string{deal, bare} {
		c.patch("Opportunity", id, `{"Xero_Invoice_Id__c":"same"}`)
	}
	status, _ := c.off(http.MethodPatch, "/sobjects/Opportunity/Xero_Invoice_Id__c/same", `{"NextStep":"x"}`)
	want := `["` + base + "/sobjects/Opportunity/" + deal + `","` + base + "/sobjects/Opportunity/" + bare + `"]`
	if got := c.lastAnswer(); status != http.StatusMultipleChoices || got != want {
		t.Errorf("%d %s, want 300 %s", status, got, want)
	}
	if n := len(c.query("SELECT Id FROM Opportunity WHERE NextStep = 'x'")); n != 0 {
		t.Errorf("%d were changed", n)
	}
}
