package admin_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/admin"
	"github.com/planwright/planwright/internal/twin/wire"
	"github.com/planwright/planwright/internal/twin/world"
	"github.com/planwright/planwright/internal/twin/xero"
)

// listener verifies deliveries as the vendor asks, unless it is ill.
type listener struct {
	ill    atomic.Bool
	events atomic.Int64
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write(body)
	switch {
	case l.ill.Load():
		w.WriteHeader(http.StatusInternalServerError)
	case base64.StdEncoding.EncodeToString(mac.Sum(nil)) != r.Header.Get("x-xero-signature"):
		w.WriteHeader(http.StatusUnauthorized)
	default:
		l.events.Add(int64(strings.Count(string(body), `"eventType"`)))
	}
}

func openListened(t *testing.T) (*desk, *listener) {
	t.Helper()
	l := &listener{}
	return openWith(t, func(w world.World, now func() time.Time) (admin.Twins, error) {
		return twinsWith(w, now, &xero.Hooks{URL: "https://app.example/hook", Key: "key", Transport: wire.RoundTripper(l)})
	}), l
}

var errEnough = errors.New("enough")

// deliver runs the loop; each step is done at its turn's end, and after the last it ends.
func (d *desk) deliver(steps ...func()) (told []string) {
	d.stage.DeliverWebhooks(d.t.Context(), func(context.Context) error {
		if len(steps) == 0 {
			return errEnough
		}
		steps[0]()
		steps = steps[1:]
		return nil
	}, func(text string) { told = append(told, text) })
	return told
}

func (d *desk) addContact(name string) func() {
	return func() {
		d.want(200, "POST", "/api/actions/xero/add", `{"collection": "Contacts", "members": {"Name": "`+name+`"}}`)
	}
}

func TestWebhooksAreDelivered(t *testing.T) {
	d, l := openListened(t)
	told := d.deliver(
		d.addContact("One"),
		func() { l.ill.Store(true); d.addContact("Two")() },
		func() { d.want(200, "POST", "/api/clock", `{"advance": "15m"}`) },
		func() { l.ill.Store(false) }, // not due yet
		func() { d.want(200, "POST", "/api/webhooks/retry", "") },
		func() { d.want(200, "POST", "/api/reset", "") }, // other twins greet anew
	)
	want := []string{
		"intent to receive passed; events are sent from now on",
		"1 taken, 0 waiting",
		"0 taken, 1 waiting: answered 500, not 200; next attempt at " + d.machine.Now().Add(15*time.Minute).UTC().Format("15:04:05") + " by the twins' clock",
		"0 taken, 1 waiting: answered 500, not 200; next attempt at " + d.machine.Now().Add(30*time.Minute).UTC().Format("15:04:05") + " by the twins' clock",
		"intent to receive passed; events are sent from now on",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if got := l.events.Load(); got != 2 {
		t.Errorf("%d events were taken, want 2", got)
	}
}

func TestWebhooksInTheAdmin(t *testing.T) {
	d, l := openListened(t)
	l.ill.Store(true)
	told := d.deliver()
	if len(told) != 1 || told[0] != "intent to receive did not pass: a call that was signed rightly: answered 500, not 200; mend the receiver and send the intent again in the admin" {
		t.Errorf("told %q", told)
	}
	d.addContact("One")()
	var state admin.State
	d.read("/api/state", &state)
	if w := state.Webhooks; w == nil || w.Live || w.Waiting != 1 || len(w.Intent) != 4 || w.Intent[1].Problem != "answered 500, not 401" {
		t.Errorf("state %+v", state.Webhooks)
	}
	if _, page := d.call("GET", "/", "", ""); !strings.Contains(page, "<strong>nothing is sent</strong>") || !strings.Contains(page, "signed wrongly: <strong>answered 500, not 401") {
		t.Errorf("page:\n%s", page)
	}
	if got := d.want(400, "POST", "/api/webhooks/retry", ""); !strings.Contains(got, "send that first") {
		t.Errorf("retry before the intent: %s", got)
	}
	if got := d.want(400, "POST", "/api/webhooks/intent", ""); !strings.Contains(got, "did not pass") {
		t.Errorf("intent to an ill listener: %s", got)
	}
	l.ill.Store(false)
	d.want(200, "POST", "/api/webhooks/intent", "")
	if got := d.want(200, "POST", "/api/webhooks/retry", ""); !strings.Contains(got, `"waiting": 0`) || l.events.Load() != 1 {
		t.Errorf("retry: %s", got)
	}
	if _, page := d.call("GET", "/", "", ""); !strings.Contains(page, "Retry now") || !strings.Contains(page, "live: the intent to receive passed") {
		t.Errorf("page:\n%s", page)
	}
}

func TestNoWebhooks(t *testing.T) {
	d := open(t)
	for _, path := range []string{"/api/webhooks/retry", "/api/webhooks/intent"} {
		if got := d.want(400, "POST", path, ""); !strings.Contains(got, "--webhook-url") {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := d.want(200, "GET", "/api/state", ""); strings.Contains(got, "webhooks") {
		t.Errorf("state %s", got)
	}
	if told := d.deliver(); told != nil {
		t.Errorf("told %q", told)
	}
}
