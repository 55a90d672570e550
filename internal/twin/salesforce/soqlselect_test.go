package salesforce

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

func TestAliases(t *testing.T) {
	c := serve(t, nil)
	for _, q := range []string{
		"SELECT Name FROM Account WHERE Name = 'Acme Ltd'",
		"SELECT a.Name FROM Account a WHERE a.Name = 'Acme Ltd' ORDER BY a.Name",
		"SELECT Account.Name FROM Account a WHERE A.nAmE = 'Acme Ltd'",
	} {
		if diff := cmp.Diff([]any{map[string]any{"Name": "Acme Ltd"}}, c.query(q)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", q, diff)
		}
	}
	got := c.query("SELECT o.Account.Name FROM Opportunity o WHERE o.Id = '" + deal + "'")
	if diff := cmp.Diff([]any{map[string]any{"Account": map[string]any{"Name": "Acme Ltd"}}}, got); diff != "" {
		t.Errorf("a parent of an alias (-want +got):\n%s", diff)
	}
}

func TestParentOfSeveralKinds(t *testing.T) {
	c := serve(t, nil)
	for subject, what := range map[string]string{"a": acme, "b": deal} {
		if _, err := c.twin.Create("Task", world.Record{"Subject": subject, "WhatId": what}); err != nil {
			t.Fatal(err)
		}
	}
	_, body := c.do(http.MethodGet, "/query?q="+url.QueryEscape("SELECT What.Type, What.Name FROM Task WHERE What.Type = 'Opportunity'"), "")
	want := []any{map[string]any{
		"attributes": map[string]any{"type": "Name", "url": base + "/sobjects/Opportunity/" + deal}, "Type": "Opportunity", "Name": "Acme renewal",
	}}
	var got []any
	for _, r := range body.(map[string]any)["records"].([]any) {
		got = append(got, r.(map[string]any)["What"])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parents (-want +got):\n%s", diff)
	}
}

func TestFieldGroups(t *testing.T) {
	c := serve(t, nil)
	all := c.query("SELECT FIELDS(ALL) FROM Opportunity LIMIT 200")[0].(map[string]any)
	standard := c.query("SELECT FIELDS(STANDARD) FROM Opportunity")[0].(map[string]any)
	custom := c.query("SELECT fields(custom), Name FROM Opportunity WHERE Id = '" + deal + "'")[0].(map[string]any)
	if len(all) != len(standard)+len(custom)-1 {
		t.Errorf("%d fields in all, %d standard ones and %d custom ones with the name", len(all), len(standard), len(custom))
	}
	if _, is := custom["Xero_Invoice_Id__c"]; !is || len(standard) < 20 {
		t.Errorf("custom fields are %v", custom)
	}
	tests := []struct{ base, q, want string }{
		{base, "SELECT FIELDS(ALL) FROM Opportunity", "must have a LIMIT of at most 200"},
		{base, "SELECT FIELDS(ALL) FROM Opportunity LIMIT 201", "must have a LIMIT of at most 200"},
		{base, "SELECT FIELDS(CUSTOM) FROM Opportunity", "must have a LIMIT of at most 200"},
		{base, "SELECT FIELDS(SOME) FROM Opportunity LIMIT 1", "unexpected token: 'SOME'"},
		{base, "SELECT FIELDS(ALL), Id FROM Opportunity LIMIT 1", "duplicate field selected: Id"},
		{base, "SELECT FIELDS(ALL), COUNT(Id) FROM Opportunity", "FIELDS() cannot be used"},
		{"/services/data/v50.0", "SELECT FIELDS(ALL) FROM Opportunity LIMIT 1", "unexpected token: '('"},
	}
	for _, tt := range tests {
		_, code, message := c.refused(http.MethodGet, tt.base+"/query?q="+url.QueryEscape(tt.q), "")
		if code != "MALFORMED_QUERY" || !strings.Contains(message, tt.want) {
			t.Errorf("%s: %s %q, want %q", tt.q, code, message, tt.want)
		}
	}
	if err := c.twin.Hide("Opportunity", "NextStep"); err != nil {
		t.Fatal(err)
	}
	if _, seen := c.query("SELECT FIELDS(ALL) FROM Opportunity LIMIT 1")[0].(map[string]any)["NextStep"]; seen {
		t.Error("FIELDS(ALL) shows a field that the user may not see")
	}
}

func TestNestedChildren(t *testing.T) {
	c := serve(t, nil)
	q := url.QueryEscape("SELECT Name, (SELECT Name, (SELECT Quantity FROM OpportunityLineItems ORDER BY Quantity) FROM Opportunities) FROM Account WHERE Id = '" + acme + "'")
	_, body := c.do(http.MethodGet, "/services/data/v58.0/query?q="+q, "")
	rows := body.(map[string]any)["records"].([]any)
	stripAttributes(rows)
	found := func(records ...any) map[string]any {
		return map[string]any{"totalSize": num(fmt.Sprint(len(records))), "done": true, "records": records}
	}
	want := []any{map[string]any{"Name": "Acme Ltd", "Opportunities": found(map[string]any{
		"Name": "Acme renewal", "OpportunityLineItems": found(map[string]any{"Quantity": num("1.5")}, map[string]any{"Quantity": num("3.0")}),
	})}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("grandchildren (-want +got):\n%s", diff)
	}
	if _, code, message := c.refused(http.MethodGet, "/services/data/v57.0/query?q="+q, ""); code != "MALFORMED_QUERY" || !strings.Contains(message, "1 deep") {
		t.Errorf("below version 58: %s %q", code, message)
	}
	deep := "SELECT Id FROM ChildAccounts"
	for range 3 {
		deep = "SELECT Id, (" + deep + ") FROM ChildAccounts"
	}
	if rows := c.query("SELECT Id, (" + deep + ") FROM Account"); len(rows) != 2 {
		t.Errorf("five levels give %v", rows)
	}
	if _, _, message := c.refused(http.MethodGet, "/query?q="+url.QueryEscape("SELECT Id, (SELECT Id, ("+deep+") FROM ChildAccounts) FROM Account"), ""); !strings.Contains(message, "4 deep") {
		t.Errorf("six levels: %q", message)
	}
	many := "SELECT Id" + strings.Repeat(", (SELECT Id FROM Contacts)", 21) + " FROM Account"
	if _, _, message := c.refused(http.MethodGet, "/query?q="+url.QueryEscape(many), ""); !strings.Contains(message, "at most 20 child queries") {
		t.Errorf("21 child queries: %q", message)
	}
}

// TestManyParents follows 62 relationships: two ways up, five times.
func TestManyParents(t *testing.T) {
	c := serve(t, nil)
	paths := []string{""}
	for range 5 {
		var longer []string
		for _, p := range paths {
			longer = append(longer, p+"Parent.", p+"MasterRecord.")
		}
		paths = longer
	}
	q := strings.Join(paths, "Name, ") + "Name FROM Account"
	if _, code, message := c.refused(http.MethodGet, "/query?q="+url.QueryEscape("SELECT "+q), ""); code != "MALFORMED_QUERY" || !strings.Contains(message, "at most 55 relationships") {
		t.Errorf("%s %q", code, message)
	}
	c.query("SELECT " + strings.Join(paths[:28], "Name, ") + "Name FROM Account") // 55
}

func TestLookIsNoted(t *testing.T) {
	c := serve(t, nil)
	before, _ := c.twin.Get("Opportunity", deal)
	c.query("SELECT Id FROM Opportunity WHERE Id = '" + deal + "' FOR REFERENCE")
	after, _ := c.twin.Get("Opportunity", deal)
	if after["LastReferencedDate"] == nil || after["LastViewedDate"] != nil {
		t.Errorf("after FOR REFERENCE: %v and %v", after["LastReferencedDate"], after["LastViewedDate"])
	}
	c.query("SELECT Id FROM Opportunity WHERE Id = '" + deal + "' FOR VIEW")
	after, _ = c.twin.Get("Opportunity", deal)
	if after["LastViewedDate"] == nil || after["SystemModstamp"] != before["SystemModstamp"] {
		t.Errorf("after FOR VIEW: viewed %v, stamp %v, before %v", after["LastViewedDate"], after["SystemModstamp"], before["SystemModstamp"])
	}
	c.query("SELECT Id FROM OpportunityStage FOR VIEW") // has no such stamps
	c.query("SELECT Id FROM Opportunity FOR UPDATE")
}

// TestCaseSensitiveField holds that text differs by case only in a unique field that says so.
func TestCaseSensitiveField(t *testing.T) {
	w := smallWorld()
	w.Salesforce["CustomField"] = []world.Record{
		{"Object": "Account", "Name": "Key__c", "Type": "string", "Length": 40, "Unique": true, "CaseSensitive": true, "ExternalId": true},
		{"Object": "Account", "Name": "Tags__c", "Type": "multipicklist", "Length": 255, "Values": []any{"A", "B", "C"}},
	}
	w.Salesforce["Account"][0]["Key__c"], w.Salesforce["Account"][0]["Tags__c"] = "abc", "A;B"
	w.Salesforce["Account"][1]["Key__c"], w.Salesforce["Account"][1]["Tags__c"] = "ABC", "C"
	c := serve(t, func(o *Options) { o.World = w })
	tests := []struct {
		where string
		want  int
	}{
		{"Key__c = 'abc'", 1},
		{"Key__c IN ('aBC')", 0},
		{"Key__c != 'abc'", 1},
		{"Key__c IN ('abc', 'ABC')", 2},
		{"Tags__c INCLUDES ('A')", 1},
		{"Tags__c INCLUDES ('a;b', 'C')", 2},
		{"Tags__c INCLUDES ('A;C')", 0},
		{"Tags__c EXCLUDES ('A')", 1},
		{"Tags__c EXCLUDES ('A', 'C')", 0},
		{"Tags__c = 'A;B'", 1},
	}
	for _, tt := range tests {
		if got := c.query("SELECT Id FROM Account WHERE " + tt.where); len(got) != tt.want {
			t.Errorf("%s finds %d, want %d", tt.where, len(got), tt.want)
		}
	}
	for q, want := range map[string]string{
		"SELECT Id FROM Account WHERE Name INCLUDES ('A')":  "INVALID_QUERY_FILTER_OPERATOR",
		"SELECT Id FROM Account WHERE Tags__c > 'A'":        "INVALID_QUERY_FILTER_OPERATOR",
		"SELECT Id FROM Account WHERE Tags__c LIKE 'A%'":    "INVALID_QUERY_FILTER_OPERATOR",
		"SELECT Id FROM Account WHERE Tags__c INCLUDES (1)": "INVALID_FIELD",
		"SELECT Id FROM Account ORDER BY Tags__c":           "INVALID_FIELD",
	} {
		if _, code, _ := c.refused(http.MethodGet, "/query?q="+url.QueryEscape(q), ""); code != want {
			t.Errorf("%s: %s, want %s", q, code, want)
		}
	}
}

// TestCursorOfAnotherUser holds that a locator is of use to its user alone, and that each
// user has ten.
func TestCursorOfAnotherUser(t *testing.T) {
	c := serve(t, func(o *Options) { o.BatchSize = 1 })
	next := c.opened()
	me, someone := c.twin.runAs, ID("User", 99)
	page := func(user string) *apiError {
		c.twin.userID = user
		defer func() { c.twin.userID = me }()
		_, refusal := c.twin.nextPage(&request{segs: []string{"query", strings.TrimPrefix(next, base+"/query/")}, base: base})
		return refusal
	}
	if refusal := page(someone); refusal == nil || refusal.items[0].Code != "INVALID_QUERY_LOCATOR" {
		t.Errorf("another user: %v", refusal)
	}
	for range maxCursors {
		c.twin.cursors = append(c.twin.cursors, &cursor{user: someone, opened: start, used: start})
	}
	c.opened()
	if refusal := page(me); refusal != nil {
		t.Errorf("the user whose it is, after ten queries of another: %v", refusal)
	}
}

// TestUnreadableRelations holds that what the user may not read is not there, whichever way
// a query goes to it.
func TestUnreadableRelations(t *testing.T) {
	w := smallWorld()
	w.Salesforce["ObjectPermissions"] = []world.Record{{"SobjectType": "Product2", "PermissionsRead": false}, {"SobjectType": "Contact", "PermissionsRead": false}}
	c := serve(t, func(o *Options) { o.World = w })
	for q, want := range map[string]string{
		"SELECT Id FROM Product2":                                            "INVALID_TYPE",
		"SELECT Product2.Name FROM OpportunityLineItem":                      "INVALID_FIELD",
		"SELECT Id, (SELECT Id FROM Contacts) FROM Account":                  "INVALID_TYPE",
		"SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)": "INVALID_TYPE",
	} {
		if _, code, _ := c.refused(http.MethodGet, "/query?q="+url.QueryEscape(q), ""); code != want {
			t.Errorf("%s: %s, want %s", q, code, want)
		}
	}
}
