package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// newPaid is the plan for payments, at an invoice that is paid and has follow-up tasks.
func newPaid(t *testing.T, tasks string) *host {
	t.Helper()
	h := newHost(t, programOf(t, "testdata/invoice-to-opportunity.yaml"))
	h.answers = map[string]any{
		"trigger": tree(`{"InvoiceID":"i-1","InvoiceNumber":"SF-006A","Type":"ACCREC","Status":"PAID","Total":90,"AmountPaid":90,"AmountDue":0}`),
		"deals":   tree(`[{"Id":"006A","Xero_Payment_Status__c":"Paid","Xero_Amount_Paid__c":90}]`), "update[0].tasks": tree(tasks),
	}
	return h
}

// targets lists which record each write went to, in order.
func targets(t *testing.T, h *host) []string {
	t.Helper()
	var ids []string
	for i, e := range h.log {
		if e.Kind != engine.KindIntent {
			continue
		}
		st, err := engine.Fold(h.log[:i])
		if err != nil {
			t.Fatal(err)
		}
		id, _ := h.prog.Next(st).Args.Params["id"].(string)
		ids = append(ids, id)
	}
	return ids
}

// TestEachListMoves: while a run was held within an each, its list became another. What was
// done for a record is neither done again nor taken for the work on the one now in its place.
func TestEachListMoves(t *testing.T) {
	const first, second = "update[0].close[0].done", "update[0].close[1].done"
	for name, tt := range map[string]struct {
		now  string // the tasks when it goes on
		want []string
	}{
		"shorter":       {`[{"Id":"00TB"}]`, []string{"00TA", "00TB", "00TB"}},
		"the same":      {`[{"Id":"00TA"},{"Id":"00TB"}]`, []string{"00TA", "00TB", "00TB"}},
		"another order": {`[{"Id":"00TB"},{"Id":"00TA"}]`, []string{"00TA", "00TB", "00TB"}},
		"longer":        {`[{"Id":"00TC"},{"Id":"00TA"},{"Id":"00TB"}]`, []string{"00TA", "00TB", "00TC", "00TB"}},
		"empty":         {`[]`, []string{"00TA", "00TB"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newPaid(t, `[{"Id":"00TA"},{"Id":"00TB"}]`)
			h.outcomes[first] = outs(updated, updated)
			h.outcomes[second] = outs(refused(catalog.ClassData, "a comment is needed"), updated, updated)
			h.outcomes["update[0].close[2].done"] = outs(updated)
			if a := h.run(); a.Kind != engine.DoHold || a.Path != second {
				t.Fatalf("got %s %s, want a hold of the second task", a.Kind, a.Path)
			}
			h.add(engine.KindReleased, engine.Released{By: "Dana"})
			h.answers["update[0].tasks"] = tree(tt.now)
			if a := h.run(); a.End.State != engine.Done {
				t.Errorf("ended %+v, want done", a)
			}
			if diff := cmp.Diff(tt.want, targets(t, h)); diff != "" {
				t.Errorf("tasks written (-want +got):\n%s", diff)
			}
			replayed(t, h)
		})
	}
}

// TestEachOneRecord: elements that write to one record are elements all the same: what was
// done for one is not taken for the work of the other.
func TestEachOneRecord(t *testing.T) {
	const first, second = "update[0].close[0].done", "update[0].close[1].done"
	for name, outcome := range map[string]apicall.Outcome{"heard": updated, "lost": lost} {
		t.Run(name, func(t *testing.T) {
			h := newPaid(t, `[{"Id":"00TA"},{"Id":"00TA"}]`)
			h.outcomes[first], h.outcomes[second] = outs(outcome, updated), outs(refused(catalog.ClassData, "a comment is needed"), updated)
			if a := h.run(); a.Kind != engine.DoHold || a.Path != second {
				t.Fatalf("got %s %s, want a hold of the second task", a.Kind, a.Path)
			}
			h.add(engine.KindReleased, engine.Released{By: "Dana"})
			if a := h.run(); a.End.State != engine.Done {
				t.Errorf("ended %+v, want done", a)
			}
			if len(h.outcomes[second]) != 0 {
				t.Error("the second was not written")
			}
			replayed(t, h)
		})
	}
}
