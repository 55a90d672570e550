package salesforce

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

// pipeline has four deals in two stages, one of them without an amount.
func pipeline() world.World {
	w := smallWorld()
	w.Salesforce["Opportunity"], w.Salesforce["OpportunityLineItem"] = nil, nil
	for i, o := range []world.Record{
		{"Name": "a", "StageName": "Prospecting", "Amount": num("100"), "AccountId": acme, "CloseDate": "2026-11-01"},
		{"Name": "b", "StageName": "Prospecting", "Amount": num("50.5"), "AccountId": bolt, "CloseDate": "2026-12-01"},
		{"Name": "c", "StageName": "Closed Won", "AccountId": acme, "CloseDate": "2026-10-01"},
		{"Name": "d", "StageName": "Closed Won", "Amount": num("7"), "AccountId": acme, "CloseDate": "2026-10-02"},
	} {
		o["Id"] = ID("Opportunity", uint64(i+1))
		w.Salesforce["Opportunity"] = append(w.Salesforce["Opportunity"], o)
	}
	return w
}

func TestGroups(t *testing.T) {
	c := serve(t, func(o *Options) { o.World = pipeline() })
	type row = map[string]any
	tests := []struct {
		q    string
		want []any
	}{
		{"SELECT COUNT(Id), COUNT(Amount), SUM(Amount), AVG(Amount) mean, MIN(Name), MAX(CloseDate) FROM Opportunity", []any{
			row{"expr0": num("4"), "expr1": num("3"), "expr2": num("157.5"), "mean": num("52.5"), "expr3": "a", "expr4": "2026-12-01"},
		}},
		{"SELECT count(Id) n, SUM(Amount) FROM Opportunity WHERE Name = 'none'", []any{row{"n": num("0"), "expr0": nil}}},
		{"SELECT StageName, COUNT(Id) n FROM Opportunity GROUP BY StageName", []any{
			row{"StageName": "Closed Won", "n": num("2")}, row{"StageName": "Prospecting", "n": num("2")},
		}},
		{"SELECT StageName stage FROM Opportunity GROUP BY StageName ORDER BY SUM(Amount) DESC", []any{
			row{"stage": "Prospecting"}, row{"stage": "Closed Won"},
		}},
		{"SELECT Account.Name, COUNT_DISTINCT(StageName) FROM Opportunity GROUP BY Account.Name HAVING COUNT(Id) > 1", []any{
			row{"Name": "Acme Ltd", "expr0": num("2")},
		}},
		{"SELECT StageName, AccountId FROM Opportunity GROUP BY StageName, AccountId HAVING StageName LIKE 'P%' AND MIN(Amount) < 60", []any{
			row{"StageName": "Prospecting", "AccountId": bolt},
		}},
		{"SELECT Name FROM Opportunity GROUP BY Name ORDER BY Name DESC LIMIT 2 OFFSET 1", []any{row{"Name": "c"}, row{"Name": "b"}}},
		{"SELECT StageName, COUNT() FROM Opportunity GROUP BY StageName", nil},
		{"SELECT AVG(Amount) FROM Opportunity WHERE Name IN ('a', 'b', 'd') AND Amount != 50.5", []any{row{"expr0": num("53.5")}}},
	}
	for _, tt := range tests {
		if tt.want == nil {
			if _, code, _ := c.refused(http.MethodGet, "/query?q="+url.QueryEscape(tt.q), ""); code != "MALFORMED_QUERY" {
				t.Errorf("%s: %s", tt.q, code)
			}
			continue
		}
		if diff := cmp.Diff(tt.want, c.query(tt.q)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.q, diff)
		}
	}
	_, body := c.do(http.MethodGet, "/query?q=SELECT+COUNT(Id)+FROM+Account", "")
	want := map[string]any{"totalSize": num("1"), "done": true, "records": []any{
		map[string]any{"attributes": map[string]any{"type": "AggregateResult"}, "expr0": num("2")},
	}}
	if diff := cmp.Diff(any(want), body); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestGroupRefusals(t *testing.T) {
	c := serve(t, func(o *Options) { o.World, o.BatchSize = pipeline(), 3 })
	tests := []struct{ q, code, message string }{
		{"SELECT Name, COUNT(Id) FROM Opportunity", "MALFORMED_QUERY", "Row:1:Column:8\nField must be grouped or aggregated: Name"},
		{"SELECT StageName FROM Opportunity GROUP BY StageName ORDER BY Name", "MALFORMED_QUERY", "Ordered field must be grouped or aggregated: Name"},
		{"SELECT StageName FROM Opportunity GROUP BY StageName HAVING Name = 'a'", "MALFORMED_QUERY", "must be grouped or aggregated: Name"},
		{"SELECT Description FROM Opportunity GROUP BY Description", "MALFORMED_QUERY", "field 'Description' can not be grouped in a query call"},
		{"SELECT Amount FROM Opportunity GROUP BY Amount", "MALFORMED_QUERY", "field 'Amount' can not be grouped"},
		{"SELECT SUM(Name) FROM Opportunity", "MALFORMED_QUERY", "field Name does not support aggregate operator SUM"},
		{"SELECT MAX(IsWon) FROM Opportunity", "MALFORMED_QUERY", "field IsWon does not support aggregate operator MAX"},
		{"SELECT COUNT(Id) FROM Opportunity LIMIT 1", "MALFORMED_QUERY", "cannot also use LIMIT"},
		{"SELECT COUNT(Nmae) FROM Opportunity", "INVALID_FIELD", "No such column 'Nmae'"},
		{"SELECT StageName FROM Opportunity GROUP StageName", "MALFORMED_QUERY", "unexpected token: 'StageName'"},
		{"SELECT Id, (SELECT COUNT(Id) FROM OpportunityLineItems) FROM Opportunity", "MALFORMED_QUERY", "child query cannot aggregate"},
		{"SELECT COUNT(Id), (SELECT Id FROM OpportunityLineItems) FROM Opportunity", "MALFORMED_QUERY", "no child queries"},
		{"SELECT COUNT(Id) n, SUM(Amount) N FROM Opportunity", "MALFORMED_QUERY", "duplicate alias: N"},
		{"SELECT StageName FROM Opportunity HAVING COUNT(Id) > 1", "MALFORMED_QUERY", "unexpected token: 'HAVING'"},
		{"SELECT Name FROM Opportunity GROUP BY Name", "EXCEEDED_ID_LIMIT", "does not support queryMore()"},
	}
	for _, tt := range tests {
		status, code, message := c.refused(http.MethodGet, "/query?q="+url.QueryEscape(tt.q), "")
		if status != http.StatusBadRequest || code != tt.code || !strings.Contains(message, tt.message) {
			t.Errorf("%s\ngot %d %s %q\nwant 400 %s with %q", tt.q, status, code, message, tt.code, tt.message)
		}
	}
}

func TestJoins(t *testing.T) {
	c := serve(t, func(o *Options) { o.World = pipeline() })
	tests := []struct{ q, want string }{
		{"SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE StageName = 'Prospecting')", "Acme Ltd|O'Brien & \"Sons\""},
		{"SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE StageName = 'Closed Won') ORDER BY Name", "Acme Ltd"},
		{"SELECT Name FROM Account WHERE Id NOT IN (SELECT o.AccountId FROM Opportunity o WHERE o.Amount < 10)", "O'Brien & \"Sons\""},
		{"SELECT Name FROM Opportunity WHERE AccountId IN (SELECT Id FROM Account WHERE Name LIKE 'O%') AND Amount > 0", "b"},
		{"SELECT Name FROM Opportunity WHERE AccountId IN (SELECT AccountId FROM Contact)", "a|c|d"},
		{"SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Opportunity WHERE Name = 'none')", ""},
	}
	for _, tt := range tests {
		var got []string
		for _, r := range c.query(tt.q) {
			got = append(got, r.(map[string]any)["Name"].(string))
		}
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%s\ngot %s, want %s", tt.q, s, tt.want)
		}
	}
	for where, want := range map[string]string{
		"Name = 'x' OR Id IN (SELECT AccountId FROM Contact)":                        "only allowed at the top level",
		"NOT Id IN (SELECT AccountId FROM Contact)":                                  "only allowed at the top level",
		"Name IN (SELECT AccountId FROM Contact)":                                    "should be an id field, cannot use: 'Name'",
		"Id IN (SELECT Id FROM Account)":                                             "should not be on the same object type",
		"Id IN (SELECT OwnerId FROM Contact)":                                        "should point to the same object type",
		"Id IN (SELECT Name FROM Contact)":                                           "must be an id or reference field",
		"Id IN (SELECT Account.Id FROM Contact)":                                     "must be an id or reference field of the object itself",
		"Id IN (SELECT AccountId, Id FROM Contact)":                                  "must select one field",
		"Id IN (SELECT COUNT(AccountId) FROM Contact)":                               "must select one field",
		"Id IN (SELECT AccountId FROM Contact LIMIT 1)":                              "ORDER BY, LIMIT and OFFSET are not allowed",
		"Id IN (SELECT AccountId FROM Contact ORDER BY Id)":                          "ORDER BY, LIMIT and OFFSET are not allowed",
		"Id IN (SELECT AccountId FROM Contact FOR UPDATE)":                           "unexpected token: 'UPDATE'",
		"Id IN (SELECT AccountId FROM Task)":                                         "Entity 'Task' is not supported",
		"Id IN (SELECT AccountId FROM Contact WHERE Id IN (SELECT WhoId FROM Task))": "Nesting of semi join",
		"Id IN (SELECT AccountId FROM Contac)":                                       "sObject type 'Contac'",
		"Id IN (SELECT Acount FROM Contact)":                                         "No such column 'Acount'",
		"Id IN (SELECT AccountId FROM Contact":                                       "unexpected token: '<EOF>'",
		"Id LIKE (SELECT AccountId FROM Contact)":                                    "unexpected token: '('",
		"Id IN (SELECT AccountId FROM Contact) AND (Name = 'a' OR (Name = 'b' AND Id IN (SELECT AccountId FROM Opportunity)))": "only allowed at the top level",
	} {
		if _, _, message := c.refused(http.MethodGet, "/query?q="+url.QueryEscape("SELECT Id FROM Account WHERE "+where), ""); !strings.Contains(message, want) {
			t.Errorf("%s\ngot %q\nwant %q", where, message, want)
		}
	}
}
