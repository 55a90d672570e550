package salesforce

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/world"
)

// openFacts are what the vendor's pages leave open, or say in two ways.
func openFacts() []fact {
	return append([]fact{
		{
			name: "rows come in the order they were made where a query asks for none", source: guideSOQL + ": ORDER BY, which promises none", doubt: doubtUnordered,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				for q, want := range map[string]string{
					"SELECT Id FROM Account": acme + " " + bolt, "SELECT Id FROM Account ORDER BY SystemModstamp": acme + " " + bolt,
					"SELECT Id FROM Account ORDER BY Type DESC": acme + " " + bolt, "SELECT Id FROM OpportunityLineItem WHERE OpportunityId = '" + deal + "'": line1 + " " + line2,
				} {
					if got := idsOf(c.query(q)); (got == want) == otherwise {
						t.Errorf("%s: %s", q, got)
					}
				}
				if got := idsOf(c.query("SELECT Id FROM Account ORDER BY SystemModstamp, Id")); got != acme+" "+bolt {
					t.Errorf("with a full order: %s", got)
				}
			},
		},
		{
			name: "later pages show the rows as they were at the query", source: guideQuery + " (believed)", doubt: doubtLivePages,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, func(o *Options) { o.BatchSize = 1; change(o) })
				late := func(q string, do func()) []any {
					_, body := c.do(http.MethodGet, "/query?q="+url.QueryEscape(q), "")
					do()
					_, body = c.do(http.MethodGet, body.(map[string]any)["nextRecordsUrl"].(string), "")
					page := body.(map[string]any)
					if page["done"] != true || page["totalSize"] != num("2") {
						t.Errorf("%s: second page %v", q, page)
					}
					return page["records"].([]any)
				}
				first := late("SELECT Id, Phone FROM Account ORDER BY Id", func() { c.patch("Account", bolt, `{"Phone":"7"}`) })
				if (first[0].(map[string]any)["Phone"] == "7") != otherwise {
					t.Errorf("changed: %v", first)
				}
				first = late("SELECT Id, Owner.Name FROM Account ORDER BY Id", func() { c.do(http.MethodDelete, "/sobjects/Account/"+bolt, "") })
				if (len(first) == 0) != otherwise {
					t.Errorf("deleted: %v", first)
				}
			},
		},
		{
			name: "an instant in a query may have a fraction of a second", source: guideSOQL + ": date formats, which show none", doubt: doubtFraction,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				q := "SELECT Id FROM Account WHERE SystemModstamp = 2026-11-22T10:08:01%s"
				if n := len(c.query(fmt.Sprintf(q, "Z"))); n != 2 {
					t.Errorf("without one: %d", n)
				}
				for _, fraction := range []string{".000Z", ".000+00:00"} {
					status, item := c.answered(http.MethodGet, "/query?q="+url.QueryEscape(fmt.Sprintf(q, fraction)), "", nil)
					if (status == http.StatusBadRequest && item["errorCode"] == "MALFORMED_QUERY") != otherwise {
						t.Errorf("%s: %d %v", fraction, status, item)
					}
				}
			},
		},
		{
			name: "a parent that may be of several objects is of the type Name", source: guideSOQL + ": polymorphic relationships (from memory)", doubt: doubtNameParents,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				_, err := c.twin.Create("Task", world.Record{"Subject": "x", "WhatId": deal})
				must(t, err)
				_, body := c.do(http.MethodGet, "/query?q="+url.QueryEscape("SELECT What.Type, What.Name FROM Task"), "")
				what := body.(map[string]any)["records"].([]any)[0].(map[string]any)["What"].(map[string]any)
				want := map[string]any{"type": "Name", "url": base + "/sobjects/Opportunity/" + deal}
				if otherwise {
					want["type"] = "Opportunity"
				}
				if diff := cmp.Diff(want, what["attributes"]); diff != "" || what["Type"] != "Opportunity" || what["Name"] != "Acme renewal" {
					t.Errorf("%v (-want +got):\n%s", what, diff)
				}
			},
		},
	}, refusalFacts()...)
}

// refusalFacts are those about refusals.
func refusalFacts() []fact {
	return []fact{
		{
			name: "a write of a hidden field is refused as of no field", source: refCodes + "; help on field-level security says otherwise", doubt: doubtHiddenWrite,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				must(t, c.twin.Hide("Opportunity", "NextStep"))
				want := "INVALID_FIELD"
				if otherwise {
					want = "INVALID_FIELD_FOR_INSERT_UPDATE"
				}
				for method, path := range map[string]string{http.MethodPatch: "/sobjects/Opportunity/" + bare, http.MethodPost: "/sobjects/Opportunity"} {
					status, item := c.answered(method, path, `{"NextStep":"x"}`, nil)
					if status != http.StatusBadRequest || item["errorCode"] != want {
						t.Errorf("%s: %d %v, want %s", method, status, item, want)
					}
				}
				if _, item := c.answered(http.MethodPatch, "/sobjects/Opportunity/"+bare, `{"Nope":"x"}`, offSpec()); item["errorCode"] != "INVALID_FIELD" {
					t.Errorf("no such field: %v", item)
				}
			},
		},
		{
			name: "lack of rights is a refusal with status 400", source: refCodes + "; the status is not confirmed", doubt: doubtAccess403,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, with(change, permissions, world.Record{"SobjectType": "Opportunity", "PermissionsEdit": false, "PermissionsDelete": false}))
				want := http.StatusBadRequest
				if otherwise {
					want = http.StatusForbidden
				}
				for path, code := range map[string]string{
					"/sobjects/Opportunity/" + deal:          "INSUFFICIENT_ACCESS_OR_READONLY",
					"/sobjects/OpportunityLineItem/" + line1: "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", // for want of the right to edit the deal
				} {
					for _, method := range []string{http.MethodPatch, http.MethodDelete} {
						if status, item := c.answered(method, path, `{"Description":"x"}`, nil); status != want || item["errorCode"] != code {
							t.Errorf("%s %s: %d %v, want %d %s", method, path, status, item, want, code)
						}
					}
				}
			},
		},
		{
			name: "no refusal says when to come back", source: limitPages + " (believed)", doubt: doubtRetryAfter,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, both(change, func(o *Options) { o.DailyLimit, o.Otherwise = 2, append(o.Otherwise, doubtMaintenance503) }))
				want := ""
				if otherwise {
					want = "60"
				}
				c.twin.SetReadOnly(true)
				for _, path := range []string{"/sobjects/Account/" + acme, "/sobjects/Nope", "/limits"} { // maintenance, no overload, too many
					status, _, header := c.exchange(http.MethodPatch, path, `{"Name":"x"}`, nil)
					is := want
					if path == "/sobjects/Nope" {
						is = ""
					}
					if got := header.Get("Retry-After"); got != is || !strings.HasPrefix(header.Get("Sforce-Limit-Info"), "api-usage=") {
						t.Errorf("%s: %d, %q, want %q", path, status, got, is)
					}
				}
				c.clock.Advance(25 * time.Hour)
			},
		},
	}
}

func idsOf(rows []any) string {
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.(map[string]any)["Id"].(string))
	}
	return strings.Join(ids, " ")
}
