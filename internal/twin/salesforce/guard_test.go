package salesforce

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

// TestValidationConditions holds every operator against the same deal: 500 in a stage that
// is open, of no account.
func TestValidationConditions(t *testing.T) {
	for _, tt := range []struct {
		name   string
		parts  []any
		id     string
		body   string
		broken bool
	}{
		{"equal", []any{map[string]any{"Field": "amount", "Op": "=", "Value": json.Number("500.00")}}, bare, `{}`, true},
		{"not equal", []any{map[string]any{"Field": "Amount", "Op": "!=", "Value": json.Number("500")}}, bare, `{}`, false},
		{"more, as numbers", []any{map[string]any{"Field": "Amount", "Op": ">", "Value": json.Number("60")}}, bare, `{}`, true},
		{"more or as much", []any{map[string]any{"Field": "Amount", "Op": ">=", "Value": json.Number("501")}}, bare, `{}`, false},
		{"less", []any{map[string]any{"Field": "CloseDate", "Op": "<", "Value": "2026-12-25"}}, bare, `{}`, true},
		{"less or as much", []any{map[string]any{"Field": "CloseDate", "Op": "<=", "Value": "2026-12-23"}}, bare, `{}`, false},
		{"null is not less", []any{map[string]any{"Field": "NextStep", "Op": "<", "Value": "x"}}, bare, `{}`, false},
		{"changed", []any{map[string]any{"Field": "Amount", "Op": "changed"}}, bare, `{"Amount":7}`, true},
		{"not changed", []any{map[string]any{"Field": "Amount", "Op": "changed"}}, bare, `{"Amount":500}`, false},
		{"not new", []any{map[string]any{"Op": "new"}}, bare, `{}`, false},
		{"parent", []any{map[string]any{"Field": "Account.BillingCountry", "Op": "=", "Value": "New Zealand"}}, deal, `{}`, true},
		{"no parent", []any{map[string]any{"Field": "Account.BillingCountry", "Op": "=", "Value": nil}}, bare, `{}`, true},
		{"both", []any{map[string]any{"Field": "IsWon", "Op": "=", "Value": true}, map[string]any{"Field": "Amount", "Op": "=", "Value": json.Number("500")}}, bare, `{}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rule := world.Record{"EntityDefinition": "Opportunity", "ValidationName": "r", "Active": true, "ErrorMessage": "no", "ErrorCondition": tt.parts}
			c := serve(t, with(func(*Options) {}, validationRules, rule))
			status, item := c.answered(http.MethodPatch, "/sobjects/Opportunity/"+tt.id, tt.body, nil)
			if (status == http.StatusBadRequest) != tt.broken {
				t.Errorf("%d %v", status, item)
			}
			if fields, ok := item["fields"].([]any); tt.broken && (!ok || len(fields) != 0) {
				t.Errorf("a rule without a field names %v", item["fields"])
			}
		})
	}
}

// TestAllBrokenRulesAreTold at once, and inactive ones are not asked.
func TestAllBrokenRulesAreTold(t *testing.T) {
	asleep := wonNeedsAmount()
	asleep["Active"] = false
	c := serve(t, with(func(*Options) {}, validationRules, wonNeedsAmount(), asleep, wonNeedsAmount()))
	before := c.twin.Snapshot()
	_, body := c.do(http.MethodPatch, "/sobjects/Opportunity/"+bare, `{"StageName":"Closed Won","Amount":null}`)
	if n := len(body.([]any)); n != 2 {
		t.Errorf("%d rules are told, want 2", n)
	}
	if diff := cmp.Diff(before, c.twin.Snapshot()); diff != "" {
		t.Errorf("a refused save changed the org:\n%s", diff)
	}
}

// TestRefusedLineLeavesTheDeal: what a first line gives its opportunity comes with the line.
func TestRefusedLineLeavesTheDeal(t *testing.T) {
	rule := world.Record{
		"EntityDefinition": "OpportunityLineItem", "ValidationName": "r", "Active": true, "ErrorMessage": "no",
		"ErrorCondition": []any{map[string]any{"Op": "new"}},
	}
	c := serve(t, with(func(*Options) {}, validationRules, rule))
	before := c.twin.Dump()
	status, _ := c.do(http.MethodPost, "/sobjects/OpportunityLineItem", `{"OpportunityId":"`+bare+`","PricebookEntryId":"`+gadgAt+`","Quantity":1,"UnitPrice":5}`)
	if diff := cmp.Diff(before, c.twin.Dump()); status != http.StatusBadRequest || diff != "" {
		t.Errorf("status %d, org (-before +after):\n%s", status, diff)
	}
}

// TestDuplicatesByFields: exact fields tell case, folded ones do not, and a null matches
// nothing; a record is no duplicate of itself, nor when it does not change what counts.
func TestDuplicatesByFields(t *testing.T) {
	rule := world.Record{
		"SobjectType": "Account", "DeveloperName": "r", "IsActive": true, "Folded": []any{"Name"}, "Exact": []any{"BillingCountry"}, "Action": "Block",
		"AlertText": "Seen before.",
	}
	c := serve(t, with(func(*Options) {}, duplicateRules, rule))
	for body, want := range map[string]int{
		`{"Name":"acme LTD","BillingCountry":"New Zealand"}`: http.StatusBadRequest,
		`{"Name":"acme LTD","BillingCountry":"new zealand"}`: http.StatusCreated,
		`{"Name":"acme LTD"}`:                                http.StatusCreated,
	} {
		if status, item := c.answered(http.MethodPost, "/sobjects/Account", body, nil); status != want || want == http.StatusBadRequest && item["message"] != "Seen before." {
			t.Errorf("%s: %d %v", body, status, item)
		}
	}
	c.patch("Account", acme, `{"Name":"ACME LTD"}`)
	if status, _ := c.answered(http.MethodPatch, "/sobjects/Account/"+bolt, `{"Name":"Acme ltd","BillingCountry":"New Zealand"}`, nil); status != http.StatusBadRequest {
		t.Errorf("an update into a duplicate: %d", status)
	}
	must(t, c.twin.Delete("Account", acme))
	c.patch("Account", bolt, `{"Name":"Acme ltd","BillingCountry":"New Zealand"}`) // a deleted one does not count
}

func TestLocksAreHeldUntilReleased(t *testing.T) {
	c := serve(t, nil)
	must(t, c.twin.Hold(deal, time.Time{}))
	must(t, c.twin.SetApproval(bare, true))
	again := reload(t, c.twin, c.clock)
	for _, twin := range []*Twin{c.twin, again} {
		for id, want := range map[string]string{deal: "UNABLE_TO_LOCK_ROW", bare: "ENTITY_IS_LOCKED"} {
			if err := twin.Update("Opportunity", id, world.Record{"Name": "x"}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("update of %s: %v, want %s", id, err, want)
			}
		}
		twin.Release(deal[:15])
		must(t, twin.Update("Opportunity", deal, world.Record{"Name": "x"}))
	}
	if c.twin.Hold(ID("Account", 99), time.Time{}) == nil || c.twin.SetApproval("x", true) == nil {
		t.Error("a record that is not there was locked")
	}
}

func TestWorldsWithWrongRules(t *testing.T) {
	condition := []any{map[string]any{"Field": "Amount", "Op": "=", "Value": nil}}
	for what, tt := range map[string]struct {
		collection string
		record     world.Record
		want       string
	}{
		"no object":        {validationRules, world.Record{"EntityDefinition": "Nothing", "ErrorMessage": "m", "ErrorCondition": condition}, "needs an object"},
		"no condition":     {validationRules, world.Record{"EntityDefinition": "Opportunity", "ErrorMessage": "m"}, "a condition"},
		"no field":         {validationRules, world.Record{"EntityDefinition": "Account", "ErrorMessage": "m", "ErrorCondition": condition}, "Account.Amount"},
		"no shown field":   {validationRules, world.Record{"EntityDefinition": "Opportunity", "ErrorMessage": "m", "ErrorDisplayField": "Amuont", "ErrorCondition": condition}, "Amuont"},
		"no operator":      {validationRules, world.Record{"EntityDefinition": "Opportunity", "ErrorMessage": "m", "ErrorCondition": []any{map[string]any{"Field": "Amount", "Op": "~"}}}, `"~"`},
		"no value":         {validationRules, world.Record{"EntityDefinition": "Opportunity", "ErrorMessage": "m", "ErrorCondition": []any{map[string]any{"Field": "Amount", "Op": "=", "Value": "much"}}}, "JSON_PARSER_ERROR"},
		"no parent":        {validationRules, world.Record{"EntityDefinition": "Opportunity", "ErrorMessage": "m", "ErrorCondition": []any{map[string]any{"Field": "Acount.Name", "Op": "="}}}, "Acount"},
		"no action":        {duplicateRules, world.Record{"SobjectType": "Account", "Folded": []any{"Name"}}, "Block or Allow"},
		"nothing compared": {duplicateRules, world.Record{"SobjectType": "Account", "Action": "Block"}, "fields to compare"},
		"compared field":   {duplicateRules, world.Record{"SobjectType": "Account", "Action": "Block", "Exact": []any{"Nmae"}}, "Nmae"},
		"rights":           {permissions, world.Record{"SobjectType": "Nothing"}, "no such object"},
		"locked nothing":   {recordLocks, world.Record{"RecordId": ID("Account", 99), "Kind": "row"}, "no such record"},
		"kind of lock":     {recordLocks, world.Record{"RecordId": acme, "Kind": "page"}, "an approval or a row"},
		"until when":       {recordLocks, world.Record{"RecordId": acme, "Kind": "row", "Until": "soon"}, "soon"},
		"type's list":      {picklistsOfTypes, world.Record{"RecordTypeId": acme, "Field": "StageName"}, "no such record type"},
		"type's object":    {"RecordType", world.Record{"Name": "n", "DeveloperName": "n", "SobjectType": "Nothing"}, "no such object"},
		"history elsewhere": {
			customFields,
			world.Record{"Object": "Account", "Name": "Name", "Tracked": true},
			"Opportunity",
		},
	} {
		w := smallWorld()
		w.Salesforce[tt.collection] = []world.Record{tt.record}
		if _, err := New(Options{World: w}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one with %q", what, err, tt.want)
		}
	}
}

// TestRichWorldLoadsAgain: rules, rights, types and currencies are part of a dump.
func TestRichWorldLoadsAgain(t *testing.T) {
	kind := ID("RecordType", 1)
	change := currencies(with(func(*Options) {}, validationRules, wonNeedsAmount()))
	change = with(change, duplicateRules, world.Record{"SobjectType": "Account", "DeveloperName": "r", "IsActive": true, "Folded": []any{"Name"}, "Action": "Block"})
	change = with(change, "RecordType", world.Record{"Id": kind, "Name": "R", "DeveloperName": "R", "SobjectType": "Opportunity"})
	change = with(change, picklistsOfTypes, world.Record{"RecordTypeId": kind, "Field": "Type", "Values": []any{"New Customer"}})
	change = with(change, permissions, world.Record{"SobjectType": "Contact", "PermissionsEdit": false})
	c := serve(t, change)
	must(t, c.twin.Protect("Opportunity", "NextStep"))
	c.twin.SetReadOnly(true)
	again := reload(t, c.twin, c.clock)
	if diff := cmp.Diff(asData(t, c.twin.Dump()), asData(t, again.Dump())); diff != "" {
		t.Fatalf("dump (-first +second):\n%s", diff)
	}
	again.SetReadOnly(false)
	for what, err := range map[string]error{
		"duplicate":  second(again.Create("Account", world.Record{"Name": "ACME LTD"})),
		"validation": again.Update("Opportunity", bare, world.Record{"StageName": "Closed Won", "Amount": nil}),
		"list":       second(again.Create("Opportunity", world.Record{"Name": "n", "StageName": "Prospecting", "CloseDate": "2026-12-01", "Type": "Existing Customer - Renewal"})),
		"rights":     again.Update("Contact", ID("Contact", 1), world.Record{"Title": "x"}),
		"field":      again.Update("Opportunity", bare, world.Record{"NextStep": "x"}),
	} {
		if err == nil {
			t.Errorf("%s: no longer refused", what)
		}
	}
}

func second(_ string, err error) error { return err }
