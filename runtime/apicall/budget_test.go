package apicall

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/specs/catalog"
)

const noContacts = `{"Contacts":[]}`

// withheld asserts that a call is answered without being sent.
func withheld(t *testing.T, r *rig, limit string, wait time.Duration) {
	t.Helper()
	before := r.hits.Load()
	out := r.read(t)
	if out.Class != catalog.ClassLimit || out.Code != limit || out.RetryAfter != wait || out.Status != 0 {
		t.Errorf("got %+v, want limit %q for %v", out, limit, wait)
	}
	if r.hits.Load() != before {
		t.Error("it was sent")
	}
}

func sent(t *testing.T, r *rig) Outcome {
	t.Helper()
	before := r.hits.Load()
	out := r.read(t)
	if r.hits.Load() != before+1 {
		t.Fatalf("it was not sent: %+v", out)
	}
	return out
}

func TestMinuteUsedUp(t *testing.T) {
	r := newRig(t, reply(200, noContacts, "X-MinLimit-Remaining", "0", "X-DayLimit-Remaining", "700"))
	sent(t, r)
	withheld(t, r, "minute", 61*time.Second)
	r.clock.add(20 * time.Second)
	withheld(t, r, "minute", 41*time.Second)
	r.clock.add(41 * time.Second)
	sent(t, r)
	want := []Budget{{Connection: "xero", MinuteLeft: 0, DayLeft: 700, Seen: r.clock.now()}}
	if diff := cmp.Diff(want, r.caller.Budgets()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOwnCount holds the stated minute without any help from headers.
func TestOwnCount(t *testing.T) {
	r := newRig(t, reply(200, noContacts))
	for range 60 {
		sent(t, r)
		r.clock.add(500 * time.Millisecond)
	}
	withheld(t, r, "minute", 31*time.Second)
	r.clock.add(31 * time.Second)
	sent(t, r)
	withheld(t, r, "minute", time.Second) // the next slot is half a second away
}

func TestHeadersLowerTheCount(t *testing.T) {
	left := atomic.Int64{}
	left.Store(3)
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		// Another program uses the same allowance: each request costs two.
		reply(200, noContacts, "X-MinLimit-Remaining", strconv.FormatInt(max(left.Add(-2), 0), 10))(w, req)
	})
	sent(t, r)
	sent(t, r)
	withheld(t, r, "minute", 61*time.Second)
}

func TestDayUsedUp(t *testing.T) {
	r := newRig(t, reply(200, noContacts, "X-DayLimit-Remaining", "0"))
	sent(t, r)
	withheld(t, r, "day", time.Hour)
	r.clock.add(30 * time.Minute)
	withheld(t, r, "day", 30*time.Minute)
	r.clock.add(30 * time.Minute)
	sent(t, r)
}

func TestVendorSaysWait(t *testing.T) {
	r := newRig(t, reply(429, "", "Retry-After", "7200", "X-Rate-Limit-Problem", "day"))
	if out := sent(t, r); out.Class != catalog.ClassLimit || out.RetryAfter != 2*time.Hour || out.Status != 429 {
		t.Errorf("got %+v", out)
	}
	withheld(t, r, "day", 2*time.Hour)
	r.clock.add(2 * time.Hour)
	sent(t, r)

	r = newRig(t, reply(429, "", "X-Rate-Limit-Problem", "concurrent"))
	sent(t, r)
	sent(t, r) // too many at once says nothing about the next
}

func TestUsageUsedUp(t *testing.T) {
	r := newRig(t, reply(200, `{"done":true,"records":[]}`, "Sforce-Limit-Info", "api-usage=15000/15000"))
	if out := r.call(t, "salesforce.query", soqlArgs()); out.Class != catalog.ClassOK {
		t.Fatalf("got %+v", out)
	}
	if out := r.call(t, "salesforce.query", soqlArgs()); out.Class != catalog.ClassLimit || out.RetryAfter != 15*time.Minute || r.hits.Load() != 1 {
		t.Errorf("got %+v", out)
	}
	r.clock.add(15 * time.Minute)
	r.call(t, "salesforce.query", soqlArgs())
	if b := r.caller.Budgets()[0]; r.hits.Load() != 2 || b.Used != 15000 || b.Most != 15000 {
		t.Errorf("got %+v", b)
	}
}

func TestBudgetsSurviveARestart(t *testing.T) {
	first := newRig(t, reply(429, "", "Retry-After", "3600", "X-Rate-Limit-Problem", "day"))
	sent(t, first)
	second := newRig(t, reply(200, noContacts), func(c *Config) { c.Budgets = first.caller.Budgets() })
	withheld(t, second, "day", time.Hour)
}

func TestClockGoesBack(t *testing.T) {
	r := newRig(t, reply(200, noContacts, "X-MinLimit-Remaining", "0"))
	sent(t, r)
	r.clock.add(-48 * time.Hour)
	sent(t, r)
	r = newRig(t, reply(429, "", "Retry-After", "3600", "X-Rate-Limit-Problem", "day"))
	sent(t, r)
	r.clock.add(-48 * time.Hour)
	sent(t, r)
}

func TestOddHeaders(t *testing.T) {
	for _, v := range []string{"", "x", "9999999999999999999999", "1.5"} {
		r := newRig(t, reply(200, noContacts, "X-MinLimit-Remaining", v, "X-DayLimit-Remaining", v))
		sent(t, r)
		sent(t, r)
	}
	r := newRig(t, reply(200, noContacts, "X-MinLimit-Remaining", "-4"))
	sent(t, r)
	withheld(t, r, "minute", 61*time.Second)
}

// TestAllowanceUnderLoad lets many callers at a vendor that counts, and holds that it is
// never asked too often.
func TestAllowanceUnderLoad(t *testing.T) {
	var taken, over atomic.Int64
	taken.Store(40) // somebody else's
	r := newRig(t, func(w http.ResponseWriter, req *http.Request) {
		n := taken.Add(1)
		if n > 60 {
			over.Add(1)
		}
		reply(200, noContacts, "X-MinLimit-Remaining", strconv.FormatInt(max(60-n, 0), 10))(w, req)
	})
	sent(t, r) // the first answer tells what is left
	req := r.render(t, "xero.getContacts", Args{})
	var wg sync.WaitGroup
	var limited atomic.Int64
	for range 8 {
		wg.Go(func() {
			for range 10 {
				if out := r.caller.Call(t.Context(), req); out.Class == catalog.ClassLimit {
					limited.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if over.Load() > 0 || limited.Load() == 0 {
		t.Errorf("%d requests too many, %d held back", over.Load(), limited.Load())
	}
}
