package salesforce

import (
	"maps"
	"reflect"
	"slices"
	"testing"
)

// held is everything a rollback must bring back: records, their marks, and both indexes.
func held(s *store) (rows map[string][]row, refs map[refKey][]*row) {
	rows, refs = map[string][]row{}, map[refKey][]*row{}
	for object, list := range s.rows {
		for _, r := range list {
			kept := *r
			kept.v = maps.Clone(r.v)
			rows[object] = append(rows[object], kept)
			if s.ids[r.id()] != r {
				rows["not found by id"] = append(rows["not found by id"], kept)
			}
		}
	}
	for k, list := range s.refs {
		refs[k] = slices.Clone(list)
	}
	return rows, refs
}

// TestRollback: whatever was done since a savepoint is as if it had never been, save for
// the ids that were given out.
func TestRollback(t *testing.T) {
	tw := serve(t, admin).twin
	tw.mu.Lock()
	defer tw.mu.Unlock()
	rows, refs := held(tw.store)
	ids := len(tw.store.ids)
	var lost string
	refusal := tw.atomically(func() *apiError {
		o, _ := tw.schema.find("Sync__c")
		r, refusal := tw.create(o, map[string]any{"Name": "x", "Key__c": "K", "Deal__c": deal})
		if refusal != nil {
			t.Fatal(refusal)
		}
		lost = r.id()
		inner := tw.atomically(func() *apiError {
			if refusal := tw.update(r, map[string]any{"Key__c": "L", "Deal__c": nil}); refusal != nil {
				t.Fatal(refusal)
			}
			return errNotFound()
		})
		if inner == nil || r.v["Key__c"] != "K" || len(tw.store.pointing("Sync__c", "Deal__c", deal)) != 1 {
			t.Errorf("after the inner rollback: %v", r.v)
		}
		account, _ := tw.row("Account", acme)
		if refusal := tw.remove(account); refusal != nil { // contacts, deals and lines go too
			t.Fatal(refusal)
		}
		return errNotFound()
	})
	if refusal == nil {
		t.Fatal("the refusal was lost")
	}
	gotRows, gotRefs := held(tw.store)
	if !reflect.DeepEqual(rows, gotRows) {
		t.Error("the records are not as they were")
	}
	if !reflect.DeepEqual(refs, gotRefs) || len(tw.store.ids) != ids {
		t.Error("an index is not as it was")
	}
	if len(tw.store.undo.steps) != 0 || tw.store.undo.open != 0 {
		t.Errorf("the log keeps %d steps, %d open", len(tw.store.undo.steps), tw.store.undo.open)
	}
	o, _ := tw.schema.find("Sync__c")
	r, refusal := tw.create(o, map[string]any{"Name": "x", "Key__c": "K"})
	if refusal != nil || r.id() == lost {
		t.Errorf("created again: %v %v, and not under the lost id", r, refusal)
	}
}
