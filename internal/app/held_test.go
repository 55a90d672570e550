package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/localengine"
)

// What can happen to a deal, a customer, a plan or a connection while runs are held. Each
// case here once made an invoice too many, too few, or for the wrong customer.

func (h *house) update(object, id string, fields map[string]any) {
	h.t.Helper()
	if err := h.sf.Update(object, id, fields); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) run(key string) RunView {
	h.t.Helper()
	v, err := h.app.Run(key)
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

// lost makes the first answer to an invoice get lost, and hides the invoice meanwhile.
func (h *house) lost() {
	h.t.Helper()
	err := h.faults.Set([]wire.Fault{
		{Operation: "PUT /api.xro/2.0/Invoices", Nth: 1, Kind: wire.DropAfter},
		{Operation: "GET /api.xro/2.0/Invoices", Kind: wire.Status, Code: 503},
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// drive runs once and lets the test look, whatever came of it.
func (h *house) drive() Report {
	h.t.Helper()
	r, err := h.app.RunOnce(h.t.Context(), h.name)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

func TestDealLostWhileHeldAndWonAgain(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	deals := h.win(12)
	h.once(0, 12)
	h.clock.Advance(time.Hour)
	for _, id := range deals {
		h.update("Opportunity", id, map[string]any{"StageName": "Closed Lost"})
	}
	h.mapped()
	r := h.drive()
	if n := len(h.invoiced()); n != 0 || r.Refused != 12 {
		t.Errorf("%d lost deals were invoiced, %d runs refused; want 0 and 12", n, r.Refused)
	}
	h.drive() // the same change again is no new event
	h.clock.Advance(time.Hour)
	for _, id := range deals {
		if err := h.sf.CloseWon(id); err != nil {
			t.Fatal(err)
		}
	}
	if r := h.drive(); r.Done != 12 {
		t.Errorf("won again: %+v, want 12 done", r)
	}
	h.drive()
	h.settled(deals)
}

// TestAccountMovedWhileHeld holds for a person rather than bill the account the deal had.
func TestAccountMovedWhileHeld(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	deals := h.win(12)
	h.once(0, 12)
	l, err := h.app.open()
	if err != nil {
		t.Fatal(err)
	}
	victim, made := "", ""
	for _, id := range deals {
		entries, err := l.engine.Record(h.run(id).ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Kind == engine.KindIntent {
				victim, made = id, as[engine.Intent](e).Natural
			}
		}
	}
	other := ""
	for _, id := range deals {
		if deal, _ := h.sf.Get("Opportunity", id); fmt.Sprint(deal["AccountId"]) != made {
			other = fmt.Sprint(deal["AccountId"])
		}
	}
	if victim == "" || other == "" {
		t.Fatal("no deal made a contact")
	}
	h.clock.Advance(time.Hour)
	h.update("Opportunity", victim, map[string]any{"AccountId": other})
	h.mapped()
	h.drive()
	if v := h.run(victim); v.State != engine.Held || v.Hold.Code != engine.HoldPerson || h.invoiced()[victim] != nil {
		t.Errorf("%s: %s, want held for a person and no invoice", v.State, v.Why())
	}
}

// TestAnotherTenant stops a run whose write was lost from looking, and writing, elsewhere.
func TestAnotherTenant(t *testing.T) {
	h := ready(t, goal)
	h.lost()
	deals := h.win(1)
	h.drive()
	if err := h.faults.Set(nil); err != nil {
		t.Fatal(err)
	}
	first := h.xero
	other := &house{t: t, clock: h.clock, company: h.company}
	other.company.World = h.company.World.Clone()
	for _, o := range other.company.World.Xero["Organisation"] {
		o["OrganisationID"] = "99999999-2222-3333-4444-555555555555"
	}
	other.twins()
	h.xero = other.xero
	h.reopen(nil)
	if _, err := h.app.Connect(t.Context(), Connection{
		Name: "xero", API: "xero", Base: "http://127.0.0.1:8402/api.xro/2.0", Token: "http://127.0.0.1:8402/connect/token",
		Client: xero.DefaultClientID, Secret: xero.DefaultClientSecret, AllowPrivate: true,
	}); err != nil {
		t.Fatal(err)
	}
	h.clock.Advance(3 * time.Hour)
	if _, err := h.app.RunOnce(t.Context(), h.name); err == nil || !strings.Contains(err.Error(), "tenant") {
		t.Errorf("got %v, want the approval to be stale for the tenant", err)
	}
	l, err := h.app.open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.engine.Drain(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if v := h.run(deals[0]); v.State != engine.Held || v.Hold.Code != engine.HoldStale {
		t.Errorf("%s: %s, want held as stale", v.State, v.Why())
	}
	if n := len(h.invoiced()); n != 0 {
		t.Errorf("%d invoices at the other organisation", n)
	}
	h.xero = first
	h.reopen(nil)
	h.connect()
	h.clock.Advance(time.Hour)
	h.once(1, 0)
	h.settled(deals)
}

// TestWiderCondition leaves alone what the plan's earlier version saw and did not want.
func TestWiderCondition(t *testing.T) {
	h := newHouse(t)
	h.approved("When an opportunity over 5,000,000 is closed-won in Salesforce, create an approved invoice with the line items in Xero.")
	h.win(3)
	h.drive()
	h.clock.Advance(90 * 24 * time.Hour)
	h.approved(goal)
	h.mapped()
	for _, id := range h.company.Close[:3] {
		h.update("Opportunity", id, map[string]any{"NextStep": "touched"})
	}
	h.drive()
	if n := len(h.invoiced()); n != 0 {
		t.Errorf("%d deals were invoiced that were won 90 days before", n)
	}
	h.clock.Advance(time.Hour)
	if err := h.sf.CloseWon(h.company.Close[5]); err != nil {
		t.Fatal(err)
	}
	h.once(1, 0)
}

// TestNoStartingPoint refuses an approval when nobody can say what qualified before it.
func TestNoStartingPoint(t *testing.T) {
	h := newHouse(t)
	answer, err := h.app.Draft(t.Context(), goal, "rules")
	if err != nil || answer.Draft == nil {
		t.Fatalf("%+v %v", answer, err)
	}
	checked, _, err := h.app.Check("plan.yaml", answer.Draft.Plan.YAML())
	if err != nil {
		t.Fatal(err)
	}
	v, err := h.app.Propose(t.Context(), checked, "planner")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.faults.Set([]wire.Fault{{Operation: "GET /services/data/v67.0/query*", Kind: wire.Status, Code: 503}}); err != nil {
		t.Fatal(err)
	}
	_, err = h.app.Decide(t.Context(), v.ID, true, dana, "")
	var p *Problem
	if !errors.As(err, &p) || p.Next == "" {
		t.Errorf("got %v, want a problem with advice", err)
	}
	if list, _ := h.app.Plans(t.Context()); list[0].State != "proposed" {
		t.Errorf("the proposal is %s, want proposed", list[0].State)
	}
}

// TestRefusedLookup holds when the look-up of a lost invoice is refused, and goes on when
// a person has mended it.
func TestRefusedLookup(t *testing.T) {
	h := ready(t, goal)
	err := h.faults.Set([]wire.Fault{
		{Operation: "PUT /api.xro/2.0/Invoices", Nth: 1, Kind: wire.DropAfter},
		{Operation: "GET /api.xro/2.0/Invoices", Kind: wire.Status, Code: 403},
	})
	if err != nil {
		t.Fatal(err)
	}
	deals := h.win(1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := h.app.RunOnce(ctx, h.name)
	if err != nil || r.Held != 1 || r.Holds[0].Hold.Code != engine.HoldPerson {
		t.Fatalf("got %+v, %v; want one run held for a person", r, err)
	}
	if err := h.app.Cancel(t.Context(), r.Holds[0].ID, dana, "give up"); err == nil {
		t.Error("a run was cancelled whose invoice may be there")
	}
	if err := h.faults.Set(nil); err != nil {
		t.Fatal(err)
	}
	if err := h.app.Retry(t.Context(), r.Holds[0].ID, dana, false); err != nil {
		t.Fatal(err)
	}
	h.once(1, 0)
	h.settled(deals)
}

// TestAllowIsForWhatWasSeen holds again when the amount is another than the one accepted.
func TestAllowIsForWhatWasSeen(t *testing.T) {
	h := ready(t, goal+" Never above 10 per invoice.")
	deals := h.win(1)
	r := h.once(0, 1)
	for _, x := range h.sf.All("OpportunityLineItem") {
		if fmt.Sprint(x["OpportunityId"]) == deals[0] {
			h.update("OpportunityLineItem", fmt.Sprint(x["Id"]), map[string]any{"Quantity": "900", "UnitPrice": "10"})
		}
	}
	if err := h.app.Retry(t.Context(), r.Holds[0].ID, dana, true); err != nil {
		t.Fatal(err)
	}
	again := h.once(0, 1)
	if again.Holds[0].Hold.Message == r.Holds[0].Hold.Message {
		t.Error("the hold names the amount that was accepted")
	}
	if err := h.app.Retry(t.Context(), r.Holds[0].ID, dana, true); err != nil {
		t.Fatal(err)
	}
	h.once(1, 0)
	h.settled(deals)
}

// TestSpecChangesUnderOpenRuns lets begun runs finish when the plan still fits the newer
// spec, and starts none.
func TestSpecChangesUnderOpenRuns(t *testing.T) {
	h := ready(t, goal)
	h.lost()
	deals := h.win(1)
	h.drive()
	if err := h.faults.Set(nil); err != nil {
		t.Fatal(err)
	}
	sources, err := h.app.sources()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if s.Name == "xero" {
			if _, found, err := h.app.AddSpec(NewSpec{File: "xero.yaml", Name: "xero", Data: append(s.Spec, "\n# a newer edition\n"...)}); err != nil || found.HasErrors() {
				t.Fatal(err, found)
			}
		}
	}
	h.clock.Advance(2 * time.Hour)
	l, err := h.app.open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.engine.Drain(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if v := h.run(deals[0]); v.State != engine.Done {
		t.Errorf("the begun run is %s: %s", v.State, v.Why())
	}
	h.settled(deals)
	if _, err := h.app.RunOnce(t.Context(), h.name); err == nil || !strings.Contains(err.Error(), "stale") {
		t.Errorf("got %v, want stale: new runs need a new approval", err)
	}
}

// TestKilledWhileWaiting proves that after a crash the last moment of a lost request is
// counted from when the run is taken up, not from its intent: it may have left much later.
func TestKilledWhileWaiting(t *testing.T) {
	h := ready(t, goal)
	err := h.faults.Set([]wire.Fault{
		{Operation: "PUT /api.xro/2.0/Invoices", Nth: 1, Kind: wire.Status, Code: 429, Header: map[string]string{"Retry-After": "30"}},
		{Operation: "PUT /api.xro/2.0/Invoices", Nth: 1, Kind: wire.Late, After: wire.Duration(8 * time.Second)},
	})
	if err != nil {
		t.Fatal(err)
	}
	deals := h.win(1)
	puts := func() (n int) {
		for _, x := range h.seen.Exchanges() {
			if x.Method == "PUT" && strings.Contains(x.URL, "/Invoices") {
				n++
			}
		}
		return n
	}
	h.reopen(func(p localengine.Point, _ string) error {
		if p == localengine.AfterSend && puts() == 2 {
			return errKilled
		}
		return nil
	})
	if _, err := h.app.RunOnce(t.Context(), h.name); !errors.Is(err, errKilled) {
		t.Fatalf("got %v, want a kill", err)
	}
	h.reopen(nil)
	h.once(1, 0)
	h.settled(deals)
	if n := puts(); n != 2 {
		t.Errorf("%d requests to create the invoice, want 2: the late one was to be waited for", n)
	}
}

// TestRevoked holds begun runs before their next write, and lets them go on when the plan
// is approved again.
func TestRevoked(t *testing.T) {
	h := newHouse(t)
	h.approved(goal)
	deals := h.win(3)
	h.once(0, 3)
	h.mapped()
	if _, err := h.app.Decide(t.Context(), h.name, false, dana, "stop"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.app.RunOnce(t.Context(), h.name); err == nil || !strings.Contains(err.Error(), "not approved") {
		t.Errorf("got %v, want not approved", err)
	}
	l, err := h.app.open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.engine.Drain(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if n := len(h.invoiced()); n != 0 {
		t.Errorf("%d invoices under a plan whose approval was taken back", n)
	}
	h.approved(goal)
	h.once(3, 0)
	h.settled(deals)
}
