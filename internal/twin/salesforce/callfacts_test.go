package salesforce

import (
	"net/http"
	"testing"
)

func callFacts() []fact {
	return []fact{
		{
			name: "the usage header tells the org's calls", source: limitPages, doubt: doubtAppUsage,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				_, _, header := c.exchange(http.MethodGet, "/limits", "", nil)
				want := "api-usage=1/15000"
				if otherwise {
					want += "; per-app-api-usage=1/15000(appName=planwright)"
				}
				if got := header.Get("Sforce-Limit-Info"); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			},
		},
		{
			name: "an update pays no heed to If-Unmodified-Since", source: conditional, doubt: doubtPatchDate,
			check: func(t *testing.T, change func(*Options), otherwise bool) {
				c := serve(t, change)
				status, _, _ := c.exchange(http.MethodPatch, "/sobjects/Opportunity/"+bare, `{"Name":"x"}`, map[string]string{"If-Unmodified-Since": "Sun, 22 Nov 2026 10:08:00 GMT"})
				if (status == http.StatusPreconditionFailed) != otherwise {
					t.Errorf("status %d", status)
				}
			},
		},
	}
}
