package salesforce

import (
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
)

// TestDeletedLinesAreForgottenNextDay: they have no bin, and the list of deletions names
// them for a day.
func TestDeletedLinesAreForgottenNextDay(t *testing.T) {
	c := serve(t, nil)
	must(t, c.twin.Delete("OpportunityLineItem", line1))
	c.clock.Advance(24*time.Hour - time.Second)
	if n := len(c.twin.Dump()["OpportunityLineItem"]); n != 2 {
		t.Errorf("%d lines are known, want 2", n)
	}
	c.clock.Advance(time.Second)
	if n := len(c.twin.Dump()["OpportunityLineItem"]); n != 1 {
		t.Errorf("%d lines are known a day later, want 1", n)
	}
	// Records that came after a purged one are in order still, and can be added to.
	id, err := c.twin.Create("OpportunityLineItem", world.Record{"OpportunityId": deal, "PricebookEntryId": widgetAt, "Quantity": 1, "UnitPrice": 5})
	must(t, err)
	c.login()
	if rows := c.query("SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '" + deal + "'"); len(rows) != 2 || rows[1].(map[string]any)["Id"] != id {
		t.Errorf("lines %v", rows)
	}
	if got := c.value("Opportunity", deal, "Amount"); got != num("34.99") {
		t.Errorf("amount %v, want 29.99 and 5", got)
	}
}

// TestPurgeLeavesNoReferences: what can be without the purged record stays without it.
func TestPurgeLeavesNoReferences(t *testing.T) {
	c := serve(t, nil)
	boss, err := c.twin.Create("Contact", world.Record{"LastName": "Boss"})
	must(t, err)
	must(t, c.twin.Update("Contact", ID("Contact", 1), world.Record{"ReportsToId": boss}))
	role, err := c.twin.Create("OpportunityContactRole", world.Record{"OpportunityId": deal, "ContactId": boss})
	must(t, err)
	must(t, c.twin.Delete("Contact", boss))
	if c.value("OpportunityContactRole", role, "ContactId") != boss {
		t.Error("a role lost its contact when that was deleted")
	}
	c.clock.Advance(binSpan)
	if got := c.value("Contact", ID("Contact", 1), "ReportsToId"); got != nil {
		t.Errorf("a contact reports to %v, who is gone", got)
	}
	if n := len(c.twin.All("OpportunityContactRole")); n != 0 {
		t.Errorf("%d roles of nobody", n)
	}
	reload(t, c.twin, c.clock)
}

// TestUndeletedKeysAreUnique: what was given to another record meanwhile keeps a record, and
// what it took along, in the bin.
func TestUndeletedKeysAreUnique(t *testing.T) {
	c := serve(t, typed(func(*Options) {}))
	below, err := c.twin.Create("Account", world.Record{"Name": "a", "Key__c": "k"})
	must(t, err)
	must(t, c.twin.Delete("Account", below))
	_, err = c.twin.Create("Account", world.Record{"Name": "b", "Key__c": "k"})
	must(t, err)
	if err := c.twin.Undelete("Account", below); err == nil || len(c.twin.All("Account")) != 3 {
		t.Errorf("%v, %d accounts", err, len(c.twin.All("Account")))
	}
}

// TestMergesChain: each loser names the record that it went into, and a parent that went
// into its child is no parent.
func TestMergesChain(t *testing.T) {
	c := serve(t, nil)
	must(t, c.twin.Update("Account", bolt, world.Record{"ParentId": acme}))
	must(t, c.twin.Merge("Account", bolt, acme))
	if got := c.value("Account", bolt, "ParentId"); got != nil {
		t.Errorf("the master's parent is %v", got)
	}
	last, err := c.twin.Create("Account", world.Record{"Name": "Last"})
	must(t, err)
	must(t, c.twin.Merge("Account", last, bolt))
	for _, r := range c.twin.Dump()["Account"] {
		if want := map[string]any{acme: bolt, bolt: last}[r["Id"].(string)]; r["MasterRecordId"] != want {
			t.Errorf("%v went into %v, want %v", r["Name"], r["MasterRecordId"], want)
		}
	}
	if c.value("Opportunity", deal, "AccountId") != last {
		t.Error("the deal is not the last one's")
	}
	for what, err := range map[string]error{
		"itself":         c.twin.Merge("Account", last, last),
		"nothing":        c.twin.Merge("Account", last),
		"a deleted one":  c.twin.Merge("Account", last, acme),
		"another object": c.twin.Merge("Opportunity", deal, bare),
		"a stranger":     c.twin.Merge("Contact", ID("Contact", 1), last),
		"back to life":   c.twin.Undelete("Account", last),
		"no such object": c.twin.Undelete("Nothing", last),
		"no such record": c.twin.Undelete("Account", ID("Account", 99)),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

// TestNoIDIsGivenTwice: a record that is made after another was purged is not taken for it.
func TestNoIDIsGivenTwice(t *testing.T) {
	c := serve(t, nil)
	must(t, c.twin.Delete("OpportunityLineItem", line1))
	c.clock.Advance(24 * time.Hour)
	for range 4 {
		id, err := c.twin.Create("OpportunityLineItem", world.Record{"OpportunityId": deal, "PricebookEntryId": widgetAt, "Quantity": 1, "UnitPrice": 5})
		must(t, err)
		if id == line1 {
			t.Errorf("%s is the id of a line that was deleted", id)
		}
	}
}
