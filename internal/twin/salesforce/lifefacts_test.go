package salesforce

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

// Sources of the facts on the life of records.
const (
	refHistory = "Object Reference, OpportunityHistory"
	refLine    = "Object Reference, OpportunityLineItem"
	refMerge   = "Apex Developer Guide, merge statements"
	refSystem  = "SOAP API Developer Guide, system fields"
	refRole    = "Object Reference, OpportunityContactRole"
	refOpp     = "Object Reference, Opportunity"
	refBin     = "help: what the recycle bin keeps, and for how long"
)

// must fails the test on an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// value reads one field in Go.
func (c *client) value(object, id, name string) any {
	c.t.Helper()
	r, ok := c.twin.Get(object, id)
	if !ok {
		c.t.Fatalf("%s %s is not there", object, id)
	}
	return r[name]
}

// countAll counts with deleted records.
func (c *client) countAll(from string) string {
	c.t.Helper()
	_, body := c.do(http.MethodGet, "/queryAll?q="+url.QueryEscape("SELECT COUNT() FROM "+from), "")
	m, ok := body.(map[string]any)
	if !ok {
		c.t.Fatalf("count of %s: %v", from, body)
	}
	return plainText(m["totalSize"])
}

// stamped says whether the SystemModstamp of a record moves while something is done.
func (c *client) stamped(object, id string, do func()) bool {
	c.t.Helper()
	before := c.value(object, id, "SystemModstamp")
	c.clock.Advance(time.Minute)
	do()
	return c.value(object, id, "SystemModstamp") != before
}

// lifeFacts are what is known of how records come, change and go.
func lifeFacts() []fact {
	return []fact{
		{
			name: "each change of stage, amount, probability or close date is a row of the history, with the values after it", source: refHistory,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for _, body := range []string{
					`{"StageName":"Closed Won"}`, `{"NextStep":"x"}`, `{"Amount":700}`, `{"Probability":40}`, `{"CloseDate":"2027-01-15"}`,
				} {
					c.clock.Advance(time.Second)
					c.patch("Opportunity", bare, body)
				}
				got := c.query("SELECT StageName, Amount, Probability, CloseDate, PrevAmount, PrevCloseDate FROM OpportunityHistory ORDER BY CreatedDate, Id")
				row := func(amount, probability, closes, was, closed string) any {
					return map[string]any{
						"StageName": "Closed Won", "Amount": num(amount), "Probability": num(probability), "CloseDate": closes,
						"PrevAmount": num(was), "PrevCloseDate": closed,
					}
				}
				want := []any{
					row("500.0", "100.0", "2026-12-24", "500.0", "2026-12-24"), row("700.0", "100.0", "2026-12-24", "500.0", "2026-12-24"),
					row("700.0", "40.0", "2026-12-24", "700.0", "2026-12-24"), row("700.0", "40.0", "2027-01-15", "700.0", "2026-12-24"),
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("history (-want +got):\n%s", diff)
				}
				rows := c.query("SELECT Id FROM OpportunityHistory ORDER BY CreatedDate")
				last := map[string]any{
					"LastAmountChangedHistoryId": rows[1].(map[string]any)["Id"], "LastCloseDateChangedHistoryId": rows[3].(map[string]any)["Id"],
				}
				if diff := cmp.Diff(last, c.fields("Opportunity", bare, "LastAmountChangedHistoryId,LastCloseDateChangedHistoryId")); diff != "" {
					t.Errorf("last changes (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "the creation of an opportunity is the first row of its history", source: refHistory + " (believed)", doubt: doubtCreationInHistory,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				id, err := c.twin.Create("Opportunity", world.Record{"Name": "n", "StageName": "Prospecting", "CloseDate": "2026-12-01"})
				must(t, err)
				if n := len(c.query("SELECT Id FROM OpportunityHistory WHERE OpportunityId = '" + id + "'")); (n == 0) != otherwise {
					t.Errorf("%d rows", n)
				}
			},
		},
		{
			name: "history cannot be written by API", source: refHistory,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.patch("Opportunity", bare, `{"Amount":1}`)
				id := c.twin.All("OpportunityHistory")[0]["Id"].(string)
				for _, method := range []string{http.MethodPatch, http.MethodDelete} {
					if status, _ := c.off(method, "/sobjects/OpportunityHistory/"+id, `{}`); status != http.StatusMethodNotAllowed {
						t.Errorf("%s: status %d", method, status)
					}
				}
			},
		},
		{
			name: "winning, reopening and winning again are three rows of the history", source: refHistory,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for i, stage := range []string{"Closed Won", "Prospecting", "Closed Won"} {
					c.clock.Advance(time.Second)
					c.patch("Opportunity", deal, `{"StageName":"`+stage+`"}`)
					if won := c.value("Opportunity", deal, "IsWon"); won != (i != 1) {
						t.Errorf("%s: won %v", stage, won)
					}
				}
				if n := len(c.query("SELECT Id FROM OpportunityHistory WHERE StageName = 'Closed Won'")); n != 2 {
					t.Errorf("%d rows are won, want 2", n)
				}
			},
		},
		{
			name: "a change of a line moves the stamps of its opportunity", source: "Apex Developer Guide, order of execution (believed)", doubt: doubtRollUpMovesStamps,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				moved := c.stamped("Opportunity", deal, func() { c.patch("OpportunityLineItem", line1, `{"Quantity":4,"UnitPrice":10}`) })
				if moved == otherwise || cmp.Diff(num("64.99"), c.value("Opportunity", deal, "Amount")) != "" {
					t.Errorf("stamps moved: %v, amount %v", moved, c.value("Opportunity", deal, "Amount"))
				}
			},
		},
		{
			name: "a deleted line is in no recycle bin", source: refLine,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				must(t, c.twin.Delete("OpportunityLineItem", line1))
				if n := c.countAll("OpportunityLineItem"); n != "1" {
					t.Errorf("queryAll counts %s lines, want 1", n)
				}
				if err := c.twin.Undelete("OpportunityLineItem", line1); err == nil {
					t.Error("a line was undeleted")
				}
			},
		},
		{
			name: "deleting an opportunity takes its lines and its history, undeleting brings them back", source: refBin,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.patch("Opportunity", deal, `{"StageName":"Closed Won"}`)
				must(t, c.twin.Delete("OpportunityLineItem", line2))
				must(t, c.twin.Delete("Account", acme))
				for _, object := range []string{"OpportunityLineItem", "OpportunityHistory", "Contact"} {
					if n := len(c.twin.All(object)); n != 0 {
						t.Errorf("%d %s are left", n, object)
					}
				}
				if n := c.countAll("OpportunityHistory"); n != "2" {
					t.Errorf("queryAll counts %s rows of history, want 2", n)
				}
				if err := c.twin.Undelete("Opportunity", deal); err == nil {
					t.Error("a record that went with another was undeleted by itself")
				}
				must(t, c.twin.Undelete("Account", acme))
				lines := c.twin.All("OpportunityLineItem")
				if len(lines) != 1 || lines[0]["Id"] != line1 || len(c.twin.All("OpportunityHistory")) != 2 || len(c.twin.All("Contact")) != 1 {
					t.Errorf("back are %d lines, %d rows of history, %d contacts", len(lines), len(c.twin.All("OpportunityHistory")), len(c.twin.All("Contact")))
				}
				if got := c.fields("Opportunity", deal, "IsDeleted,Amount,IsWon"); cmp.Diff(map[string]any{"IsDeleted": false, "Amount": num("24.94"), "IsWon": true}, got) != "" {
					t.Errorf("opportunity %v", got)
				}
			},
		},
		{
			name: "lines that went with their opportunity are in its recycle bin", source: refLine,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				must(t, c.twin.Delete("OpportunityLineItem", line2))
				must(t, c.twin.Delete("Opportunity", deal))
				_, body := c.do(http.MethodGet, "/queryAll?q="+url.QueryEscape("SELECT Id, IsDeleted FROM OpportunityLineItem"), "")
				rows := body.(map[string]any)["records"].([]any)
				stripAttributes(rows)
				if diff := cmp.Diff([]any{map[string]any{"Id": line1, "IsDeleted": true}}, rows); diff != "" {
					t.Errorf("queryAll (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "the recycle bin keeps a record for 15 days", source: refBin,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				must(t, c.twin.Delete("Account", acme))
				c.clock.Advance(15*24*time.Hour - time.Second)
				c.login()
				if n := c.countAll("Account WHERE IsDeleted = true"); n != "1" {
					t.Errorf("before: %s in the bin", n)
				}
				if status, code, _ := c.refused(http.MethodGet, "/sobjects/Account/"+acme, ""); status != http.StatusNotFound || code != "ENTITY_IS_DELETED" {
					t.Errorf("before: %d %s", status, code)
				}
				c.clock.Advance(time.Second)
				if n := c.countAll("Account WHERE IsDeleted = true"); n != "0" {
					t.Errorf("after: %s in the bin", n)
				}
				if status, code, _ := c.refused(http.MethodGet, "/sobjects/Account/"+acme, ""); status != http.StatusNotFound || code != "NOT_FOUND" {
					t.Errorf("after: %d %s", status, code)
				}
				if err := c.twin.Undelete("Account", acme); err == nil {
					t.Error("a purged record was undeleted")
				}
			},
		},
		{
			name: "the loser of a merge is in the bin and names the master", source: refMerge,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				if !c.stamped("Account", bolt, func() { must(t, c.twin.Merge("Account", bolt, acme)) }) {
					t.Error("the master was not saved")
				}
				_, body := c.do(http.MethodGet, "/queryAll?q="+url.QueryEscape("SELECT Id, MasterRecordId FROM Account WHERE Id = '"+acme+"'"), "")
				rows := body.(map[string]any)["records"].([]any)
				stripAttributes(rows)
				if diff := cmp.Diff([]any{map[string]any{"Id": acme, "MasterRecordId": bolt}}, rows); diff != "" {
					t.Errorf("loser (-want +got):\n%s", diff)
				}
				if status, code, _ := c.refused(http.MethodGet, "/sobjects/Account/"+acme, ""); status != http.StatusNotFound || code != "ENTITY_IS_DELETED" {
					t.Errorf("loser: %d %s", status, code)
				}
				must(t, c.twin.Undelete("Account", acme))
				if c.value("Opportunity", deal, "AccountId") != bolt || c.value("Account", acme, "MasterRecordId") != nil {
					t.Error("undeleting the loser took the children back, or left its master")
				}
			},
		},
		{
			name: "a merge gives the loser's children to the master without saving them", source: refMerge, doubt: doubtMergeMovesStamps,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				modified := c.value("Opportunity", deal, "LastModifiedDate")
				moved := c.stamped("Opportunity", deal, func() { must(t, c.twin.Merge("Account", bolt, acme)) })
				if moved != otherwise || c.value("Opportunity", deal, "LastModifiedDate") != modified {
					t.Errorf("stamps moved: %v", moved)
				}
				if c.value("Opportunity", deal, "AccountId") != bolt || c.value("Contact", ID("Contact", 1), "AccountId") != bolt {
					t.Error("children stayed with the loser")
				}
			},
		},
		{
			name: "a merge takes at most three records", source: refMerge,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				ids := []string{}
				for range 3 {
					id, err := c.twin.Create("Account", world.Record{"Name": "n"})
					must(t, err)
					ids = append(ids, id)
				}
				if err := c.twin.Merge("Account", acme, ids...); err == nil {
					t.Error("four records were merged")
				}
				must(t, c.twin.Merge("Account", acme, ids[:2]...))
			},
		},
		{
			name: "an opportunity has one primary contact role, and shows its contact", source: refRole,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				ben, err := c.twin.Create("Contact", world.Record{"LastName": "Ben"})
				must(t, err)
				for _, id := range []string{ID("Contact", 1), ben} {
					c.do(http.MethodPost, "/sobjects/OpportunityContactRole", `{"OpportunityId":"`+deal+`","ContactId":"`+id+`","IsPrimary":true,"Role":"Decision Maker"}`)
				}
				got := c.query("SELECT ContactId, Opportunity.ContactId FROM OpportunityContactRole WHERE IsPrimary = true")
				want := []any{map[string]any{"ContactId": ben, "Opportunity": map[string]any{"ContactId": ben}}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("primary roles (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "a contact role may show a contact that is deleted", source: "OpenAPI document of an org",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				role, err := c.twin.Create("OpportunityContactRole", world.Record{"OpportunityId": deal, "ContactId": ID("Contact", 1), "IsPrimary": true})
				must(t, err)
				must(t, c.twin.Delete("Contact", ID("Contact", 1)))
				got := c.query("SELECT Id, ContactId, Contact.Name FROM OpportunityContactRole")
				want := []any{map[string]any{"Id": role, "ContactId": ID("Contact", 1), "Contact": nil}}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("roles (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "an opportunity created with a contact has it as its primary role", source: refOpp,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				id, err := c.twin.Create("Opportunity", world.Record{"Name": "n", "StageName": "Prospecting", "CloseDate": "2026-12-01", "ContactId": ID("Contact", 1)})
				must(t, err)
				roles := c.twin.All("OpportunityContactRole")
				if len(roles) != 1 || roles[0]["OpportunityId"] != id || roles[0]["ContactId"] != ID("Contact", 1) || roles[0]["IsPrimary"] != true {
					t.Errorf("roles %v", roles)
				}
			},
		},
		{
			name: "history of other fields is kept where an admin asked for it", source: "help: field history tracking",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, func(o *Options) {
					change(o)
					o.World.Salesforce[customFields] = []world.Record{{"Object": "Opportunity", "Name": "NextStep", "Tracked": true}}
				})
				c.patch("Opportunity", bare, `{"NextStep":"call"}`)
				c.patch("Opportunity", bare, `{"Description":"x"}`)
				got := c.query("SELECT Field, DataType, OldValue, NewValue FROM OpportunityFieldHistory")
				if diff := cmp.Diff([]any{map[string]any{"Field": "NextStep", "DataType": "Text", "OldValue": nil, "NewValue": "call"}}, got); diff != "" {
					t.Errorf("history (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "an open task shows on its opportunity, a past one as overdue", source: refOpp,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				id, err := c.twin.Create("Task", world.Record{"WhatId": deal, "ActivityDate": "2026-11-22"})
				must(t, err)
				names := "HasOpenActivity,HasOverdueTask,LastActivityDate"
				check := func(open, overdue bool, last any) {
					t.Helper()
					want := map[string]any{"HasOpenActivity": open, "HasOverdueTask": overdue, "LastActivityDate": last}
					if diff := cmp.Diff(want, c.fields("Opportunity", deal, names)); diff != "" {
						t.Errorf("opportunity (-want +got):\n%s", diff)
					}
				}
				check(true, false, nil)
				c.clock.Advance(14 * time.Hour) // past midnight
				c.login()
				check(true, true, nil)
				if c.stamped("Opportunity", deal, func() { c.patch("Task", id, `{"Status":"Completed"}`) }) {
					t.Error("a task moved the stamps of its opportunity")
				}
				check(false, false, "2026-11-22")
			},
		},
	}
}
