package salesforce

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

// Sources of the facts on what keeps a record from being saved.
const (
	refCodes      = "SOAP API Developer Guide, core data types: status codes"
	refDuplicates = "REST API Developer Guide, headers; body as seen by many"
	refFields     = "REST API Developer Guide, describe"
)

// with puts collections and records into the world of a test's org.
func with(change func(*Options), name string, records ...world.Record) func(*Options) {
	return func(o *Options) {
		change(o)
		o.World.Salesforce[name] = append(o.World.Salesforce[name], records...)
	}
}

// answered makes a call and returns the status and the first item of a refusal.
func (c *client) answered(method, path, body string, header map[string]string) (int, map[string]any) {
	c.t.Helper()
	status, got, _ := c.exchange(method, path, body, header)
	if list, ok := got.([]any); ok && len(list) > 0 {
		return status, list[0].(map[string]any)
	}
	return status, nil
}

func wonNeedsAmount() world.Record {
	return world.Record{
		"EntityDefinition": "Opportunity", "ValidationName": "Won", "Active": true, "ErrorMessage": "A won deal needs an amount.", "ErrorDisplayField": "Amount",
		"ErrorCondition": []any{map[string]any{"Field": "IsWon", "Op": "=", "Value": true}, map[string]any{"Field": "Amount", "Op": "=", "Value": nil}},
	}
}

// guardFacts are what is known of the rules, locks and rights that refuse a save.
func guardFacts() []fact {
	allow := map[string]string{"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true"}
	duplicates := func(action string) world.Record {
		return world.Record{"SobjectType": "Account", "DeveloperName": "By_name", "IsActive": true, "Folded": []any{"Name"}, "Action": action}
	}
	return []fact{
		{
			name: "a broken validation rule refuses with its message and its field", source: refCodes,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, with(change, validationRules, wonNeedsAmount()))
				status, item := c.answered(http.MethodPatch, "/sobjects/Opportunity/"+bare, `{"StageName":"Closed Won","Amount":null}`, nil)
				want := map[string]any{"message": "A won deal needs an amount.", "errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": []any{"Amount"}}
				if diff := cmp.Diff(want, item); status != http.StatusBadRequest || diff != "" {
					t.Errorf("status %d (-want +got):\n%s", status, diff)
				}
				c.patch("Opportunity", bare, `{"StageName":"Closed Won"}`)
			},
		},
		{
			name: "a duplicate is refused and the records it is like are named", source: refDuplicates,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, with(change, duplicateRules, duplicates("Allow")))
				status, item := c.answered(http.MethodPost, "/sobjects/Account", `{"Name":"ACME ltd"}`, nil)
				found, _ := item["duplicateResult"].(map[string]any)
				if status != http.StatusBadRequest || item["errorCode"] != "DUPLICATES_DETECTED" || found["allowSave"] != true || found["duplicateRule"] != "By_name" {
					t.Fatalf("status %d %v", status, item)
				}
				record := found["matchResults"].([]any)[0].(map[string]any)["matchRecords"].([]any)[0].(map[string]any)["record"]
				want := map[string]any{"attributes": map[string]any{"type": "Account", "url": base + "/sobjects/Account/" + acme}, "Id": acme}
				if diff := cmp.Diff(want, record); diff != "" {
					t.Errorf("match (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "an alert about a duplicate is waved away by the header", source: refDuplicates,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, with(change, duplicateRules, duplicates("Allow")))
				if status, item := c.answered(http.MethodPost, "/sobjects/Account", `{"Name":"ACME ltd"}`, allow); status != http.StatusCreated {
					t.Errorf("status %d %v", status, item)
				}
				deny := map[string]string{"Sforce-Duplicate-Rule-Header": "allowSave=false"}
				if status, _ := c.answered(http.MethodPost, "/sobjects/Account", `{"Name":"ACME ltd"}`, deny); status != http.StatusBadRequest {
					t.Errorf("with allowSave=false: status %d", status)
				}
			},
		},
		{
			name: "a rule that blocks duplicates cannot be passed", source: refDuplicates + " (believed)", doubt: doubtAllowSaveBeatsBlock,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, with(change, duplicateRules, duplicates("Block")))
				if status, item := c.answered(http.MethodPost, "/sobjects/Account", `{"Name":"Acme Ltd"}`, allow); (status == http.StatusCreated) != otherwise {
					t.Errorf("status %d %v", status, item)
				}
			},
		},
		{
			name: "a record in an approval cannot be saved, nor its lines", source: refCodes,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, with(change, recordLocks, world.Record{"RecordId": deal, "Kind": "approval"}))
				for _, path := range []string{"/sobjects/Opportunity/" + deal, "/sobjects/OpportunityLineItem/" + line1} {
					for _, method := range []string{http.MethodPatch, http.MethodDelete} {
						if status, item := c.answered(method, path, `{"Description":"x"}`, nil); status != http.StatusBadRequest || item["errorCode"] != "ENTITY_IS_LOCKED" {
							t.Errorf("%s %s: %d %v", method, path, status, item)
						}
					}
				}
				must(t, c.twin.SetApproval(deal, false))
				c.patch("Opportunity", deal, `{"Description":"x"}`)
			},
		},
		{
			name: "a row that another transaction holds refuses, and frees itself", source: refCodes, doubt: doubtLockedRow500,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				must(t, c.twin.Hold(acme, start.Add(10*time.Second)))
				want := http.StatusBadRequest
				if otherwise {
					want = http.StatusInternalServerError
				}
				for _, path := range []string{"/sobjects/Account/" + acme, "/sobjects/Opportunity/" + deal} { // and what belongs to it
					status, item := c.answered(http.MethodPatch, path, `{"Name":"x"}`, nil)
					if status != want || item["errorCode"] != "UNABLE_TO_LOCK_ROW" || item["message"] != "unable to obtain exclusive access to this record or 1 records: "+acme {
						t.Errorf("%s: %d %v", path, status, item)
					}
				}
				c.clock.Advance(10 * time.Second)
				c.patch("Account", acme, `{"Name":"x"}`)
			},
		},
		{
			name: "an org under maintenance takes no writes and answers reads", source: refCodes, doubt: doubtMaintenance503,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				c.twin.SetReadOnly(true)
				want := http.StatusBadRequest
				if otherwise {
					want = http.StatusServiceUnavailable
				}
				for method, path := range map[string]string{http.MethodPost: "/sobjects/Account", http.MethodPatch: "/sobjects/Account/" + acme, http.MethodDelete: "/sobjects/Account/" + acme} {
					status, item := c.answered(method, path, `{"Name":"x"}`, nil)
					if status != want || item["errorCode"] != "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE" {
						t.Errorf("%s: %d %v", method, status, item)
					}
				}
				c.query("SELECT Id FROM Account")
				c.twin.SetReadOnly(false)
				c.patch("Account", acme, `{"Name":"x"}`)
			},
		},
		{
			name: "a field that the caller may only read is described so and cannot be written", source: refFields,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, with(change, customFields, world.Record{"Object": "Opportunity", "Name": "Xero_Invoice_Id__c", "ReadOnly": true}))
				must(t, c.twin.Protect("Opportunity", "NextStep"))
				for _, name := range []string{"Xero_Invoice_Id__c", "NextStep"} {
					f := describedFields(c, "Opportunity")[name]
					status, item := c.answered(http.MethodPatch, "/sobjects/Opportunity/"+deal, `{"`+name+`":"x"}`, nil)
					if f["updateable"] != false || status != http.StatusBadRequest || item["errorCode"] != "INVALID_FIELD_FOR_INSERT_UPDATE" || cmp.Diff([]any{name}, item["fields"]) != "" {
						t.Errorf("%s: updateable %v, %d %v", name, f["updateable"], status, item)
					}
					c.query("SELECT " + name + " FROM Opportunity")
				}
			},
		},
		{
			name: "rights on an object decide what can be done with it and how it is described", source: refCodes,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, with(with(change, permissions, world.Record{
					"SobjectType": "Account", "PermissionsCreate": false, "PermissionsEdit": false, "PermissionsDelete": false,
				}), permissions, world.Record{"SobjectType": "Task", "PermissionsRead": false}))
				for method, want := range map[string]string{
					http.MethodPost: "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", http.MethodPatch: "INSUFFICIENT_ACCESS_OR_READONLY", http.MethodDelete: "INSUFFICIENT_ACCESS_OR_READONLY",
				} {
					path := "/sobjects/Account"
					if method != http.MethodPost {
						path += "/" + acme
					}
					if status, item := c.answered(method, path, `{"Name":"x"}`, nil); status != http.StatusBadRequest || item["errorCode"] != want {
						t.Errorf("%s: %d %v", method, status, item)
					}
				}
				_, body := c.do(http.MethodGet, "/sobjects", "")
				for _, o := range body.(map[string]any)["sobjects"].([]any) {
					m := o.(map[string]any)
					if m["name"] == "Task" || m["name"] == "Account" && (m["createable"] != false || m["updateable"] != false || m["deletable"] != false) {
						t.Errorf("described: %v", m)
					}
				}
				if status, _ := c.do(http.MethodGet, "/sobjects/Task/describe", ""); status != http.StatusNotFound {
					t.Errorf("an object that may not be read: status %d", status)
				}
			},
		},
		{
			name: "an inactive user cannot become an owner", source: refCodes,
			check: func(t *testing.T, change func(*Options), _ bool) {
				gone := ID("User", 9)
				c := serve(t, with(change, "User",
					world.Record{"Id": ID("User", 1), "Username": "a@b.example", "LastName": "a", "Alias": "a", "Email": "a@b.example", "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_GB"},
					world.Record{"Id": gone, "Username": "g@b.example", "LastName": "g", "Alias": "g", "Email": "g@b.example", "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_GB", "IsActive": false}))
				if status, item := c.answered(http.MethodPatch, "/sobjects/Account/"+acme, `{"OwnerId":"`+gone+`"}`, nil); status != http.StatusBadRequest || item["errorCode"] != "INACTIVE_OWNER_OR_USER" {
					t.Errorf("%d %v", status, item)
				}
			},
		},
		{
			name: "a line whose price book entry is inactive stays and cannot be edited", source: refLine,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.patch("PricebookEntry", widgetAt, `{"IsActive":false}`)
				status, item := c.answered(http.MethodPatch, "/sobjects/OpportunityLineItem/"+line1, `{"Quantity":9}`, nil)
				if status != http.StatusBadRequest || item["errorCode"] != "FIELD_INTEGRITY_EXCEPTION" || c.value("OpportunityLineItem", line1, "Quantity") != num("3") {
					t.Errorf("%d %v", status, item)
				}
			},
		},
		{
			name: "a list has the values of the record's type", source: "Object Reference, RecordType; UI API picklist values by record type",
			check: func(t *testing.T, change func(*Options), _ bool) {
				kind := ID("RecordType", 1)
				c := serve(t, with(with(with(change, "RecordType",
					world.Record{"Id": kind, "Name": "Renewal", "DeveloperName": "Renewal", "SobjectType": "Opportunity"},
					world.Record{"Id": ID("RecordType", 2), "Name": "Shop", "DeveloperName": "Shop", "SobjectType": "Account"}),
					picklistsOfTypes, world.Record{"RecordTypeId": kind, "Field": "StageName", "Values": []any{"Prospecting", "Closed Won"}}),
					"Opportunity", world.Record{"Id": ID("Opportunity", 9), "Name": "typed", "StageName": "Prospecting", "CloseDate": "2026-12-01", "RecordTypeId": kind}))
				path := "/sobjects/Opportunity/" + ID("Opportunity", 9)
				if status, item := c.answered(http.MethodPatch, path, `{"StageName":"Closed Lost"}`, nil); status != http.StatusBadRequest || item["errorCode"] != "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST" {
					t.Errorf("a stage of another type: %d %v", status, item)
				}
				c.patch("Opportunity", ID("Opportunity", 9), `{"StageName":"Closed Won"}`)
				if status, item := c.answered(http.MethodPatch, path, `{"RecordTypeId":"`+ID("RecordType", 2)+`"}`, offSpec()); status != http.StatusBadRequest || item["errorCode"] != "INVALID_CROSS_REFERENCE_KEY" {
					t.Errorf("a type of another object: %d %v", status, item)
				}
				id, err := c.twin.Create("Opportunity", world.Record{"Name": "n", "StageName": "Prospecting", "CloseDate": "2026-12-01"})
				must(t, err)
				if c.value("Opportunity", id, "RecordTypeId") != kind {
					t.Error("a new record has no type")
				}
			},
		},
	}
}
