package salesforce

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
)

// Pages of the vendor's guides that rows below name.
const (
	guideQuery   = "REST API Developer Guide: Query"
	guideOptions = "REST API Developer Guide: Query Options Header"
	guideSOQL    = "SOQL and SOSL Reference"
	guideLimits  = "Limits Quick Reference: SOQL and SOSL Limits"
)

// selects makes the check that a query finds the records of those names, in any order when sorted
// is not asked of it by the query.
func selects(q, want string) func(*testing.T, func(*Options), bool) {
	return func(t *testing.T, change func(*Options), _ bool) {
		c := serve(t, func(o *Options) { o.World = manyAccounts(); change(o) })
		var got []string
		for _, r := range c.query(q) {
			got = append(got, fmt.Sprint(r.(map[string]any)["Phone"]))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s finds %q, want %q", q, s, want)
		}
	}
}

// refuses makes the check that a query is refused with a code.
func refuses(q, want string) func(*testing.T, func(*Options), bool) {
	return func(t *testing.T, change func(*Options), _ bool) {
		c := serve(t, change)
		if status, code, _ := c.refused(http.MethodGet, "/query?q="+url.QueryEscape(q), ""); status != http.StatusBadRequest || code != want {
			t.Errorf("%s: %d %s, want 400 %s", q, status, code, want)
		}
	}
}

// queryFacts are what is known of queries.
func queryFacts() []fact {
	facts := append(cursorFacts(), shapeFacts()...)
	for _, f := range []struct{ name, source, query, want string }{
		{"text is compared without case", guideSOQL + ": comparison operators", "SELECT Phone FROM Account WHERE Name = 'ALPHA'", "1"},
		{"% stands for any run of characters in LIKE", guideSOQL + ": comparison operators", "SELECT Phone FROM Account WHERE Name LIKE 'beta%' ORDER BY Phone", "2 3"},
		{"_ stands for one character in LIKE", guideSOQL + ": comparison operators", "SELECT Phone FROM Account WHERE Name LIKE 'alph_'", "1"},
		{"an escaped wildcard stands for itself in LIKE", guideSOQL + ": quoted string escape sequences", `SELECT Phone FROM Account WHERE Name LIKE 'beta\_%'`, "3"},
		{"a backslash before a quote or a backslash escapes it", guideSOQL + ": quoted string escape sequences", `SELECT Phone FROM Account WHERE Name = 'back\\slash' OR Name = 'it\'s "q"' ORDER BY Phone`, "4 5"},
		{"a null differs from every value", guideSOQL + ": comparison operators", "SELECT Phone FROM Account WHERE AnnualRevenue != 10 AND Phone = '4'", "4"},
		{"null is found by = null", guideSOQL + ": condition expression", "SELECT Phone FROM Account WHERE AnnualRevenue = null AND Phone != null", "4"},
		{"nulls come first in either direction", guideSOQL + ": ORDER BY", "SELECT Phone FROM Account WHERE Phone > '2' ORDER BY AnnualRevenue DESC", "4 3 6 5"},
		{"NULLS LAST puts nulls last", guideSOQL + ": ORDER BY", "SELECT Phone FROM Account WHERE Phone > '2' ORDER BY AnnualRevenue NULLS LAST", "5 6 3 4"},
		{"a range of stamps with ids breaks ties", guideSOQL + ": comparison operators", "SELECT Phone FROM Account WHERE (SystemModstamp > 2026-11-22T10:09:01Z OR (SystemModstamp = 2026-11-22T10:09:01Z AND Id > '" +
			ID("Account", 12) + "')) AND SystemModstamp <= 2026-11-22T10:10:01Z ORDER BY SystemModstamp, Id LIMIT 2", "4 5"},
		{"an instant may carry an offset", guideSOQL + ": date formats", "SELECT Phone FROM Account WHERE SystemModstamp > 2026-11-22T11:09:01+01:00 ORDER BY Phone", "5 6"},
		{"a 15-character id finds its record", "Object Reference: field types", "SELECT Phone FROM Account WHERE Id = '" + ID("Account", 10)[:15] + "'", "1"},
		{"OFFSET skips and LIMIT ends", guideSOQL + ": OFFSET", "SELECT Phone FROM Account WHERE Phone != null ORDER BY Phone LIMIT 2 OFFSET 3", "4 5"},
		{"NULLS has no effect on fields of parents", guideSOQL + ": ORDER BY", "SELECT Phone FROM Account WHERE Phone < '2' ORDER BY Parent.Name NULLS LAST", "1"},
	} {
		facts = append(facts, fact{name: f.name, source: f.source, check: selects(f.query, f.want)})
	}
	for _, f := range []struct{ name, source, query, code string }{
		{"AND and OR mixed without parentheses are refused", guideSOQL + ": logical operators", "SELECT Id FROM Account WHERE Name = 'a' AND Phone = 'b' OR Fax = 'c'", "MALFORMED_QUERY"},
		{"a field is not compared with a field", guideSOQL + ": fieldExpression", "SELECT Id FROM Account WHERE Name = Phone", "MALFORMED_QUERY"},
		{"double quotes are no quotes", guideSOQL + ": fieldExpression", `SELECT Id FROM Account WHERE Name = "a"`, "MALFORMED_QUERY"},
		{"a backslash before anything else is refused", guideSOQL + ": quoted string escape sequences", `SELECT Id FROM Account WHERE Name = 'a\q'`, "MALFORMED_QUERY"},
		{"an escaped wildcard is refused outside LIKE", guideSOQL + ": quoted string escape sequences", `SELECT Id FROM Account WHERE Name = 'a\%'`, "MALFORMED_QUERY"},
		{"a field that is not there is refused", "SOAP API Developer Guide: exception codes", "SELECT Nmae FROM Account", "INVALID_FIELD"},
		{"an object that is not there is refused", "SOAP API Developer Guide: exception codes", "SELECT Id FROM Acount", "INVALID_TYPE"},
		{"LIKE is for text only", guideSOQL + ": comparison operators", "SELECT Id FROM Opportunity WHERE AccountId LIKE '001%'", "INVALID_QUERY_FILTER_OPERATOR"},
		{"long text is not filtered by", guideSOQL + ": fieldExpression", "SELECT Id FROM Opportunity WHERE Description = 'x'", "INVALID_FIELD"},
		{"long text is not sorted by", guideSOQL + ": ORDER BY", "SELECT Id FROM Opportunity ORDER BY Description", "INVALID_FIELD"},
		{"an offset above 2,000 is refused", guideSOQL + ": OFFSET", "SELECT Id FROM Account LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"},
		{"a literal has 4,000 characters at most", guideLimits, "SELECT Id FROM Account WHERE Name = '" + strings.Repeat("x", 4001) + "'", "MALFORMED_QUERY"},
		{"FIELDS(ALL) needs a LIMIT", guideSOQL + ": FIELDS()", "SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY"},
		{"a semi-join takes no LIMIT", guideSOQL + ": semi-joins", "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact LIMIT 1)", "MALFORMED_QUERY"},
	} {
		facts = append(facts, fact{name: f.name, source: f.source, check: refuses(f.query, f.code)})
	}
	return facts
}

// shapeFacts are what is known of the answers to queries.
func shapeFacts() []fact {
	return []fact{
		{
			name: "a child query that finds nothing is null", source: "seen for years, not in the guide", doubt: doubtAbsentChildren,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				rows := c.query("SELECT Id, (SELECT Id FROM Contacts WHERE LastName = 'Nobody') FROM Account LIMIT 1")
				children := rows[0].(map[string]any)["Contacts"]
				if _, is := children.(map[string]any); is != otherwise {
					t.Errorf("children are %v", children)
				}
			},
		},
		{
			name: "a parent that is not there is null", source: guideQuery,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				row := c.query("SELECT Account.Name FROM Opportunity WHERE Id = '" + bare + "'")[0].(map[string]any)
				if parent, is := row["Account"]; !is || parent != nil {
					t.Errorf("row %v", row)
				}
			},
		},
		{
			name: "names in answers are in the case of the object, whatever the query's", source: guideSOQL,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				row := c.query("select NAME, account.name from opportunity where id = '" + deal + "'")[0].(map[string]any)
				if row["Name"] == nil || row["Account"].(map[string]any)["Name"] == nil {
					t.Errorf("row %v", row)
				}
			},
		},
		{
			name: "a deleted record is for queryAll only", source: "REST API Developer Guide: QueryAll",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				if err := c.twin.Delete("Account", bolt); err != nil {
					t.Fatal(err)
				}
				q := "?q=" + url.QueryEscape("SELECT IsDeleted FROM Account WHERE Id = '"+bolt+"'")
				_, plain := c.do(http.MethodGet, "/query"+q, "")
				_, all := c.do(http.MethodGet, "/queryAll"+q, "")
				rows := all.(map[string]any)["records"].([]any)
				if plain.(map[string]any)["totalSize"] != num("0") || len(rows) != 1 || rows[0].(map[string]any)["IsDeleted"] != true {
					t.Errorf("query %v, queryAll %v", plain, all)
				}
			},
		},
		{
			name: "a refusal shows the place below the query", source: guideQuery,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				_, _, message := c.refused(http.MethodGet, "/query?q=SELECT+Foo+FROM+Account", "")
				if !strings.HasPrefix(message, "\nSELECT Foo FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Account'.") {
					t.Errorf("message %q", message)
				}
			},
		},
		{
			name: "today is a day of the calling user", source: guideSOQL + ": date literals",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.clock.Advance(time.Hour) // 11:08 in London is after midnight in Auckland
				if _, err := c.twin.Create("Task", world.Record{"Subject": "x", "ActivityDate": "2026-11-23"}); err != nil {
					t.Fatal(err)
				}
				if got := c.query("SELECT Id FROM Task WHERE ActivityDate = TODAY"); len(got) != 1 {
					t.Errorf("found %v", got)
				}
			},
		},
		{
			name: "a week begins where the calling user's locale has it", source: guideSOQL + ": date literals",
			check: func(t *testing.T, change func(*Options), _ bool) {
				for locale, want := range map[string]int{"en_US": 0, "en_GB": 1} { // it is a Sunday
					c := serve(t, func(o *Options) {
						o.World.Salesforce["User"] = []world.Record{{
							"Username": "a@b.example", "LastName": "a", "Alias": "a", "Email": "a@b.example", "TimeZoneSidKey": "GMT", "LocaleSidKey": locale,
						}}
						o.World.Salesforce["Task"] = []world.Record{{"Subject": "x", "ActivityDate": "2026-11-21"}}
						change(o)
					})
					if got := c.query("SELECT Id FROM Task WHERE ActivityDate = THIS_WEEK"); len(got) != want {
						t.Errorf("%s: the Saturday before is found %d times, want %d", locale, len(got), want)
					}
				}
			},
		},
	}
}

// cursorFacts are what is known of the pages of a query.
func cursorFacts() []fact {
	return []fact{
		{
			name: "totalSize counts the whole result, not the page", source: guideQuery,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, func(o *Options) { o.BatchSize = 1; change(o) })
				if _, body := c.do(http.MethodGet, "/query?q=SELECT+Id+FROM+Account", ""); body.(map[string]any)["totalSize"] != num("2") {
					t.Errorf("first page %v", body)
				}
			},
		},
		{
			name: "children count towards a page, and too many of them are cut", source: guideOptions,
			check: checkNestedPages,
		},
		{
			name: "the rest of a query lives two days", source: guideLimits + "; older texts say 15 minutes without use", doubt: doubtIdleCursors,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, func(o *Options) { o.BatchSize, o.SessionLife = 1, 100*time.Hour; change(o) })
				next := c.opened()
				c.clock.Advance(14 * time.Minute)
				if c.gone(next) {
					t.Error("it is gone after 14 minutes")
				}
				c.clock.Advance(14 * time.Minute)
				if c.gone(next) {
					t.Error("it is gone after 14 minutes without use")
				}
				c.clock.Advance(47 * time.Hour)
				if c.gone(next) != otherwise {
					t.Errorf("within two days it is gone: %v", !otherwise)
				}
				next = c.opened()
				c.clock.Advance(49 * time.Hour)
				if !c.gone(next) {
					t.Error("it is there after two days")
				}
			},
		},
		{
			name: "an eleventh unfinished query ends the oldest", source: "not confirmed; the limit is remembered", doubt: doubtManyCursors,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, func(o *Options) { o.BatchSize = 1; change(o) })
				first, second := c.opened(), c.opened()
				for range 9 {
					c.opened()
				}
				if c.gone(first) == otherwise || c.gone(second) {
					t.Errorf("the oldest is gone: %v; the second: %v", !otherwise, c.gone(second))
				}
			},
		},
		{
			name: "a page that is gone is refused with INVALID_QUERY_LOCATOR", source: "SOAP API Developer Guide: exception codes; the status is not confirmed", doubt: doubtLocatorStatus,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				want := http.StatusBadRequest
				if otherwise {
					want = http.StatusNotFound
				}
				if status, code, _ := c.refused(http.MethodGet, "/query/01gXXXXXXXXXXXXXXX-1", ""); status != want || code != "INVALID_QUERY_LOCATOR" {
					t.Errorf("%d %s, want %d", status, code, want)
				}
			},
		},
		{
			name: "another session of the user goes on with a query", source: guideQuery,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, func(o *Options) { o.BatchSize = 1; change(o) })
				next := c.opened()
				c.login()
				if c.gone(next) {
					t.Error("the locator is of no use to it")
				}
			},
		},
	}
}

// opened starts a query of two pages and returns where the second is.
func (c *client) opened() string {
	c.t.Helper()
	_, body := c.do(http.MethodGet, "/query?q=SELECT+Name+FROM+Account+ORDER+BY+Name", "")
	return body.(map[string]any)["nextRecordsUrl"].(string)
}

// gone reports whether a page is refused as unknown.
func (c *client) gone(path string) bool {
	c.t.Helper()
	status, got := c.do(http.MethodGet, path, "")
	if status == http.StatusOK {
		return false
	}
	return got.([]any)[0].(map[string]any)["errorCode"] == "INVALID_QUERY_LOCATOR"
}

func checkNestedPages(t *testing.T, change func(*Options), _ bool) {
	w := smallWorld()
	for i := range 5 {
		w.Salesforce["Contact"] = append(w.Salesforce["Contact"], world.Record{"AccountId": acme, "LastName": fmt.Sprint("n", i)})
	}
	c := serve(t, func(o *Options) { o.World, o.BatchSize = w, 4; change(o) })
	_, body := c.do(http.MethodGet, "/query?q="+url.QueryEscape("SELECT Id, (SELECT Id FROM Contacts) FROM Account ORDER BY Id"), "")
	page := body.(map[string]any)
	children := page["records"].([]any)[0].(map[string]any)["Contacts"].(map[string]any)
	if len(page["records"].([]any)) != 1 || page["done"] != false || len(children["records"].([]any)) != 3 || children["totalSize"] != num("6") || children["done"] != false {
		t.Fatalf("first page %v", page)
	}
	sizes, total, _ := c.pages(children["nextRecordsUrl"].(string), nil)
	if total != num("6") || fmt.Sprint(sizes) != "[3]" {
		t.Errorf("the other children come in pages of %v, of %v", sizes, total)
	}
	sizes, _, _ = c.pages(page["nextRecordsUrl"].(string), nil)
	if fmt.Sprint(sizes) != "[1]" {
		t.Errorf("the other accounts come in pages of %v", sizes)
	}
}
