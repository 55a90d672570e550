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

// manyAccounts is a world for filters: texts, numbers, stamps, nulls and ties.
func manyAccounts() world.World {
	w := smallWorld()
	for i, a := range []world.Record{
		{"Name": "alpha", "AnnualRevenue": num("10"), "Phone": "1"},
		{"Name": "Beta 100%", "AnnualRevenue": num("9"), "Phone": "2"},
		{"Name": "beta_x", "AnnualRevenue": num("100"), "Phone": "3"},
		{"Name": `back\slash`, "Phone": "4"},
		{"Name": "it's \"q\"", "AnnualRevenue": num("-5"), "Phone": "5"},
		{"Name": "Żółć", "AnnualRevenue": num("0"), "Phone": "6"},
	} {
		a["Id"] = ID("Account", uint64(10+i))
		a["SystemModstamp"] = start.Add(time.Duration(i/2) * time.Minute).Format(time.RFC3339)
		w.Salesforce["Account"] = append(w.Salesforce["Account"], a)
	}
	return w
}

// TestWhere selects Phone, a number that names the record; the two accounts of the
// small world have none and show as "-".
func TestWhere(t *testing.T) {
	c := serve(t, func(o *Options) { o.World = manyAccounts() })
	tests := []struct{ where, want string }{
		{"Name = 'ALPHA'", "1"},
		{"name = 'alpha' ", "1"},
		{"Name != 'alpha' AND Phone != null", "2 3 4 5 6"},
		{"Name <> 'alpha' AND Phone != null", "2 3 4 5 6"},
		{"Name > 'beta' AND Phone != null", "2 3 5 6"},
		{"Name LIKE 'BETA%'", "2 3"},
		{`Name LIKE 'beta\_%'`, "3"},
		{`Name LIKE '%100\%'`, "2"},
		{"Name LIKE '_eta%'", "2 3"},
		{"Name LIKE '%a%a%'", "1 4"},
		{"(NOT Name LIKE '%a%') AND Phone != null", "5 6"},
		{`Name = 'back\\slash'`, "4"},
		{`Name = 'it\'s \"q\"'`, "5"},
		{`Name = '\u017Bółć'`, "6"},
		{"Name = 'żÓłĆ'", "6"},
		{"AnnualRevenue = 10", "1"},
		{"AnnualRevenue = 10.000", "1"},
		{"AnnualRevenue > 9", "- 1 3"},
		{"AnnualRevenue >= 9.0 AND AnnualRevenue < 1e2", "1 2"},
		{"AnnualRevenue <= -5", "5"},
		{"AnnualRevenue = null AND Phone != null", "4"},
		{"AnnualRevenue != 10 AND Phone != null", "2 3 4 5 6"}, // a null is not 10
		{"AnnualRevenue IN (10, 9)", "1 2"},
		{"AnnualRevenue NOT IN (10, 9, 100) AND Phone != null", "4 5 6"},
		{"Name IN ('alpha', 'ŻÓŁĆ')", "1 6"},
		{"Phone = '' AND Name = 'Acme Ltd'", "-"},
		{"IsDeleted = false AND Phone = '1'", "1"},
		{"IsDeleted = TRUE", ""},
		{"SystemModstamp > 2026-11-22T10:08:01Z", "3 4 5 6"},
		{"SystemModstamp > 2026-11-22T11:09:01%2B01:00", "5 6"},
		{"SystemModstamp = 2026-11-22T10:09:01.000%2B0000", "3 4"},
		{"SystemModstamp >= 2026-11-22T10:09:01.500Z", "5 6"},
		{"(SystemModstamp > 2026-11-22T10:09:01Z OR (SystemModstamp = 2026-11-22T10:09:01Z AND Id > '" + ID("Account", 12) + "')) AND SystemModstamp <= 2026-11-22T10:10:01Z", "4 5 6"},
		{"Id = '" + ID("Account", 10)[:15] + "'", "1"},
		{"Id IN ('" + ID("Account", 10) + "', '" + ID("Account", 11)[:15] + "')", "1 2"},
		{"Id = '" + ID("Account", 10) + "' AND Name = 'beta_x'", ""},
		{"Id = '" + deal + "'", ""},
		{"Owner.Name = 'integration user' AND Phone > '4'", "5 6"},
		{"Parent.Name = null AND Phone = '1'", "1"},
		{"NOT NOT Phone = '1'", "1"},
		{"NOT (Phone = null OR (Phone = '1' OR Phone = '2'))", "3 4 5 6"},
		{"Account.Name = 'alpha'", "1"}, // the object's own name before its field
	}
	for _, tt := range tests {
		t.Run(tt.where, func(t *testing.T) {
			where := strings.ReplaceAll(tt.where, "%2B", "+")
			var got []string
			for _, r := range c.query("SELECT Phone FROM Account WHERE " + where + " ORDER BY Phone") {
				p, ok := r.(map[string]any)["Phone"].(string)
				if !ok {
					p = "-"
				}
				got = append(got, p)
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %q, want %q", s, tt.want)
			}
		})
	}
}

func TestOrderLimitOffset(t *testing.T) {
	c := serve(t, func(o *Options) { o.World = manyAccounts() })
	tests := []struct{ tail, want string }{
		{"WHERE Phone != null ORDER BY AnnualRevenue", "4 5 6 2 1 3"},
		{"WHERE Phone != null ORDER BY AnnualRevenue NULLS LAST", "5 6 2 1 3 4"},
		{"WHERE Phone != null ORDER BY AnnualRevenue DESC", "4 3 1 2 6 5"},
		{"WHERE Phone != null ORDER BY AnnualRevenue DESC NULLS LAST", "3 1 2 6 5 4"},
		{"WHERE Phone != null ORDER BY SystemModstamp DESC NULLS FIRST, Id ASC", "5 6 3 4 1 2"},
		{"WHERE Phone != null ORDER BY SystemModstamp, Id DESC", "2 1 4 3 6 5"},
		{"WHERE Phone != null ORDER BY Name", "1 4 2 3 5 6"},
		{"WHERE Phone != null ORDER BY Phone LIMIT 2", "1 2"},
		{"WHERE Phone != null ORDER BY Phone LIMIT 2 OFFSET 5", "6"},
		{"WHERE Phone != null ORDER BY Phone OFFSET 9", ""},
		{"LIMIT 0", ""},
	}
	for _, tt := range tests {
		t.Run(tt.tail, func(t *testing.T) {
			var got []string
			for _, r := range c.query("SELECT Phone FROM Account " + tt.tail) {
				got = append(got, fmt.Sprint(r.(map[string]any)["Phone"]))
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %q, want %q", s, tt.want)
			}
		})
	}
}

func TestParentsAndChildren(t *testing.T) {
	c := serve(t, nil)
	got := c.query(`SELECT Id, Quantity, Product2.Name, product2.family, Opportunity.Account.Name, Opportunity.Name FROM OpportunityLineItem WHERE OpportunityId = '` + deal + `' ORDER BY SortOrder, Id`)
	want := []any{
		map[string]any{"Id": line1, "Quantity": num("3.0"), "Product2": map[string]any{"Name": "Widget", "Family": "Hardware"}, "Opportunity": map[string]any{"Name": "Acme renewal", "Account": map[string]any{"Name": "Acme Ltd"}}},
		map[string]any{"Id": line2, "Quantity": num("1.5"), "Product2": map[string]any{"Name": "Gadget", "Family": nil}, "Opportunity": map[string]any{"Name": "Acme renewal", "Account": map[string]any{"Name": "Acme Ltd"}}},
	}
	if diff := cmp.Diff(any(want), any(got)); diff != "" {
		t.Errorf("lines with their parents (-want +got):\n%s", diff)
	}
	got = c.query("SELECT Name, Account.Name, (SELECT Id, Product2.Name FROM OpportunityLineItems WHERE Quantity > 1 ORDER BY SortOrder DESC LIMIT 1) FROM Opportunity ORDER BY Name")
	want = []any{
		map[string]any{"Name": "Acme renewal", "Account": map[string]any{"Name": "Acme Ltd"}, "OpportunityLineItems": map[string]any{
			"totalSize": num("1"), "done": true, "records": []any{map[string]any{"Id": line2, "Product2": map[string]any{"Name": "Gadget"}}},
		}},
		map[string]any{"Name": "No lines", "Account": nil, "OpportunityLineItems": nil}, // null, not an empty list
	}
	if diff := cmp.Diff(any(want), any(got)); diff != "" {
		t.Errorf("deals with their lines (-want +got):\n%s", diff)
	}
}

func TestRowsCarryAttributes(t *testing.T) {
	c := serve(t, nil)
	_, body := c.do(http.MethodGet, "/query?q="+url.QueryEscape("SELECT Product2.Name FROM OpportunityLineItem WHERE Id='"+line1+"'"), "")
	want := map[string]any{"totalSize": num("1"), "done": true, "records": []any{map[string]any{
		"attributes": map[string]any{"type": "OpportunityLineItem", "url": base + "/sobjects/OpportunityLineItem/" + line1},
		"Product2": map[string]any{
			"attributes": map[string]any{"type": "Product2", "url": base + "/sobjects/Product2/" + widget}, "Name": "Widget",
		},
	}}}
	if diff := cmp.Diff(any(want), body); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestPolymorphicParent(t *testing.T) {
	c := serve(t, nil)
	for subject, what := range map[string]string{"a": acme, "b": deal} {
		if _, err := c.twin.Create("Task", world.Record{"Subject": subject, "WhatId": what}); err != nil {
			t.Fatal(err)
		}
	}
	got := c.query("SELECT Subject, What.Name FROM Task ORDER BY What.Name DESC")
	want := []any{
		map[string]any{"Subject": "b", "What": map[string]any{"Name": "Acme renewal"}},
		map[string]any{"Subject": "a", "What": map[string]any{"Name": "Acme Ltd"}},
	}
	if diff := cmp.Diff(any(want), any(got)); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
}

func TestCount(t *testing.T) {
	c := serve(t, nil)
	_, body := c.do(http.MethodGet, "/query?q=select+count()+from+OpportunityLineItem+where+Quantity+>+2", "")
	if diff := cmp.Diff(any(map[string]any{"totalSize": num("1"), "done": true, "records": []any{}}), body); diff != "" {
		t.Errorf("count (-want +got):\n%s", diff)
	}
}

func TestQueryRefusals(t *testing.T) {
	c := serve(t, nil)
	tests := []struct{ q, code, message string }{
		{"", "MALFORMED_QUERY", "cannot be empty"},
		{"SELECT", "MALFORMED_QUERY", "unexpected token: '<EOF>'"},
		{"SELECT Id", "MALFORMED_QUERY", "unexpected token: '<EOF>'"},
		{"SELECT FROM Account", "MALFORMED_QUERY", "unexpected token: 'FROM'"},
		{"SELECT Id, FROM Account", "MALFORMED_QUERY", "unexpected token: 'FROM'"},
		{"SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"},
		{"SELECT Id FROM Account WHERE Name", "MALFORMED_QUERY", "unexpected token: '<EOF>'"},
		{"SELECT Id FROM Account WHERE Name = Phone", "MALFORMED_QUERY", "unexpected token: 'Phone'"},
		{`SELECT Id FROM Account WHERE Name = "x"`, "MALFORMED_QUERY", `unexpected token: '"'`},
		{"SELECT Id FROM Account WHERE Name = 'x", "MALFORMED_QUERY", "unterminated string"},
		{`SELECT Id FROM Account WHERE Name = 'x\'`, "MALFORMED_QUERY", "unterminated string"},
		{`SELECT Id FROM Account WHERE Name = '\x'`, "MALFORMED_QUERY", `illegal character sequence '\x'`},
		{`SELECT Id FROM Account WHERE Name = '\%'`, "MALFORMED_QUERY", `illegal character sequence '\%'`},
		{`SELECT Id FROM Account WHERE Name = '\u12'`, "MALFORMED_QUERY", `illegal character sequence '\u'`},
		{"SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY", "AND and OR cannot be mixed"},
		{"SELECT Id FROM Account WHERE (Name = 'a'", "MALFORMED_QUERY", "unexpected token: '<EOF>'"},
		{"SELECT Id FROM Account WHERE Name IN ()", "MALFORMED_QUERY", "unexpected token: ')'"},
		{"SELECT Id FROM Account WHERE Name IN 'a'", "MALFORMED_QUERY", "unexpected token: 'a'"},
		{"SELECT Id FROM Account WHERE CreatedDate = SOMEDAY", "MALFORMED_QUERY", "unexpected token: 'SOMEDAY'"},
		{"SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS", "MALFORMED_QUERY", "unexpected token: 'LAST_N_DAYS'"},
		{"SELECT Id FROM Account WHERE CreatedDate = LAST_DAY", "MALFORMED_QUERY", "unexpected token: 'LAST_DAY'"},
		{"SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAYS:99999", "MALFORMED_QUERY", "unexpected token: 'LAST_N_DAYS:99999'"},
		{"SELECT Id FROM Account WHERE CreatedDate = LAST_N_DAY:1", "MALFORMED_QUERY", "unexpected token: 'LAST_N_DAY:1'"},
		{"SELECT Id FROM Account WHERE CreatedDate = TODAY:1", "MALFORMED_QUERY", "unexpected token: 'TODAY:1'"},
		{"SELECT Id FROM Account WHERE Name = TODAY", "INVALID_FIELD", "must be of type string"},
		{"SELECT Id FROM Account WHERE CreatedDate > 2026-13-01T00:00:00Z", "MALFORMED_QUERY", "invalid date"},
		{"SELECT Id FROM Account WHERE CreatedDate > 2026-11-22T10:00:00 01:00", "MALFORMED_QUERY", "invalid date"}, // an unencoded plus
		{"SELECT Id FROM Account; DROP", "MALFORMED_QUERY", "unexpected token: ';'"},
		{"SELECT Id FROM Account Foo Bar", "MALFORMED_QUERY", "unexpected token: 'Bar'"},
		{"SELECT Id FROM Account AS Foo", "MALFORMED_QUERY", "unexpected token: 'AS'"},
		{"SELECT Id Foo FROM Account", "MALFORMED_QUERY", "unexpected token: 'Foo'"},
		{"SELECT b.Id FROM Account a", "INVALID_FIELD", "relationship 'b'"},
		{"SELECT Id FROM Account ORDER Name", "MALFORMED_QUERY", "unexpected token: 'Name'"},
		{"SELECT Id FROM Account ORDER BY Name NULLS MIDDLE", "MALFORMED_QUERY", "unexpected token: 'MIDDLE'"},
		{"SELECT Id FROM Account LIMIT -1", "MALFORMED_QUERY", "unexpected token: '-1'"},
		{"SELECT Id FROM Account LIMIT 1.5", "MALFORMED_QUERY", "unexpected token: '1.5'"},
		{"SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"},
		{"SELECT Id, id FROM Account", "MALFORMED_QUERY", "duplicate field selected: Id"},
		{"SELECT COUNT(), Id FROM Account", "MALFORMED_QUERY", "COUNT() must be the only"},
		{"SELECT Id, COUNT() FROM Account", "MALFORMED_QUERY", "COUNT() must be the only"},
		{"SELECT TYPEOF(What) FROM Task", "MALFORMED_QUERY", "unexpected token: '('"},
		{"SELECT COUNT(), COUNT(Id) FROM Account", "MALFORMED_QUERY", "COUNT() must be the only"},
		{"SELECT COUNT() FROM Account ORDER BY Name", "MALFORMED_QUERY", "COUNT() cannot be ordered"},
		{"SELECT Id FROM Account WHERE COUNT(Id) = 1", "MALFORMED_QUERY", "unexpected token: '('"},
		{"SELECT Id FROM Account ORDER BY COUNT(Id)", "MALFORMED_QUERY", "unexpected token: '('"},
		{"SELECT Id FROM Account FOR MONEY", "MALFORMED_QUERY", "unexpected token: 'MONEY'"},
		{"SELECT (SELECT Id FROM Contacts FOR VIEW) FROM Account", "MALFORMED_QUERY", "unexpected token: 'VIEW'"},
		{"SELECT Id FROM Acount", "INVALID_TYPE", "sObject type 'Acount' is not supported"},
		{"SELECT Id, (SELECT Id FROM Lines) FROM Opportunity", "INVALID_TYPE", "relationship 'Lines'"},
		{"SELECT Nmae FROM Account", "INVALID_FIELD", "No such column 'Nmae' on entity 'Account'"},
		{"SELECT Id FROM Account WHERE Nmae = 'x'", "INVALID_FIELD", "No such column 'Nmae'"},
		{"SELECT Id FROM Account ORDER BY Nmae", "INVALID_FIELD", "No such column 'Nmae'"},
		{"SELECT Acount.Name FROM Opportunity", "INVALID_FIELD", "relationship 'Acount'"},
		{"SELECT Account.Nmae FROM Opportunity", "INVALID_FIELD", "on entity 'Account'"},
		{"SELECT What.StageName FROM Task", "INVALID_FIELD", "on entity 'Name'"},
		{"SELECT (SELECT Nmae FROM OpportunityLineItems) FROM Opportunity", "INVALID_FIELD", "on entity 'OpportunityLineItem'"},
		{"SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "must be of type string and should be enclosed in quotes"},
		{"SELECT Id FROM Account WHERE AnnualRevenue = '5'", "INVALID_FIELD", "must be of type currency and should not be enclosed in quotes"},
		{"SELECT Id FROM Opportunity WHERE CloseDate = '2026-11-22'", "INVALID_FIELD", "must be of type date"},
		{"SELECT Id FROM Opportunity WHERE CloseDate = 2026-11-22T00:00:00Z", "INVALID_FIELD", "must be of type date"},
		{"SELECT Id FROM Opportunity WHERE SystemModstamp > 2026-11-22", "INVALID_FIELD", "must be of type dateTime"},
		{"SELECT Id FROM Opportunity WHERE IsWon = 'true'", "INVALID_FIELD", "must be of type boolean"},
		{"SELECT Id FROM Opportunity WHERE IsWon > false", "INVALID_QUERY_FILTER_OPERATOR", "boolean"},
		{"SELECT Id FROM Opportunity WHERE Amount < null", "INVALID_QUERY_FILTER_OPERATOR", "null"},
		{"SELECT Id FROM Opportunity WHERE AccountId LIKE '001%'", "INVALID_QUERY_FILTER_OPERATOR", "reference"},
		{"SELECT Id FROM Opportunity WHERE Name LIKE 5", "INVALID_FIELD", "must be of type string"},
		{"SELECT Id FROM Opportunity WHERE AccountId = 'acme'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: acme"},
		{"SELECT Id FROM Opportunity WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"},
		{"SELECT Id FROM Account ORDER BY BillingAddress", "INVALID_FIELD", "can not be sorted"},
		{"SELECT Id FROM Account WHERE " + strings.Repeat("(", 200) + "Name = 'x'" + strings.Repeat(")", 200), "MALFORMED_QUERY", "nested too deeply"},
		{"SELECT Id FROM Account WHERE " + strings.Repeat("NOT ", 200) + "Name = 'x'", "MALFORMED_QUERY", "nested too deeply"},
		{"SELECT Id FROM Account WHERE Name = '" + strings.Repeat("x", 4001) + "'", "MALFORMED_QUERY", "4000 characters"},
		{"SELECT Parent.Parent.Parent.Parent.Parent.Parent.Name FROM Account", "MALFORMED_QUERY", "at most 5 parents"},
	}
	for _, tt := range tests {
		name := tt.q
		t.Run(name[:min(len(name), 80)], func(t *testing.T) {
			status, code, message := c.refused(http.MethodGet, "/query?q="+url.QueryEscape(tt.q), "")
			if status != http.StatusBadRequest || code != tt.code || !strings.Contains(message, tt.message) {
				t.Errorf("%s\ngot %d %s %q\nwant 400 %s with %q", tt.q, status, code, message, tt.code, tt.message)
			}
		})
	}
	if _, refusal := parseSOQL("SELECT Id FROM Account WHERE Name = '" + strings.Repeat("x", maxQuery) + "'"); refusal == nil {
		t.Error("a statement of over 100,000 characters is accepted")
	}
}

// TestPlaceIsShown holds the message form up: the text, a caret below the place, row
// and column.
func TestPlaceIsShown(t *testing.T) {
	tests := []struct{ q, want string }{
		{"SELECT Foo FROM Account", "\nSELECT Foo FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo'"},
		{"SELECT Id\nFROM Account\nWHERE Näme = 1", "\nWHERE Näme = 1\n       ^\nERROR at Row:3:Column:8\nunexpected token: 'ä'"},
		{"SELECT Id, Name, Phone, Fax, Industry, Bar FROM Account", "\n, Name, Phone, Fax, Industry, Bar FROM Account\n" + strings.Repeat(" ", 30) + "^"},
		{"SELECT Id FROM", "Column:15\nunexpected token: '<EOF>'"},
	}
	c := serve(t, nil)
	for _, tt := range tests {
		_, _, message := c.refused(http.MethodGet, "/query?q="+url.QueryEscape(tt.q), "")
		if !strings.Contains(message, tt.want) {
			t.Errorf("%s\ngot  %q\nwant %q in it", tt.q, message, tt.want)
		}
	}
}

// pages follows a query to its end and returns the sizes of its pages.
func (c *client) pages(path string, header map[string]string) (sizes []int, total any, locators []string) {
	c.t.Helper()
	for {
		status, body, _ := c.exchange(http.MethodGet, path, "", header)
		if status != http.StatusOK {
			c.t.Fatalf("page %s: %d %v", path, status, body)
		}
		m := body.(map[string]any)
		sizes, total = append(sizes, len(m["records"].([]any))), m["totalSize"]
		next, more := m["nextRecordsUrl"].(string)
		if m["done"] != !more {
			c.t.Fatalf("page %s: done %v, next %q", path, m["done"], next)
		}
		if !more {
			return sizes, total, locators
		}
		locators = append(locators, next)
		path = next
	}
}

func TestPaging(t *testing.T) {
	w := smallWorld()
	for i := range 448 {
		w.Salesforce["Account"] = append(w.Salesforce["Account"], world.Record{"Id": ID("Account", uint64(1000+i)), "Name": fmt.Sprint("n", i)})
	}
	c := serve(t, func(o *Options) { o.World = w })
	path := "/query?q=SELECT+Id+FROM+Account+ORDER+BY+Id"
	tests := []struct {
		header string
		want   []int
	}{
		{"", []int{450}},
		{"batchSize=200", []int{200, 200, 50}},
		{"client=x, batchSize=300", []int{300, 150}},
		{"batchSize=10", []int{200, 200, 50}}, // the least a client may ask for
		{"batchSize=9999", []int{450}},
		{"batchSize=many", []int{450}},
	}
	for _, tt := range tests {
		got, total, _ := c.pages(path, map[string]string{"Sforce-Query-Options": tt.header})
		if diff := cmp.Diff(tt.want, got); diff != "" || total != num("450") {
			t.Errorf("%q: total %v, pages (-want +got):\n%s", tt.header, total, diff)
		}
	}
	small := serve(t, func(o *Options) { o.BatchSize = 3 })
	sizes, _, locators := small.pages("/query?q=SELECT+Id,+(SELECT+Id+FROM+OpportunityLineItems)+FROM+Opportunity", nil)
	if diff := cmp.Diff([]int{1, 1}, sizes); diff != "" { // two lines count towards the first page
		t.Errorf("pages with children (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(locators[0], base+"/query/01g") || !strings.HasSuffix(locators[0], "-1") {
		t.Errorf("locator %q, want %s/query/01g…-1", locators[0], base)
	}
}

func TestCursors(t *testing.T) {
	c := serve(t, func(o *Options) { o.BatchSize, o.SessionLife = 1, 100*time.Hour })
	open := func() string {
		_, body := c.do(http.MethodGet, "/query?q=SELECT+Name+FROM+Account+ORDER+BY+Name", "")
		return body.(map[string]any)["nextRecordsUrl"].(string)
	}
	gone := func(path string) bool {
		status, got := c.do(http.MethodGet, path, "")
		if status == http.StatusOK {
			return false
		}
		return status == http.StatusBadRequest && got.([]any)[0].(map[string]any)["errorCode"] == "INVALID_QUERY_LOCATOR"
	}
	first := open()
	if err := c.twin.Update("Account", bolt, world.Record{"Name": "Aardvark"}); err != nil {
		t.Fatal(err)
	}
	_, body := c.do(http.MethodGet, first, "") // rows are those of the time of the query
	if got := body.(map[string]any)["records"].([]any)[0].(map[string]any)["Name"]; got != `O'Brien & "Sons"` {
		t.Errorf("second page after a change = %v, want the row as it was", got)
	}
	if gone(first) {
		t.Error("a page cannot be asked for twice")
	}
	for _, bad := range []string{"/query/01gXXXXXXXXXXXXXXX-1", "/query/" + first[len(base+"/query/"):len(first)-2], first + "00", first[:len(first)-1] + "-1"} {
		if !gone(bad) {
			t.Errorf("locator %s is answered, want INVALID_QUERY_LOCATOR", bad)
		}
	}
	for range maxCursors {
		open()
	}
	if !gone(first) {
		t.Error("the oldest of eleven cursors is still open")
	}
	last := open()
	c.clock.Advance(49 * time.Hour)
	if !gone(last) {
		t.Error("a cursor is open after two days")
	}
}

func TestMatchLike(t *testing.T) {
	tests := []struct {
		s, pattern string
		want       bool
	}{
		{"", "", true},
		{"", "%", true},
		{"", "_", false},
		{"a", "", false},
		{"abc", "abc", true},
		{"aBc", "AbC", true},
		{"abc", "a%", true},
		{"abc", "%c", true},
		{"abc", "%b%", true},
		{"abc", "%d%", false},
		{"abc", "___", true},
		{"abc", "____", false},
		{"aXbXc", "a%b%c", true},
		{"mississippi", "m%iss%ip%i", true},
		{"mississippi", "m%iss%x", false},
		{"Ünï", "ü_Ï", true},
	}
	for _, tt := range tests {
		ps, refusal := unescape("", token{kind: tokString, text: tt.pattern}, true)
		if refusal != nil {
			t.Fatal(refusal)
		}
		if got := matchLike([]rune(tt.s), ps); got != tt.want {
			t.Errorf("%q LIKE %q = %v, want %v", tt.s, tt.pattern, got, tt.want)
		}
	}
}

func FuzzSOQL(f *testing.F) {
	for _, q := range []string{
		"SELECT Id, Name FROM Account WHERE Name = 'O\\'Brien' AND (AnnualRevenue > 1.5 OR Phone != null) ORDER BY Name DESC NULLS LAST, Id LIMIT 5 OFFSET 1",
		"SELECT COUNT() FROM Opportunity WHERE SystemModstamp >= 2026-11-22T10:00:00+01:00",
		"SELECT Product2.Family, (SELECT Id FROM OpportunityLineItems WHERE Quantity IN (1, 2)) FROM Opportunity",
		"SELECT Id FROM Account WHERE NOT Name LIKE '%a\\_%' AND CreatedDate < 2026-11-22T10:00:00Z",
		"SELECT Id FROM Opportunity WHERE CloseDate NOT IN (2026-11-22)", "SELECT Id FROM Task WHERE What.Name = '\\u0041'",
	} {
		f.Add(q)
	}
	twin, err := New(Options{World: smallWorld()})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src string) {
		q, refusal := parseSOQL(src)
		if refusal == nil {
			_, _, refusal = twin.run(base, q, false)
		}
		if refusal != nil && (refusal.status != http.StatusBadRequest || len(refusal.items) != 1 || refusal.items[0].Message == "") {
			t.Errorf("%q: refusal %+v, want one item with 400", src, refusal)
		}
	})
}
