package salesforce

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// Calls of 20 seconds or more that may be under way at once.
const (
	longCallsSmall = 5 // in Developer Edition and trial orgs
	longCalls      = 25
)

// SetLongCalls makes it look as if n calls of 20 seconds or more were under way. At the
// org's limit every other call is refused until there are fewer.
func (t *Twin) SetLongCalls(n int) {
	t.lock()
	defer t.mu.Unlock()
	t.long = n
}

// spend counts one API call against the last 24 hours, or refuses it.
func (t *Twin) spend() *apiError {
	now := t.opt.Now().Unix()
	old := 0
	for old < len(t.calls) && t.calls[old] <= now-24*60*60 {
		old++
	}
	t.calls = t.calls[old:]
	switch {
	case len(t.calls) >= t.opt.DailyLimit:
		return errLimit()
	case t.long >= t.longLimit():
		return refuse(http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")
	}
	t.calls = append(t.calls, now)
	return nil
}

func (t *Twin) longLimit() int {
	org, ok := t.store.live(t.orgID)
	if ok && !strings.HasPrefix(org.str("OrganizationType"), "Developer") && org.v["TrialExpirationDate"] == nil {
		return longCalls
	}
	return longCallsSmall
}

// usage is the header that tells how much of the day's allocation is used.
func (t *Twin) usage() map[string]string {
	text := fmt.Sprintf("api-usage=%d/%d", len(t.calls), t.opt.DailyLimit)
	if t.otherwise[doubtAppUsage] {
		text += fmt.Sprintf("; per-app-api-usage=%d/%d(appName=planwright)", len(t.calls), t.opt.DailyLimit)
	}
	return map[string]string{"Sforce-Limit-Info": text}
}

// comeBack adds to the headers of a refusal when the client should try again.
func (t *Twin) comeBack(refusal *apiError, header map[string]string) map[string]string {
	busy := refusal.status == http.StatusServiceUnavailable || refusal.items[0].Code == "REQUEST_LIMIT_EXCEEDED"
	if !busy || !t.otherwise[doubtRetryAfter] {
		return header
	}
	out := maps.Clone(header)
	if out == nil {
		out = map[string]string{}
	}
	out["Retry-After"] = "60"
	return out
}

// limits answers /limits; asking costs a call like any other. Only calls are counted,
// the rest stands for an org that does nothing else.
func (t *Twin) limits() any {
	pair := func(limit, left int) ordered { return ordered{{"Max", limit}, {"Remaining", left}} }
	return ordered{
		{"ConcurrentAsyncGetReportInstances", pair(200, 200)},
		{"DailyApiRequests", pair(t.opt.DailyLimit, t.opt.DailyLimit-len(t.calls))},
		{"DailyAsyncApexExecutions", pair(250000, 250000)},
		{"DailyBulkV2QueryJobs", pair(10000, 10000)},
		{"DailyDeliveredPlatformEvents", pair(10000, 10000)},
		{"DailyStreamingApiEvents", pair(10000, 10000)},
		{"DataStorageMB", pair(5, 5)},
		{"HourlyPublishedPlatformEvents", pair(50000, 50000)},
	}
}
