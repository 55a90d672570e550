package app

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/demo"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/xero"
	"github.com/planwright/planwright/runtime/engine"
	"github.com/planwright/planwright/runtime/trigger"
)

const hookKey = "example-signing-key-not-a-secret"

// invoiceSeen runs for every invoice that is changed, and only looks.
const invoiceSeen = `
planwright: 1
name: invoice-seen
apis: {xero: {spec: "SPEC(xero)", overlay: "OVERLAY(xero)"}}
trigger: {api: xero, kind: change, object: Invoice, as: invoice, when: true, key: "${string(invoice.InvoiceID) + ' ' + string(invoice.UpdatedDateUTC)}"}
steps:
  - {id: known, assert: "${string(invoice.InvoiceID) != ''}", message: an id is missing}
`

// hooked is a house whose Xero twin sends webhooks to its receiver.
type hooked struct {
	*house
	server *httptest.Server
}

func newHooked(t *testing.T, hooks xero.Hooks) *hooked {
	t.Helper()
	h := &hooked{house: &house{t: t, clock: wire.NewVirtual(demo.Start()), company: demo.New(7), dir: t.TempDir()}}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		receiver, err := h.app.Hooks()
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		receiver.ServeHTTP(w, r)
	}))
	t.Cleanup(h.server.Close)
	hooks.URL, hooks.Key, hooks.Transport = h.server.URL+"/hooks/xero", hookKey, http.DefaultTransport
	h.hooks = &hooks
	h.twins()
	h.open(nil)
	h.connect()
	h.must(h.app.AddHookKey("xero", hookKey, false))
	_, err := h.app.Decide(t.Context(), h.proposeText("invoice-seen", invoiceSeen), true, dana, "")
	h.must(err)
	return h
}

// touch changes the first n invoices, as somebody at the vendor's would.
func (h *hooked) touch(n int) []string {
	h.t.Helper()
	h.clock.Advance(time.Second)
	var ids []string
	for _, inv := range h.xero.Invoices() {
		if len(ids) < n {
			id := fmt.Sprint(inv["InvoiceID"])
			h.must(h.xero.Change("Invoices", id, map[string]any{"Reference": "touched " + h.clock.Now().Format(time.RFC3339)}))
			ids = append(ids, id)
		}
	}
	return ids
}

// deliver sends what waits and demands that all of it was taken.
func (h *hooked) deliver() {
	h.t.Helper()
	got, err := h.xero.Deliver(h.t.Context())
	if err != nil || got.Failed > 0 || got.Waiting > 0 {
		h.t.Fatalf("delivered %+v, %v; want all taken", got, err)
	}
}

func (h *hooked) tally() trigger.Tally {
	h.t.Helper()
	views, err := h.app.HookViews()
	h.must(err)
	for _, v := range views {
		if v.Name == "xero" {
			return v.Tally
		}
	}
	return trigger.Tally{}
}

// paths tells of every run by which paths its event was seen.
func (h *house) paths() []string {
	h.t.Helper()
	l, err := h.app.open()
	h.must(err)
	var out []string
	for s, err := range l.engine.Sightings() {
		h.must(err)
		if s.Run != "" {
			out = append(out, strings.Join(append([]string{s.Seen}, s.Also...), "+"))
		}
	}
	slices.Sort(out)
	return out
}

// TestWebhooks sets webhooks up as the vendor does and has changes announced, twice and
// backwards: each makes one run, whether a poll sees it before or after.
func TestWebhooks(t *testing.T) {
	h := newHooked(t, xero.Hooks{Twice: true, Backwards: true, Batch: 2, Categories: []string{"INVOICE"}})
	intent, err := h.xero.Intent(t.Context())
	if err != nil || !intent.Passed {
		t.Fatalf("intent to receive: %+v, %v", intent, err)
	}
	h.touch(3)
	h.deliver()
	l, err := h.app.open()
	h.must(err)
	h.must(l.lookAtHints(t.Context()))
	if diff := cmp.Diff([]string{"webhook", "webhook", "webhook"}, h.paths()); diff != "" {
		t.Errorf("before the poll (-want +got):\n%s", diff)
	}
	_, err = h.app.RunOnce(t.Context(), "invoice-seen")
	h.must(err)
	h.touch(1)
	_, err = h.app.RunOnce(t.Context(), "invoice-seen")
	h.must(err)
	h.deliver()
	r, err := h.app.RunOnce(t.Context(), "invoice-seen")
	h.must(err)
	if diff := cmp.Diff([]string{"poll+webhook", "webhook+poll", "webhook+poll", "webhook+poll"}, h.paths()); diff != "" || r.Done != 4 {
		t.Errorf("%d done; paths (-want +got):\n%s", r.Done, diff)
	}
	if got := h.tally(); got.Forged != 2 || got.Taken < 8 {
		t.Errorf("counted %+v, want the two forged ones of the intent and every copy of 4 events", got)
	}
}

// body is a delivery of one event.
func body(tenant, id, category string) []byte {
	return fmt.Appendf(nil, `{"events":[{"resourceUrl":"https://evil.example/x","resourceId":%q,"eventDateUtc":"2026-11-02T04:05:06.789","eventType":"Update","eventCategory":%q,"tenantId":%q,"tenantType":"ORGANISATION"}],"firstEventSequence":1,"lastEventSequence":1,"entropy":"A"}`, id, category, tenant)
}

func signature(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// post sends a body signed with the key and returns the status.
func (h *hooked) post(key string, body []byte, tamper ...func(*http.Request)) int {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), http.MethodPost, h.server.URL+"/hooks/xero", bytes.NewReader(body))
	h.must(err)
	req.Header.Set("X-Xero-Signature", signature(key, body))
	for _, f := range tamper {
		f(req)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	h.must(err)
	defer resp.Body.Close()
	if resp.ContentLength != 0 || len(resp.Cookies()) > 0 {
		h.t.Errorf("an answer of %d bytes with %d cookies, want a bare one", resp.ContentLength, len(resp.Cookies()))
	}
	return resp.StatusCode
}

// TestWebhookCopies takes a hundred copies of one event at once and after a crash: one run.
func TestWebhookCopies(t *testing.T) {
	h := newHooked(t, xero.Hooks{})
	send := body(h.xero.Tenant(), h.touch(1)[0], "INVOICE")
	status := make(chan int, 100)
	for range cap(status) {
		go func() { status <- h.post(hookKey, send) }()
	}
	for range cap(status) {
		if got := <-status; got != http.StatusOK {
			t.Fatalf("answered %d", got)
		}
	}
	h.reopen(nil) // nothing was looked at yet
	for range 2 {
		_, err := h.app.RunOnce(t.Context(), "invoice-seen")
		h.must(err)
		h.post(hookKey, send) // replayed later: there is no time in the signature
	}
	if got := h.paths(); len(got) != 1 || got[0] != "webhook+poll" {
		t.Errorf("got %v, want one run", got)
	}
}

// TestWebhookRefusals answers what is not right as the vendor demands, and keeps none of it.
func TestWebhookRefusals(t *testing.T) {
	h := newHooked(t, xero.Hooks{})
	id := h.touch(1)[0]
	good := body(h.xero.Tenant(), id, "INVOICE")
	set := func(value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("X-Xero-Signature", value) }
	}
	path := func(p string) func(*http.Request) { return func(r *http.Request) { r.URL.Path = p } }
	right := set(signature(hookKey, good))
	tests := []struct {
		name   string
		key    string
		body   []byte
		tamper func(*http.Request)
		want   int
	}{
		{"another key", "another", good, func(*http.Request) {}, 401},
		{"no signature", hookKey, good, func(r *http.Request) { r.Header.Del("X-Xero-Signature") }, 401},
		{"two signatures", hookKey, good, func(r *http.Request) { r.Header.Add("X-Xero-Signature", "AAAA") }, 401},
		{"not base64", hookKey, good, set("%%%"), 401},
		{"empty", hookKey, good, set(""), 401},
		{"tampered", hookKey, bytes.Replace(good, []byte(id), []byte("11111111-1111-1111-1111-111111111111"), 1), right, 401},
		{"a space more", hookKey, append(slices.Clone(good), ' '), right, 401},
		{"too large", hookKey, bytes.Repeat([]byte(" "), 1<<20+1), func(*http.Request) {}, 413},
		{"not a delivery", hookKey, []byte(`[]`), func(*http.Request) {}, 200},
		{"not JSON", hookKey, []byte(`{`), func(*http.Request) {}, 200},
		{"an id that leads elsewhere", hookKey, body(h.xero.Tenant(), "../Contacts", "INVOICE"), func(*http.Request) {}, 200},
		{"a stranger", hookKey, body("00000000-0000-0000-0000-000000000000", id, "INVOICE"), func(*http.Request) {}, 200},
		{"a kind nobody knows", hookKey, body(h.xero.Tenant(), id, "SUBSCRIPTION"), func(*http.Request) {}, 200},
		{"without webhooks", hookKey, good, path("/hooks/salesforce"), 404},
		{"no such name", hookKey, good, path("/hooks/nobody"), 404},
		{"put", hookKey, good, func(r *http.Request) { r.Method = http.MethodPut }, 405},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := h.post(tt.key, tt.body, tt.tamper); got != tt.want {
				t.Errorf("answered %d, want %d", got, tt.want)
			}
		})
	}
	want := trigger.Tally{Forged: 7, Strangers: 1, Passed: 1, Unreadable: 3}
	if diff := cmp.Diff(want, h.tally()); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
	l, err := h.app.open()
	h.must(err)
	h.must(l.hints.Work(t.Context(), func(hint trigger.Hint) (bool, error) {
		t.Errorf("kept %+v", hint)
		return true, nil
	}))
}

// TestWebhookKeys accepts the old and the new key while it is changed, shows none, and
// refuses everything once they are gone.
func TestWebhookKeys(t *testing.T) {
	h := newHooked(t, xero.Hooks{})
	send := body(h.xero.Tenant(), h.touch(1)[0], "INVOICE")
	h.must(h.app.AddHookKey("xero", "the-new-key", false))
	h.must(h.app.AddHookKey("xero", "the-new-key", false))
	for _, key := range []string{hookKey, "the-new-key"} {
		if got := h.post(key, send); got != http.StatusOK {
			t.Errorf("answered %d under one of two keys", got)
		}
	}
	text, err := os.ReadFile(filepath.Join(h.dir, "webhooks.json"))
	h.must(err)
	if bytes.Contains(text, []byte("the-new-key")) || bytes.Count(text, []byte(`"key"`)) != 2 {
		t.Errorf("stored %s", text)
	}
	h.must(h.app.AddHookKey("xero", "the-third", true))
	if got := h.post(hookKey, send); got != http.StatusUnauthorized {
		t.Errorf("answered %d under a key that was replaced", got)
	}
	h.must(h.app.RemoveHookKeys("xero"))
	if got := h.post("the-third", send); got != http.StatusUnauthorized {
		t.Errorf("answered %d without keys", got)
	}
	if err := h.app.AddHookKey("salesforce", "k", false); err == nil {
		t.Error("a key was taken for an API without webhooks")
	}
}

// TestWebhookNotDurable asks the vendor to send again what could not be stored.
func TestWebhookNotDurable(t *testing.T) {
	h := newHooked(t, xero.Hooks{})
	send := body(h.xero.Tenant(), h.touch(1)[0], "INVOICE")
	l, err := h.app.open()
	h.must(err)
	h.must(l.journal.Close())
	if got := h.post(hookKey, send); got != http.StatusServiceUnavailable {
		t.Errorf("answered %d without a journal", got)
	}
}

// TestHintsWaitForTheVendor keeps hints while the vendor is away.
func TestHintsWaitForTheVendor(t *testing.T) {
	h := newHooked(t, xero.Hooks{})
	h.post(hookKey, body(h.xero.Tenant(), h.touch(1)[0], "INVOICE"))
	l, err := h.app.open()
	h.must(err)
	h.must(h.faults.Set([]wire.Fault{{Operation: "GET /api.xro/2.0/Invoices*", Kind: wire.DropBefore}}))
	h.must(l.lookAtHints(t.Context()))
	h.must(h.faults.Set(nil))
	h.must(l.lookAtHints(t.Context()))
	if got := h.paths(); len(got) != 1 {
		t.Errorf("got %v, want one run", got)
	}
}

// TestServeHeeds looks at hints as they come, without waiting for a poll.
func TestServeHeeds(t *testing.T) {
	h := newHooked(t, xero.Hooks{})
	h.touch(1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	rests := make(chan struct{}, 100)
	h.app.cfg.Wait = func(ctx context.Context, _ time.Duration) error {
		rests <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	h.must(h.app.Close())
	h.app = New(h.app.cfg)
	ended := make(chan error, 1)
	go func() { ended <- h.app.Serve(ctx, time.Hour) }()
	<-rests // the poll and the engine rest
	<-rests
	h.post(hookKey, body(h.xero.Tenant(), h.touch(2)[1], "INVOICE"))
	done := 0
	for range 4 { // the engine rests again after each run, and when there is nothing left
		select {
		case <-rests:
		case <-time.After(10 * time.Second):
		}
		runs, err := h.app.Runs(engine.Done, "invoice-seen")
		h.must(err)
		if done = len(runs); done == 2 {
			break
		}
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if done != 2 {
		t.Errorf("%d runs are done, want the one that was polled and the one that was heard of", done)
	}
	h.must(h.app.Close())
}
