package salesforce

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

const changePages = "REST API guide, updated and deleted; SOAP API guide, getUpdated and getDeleted"

// changes asks for what changed in a window that is given in minutes around 10:08 of the
// small world's day.
func (c *client) changes(object, what string, from, to time.Duration) (int, map[string]any) {
	c.t.Helper()
	minute := start.Truncate(time.Minute)
	query := url.Values{"start": {minute.Add(from).Format(time.RFC3339)}, "end": {minute.Add(to).Format(time.RFC3339)}}
	status, body := c.do(http.MethodGet, "/sobjects/"+object+"/"+what+"/?"+query.Encode(), "")
	m, ok := body.(map[string]any)
	if !ok {
		m = body.([]any)[0].(map[string]any)
	}
	return status, m
}

func changeFacts() []fact {
	return []fact{
		{
			name: "updated lists the ids that were saved in the window, deleted those that went", source: changePages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.clock.Advance(10 * time.Minute) // 10:18
				c.do(http.MethodPatch, "/sobjects/Account/"+bolt, `{"Fax":"1"}`)
				_, made := c.do(http.MethodPost, "/sobjects/Account", `{"Name":"New"}`)
				c.do(http.MethodDelete, "/sobjects/Account/"+acme, "")
				c.clock.Advance(10 * time.Minute)
				_, got := c.changes("Account", "updated", 10*time.Minute, 11*time.Minute)
				want := map[string]any{"ids": []any{bolt, made.(map[string]any)["id"]}, "latestDateCovered": "2026-11-22T10:19:00.000+0000"}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("updated (-want +got):\n%s", diff)
				}
				for _, window := range [][2]time.Duration{{9 * time.Minute, 10 * time.Minute}, {11 * time.Minute, 12 * time.Minute}} {
					if _, got := c.changes("Account", "updated", window[0], window[1]); len(got["ids"].([]any)) != 0 {
						t.Errorf("beside it: %v", got)
					}
				}
				_, got = c.changes("Account", "deleted", 10*time.Minute, 11*time.Minute)
				want = map[string]any{
					"deletedRecords":        []any{map[string]any{"id": acme, "deletedDate": "2026-11-22T10:18:01.000+0000"}},
					"earliestDateAvailable": "2026-11-07T10:28:00.000+0000", "latestDateCovered": "2026-11-22T10:19:00.000+0000",
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("deleted (-want +got):\n%s", diff)
				}
			},
		},
		{
			name: "seconds of start and end are ignored, and the end is after the start", source: changePages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				for _, what := range []string{"updated", "deleted"} {
					if status, got := c.changes("Account", what, time.Second, 59*time.Second); status != http.StatusBadRequest || got["errorCode"] != "INVALID_REPLICATION_DATE" {
						t.Errorf("%s within a minute: %d %v", what, status, got)
					}
					if status, got := c.changes("Account", what, 59*time.Second, 61*time.Second); status != http.StatusOK {
						t.Errorf("%s, two seconds about a full minute: %d %v", what, status, got)
					}
				}
				c.clock.Advance(time.Minute)
				if _, got := c.changes("Account", "updated", 30*time.Second, 60*time.Second); len(got["ids"].([]any)) != 2 {
					t.Errorf("from the 30th second, what was saved in the first: %v", got)
				}
			},
		},
		{
			name: "updated looks back 30 days, deleted 15", source: changePages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				day := 24 * time.Hour
				for what, back := range map[string]time.Duration{"updated": 30 * day, "deleted": 15 * day} {
					if status, got := c.changes("Account", what, -back, 0); status != http.StatusOK {
						t.Errorf("%s: %d %v", what, status, got)
					}
					if status, got := c.changes("Account", what, -back-time.Minute, 0); status != http.StatusBadRequest || got["errorCode"] != "INVALID_REPLICATION_DATE" {
						t.Errorf("%s, a minute more: %d %v", what, status, got)
					}
				}
			},
		},
		{
			name: "latestDateCovered stays where the oldest transaction under way began", source: changePages,
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.clock.Advance(5 * time.Minute) // 10:13:01
				commit := c.twin.SaveLate("Account", bolt, world.Record{"Fax": "1"})
				c.clock.Advance(5 * time.Minute)
				_, got := c.changes("Account", "updated", 0, 10*time.Minute)
				if got["latestDateCovered"] != "2026-11-22T10:13:01.000+0000" {
					t.Errorf("under way: %v", got)
				}
				if err := commit(); err != nil {
					t.Fatal(err)
				}
				_, got = c.changes("Account", "updated", 5*time.Minute, 6*time.Minute)
				if diff := cmp.Diff(map[string]any{"ids": []any{bolt}, "latestDateCovered": "2026-11-22T10:14:00.000+0000"}, got); diff != "" {
					t.Errorf("committed, it is stamped when it began (-want +got):\n%s", diff)
				}
				_, got = c.changes("Account", "updated", 5*time.Minute, time.Hour)
				if got["latestDateCovered"] != "2026-11-22T10:18:01.000+0000" {
					t.Errorf("a window into the future: %v, want it covered up to now", got)
				}
			},
		},
		{
			name: "a record that a transaction under way has changed can be saved by nobody else", source: "Apex Developer Guide, locking statements",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				commit := c.twin.SaveLate("Opportunity", deal, world.Record{"StageName": "Closed Won"})
				c.clock.Advance(5 * time.Minute)
				for _, path := range []string{"/sobjects/Opportunity/" + deal, "/sobjects/OpportunityLineItem/" + line1} {
					if _, item := c.answered(http.MethodPatch, path, `{"Description":"x"}`, nil); item["errorCode"] != "UNABLE_TO_LOCK_ROW" {
						t.Errorf("%s under way: %v", path, item)
					}
				}
				must(t, commit())
				for _, name := range []string{"LastStageChangeDate", "SystemModstamp"} {
					if got := c.value("Opportunity", deal, name); got != stamp(start) {
						t.Errorf("%s is %v, want when the transaction began", name, got)
					}
				}
				c.patch("Opportunity", deal, `{"Description":"x"}`)
			},
		},
		{
			name: "a line deleted by itself is listed for a day, one deleted with its deal as long as the deal", source: "object reference, OpportunityLineItem",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.do(http.MethodDelete, "/sobjects/OpportunityLineItem/"+line1, "")
				c.clock.Advance(time.Minute)
				lines := func() int {
					_, got := c.changes("OpportunityLineItem", "deleted", 0, 2*time.Minute)
					return len(got["deletedRecords"].([]any))
				}
				if n := lines(); n != 1 {
					t.Errorf("at once: %d lines, want 1", n)
				}
				c.clock.Advance(24 * time.Hour)
				c.login()
				if n := lines(); n != 0 {
					t.Errorf("a day later: %d lines, want none", n)
				}
				if _, got := c.changes("OpportunityLineItem", "updated", 0, 2*time.Minute); len(got["ids"].([]any)) != 1 {
					t.Errorf("updated: %v, want the line that is left", got)
				}
			},
		},
		{
			name: "lines in the bin with their deal are listed as long as it", source: "object reference, OpportunityLineItem",
			check: func(t *testing.T, change func(*Options), _ bool) {
				c := serve(t, change)
				c.do(http.MethodDelete, "/sobjects/Opportunity/"+deal, "")
				c.clock.Advance(10 * 24 * time.Hour)
				c.login()
				_, got := c.changes("OpportunityLineItem", "deleted", 0, 2*time.Minute)
				if n := len(got["deletedRecords"].([]any)); n != 2 {
					t.Errorf("%d lines, want 2", n)
				}
			},
		},
	}
}

func TestChangesRefusals(t *testing.T) {
	c := serve(t, nil)
	good := "start=2026-11-22T10:00:00Z&end=2026-11-22T10:05:00Z"
	for path, want := range map[string]string{
		"/sobjects/Account/updated":                                "MISSING_ARGUMENT",
		"/sobjects/Account/deleted?start=2026-11-22T10:00:00Z":     "MISSING_ARGUMENT",
		"/sobjects/Account/updated?start=2026-11-22&end=x":         "INVALID_REPLICATION_DATE",
		"/sobjects/Nope/updated?" + good:                           "NOT_FOUND",
		"/sobjects/Account/updated/?start=x&end=2026-11-22T10:05Z": "INVALID_REPLICATION_DATE",
	} {
		if _, code, text := c.refused(http.MethodGet, path, ""); code != want {
			t.Errorf("GET %s: %s %s, want %s", path, code, text, want)
		}
	}
	if status, code, _ := c.refused(http.MethodPost, "/sobjects/Account/updated?"+good, "{}"); status != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d %s, want 405", status, code)
	}
	if refusal := tooManyIDs(maxIDs + 1); tooManyIDs(maxIDs) != nil || refusal == nil || refusal.items[0].Code != "EXCEEDED_ID_LIMIT" {
		t.Errorf("600,001 ids: %v, want EXCEEDED_ID_LIMIT", refusal)
	}
	if err := c.twin.SaveLate("Account", ID("Account", 99), nil)(); err == nil {
		t.Error("a late save of no record is taken")
	}
}

// TestWindowsMeet has each change in one window of two that meet: the end is not part of it,
// which the vendor does not say, and without which a client would see the change twice.
func TestWindowsMeet(t *testing.T) {
	c := serve(t, nil)
	c.clock.Advance(2*time.Minute - time.Second) // 10:10:00
	c.patch("Account", bolt, `{"Fax":"1"}`)
	c.clock.Advance(5 * time.Minute)
	for begin, want := range map[time.Duration]int{time.Minute: 0, 2 * time.Minute: 1} {
		if _, got := c.changes("Account", "updated", begin, begin+time.Minute); len(got["ids"].([]any)) != want {
			t.Errorf("a minute from %v on: %v, want %d", begin, got, want)
		}
	}
}
