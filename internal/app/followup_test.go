package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/runtime/engine"
)

// followUps lists the tasks about a deal: the due date and stage of each, and whether it is
// open.
func (h *house) followUps(deal string) (out []string) {
	for _, task := range h.sf.All("Task") {
		_, mark, _ := strings.Cut(fmt.Sprint(task["Xero_Follow_Up__c"]), " due ")
		state := "open"
		if task["IsClosed"] == true {
			state = "closed"
		}
		if task["WhatId"] == deal {
			out = append(out, mark+" "+state)
		}
	}
	slices.Sort(out)
	return out
}

// followed demands the tasks about each deal.
func (h *house) followed(want map[string][]string) {
	h.t.Helper()
	for _, deal := range slices.Sorted(maps.Keys(want)) {
		if got := h.followUps(deal); fmt.Sprint(got) != fmt.Sprint(want[deal]) {
			h.t.Errorf("tasks about %s: %q, want %q", deal, got, want[deal])
		}
	}
}

// until moves the clock to a day, hour by hour at noon UTC, so that each stage comes at its time.
func (h *house) until(day string) {
	h.t.Helper()
	end, err := time.Parse(time.DateOnly, day)
	h.must(err)
	for end = end.Add(13 * time.Hour); h.clock.Now().Before(end); {
		h.clock.Advance(min(end.Sub(h.clock.Now()), 24*time.Hour))
		h.must(h.all())
	}
}

// TestFollowUpStages: one task an invoice and stage; none where it was paid before, closed
// where it is settled after; a due date that moves takes its tasks along.
func TestFollowUpStages(t *testing.T) {
	h := automated(t)
	deals := h.win(7)
	h.must(h.all())
	unpaid, paidBefore, paidAfter, voided, putOff, brought, bounced := deals[0], deals[1], deals[2], deals[3], deals[4], deals[5], deals[6]
	due := func(deal, day string) {
		h.must(h.xero.Change("Invoices", "SF-"+deal, map[string]any{"DueDate": day}))
		h.clock.Advance(time.Minute)
	}
	due(brought, "2026-11-10")
	h.until("2026-11-13") // two days after the date it was brought forward to
	h.followed(map[string][]string{brought: {"2026-11-10 day 1 open"}, unpaid: nil})
	h.pay(paidBefore, h.owed(paidBefore))
	full := h.owed(bounced)
	h.pay(bounced, full)
	h.until("2026-12-04")
	h.unpay(bounced)
	h.must(h.all())
	first := []string{"2026-12-01 day 1 open"}
	h.followed(map[string][]string{
		unpaid: first, paidBefore: nil, paidAfter: first, voided: first, putOff: first, bounced: first,
		brought: {"2026-11-10 day 1 open", "2026-11-10 day 7 open"},
	})
	due(putOff, "2026-12-20")
	h.pay(paidAfter, "0.01") // still owed
	h.must(h.all())
	h.followed(map[string][]string{putOff: {"2026-12-01 day 1 closed"}, paidAfter: first})
	h.pay(paidAfter, h.owed(paidAfter))
	h.must(h.xero.Void("SF-" + voided))
	h.until("2027-02-01")
	h.followed(map[string][]string{
		unpaid:     {"2026-12-01 day 1 open", "2026-12-01 day 30 open", "2026-12-01 day 7 open"},
		paidBefore: nil, paidAfter: {"2026-12-01 day 1 closed"}, voided: {"2026-12-01 day 1 closed"},
		putOff:  {"2026-12-01 day 1 closed", "2026-12-20 day 1 open", "2026-12-20 day 30 open", "2026-12-20 day 7 open"},
		brought: {"2026-11-10 day 1 open", "2026-11-10 day 30 open", "2026-11-10 day 7 open"},
		bounced: {"2026-12-01 day 1 open", "2026-12-01 day 30 open", "2026-12-01 day 7 open"},
	})
	h.quiet()
	h.intended()
	h.ended(0)
}

// TestSettledAtOnce: the day on which a task is due is the day on which the invoice is settled,
// and all plans look at once: the deal shows it, and no task is left open.
func TestSettledAtOnce(t *testing.T) {
	h := automated(t)
	deals := h.win(4)
	h.must(h.all())
	paid, voided, part, owed := deals[0], deals[1], deals[2], deals[3]
	full := h.owed(paid)
	h.clock.Advance(31 * 24 * time.Hour) // past the first stage
	h.pay(paid, full)
	h.must(h.xero.Void("SF-" + voided))
	h.pay(part, "10.00")
	h.atOnce()
	h.atOnce()
	h.must(h.all())
	h.shows(paid, "Paid", full, 2)
	h.shows(voided, "Voided", "0", 2)
	h.shows(part, "Part paid", "10", 2)
	for _, deal := range []string{paid, voided} {
		for _, task := range h.followUps(deal) {
			if strings.HasSuffix(task, "open") {
				t.Errorf("%s is settled, and has the task %s", deal, task)
			}
		}
	}
	h.followed(map[string][]string{part: {"2026-12-01 day 1 open"}, owed: {"2026-12-01 day 1 open"}})
	h.quiet()
	h.intended()
}

// TestFollowUpLate: an invoice that was overdue long before the plan looked at it gets the
// task of the stage that has come, and none for those that passed.
func TestFollowUpLate(t *testing.T) {
	h := automated(t)
	deal := h.win(1)[0]
	h.must(h.all())
	h.must(h.xero.Change("Invoices", "SF-"+deal, map[string]any{"DueDate": "2026-09-20"}))
	h.must(h.all())
	h.followed(map[string][]string{deal: {"2026-09-20 day 30 open"}})
	h.quiet()
}

// TestFollowUpOwner: Salesforce takes no task for a user who has left, so the account's owner
// gets it, then the user whom the plan names; where nobody is left, a person is asked.
func TestFollowUpOwner(t *testing.T) {
	h := automated(t)
	file := h.propose(overdue, "follow-ups@example.com", "desk@example.com")
	_, err := h.app.Decide(t.Context(), file, true, dana, "as shown")
	h.must(err)
	deals := h.win(3)
	h.must(h.all())
	owner := func(object, id string) string {
		rec, _ := h.sf.Get(object, id)
		return fmt.Sprint(rec["OwnerId"])
	}
	for i, deal := range deals {
		rec, _ := h.sf.Get("Opportunity", deal)
		left, err := h.sf.Create("User", h.user(fmt.Sprintf("left%d@example.com", i)))
		h.must(err)
		h.must(h.sf.Update("Opportunity", deal, world.Record{"OwnerId": left}))
		if i > 0 {
			h.must(h.sf.Update("Account", fmt.Sprint(rec["AccountId"]), world.Record{"OwnerId": left}))
		}
		h.must(h.sf.Update("User", left, world.Record{"IsActive": false}))
	}
	desk, err := h.sf.Create("User", h.user("desk@example.com"))
	h.must(err)
	h.until("2026-12-03")
	for i, deal := range deals {
		rec, _ := h.sf.Get("Opportunity", deal)
		want := desk
		if i == 0 {
			want = owner("Account", fmt.Sprint(rec["AccountId"]))
		}
		h.followed(map[string][]string{deal: {"2026-12-01 day 1 open"}})
		for _, task := range h.sf.All("Task") {
			if task["WhatId"] == deal && task["OwnerId"] != want {
				t.Errorf("the task about %s is for %v, want %s", deal, task["OwnerId"], want)
			}
		}
	}
	h.must(h.sf.Update("User", desk, world.Record{"IsActive": false}))
	h.until("2026-12-09")
	runs, err := h.app.Runs(engine.Held, overdue)
	h.must(err)
	var why []string
	for _, r := range runs {
		if !r.Hold.Until.IsZero() {
			continue
		}
		why = append(why, r.Why())
	}
	if len(why) != 2 || !strings.Contains(why[0], "active") {
		t.Errorf("held: %q, want two that name what is missing", why)
	}
}

// user is a new user of Salesforce, like the first there is.
func (h *house) user(name string) world.Record {
	out := world.Record{"Username": name, "LastName": "Tester", "Email": name, "Alias": "test", "IsActive": true}
	like := h.sf.All("User")[0]
	for _, field := range []string{"ProfileId", "TimeZoneSidKey", "LocaleSidKey", "EmailEncodingKey", "LanguageLocaleKey"} {
		out[field] = like[field]
	}
	return out
}
