package salesforce

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

// plainFacts are what every client takes for granted: ids, stamps, and that what was refused
// did not happen.
func plainFacts() []fact {
	return append([]fact{
		{name: "ids of 15 characters differ by case, those of 18 need it not, and answers have 18", source: "Object Reference, field types", check: checkIDForms},
		{
			name: "the ids of an object begin with its key prefix", source: describePages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, body := c.do(http.MethodGet, "/sobjects", "")
				for _, o := range body.(map[string]any)["sobjects"].([]any) {
					m := o.(map[string]any)
					for _, r := range c.twin.All(m["name"].(string)) {
						if !strings.HasPrefix(r["Id"].(string), m["keyPrefix"].(string)) {
							t.Errorf("%v has the prefix %v and a record %v", m["name"], m["keyPrefix"], r["Id"])
						}
					}
				}
			},
		},
		{
			name: "an id, or the key that is in the address, is refused in a body", source: upsertGuide + "; Create a Record",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, func(o *Options) { admin(o); change(o) })
				for _, call := range [][3]string{
					{http.MethodPost, "/sobjects/Account", `{"Name":"x","Id":"` + acme + `"}`},
					{http.MethodPatch, "/sobjects/Account/" + acme, `{"Name":"x","id":"` + acme + `"}`},
					{http.MethodPatch, "/sobjects/Sync__c/Key__c/k", `{"Name":"x","Key__c":"k"}`},
					{http.MethodPatch, "/sobjects/Sync__c/Key__c/k", `{"Name":"x","key__C":"l"}`},
				} {
					status, item := c.answered(call[0], call[1], call[2], offSpec())
					if text, _ := item["message"].(string); status != http.StatusBadRequest || item["errorCode"] != "INVALID_FIELD" || !strings.Contains(text, "should not be specified in the sobject data") {
						t.Errorf("%v: %d %v", call, status, item)
					}
				}
				if n := len(c.twin.All("Sync__c")); n != 0 {
					t.Errorf("%d records were made", n)
				}
			},
		},
		{
			name: "a create sent twice makes two records", source: "REST API Developer Guide: Create a Record",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for range 2 {
					c.do(http.MethodPost, "/sobjects/Task", `{"Subject":"once?"}`)
				}
				if n := len(c.query("SELECT Id FROM Task WHERE Subject = 'once?'")); n != 2 {
					t.Errorf("%d tasks", n)
				}
			},
		},
		{name: "a refused call leaves no trace: no record, stamp, history or bin", source: "Apex Developer Guide, transaction control", check: checkNoTrace},
		{
			name: "a boolean is never null", source: "Object Reference, field types",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				if status, item := c.answered(http.MethodPatch, "/sobjects/Opportunity/"+bare, `{"IsPrivate":null}`, offSpec()); status != http.StatusBadRequest || item["errorCode"] != "JSON_PARSER_ERROR" {
					t.Errorf("%d %v", status, item)
				}
				id, err := c.twin.Create("Opportunity", world.Record{"Name": "n", "StageName": "Prospecting", "CloseDate": "2026-12-01"})
				must(t, err)
				want := map[string]any{"IsPrivate": false, "IsWon": false, "HasOpportunityLineItem": false, "IsDeleted": false}
				if diff := cmp.Diff(want, c.fields("Opportunity", id, "IsPrivate,IsWon,HasOpportunityLineItem,IsDeleted")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "what a client reads of the org says which it is and whether it is a sandbox", source: oauthPages + "; Object Reference, Organization",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				org, user := ID("Organization", 1), ID("User", 1)
				if diff := cmp.Diff([]any{map[string]any{"Id": org, "IsSandbox": false}}, c.query("SELECT Id, IsSandbox FROM Organization")); diff != "" {
					t.Errorf("organisation (-want +got):\n%s", diff)
				}
				_, token := c.ask(url.Values{"grant_type": {"client_credentials"}})
				_, info := c.do(http.MethodGet, "/services/oauth2/userinfo", "")
				who := info.(map[string]any)
				if id, _ := token["id"].(string); !strings.HasSuffix(id, "/id/"+org+"/"+user) || who["organization_id"] != org || who["user_id"] != user {
					t.Errorf("token %v, userinfo %v", token, who)
				}
			},
		},
		{
			name: "limits tell what is left of the day's calls, and asking costs one", source: limitPages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for left := 14999; left > 14997; left-- {
					_, body := c.do(http.MethodGet, "/limits", "")
					want := map[string]any{"Max": num("15000"), "Remaining": num(fmt.Sprint(left))}
					if diff := cmp.Diff(want, body.(map[string]any)["DailyApiRequests"]); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				}
			},
		},
	}, append(whoMovesFacts(), moreQueryFacts()...)...)
}

func checkIDForms(t *testing.T, change func(*Options), _ bool) {
	ids := []string{ID("Account", 10*62+36), ID("Account", 36*62+10)} // …Aa and …aA
	c := serve(t, with(change, "Account", world.Record{"Id": ids[0], "Name": "0"}, world.Record{"Id": ids[1], "Name": "1"}))
	if ids[0][:15] == ids[1][:15] || !strings.EqualFold(ids[0][:15], ids[1][:15]) {
		t.Fatalf("%v differ otherwise than by case", ids)
	}
	for i, id := range ids {
		for _, form := range []string{id, id[:15], strings.ToLower(id), strings.ToUpper(id)} {
			_, body := c.off(http.MethodGet, "/sobjects/Account/"+form+"?fields=Name", "")
			if r, ok := body.(map[string]any); !ok || r["Name"] != fmt.Sprint(i) || r["Id"] != id {
				t.Errorf("%s: %v, want the record %s", form, body, id)
			}
			c.patch("Opportunity", bare, `{"AccountId":"`+form+`"}`)
			if got := c.value("Opportunity", bare, "AccountId"); got != id {
				t.Errorf("a reference to %s is kept as %v", form, got)
			}
		}
	}
	for _, bad := range []string{ids[0][:14], ids[0] + "A", ids[0][:14] + "-", ids[0][:17] + "9"} {
		if status, code, _ := c.refused(http.MethodGet, "/sobjects/Account/"+bad, ""); status != http.StatusBadRequest || code != "MALFORMED_ID" {
			t.Errorf("%s: %d %s", bad, status, code)
		}
	}
}

// held is all that an org holds; how far it counted is not given back.
func (c *client) held() map[string][]world.Record {
	out := c.twin.Dump()
	delete(out, sequences)
	return out
}

func checkNoTrace(t *testing.T, change func(*Options), _ bool) {
	c := serve(t, with(change, validationRules, wonNeedsAmount()))
	must(t, c.twin.SetApproval(deal, true))
	c.clock.Advance(time.Minute)
	before := c.held()
	line := `{"attributes":{"type":"OpportunityLineItem"},"OpportunityId":"` + bare + `","PricebookEntryId":"` + widgetAt + `","Quantity":%d,"UnitPrice":1}`
	for _, call := range []struct{ method, path, body string }{
		{http.MethodPatch, "/sobjects/Opportunity/" + bare, `{"StageName":"Closed Won","Amount":null}`},
		{http.MethodPatch, "/sobjects/OpportunityLineItem/" + line1, `{"Quantity":7}`},
		{http.MethodDelete, "/sobjects/OpportunityLineItem/" + line1, ""},
		{http.MethodPost, "/sobjects/Contact", `{"FirstName":"x"}`},
		{http.MethodPatch, "/sobjects/Opportunity/Xero_Invoice_Id__c/k", `{"Name":"x"}`},
		{http.MethodPost, "/composite/sobjects", `{"allOrNone":true,"records":[` + fmt.Sprintf(line, 1) + `,` + fmt.Sprintf(line, 0) + `]}`},
		{http.MethodDelete, "/composite/sobjects?allOrNone=true&ids=" + bare + "," + acme + "," + line1, ""},
		{http.MethodPost, "/composite", parts(`"allOrNone":true,`,
			`PATCH /sobjects/Opportunity/`+bare+` a {"Amount":9}`, `DELETE /sobjects/Opportunity/`+bare+` b`, `DELETE /sobjects/OpportunityLineItem/`+line1+` c`)},
	} {
		c.off(call.method, call.path, call.body)
		if diff := cmp.Diff(before, c.held()); diff != "" {
			t.Fatalf("%s %s left (-before +after):\n%s", call.method, call.path, diff)
		}
	}
	c.clock.Advance(binSpan)
	if diff := cmp.Diff(before, c.held()); diff != "" {
		t.Errorf("the end of the bin (-before +after):\n%s", diff)
	}
}

// whoMovesFacts are what is known of whose stamps a save moves.
func whoMovesFacts() []fact {
	return []fact{
		{
			name: "a save moves the stamps of its own record alone, and names who saved", source: refSystem,
			check: func(t *testing.T, change func(*Options), _ bool) {
				ben := ID("User", 2)
				c := serve(t, both(change, signing, func(o *Options) {
					o.World.Salesforce["User"] = []world.Record{
						{"Id": ID("User", 1), "Username": "run@as.example", "LastName": "As", "Email": "a@b.example", "Alias": "as", "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "UserType": "Standard"},
						{"Id": ben, "Username": "ben@twin.example", "LastName": "Ben", "Email": "a@b.example", "Alias": "ben", "TimeZoneSidKey": "GMT", "LocaleSidKey": "en_US", "UserType": "Standard"},
					}
				}))
				_, body := c.bearer(c.assertion(appKeys()[0], map[string]any{"sub": "ben@twin.example"}))
				c.token = body["access_token"].(string)
				created := c.value("Opportunity", deal, "CreatedDate")
				others := map[string]string{acme: "Account", bare: "Opportunity", line1: "OpportunityLineItem", ID("Contact", 1): "Contact"}
				c.clock.Advance(time.Minute)
				c.patch("Opportunity", deal, `{"Xero_Invoice_Number__c":"INV-1"}`)
				want := map[string]any{
					"CreatedDate": created, "CreatedById": ID("User", 1), "LastModifiedById": ben,
					"LastModifiedDate": stamp(c.clock.Now()), "SystemModstamp": stamp(c.clock.Now()),
				}
				if diff := cmp.Diff(want, c.fields("Opportunity", deal, "CreatedDate,CreatedById,LastModifiedById,LastModifiedDate,SystemModstamp")); diff != "" {
					t.Errorf("the record (-want +got):\n%s", diff)
				}
				for id, object := range others {
					if c.value(object, id, "SystemModstamp") != created {
						t.Errorf("the stamp of %s %s moved", object, id)
					}
				}
			},
		},
		{
			name: "the date of the last change of stage moves with the stage alone", source: refOpp,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				var got []string
				for _, body := range []string{`{"StageName":"Closed Won"}`, `{"StageName":"Closed Won","NextStep":"x"}`, `{"StageName":"Prospecting"}`, `{"StageName":"Closed Won"}`} {
					c.clock.Advance(time.Minute)
					c.patch("Opportunity", bare, body)
					got = append(got, c.value("Opportunity", bare, "LastStageChangeDate").(string)[14:16])
				}
				if s := strings.Join(got, " "); s != "09 09 11 12" {
					t.Errorf("minutes of the change: %s", s)
				}
			},
		},
		{
			name: "lines of a won opportunity can be changed, and its amount and history follow", source: refLine,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.patch("Opportunity", deal, `{"StageName":"Closed Won"}`)
				c.clock.Advance(time.Minute)
				must(t, c.twin.Delete("OpportunityLineItem", line2))
				want := []any{map[string]any{"Amount": num("24.94"), "PrevAmount": num("54.93"), "StageName": "Closed Won"}}
				if diff := cmp.Diff(want, c.query("SELECT Amount, PrevAmount, StageName FROM OpportunityHistory ORDER BY CreatedDate DESC LIMIT 1")); diff != "" {
					t.Errorf("history (-want +got):\n%s", diff)
				}
				if c.value("Opportunity", deal, "IsWon") != true || c.value("Opportunity", deal, "Amount") != num("24.94") {
					t.Error("the opportunity did not follow")
				}
			},
		},
		{
			name: "an opportunity's contact is given when it is created, and not changed", source: refOpp,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				if status, item := c.answered(http.MethodPatch, "/sobjects/Opportunity/"+bare, `{"ContactId":"`+ID("Contact", 1)+`"}`, offSpec()); status != http.StatusBadRequest || item["errorCode"] != "INVALID_FIELD_FOR_INSERT_UPDATE" {
					t.Errorf("%d %v", status, item)
				}
			},
		},
		{
			name: "entries and lines show the name and code that their product has now, and are not saved for it", source: "Object Reference, PricebookEntry and OpportunityLineItem (believed)",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				if c.stamped("OpportunityLineItem", line1, func() { c.patch("Product2", widget, `{"Name":"Wodget","ProductCode":"W-2"}`) }) {
					t.Error("the stamp of a line moved")
				}
				if got := c.value("PricebookEntry", widgetAt, "Name"); got != "Wodget" || c.value("PricebookEntry", widgetAt, "ProductCode") != "W-2" {
					t.Errorf("the entry is called %v", got)
				}
				if got := c.value("OpportunityLineItem", line1, "Name"); got != "Acme renewal Wodget" || c.value("OpportunityLineItem", line1, "ProductCode") != "W-2" {
					t.Errorf("the line is called %v", got)
				}
			},
		},
		{
			name: "a product in use is not deleted, a price book entry never", source: "Object Reference, Product2 and PricebookEntry",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				if status, code, _ := c.refused(http.MethodDelete, "/sobjects/Product2/"+widget, ""); status != http.StatusBadRequest || code != "DELETE_FAILED" {
					t.Errorf("product: %d %s", status, code)
				}
				if status, _ := c.off(http.MethodDelete, "/sobjects/PricebookEntry/"+widgetAt, ""); status != http.StatusMethodNotAllowed {
					t.Errorf("entry: %d", status)
				}
			},
		},
	}
}

// moreQueryFacts are those about queries that need a world of their own.
func moreQueryFacts() []fact {
	return []fact{
		{
			name: "a page has the rows asked for, 200 at least", source: guideOptions,
			check: func(t *testing.T, change func(*Options), _ bool) {
				w := smallWorld()
				for i := range 300 {
					w.Salesforce["Account"] = append(w.Salesforce["Account"], world.Record{"Name": fmt.Sprint(i)})
				}
				c := serve(t, func(o *Options) { o.World = w; change(o) })
				for asked, want := range map[string]string{"": "[302]", "batchSize=250": "[250 52]", "batchSize=5": "[200 102]", "batchSize=5000": "[302]"} {
					sizes, _, _ := c.pages("/query?q=SELECT+Id+FROM+Account", map[string]string{"Sforce-Query-Options": asked})
					if fmt.Sprint(sizes) != want {
						t.Errorf("%q: pages of %v, want %s", asked, sizes, want)
					}
				}
			},
		},
		{
			name: "a result of groups has no second page", source: guideSOQL + ": GROUP BY",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, func(o *Options) { o.BatchSize = 1; change(o) })
				q := "SELECT Name, COUNT(Id) FROM Account GROUP BY Name"
				if status, _, _ := c.refused(http.MethodGet, "/query?q="+url.QueryEscape(q), ""); status != http.StatusBadRequest {
					t.Errorf("two groups on pages of one: %d", status)
				}
				if rows := c.query(q + " LIMIT 1"); len(rows) != 1 {
					t.Errorf("one group: %v", rows)
				}
			},
		},
		{name: "a semi-join is not joined by OR", source: guideSOQL + ": semi-joins", check: refuses("SELECT Id FROM Account WHERE Name = 'x' OR Id IN (SELECT AccountId FROM Contact)", "MALFORMED_QUERY")},
		{name: "a semi-join asks no tasks", source: guideSOQL + ": semi-joins", check: refuses("SELECT Id FROM Account WHERE Id IN (SELECT WhatId FROM Task)", "MALFORMED_QUERY")},
		{
			name: "archived tasks are for queryAll only", source: "REST API Developer Guide: QueryAll",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, with(change, "Task", world.Record{"Subject": "old", "Status": "Completed", "IsArchived": true}))
				if n := len(c.query("SELECT Id FROM Task")); n != 0 || c.countAll("Task") != "1" {
					t.Errorf("query finds %d, queryAll %s", n, c.countAll("Task"))
				}
			},
		},
	}
}
