package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs"
	"github.com/planwright/planwright/specs/catalog"
)

// keyedNotes is the embedded sources, with notes that are recognised by their text.
func keyedNotes(t *testing.T) []catalog.Source {
	t.Helper()
	const at, was = "$.paths['/Contacts/{ContactID}/History'].put", "x-pw-repeat: {way: keyed, header: Idempotency-Key, window: PT6M}"
	sources := specs.Embedded()
	i := slices.IndexFunc(sources, func(s catalog.Source) bool { return s.Name == "xero" })
	text := string(sources[i].Overlay)
	_, after, ok := strings.Cut(text, at)
	if !ok || !strings.Contains(after, was) {
		t.Fatal("the overlay says something else of notes")
	}
	now := strings.Replace(after, was, "x-pw-repeat: {way: probe, key: Details, lookup: {operation: getContacts, param: IDs}, late: PT10S}", 1)
	sources[i].Overlay = []byte(strings.TrimSuffix(text, after) + now)
	return sources
}

// TestKeyedOfOneRecordListMoves: several writes go to one record, as refunds of an order
// do, and each has a key of its own. After the list has moved every line's is done once.
func TestKeyedOfOneRecordListMoves(t *testing.T) {
	h := newHost(t, programOver(
		t, keyedNotes(t), "testdata/pay.yaml",
		"        write: xero.createPayments\n        key: {Reference: \"${'SF-' + string(line.Id)}\"}\n",
		"        write: xero.createContactHistory\n        with: {ContactID: \"${customer.ContactID}\"}\n        key: {Details: \"${'SF-' + string(line.Id)}\"}\n        body: {}\n",
		"        body:\n          Invoice: {InvoiceNumber: \"${'SF-' + string(opportunity.Id)}\"}\n          Account: {Code: \"090\"}\n          Date: ${opportunity.CloseDate}\n          Amount: ${line.TotalPrice}\n", "",
		"limits: {payments_per_day: 100}\n", "",
		"  - id: lines\n", "  - {id: customer, ensure: xero.Contact, find: {ContactNumber: \"${string(opportunity.Id)}\"}, create: {Name: Kea, ContactNumber: \"${string(opportunity.Id)}\"}}\n  - id: lines\n",
	))
	h.answers = map[string]any{
		"trigger": tree(deal), "customer/find/0": tree(`[{"ContactID":"c-1","ContactNumber":"006A"}]`),
		"lines": tree(`[{"Id":"00kA","TotalPrice":10},{"Id":"00kB","TotalPrice":20}]`),
	}
	for _, path := range []string{"every[0].", "every[1]."} {
		h.outcomes[path+"payment"] = outs(updated, updated, updated)
		h.outcomes[path+"mark"] = []apicall.Outcome{updated, updated, updated}
	}
	h.outcomes["every[0].mark"] = outs(refused(catalog.ClassData, "locked"), updated, updated)
	if got := h.run(); got.Path != "every[0].mark" {
		t.Fatalf("got %s %+v, want the refusal", got.Path, got.Hold)
	}
	h.answers["lines"] = tree(`[{"Id":"00kB","TotalPrice":20},{"Id":"00kA","TotalPrice":10}]`)
	h.add(engine.KindReleased, engine.Released{By: "Dana"})
	end := h.run()
	for range 3 {
		if end.Kind != engine.DoHold {
			break
		}
		h.add(engine.KindReleased, engine.Released{By: "Dana", Allow: end.Hold.Code})
		end = h.run()
	}
	if end.End.State != engine.Done {
		t.Errorf("ended %+v %+v, want done", end.End, end.Hold)
	}
	if diff := cmp.Diff([]string{"SF-00kA", "SF-00kB"}, h.naturals("payment")); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	replayed(t, h)
}
