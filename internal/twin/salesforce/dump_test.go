package salesforce

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
)

// reload starts a twin on what another holds, by way of a file.
func reload(t *testing.T, twin *Twin, clock *wire.Virtual) *Twin {
	t.Helper()
	data, err := world.World{Start: start, Salesforce: twin.Dump()}.Encode()
	must(t, err)
	w, err := world.Decode(data)
	must(t, err)
	again, err := New(Options{Now: clock.Now, World: w})
	must(t, err)
	return again
}

// asData brings a dump into the form that a file gives it.
func asData(t *testing.T, v any) any {
	t.Helper()
	data, err := json.Marshal(v)
	must(t, err)
	var out any
	must(t, json.Unmarshal(data, &out))
	return out
}

// TestDumpLoadsAgain: a world with everything in it, written and read, is the same world
// and goes on the same way.
func TestDumpLoadsAgain(t *testing.T) {
	c := serve(t, admin)
	c.off("PATCH", "/sobjects/Opportunity/"+bare, `{"StageName":"Closed Won","Probability":null,"ForecastCategoryName":"Commit","Amount":7,"Rate__c":1.25}`)
	must(t, c.twin.Hide("Opportunity", "Region__c"))
	_, err := c.twin.Create("Sync__c", world.Record{"Name": "n", "Key__c": "k", "Deal__c": bare})
	must(t, err)
	_, err = c.twin.Create("Task", world.Record{"WhatId": bare, "ActivityDate": "2026-11-20"})
	must(t, err)
	_, err = c.twin.Create("OpportunityContactRole", world.Record{"OpportunityId": deal, "ContactId": ID("Contact", 1), "IsPrimary": true})
	must(t, err)
	_, err = c.twin.Create("Task", world.Record{"WhatId": deal}) // which goes, and leaves it the account
	must(t, err)
	must(t, c.twin.Update("Opportunity", bare, world.Record{"AccountId": bolt})) // after the task about it
	must(t, c.twin.Delete("OpportunityLineItem", line2))
	c.clock.Advance(time.Hour)
	must(t, c.twin.Delete("Account", acme))
	first := c.twin.Dump()
	again := reload(t, c.twin, c.clock)
	if diff := cmp.Diff(asData(t, first), asData(t, again.Dump())); diff != "" {
		t.Fatalf("dump after a load (-first +second):\n%s", diff)
	}
	for _, twin := range []*Twin{c.twin, again} {
		must(t, twin.Undelete("Account", acme))
		must(t, twin.Merge("Account", bolt, acme))
	}
	if diff := cmp.Diff(asData(t, c.twin.Dump()), asData(t, again.Dump())); diff != "" {
		t.Errorf("dump after the same deeds (-first +loaded):\n%s", diff)
	}
	c.clock.Advance(15*24*time.Hour - time.Second)
	if n := len(again.Dump()["Account"]); n != 2 {
		t.Errorf("%d accounts before the end of the bin, want 2", n)
	}
	c.clock.Advance(time.Second)
	if n := len(again.Dump()["Account"]); n != 1 {
		t.Errorf("%d accounts after it, want 1", n)
	}
}

// TestSnapshotIsWhatIsThere: without the bin and the org's own history, and without
// references to them.
func TestSnapshotIsWhatIsThere(t *testing.T) {
	c := serve(t, nil)
	c.patch("Opportunity", bare, `{"Amount":7}`)
	must(t, c.twin.Update("Account", bolt, world.Record{"ParentId": acme}))
	must(t, c.twin.Delete("Account", acme))
	got := c.twin.Snapshot()
	if got["OpportunityHistory"] != nil || len(got["Account"]) != 1 || got["Account"][0]["ParentId"] != nil {
		t.Errorf("history %v, accounts %v", got["OpportunityHistory"], got["Account"])
	}
	if got["Opportunity"][0]["LastAmountChangedHistoryId"] != nil {
		t.Error("a reference to history is left")
	}
	if _, err := New(Options{World: world.World{Start: start, Salesforce: got}}); err != nil {
		t.Error(err)
	}
}

func TestWorldsWithWrongDeletions(t *testing.T) {
	for what, r := range map[string]world.Record{
		"no record": {"RecordId": ID("Account", 99), "With": acme}, "not deleted": {"RecordId": bolt, "With": acme}, "misspelt": {"Record": bolt},
	} {
		w := smallWorld()
		w.Salesforce[deletions] = []world.Record{r}
		if _, err := New(Options{World: w}); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

// TestDumpOfWhatIsGone: records that were purged take their locks along, and nothing that
// is made later has their ids or numbers.
func TestDumpOfWhatIsGone(t *testing.T) {
	c := serve(t, typed(func(*Options) {}))
	gone, err := c.twin.Create("Sync__c", world.Record{})
	must(t, err)
	must(t, c.twin.Hold(line1, start.Add(time.Second)))
	must(t, c.twin.SetApproval(deal, true))
	c.clock.Advance(time.Hour)
	must(t, c.twin.Delete("Sync__c", gone))
	must(t, c.twin.Delete("Account", acme))
	c.clock.Advance(15 * 24 * time.Hour)
	again := reload(t, c.twin, c.clock)
	for _, twin := range []*Twin{c.twin, again} {
		id, err := twin.Create("Sync__c", world.Record{})
		must(t, err)
		if r, _ := twin.Get("Sync__c", id); id == gone || r["Name"] != "S-0002" {
			t.Errorf("the next record is %s, named %v", id, r["Name"])
		}
	}
	if diff := cmp.Diff(asData(t, c.twin.Dump()), asData(t, again.Dump())); diff != "" {
		t.Errorf("dump after the same deeds (-first +loaded):\n%s", diff)
	}
}

func TestWorldsWithWrongSequences(t *testing.T) {
	for what, r := range map[string]world.Record{
		"no object": {"Object": "Nope", "Last": 1}, "no field": {"Object": "Account", "Field": "Nope", "Last": 1}, "misspelt": {"Objekt": "Account"},
	} {
		w := smallWorld()
		w.Salesforce[sequences] = []world.Record{r}
		if _, err := New(Options{World: w}); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}
