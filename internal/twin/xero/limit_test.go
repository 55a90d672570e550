package xero_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
)

func TestMinuteAndDayLimits(t *testing.T) {
	b := open(t, func(o *xero.Options) { o.MinuteLimit, o.DayLimit = 3, 7 })
	a := b.get("/Items").want(200)
	for name, want := range map[string]string{"X-MinLimit-Remaining": "2", "X-DayLimit-Remaining": "6", "X-AppMinLimit-Remaining": "9999"} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s is %q, want %s", name, got, want)
		}
	}
	b.get("/Items").want(200)
	b.call("PUT", "/Items", `{"Items":[{"Name":"no code"}]}`, "X-Off-Spec", "code missing").want(400)
	a = b.get("/Items").want(429)
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil || wait < 1 || wait > 60 || a.header.Get("X-Rate-Limit-Problem") != "minute" || a.header.Get("X-MinLimit-Remaining") != "0" || a.header.Get("X-DayLimit-Remaining") != "4" {
		t.Errorf("429 with headers %v", a.header)
	}
	if a.body != "" || a.header.Get("Content-Type") != "" {
		t.Errorf("a 429 has no body and no content type: %q %q", a.body, a.header.Get("Content-Type"))
	}
	b.clock.Advance(time.Duration(wait)*time.Second - time.Second)
	b.get("/Items").want(429)
	b.clock.Advance(time.Second)
	for range 3 {
		b.get("/Items").want(200)
	}
	b.clock.Advance(time.Minute)
	b.get("/Items").want(200)
	a = b.get("/Items").want(429)
	wait, err = strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil || a.header.Get("X-Rate-Limit-Problem") != "day" || wait < 1 || wait > 86400 {
		t.Errorf("429 with headers %v", a.header)
	}
	b.clock.Advance(time.Duration(wait) * time.Second)
	b.token = b.signIn("")
	b.get("/Items").want(200)
	if s := b.twin.Stats(); s.Passed != 8 || s.Limited != 3 || s.Calls["GET Items"] != 7 {
		t.Errorf("stats %+v", s)
	}
}

func TestConcurrentLimit(t *testing.T) {
	hold, entered := make(chan struct{}), make(chan struct{}, 9)
	var calls atomic.Int32
	b := open(t, func(o *xero.Options) {
		o.Concurrent, o.MinuteLimit = 0, 60 // the vendor's 5
		o.Inside = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if calls.Add(1) <= 5 { // a sixth must not come, and would not be waited for
					entered <- struct{}{}
					<-hold
				}
				next.ServeHTTP(w, r)
			})
		}
	})
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() { b.get("/Items").want(200) })
	}
	for range 5 {
		<-entered
	}
	a := b.get("/Items").want(429)
	if a.header.Get("X-Rate-Limit-Problem") != "concurrent" || a.header.Get("Retry-After") != "" || a.body != "" {
		t.Errorf("429 with headers %v", a.header)
	}
	close(hold)
	wg.Wait()
	if got := b.get("/Items").want(200).header.Get("X-MinLimit-Remaining"); got != "54" {
		t.Errorf("%s calls of the minute are left after six and one refused, want 54", got)
	}
	if s := b.twin.Stats(); s.Peak != 5 || s.Limited != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestIdempotencyKey(t *testing.T) {
	bill := `{"Invoices":[` + with(sale("", line("1", "1")), "ACCREC", "ACCPAY", "200", "300") + `]}`
	bad := `{"Invoices":[` + with(sale("", line("1", "1")), "ACCREC", "ACCPAY", "200", "999") + `]}`
	b := open(t, func(o *xero.Options) { shop(o); o.MinuteLimit = 1000 })
	first := b.call("PUT", "/Invoices", bill, "Idempotency-Key", "k1").want(200)
	left := first.header.Get("X-MinLimit-Remaining")
	b.clock.Advance(6*time.Minute - time.Second)
	again := b.call("PUT", "/Invoices", bill, "idempotency-key", "k1").want(200)
	if again.body != first.body || len(b.twin.Invoices()) != 1 {
		t.Errorf("a replay executed: %d invoices, %s", len(b.twin.Invoices()), again.body)
	}
	if again.header.Get("X-MinLimit-Remaining") == "" || left == "" {
		t.Error("limit headers are missing")
	}
	got := b.call("PUT", "/Invoices", bad, "Idempotency-Key", "k1").want(400).text("Message")
	if got != "Idempotency Key: k1 is used with a different request." {
		t.Errorf("message %q", got)
	}
	b.call("POST", "/Invoices", bill, "Idempotency-Key", "k1").want(400)
	b.call("PUT", "/Invoices?unitdp=4", bill, "Idempotency-Key", "k1").want(400)
	b.clock.Advance(time.Second)
	b.call("PUT", "/Invoices", bill, "Idempotency-Key", "k1").want(200)
	if n := len(b.twin.Invoices()); n != 2 {
		t.Errorf("%d invoices after six minutes, want 2: the key was forgotten", n)
	}

	// A 400 is kept as well: mending the cause does not help the same key.
	b.call("PUT", "/Invoices", bad, "Idempotency-Key", "k2").want(400)
	if _, err := b.twin.Add("Accounts", object{"Code": "999", "Type": "EXPENSE", "TaxType": "INPUT2", "Name": "New"}); err != nil {
		t.Fatal(err)
	}
	b.call("PUT", "/Invoices", bad, "Idempotency-Key", "k2").want(400)
	b.call("PUT", "/Invoices", bad, "Idempotency-Key", "k3").want(200)

	b.call("PUT", "/Invoices", bill, "Idempotency-Key", strings.Repeat("k", 128)).want(200)
	b.call("PUT", "/Invoices", bill, "Idempotency-Key", strings.Repeat("k", 129), "X-Off-Spec", "key too long").want(400)
	b.call("PUT", "/Invoices", bill, "Idempotency-Key", "", "X-Off-Spec", "empty key").want(400)
	b.get("/Invoices", "Idempotency-Key", "k1", "X-Off-Spec", "ignored on GET").want(200)
}

func TestReplaysUseUpTheLimit(t *testing.T) {
	b := open(t, func(o *xero.Options) { shop(o); o.MinuteLimit = 2 })
	body := `{"Contacts":[{"Name":"A"}]}`
	b.call("PUT", "/Contacts", body, "Idempotency-Key", "k").want(200)
	b.call("PUT", "/Contacts", body, "Idempotency-Key", "k").want(200)
	b.call("PUT", "/Contacts", body, "Idempotency-Key", "k").want(429)
}

func TestInternalErrorIsStoredUnderItsKey(t *testing.T) {
	for _, kind := range []wire.Kind{wire.Status, wire.StatusAfter, wire.DropBefore} {
		t.Run(string(kind), func(t *testing.T) {
			inside, err := wire.NewFaults([]wire.Fault{{Operation: "PUT */Contacts", Kind: kind, Code: 500, Nth: 1}}, wire.FaultOptions{})
			if err != nil {
				t.Fatal(err)
			}
			b := open(t, func(o *xero.Options) { o.Inside = inside.Wrap })
			put := func(key string) int {
				a, err := b.try(b.keyed("PUT", "/Contacts", `{"Contacts":[{"Name":"A"}]}`, key))
				if err != nil {
					return 0
				}
				return a.code
			}
			first := put("k")
			if want := map[wire.Kind]int{wire.Status: 500, wire.StatusAfter: 500}[kind]; first != want {
				t.Fatalf("first answer %d, want %d", first, want)
			}
			if got := put("k"); got != 500 {
				t.Errorf("replay answered %d, want the stored 500", got)
			}
			want := 200
			if kind == wire.StatusAfter {
				want = 400 // the first call had been executed
			}
			if got := put("k2"); got != want {
				t.Errorf("a new key answered %d, want %d", got, want)
			}
		})
	}
}

// keyed makes a write with an idempotency key.
func (b *bench) keyed(method, path, body, key string) *http.Request {
	r := b.request(method, "/api.xro/2.0"+path, body)
	r.Header.Set("Idempotency-Key", key)
	return r
}

func TestSecondCallWaitsForTheFirst(t *testing.T) {
	hold, entered := make(chan struct{}), make(chan struct{}, 1)
	b := open(t, func(o *xero.Options) {
		o.Inside = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				entered <- struct{}{}
				<-hold
				next.ServeHTTP(w, r)
			})
		}
	})
	var answers [2]answer
	var wg sync.WaitGroup
	wg.Go(func() { answers[0] = b.send(b.keyed("PUT", "/Contacts", `{"Contacts":[{"Name":"A"}]}`, "k")) })
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	gone := b.keyed("PUT", "/Contacts", `{"Contacts":[{"Name":"A"}]}`, "k").WithContext(ctx)
	if _, err := b.try(gone); err == nil {
		t.Error("a sender that left got an answer")
	}
	wg.Go(func() { answers[1] = b.send(b.keyed("PUT", "/Contacts", `{"Contacts":[{"Name":"A"}]}`, "k")) })
	close(hold)
	wg.Wait()
	if answers[0].code != 200 || answers[1].body != answers[0].body || len(b.twin.Contacts()) != 1 {
		t.Errorf("answers %d %d, %d contacts", answers[0].code, answers[1].code, len(b.twin.Contacts()))
	}
}
