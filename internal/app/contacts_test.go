package app

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/engine"
)

// The plans that keep the links between accounts and contacts current.
var linkPlans = []string{"account-renamed", "account-merged", "contact-retired"}

// linking is a house with the plan for new accounts and those that follow it.
func linking(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	for _, name := range append([]string{contacts}, linkPlans...) {
		h.adopt(name)
	}
	h.must(h.links())
	return h
}

// links runs each of them once, a few minutes later: what was deleted is told late.
func (h *house) links() error {
	h.clock.Advance(5 * time.Minute)
	for _, name := range append([]string{contacts}, linkPlans...) {
		if _, err := h.app.RunOnce(h.t.Context(), name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (h *house) account(name string) string {
	h.t.Helper()
	id, err := h.sf.Create("Account", world.Record{"Name": name})
	h.must(err)
	return id
}

// contact is the contact that an account is linked to; nil for none.
func (h *house) contact(account string) map[string]any {
	h.t.Helper()
	rec, _ := h.sf.Get("Account", account)
	for _, c := range h.xero.Contacts() {
		if c["ContactID"] == rec["Xero_Contact_Id__c"] {
			return c
		}
	}
	return nil
}

// heldFor demands that so many runs of a plan are held with a reason that says so.
func (h *house) heldFor(planName, why string, want int) {
	h.t.Helper()
	runs, err := h.app.Runs(engine.Held, planName)
	h.must(err)
	n := 0
	for _, r := range runs {
		if strings.Contains(r.Why(), why) {
			n++
		} else {
			h.t.Errorf("%s is held: %s", planName, r.Why())
		}
	}
	if n != want {
		h.t.Errorf("%d runs of %s are held for %q, want %d", n, planName, why, want)
	}
}

// TestNamesakesShareNothing: of two accounts of one name neither takes the contact of that
// name by itself. A person gives it to one; then the other cannot have it.
func TestNamesakesShareNothing(t *testing.T) {
	h := linking(t)
	a, b := h.account("Te Aro Architects"), h.account("Te Aro Architects")
	h.must(h.links())
	h.heldFor(contacts, "another account has the same name", 2)
	runs, err := h.app.Runs(engine.Held, contacts)
	h.must(err)
	h.must(h.app.Retry(t.Context(), runs[0].ID, dana, true))
	h.must(h.app.Retry(t.Context(), runs[1].ID, dana, false))
	h.must(h.links())
	got := map[string]int{}
	for _, account := range []string{a, b} {
		if c := h.contact(account); c != nil {
			got[fmt.Sprint(c["ContactID"])]++
			h.linked(account)
		}
	}
	if len(got) != 1 {
		t.Errorf("the accounts are linked to %v, want one link", got)
	}
	h.heldFor(contacts, "a person must say whether it is the same", 1)
}

// TestNewNamesakes: two accounts of a name that no contact has get no contact in common.
func TestNewNamesakes(t *testing.T) {
	h := linking(t)
	a, b := h.account("Nobody Knows Ltd"), h.account("Nobody Knows Ltd")
	h.must(h.links())
	first, second := h.contact(a), h.contact(b)
	if (first == nil) == (second == nil) {
		t.Errorf("linked to %v and %v, want one of them", first, second)
	}
	h.heldFor(contacts, "a person must say whether it is the same", 1)
}

// TestLinksFollow takes linked accounts and contacts through what people do to them.
func TestLinksFollow(t *testing.T) {
	h := linking(t)
	renamed, gone, twoA, twoB := h.account("Kiwi Rope"), h.account("Tui Sailmakers"), h.account("Weka Yachts"), h.account("Weka Boats")
	merged, archived := h.account("Moa Marine"), h.account("Ruru Rigging")
	h.must(h.links())
	for _, account := range []string{renamed, gone, twoA, twoB, merged, archived} {
		h.linked(account)
	}
	winner, err := h.xero.Add("Contacts", map[string]any{"Name": "Moa Group"})
	h.must(err)
	number := func(account string) string { return fmt.Sprint(h.contact(account)["ContactID"]) }

	h.must(h.sf.Update("Account", renamed, world.Record{"Name": "Kiwi Ropes Ltd"}))
	h.must(h.xero.Merge(number(merged), winner))
	h.must(h.xero.Archive(number(archived)))
	kept, left := number(gone), h.unlinked()
	h.must(h.sf.Merge("Account", left, gone))
	h.must(h.sf.Merge("Account", twoA, twoB))
	h.must(h.links())
	h.must(h.links())

	if got := number(merged); got != winner {
		t.Errorf("the account of a merged contact is linked to %s, want %s", got, winner)
	}
	if got := number(left); got != kept || h.contact(left)["ContactNumber"] != left {
		t.Errorf("the account that is left is linked to %v, want %s with its number", h.contact(left), kept)
	}
	h.heldFor("contact-retired", "was archived", 1)
	h.heldFor("account-merged", "both accounts had a contact", 1)
	h.heldFor("account-renamed", "Rename the contact?", 2) // the one that was handed over is called otherwise, too
	runs, err := h.app.Runs(engine.Held, "account-renamed")
	h.must(err)
	for _, r := range runs {
		h.must(h.app.Answer(t.Context(), r.ID, engine.Reply{Answer: "rename", By: dana}))
	}
	h.must(h.links())
	for _, account := range []string{renamed, left} {
		rec, _ := h.sf.Get("Account", account)
		if got := h.contact(account)["Name"]; got != rec["Name"] {
			t.Errorf("the contact of %v is called %v", rec["Name"], got)
		}
		h.linked(account)
	}
}

// unlinked is an account that was there before the plans began and has no contact.
func (h *house) unlinked() string {
	h.t.Helper()
	for _, rec := range h.sf.All("Account") {
		known := false
		for _, c := range h.xero.Contacts() {
			known = known || c["ContactNumber"] == rec["Id"]
		}
		if !known && rec["Xero_Contact_Id__c"] == nil {
			return fmt.Sprint(rec["Id"])
		}
	}
	h.t.Fatal("every account has a contact")
	return ""
}

// atOnce runs all four automations at the same time, a minute later.
func (h *house) atOnce() {
	h.clock.Advance(time.Minute)
	var group sync.WaitGroup
	for _, name := range []string{invoicing, contacts, payments, overdue} {
		group.Go(func() {
			if _, err := h.app.RunOnce(h.t.Context(), name); err != nil {
				h.t.Errorf("%s: %v", name, err)
			}
		})
	}
	group.Wait()
}

// TestSameAccountAtOnce: a deal is won for an account that was created a moment ago. The plan
// that invoices and the plan that links both need its contact, at the same time: it is made
// once.
func TestSameAccountAtOnce(t *testing.T) {
	h := automated(t)
	deals := h.win(3)
	var accounts []string
	for _, deal := range deals {
		rec, _ := h.sf.Get("Opportunity", deal)
		old, _ := h.sf.Get("Account", fmt.Sprint(rec["AccountId"]))
		account, err := h.sf.Create("Account", world.Record{"Name": "Brand New " + deal, "BillingCountry": old["BillingCountry"]})
		h.must(err)
		h.must(h.sf.Update("Opportunity", deal, world.Record{"AccountId": account}))
		accounts = append(accounts, account)
	}
	before := len(h.xero.Contacts())
	h.atOnce()
	h.must(h.all())
	h.settled(deals)
	for _, account := range accounts {
		h.linked(account)
	}
	if got := len(h.xero.Contacts()) - before; got != len(accounts) {
		t.Errorf("%d contacts were made, want %d", got, len(accounts))
	}
	h.quiet()
}
