package xero_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/planwright/planwright/internal/twin/xero"
)

func TestStateOfWebhooks(t *testing.T) {
	b, c := listen(t, nil)
	state := func(what string, want xero.Webhooks) {
		t.Helper()
		got, ok := b.twin.Webhooks()
		got.URL, got.App = "", ""
		if diff := cmp.Diff(want, got); diff != "" || !ok {
			t.Errorf("%s: %v (-want +got):\n%s", what, ok, diff)
		}
	}
	if got, _ := b.twin.Webhooks(); got.URL == "" || got.App == "" {
		t.Errorf("without address or app: %+v", got)
	}
	state("at rest", xero.Webhooks{Live: true})
	b.sell("A")
	state("with an event", xero.Webhooks{Live: true, Waiting: 1})
	c.answer = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }
	b.deliver()
	failing := xero.Webhooks{Live: true, Waiting: 1, Failed: 2, Problem: "answered 418, not 200", Next: b.clock.Now().Add(15 * time.Minute)}
	state("refused", failing)

	b.twin.Hurry()
	failing.Next = time.Time{}
	state("hurried", failing)
	if got := b.deliver(); got.Calls != 1 || got.Failed != 1 {
		t.Errorf("hurried delivery %+v", got)
	}
	c.answer = nil
	b.twin.Hurry()
	if got := b.deliver(); got.Events != 1 {
		t.Errorf("hurried delivery to a healthy receiver %+v", got)
	}
	state("healthy again", xero.Webhooks{Live: true})
}

func TestNoWebhooks(t *testing.T) {
	b := open(t, nil)
	b.twin.Hurry()
	if got, ok := b.twin.Webhooks(); ok {
		t.Errorf("webhooks of a twin without: %+v", got)
	}
}
