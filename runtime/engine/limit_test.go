package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/runtime/apicall"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/specs/catalog"
)

// TestSetback tells a vendor out of reach from an allowance used up, and says whose it is,
// which, and until when.
func TestSetback(t *testing.T) {
	heard := time.Date(2026, 11, 2, 4, 5, 6, 0, time.UTC)
	op := &catalog.Operation{ID: "createInvoices", API: "xero"}
	for name, tt := range map[string]struct {
		out  apicall.Outcome
		want engine.Hold
	}{
		"out of reach": {
			apicall.Outcome{Class: catalog.ClassRetry, Status: 503, Message: "service unavailable"},
			engine.Hold{Code: engine.HoldVendor, Message: "xero.createInvoices: service unavailable", Until: heard.Add(time.Minute)},
		},
		"our own count of the day": {
			apicall.Outcome{Class: catalog.ClassLimit, Code: "day", Message: "the day's allowance of xero is used up; nothing was sent", RetryAfter: 3 * time.Hour},
			engine.Hold{
				Code: engine.HoldLimit, API: "xero", Limit: "day", Until: heard.Add(3 * time.Hour),
				Message: "xero.createInvoices: the day's allowance of xero is used up; nothing was sent",
			},
		},
		"the vendor counts others too": {
			apicall.Outcome{Class: catalog.ClassLimit, Status: 429, Code: "Day", Message: "too many requests", RetryAfter: 2 * time.Hour},
			engine.Hold{
				Code: engine.HoldLimit, API: "xero", Limit: "day", Until: heard.Add(2 * time.Hour),
				Message: "xero.createInvoices: xero refuses more calls by its limit day: too many requests",
			},
		},
		"a limit without a name or a time": {
			apicall.Outcome{Class: catalog.ClassLimit, Status: 429, Message: "too many requests"},
			engine.Hold{
				Code: engine.HoldLimit, API: "xero", Until: heard.Add(time.Minute),
				Message: "xero.createInvoices: xero refuses more calls by its limit of calls: too many requests",
			},
		},
	} {
		tt.want.Path = "invoice"
		if diff := cmp.Diff(tt.want, new(engine.State).Setback("invoice", op, tt.out, heard)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
