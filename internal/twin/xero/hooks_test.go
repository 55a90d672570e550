package xero_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
)

const hookKey = "example-signing-key-not-a-secret"

// delivery is what a receiver takes a body for.
type delivery struct {
	Events []struct {
		ResourceURL, ResourceID, EventDateUTC, EventType, EventCategory, TenantID, TenantType string

		Data map[string]string
	}
	FirstEventSequence, LastEventSequence int
	Entropy                               string
}

// receiver is a receiver of webhooks as the vendor describes one.
type receiver struct {
	mu     sync.Mutex
	bodies []string
	answer func(w http.ResponseWriter, r *http.Request) // nil is the right one
}

func (c *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	mac := hmac.New(sha256.New, []byte(hookKey))
	mac.Write(body)
	if base64.StdEncoding.EncodeToString(mac.Sum(nil)) != r.Header.Get("x-xero-signature") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	c.mu.Lock()
	c.bodies = append(c.bodies, string(body))
	answer := c.answer
	c.mu.Unlock()
	if answer != nil {
		answer(w, r)
	}
}

// take returns what came since the last take.
func (c *receiver) take(t *testing.T) []delivery {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]delivery, len(c.bodies))
	for i, body := range c.bodies {
		if err := json.Unmarshal([]byte(body), &out[i]); err != nil {
			t.Fatalf("body %s: %v", body, err)
		}
	}
	c.bodies = nil
	return out
}

// heard names the events of deliveries, "UPDATE INVOICE" each.
func heard(list []delivery) []string {
	var out []string
	for _, d := range list {
		for _, e := range d.Events {
			out = append(out, e.EventType+" "+e.EventCategory)
		}
	}
	return out
}

// listen gives a bench a receiver whose intent has passed.
func listen(t *testing.T, change func(*xero.Options)) (*bench, *receiver) {
	t.Helper()
	c := &receiver{}
	b := open(t, func(o *xero.Options) {
		shop(o)
		o.Hooks = &xero.Hooks{URL: "https://app.example/hook", Key: hookKey, Transport: wire.RoundTripper(c)}
		if change != nil {
			change(o)
		}
	})
	if got, err := b.twin.Intent(t.Context()); err != nil || !got.Passed {
		t.Fatalf("intent %+v, %v", got, err)
	}
	c.take(t)
	return b, c
}

func (b *bench) deliver() xero.Delivered {
	b.t.Helper()
	d, err := b.twin.Deliver(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func (b *bench) sell(number string) {
	b.t.Helper()
	b.call("PUT", "/Invoices", `{"Invoices":[`+sale(number, line("1", "10"))+`]}`).want(200)
}

func TestDelivery(t *testing.T) {
	b, c := listen(t, nil)
	if got := b.deliver(); got.Calls != 0 || !got.Live {
		t.Errorf("with nothing to say: %+v", got)
	}
	b.sell("A")
	b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"New"}]}`).want(200)
	if at, ok := b.twin.NextDelivery(); !ok || !at.Equal(b.clock.Now()) {
		t.Errorf("next delivery %v %v", at, ok)
	}
	if got := b.deliver(); got != (xero.Delivered{Calls: 1, Events: 2, Live: true}) {
		t.Errorf("delivered %+v", got)
	}
	if _, ok := b.twin.NextDelivery(); ok {
		t.Error("there is a next delivery with nothing to say")
	}
	id := b.twin.Invoices()[0]["InvoiceID"].(string)
	got := c.take(t)
	if len(got) != 1 || !slices.Equal(heard(got), []string{"CREATE INVOICE", "CREATE CONTACT"}) {
		t.Fatalf("received %+v", got)
	}
	e := got[0].Events[0]
	if e.ResourceURL != "https://api.xero.com/api.xro/2.0/Invoices/"+id || e.ResourceID != id || e.EventDateUTC != "2026-11-22T10:08:01.160" ||
		e.TenantID != b.twin.Tenant() || e.TenantType != "ORGANISATION" {
		t.Errorf("event %+v", e)
	}
	if got[0].FirstEventSequence != 1 || got[0].LastEventSequence != 2 || !regexp.MustCompile(`^[A-Z]{20}$`).MatchString(got[0].Entropy) {
		t.Errorf("delivery %+v", got[0])
	}
}

func TestEventsOfEveryChange(t *testing.T) {
	b, c := listen(t, nil)
	contact := b.twin.Contacts()[0]["ContactID"].(string)
	steps := []struct {
		what string
		do   func() error
		want []string
	}{
		{"an invoice", func() error { b.sell("A"); return nil }, []string{"CREATE INVOICE"}},
		{"an update", func() error { b.call("POST", "/Invoices/A", `{"Invoices":[{"Reference":"x"}]}`).want(200); return nil }, []string{"UPDATE INVOICE"}},
		{"money", func() error { return b.twin.Pay("A", dec("1"), "") }, []string{"UPDATE INVOICE"}},
		{"a refusal", func() error {
			b.call("POST", "/Invoices/A", `{"Invoices":[{"Status":"VOIDED"}]}`).want(400)
			return nil
		}, nil},
		{"a user's edit", func() error { return b.twin.Change("Invoices", "A", map[string]any{"Reference": "y"}) }, []string{"UPDATE INVOICE"}},
		{"an archived contact", func() error { return b.twin.Archive(contact) }, []string{"UPDATE CONTACT"}},
		{"a user's contact", func() error { _, err := b.twin.Add("Contacts", object{"Name": "Third"}); return err }, []string{"CREATE CONTACT"}},
		{"an item", func() error { b.call("PUT", "/Items", `{"Items":[{"Code":"N"}]}`).want(200); return nil }, nil},
		{"a reading", func() error { b.get("/Invoices").want(200); return nil }, nil},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			t.Fatalf("%s: %v", s.what, err)
		}
		b.deliver()
		if diff := cmp.Diff(s.want, heard(c.take(t))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", s.what, diff)
		}
	}
}

func TestDeliveryIsTriedAgain(t *testing.T) {
	b, c := listen(t, nil)
	c.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	b.sell("A")
	if got := b.deliver(); got != (xero.Delivered{Calls: 2, Failed: 2, Waiting: 1, Live: true}) {
		t.Errorf("first attempts %+v", got)
	}
	if at, ok := b.twin.NextDelivery(); !ok || at.Sub(b.clock.Now()) != 15*time.Minute {
		t.Errorf("next delivery %v %v", at, ok)
	}
	b.clock.Advance(15*time.Minute - time.Second)
	if got := b.deliver(); got.Calls != 0 {
		t.Errorf("too early: %+v", got)
	}
	b.clock.Advance(time.Second)
	if got := b.deliver(); got.Calls != 1 || got.Failed != 1 {
		t.Errorf("after a quarter of an hour: %+v", got)
	}
	b.clock.Advance(15 * time.Minute)
	b.token = b.signIn("")
	b.sell("B")
	c.answer = nil
	c.take(t)
	if got := b.deliver(); got != (xero.Delivered{Calls: 1, Events: 2, Live: true}) {
		t.Errorf("healthy again: %+v", got)
	}
}

func TestDeliveryGivesUpAfterADay(t *testing.T) {
	b, c := listen(t, nil)
	c.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	b.sell("A")
	calls := 0
	for calls < 200 {
		calls += b.deliver().Calls
		at, ok := b.twin.NextDelivery()
		if !ok {
			break
		}
		b.clock.Set(at)
	}
	if past := b.clock.Now().Sub(start); calls != 98 || past != 24*time.Hour {
		t.Errorf("%d calls in %v, want 98 in a day", calls, past)
	}
	b.token = b.signIn("")
	b.sell("B")
	c.answer = nil
	if got := b.deliver(); got != (xero.Delivered{Waiting: 2}) {
		t.Errorf("disabled: %+v", got)
	}
	c.take(t)
	if got, err := b.twin.Intent(t.Context()); err != nil || !got.Passed {
		t.Fatalf("intent %+v, %v", got, err)
	}
	c.take(t)
	b.deliver()
	if got := c.take(t); len(got) != 1 || len(got[0].Events) != 2 || got[0].FirstEventSequence != 1 {
		t.Errorf("replayed %+v", got)
	}
}

func TestEventsAreForgotten(t *testing.T) {
	b, c := listen(t, nil)
	c.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	b.sell("A")
	b.deliver()
	b.clock.Advance(31*24*time.Hour - time.Second)
	if got := b.deliver(); got.Waiting != 1 {
		t.Errorf("waiting %+v", got)
	}
	b.clock.Advance(time.Second)
	if got := b.deliver(); got.Waiting != 0 {
		t.Errorf("after 31 days: %+v", got)
	}
}

func TestAnswersThatDoNotCount(t *testing.T) {
	for fact, answer := range map[string]func(w http.ResponseWriter, r *http.Request){
		"a redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"a body":     func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") },
		"a cookie":   func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Set-Cookie", "a=b") },
		"no answer":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"a 401":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	} {
		b, c := listen(t, nil)
		c.answer = answer
		b.sell("A")
		if got := b.deliver(); got.Failed != 2 || got.Waiting != 1 {
			t.Errorf("%s: %+v", fact, got)
		}
		if got, err := b.twin.Intent(t.Context()); err != nil || got.Passed || got.Calls[0].Problem == "" || got.Calls[1].Problem != "" {
			t.Errorf("%s: intent %+v, %v", fact, got, err)
		}
	}
}

func TestAnswerInFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, c := listen(t, nil)
		wait := 5*time.Second - time.Millisecond
		c.answer = func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(wait):
			case <-r.Context().Done():
			}
		}
		b.sell("A")
		if got := b.deliver(); got.Failed != 0 || got.Events != 1 {
			t.Errorf("in time: %+v", got)
		}
		wait = 5*time.Second + time.Millisecond
		b.sell("B")
		if got := b.deliver(); got.Failed != 2 || got.Events != 0 {
			t.Errorf("too late: %+v", got)
		}
	})
}

func TestIntent(t *testing.T) {
	c := &receiver{}
	b := open(t, func(o *xero.Options) {
		shop(o)
		o.Hooks = &xero.Hooks{URL: "https://app.example/hook", Key: hookKey, Transport: wire.RoundTripper(c)}
	})
	b.sell("A")
	if got := b.deliver(); got.Calls != 0 || got.Live || got.Waiting != 1 {
		t.Errorf("before the intent: %+v", got)
	}
	got, err := b.twin.Intent(t.Context())
	if err != nil || !got.Passed || len(got.Calls) != 4 {
		t.Fatalf("intent %+v, %v", got, err)
	}
	for _, body := range c.bodies {
		if !strings.HasPrefix(body, `{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "`) {
			t.Errorf("body %s", body)
		}
	}
	if len(c.bodies) != 2 || c.bodies[0] == c.bodies[1] {
		t.Errorf("bodies %q: want two, not alike", c.bodies)
	}
	b.deliver()

	gullible := &xero.Hooks{URL: "https://app.example/hook", Key: hookKey, Transport: wire.RoundTripper(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))}
	b = open(t, func(o *xero.Options) { o.Hooks = gullible })
	if got, err := b.twin.Intent(t.Context()); err != nil || got.Passed || got.Calls[0].Problem != "" || got.Calls[1].Problem != "answered 200, not 401" {
		t.Errorf("a receiver that takes everything: %+v, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.twin.Intent(ctx); err == nil {
		t.Error("an intent that was stopped has an outcome")
	}
	b = open(t, nil)
	if _, err := b.twin.Intent(t.Context()); err == nil {
		t.Error("an intent without webhooks")
	}
	if _, err := b.twin.Deliver(t.Context()); err == nil {
		t.Error("a delivery without webhooks")
	}
}

func TestOddDeliveries(t *testing.T) {
	numbers := func(list []delivery) []int {
		var out []int
		for _, d := range list {
			out = append(out, d.FirstEventSequence)
		}
		return out
	}
	b, c := listen(t, func(o *xero.Options) { o.Hooks.Batch, o.Hooks.Backwards, o.Hooks.Twice = 1, true, true })
	b.sell("A")
	if got := b.deliver(); got.Calls != 2 || got.Events != 1 {
		t.Errorf("delivered %+v", got)
	}
	c.take(t)
	b.sell("B")
	b.sell("C")
	b.deliver()
	if got := numbers(c.take(t)); !slices.Equal(got, []int{3, 3, 2, 2}) {
		t.Errorf("sequences %v", got)
	}
}

func TestEventsOfOneApp(t *testing.T) {
	b, c := listen(t, func(o *xero.Options) { apps(o); o.Hooks.App, o.Hooks.Categories = webID, []string{"INVOICE"} })
	b.sell("A")
	if got := b.deliver(); got.Events != 0 {
		t.Errorf("an organisation that is not connected: %+v", got)
	}
	b.connect()
	b.sell("B")
	b.call("PUT", "/Contacts", `{"Contacts":[{"Name":"New"}]}`).want(200)
	b.deliver()
	if got := heard(c.take(t)); !slices.Equal(got, []string{"CREATE INVOICE"}) {
		t.Errorf("heard %v", got)
	}
	b.twin.Disconnect()
	if err := b.twin.Change("Invoices", "B", map[string]any{"Reference": "x"}); err != nil {
		t.Fatal(err)
	}
	if got := b.deliver(); got.Events != 0 {
		t.Errorf("an organisation that was disconnected: %+v", got)
	}
}

// hookFacts are what is known of webhooks.
func hookFacts() []fact {
	const server, overview = "documentation/webhooks/configuring-your-server", "documentation/webhooks/overview"
	return []fact{
		{
			name: "a delivery is signed over its bytes with the key as text", source: server,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b, c := listen(t, change) // the receiver computes the signature for itself
				b.sell("A")
				if got := b.deliver(); got.Events != 1 || len(c.take(t)) != 1 {
					t.Errorf("delivered %+v", got)
				}
			},
		},
		{
			name: "an intent to receive holds signatures that are wrong", source: server,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b, _ := listen(t, change)
				got, err := b.twin.Intent(t.Context())
				signed := 0
				for _, c := range got.Calls {
					if c.Signed {
						signed++
					}
				}
				if err != nil || signed == 0 || signed == len(got.Calls) {
					t.Errorf("intent %+v, %v", got, err)
				}
			},
		},
		{
			name: "a delivery that failed is repeated at once and then every 15 minutes", source: overview,
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b, c := listen(t, change)
				c.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
				b.sell("A")
				if got := b.deliver(); got.Calls != 2 {
					t.Errorf("delivered %+v", got)
				}
				if at, ok := b.twin.NextDelivery(); !ok || at.Sub(b.clock.Now()) != 15*time.Minute {
					t.Errorf("next at %v", at)
				}
			},
		},
		{
			name: "what an app writes is announced to it", source: "not confirmed", doubt: "own-hook",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b, c := listen(t, change)
				b.sell("A")
				if err := b.twin.Void("A"); err != nil {
					t.Fatal(err)
				}
				b.deliver()
				want := []string{"CREATE INVOICE", "UPDATE INVOICE"}
				if otherwise {
					want = want[1:]
				}
				if diff := cmp.Diff(want, heard(c.take(t))); diff != "" {
					t.Error(diff)
				}
			},
		},
		{
			name: "a payment raises an event of its invoice", source: "not confirmed", doubt: "payment-hook",
			check: func(t *testing.T, change func(*xero.Options), otherwise bool) {
				b, c := listen(t, change)
				b.sell("A")
				b.deliver()
				c.take(t)
				if err := b.twin.Pay("A", dec("1"), ""); err != nil {
					t.Fatal(err)
				}
				b.deliver()
				if got := len(c.take(t)); got != either(otherwise, 1, 0) {
					t.Errorf("%d deliveries", got)
				}
			},
		},
		{
			name: "archiving and voiding arrive as updates", source: "xero-webhooks.yaml",
			check: func(t *testing.T, change func(*xero.Options), _ bool) {
				b, c := listen(t, change)
				b.sell("A")
				b.deliver()
				c.take(t)
				if err := b.twin.Void("A"); err != nil {
					t.Fatal(err)
				}
				if err := b.twin.Archive(b.twin.Contacts()[0]["ContactID"].(string)); err != nil {
					t.Fatal(err)
				}
				b.deliver()
				if got := heard(c.take(t)); !slices.Equal(got, []string{"UPDATE INVOICE", "UPDATE CONTACT"}) {
					t.Errorf("heard %v", got)
				}
			},
		},
	}
}
