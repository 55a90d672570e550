// Package preset names the faults of both vendors that people ask for, each as a rule of
// package wire ready to use: "xero-429-day", "salesforce-row-lock". A file of rules names
// one as {"preset": "xero-429-day"} and may change any of its members beside it.
package preset

import (
	"net/http"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
)

// Faults returns the presets by name. The map is the caller's.
func Faults() map[string]wire.Fault {
	out := both()
	for name, f := range xero() {
		out["xero-"+name] = f
	}
	for name, f := range salesforce() {
		out["salesforce-"+name] = f
	}
	return out
}

// far is an address that no client has business with.
const far = "https://elsewhere.invalid/"

// both holds what a network, a proxy or a changed vendor can do to either twin. The rules
// for answers name the requests whose answers have a body.
func both() map[string]wire.Fault {
	return map[string]wire.Fault{
		"offline":            {Operation: "*", Kind: wire.DropBefore},
		"reset":              {Operation: "*", Kind: wire.Reset, Nth: 1},
		"answer-lost":        {Operation: "*", Kind: wire.DropAfter, Nth: 1},
		"late-commit":        {Operation: "*", Kind: wire.Late, After: span(90 * time.Second), Nth: 1},
		"slow":               {Operation: "*", Kind: wire.Slow, After: span(5 * time.Second)},
		"drip":               {Operation: "*", Kind: wire.Drip, After: span(time.Second), Bytes: 1},
		"truncated":          {Operation: "*", Kind: wire.Truncate, Nth: 1},
		"cut-gzip":           {Operation: "*", Kind: wire.CutGzip, Nth: 1},
		"html-503":           {Operation: "*", Kind: wire.HTML, Code: http.StatusServiceUnavailable, Nth: 1},
		"500-after-commit":   {Operation: "*", Kind: wire.StatusAfter, Code: http.StatusInternalServerError, Nth: 1},
		"504-after-commit":   {Operation: "*", Kind: wire.StatusAfter, Code: http.StatusGatewayTimeout, Nth: 1},
		"storm":              {Operation: "*", Kind: wire.Status, Code: http.StatusBadGateway},
		"flapping":           {Operation: "*", Kind: wire.Status, Code: http.StatusServiceUnavailable, On: span(10 * time.Second), Off: span(20 * time.Second)},
		"duplicated":         {Operation: "*", Kind: wire.Twice, Nth: 1},
		"wrong-content-type": {Operation: "*", Kind: wire.Rewrite, Header: map[string]string{"Content-Type": "text/plain"}},
		"repeated-page":      {Operation: "GET *", Kind: wire.Repeat, Nth: 2},
		"clock-ahead":        {Operation: "*", Kind: wire.Rewrite, Skew: span(time.Hour)},
		"clock-behind":       {Operation: "*", Kind: wire.Rewrite, Skew: span(-24 * time.Hour)},
		"header-bomb":        {Operation: "*", Kind: wire.Rewrite, PadHeader: 12 << 20},
		"large-body":         {Operation: "*", Kind: wire.Rewrite, PadBody: 10 << 20},
		"redirect":           {Operation: "*", Kind: wire.Status, Code: http.StatusTemporaryRedirect, Header: map[string]string{"Location": far}},
		"null-arrays":        {Operation: "*", Kind: wire.Rewrite, Drift: &wire.Drift{NullArrays: true}},
		"numbers-as-strings": {Operation: "*", Kind: wire.Rewrite, Drift: &wire.Drift{NumbersAsStrings: true}},
		"unknown-members":    {Operation: "*", Kind: wire.Rewrite, Drift: &wire.Drift{Unknown: "NewThing__"}},
	}
}

func span(d time.Duration) wire.Duration { return wire.Duration(d) }

// xero holds what Xero alone does. A call over a limit is answered with an empty body; the
// headers tell which limit and, but for concurrent calls, how long to wait. Retry-After in
// other forms than seconds is not known of the vendor; RFC 9110 allows an HTTP date.
func xero() map[string]wire.Fault {
	const api = "* /api.xro/*"
	limited := func(problem, wait string) wire.Fault {
		f := wire.Fault{Operation: api, Kind: wire.Status, Code: http.StatusTooManyRequests, Nth: 1, Header: map[string]string{"X-Rate-Limit-Problem": problem}}
		if wait != "" {
			f.Header["Retry-After"] = wait
		}
		return f
	}
	return map[string]wire.Fault{
		"429-minute":     limited("minute", "26"),
		"429-day":        limited("day", "66975"),
		"429-concurrent": limited("concurrent", ""),
		"429-app-minute": limited("appminute", "26"),
		"429-no-wait":    limited("minute", ""),
		"429-zero":       limited("minute", "0"),
		"429-nonsense":   limited("minute", "soon"),
		"429-date":       limited("minute", "Wed, 01 Jan 2031 00:00:00 GMT"),
		"offline": {
			Operation: api, Kind: wire.Status, Code: http.StatusServiceUnavailable,
			Header: map[string]string{"Content-Type": "text/plain; charset=utf-8"}, Body: "The Organisation is offline",
		},
		"500-hides-batch": {Operation: "* /api.xro/*/Invoices", Kind: wire.StatusAfter, Code: http.StatusInternalServerError, Nth: 1},
		"500-kept":        {Operation: "* /api.xro/*", Kind: wire.StatusAfter, Code: http.StatusInternalServerError, Nth: 1, Inside: true},
		"new-status":      {Operation: "GET /api.xro/*/Invoices*", Kind: wire.Rewrite, Drift: &wire.Drift{Set: map[string]any{"Status": "ONHOLD"}}},
	}
}

// salesforce holds what Salesforce alone does. Refusals are lists of an errorCode and a
// message.
func salesforce() map[string]wire.Fault {
	const data = "* /services/data/*"
	refuse := func(operation string, status int, code, text string) wire.Fault {
		return wire.Fault{
			Operation: operation, Kind: wire.Status, Code: status, Nth: 1,
			Header: map[string]string{"Content-Type": "application/json;charset=UTF-8"},
			Body:   `[{"message":"` + text + `","errorCode":"` + code + `"}]`,
		}
	}
	return map[string]wire.Fault{
		"row-lock": refuse("PATCH /services/data/*", http.StatusBadRequest, "UNABLE_TO_LOCK_ROW",
			"unable to obtain exclusive access to this record or 1 records"),
		"request-limit":   refuse(data, http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
		"session-expired": refuse(data, http.StatusUnauthorized, "INVALID_SESSION_ID", "Session expired or invalid"),
		"maintenance":     refuse(data, http.StatusServiceUnavailable, "SERVER_UNAVAILABLE", "server temporarily unavailable"),
		"dead-locator":    refuse("GET /services/data/*/query/*", http.StatusBadRequest, "INVALID_QUERY_LOCATOR", "invalid query locator"),
		"new-stage":       {Operation: "GET /services/data/*", Kind: wire.Rewrite, Drift: &wire.Drift{Set: map[string]any{"StageName": "Verbally Agreed"}}},
	}
}
