package app

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A day of polling leaves most of Xero's 1,000 calls a day for the work itself, however
// many plans ask it, and polls an API without a limit as often as it was told to.
func TestPollingLeavesTheDayToTheWork(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{invoicing, payments, overdue} {
		h.adopt(name)
	}
	day := h.clock.Now().Add(24 * time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	h.app.cfg.Wait = func(_ context.Context, d time.Duration) error {
		if h.clock.Advance(d).After(day) {
			cancel()
		}
		return ctx.Err()
	}
	l, err := h.app.open()
	if err != nil {
		t.Fatal(err)
	}
	xero, salesforce := h.seen.Calls("GET /api.xro/2.0/Invoices"), h.seen.Calls("GET /services/data/*/query")
	if err := l.pollAll(ctx, 5*time.Minute, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	xero, salesforce = h.seen.Calls("GET /api.xro/2.0/Invoices")-xero, h.seen.Calls("GET /services/data/*/query")-salesforce
	if xero < 100 || xero > 220 {
		t.Errorf("two plans polled Xero %d times in a day, want about 200", xero)
	}
	if salesforce < 280 {
		t.Errorf("Salesforce was polled %d times in a day, want every 5 minutes", salesforce)
	}
}
